"""Every input of the simulated world: name, kind, range and meaning, in one table."""

from micropython import const

from evse.core.errors import FieldError

BOOL = const(0)
INT = const(1)
CHOICE = const(2)
OPTIONAL_INT = const(3)
OPTIONAL_TEXT = const(4)
OPTIONAL_CHOICE = const(5)

KIND_NAMES = ("bool", "int", "choice", "optional_int", "optional_text", "optional_choice")

_CURRENT = (-200000, 200000)
_METER = ("ok", "silent", "garbage")
_CONTACT_FAULT = ("welded", "stuck_open")
_DEVICE_FAULT = ("never_trips", "stays_tripped")


class Row:
    """One world input; `choices` for choices, `limits` (lowest, highest) for numbers."""

    def __init__(
        self, name: str, kind: int, default, limits: tuple, choices: tuple, unit: str, help_text: str
    ):
        self.name = name
        self.kind = kind
        self.default = default
        self.limits = limits
        self.choices = choices
        self.unit = unit
        self.help_text = help_text


def _bool(name, default, help_text):
    return Row(name, BOOL, default, (), (), "", help_text)


def _int(name, default, limits, unit, help_text):
    return Row(name, INT, default, limits, (), unit, help_text)


def _optional_int(name, limits, unit, help_text):
    return Row(name, OPTIONAL_INT, None, limits, (), unit, help_text)


def _choice(name, default, choices, help_text):
    return Row(name, CHOICE, default, (), choices, "", help_text)


def _optional_choice(name, default, choices, unit, help_text):
    return Row(name, OPTIONAL_CHOICE, default, (), choices, unit, help_text)


ROWS = (
    _choice(
        "car.pilot",
        "A",
        ("A", "B", "C", "D", "E", "F"),
        "Pilot level that the car's resistors make; A is unplugged.",
    ),
    _bool("car.auto", False, "The car decides by itself when to ask for power."),
    _bool("car.diode", True, "The diode in the car's pilot circuit is there."),
    _int("car.phases", 3, (1, 3), "", "Phases that the on-board charger uses."),
    _int("car.min_a", 6, (1, 80), "A", "Least current that the car charges with."),
    _int("car.start_a", 6, (1, 80), "A", "Least offer at which the car begins."),
    _int("car.max_a", 32, (1, 80), "A", "Highest current of the on-board charger."),
    _int("car.delay_ms", 1000, (0, 5000), "ms", "Time until the car reacts to a changed offer."),
    _int("car.ramp_ma_s", 8000, (100, 1000000), "mA/s", "How fast the car raises its current."),
    _bool("car.follows", True, "The car obeys the offer; false: it draws its highest current all the time."),
    _bool("car.asleep", False, "The car ignores the offer until a wake-up pulse."),
    _optional_int("car.needs_wh", (0, 1000000), "Wh", "Energy until the car is full and stops by itself."),
    _int("car.noise_mv", 0, (0, 1000), "mV", "Disturbance of the pilot at the sensing pin."),
    Row("car.evccid", OPTIONAL_TEXT, None, (), (), "", "Identity that the car tells over power line."),
    _optional_choice("cable.rating_a", 32, (13, 20, 32, 63), "A", "Cable in the socket, or none."),
    _optional_int(
        "cable.pp_mv", (0, 3300), "mV", "Raw proximity voltage in place of the cable's; 3300 is open."
    ),
    _int("house.l1_ma", 0, _CURRENT, "mA", "House connection without this station, L1; import positive."),
    _int("house.l2_ma", 0, _CURRENT, "mA", "The same, L2."),
    _int("house.l3_ma", 0, _CURRENT, "mA", "The same, L3."),
    _int("circuit.l1_ma", 0, _CURRENT, "mA", "Circuit meter without this station, L1."),
    _int("circuit.l2_ma", 0, _CURRENT, "mA", "The same, L2."),
    _int("circuit.l3_ma", 0, _CURRENT, "mA", "The same, L3."),
    _optional_int("battery_ma", _CURRENT, "mA", "Home battery, charging positive."),
    _int("mains.voltage_dv", 2300, (0, 3000), "0.1 V", "Voltage of every phase that has none of its own."),
    _optional_int("mains.l1_dv", (0, 3000), "0.1 V", "Voltage of L1."),
    _optional_int("mains.l2_dv", (0, 3000), "0.1 V", "Voltage of L2."),
    _optional_int("mains.l3_dv", (0, 3000), "0.1 V", "Voltage of L3."),
    _choice("meter.mains", "ok", _METER, "Mains meter."),
    _choice("meter.circuit", "ok", _METER, "Circuit meter."),
    _choice("meter.ev", "ok", _METER, "EV meter."),
    _int("meter.period_ms", 1000, (100, 60000), "ms", "How often the mains meter has a new value."),
    _int("temp_c", 25, (-40, 120), "degC", "Temperature in the station."),
    _bool("in1", False, "Voltage at load-shedding input IN1."),
    _bool("in2", False, "Voltage at load-shedding input IN2."),
    _bool("switch", False, "SWITCH input closed."),
    _bool("rcm", False, "Residual-current device has tripped."),
    _optional_choice(
        "rcm.fault", None, _DEVICE_FAULT, "", "Residual-current device fails when it is tested."
    ),
    _optional_choice("c1.fault", None, _CONTACT_FAULT, "", "Contactor C1 is welded or does not close."),
    _optional_choice("c2.fault", None, _CONTACT_FAULT, "", "Contactor C2 is welded or does not close."),
    _int("c1.delay_ms", 20, (0, 200), "ms", "Time that a contactor takes to move."),
    _optional_choice("lock.fault", None, ("jammed",), "", "The cable lock does not move."),
    _bool("csms.connected", True, "The OCPP back end can be reached."),
    Row("csms.cards", OPTIONAL_TEXT, None, (), (), "", "Cards that the OCPP back end knows; null: all."),
    _bool("link.up", True, "The network is there."),
    _bool("power", True, "Mains power of the station."),
    Row("clock.utc", OPTIONAL_TEXT, None, (), (), "", "Wall time in ISO 8601, from this moment on."),
)


