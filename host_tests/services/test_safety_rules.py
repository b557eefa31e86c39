"""Every safety rule fails when the firmware breaks it: one planted defect each."""

import pytest
from safety_rig import Rig

from evse.core import charger, lock, pilot
from evse.core import station as station_module
from evse.core.charger import Charger
from evse.core.contactors import Contactors
from evse.core.faults import Faults
from evse.core.lock import Lock
from evse.core.pilot import PilotReader
from evse.core.station import Station


def unplug(rig):
    rig.charge()
    rig.run(3000)
    rig.set(car_pilot="A")
    rig.run(1000)


def level_unclear(rig):
    rig.charge()
    rig.set(car_pilot="E")
    rig.run(10_000)


def stop_ignored(rig):
    rig.charge(car_follows=False)
    rig.request(["stop"])
    rig.run(30_000)


def ventilation(rig):
    rig.charge()
    rig.set(car_pilot="D")
    rig.run(10_000)


def access_off(rig):
    rig.charge(car_follows=False)
    rig.request(["access", "off"])
    rig.run(20_000)


def plug_in_without_diode(rig):
    rig.charge()
    rig.set(car_pilot="A")
    rig.run(10_000)
    rig.set(car_diode=False)
    rig.plug_in()
    rig.run(10_000)


def diode_lost(rig):
    rig.charge()
    rig.set(car_diode=False)
    rig.run(2000)


def residual_current(rig):
    rig.simulation.set_settings({"RCMON": "Enabled"})
    rig.charge()
    rig.set(rcm=True)
    rig.run(1000)


def residual_test(rig):
    rig.simulation.set_settings({"RCMON": "Enabled"})
    unplug(rig)
    rig.set(rcm_fault="never_trips")
    rig.plug_in()
    rig.run(20_000)


def lock_jams(rig):
    rig.simulation.set_settings({"LOCK": "Solenoid"})
    rig.run(3000)
    rig.set(lock_fault="jammed")
    rig.plug_in()
    rig.run(5000)


def lock_is_late(rig):
    rig.set(lock_fault="jammed")
    rig.charge()
    rig.simulation.set_settings({"LOCK": "Solenoid"})
    rig.run(40_000)


def c1_welded(rig):
    rig.simulation.set_settings({"LOCK": "Motor"})
    rig.run(3000)
    rig.charge()
    rig.set(c1_fault="welded")
    rig.run(3000)
    rig.set(car_pilot="A")
    rig.run(10_000)


def slow_contactor(rig):
    rig.set(c1_delay_ms=200)
    unplug(rig)


def phases_change(rig):
    rig.charge()
    rig.simulation.set_settings({"CONTACT 2": "Always Off"})
    rig.run(1000)


def max_setting(rig):
    rig.simulation.set_settings({"MAX": 10})
    rig.charge()


def installer_maximum(rig):
    rig.simulation.set_settings({"MAX": 20, "INST MAX": 10})
    rig.charge()


def claim_on_l3(rig):
    rig.charge()
    rig.app.station.limits.claim_phases(station_module.lim.GRID_RELAY, 20_000, 20_000, 7000)
    rig.run(100)


def power_cut(rig):
    rig.charge()
    rig.set(power=False)
    rig.run(100)


def charge_again(rig):
    rig.charge()
    rig.set(rcm=True)
    rig.run(1000)
    rig.recover()


def _b1_that_keeps_closed(self):
    self.state = charger.s.B1


def _open_together(self, dt_ms):
    for contact in (self.c1, self.c2):
        if contact.command:
            contact.set(False)


def _drop_c2_under_load(self, close, three_phase, dt_ms, original=Contactors.step):
    original(self, close, three_phase, dt_ms)
    if close and self.c1.command and self.c2.command and self._since_close_ms >= 500:
        self.c2.set(False)


def _always_proven(self, inputs):
    self.diode_ok = True


def _late_faults(self, inputs, dt_ms, original=Station._report_faults):
    tripped = inputs.residual_current
    self.tripped_ms = getattr(self, "tripped_ms", 0) + dt_ms if tripped else 0
    inputs.residual_current = tripped and self.tripped_ms > 60
    original(self, inputs, dt_ms)


def _no_test(self):
    return False


def _test_that_never_fails(self, tripped, dt_ms, original=Station._step_test):
    if original(self, tripped, dt_ms):
        self._test = station_module._TESTED
    return False


def _test_that_goes_on(self, now, inputs, outputs, original=Station.step):
    original(self, now, inputs, outputs)
    outputs.test = outputs.test or outputs.c1


def _no_access_check(self, active, original=Charger._step_c):
    access, self.access = self.access, charger.s.ACCESS_ON
    original(self, active)
    self.access = access


