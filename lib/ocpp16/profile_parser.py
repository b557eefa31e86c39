"""Takes the charging profile of a SetChargingProfile or RemoteStartTransaction out of the stream (sections 6.43, 6.33).

Periods go straight into bytes, 32 at a time; no number becomes a float. Fields that OCPP does not name are
ignored, and a null counts as missing, as in `payloads`.
"""

import struct

from micropython import const

from . import json_stream as js
from . import profile_layout as pl
from .rpc import CallError
from .times import parse

_SKIP = const(-1)
_TOP = const(0)
_PROFILE = const(1)
_SCHEDULE = const(2)
_PERIODS = const(3)
_PERIOD = const(4)

# Fields by the container they stand in; the places of their values in `_values`.
_NAMES = (
    (b"connectorId", b"idTag", b"csChargingProfiles", b"chargingProfile"),
    (
        b"chargingProfileId",
        b"transactionId",
        b"stackLevel",
        b"chargingProfilePurpose",
        b"chargingProfileKind",
        b"recurrencyKind",
        b"validFrom",
        b"validTo",
        b"chargingSchedule",
    ),
    (b"duration", b"startSchedule", b"chargingRateUnit", b"minChargingRate", b"chargingSchedulePeriod"),
    (),
    (b"startPeriod", b"limit", b"numberPhases"),
)
_PLACES = (0, 4, 13, 18, 18)
# Integer, string, object, word, date-time, decimal, array.
_TYPES = "isoo" + "iiieeeddo" + "idema" + "imi"
_WORDS = (
    (b"ChargePointMaxProfile", b"TxDefaultProfile", b"TxProfile"),
    (b"Absolute", b"Recurring", b"Relative"),
    (b"Daily", b"Weekly"),
    (b"A", b"W"),
)

CONNECTOR = const(0)
ID_TAG = const(1)
PROFILE_ID = const(4)
TRANSACTION_ID = const(5)
STACK_LEVEL = const(6)
PURPOSE = const(7)
KIND = const(8)
RECURRENCY = const(9)
VALID_FROM = const(10)
VALID_TO = const(11)
_SCHEDULE_AT = const(12)
DURATION = const(13)
START = const(14)
UNIT = const(15)
_PERIODS_AT = const(17)
_START_PERIOD = const(18)
_LIMIT = const(19)
_PHASES = const(20)
_FIELDS = const(21)

_INT_MAX = const(0x7FFFFFFF)
_ID_TAG_MAX = const(20)


