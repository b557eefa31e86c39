"""The 128x64 LCD of SmartEVSE v3: an ST7567 that only listens, on pins that are buttons too.

Software SPI, because a shared pin that was an input for a moment would be lost to an SPI peripheral. A page of 128
bytes takes about 1 ms at the 1.2 MHz that software reaches. Commands and values: SmartEVSE v3 sheet, section 1.7.
"""

from machine import PWM, Pin, SoftSPI
from micropython import const

from evse.hal.esp32 import now

_PAGE_BYTES = const(128)
_PAGES = const(8)
_RESET_US = const(10)
# From the end of the reset to the first command.
_READY_US = const(1000)
_BACKLIGHT_HZ = const(5000)
_SCALE = const(257)

_SET_PAGE = const(0xB0)
_SET_COLUMN_HIGH = const(0x10)

# Bias 1/9, segments in order, commons reversed, ratio 4, booster, contrast, not inverted, all from memory, power, on.
_START = b"\xa2\xa0\xc8\x24\xf8\x01\x81\x24\xa6\xa4\x2f\x40\xaf"


class Lcd:
    """Show frames of 1024 bytes: eight pages of eight rows, the top row of a page in bit 0."""

    width = 128
    height = 64

    def __init__(self, wiring: dict) -> None:
        """Start the LCD of the wiring's group `lcd`, dark."""
        phase = wiring["spi_mode"] & 1
        polarity = wiring["spi_mode"] >> 1
        self._dc = Pin(wiring["dc_pin"], Pin.OUT, value=0)
        self._reset = Pin(wiring["reset_pin"], Pin.OUT, value=1)
        mosi = Pin(wiring["mosi_pin"], Pin.OUT)
        self._spi = SoftSPI(
            baudrate=wiring["baud"],
            polarity=polarity,
            phase=phase,
            sck=Pin(wiring["sck_pin"], Pin.OUT),
            mosi=mosi,
            # Nothing comes back, but the driver wants a pin and makes it an input.
            miso=mosi,
        )
        mosi.init(Pin.OUT)
        self._command = bytearray(3)
        self._light = PWM(Pin(wiring["backlight_pin"], Pin.OUT, value=0), freq=_BACKLIGHT_HZ, duty_u16=0)
        self.restart()

    def restart(self) -> None:
        """Reset and initialise the controller, as after interference by a contactor; its picture is lost."""
        self._reset.value(0)
        now.wait_us(_RESET_US)
        self._reset.value(1)
        now.wait_us(_READY_US)
        self._dc.value(0)
        self._spi.write(_START)

    def set_backlight(self, level: int) -> None:
        """Set the backlight, 0 dark to 255 full."""
        self._light.duty_u16(min(max(level, 0), 255) * _SCALE)

    def show(self, buffer: bytearray) -> None:
        """Show a whole frame."""
        self.show_part(memoryview(buffer), 0)

    def show_part(self, buffer: memoryview, start: int) -> None:
        """Show whole pages; `start` is a multiple of 128."""
        page = start // _PAGE_BYTES
        for begin in range(0, len(buffer), _PAGE_BYTES):
            if page < _PAGES:
                self._show_page(page, buffer[begin : begin + _PAGE_BYTES])
            page += 1

    def _show_page(self, page: int, data: memoryview) -> None:
        command = self._command
        command[0] = _SET_PAGE | page
        command[1] = _SET_COLUMN_HIGH
        command[2] = 0
        self._dc.value(0)
        self._spi.write(command)
        self._dc.value(1)
        self._spi.write(data)
