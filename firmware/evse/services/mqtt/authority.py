"""Whom the station believes to be its broker or its back end: authorities of the owner's, else Let's Encrypt."""

import binascii
import os

from micropython import const

from evse.core.errors import FieldError, Refused

_FILE = "/mqtt_ca.pem"
_MOST_BYTES = const(8192)
_BEGIN = const(b"-----BEGIN CERTIFICATE-----")
_END = const(b"-----END CERTIFICATE-----")


def context(root: str, check: bool):
    """Return an SSLContext; without `check` anybody may be the broker. ValueError for a file that is no certificate."""
    # Late: who only keeps a certificate needs neither.
    from evse.services.mqtt.isrg_root import isrg_root_x1
    from sockets import tls

    return tls.client_context(load(root) or isrg_root_x1()) if check else tls.unchecked_context()


def load(root: str, name: str = _FILE) -> bytes:
    """Return the owner's certificates in PEM, b"" when there are none."""
    try:
        with open(root + name, "rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return b""


def replace(app, pem: bytes, name: str = _FILE, field: str = "mqtt_ca_cert") -> int:
    """Keep certificates as below and connect anew; return how many. Refused while a contactor is closed."""
    if not app.station.contactors.proven_open():
        raise Refused(field, "not while the station is charging")
    count = keep(app.board.storage.root, pem, name, field)
    app.authority_changes += 1
    return count


def keep(root: str, pem: bytes, name: str = _FILE, field: str = "mqtt_ca_cert") -> int:
    """Keep certificates in PEM, or none for b"", in a file and return how many; only while no contactor is closed.

    `field` is what the errors name. FieldError, OSError.
    """
    if len(pem) > _MOST_BYTES:
        raise FieldError(field, "must have at most %d bytes" % _MOST_BYTES)
    if not pem:
        if load(root, name):
            os.remove(root + name)
        return 0
    parts = pem.split(_BEGIN)[1:]
    if not parts:
        raise FieldError(field, "must be a certificate in PEM")
    for part in parts:
        body, end, _ = part.partition(_END)
        try:
            der = binascii.a2b_base64(body)
        except ValueError:
            der = b""
        # A certificate is an ASN.1 sequence of more than 255 bytes, and nothing follows it.
        if not end or der[:2] != b"\x30\x82" or len(der) != 4 + (der[2] << 8 | der[3]):
            raise FieldError(field, "must be a certificate in PEM")
    with open(root + name + ".new", "wb") as file:
        file.write(pem)
    os.rename(root + name + ".new", root + name)
    return len(parts)
