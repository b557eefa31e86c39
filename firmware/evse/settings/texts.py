"""Checks of settings that are texts: each raises ValueError that says what is wrong."""

from micropython import const

from evse.settings.timezone import Zone

_FIRST_PRINTABLE = const(0x20)
_DELETE = const(0x7F)
_LAST_CONTROL = const(0x9F)
_LABEL_CHARACTERS = const(63)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def check(name: str, text: str) -> None:
    """Do the check with this name; ValueError says what is wrong."""
    if name == "plain":
        check_plain(text)
    elif name == "url":
        check_url(text)
    elif name == "timezone":
        check_timezone(text)
    elif name == "host":
        check_host(text)
    elif name == "servers":
        check_servers(text)
    elif name == "hostname":
        check_hostname(text)
    elif name == "server":
        if text:
            _check_server(text)
    elif name == "topic":
        check_topic(text)
    elif name == "account":
        check_account(text)
    elif name == "identity":
        check_identity(text)
    elif name == "latitude":
        check_degrees(text, 90)
    elif name == "longitude":
        check_degrees(text, 180)
    elif name == "currency":
        check_currency(text)
    else:
        from evse.settings import intervals

        intervals.parse(text)


def is_number(text: str) -> bool:
    """Return True for one or more ASCII digits; CPython's `isdigit` also takes others, which `int` refuses."""
    for character in text:
        if character not in "0123456789":
            return False
    return text != ""


def check_plain(text: str) -> None:
    """Refuse control characters and spaces around the text."""
    if text != text.strip():
        raise ValueError("must be without spaces around it")
    for character in text:
        code = ord(character)
        if code < _FIRST_PRINTABLE or _DELETE <= code <= _LAST_CONTROL:
            raise ValueError("must be without control characters")


def check_url(text: str) -> None:
    """Refuse what is no WebSocket address; the empty text means none."""
    if not text:
        return
    scheme, found, rest = text.partition("://")
    if not found or scheme not in ("ws", "wss"):
        raise ValueError("must begin with ws:// or wss://")
    for character in text:
        if not _FIRST_PRINTABLE < ord(character) < _DELETE:
            raise ValueError("must be without spaces and other than ASCII characters")
    host, colon, port = rest.split("/")[0].rpartition(":")
    if not colon or "]" in port:
        host, port = rest.split("/")[0], ""
    elif not is_number(port) or not 0 < int(port) < 0x10000:
        raise ValueError("must have a port from 1 to 65535")
    if not host or "?" in host or "#" in host:
        raise ValueError("must name a host")
    if "@" in host:
        raise ValueError("must be without user and password")


def check_host(text: str) -> None:
    """Refuse what is neither an IPv4 address nor a name of multicast DNS, with or without :port; empty means none."""
    if not text:
        return
    host, colon, port = text.partition(":")
    if colon and (not is_number(port) or not 0 < int(port) < 0x10000):
        raise ValueError("must have a port from 1 to 65535")
    if is_number(host.replace(".", "")):
        parts = host.split(".")
        if len(parts) != 4 or [part for part in parts if not is_number(part) or int(part) > 255]:
            raise ValueError("must be an IPv4 address such as 192.168.1.20")
        return
    # Other names would need a resolver, and that would hold the station while it waits.
    name = host[:-6] if host.lower().endswith(".local") else host
    if not name or [character for character in name if character not in _LETTERS + "0123456789-"]:
        raise ValueError("must be an IPv4 address, or a name such as p1meter-0a1b2c")


def check_timezone(text: str) -> None:
    """Refuse what is no POSIX TZ: name, offset, and for summer time a name and the two days of change."""
    Zone(text)


def check_servers(text: str) -> None:
    """Refuse what are no addresses or names of servers with commas between; empty means none."""
    for name in text.split(",") if text else ():
        _check_server(name)


def check_hostname(text: str) -> None:
    """Refuse what is no single label of a name in the network (RFC 1123 section 2.1); empty means none."""
    if text and not is_label(text):
        raise ValueError("must be of letters, digits and hyphens, without a hyphen at its ends")


def check_topic(text: str) -> None:
    """Refuse what cannot begin the topics of MQTT; empty means none."""
    check_plain(text)
    if "+" in text or "#" in text:
        raise ValueError("must be without + and #")
    if text.startswith("/") or text.endswith("/"):
        raise ValueError("must be without a slash at its ends")


def check_account(text: str) -> None:
    """Refuse what is no id of an account at eCarUp; empty means none."""
    if text and (len(text) != 16 or [c for c in text if c not in _LETTERS + "0123456789"]):
        raise ValueError("must be 16 letters and digits, as the address that eCarUp shows has them")


def check_identity(text: str) -> None:
    """Refuse what OCPP-J does not take as the name of a charge point, a colon for one; empty means none."""
    for character in text:
        if character not in _LETTERS + "0123456789-_.":
            raise ValueError("must be of letters, digits, and - _ .")


def check_degrees(text: str, most: int) -> None:
    """Refuse what is no place on a map in degrees, with up to six decimals; empty means none."""
    if not text:
        return
    degrees, point, decimals = (text[1:] if text.startswith("-") else text).partition(".")
    if not is_number(degrees) or (point and not is_number(decimals)) or len(degrees) > 3 or len(decimals) > 6:
        raise ValueError("must be degrees with up to six decimals, such as -12.345678")
    if int(degrees) * 1000000 + int((decimals + "000000")[:6]) > most * 1000000:
        raise ValueError("must be from -%d to %d degrees" % (most, most))


def check_currency(text: str) -> None:
    """Refuse what is no code of a currency (ISO 4217)."""
    if [character for character in text if character not in _LETTERS[:26]]:
        raise ValueError("must be three capital letters such as EUR or CHF")


def is_label(text: str) -> bool:
    """Return True for letters, digits and inner hyphens."""
    return (
        0 < len(text) <= _LABEL_CHARACTERS
        and not text.startswith("-")
        and not text.endswith("-")
        and not [character for character in text if character not in _LETTERS + "0123456789-"]
    )


def _check_server(name: str) -> None:
    if is_number(name.replace(".", "")):
        check_host(name)
    elif [label for label in name.split(".") if not is_label(label)]:
        raise ValueError("must be addresses or names of servers, such as pool.ntp.org")
