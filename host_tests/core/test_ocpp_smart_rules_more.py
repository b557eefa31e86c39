"""Smart charging of OCPP 1.6 by the rules of the standard and its errata: rule 14 and later."""

import json

from ocpp_smart_bench import Bench, moment, period, profile

MAX = "ChargePointMaxProfile"
DEFAULT = "TxDefaultProfile"
TX = "TxProfile"
HOUR_S = 3600


# Rule 14: errata 3.45


def test_rule_14_the_first_period_starts_at_0():
    bench = Bench("rule14")
    assert bench.set(periods=((1, 10),)) == "Rejected"
    assert bench.set(periods=((60, 10), (0, 12))) == "Rejected"
    assert bench.set(periods=((0, 10),)) == "Accepted"


# Rule 15: 7.13


def test_rule_15_one_decimal_and_the_minimum_rate_is_a_hint():
    bench = Bench("rule15")
    for text, amps in (
        ("8.1", 8),
        ("9.99", 9),
        ("0.9", 0),
        ("1.6e1", 16),
        ("160E-1", 16),
        ("0.0", 0),
        ("1e400", 65535),
    ):
        payload = profile(periods=((0, 77),), minChargingRate=8.1)
        payload = json.dumps({"connectorId": 1, "csChargingProfiles": payload}).replace(": 77", ": " + text)
        assert bench.send_text(payload) == "Accepted"
        assert bench.amps() == amps, text
    assert bench.set(periods=((0, 3),), minChargingRate=6.0) == "Accepted"
    assert bench.amps() == 3


# Rule 16: 7.12


def test_rule_16_watts_are_the_total_over_the_phases():
    bench = Bench("rule16")
    assert bench.set(chargingRateUnit="W", periods=((0, 11000),)) == "Rejected"
    bench.smart.accept_watts = True
    # 11000 / 690 = 15.9; 3680 / 230 = 16; 7360 / 460 = 16; without phases there are three.
    bench.set(
        chargingRateUnit="W", periods=((0, 11000), (10, 3680, 1), (20, 7360, 2), (30, 11040.5, 3), (40, 0))
    )
    assert [bench.amps(at) for at in (0, 10, 20, 30, 40)] == [15, 16, 16, 16, 0]
    # More phases than the station has: the limit is taken as it is given.
    bench.smart.phases = 1
    bench.smart.changed()
    assert bench.amps(0) == 15
    bench.smart.voltage_v = 120
    bench.set(chargingRateUnit="W", periods=((0, 3600, 1),))
    assert bench.amps() == 30


def test_rule_16_the_unit_may_come_behind_the_periods():
    bench = Bench("rule16b")
    bench.smart.accept_watts = True
    text = (
        '{"csChargingProfiles":{"chargingSchedule":{"chargingSchedulePeriod":[{"limit":6900,"startPeriod":0}],'
        '"chargingRateUnit":"W"},"chargingProfileKind":"Relative","stackLevel":0,"chargingProfilePurpose":'
        '"TxDefaultProfile","chargingProfileId":1},"connectorId":1}'
    )
    for at_once in (1, 2, 3, 7, 1000):
        assert bench.send_text(text, at_once) == "Accepted"
        assert bench.amps() == 10


# Rule 17


def test_rule_17_the_fewest_phases_of_the_merged_profiles():
    bench = Bench("rule17")
    bench.set(0, number=1, purpose=MAX, periods=((0, 20, 3), (100, 20, 1)))
    bench.set(number=2, periods=((0, 10), (50, 10, 2)))
    found = bench.composite(200)["chargingSchedule"]["chargingSchedulePeriod"]
    assert found == [period(0, 10, 3), period(50, 10, 2), period(100, 10, 1)]


# Rule 18: errata 3.8, OCTT TC_082


def test_rule_18_a_default_acts_on_the_running_transaction_at_once():
    bench = Bench("rule18")
    bench.begin()
    assert bench.amps() == -1
    bench.charging = True
    bench.set(periods=((0, 10),))
    assert bench.amps() == 10
    bench.set(periods=((0, 13),))
    assert bench.amps() == 13
    bench.clear(1)
    assert bench.amps() == -1


# Rule 19: errata 3.37


def test_rule_19_profiles_survive_a_restart():
    bench = Bench("rule19")
    for level in range(10):
        bench.set(number=level, level=level, periods=((0, 10 + level),), duration=1000 - 100 * level)
    bench.set(0, number=99, purpose=MAX, periods=((0, 31),))
    before = [bench.amps(at) for at in range(0, 1100, 50)]
    bench.restart()
    assert [bench.amps(at) for at in range(0, 1100, 50)] == before
    assert before[0] == 19 and before[-1] == 31


# Rule 21: errata 3.25, 3.26


