"""What the regulation of the charging current must hold, judged by the house, the meters and the car.

Times are in ms. How long a rule may be broken follows from the meters and the car: a load is known after the next
reading, a car has 5 s to follow, and one that still draws when it should stop has 6 s more.
"""

from evse.core import limits, states
from evse.core import phase_choice as ph
from evse.core.text_rows import row

STEP_MS = 50
# From a change of an input to what it does: 50 ms to tell a pulsing mains voltage, 200 ms to be steady.
INPUT_MS = 400
# The rating of a cable has been read several times.
CABLE_MS = 1_000
STOP_MS = 6_000
FOLLOW_MS = 6_000
HOLD_MS = 600_000
NO_POWER_MS = 60_000
ORDERED_MS = 15_000
REPEAT_MS = 5_000
IGNORING_MS = 8_000
RELAY_W = 4_200
RELAY_SWITCH = 5
# The pilot offers in steps of 60 mA below 51 A.
PILOT_STEP_MA = 60
LEAST_MA = 6_000
# Readings that come later than this do not belong to those of the EV meter, which costs accuracy.
LATE_MS = 500
LATE_TOLERANCE_MA = 1_000
# A lower limit by temperature is reckoned in whole amperes of span.
DERATE_TOLERANCE_MA = 1_000
_LONG_AGO_MS = -10_000_000


