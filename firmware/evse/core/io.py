"""The two records that pass between a board and the core every control step.

Both are built once and overwritten in place; command and feedback are different fields.
"""

from micropython import const

LOCK_IDLE = const(0)
LOCK_DRIVE_LOCK = const(1)
LOCK_DRIVE_UNLOCK = const(2)

NOT_SAMPLED = const(-1)
NO_FEEDBACK = const(-1)


class Inputs:
    """What the board measured for one control step."""

    def __init__(self) -> None:
        # Millivolts at the sensing pin, lowest and highest of the burst in each part of the PWM period.
        self.pilot_high_min_mv = NOT_SAMPLED
        self.pilot_high_max_mv = NOT_SAMPLED
        self.pilot_low_min_mv = NOT_SAMPLED
        self.pilot_low_max_mv = NOT_SAMPLED
        self.proximity_mv = 3300
        self.c1_closed = NO_FEEDBACK
        self.c2_closed = NO_FEEDBACK
        self.lock_feedback = NO_FEEDBACK
        self.residual_current = False
        self.temp_mc = 25000
        self.in1 = False
        self.in2 = False
        self.switch = False


class Outputs:
    """What the board shall do after one control step."""

    def __init__(self) -> None:
        self.pilot_permille = 1000
        # Nothing is offered before the first decision.
        self.pilot_connected = False
        self.c1 = False
        self.c2 = False
        self.lock = LOCK_IDLE
        # The residual-current device is tested.
        self.test = False
