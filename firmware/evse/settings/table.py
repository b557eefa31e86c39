"""The one table of settings: everything that reads, shows, checks or documents a setting uses these rows."""

from micropython import const

from evse.settings.rows import METERS, TEXT

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

INT = const(0)
CHOICE = const(1)
HIDDEN = const(2)  # an integer that has no menu entry of its own
TEXT_KIND = const(3)

METER_DISABLED = const(0)
METER_SENSORBOX = const(1)
METER_API = const(9)
METER_HOMEWIZARD = const(13)

# Who writes a setting.
USER = "u"
REMOTE = "r"
INSTALLER = "i"

_KINDS = "icht"
_NEVER = "!"
_FIXED = ("!", "-")
_ANYBODY = "uri"


class Row:
    """One setting, read from its line; `zero` says what 0 stands for where it is allowed beside the range.

    A `fixed` row takes its default only: what it is for is not there yet, or is `never` to be.
    """

    def __init__(self, line: str) -> None:
        fields = line.split("|")
        self.key = fields[0]
        self.label = fields[1]
        self.kind = _KINDS.index(fields[2])
        self.default: Any = fields[3] if self.kind == TEXT_KIND else int(fields[3])
        self.unit = fields[5]
        choices = METERS if fields[6] == "*" else fields[6]
        self.choices = tuple(choices.split(",")) if choices else ()
        self.visible = fields[8]
        self.writers = fields[9] or _ANYBODY
        self.needs_restart = fields[10] == "r"
        # Written and never shown.
        self.secret = fields[10] == "s"
        self.check = fields[11]
        self.help_text = fields[12]
        self.zero = ""
        self.step = 1
        self.minimum = 0
        self.maximum = len(self.choices) - 1
        for part in fields[4].split(","):
            if part.startswith("0="):
                self.zero = part[2:]
            elif part:
                low, high = part.split("..")
                self.minimum = int(low)
                high, _, step = high.partition("/")
                self.maximum = int(high)
                self.step = int(step or 1)
        self.never = fields[7] == _NEVER
        self.fixed = fields[7] in _FIXED
        # Places of the choices that this firmware can carry out.
        self.available: tuple[int, ...] = ()
        if self.fixed and self.choices:
            self.available = (self.default - self.minimum,)
        elif fields[7] and not self.fixed:
            self.available = tuple([int(place) for place in fields[7].split(",")])


def rows():
    """Yield every row in the order of the menu."""
    begin = 0
    while begin < len(TEXT):
        end = TEXT.find("\n", begin)
        yield Row(TEXT[begin:end])
        begin = end + 1


def defaults():
    """Yield key and default of every row that is not fixed, without reading the rest of it."""
    # All lines at once, because a place in a long text is found by counting its characters.
    for line in TEXT.split("\n"):
        fields = line.split("|", 8)
        if len(fields) > 8 and fields[7] not in _FIXED:
            yield fields[0], fields[3] if fields[2] == _KINDS[TEXT_KIND] else int(fields[3])


def find(name: str) -> Row | None:
    """Return the row with this key or menu label, or None."""
    if not name or "|" in name or "\n" in name:
        return None
    at = 0 if TEXT.startswith(name + "|") else TEXT.find("\n" + name + "|") + 1
    if at == 0 and not TEXT.startswith(name + "|"):
        at = TEXT.find("|" + name + "|")
        # A label is the second field of its line.
        while at >= 0 and TEXT.rfind("|", TEXT.rfind("\n", 0, at) + 1, at) >= 0:
            at = TEXT.find("|" + name + "|", at + 1)
        if at < 0:
            return None
        at = TEXT.rfind("\n", 0, at) + 1
    return Row(TEXT[at : TEXT.find("\n", at)])


def get(key: str) -> Row:
    """Return the row of a key; KeyError when there is none."""
    row = find(key)
    if row is None:
        raise KeyError(key)
    return row


def visible(row: Row, settings) -> bool:
    """Return True when a menu shows this row, as the other settings stand."""
    # Late, because only who shows or changes settings needs it.
    from evse.settings import conditions

    return conditions.holds(condition(row), settings.get)


def condition(row: Row) -> str:
    """Return the condition under which a menu shows this row."""
    return get(row.visible[1:]).visible if row.visible.startswith("@") else row.visible


def meters() -> tuple:
    """Return the names of the meter types by stored index."""
    return tuple(METERS.split(","))
