"""The SWITCH input: all eight functions, at the start, on each edge, held, and against a closed contactor."""

from bench_station import MV_6, MV_9, START_TICKS, Bench, config

from evse.core import states as s
from evse.core import ticks
from evse.core.errors import FieldError
from evse.services import requests
from evse.services.switch import Switch

DISABLED, ACCESS_B, ACCESS_S, SMA_SOL_B, SMA_SOL_S, GRID_RELAY, CUSTOM_B, CUSTOM_S = range(8)
PERIOD_MS = 50


class Settings:
    def __init__(self) -> None:
        self.values = {"Switch": DISABLED, "Mode": 0}

    def get(self, key: str) -> int:
        return self.values[key]


class Rig:
    """A switch of a station on the bench; it is both the app and the clock."""

    def __init__(self, function: int = DISABLED, closed: bool = False, mode: int = 0) -> None:
        self.bench = Bench(config(switch=function, mode=mode))
        self.station = self.bench.station
        self.settings = Settings()
        self.settings.values["Switch"] = function
        self.settings.values["Mode"] = mode
        self.bench.inputs.switch = closed
        self.refuse = ""
        self.asked = []
        self.starts_later = False
        self.switch = Switch(self, self)

    def ticks_ms(self) -> int:
        return ticks.add(START_TICKS, self.bench.now_ms)

    def request(self, words: list) -> bool:
        self.asked.append(words)
        if self.refuse:
            raise FieldError(words[0], self.refuse)
        return requests.carry_out(self.station, words)

    def change_settings(self, shown: dict) -> None:
        self.asked.append(shown)
        if self.refuse:
            raise FieldError("MODE", self.refuse)
        self.settings.values["Mode"] = ("Normal", "Smart", "Solar").index(shown["MODE"])

    def choose(self, function: int) -> None:
        self.settings.values["Switch"] = function
        self.run(PERIOD_MS)

    def run(self, duration_ms: int) -> None:
        for at_ms in range(0, duration_ms, 10):
            self.bench.step()
            if at_ms % PERIOD_MS == 0:
                self.switch.step(self.ticks_ms())

    def set(self, closed: bool, duration_ms: int = 300) -> None:
        self.bench.inputs.switch = closed
        self.run(duration_ms)

    def press(self, duration_ms: int = 300) -> None:
        self.set(True, duration_ms)
        self.set(False)

    @property
    def access(self) -> int:
        return self.station.charger.access


def started(function: int = DISABLED, closed: bool = False, mode: int = 0) -> Rig:
    rig = Rig(function, closed, mode)
    rig.run(1000)
    return rig


def charging(function: int) -> Rig:
    rig = started(function, function in (ACCESS_S, GRID_RELAY))
    rig.bench.run(6000)
    rig.bench.plug(MV_9)
    rig.bench.until_state(s.B, 1000)
    rig.bench.run(500)
    rig.bench.plug(MV_6)
    rig.bench.until(lambda bench: bench.c1.closed, 10000)
    rig.run(2000)
    assert rig.bench.state == s.C
    return rig


def test_nothing_happens_before_the_input_is_read():
    rig = Rig(ACCESS_S)
    rig.switch.step(rig.ticks_ms())
    assert rig.asked == []


def test_push_buttons_do_nothing_at_the_start_in_either_position():
    for function in (DISABLED, ACCESS_B, SMA_SOL_B, GRID_RELAY, CUSTOM_B):
        for closed in (False, True):
            rig = started(function, closed, 1)
            rig.run(3000)
            assert rig.asked == [] and not rig.switch.custom and rig.switch.uses == 0
            # Letting go of a button that was held at the start is no press either.
            rig.set(False)
            assert rig.asked == [] and not rig.switch.custom


def test_toggle_switches_count_at_the_start():
    for closed in (False, True):
        assert started(ACCESS_S, closed).access == (s.ACCESS_ON if closed else s.ACCESS_OFF)
        assert started(SMA_SOL_S, closed, 1).settings.get("Mode") == (1 if closed else 2)
        assert started(CUSTOM_S, closed).switch.custom == closed
        assert started(CUSTOM_S, closed).switch.uses == 0


