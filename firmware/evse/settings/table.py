"""The one table of settings: everything that reads, shows, checks or documents a setting uses these rows.

Keys and menu labels: SmartEVSE v3 sheet, section 6; `INST MAX` and `STAT MIN` from the Pico rows.
"""

from micropython import const

INT = const(0)
CHOICE = const(1)
HIDDEN = const(2)  # an integer that has no menu entry of its own


class Row:
    """One setting; for a choice the stored value is the index into `choices`, whose order never changes."""

    def __init__(
        self,
        key: str,
        label: str,
        kind: int,
        default: int,
        minimum: int,
        maximum: int,
        unit: str,
        choices: tuple,
        help_text: str,
        installer_only: bool = False,
        available: tuple = (),
    ) -> None:
        self.key = key
        self.label = label
        self.kind = kind
        self.default = default
        self.minimum = minimum
        self.maximum = maximum
        self.unit = unit
        self.choices = choices
        self.help_text = help_text
        self.installer_only = installer_only
        # Indices of the choices that this firmware can carry out; empty for all of them.
        self.available = available


def _choice(key: str, label: str, default: int, choices: tuple, help_text: str, available: tuple = ()) -> Row:
    return Row(key, label, CHOICE, default, 0, len(choices) - 1, "", choices, help_text, False, available)


def _int(
    key: str, label: str, default: int, limits: tuple, unit: str, help_text: str, installer=False
) -> Row:
    return Row(key, label, INT, default, limits[0], limits[1], unit, (), help_text, installer)


# Meter types by stored index (facts: section 5.2).
METERS = (
    "Disabled",
    "Sensorbox",
    "Phoenix C",
    "Finder 7E",
    "Eastron3P",
    "InvEastrn",
    "ABB",
    "SolarEdge",
    "WAGO",
    "API",
    "Eastron1P",
    "Finder 7M",
    "Sinotimer",
    "Homewizrd",
    "Schneider",
    "Chint 3P",
    "C.Gavazzi",
    "Chint 1P",
    "Unused 4",
    "Custom",
)

ROWS = (
    _choice("Mode", "MODE", 0, ("Normal", "Smart", "Solar"), "How the charging current is decided.", (0,)),
    _choice("Config", "CONFIG", 0, ("Socket", "Fixed"), "Socket with a loose cable, or a fixed cable."),
    _choice(
        "Lock", "LOCK", 0, ("Disabled", "Solenoid", "Motor"), "Actuator that locks the cable in the socket."
    ),
    _int("MaxCurrent", "MAX", 13, (6, 80), "A", "Highest charging current per phase."),
    _choice(
        "EnableC2",
        "CONTACT 2",
        3,
        ("Not present", "Always Off", "Solar Off", "Always On", "Auto"),
        "What the second contactor, for L2 and L3, does.",
    ),
    _choice("RCmon", "RCMON", 0, ("Disabled", "Enabled"), "Residual-current device on its input."),
    _int("maxTemp", "MAX TEMP", 65, (40, 75), "degC", "Charging stops at this temperature."),
    _choice("EVMeter", "EV METER", 0, METERS, "Meter of the charging current.", (0, 4, 10)),
    _int("EVMeterAddress", "EV ADDR", 12, (11, 247), "", "Modbus address of the EV meter."),
    _int(
        "InstallerMax", "INST MAX", 32, (6, 80), "A", "Limit of the installation; nothing exceeds it.", True
    ),
    _int("StationMin", "STAT MIN", 6, (6, 32), "A", "Less than this is not offered; the car waits."),
    Row("Access", "", HIDDEN, 1, 0, 2, "", (), "Access status at the last power-down."),
)
