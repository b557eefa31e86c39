"""JSON bodies of requests, and what has to be in them."""

import json

from micropython import const

from evse.core.errors import FieldError

_NAME_MAX = const(40)


def json_object(request) -> dict:
    """Return the JSON object in a body; FieldError."""
    try:
        value = json.loads(joined(request.body.decode()))
    except (ValueError, RuntimeError, MemoryError):
        # Nesting without end takes all memory.
        raise FieldError("body", "must be JSON")
    if not isinstance(value, dict):
        raise FieldError("body", "must be a JSON object")
    for name in value:
        # MicroPython's parser lets other keys through.
        if not isinstance(name, str) or not name or len(name) > _NAME_MAX:
            raise FieldError("body", "must have names that are strings of up to %d characters" % _NAME_MAX)
    return value


def joined(text: str) -> str:
    """Return JSON with the two escapes of a character beyond U+FFFF as that character; ValueError for half of one.

    MicroPython's parser would make two impossible characters of them.
    """
    at = text.find("\\u")
    while at >= 0:
        high = int(text[at + 2 : at + 6], 16)
        if 0xD800 <= high <= 0xDFFF and not _is_escaped(text, at):
            if high > 0xDBFF or text[at + 6 : at + 8] != "\\u":
                raise ValueError("half a character")
            low = int(text[at + 8 : at + 12], 16)
            if not 0xDC00 <= low <= 0xDFFF:
                raise ValueError("half a character")
            text = text[:at] + chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00) + text[at + 12 :]
        at = text.find("\\u", at + 1)
    return text


def _is_escaped(text: str, at: int) -> bool:
    """Return True when the backslash here belongs to one before it."""
    count = 0
    while at > count and text[at - count - 1] == "\\":
        count += 1
    return count % 2 == 1


def only(value: dict, names: tuple) -> dict:
    """Refuse names that mean nothing here; FieldError."""
    for name in value:
        if name not in names:
            raise FieldError(name, "is not known here")
    return value


def text(value: dict, name: str, default: "str | None" = None) -> str:
    """Return a text of a body; FieldError when there is none and no default."""
    found = value.get(name, default)
    if not isinstance(found, str):
        raise FieldError(name, "must be a text")
    return found


def number(arguments: dict, name: str, default: int, most: int) -> int:
    """Return a number from 0 to `most` of the address; FieldError."""
    found = arguments.get(name)
    if found is None:
        return default
    if not found or len(found) > 10 or found.strip("0123456789") or int(found) > most:
        raise FieldError(name, "must be a number from 0 to %d" % most)
    return int(found)


def whole(text: str) -> "int | None":
    """Return a plain whole number; None for anything else, and for what has more than ten digits."""
    digits = text[1:] if text.startswith("-") else text
    if not digits or len(digits) > 10 or digits.strip("0123456789"):
        return None
    return int(text)
