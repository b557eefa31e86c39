"""TLS contexts for the client."""

import binascii
import ssl

from micropython import const

_BEGIN = const(b"-----BEGIN CERTIFICATE-----")
_END = const(b"-----END")


def client_context(ca=None):
    """Return an SSLContext for `MQTTClient(ssl=)`.

    With `ca`, the certificates of the trusted authorities as bytes (PEM, or one in DER), the broker must show a
    certificate for its name; on MicroPython that needs the clock set. Without, the connection is encrypted but
    anybody may be at the other end. Raises ValueError when `ca` is no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is None:
        # CPython insists on this order; MicroPython never checks a name without a certificate.
        if hasattr(context, "check_hostname"):
            context.check_hostname = False  # pyright: ignore[reportAttributeAccessIssue]
        context.verify_mode = ssl.CERT_NONE
        return context
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        if _BEGIN in ca:
            # MicroPython takes no PEM, and CPython takes it as text only.
            for part in ca.split(_BEGIN)[1:]:
                context.load_verify_locations(cadata=binascii.a2b_base64(part.split(_END)[0]))
        else:
            context.load_verify_locations(cadata=ca)
    except (OSError, ValueError) as error:
        raise ValueError("not a certificate: %s" % error)
    return context
