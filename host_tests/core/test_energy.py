from evse.core.energy import Accumulator, Session


def started(meter_wh=-1):
    session = Session()
    if meter_wh >= 0:
        session.meter(meter_wh)
    session.start()
    return session


def test_accumulator_carries_whole_wh():
    total = Accumulator()
    for _ in range(3600):
        total.add(1000, 999)
    assert total.energy_wh == 999
    for _ in range(3600):
        total.add(1000, 1)
    assert total.energy_wh == 1000


def test_accumulator_loses_nothing_in_small_pieces():
    total = Accumulator()
    for _ in range(36000):
        total.add(7, 100)
    assert total.energy_wh == 7


def test_accumulator_at_100_kw_over_a_long_time():
    total = Accumulator()
    total.add(100000, 3600000)
    assert total.energy_wh == 100000


def test_energy_is_the_difference_of_the_register():
    session = started(5000)
    session.meter(5000)
    assert session.energy_wh == 0
    session.meter(5730)
    assert session.energy_wh == 730


def test_energy_counts_from_the_first_reading_when_there_was_none():
    session = started()
    assert session.energy_wh == 0
    session.meter(9000)
    assert session.energy_wh == 0
    session.meter(9100)
    assert session.energy_wh == 100


def test_without_a_meter_energy_stays_zero():
    session = started()
    session.step(10000)
    assert session.energy_wh == 0


def test_a_meter_without_a_register_is_summed():
    session = started()
    for _ in range(60):
        session.power(7200, 1000)
    assert session.energy_wh == 120


def test_export_is_not_counted():
    session = started()
    session.power(-5000, 3600000)
    assert session.energy_wh == 0


def test_power_is_ignored_when_the_meter_has_a_register():
    session = started(1000)
    session.power(10000, 3600000)
    assert session.energy_wh == 0


def test_power_outside_a_session_is_not_counted():
    session = Session()
    session.power(10000, 3600000)
    session.start()
    assert session.energy_wh == 0


def test_readings_outside_a_session_do_not_count():
    session = Session()
    session.meter(100)
    session.meter(900)
    session.start()
    session.meter(950)
    assert session.energy_wh == 50
    session.end()
    session.meter(2000)
    assert session.energy_wh == 50


def test_the_figures_stay_until_the_next_session():
    session = started(0)
    session.meter(500)
    session.step(90000)
    session.end()
    assert not session.active
    assert session.energy_wh == 500
    assert session.duration_s == 90
    session.start()
    assert session.energy_wh == 0
    assert session.duration_s == 0


def test_duration_carries_milliseconds():
    session = started()
    for _ in range(3000):
        session.step(10)
    assert session.duration_s == 30
    session.step(999)
    assert session.duration_s == 30
    session.step(2501)
    assert session.duration_s == 33


def test_duration_stands_still_outside_a_session():
    session = Session()
    session.step(5000)
    assert session.duration_s == 0


def test_an_armed_session_counts_from_plug_in():
    session = Session()
    session.meter(1000)
    session.arm(900)
    session.start()
    assert session.start_wh == 900
    assert session.energy_wh == 100


def test_arming_ends_with_the_session():
    session = Session()
    session.arm(900)
    session.start()
    session.end()
    session.meter(2000)
    session.start()
    assert session.start_wh == 2000
    assert session.energy_wh == 0


def test_armed_without_a_reading_counts_from_the_next_one():
    session = Session()
    session.arm(-1)
    session.start()
    session.meter(4000)
    session.meter(4001)
    assert session.energy_wh == 1


def test_a_register_that_runs_backwards_gives_no_negative_energy():
    session = started(5000)
    session.meter(5600)
    session.meter(10)
    assert session.energy_wh == 600


def test_another_meter_keeps_what_was_counted():
    session = started(1000)
    session.meter(3000)
    session.forget_meter()
    assert session.energy_wh == 2000
    session.meter(50)
    assert session.energy_wh == 2000
    session.meter(80)
    assert session.energy_wh == 2030


def test_another_meter_without_a_register_keeps_what_was_counted():
    session = started(1000)
    session.meter(3000)
    session.forget_meter()
    session.power(1000, 3600000)
    assert session.energy_wh == 3000


def test_a_meter_with_a_register_after_one_without():
    session = started()
    session.power(1000, 3600000)
    session.forget_meter()
    session.meter(70)
    session.meter(75)
    assert session.energy_wh == 1005
    session.forget_meter()
    session.power(1000, 3600000)
    assert session.energy_wh == 2005
