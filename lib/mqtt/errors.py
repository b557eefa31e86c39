"""What can go wrong between client and broker, in plain words."""

from micropython import const

# 1 .. 5 are the return codes of CONNACK (MQTT 3.1.1, table 3.1).
BAD_LOGIN = const(4)
NOT_AUTHORIZED = const(5)
MALFORMED = const(6)
NAME_NOT_FOUND = const(7)
REFUSED = const(8)
UNREACHABLE = const(9)
CONNECT_TIMEOUT = const(10)
TLS_FAILED = const(11)
NO_CONNACK = const(12)
NO_PINGRESP = const(13)
NO_ACK = const(14)
CLOSED_EARLY = const(15)
CLOSED = const(16)
NETWORK = const(17)
BAD_STREAM = const(18)

# One text and no tuple: it is split only when an error is shown.
_TEXTS = const("""error
the broker does not speak MQTT 3.1.1
the broker refuses the client id
the broker is not available
wrong user name or password
not authorized: wrong user name or password, or an account without rights
malformed packet from the broker
name not found
connection refused
host not reachable
timed out while connecting
TLS failed
timed out: the broker did not answer CONNECT
connection lost: no answer to a ping
connection lost: a message was not acknowledged
the broker closed the connection before it answered
the broker closed the connection
connection failed
a message had another length than announced""")


class MQTTException(Exception):
    """Why there is no connection: `code` as above, and a text to show, such as `name not found: broker.lan`."""

    def __init__(self, code: int, detail: str = "") -> None:
        text = _TEXTS.split("\n")[code]
        super().__init__(text + ": " + detail if detail else text)
        self.code = code


def malformed(what: str) -> MQTTException:
    """Return the error of a packet that breaks the standard; `what` names the part."""
    return MQTTException(MALFORMED, what)