def test_start_does_not_end_the_wait_for_a_chosen_time():
    rig = Rig(ACCESS_S, True)
    rig.starts_later = True
    rig.station.set_access(s.ACCESS_OFF)
    rig.run(1000)
    assert rig.access == s.ACCESS_OFF
    rig.set(False)
    rig.set(True)
    assert rig.access == s.ACCESS_ON
    rig = Rig(ACCESS_S, False)
    rig.starts_later = True
    rig.run(1000)
    assert rig.access == s.ACCESS_OFF


def test_function_chosen_later_counts_like_a_start():
    rig = started(DISABLED)
    rig.choose(ACCESS_S)
    assert rig.access == s.ACCESS_OFF
    rig.set(True)
    assert rig.access == s.ACCESS_ON
    rig.choose(CUSTOM_S)
    assert rig.switch.custom
    rig.choose(ACCESS_B)
    assert rig.access == s.ACCESS_ON
    rig.set(False)
    assert rig.access == s.ACCESS_ON


def test_disabled_stops_a_charge_and_nothing_else():
    rig = charging(DISABLED)
    rig.set(True, 200)
    assert rig.bench.state == s.C1 and rig.station.charger.charge_delay_ms > 14000
    assert rig.station.offered_ma() == 0
    for bench_state in (s.A, s.B):
        rig = started(DISABLED)
        rig.bench.run(6000)
        if bench_state == s.B:
            rig.bench.plug(MV_9)
            rig.bench.until_state(s.B, 1000)
        rig.press()
        assert rig.bench.state == bench_state and rig.station.charger.charge_delay_ms == 0


def test_access_button_toggles_once_for_each_press():
    rig = started(ACCESS_B)
    for access in (s.ACCESS_OFF, s.ACCESS_ON, s.ACCESS_OFF):
        rig.set(True, 3000)
        assert rig.access == access
        rig.set(False)
        assert rig.access == access
    rig.station.set_access(s.ACCESS_PAUSE)
    rig.press()
    assert rig.access == s.ACCESS_ON


def test_contact_that_bounces_is_one_press():
    rig = started(ACCESS_B)
    for _ in range(20):
        rig.set(True, 30)
        rig.set(False, 20)
    assert rig.access == s.ACCESS_ON
    rig.set(True, 300)
    rig.set(False, 60)
    rig.set(True, 300)
    assert rig.access == s.ACCESS_OFF and len(rig.asked) == 1


def test_shortest_press_that_counts():
    rig = started(ACCESS_B)
    rig.set(True, 100)
    rig.set(False)
    assert rig.access == s.ACCESS_ON
    rig.set(True, 120)
    rig.set(False)
    assert rig.access == s.ACCESS_OFF


def test_access_toggle_follows_and_others_may_change_between():
    rig = started(ACCESS_S, True)
    rig.set(False)
    assert rig.access == s.ACCESS_OFF
    rig.set(True)
    assert rig.access == s.ACCESS_ON
    rig.station.set_access(s.ACCESS_OFF)
    rig.run(5000)
    assert rig.access == s.ACCESS_OFF
    rig.set(False)
    assert rig.access == s.ACCESS_OFF


def test_access_by_switch_stops_the_car_before_the_contactor_opens():
    for function in (ACCESS_B, ACCESS_S):
        rig = charging(function)
        rig.set(function == ACCESS_B, 200)
        assert rig.access == s.ACCESS_OFF
        assert rig.bench.state == s.C1 and rig.bench.outputs.c1 and rig.station.offered_ma() == 0
        rig.bench.plug(MV_9)
        rig.bench.until(lambda bench: not bench.c1.closed, 1000)


def test_smart_solar_button():
    rig = started(SMA_SOL_B, mode=1)
    rig.press()
    assert rig.settings.get("Mode") == 2
    rig.press(1400)
    assert rig.settings.get("Mode") == 1
    # Held for longer it is no short press, and without a charge nothing at all.
    rig.press(2500)
    assert rig.settings.get("Mode") == 1


