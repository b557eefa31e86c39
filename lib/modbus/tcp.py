"""Modbus TCP server: what one connection gets and gives, a state machine without I/O.

A frame is transaction number, 0, length and unit, each but the last of two bytes, before the protocol data unit
(Modbus Messaging on TCP/IP V1.0b, section 3.1). A station is one device, so every unit number is answered.
"""

from micropython import const

from . import pdu
from .registers import get_u16, put_u16

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from .pdu import RegisterBank

_HEADER_BYTES = const(7)
_PDU_MAX = const(253)
_FRAME_MAX = const(260)


class TcpServer:
    """One connection to `bank`; `broken` once what was received is no Modbus, and nothing is answered any more."""

    def __init__(self, bank: "RegisterBank") -> None:
        self.tx = bytearray(_FRAME_MAX)
        self.broken = False
        self._bank = bank
        self._rx = bytearray(_FRAME_MAX)
        self._count = 0

    def receive(self, data: bytes | bytearray | memoryview, start: int = 0) -> int:
        """Take bytes of `data` from `start` on, up to the end of a frame; return where to go on.

        Call `answer` after each call.
        """
        rx = self._rx
        end = len(data)
        while start < end and not self.broken:
            if self._count >= _HEADER_BYTES and self._count == self._frame_bytes():
                break
            rx[self._count] = data[start]
            self._count += 1
            start += 1
            if self._count == _HEADER_BYTES:
                self.broken = get_u16(rx, 2) != 0 or not 2 <= get_u16(rx, 4) <= _PDU_MAX + 1
        return start

    def answer(self) -> int:
        """Return how many bytes of `tx` to send now, 0 while no request is complete."""
        count = self._count
        if self.broken or count <= _HEADER_BYTES or count < self._frame_bytes():
            return 0
        rx = self._rx
        tx = self.tx
        self._count = 0
        length = pdu.answer(self._bank, rx, _HEADER_BYTES, count - _HEADER_BYTES, tx, _HEADER_BYTES)
        for index in range(_HEADER_BYTES):
            tx[index] = rx[index]
        put_u16(tx, 4, length + 1)
        return _HEADER_BYTES + length

    def _frame_bytes(self) -> int:
        return _HEADER_BYTES - 1 + get_u16(self._rx, 4)
