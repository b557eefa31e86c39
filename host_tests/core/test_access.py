"""Access on, off and pause, the stop request and the unlock request, in every state."""

from bench_station import (
    MV_6,
    MV_9,
    MV_12,
    charging,
    config,
    idle,
    in_b,
    in_b1,
    in_c1,
    in_e,
    in_wake,
    profile,
)

from evse.core import limits as lim
from evse.core import lock
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH

CLOSED_TO_ALL = (s.ACCESS_OFF, s.ACCESS_PAUSE)
VENTILATED = profile(ventilated=True)


def test_access_is_on_at_first():
    assert idle().station.charger.access == s.ACCESS_ON


def test_off_and_pause_in_a_keep_a_car_waiting():
    for access in CLOSED_TO_ALL:
        bench = idle()
        bench.station.set_access(access)
        for mv in (MV_9, MV_6, MV_12, MV_6):
            bench.plug(mv)
            bench.run(2000)
            assert bench.state == s.A
            assert bench.outputs.pilot_permille == STATIC_HIGH


def test_off_and_pause_in_b_lead_to_b1():
    for access in CLOSED_TO_ALL:
        bench = in_b()
        bench.station.set_access(access)
        bench.step()
        assert bench.state == s.B1
        assert bench.station.offered_ma() == 0


def test_off_and_pause_in_c_lead_to_c1_and_open():
    for access in CLOSED_TO_ALL:
        bench = charging()
        bench.station.set_access(access)
        bench.step()
        assert bench.state == s.C1
        assert bench.until(lambda bench: not bench.c1.closed) <= 6050
        assert bench.state == s.B1
        bench.run(120000)
        assert bench.state == s.B1


def test_off_in_c_while_c1_still_waits_to_close():
    bench = charging()
    bench.plug(MV_9)
    bench.run(100)
    bench.plug(MV_6)
    bench.until_state(s.C)
    assert not bench.outputs.c1
    bench.station.set_access(s.ACCESS_OFF)
    for _ in range(1000):
        bench.step()
        assert not bench.outputs.c1


def test_off_and_pause_in_c1_go_on_to_b1_and_stay_there():
    for access in CLOSED_TO_ALL:
        bench = in_c1()
        bench.station.set_access(access)
        bench.until_state(s.B1, 6100)
        bench.run(60000)
        assert bench.state == s.B1


def test_off_and_pause_in_b1_stay_there():
    for access in CLOSED_TO_ALL:
        bench = in_b()
        bench.station.stop()
        bench.run(1000)
        bench.station.set_access(access)
        bench.run(60000)
        assert bench.state == s.B1


def test_off_in_b1_while_the_pilot_is_disconnected_reconnects_in_time():
    bench = in_b()
    bench.station.stop()
    bench.step()
    assert not bench.outputs.pilot_connected
    bench.station.set_access(s.ACCESS_OFF)
    assert bench.until(lambda bench: bench.outputs.pilot_connected) <= 5000


def test_off_and_pause_in_the_wake_pulse_lead_to_b1():
    for access in CLOSED_TO_ALL:
        bench = in_wake()
        bench.station.set_access(access)
        bench.step()
        assert bench.state == s.B1
        assert bench.outputs.pilot_permille == STATIC_HIGH


def test_off_in_e_stops_what_comes_after():
    bench = in_e()
    bench.station.set_access(s.ACCESS_OFF)
    bench.plug(MV_6)
    bench.run(60000)
    assert bench.state == s.B1


def test_on_in_a_starts_the_car_that_waits():
    for mv in (MV_9, MV_6):
        bench = idle()
        bench.station.set_access(s.ACCESS_OFF)
        bench.plug(mv)
        bench.run(2000)
        bench.station.set_access(s.ACCESS_ON)
        assert bench.state == s.A
        bench.step()
        assert bench.state == s.B


def test_on_in_b1_waits_for_the_delay():
    bench = in_b()
    bench.station.set_access(s.ACCESS_PAUSE)
    bench.step()
    bench.station.set_access(s.ACCESS_ON)
    assert bench.state == s.B1
    assert 2900 <= bench.until_state(s.B) <= 3020