def test_smart_solar_button_needs_access_and_one_of_these_modes():
    rig = started(SMA_SOL_B, mode=1)
    for access in (s.ACCESS_OFF, s.ACCESS_PAUSE):
        rig.station.set_access(access)
        rig.press()
        assert rig.settings.get("Mode") == 1
    rig = started(SMA_SOL_B, mode=0)
    rig.press()
    assert rig.settings.get("Mode") == 0 and rig.asked == []


def test_smart_solar_button_held_stops_the_charge():
    rig = charging(SMA_SOL_B)
    rig.set(True, 1500)
    assert rig.bench.state == s.C
    rig.run(300)
    assert rig.bench.state == s.C1
    rig.set(False)
    assert rig.asked == []


def test_smart_solar_toggle_leaves_access_alone_and_survives_a_refusal():
    rig = started(SMA_SOL_S, True, 1)
    rig.station.set_access(s.ACCESS_OFF)
    rig.set(False)
    assert rig.settings.get("Mode") == 2 and rig.access == s.ACCESS_OFF
    rig.refuse = "Smart and Solar need a mains meter"
    rig.set(True)
    assert rig.settings.get("Mode") == 2
    rig.refuse = ""
    # Not tried again until it is used again.
    rig.run(1000)
    assert rig.settings.get("Mode") == 2
    rig.set(False)
    rig.set(True)
    assert rig.settings.get("Mode") == 1


def test_access_that_only_the_back_end_opens_stays_closed():
    rig = started(ACCESS_S)
    rig.refuse = "is opened by the back end only"
    rig.set(True)
    assert rig.access == s.ACCESS_OFF


def test_grid_relay_is_left_to_the_core():
    rig = started(GRID_RELAY, True)
    rig.set(False)
    rig.set(True)
    assert rig.asked == [] and rig.access == s.ACCESS_ON


def test_custom_button_and_switch_only_tell():
    rig = charging(CUSTOM_B)
    rig.press()
    assert rig.switch.custom
    rig.press()
    assert not rig.switch.custom
    rig.choose(CUSTOM_S)
    rig.set(True)
    assert rig.switch.custom
    rig.set(False)
    assert not rig.switch.custom
    assert rig.bench.state == s.C and rig.asked == []


def test_use_resets_the_residual_current_only_when_it_is_healthy():
    for function in range(8):
        rig = Rig(function, False)
        rig.bench.config.residual_current_monitor = True
        rig.station.configure(rig.bench.config)
        rig.run(1000)
        rig.bench.plug(MV_9)
        rig.run(1000)
        rig.bench.inputs.residual_current = True
        rig.run(100)
        rig.press()
        assert rig.bench.faults() == ["residual_current"]
        rig.bench.inputs.residual_current = False
        rig.run(3000)
        assert rig.bench.faults() == ["residual_current"]
        rig.press()
        assert rig.bench.faults() == (["residual_current"] if function == GRID_RELAY else []), function


def test_use_resets_no_other_fault():
    rig = started(CUSTOM_B)
    rig.bench.c1.welded = True
    rig.run(1000)
    assert rig.bench.faults() == ["c1_welded"]
    rig.bench.c1.welded = False
    rig.run(1000)
    rig.press()
    assert rig.bench.faults() == ["c1_welded"]


def test_no_function_closes_a_contactor_without_access():
    """Whatever is done to the input, a closed contactor means access, a car that asks and no fault that opens."""
    for function in range(8):
        rig = charging(function)
        seed = 7 + function
        for _ in range(200):
            seed = (seed * 1021 + 12345) & 0xFFFFF
            rig.set(bool(seed & 0x100), 10 + (seed >> 9) % 40 * 10)
            charger = rig.station.charger
            if rig.bench.outputs.c1:
                assert charger.state in (s.C, s.C1)
                assert charger.access == s.ACCESS_ON or charger.state == s.C1
        rig.bench.plug(MV_9)
        rig.run(200)
        assert not rig.bench.outputs.c1
        for _ in range(50):
            seed = (seed * 1021 + 12345) & 0xFFFFF
            rig.set(bool(seed & 0x100), 10 + (seed >> 9) % 40 * 10)
            assert not rig.bench.outputs.c1
