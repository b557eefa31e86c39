"""Turns the events of the core into log lines that a person can read."""

from evse import aio
from evse.core import events as ev
from evse.core import faults, limits, lock, states
from evse.core.text_rows import row
from evse.log import log
from evse.services.status import amps

_PERIOD_MS = 50


def line(kind: int, a: int, b: int) -> str:
    """Return the text of one event."""
    if kind == ev.STATE:
        return "state %s -> %s" % (states.NAMES[b], states.NAMES[a])
    if kind == ev.C1 or kind == ev.C2:
        return "contactor %s %s" % ("C1" if kind == ev.C1 else "C2", "close" if a else "open")
    if kind == ev.FAULTS:
        raised = faults.active_codes(a & ~b)
        cleared = faults.active_codes(b & ~a)
        texts = ["fault: " + code for code in raised] + ["cleared: " + code for code in cleared]
        return ", ".join(texts)
    if kind == ev.ACCESS:
        return "access " + states.ACCESS_NAMES[a]
    if kind == ev.LOCK:
        return "lock " + lock.STATUS_NAMES[a]
    if kind == ev.LIMIT:
        return "limit %s: %s" % (amps(a), row(limits.SLOTS, b)[1])
    if kind == ev.SESSION:
        return "session started" if a else "session ended: %d Wh" % b
    return "cable %d A" % a if a else "no cable"


class Journal:
    """Follow the event ring into the log."""

    def __init__(self, events) -> None:
        self._events = events
        self._sequence = events.sequence

    def step(self) -> None:
        """Write what happened since the last call."""
        events = self._events
        while self._sequence != events.sequence:
            index = events.index(self._sequence)
            if index < 0:
                log.write("events were lost")
                self._sequence = events.sequence
                return
            log.write(line(events.kind[index], events.a[index], events.b[index]))
            self._sequence = events.next(self._sequence)

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step()
            await aio.sleep_ms(_PERIOD_MS)
