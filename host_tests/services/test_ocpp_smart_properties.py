"""Random profiles against a plain model that looks at every moment by itself, in both combining rules."""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocpp_smart_bench import DAY_S, Bench, moment, profile

from evse.settings.timezone import Zone

MAXIMUM_A = 32
PURPOSES = ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")
KINDS = ("Absolute", "Daily", "Weekly", "Relative")
DAY = 86400
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
# Among them hours around the changes of the clock on 2026-03-29 and 2026-10-25.
ORIGINS = (DAY_S, 1774738800, 1792879200)


@dataclass
class Plan:
    """A profile as the model sees it; times in unix seconds, None where the field is missing."""

    purpose: int
    connector: int
    level: int
    kind: str
    start_s: int | None
    duration_s: int | None
    from_s: int | None
    to_s: int | None
    periods: list[tuple[int, float]]
    number: int = 0

    def message(self) -> dict:
        more = {}
        if self.kind in ("Daily", "Weekly"):
            more["recurrencyKind"] = self.kind
        if self.duration_s is not None:
            more["duration"] = self.duration_s
        for name, value in (("validFrom", self.from_s), ("validTo", self.to_s)):
            if value is not None:
                more[name] = iso(value)
        more["startSchedule"] = None if self.start_s is None else iso(self.start_s)
        found = profile(
            self.number,
            PURPOSES[self.purpose],
            self.kind if self.kind in ("Absolute", "Relative") else "Recurring",
            level=self.level,
            periods=self.periods,
            **{name: value for name, value in more.items() if value is not None},
        )
        if self.start_s is None:
            found["chargingSchedule"].pop("startSchedule", None)
        return found


