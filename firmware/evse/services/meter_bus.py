"""One bus with up to three meters, polled by one client: who is asked when.

In each cycle the currents of all meters are asked one after the other, in the order of `meters`; cycles begin no
closer together than `period_ms`. What else a meter measures fills the time until the next cycle; where there is
none, one such request goes between two cycles.
"""

from micropython import const

from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.hal.api import Rs485Port
    from evse.services.meter import Meter
    from modbus.rtu import RtuClient

_CHUNK_BYTES = const(64)


class MeterBus:
    """Poll meters over one client and port.

    `meters`, those that matter most first, may be exchanged at any time; a reply to one that is gone is dropped.
    """

    def __init__(self, client: "RtuClient", port: "Rs485Port", meters: list) -> None:
        """Poll `meters`. The client must not retry, as the meters rest instead."""
        self.client = client
        self.meters = meters
        self.period_ms = 1000
        self._port = port
        self._chunk = memoryview(bytearray(_CHUNK_BYTES))
        self._asked: "Meter | None" = None
        self._started = False
        self._cycle_due_ms = 0
        self._gap_used = False

    def restart(self) -> None:
        """Begin a new cycle now; call it after a change of `meters` or of the period."""
        self._started = False

    def step(self, now_ms: int) -> None:
        """Move bytes, take a result, start the next request; returns at once."""
        client = self.client
        count = self._port.read_into(self._chunk)
        while count > 0:
            client.receive(self._chunk, count, now_ms)
            count = self._port.read_into(self._chunk) if count == _CHUNK_BYTES else 0
        if client.busy:
            self._poll_client(now_ms)
        asked = self._asked
        if asked is not None and not client.busy:
            self._asked = None
            if asked in self.meters:
                asked.finish(client, now_ms)
        if not client.busy and self._start_next(now_ms):
            self._poll_client(now_ms)

    def next_due_ms(self, now_ms: int) -> int:
        """Return for how many ms `step` has nothing to do unless a byte arrives; FOREVER_MS without meters."""
        left_ms = FOREVER_MS
        busy = self.client.busy
        if busy:
            left_ms = self.client.next_due_ms(now_ms)
        cycle_left_ms = max(0, ticks_diff(self._cycle_due_ms, now_ms)) if self._started else 0
        for meter in self.meters:
            if meter.requests and not busy:
                rest_left_ms = meter.rest_left_ms(now_ms)
                currents_left_ms = max(rest_left_ms, cycle_left_ms) if meter.asked else rest_left_ms
                left_ms = min(left_ms, currents_left_ms, max(0, -meter.overdue_ms(now_ms)))
        return left_ms

    def _start_next(self, now_ms: int) -> bool:
        """Start the request that is due; return False when none is."""
        if not self._started:
            self._started = True
            self._cycle_due_ms = now_ms
            self._begin_cycle(now_ms)
        meter = self._next_for_currents(now_ms)
        if meter is None:
            is_cycle_due = ticks_diff(now_ms, self._cycle_due_ms) >= 0
            other = None if is_cycle_due and self._gap_used else self._most_overdue(now_ms)
            if other is not None:
                self._gap_used = True
                self._asked = other
                other.ask_overdue(self.client, now_ms)
                return True
            if not is_cycle_due:
                return False
            self._begin_cycle(now_ms)
            meter = self._next_for_currents(now_ms)
        if meter is None:
            return False
        self._asked = meter
        meter.ask_currents(self.client, now_ms)
        return True

    def _begin_cycle(self, now_ms: int) -> None:
        self._gap_used = False
        self._cycle_due_ms = ticks_add(self._cycle_due_ms, self.period_ms)
        if ticks_diff(self._cycle_due_ms, now_ms) <= 0:
            # One was missed: count from now.
            self._cycle_due_ms = ticks_add(now_ms, self.period_ms)
        for meter in self.meters:
            meter.asked = False

    def _next_for_currents(self, now_ms: int) -> "Meter | None":
        for meter in self.meters:
            if meter.requests and not meter.asked and not meter.rest_left_ms(now_ms):
                return meter
        return None

    def _most_overdue(self, now_ms: int) -> "Meter | None":
        most = None
        most_ms = -1
        for meter in self.meters:
            overdue_ms = meter.overdue_ms(now_ms)
            if overdue_ms > most_ms:
                most = meter
                most_ms = overdue_ms
        return most

    def _poll_client(self, now_ms: int) -> None:
        count = self.client.poll(now_ms)
        if count:
            self._port.write(self.client.tx, count)
