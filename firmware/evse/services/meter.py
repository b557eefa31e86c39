"""One meter: its measurements, its health, and what to ask it next.

A request that gets no answer makes the meter rest before it is asked again, longer each time, so that a dead meter
costs the bus little, and so that a late reply cannot be taken for one to another question.
"""

from micropython import const

from evse.services import meter_types
from evse.services.meter_values import CURRENT, IMPORT, POWER, Values, plan
from modbus import codes
from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

    from evse.services.meter_more import More
    from evse.services.meter_types import MeterType
    from modbus.rtu import RtuClient

_SLOW_MS = const(10000)
# A question that a meter has twice not answered; it may know no answer. What was only lost is asked again soon, and
# then ever more rarely.
_REFUSED_MS = const(60000)
_LOST_MS = const(5000)
_LOST_MOST = const(6)
# From here on a request is for something that charging does not need.
_MORE = const(32)
_REST_MS = (500, 1000, 2000, 4000, 4500)
# An age is not followed further than this, because the ticks go round.
_AGE_LIMIT_MS = const(3600000)


class Meter:
    """A device of the bus, or one that is fed from outside.

    `values` are its measurements, and `fresh` says which are new; who takes them clears it. `readings` counts the
    currents, `registers` the energies of the EV meter. A type that may not be used as this meter is never asked, so it
    falls silent.
    """

    def __init__(
        self,
        meter_type: "MeterType",
        address: int,
        use: int,
        silent_ms: int,
        power_ms: int = 2000,
        import_ms: int = _SLOW_MS,
    ) -> None:
        """Describe the device; after `silent_ms` (0: never) without currents it is silent.

        `power_ms` and `import_ms` are the periods of those requests.

        Raises ValueError for an address outside 1..247.
        """
        if not 1 <= address <= codes.ADDRESS_MAX:
            raise ValueError("address must be 1..247")
        self.type = meter_type
        self.address = address
        self.silent_ms = silent_ms
        self.values = Values()
        self.fresh = 0
        self.readings = 0
        self.registers = 0
        self.errors = 0
        self.decode_errors = 0
        self.latency_ms = 0
        self.worst_latency_ms = 0
        self.last_result = codes.PENDING
        self.last_exception = 0
        self.silent = False
        # Kept by the bus: the currents were asked in this cycle.
        self.asked = False
        self.requests = self._plan() if meter_type.use & use else ()
        # What goes wrong on the bus in plain words: nothing for a meter that is fed.
        self._texts: Any = None
        if self.requests:
            from modbus import codes as texts

            self._texts = texts
        self._power_ms = power_ms
        self._import_ms = import_ms
        self._due_ms = [0] * len(self.requests)
        self._refusals = [0] * len(self.requests)
        # What is asked for beyond `values`.
        self.more: "More | None" = None
        self._request = 0
        self._sent_ms = 0
        self._failures = 0
        self._rest_until_ms = 0
        self._started = False
        self._aged = True
        self._good_ms = 0

    @property
    def is_enabled(self) -> bool:
        """False for the type "Disabled"."""
        return self.type.transport != meter_types.BY_NOTHING

    def age_ms(self, now_ms: int) -> int:
        """Return the age of the currents; `ticks.FOREVER_MS` before the first and beyond one hour."""
        if self._aged:
            return FOREVER_MS
        return max(0, ticks_diff(now_ms, self._good_ms))

    def watch(self, now_ms: int) -> None:
        """Keep `silent` and the age up to date; call it at least once a day."""
        if not self._started:
            self._started = True
            self._good_ms = now_ms
        age_ms = ticks_diff(now_ms, self._good_ms)
        if age_ms >= self.silent_ms > 0:
            self.silent = self.is_enabled
        if age_ms >= _AGE_LIMIT_MS:
            self._aged = True
            self._good_ms = ticks_add(now_ms, -_AGE_LIMIT_MS)

    def silent_in_ms(self, now_ms: int) -> int:
        """Return after how many ms without currents the meter counts as silent; FOREVER_MS when it does."""
        if self.silent or not self._started or not self.is_enabled or not self.silent_ms:
            return FOREVER_MS
        return max(0, self.silent_ms - ticks_diff(now_ms, self._good_ms))

    def poll(self, now_ms: int) -> None:
        """Go on with what a meter does for itself that is not on the bus."""

    def poll_in_ms(self, now_ms: int) -> int:
        """Return after how many ms `poll` has something to do; FOREVER_MS for never."""
        return FOREVER_MS

    def close(self) -> None:
        """Give back what a meter that is not on the bus holds; it is exchanged."""

    def rest_left_ms(self, now_ms: int) -> int:
        """Return for how many ms the meter is left alone after failures."""
        return max(0, ticks_diff(self._rest_until_ms, now_ms)) if self._failures else 0

    def overdue_ms(self, now_ms: int) -> int:
        """Return how long something other than the currents has been due; negative when nothing is yet."""
        if self._failures or not self.readings:
            return -FOREVER_MS
        most_ms = -FOREVER_MS
        for index in range(1, len(self.requests)):
            overdue_ms = ticks_diff(now_ms, self._due_ms[index])
            most_ms = max(most_ms, overdue_ms)
        return most_ms

    def ask_currents(self, client: "RtuClient", now_ms: int) -> None:
        """Start the request for the currents."""
        self.asked = True
        self._ask(client, 0, now_ms)

    def ask_overdue(self, client: "RtuClient", now_ms: int) -> None:
        """Start the other request that has been due for longest."""
        chosen = 1
        for index in range(2, len(self.requests)):
            if ticks_diff(self._due_ms[index], self._due_ms[chosen]) < 0:
                chosen = index
        self._due_ms[chosen] = ticks_add(now_ms, self._period_ms(chosen))
        self._ask(client, chosen, now_ms)

    def finish(self, client: "RtuClient", now_ms: int) -> None:
        """Take the result of the request."""
        result = client.result
        self.last_result = result
        self.last_exception = client.exception_code
        if result == codes.OK:
            self._failures = 0
            self.latency_ms = max(0, ticks_diff(now_ms, self._sent_ms))
            self.worst_latency_ms = max(self.worst_latency_ms, self.latency_ms)
            taken = self._take(client, now_ms)
        else:
            taken = False
            self.errors += 1
            if result != codes.EXCEPTION:
                self._rest_until_ms = ticks_add(now_ms, _REST_MS[min(self._failures, len(_REST_MS) - 1)])
                self._failures += 1
        self._note_refusal(taken, now_ms)

    def hurry(self, now_ms: int) -> None:
        """Ask for the energy next."""
        for index, request in enumerate(self.requests):
            if request[0] & IMPORT:
                self._due_ms[index] = ticks_add(now_ms, -_SLOW_MS)

    def ask_more(self, more: "More") -> None:
        """Ask from now on also for what `more` has requests for; they are as rare as those for energy in all."""
        self.more = more
        self.requests += more.requests
        self._due_ms += [self._good_ms] * len(more.requests)
        self._refusals += [0] * len(more.requests)

    def take_currents(self, now_ms: int) -> None:
        """Note that `values` hold new currents."""
        if self.silent or not self.readings:
            # The times of the other requests stood still.
            for index in range(len(self._due_ms)):
                self._due_ms[index] = now_ms
        self.readings += 1
        self._good_ms = now_ms
        self._started = True
        self._aged = False
        self.silent = False

    def state_text(self) -> str:
        """Return in a few words how the meter does."""
        if not self.is_enabled:
            return "off"
        if self.type.is_on_bus:
            if not self.requests:
                return "this type cannot be used here"
            is_needed = self.requests[self._request][0] < _MORE
            if self.last_result == codes.EXCEPTION and self._refusals[self._request] and is_needed:
                return self._texts.exception_text(self.last_exception)
            if self._failures:
                return self._texts.result_text(self.last_result)
        if self.silent:
            return "silent"
        return "ok" if self.readings else "waiting"

    def _plan(self) -> tuple:
        return plan(self.type)

    def _ask(self, client: "RtuClient", index: int, now_ms: int) -> None:
        request = self.requests[index]
        self._request = index
        self._sent_ms = now_ms
        client.read(self.address, self.type.function, request[1], request[2])

    def _take(self, client: "RtuClient", now_ms: int) -> bool:
        """Decode a reply; return False when it holds no numbers."""
        what, register, _ = self.requests[self._request]
        values: Any = self.values if what < _MORE else self.more
        if not values.decode(self.type, what, client.rx, client.data_start - 2 * register):
            self.decode_errors += 1
            return False
        if what >= _MORE:
            return True
        self.fresh |= what
        if what & CURRENT:
            self.take_currents(now_ms)
        return True

    def _note_refusal(self, taken: bool, now_ms: int) -> None:
        index = self._request
        if taken:
            self._refusals[index] = 0
        else:
            refusals = self._refusals[index] = min(self._refusals[index] + 1, _LOST_MOST)
            if refusals >= 2:
                is_lost = self.last_result != codes.OK and self.last_result != codes.EXCEPTION
                rest_ms = min(_LOST_MS << (refusals - 2), _REFUSED_MS) if is_lost else _REFUSED_MS
                self._due_ms[index] = ticks_add(now_ms, rest_ms)

    def _period_ms(self, index: int) -> int:
        what = self.requests[index][0]
        if what & POWER:
            return self._power_ms
        return self._import_ms if what & IMPORT else _SLOW_MS
