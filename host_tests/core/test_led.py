"""The light: what it says by priority, colours in both schemes, movement to the millisecond, writes only on change."""

from bench_station import MV_0, START_TICKS, charging, config, idle, in_b, in_c1, in_wake

from evse.core import faults as f
from evse.core import states as s
from evse.core import ticks
from evse.core.errors import FieldError
from evse.services import access_texts as tx
from evse.services import led

GREEN = 0x00FF00
BLUE = 0x0000FF
RED = 0xFF0000
YELLOW = 0xFFAA00
GREY = 0x808080
MAGENTA = 0xFF00FF
ORANGE = 0xC44000
DIM_GREEN = 0x002800


class Light:
    def __init__(self) -> None:
        self.rgb = -1
        self.writes = 0

    def set_rgb(self, red: int, green: int, blue: int) -> None:
        for part in (red, green, blue):
            assert type(part) is int and 0 <= part <= 255
        self.rgb = red << 16 | green << 8 | blue
        self.writes += 1


class Settings:
    def __init__(self) -> None:
        self.scheme = 0

    def get(self, key: str) -> int:
        assert key == "LedMode"
        return self.scheme


class Card:
    def __init__(self) -> None:
        self.led = tx.LED_NONE
        self.status_ms = 0


class Rig:
    """A light over the station of a bench; `at` lets time of the light alone pass."""

    def __init__(self, bench, scheme: int = 0) -> None:
        self.bench = bench
        self.light = Light()
        self.settings = Settings()
        self.settings.scheme = scheme
        self.custom = False
        self.access = None
        self.now = ticks.add(START_TICKS, bench.now_ms)
        self.led = led.Led(self.light, bench.station, self.settings, self, self, None)
        self.led.step(self.now)

    def after(self, ms: int) -> int:
        """Let so many ms pass; return what the light shows then."""
        self.now = ticks.add(self.now, ms)
        self.led.step(self.now)
        return self.light.rgb

    def card(self, kind: int) -> int:
        if self.access is None:
            self.access = Card()
        self.access.led = kind
        self.access.status_ms = self.now
        return self.after(0)


def test_what_both_schemes_say_of_each_state():
    for bench, standard, public in (
        (idle(), DIM_GREEN, DIM_GREEN),
        (in_b(), GREEN, BLUE),
        (in_wake(), GREEN, BLUE),
        (charging(), GREEN, BLUE),
    ):
        for scheme, wanted in ((0, standard), (led.PUBLIC, public)):
            rig = Rig(bench, scheme)
            assert rig.light.rgb == wanted, (bench.state, scheme, rig.light.rgb)
            assert rig.led.effect == {s.A: led.DIM, s.C: led.BREATHE}.get(bench.state, led.STEADY)


def test_colour_of_the_mode():
    for mode, color in ((0, GREEN), (1, GREEN), (2, YELLOW)):
        bench = in_b(config(mode=mode))
        assert Rig(bench).light.rgb == color
        assert Rig(bench, led.PUBLIC).light.rgb == BLUE
    # A dim light keeps its colour as far as whole steps go.
    assert Rig(idle(config(mode=2))).light.rgb == 0x281A00


def test_starting_is_magenta_until_the_pilot_is_read():
    from bench_station import Bench

    bench = Bench()
    rig = Rig(bench)
    assert rig.light.rgb == MAGENTA
    bench.run(600)
    assert rig.after(600) == DIM_GREEN


def test_access_off_is_dark_in_standard_only():
    bench = in_b()
    bench.station.set_access(s.ACCESS_OFF)
    bench.run(5000)
    assert Rig(bench).light.rgb == 0
    assert Rig(bench, led.PUBLIC).light.rgb == BLUE
    bench.station.set_access(s.ACCESS_PAUSE)
    assert Rig(bench).light.rgb == GREEN


def test_custom_button_colours_also_without_access():
    bench = in_b()
    rig = Rig(bench)
    rig.custom = True
    assert rig.after(10) == BLUE
    bench.station.set_access(s.ACCESS_OFF)
    bench.run(5000)
    assert rig.after(10) == BLUE and rig.led.effect == led.STEADY


def test_waiting_blinks_a_tenth_of_the_time():
    rig = Rig(in_c1())
    assert rig.led.effect == led.BLINK
    shown = [rig.light.rgb]
    for _ in range(2559):
        shown.append(rig.after(1))
    assert shown[:128] == [GREEN] * 128
    assert shown[128:1280] == [0] * 1152
    assert shown[1280:] == shown[:1280]
    assert rig.light.writes == 4


def test_fault_flashes_red_over_everything():
    for scheme in (0, led.PUBLIC):
        bench = in_b()
        rig = Rig(bench, scheme)
        bench.pilot_mv = MV_0
        bench.run(1000)
        assert bench.faults() == ["pilot_short"]
        bench.station.set_access(s.ACCESS_OFF)
        rig.custom = True
        rig.led.backend = led.RESERVED
        rig.card(tx.LED_ACCEPTED)
        shown = [rig.after(1) for _ in range(1280)]
        assert shown.count(RED) == 640 and shown.count(0) == 640
        # 10 flashes in 1.28 s are 7.8 Hz.
        edges = [now for now in range(1, 1280) if shown[now] and not shown[now - 1]]
        assert len(edges) == 10


