"""The smart charging cases of the compliance tool (group 23) at the level of requests, by their numbers."""

import json

from ocpp_smart_bench import DAY_S, Bench, moment, period

MAX = "ChargePointMaxProfile"
DEFAULT = "TxDefaultProfile"
TX = "TxProfile"


def test_tc_056_default_profile_without_a_transaction():
    bench = Bench("tc056")
    for kind, more in (("Absolute", {}), ("Relative", {}), ("Recurring", {"recurrencyKind": "Daily"})):
        bench.set(1, kind=kind, duration=300, periods=((0, 6), (100, 10), (200, 8)), **more)
        answer = bench.composite(300)
        assert answer["status"] == "Accepted" and answer["connectorId"] == 1
        assert answer["scheduleStart"] == "2026-02-28T00:00:00Z"
        schedule = answer["chargingSchedule"]
        assert "startSchedule" not in schedule
        assert schedule["chargingSchedulePeriod"] == [period(0, 6), period(100, 10), period(200, 8)]
        # A transaction that begins now goes by it.
        bench.begin()
        assert [bench.amps(at) for at in (0, 100, 200)] == [6, 10, 8]
        bench.now_s = DAY_S
        bench.smart.transaction_ended(1, bench.now_s)


def test_tc_057_tx_profile():
    bench = Bench("tc057")
    bench.begin(1, 1)
    bench.now_s = moment(10)
    assert (
        bench.set(purpose=TX, transactionId=1, kind="Relative", duration=100, periods=((0, 6), (50, 8)))
        == "Accepted"
    )
    assert bench.plan(90) == [(0, 6), (40, 8)]
    assert [bench.amps(49), bench.amps(50)] == [6, 8]


def test_tc_058_1_tx_profile_without_a_transaction():
    bench = Bench("tc058_1")
    assert bench.set(purpose=TX, transactionId=1) == "Rejected"
    assert bench.set(purpose=TX) == "Rejected"
    assert bench.store.count == 0


def test_tc_058_2_tx_profile_with_the_wrong_id():
    bench = Bench("tc058_2")
    bench.begin(1, 1)
    assert bench.set(purpose=TX, transactionId=2) == "Rejected"
    assert bench.store.count == 0
    assert bench.set(purpose=TX, transactionId=1) == "Accepted"


def test_tc_059_remote_start_with_a_profile():
    bench = Bench("tc059")
    assert bench.start_remotely(purpose=TX, kind="Relative", periods=((0, 6), (60, 8))) is True
    bench.smart.transaction_id(1, 9, bench.now_s)
    assert bench.plan(120) == [(0, 6), (60, 8)]
    bench.smart.transaction_ended(1, bench.now_s)
    assert bench.store.count == 0


def test_tc_060_remote_start_with_the_wrong_purpose():
    bench = Bench("tc060")
    for purpose in (DEFAULT, MAX):
        assert bench.start_remotely(purpose=purpose) is False
    bench.begin()
    assert bench.store.count == 0


def test_tc_066_composite_of_three_purposes():
    for lowest, expected in (
        # The default counts as well, or it is replaced as the specification says.
        (True, [(0, 6), (60, 8), (120, 10), (160, 6), (220, 8), (260, 10)]),
        (False, [(0, 8), (60, 8), (120, 10), (260, 10)]),
    ):
        bench = Bench("tc066")
        bench.smart.lowest = lowest
        bench.begin(1, 1)
        bench.set(1, number=1, purpose=DEFAULT, periods=((0, 6), (60, 10), (120, 10), (160, 6), (220, 12)))
        bench.set(0, number=2, purpose=MAX, periods=((0, 10),))
        bench.set(
            1,
            number=3,
            purpose=TX,
            transactionId=1,
            kind="Relative",
            duration=260,
            periods=((0, 8), (120, 10), (220, 8)),
        )
        if not lowest:
            # Equal neighbours are one period.
            expected = [(0, 8), (120, 10), (220, 8), (260, 10)]
        assert bench.plan(350) == expected


