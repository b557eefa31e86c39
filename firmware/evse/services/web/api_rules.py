"""Opening hours, and the conditions of accounts, over our API.

Prices are whole numbers in 1/1000 of the currency, null for the one that counts anyway. A window whose `to` is not
after its `from` ends on the next day.
"""

from micropython import const

from evse.core.errors import FieldError
from evse.log import log
from evse.services.web import body

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# By stored index, as the setting ACC MODE.
_MODES = ("Public", "Limited", "Private")
_PRICES = ("price_kwh", "price_hour")
_TIMES = ("days", "from", "to")
_MOST_HOURS = const(32)
_MOST_TIMES = const(8)
_MOST_PRICE = const(1000000)
_DAY_MINUTES = const(1440)


def hours(web, request, who, rest) -> dict:
    """GET /api/v1/hours: the windows in their order; of those that are open the last one counts."""
    return {"windows": [_shown_window(row) for row in _table(web).windows]}


def put_hours(web, request, who, rest) -> dict:
    """PUT /api/v1/hours: {"windows": [...]} replaces all, and switches HOURS on, without any windows off."""
    found = body.only(body.json_object(request), ("windows",)).get("windows")
    windows = [
        _times(value, place, ("access",) + _PRICES)
        + [_mode(value, place)]
        + [_price(value, name, place) for name in _PRICES]
        for value, place in _each(found, _MOST_HOURS)
    ]
    rules = _rules(web)
    rules.save(windows, rules.table.conditions)
    web.app.settings.put("OpeningHours", 1 if windows else 0)
    web.app.gate.follow_rules()
    log.write("web: %s: %d windows of opening hours" % (who.name, len(windows)))
    return {"windows": [_shown_window(row) for row in windows]}


def conditions(web, request, who, rest) -> list:
    """GET /api/v1/conditions: those of all accounts that have any, by name."""
    kept = _table(web).conditions
    return [_shown(name, kept[name]) for name in sorted(kept)]


def put_conditions(web, request, who, rest) -> "Any":
    """PUT /api/v1/conditions/NAME: {"price_kwh"?, "price_hour"?, "windows"?} replaces those of one account."""
    if rest not in web.accounts.rows:
        return {"error": "there is no account %s: make it first" % rest[:24], "field": "name"}, 404
    value = body.only(body.json_object(request), ("windows",) + _PRICES)
    row: list[Any] = [_price(value, name, "") for name in _PRICES]
    row.append([_times(found, place, ()) for found, place in _each(value.get("windows", []), _MOST_TIMES)])
    rules = _rules(web)
    kept = dict(rules.table.conditions)
    kept[rest] = row
    rules.save(rules.table.windows, kept)
    web.app.gate.follow_rules()
    log.write("web: %s: conditions of %s" % (who.name, rest))
    return _shown(rest, row)


def delete_conditions(web, request, who, rest) -> "Any":
    """DELETE /api/v1/conditions/NAME."""
    rules = _rules(web)
    if rest not in rules.table.conditions:
        return {"error": "there are no conditions of this account", "field": "name"}, 404
    rules.forget(rest)
    web.app.gate.follow_rules()
    log.write("web: %s: conditions of %s are removed" % (who.name, rest))
    return {"removed": rest}


def _rules(web) -> "Any":
    return web.app.gate.open_rules()


def _table(web) -> "Any":
    """Return the rules to read; where nothing needs them they are dropped again."""
    table = _rules(web).table
    web.app.gate.follow_rules()
    return table


def _each(found, most: int) -> list:
    """Return (window, its place in errors) of a list; FieldError."""
    if not isinstance(found, list) or len(found) > most:
        raise FieldError("windows", "must be a list of up to %d windows" % most)
    return [(found[index], "windows[%d]" % index) for index in range(len(found))]


def _times(value, place: str, more: tuple) -> list:
    """Return [days, from, to] of a window that may also have the fields `more`; FieldError."""
    if not isinstance(value, dict):
        raise FieldError(place, "must be a JSON object")
    for name in value:
        if name not in _TIMES + more:
            raise FieldError("%s.%s" % (place, str(name)[:20]), "is not known here")
    days = value.get("days")
    bits = 0
    for day in days if isinstance(days, list) else ():
        if day not in _DAYS:
            bits = 0
            break
        bits |= 1 << _DAYS.index(day)
    if not bits:
        raise FieldError(place + ".days", "must be a list of one or more of " + ", ".join(_DAYS))
    return [bits, _minute(value, "from", place, _DAY_MINUTES - 1), _minute(value, "to", place, _DAY_MINUTES)]


def _minute(value: dict, name: str, place: str, latest: int) -> int:
    text = value.get(name)
    if isinstance(text, str) and len(text) == 5 and text[2] == ":":
        digits = text[:2] + text[3:]
        minute = -1 if [digit for digit in digits if digit not in "0123456789"] else _minutes(digits)
        if 0 <= minute <= latest:
            return minute
    raise FieldError("%s.%s" % (place, name), "must be a time such as 08:00")


def _minutes(digits: str) -> int:
    return int(digits[:2]) * 60 + int(digits[2:]) if int(digits[2:]) < 60 else -1


def _mode(value: dict, place: str) -> int:
    mode = value.get("access")
    if mode not in _MODES:
        raise FieldError(place + ".access", "must be Public, Limited or Private")
    return _MODES.index(mode)


def _price(value: dict, name: str, place: str) -> "int | None":
    price = value.get(name)
    if price is not None and (type(price) is not int or not 0 <= price <= _MOST_PRICE):
        field = place + "." + name if place else name
        raise FieldError(field, "must be from 0 to %d, in 1/1000 of the currency, or null" % _MOST_PRICE)
    return price


def _shown(name: str, row: list) -> dict:
    return {
        "name": name,
        "price_kwh": row[0],
        "price_hour": row[1],
        "windows": [_shown_times(times) for times in row[2]],
    }


def _shown_window(row: list) -> dict:
    shown = _shown_times(row)
    shown["access"] = _MODES[row[3]]
    shown["price_kwh"] = row[4]
    shown["price_hour"] = row[5]
    return shown


def _shown_times(row: list) -> dict:
    return {
        "days": [_DAYS[index] for index in range(7) if row[0] & 1 << index],
        "from": "%02d:%02d" % (row[1] // 60, row[1] % 60),
        "to": "%02d:%02d" % (row[2] // 60, row[2] % 60),
    }
