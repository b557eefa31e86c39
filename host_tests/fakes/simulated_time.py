"""Time in a simulated chip: it passes only when somebody says so, or asks.

Stands in for the `time` module of the HAL under test, unless `real` is set to a counter of real microseconds.
Callbacks of timers run between two of its calls, as soft interrupts run between two byte codes, and never inside
each other.
"""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

PERIOD = 1 << 30
_HALF = PERIOD >> 1


class SimulatedTime:
    """Microseconds; `call_us` is what one look at a counter costs."""

    def __init__(self, now_us=(PERIOD - 5000) * 1000, call_us=1):
        self.now_us = now_us
        self.call_us = call_us
        self.real: Any = None
        self._events = []
        self._in_soft = False

    def now(self):
        """Return the unwrapped time; the real one where there is one."""
        return self.real() if self.real is not None else self.now_us

    def at(self, due_us, function, soft=False):
        """Call `function()` at `due_us`; a soft event waits while native code or another soft one runs."""
        event = (due_us, function, soft)
        self._events.append(event)
        return event

    def cancel(self, event):
        if event in self._events:
            self._events.remove(event)

    def advance(self, duration_us, hold=False):
        """Let time pass; with `hold` soft events wait until it has passed."""
        if self.real is None:
            self._pass(duration_us, hold)

    def _pass(self, duration_us, hold):
        end_us = self.now_us + duration_us
        while True:
            wait = hold or self._in_soft
            due = [event for event in self._events if event[0] <= end_us and not (wait and event[2])]
            if not due:
                break
            event = min(due, key=lambda entry: entry[0])
            self._events.remove(event)
            self.now_us = max(self.now_us, event[0])
            if event[2]:
                self._in_soft = True
                try:
                    event[1]()
                finally:
                    self._in_soft = False
            else:
                event[1]()
        self.now_us = max(self.now_us, end_us)

    def block(self, duration_us):
        """Let time pass while native code holds the interpreter."""
        self.advance(duration_us, True)
        self.advance(0)

    def reset(self):
        """Forget what was planned."""
        self._events = []
        self._in_soft = False

    # What the HAL calls

    def ticks_us(self):
        self.advance(self.call_us)
        return self.now_us % PERIOD

    def ticks_ms(self):
        self.advance(self.call_us)
        return self.now_us // 1000 % PERIOD

    def ticks_diff(self, later, earlier):
        return (later - earlier + _HALF) % PERIOD - _HALF

    def ticks_add(self, ticks, delta):
        return (ticks + delta) % PERIOD

    def sleep_us(self, duration_us):
        self.advance(duration_us)

    def sleep_ms(self, duration_ms):
        self.advance(duration_ms * 1000)


clock = SimulatedTime()
