"""JSON taken apart while it arrives, in pieces of any size and in memory of a fixed size (RFC 8259).

The handler is called with `begin(is_object)`, `end_container()`, `key(token)` and `scalar(kind, token)`, tokens as
bytes: of a string its UTF-8, of a number its text as it was written, so that no number becomes a float. A string of
more than `token_max` bytes goes to `part(piece)`, where the handler has it, and ends with a scalar of kind LONG.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

STRING = const(0)
NUMBER = const(1)
TRUE = const(2)
FALSE = const(3)
NULL = const(4)
# A string of more than `token_max` bytes; what is left of it is empty.
LONG = const(5)

_VALUE = const(0)
_VALUE_OR_END = const(1)
_KEY_OR_END = const(2)
_KEY = const(3)
_COLON = const(4)
_COMMA = const(5)
_DONE = const(6)

_PLAIN = const(0)
_IN_STRING = const(1)
_IN_ESCAPE = const(2)
_IN_WORD = const(3)
_IN_UNICODE = const(4)

_ENDS = b',]} \t\r\n:"[{'
_SPACES = b" \t\r\n"
_ESCAPES = b'"\\/bfnrt'
_ESCAPED = b'"\\/\b\f\n\r\t'
_WORD_MAX = const(60)
_HUGE = const(10**10)


class Tokenizer:
    """Calls `handler` for one value and what is in it; ValueError for what is no JSON or too deep."""

    def __init__(self, handler: "Any", token_max: int = 64, depth_max: int = 12) -> None:
        self._handler = handler
        self._token_max = token_max
        self._part = getattr(handler, "part", None)
        # One byte per open container: 1 for an object.
        self._open = bytearray(depth_max)
        self._depth = 0
        self._expected = _VALUE
        self._mode = _PLAIN
        self._is_key = False
        self._is_long = False
        self._code = 0
        self._token = bytearray()

    @property
    def done(self) -> bool:
        """The value is complete."""
        return self._expected == _DONE

    def feed(self, data) -> None:
        """Take the next piece; behind the value only white space may follow."""
        data = bytes(data)
        at = 0
        end = len(data)
        while at < end:
            mode = self._mode
            if mode == _PLAIN:
                character = data[at]
                at += 1
                if character == 34:
                    self._begin_string()
                elif character not in _SPACES:
                    at = self._mark(character, at)
            elif mode == _IN_STRING:
                at = self._string(data, at, end)
            elif mode == _IN_WORD:
                at = self._word(data, at, end)
            else:
                at = self._escape(data, at)

    def _begin_string(self) -> None:
        expected = self._expected
        if expected == _KEY or expected == _KEY_OR_END:
            self._is_key = True
        elif expected <= _VALUE_OR_END:
            self._is_key = False
        else:
            raise ValueError("a string where none may be")
        self._mode = _IN_STRING

    def _mark(self, character: int, at: int) -> int:
        """Take what is neither string nor white space; return where to go on."""
        expected = self._expected
        if character == 44:
            if expected != _COMMA:
                raise ValueError("a comma where none may be")
            self._expected = _KEY if self._open[self._depth - 1] else _VALUE
        elif character == 58:
            if expected != _COLON:
                raise ValueError("a colon where none may be")
            self._expected = _VALUE
        elif character == 125 or character == 93:
            self._close(character == 125)
        elif expected > _VALUE_OR_END:
            raise ValueError("a value where none may be")
        elif character == 123 or character == 91:
            if self._depth == len(self._open):
                raise ValueError("too deep")
            self._open[self._depth] = 1 if character == 123 else 0
            self._depth += 1
            self._expected = _KEY_OR_END if character == 123 else _VALUE_OR_END
            self._handler.begin(character == 123)
        else:
            self._mode = _IN_WORD
            return at - 1
        return at

    def _close(self, is_object: bool) -> None:
        expected = self._expected
        allowed = expected == _COMMA or expected == (_KEY_OR_END if is_object else _VALUE_OR_END)
        if not allowed or not self._depth or self._open[self._depth - 1] != is_object:
            raise ValueError("an end where none may be")
        self._depth -= 1
        self._expected = _COMMA if self._depth else _DONE
        self._handler.end_container()

    def _string(self, data: bytes, at: int, end: int) -> int:
        stop = data.find(b'"', at)
        if stop < 0:
            stop = end
        escape = data.find(b"\\", at, stop)
        if escape >= 0:
            self._collect(data[at:escape])
            self._mode = _IN_ESCAPE
            return escape + 1
        if stop < end and not self._token and not self._is_long and stop - at <= self._token_max:
            self._finish_string(data[at:stop])
        else:
            self._collect(data[at:stop])
            if stop < end:
                token = bytes(self._token)
                self._token = bytearray()
                self._finish_string(token)
        return stop + 1

    def _collect(self, piece: bytes) -> None:
        if self._is_long or len(self._token) + len(piece) > self._token_max:
            if self._part is not None and not self._is_key:
                if self._token:
                    self._part(bytes(self._token))
                self._part(piece)
            self._is_long = True
            self._token = bytearray()
        else:
            self._token += piece

    def _finish_string(self, token: bytes) -> None:
        is_long = self._is_long
        self._is_long = False
        self._mode = _PLAIN
        if self._is_key:
            self._expected = _COLON
            self._handler.key(token)
        else:
            self._value(LONG if is_long else STRING, token)

    def _escape(self, data: bytes, at: int) -> int:
        """Take one byte of what follows a backslash."""
        character = data[at]
        if self._mode == _IN_UNICODE:
            digit = b"0123456789abcdef".find(bytes((character | 0x20,)))
            if digit < 0:
                raise ValueError("an escape that is none")
            # A one goes before the digits and says when there are four.
            self._code = self._code << 4 | digit
            if self._code >> 16:
                code = self._code & 0xFFFF
                # Half of a pair stands for nothing by itself.
                self._collect(chr(0xFFFD if 0xD800 <= code < 0xE000 else code).encode())
                self._mode = _IN_STRING
        elif character == 117:
            self._code = 1
            self._mode = _IN_UNICODE
        else:
            place = _ESCAPES.find(bytes((character,)))
            if place < 0:
                raise ValueError("an escape that is none")
            self._collect(_ESCAPED[place : place + 1])
            self._mode = _IN_STRING
        return at + 1

    def _word(self, data: bytes, at: int, end: int) -> int:
        begin = at
        while at < end and data[at] not in _ENDS:
            at += 1
        token = data[begin:at]
        if len(self._token) + at - begin > _WORD_MAX:
            raise ValueError("a number too long")
        if self._token or at == end:
            # It may go on in the next piece.
            self._token += token
            if at == end:
                return at
            token = bytes(self._token)
            self._token = bytearray()
        self._mode = _PLAIN
        first = token[0] if token else 0
        if 48 <= first <= 57 or first == 45:
            self._value(NUMBER, token)
        elif token == b"true":
            self._value(TRUE, token)
        elif token == b"false":
            self._value(FALSE, token)
        elif token == b"null":
            self._value(NULL, token)
        else:
            raise ValueError("a word that is none")
        return at

    def _value(self, kind: int, token: bytes) -> None:
        self._expected = _COMMA if self._depth else _DONE
        self._handler.scalar(kind, token)


def decimal(token: bytes) -> tuple:
    """Return (below zero, whole part, something behind the point) of a JSON number; ValueError when it is none.

    The whole part is cut off at 10**10, far above any current or time.
    """
    text = token.decode()
    negative = text[:1] == "-"
    mantissa, _, exponent = text[1 if negative else 0 :].replace("E", "e").partition("e")
    whole, point, fraction = mantissa.partition(".")
    shift = 0
    if "e" in text or "E" in text:
        shift = exponent[1:] if exponent[:1] in ("+", "-") and exponent else exponent
        if not shift.isdigit():
            raise ValueError("no number")
        shift = int(shift[:4]) * (-1 if exponent[0] == "-" else 1)
    if not whole.isdigit() or (point and not fraction.isdigit()):
        raise ValueError("no number")
    digits = whole + fraction
    point_at = len(whole) + shift
    before = digits[: max(0, point_at)].lstrip("0")
    behind = digits[max(0, point_at) :].strip("0")
    zeros = max(0, point_at - len(digits))
    value = 0
    if before:
        value = int(before) * 10**zeros if len(before) + zeros <= 10 else _HUGE
    return negative and bool(before or behind), value, bool(behind)
