"""Addresses of WebSocket servers: ws://HOST[:PORT][/PATH][?QUERY], and wss:// for TLS (RFC 6455, section 3)."""

from micropython import const

_HOST = const("abcdefghijklmnopqrstuvwxyz0123456789-._")
_UNRESERVED = const("abcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST_CHARS_MAX = const(253)


def parse_url(url: str) -> tuple:
    """Return (secure, host, port, path with query). Raises ValueError that says what is wrong.

    No address of IPv6, no fragment, and no user or password: an address is shown to people.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    if scheme not in ("ws", "wss"):
        raise ValueError("an address begins with ws:// or wss://")
    for char in rest:
        if not "!" <= char <= "~":
            raise ValueError("an address has no spaces, and other than plain characters are written as %xx")
    if "#" in rest:
        raise ValueError("an address has no #")
    cut = min([at for at in (rest.find("/"), rest.find("?"), len(rest)) if at >= 0])
    place, path = rest[:cut], rest[cut:]
    if "@" in place:
        raise ValueError("user and password are no part of an address")
    host, colon, digits = place.partition(":")
    if not 0 < len(host) <= _HOST_CHARS_MAX or host.lower().strip(_HOST):
        raise ValueError("no host: " + place)
    port = 443 if scheme == "wss" else 80
    if colon:
        if not 0 < len(digits) <= 5 or digits.strip("0123456789") or not 0 < int(digits) < 65536:
            raise ValueError("no port: " + place)
        port = int(digits)
    if not path.startswith("/"):
        path = "/" + path
    return scheme == "wss", host, port, path


def quote(text: str) -> str:
    """Return a text as one part of a path: what is not plain becomes %xx (RFC 3986, section 2)."""
    return "".join([chr(b) if chr(b).lower() in _UNRESERVED else "%%%02X" % b for b in text.encode()])
