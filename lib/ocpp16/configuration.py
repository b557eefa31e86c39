"""The configuration of a charge point: keys.py with present values, GetConfiguration and ChangeConfiguration.

Where a value is kept. A key that people also see in a menu or on a page (back-end address, password, measurands,
sample interval, phase rotation, upper limit without a back end ...) is a row of the station's own settings; the object
`rows` stands for these, and nothing is kept twice:

    rows.has(name) -> bool          whether the station has a setting for this key
    rows.text(name) -> str          its value as OCPP writes it
    rows.put(name, text)            change it; ValueError says why not

All other values that differ from their defaults are one record of `store`, an object with `load() -> (status, dict or
None)` and `save(dict)`. What the station knows and nobody may change is in `fixed`, name -> text, such as
{"NumberOfConnectors": "2", "UnlockConnectorOnEVSideDisconnect": "false"}.

A change acts at once. It is written a few seconds after the last one of a row of changes, by `step`, because back ends
try out dozens of values in a row, and leave what was there before.
"""

import binascii

from micropython import const

from . import keys, measurands

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ACCEPTED = "Accepted"
REJECTED = "Rejected"
REBOOT_REQUIRED = "RebootRequired"
NOT_SUPPORTED = "NotSupported"

# CiString500Type.
_LONGEST = const(500)
# A key that changes often wears the flash no faster than once in this time.
_REST_S = const(60)
_LOCAL_INTERVAL = "OCPPViaLocalNetworkMinInterval"
_INTERVAL = "MeterValueSampleInterval"
# Shorter ones only in a local network (mission of the vendor's pages; section 9.1.19 itself has no limit).
_SHORTEST_S = const(10)
# Before the digits of a password that came in hex; one that people write in the settings is taken as it is.
_HEX = "#"


