"""`next_ms` is the truth: a run that jumps over the quiet times gives the same outputs at the same times.

Each script is carried out twice, with a control step every 10 ms and with jumps.
"""

from bench_station import MV_0, MV_3, MV_6, MV_9, MV_N12, PP_32A_MV, PP_OPEN_MV, UNPLUGGED, Bench, config

from evse.core import limits as lim
from evse.core import lock
from evse.core import states as s
from evse.core.io import LOCK_IDLE

STEP_MS = 10


def pilot(mv):
    return lambda bench: bench.quiet(mv)


def access(value):
    return lambda bench: bench.station.set_access(value)


def claim(slot, ma, expiry_ms=-1, after_ma=lim.NO_LIMIT):
    return lambda bench: bench.station.limits.claim(slot, ma, expiry_ms, after_ma)


def attribute(name, value):
    return lambda bench: setattr(bench, name, value)


def contact(name, attribute, value):
    return lambda bench: setattr(getattr(bench, name), attribute, value)


def temperature(temp_c):
    return lambda bench: setattr(bench.inputs, "temp_mc", temp_c * 1000)


def settings(**values):
    def change(bench):
        bench.config = config(**values)
        bench.station.configure(bench.config)

    return change


def stop(bench):
    bench.station.stop()


def unlock(bench):
    bench.station.unlock_cable()


def currents(ma):
    return lambda bench: bench.station.meter_currents(ma, ma, ma, 0)


def moving(bench):
    """Say whether a part of the bench is on its way."""
    for part, command in ((bench.c1, bench.outputs.c1), (bench.c2, bench.outputs.c2)):
        if part.closed != command and not part.welded and not part.stuck:
            return True
    return bench.outputs.lock != LOCK_IDLE


def snapshot(bench):
    outputs = bench.outputs
    station = bench.station
    return (
        bench.state,
        outputs.pilot_permille,
        outputs.pilot_connected,
        outputs.c1,
        outputs.c2,
        outputs.lock,
        station.lock.status,
        station.faults.active,
        station.limits.limit_ma,
        station.limits.winner,
        station.phases,
        station.session.active,
        (bench.delay_ms + 999) // 1000,
    )


