"""The one table of settings: everything that reads, shows, checks or documents a setting uses these rows."""

from micropython import const

from evse.settings import intervals
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

_KINDS = "icht"
# Flags that name a check of a text: it raises ValueError that says what is wrong.
_CHECKS = {"intervals": intervals.parse}


class Row:
    """One setting, read from its line; `zero` says what 0 stands for where it is allowed beside the range."""

    def __init__(self, line: str) -> None:
        fields = line.split("|")
        self.key = fields[0]
        self.label = fields[1]
        self.kind = _KINDS.index(fields[2])
        self.default: Any = fields[3] if self.kind == TEXT_KIND else int(fields[3])
        self.unit = fields[5]
        choices = METERS if fields[6] == "*" else fields[6]
        self.choices = tuple(choices.split(",")) if choices else ()
        # Places of the choices that this firmware can carry out.
        self.available = tuple([int(place) for place in fields[7].split(",")]) if fields[7] else ()
        self.installer_only = fields[8] == "i"
        self.check = _CHECKS.get(fields[8])
        self.help_text = fields[9]
        self.zero = ""
        self.minimum = 0
        self.maximum = len(self.choices) - 1
        for part in fields[4].split(","):
            if part.startswith("0="):
                self.zero = part[2:]
            elif part:
                low, high = part.split("..")
                self.minimum = int(low)
                self.maximum = int(high)


def rows():
    """Yield every row in the order of the menu."""
    begin = 0
    while begin < len(TEXT):
        end = TEXT.find("\n", begin)
        end = end if end >= 0 else len(TEXT)
        yield Row(TEXT[begin:end])
        begin = end + 1


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
    end = TEXT.find("\n", at)
    return Row(TEXT[at : end if end >= 0 else len(TEXT)])


def meters() -> tuple:
    """Return the names of the meter types by stored index."""
    return tuple(METERS.split(","))
