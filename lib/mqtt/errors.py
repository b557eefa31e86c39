"""What can go wrong between client and broker, in plain words; what can without one is in `sockets.errors`."""

from micropython import const

from sockets.errors import LinkError

# 1 .. 5 are the return codes of CONNACK (MQTT 3.1.1, table 3.1).
BAD_LOGIN = const(4)
NOT_AUTHORIZED = const(5)
MALFORMED = const(6)
NO_CONNACK = const(7)
NO_PINGRESP = const(8)
NO_ACK = const(9)
BAD_STREAM = const(10)

# One text and no tuple: it is split only when an error is shown.
_TEXTS = const("""error
the broker does not speak MQTT 3.1.1
the broker refuses the client id
the broker is not available
wrong user name or password
not authorized: wrong user name or password, or an account without rights
malformed packet from the broker
timed out: the broker did not answer CONNECT
connection lost: no answer to a ping
connection lost: a message was not acknowledged
a message had another length than announced""")


class MQTTException(LinkError):
    """Why the broker and the client part: `code` as above, and a text to show."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail, _TEXTS.split("\n")[code])


def malformed(what: str) -> MQTTException:
    """Return the error of a packet that breaks the standard; `what` names the part."""
    return MQTTException(MALFORMED, what)
