"""The self-test of the residual-current device before C1 closes, in the whole station."""

from bench_station import MV_6, Bench, charging, config, in_b, profile

from evse.core import states as s
from evse.core.station import STEP_MS

MONITORED = config(residual_current_monitor=True)
FITTED = profile(has_test=True)
TRIP_MS = 15000
RELEASED_MS = 500
RECOVER_MS = 5000


def waiting(settings=MONITORED, fitted=FITTED) -> Bench:
    """Return a bench whose car asks for power, in the first step of state C."""
    bench = in_b(settings, fitted)
    bench.plug(MV_6)
    bench.until_state(s.C, 1000)
    return bench


def in_test() -> Bench:
    """Return a bench in the first step of a test."""
    bench = waiting()
    bench.until(lambda bench: bench.outputs.test, 50)
    assert not bench.outputs.c1 and not bench.outputs.c2
    return bench


def recovering() -> Bench:
    """Return a bench whose device has just tripped in a test."""
    bench = in_test()
    bench.run(300)
    assert bench.outputs.test
    bench.inputs.residual_current = True
    bench.step()
    assert not bench.outputs.test
    return bench


def run_open(bench, duration_ms):
    """Let time pass in which nothing closes and nothing is tested."""
    for _ in range(duration_ms // STEP_MS):
        bench.step()
        assert not bench.outputs.c1 and not bench.outputs.c2 and not bench.outputs.test


def test_a_device_that_trips_and_recovers_lets_c1_close():
    bench = recovering()
    assert bench.faults() == [] and bench.state == s.C
    bench.inputs.residual_current = False
    run_open(bench, RELEASED_MS - STEP_MS)
    bench.until(lambda bench: bench.c1.closed, 200)
    assert bench.faults() == [] and bench.state == s.C
    bench.run(10000)
    assert bench.outputs.c1 and not bench.outputs.test


def test_the_device_may_take_its_time():
    bench = in_test()
    bench.run(TRIP_MS - 100)
    assert bench.outputs.test and bench.faults() == []
    bench.inputs.residual_current = True
    run_open(bench, RECOVER_MS - 100)
    assert bench.faults() == []
    bench.inputs.residual_current = False
    bench.until(lambda bench: bench.c1.closed, 200)


def test_a_device_that_never_trips_is_a_fault_until_the_car_is_unplugged():
    bench = in_test()
    bench.run(TRIP_MS - STEP_MS)
    assert bench.outputs.test
    bench.step()
    assert not bench.outputs.test
    assert bench.faults() == ["residual_test"] and bench.state == s.B1
    run_open(bench, 60000)
    assert bench.faults() == ["residual_test"]
    bench.station.reset_residual_current()
    assert bench.faults() == ["residual_test"]
    bench.unplug()
    bench.until_state(s.A, 100)
    assert bench.faults() == []


def test_a_reset_leads_to_another_test():
    bench = in_test()
    bench.until(lambda bench: bench.faults() == ["residual_test"], TRIP_MS + 100)
    bench.run(6000)
    bench.station.reset_faults()
    assert bench.faults() == []
    bench.until(lambda bench: bench.outputs.test, 20000)
    assert not bench.outputs.c1


def test_a_device_that_never_recovers_is_a_fault():
    bench = recovering()
    run_open(bench, RECOVER_MS - STEP_MS)
    assert bench.faults() == []
    bench.step()
    assert "residual_test" in bench.faults()
    run_open(bench, 60000)
    # It goes on tripping, which counts as such.
    assert bench.faults() == ["residual_test", "residual_current"]
    assert bench.state == s.B1


def stop(bench):
    bench.station.stop()


def unplug(bench):
    bench.unplug()


def take_access(bench):
    bench.station.set_access(s.ACCESS_OFF)


def restart(bench):
    bench.station.prepare_restart()


def reset_to_b(bench):
    bench.plug(2892)


def test_whatever_ends_the_charge_ends_the_test():
    for end in (stop, unplug, take_access, restart, reset_to_b):
        bench = in_test()
        bench.run(100)
        end(bench)
        bench.step()
        bench.until(lambda bench: bench.state != s.C, 50)
        assert not bench.outputs.test
        # The device may still trip a little later, and heals.
        bench.run(100)
        bench.inputs.residual_current = True
        run_open(bench, 300)
        bench.inputs.residual_current = False
        run_open(bench, 1000)
        assert bench.faults() == []
        bench.inputs.residual_current = True
        bench.step()
        assert bench.faults() == ["residual_current"]


def test_unplugged_while_the_device_recovers():
    bench = recovering()
    bench.unplug()
    bench.until_state(s.A, 50)
    run_open(bench, 1000)
    bench.inputs.residual_current = False
    run_open(bench, 1000)
    assert bench.faults() == []
    # The half test counts for nothing.
    bench.plug()
    bench.until_state(s.B, 2000)
    bench.plug(MV_6)
    bench.until(lambda bench: bench.outputs.test, 10000)
    assert not bench.outputs.c1


def test_a_trip_before_the_test_counts():
    bench = waiting()
    bench.inputs.residual_current = True
    bench.step()
    assert bench.faults() == ["residual_current"] and bench.state == s.B1 and not bench.outputs.test


def test_a_trip_right_after_the_test_counts():
    bench = recovering()
    bench.inputs.residual_current = False
    # C2 moves as soon as the test is passed, C1 after it.
    bench.until(lambda bench: bench.outputs.c2, 1000)
    assert not bench.outputs.c1
    bench.inputs.residual_current = True
    bench.step()
    assert bench.faults() == ["residual_current"] and bench.state == s.B1
    run_open(bench, 10000)


def test_a_trip_while_charging_counts():
    bench = recovering()
    bench.inputs.residual_current = False
    bench.until(lambda bench: bench.c1.closed, 1000)
    bench.inputs.residual_current = True
    bench.step()
    assert bench.faults() == ["residual_current"] and not bench.outputs.c1


def test_no_test_without_a_monitor_or_a_test_input():
    for settings, fitted in ((config(), FITTED), (MONITORED, profile())):
        bench = waiting(settings, fitted)
        for _ in range(100):
            bench.step()
            assert not bench.outputs.test
        assert bench.outputs.c1


def test_a_monitor_that_is_switched_on_is_tested_before_the_next_closing():
    bench = charging(config(), FITTED)
    bench.config.residual_current_monitor = True
    bench.station.configure(bench.config)
    bench.run(1000)
    assert bench.outputs.c1 and not bench.outputs.test
    bench.plug(2892)
    bench.until_state(s.B, 100)
    bench.run(6000)
    bench.plug(MV_6)
    bench.until(lambda bench: bench.outputs.test, 1000)
    assert not bench.outputs.c1


def test_a_monitor_that_is_switched_off_ends_the_test():
    settings = config(residual_current_monitor=True)
    bench = waiting(settings)
    bench.until(lambda bench: bench.outputs.test, 50)
    settings.residual_current_monitor = False
    bench.step()
    assert not bench.outputs.test
    bench.until(lambda bench: bench.outputs.c1, 1000)


def test_safe_outputs_do_not_test():
    bench = in_test()
    bench.station.safe(bench.outputs)
    assert not bench.outputs.test


def test_every_start_is_tested():
    bench = recovering()
    bench.inputs.residual_current = False
    bench.until(lambda bench: bench.c1.closed, 1000)
    bench.run(10000)
    bench.plug(2892)
    bench.until(lambda bench: not bench.c1.closed, 1000)
    bench.run(1000)
    bench.plug(MV_6)
    bench.until(lambda bench: bench.outputs.test, 10000)
    assert not bench.outputs.c1
