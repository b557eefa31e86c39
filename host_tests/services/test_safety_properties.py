"""Random cars, cables, users, faults, settings and claims against the station: the safety rules always hold."""

import time

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from safety_rig import Rig

from evse.core import limits
from evse.core.errors import FieldError, Refused
from simworld import world_table

EXAMPLES = 80
RULES_PER_EXAMPLE = 40
LEAST_STEPS = 200_000

# The limits that services write; the others belong to the station itself.
CLAIMED_SLOTS = range(limits.CIRCUIT, limits.COUNT)
DURATIONS_MS = st.one_of(
    st.sampled_from([10, 20, 30]),
    st.integers(1, 60).map(lambda steps: steps * 10),
    st.integers(50, 600).map(lambda steps: steps * 10),
    st.integers(500, 2000).map(lambda steps: steps * 10),
)
SETTINGS = {
    "MAX": st.integers(6, 80),
    "INST MAX": st.integers(12, 80),
    "STAT MIN": st.integers(6, 12),
    "CONFIG": st.sampled_from(["Socket", "Socket", "Fixed"]),
    "LOCK": st.sampled_from(["Disabled", "Solenoid", "Motor"]),
    "CONTACT 2": st.sampled_from(["Not present", "Always Off", "Always On", "Solar Off", "Auto"]),
    "RCMON": st.sampled_from(["Disabled", "Enabled"]),
    "MAX TEMP": st.integers(40, 75),
    "EV METER": st.sampled_from(["Disabled", "Disabled", "Eastron3P"]),
    "SWITCH": st.sampled_from(["Disabled", "Access B", "Access S", "Sma-Sol B", "Grid Relay", "Custom S"]),
    "FIX LOCK": st.sampled_from(["Disabled", "Enabled"]),
}
# What regulates the current, changed at any moment.
HOUSES = st.sampled_from(
    [
        {"MODE": "Normal", "MAINS MET": "Disabled"},
        {"MODE": "Normal", "MAINS MET": "Eastron3P"},
        {"MODE": "Smart", "MAINS MET": "Eastron3P", "MAINS": 25},
        {"MODE": "Solar", "MAINS MET": "Eastron3P", "MAINS": 25},
    ]
)
REQUESTS = st.sampled_from(
    [
        ["stop"],
        ["access", "on"],
        ["access", "off"],
        ["access", "pause"],
        ["reset_fault"],
        ["unlock_cable"],
        ["restart"],
    ]
)


def world_values(name: str) -> st.SearchStrategy:
    """Return a strategy for the values of a world input."""
    row = world_table.find(name)
    if row.kind == world_table.BOOL:
        return st.booleans()
    if row.choices:
        nothing = [] if row.kind == world_table.CHOICE else [None]
        return st.sampled_from([*row.choices, *nothing])
    numbers = st.integers(*row.limits)
    return numbers if row.kind == world_table.INT else st.none() | numbers


def changes(*names: str) -> st.SearchStrategy:
    """Return a strategy for a change of one of some world inputs."""
    return st.sampled_from(names).flatmap(lambda name: st.fixed_dictionaries({name: world_values(name)}))


