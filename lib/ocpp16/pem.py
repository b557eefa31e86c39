"""Certificates in PEM (RFC 7468), taken apart while they arrive."""

import binascii

from micropython import const

from .rpc import CallError

_LINE_MAX = const(128)
# What 5500 characters of PEM hold (InstallCertificate.req).
_DER_MAX = const(4096)
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


class PemReader:
    """Collects certificates of at most `characters_max` characters; `end` returns them in DER."""

    def __init__(self, characters_max: int) -> None:
        self._left = characters_max
        self._found: list = []
        self._line = bytearray()
        self._der: "bytearray | None" = None
        self._rest = b""

    def feed(self, data) -> None:
        """Take the next bytes of the text; CallError when it is too long, ValueError when it is no PEM."""
        self._left -= len(data)
        if self._left < 0:
            raise CallError("TypeConstraintViolation", "the certificate is too long")
        for byte in data:
            if byte == 0x0A or byte == 0x0D:
                self._end_line()
            else:
                self._line.append(byte)
                if len(self._line) > _LINE_MAX:
                    self._split()

    def end(self) -> list:
        """Return the certificates; ValueError when the last one is not whole."""
        self._end_line()
        if self._der is not None:
            raise ValueError("a certificate has no end")
        return self._found

    def _split(self) -> None:
        """Take a part of a line that is longer than it should be; of a multiple of four characters."""
        if self._der is None or self._line.startswith(b"-"):
            raise ValueError("no certificate in PEM")
        self._decode(bytes(self._line[:64]), self._der)
        self._line = self._line[64:]

    def _end_line(self) -> None:
        line = bytes(self._line).strip()
        self._line = bytearray()
        if not line:
            return
        if line.startswith(b"-----BEGIN "):
            if self._der is not None or line != b"-----BEGIN CERTIFICATE-----":
                raise ValueError("no certificate in PEM")
            self._der = bytearray()
            self._rest = b""
        elif line.startswith(b"-----END "):
            if not self._der or self._rest:
                raise ValueError("a certificate is not whole")
            self._found.append(bytes(self._der))
            self._der = None
        elif self._der is not None:
            self._decode(line, self._der)

    def _decode(self, text: bytes, found: bytearray) -> None:
        text = self._rest + text
        if text.strip(_ALPHABET):
            raise ValueError("no certificate in PEM")
        whole = len(text) & ~3
        self._rest = text[whole:]
        found.extend(binascii.a2b_base64(text[:whole]))
        if len(found) > _DER_MAX:
            raise CallError("TypeConstraintViolation", "the certificate is too long")


def armoured(label: str, der: bytes) -> str:
    """Return DER as PEM."""
    lines = ["-----BEGIN " + label + "-----"]
    for at in range(0, len(der), 48):
        lines.append(binascii.b2a_base64(der[at : at + 48]).decode().strip())
    lines.append("-----END " + label + "-----\n")
    return "\n".join(lines)
