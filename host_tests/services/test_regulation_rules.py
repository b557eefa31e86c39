"""Every rule of the regulation fails when the firmware breaks it: one planted defect each."""

import pytest
from bench_station import PP_13A_MV
from regulation_rig import World

from evse.core import capacity as cap
from evse.core import charger, contactors, guard, phase_choice, site_inputs
from evse.core import phase_choice as ph
from evse.core.capacity_guard import CapacityGuard
from evse.core.contactors import Contactors
from evse.core.derating import Derating
from evse.core.guard import Guard
from evse.core.limits import CIRCUIT, NO_LIMIT, Limits
from evse.core.meter_point import MeterPoint
from evse.core.overdraw import Overdraw
from evse.core.phase_choice import PhaseChoice
from evse.core.readings import Readings
from evse.core.sun import Sun


def charging(house_ma=(2000, 2000, 2000), **settings) -> World:
    world = World(**settings)
    world.inputs.temp_mc = 25000
    world.house_ma[:] = house_ma
    world.charge()
    return world


def house_load(**settings) -> World:
    """Let L1 of the house come and go, so that the car must give way and then stop."""
    world = charging(**settings)
    for load_ma in (14000, 5000, 17000, 23000, 2000):
        world.house_ma[0] = load_ma
        world.run(40_000)
    world.run(60_000)
    return world


def house_load_unmetered() -> World:
    """Do the same without an EV meter."""
    world = World()
    world.remove_ev_meter()
    world.charge()
    for load_ma in (14000, 5000, 17000, 23000, 2000):
        world.house_ma[0] = load_ma
        world.run(40_000)
    return world


def load_on_l3() -> World:
    world = charging()
    world.house_ma[2] = 14000
    world.run(20_000)
    return world


def lower_settings() -> World:
    world = charging(max_ma=32000)
    for name, value in (("max_ma", 10000), ("max_ma", 32000), ("installer_ma", 12000)):
        world.set(**{name: value})
        world.run(5000)
    return world


def thin_cable() -> World:
    world = World()
    world.pp_mv = PP_13A_MV
    world.charge()
    world.run(5000)
    return world


def high_minimum() -> World:
    world = charging(minimum_ma=10000)
    world.house_ma[0] = 17000
    world.run(10_000)
    return world


def overridden() -> World:
    world = charging()
    world.override(8000)
    world.run(2000)
    return world


def shedding() -> World:
    world = charging()
    for in1, in2 in ((True, False), (False, True), (True, True), (False, False)):
        world.inputs.in1 = in1
        world.inputs.in2 = in2
        world.run(5000)
    return world


def hot() -> World:
    world = charging()
    for temp_mc in (58000, 61000, 63000, 64500):
        world.inputs.temp_mc = temp_mc
        world.run(2000)
    return world


def relay_opens(**settings) -> World:
    world = charging(switch=5, **settings)
    world.inputs.switch = True
    world.run(30_000)
    world.inputs.switch = False
    world.run(5000)
    world.voltage(2250)
    world.run(30_000)
    return world


def silent_mains() -> World:
    world = charging()
    world.mains.change(world.now_ms, ok=False)
    world.run(20_000)
    return world


def silent_circuit() -> World:
    world = charging(circuit_meter=True, circuit_ma=25000)
    world.circuit.change(world.now_ms, ok=False)
    world.run(30_000)
    return world


def circuit_load() -> World:
    world = charging(circuit_meter=True, circuit_ma=20000)
    world.beside_ma[1] = world.house_ma[1] = 9000
    world.run(20_000)
    return world


def full_sun(**settings) -> World:
    return charging((-9000, -9000, -9000), mode=ph.SOLAR, **settings)


def clouds(**settings) -> World:
    world = full_sun(**settings)
    world.run(60_000)
    world.house_ma[:] = [3000, 3000, 3000]
    world.run(150_000)
    return world


def clouds_without_a_stop() -> World:
    return clouds(stop_ms=0)


def clouds_with_a_stop() -> World:
    return clouds(stop_ms=60_000)


def little_export() -> World:
    world = World(mode=ph.SOLAR, start_ma=10000)
    world.house_ma[:] = [-2000, -2000, -2000]
    world.run(8000)
    world.plug_in()
    world.run(100_000)
    return world


