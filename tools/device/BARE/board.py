"""A board without a world: fixed readings that a program may change; budgets are measured with it.

What it takes of memory is what any board takes at least, so that a measurement shows the station itself.
"""

import sys

from evse import aio
from evse.core import ticks
from evse.core.io import LOCK_DRIVE_LOCK, LOCK_DRIVE_UNLOCK
from evse.core.pilot import PilotWindows
from evse.core.profile import Profile

# Millivolts at the sensing pin for pilot volts (SmartEVSE v3 divider).
PILOT_MV = {"A": 3280, "B": 2892, "C": 2502}
MV_N12 = 164
PP_32A_MV = 595
PROXIMITY = ((500, 700, 32),)


class Scratch:
    """What outlives a reset, if anything did."""

    def read(self) -> bytes:
        return b""

    def write(self, data: bytes) -> None:
        pass


class Storage:
    def __init__(self, root: str) -> None:
        self.root = root


class Clock:
    """Real time, or `now` when somebody set it to 0 or more."""

    def __init__(self) -> None:
        self.now = -1

    def ticks_ms(self) -> int:
        return self.now if self.now >= 0 else aio.ticks_ms() & (ticks.PERIOD - 1)

    def unix_s(self) -> int:
        return 0


class Watchdog:
    def feed(self) -> None:
        pass


class BareBoard:
    """Every part that a board must have; `car` is the state that the car's resistors make: A, B or C."""

    # A PC may take the processor away for a while; a station may not.
    late_limit_ms = 1000
    serial_number = 1

    def __init__(self, root: str) -> None:
        self.profile = Profile(PilotWindows(), PROXIMITY, True, True, False, 32000, False)
        self.clock = Clock()
        self.storage = Storage(root)
        self.scratch = Scratch()
        self.watchdog = Watchdog()
        self.displays = ()
        self.rfid = self.buttons = self.led = self.meter_port = self.network = self.console = None
        self.car = "A"
        self._pwm = False
        self._c1 = self._c2 = self._locked = 0

    def read(self, inputs) -> None:
        """Give the readings of the car's state; contactors and lock follow at once."""
        high_mv = PILOT_MV[self.car]
        inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = high_mv
        low_mv = MV_N12 if self._pwm else -1
        inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = low_mv
        inputs.proximity_mv = PP_32A_MV
        inputs.c1_closed = self._c1
        inputs.c2_closed = self._c2
        inputs.lock_feedback = self._locked
        inputs.residual_current = False
        inputs.temp_mc = 30000
        inputs.in1 = inputs.in2 = inputs.switch = False

    def apply(self, outputs) -> None:
        """Remember what the readings depend on."""
        self._pwm = outputs.pilot_connected and 0 < outputs.pilot_permille < 1000
        self._c1 = 1 if outputs.c1 else 0
        self._c2 = 1 if outputs.c2 else 0
        if outputs.lock == LOCK_DRIVE_LOCK:
            self._locked = 1
        elif outputs.lock == LOCK_DRIVE_UNLOCK:
            self._locked = 0

    def safe_state(self) -> None:
        """Open the contactors."""
        self._c1 = self._c2 = 0

    def services(self, app, supervisor) -> list:
        """Return nothing: a program that measures puts its own function here."""
        return []

    def reset(self, reason: str) -> None:
        """End the process."""
        sys.exit(reason)


def outputs_safe() -> None:
    """Do nothing: there are no outputs."""


def make() -> BareBoard:
    """Return the board with its storage in the folder that the command line names."""
    return BareBoard(sys.argv[1])
