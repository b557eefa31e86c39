"""The rows of the settings table as a menu walks along them; one is read at a time, so that they take no memory."""

from evse.settings import conditions, rules, table, values
from evse.settings.rows import TEXT

# Beyond the last row and before the first one.
NONE = -1


def after(place: int, get) -> int:
    """Return where the next row begins that a menu shows now, or NONE; NONE begins at the first row.

    `get` takes a key and returns its stored value.
    """
    known = {}
    begin = TEXT.find("\n", place) + 1 if place >= 0 else 0
    while begin < len(TEXT) and not _is_shown(begin, get, known):
        begin = TEXT.find("\n", begin) + 1
    return begin if begin < len(TEXT) else NONE


def before(place: int, get) -> int:
    """Return where the row before begins that a menu shows now, or NONE; NONE begins at the last row."""
    known = {}
    end = place - 1 if place >= 0 else len(TEXT) - 1
    while end > 0:
        begin = TEXT.rfind("\n", 0, end) + 1
        if _is_shown(begin, get, known):
            return begin
        end = begin - 1
    return NONE


def place_of(name: str, get) -> int:
    """Return where the row with this label or key begins if a menu shows it now, or NONE."""
    row = table.find(name)
    if row is None:
        return NONE
    place = 0 if TEXT.startswith(row.key + "|") else TEXT.find("\n" + row.key + "|") + 1
    return place if _is_shown(place, get, {}) else NONE


def read(place: int) -> table.Row:
    """Return the row that begins here."""
    return table.Row(_line(place))


def offered(row: table.Row, get) -> list:
    """Return the stored values of the choices that a menu offers now."""
    found = []
    for index in row.available or range(len(row.choices)):
        value = index + row.minimum
        if rules.offers(row.label, lambda key: value if key == row.key else get(key)):  # noqa: B023
            found.append(value)
    return found


def text(row: table.Row, value: int) -> str:
    """Return how a menu shows a stored value."""
    if row.kind == table.CHOICE:
        return str(values.shown(row, value))
    if row.zero and value == 0:
        return row.zero
    if row.check == "digits":
        return "%04d" % value
    if row.check == "hex":
        return "%d (%02X)" % (value, value)
    if row.check == "power":
        return str(10**value)
    if row.check == "minus":
        value = -value
    unit = "°C" if row.unit == "degC" else row.unit
    return "%d %s" % (value, unit) if unit else str(value)


def _line(begin: int) -> str:
    return TEXT[begin : TEXT.find("\n", begin)]


def _is_shown(begin: int, get, known: dict) -> bool:
    """Return True when a menu shows the row; `known` keeps values and conditions, of which many rows have the same."""
    # Not all of a row, because many are passed at once.
    fields = _line(begin).split("|", 9)
    if fields[2] not in "ic" or fields[7] in ("-", "!"):
        return False
    name = condition = fields[8]
    if name not in known:
        if name.startswith("@"):
            condition = _line(TEXT.find("\n" + name[1:] + "|") + 1).split("|", 9)[8]

        def look(key: str):
            if key not in known:
                known[key] = get(key)
            return known[key]

        known[name] = conditions.holds(condition, look)
    return known[name]