def iso(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Model:
    """Smart charging without any index, cache or look ahead."""

    def __init__(self, connectors: int, zone: ZoneInfo, lowest: bool) -> None:
        self.connectors = connectors
        self.zone = zone
        self.lowest = lowest
        self.plans: list[Plan] = []
        self.begin_s: dict[int, int] = {}

    def put(self, plan: Plan, now_s: int) -> None:
        key = (plan.purpose, plan.connector, plan.level)
        self.plans = [
            other
            for other in self.plans
            if other.number != plan.number and (other.purpose, other.connector, other.level) != key
        ]
        if plan.kind == "Absolute" and plan.start_s is None and plan.purpose == 0:
            plan.start_s = now_s
        self.plans.append(plan)

    def says(self, plan: Plan, at_s: int, begin_s: int | None) -> int | None:
        """Return what one profile says at a moment, in A."""
        if plan.from_s is not None and at_s < plan.from_s:
            return None
        if plan.to_s is not None and at_s >= plan.to_s:
            return None
        if plan.kind in ("Daily", "Weekly"):
            every_s = DAY if plan.kind == "Daily" else 7 * DAY
            if plan.start_s is not None:
                if at_s < plan.start_s:
                    return None
                place_s = (at_s - plan.start_s) % every_s
            else:
                wall = datetime.fromtimestamp(at_s, self.zone)
                place_s = wall.hour * 3600 + wall.minute * 60 + wall.second
                if plan.kind == "Weekly":
                    place_s += wall.weekday() * DAY
        elif plan.kind == "Absolute" and plan.start_s is not None:
            place_s = at_s - plan.start_s
        else:
            place_s = 0 if begin_s is None else at_s - begin_s
        if place_s < 0 or (plan.duration_s is not None and place_s >= plan.duration_s):
            return None
        return int([limit for start_s, limit in plan.periods if start_s <= place_s][-1])

    def purpose(self, purpose: int, connector: int, at_s: int, begin_s: int | None) -> int | None:
        candidates = {}
        for plan in self.plans:
            # That of the connector hides that of connector 0 on its level.
            if plan.purpose == purpose and (
                plan.connector == connector or (plan.connector == 0 and plan.level not in candidates)
            ):
                candidates[plan.level] = plan
        for level in sorted(candidates, reverse=True):
            said = self.says(candidates[level], at_s, begin_s)
            if said is not None:
                return said
        return None

    def limit(self, connector: int, at_s: int, simulated_s: int | None = None, share: int = 1) -> int | None:
        begin_s = self.begin_s.get(connector, simulated_s)
        station_s = min(self.begin_s.values(), default=simulated_s)
        station = self.purpose(0, 0, at_s, station_s) if share else None
        default = self.purpose(1, connector, at_s, begin_s)
        own = self.purpose(2, connector, at_s, begin_s) if connector in self.begin_s else None
        if not self.lowest and own is not None:
            default = None
        said = [
            limit
            for limit in (station if station is None else station // share, default, own)
            if limit is not None
        ]
        return min(said, default=None)

    def composite(self, connector: int, at_s: int, now_s: int) -> int:
        if connector or self.connectors == 1:
            said = self.limit(connector or 1, at_s, now_s)
            return MAXIMUM_A if said is None else min(said, MAXIMUM_A)
        total = 0
        for number in range(1, self.connectors + 1):
            said = self.limit(number, at_s, now_s, 0)
            total += MAXIMUM_A if said is None else min(said, MAXIMUM_A)
        station = self.purpose(0, 0, at_s, min(self.begin_s.values(), default=now_s))
        return total if station is None else min(total, station)


spans = st.one_of(st.integers(0, 200), st.integers(0, 3 * DAY), st.sampled_from([3600, DAY, 7 * DAY]))
offsets = st.one_of(st.integers(-200, 200), st.integers(-8 * DAY, 3 * DAY))


@st.composite
def plans(draw, origin_s: int, connectors: int) -> Plan:
    purpose = draw(st.integers(0, 2))
    gaps = draw(st.lists(st.one_of(st.integers(1, 90), st.integers(1, DAY)), max_size=8))
    starts = [0]
    for gap in gaps:
        starts.append(starts[-1] + gap)
    from_s = draw(st.none() | offsets)
    to_s = draw(st.none() | spans)
    return Plan(
        purpose,
        0 if purpose == 0 else draw(st.integers(0 if purpose == 1 else 1, connectors)),
        draw(st.integers(0, 4)),
        draw(st.sampled_from(KINDS)),
        draw(st.none() | offsets.map(lambda offset: origin_s + offset)),
        draw(st.none() | spans),
        None if from_s is None else origin_s + from_s,
        None if to_s is None else origin_s + (from_s or 0) + 1 + to_s,
        [(start_s, draw(st.integers(0, 399)) / 10) for start_s in starts],
    )


@st.composite
def cases(draw):
    origin_s = draw(st.sampled_from(ORIGINS)) + draw(st.integers(0, DAY))
    connectors = draw(st.sampled_from([1, 1, 2]))
    begun = {
        number: origin_s + draw(st.integers(0, 100))
        for number in range(1, connectors + 1)
        if draw(st.booleans())
    }
    found = draw(st.lists(plans(origin_s, connectors), max_size=9))
    for plan in found:
        plan.number = draw(st.integers(1, 12))
    return origin_s, connectors, begun, found, draw(st.booleans()), draw(st.integers(1, 5)) * draw(spans)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(cases())
def test_limits_and_composites_are_those_of_the_model(case) -> None:
    origin_s, connectors, begun, found, lowest, duration_s = case
    zone = Zone(BERLIN)
    bench = Bench("model", connectors, zone.offset_s)
    bench.smart.lowest = lowest
    model = Model(connectors, ZoneInfo("Europe/Berlin"), lowest)
    for number in begun:
        bench.now_s = begun[number]
        bench.begin(number)
        model.begin_s[number] = begun[number]
    bench.now_s = now_s = origin_s + 150
    for plan in found:
        status = bench.send((plan.connector, plan.message()))
        refused = plan.purpose == 2 and plan.connector not in begun
        if plan.from_s is not None and plan.to_s is not None and plan.to_s <= plan.from_s:
            refused = True
        assert status == ("Rejected" if refused else "Accepted"), bench.lines[-1]
        if not refused:
            model.put(plan, now_s)
    bench.settle()
    for connector in range(connectors + 1):
        compare_composite(bench, model, connector, duration_s, now_s)
    for connector in range(1, connectors + 1):
        compare_limits(bench, model, connector, now_s, now_s + duration_s)


def compare_composite(bench: Bench, model: Model, connector: int, duration_s: int, now_s: int) -> None:
    bench.now_s = now_s
    answer = bench.composite(duration_s, connector)["chargingSchedule"]
    assert answer["duration"] == duration_s
    periods = answer["chargingSchedulePeriod"]
    told = [(item["startPeriod"], item["limit"]) for item in periods]
    assert told[0][0] == 0 and len(told) <= 255
    for before, after in pairwise(told):
        assert before[0] < after[0] < max(duration_s, 1)
    for before, after in pairwise(periods):
        assert before | {"startPeriod": 0} != after | {"startPeriod": 0}
    for at in moments(model, told, duration_s, now_s):
        limit = [limit for start_s, limit in told if start_s <= at][-1]
        assert limit == model.composite(connector, now_s + at, now_s), at


def moments(model: Model, told: list, duration_s: int, now_s: int) -> list[int]:
    """Return moments to look at: around all edges there may be, and some at random."""
    dice = random.Random(duration_s)
    found = {0, max(0, duration_s - 1)} | {dice.randint(0, duration_s) for _ in range(40)}
    for start_s, _ in told:
        found |= {start_s - 1, start_s, start_s + 1}
    for plan in model.plans:
        for edge in (plan.from_s, plan.to_s, plan.start_s):
            if edge is not None:
                found |= {edge - now_s - 1, edge - now_s, edge - now_s + 1}
    return sorted(at for at in found if 0 <= at < duration_s)


def compare_limits(bench: Bench, model: Model, connector: int, now_s: int, end_s: int) -> None:
    """Go from change to change; each answer holds until the next one."""
    running = len(model.begin_s)
    share = max(1, running) if connector in model.begin_s else running + 1
    at_s = now_s
    for _ in range(40):
        bench.now_s = at_s
        offer = bench.offer(connector=connector)
        limit_a = offer.limit_ma // 1000 if offer.limit_ma >= 0 else None
        until_s = min(offer.until_s, end_s)
        for look_s in {at_s, until_s - 1, (at_s + until_s) // 2} | {
            at_s + offset for offset in (1, 60, 3600)
        }:
            if at_s <= look_s < until_s:
                assert model.limit(connector, look_s, None, share) == limit_a, look_s
        if limit_a is not None:
            assert offer.purpose in PURPOSES
        if offer.until_s >= end_s:
            return
        at_s = offer.until_s
        if random.Random(at_s).random() < 0.5:
            bench.settle()


@pytest.mark.parametrize("seed", range(3))
def test_second_by_second(seed: int) -> None:
    """Short schedules, every second of them."""
    dice = random.Random(seed)
    bench = Bench("seconds")
    bench.smart.lowest = bool(seed % 2)
    model = Model(1, ZoneInfo("UTC"), bench.smart.lowest)
    bench.begin()
    model.begin_s[1] = bench.now_s
    for number in range(9):
        starts = sorted({0} | {dice.randint(1, 300) for _ in range(6)})
        plan = Plan(
            number % 3,
            0 if number % 3 == 0 else 1,
            number // 3,
            dice.choice(("Absolute", "Relative")),
            DAY_S + dice.randint(-50, 200),
            dice.choice((None, 100, 250)),
            dice.choice((None, DAY_S + 40)),
            dice.choice((None, DAY_S + 270)),
            [(start_s, dice.randint(0, 399) / 10) for start_s in starts],
            number,
        )
        assert bench.send((plan.connector, plan.message())) == "Accepted"
        model.put(plan, bench.now_s)
    told = bench.plan(400)
    for at in range(400):
        said = model.limit(1, moment(at))
        assert bench.amps(at) == (-1 if said is None else said), at
        assert [limit for start_s, limit in told if start_s <= at][-1] == model.composite(
            1, moment(at), DAY_S
        ), at


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(any_json, st.integers(1, 50))
def test_any_json_is_taken_apart_and_refused(value, at_once: int) -> None:
    bench = Bench("any")
    assert bench.send_text(json.dumps(value), at_once) != "Accepted"
    text = json.dumps({"connectorId": 1, "vendor": value, "csChargingProfiles": profile()})
    status = bench.send_text(text, at_once)
    # It may be nested too deep, or have a number of too many digits.
    assert status == bench.send_text(text, 1)
    assert status in ("Accepted", "FormationViolation")
