"""Panel controller of PICO32: takes rows from the station by UART and refreshes the HUB75 panel.

Runs as main.py under Pimoroni's MicroPython on an Interstate 75 (RP2040). A row is 103 bytes: 0x55 0xAA, row (bits 0
to 4) with bit 7 set to show it, 32 times red green blue, and CRC-32 (little-endian) over row and colours.
"""

import binascii
import time

HEADER = b"\x55\xaa"
WIDTH = 32
HEIGHT = 32
LENGTH = 2 + 1 + 3 * WIDTH + 4
SHOW = 0x80
BAUD = 460800
# The station sends a row every 100 ms at least, changed or not. An old picture must not outlive it.
SILENCE_MS = 5000


class Receiver:
    """Find undamaged rows in a stream of bytes."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list:
        """Take bytes; return the rows they complete as (row, show, colours)."""
        self._buffer += data
        rows = []
        while True:
            start = self._buffer.find(HEADER)
            if start < 0:
                # The first half of a header may be the last byte.
                self._buffer = self._buffer[-1:]
                return rows
            self._buffer = self._buffer[start:]
            if len(self._buffer) < LENGTH:
                return rows
            body = self._buffer[2 : LENGTH - 4]
            crc = int.from_bytes(self._buffer[LENGTH - 4 : LENGTH], "little")
            if binascii.crc32(body) == crc and body[0] & 0x7F < HEIGHT:
                rows.append((body[0] & 0x7F, bool(body[0] & SHOW), body[1:]))
                self._buffer = self._buffer[LENGTH:]
            else:
                self._buffer = self._buffer[2:]


def draw(display, row: int, colours: bytes) -> None:
    """Put one row into the frame memory."""
    for x in range(WIDTH):
        display.set_pen(display.create_pen(colours[3 * x], colours[3 * x + 1], colours[3 * x + 2]))
        display.pixel(x, row)


def run() -> None:
    """Show what the station sends, for ever."""
    from interstate75 import DISPLAY_INTERSTATE75_32X32, Interstate75
    from machine import UART, WDT, Pin

    # Panels with FM6126A drivers need panel_type=Interstate75.PANEL_FM6126A here.
    board = Interstate75(display=DISPLAY_INTERSTATE75_32X32)
    display = board.display
    # The pins of the Qw/ST connector; taken after Interstate75, which makes them I2C.
    uart = UART(1, baudrate=BAUD, tx=Pin(20), rx=Pin(21), rxbuf=4096)
    watchdog = WDT(timeout=4000)
    receiver = Receiver()
    heard = time.ticks_ms()
    dark = True
    display.set_pen(display.create_pen(0, 0, 0))
    display.clear()
    board.update()
    while True:
        watchdog.feed()
        waiting = uart.any()
        for row, show, colours in receiver.feed(uart.read(waiting)) if waiting else ():
            heard = time.ticks_ms()
            dark = False
            draw(display, row, colours)
            if show:
                board.update()
        if not dark and time.ticks_diff(time.ticks_ms(), heard) > SILENCE_MS:
            dark = True
            display.set_pen(display.create_pen(0, 0, 0))
            display.clear()
            board.update()


if __name__ == "__main__":
    run()