def _unknown_state(self, level, original=Charger._enter_c):
    original(self, level)
    self.state = 99


def _unknown_fault(self, index, present, uptime_s):
    self.active |= 1 << 25


def _deaf_below_6_v(self, inputs, original=PilotReader.step):
    if inputs.pilot_high_max_mv < 0 or inputs.pilot_high_max_mv > 2400:
        original(self, inputs)


OFFER = pilot.duty_permille
# what breaks: (object, name, replacement), scenario, words of the rule
DEFECTS = {
    "stop is believed late": ((pilot, "_OFF_VOTES", 4), unplug, "for two steps"),
    "short is not seen": ((PilotReader, "step", _deaf_below_6_v), level_unclear, "last asked for power"),
    "stop takes long": ((charger, "STOP_TIMEOUT_MS", 8000), stop_ignored, "ordered stop"),
    "ventilation goes on": ((charger, "VENTILATION_TIMEOUT_MS", 5000), ventilation, "ordered stop"),
    "closed without asking": ((Charger, "_enter_b1", _b1_that_keeps_closed), stop_ignored, "not charging"),
    "access means nothing": ((Charger, "_step_c", _no_access_check), access_off, "access"),
    "diode is believed": ((PilotReader, "_check_diode", _always_proven), plug_in_without_diode, "without a proof"),
    "diode is not watched": ((pilot, "_DIODE_MISSING", 1000000), diode_lost, "closed without a diode"),
    "faults do not open": ((Charger, "_emergency", lambda self, active: None), residual_current, "closed with fault"),
    "residual current waits": ((Station, "_report_faults", _late_faults), residual_current, "residual current"),
    "no residual test": ((Station, "_needs_test", _no_test), residual_test, "without a test"),
    "residual test is believed": ((Station, "_step_test", _test_that_never_fails), residual_test, "without a test"),
    "residual test goes on": ((Station, "step", _test_that_goes_on), residual_test, "tested while"),
    "lock is believed": ((Lock, "proven_locked", lambda self: True), lock_jams, "closes with an unlocked"),
    "jam goes on": ((lock, "_TRIES_UNTIL_FAULT", 30), lock_is_late, "closed with an unlocked"),
    "lock opens early": ((Contactors, "proven_open", lambda self: True), c1_welded, "lock opens"),
    "C2 opens with C1": ((Contactors, "_open", _open_together), slow_contactor, "C2 switches while C1"),
    "C2 switches under load": ((Contactors, "step", _drop_c2_under_load), unplug, "C2 switches while C1"),
    "offer above MAX": ((charger, "duty_permille", lambda ma: OFFER(ma) + 9), max_setting, "offers more than MAX"),
    "offer above INST MAX": ((charger, "duty_permille", lambda ma: OFFER(ma) + 9), installer_maximum, "installer"),
    "unknown state": ((Charger, "_enter_c", _unknown_state), unplug, "unknown state"),
    "unknown fault": ((Faults, "report", _unknown_fault), unplug, "unknown fault"),
    "reset does nothing": ((Faults, "reset", lambda self: None), c1_welded, ""),
}  # fmt: skip


@pytest.mark.parametrize(
    "scenario",
    [
        unplug, level_unclear, stop_ignored, ventilation, access_off, plug_in_without_diode, diode_lost,
        residual_current, residual_test, lock_jams, lock_is_late, c1_welded, slow_contactor, phases_change,
        max_setting, installer_maximum, claim_on_l3, power_cut, charge_again,
    ],
)  # fmt: skip
def test_rules_hold_without_a_defect(scenario):
    rig = Rig()
    scenario(rig)
    rig.recover()


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_breaks_a_rule(name, monkeypatch):
    patch, scenario, words = DEFECTS[name]
    monkeypatch.setattr(*patch)
    with pytest.raises(AssertionError, match=words or "no charging within"):
        rig = Rig()
        scenario(rig)
        rig.recover()


def test_claims_of_every_used_phase_count(monkeypatch):
    def resolve(self):
        self.lowest_ma = self.limit_ma = min(self._l1)
        self._dirty = False

    monkeypatch.setattr(station_module.lim.Limits, "_resolve", resolve)
    with pytest.raises(AssertionError, match="slot grid_relay claims"):
        claim_on_l3(Rig())


def test_station_without_power_has_open_contactors(monkeypatch):
    rig = Rig()
    rig.charge()
    monkeypatch.setattr(rig.board, "safe_state", lambda: None)
    with pytest.raises(AssertionError, match="without power"):
        rig.set(power=False)
        rig.run(20)
