"""What can go wrong between a WebSocket client and its server, in plain words; see `sockets.errors` for the rest."""

from micropython import const

from sockets.errors import LinkError

WRONG_PASSWORD = const(64)
FORBIDDEN = const(65)
NOT_FOUND = const(66)
MOVED = const(67)
UNAVAILABLE = const(68)
NOT_ACCEPTED = const(69)
SUBPROTOCOL_REFUSED = const(70)
NO_WEBSOCKET = const(71)
NO_ANSWER = const(72)
NO_PONG = const(73)
BROKEN = const(74)
TOO_LONG = const(75)
BAD_TEXT = const(76)
BINARY = const(77)
CLOSED_WITH_CODE = const(78)
NOT_CONNECTED = const(79)
BAD_STREAM = const(80)

# One text and no tuple: it is split only when an error is shown.
_TEXTS = const("""wrong user name or password
the server does not allow this client
the server does not know this address: check its path
the server sends its clients to another address
the server is not available now
the server does not accept the connection
the server does not speak the wanted subprotocol
no WebSocket server answers there
timed out: the server did not answer
connection lost: no answer to a ping
the server breaks the WebSocket standard
the server sent a message that is too long
the server sent a text that is not UTF-8
the server sent a binary message
the server closed the connection
not connected
a message had another length than announced""")


class WebSocketError(LinkError):
    """Why client and server part: `code` as above, and `close_code` to tell the server, 0 for none (RFC 6455, 7.4)."""

    def __init__(self, code: int, detail: str = "", close_code: int = 0) -> None:
        super().__init__(code, detail, _TEXTS.split("\n")[code - WRONG_PASSWORD])
        self.close_code = close_code


def broken(what: str) -> WebSocketError:
    """Return the error of a frame that breaks the standard; `what` names the part."""
    return WebSocketError(BROKEN, what, 1002)
