"""Read an electricity meter over Modbus: measurements as integers, with their age and health.

`Meter` knows one device: what to ask next and what the reply means. `MeterPoller` joins it to a Modbus client
and a byte port. Both are sans-I/O machines that take the time; `run` is the asyncio task around them.
Nothing here allocates while polling, except for energies from 2**30 Wh on.
"""

from micropython import const

from evse import aio
from modbus import codes, registers
from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.hal.api import Clock, Rs485Port
    from evse.services.meter_types import MeterType
    from modbus.rtu import RtuClient

FRESH_MS = const(3000)
# SmartEVSE gives an EV meter 64 s before it counts as gone.
SILENT_MS = const(64000)

_FAST_PERIOD_MS = const(1000)
_SLOW_PERIOD_MS = const(10000)
_IN_FLIGHT_STEP_MS = const(5)
_IDLE_STEP_MS = const(20)
_CHUNK_BYTES = const(64)
# An age is not followed further than this, because the ticks go round.
_AGE_LIMIT_MS = const(3600000)

_FAST = const(0)
_VOLTAGE = const(1)
_ENERGY = const(2)
_IMPORT = const(3)
_EXPORT = const(4)


class Meter:
    """One meter: its measurements, its health and its schedule.

    `current_ma` (signed: import positive), `power_w` and `phase_power_w` come every second, `voltage_dv`,
    `energy_import_wh` and `energy_export_wh` every 10 s. `readings` and `energy_readings` count up with each
    new set, so that a consumer can tell that there is one.
    """

    def __init__(self, meter_type: "MeterType", address: int, silent_ms: int = SILENT_MS) -> None:
        """Describe the device; raises ValueError for an address outside 1..247."""
        if not 1 <= address <= codes.ADDRESS_MAX:
            raise ValueError("address must be 1..247")
        self.type = meter_type
        self.address = address
        self.current_ma = [0, 0, 0]
        self.phase_power_w = [0, 0, 0]
        self.voltage_dv = [0, 0, 0]
        self.power_w = 0
        self.energy_import_wh = 0
        self.energy_export_wh = 0
        self.readings = 0
        self.energy_readings = 0
        self.voltage_readings = 0
        self.errors = 0
        self.decode_errors = 0
        self.last_result = codes.PENDING
        self.last_exception = 0
        self.silent = False
        self._silent_ms = silent_ms
        self._requests = _plan(meter_type)
        self._request = 0
        self._slow_next = 0
        self._started = False
        self._aged = True
        self._good_ms = 0
        self._fast_due_ms = 0
        self._slow_due_ms = 0
        self._scratch = [0, 0, 0, 0, 0, 0]

    @property
    def is_enabled(self) -> bool:
        """False for the type "Disabled", which is never asked and never silent."""
        return len(self._requests) > 0

    def age_ms(self, now_ms: int) -> int:
        """Return the age of currents and powers; `ticks.FOREVER_MS` before the first and beyond one hour."""
        if self._aged or not self.readings:
            return FOREVER_MS
        return max(0, ticks_diff(now_ms, self._good_ms))

    def is_fresh(self, now_ms: int) -> bool:
        """Return True when currents and powers are younger than `FRESH_MS`."""
        return self.age_ms(now_ms) < FRESH_MS

    def watch(self, now_ms: int) -> None:
        """Keep `silent` and the age up to date; call it at least once a day."""
        if not self._started:
            self._started = True
            self._good_ms = now_ms
            self._fast_due_ms = now_ms
            self._slow_due_ms = now_ms
        age_ms = ticks_diff(now_ms, self._good_ms)
        if age_ms >= self._silent_ms:
            self.silent = True
            self._slow_due_ms = now_ms
        if age_ms >= _AGE_LIMIT_MS:
            self._aged = True
            self._good_ms = ticks_add(now_ms, -_AGE_LIMIT_MS)

    def start_request(self, client: "RtuClient", now_ms: int) -> bool:
        """Start the request that is due in `client`; return False when none is."""
        if ticks_diff(now_ms, self._fast_due_ms) >= 0:
            self._request = _FAST
            self._fast_due_ms = _next_due(self._fast_due_ms, _FAST_PERIOD_MS, now_ms)
        elif self._slow_due(now_ms):
            self._request = self._slow_next + 1
            self._slow_next += 1
            if self._slow_next == len(self._requests) - 1:
                self._slow_next = 0
                self._slow_due_ms = _next_due(self._slow_due_ms, _SLOW_PERIOD_MS, now_ms)
        else:
            return False
        request = self._requests[self._request]
        client.read(self.address, self.type.function, request[1], request[2])
        return True

    def finish_request(self, client: "RtuClient", now_ms: int) -> None:
        """Take the result of the request."""
        self.last_result = client.result
        self.last_exception = client.exception_code
        if client.result != codes.OK:
            self.errors += 1
        elif not self._decode(client.rx, client.data_start):
            self.decode_errors += 1
        elif self._request == _FAST:
            self.readings += 1
            self._good_ms = now_ms
            self._aged = False
            self.silent = False

    def next_due_ms(self, now_ms: int) -> int:
        """Return after how many ms the next request is due."""
        if not self.is_enabled:
            return FOREVER_MS
        if not self._started:
            return 0
        left = min(ticks_diff(self._fast_due_ms, now_ms), self.silent_in_ms(now_ms))
        if self._has_slow():
            left = min(left, ticks_diff(self._slow_due_ms, now_ms))
        return max(0, left)

    def silent_in_ms(self, now_ms: int) -> int:
        """Return after how many ms without a reply the meter counts as silent; FOREVER_MS when it does."""
        if self.silent or not self._started:
            return FOREVER_MS
        return max(0, self._silent_ms - ticks_diff(now_ms, self._good_ms))

    def _has_slow(self) -> bool:
        """Return True when there is more to ask than the fast request; a silent meter is only asked that."""
        return len(self._requests) > 1 and not self.silent

    def _slow_due(self, now_ms: int) -> bool:
        return self._has_slow() and ticks_diff(now_ms, self._slow_due_ms) >= 0

    def _decode(self, buffer: bytearray, start: int) -> bool:
        """Store the values of the reply; return False, storing nothing, when one is not a number."""
        meter = self.type
        what = self._requests[self._request][0]
        if what == _FAST:
            offset = start - 2 * meter.block_register
            return self._decode_fast(buffer, offset)
        if what == _VOLTAGE:
            if not self._decode_phases(buffer, start, meter.voltage_digits, 0):
                return False
            for phase in range(3):
                self.voltage_dv[phase] = self._scratch[phase]
            self.voltage_readings += 1
            return True
        return self._decode_energy(what, buffer, start)

    def _decode_fast(self, buffer: bytearray, offset: int) -> bool:
        """Decode currents and powers; register 0 would lie at `offset`."""
        meter = self.type
        scratch = self._scratch
        if not self._decode_phases(buffer, offset + 2 * meter.current_register, meter.current_digits, 0):
            return False
        if not self._decode_phases(buffer, offset + 2 * meter.power_register, meter.power_digits, 3):
            return False
        total_w = 0
        for phase in range(3):
            current_ma = scratch[phase]
            phase_w = scratch[3 + phase]
            if meter.sign_rule:
                current_ma = -abs(current_ma) if phase_w < 0 else abs(current_ma)
            self.current_ma[phase] = current_ma
            self.phase_power_w[phase] = phase_w
            total_w += phase_w
        self.power_w = total_w
        return True

    def _decode_phases(self, buffer: bytearray, offset: int, digits: int, place: int) -> bool:
        """Decode one value per phase into the scratch list."""
        meter = self.type
        for phase in range(3):
            value = registers.decode(buffer, offset, meter.kind, meter.order, digits)
            if value is None:
                return False
            self._scratch[place + phase] = value
            offset += 2 * meter.width
        return True

    def _decode_energy(self, what: int, buffer: bytearray, start: int) -> bool:
        meter = self.type
        import_wh = self.energy_import_wh
        export_wh = self.energy_export_wh
        if what != _EXPORT:
            import_wh = registers.decode(buffer, start, meter.kind, meter.order, meter.import_digits)
        if what != _IMPORT:
            offset = start if what == _EXPORT else start + 2 * meter.width
            export_wh = registers.decode(buffer, offset, meter.kind, meter.order, meter.export_digits)
        if import_wh is None or export_wh is None:
            return False
        self.energy_import_wh = import_wh
        self.energy_export_wh = export_wh
        self.energy_readings += 1
        return True