def trace(script, until_ms, jump, feedback=True):
    """Carry out a script of (time in ms, change); return every change of the outputs with its time."""
    bench = Bench(config(lock_kind=lock.SOLENOID))
    bench.feedback = feedback
    found = []
    seen = None
    place = 0
    dt_ms = STEP_MS
    now_ms = 0
    while now_ms < until_ms:
        while place < len(script) and script[place][0] <= now_ms:
            script[place][1](bench)
            place += 1
        bench.step(dt_ms)
        assert bench.now_ms == now_ms
        shown = snapshot(bench)
        if shown != seen:
            found.append((now_ms, shown))
            seen = shown
        dt_ms = STEP_MS
        if jump and not moving(bench):
            left_ms = bench.station.next_ms()
            if place < len(script):
                left_ms = min(left_ms, script[place][0] - now_ms)
            # The step that may see something new is an ordinary one again, so that it counts 10 ms.
            dt_ms = max(STEP_MS, (left_ms + STEP_MS - 1) // STEP_MS * STEP_MS - STEP_MS)
        now_ms += dt_ms
    return found


def check(script, until_ms, feedback=True):
    every = trace(script, until_ms, False, feedback)
    jumped = trace(script, until_ms, True, feedback)
    for index in range(min(len(every), len(jumped))):
        assert jumped[index] == every[index], "steps: %s, jumps: %s" % (every[index], jumped[index])
    assert len(jumped) == len(every)
    return every


PLUG = [(2000, pilot(MV_9))]
CHARGE = [(2000, pilot(MV_9)), (4000, pilot(MV_6))]


def after(script, *more):
    return script + list(more)


def test_idle():
    check([], 20000)


def test_plug_charge_unplug():
    found = check(after(CHARGE, (20000, pilot(MV_9)), (24000, pilot(UNPLUGGED))), 30000)
    assert [shown[0] for _, shown in found if shown[3]]


def test_the_wake_pulse():
    found = check(PLUG, 60000)
    assert [shown for _, shown in found if shown[0] == s.ACTSTART]


def test_the_delay_after_access_off():
    check(after(PLUG, (10000, access(s.ACCESS_OFF)), (10500, access(s.ACCESS_ON))), 20000)


def test_the_delay_after_access_off_in_c():
    check(after(CHARGE, (20000, access(s.ACCESS_OFF)), (40000, access(s.ACCESS_ON))), 60000)


def test_a_stop():
    check(after(CHARGE, (20000, stop)), 60000)
    check(after(PLUG, (20000, stop)), 60000)


def test_a_stop_that_the_car_answers():
    check(after(CHARGE, (20000, stop), (22000, pilot(MV_9)), (23000, pilot(MV_6))), 60000)


def test_power_goes_and_comes():
    check(after(CHARGE, (20000, claim(lim.MAINS, 0)), (50000, claim(lim.MAINS, 16000))), 130000)


def test_power_is_missing_at_plug_in():
    check(after([(1000, claim(lim.MAINS, 0))], PLUG[0], (50000, claim(lim.MAINS, 16000))), 130000)


def test_a_claim_in_a_quiet_time_acts_in_the_next_step():
    bench = Bench()
    bench.run(8500)
    bench.station.limits.claim(lim.MAINS, 0)
    assert bench.station.next_ms() <= STEP_MS


def test_a_claim_that_expires():
    first = (20000, claim(lim.GROUP, 10000, 7777, 6000))
    check(after(CHARGE, first, (30000, claim(lim.GROUP, 9000, 555, 0))), 50000)


def test_faults_of_the_pilot():
    short = ((20000, pilot(MV_0)), (25000, pilot(MV_6)))
    check(after(CHARGE, *short, (45000, pilot(800)), (50000, pilot(MV_9))), 80000)
    check(after(PLUG, (20000, pilot(MV_N12)), (25000, pilot(MV_9))), 40000)


def test_ventilation():
    check(after(CHARGE, (20000, pilot(MV_3)), (30000, pilot(MV_6))), 60000)


def test_no_diode():
    check(after(CHARGE, (20000, attribute("diode", False)), (30000, pilot(UNPLUGGED))), 40000)


def test_the_cable():
    check(
        after(CHARGE, (20000, attribute("pp_mv", PP_OPEN_MV)), (30000, attribute("pp_mv", PP_32A_MV))), 120000
    )


def test_temperature():
    check(after(CHARGE, (20000, temperature(70)), (60000, temperature(50))), 90000)


def test_contactors_that_fail_while_charging():
    for name in ("c1", "c2"):
        check(after(CHARGE, (20005, contact(name, "stuck", True)), (40000, pilot(UNPLUGGED))), 50000)


def test_contactors_that_weld():
    for name in ("c1", "c2"):
        check(after(CHARGE, (20000, contact(name, "welded", True)), (30000, pilot(MV_9))), 50000)
        check([(5500, contact(name, "welded", True))], 10000)


def test_contactors_without_feedback():
    pause = ((20000, pilot(MV_9)), (24000, pilot(MV_6)))
    check(after(CHARGE, *pause, (40000, pilot(UNPLUGGED))), 50000, feedback=False)


def test_the_repeat_gap():
    script = list(CHARGE)
    for index in range(10):
        script.append((10000 + 2000 * index, pilot(MV_9 if index % 2 == 0 else MV_6)))
    check(script, 40000)


def test_the_lock_that_jams():
    jam = [(1000, attribute("lock_jammed", True))]
    check(after(jam, *CHARGE, (30000, attribute("lock_jammed", False))), 100000)


def test_a_bolt_that_is_forced():
    check(after(CHARGE, (20500, attribute("bolt_locked", False))), 30000)


def test_unlocking():
    check(after(CHARGE, (20000, unlock)), 90000)
    check(after(PLUG, (20000, unlock), (30000, pilot(UNPLUGGED))), 60000)


def test_another_number_of_phases():
    check(after(PLUG, (5500, claim(lim.MAINS, 0)), (9000, settings(contact2=1, lock_kind=1))), 30000)
    one = settings(contact2=1, lock_kind=1)

    def unbalanced(bench):
        bench.station.limits.claim_phases(lim.MAINS, 20000, 8000, 20000)

    check(
        after(CHARGE, (20000, unbalanced), (30000, one), (60000, settings(contact2=3, lock_kind=1))), 120000
    )


def test_overcurrent():
    script = list(CHARGE)
    for second in range(20, 40):
        script.append((second * 1000, currents(40000)))
    check(script, 60000)


def test_a_switch_between_quiet_and_busy_settings():
    check([(5000, settings()), (9000, settings(lock_kind=2)), (12000, settings())], 20000)


def test_a_disabled_lock_leaves_the_station_quiet():
    bench = Bench(config(lock_kind=lock.SOLENOID))
    bench.run(3000)
    settings()(bench)
    bench.run(4010)
    assert bench.station.next_ms() > 0


def test_random_scripts():
    """Long scripts of changes at odd times; the same on every interpreter."""
    changes = [pilot(mv) for mv in (MV_6, MV_6, MV_6, MV_9, MV_9, UNPLUGGED, UNPLUGGED, MV_3, MV_0)]
    changes += [claim(lim.MAINS, ma) for ma in (0, 16000, 32000)]
    changes += [access(value) for value in (s.ACCESS_ON, s.ACCESS_ON, s.ACCESS_OFF, s.ACCESS_PAUSE)]
    changes += [settings(contact2=phases, lock_kind=1) for phases in (1, 3)]
    changes += [
        stop,
        unlock,
        claim(lim.GROUP, 10000, 4321, 0),
        claim(lim.GROUP, 32000),
        currents(40000),
        lambda bench: bench.station.reset_faults(),
    ]
    state = 99
    for _ in range(5):
        script = list(CHARGE)
        at_ms = 8000
        for _ in range(20):
            state = (state * 1021 + 12345) & 0xFFFFF
            at_ms += (state >> 4) % 5000
            state = (state * 1021 + 12345) & 0xFFFFF
            script.append((at_ms, changes[(state >> 4) % len(changes)]))
        check(script, at_ms + 20000)
