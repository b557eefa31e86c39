"""The scenario engine from inside: every input at any millisecond, every output, jumps that change nothing."""

import json
import random

import pytest
from scenario_documents import random_document

from bench import scenario
from bench.clients import ordered
from bench.scenario import Scenario
from bench.scenario_check import ScenarioError
from simworld import world_table

EXAMPLES = {"car.evccid": "02:00:00:00:00:01", "csms.cards": "04A1B2C3", "clock.utc": "2026-03-29T00:59:00Z"}
RANDOM_DOCUMENTS = 60


def other_value(row):
    """Return a value that is not the default."""
    if row.name in EXAMPLES:
        return EXAMPLES[row.name]
    if row.choices:
        return next(choice for choice in row.choices if choice != row.default)
    if row.limits:
        return row.limits[0] if row.limits[0] != row.default else row.limits[1]
    return not row.default


@pytest.mark.parametrize("row", world_table.ROWS, ids=lambda row: row.name)
def test_world_input_is_set_at_its_millisecond(row):
    value = other_value(row)
    for at_ms in range(1000, 1010):
        document = {"steps": [{"at_ms": at_ms, "set": {row.name: value}}], "until_ms": 1500}
        running = Scenario(document)
        before = running.board.world.values[row.name]
        while running.now_ms < at_ms:
            running.advance()
            assert running.board.world.values[row.name] == before
        seen = []
        set_world = running.board.world.set
        clock = running.board.clock
        start = clock.ticks_ms() - running.now_ms

        def note(changes, clock=clock, start=start, seen=seen, set_world=set_world):
            seen.append(clock.ticks_ms() - start)
            set_world(changes)

        running.board.world.set = note
        running.advance()
        assert seen == [at_ms]
        assert running.board.world.values[row.name] == value
        while not running.finished():
            running.advance()
        assert running.failures == []


@pytest.mark.parametrize("row", world_table.ROWS, ids=lambda row: row.name)
def test_world_input_may_stand_at_the_top(row):
    assert scenario.run({"world": {row.name: other_value(row)}, "until_ms": 500}).failures == []


def outputs_now():
    return scenario.run({"name": "of OCPP as well"}).outputs


@pytest.mark.parametrize("name", sorted(outputs_now()))
def test_output_can_be_expected(name):
    value = outputs_now()[name]
    wrong = [*value, "x"] if isinstance(value, list) else not value if isinstance(value, bool) else "x"
    if type(value) is int:
        wrong = value + 1
    assert scenario.run({"steps": [{"at_ms": 0, "expect": {name: value}}]}).failures == []
    assert scenario.run({"steps": [{"at_ms": 0, "never": {name: wrong}}]}).failures == []
    for step in ({"expect": {name: wrong}}, {"never": {name: value}}):
        failures = scenario.run({"steps": [{"at_ms": 0, **step}]}).failures
        assert len(failures) == 1
        assert failures[0][0] == 0
        assert name in failures[0][1]


def test_contract_has_no_output_that_nobody_knows():
    contract = """state state_id pilot.duty_permille pilot.connected offered_ma drawn.l1_ma drawn.l2_ma drawn.l3_ma
        mains.l1_ma mains.l2_ma mains.l3_ma mains.sum_ma mains.corrected_sum_ma c1 c2 c1.closed c2.closed phases lock
        access fault fault.text charge_delay_s solar_stop_s capacity_stop_s limit.slot limit.ma limit.reason mode
        session.energy_wh session.active display.page led ocpp.sent
        ocpp.answer""".split()
    assert set(contract) <= set(outputs_now())


def test_contract_has_no_world_input_that_nobody_knows():
    contract = """car.pilot car.auto car.diode car.phases car.min_a car.max_a car.delay_ms car.follows car.evccid
        cable.rating_a cable.pp_mv house.l1_ma house.l2_ma house.l3_ma circuit.l1_ma circuit.l2_ma circuit.l3_ma
        battery_ma mains.voltage_dv meter.mains meter.circuit meter.ev meter.period_ms temp_c in1 in2 switch rcm
        c1.fault c2.fault lock.fault csms.connected link.up power clock.utc""".split()
    assert set(contract) <= {row.name for row in world_table.ROWS}


def both_ways(document):
    traces = []
    for jump in (True, False):
        trace = []
        scenario.run(document, lambda *change, trace=trace: trace.append(change), jump)
        traces.append(trace)
    return traces