def test_every_fault_that_stops_is_red_and_waiting_for_power_is_not():
    for index in range(f.COUNT):
        bench = idle()
        bench.station.faults.report(index, True, 0)
        rig = Rig(bench)
        is_red = index not in (f.NO_POWER, f.STORAGE)
        assert (rig.led.effect == led.FLASH) == is_red, index


def test_breathing_is_smooth_and_begins_full():
    for mode, period_ms in ((0, 1280), (1, 1280), (2, 2560)):
        rig = Rig(charging(config(mode=mode)))
        levels = [rig.light.rgb >> 8 & 0xFF]
        for _ in range(2 * period_ms - 1):
            levels.append(rig.after(1) >> 8 & 0xFF)
        full = 255 if mode < 2 else 170
        assert levels[0] == full and min(levels) == 0 and max(levels) == full
        assert levels[period_ms // 2] == 0
        assert levels[:period_ms] == levels[period_ms:]
        assert max([abs(levels[at] - levels[at - 1]) for at in range(1, period_ms)]) <= 3
        falling = levels[: period_ms // 2]
        assert falling == sorted(falling)[::-1]


def test_breathing_in_the_public_scheme_does_not_know_the_mode():
    rig = Rig(charging(config(mode=2)), led.PUBLIC)
    levels = [rig.after(1) for _ in range(2560)]
    assert levels[:1280] == levels[1280:] and BLUE in levels


def test_card_messages_last_as_long_as_each_does():
    for kind, color, lasts_ms in (
        (tx.LED_READ, GREY, 200),
        (tx.LED_ACCEPTED, GREEN, 1000),
        (tx.LED_REJECTED, RED, 2000),
        (tx.LED_TIMEOUT, RED, 300),
    ):
        for scheme in (0, led.PUBLIC):
            rig = Rig(idle(), scheme)
            assert rig.card(kind) == color
            assert rig.led.next_due_ms(rig.now) == lasts_ms
            assert rig.after(lasts_ms - 1) == color
            assert rig.after(1) == DIM_GREEN
            assert rig.led.next_due_ms(rig.now) == -1
            # The message of the display lasts longer than the light.
            assert rig.after(500) == DIM_GREEN
            # The same card again, while the display still shows the first.
            assert rig.card(kind) == color


def test_a_read_card_gives_way_to_its_answer():
    rig = Rig(idle())
    assert rig.card(tx.LED_READ) == GREY
    rig.now = ticks.add(rig.now, 50)
    assert rig.card(tx.LED_REJECTED) == RED
    assert rig.after(1999) == RED
    assert rig.after(1) == DIM_GREEN


def test_back_end_in_the_public_scheme():
    bench = idle()
    for backend, color in ((led.RESERVED, ORANGE), (led.UNAVAILABLE, RED)):
        rig = Rig(bench, led.PUBLIC)
        rig.led.backend = backend
        assert rig.after(10) == color and rig.led.effect == led.STEADY
        rig = Rig(bench)
        rig.led.backend = backend
        assert rig.after(10) == DIM_GREEN


def test_colours_can_be_set_until_the_restart():
    rig = Rig(in_b())
    rig.led.set_color("normal", 1, 2, 3)
    assert rig.after(10) == 0x010203 == rig.led.color("normal")
    assert rig.led.color("smart") == GREEN and rig.led.color("solar") == YELLOW and rig.led.color("off") == 0
    wrong: tuple = (("normal", 256, 0, 0), ("normal", -1, 0, 0), ("normal", "1", 0, 0), ("grey", 1, 1, 1))
    for values in wrong:
        try:
            rig.led.set_color(*values)
        except FieldError:
            continue
        raise AssertionError(values)
    assert rig.led.color("normal") == 0x010203


def test_writes_only_what_changed():
    rig = Rig(idle())
    for _ in range(1000):
        rig.after(10)
    assert rig.light.writes == 1


def test_frame_ms_meets_every_edge():
    """Stepping only when `frame_ms` says so misses no change by more than a frame of breathing."""
    for bench, scheme in ((in_c1(), 0), (idle(), 0), (charging(), led.PUBLIC)):
        fine = Rig(bench, scheme)
        coarse = Rig(bench, scheme)
        next_ms = coarse.led.frame_ms(coarse.now)
        for now_ms in range(1, 4000):
            fine.after(1)
            if now_ms >= next_ms:
                coarse.now = fine.now
                coarse.led.step(fine.now)
                wait_ms = coarse.led.frame_ms(fine.now)
                assert 0 < wait_ms <= 100
                next_ms = now_ms + wait_ms
            if fine.led.effect != led.BREATHE:
                assert fine.light.rgb == coarse.light.rgb, now_ms


def test_runs_over_the_wrap_of_the_ticks():
    rig = Rig(charging())
    for _ in range(20):
        rig.after(ticks.PERIOD // 4)
        assert 0 <= rig.light.rgb <= 0xFFFFFF
    shown = [rig.after(1) for _ in range(1280)]
    assert GREEN in shown and 0 in shown


def test_without_a_light():
    bench = idle()
    lamp = led.Led(None, bench.station, Settings(), Rig(bench), Rig(bench), None)
    lamp.step(START_TICKS)
    assert lamp.rgb == DIM_GREEN
