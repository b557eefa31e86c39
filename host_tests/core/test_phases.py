"""One phase or three: C2 and the phases that limits count."""

from bench_station import MV_6, MV_9, Bench, charging, config, idle, in_b, profile

from evse.core import limits as lim
from evse.core import states as s


def switch(bench: Bench, **values) -> None:
    bench.config = config(**values)
    bench.station.configure(bench.config)


def test_c2_does_not_move_under_load_when_the_setting_changes():
    for first, then in ((3, 1), (1, 3)):
        bench = charging(config(contact2=first))
        before = bench.c2.closed
        switch(bench, contact2=then)
        while bench.c1.closed:
            assert bench.outputs.c2 == before
            assert bench.c2.closed == before
            bench.step()
        assert bench.station.phases in (first, then)
        bench.run(1000)
        assert bench.station.phases == then


def test_a_change_asks_the_car_to_stop_and_starts_again():
    bench = charging()
    switch(bench, contact2=1)
    bench.step()
    assert bench.state == s.C1
    bench.plug(MV_9)
    bench.until_state(s.B1, 50)
    bench.plug(MV_6)
    assert 14000 <= bench.until_state(s.C, 20000) <= 16000
    bench.run(1000)
    assert bench.c1.closed
    assert not bench.c2.closed


def test_a_change_before_the_charge_acts_at_once():
    bench = in_b()
    switch(bench, contact2=1)
    bench.step()
    assert bench.station.phases == 1
    bench.plug(MV_6)
    bench.until(lambda bench: bench.c1.closed)
    assert not bench.c2.closed


def test_a_change_while_c1_waits_to_close():
    bench = charging()
    bench.plug(MV_9)
    bench.run(100)
    bench.plug(MV_6)
    bench.until_state(s.C)
    assert not bench.outputs.c1
    switch(bench, contact2=1)
    for _ in range(3000):
        bench.step()
        assert not (bench.c1.closed and bench.c2.closed)


def test_a_change_and_back_again_does_not_stop_for_ever():
    bench = charging()
    switch(bench, contact2=1)
    bench.step()
    switch(bench, contact2=3)
    bench.until(lambda bench: not bench.c1.closed, 7000)
    bench.until(lambda bench: bench.c1.closed and bench.c2.closed, 30000)


def test_use_of_c2_changed_under_load_acts_at_the_next_charge():
    bench = charging()
    switch(bench, contact2=0)
    bench.run(10000)
    assert bench.state == s.C
    assert bench.c2.closed
    bench.plug(MV_9)
    bench.run(10000)
    bench.plug(MV_6)
    bench.until(lambda bench: bench.c1.closed)
    assert not bench.outputs.c2


def test_limits_count_the_phases_in_use():
    bench = charging()
    bench.station.limits.claim_phases(lim.GROUP, 20000, 8000, 20000)
    bench.step()
    assert bench.station.limits.limit_ma == 8000
    bench = charging(config(contact2=1))
    bench.station.limits.claim_phases(lim.GROUP, 20000, 8000, 20000)
    bench.step()
    assert bench.station.limits.limit_ma == 20000


def test_limits_count_three_phases_until_c2_is_open():
    bench = charging()
    bench.station.limits.claim_phases(lim.GROUP, 20000, 8000, 20000)
    switch(bench, contact2=1)
    while not bench.station.contactors.proven_open():
        bench.step()
        if bench.c2.closed:
            assert bench.station.limits.limit_ma == 8000
    bench.run(20)
    assert bench.station.limits.limit_ma == 20000


def test_a_board_without_c2():
    fitted = profile(has_c2=False)
    bench = charging(fitted=fitted)
    assert not bench.outputs.c2
    bench.run(10000)
    assert bench.faults() == []
    bench.unplug()
    bench.until_state(s.A)
    bench.run(1000)
    assert bench.station.contactors.proven_open()


def test_a_welded_c1_does_not_change_the_phases():
    bench = charging()
    bench.c1.welded = True
    switch(bench, contact2=1)
    bench.run(20000)
    assert bench.station.phases == 3


def test_idle_stations_take_a_change_at_once():
    bench = idle()
    switch(bench, contact2=1)
    bench.step()
    assert bench.station.phases == 1
