"""Smart charging as the mission's rows B-001 to B-082 ask, by their numbers; the combining rule is the lowest."""

import json

from ocpp_smart_bench import DAY_S, Bench, moment, profile

from evse.settings.timezone import Zone
from ocpp16.smart import disconnected_limit_ma

MAX = "ChargePointMaxProfile"
DEFAULT = "TxDefaultProfile"
TX = "TxProfile"
HOUR_S = 3600


def test_b_004_and_078_watts_are_rejected_and_change_nothing():
    bench = Bench("b004")
    bench.set(periods=((0, 20),))
    assert bench.set(chargingRateUnit="W", periods=((0, 1000),)) == "Rejected"
    assert bench.amps() == 20
    assert (
        bench.lines[-1]
        == "charging profile 1 (TxDefaultProfile, level 0, connector 1): rejected: it is in W, not in A"
    )
    # A start with such a profile goes on without it.
    assert bench.start_remotely(number=9, purpose=TX, chargingRateUnit="W", periods=((0, 1000),)) is True
    assert bench.amps() == 20
    assert "dropped: it is in W" in bench.lines[-1]


def test_b_006_composite_of_connectors_0_and_1():
    bench = Bench("b006")
    bench.set(0, number=1, purpose=MAX, periods=((0, 20), (HOUR_S, 10)))
    bench.set(number=2, periods=((0, 16), (1800, 25)))
    assert bench.plan(7200, 0) == bench.plan(7200, 1) == [(0, 16), (1800, 20), (3600, 10)]


def test_b_009_and_010_disconnected_upper_limit():
    assert disconnected_limit_ma(True, 8, False) == 8000
    assert disconnected_limit_ma(True, 0, False) == 0
    assert disconnected_limit_ma(True, 8, True) == -1
    assert disconnected_limit_ma(False, 8, False) == -1


def test_b_041_the_first_period_starts_at_0_and_the_next_ones_in_order():
    bench = Bench("b041")
    for periods in (
        ((10, 16),),
        ((0, 16), (0, 10)),
        ((0, 16), (60, 10), (30, 8)),
        ((0, 16), (-60, 10)),
        ((0, -1),),
        ((0, -0.5),),
        (),
    ):
        assert bench.set(periods=periods) == "Rejected", periods
    assert bench.store.count == 0
    assert bench.set(duration=-1) == "Rejected"


def test_b_042_a_period_holds_until_the_next_one():
    bench = Bench("b042")
    bench.set(periods=((0, 16), (HOUR_S, 10)))
    assert [bench.amps(at) for at in (0, 1800, HOUR_S - 1, HOUR_S)] == [16, 16, 16, 10]


def test_b_043_without_duration_for_ever():
    bench = Bench("b043")
    bench.set(periods=((0, 16), (60, 10)))
    assert bench.amps(10 * 86400) == 10


def test_b_044_with_a_duration_until_it_expires():
    bench = Bench("b044")
    bench.set(duration=60, periods=((0, 16),))
    bench.set(0, number=2, purpose=MAX, periods=((0, 25),))
    assert [bench.amps(60 - 1), bench.amps(60), bench.amps(61)] == [16, 25, 25]


def test_b_045_and_081_a_recurring_one_may_be_shorter_than_its_window():
    bench = Bench("b045")
    bench.set(kind="Recurring", recurrencyKind="Daily", duration=HOUR_S, periods=((0, 10),))
    for day in range(3):
        at = day * 86400
        assert [bench.amps(at), bench.amps(at + HOUR_S - 1), bench.amps(at + HOUR_S)] == [10, 10, -1]


def test_b_046_then_the_lower_level_else_as_if_none_were_installed():
    bench = Bench("b046")
    bench.set(number=1, level=1, duration=60, periods=((0, 20),))
    bench.set(number=2, level=0, duration=120, periods=((0, 8),))
    assert [bench.amps(at) for at in (0, 59, 60, 119, 120)] == [20, 20, 8, 8, -1]


def test_b_048_to_052_and_079_the_lowest_of_all_purposes():
    # ChargePointMaxProfile, TxDefaultProfile, TxProfile, effective: the table of B-053.
    for station, default, own, effective in (
        (32, 20, 25, 20),
        (16, 30, 25, 16),
        (32, 28, 10, 10),
        (16, 16, 16, 16),
    ):
        bench = Bench("b053")
        bench.begin()
        bench.set(0, number=1, purpose=MAX, periods=((0, station),))
        bench.set(1, number=2, purpose=DEFAULT, periods=((0, default),))
        bench.set(1, number=3, purpose=TX, periods=((0, own),))
        assert bench.amps() == effective
        assert bench.plan(60) == bench.plan(60, 0) == [(0, effective)]


