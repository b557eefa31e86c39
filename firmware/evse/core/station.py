"""The whole decision of one control step: inputs in, outputs out, no allocation.

`step` is called by the control service every 10 ms. Everything else here is a request from outside or
something to read; nothing outside may touch the parts.
"""

from micropython import const

from evse.core import events as ev
from evse.core import faults as f
from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core import states as s
from evse.core import ticks
from evse.core.charger import Charger
from evse.core.config import Config
from evse.core.contactors import Contactors
from evse.core.energy import Session
from evse.core.events import Events
from evse.core.faults import Faults
from evse.core.limits import Limits
from evse.core.lock import LOCKED, UNLOCKED, Lock
from evse.core.pilot import V0, V12, PilotReader, offered_ma
from evse.core.proximity import ProximityReader
from evse.core.regulation import Regulation

STEP_MS = const(10)
_UNLOCK_MS = const(30000)
_RESUME_BELOW_C = const(10)
_RESUME_C = const(55)
# Self-test of the residual-current device.
_UNTESTED = const(0)
_TESTING = const(1)  # the test output is active
_RELEASED = const(2)  # the device has tripped and shall recover
_ABORTED = const(3)  # nobody waits for the result, but the device may still show the test
_TESTED = const(4)
_TRIP_MS = const(15000)
# A device that is released just before it trips shows it afterwards.
_RELEASED_MS = const(500)
_RECOVER_MS = const(5000)


