"""Takes messages with certificates out of the stream: they are decoded while they arrive, the rest becomes a dict."""

from micropython import const

from . import json_stream as js
from .pem import PemReader
from .rpc import CallError

# A location has at most 512 characters, a signature 800.
_TOKEN_MAX = const(800)
_DEPTH_MAX = const(3)
_FIELDS_MAX = const(24)
_LIMITS = (("certificateChain", 10000), ("certificate", 5500), ("signingCertificate", 5500))


class CertificateStream:
    """The stream handler: what `end` returns has the certificates in DER as the list `certificates`."""

    def __init__(self) -> None:
        self._tokens = js.Tokenizer(self, _TOKEN_MAX)
        self._open: list = []
        self._payload: dict = {}
        self._name = ""
        self._fields = 0
        self._skipped = 0
        self._pem: "PemReader | None" = None
        self._is_broken = False

    def feed(self, data) -> None:
        """Take the next bytes of the payload; CallError or ValueError says what is wrong."""
        self._tokens.feed(data)

    def end(self) -> dict:
        """Return the payload."""
        if not self._tokens.done:
            raise ValueError("no end")
        return self._payload

    # Of the tokenizer.

    def begin(self, is_object: bool) -> None:
        """Enter an object or array."""
        if self._skipped or not is_object:
            if not self._open:
                raise ValueError("no object")
            self._skipped += 1
            return
        if len(self._open) == _DEPTH_MAX:
            raise ValueError("too deep")
        fields: dict = {}
        if self._open:
            self._put(fields)
        else:
            self._payload = fields
        self._open.append(fields)

    def end_container(self) -> None:
        """Leave it."""
        if self._skipped:
            self._skipped -= 1
        else:
            self._open.pop()

    def key(self, token: bytes) -> None:
        """Take the name of what follows."""
        if not self._skipped:
            self._name = _decoded(token)
            self._pem = None
            self._is_broken = False
            for name, limit in _LIMITS:
                if name == self._name:
                    self._pem = PemReader(limit)

    def part(self, piece: bytes) -> None:
        """Take a piece of a long string."""
        if not self._skipped:
            if self._pem is None:
                raise CallError("TypeConstraintViolation", self._name + " is too long")
            self._take_text(self._pem, piece)

    def scalar(self, kind: int, token: bytes) -> None:
        """Take a value; null counts as missing."""
        if self._skipped or kind == js.NULL:
            return
        if not self._open:
            raise ValueError("no object")
        if self._pem is not None and (kind == js.STRING or kind == js.LONG):
            self._take_text(self._pem, token)
            self._take_pem(self._pem)
        elif kind == js.STRING:
            self._put(_decoded(token))
        elif kind == js.NUMBER:
            self._put(_number(token))
        else:
            self._put(kind == js.TRUE)

    def _take_text(self, pem: PemReader, text: bytes) -> None:
        try:
            if not self._is_broken:
                pem.feed(text)
        except ValueError:
            self._is_broken = True

    def _take_pem(self, pem: PemReader) -> None:
        # When nothing in it can be used, who handles it says so in its own words.
        found: list = []
        try:
            if not self._is_broken:
                found = pem.end()
        except ValueError:
            pass
        self._payload["certificates"] = found
        self._put("")

    def _put(self, value) -> None:
        self._fields += 1
        if self._fields > _FIELDS_MAX:
            raise ValueError("too much")
        self._open[-1][self._name] = value


def _number(token: bytes):
    text = token.decode()
    digits = text[1:] if text.startswith("-") else text
    if not digits or len(digits) > 18 or digits.strip("0123456789"):
        raise CallError("TypeConstraintViolation", "no integer: " + text)
    return int(text)


def _decoded(token: bytes) -> str:
    try:
        return token.decode()
    except UnicodeError:
        raise CallError("FormationViolation", "a string is no UTF-8")