def test_b_053_which_profile_won_is_told():
    bench = Bench("b053w")
    bench.begin()
    bench.set(0, number=11, purpose=MAX, periods=((0, 32), (10, 7)))
    bench.set(1, number=12, purpose=DEFAULT, periods=((0, 28),))
    bench.set(1, number=13, purpose=TX, periods=((0, 10),))
    offer = bench.offer(0)
    assert (offer.limit_ma, offer.until_s, offer.purpose, offer.profile_id) == (10000, moment(10), TX, 13)
    offer = bench.offer(10)
    assert (offer.limit_ma, offer.purpose, offer.profile_id) == (7000, MAX, 11)
    bench.clear()
    offer = bench.offer()
    assert (offer.limit_ma, offer.purpose, offer.profile_id) == (-1, "", -1)


def test_b_049_a_tx_profile_needs_its_transaction():
    bench = Bench("b049")
    assert bench.set(purpose=TX) == "Rejected"
    bench.begin(1, 12345)
    assert bench.set(purpose=TX, transactionId=12344) == "Rejected"
    assert bench.set(purpose=TX, transactionId=12345) == "Accepted"


def test_b_051_the_charge_point_maximum_is_for_connector_0():
    bench = Bench("b051")
    assert bench.set(1, purpose=MAX) == "Rejected"
    assert bench.set(0, purpose=MAX) == "Accepted"


def test_b_056_255_profiles_and_no_more():
    bench = Bench("b056")
    for level in range(255):
        assert bench.set(number=level, level=level, periods=((0, 6 + level % 20),)) == "Accepted"
        bench.now_s += 300
    assert bench.set(number=900, level=255) == "Rejected"
    assert "255 profiles are installed" in bench.lines[-1]
    # Replacing is possible all the same.
    assert bench.set(number=254, level=254, periods=((0, 31),)) == "Accepted"
    bench.now_s += 300
    bench.settle()
    bench.restart()
    assert (bench.store.count, bench.amps()) == (255, 31)
    assert bench.clear(17) == "Accepted"
    assert bench.set(number=900, level=255, periods=((0, 9),)) == "Accepted"
    assert bench.amps() == 9


def test_b_057_255_periods_and_no_more():
    bench = Bench("b057")
    periods = [(index * 60, 6 + index % 27) for index in range(256)]
    assert bench.set(periods=periods) == "Rejected"
    assert bench.set(periods=periods[:255]) == "Accepted"
    for _ in range(2):
        for index in range(255):
            assert bench.amps(index * 60) == bench.amps(index * 60 + 59) == 6 + index % 27
        bench.now_s = DAY_S
        assert bench.plan(255 * 60) == periods[:255]
        bench.restart()


def test_b_058_the_kinds():
    bench = Bench("b058")
    bench.begin()
    for kind, more, status in (
        ("Absolute", {}, "Accepted"),
        ("Relative", {}, "Accepted"),
        ("Recurring", {}, "Rejected"),
        ("Recurring", {"recurrencyKind": "Daily"}, "Accepted"),
        ("Recurring", {"recurrencyKind": "Weekly"}, "Accepted"),
    ):
        assert bench.set(kind=kind, periods=((0, 10),), **more) == status
        assert bench.amps() == 10


def test_b_059_and_060_whole_amperes_downwards():
    bench = Bench("b059")
    for limit, amps in ((10.7, 10), (6.9, 6), (5.9, 5), (6.0, 6), (0.9, 0), (15.99999, 15)):
        bench.set(periods=((0, limit),))
        assert bench.amps() == amps
        assert bench.plan(60) == [(0, amps)]


def test_b_061_number_phases_changes_no_limit():
    bench = Bench("b061")
    for phases in (1, 2, 3, 0, 7, -1):
        assert bench.set(periods=((0, 16, phases),)) == "Accepted"
        assert bench.amps() == 16


def test_b_062_and_082_profiles_stay_over_a_restart_and_offline():
    bench = Bench("b062")
    bench.set(periods=((0, 11),))
    bench.begin(1, 5)
    bench.set(number=2, purpose=TX, transactionId=5, periods=((0, 9),))
    bench.restart()
    # The transaction goes on, and so does its profile.
    bench.smart.transaction_resumed(1, bench.now_s, 5, bench.now_s)
    assert bench.amps() == 9
    bench.restart()
    bench.smart.transaction_ended(1, bench.now_s)
    assert bench.amps() == 11
    assert bench.store.count == 1