class Stations(RuleBasedStateMachine):
    """Whatever may happen to a station; the rig checks the rules after every control step."""

    total_steps = 0
    closed_steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig()

    @rule(duration_ms=DURATIONS_MS)
    def wait(self, duration_ms):
        self.rig.run(duration_ms)

    @rule(delay_ms=st.sampled_from([0, 100, 1000]), follows=st.booleans(), duration_ms=DURATIONS_MS)
    def plug_in(self, delay_ms, follows, duration_ms):
        self.rig.plug_in(car_delay_ms=delay_ms, car_follows=follows)
        self.rig.run(duration_ms)

    @precondition(lambda self: self.rig.board.world.values["power"])
    @rule()
    def charge_if_possible(self):
        self.rig.world({"car.noise_mv": 0, "car.diode": True, "cable.pp_mv": None, "cable.rating_a": 32})
        self.rig.request(["access", "on"])
        self.rig.plug_in(car_delay_ms=0, car_asleep=False, car_needs_wh=None, car_start_a=6)
        self.rig.run(3000)

    @rule(level=world_values("car.pilot"), duration_ms=DURATIONS_MS)
    def level(self, level, duration_ms):
        self.rig.set(car_pilot=level)
        self.rig.run(duration_ms)

    @rule(levels=st.lists(st.tuples(world_values("car.pilot"), st.integers(1, 50)), min_size=2, max_size=12))
    def bounce(self, levels):
        for level, steps in levels:
            self.rig.set(car_pilot=level)
            self.rig.run(steps * 10)

    @rule(
        change=changes(
            "car.auto", "car.diode", "car.phases", "car.max_a", "car.start_a", "car.follows", "car.asleep",
            "car.delay_ms",
        ),
        duration_ms=DURATIONS_MS,
    )  # fmt: skip
    def other_car(self, change, duration_ms):
        self.rig.world(change)
        self.rig.run(duration_ms)

    @rule(noise_mv=st.sampled_from([0, 50, 100, 150]), duration_ms=DURATIONS_MS)
    def noise(self, noise_mv, duration_ms):
        self.rig.set(car_noise_mv=noise_mv)
        self.rig.run(duration_ms)

    @rule(change=changes("cable.rating_a", "cable.pp_mv"), duration_ms=DURATIONS_MS)
    def other_cable(self, change, duration_ms):
        self.rig.world(change)
        self.rig.run(duration_ms)

    @rule(
        change=changes("rcm", "rcm.fault", "c1.fault", "c2.fault", "c1.delay_ms", "lock.fault", "meter.ev"),
        duration_ms=DURATIONS_MS,
    )
    def part_fails_or_heals(self, change, duration_ms):
        self.rig.world(change)
        self.rig.run(duration_ms)

    @rule(change=changes("temp_c", "mains.voltage_dv", "power"), duration_ms=DURATIONS_MS)
    def surroundings(self, change, duration_ms):
        self.rig.world(change)
        self.rig.run(duration_ms)

    @rule(pressed=st.booleans(), duration_ms=DURATIONS_MS)
    def switch(self, pressed, duration_ms):
        self.rig.set(switch=pressed)
        self.rig.run(duration_ms)

    @rule(request=REQUESTS, duration_ms=DURATIONS_MS)
    def request(self, request, duration_ms):
        try:
            self.rig.request(request)
        except Refused as error:
            assert error.field == "unlock_cable"
        self.rig.run(duration_ms)

    @rule(label=st.sampled_from(sorted(SETTINGS)), data=st.data(), duration_ms=DURATIONS_MS)
    def setting(self, label, data, duration_ms):
        try:
            self.rig.simulation.set_settings({label: data.draw(SETTINGS[label])})
        except FieldError as error:
            # The only one that depends on what is plugged in and on other settings.
            assert error.field == "FIX LOCK"
        self.rig.run(duration_ms)

    @rule(house=HOUSES, duration_ms=DURATIONS_MS)
    def house(self, house, duration_ms):
        self.rig.simulation.set_settings(house)
        self.rig.run(duration_ms)

    @rule(
        slot=st.sampled_from(CLAIMED_SLOTS),
        claims=st.lists(st.integers(-1000, 40_000), min_size=3, max_size=3),
        expiry_ms=st.just(-1) | st.integers(0, 20_000),
        after_ma=st.sampled_from([0, 8000, limits.NO_LIMIT]),
        duration_ms=DURATIONS_MS,
    )
    def claim(self, slot, claims, expiry_ms, after_ma, duration_ms):
        self.rig.app.station.limits.claim_phases(slot, claims[0], claims[1], claims[2], expiry_ms, after_ma)
        self.rig.run(duration_ms)

    @rule(slot=st.sampled_from(CLAIMED_SLOTS))
    def release(self, slot):
        self.rig.app.station.limits.release(slot)

    def teardown(self):
        if self.rig.rules.broken:
            return
        try:
            self.rig.recover()
        finally:
            Stations.total_steps += self.rig.steps
            Stations.closed_steps += self.rig.closed_steps


def test_rules_hold_whatever_happens():
    Stations.total_steps = Stations.closed_steps = 0
    begin = time.monotonic()
    run_state_machine_as_test(
        Stations,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=RULES_PER_EXAMPLE,
            deadline=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.large_base_example,
            ],
        ),
    )
    elapsed_s = time.monotonic() - begin
    print(
        f"{Stations.total_steps} control steps in {elapsed_s:.0f} s, {Stations.closed_steps} of them with C1 closed"
    )
    assert Stations.total_steps >= LEAST_STEPS
    assert Stations.closed_steps >= LEAST_STEPS // 10