class RegulationRules:
    """Follow one world; `check` raises AssertionError when a rule is broken."""

    def __init__(self) -> None:
        self._inputs = ()
        self._inputs_ms = 0
        self._state = states.A
        self._closed = False
        self._commanded = False
        self._c2 = False
        self._phases = 3
        self._phases_ms = _LONG_AGO_MS
        self._closed_ms = _LONG_AGO_MS
        self._lacked_ms = _LONG_AGO_MS
        self._ordered_ms = _LONG_AGO_MS
        self._enough_ms = 0
        self._overdrawn_ms = 0
        self._capacity_ms = 0
        self._mode_ms = _LONG_AGO_MS
        # A charge by the sun has begun since the car was plugged in.
        self._by_sun = False
        self._highest = {"mains_ma": (0, 0), "circuit_ma": (0, 0), "capacity_ma": (0, 0)}

    def settings_changed(self, world) -> None:
        """Note what rules about times must know of a change of settings."""
        if world.config.mode != world.earlier.mode:
            self._mode_ms = world.now_ms
        if world.config.mode != world.earlier.mode or world.config.start_ma != world.earlier.start_ma:
            world.sums_ma.clear()
        for name in self._highest:
            before_ma = getattr(world.earlier, name)
            if before_ma > getattr(world.config, name):
                self._highest[name] = (world.now_ms, before_ma)

    def check(self, world) -> None:
        """Check everything after one control step."""
        self._follow(world)
        offer_ma = world.offer_ma
        if offer_ma:
            self._check_ledger(world, offer_ma)
            self._check_settings(world, offer_ma)
            self._check_inputs(world, offer_ma)
            self._check_silence(world)
        self._check_relay(world, offer_ma)
        self._check_contactors(world)
        self._check_phases(world)
        self._check_starts(world)
        self._check_sun(world)
        self._check_point(world, "mains_ma", world.mains, world.mains_ma, 1)
        if world.config.circuit_meter:
            self._check_point(world, "circuit_ma", world.circuit, world.circuit_ma, 2)
        self._check_capacity(world)
        self._check_ignoring(world)
        self._remember(world)

    # What is offered

    def _check_ledger(self, world, offer_ma: int) -> None:
        station = world.station
        used = range(3) if station.phases != 1 or world.closed_phases() == 3 else range(1)
        for slot in range(limits.COUNT):
            for phase in used:
                claimed_ma = station.limits.claimed_ma(slot, phase)
                assert offer_ma <= claimed_ma, f"offers more than slot {row(limits.SLOTS, slot)[0]} claims"

    def _check_settings(self, world, offer_ma: int) -> None:
        config = world.config
        assert offer_ma <= config.max_ma, "offers more than MAX"
        assert offer_ma <= config.installer_ma, "offers more than the installer allows"
        if world.now_ms - world.plugged_ms > CABLE_MS:
            assert offer_ma <= world.cable_ma(), "offers more than the cable bears"
        assert offer_ma >= LEAST_MA, "offers less than 6 A"
        assert offer_ma > config.minimum_ma - PILOT_STEP_MA, "offers less than the minimum"
        if world.override_ma:
            assert offer_ma <= world.override_ma, "offers more than the override"

    def _check_inputs(self, world, offer_ma: int) -> None:
        config = world.config
        full_ma = min(config.max_ma, config.installer_ma, world.profile.max_current_ma)
        if world.now_ms - self._inputs_ms >= INPUT_MS:
            level = world.inputs.in1 + 2 * world.inputs.in2
            if config.shed_active_low:
                level = 3 - level
            allowed_ma = (full_ma, full_ma // 2, LEAST_MA, 0)[level]
            assert offer_ma <= allowed_ma, "offers more than the load-shedding inputs allow"
        above_mc = world.inputs.temp_mc - (config.max_temp_c - 6) * 1000
        if above_mc > 0:
            part_mc = min(above_mc, 5000)
            derated_ma = full_ma - max(full_ma - LEAST_MA, 0) * part_mc // 5000
            assert offer_ma <= derated_ma + DERATE_TOLERANCE_MA, "offers more than the temperature allows"

    def _check_silence(self, world) -> None:
        config = world.config
        if config.mode == ph.NORMAL:
            return
        silent_ms = world.now_ms - world.mains.told_ms
        assert silent_ms <= config.mains_silent_ms + 2 * STEP_MS, "offers without a reading of the mains"
        if config.circuit_meter and world.now_ms - max(world.settings_ms, self._mode_ms) > 20_000:
            silent_ms = world.now_ms - world.circuit.told_ms
            assert silent_ms <= 20_000 + 2 * STEP_MS, "offers without a reading of the circuit"

    def _check_relay(self, world, offer_ma: int) -> None:
        steady = world.now_ms - max(self._inputs_ms, world.settings_ms) >= INPUT_MS
        if world.config.switch != RELAY_SWITCH or world.inputs.switch or not steady or not offer_ma:
            return
        live = min(world.closed_phases(), world.car.phases)
        # A voltage is known when the next reading has been told.
        known_dv = self._known_dv(world)
        power_w = offer_ma * live * known_dv // 10000
        assert power_w <= RELAY_W, f"offers {power_w} W while the relay of the grid operator is open"

    def _known_dv(self, world) -> int:
        told_ms = max(world.mains.told_ms, world.ev.told_ms if world.ev.fitted else 0)
        return world.voltage_dv if told_ms > world.voltage_ms + STEP_MS else 0

    # Contactors and phases

    def _check_contactors(self, world) -> None:
        if world.c2.closed != self._c2:
            assert not world.c1.closed and not self._closed, "C2 moves while C1 is closed"
            assert not any(world.drawn_ma), "C2 moves while current flows"

    def _check_phases(self, world) -> None:
        station = world.station
        if world.closed_phases() and self._state == states.C and self._closed:
            assert world.closed_phases() == station.phases, (
                "reckons with another number of phases than are live"
            )
        if station.phases == self._phases:
            return
        if world.config.contact2 == ph.AUTO:
            elapsed_ms = world.now_ms - self._phases_ms
            assert elapsed_ms >= HOLD_MS - STEP_MS, "Auto changes the phases twice in ten minutes"
        assert not world.c1.closed, "the number of phases changes while C1 is closed"
        self._phases_ms = world.now_ms

    def _check_starts(self, world) -> None:
        now_ms = world.now_ms
        charger = world.station.charger
        if world.plugged_ms < 0:
            self._lacked_ms = self._ordered_ms = _LONG_AGO_MS
        elif charger.state == states.C1 and self._state != states.C1:
            self._ordered_ms = now_ms
        if world.plugged_ms >= 0 and world.station.limits.limit_ma == 0 and charger.no_power:
            self._lacked_ms = now_ms
        if world.outputs.c1 and not self._commanded:
            assert now_ms - self._closed_ms >= REPEAT_MS - STEP_MS, "C1 closes twice in 5 s"
            assert now_ms - self._lacked_ms >= NO_POWER_MS - STEP_MS, "starts early after a lack of power"
            assert now_ms - self._ordered_ms >= ORDERED_MS - STEP_MS, "starts early after a stop"
            self._closed_ms = now_ms

    # The sun

    def _check_sun(self, world) -> None:
        config = world.config
        if config.mode != ph.SOLAR:
            return
        now_ms = world.now_ms
        sums_ma = world.sums_ma
        if (
            world.plugged_ms < 0
            or self._mode_ms == now_ms
            or world.station.limits.claimed_ma(limits.SUN, 0) == 0
        ):
            self._by_sun = False
        if world.c1.closed and not self._closed and len(sums_ma) == sums_ma.maxlen:
            # A charge that the car interrupted goes on as long as nothing is imported.
            least_ma = 0 if self._by_sun else -config.start_ma
            assert min(sums_ma) <= least_ma, "starts with less export than START"
        self._by_sun = self._by_sun or world.c1.closed
        if world.mains.told_ms == now_ms:
            lack_ma = max(config.import_ma, config.minimum_ma - config.start_ma)
            if (sums_ma and sums_ma[-1] <= lack_ma) or not world.c1.closed:
                self._enough_ms = now_ms
        state = world.station.charger.state
        stops = state == states.C1 and self._state in (states.C, states.D)
        by_sun = world.station.limits.claimed_ma(limits.SUN, 0) < LEAST_MA
        if stops and by_sun and now_ms - self._mode_ms > 1000:
            assert config.stop_ms, "stops for the sun although STOP is 0"
            early_ms = config.stop_ms - (now_ms - self._enough_ms)
            assert early_ms <= 2 * world.mains.period_ms + world.mains.late_ms, (
                "stops for the sun before STOP is over"
            )

    # Measuring points

    def _reaction_ms(self, world, meter) -> int:
        """Return how long a change of the load may go unanswered."""
        told = meter.told
        # Two readings after the one before the change, lost ones included, and the way of a reading.
        readings_ms = world.now_ms - told[-3] if len(told) >= 3 else 3 * meter.period_ms
        readings_ms = max(readings_ms, 3 * meter.period_ms) + 2 * meter.late_ms
        reaction_ms = readings_ms + world.car.delay_ms + 10 * STEP_MS
        if world.offer_ma <= world.config.minimum_ma:
            # Nothing is left but a stop, which a car may use to the last.
            reaction_ms += STOP_MS
        if world.ev.fitted and world.ev.ok:
            return reaction_ms + world.ev.period_ms
        # Without an EV meter nobody knows for the time that a car has whether it has followed.
        return reaction_ms + FOLLOW_MS + meter.period_ms

    def _check_point(self, world, name: str, meter, current_ma, column: int) -> None:
        config = world.config
        if config.mode == ph.NORMAL or not any(world.drawn_ma):
            return
        for phase in range(3):
            over_ma = current_ma(phase) - getattr(config, name)
            if over_ma <= 0 or not world.drawn_ma[phase]:
                continue
            since_ms = self._reaction_ms(world, meter)
            if not world.car.follows:
                since_ms += IGNORING_MS + FOLLOW_MS
            since_ms = world.now_ms - since_ms
            if max(world.plugged_ms, self._mode_ms, self._closed_ms, meter.changed_ms) > since_ms:
                continue
            lowered_ms, before_ma = self._highest[name]
            if lowered_ms > since_ms:
                over_ma -= before_ma - getattr(config, name)
            if world.now_ms - meter.told_ms > config.mains_silent_ms:
                # A silent meter has its own rule.
                continue
            rise_ma = self._rise_ma(world, column, phase, since_ms)
            if meter.late_ms > LATE_MS:
                rise_ma += LATE_TOLERANCE_MA
            assert over_ma <= rise_ma, (
                f"{name[:-3]}: L{phase + 1} is over its limit by {over_ma - rise_ma} mA"
            )

    def _rise_ma(self, world, column: int, phase: int, since_ms: int) -> int:
        """Return by how much the load without the car has risen since then."""
        lowest_ma = now_ma = world.history[-1][column][phase]
        for past in reversed(world.history):
            if past[0] < since_ms:
                break
            if past[column][phase] < lowest_ma:
                lowest_ma = past[column][phase]
        return now_ma - lowest_ma

    def _check_capacity(self, world) -> None:
        config = world.config
        over_ma = sum(max(world.mains_ma(phase), 0) for phase in range(3)) - config.capacity_ma
        fixed = config.capacity_mode == 1 and config.capacity_ma and config.mode != ph.NORMAL
        calm_ms = max(world.mains.changed_ms, world.ev.changed_ms, self._mode_ms, self._closed_ms)
        if (
            not fixed
            or not any(world.drawn_ma)
            or over_ma <= 0
            or not world.car.follows
            or not world.mains.ok
        ):
            self._capacity_ms = world.now_ms
            return
        # Without an EV meter the phases of the car are not known, and it takes some steps to come down.
        allowed_ms = self._reaction_ms(world, world.mains) * (1 if world.ev.fitted and world.ev.ok else 3)
        since_ms = world.now_ms - allowed_ms
        if calm_ms > since_ms or world.settings_ms > since_ms:
            self._capacity_ms = max(self._capacity_ms, calm_ms)
            return
        if world.offer_ma <= config.minimum_ma:
            # What is too much at the minimum is borne for CAP STOP.
            since_ms -= config.capacity_stop_ms
            assert self._capacity_ms >= since_ms, "more than CAPACITY is drawn after CAP STOP"
            return
        rise_ma = sum(self._rise_ma(world, 1, phase, since_ms) for phase in range(3))
        assert over_ma <= rise_ma, f"more than CAPACITY is drawn by {over_ma - rise_ma} mA"

    def _check_ignoring(self, world) -> None:
        """A car that draws more than it is offered is stopped: 5 s for the car, then 8 s to be sure and to ask."""
        allowed_ma = world.offer_ma * 11 // 10 + 500
        metered = world.ev.fitted and world.ev.ok and world.ev.period_ms <= 2000
        shown_ma = world.drawn_ma[0] * min(world.ev_permille, 1000) // 1000
        if not metered or shown_ma <= allowed_ma or world.ev.changed_ms > world.now_ms - 20_000:
            self._overdrawn_ms = world.now_ms
            return
        allowed_ms = FOLLOW_MS + IGNORING_MS + STOP_MS + 3 * world.ev.period_ms + world.ev.late_ms
        assert world.now_ms - self._overdrawn_ms <= allowed_ms, "a car that does not follow is not stopped"

    # Memory

    def _follow(self, world) -> None:
        inputs = (world.inputs.in1, world.inputs.in2, world.inputs.switch)
        if inputs != self._inputs:
            self._inputs = inputs
            self._inputs_ms = world.now_ms

    def _remember(self, world) -> None:
        self._state = world.station.charger.state
        self._closed = world.c1.closed
        self._commanded = world.outputs.c1
        self._c2 = world.c2.closed
        self._phases = world.station.phases
