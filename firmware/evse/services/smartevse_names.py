"""Numbers and words by which clients of a SmartEVSE know what a station does.

SmartEVSE v3 sheet, sections 2.1, 2.6, 2.7 and 7.5. What it has no word for gets the nearest one.
"""

from micropython import const

from evse.core import faults as f
from evse.core import states as s

# By state; those of the modem are not ours.
_STATES = (
    "Ready to Charge",
    "Connected to EV",
    "Charging",
    "D",
    "Request State B",
    "State B OK",
    "Request State C",
    "State C OK",
    "Activate",
    "Charging Stopped",
    "Stop Charging",
)
_NOT_OFFERING = const(9)

ERRORS = (
    "None",
    "No Power Available",
    "Communication Error",
    "Temperature High",
    "EV Meter Comm Error",
    "RCM Tripped",
    "RCM Test",
    "Test IO",
    "Flash Error",
)
# Beyond what they know; the text is ours.
ERROR_OTHER = const(9)
NO_POWER_SUFFIX = " - No Power Available"

# The most important last, as bits of theirs: fault of ours and place in ERRORS.
_FAULTS = (
    (f.NO_POWER, 1),
    (f.MAINS_METER_SILENT, 2),
    # The reference calls this one "Test IO".
    (f.CIRCUIT_METER_SILENT, 2),
    (f.DUPLICATE_MASTER, 2),
    (f.MASTER_SILENT, 2),
    (f.TEMP_HIGH, 3),
    (f.EV_METER_SILENT, 4),
    (f.RESIDUAL_CURRENT, 5),
    (f.RESIDUAL_TEST, 6),
)

# By mode_id.
MODES = ("OFF", "NORMAL", "SOLAR", "SMART", "PAUSE")
MODE_OFF = const(0)
MODE_PAUSE = const(4)
# By our stored mode: Normal, Smart, Solar.
_MODE_IDS = (1, 3, 2)

CONTACT2 = ("Not present", "Always Off", "Solar Off", "Always On", "Auto")


def state_id(station) -> int:
    """Return the state as a number they know."""
    state = station.charger.state
    return state if state < len(_STATES) else _NOT_OFFERING


def state_text(station) -> str:
    """Return the state in their words."""
    return _STATES[state_id(station)]


def mode_id(station) -> int:
    """Return 0 off, 1 Normal, 2 Solar, 3 Smart, 4 pause."""
    access = station.charger.access
    if access == s.ACCESS_OFF:
        return MODE_OFF
    return MODE_PAUSE if access == s.ACCESS_PAUSE else _MODE_IDS[station.config.mode]


def stored_mode(mode: int) -> int:
    """Return our stored mode of a mode_id from 1 to 3."""
    return _MODE_IDS.index(mode)


def error(station) -> tuple:
    """Return (error_id, text) of what is wrong; the highest of theirs, else the most serious of ours."""
    active = station.faults.active
    other = active & station.faults.stop_mask
    found = 0
    for fault, place in _FAULTS:
        bit = 1 << fault
        other &= ~bit
        if active & bit:
            found = place
    if other:
        return ERROR_OTHER, f.first_text(other)
    return found, ERRORS[found]