class Configuration:
    """Values of all keys; `changes` counts how often one was changed, `reason` is why the last one was refused.

    `three_phase` says whether lists of measurands may have phases. `on_change(name)` is called after a change.
    `can_secure(profile)` tells whether the certificates for security profile 2 or 3 are there.
    """

    def __init__(self, store, rows=None, fixed: dict | None = None) -> None:
        self._store = store
        self._rows = rows
        self._fixed = fixed or {}
        self.three_phase = True
        self.on_change: "Callable | None" = None
        self.can_secure: "Callable | None" = None
        self.changes = 0
        self.reason = ""
        self._kept: dict[str, str] = {}
        # Numbers that were asked for since the last change: some are asked for many times a second.
        self._known: dict = {}
        self._load()
        self._known = {}
        # What is written, when the keys of the last minute were, and when the next is due, in s of uptime.
        self._written = dict(self._kept)
        self._written_s: dict[str, int] = {}
        self._due_s = -1
        self._seen = 0

    def text(self, name: str) -> str:
        """Return a value as OCPP writes it; KeyError when there is no such key."""
        row = keys.find(name)
        if row is None:
            raise KeyError(name)
        return self._text(row)

    def get(self, name: str) -> "Any":
        """Return a value as bool, int or str; KeyError when there is no such key."""
        value = self._known.get(name)
        if value is not None:
            return value
        row = keys.find(name)
        if row is None:
            raise KeyError(name)
        value = self._text(row)
        if row.kind not in "bi":
            return value
        value = value == "true" if row.kind == "b" else int(value)
        if not self._has_setting(row):
            self._known[name] = value
        return value

    def items(self, name: str) -> bytes:
        """Return a list of measurands as `measurands.parse` packs it; empty when it is none of this firmware."""
        try:
            return measurands.parse(self.text(name))
        except ValueError:
            return b""

    def authorization_key(self) -> bytes:
        """Return the password of HTTP basic authentication; empty when there is none."""
        value = self.text("AuthorizationKey")
        if value.startswith(_HEX) and 32 < len(value) <= 41 and not value[1:].strip("0123456789abcdefABCDEF"):
            return binascii.unhexlify(value[1:])
        return value.encode()

    def entries(self, names=None):
        """Yield (name, read only, text) for GetConfiguration, of all keys or of those asked for.

        The text is None where it must not be shown; an unknown name comes with None for `read only`.
        """
        if not names:
            for row in keys.rows():
                if self._exists(row):
                    yield self._entry(row)
            return
        for name in names:
            row = keys.find(name)
            yield self._entry(row) if row is not None and self._exists(row) else (name, None, None)

    def change(self, name: str, text: str) -> str:
        """Carry out a ChangeConfiguration and return its status (section 5.3); a refused one changes nothing."""
        row = keys.find(name)
        if row is None or not self._exists(row):
            self.reason = "no such key"
            return NOT_SUPPORTED
        try:
            if not self._writable(row):
                raise ValueError("cannot be changed")
            value = self._checked(row, text)
            if row.check == "security":
                from . import key_checks

                key_checks.check_security(int(value), self)
            self._put(row, value)
        except ValueError as error:
            self.reason = str(error)
            return REJECTED
        self.reason = ""
        return REBOOT_REQUIRED if row.needs_restart else ACCEPTED

    def put(self, name: str, text: str) -> None:
        """Let the station itself change a value; ValueError says why not, KeyError that there is no such key."""
        row = keys.find(name)
        if row is None:
            raise KeyError(name)
        self._put(row, self._checked(row, text))

    def noted(self, name: str) -> None:
        """Take notice that a value was changed in the settings of the station."""
        self._known = {}
        if name == _LOCAL_INTERVAL and not self.get(name) and 0 < self.get(_INTERVAL) < _SHORTEST_S:
            self.put(_INTERVAL, str(_SHORTEST_S))
        self.changes += 1
        if self.on_change is not None:
            self.on_change(name)

    @property
    def idle(self) -> bool:
        """Tell whether everything is written."""
        return self._due_s < 0 and self._seen == self.changes

    def step(self, uptime_s: int, may_write: bool = True) -> None:
        """Write what changed: at once, or a minute after its last time; OSError leaves it to the next step."""
        if self._seen != self.changes:
            self._seen = self.changes
            rests = [self._rest_s(name, uptime_s) for name in self._unwritten()]
            self._due_s = uptime_s + min(rests) if rests else -1
        if self._due_s < 0 or not may_write or uptime_s < self._due_s:
            return
        names = self._unwritten()
        self.save()
        self._written_s = {name: at_s for name, at_s in self._written_s.items() if uptime_s - at_s < _REST_S}
        for name in names:
            self._written_s[name] = uptime_s

    def save(self) -> None:
        """Write now what has changed, such as before a restart; OSError when it cannot be written."""
        if self._kept != self._written:
            self._store.save(self._kept)
            self._written = dict(self._kept)
        self._due_s = -1
        self._seen = self.changes

    def _unwritten(self) -> list:
        kept, written = self._kept, self._written
        return [name for name in set(kept) | set(written) if kept.get(name) != written.get(name)]

    def _rest_s(self, name: str, uptime_s: int) -> int:
        return max(0, self._written_s.get(name, uptime_s - _REST_S) + _REST_S - uptime_s)

    def _entry(self, row: keys.Key) -> tuple:
        return row.name, not self._writable(row), self._text(row) if row.readable else None

    def _exists(self, row: keys.Key) -> bool:
        return not row.needs_setting or self._has_setting(row)

    def _has_setting(self, row: keys.Key) -> bool:
        return self._rows is not None and self._rows.has(row.name)

    def _writable(self, row: keys.Key) -> bool:
        return row.writable and row.name not in self._fixed

    def _text(self, row: keys.Key) -> str:
        if row.name in self._fixed:
            return self._fixed[row.name]
        if self._has_setting(row):
            return self._rows.text(row.name)  # pyright: ignore[reportOptionalMemberAccess]
        value = self._kept.get(row.name)
        if value is not None:
            return value
        if row.check == "unit" and self.get("SmartChargingWatts"):
            return "Current,Power"
        if row.check == "connectors":
            return str(self.get("NumberOfConnectors") + 1)
        if row.check == "rotation":
            return ",".join(["%d.Unknown" % index for index in range(self.get("NumberOfConnectors") + 1)])
        return row.default

    def _put(self, row: keys.Key, value: str) -> None:
        if value == self._text(row):
            return
        if self._has_setting(row):
            self._rows.put(row.name, value)  # pyright: ignore[reportOptionalMemberAccess]
        elif value == row.default:
            self._kept.pop(row.name, None)
        else:
            self._kept[row.name] = value
        self.noted(row.name)

    def _load(self) -> None:
        stored = self._store.load()[1] or {}
        # The one that a check of another one asks for comes first.
        for name in [_LOCAL_INTERVAL] + sorted(stored):
            row = keys.find(name)
            if row is None or name not in stored or not row.writable:
                continue
            try:
                # A value that is no longer possible goes back to the default.
                value = stored[name]
                # Texts were checked when they were changed.
                if row.kind in "bi":
                    value = self._checked(row, value)
                if isinstance(value, str) and value != row.default:
                    self._kept[row.name] = value
            except ValueError:
                pass

    def _checked(self, row: keys.Key, value) -> str:
        """Return a value in the form that is kept; ValueError says what is wrong with it."""
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise ValueError("must be a text of at most %d characters" % _LONGEST)
        if row.kind == "i":
            return self._checked_number(row, value)
        if row.kind == "b":
            value = value.lower()
            if value not in ("true", "false"):
                raise ValueError("must be true or false")
            return value
        # Late, because most stations change a text seldom.
        from . import key_checks

        return key_checks.checked(row, value, self)

    def _checked_number(self, row: keys.Key, text: str) -> str:
        digits = text[1:] if text.startswith("-") else text
        if not digits or len(digits) > 9 or digits.strip("0123456789"):
            raise ValueError("must be a whole number")
        value = int(text)
        low = row.low
        if row.check == "interval" and not self.get(_LOCAL_INTERVAL):
            low = _SHORTEST_S
        if not low <= value <= row.high and not (value == 0 and row.off):
            raise ValueError("must be %s%d to %d" % ("0, or " if row.off else "", low, row.high))
        return str(value)


def rotation(text: str, connector: int) -> tuple:
    """Return on which phase of the grid (0 to 2) L1, L2 and L3 of a connector are, by a ConnectorPhaseRotation."""
    for part in text.split(","):
        number, _, word = part.partition(".")
        if number == str(connector) and len(word) == 3:
            return tuple(["RST".find(letter) for letter in word])
    return (0, 1, 2)
