"""The RGB light: what it says about the station, in which colour, and how it moves.

Priorities, colours and times: SmartEVSE v3 sheet, section 8.4. Colours are packed as 0xRRGGBB, because a step
allocates nothing.
"""

from micropython import const

from evse import aio
from evse.core import faults as f
from evse.core import states as s
from evse.core import ticks
from evse.core.errors import FieldError
from evse.core.pilot import INVALID
from evse.services.access_texts import LED_NONE

PUBLIC = const(1)

# What the back end makes it say.
RESERVED = const(7)
UNAVAILABLE = const(8)

# What else it says; 1 to 4 are the `LED_...` of `access_texts`.
_STARTING = const(5)
_FAULT = const(6)
_CUSTOM_BUTTON = const(9)
_ACCESS_OFF = const(10)
_WAITING = const(11)
_IDLE = const(12)
_CONNECTED = const(13)
_CHARGING = const(14)

# How it moves.
STEADY = const(0)
DIM = const(1)
FLASH = const(2)
BLINK = const(3)
BREATHE = const(4)

# Places of colours, three bytes each; the first ones can be set.
COLOR_NAMES = ("off", "normal", "smart", "solar", "custom")
_COLORS = (
    b"\x00\x00\x00\x00\xff\x00\x00\xff\x00\xff\xaa\x00\x00\x00\xff"
    b"\x80\x80\x80\x00\xff\x00\xff\x00\x00\xff\x00\xff\xc4\x40\x00\x00\x00\xff"
)
_NORMAL = const(1)
_CUSTOM = const(4)
_MODE = const(0xFF)

# By what it says, four bytes each: place of the colour in the schemes Standard and Public (0xff: that of the mode),
# effect, and for how many 100 ms (0: as long as it is so). From place 5 on: grey, green, red, magenta, orange, blue.
_ROWS = (
    b"\x00\x00\x00\x00"
    b"\x05\x05\x00\x02"  # READ
    b"\x06\x06\x00\x0a"  # ACCEPTED
    b"\x07\x07\x00\x14"  # REJECTED
    b"\x07\x07\x00\x03"  # TIMEOUT
    b"\x08\x08\x00\x00"  # STARTING
    b"\x07\x07\x02\x00"  # FAULT
    b"\x09\x09\x00\x00"  # RESERVED
    b"\x07\x07\x00\x00"  # UNAVAILABLE
    b"\x04\x04\x00\x00"  # CUSTOM
    b"\x00\x00\x00\x00"  # ACCESS_OFF
    b"\xff\xff\x03\x00"  # WAITING
    b"\xff\x06\x01\x00"  # IDLE
    b"\xff\x0a\x00\x00"  # CONNECTED
    b"\xff\x0a\x04\x00"  # CHARGING
)

_FULL = const(255)
_DIM_LEVEL = const(40)
_FLASH_HALF_MS = const(64)
_BLINK_MS = const(1280)
_BLINK_ON_MS = const(128)
_BREATH_MS = const(1280)
_FRAME_MS = const(20)
_LOOK_MS = const(100)
_SOLAR = const(2)


def says(station, scheme: int, custom: bool, backend: int) -> int:
    """Return what the light says of the station itself; `backend` is RESERVED, UNAVAILABLE or 0."""
    active = station.faults.active
    if active & (station.faults.stop_mask | 1 << f.EV_METER_SILENT):
        return _FAULT
    charger = station.charger
    if scheme == PUBLIC and backend:
        return backend
    if charger.access == s.ACCESS_OFF and custom:
        return _CUSTOM_BUTTON
    if charger.access == s.ACCESS_OFF and scheme != PUBLIC:
        return _ACCESS_OFF
    if charger.no_power or charger.charge_delay_ms > 0:
        return _WAITING
    if charger.state == s.A:
        return _IDLE
    return _CHARGING if charger.state == s.C or charger.state == s.D else _CONNECTED


