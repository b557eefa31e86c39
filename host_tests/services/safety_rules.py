"""What must hold after every control step, judged by what the simulated world really is.

The times are those of IEC 61851-1 as the firmware promises them; a disturbed pilot may take longer.
"""

from evse.core import faults, limits, states
from evse.core.io import LOCK_DRIVE_UNLOCK
from evse.core.pilot import offered_ma
from evse.core.station import STEP_MS
from evse.core.text_rows import row

STATES = frozenset(states.NAMES)
# A level other than "stopped" and "unplugged" is believed after half a second of agreement; levels that keep
# changing for a whole second are a lost pilot.
UNCLEAR_MS = 1_100
NOISY_MS = 4_000
DIODE_MS = 600
STOP_MS = 6_010
VENTILATION_STOP_MS = 3_010
ACCESS_MS = 7_000
WELDED_MS = 300
# Three attempts to lock and a car that ignores the stop.
LATE_LOCK_MS = 25_000


def true_level(world) -> str:
    """Return what the car really shows at the socket."""
    values = world.values
    no_cable = world.socket and values["cable.rating_a"] is None and values["cable.pp_mv"] is None
    return "A" if no_cable else values["car.pilot"]


def _must_stop(station) -> bool:
    """Return True when something else than the car's wish for ventilation ends the charge."""
    charger = station.charger
    return (
        charger.access != states.ACCESS_ON
        or charger.held
        or charger.phases_differ
        or station.limits.limit_ma == 0
        or station.faults.active & station.faults.stop_mask != 0
    )


