"""Expectations of a scenario: conditions on outputs, and by when and how long they must hold."""

from evse.core.errors import FieldError

_WORDS = {
    "number": ("min", "max", "lt", "le"),
    "text": ("contains", "lacks"),
    "list": ("contains", "lacks"),
    "boolean": (),
}


def check_condition(name: str, wanted, known: dict) -> None:
    """Raise FieldError when `wanted` is no condition that output `name` can meet; `known` has every output."""
    kind = _kind(known[name])
    if isinstance(wanted, dict):
        if not wanted:
            raise FieldError(name, "an empty condition")
        for word in sorted(wanted):
            _check_word(name, kind, word, wanted[word], known)
    elif isinstance(wanted, list) and kind == "list":
        _check_texts(name, wanted)
    elif isinstance(wanted, list):
        if not wanted:
            raise FieldError(name, "an empty list of allowed values")
        for one in wanted:
            _check_kind(name, kind, one)
    elif wanted != "same":
        _check_kind(name, kind, wanted)


def _check_word(name: str, kind: str, word: str, operand, known: dict) -> None:
    if word not in ("min", "max", "lt", "le", "contains", "lacks"):
        raise FieldError(name, "unknown condition: " + word)
    if word not in _WORDS[kind]:
        raise FieldError(name, "is a %s, which %s cannot compare" % (kind, word))
    if word in ("min", "max"):
        _check_kind(name, "number", operand)
    elif word in ("contains", "lacks"):
        if not isinstance(operand, list):
            _check_kind(name, "text", operand)
        elif not operand:
            raise FieldError(name, "an empty list of texts")
        else:
            _check_texts(name, operand)
    elif not isinstance(operand, str) or operand not in known:
        raise FieldError(name, "unknown output: %s" % operand)
    elif _kind(known[operand]) != "number":
        raise FieldError(name, "%s is not a number" % operand)


def _kind(value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "number"
    return "text" if isinstance(value, str) else "list"


def _check_kind(name: str, kind: str, value) -> None:
    # A number with a fraction, a null and an object are none of these.
    if value is None or isinstance(value, (dict, float)) or _kind(value) != kind:
        raise FieldError(name, "must be a " + kind)


def _check_texts(name: str, values: list) -> None:
    for one in values:
        _check_kind(name, "text", one)


def holds(value, wanted, outputs: dict, before) -> bool:
    """Return True when `value` meets the condition; `before` is the value at the previous step."""
    if isinstance(wanted, dict):
        return _compares(value, wanted, outputs)
    if wanted == "same":
        return value == before
    if isinstance(wanted, list) and not isinstance(value, list):
        return value in wanted
    return value == wanted


def _compares(value, wanted: dict, outputs: dict) -> bool:
    for word in wanted:
        operand = wanted[word]
        if word == "contains":
            met = _count(operand, value) == len(_listed(operand))
        elif word == "lacks":
            met = _count(operand, value) == 0
        elif word == "min":
            met = value >= operand
        elif word == "max":
            met = value <= operand
        elif word == "lt":
            met = value < outputs[operand]
        else:
            met = value <= outputs[operand]
        if not met:
            return False
    return True


def _listed(operand) -> list:
    return operand if isinstance(operand, list) else [operand]


def _count(operand, value) -> int:
    """Return how many of the wanted texts are in a text or list."""
    count = 0
    for text in _listed(operand):
        if text in value:
            count += 1
    return count


class Expectation:
    """One `expect` or `never` of a step, judged after every control step while it is open."""

    def __init__(self, step_index: int, step: dict, before: dict, now_ms: int) -> None:
        """Begin at `now_ms`, the first control step at or after the time of the step."""
        self.step_index = step_index
        self._never = "never" in step
        self._wanted = step["never"] if self._never else step["expect"]
        self._before = before
        self._begin_ms = now_ms
        # Control steps come every 10 ms: what is wanted at 1005 ms can be seen at 1010 ms.
        self._until_ms = max(now_ms, step["at_ms"] + step.get("within_ms", 0))
        self._for_ms = step.get("for_ms", 0)
        self._met_ms = None
        self.failure = ""

    def judge(self, now_ms: int, outputs: dict) -> bool:
        """Return True when the expectation is settled; `failure` says how it failed."""
        wrong = self._first_wrong(outputs)
        if self._never:
            if wrong is None:
                self.failure = "at %d ms this must never be, but is: %s" % (now_ms, self._show(outputs))
                return True
            return now_ms >= self._begin_ms + self._for_ms
        if self._met_ms is None:
            if wrong is None and now_ms <= self._until_ms:
                self._met_ms = now_ms
            elif now_ms >= self._until_ms:
                self.failure = self._missed(now_ms, wrong, outputs)
                return True
            else:
                return False
        elif wrong is not None:
            self.failure = "%s; it was true from %d ms on" % (
                self._differs(now_ms, wrong, outputs),
                self._met_ms,
            )
            return True
        return now_ms >= self._met_ms + self._for_ms

    def names(self, output: str) -> bool:
        """Return True when it is about this output."""
        return output in self._wanted

    def due_ms(self) -> int:
        """Return the next moment at which this must be judged although nothing changes."""
        if self._never:
            return self._begin_ms + self._for_ms
        if self._met_ms is None:
            return self._until_ms
        return self._met_ms + self._for_ms

    def _first_wrong(self, outputs: dict):
        for name in sorted(self._wanted):
            if not holds(outputs[name], self._wanted[name], outputs, self._before.get(name)):
                return name
        return None

    def _missed(self, now_ms: int, wrong, outputs: dict) -> str:
        if wrong is None:
            return "at %d ms true, but it was wanted by %d ms: %s" % (
                now_ms,
                self._until_ms,
                self._show(outputs),
            )
        return self._differs(now_ms, wrong, outputs)

    def _differs(self, now_ms: int, name: str, outputs: dict) -> str:
        wanted = self._wanted[name]
        text = "the value of the step before, %s" % shown(self._before.get(name)) if wanted == "same" else ""
        if isinstance(wanted, dict):
            parts = []
            for word in sorted(wanted):
                operand = shown(wanted[word])
                if word in ("lt", "le"):
                    operand = "%s (%s)" % (wanted[word], shown(outputs[wanted[word]]))
                parts.append("%s %s" % (word, operand))
            text = ", ".join(parts)
        return "at %d ms %s is %s, expected %s" % (now_ms, name, shown(outputs[name]), text or shown(wanted))

    def _show(self, outputs: dict) -> str:
        return ", ".join(["%s is %s" % (name, shown(outputs[name])) for name in sorted(self._wanted)])


def shown(value) -> str:
    """Return a value as it is written in a scenario."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return '"%s"' % value
    if isinstance(value, list):
        return "[" + ", ".join([shown(one) for one in value]) + "]"
    return str(value)
