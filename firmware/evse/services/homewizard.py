"""A HomeWizard P1 or kWh meter, asked over HTTP (local API v1; SmartEVSE v3 sheet, section 5.4).

Nothing here waits: neither for the network, nor for a name, nor for the meter.
"""

from micropython import const

import sockets
from evse.services.homewizard_data import Reading
from evse.services.homewizard_finder import Finder
from evse.services.meter import Meter
from evse.services.meter_types import USE_MAINS
from http_get.client import GetClient
from http_get.response import DONE, PENDING
from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.hal.api import Links, StreamLink
    from evse.services.meter_types import MeterType

_PERIOD_MS = const(1950)
_TIMEOUT_MS = const(1500)
_PATH = "/api/v1/data"
_PORT = const(80)
# A P1 meter with gas, heat and water meters behind it says up to 2 kB.
_BODY_BYTES = const(3072)
# Often enough that no time is lost, and the loop hardly notices.
_STEP_MS = const(10)
# After so many failures a meter with a name may have another address.
_FAILURES_BEFORE_FIND = const(3)

_OK = const(200)
_FORBIDDEN = const(403)


class HomeWizard(Meter):
    """A meter that is asked over HTTP; `network` opens connections and is None where there is none."""

    def __init__(
        self, meter_type: "MeterType", use: int, silent_ms: int, host: str, network: "Links | None"
    ) -> None:
        """Describe the meter.

        `host` is an IPv4 address or a name of multicast DNS, and may end in :port. Without it the only P1 meter of the
        network is the mains meter; another meter needs one.
        """
        super().__init__(meter_type, 1, use, silent_ms)
        self._network = network
        self._body = bytearray(_BODY_BYTES)
        self._client = GetClient(self._open, self._body)
        name, _, port = host.partition(":")
        self._port = int(port or _PORT)
        self._address = name if sockets.is_address(name) else ""
        self.finder = None if self._address or not (name or use == USE_MAINS) else Finder(name)
        self._problem = "" if self._address or self.finder else "needs an address"
        self._running = False
        self._asking = False
        self._ask_due_ms = 0
        self._failed = 0
        self._phases = 1

    def poll(self, now_ms: int) -> None:
        """Go on with finding and asking."""
        network = self._network
        if network is None or not network.is_up():
            self.close()
            self._problem = "no network"
            return
        if not self._running:
            self._running = True
            self._ask_due_ms = now_ms
            if self.finder:
                self.finder.begin(now_ms)
        if self._asking:
            self._go_on(now_ms)
        elif self._address:
            if ticks_diff(now_ms, self._ask_due_ms) >= 0:
                self._ask_meter(now_ms)
        elif self.finder:
            self._address = self.finder.poll(network, memoryview(self._body), now_ms)
            self._problem = self.finder.problem
            self._ask_due_ms = now_ms

    def poll_in_ms(self, now_ms: int) -> int:
        """Return after how many ms `poll` has something to do."""
        if self._network is None or not (self._address or self.finder):
            return FOREVER_MS
        if self._asking or not self._running:
            return _STEP_MS
        if self.finder and not self._address:
            return self.finder.poll_in_ms(now_ms, _STEP_MS)
        return max(0, ticks_diff(self._ask_due_ms, now_ms))

    def close(self) -> None:
        """Drop what is under way."""
        if self._running:
            self._running = False
            self._asking = False
            self._client.close()
            if self.finder:
                self.finder.close()

    def state_text(self) -> str:
        """Return in a few words how the meter does."""
        return self._problem or super().state_text()

    def _open(self, address: str, port: int) -> "StreamLink":
        if self._network is None:
            raise OSError
        return self._network.open_tcp(address, port)

    def _ask_meter(self, now_ms: int) -> None:
        self._ask_due_ms = ticks_add(now_ms, _PERIOD_MS)
        self._sent_ms = now_ms
        self._asking = True
        self._client.get(self._address, self._port, _PATH, now_ms, _TIMEOUT_MS)
        self._go_on(now_ms)

    def _go_on(self, now_ms: int) -> None:
        was_pending = self._client.state == PENDING
        state = self._client.step(now_ms)
        if state == PENDING:
            return
        if was_pending and state == DONE:
            self.latency_ms = max(0, ticks_diff(now_ms, self._sent_ms))
            self.worst_latency_ms = max(self.worst_latency_ms, self.latency_ms)
            # Reading it takes as long as receiving it did, so others go first.
            return
        self._asking = False
        self._problem = self._client.error
        if state == DONE:
            self._problem = self._take_answer(now_ms)
        if not self._problem:
            self._failed = 0
            return
        self.errors += 1
        self._failed += 1
        if self.finder and self._failed >= _FAILURES_BEFORE_FIND:
            self._failed = 0
            self._address = ""
            self.finder.begin(now_ms)

    def _take_answer(self, now_ms: int) -> str:
        """Take an answer; return what is wrong with it, or nothing."""
        response = self._client.response
        if response.status == _FORBIDDEN:
            return "its local API is off"
        if response.status != _OK:
            return "answers with status %d" % response.status
        try:
            reading = Reading(self._body, response.length, self._phases)
        except ValueError as error:
            self.decode_errors += 1
            return str(error)
        if not self.values.feed(
            reading.current_ma, reading.power_w, reading.import_wh, reading.export_wh, reading.voltage_dv
        ):
            self.decode_errors += 1
            return "impossible value"
        self._phases = reading.phases
        self.fresh = self.values.known
        self.take_currents(now_ms)
        return ""