def test_rule_21_clear():
    def filled():
        bench = Bench("rule21", connectors=2)
        bench.set(0, number=1, purpose=MAX, level=0)
        bench.set(0, number=2, purpose=DEFAULT, level=0)
        bench.set(1, number=3, purpose=DEFAULT, level=0)
        bench.set(1, number=4, purpose=DEFAULT, level=1)
        bench.set(2, number=5, purpose=DEFAULT, level=1)
        return bench

    def left(bench):
        return sorted(bench.store.head(slot)[4] for slot in bench.store.order[: bench.store.count])

    for wanted, remaining in (
        # The id decides alone.
        ((4, 2, MAX, 9), [1, 2, 3, 5]),
        ((None, 0, None, None), [3, 4, 5]),
        ((None, 1, None, 0), [1, 2, 4, 5]),
        ((None, None, DEFAULT, 1), [1, 2, 3]),
        ((None, None, None, 0), [4, 5]),
        ((None, 0, DEFAULT, 0), [1, 3, 4, 5]),
        ((None, None, None, None), []),
    ):
        bench = filled()
        assert bench.clear(*wanted) == "Accepted"
        assert left(bench) == remaining, wanted
        assert bench.clear(*wanted) == "Unknown"
        bench.restart()
        assert left(bench) == remaining, wanted
    bench = filled()
    for nothing in (
        (6, None, None, None),
        (10**12, None, None, None),
        (None, 3, None, None),
        (None, 1, MAX, None),
    ):
        assert bench.clear(*nothing) == "Unknown"
    assert left(bench) == [1, 2, 3, 4, 5]


# Rule 22: errata 3.24, 3.38, 3.39


def test_rule_22_call_errors():
    bench = Bench("rule22")
    violation = "PropertyConstraintViolation"
    for more in (
        {"chargingRateUnit": "kW"},
        {"kind": "Sometimes"},
        {"purpose": "ChargingStationMaxProfile"},
        {"kind": "Recurring", "recurrencyKind": "Monthly"},
        {"level": -1},
        {"validFrom": "yesterday"},
        {"number": 2**31},
    ):
        assert bench.set(**more) == violation, more
    assert bench.set(2) == violation
    assert bench.set(-1) == violation
    for name in (
        "chargingRateUnit",
        "chargingProfileId",
        "stackLevel",
        "chargingSchedule",
        "chargingProfileKind",
    ):
        assert bench.set(**{name: None}) == "ProtocolError", name
    for more in (
        {"number": "1"},
        {"level": 1.5},
        {"duration": "60"},
        {"validTo": 5},
        {"chargingSchedule": []},
    ):
        assert bench.set(**more) == "TypeConstraintViolation", more
    assert bench.store.count == 0
    try:
        bench.composite(60, unit="kW")
        raise AssertionError("no error")
    except Exception as error:
        assert getattr(error, "code", "") == violation


# Rule 23: 5.16.2, OCTT TC_059, TC_060


def test_rule_23_the_profile_of_a_remote_start():
    bench = Bench("rule23")
    assert bench.start_remotely(purpose=DEFAULT) is False
    assert bench.start_remotely(purpose=TX, transactionId=4) is False
    assert bench.start_remotely(purpose=TX, kind="Relative", periods=((0, 14), (60, 9)), start=False) is True
    assert bench.amps() == -1
    bench.now_s = moment(30)
    bench.begin()
    bench.smart.transaction_id(1, 77, bench.now_s)
    assert [bench.amps(at) for at in (30, 89, 90)] == [14, 14, 9]
    # On the same level it is replaced, on another they are stacked.
    bench.set(number=2, purpose=TX, transactionId=77, periods=((0, 20),))
    assert (bench.store.count, bench.amps()) == (1, 20)
    bench.set(number=3, level=1, purpose=TX, transactionId=77, periods=((0, 21),))
    assert (bench.store.count, bench.amps()) == (2, 21)


def test_rule_23_a_start_that_came_to_nothing_leaves_no_profile():
    bench = Bench("rule23b")
    assert bench.start_remotely(purpose=TX, start=False) is True
    bench.smart.unstage()
    bench.begin()
    assert bench.store.count == 0


# Rule 24: 5.7, errata 3.57


def test_rule_24_composite_schedule():
    bench = Bench("rule24", connectors=2)
    bench.now_s = moment(30)
    bench.set(1, number=1, periods=((0, 10), (60, 12)))
    answer = bench.composite(100, 1)
    assert answer == {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-02-28T00:00:30Z",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "duration": 100,
            "chargingSchedulePeriod": [period(0, 10), period(30, 12)],
        },
    }
    # Connector 0 is all together; the maximum of the charge point counts once.
    assert bench.plan(100, 2) == [(0, 32)]
    assert bench.plan(100, 0) == [(0, 42), (30, 44)]
    bench.set(0, number=2, purpose=MAX, periods=((0, 40), (80, 5)))
    assert bench.plan(100, 0) == [(0, 40), (50, 5)]
    assert bench.plan(100, 1) == [(0, 10), (30, 12), (50, 5)]
    for connector in (3, -1):
        assert bench.composite(100, connector) == {"status": "Rejected"}
    assert bench.composite(-1) == {"status": "Rejected"}
    assert bench.plan(0, 1) == [(0, 10)]


def test_rule_24_composite_in_watts():
    bench = Bench("rule24b")
    bench.set(periods=((0, 10),))
    assert bench.plan(60, unit="W") == [(0, 6900)]
    bench.smart.phases = 1
    assert bench.plan(60, unit="W") == [(0, 2300)]
    assert bench.composite(60, unit="W")["chargingSchedule"]["chargingRateUnit"] == "W"


# Rule 25: 9.4


def test_rule_25_as_many_levels_as_profiles():
    bench = Bench("rule25")
    assert bench.set(number=1, level=255) == "Accepted"
    assert bench.set(number=2, level=256) == "Rejected"
