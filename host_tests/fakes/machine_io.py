"""Pins, timers, watchdog and clock of the fake `machine`, as the ESP32 port documents them.

What a call costs on an ESP32 at 240 MHz passes as simulated time.
"""

from fake_chip import IN, OPEN_DRAIN, OUT, PULL_DOWN, PULL_UP, MachineReset, chip
from micropython import const
from simulated_time import clock

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

ADC_READ_US = 45
PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_GPIO_MAX = 48


class Pin:
    """One pad; making it again takes it from whatever peripheral has it."""

    IN = IN
    OUT = OUT
    OPEN_DRAIN = OPEN_DRAIN
    PULL_UP = PULL_UP
    PULL_DOWN = PULL_DOWN

    def __init__(self, number, mode=-1, pull=-1, value=None, drive=None, hold=None):
        if not isinstance(number, int) or not 0 <= number <= _GPIO_MAX:
            raise ValueError("invalid pin")
        self.number = number
        self._pad = chip.gpio(number)
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, value=None, drive=None, hold=None):
        pad = self._pad
        if value is not None:
            pad.write(1 if value else 0)
        if mode != -1:
            pad.peripheral = None
            pad.mode = mode
        # Left out, the pull stays as it is; None is none.
        if pull != -1:
            pad.pull = pull

    def value(self, level=None):
        if level is None:
            return self._pad.level()
        self._pad.write(1 if level else 0)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self._pad.write(1)

    def off(self):
        self._pad.write(0)


class ADC:
    """One calibrated one-shot channel: clipped by its attenuation, with the dead zone at the bottom."""

    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    # Lowest and highest mV that a calibrated reading of an ESP32 comes out as.
    _RANGES = ((75, 950), (80, 1250), (100, 1780), (140, 3280))

    def __init__(self, pin, atten=ATTN_0DB, sample_ns=None):
        self._pad = chip.gpio(pin if isinstance(pin, int) else pin.number)
        self._low_mv, self._high_mv = self._RANGES[atten]

    def init(self, atten=ATTN_0DB, sample_ns=None):
        self._low_mv, self._high_mv = self._RANGES[atten]

    def read_uv(self):
        if hasattr(self._pad.analog_mv, "convert_uv"):
            # A circuit with a converter model of its own.
            return self._pad.analog_mv.convert_uv()
        clock.advance(ADC_READ_US)
        millivolts: Any = self._pad.millivolts()
        return min(max(millivolts, self._low_mv), self._high_mv) * 1000


class Timer:
    """A hardware timer: its callback is a soft interrupt."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, number, **options):
        if not 0 <= number <= 3:
            raise ValueError("invalid Timer number, max 3")
        self._event = None
        chip.timers[number] = self
        if options:
            self.init(**options)

    def init(self, mode=PERIODIC, period=0xFFFFFFFF, callback=None, tick_hz=1000, hard=False):
        if hard:
            raise ValueError("hard Timers are not implemented")
        self.deinit()
        self._mode = mode
        self._callback = callback
        self._period_us = period * 1000000 // tick_hz
        self._event = clock.at(clock.now_us + self._period_us, self._fire, True)

    def deinit(self):
        if self._event is not None:
            clock.cancel(self._event)
            self._event = None

    def _fire(self):
        self._event = None
        if self._mode == Timer.PERIODIC:
            self._event = clock.at(clock.now_us + self._period_us, self._fire, True)
        if self._callback:
            self._callback(self)


class WDT:
    """The one task watchdog; constructing it again reconfigures it."""

    timeout_ms = 0
    fed_us = 0

    def __new__(cls, id=0, timeout=5000):
        if timeout < 1000:
            raise ValueError("WDT timeout too short")
        if chip.watchdog is None:
            chip.watchdog = object.__new__(cls)
        chip.watchdog.timeout_ms = timeout
        chip.watchdog.feed()
        return chip.watchdog

    def feed(self):
        self.fed_us = clock.now()

    def expired(self):
        return clock.now() - self.fed_us > self.timeout_ms * 1000


class RTC:
    """Time of day since 2000 and 2048 bytes of memory."""

    def memory(self, data=None):
        if data is None:
            return chip.rtc_memory
        if len(data) > 2048:
            raise ValueError("buffer too long")
        chip.rtc_memory = bytes(data)

    def datetime(self, fields=None):
        if fields is not None:
            chip.rtc_datetime = fields
        return chip.rtc_datetime


class _Words:
    """32-bit registers by address."""

    def __getitem__(self, address):
        return chip.memory_words.get(address, 0)

    def __setitem__(self, address, value):
        chip.memory_words[address] = value & 0xFFFFFFFF


mem32 = _Words()


class SoftSPI:
    """Write-only SPI on plain pins: keeps what was written, and whether MOSI was an output then."""

    def __init__(self, baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=0, sck, mosi, miso=None):
        self._mosi = mosi
        if miso is not None:
            miso.init(Pin.IN)
        self.written = bytearray()
        self.lost = 0

    def write(self, data):
        if chip.gpio(self._mosi.number).mode != OUT:
            self.lost += len(data)
        self.written += data


def reset():
    raise MachineReset


def reset_cause():
    return PWRON_RESET


def freq():
    return 240000000


def unique_id():
    return b"\x24\x0a\xc4\x12\x34\x56"