def test_b_062_a_profile_of_another_transaction_goes():
    bench = Bench("b062b")
    bench.begin(1, 5)
    bench.set(number=2, purpose=TX, transactionId=5, periods=((0, 9),))
    bench.set(number=3, level=1, purpose=TX, periods=((0, 8),))
    bench.restart()
    bench.smart.transaction_resumed(1, bench.now_s, 6, bench.now_s)
    assert bench.store.find_id(2) == -1
    assert bench.amps() == 8
    bench.begin()
    assert bench.store.count == 0


def test_b_062_without_the_time_of_day_the_lowest_limit_of_all_holds():
    bench = Bench("b062c")
    bench.set(number=1, periods=((0, 20), (60, 9), (120, 25)))
    bench.set(0, number=2, purpose=MAX, periods=((0, 14),))
    bench.restart()
    bench.now_s = 0
    offer = bench.smart.limit(0)
    assert (offer.limit_ma, offer.profile_id) == (9000, 1)
    bench.clear(1)
    assert bench.smart.limit(0).limit_ma == 14000
    bench.clear(2)
    assert bench.smart.limit(0).limit_ma == -1
    bench.now_s = DAY_S
    bench.set(number=1, periods=((0, 20), (60, 9)))
    assert bench.amps() == 20


B_063 = """{"connectorId": 0, "csChargingProfiles": {"chargingProfileId": 1001, "stackLevel": 0,
 "chargingProfilePurpose": "ChargePointMaxProfile", "chargingProfileKind": "Absolute", "chargingSchedule":
 {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}]}}}"""
B_064 = """{"connectorId": 1, "csChargingProfiles": {"chargingProfileId": 2001, "stackLevel": 0,
 "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Recurring", "recurrencyKind": "Daily",
 "chargingSchedule": {"duration": 86400, "chargingRateUnit": "A", "chargingSchedulePeriod": [
 {"startPeriod": 0, "limit": 6}, {"startPeriod": 21600, "limit": 16}, {"startPeriod": 79200, "limit": 6}]}}}"""
B_065 = """{"connectorId": 1, "csChargingProfiles": {"chargingProfileId": 3001, "transactionId": 12345, "stackLevel": 0,
 "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative", "chargingSchedule":
 {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10},
 {"startPeriod": 900, "limit": 20}]}}}"""


def test_b_063_the_example_of_the_charge_point():
    bench = Bench("b063")
    bench.now_s = moment(777)
    assert bench.send_text(B_063) == "Accepted"
    assert [bench.amps(at) for at in (777, 10**6, 10**8)] == [16, 16, 16]
    bench.restart()
    assert bench.amps() == 16


def test_b_063_absolute_without_a_start_begins_when_it_is_accepted():
    bench = Bench("b063b")
    bench.now_s = moment(777)
    bench.set(0, purpose=MAX, startSchedule=None, periods=((0, 16), (60, 10)), duration=120)
    for _ in range(2):
        assert [bench.amps(777 + at) for at in (0, 59, 60, 119, 120)] == [16, 16, 10, 10, -1]
        bench.restart()


def test_b_064_the_daily_example_by_the_clock_on_the_wall():
    zone = Zone("CET-1CEST,M3.5.0,M10.5.0/3")
    bench = Bench("b064", offset_s=zone.offset_s)
    assert bench.send_text(B_064) == "Accepted"
    # 2026-02-28 in winter, 2026-07-01 in summer, and the days when the clock is put forward and back.
    for midnight_s in (1772233200, 1782856800, 1774738800, 1792879200):
        local_s = midnight_s + zone.offset_s(midnight_s)
        assert local_s % 86400 == 0
        for clock, amps in (("05:59", 6), ("06:00", 16), ("21:59", 16), ("22:00", 6)):
            wall_s = local_s + int(clock[:2]) * HOUR_S + int(clock[3:]) * 60
            bench.now_s = zone.unix_s(wall_s)
            assert bench.amps() == amps, (midnight_s, clock)
            bench.now_s = zone.unix_s(wall_s - wall_s % 60) + 59
            assert bench.amps() == amps
    # One composite over the day with 23 hours, and one with 25.
    bench.now_s = 1774738800
    assert bench.plan(86400) == [(0, 6), (5 * HOUR_S, 16), (21 * HOUR_S, 6)]
    bench.now_s = 1792879200
    assert bench.plan(86400) == [(0, 6), (7 * HOUR_S, 16), (23 * HOUR_S, 6)]


