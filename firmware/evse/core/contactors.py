"""Contactors C1 and C2: order of switching, feedback, welded and stuck contacts.

C1 carries L1 and N (and every phase where no C2 is fitted), C2 carries L2 and L3. C2 moves only while C1
is proven open, so it never makes or breaks current. When C1 is told to open and does not, C2 opens
after all: then breaking what still flows is the safer choice.
"""

from micropython import const

_SETTLE_MS = const(100)  # without feedback a contactor counts as moved after this time
_FAULT_MS = const(300)  # command and feedback may differ for this long
_REPEAT_MS = const(5000)  # from one closing of C1 to the next
_CEILING_MS = const(60000)


class Contact:
    """Compare command and feedback of one contactor."""

    def __init__(self) -> None:
        self.command = False
        self.welded = False
        self.stuck_open = False
        # Outputs are off from the reset on, long before the first step.
        self._since_ms = _SETTLE_MS
        self._differs_ms = 0
        self._differs = False
        self._has_feedback = False
        self._closed = False

    def set(self, command: bool) -> None:
        self.command = command
        self._since_ms = 0
        self._differs_ms = 0
        # The time from here to the next reading counts.
        self._differs = True

    def observe(self, feedback: int, dt_ms: int) -> None:
        """Take feedback 1 closed, 0 open or -1 none into account."""
        if self._since_ms < _CEILING_MS:
            self._since_ms += dt_ms
        self._has_feedback = feedback >= 0
        self._closed = feedback == 1
        if not self._has_feedback or self._closed == self.command:
            self._differs_ms = 0
            self._differs = False
            self.welded = False
            self.stuck_open = False
            return
        if not self._differs:
            # Nobody knows since when: the time before the first such reading does not count.
            self._differs = True
            return
        if self._differs_ms < _FAULT_MS:
            self._differs_ms += dt_ms
        if self._differs_ms >= _FAULT_MS:
            self.welded = self._closed
            self.stuck_open = not self._closed

    def proven(self, closed: bool) -> bool:
        """Return True when the contact is known to be `closed`, by feedback or by elapsed time."""
        if self.command != closed:
            return False
        if self._has_feedback:
            return self._closed == closed
        return self._since_ms >= _SETTLE_MS

    def next_ms(self) -> int:
        """Return the time until this contact changes by itself with the same feedback, or -1."""
        if self._has_feedback:
            if self._closed != self.command and self._differs_ms < _FAULT_MS:
                return _FAULT_MS - self._differs_ms
            return -1
        return _SETTLE_MS - self._since_ms if self._since_ms < _SETTLE_MS else -1


class Contactors:
    """Own the commands of C1 and C2."""

    def __init__(self, has_c2: bool) -> None:
        self.has_c2 = has_c2
        self.c1 = Contact()
        self.c2 = Contact()
        self._since_close_ms = _REPEAT_MS
        self._open_wait_ms = 0

    def observe(self, inputs, dt_ms: int) -> None:
        """Read the feedback and update the faults of both contactors."""
        self.c1.observe(inputs.c1_closed, dt_ms)
        if self.has_c2:
            self.c2.observe(inputs.c2_closed, dt_ms)
        if self._since_close_ms < _REPEAT_MS:
            self._since_close_ms += dt_ms

    def step(self, close: bool, three_phase: bool, dt_ms: int) -> None:
        """Move towards closed or open; `three_phase` matters only while C1 is open."""
        c1 = self.c1
        c2 = self.c2
        if not close:
            self._open(dt_ms)
        elif not c1.command:
            self._open_wait_ms = 0
            if self._since_close_ms >= _REPEAT_MS and c1.proven(False):
                three_phase = three_phase and self.has_c2
                if c2.command != three_phase:
                    c2.set(three_phase)
                elif not self.has_c2 or c2.proven(three_phase):
                    c1.set(True)
                    self._since_close_ms = 0

    def proven_open(self) -> bool:
        """Return True when both contactors are commanded open and known to be open."""
        return self.c1.proven(False) and (not self.has_c2 or self.c2.proven(False))

    def next_ms(self, close: bool) -> int:
        """Return the time until something changes by itself, 0 for the next step, or -1."""
        next_ms = self.c1.next_ms()
        if self.has_c2:
            other_ms = self.c2.next_ms()
            if other_ms >= 0 and (next_ms < 0 or other_ms < next_ms):
                next_ms = other_ms
        if close:
            if not self.c1.command:
                wait_ms = _REPEAT_MS - self._since_close_ms
                return wait_ms if wait_ms > 0 and (next_ms < 0 or wait_ms < next_ms) else 0
        elif self.c1.command or self.c2.command:
            return 0
        return next_ms

    def _open(self, dt_ms: int) -> None:
        if self.c1.command:
            self.c1.set(False)
            self._open_wait_ms = 0
        elif self.c2.command:
            self._open_wait_ms += dt_ms
            if self.c1.proven(False) or self._open_wait_ms >= _FAULT_MS:
                self.c2.set(False)
