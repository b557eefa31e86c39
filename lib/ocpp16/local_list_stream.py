"""Takes the entries of a SendLocalList.req out of the stream, one at a time (section 6.41)."""

from micropython import const

from . import json_stream as js
from .rpc import CallError

_TOP = const(1)
_LIST = const(2)
_ENTRY = const(3)
_INFO = const(4)


class ListStream:
    """The stream handler: `feed`, then `end`; both raise CallError or ValueError, and the list is as it was."""

    def __init__(self, local_list) -> None:
        self._list = local_list
        self._update = local_list.begin()
        self._tokens = js.Tokenizer(self)
        self._payload: dict = {}
        self._entry: dict = {}
        self._info: dict = {}
        self._name = ""
        # Where the tokens are, and how deep inside something that nobody asked for.
        self._place = 0
        self._skipped = 0

    def feed(self, data) -> None:
        """Take the next bytes of the payload."""
        try:
            self._tokens.feed(data)
        except (CallError, ValueError):
            self._list.abort()
            raise

    def end(self) -> dict:
        """Return the payload, with the entries as `update`."""
        if not self._tokens.done:
            self._list.abort()
            raise ValueError("no end")
        payload = self._payload
        payload["update"] = self._update
        return payload

    # Of the tokenizer.

    def begin(self, is_object: bool) -> None:
        """Enter an object or array."""
        place = self._place
        if self._skipped:
            self._skipped += 1
        elif (place == 0 and is_object) or (place == _LIST and is_object):
            self._place += 1
            self._entry = {}
        elif place == _TOP and self._name == "localAuthorizationList":
            if is_object:
                raise CallError("TypeConstraintViolation", "localAuthorizationList is no list")
            self._place = _LIST
        elif place == _ENTRY and self._name == "idTagInfo" and is_object:
            self._place = _INFO
            self._info = {}
        elif place == 0 or place == _LIST:
            raise CallError("TypeConstraintViolation", "localAuthorizationList holds no objects")
        else:
            if self._wanted():
                raise CallError("TypeConstraintViolation", self._name + " has another type")
            self._skipped = 1

    def end_container(self) -> None:
        """Leave it."""
        if self._skipped:
            self._skipped -= 1
            return
        if self._place == _ENTRY:
            self._update.take(self._entry)
        elif self._place == _INFO:
            self._entry["idTagInfo"] = self._info
        self._place -= 1

    def key(self, token: bytes) -> None:
        """Take the name of what follows."""
        if not self._skipped:
            self._name = _decoded(token)

    def scalar(self, kind: int, token: bytes) -> None:
        """Take a value; null counts as missing."""
        if self._skipped or kind == js.NULL:
            return
        place = self._place
        name = self._name
        if place == 0 or place == _LIST:
            raise CallError("TypeConstraintViolation", "localAuthorizationList holds no objects")
        if not self._wanted():
            return
        if kind == js.NUMBER and name == "listVersion":
            self._payload[name] = _integer(token)
        elif kind != js.STRING or name in ("listVersion", "localAuthorizationList", "idTagInfo"):
            raise CallError("TypeConstraintViolation", name + " has another type")
        else:
            fields = self._payload if place == _TOP else self._entry if place == _ENTRY else self._info
            fields[name] = _decoded(token)

    def _wanted(self) -> bool:
        place = self._place
        name = self._name
        if place == _TOP:
            return name in ("listVersion", "updateType", "localAuthorizationList")
        if place == _ENTRY:
            return name in ("idTag", "idTagInfo")
        return name in ("status", "expiryDate", "parentIdTag")


def _integer(token: bytes) -> int:
    text = token.decode()
    digits = text[1:] if text.startswith("-") else text
    if not digits or digits.strip("0123456789"):
        raise CallError("TypeConstraintViolation", "listVersion is no integer")
    return int(text)


def _decoded(token: bytes) -> str:
    try:
        return token.decode()
    except UnicodeError:
        raise CallError("FormationViolation", "a string is no UTF-8")
