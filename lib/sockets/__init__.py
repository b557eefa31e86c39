"""Sockets that never wait: `links` to one address, a `server` of datagrams; their addresses are IPv4 literals.

`stream` is a connection by name, over TLS (`tls`) or plain; `names` looks up in a thread, `times` has its pauses.
"""


def is_address(text: str) -> bool:
    """Return True for an IPv4 address in four plain numbers."""
    parts = text.split(".")
    for part in parts:
        if not 0 < len(part) <= 3 or part.strip("0123456789") or int(part) > 255:
            return False
    return len(parts) == 4