def find(name: str) -> Row:
    """Return the row of a world input; FieldError for an unknown name."""
    for row in ROWS:
        if row.name == name:
            return row
    raise FieldError(name, "unknown world input")


def check(name: str, value) -> None:
    """Raise FieldError when a world input cannot take `value`."""
    row = find(name)
    kind = row.kind
    if value is None and kind in (OPTIONAL_INT, OPTIONAL_TEXT, OPTIONAL_CHOICE):
        return
    if kind == BOOL:
        if value is not True and value is not False:
            raise FieldError(name, "must be true or false")
    elif kind in (INT, OPTIONAL_INT):
        if type(value) is not int:
            raise FieldError(name, "must be a whole number")
        if not row.limits[0] <= value <= row.limits[1]:
            raise FieldError(name, "must be from %d to %d" % row.limits)
    elif kind == OPTIONAL_TEXT:
        if not isinstance(value, str):
            raise FieldError(name, "must be a text or null")
        if name == "clock.utc":
            parse_utc(value)
    elif isinstance(value, bool) or value not in row.choices:
        texts = ", ".join([str(choice) for choice in row.choices])
        raise FieldError(name, "must be one of: " + texts + (" or null" if kind == OPTIONAL_CHOICE else ""))


def parse_utc(text: str) -> int:
    """Return seconds since 1970 of an ISO 8601 time like 2026-03-29T00:59:00Z; an offset may replace Z."""
    offset_s = 0
    body = text
    if text.endswith("Z"):
        body = text[:-1]
    elif len(text) > 19 and text[-6] in "+-" and text[-3] == ":":
        hours, minutes = text[-5:-3], text[-2:]
        if not (hours.isdigit() and minutes.isdigit()):
            raise FieldError("clock.utc", "must look like 2026-03-29T00:59:00Z")
        offset_s = (int(hours) * 60 + int(minutes)) * (60 if text[-6] == "+" else -60)
        body = text[:-6]
    body = body.split(".")[0]
    if len(body) == 16:
        body += ":00"
    digits = body[0:4] + body[5:7] + body[8:10] + body[11:13] + body[14:16] + body[17:19]
    shape = body[4:5] + body[7:8] + body[10:11] + body[13:14] + body[16:17]
    if len(body) != 19 or not digits.isdigit() or shape not in ("--T::", "-- ::"):
        raise FieldError("clock.utc", "must look like 2026-03-29T00:59:00Z")
    year, month, day = int(digits[0:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:14])
    if not (
        1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61 and year >= 1970
    ):
        raise FieldError("clock.utc", "is not a time")
    # Days since 1970 of the proleptic Gregorian calendar, counting years from March.
    shifted = year - (1 if month <= 2 else 0)
    month_index = (month + 9) % 12
    days = (
        365 * shifted
        + shifted // 4
        - shifted // 100
        + shifted // 400
        + (153 * month_index + 2) // 5
        + day
        - 719469
    )
    return days * 86400 + hour * 3600 + minute * 60 + second - offset_s


def describe() -> list:
    """Return every row with its range, for building controls."""
    rows = []
    for row in ROWS:
        rows.append(
            {
                "name": row.name,
                "kind": KIND_NAMES[row.kind],
                "min": row.limits[0] if row.limits else None,
                "max": row.limits[1] if row.limits else None,
                "unit": row.unit,
                "choices": list(row.choices),
                "help": row.help_text,
            }
        )
    return rows
