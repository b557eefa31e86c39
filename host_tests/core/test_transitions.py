"""Transitions from A and B, one test each, and what entering these states does."""

from bench_station import MV_3, MV_6, MV_9, charging, config, idle, in_b, in_b1, in_c1, profile

from evse.core import faults as f
from evse.core import limits as lim
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH
from evse.core.text_rows import row

AUTO_HERE = (
    f.PILOT_SHORT,
    f.PILOT_LOST,
    f.LOCK_JAMMED,
    f.TEMP_HIGH,
    f.MAINS_METER_SILENT,
    f.CIRCUIT_METER_SILENT,
)


def test_public_state_numbers():
    assert (s.A, s.B, s.C, s.D, s.ACTSTART, s.B1, s.C1) == (0, 1, 2, 3, 8, 9, 10)
    assert (s.COMM_B, s.COMM_B_OK, s.COMM_C, s.COMM_C_OK) == (4, 5, 6, 7)
    assert s.NAMES[s.ACTSTART] == "ACTSTART"


# A


def test_a_has_static_12_v_and_open_contactors():
    bench = idle()
    assert bench.outputs.pilot_permille == STATIC_HIGH
    assert bench.outputs.pilot_connected
    assert not bench.outputs.c1
    assert not bench.outputs.c2
    assert bench.station.offered_ma() == 0
    assert bench.station.sees_no_car()


def test_a_to_b_at_9_v():
    bench = idle()
    bench.plug()
    assert bench.until_state(s.B) <= 30


def test_a_to_b_at_6_v_is_accepted_at_plug_in():
    bench = idle()
    bench.plug(MV_6)
    assert bench.until_state(s.B) <= 530
    assert bench.until_state(s.C) <= 600


def test_a_to_b1_at_3_v_without_ventilation():
    bench = idle()
    bench.plug(MV_3)
    bench.until_state(s.B1)
    bench.run(20000)
    assert bench.state == s.B1
    assert bench.station.offered_ma() == 0


def test_a_to_d_at_3_v_with_ventilation():
    bench = idle(fitted=profile(ventilated=True))
    bench.plug(MV_3)
    bench.until_state(s.B)
    bench.until_state(s.D, 1000)


def test_a_stays_with_access_off():
    bench = idle()
    bench.station.set_access(s.ACCESS_OFF)
    bench.plug()
    bench.run(20000)
    assert bench.state == s.A
    assert bench.station.charger.connected()
    assert not bench.station.sees_no_car()


def test_a_to_b1_at_9_v_with_a_fault():
    bench = idle()
    bench.inputs.temp_mc = 80000
    bench.run(100)
    bench.plug()
    bench.until_state(s.B1, 100)
    bench.run(20000)
    assert bench.state == s.B1


def test_a_to_b1_at_9_v_without_power():
    bench = idle()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.plug()
    bench.until_state(s.B1, 100)
    assert bench.faults() == ["no_power"]
    bench.run(20000)
    assert bench.state == s.B1


def test_a_waits_until_the_cable_is_known():
    bench = idle()
    bench.station.proximity.known = False
    bench.plug()
    bench.run(100)
    assert bench.state == s.A


# B


def test_b_offers_at_once():
    bench = idle()
    bench.plug()
    bench.until_state(s.B)
    assert bench.outputs.pilot_permille == 533
    assert bench.station.offered_ma() == 31980
    assert not bench.outputs.c1


def test_b_follows_the_limit():
    bench = in_b()
    bench.station.limits.claim(lim.MAINS, 10000)
    bench.step()
    assert bench.outputs.pilot_permille == 166
    bench.station.limits.release(lim.MAINS)
    bench.step()
    assert bench.outputs.pilot_permille == 533


def test_b_to_a_at_12_v():
    bench = in_b()
    bench.unplug()
    assert bench.until_state(s.A) <= 20
    assert bench.outputs.pilot_permille == STATIC_HIGH


def test_b_to_c_at_6_v_after_51_bursts():
    bench = in_b()
    bench.plug(MV_6)
    bench.run(500)
    assert bench.state == s.B
    bench.step()
    assert bench.state == s.C
    assert bench.until(lambda bench: bench.c1.closed) <= 100


def test_b_to_c_counts_anew_after_9_v():
    bench = in_b()
    bench.plug(MV_6)
    bench.run(500)
    bench.plug(MV_9)
    bench.step()
    bench.plug(MV_6)
    bench.run(500)
    assert bench.state == s.B
    bench.step()
    assert bench.state == s.C


def test_b_to_c_needs_the_diode():
    bench = in_b()
    bench.diode = False
    bench.plug(MV_6)
    bench.run(10000)
    assert bench.state == s.B1
    assert "no_diode" in bench.faults()


def test_b_demands_a_new_proof_of_the_diode_after_each_charge():
    bench = charging()
    bench.diode = False
    bench.plug(MV_9)
    bench.run(100)
    bench.plug(MV_6)
    closed_ms = bench.until(lambda bench: bench.state != s.B)
    assert bench.state == s.B1
    assert closed_ms < 1000
    assert not bench.outputs.c1


def test_b_to_c_needs_power():
    bench = in_b()
    bench.plug(MV_6)
    bench.run(300)
    bench.station.limits.claim(lim.CIRCUIT, 5000)
    bench.step()
    assert bench.state == s.B1
    assert bench.faults() == ["no_power"]


def test_b_to_b1_when_a_fault_stops():
    for index in range(f.COUNT):
        # The station judges the conditions of the others itself, in the same step.
        if row(f.TABLE, index)[2] in (f.STOP, f.OPEN) and index not in AUTO_HERE:
            bench = in_b()
            bench.station.faults.report(index, True, 0)
            bench.step()
            assert bench.state == s.B1, row(f.TABLE, index)[0]


def test_b_stays_when_a_fault_only_informs():
    for index in (f.EV_METER_SILENT, f.STORAGE):
        bench = in_b()
        bench.station.faults.report(index, True, 0)
        bench.run(1000)
        assert bench.state == s.B


def test_b_to_b1_at_3_v_without_ventilation():
    bench = in_b()
    bench.plug(MV_3)
    bench.run(520)
    assert bench.state == s.B1
    bench.run(60000)
    assert bench.state == s.B1
    assert bench.outputs.pilot_permille == 1000
    assert not bench.outputs.c1


def test_unplugging_in_every_state_leads_to_a():
    for make in (in_b, in_b1, charging, in_c1):
        bench = make()
        bench.unplug()
        assert bench.until_state(s.A, 6000) <= 20
        assert not bench.outputs.c1
        bench.run(1000)
        assert bench.station.contactors.proven_open()


def test_max_below_the_cable_rules():
    bench = idle(config(max_ma=10000))
    bench.plug()
    bench.until_state(s.B)
    assert bench.outputs.pilot_permille == 166
    assert bench.station.limits.winner == lim.MAX_SETTING
