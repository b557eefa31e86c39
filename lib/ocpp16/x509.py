"""X.509 certificates (RFC 5280): what a charge point needs of them, read from DER."""

import hashlib

from micropython import const

from . import der
from .times import parse

# Object identifiers, as they are in DER.
_RSA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
_RSA_PSS = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
_RSA_SHA256 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
_EC = b"\x2a\x86\x48\xce\x3d\x02\x01"
P256 = b"\x2a\x86\x48\xce\x3d\x03\x01\x07"
EC_KEY = _EC
EC_SHA256 = b"\x2a\x86\x48\xce\x3d\x04\x03\x02"
_SHA256 = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"
COMMON_NAME = b"\x55\x04\x03"
ORGANIZATION = b"\x55\x04\x0a"
_BASIC_CONSTRAINTS = b"\x55\x1d\x13"
_KEY_USAGE = b"\x55\x1d\x0f"

# How it is signed.
PKCS1 = const(1)
PSS = const(2)
ECDSA = const(3)
UNKNOWN = const(0)

_EXTENSIONS = const(0xA3)
_RSA_BITS_MIN = const(2048)
_RSA_BITS_MAX = const(4096)


class Certificate:
    """A certificate; ValueError when it is none, or of a kind that cannot be used.

    `key` is (n, e) of RSA or (x, y) of the curve P-256, `key_bits` what `issuer_key_hash` is made of; times are unix
    seconds; `is_ca` and `can_sign` are of its extensions; `scheme` is how `signature` over `body` was made.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.is_ca = False
        self.can_sign = True
        try:
            self._read()
        except IndexError:
            raise ValueError("no certificate")

    def _read(self) -> None:
        data = self.data
        parts = list(der.only(data).children(3))
        if len(parts) != 3:
            raise ValueError("no certificate")
        self._body = parts[0]
        self.scheme = _scheme(parts[1])
        self.signature = parts[2].bits()
        fields = list(parts[0].children(16))
        if fields and fields[0].tag == 0xA0:
            # The version.
            fields.pop(0)
        if len(fields) < 6:
            raise ValueError("no certificate")
        self.serial = _serial(fields[0])
        self.issuer = fields[2].whole()
        times = list(fields[3].children(2))
        self.not_before = _time(times[0])
        self.not_after = _time(times[1])
        self._subject = fields[4]
        self.key, self.key_bits = read_key(fields[5])
        for field in fields[6:]:
            if field.tag == _EXTENSIONS:
                self._read_extensions(field)

    @property
    def subject(self) -> bytes:
        """The name of its owner, in DER."""
        return self._subject.whole()

    def digest(self) -> bytes:
        """Return the SHA-256 of what is signed."""
        return hashlib.sha256(memoryview(self.data)[self._body.at : self._body.stop]).digest()

    def name(self, kind: bytes) -> str:
        """Return the COMMON_NAME or ORGANIZATION of its owner, "" when there is none."""
        for entry in self._subject.children():
            for pair in entry.children():
                identifier, value = list(pair.children(2))
                if identifier.content() == kind:
                    return value.content().decode()
        return ""

    def hashes(self, issuer_key_bits: bytes) -> tuple:
        """Return issuerNameHash, issuerKeyHash and serialNumber as CertificateHashDataType has them (section 6.1)."""
        return _hex_of_hash(self.issuer), _hex_of_hash(issuer_key_bits), self.serial

    def is_valid_at(self, unix_s: int) -> bool:
        """Tell whether a time is in its period of validity."""
        return self.not_before <= unix_s <= self.not_after

    def _read_extensions(self, field) -> None:
        for extension in list(field.children(1))[0].children(32):
            parts = list(extension.children(3))
            kind = parts[0].content()
            if kind == _BASIC_CONSTRAINTS:
                found = list(der.only(parts[-1].content()).children(2))
                self.is_ca = len(found) > 0 and found[0].tag == 1 and found[0].content() == b"\xff"
            elif kind == _KEY_USAGE:
                usage = der.only(parts[-1].content(), der.BIT_STRING).content()
                # keyCertSign is bit 5.
                self.can_sign = len(usage) > 1 and usage[1] & 0x04 != 0


def read_key(field) -> tuple:
    """Return (key, its bits) of a SubjectPublicKeyInfo; ValueError when it is none that can be used."""
    algorithm, bits = list(field.children(2))
    kinds = [part.content() for part in algorithm.children(2)]
    content = bits.bits()
    if kinds[0] == _RSA or kinds[0] == _RSA_PSS:
        n, e = [part.integer() for part in der.only(content).children(2)]
        return check_rsa(n, e), content
    if kinds[0] == _EC and kinds[1] == P256 and len(content) == 65 and content[0] == 4:
        return (int.from_bytes(content[1:33], "big"), int.from_bytes(content[33:], "big")), content
    raise ValueError("a key of this kind is not supported")


def check_rsa(n: int, e: int) -> tuple:
    """Return (n, e); ValueError when it is too short to be safe, or longer than it can be handled."""
    if not n >> (_RSA_BITS_MIN - 1) or n >> _RSA_BITS_MAX or not n & 1 or e < 3 or e >> 32:
        raise ValueError("a key of RSA must have 2048 to 4096 bits")
    return n, e


def is_rsa(key: tuple) -> bool:
    """Tell whether a key is of RSA."""
    return key[0] >> 256 > 0


def _scheme(field) -> int:
    parts = list(field.children(2))
    kind = parts[0].content()
    if kind == _RSA_SHA256:
        return PKCS1
    if kind == EC_SHA256:
        return ECDSA
    # Its hash is named in the parameters; only SHA-256 is there.
    return PSS if kind == _RSA_PSS and len(parts) > 1 and _SHA256 in parts[1].content() else UNKNOWN


def _serial(field) -> str:
    # Not as a number: it may have 20 bytes, and some are negative.
    text = "".join(["%02X" % byte for byte in field.content()]).lstrip("0")
    return text or "0"


def _time(field) -> int:
    text = field.content().decode()
    if field.tag == der.UTC_TIME:
        # RFC 5280, section 4.1.2.5.1.
        text = ("20" if text[:2] < "50" else "19") + text
    if len(text) != 15 or text[14] != "Z":
        raise ValueError("no time")
    found = parse(
        "%s-%s-%sT%s:%s:%sZ" % (text[:4], text[4:6], text[6:8], text[8:10], text[10:12], text[12:14])
    )
    if found < 0:
        raise ValueError("no time")
    return found


def _hex_of_hash(data: bytes) -> str:
    return "".join(["%02x" % byte for byte in hashlib.sha256(data).digest()])