def test_tc_067_clear():
    bench = Bench("tc067")
    for clear in ((1, None, None, None), (None, 1, DEFAULT, 0), (None, None, None, None)):
        bench.set(1, number=1, periods=((0, 6),))
        assert bench.plan(300) == [(0, 6)]
        assert bench.clear(*clear) == "Accepted"
        # What the station has, and never -1.
        assert bench.plan(300) == [(0, 32)]
        assert bench.clear(*clear) == "Unknown"


def test_tc_072_stacking():
    bench = Bench("tc072")
    bench.set(1, number=1, level=0, duration=400, periods=((0, 6), (100, 8), (200, 10)))
    bench.set(1, number=2, level=1, duration=150, periods=((0, 7), (50, 9)))
    assert bench.plan(350) == [(0, 7), (50, 9), (150, 8), (200, 10)]
    bench.begin()
    assert [bench.amps(at) for at in (0, 50, 149, 150, 200, 400)] == [7, 9, 9, 8, 10, -1]


def test_tc_082_default_profile_during_a_transaction():
    bench = Bench("tc082")
    bench.begin(1, 1)
    bench.charging = True
    assert bench.plan(60) == [(0, 32)]
    assert bench.set(1, number=1, kind="Relative", periods=((0, 6),)) == "Accepted"
    assert bench.plan(60) == [(0, 6)]
    assert bench.amps() == 6


def test_evcc_sends_the_same_limit_again_and_again():
    bench = Bench("evcc")
    writes = []
    append = bench.file.append
    bench.file.append = lambda pieces: writes.append(1) or append(pieces)
    for turn in range(60):
        bench.now_s = moment(600 + turn * 10)
        start = "2026-02-28T00:%02d:%02dZ" % ((540 + turn * 10) // 60, turn * 10 % 60)
        assert bench.set(number=255, level=255, startSchedule=start, periods=((0, 16.0),)) == "Accepted"
        assert bench.amps() == 16
    assert len(writes) == 1
    bench.set(number=255, level=255, startSchedule="2026-02-28T00:15:00Z", periods=((0, 0.0),))
    assert (bench.amps(), len(writes)) == (0, 2)
    answer = bench.composite(60)
    assert answer["chargingSchedule"]["chargingSchedulePeriod"] == [period(0, 0)]


def test_home_assistant_limits_the_charge_point():
    bench = Bench("home_assistant")
    assert (
        bench.set(0, number=1000, purpose=MAX, kind="Relative", level=255, periods=((0, 10),)) == "Accepted"
    )
    assert bench.amps() == 10
    assert bench.set(0, number=1000, purpose=MAX, kind="Relative", level=255, periods=((0, 0),)) == "Accepted"
    assert bench.amps() == 0
    assert bench.clear(1000) == "Accepted"
    assert bench.amps() == -1


def test_a_profile_that_comes_while_the_composite_is_worked_out_counts():
    bench = Bench("meanwhile")
    bench.set(number=1, periods=[(index * 10, 6 + index % 20) for index in range(100)])
    pieces = bench.smart.composite(1, 1000, None, bench.now_s)
    assert next(pieces) == ""
    bench.set(number=1, periods=((0, 9), (500, 8)))
    text = "".join(pieces)
    assert json.loads(text)["chargingSchedule"]["chargingSchedulePeriod"] == [period(0, 9), period(500, 8)]


def test_a_composite_of_more_than_255_periods_says_where_it_ends():
    bench = Bench("long")
    bench.set(
        kind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2026-02-28T00:00:00Z",
        periods=[(index * 60, 6 + index % 2) for index in range(200)],
    )
    schedule = bench.composite(2 * 86400)["chargingSchedule"]
    periods = schedule["chargingSchedulePeriod"]
    # The second day begins with the 201st one.
    assert periods[200] == period(86400, 6)
    assert (len(periods), periods[254], schedule["duration"]) == (
        255,
        period(86400 + 54 * 60, 6),
        86400 + 55 * 60,
    )
