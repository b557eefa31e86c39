"""Smart charging of OCPP 1.6 by the rules of the standard and its errata, one test or more per rule: up to rule 13."""

from ocpp_smart_bench import DAY_S, Bench, moment

MAX = "ChargePointMaxProfile"
DEFAULT = "TxDefaultProfile"
TX = "TxProfile"
HOUR_S = 3600


# Rule 1: 3.13.1


def test_rule_1_which_connectors_a_purpose_may_have():
    bench = Bench("rule1", connectors=2)
    bench.begin(1)
    assert bench.set(1, purpose=MAX) == "Rejected"
    assert bench.set(0, purpose=MAX) == "Accepted"
    assert bench.set(0, number=2, purpose=TX) == "Rejected"
    assert bench.set(1, number=2, purpose=TX) == "Accepted"
    assert bench.set(0, number=3, purpose=DEFAULT) == "Accepted"
    assert bench.set(2, number=4, purpose=DEFAULT) == "Accepted"


def test_rule_1_a_default_of_one_connector_replaces_that_of_all_for_it_only():
    bench = Bench("rule1b", connectors=2)
    bench.set(0, number=1, periods=((0, 20),))
    bench.set(1, number=2, periods=((0, 25),))
    assert (bench.amps(connector=1), bench.amps(connector=2)) == (25, 20)
    # A later one for all does not go over it.
    bench.set(0, number=1, periods=((0, 10),))
    assert (bench.amps(connector=1), bench.amps(connector=2)) == (25, 10)
    # On another level both are there, and the higher one holds.
    bench.set(0, number=3, level=5, periods=((0, 13),))
    assert (bench.amps(connector=1), bench.amps(connector=2)) == (13, 13)
    bench.clear(3)
    bench.clear(2)
    assert (bench.amps(connector=1), bench.amps(connector=2)) == (10, 10)


def test_rule_1_what_replaces_also_does_so_while_it_says_nothing():
    bench = Bench("rule1c")
    bench.set(0, number=1, periods=((0, 20),))
    bench.set(1, number=2, periods=((0, 25),), duration=60)
    assert [bench.amps(59), bench.amps(60)] == [25, -1]


# Rule 2: 3.13.2, errata 3.43


def test_rule_2_the_highest_level_holds_also_when_its_limit_is_higher():
    bench = Bench("rule2")
    bench.set(number=1, level=0, periods=((0, 6),))
    bench.set(number=2, level=3, periods=((0, 30),), duration=100)
    bench.set(number=3, level=2, periods=((0, 9),), startSchedule="2026-02-28T00:01:00Z", duration=100)
    assert [bench.amps(at) for at in (0, 60, 99, 100, 159, 160)] == [30, 30, 30, 9, 9, 6]
    bench.now_s = DAY_S
    assert bench.plan(300) == [(0, 30), (100, 9), (160, 6)]


# Rule 3: 5.16.3, 5.16.4


def test_rule_3_the_same_id_replaces():
    bench = Bench("rule3")
    bench.set(number=7, level=0, periods=((0, 10),))
    assert bench.set(number=7, level=4, purpose=DEFAULT, periods=((0, 12),)) == "Accepted"
    assert bench.store.count == 1
    assert bench.set(0, number=7, purpose=MAX, periods=((0, 14),)) == "Accepted"
    assert (bench.store.count, bench.amps()) == (1, 14)


def test_rule_3_the_same_purpose_and_level_replaces():
    bench = Bench("rule3b")
    bench.set(number=7, level=2, periods=((0, 10),))
    bench.set(number=8, level=2, periods=((0, 12),))
    assert (bench.store.count, bench.store.find_id(7), bench.amps()) == (1, -1, 12)


def test_rule_3_one_profile_may_replace_two():
    bench = Bench("rule3c")
    bench.set(number=1, level=1, periods=((0, 10),))
    bench.set(number=2, level=2, periods=((0, 12),))
    bench.set(number=1, level=2, periods=((0, 14),))
    bench.restart()
    assert (bench.store.count, bench.amps()) == (1, 14)
    bench.clear(1)
    bench.restart()
    assert (bench.store.count, bench.amps()) == (0, -1)


# Rule 4: 3.13.2 note


def test_rule_4_a_replacement_in_the_future_leaves_default_behaviour_until_then():
    bench = Bench("rule4")
    bench.set(number=1, level=1, periods=((0, 20),))
    bench.set(number=2, level=0, periods=((0, 8),))
    bench.set(number=1, level=1, periods=((0, 22),), validFrom="2026-02-28T00:10:00Z")
    assert [bench.amps(at) for at in (0, 599, 600)] == [8, 8, 22]
    bench.clear(2)
    assert [bench.amps(at) for at in (0, 599, 600)] == [-1, -1, 22]


