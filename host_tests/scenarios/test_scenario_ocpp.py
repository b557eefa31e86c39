"""The back end of scenarios: what it answers, what it shows, and that power cuts and restarts are real ones."""

import pytest

from bench import scenario

SETTINGS = {"OCPP": "Third party", "OCPP URL": "ws://csms.example/ocpp", "AUTH": "Backend"}
CARD = "04A1B2C3D4E5F6"
KEY = "StopTransactionOnInvalidId"
ASK = {"ocpp": ["GetConfiguration", {"key": [KEY]}]}
CHANGE = {"ocpp": ["ChangeConfiguration", {"key": KEY, "value": "false"}]}


def run(steps, until_ms=0, **world):
    """Run steps (at_ms, step); return the scenario at its end, without failures."""
    document = {
        "settings": SETTINGS,
        "world": world,
        "steps": [{"at_ms": at_ms, **step} for at_ms, step in steps],
        "until_ms": until_ms,
    }
    result = scenario.run(document)
    assert result.failures == []
    return result


def failures(expect):
    """Return how an expectation at 3 s fails."""
    document = {"settings": SETTINGS, "steps": [{"at_ms": 3000, "expect": expect}]}
    return [text for _, text in scenario.run(document).failures]


def test_sent_is_what_came_since_the_step_before():
    boot = ["BootNotification", "StatusNotification", "StatusNotification", "SecurityEventNotification"]
    trigger = {"ocpp": ["TriggerMessage", {"requestedMessage": "Heartbeat"}]}
    outputs = run([(3000, {"expect": {"ocpp.sent": boot}}), (4000, trigger)], 5000).outputs
    assert outputs["ocpp.sent"] == ["Heartbeat"] and outputs["ocpp.sent.Heartbeat"] == "{}"
    assert outputs["ocpp.sent.BootNotification"] == ""
    outputs = run([(3000, trigger), (4000, {}), (4000, {})], 5000).outputs
    assert outputs["ocpp.sent"] == []


def test_answer_is_that_of_the_last_request():
    outputs = run([(3000, {"ocpp": ["ClearCache", {}]}), (4000, {"ocpp": ["Dance", {}]})]).outputs
    assert outputs["ocpp.answer.status"] == "NotImplemented"
    assert outputs["ocpp.answer"].startswith("NotImplemented: ")
    outputs = run([(3000, {"ocpp": ["Dance", {}]}), (4000, {"ocpp": ["ClearCache", {}]})]).outputs
    assert (outputs["ocpp.answer"], outputs["ocpp.answer.status"]) == ('{"status": "Accepted"}', "Accepted")


@pytest.mark.parametrize("name", ["csms.connected", "link.up", "power"])
def test_nothing_arrives_without_connection(name):
    steps = [(3000, {"ocpp": ["ClearCache", {}]}), (4000, {"set": {name: False}}), (5000, ASK)]
    outputs = run(steps, 6000).outputs
    assert outputs["ocpp.answer"] == outputs["ocpp.answer.status"] == ""
    assert not outputs["ocpp.connected"]
    outputs = run([*steps, (6000, {"set": {name: True}}), (8000, ASK)], 9000).outputs
    assert outputs["ocpp.connected"] and KEY in outputs["ocpp.answer"]


def replies(*answers):
    """Return the card pages after each of these answers to Authorize."""
    pages = []
    for answer in answers:
        steps = [(2000, {"csms_reply": ["Authorize", {"idTagInfo": {"status": "Blocked"}}]})]
        steps += [(3000, {"csms_reply": ["Authorize", *answer]}), (4000, {"request": ["rfid", CARD]})]
        pages.append(run(steps, 5000).outputs["display.page"])
    return pages


def test_replies():
    accepted, refused = [{"idTagInfo": {"status": "Accepted"}}], [{"idTagInfo": {"status": "Invalid"}}]
    assert replies(accepted, refused, ["InternalError"], [None], []) == [
        "card_plug_in",
        "card_refused",
        "card_refused",
        "card_checking",
        "card_plug_in",
    ]


@pytest.mark.parametrize(
    ("cards", "page"), [(None, "card_plug_in"), (CARD, "card_plug_in"), ("DEAD", "card_refused")]
)
def test_cards(cards, page):
    steps = [(4000, {"request": ["rfid", CARD]})]
    assert run(steps, 5000, **{"csms.cards": cards}).outputs["display.page"] == page


def test_a_reply_keeps_the_fields_that_it_does_not_name():
    steps = [
        (0, {"csms_reply": ["StartTransaction", {"idTagInfo": {"status": "Blocked"}}]}),
        (3000, {"set": {"car.pilot": "B"}, "request": ["rfid", CARD]}),
        (
            3000,
            {"expect": {"ocpp.sent.StopTransaction": {"contains": '"transactionId": 1'}}, "within_ms": 5000},
        ),
        (9000, {"set": {"car.pilot": "A"}}),
        (9500, {"set": {"car.pilot": "B"}}),
        (10000, {"csms_reply": ["StartTransaction"], "request": ["rfid", CARD]}),
        (10000, {"expect": {"ocpp.transaction": 2}, "within_ms": 2000, "for_ms": 2000}),
    ]
    run(steps)


def test_its_time_is_that_of_the_world_or_its_own():
    plug = (10500, {"set": {"car.pilot": "B"}})
    assert '"timestamp": "2026-01-01T00:00:10Z"' in run([plug], 11000).outputs["ocpp.sent.StatusNotification"]
    steps = [(5000, {"set": {"clock.utc": "2026-05-01T12:00:00+02:00"}}), plug]
    assert '"timestamp": "2026-05-01T10:00:05Z"' in run(steps, 11000).outputs["ocpp.sent.StatusNotification"]


@pytest.mark.parametrize("wait_ms", [1000, 20000])
def test_a_power_cut_loses_nothing_that_was_accepted(wait_ms):
    cut_ms = 3000 + wait_ms
    steps = [(3000, CHANGE), (cut_ms, {"set": {"power": False}}), (cut_ms + 1000, {"set": {"power": True}})]
    outputs = run([*steps, (cut_ms + 5000, ASK)], cut_ms + 6000).outputs
    assert '"value": "false"' in outputs["ocpp.answer"]


def test_a_power_cut_loses_what_waits_for_the_flash_to_rest():
    action, payload = CHANGE["ocpp"]
    again = {"ocpp": [action, {**payload, "value": "true"}]}
    steps = [
        (3000, CHANGE),
        (4000, again),
        (6000, {"set": {"power": False}}),
        (7000, {"set": {"power": True}}),
    ]
    assert '"value": "false"' in run([*steps, (11000, ASK)], 12000).outputs["ocpp.answer"]


def test_a_restart_in_good_order_writes_it():
    steps = [(3000, CHANGE), (4000, {"request": ["restart"]}), (10000, ASK)]
    result = run(
        [*steps[:2], (4000, {"expect": {"ocpp.connected": False}, "within_ms": 4000}), steps[2]], 11000
    )
    assert '"value": "false"' in result.outputs["ocpp.answer"]
    assert "BootNotification" in result.outputs["ocpp.sent"]


def test_all_texts_of_a_list_count():
    boot = {"contains": ["BootNotification", "StatusNotification"], "lacks": ["Heartbeat", "Authorize"]}
    assert failures({"ocpp.sent": boot}) == []
    assert "contains [" in failures({"ocpp.sent": {"contains": ["BootNotification", "Heartbeat"]}})[0]
    assert "lacks [" in failures({"ocpp.sent": {"lacks": ["Heartbeat", "BootNotification"]}})[0]
