"""What the view says of a station."""

from bench_station import MV_9, charging, config, idle, in_b

from evse.core import faults, limits, states
from evse.services.display import sources, texts
from evse.services.display.model import ScreenModel
from evse.services.display.view import View

NOON_S = 1695384000


def filled(bench, view=None, local_s=NOON_S):
    view = view or View()
    sources.fill(view, bench.station, local_s)
    return view


def test_a_station_without_a_car():
    view = filled(idle())
    assert view.state == states.A and not view.connected and not view.fault
    assert view.maximum_ma == 32000 and view.minimum_ma == 6000
    assert not view.session_active and view.meter_wh == -1


def test_a_car_that_charges():
    bench = charging()
    bench.station.session.meter(5000000)
    bench.station.meter_currents(15000, 14900, 15100, 10300)
    bench.run(60000)
    bench.station.session.meter(5000170)
    view = filled(bench)
    assert view.charging() and view.connected and view.session_active
    assert texts.whole_amps(view.offered_ma) == 32 and not view.limited()
    assert view.session_wh == 170 and view.meter_wh == 5000170
    assert view.session_start_s == NOON_S - view.session_s
    assert tuple(view.current_ma) == (15000, 14900, 15100)
    # The start does not move when the clock is set later.
    filled(bench, view, NOON_S + 3600)
    assert view.session_start_s == NOON_S - view.session_s


def test_the_start_waits_for_the_clock():
    bench = charging()
    view = filled(bench, local_s=0)
    assert view.session_start_s == 0
    bench.run(10000)
    filled(bench, view)
    assert view.session_start_s == NOON_S - bench.station.session.duration_s


def test_a_limit_and_its_reason():
    bench = charging()
    bench.station.limits.claim(limits.SHED, 10000)
    bench.run(1000)
    view = filled(bench)
    assert view.limited() and view.limit_slot_name() == "shed"
    assert texts.whole_amps(view.offered_ma) == 10 and texts.amps(view.offered_ma) == "10.0"


def test_a_car_that_waits_for_current():
    bench = in_b()
    bench.station.limits.claim(limits.MAINS, 0)
    bench.run(2000)
    view = filled(bench)
    assert ScreenModel().step(0, view) == "waiting" and view.limit_slot_name() == "mains"
    assert view.charge_delay_s > 0


def test_a_fault_is_an_error_page_and_a_remark_is_none():
    bench = idle(config(max_temp_c=40))
    bench.station.faults.report(faults.STORAGE, True, 0)
    assert not filled(bench).fault
    bench.station.faults.report(faults.C2_WELDED, True, 0)
    view = filled(bench)
    assert view.fault == "c2_welded" and "service" in view.fault_text
    assert ScreenModel().step(0, view) == "error"


def test_a_session_ends_with_goodbye():
    bench = charging()
    model = ScreenModel()
    view = filled(bench)
    assert model.step(0, view) == "start"
    bench.plug(MV_9)
    bench.run(1000)
    bench.unplug()
    bench.run(1000)
    assert model.step(2000, filled(bench, view)) == "bye"