class SafetyRules:
    """Follow one station; `check` raises AssertionError when a rule is broken."""

    def __init__(self) -> None:
        self._idle_steps = 0
        self._unclear_ms = 0
        self._noisy_ms = 0
        self._diode_proven = False
        self._diode_missing_ms = 0
        self._unlocked_ms = 0
        self._no_access_ms = 0
        # To be set when somebody asks for a stop.
        self.stop_requested = False
        self.broken = False
        self.restarted()

    def restarted(self) -> None:
        """Begin anew with a firmware that has just started."""
        self._state = states.A
        self._stop_ms = 0
        self._stop_limit_ms = STOP_MS
        self._c1 = False
        self._c2 = False
        self._open_ms = 0
        self._tripped_by_test = False
        self._tested = False

    def check(self, app, world) -> None:
        """Check everything after one control step."""
        self.broken = True
        self._check_all(app, world)
        self.broken = False

    def _check_all(self, app, world) -> None:
        outputs = app.control.outputs
        station = app.station
        assert station.charger.state in STATES, "unknown state"
        level = true_level(world)
        self._follow(station, level, world.values)
        if outputs.c1:
            self._check_request(level)
            self._check_diode()
            self._check_faults(station, app.settings, world)
            self._check_lock(station, world)
        else:
            self._unlocked_ms = 0
        self._check_access(station, outputs)
        self._check_residual_test(station, outputs, world)
        self._check_switching(outputs, world)
        self._check_offer(station, app.settings, outputs)
        assert not station.faults.active >> faults.COUNT, "unknown fault"

    def _follow(self, station, level: str, values: dict) -> None:
        """Keep the times up to date."""
        state = station.charger.state
        self._noisy_ms = NOISY_MS if values["car.noise_mv"] else max(0, self._noisy_ms - STEP_MS)
        self._idle_steps = self._idle_steps + 1 if level in "AB" else 0
        self._unclear_ms = 0 if level == "C" else self._unclear_ms + STEP_MS
        if level == "A" and self._idle_steps >= 2:
            self._diode_proven = False
        offering = state in (states.B, states.C, states.D)
        if offering and values["car.diode"] and level in "BCD":
            self._diode_proven = True
        missing = offering and not values["car.diode"]
        self._diode_missing_ms = self._diode_missing_ms + STEP_MS if missing else 0
        if state != states.C1:
            self._stop_ms = 0
            self.stop_requested = False
        elif self._state != states.C1:
            ventilation = level == "D" and not self.stop_requested and not _must_stop(station)
            self._stop_limit_ms = VENTILATION_STOP_MS if ventilation else STOP_MS
        else:
            self._stop_ms += STEP_MS
        self._state = state

    def _check_request(self, level: str) -> None:
        assert self._state in (states.C, states.D, states.C1), "closed in a state that is not charging"
        if not self._noisy_ms:
            assert self._idle_steps < 2, f"closed although the car shows {level} for two steps"
        if self._state == states.C1:
            assert self._stop_ms <= self._stop_limit_ms, "an ordered stop takes too long"
        else:
            allowed_ms = UNCLEAR_MS + self._noisy_ms
            assert self._unclear_ms <= allowed_ms, "closed long after the car last asked for power"

    def _check_diode(self) -> None:
        assert self._diode_proven, "closed without a proof of the diode since plug-in"
        assert self._diode_missing_ms <= DIODE_MS + self._noisy_ms, "closed without a diode"

    def _check_faults(self, station, settings, world) -> None:
        active = station.faults.active
        for index in range(faults.COUNT):
            serious = row(faults.TABLE, index)[2] == faults.OPEN
            assert not (serious and active & 1 << index), f"closed with fault {row(faults.TABLE, index)[0]}"
        assert not (world.values["rcm"] and settings.get("RCmon")), "closed with a residual current"

    def _check_residual_test(self, station, outputs, world) -> None:
        """C1 closes only after the device has tripped in a test and recovered since C1 was closed last."""
        device = world.residual
        closes = outputs.c1 and not self._c1
        if station.profile.has_test and station.config.residual_current_monitor and closes:
            assert self._tested, "closes without a test of the residual-current device"
        if outputs.test:
            closed = outputs.c1 or outputs.c2 or world.c1.closed or world.c2.closed
            assert not closed, "the residual-current device is tested while a contactor is closed"
        if outputs.c1:
            self._tested = self._tripped_by_test = False
        elif device.tripped_by_test:
            self._tripped_by_test = True
        elif self._tripped_by_test and not outputs.test:
            self._tested = True

    def _check_lock(self, station, world) -> None:
        if not station.config.socket or station.config.lock_kind == 0 or world.lock.locked:
            self._unlocked_ms = 0
            return
        assert self._c1, "closes with an unlocked cable"
        self._unlocked_ms += STEP_MS
        assert self._unlocked_ms <= LATE_LOCK_MS, "closed with an unlocked cable"

    def _check_access(self, station, outputs) -> None:
        on = station.charger.access == states.ACCESS_ON
        self._no_access_ms = 0 if on or not outputs.c1 else self._no_access_ms + STEP_MS
        assert self._no_access_ms <= ACCESS_MS, "closed long after access was taken away"

    def _check_switching(self, outputs, world) -> None:
        c1_closed = world.c1.closed
        self._open_ms = 0 if outputs.c1 else self._open_ms + STEP_MS
        if outputs.c2 != self._c2:
            assert not outputs.c1 and not self._c1, "C2 switches while C1 is commanded closed"
            assert not c1_closed or self._open_ms >= WELDED_MS, "C2 switches while C1 is closed"
        if outputs.lock == LOCK_DRIVE_UNLOCK:
            assert not c1_closed and not world.c2.closed, "the lock opens while a contactor is closed"
        self._c1 = outputs.c1
        self._c2 = outputs.c2

    def _check_offer(self, station, settings, outputs) -> None:
        offer_ma = offered_ma(outputs.pilot_permille) if outputs.pilot_connected else 0
        if offer_ma == 0:
            return
        assert offer_ma >= 6000, "offers less than 6 A"
        assert offer_ma <= settings.get("MaxCurrent") * 1000, "offers more than MAX"
        assert offer_ma <= settings.get("InstallerMax") * 1000, "offers more than the installer allows"
        used = (0,) if station.phases == 1 else (0, 1, 2)
        for slot in range(limits.COUNT):
            for phase in used:
                claimed_ma = station.limits.claimed_ma(slot, phase)
                assert offer_ma <= claimed_ma, f"offers more than slot {row(limits.SLOTS, slot)[0]} claims"