def level(effect: int, elapsed_ms: int, period_ms: int) -> int:
    """Return the brightness, 0 to 255, so long after an effect began; `period_ms` is that of breathing."""
    if effect == DIM:
        return _DIM_LEVEL
    if effect == FLASH:
        return 0 if elapsed_ms // _FLASH_HALF_MS & 1 else _FULL
    if effect == BLINK:
        return _FULL if elapsed_ms % _BLINK_MS < _BLINK_ON_MS else 0
    if effect == BREATHE:
        # From full brightness, where a car that was connected had it, down and up again.
        return _ease(abs(_FULL - elapsed_ms % period_ms * 2 * _FULL // period_ms))
    return _FULL


def scaled(rgb: int, brightness: int) -> int:
    """Return a packed colour at a brightness of 0 to 255."""
    red = (rgb >> 16) * brightness // _FULL
    green = (rgb >> 8 & _FULL) * brightness // _FULL
    return red << 16 | green << 8 | (rgb & _FULL) * brightness // _FULL


def _ease(value: int) -> int:
    """Return a value of 0 to 255 so that it lingers at both ends: a square from either."""
    if value < 128:
        return value * value * 2 // _FULL
    value = _FULL - value
    return _FULL - value * value * 2 // _FULL


def _lasts_ms(said: int) -> int:
    return _ROWS[4 * said + 3] * 100


class Led:
    """Drive the light; `rgb` is what it shows, `effect` how it moves.

    `gate.access`, unless None, has `led` and `status_ms` of the last card; `backend` is RESERVED, UNAVAILABLE or 0.
    """

    def __init__(self, light, station, settings, gate, switch, clock) -> None:
        self._light = light
        self._station = station
        self._settings = settings
        self._gate = gate
        self._switch = switch
        self._clock = clock
        self.backend = 0
        self.rgb = -1
        self.base = 0
        self.effect = STEADY
        self._colors = bytearray(_COLORS)
        self._started = False
        self._says = 0
        self._since = 0
        self._card = LED_NONE
        self._card_ms = 0

    def color(self, name: str) -> int:
        """Return a colour of COLOR_NAMES, packed."""
        return self._color(COLOR_NAMES.index(name))

    def set_color(self, name: str, red: int, green: int, blue: int) -> None:
        """Replace a colour of COLOR_NAMES until the restart; FieldError changes nothing."""
        if name not in COLOR_NAMES:
            raise FieldError("color", "must be one of: " + ", ".join(COLOR_NAMES))
        for part in (red, green, blue):
            if type(part) is not int or not 0 <= part <= _FULL:
                raise FieldError("color", "red, green and blue must be from 0 to 255")
        at = 3 * COLOR_NAMES.index(name)
        self._colors[at] = red
        self._colors[at + 1] = green
        self._colors[at + 2] = blue

    def step(self, now: int) -> None:
        """Show what is to be seen at tick `now`."""
        scheme = self._settings.get("LedMode")
        found = self._find(scheme, now)
        effect = _ROWS[4 * found + 2]
        if found != self._says:
            self._says = found
            self._since = now
        self.effect = effect
        self.base = self._color(_ROWS[4 * found + (1 if scheme == PUBLIC else 0)])
        mode = self._station.config.mode
        period_ms = 2 * _BREATH_MS if mode == _SOLAR and scheme != PUBLIC else _BREATH_MS
        elapsed_ms = ticks.diff(now, self._since)
        if elapsed_ms >= 2 * _BREATH_MS:
            # Moved along by whole periods, because ticks wrap.
            elapsed_ms %= 2 * _BREATH_MS
            self._since = ticks.add(now, -elapsed_ms)
        rgb = scaled(self.base, level(effect, elapsed_ms, period_ms))
        if rgb != self.rgb:
            self.rgb = rgb
            if self._light:
                self._light.set_rgb(rgb >> 16, rgb >> 8 & _FULL, rgb & _FULL)

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms a message is over; -1 for never. The movement of the light is left out."""
        if not self._card:
            return -1
        return max(0, _lasts_ms(self._card) - ticks.diff(now, self._card_ms))

    def frame_ms(self, now: int) -> int:
        """Return after how many ms, up to 100, the light may look different."""
        if self.effect == BREATHE:
            return _FRAME_MS
        elapsed_ms = ticks.diff(now, self._since)
        if self.effect == FLASH:
            return _FLASH_HALF_MS - elapsed_ms % _FLASH_HALF_MS
        if self.effect == BLINK:
            elapsed_ms %= _BLINK_MS
            edge_ms = _BLINK_ON_MS if elapsed_ms < _BLINK_ON_MS else _BLINK_MS
            return min(_LOOK_MS, edge_ms - elapsed_ms)
        return _LOOK_MS

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            now = self._clock.ticks_ms()
            self.step(now)
            await aio.sleep_ms(self.frame_ms(now))

    def _find(self, scheme: int, now: int) -> int:
        """Return what the light says, cards included."""
        self._follow_card(now)
        found = says(self._station, scheme, self._switch.custom, self.backend)
        if found == _FAULT:
            self._started = True
            return found
        if self._card:
            return self._card
        if not self._started:
            station = self._station
            self._started = station.pilot.level != INVALID or station.charger.state != s.A
            if not self._started:
                return _STARTING
        return found

    def _follow_card(self, now: int) -> None:
        access = self._gate.access
        if access is None:
            return
        if access.led and (access.status_ms != self._card_ms or not self._card):
            fresh = ticks.diff(now, access.status_ms) < _lasts_ms(access.led)
            self._card = access.led if fresh else LED_NONE
            self._card_ms = access.status_ms
        elif self._card and ticks.diff(now, self._card_ms) >= _lasts_ms(self._card):
            self._card = LED_NONE

    def _color(self, place: int) -> int:
        if place == _MODE:
            place = _CUSTOM if self._switch.custom else _NORMAL + self._station.config.mode
        colors = self._colors
        at = 3 * place
        return colors[at] << 16 | colors[at + 1] << 8 | colors[at + 2]