def _plan(meter: "MeterType") -> tuple:
    """Return the requests of a meter as (what, register, count); the first is the fast one."""
    if not meter.block_count:
        return ()
    requests = [(_FAST, meter.block_register, meter.block_count)]
    if meter.voltage_register >= 0:
        requests.append((_VOLTAGE, meter.voltage_register, 3 * meter.width))
    if meter.import_register >= 0 and meter.export_register == meter.import_register + meter.width:
        requests.append((_ENERGY, meter.import_register, 2 * meter.width))
        return tuple(requests)
    if meter.import_register >= 0:
        requests.append((_IMPORT, meter.import_register, meter.width))
    if meter.export_register >= 0:
        requests.append((_EXPORT, meter.export_register, meter.width))
    return tuple(requests)


def _next_due(due_ms: int, period_ms: int, now_ms: int) -> int:
    """Return the next point of the raster, or a new raster from now when one was missed."""
    due_ms = ticks_add(due_ms, period_ms)
    return due_ms if ticks_diff(due_ms, now_ms) > 0 else ticks_add(now_ms, period_ms)


class MeterPoller:
    """Poll one meter over one client and port."""

    def __init__(self, client: "RtuClient", port: "Rs485Port", meter_type: "MeterType", address: int) -> None:
        """Build a poller; one of the type "Disabled" never uses the port. Raises ValueError as `Meter` does."""
        self.client = client
        self.meter = Meter(meter_type, address)
        self._port = port
        self._chunk = memoryview(bytearray(_CHUNK_BYTES))

    def step(self, now_ms: int) -> None:
        """Move bytes, take a result, start the next request; returns at once."""
        meter = self.meter
        if not meter.is_enabled:
            return
        client = self.client
        pending = client.busy
        count = self._port.read_into(self._chunk)
        while count > 0:
            client.receive(self._chunk, count, now_ms)
            count = self._port.read_into(self._chunk) if count == _CHUNK_BYTES else 0
        if client.busy:
            self._poll_client(now_ms)
        if pending and not client.busy:
            meter.finish_request(client, now_ms)
        meter.watch(now_ms)
        if not client.busy and meter.start_request(client, now_ms):
            self._poll_client(now_ms)

    def next_due_ms(self, now_ms: int) -> int:
        """Return for how many ms `step` has nothing to do unless a byte arrives."""
        if self.client.busy:
            return min(self.client.next_due_ms(now_ms), self.meter.silent_in_ms(now_ms))
        return self.meter.next_due_ms(now_ms)

    async def run(self, clock: "Clock") -> None:
        """Poll for ever."""
        while True:
            now_ms = clock.ticks_ms()
            self.step(now_ms)
            longest_ms = _IN_FLIGHT_STEP_MS if self.client.busy else _IDLE_STEP_MS
            await aio.sleep_ms(max(1, min(longest_ms, self.next_due_ms(now_ms))))

    def _poll_client(self, now_ms: int) -> None:
        count = self.client.poll(now_ms)
        if count:
            self._port.write(self.client.tx, count)
