"""The bytes that go out next: frames of a client, masked (RFC 6455, section 5.3), through a buffer of fixed size.

A message of known length is one frame, however long; the pieces of one of unknown length are frames as large as the
buffer.
"""

import os

from micropython import const

from . import errors
from .errors import WebSocketError
from .frames import CONTINUATION

_LAST = const(0x80)
_MASKED = const(0x80)
# The longest head of a frame that fits into the buffer, with its mask.
_HEAD_BYTES = const(8)
_PIECE_BYTES = const(128)

_IDLE = const(0)
_RAW = const(1)
_FRAME = const(2)
_PIECES = const(3)


class Sender:
    """Buffer of fixed size; `view[start:end]` is to be written to the connection.

    It is filled only while empty, so the bytes of a write that is tried again are the same (TLS needs that).
    """

    def __init__(self, size: int) -> None:
        """Make a buffer of `size` bytes, 256 .. 65535."""
        self.buffer = bytearray(size)
        self.view = memoryview(self.buffer)
        self.size = size
        self._mask = b""
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.start = self.end = 0
        self.reset_message()

    @property
    def busy(self) -> bool:
        """True until the last byte of a message or request is in the buffer."""
        return self._mode != _IDLE

    @property
    def may_interrupt(self) -> bool:
        """True where a control frame may stand."""
        return self._mode in (_IDLE, _PIECES)

    def begin_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._mode = _RAW
        self._body = memoryview(data)
        self._left = len(data)

    def begin_message(self, opcode: int, payload) -> None:
        """Send a text, bytes, a tuple of the number of bytes and an iterable of their parts, or such an iterable."""
        self.reset_message()
        if isinstance(payload, str):
            payload = payload.encode()
        if isinstance(payload, tuple):
            self._parts = iter(payload[1])
            self._left = payload[0]
            self._mode = _FRAME
        elif isinstance(payload, (bytes, bytearray, memoryview)):
            self._body = memoryview(payload)
            self._left = len(payload)
            self._mode = _FRAME
        else:
            self._parts = iter(payload)
            self._mode = _PIECES
        self._opcode = opcode
        self._has_head = False

    def reset_message(self) -> None:
        """Forget the message under way, but not what is in the buffer."""
        self._mode = _IDLE
        self._opcode = 0
        self._body = memoryview(b"")
        self._body_at = 0
        self._parts = None
        self._left = 0
        self._done = 0
        self._has_head = False

    def put_control(self, opcode: int, payload, size: int) -> bool:
        """Append a control frame with payload[:size]; return False when there is no room for it."""
        if self.size - self.end < _HEAD_BYTES + size:
            return False
        self._put_head(_LAST | opcode, size)
        at = self.end
        self.view[at : at + size] = memoryview(payload)[:size]
        self.end = at + size
        self._hide(at, size, 0)
        return True

    def fill(self) -> None:
        """Move on with the message as far as there is room. Raises WebSocketError when its parts are wrong."""
        mode = self._mode
        if mode == _PIECES:
            self._fill_piece()
        elif mode != _IDLE:
            if mode == _FRAME and not self._has_head:
                # A long frame needs 6 more bytes.
                if self.size - self.end < _HEAD_BYTES + 6:
                    return
                self._put_head(_LAST | self._opcode, self._left)
                self._has_head = True
            self._fill_frame(mode == _FRAME)

    def sent(self, count: int) -> None:
        """Note that `count` bytes went out."""
        self.start += count
        if self.start == self.end:
            self.start = self.end = 0

    def _fill_frame(self, masked: bool) -> None:
        at = self.end
        count = self._gather(min(self.size - at, self._left))
        if masked:
            self._hide(at, count, self._done)
        self._done += count
        self._left -= count
        if self._left == 0:
            if self._body_at < len(self._body) or self._next_part():
                raise WebSocketError(errors.BAD_STREAM)
            self.reset_message()
        elif self.end < self.size:
            raise WebSocketError(errors.BAD_STREAM)

    def _fill_piece(self) -> None:
        """Make a frame of as many parts as fit; its head comes last, when its length is known."""
        begin = self.end
        if self.size - begin <= _HEAD_BYTES:
            return
        self.end = begin + _HEAD_BYTES
        count = self._gather(self.size - self.end)
        is_last = self.end < self.size
        if count < 126:
            # Its head is shorter, so the content moves up.
            at = begin + 6
            self.view[at : at + count] = bytes(self.view[at + 2 : at + 2 + count])
        self.end = begin
        self._put_head((_LAST if is_last else 0) | self._opcode, count)
        at = self.end
        self.end = at + count
        self._hide(at, count, 0)
        self._opcode = CONTINUATION
        if is_last:
            self.reset_message()

    def _gather(self, room: int) -> int:
        """Append at most `room` bytes of the message as they are; return how many."""
        begin = self.end
        end = begin + room
        at = begin
        while at < end:
            if self._body_at == len(self._body) and not self._next_part():
                break
            count = min(end - at, len(self._body) - self._body_at)
            self.view[at : at + count] = self._body[self._body_at : self._body_at + count]
            self._body_at += count
            at += count
        self.end = at
        return at - begin

    def _next_part(self) -> bool:
        """Go to the next part that is not empty."""
        if self._parts is not None:
            for part in self._parts:
                if part:
                    self._body = memoryview(part.encode() if isinstance(part, str) else part)
                    self._body_at = 0
                    return True
            self._parts = None
        return False

    def _put_head(self, first: int, size: int) -> None:
        """Append the head of a frame, with a mask that nobody can foresee."""
        buffer = self.buffer
        at = self.end
        buffer[at] = first
        if size < 126:
            buffer[at + 1] = _MASKED | size
            at += 2
        else:
            count = 2 if size < 0x10000 else 8
            buffer[at + 1] = _MASKED | (126 if count == 2 else 127)
            self.view[at + 2 : at + 2 + count] = size.to_bytes(count, "big")
            at += 2 + count
        self._mask = os.urandom(4)
        self.view[at : at + 4] = self._mask
        self.end = at + 4

    def _hide(self, at: int, count: int, offset: int) -> None:
        """Mask buffer[at:at+count], which begins `offset` bytes behind the begin of its frame."""
        turn = offset & 3
        mask = (self._mask[turn:] + self._mask[:turn]) * (_PIECE_BYTES // 4)
        key = int.from_bytes(mask, "little")
        end = at + count
        while at < end:
            size = end - at
            if size < _PIECE_BYTES:
                key = int.from_bytes(mask[:size], "little")
            else:
                size = _PIECE_BYTES
            # Whole numbers instead of bytes: Python's work does not grow with each byte.
            piece = self.view[at : at + size]
            piece[:] = (int.from_bytes(piece, "little") ^ key).to_bytes(size, "little")
            at += size
