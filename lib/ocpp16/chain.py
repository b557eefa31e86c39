"""Who vouches for a certificate, and signatures, checked in slices: generators that yield now and then."""

from micropython import const

from . import der, p256, rsa, x509

_DEPTH_MAX = const(4)


def check(certificates: list, roots: list, unix_s: int):
    """Return "" when the first of `certificates` (Certificate) leads to one of `roots`, else why not.

    The others may be between the two, in any order. Every date counts (RFC 5280, section 6.1).
    """
    subject = certificates[0]
    for _ in range(_DEPTH_MAX):
        if not subject.is_valid_at(unix_s):
            return "has expired" if unix_s > subject.not_after else "is not valid yet"
        for root in roots:
            if root.data == subject.data:
                return ""
        issuer = None
        for candidate in roots + certificates[1:]:
            if candidate.subject == subject.issuer and candidate.is_ca and candidate.can_sign:
                good = yield from is_signed_by(subject, candidate)
                if good:
                    issuer = candidate
                    break
        if issuer is None:
            return "issuer is not trusted"
        subject = issuer
    return "chain is too long"


def is_signed_by(certificate, issuer):
    """Return whether a certificate has the signature of another one."""
    scheme = certificate.scheme
    digest = certificate.digest()
    found = yield from verify(
        issuer.key,
        digest,
        certificate.signature,
        scheme == x509.PKCS1,
        scheme == x509.PSS,
        scheme == x509.ECDSA,
    )
    return found


def verify(
    key: tuple, digest: bytes, signature: bytes, pkcs1: bool = True, pss: bool = True, ecdsa: bool = True
):
    """Return whether a signature is one of a digest (SHA-256) in one of the allowed ways."""
    found = False
    if x509.is_rsa(key):
        if pkcs1 or pss:
            found = yield from rsa.verify(key, digest, signature, pkcs1, pss)
    elif ecdsa:
        try:
            r, s = [part.integer() for part in der.only(signature).children(2)]
        except ValueError:
            return False
        found = yield from p256.verify(key, digest, r, s)
    return found
