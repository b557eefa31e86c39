"""Why there is no connection, in plain words."""

from micropython import const

# Below lie the codes of protocols that number their own errors, as MQTT does.
NAME_NOT_FOUND = const(32)
REFUSED = const(33)
UNREACHABLE = const(34)
CONNECT_TIMEOUT = const(35)
CERTIFICATE_EXPIRED = const(36)
CERTIFICATE_EARLY = const(37)
CERTIFICATE_NAME = const(38)
CERTIFICATE_UNKNOWN = const(39)
TLS_VERSION = const(40)
TLS_FAILED = const(41)
CLOSED_EARLY = const(42)
CLOSED = const(43)
NETWORK = const(44)

# One text and no tuple: it is split only when an error is shown.
_TEXTS = const("""name not found
connection refused
host not reachable
timed out while connecting
the server's certificate has expired
the server's certificate is not valid yet: is the clock right?
the server's certificate is for another name
the server's certificate is from an unknown authority
the server wants another version of TLS
TLS failed
the server closed the connection before it answered
the server closed the connection
connection failed""")

# What MicroPython (mbedTLS) and CPython (OpenSSL) say, and which code it means.
_TLS_WORDS = const("""36 expired
37 in the future
37 not yet valid
38 Common Name
38 mismatch
39 trusted CA
39 issuer
39 self-signed
39 self signed
40 PROTOCOL_VERSION
40 UNSUPPORTED_PROTOCOL
41 ALERT
41 EOF""")
# Whoever breaks a handshake off does not say why in words that would help; most often it is this.
BROKEN_OFF = const("the server broke off: does it expect TLS, or another certificate?")


class LinkError(Exception):
    """Why there is no connection: `code` as above or of a protocol, and a text to show."""

    def __init__(self, code: int, detail: str = "", text: str = "") -> None:
        """Take the text of the code unless the protocol brings one."""
        text = text or _TEXTS.split("\n")[code - NAME_NOT_FOUND]
        super().__init__(text + ": " + detail if detail else text)
        self.code = code


def tls_error(words: str, host: str) -> LinkError:
    """Return the error of a handshake with `host` by what the TLS library says."""
    for line in _TLS_WORDS.split("\n"):
        code, _, word = line.partition(" ")
        if word in words:
            code = int(code)
            return LinkError(code, _details(code, host))
    return LinkError(TLS_FAILED, words)


def _details(code: int, host: str) -> str:
    if code == TLS_FAILED:
        return BROKEN_OFF
    return host if code == CERTIFICATE_NAME else ""