# Rule 5: 3.13.1, OCTT TC_058


def test_rule_5_a_tx_profile_is_of_a_running_transaction():
    bench = Bench("rule5")
    assert bench.set(purpose=TX, transactionId=5) == "Rejected"
    assert bench.set(purpose=TX) == "Rejected"
    bench.begin()
    # Before the central system gave its id, none can match.
    assert bench.set(purpose=TX, transactionId=5) == "Rejected"
    bench.smart.transaction_id(1, 5, bench.now_s)
    assert bench.set(purpose=TX, transactionId=6) == "Rejected"
    assert bench.set(purpose=TX, transactionId=5, periods=((0, 9),)) == "Accepted"
    assert bench.amps() == 9
    assert bench.set(number=2, level=1, purpose=TX, periods=((0, 11),)) == "Accepted"
    assert bench.amps() == 11
    bench.smart.transaction_ended(1, bench.now_s)
    assert (bench.store.count, bench.amps()) == (0, -1)
    bench.restart()
    assert bench.store.count == 0


def test_rule_5_transactions_of_other_connectors_keep_theirs():
    bench = Bench("rule5b", connectors=2)
    bench.begin(1, 5)
    bench.begin(2, 6)
    assert bench.set(1, number=1, purpose=TX, transactionId=6) == "Rejected"
    bench.set(1, number=1, purpose=TX, transactionId=5, periods=((0, 9),))
    bench.set(2, number=2, purpose=TX, transactionId=6, periods=((0, 11),))
    bench.smart.transaction_ended(1, bench.now_s)
    assert (bench.amps(connector=1), bench.amps(connector=2)) == (-1, 11)


# Rule 6: 3.13.1, by the combining rule of the specification


def test_rule_6_a_tx_profile_overrules_the_default_whatever_the_levels():
    bench = Bench("rule6")
    bench.smart.lowest = False
    bench.begin()
    bench.set(number=1, level=9, periods=((0, 10),))
    bench.set(number=2, purpose=TX, kind="Relative", level=0, periods=((0, 20),), duration=100)
    assert [bench.amps(at) for at in (0, 99, 100)] == [20, 20, 10]
    bench.smart.lowest = True
    bench.smart.changed()
    assert [bench.amps(at) for at in (0, 99, 100)] == [10, 10, 10]


# Rule 7: 3.13.3


def test_rule_7_the_charge_point_maximum_holds_too():
    bench = Bench("rule7")
    bench.set(0, number=1, purpose=MAX, periods=((0, 16), (60, 8)))
    bench.set(number=2, periods=((0, 12), (120, 6)))
    assert [bench.amps(at) for at in (0, 60, 120)] == [12, 8, 6]
    bench.now_s = DAY_S
    assert bench.plan(180) == bench.plan(180, 0) == [(0, 12), (60, 8), (120, 6)]


def test_rule_7_several_connectors_stay_below_it_together():
    bench = Bench("rule7b", connectors=2)
    bench.set(0, number=1, purpose=MAX, periods=((0, 25),))
    bench.begin(1)
    assert bench.amps(connector=1) == 25
    bench.begin(2)
    assert (bench.amps(connector=1), bench.amps(connector=2)) == (12, 12)
    bench.smart.transaction_ended(1, bench.now_s)
    assert bench.amps(connector=2) == 25
    # One that would begin now would have to share.
    assert bench.amps(connector=1) == 12


# Rule 8: 7.13


def test_rule_8_absolute_from_its_start_or_that_of_charging():
    bench = Bench("rule8")
    bench.set(number=1, periods=((0, 10), (60, 20)), startSchedule="2026-02-28T01:00:00+00:30")
    assert [bench.amps(at) for at in (0, 1799, 1800, 1859, 1860)] == [-1, -1, 10, 10, 20]
    bench.set(number=1, periods=((0, 10), (60, 20)), startSchedule=None)
    assert [bench.amps(at) for at in (0, 100)] == [10, 10]
    bench.begin()
    assert [bench.amps(at) for at in (100, 159, 160)] == [10, 10, 20]


# Rule 9: errata 3.79


def test_rule_9_daily_is_every_24_hours_from_the_start_and_not_before_it():
    bench = Bench("rule9")
    bench.set(
        kind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2026-02-28T13:00:00Z",
        periods=((0, 10), (HOUR_S, 20)),
    )
    start_s = 13 * HOUR_S
    assert [bench.amps(at) for at in (0, start_s - 1)] == [-1, -1]
    for day in (0, 1, 2, 30, 400):
        at = start_s + day * 86400
        assert [bench.amps(at + more) for more in (0, HOUR_S - 1, HOUR_S, 86399)] == [10, 10, 20, 20]