def test_b_064_weekly_without_a_start_begins_on_monday():
    bench = Bench("b064b", offset_s=lambda _unix_s: 19800)
    bench.set(
        kind="Recurring",
        recurrencyKind="Weekly",
        startSchedule=None,
        periods=((0, 10), (86400, 12), (518400, 14)),
    )
    # Monday 2026-03-02 00:00 local time.
    monday_s = 2 * 86400 - 19800
    for at, amps in (
        (-1, 14),
        (0, 10),
        (86399, 10),
        (86400, 12),
        (518399, 12),
        (518400, 14),
        (604799, 14),
        (604800, 10),
    ):
        assert bench.amps(monday_s + at) == amps, at


def test_b_065_the_relative_example():
    bench = Bench("b065")
    assert bench.send_text(B_065) == "Rejected"
    bench.now_s = moment(100)
    bench.begin(1, 12345)
    bench.now_s = moment(130)
    assert bench.send_text(B_065) == "Accepted"
    assert [bench.amps(100 + at) for at in (30, 14 * 60 + 59, 15 * 60)] == [10, 10, 20]


def test_b_067_068_071_delete_all_and_what_comes_after():
    bench = Bench("b067")
    bench.set(0, number=1, purpose=MAX, periods=((0, 10),))
    bench.set(1, number=2, periods=((0, 12),))
    bench.set(1, number=3, level=1, periods=((0, 14),))
    assert bench.smart.clear_all(bench.now_s) == 3
    assert bench.plan(60) == [(0, 32)]
    bench.restart()
    assert (bench.store.count, bench.plan(60)) == (0, [(0, 32)])
    assert bench.smart.clear_all(bench.now_s) == 0
    assert bench.set(number=4, periods=((0, 13),)) == "Accepted"
    assert bench.amps() == 13


def test_b_072_and_076_the_log_tells_of_every_profile():
    bench = Bench("b072")
    bench.set(number=4, level=2, periods=((0, 10), (60, 12)))
    bench.set(number=5, periods=((9, 10),))
    bench.clear()
    assert bench.lines == [
        "charging profile 4 (TxDefaultProfile, level 2, connector 1): 2 periods",
        "charging profile 5 (TxDefaultProfile, level 0, connector 1): rejected: the first period does not start at 0",
        "charging profile 4 (TxDefaultProfile, level 2, connector 1): removed",
    ]


def test_b_077_composite_and_limit_are_the_same():
    bench = Bench("b077")
    bench.set(0, number=1, purpose=MAX, periods=((0, 24), (50, 18), (110, 30)))
    bench.set(number=2, level=1, duration=70, periods=((0, 20), (40, 22)))
    bench.set(number=3, level=0, periods=((0, 26), (90, 9)))
    plan = bench.plan(200)
    for at in range(200):
        amps = [limit for start_s, limit in plan if start_s <= at][-1]
        assert bench.amps(at) == amps


def test_b_080_what_profiles_do_not_say_is_no_limit():
    bench = Bench("b080")
    bench.set(duration=60, periods=((0, 10),))
    assert [bench.offer(59).limit_ma, bench.offer(60).limit_ma] == [10000, -1]


def test_before_it_is_loaded_nothing_is_granted():
    bench = Bench("unloaded")
    bench.set(periods=((0, 10),))
    from ocpp16.profile_file import ProfileFile
    from ocpp16.profile_store import ProfileStore
    from ocpp16.smart import SmartCharging

    bench.smart = SmartCharging(ProfileStore(ProfileFile(bench.path, lambda: True)))
    assert bench.smart.limit(bench.now_s).limit_ma == 0
    assert bench.smart.step(bench.now_s) is False
    assert bench.set(number=2) == "Rejected"
    assert bench.composite(60) == {"status": "Rejected"}
    for _ in bench.smart.load():
        pass
    assert bench.amps() == 10


def test_numbers_and_fields_that_do_not_matter():
    payload = profile(
        periods=((0, 10),), vendor={"x": [1, {"y": None}], "text": "z" * 500}, transactionId=None
    )
    text = json.dumps({"customData": ["\\u00e9", True, 1e3], "connectorId": 1, "csChargingProfiles": payload})
    bench = Bench("vendor")
    for at_once in (1, 5, 5000):
        assert bench.send_text(text, at_once) == "Accepted"
    assert bench.amps() == 10
