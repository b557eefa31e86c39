"""`next_ms` is the truth under regulation, too: leaving out the quiet steps changes no output and no time.

Each script is carried out twice, with every control step and with jumps, in Smart and Solar mode with
meters, the sun, timers, silent meters, a home battery, inputs, heat and Auto.
"""

from bench_station import MV_6, MV_9, UNPLUGGED, Bench, config

from evse.core import capacity as cap
from evse.core import faults as f
from evse.core import phase_choice as ph
from evse.core import states as s
from evse.core.io import LOCK_IDLE

# Long enough to be quick on every interpreter; contacts that bounce need the firmware's own step.
STEP_MS = 50
SHORT_STEP_MS = 10


class Site(Bench):
    """A bench with a car that follows at once, and meters that are read every `meter_ms`."""

    def __init__(self, settings) -> None:
        Bench.__init__(self, settings)
        self.house_ma = [1000, 1000, 1000]
        self.beside_ma = 1000
        self.plugged = False
        self.asks = True
        # A car that draws this whatever it is offered.
        self.stubborn_ma = 0
        self.meter_ms = 1000
        self.mains_ok = True
        self.ev_ms = 0
        self.circuit_ok = True
        self.battery_ma = None
        self.voltage_dv = 2300
        self.inputs.temp_mc = 25000
        self.inputs.switch = True
        self.next_ms = 5000
        self.ev_at_ms = -1

    def drawn_ma(self, phase: int) -> int:
        closed = self.c1.closed and (phase == 0 or self.c2.closed)
        offer_ma = self.stubborn_ma or self.station.offered_ma()
        return offer_ma if closed and self.pilot_mv == MV_6 else 0

    def react(self) -> None:
        """Let the car answer the offer that stands before this step."""
        if not self.plugged:
            self.pilot_mv = UNPLUGGED
        elif self.stubborn_ma and self.pilot_mv == MV_6:
            return
        elif self.asks and self.station.offered_ma() >= 6000:
            self.pilot_mv = MV_6
        elif self.pilot_mv == UNPLUGGED or self.station.offered_ma() == 0 or not self.asks:
            self.pilot_mv = MV_9

    def read(self) -> None:
        """Tell the readings that are due now."""
        station = self.station
        drawn_ma = (self.drawn_ma(0), self.drawn_ma(1), self.drawn_ma(2))
        if 0 <= self.ev_at_ms <= self.now_ms:
            self.ev_at_ms = -1
            station.meter_voltage(self.voltage_dv, self.voltage_dv, self.voltage_dv)
            station.meter_currents(drawn_ma[0], drawn_ma[1], drawn_ma[2], 0)
        if self.now_ms < self.next_ms:
            return
        self.next_ms += self.meter_ms
        if self.mains_ok:
            house_ma = self.house_ma
            station.mains_voltage(self.voltage_dv, self.voltage_dv, self.voltage_dv)
            station.mains_reading(
                house_ma[0] + drawn_ma[0], house_ma[1] + drawn_ma[1], house_ma[2] + drawn_ma[2]
            )
        if self.ev_ms:
            self.ev_at_ms = self.now_ms + self.ev_ms
        if self.circuit_ok and self.config.circuit_meter:
            beside_ma = self.beside_ma
            station.circuit_reading(beside_ma + drawn_ma[0], beside_ma + drawn_ma[1], beside_ma + drawn_ma[2])
        if self.battery_ma is not None:
            station.battery_reading(self.battery_ma)

    def due_ms(self) -> int:
        """Return when the next reading is told."""
        return self.next_ms if self.ev_at_ms < 0 else min(self.next_ms, self.ev_at_ms)

    def moving(self) -> bool:
        """Say whether a part of the bench is on its way, or the car has something to answer."""
        if self.c1.closed != self.outputs.c1 or self.c2.closed != self.outputs.c2:
            return True
        before = self.pilot_mv
        self.react()
        moved = self.pilot_mv != before
        self.pilot_mv = before
        return moved or self.outputs.lock != LOCK_IDLE


