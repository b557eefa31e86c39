"""Faults: one table of what can be wrong, how bad it is and how it goes away."""

from micropython import const

from evse.core.text_rows import row, rows

# What a fault does to charging.
INFO = const(0)  # nothing
WAIT = const(1)  # the charger waits for current; handled by the state machine
STOP = const(2)  # the car is asked to stop, then the contactor opens
OPEN = const(3)  # the contactor opens at once

# How a fault clears once its condition is gone.
AUTO = const(0)
UNPLUG = const(1)  # when the car is unplugged, or by a reset command
RESET = const(2)  # by a reset command only

INTERNAL = const(0)
RESIDUAL_TEST = const(1)
RESIDUAL_CURRENT = const(2)
C1_WELDED = const(3)
C2_WELDED = const(4)
C1_STUCK_OPEN = const(5)
C2_STUCK_OPEN = const(6)
NO_DIODE = const(7)
PILOT_SHORT = const(8)
PILOT_LOST = const(9)
LOCK_JAMMED = const(10)
OVERCURRENT = const(11)
TEMP_HIGH = const(12)
MAINS_METER_SILENT = const(13)
CIRCUIT_METER_SILENT = const(14)
DUPLICATE_MASTER = const(15)
MASTER_SILENT = const(16)
EV_METER_SILENT = const(17)
STORAGE = const(18)
NO_POWER = const(19)

# code | text | severity | how it clears, as the numbers above; the most serious first, because the first active one is
# shown.
TABLE = (
    "internal|Internal error: restart the station|3|2\n"
    "residual_test|Residual-current device failed its test: call service|3|1\n"
    "residual_current|Residual current detected: unplug the car|3|1\n"
    "c1_welded|Contactor C1 does not open: do not use, call service|3|2\n"
    "c2_welded|Contactor C2 does not open: do not use, call service|3|2\n"
    "c1_stuck_open|Contactor C1 does not close|3|1\n"
    "c2_stuck_open|Contactor C2 does not close|3|1\n"
    "no_diode|Car without pilot diode: not safe to charge|3|1\n"
    "pilot_short|Control pilot shorted to earth|3|0\n"
    "pilot_lost|Control pilot lost or disturbed|3|0\n"
    "lock_jammed|Cable lock does not move|2|0\n"
    "overcurrent|Car draws more than it was offered|2|1\n"
    "temp_high|Too hot: charging stopped|2|0\n"
    "mains_meter_silent|No data from the mains meter|2|0\n"
    "circuit_meter_silent|No data from the circuit meter|2|0\n"
    "duplicate_master|Two masters on one bus|2|0\n"
    "master_silent|No message from the master|2|0\n"
    "ev_meter_silent|No data from the EV meter|0|0\n"
    "storage|Settings could not be read: defaults are used|0|0\n"
    "no_power|Waiting for power|1|0"
)
COUNT = const(20)


def _mask(column: int, value: int) -> int:
    mask = 0
    bit = 1
    for fields in rows(TABLE):
        if fields[column] == value:
            mask |= bit
        bit <<= 1
    return mask


class Faults:
    """Hold which faults are present now and which are active, as bit masks over TABLE."""

    def __init__(self) -> None:
        self.active = 0
        self.changes = 0
        self.since_s = [0] * COUNT
        self._present = 0
        self._auto = _mask(3, AUTO)
        self._unplug = _mask(3, UNPLUG)
        self.open_mask = _mask(2, OPEN)
        self.stop_mask = _mask(2, STOP) | self.open_mask

    def report(self, index: int, present: bool, uptime_s: int) -> None:
        """State whether the condition of fault `index` holds now."""
        bit = 1 << index
        if present:
            self._present |= bit
            if not self.active & bit:
                self.active |= bit
                self.since_s[index] = uptime_s
                self.changes += 1
        elif self._present & bit:
            self._present &= ~bit
            if self._auto & bit:
                self._clear(bit)

    def is_active(self, index: int) -> bool:
        return self.active & (1 << index) != 0

    def unplugged(self) -> None:
        """Clear what an unplugged car clears, as far as its condition is gone."""
        self._clear(self._unplug & ~self._present)

    def reset(self, mask: int = -1) -> None:
        """Clear every fault of `mask` whose condition is gone."""
        self._clear(mask & ~self._present)

    def _clear(self, mask: int) -> None:
        if self.active & mask:
            self.active &= ~mask
            self.changes += 1


def active_codes(active: int) -> list:
    """Return the codes of a mask of active faults, the most serious first."""
    return [row(TABLE, index)[0] for index in range(COUNT) if active & (1 << index)]


def first_text(active: int) -> str:
    """Return the text of the most serious active fault, or an empty text."""
    for index in range(COUNT):
        if active & (1 << index):
            return row(TABLE, index)[1]
    return ""
