"""Read a real meter with the firmware's own client and decoder, and say plainly what it told or what is wrong."""

import asyncio
import time

from evse import aio
from evse.services import meter_types
from evse.services.meter_types import MeterType
from evse.services.meter_values import CURRENT, EXPORT, IMPORT, POWER, VOLTAGE, Values, plan
from meters_lib.judge import complaints, score
from modbus import codes
from modbus.codes import ModbusError
from modbus.port_client import PortClient
from modbus.registers import get_f32
from modbus.rtu import RtuClient

TIMEOUT_MS = 500
CONNECT_S = 3.0
HINTS = {
    codes.TIMEOUT: "no answer: another address, swapped wires A and B, another speed, or no power",
    codes.BAD_CRC: "answers that are damaged: another speed, a bad cable, or two devices with this address",
    codes.UNEXPECTED: "answers to something else: two devices with this address, or another master on the bus",
    codes.BUS_BUSY: "the bus is never silent: another master, or a wrong speed",
}


class Reading:
    """What one type found out about one device."""

    def __init__(self, kind: MeterType) -> None:
        self.kind = kind
        self.values = Values()
        self.latencies_ms: list[int] = []
        self.problems: list[str] = []
        self.answered = False
        # Why there is no device.
        self.gone = ""
        self.has_currents = False

    def score(self) -> int:
        """Return how plausible the values are; 0 for not at all."""
        return score(self.values) if self.has_currents and not complaints(self.values) else 0

    def text(self) -> str:
        """Return everything in lines."""
        values = self.values
        known = values.known
        rows = []
        if self.has_currents:
            if known & VOLTAGE and any(values.voltage_dv):
                rows.append("voltage  " + "  ".join(f"{value / 10:8.1f} V" for value in values.voltage_dv))
            rows.append("current  " + "  ".join(f"{value / 1000:8.2f} A" for value in values.current_ma))
            if known & POWER:
                rows.append(f"power    {values.power_w:8d} W")
            if known & IMPORT:
                rows.append(f"import   {values.import_wh / 1000:8.3f} kWh")
            if known & EXPORT:
                rows.append(f"export   {values.export_wh / 1000:8.3f} kWh")
        if self.latencies_ms:
            count = len(self.latencies_ms)
            mean = sum(self.latencies_ms) // count
            rows.append(
                f"latency  {mean:8d} ms on average, {max(self.latencies_ms)} ms at most, {count} requests"
            )
        if self.gone:
            rows.append("problem  " + self.gone)
        rows += [
            "problem  " + text
            for text in [*self.problems, *(complaints(values) if self.has_currents else [])]
        ]
        return "\n".join(rows)


class Prober:
    """Ask one device at a port."""

    def __init__(self, port, address: int) -> None:
        self._port = port
        self._address = address
        self._client = PortClient(
            RtuClient(port.baud, timeout_ms=TIMEOUT_MS, retries=1), port, aio.ticks_ms, aio.sleep_ms
        )

    async def connected(self) -> bool:
        """Wait until the port is open; False when it does not get so."""
        waiting = memoryview(bytearray(1))
        deadline = time.monotonic() + CONNECT_S
        while time.monotonic() < deadline:
            self._port.read_into(waiting)
            if self._port.is_open:
                return True
            await asyncio.sleep(0.02)
        return False

    async def read(self, kind: MeterType, only_currents: bool = False) -> Reading:
        """Make every request of the type once; `only_currents` stops after the first that fails."""
        reading = Reading(kind)
        if kind.transport == meter_types.BY_SENSORBOX:
            await self._read_box(reading)
            return reading
        for what, register, count in plan(kind):
            read = await self._request(reading, what, register, count)
            if reading.gone or (what & CURRENT and only_currents and not read):
                break
        return reading

    async def _request(self, reading: Reading, what: int, register: int, count: int) -> bool:
        buffer = await self._fetch(reading, what, register, count)
        if buffer is None:
            return False
        if not reading.values.decode(reading.kind, what, buffer, -2 * register):
            reading.problems.append(
                f"{_named(what)} at {_place(register)}: nonsense, no numbers of this type"
            )
            return False
        reading.has_currents |= what & CURRENT != 0
        return True

    async def _fetch(self, reading: Reading, what: int, register: int, count: int) -> bytearray | None:
        begin = time.monotonic()
        try:
            words = await self._client.read_registers(self._address, reading.kind.function, register, count)
        except ModbusError as error:
            if error.result in HINTS and not reading.answered:
                # The rest would fail as well; one reason is enough.
                reading.gone = HINTS[error.result]
                return None
            reading.answered |= error.result == codes.EXCEPTION
            text = HINTS.get(error.result, str(error))
            if error.exception_code == codes.ILLEGAL_ADDRESS:
                text = "exception 2, the device has no such register: it is of another type"
            elif error.exception_code == codes.ILLEGAL_FUNCTION:
                text = "exception 1, the device does not know this function: it is of another type"
            reading.problems.append(f"{_named(what)} at {_place(register)}: {text}")
            return None
        reading.answered = True
        reading.latencies_ms.append(round(1000 * (time.monotonic() - begin)))
        return bytearray(b"".join(word.to_bytes(2, "big") for word in words))

    async def _read_box(self, reading: Reading) -> None:
        buffer = await self._fetch(reading, CURRENT, 0, reading.kind.block_count)
        if buffer is None:
            return
        if not buffer[3]:
            reading.problems.append("the box has no new data")
            return
        start = 0x08 if buffer[3] & 0x80 else 0x0E
        for phase in range(3):
            current_ma = get_f32(buffer, 2 * (start + 2 * phase), 3, 3)
            if current_ma is None or abs(current_ma) > 1_000_000:
                reading.problems.append("currents: nonsense, no numbers of this type")
                return
            reading.values.current_ma[phase] = current_ma
            if buffer[3] & 0x80:
                reading.values.set_voltage(phase, get_f32(buffer, 2 * (2 + 2 * phase), 3, 1))
        reading.values.known = CURRENT | (VOLTAGE if buffer[3] & 0x80 else 0)
        reading.has_currents = True


def _named(what: int) -> str:
    for bit, name in ((CURRENT, "currents"), (VOLTAGE, "voltages"), (POWER, "power")):
        if what & bit:
            return name
    return "energies"


def _place(register: int) -> str:
    return f"register {register} (0x{register:04X})"