class ProfileParser:
    """The stream handler of one request: `feed`, then `end`; both raise CallError or ValueError for a CALLERROR.

    After `end`: `connector` (-1 when it is missing), `id_tag`, `has_profile`, and of the profile `value(place)`,
    `count` and `pieces` of packed periods. `rejected` says why a profile that is well formed is refused, "" when
    nothing is wrong with it.
    """

    def __init__(self, is_remote_start: bool, most_periods: int = 255) -> None:
        self._is_remote_start = is_remote_start
        self._most_periods = most_periods
        self._tokens = js.Tokenizer(self)
        self._contexts = bytearray()
        self._context = _SKIP
        self._place = -1
        self._values: list = [None] * _FIELDS
        self._piece = bytearray(0)
        self._last_start = -1
        self.pieces: list = []
        self.count = 0
        self.rejected = ""
        self.connector = -1
        self.id_tag = ""
        self.has_profile = False

    def feed(self, data) -> None:
        """Take the next bytes of the payload; about 1 us per byte on a PC, 30 us on an ESP32."""
        self._tokens.feed(data)

    def end(self) -> "ProfileParser":
        """Return this request once its payload is complete."""
        if not self._tokens.done:
            raise ValueError("no end")
        values = self._values
        profile_at = 3 if self._is_remote_start else 2
        self.has_profile = values[profile_at] is not None
        required = [ID_TAG] if self._is_remote_start else [CONNECTOR, profile_at]
        if self.has_profile:
            required += [PROFILE_ID, STACK_LEVEL, PURPOSE, KIND, _SCHEDULE_AT, UNIT, _PERIODS_AT]
        for place in required:
            if values[place] is None:
                raise CallError("ProtocolError", _name(place) + " is missing")
        if values[CONNECTOR] is not None:
            self.connector = values[CONNECTOR]
            if self.connector < 0:
                raise CallError("PropertyConstraintViolation", "connectorId is negative")
        if self._is_remote_start:
            self.id_tag = values[ID_TAG].decode()
            if len(self.id_tag) > _ID_TAG_MAX:
                raise CallError("TypeConstraintViolation", "idTag is too long")
        if self.has_profile and not self.count:
            self._reject("there is no period")
        used = self.count % pl.PIECE
        if used:
            self.pieces.append(bytes(self._piece[: used * pl.PERIOD_BYTES]))
        self._piece = bytearray(0)
        return self

    def value(self, place: int):
        """Return the value of a field of the profile, None when it is missing; a word as its place in the standard."""
        return self._values[place]

    def lowest_a(self) -> int:
        """Return the lowest limit of all periods."""
        lowest = pl.MOST_A
        for piece in self.pieces:
            for at in range(0, len(piece), pl.PERIOD_BYTES):
                lowest = min(lowest, struct.unpack_from(pl.PERIOD, piece, at)[1])
        return lowest

    def convert(self, voltage_v: int) -> None:
        """Make amperes of limits in watts: a total over `numberPhases`, 3 where it does not say (7.12)."""
        for number in range(len(self.pieces)):
            piece = bytearray(self.pieces[number])
            for at in range(0, len(piece), pl.PERIOD_BYTES):
                start_s, limit, phases = struct.unpack_from(pl.PERIOD, piece, at)
                struct.pack_into(pl.PERIOD, piece, at, start_s, limit // (voltage_v * (phases or 3)), phases)
            self.pieces[number] = bytes(piece)

    # What the tokenizer calls.

    def begin(self, is_object: bool) -> None:
        """Enter an object or a list."""
        outer = self._context
        place = self._place
        context = _SKIP
        if not self._contexts:
            if not is_object:
                raise ValueError("the payload is no object")
            context = _TOP
        elif outer == _PERIODS:
            if not is_object:
                raise CallError("TypeConstraintViolation", "a period is no object")
            context = _PERIOD
            self._values[_START_PERIOD] = self._values[_LIMIT] = self._values[_PHASES] = None
        elif place >= 0:
            if _TYPES[place] != ("o" if is_object else "a"):
                raise _wrong_type(place)
            if self._values[place] is not None:
                raise ValueError(_name(place) + " comes twice")
            self._values[place] = True
            context = _SCHEDULE if place == _SCHEDULE_AT else _PERIODS if place == _PERIODS_AT else _PROFILE
        self._contexts.append(outer & 0xFF)
        self._context = context
        self._place = -1

    def end_container(self) -> None:
        """Leave it."""
        if self._context == _PERIOD:
            self._end_period()
        outer = self._contexts[-1]
        self._contexts = self._contexts[:-1]
        self._context = _SKIP if outer == _SKIP & 0xFF else outer
        self._place = -1

    def key(self, token: bytes) -> None:
        """Take the name of a field."""
        self._place = -1
        context = self._context
        if context >= 0:
            names = _NAMES[context]
            for index in range(len(names)):
                if names[index] == token:
                    place = _PLACES[context] + index
                    # Of the two names of the profile each request knows one.
                    if place != (2 if self._is_remote_start else 3):
                        self._place = place
                    return

    def scalar(self, kind: int, token: bytes) -> None:
        """Take a value that is no container."""
        place = self._place
        if self._context == _PERIODS:
            raise CallError("TypeConstraintViolation", "a period is no object")
        if place < 0:
            return
        self._place = -1
        if kind == js.NULL:
            return
        wanted = _TYPES[place]
        if wanted == "i" or wanted == "m":
            if kind != js.NUMBER:
                raise _wrong_type(place)
            self._values[place] = self._number(place, token)
        elif kind != js.STRING or wanted in "oa":
            raise _wrong_type(place)
        elif wanted == "e":
            self._values[place] = _word(place, token)
        elif wanted == "d":
            moment_s = parse(_text(token))
            if moment_s < 0:
                raise CallError("PropertyConstraintViolation", _name(place) + " is no date-time")
            self._values[place] = min(moment_s, pl.FOREVER - 1)
        else:
            self._values[place] = token

    def _number(self, place: int, token: bytes) -> int:
        """Return an integer, or of a decimal what is before its point."""
        if token.isdigit() and len(token) < 10:
            return int(token)
        negative, whole, fraction = js.decimal(token)
        if place == _LIMIT:
            if negative:
                self._reject("a limit is negative")
            return whole
        if fraction and _TYPES[place] == "i":
            raise _wrong_type(place)
        if whole > _INT_MAX:
            raise CallError("PropertyConstraintViolation", _name(place) + " is too large")
        return -whole if negative else whole

    def _end_period(self) -> None:
        values = self._values
        start_s = values[_START_PERIOD]
        limit = values[_LIMIT]
        if start_s is None or limit is None:
            raise CallError(
                "ProtocolError", _name(_START_PERIOD if start_s is None else _LIMIT) + " is missing"
            )
        if self.count == self._most_periods:
            self._reject("more than %d periods" % self._most_periods)
        if self.count == 0 and start_s != 0:
            self._reject("the first period does not start at 0")
        elif start_s <= self._last_start:
            self._reject("a period does not start after the one before it")
        if self.rejected:
            return
        self._last_start = start_s
        phases = values[_PHASES]
        at = self.count % pl.PIECE
        if at == 0:
            self._piece = bytearray(pl.PIECE_BYTES)
        struct.pack_into(
            pl.PERIOD,
            self._piece,
            at * pl.PERIOD_BYTES,
            start_s,
            min(limit, pl.MOST_A),
            phases if phases is not None and 1 <= phases <= 3 else 0,
        )
        self.count += 1
        if at == pl.PIECE - 1:
            self.pieces.append(bytes(self._piece))

    def _reject(self, why: str) -> None:
        if not self.rejected:
            self.rejected = why


def _word(place: int, token: bytes) -> int:
    words = _WORDS[place - PURPOSE if place != UNIT else 3]
    for index in range(len(words)):
        if words[index] == token:
            return index
    raise CallError("PropertyConstraintViolation", _name(place) + " has no such value")


def _wrong_type(place: int) -> CallError:
    return CallError("TypeConstraintViolation", _name(place) + " has the wrong type")


def _text(token: bytes) -> str:
    try:
        return token.decode()
    except UnicodeError:
        return ""


def _name(place: int) -> str:
    """Return the name of a field."""
    for context in (_PERIOD, _SCHEDULE, _PROFILE, _TOP):
        if place >= _PLACES[context]:
            return _NAMES[context][place - _PLACES[context]].decode()
    return ""
