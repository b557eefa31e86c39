"""Requests for a certificate (PKCS #10, RFC 2986) with a new key on the curve P-256, made in slices."""

import hashlib

from . import der, p256, x509
from .pem import armoured

_UTF8 = 0x0C
_VERSION_0 = b"\x02\x01\x00"


def random_number(random_bytes) -> int:
    """Return a random number from 1 to N - 1 of the curve; `random_bytes(count)` are true random numbers."""
    # 8 bytes more than needed: so much nearer to evenly spread (FIPS 186-5, A.2.1).
    return int.from_bytes(random_bytes(40), "big") % (p256.N - 1) + 1


def request(secret: int, random_bytes, organization: str, common_name: str):
    """Return the request in PEM for a secret key; a generator that yields now and then."""
    x, y = yield from p256.public_key(secret)
    name = b""
    for kind, text in ((x509.ORGANIZATION, organization), (x509.COMMON_NAME, common_name)):
        if text:
            pair = der.packed(der.SEQUENCE, der.packed(der.OBJECT_ID, kind), der.packed(_UTF8, text.encode()))
            name += der.packed(der.SET, pair)
    kinds = der.packed(der.OBJECT_ID, x509.EC_KEY) + der.packed(der.OBJECT_ID, x509.P256)
    bits = b"\0\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    key = der.packed(der.SEQUENCE, der.packed(der.SEQUENCE, kinds), der.packed(der.BIT_STRING, bits))
    body = der.packed(der.SEQUENCE, _VERSION_0, der.packed(der.SEQUENCE, name), key, b"\xa0\x00")
    digest = hashlib.sha256(body).digest()
    r, s = yield from p256.sign(secret, digest, random_number(random_bytes))
    signature = der.packed(der.SEQUENCE, der.packed_integer(r), der.packed_integer(s))
    scheme = der.packed(der.SEQUENCE, der.packed(der.OBJECT_ID, x509.EC_SHA256))
    whole = der.packed(der.SEQUENCE, body, scheme, der.packed(der.BIT_STRING, b"\0", signature))
    return armoured("CERTIFICATE REQUEST", whole)


def key_file(secret: int, point: tuple) -> bytes:
    """Return a key as TLS libraries take it, in DER (RFC 5915)."""
    x, y = point
    bits = b"\0\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    return der.packed(
        der.SEQUENCE,
        b"\x02\x01\x01",
        der.packed(der.OCTET_STRING, secret.to_bytes(32, "big")),
        der.packed(0xA0, der.packed(der.OBJECT_ID, x509.P256)),
        der.packed(0xA1, der.packed(der.BIT_STRING, bits)),
    )