def test_jumps_change_nothing_in_random_scenarios():
    for seed in range(RANDOM_DOCUMENTS):
        document = random_document(random.Random(seed))
        jumping, stepping = both_ways(document)
        assert jumping == stepping, f"seed {seed}: {document}"


def test_jumps_leave_most_steps_out():
    running = Scenario({"steps": [], "until_ms": 60_000})
    count = 0
    while not running.finished():
        running.advance()
        count += 1
    assert count < 200


def test_time_between_control_steps():
    document = {
        "steps": [
            {"at_ms": 1005, "set": {"car.pilot": "B"}},
            {"at_ms": 1005, "expect": {"state": "A"}},
            {"at_ms": 1007, "set": {"temp_c": 70}},
            {"at_ms": 1010, "expect": {"fault": ["temp_high"]}},
            {"at_ms": 1011, "expect": {"state": "B1"}, "within_ms": 9},
            {"at_ms": 1021, "request": ["access", "pause"], "expect": {"access": "pause"}},
        ]
    }
    result = scenario.run(document)
    assert result.failures == []
    assert result.at_ms >= 1030


def test_last_step_between_control_steps_is_judged():
    failures = scenario.run({"steps": [{"at_ms": 1005, "expect": {"state": "B"}}]}).failures
    assert failures == [(0, 'at 1010 ms state is "A", expected "B"')]


def test_steps_of_one_moment_are_carried_out_in_order():
    document = {
        "steps": [
            {"at_ms": 100, "settings": {"MAX": 10}},
            {"at_ms": 100, "settings": {"MAX": 20}},
            {"at_ms": 100, "expect": {"limit.ma": 20_000}},
            {"at_ms": 200, "settings": {"MAX": 16}, "expect": {"limit.ma": 16_000, "state": "same"}},
        ]
    }
    assert scenario.run(document).failures == []


def test_setting_that_a_power_cut_made_impossible_names_its_step():
    document = {
        "steps": [
            {"at_ms": 100, "settings": {"INST MAX": 20}},
            {"at_ms": 200, "set": {"power": False}},
            {"at_ms": 300, "settings": {"STAT MIN": 18}},
            {"at_ms": 400, "set": {"power": True}},
            {"at_ms": 500, "settings": {"INST MAX": 10, "STAT MIN": 10}},
        ]
    }
    assert scenario.run(document).failures == []
    # Changed without power, so forgotten: with 18 A the second change would be refused.
    document["steps"][4]["settings"] = {"INST MAX": 10}
    with pytest.raises(ScenarioError) as caught:
        scenario.run(document)
    assert caught.value.step_index == 4


def answers(*steps, **world):
    document = {
        "world": world,
        "steps": [{"at_ms": 100 * (index + 1), **step} for index, step in enumerate(steps)],
    }
    return scenario.run(document).outputs


def test_a_client_is_a_user_but_no_installer():
    outputs = answers({"rest": ["GET", "/api/v1/accounts"]})
    assert (outputs["rest.status"], outputs["rest.body"]) == (200, "[]")
    outputs = answers({"rest": ["PATCH", "/api/v1/settings", {"INST MAX": 20}]})
    assert outputs["rest.status"] in (400, 403) and outputs["setting.INST MAX"] != 20


def test_the_answer_is_that_of_the_last_exchange():
    outputs = answers({"rest": ["GET", "/nothing"]}, {"mqtt": ["Set/MAX", "x"]}, {"rest": ["GET", "/lcd"]})
    assert outputs["rest.status"] == 200 and outputs["mqtt.set_error"].startswith("MAX: ")
    assert outputs["rest.body"].endswith(" bytes")
    outputs = answers({"mqtt": ["Set/MAX", "x"]}, {"mqtt": ["Set/MAX", "13"]})
    assert outputs["mqtt.set_error"] == "" and outputs["setting.MAX"] == 13


@pytest.mark.parametrize("world", [{"power": False}, {"link.up": False}])
def test_nothing_arrives_without_power_or_network(world):
    outputs = answers({"rest": ["GET", "/settings"]}, {"mqtt": ["Set/MAX", "12"]}, **world)
    assert outputs["rest.status"] == 0 and outputs["setting.MAX"] == 13


def test_json_is_the_same_on_every_interpreter():
    assert ordered({"b": [1, True, None, 'x"\\\n'], "a": {"d": {}, "c": []}}) == (
        '{"a": {"c": [], "d": {}}, "b": [1, true, null, "x\\"\\\\\\n"]}'
    )
    assert json.loads(ordered({"b": 'x"\\\n'})) == {"b": 'x"\\\n'}