def test_rule_9_weekly_is_every_7_days_from_the_start():
    bench = Bench("rule9b")
    bench.set(
        kind="Recurring",
        recurrencyKind="Weekly",
        startSchedule="2026-02-25T06:00:00Z",
        periods=((0, 10), (86400, 20), (6 * 86400, 30)),
    )
    start_s = 6 * HOUR_S - 3 * 86400
    for week in (0, 1, 60):
        at = start_s + week * 604800 + 604800
        assert [bench.amps(at + more) for more in (-1, 0, 86400, 6 * 86400, 604799)] == [30, 10, 20, 30, 30]


# Rule 10: 5.16.4 notes


def test_rule_10_what_is_beyond_the_recurrence_is_not_executed():
    bench = Bench("rule10")
    bench.set(
        kind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2026-02-28T00:00:00Z",
        periods=((0, 10), (86000, 11), (90000, 30)),
        duration=200000,
    )
    assert [bench.amps(at) for at in (0, 86000, 86399, 86400, 90000, 86400 + 86000)] == [
        10,
        11,
        11,
        10,
        10,
        11,
    ]


def test_rule_10_behind_a_shorter_duration_the_lower_level_and_then_none():
    bench = Bench("rule10b")
    daily = {"kind": "Recurring", "recurrencyKind": "Daily", "startSchedule": "2026-02-27T00:00:00Z"}
    bench.set(number=1, level=1, periods=((0, 10),), duration=100, **daily)
    bench.set(number=2, level=0, periods=((0, 20),), duration=200, **daily)
    for day in (0, 86400):
        assert [bench.amps(day + at) for at in (0, 99, 100, 199, 200, 86399)] == [10, 10, 20, 20, -1, -1]
    bench.now_s = DAY_S
    assert bench.plan(86500) == [(0, 10), (100, 20), (200, 32), (86400, 10)]


# Rule 11: 7.9


def test_rule_11_relative_from_the_start_of_the_transaction():
    bench = Bench("rule11")
    bench.set(kind="Relative", periods=((0, 10), (900, 20)), startSchedule="2020-01-01T00:00:00Z")
    bench.now_s = moment(5000)
    bench.begin()
    assert [bench.amps(at) for at in (5000, 5899, 5900, 10**6)] == [10, 10, 20, 20]


def test_rule_11_relative_for_the_charge_point_as_home_assistant_sends_it():
    bench = Bench("rule11b")
    assert (
        bench.set(0, number=1000, purpose=MAX, kind="Relative", level=255, periods=((0, 13),)) == "Accepted"
    )
    assert bench.amps() == 13
    bench.begin()
    assert bench.amps(86400) == 13


# Rule 12: 7.8


def test_rule_12_valid_from_counts_and_valid_to_does_not():
    bench = Bench("rule12")
    bench.set(validFrom="2026-02-28T00:01:00Z", validTo="2026-02-28T00:02:00Z", periods=((0, 10), (100, 12)))
    assert [bench.amps(at) for at in (0, 59, 60, 99, 100, 119, 120, 10**7)] == [
        -1,
        -1,
        10,
        10,
        12,
        12,
        -1,
        -1,
    ]
    bench.now_s = DAY_S
    assert bench.plan(200) == [(0, 32), (60, 10), (100, 12), (120, 32)]
    assert bench.set(validFrom="2026-02-28T00:01:00Z", validTo="2026-02-28T00:01:00Z") == "Rejected"
    # A tx profile may have them too (errata 3.65, 3.66).
    bench.begin()
    assert bench.set(number=2, purpose=TX, validTo="2026-02-28T00:00:30Z", periods=((0, 7),)) == "Accepted"
    assert [bench.amps(29), bench.amps(30)] == [7, -1]


# Rule 13: 7.13


def test_rule_13_without_duration_the_last_period_holds_for_ever():
    bench = Bench("rule13")
    bench.set(periods=((0, 10), (60, 12)))
    assert [bench.amps(at) for at in (60, 10 * 86400, 20 * 365 * 86400)] == [12, 12, 12]
    bench.now_s = DAY_S
    bench.begin()
    bench.set(number=2, purpose=TX, kind="Relative", periods=((0, 9),))
    assert bench.amps(10 * 86400) == 9
    bench.smart.transaction_ended(1, bench.now_s)
    assert bench.amps() == 12
