"""A charging profile in bytes: a head of 30, then 7 per period. The same in RAM, in flash and while it arrives.

Head: flags, stack level, connector, number of periods; profile id, transaction id; validFrom, validTo, start of the
schedule in unix seconds, duration in s; the lowest limit of all periods in A. Period: start in s, limit in A, phases
(0 where the profile does not say). Limits are whole amperes, rounded down.
"""

from micropython import const

MAX = const(1)
DEFAULT = const(2)
TX = const(3)
PURPOSES = ("", "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")

ABSOLUTE = const(0)
RECURRING = const(1)
RELATIVE = const(2)
KINDS = ("Absolute", "Recurring", "Relative")

# Flags: purpose in bits 0 and 1, kind in bits 2 and 3.
PURPOSE = const(0x03)
KIND_SHIFT = const(2)
WEEKLY = const(0x10)
HAS_TRANSACTION = const(0x20)
HAS_START = const(0x40)

HEAD = "<BBBBiiIIIIH"
HEAD_BYTES = const(30)
START_AT = const(20)
DURATION_AT = const(24)
PERIOD = "<IHB"
PERIOD_BYTES = const(7)
# Periods are held and read in pieces of so many.
PIECE = const(32)
PIECE_BYTES = const(224)
FOREVER = const(0xFFFFFFFF)
MOST_A = const(0xFFFF)


def size_of(count: int) -> int:
    """Return the bytes of a profile of so many periods."""
    return HEAD_BYTES + PERIOD_BYTES * count
