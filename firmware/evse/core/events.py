"""A fixed ring of events, written by the core without allocation and read by services."""

from micropython import const

STATE = const(0)  # a: new state, b: old state
C1 = const(1)  # a: command
C2 = const(2)  # a: command
FAULTS = const(3)  # a: mask of active faults, b: mask before
ACCESS = const(4)  # a: access status
LOCK = const(5)  # a: lock status
LIMIT = const(6)  # a: limit in mA, b: slot that rules
SESSION = const(7)  # a: 1 started, 0 ended
CABLE = const(8)  # a: rating in A, 0 none

_SIZE = const(64)
_SEQUENCE_MASK = const(0x3FFFFFFF)


class Events:
    """Keep the last events; a reader that falls behind loses the oldest."""

    def __init__(self) -> None:
        self.sequence = 0
        self.kind = bytearray(_SIZE)
        self.a = [0] * _SIZE
        self.b = [0] * _SIZE

    def push(self, kind: int, a: int, b: int) -> None:
        index = self.sequence % _SIZE
        self.kind[index] = kind
        self.a[index] = a
        self.b[index] = b
        self.sequence = self.next(self.sequence)

    def next(self, sequence: int) -> int:
        """Return the number that follows `sequence`."""
        return (sequence + 1) & _SEQUENCE_MASK

    def index(self, sequence: int) -> int:
        """Return the place of event `sequence` in the lists, or -1 when it was overwritten or is to come."""
        behind = (self.sequence - sequence) & _SEQUENCE_MASK
        if behind == 0 or behind > _SIZE:
            return -1
        return sequence % _SIZE