def snapshot(site: Site) -> tuple:
    outputs = site.outputs
    station = site.station
    regulation = station.regulation
    return (
        site.state,
        outputs.pilot_permille,
        outputs.pilot_connected,
        outputs.c1,
        outputs.c2,
        station.faults.active,
        station.limits.limit_ma,
        station.limits.winner,
        station.phases,
        (site.delay_ms + 999) // 1000,
        (regulation.solar_stop_ms() + 999) // 1000,
        (regulation.capacity_stop_ms() + 999) // 1000,
        regulation.corrected_sum_ma(),
    )


def trace(settings: dict, script: list, until_ms: int, jump: bool, step_ms: int) -> tuple:
    """Carry out a script of (time in ms, change); return every change of what is shown, and how many steps it took."""
    site = Site(config(**settings))
    found = []
    seen = None
    place = 0
    steps = 0
    dt_ms = step_ms
    now_ms = 0
    while now_ms < until_ms:
        while place < len(script) and script[place][0] <= now_ms:
            script[place][1](site)
            place += 1
        site.react()
        site.step(dt_ms)
        steps += 1
        assert site.now_ms == now_ms
        shown = snapshot(site)
        if shown != seen:
            found.append((now_ms, shown))
            seen = shown
        site.read()
        dt_ms = step_ms
        if jump and not site.moving():
            left_ms = min(site.station.next_ms(), site.due_ms() - now_ms)
            if place < len(script):
                left_ms = min(left_ms, script[place][0] - now_ms)
            # The step that may see something new is an ordinary one again, so that it counts as much as the others.
            dt_ms = max(step_ms, (left_ms + step_ms - 1) // step_ms * step_ms - step_ms)
        now_ms += dt_ms
    return found, steps


def check(settings: dict, script: list, until_ms: int, step_ms: int = STEP_MS) -> list:
    every, steps = trace(settings, script, until_ms, False, step_ms)
    jumped, fewer = trace(settings, script, until_ms, True, step_ms)
    for index in range(min(len(every), len(jumped))):
        assert jumped[index] == every[index], "steps: %s, jumps: %s" % (every[index], jumped[index])
    assert len(jumped) == len(every)
    # Else nothing was left out, and nothing was proven.
    assert fewer < steps * 3 // 4, (fewer, steps)
    return every


def smart(**values) -> dict:
    settings = {"mode": ph.SMART, "mains_meter": True, "max_ma": 16000}
    settings.update(values)
    return settings


def solar(**values) -> dict:
    return smart(mode=ph.SOLAR, **values)


def put(**values):
    def change(site):
        for name in values:
            assert hasattr(site, name)
            setattr(site, name, values[name])

    return change


def house(l1_ma: int, l2_ma: int, l3_ma: int):
    return put(house_ma=[l1_ma, l2_ma, l3_ma])


def see(**values):
    def change(site):
        for name in values:
            assert hasattr(site.inputs, name)
            setattr(site.inputs, name, values[name])

    return change


def settle(**values):
    def change(site):
        site.config = config(**values)
        site.station.configure(site.config)

    return change


def override(current_ma: int):
    return lambda site: site.station.set_override(current_ma)


PLUG_MS = 8000
PLUG = (PLUG_MS, put(plugged=True))
# So that timers which begin with a reading end between two seconds.
ODD = (0, put(next_ms=5430, meter_ms=1370, ev_ms=20))


def states(found: list) -> list:
    return [shown[0] for _, shown in found]


def test_smart_follows_the_house():
    script = [PLUG, (20000, house(14000, 2000, 0)), (40000, house(23000, 0, 0)), (60000, house(1000, 0, 0))]
    for ev_ms in (0, 20, 350):
        found = check(smart(), [(0, put(ev_ms=ev_ms))] + script, 200000)
        assert s.C1 in states(found)
        assert found[-1][1][0] == s.C


def test_slow_meters():
    script = [PLUG, (30000, house(14000, 2000, 0)), (60000, house(1000, 0, 0))]
    for ev_ms in (0, 700):
        check(smart(), [(0, put(meter_ms=9990, ev_ms=ev_ms))] + script, 120000)


def test_silent_meters():
    script = [
        PLUG, (20000, put(mains_ok=False)), (45000, put(mains_ok=True)), (130000, put(circuit_ok=False)),
        (170000, put(circuit_ok=True)),
    ]  # fmt: skip
    found = check(smart(circuit_meter=True), script, 200000)
    faults = [shown[5] for _, shown in found]
    assert 1 << f.MAINS_METER_SILENT in faults and 1 << f.CIRCUIT_METER_SILENT in faults
    assert found[-1][1][0] == s.C
    check(smart(circuit_meter=True, mains_silent_ms=60000), script, 200000)


def test_the_sun_with_its_timer():
    script = [PLUG, (5000, house(-9000, -9000, -9000)), (110000, house(2000, 2000, 2000))]
    for ev_ms in (0, 20):
        found = check(solar(stop_ms=60000), [ODD, (0, put(ev_ms=ev_ms))] + script, 260000)
        assert s.C1 in states(found)
        assert [1 for _, shown in found if shown[10] == 59]


def test_settings_while_the_timers_run():
    short = solar(stop_ms=30000, start_ma=10000, import_ma=2000)
    script = [
        PLUG,
        (5000, house(-9000, -9000, -9000)),
        (110000, house(2000, 2000, 2000)),
        (150010, settle(**short)),
    ]
    check(solar(stop_ms=600000), script, 240000)
    script[-1] = (150010, settle(**smart()))
    check(solar(stop_ms=600000), script, 240000)
    script[-1] = (150010, settle(mode=ph.NORMAL))
    check(solar(stop_ms=600000), script, 240000)


def test_the_battery_expires():
    script = [
        PLUG, (6000, house(-1000, -1000, -1000)), (6000, put(battery_ma=-9000)), (40000, put(battery_ma=20000)),
        (70000, put(battery_ma=None)), (90000, put(mains_ok=False)),
    ]  # fmt: skip
    check(solar(), script, 160000)


def test_the_capacity_timer():
    settings = smart(capacity_mode=cap.FIXED, capacity_ma=30000, capacity_stop_ms=60000, mains_ma=40000)
    script = [PLUG, (20000, house(20000, 0, 0)), (110000, house(1000, 0, 0))]
    found = check(settings, [ODD] + script, 220000)
    assert [1 for _, shown in found if shown[11] == 59]
    assert s.C1 in states(found)


def test_auto_waits_its_ten_minutes():
    script = [PLUG, (5000, house(-9000, -9000, -9000)), (100000, house(-3000, -3000, -3000))]
    script += [(450000, house(-10000, -10000, -10000)), (1050000, house(-3000, -3000, -3000))]
    found = check(solar(contact2=ph.AUTO), [(0, put(meter_ms=2000, ev_ms=30))] + script, 1200000)
    assert len({shown[8] for _, shown in found}) == 2


def test_the_inputs():
    script = [
        PLUG,
        (20000, see(in1=True)),
        (24010, see(in2=True)),
        (26000, see(in1=False)),
        (30030, see(in2=False)),
    ]
    # Contacts that bounce, and what is too short to count.
    for index in range(8):
        script.append((100000 + 90 * index, see(in1=index % 2 == 0)))
    script += [
        (110000, see(in1=True)),
        (110050, see(in1=False)),
        (112000, see(in2=True)),
        (112150, see(in2=False)),
    ]
    for mode in (ph.NORMAL, ph.SMART):
        found = check(smart(mode=mode), script, 120000, SHORT_STEP_MS)
        assert s.C1 in states(found)


def test_the_relay_of_the_grid_operator():
    script = [
        PLUG, (20000, see(switch=False)), (40000, put(voltage_dv=2400)), (41000, see(switch=True)),
        (41060, see(switch=False)), (100000, see(switch=True)),
    ]  # fmt: skip
    for mode in (ph.NORMAL, ph.SMART):
        for ev_ms in (0, 20):
            check(smart(mode=mode, switch=5), [(0, put(ev_ms=ev_ms))] + script, 240000)


def test_derating():
    script: list = [PLUG]
    for index in range(12):
        script.append((20000 + 3333 * index, see(temp_mc=57000 + 800 * index)))
    script += [(70000, see(temp_mc=60000)), (80000, see(temp_mc=54000))]
    check(smart(), script, 180000)


def test_override_and_minimum():
    script = [
        PLUG, (20000, override(10000)), (30000, settle(**smart(minimum_ma=11000))), (50000, override(0)),
        (120000, settle(**solar())), (130000, override(8000)),
    ]  # fmt: skip
    check(smart(), script, 150000)


def test_a_car_that_draws_what_it_wants():
    script = [PLUG, (20005, put(stubborn_ma=16000)), (21113, override(9000))]
    for mode in (ph.NORMAL, ph.SMART):
        found = check(smart(mode=mode), [ODD] + script, 60000)
        assert [1 for _, shown in found if shown[5] & 1 << f.OVERCURRENT]
    # Without a lower offer before, an excess has to last.
    found = check(smart(mode=ph.NORMAL, max_ma=10000), [ODD] + script[:2], 60000)
    assert [1 for _, shown in found if shown[5] & 1 << f.OVERCURRENT]


def test_three_phases_are_used_again_when_auto_may():
    """Little sun chooses one phase; Normal mode wants three, ten minutes after that change."""
    script = [ODD, (5000, house(-3000, -3000, -3000)), (20000, settle(contact2=ph.AUTO))]
    # Without readings nothing else makes a step at that moment.
    script.append((20000, put(mains_ok=False, ev_ms=0)))
    found = check(solar(contact2=ph.AUTO), script, 620000)
    assert [shown[8] for _, shown in found][-1] == 3
    assert [1 for _, shown in found if shown[8] == 1]


def test_random_scripts():
    """Long scripts of changes at odd times; the same on every interpreter."""
    changes = [house(l1_ma, 2000, l1_ma // 2) for l1_ma in (1000, 8000, 14000, 21000, -9000, -12000)]
    changes += [put(plugged=True), put(plugged=True), put(plugged=False), put(asks=False), put(asks=True)]
    changes += [put(mains_ok=False), put(mains_ok=True), put(battery_ma=9000), put(battery_ma=None)]
    changes += [put(ev_ms=ms) for ms in (0, 20, 350, 600)] + [put(meter_ms=ms) for ms in (1000, 2000, 4990)]
    changes += [see(in1=True), see(in1=False), see(switch=False), see(switch=True), see(temp_mc=62000)]
    changes += [see(temp_mc=25000), put(voltage_dv=2400), put(voltage_dv=2250), override(9000), override(0)]
    both = {"circuit_meter": True, "switch": 5, "stop_ms": 60000, "contact2": ph.AUTO}
    changes += [
        settle(**smart(**both)),
        settle(**solar(**both)),
        settle(**solar(stop_ms=30000)),
        settle(mode=0),
    ]
    state = 7
    for _ in range(4):
        script: list = [PLUG]
        at_ms = 12000
        for _ in range(30):
            state = (state * 1021 + 12345) & 0xFFFFF
            at_ms += (state >> 4) % 9000
            state = (state * 1021 + 12345) & 0xFFFFF
            script.append((at_ms, changes[(state >> 4) % len(changes)]))
        check(smart(**both), script, at_ms + 20000)