def test_on_after_off_in_c1_starts_again_15_s_later():
    bench = charging()
    bench.station.set_access(s.ACCESS_OFF)
    bench.step()
    bench.plug(MV_9)
    bench.until_state(s.B1)
    bench.station.set_access(s.ACCESS_ON)
    bench.plug(MV_6)
    assert 14500 <= bench.until_state(s.C) <= 16000


def test_unplugging_with_access_off_is_seen():
    for make in (in_b, charging, in_c1, in_wake):
        bench = make()
        bench.station.set_access(s.ACCESS_OFF)
        bench.unplug()
        bench.until_state(s.A, 100)
        bench.run(10000)
        assert bench.state == s.A
        assert bench.station.charger.access == s.ACCESS_OFF


def test_stop_in_b():
    bench = in_b()
    bench.station.stop()
    bench.step()
    assert bench.state == s.B1
    assert 14900 <= bench.until_state(s.B) <= 15050


def test_stop_in_c():
    bench = charging()
    bench.station.stop()
    bench.step()
    assert bench.state == s.C1
    assert bench.outputs.pilot_permille == STATIC_HIGH
    bench.plug(MV_9)
    bench.until_state(s.B1, 100)
    assert 14000 <= bench.until_state(s.B) <= 15050


def test_stop_in_the_wake_pulse():
    bench = in_wake()
    bench.station.stop()
    bench.step()
    assert bench.state == s.B1


def test_stop_in_b1_puts_the_start_off_by_15_s():
    bench = in_b1()
    bench.station.stop()
    bench.station.set_access(s.ACCESS_ON)
    assert 14900 <= bench.until_state(s.B) <= 15050


def test_stop_in_a_has_no_effect():
    bench = idle()
    bench.station.stop()
    bench.plug()
    assert bench.until_state(s.B) <= 30


def test_stop_in_e_puts_the_start_off():
    bench = in_e()
    bench.station.stop()
    bench.plug()
    assert 14900 <= bench.until_state(s.B) <= 15050


def test_stop_does_not_shorten_a_longer_delay():
    bench = in_b()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.run(100)
    bench.station.stop()
    bench.step()
    assert bench.delay_ms == 60000


LOCKING = config(lock_kind=lock.SOLENOID)


def test_unlock_in_c_stops_opens_and_then_unlocks():
    bench = charging(LOCKING)
    assert bench.bolt_locked
    bench.station.unlock_cable()
    while bench.bolt_locked:
        bench.step()
        assert bench.now_ms < 120000
        if not bench.bolt_locked:
            assert not bench.c1.closed
            assert not bench.c2.closed
    assert bench.state == s.B1


def test_unlock_waits_for_the_car_to_stop():
    bench = charging(LOCKING)
    bench.station.unlock_cable()
    bench.run(5900)
    assert bench.state == s.C1
    assert bench.station.lock.status == lock.LOCKED


def test_unlock_in_b_and_b1():
    for make in (in_b, in_b1):
        bench = make(LOCKING)
        assert bench.bolt_locked
        bench.station.unlock_cable()
        bench.run(1000)
        assert not bench.bolt_locked
        assert bench.state == s.B1


def test_unlock_lasts_30_s_and_then_the_cable_is_locked_again():
    bench = in_b(LOCKING)
    bench.station.unlock_cable()
    bench.run(29900)
    assert bench.state == s.B1
    assert not bench.bolt_locked
    bench.run(1500)
    assert bench.bolt_locked
    bench.until_state(s.B, 100)


def test_unlock_ends_when_the_car_is_unplugged():
    bench = in_b(LOCKING)
    bench.station.unlock_cable()
    bench.run(10000)
    bench.unplug()
    bench.until_state(s.A, 1000)
    bench.run(1000)
    bench.plug()
    assert bench.until_state(s.B) <= 30


def test_unlock_with_a_welded_contact_leaves_the_cable_locked():
    bench = charging(LOCKING)
    bench.c1.welded = True
    bench.station.unlock_cable()
    bench.run(60000)
    assert bench.bolt_locked
    assert "c1_welded" in bench.faults()


def test_unlock_in_e_frees_the_cable():
    bench = in_e(LOCKING)
    assert bench.bolt_locked
    bench.station.unlock_cable()
    bench.run(1000)
    assert not bench.bolt_locked
