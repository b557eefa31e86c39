"""The control step allocates nothing, and costs little enough for an ESP32 to do it every 10 ms."""

import sys
import time

import micropython

STEPS = 2000
LOOP_ITERATIONS = 1200
REPEATS = 30
TIMED_STEPS = 200


def bench_module():
    """Return the bench of the core tests, which live in the folder beside this one."""
    if "host_tests/core" not in sys.path:
        sys.path.append("host_tests/core")
    import bench_station

    return bench_station


def locked_bench(make):
    """Return the bench that `make` builds, its control steps done under the heap lock from now on."""
    bench = make(full_settings())
    station = bench.station
    inputs = bench.inputs
    outputs = bench.outputs
    core_ticks = bench_module().ticks
    start_ticks = bench_module().START_TICKS

    def decide():
        now = core_ticks.add(start_ticks, bench.now_ms)
        micropython.heap_lock()
        try:
            station.step(now, inputs, outputs)
        finally:
            micropython.heap_unlock()

    bench.decide = decide
    return bench


def full_settings():
    """Return settings with everything on that costs time in a step."""
    from evse.core import lock

    return bench_module().config(lock_kind=lock.SOLENOID, residual_current_monitor=True)


def stay(make, state, hold=None):
    """Do many steps in one state under the heap lock."""
    bench = locked_bench(make)
    for _ in range(STEPS):
        if hold:
            hold(bench)
        bench.step()
        assert bench.state == state


def states():
    from evse.core import states

    return states


def test_state_a():
    stay(bench_module().idle, states().A)


def test_state_b():
    stay(bench_module().in_b, states().B)


def test_state_b1():
    stay(bench_module().in_b1, states().B1)


def test_state_c():
    stay(bench_module().charging, states().C)


def test_state_c1():
    def hold(bench):
        bench.station.charger._stop_ms = 6000

    stay(bench_module().in_c1, states().C1, hold)


def test_state_actstart():
    def hold(bench):
        bench.station.charger._pulse_ms = 3000

    stay(bench_module().in_wake, states().ACTSTART, hold)


def test_state_e():
    stay(bench_module().in_e, states().E)


def test_full_cycle():
    b = bench_module()
    s = states()
    bench = locked_bench(b.Bench)
    bench.run(1000)
    bench.plug()
    bench.until_state(s.ACTSTART)
    bench.until_state(s.B)
    bench.station.meter_currents(0, 0, 0, 0)
    bench.station.session.meter(1000)
    bench.plug(b.MV_6)
    bench.until_state(s.C)
    bench.run(2000)
    bench.station.meter_currents(20000, 20000, 20000, 13800)
    bench.run(2000)
    bench.station.stop()
    bench.until_state(s.B1)
    bench.plug(b.MV_9)
    bench.until_state(s.B)
    bench.plug(b.MV_6)
    bench.until_state(s.C)
    bench.run(1000)
    bench.unplug()
    bench.until_state(s.A)
    bench.run(2000)
    assert not bench.bolt_locked


def test_residual_current_device_is_tested():
    b = bench_module()
    s = states()
    bench = locked_bench(lambda settings: b.in_b(settings, b.profile(has_test=True)))
    bench.plug(b.MV_6)
    for works in (True, False):
        bench.until_state(s.C)
        while not bench.outputs.test:
            bench.step()
        if not works:
            break
        bench.inputs.residual_current = True
        bench.run(100)
        bench.inputs.residual_current = False
        bench.run(1000)
        assert bench.outputs.c1
        bench.station.stop()
        bench.until_state(s.B1)
    bench.run(20000)
    assert bench.station.faults.active and not bench.outputs.c1


def test_faults_and_claims():
    from evse.core import limits

    b = bench_module()
    s = states()
    bench = locked_bench(b.charging)
    station = bench.station
    station.limits.claim(limits.GROUP, 16000, 500, 6000)
    bench.run(1000)
    station.limits.claim(limits.MAINS, 0)
    bench.until_state(s.B1)
    station.limits.release(limits.MAINS)
    bench.inputs.temp_mc = 80000
    bench.run(6000)
    bench.inputs.residual_current = True
    bench.lock_jammed = True
    bench.bolt_locked = False
    bench.run(15000)
    for mv in (b.MV_0, 800, b.MV_N12, b.MV_12):
        bench.quiet(mv)
        bench.run(1000)
    bench.noise(b.MV_6, b.MV_12)
    bench.run(1000)
    bench.pp_mv = b.PP_OPEN_MV
    bench.c1.welded = True
    bench.run(1000)
    assert station.faults.active


# Cost


def loop_us():
    """Return the time of the reference loop in us, the best of several."""
    best_us = 1 << 29
    for _ in range(REPEATS):
        begin = time.ticks_us()
        for _ in range(TIMED_STEPS):
            _empty_loop(LOOP_ITERATIONS)
        took_us = time.ticks_diff(time.ticks_us(), begin)
        best_us = min(best_us, took_us)
    return best_us / TIMED_STEPS


def _empty_loop(n):
    for _i in range(n):
        pass


