"""Conditions over settings, for the visibility of menu entries and for the rules between settings.

A condition is alternatives joined by `/`, each of them terms joined by `&`. A term compares the stored value of a
key with numbers or with another key: `Mode!=0&MainsMeter=1,19/MinCurrent<=MaxCurrent`. A comma lists values of
which one, or after `!=` none, must match. The empty condition always holds, `never` never does.
"""

_SIGNS = ("!=", "<=", ">=", "=", "<", ">")


def holds(condition: str, get) -> bool:
    """Return True when a condition holds; `get` takes a key and returns its value."""
    if not condition:
        return True
    if condition == "never":
        return False
    for alternative in condition.split("/"):
        if _all_hold(alternative, get):
            return True
    return False


def split(term: str) -> tuple:
    """Return (key, sign, operand) of a term; raises ValueError when it has no sign."""
    for sign in _SIGNS:
        at = term.find(sign)
        if at > 0:
            return term[:at], sign, term[at + len(sign) :]
    raise ValueError("no condition: " + term)


def _all_hold(alternative: str, get) -> bool:
    for term in alternative.split("&"):
        key, sign, operand = split(term)
        if not _compare(get(key), sign, operand, get):
            return False
    return True


def _compare(value, sign: str, operand: str, get) -> bool:
    if sign in ("=", "!="):
        found = False
        for part in operand.split(","):
            found = found or value == _number(part, get)
        return found == (sign == "=")
    other = _number(operand, get)
    if sign == "<":
        return value < other
    if sign == ">":
        return value > other
    return value <= other if sign == "<=" else value >= other


def _number(text: str, get):
    return int(text) if text.isdigit() else get(text)
