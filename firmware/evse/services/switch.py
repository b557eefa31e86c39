"""The SWITCH input: what a push button or a toggle switch at the station does.

The functions by stored index: SmartEVSE v3 sheet, section 8.2. A toggle switch also counts when the station starts
and when its function is chosen; a push button only when it is pressed then. The relay of the grid operator (Grid
Relay) acts in the core.
"""

from micropython import const

from evse import aio
from evse.core import states as s
from evse.core import ticks
from evse.core.errors import FieldError
from evse.log import log

GRID_RELAY = const(5)

_NONE = const(0)
_STOP = const(1)
_ACCESS_SWAP = const(2)
_ACCESS_ON = const(3)
_ACCESS_OFF = const(4)
_HOLD_BEGINS = const(5)
_HOLD_ENDS = const(6)
_SMART = const(7)
_SOLAR = const(8)
_CUSTOM_SWAP = const(9)
_CUSTOM_ON = const(10)
_CUSTOM_OFF = const(11)

# Three bytes by stored index: what closing does, what opening does, and 1 for a toggle switch.
_FUNCTIONS = (
    b"\x01\x00\x00"  # Disabled
    b"\x02\x00\x00"  # Access B
    b"\x03\x04\x01"  # Access S
    b"\x05\x06\x00"  # Sma-Sol B
    b"\x07\x08\x01"  # Sma-Sol S
    b"\x00\x00\x00"  # Grid Relay
    b"\x09\x00\x00"  # Custom B
    b"\x0a\x0b\x01"  # Custom S
)

_HOLD_MS = const(1500)
_PERIOD_MS = const(50)
_UNKNOWN = const(-1)


class Switch:
    """Carry out the function of the input; `custom` is the custom button, which others may set too.

    `app` has `station`, `settings`, `starts_later`, `request` and `change_settings`.
    """

    def __init__(self, app, clock) -> None:
        self._app = app
        self._station = app.station
        self._settings = app.settings
        self._clock = clock
        self.custom = False
        # How often the input was used, for a display that lights up.
        self.uses = 0
        # How often it was let go, and how long it was closed then.
        self.releases = 0
        self.pressed_ms = 0
        self._function = _UNKNOWN
        self._closed = _UNKNOWN
        self._held = False
        self._held_ms = 0
        self._closed_ms = 0
        self._skip_delay = False

    def step(self, now: int) -> None:
        """Look at the input and act."""
        if self._skip_delay:
            # The control step has seen the other mode meanwhile.
            self._skip_delay = False
            self._station.skip_delay()
        closed = self._station.switch()
        if closed == _UNKNOWN:
            return
        function = self._settings.get("Switch")
        if function != self._function:
            self._function = function
            self._closed = closed
            self._held = False
            action = _FUNCTIONS[3 * function + 1 - closed]
            # A start does not end the wait for a chosen time, as somebody who closes the switch does.
            if _FUNCTIONS[3 * function + 2] and not (action == _ACCESS_ON and self._app.starts_later):
                self._act(action, now)
        elif closed != self._closed:
            self._closed = closed
            self.uses += 1
            if closed:
                self._closed_ms = now
            else:
                self.releases += 1
                self.pressed_ms = ticks.diff(now, self._closed_ms)
            if function != GRID_RELAY:
                # Somebody is there, as with the reset by a button.
                self._station.reset_residual_current()
            self._act(_FUNCTIONS[3 * function + 1 - closed], now)
        elif self._held and ticks.diff(now, self._held_ms) >= _HOLD_MS:
            self._held = False
            self._stop()

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do unless the input changes; -1 for never."""
        if self._skip_delay or self._function != self._settings.get("Switch"):
            return 0
        return max(0, _HOLD_MS - ticks.diff(now, self._held_ms)) if self._held else -1

    async def run(self) -> None:
        """Repeat `step`; the debounced input keeps each level for 100 ms or longer."""
        while True:
            self.step(self._clock.ticks_ms())
            await aio.sleep_ms(_PERIOD_MS)

    def _act(self, action: int, now: int) -> None:
        if action == _STOP:
            self._stop()
        elif action == _ACCESS_SWAP:
            is_on = self._station.charger.access == s.ACCESS_ON
            self._set_access("off" if is_on else "on")
        elif action == _ACCESS_ON or action == _ACCESS_OFF:
            self._set_access("on" if action == _ACCESS_ON else "off")
        elif action == _HOLD_BEGINS:
            self._held = True
            self._held_ms = now
        elif action == _HOLD_ENDS:
            if self._held:
                self._held = False
                self._swap_mode()
        elif action == _SMART or action == _SOLAR:
            self._choose_mode(1 if action == _SMART else 2)
        elif action == _CUSTOM_SWAP:
            self.custom = not self.custom
        elif action != _NONE:
            self.custom = action == _CUSTOM_ON

    def _set_access(self, word: str) -> None:
        try:
            self._app.request(["access", word])
        except FieldError as error:
            log.write("switch: %s" % error)

    def _stop(self) -> None:
        state = self._station.charger.state
        if state == s.C or state == s.D:
            log.write("switch: stop")
            self._station.stop()

    def _swap_mode(self) -> None:
        mode = self._settings.get("Mode")
        if mode and self._station.charger.access == s.ACCESS_ON:
            self._choose_mode(3 - mode)
            self._skip_delay = True

    def _choose_mode(self, mode: int) -> None:
        if mode == self._settings.get("Mode"):
            return
        try:
            self._app.change_settings({"MODE": "Smart" if mode == 1 else "Solar"})
        except FieldError as error:
            log.write("switch: %s" % error)
