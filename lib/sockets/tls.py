"""TLS contexts for clients."""

import binascii
import ssl

from micropython import const

_BEGIN = const(b"-----BEGIN ")
_END = const(b"-----END")


def client_context(ca: bytes, certificate: bytes = b"", key: bytes = b"", ciphers: str = ""):
    """Return an SSLContext for a server that must show a certificate for its name.

    `ca`: the certificates of the trusted authorities (PEM, or one in DER); on MicroPython their dates need the clock
    set. `certificate` (only one) and `key`, both in PEM or on MicroPython in DER, show the server who asks.
    `ciphers`: the only suites to agree on, by their names in mbedTLS with spaces between, such as
    `TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256`. Raises ValueError for what is no certificate, no key or no cipher.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        for der in _ders(ca):
            context.load_verify_locations(cadata=der)
    except (OSError, ValueError) as error:
        raise ValueError("not a certificate: %s" % error)
    if certificate:
        _show(context, certificate, key)
    if ciphers:
        _choose(context, ciphers)
    return context


def unchecked_context():
    """Return an SSLContext for a connection that is encrypted, but anybody may be at the other end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # CPython insists on this order; MicroPython never checks a name without a certificate.
    if hasattr(context, "check_hostname"):
        context.check_hostname = False  # pyright: ignore[reportAttributeAccessIssue]
    context.verify_mode = ssl.CERT_NONE
    return context


def _ders(data: bytes, kind: bytes = b"CERTIFICATE") -> list:
    """Return the objects of a PEM text in DER: MicroPython takes no PEM, and CPython takes it as text only."""
    parts = data.split(_BEGIN)
    if len(parts) == 1:
        return [data]
    found = []
    for part in parts[1:]:
        label, _, body = part.partition(b"-----")
        # A key's label also names its algorithm.
        if label.endswith(kind):
            found.append(binascii.a2b_base64(body.split(_END)[0]))
    if not found:
        raise ValueError("no " + kind.decode())
    return found


def _show(context, certificate: bytes, key: bytes) -> None:
    """Load a certificate of our own and its key."""
    try:
        if hasattr(context, "check_hostname"):
            from .host import load_chain

            load_chain(context, certificate, key)
        else:
            context.load_cert_chain(_ders(certificate)[0], _ders(key, b"PRIVATE KEY")[0])
    except (OSError, ValueError) as error:
        raise ValueError("not a certificate with its key: %s" % error)


def _choose(context, ciphers: str) -> None:
    try:
        if hasattr(context, "check_hostname"):
            from .host import cipher_names

            context.set_ciphers(cipher_names(ciphers))  # pyright: ignore[reportAttributeAccessIssue]
        else:
            # The class of the module `ssl` keeps that of the TLS library in itself.
            getattr(context, "_context", context).set_ciphers(ciphers.split())
    except (OSError, ValueError) as error:
        raise ValueError("not a cipher suite: %s" % error)