def changing_sun() -> World:
    """Let Auto have reasons to change the phases every five minutes."""
    world = full_sun(contact2=ph.AUTO)
    for cycle in range(4):
        level_ma = -10_000 if cycle % 2 else -2_500
        world.house_ma[:] = [level_ma, level_ma, level_ma]
        world.run(300_000)
    return world


def capacity_is_exceeded() -> World:
    world = charging(capacity_mode=cap.FIXED, capacity_ma=40000, mains_ma=40000)
    world.house_ma[1] = 14000
    world.run(40_000)
    return world


def capacity_leaves_nothing() -> World:
    world = charging(capacity_mode=cap.FIXED, capacity_ma=40000, capacity_stop_ms=60_000, mains_ma=40000)
    world.house_ma[1] = 28000
    world.run(150_000)
    return world


def ignoring(**settings) -> World:
    world = charging(**settings)
    world.run(20_000)
    world.car.follows = False
    world.override(8000)
    world.run(40_000)
    return world


def stops_and_starts() -> World:
    world = charging()
    world.station.stop()
    world.run(30_000)
    return world


def pausing_car() -> World:
    world = charging()
    for _ in range(4):
        world.car.asks = False
        world.run(500)
        world.car.asks = True
        world.run(3000)
    return world


SCENARIOS = (
    house_load, house_load_unmetered, load_on_l3, lower_settings, thin_cable, high_minimum, overridden, shedding, hot,
    relay_opens, silent_mains, silent_circuit, circuit_load, clouds_without_a_stop, clouds_with_a_stop, little_export,
    changing_sun, capacity_is_exceeded, capacity_leaves_nothing, ignoring, stops_and_starts, pausing_car,
)  # fmt: skip


def _nothing(*args, **values):
    return None


def _resolve_l1(self):
    self.lowest_ma = self.limit_ma = min(self._l1)
    self._dirty = False


def _resolve_without_minimum(self, original=Limits._resolve):
    original(self)
    self.limit_ma = self.lowest_ma


def _claim_without_cable(self, slot, limit_ma, expiry_ms=-1, after_ma=NO_LIMIT, original=Limits.claim):
    original(self, slot, NO_LIMIT if slot == 1 else limit_ma, expiry_ms, after_ma)


def _claim_without(*slots):
    def claim(self, slot, limit_ma, expiry_ms=-1, after_ma=NO_LIMIT, original=Limits.claim):
        original(self, slot, NO_LIMIT if slot in slots else limit_ma, expiry_ms, after_ma)

    return claim


def _c2_under_load(self, close, three_phase, dt_ms, original=Contactors.step):
    original(self, close, three_phase, dt_ms)
    if close and self.c1.command and self.c2.command and self._since_close_ms >= 4000:
        self.c2.set(False)


def _always_three(self, close, three_phase, dt_ms, original=Contactors.step):
    original(self, close, True, dt_ms)


def _impatient_sun(self, dt_ms, original=Sun.step):
    original(self, 3 * dt_ms)


def _sun_stops_anyway(self, sum_ma, original=Sun._watch_for_lack):
    stop_ms, self.stop_ms = self.stop_ms, self.stop_ms or 60_000
    original(self, sum_ma)
    self.stop_ms = stop_ms


def _any_export(self, sum_ma, *args, original=Sun.update):
    original(self, sum_ma - 8000, *args)


_SKIPPED = [0]


def _slow_guard(self, readings, *args, original=Guard.update):
    _SKIPPED[0] += 1
    if _SKIPPED[0] % 12 == 0:
        original(self, readings, *args)


def _mains_only(self, *args, original=MeterPoint.reckon):
    return True if self._slot == CIRCUIT else original(self, *args)


def _never_lacking(self, phase, draw, minimum_ma, spare, original=Guard._claim):
    original(self, phase, draw, minimum_ma, draw.uses[phase])


def _patient_bear(self, left_ma, minimum_ma):
    return minimum_ma


def _early_after_lack(self, dt_ms, original=charger.Charger._count_delay):
    original(self, dt_ms)
    self.charge_delay_ms = min(self.charge_delay_ms, 5000)


