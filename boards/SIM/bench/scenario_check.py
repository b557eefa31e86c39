"""Checks a scenario before anything runs, so that a mistake in its last step shows at once.

Settings and requests are tried out, in their order, on a station that is used for nothing else.
"""

import json

from bench.clients import NO_ANSWER, check_command, check_request
from bench.expectation import check_condition
from evse.core.errors import FieldError, Refused
from evse.core.station import STEP_MS
from simworld import world_table

_TOP_KEYS = ("name", "settings", "world", "steps", "until_ms")
_STEP_KEYS = (
    "at_ms", "set", "settings", "request", "mqtt", "rest", "ocpp", "csms_reply", "expect", "never", "within_ms",
    "for_ms",
)  # fmt: skip
# Virtual time as the firmware counts it: no more than 24 days, so that ticks differences stay clear.
_LONGEST_MS = 2000000000


class ScenarioError(Exception):
    """A scenario that cannot be run; `step_index` is -1 outside the steps, `field` the key that is wrong."""

    def __init__(self, step_index: int, field: str, text: str) -> None:
        super().__init__(field + ": " + text)
        self.step_index = step_index
        self.field = field
        self.text = text


def check(document, rehearsal) -> None:
    """Raise ScenarioError when a scenario cannot be run; `rehearsal` is a simulation that may be spoilt."""
    index = -1
    try:
        _check_top(document)
        rehearsal.set_settings(document.get("settings", {}))
        _check_world(document.get("world", {}))
        known = rehearsal.outputs()
        known.update(NO_ANSWER)
        if uses_back_end(document):
            from bench.csms import outputs_without

            for name, value in outputs_without().items():
                known.setdefault(name, value)
        steps = document.get("steps", [])
        last_ms = 0
        for index in range(len(steps)):
            last_ms = _check_step(steps[index], last_ms, known, rehearsal)
    except FieldError as error:
        raise ScenarioError(index, error.field, error.text)


def uses_back_end(document) -> bool:
    """Tell whether a scenario has to do with a back end: whether it says OCPP or CSMS anywhere."""
    text = json.dumps(document).lower()
    return "ocpp" in text or "csms" in text


def end_ms(step: dict) -> int:
    """Return by when a step and what it expects are over, as the time of a control step."""
    begin_ms = -(-step["at_ms"] // STEP_MS) * STEP_MS
    return -(-(begin_ms + step.get("within_ms", 0) + step.get("for_ms", 0)) // STEP_MS) * STEP_MS


def _check_top(document) -> None:
    if not isinstance(document, dict):
        raise FieldError("scenario", "must be a JSON object")
    for key in sorted(document):
        if key not in _TOP_KEYS:
            raise FieldError(key, "unknown key")
    for key, kind, text in (
        ("name", str, "a text"),
        ("settings", dict, "an object"),
        ("world", dict, "an object"),
        ("steps", list, "a list"),
    ):
        if key in document and not isinstance(document[key], kind):
            raise FieldError(key, "must be " + text)
    _check_ms(document, "until_ms", 0)


def _check_step(step, last_ms: int, known: dict, rehearsal) -> int:
    """Check one step and return its time."""
    if not isinstance(step, dict):
        raise FieldError("steps", "every step must be an object")
    for key in sorted(step):
        if key not in _STEP_KEYS:
            raise FieldError(key, "unknown key")
    if "at_ms" not in step:
        raise FieldError("at_ms", "is missing")
    _check_ms(step, "at_ms", 0)
    if step["at_ms"] < last_ms:
        raise FieldError("at_ms", "must not be earlier than the step before, at %d ms" % last_ms)
    for key in ("set", "settings", "expect", "never"):
        if key in step and not isinstance(step[key], dict):
            raise FieldError(key, "must be an object")
    _check_world(step.get("set", {}))
    rehearsal.set_settings(step.get("settings", {}))
    if "request" in step:
        try:
            rehearsal.request(step["request"])
        except Refused:
            # It depends on what is plugged in, which nothing is here.
            pass
    if "mqtt" in step:
        check_command(step["mqtt"])
    if "rest" in step:
        check_request(step["rest"])
    if "ocpp" in step or "csms_reply" in step:
        from bench import csms

        if "ocpp" in step:
            csms.check_request(step["ocpp"])
        if "csms_reply" in step:
            csms.check_reply(step["csms_reply"])
    _check_expectation(step, known)
    return step["at_ms"]


def _check_expectation(step: dict, known: dict) -> None:
    if "expect" in step and "never" in step:
        raise FieldError("never", "stands in a step of its own")
    if "never" in step and "within_ms" in step:
        raise FieldError("within_ms", "has no meaning beside never; use for_ms")
    for key in ("within_ms", "for_ms"):
        _check_ms(step, key, 0)
        if key in step and "expect" not in step and "never" not in step:
            raise FieldError(key, "has no meaning without expect or never")
    for key in ("expect", "never"):
        if key in step and not step[key]:
            raise FieldError(key, "must name an output")
        for name in sorted(step.get(key, {})):
            if name not in known:
                raise FieldError(name, "unknown output")
            check_condition(name, step[key][name], known)


def _check_world(changes: dict) -> None:
    for name in sorted(changes):
        world_table.check(name, changes[name])


def _check_ms(holder: dict, key: str, least: int) -> None:
    if key in holder and (type(holder[key]) is not int or not least <= holder[key] <= _LONGEST_MS):
        raise FieldError(key, "must be a whole number of ms, %d to %d" % (least, _LONGEST_MS))
