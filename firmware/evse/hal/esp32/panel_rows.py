"""A 32x32 colour panel behind a controller of its own, which takes rows by UART.

The format is that of docs/boards/PICO32_panel.py: a row is 103 bytes and takes 2.2 ms on the wire while the station
goes on. Changed rows go first; the others are repeated in turn, so that a damaged one heals.
"""

import binascii

from machine import UART, Pin
from micropython import const

from evse import aio

_ROWS = const(32)
_ROW_BYTES = const(96)
_PACKET_BYTES = const(103)
_CRC_AT = const(99)
_SHOW = const(0x80)
_BUFFER_BYTES = const(256)
_PERIOD_MS = const(10)
# In so many periods one row that has not changed.
_REPEAT_PERIODS = const(8)


class PanelRows:
    """Take frames of 3072 bytes, RGB888 row by row, and send them in the background."""

    width = 32
    height = 32

    def __init__(self, wiring: dict) -> None:
        """Open the UART of the wiring's group `panel`."""
        self._uart = UART(
            wiring["uart"],
            baudrate=wiring["baud"],
            tx=Pin(wiring["tx_pin"], Pin.OUT, value=1),
            txbuf=_BUFFER_BYTES,
        )
        self._frame = bytearray(_ROWS * _ROW_BYTES)
        self._colours = memoryview(self._frame)
        self._changed = bytearray(_ROWS)
        self._packet = bytearray(_PACKET_BYTES)
        self._packet[0] = 0x55
        self._packet[1] = 0xAA
        self._body = memoryview(self._packet)[2:_CRC_AT]
        self._next = 0
        self._quiet = 0

    def show(self, buffer: bytearray) -> None:
        """Show a whole frame."""
        self.show_part(memoryview(buffer), 0)

    def show_part(self, buffer: memoryview, start: int) -> None:
        """Show whole rows; `start` is a multiple of 96."""
        self._frame[start : start + len(buffer)] = buffer
        for row in range(start // _ROW_BYTES, (start + len(buffer)) // _ROW_BYTES):
            self._changed[row] = 1

    def step(self) -> None:
        """Send one row if one is due and the one before is out; call it every 10 ms."""
        if not self._uart.txdone():
            return
        row = self._changed.find(b"\x01")
        if row >= 0:
            self._changed[row] = 0
            # The controller shows the new rows together.
            self._send(row, self._changed.find(b"\x01") < 0)
            return
        self._quiet += 1
        if self._quiet >= _REPEAT_PERIODS:
            self._quiet = 0
            self._send(self._next, True)
            self._next = (self._next + 1) % _ROWS

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step()
            await aio.sleep_ms(_PERIOD_MS)

    def _send(self, row: int, show: bool) -> None:
        packet = self._packet
        packet[2] = row | (_SHOW if show else 0)
        packet[3:_CRC_AT] = self._colours[row * _ROW_BYTES : (row + 1) * _ROW_BYTES]
        crc = binascii.crc32(self._body)
        for place in range(4):
            packet[_CRC_AT + place] = (crc >> (8 * place)) & 0xFF
        self._uart.write(packet)