# what breaks: (object, name, replacement), scenario, words of the rule
DEFECTS = {
    "only L1 counts": ((Limits, "_resolve", _resolve_l1), load_on_l3, "slot mains claims"),
    "MAX is not claimed": ((Limits, "claim", _claim_without(3)), lower_settings, "offers more than MAX"),
    "INST MAX is not claimed": ((Limits, "claim", _claim_without(2)), lower_settings, "than the installer"),
    "the cable is not claimed": ((Limits, "claim", _claim_without(1)), thin_cable, "than the cable"),
    "the minimum is forgotten": ((Limits, "_resolve", _resolve_without_minimum), high_minimum, "than the minimum"),
    "override does nothing": ((Limits, "claim", _claim_without(15)), overridden, "than the override"),
    "IN1 and IN2 do nothing": ((Limits, "claim", _claim_without(8)), shedding, "load-shedding"),
    "IN2 alone does nothing": ((site_inputs, "shed_ma", lambda level, full_ma: full_ma), shedding, "load-shedding"),
    "heat does nothing": ((Derating, "limit_ma", lambda *args: NO_LIMIT), hot, "than the temperature"),
    "the relay counts one phase": ((site_inputs, "grid_relay_ma", lambda *args: 18000), relay_opens, "the relay of"),
    "the relay knows no voltage": ((Readings, "highest_dv", lambda *args: 2000), relay_opens, "the relay of"),
    "silence is not noticed": ((MeterPoint, "miss", lambda *args: False), silent_mains, "reading of the mains"),
    "silence of the circuit": ((MeterPoint, "miss", lambda *args: False), silent_circuit, "reading of the circuit"),
    "C2 moves under load": ((Contactors, "step", _c2_under_load), stops_and_starts, "C2 moves"),
    "C2 is always closed": ((Contactors, "step", _always_three), changing_sun, "another number of phases"),
    "Auto changes at will": ((PhaseChoice, "may_change", lambda self: True), changing_sun, "twice in ten minutes"),
    "no delay after a lack": ((charger.Charger, "_count_delay", _early_after_lack), house_load, "lack of power"),
    "no delay after a stop": ((charger.Charger, "_count_delay", _early_after_lack), stops_and_starts, "after a stop"),
    "C1 repeats": ((contactors, "_REPEAT_MS", 1000), pausing_car, "closes twice"),
    "any export is enough": ((Sun, "update", _any_export), little_export, "less export than START"),
    "STOP 0 stops": ((Sun, "_watch_for_lack", _sun_stops_anyway), clouds_without_a_stop, "although STOP is 0"),
    "STOP is too short": ((Sun, "step", _impatient_sun), clouds_with_a_stop, "before STOP"),
    "mains are not guarded": ((Guard, "update", _nothing), house_load, "mains: L1|mains claims|no charging"),
    "mains are guarded late": ((Guard, "update", _slow_guard), house_load, "mains: L1"),
    "mains are guarded 1 A too high": ((guard, "_MARGIN_MA", -600), house_load, "mains: L1"),
    "the same without an EV meter": ((guard, "_MARGIN_MA", -600), house_load_unmetered, "mains: L1"),
    "a lack never stops": ((Guard, "_claim", _never_lacking), house_load, "mains: L1"),
    "the circuit is not guarded": ((MeterPoint, "reckon", _mains_only), circuit_load, "circuit: L2|no charging"),
    "CAPACITY is not guarded": ((CapacityGuard, "update", _nothing), capacity_is_exceeded, "than CAPACITY"),
    "CAP STOP never ends": ((CapacityGuard, "_bear", _patient_bear), capacity_leaves_nothing, "after CAP STOP"),
    "an ignoring car is let": ((Overdraw, "step", lambda *args: False), ignoring, "is not stopped"),
}  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rules_hold_without_a_defect(scenario):
    world = scenario()
    world.recover()


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_breaks_a_rule(name, monkeypatch):
    patch, scenario, words = DEFECTS[name]
    monkeypatch.setattr(*patch)
    with pytest.raises(AssertionError, match=words):
        scenario().recover()


def test_a_station_that_never_charges_again_is_noticed(monkeypatch):
    world = charging()
    monkeypatch.setattr(phase_choice.PhaseChoice, "choose", _nothing)
    monkeypatch.setattr(Guard, "_claim", lambda self, phase, *args: self.claim_ma.__setitem__(phase, 0))
    with pytest.raises(AssertionError, match="no charging within"):
        world.recover()