class Station:
    """One connector with its pilot, contactors, lock, limits, faults and session."""

    def __init__(self, profile) -> None:
        self.profile = profile
        self.config = Config()
        self.events = Events()
        self.faults = Faults()
        self.limits = Limits()
        self.session = Session()
        self.pilot = PilotReader(profile.pilot)
        self.proximity = ProximityReader(profile.proximity_table)
        self.contactors = Contactors(profile.has_c2)
        self.lock = Lock()
        # From the first reading of an EV meter on.
        self.overdraw = None
        self.charger = Charger(self.pilot, self.limits, self.faults, profile.ventilated)
        self.regulation = Regulation(self.limits, self.faults, profile, self.config)
        self.phases = 3
        self.uptime_s = 0
        self.current_ma = [0, 0, 0]
        self.power_w = 0
        self.changed = True
        self.uptime_part_ms = 0
        self._last = -1
        self._unlock_ms = 0
        self._cable_released = False
        self._test = _UNTESTED
        self._test_ms = 0
        self._restarting = False
        # The fixed cable is held now.
        self._holding = False
        self._seen_state = s.A
        self._seen_faults = 0
        self._seen_limit_ma = -1
        self._seen_lock = self.lock.status
        self._seen_c1 = False
        self._seen_c2 = False
        self._seen_rating_a = 0
        self.rating_a = 0
        self._max_temp_mc = 0
        self._resume_mc = 0
        self.configure(self.config)

    # Requests from outside

    def configure(self, config: Config) -> None:
        """Take new settings over at once."""
        self.config = config
        self._max_temp_mc = config.max_temp_c * 1000
        resume_c = config.max_temp_c - _RESUME_BELOW_C
        # Active from the limit until the temperature is at or below the lower threshold.
        self._resume_mc = (resume_c if resume_c < _RESUME_C else _RESUME_C) * 1000 + 1
        self.limits.set_minimum(config.minimum_ma)
        self.limits.claim(lim.BOARD, self.profile.max_current_ma)
        self.limits.claim(lim.INSTALLER, config.installer_ma)
        self.limits.claim(lim.MAX_SETTING, config.max_ma)
        self.lock.configure(config.lock_kind if config.socket and self.profile.has_lock else 0)
        if config.cable_fixed:
            self._unlock_ms = 0
        full_ma = min(self.profile.max_current_ma, config.installer_ma, config.max_ma)
        hold_ma = self.offered_ma() if self.contactors.c1.command else 0
        self.regulation.configure(
            config, self.limits.minimum_ma, full_ma, self.uptime_s, hold_ma, self.phases
        )
        self.changed = True

    def switch(self) -> int:
        """Return 1 while the SWITCH input is closed, 0 while it is open, -1 before it was read."""
        return self.regulation.switch()

    def set_access(self, access: int) -> None:
        """Set who may charge now: ACCESS_OFF, ACCESS_ON or ACCESS_PAUSE."""
        if access != self.charger.access:
            self.charger.access = access
            self.events.push(ev.ACCESS, access, 0)
        self.changed = True

    def stop(self) -> None:
        """End the present charge."""
        self.charger.stop()
        self.changed = True

    def reset_residual_current(self) -> None:
        """Clear what a tripped residual-current device left, if it is healthy again."""
        self.faults.reset(1 << f.RESIDUAL_CURRENT)
        self.changed = True

    def reset_faults(self) -> None:
        """Clear latched faults whose condition is gone."""
        if self.faults.is_active(f.NO_DIODE):
            # Another try; while nothing is wrong, a reset must not take the proof away.
            self.pilot.rearm_diode()
            self.faults.report(f.NO_DIODE, False, self.uptime_s)
        self.faults.reset()
        self.changed = True

    def skip_delay(self) -> None:
        """Let a car that waits for its delay start at once, if there is current for it; STOP begins anew."""
        self.charger.skip_delay()
        if self.regulation.house is not None:
            self.regulation.house.sun.forget_stop()
        self.changed = True

    def unlock_cable(self) -> bool:
        """Stop, open, and release the cable for half a minute; False, and nothing, while the cable is fixed."""
        if self.config.cable_fixed:
            return False
        self._unlock_ms = _UNLOCK_MS
        self.changed = True
        return True

    def release_cable(self, released: bool) -> None:
        """Let the cable go while access is off, though a car is connected."""
        if released != self._cable_released:
            self._cable_released = released
            self.changed = True

    def prepare_restart(self) -> None:
        """Stop and offer nothing more, so that a restart opens no contactor under load."""
        self._restarting = True
        self.changed = True

    def meter_currents(self, l1_ma: int, l2_ma: int, l3_ma: int, power_w: int) -> None:
        """Take what the EV meter measured."""
        current_ma = self.current_ma
        current_ma[0] = l1_ma
        current_ma[1] = l2_ma
        current_ma[2] = l3_ma
        self.power_w = power_w
        if self.overdraw is None:
            # One small module: it takes memory only where there is an EV meter.
            from evse.core.overdraw import Overdraw

            self.overdraw = Overdraw()
        self.overdraw.reading(l1_ma, l2_ma, l3_ma)
        self.regulation.ev.take(l1_ma, l2_ma, l3_ma)
        self.changed = True

    def meter_voltage(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None:
        """Take the voltages that the EV meter measured; 0 where it does not."""
        self.regulation.ev_voltages(l1_dv, l2_dv, l3_dv)
        self.changed = True

    def mains_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the house connection, import positive."""
        if self.regulation.house is not None:
            self.regulation.house.mains_reading(l1_ma, l2_ma, l3_ma)
            self.changed = True

    def mains_voltage(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None:
        """Take the voltages of the house connection; 0 where the meter has none."""
        self.regulation.mains_voltages(l1_dv, l2_dv, l3_dv)
        self.changed = True

    def circuit_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the circuit that feeds the station."""
        if self.regulation.house is not None:
            self.regulation.house.circuit_reading(l1_ma, l2_ma, l3_ma)
            self.changed = True

    def battery_reading(self, current_ma: int, unix_s: int = 0) -> None:
        """Take the current of the home battery, charging positive; it counts for 11 s. `unix_s` is kept only."""
        self.regulation.battery_reading(current_ma, unix_s)
        self.changed = True

    def set_override(self, current_ma: int, duration_ms: int = -1, for_this_car: bool = False) -> None:
        """Offer at most so much until told otherwise, for so long, or for one car; 0 ends it. Not in Solar mode."""
        self.regulation.set_override(current_ma, duration_ms, for_this_car)
        self.changed = True

    def limit_remotely(self, level: int, current_ma: int, duration_ms: int) -> None:
        """Offer at most a level of `remote`, or with CURRENT so much, for so long; MAXIMUM ends it."""
        self.regulation.build_remote().set(level, current_ma, duration_ms)
        self.changed = True

    def lose_remote(self) -> None:
        """Let count what is chosen for a remote limit that was lost: one was in force before the restart."""
        self.regulation.build_remote().expire()
        self.changed = True

    def wall_time(self, quarter: int, second: int, minute: int, month: int) -> None:
        """Take the time of day: quarter hours since 1970 (UTC), second in it, local minute of day, month 1..12."""
        if self.regulation.house is not None:
            self.regulation.house.capacity.wall_time(quarter, second, minute, month)

    def meter_gone(self) -> None:
        """Forget the EV meter: another one, or none, is configured."""
        self.regulation.ev.forget()
        self.faults.report(f.EV_METER_SILENT, False, self.uptime_s)
        self.session.forget_meter()
        self.overdraw = None

    # The control step

    def step(self, now: int, inputs, outputs) -> None:
        """Decide everything for one control step at tick `now`."""
        dt_ms = ticks.diff(now, self._last) if self._last >= 0 else 0
        self._last = now
        self.changed = False
        self._count_uptime(dt_ms)
        charger = self.charger
        if charger.observable():
            self.pilot.step(inputs)
        self.proximity.step(inputs.proximity_mv)
        self.contactors.observe(inputs, dt_ms)
        self._claim_cable()
        self.regulation.step(
            dt_ms, inputs, self.contactors.c1.command, self.offered_ma(), self.phases, self.uptime_s
        )
        self.limits.step(dt_ms, self.phases)
        self._report_faults(inputs, dt_ms)
        self._decide(dt_ms)
        close = charger.close and (charger.state != s.C1 or self.contactors.c1.command)
        outputs.test = close and self._test == _TESTING
        close = close and (self._test == _TESTED or not self._needs_test())
        self.contactors.step(close, self.phases == 3 and self.config.contact2 != ph.NOT_PRESENT, dt_ms)
        want_locked = charger.state != s.A or not self.contactors.proven_open()
        if self._unlock_ms > 0 or (self._cable_released and charger.access == s.ACCESS_OFF):
            want_locked = not self.contactors.proven_open()
        self._hold_fixed_cable()
        self.lock.step(inputs.lock_feedback, want_locked or self._holding, dt_ms)
        self.session.step(dt_ms)
        outputs.pilot_permille = charger.permille
        outputs.pilot_connected = charger.pilot_connected
        outputs.c1 = self.contactors.c1.command
        outputs.c2 = self.contactors.c2.command
        outputs.lock = self.lock.drive
        self._note_changes()

    def offered_ma(self) -> int:
        """Return what the pilot offers the car in mA; 0 while it offers nothing."""
        return offered_ma(self.charger.permille) if self.charger.pilot_connected else 0

    def has_run(self) -> bool:
        """Return True after the first control step."""
        return self._last >= 0

    def sees_no_car(self) -> bool:
        """Return True when the pilot proves that no car is plugged in."""
        return self.charger.state == s.A and self.pilot.level == V12

    def safe(self, outputs) -> None:
        """Write outputs that are safe at any moment: no offer, contactors open, lock at rest."""
        outputs.pilot_permille = 1000
        outputs.pilot_connected = False
        outputs.c1 = False
        outputs.c2 = False
        outputs.lock = 0
        outputs.test = False

    def next_ms(self) -> int:
        """Return how long steps with unchanged inputs would change nothing, in ms; 0 for not at all."""
        charger = self.charger
        if self.changed or self._test != _UNTESTED or not self.proximity.settled():
            return 0
        if charger.observable() and not self.pilot.settled():
            return 0
        next_ms = 1000 - self.uptime_part_ms
        for left_ms in (
            charger.next_ms(),
            self.limits.next_ms(),
            self.regulation.next_ms(),
            self.contactors.next_ms(charger.close),
            self.lock.next_ms(),
            self._unlock_ms if self._unlock_ms > 0 else -1,
            self.overdraw.next_ms(self.offered_ma()) if self.overdraw is not None else -1,
        ):
            if 0 <= left_ms < next_ms:
                next_ms = left_ms
        return next_ms

    # Parts of the step

    def _hold_fixed_cable(self) -> None:
        """After a start the lock opens once, as without this setting; from then on it keeps its cable."""
        if not self.config.cable_fixed:
            self._holding = False
        elif not self._holding:
            self._holding = self.rating_a > 0 and self.lock.status in (UNLOCKED, LOCKED)

    def _count_uptime(self, dt_ms: int) -> None:
        self.uptime_part_ms += dt_ms
        while self.uptime_part_ms >= 1000:
            self.uptime_part_ms -= 1000
            self.uptime_s += 1

    def _claim_cable(self) -> None:
        charger = self.charger
        if not self.config.socket:
            charger.cable_known = True
            charger.cable_lost = False
            self.limits.claim(lim.CABLE, lim.NO_LIMIT)
            return
        rating_a = self.proximity.rating_a
        # A plug that has just gone in shows its car before its rating has been read often enough.
        charger.cable_known = self.proximity.known and (self.rating_a > 0 or self.proximity.settled())
        if not charger.cable_known:
            return
        if rating_a < self.rating_a or charger.state == s.A or charger.state == s.B1:
            # While something is offered, a reading may only lower the rating.
            self.rating_a = rating_a
        charger.cable_lost = self.rating_a == 0 and charger.state != s.A
        self.limits.claim(lim.CABLE, self.rating_a * 1000)

    def _report_faults(self, inputs, dt_ms: int) -> None:
        faults = self.faults
        uptime_s = self.uptime_s
        pilot = self.pilot
        c1 = self.contactors.c1
        c2 = self.contactors.c2
        limit_mc = self._resume_mc if faults.is_active(f.TEMP_HIGH) else self._max_temp_mc
        residual = inputs.residual_current and self.config.residual_current_monitor
        faults.report(f.RESIDUAL_TEST, self._step_test(residual, dt_ms), uptime_s)
        # What the test causes is no fault, as long as nothing is closed.
        if self._test != _UNTESTED and self._test != _TESTED and self.contactors.proven_open():
            residual = False
        faults.report(f.RESIDUAL_CURRENT, residual, uptime_s)
        faults.report(f.TEMP_HIGH, inputs.temp_mc >= limit_mc, uptime_s)
        faults.report(f.NO_DIODE, pilot.diode_missing, uptime_s)
        faults.report(f.PILOT_SHORT, pilot.level == V0, uptime_s)
        faults.report(f.PILOT_LOST, pilot.lost, uptime_s)
        faults.report(f.C1_WELDED, c1.welded, uptime_s)
        faults.report(f.C1_STUCK_OPEN, c1.stuck_open, uptime_s)
        faults.report(f.C2_WELDED, c2.welded, uptime_s)
        faults.report(f.C2_STUCK_OPEN, c2.stuck_open, uptime_s)
        faults.report(f.LOCK_JAMMED, self.lock.jammed, uptime_s)
        over = self.overdraw is not None and self.overdraw.step(dt_ms, self.offered_ma(), self.charger.close)
        faults.report(f.OVERCURRENT, over, uptime_s)

    def _needs_test(self) -> bool:
        """Return True while C1 is open and may close only after the residual-current device passed its test."""
        monitored = self.profile.has_test and self.config.residual_current_monitor
        return monitored and not self.contactors.c1.command

    def _step_test(self, tripped: bool, dt_ms: int) -> bool:
        """Test the residual-current device for a car that waits for C1; return True when it fails."""
        test = self._test
        charger = self.charger
        waiting = charger.close and charger.state != s.C1 and self._needs_test()
        if not waiting or (test != _TESTED and not self.contactors.proven_open()):
            if test == _TESTING or test == _RELEASED:
                self._test_ms = 0
                self._test = _ABORTED
            elif test == _TESTED:
                self._test = _UNTESTED
        elif test == _UNTESTED and not tripped:
            self._test_ms = 0
            self._test = _TESTING
        if test == _UNTESTED or test == _TESTED or self._test != test:
            return False
        self._test_ms += dt_ms
        if test == _TESTING:
            if tripped:
                self._test_ms = 0
                self._test = _RELEASED
                return False
        elif not tripped and self._test_ms >= _RELEASED_MS:
            self._test = _TESTED if test == _RELEASED else _UNTESTED
            return False
        if self._test_ms < (_TRIP_MS if test == _TESTING else _RECOVER_MS):
            return False
        self._test = _UNTESTED
        return True

    def _decide(self, dt_ms: int) -> None:
        charger = self.charger
        if self._unlock_ms > 0:
            self._unlock_ms -= dt_ms
        charger.held = self._restarting or self._unlock_ms > 0
        charger.locked = self.lock.proven_locked()
        wanted = self.regulation.choice.phases
        charger.phases_differ = self.phases != wanted
        charger.step(dt_ms)
        if self.phases != wanted and not charger.close and self.contactors.proven_open():
            self.phases = wanted
            self.changed = True
        if charger.session_started and not self.session.active:
            self.session.start()
            self.events.push(ev.SESSION, 1, 0)
        if charger.session_ended:
            self._unlock_ms = 0
        if self.sees_no_car():
            self.faults.unplugged()
            if charger.session_ended:
                self.regulation.unplugged()
            if self.session.active:
                self.events.push(ev.SESSION, 0, self.session.energy_wh)
            self.session.end()
        self.faults.report(f.NO_POWER, charger.no_power, self.uptime_s)

    def _note_changes(self) -> None:
        """Turn what changed in this step into events."""
        events = self.events
        sequence = events.sequence
        if self.charger.state != self._seen_state:
            events.push(ev.STATE, self.charger.state, self._seen_state)
            self._seen_state = self.charger.state
        if self.faults.active != self._seen_faults:
            events.push(ev.FAULTS, self.faults.active, self._seen_faults)
            self._seen_faults = self.faults.active
        if self.limits.limit_ma != self._seen_limit_ma:
            events.push(ev.LIMIT, self.limits.limit_ma, self.limits.winner)
            self._seen_limit_ma = self.limits.limit_ma
        if self.contactors.c1.command != self._seen_c1:
            self._seen_c1 = self.contactors.c1.command
            events.push(ev.C1, 1 if self._seen_c1 else 0, 0)
        if self.contactors.c2.command != self._seen_c2:
            self._seen_c2 = self.contactors.c2.command
            events.push(ev.C2, 1 if self._seen_c2 else 0, 0)
        if self.lock.status != self._seen_lock:
            self._seen_lock = self.lock.status
            events.push(ev.LOCK, self._seen_lock, 0)
        if self.rating_a != self._seen_rating_a:
            self._seen_rating_a = self.rating_a
            events.push(ev.CABLE, self._seen_rating_a, 0)
        if events.sequence != sequence:
            self.changed = True