def step_us(make, prepare=None):
    """Return the time of one control step in us in a steady state, the best of several."""
    bench = make(full_settings())
    bench.run(100)
    station = bench.station
    best_us = 1 << 29
    for _ in range(REPEATS):
        if prepare:
            prepare(bench)
        best_us = min(best_us, _time_steps(station, bench.inputs, bench.outputs, prepare is not None))
    return best_us / TIMED_STEPS


def _time_steps(station, inputs, outputs, resolve):
    """Return the time of many steps of 10 ms; with `resolve` each has to find the lowest claim anew."""
    step = station.step
    limits = station.limits
    now = 1000
    station._last = now - 10
    begin = time.ticks_us()
    for _ in range(TIMED_STEPS):
        if resolve:
            limits._dirty = True
        step(now, inputs, outputs)
        now += 10
    return time.ticks_diff(time.ticks_us(), begin)


def load(bench):
    """Claim in every slot with an expiry, and let the car draw more than it may."""
    limits = bench.station.limits
    for slot in range(4, 15):
        limits.claim_phases(slot, 31000 - slot, 31100 - slot, 31200 - slot, 1000000000, 0)
    bench.station.meter_currents(36000, 36000, 36000, 24840)


def test_cost_of_a_step():
    b = bench_module()
    costs = [
        (step_us(b.idle), "A"),
        (step_us(b.in_b), "B"),
        (step_us(b.in_b1), "B1"),
        (step_us(b.charging), "C"),
        (step_us(b.in_e), "E"),
        (step_us(b.charging, load), "C, every claim new and expiring"),
    ]
    reference_us = loop_us()
    for cost_us, name in costs:
        print("control step in %s: %.2f us" % (name, cost_us))
    print("%d iterations of an empty loop: %.2f us" % (LOOP_ITERATIONS, reference_us))
    assert max(costs)[0] <= reference_us


# Regulation


def smart_house(mode):
    """Return the bench of a charging car under regulation by three meters, its control steps under the heap lock."""
    from evse.core import capacity, phase_choice

    b = bench_module()
    settings = b.config(
        mode=mode,
        mains_meter=True,
        circuit_meter=True,
        circuit_ma=40000,
        contact2=phase_choice.AUTO,
        capacity_mode=capacity.FIXED,
        capacity_ma=90000,
        capacity_stop_ms=60000,
        switch=5,
    )
    bench = locked_bench(lambda _: b.Bench(settings))
    bench.inputs.switch = True
    # The first reading of an EV meter builds what watches it.
    bench.station.meter_currents(0, 0, 0, 0)
    return bench


def feed(bench, house_ma, drawn_ma):
    """Let every meter have a new reading, under the heap lock."""
    station = bench.station
    micropython.heap_lock()
    try:
        station.mains_reading(house_ma + drawn_ma, house_ma + drawn_ma, house_ma)
        station.circuit_reading(drawn_ma, drawn_ma, 0)
        station.meter_currents(drawn_ma, drawn_ma, 0, drawn_ma // 5)
        station.battery_reading(house_ma)
        station.wall_time(2000000, 5, 700, 6)
    finally:
        micropython.heap_unlock()


def test_regulation_allocates_nothing():
    b = bench_module()
    s = states()
    for mode in (1, 2):
        bench = smart_house(mode)
        bench.run(6000)
        bench.plug()
        for second in range(200):
            closed = bench.outputs.c1
            house_ma = -9000 if second % 50 < 25 else 14000
            feed(bench, house_ma, 8000 if closed else 0)
            if bench.state == s.B:
                bench.plug(b.MV_6)
            elif bench.state in (s.B1, s.C1):
                bench.plug(b.MV_9)
            bench.inputs.in1 = second % 40 > 30
            bench.inputs.temp_mc = 50000 + 100 * (second % 130)
            bench.inputs.switch = second % 70 < 60
            bench.run(1000)


def test_cost_of_a_step_under_regulation():
    """Readings come once a second; the step that takes them may cost what three others do."""
    plain = []
    reading = []
    for mode in (1, 2):
        bench = smart_house(mode)
        bench.run(6000)
        feed(bench, -9000, 0)
        bench.run(100)
        plain.append(step_us(lambda _, bench=bench: bench, lambda bench: None))
        reading.append(reading_step_us(bench))
        print("control step in mode %d: %.2f us, with a reading %.2f us" % (mode, plain[-1], reading[-1]))
    reference_us = loop_us()
    assert max(plain) <= reference_us
    assert max(reading) <= 3 * reference_us


def reading_step_us(bench):
    """Return the time of a control step that takes a reading, in us, the best of several."""
    station = bench.station
    inputs = bench.inputs
    outputs = bench.outputs
    best_us = 1 << 29
    for _ in range(REPEATS):
        now = station._last
        begin = time.ticks_us()
        for _step in range(TIMED_STEPS):
            station.regulation.house.mains._waits = True
            now += 10
            station.step(now, inputs, outputs)
        best_us = min(best_us, time.ticks_diff(time.ticks_us(), begin))
    return best_us / TIMED_STEPS
