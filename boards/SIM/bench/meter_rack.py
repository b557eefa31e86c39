"""The simulated meters on one end of the bus: whoever is asked answers, is silent, or sends garbage."""

from bench.meter_bank import MeterBank
from bench.sensorbox_bank import SensorboxBank
from evse.services import meter_types
from modbus.codes import ILLEGAL_ADDRESS
from modbus.server import RtuServer

MODES = ("ok", "silent", "garbage")

# How long a meter thinks before it answers.
_DELAY_MS = 20


class Device:
    """One meter: where it is on the bus, what it measures, and how it behaves."""

    def __init__(self, source) -> None:
        self.source = source
        self.address = 0
        self.bank = None
        self.mode = "ok"
        self._chosen = None

    def choose(self, meter_type, address: int, key) -> None:
        """Be a meter of this type at this address; `key` tells one choice from another."""
        if (key, address) == self._chosen:
            return
        self._chosen = (key, address)
        self.address = address
        self.bank = None
        if meter_type.transport == meter_types.BY_SENSORBOX:
            self.bank = SensorboxBank(self.source)
        elif meter_type.is_polled:
            self.bank = MeterBank(meter_type, self.source)

    def set_mode(self, mode: str) -> None:
        """Choose how the meter behaves; raises ValueError for a mode that is not in MODES."""
        if mode not in MODES:
            raise ValueError("mode must be one of " + ", ".join(MODES))
        self.mode = mode


class MeterRack:
    """Devices on a byte port: `step` them whenever `next_due_ms` says so.

    One server takes every request and lends itself to the device that it is for.
    """

    def __init__(self, port, devices: list, let_pass=None, seed: int = 1) -> None:
        """Join devices to a port; `let_pass(now_ms)` is told the time before a device measures."""
        self.devices = devices
        self._let_pass = let_pass
        self._port = port
        self._server = RtuServer(self, 1, port.baud, _DELAY_MS)
        self._chunk = memoryview(bytearray(64))
        self._frames = 0
        self._between_frames = True
        self._asked = None
        self._seed = seed

    def step(self, now_ms: int) -> None:
        """Take what has arrived and send what is due."""
        server = self._server
        count = self._port.read_into(self._chunk)
        if count and self._let_pass:
            self._let_pass(now_ms)
        while count:
            self._begin_frame(self._chunk[0])
            server.receive(self._chunk, count, now_ms)
            self._end_frame()
            count = self._port.read_into(self._chunk)
        count = server.poll(now_ms)
        self._end_frame()
        asked = self._asked
        if not count or asked is None or asked.mode == "silent":
            return
        if asked.mode == "garbage":
            for index in range(count):
                server.tx[index] = self._random_byte()
        self._port.write(server.tx, count)

    def next_due_ms(self, now_ms: int) -> int:
        """Return after how many ms `step` has something to do."""
        return min(self._server.next_due_ms(now_ms), self._port.next_due_ms(now_ms))

    def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Let the device that is asked answer."""
        asked = self._asked
        return asked.bank.read(function, register, count, buffer, offset) if asked else ILLEGAL_ADDRESS

    def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Let the device that is asked take the values."""
        asked = self._asked
        return asked.bank.write(register, count, buffer, offset) if asked else ILLEGAL_ADDRESS

    def _begin_frame(self, address: int) -> None:
        if not self._between_frames or not 1 <= address <= 247:
            return
        self._between_frames = False
        self._server.address = address
        self._asked = None
        for device in self.devices:
            if device.bank and device.address == address:
                self._asked = device

    def _end_frame(self) -> None:
        frames = self._server.requests + self._server.ignored_frames
        if frames != self._frames:
            self._frames = frames
            self._between_frames = True

    def _random_byte(self) -> int:
        # A small congruential generator: the same bytes on every interpreter.
        self._seed = (self._seed * 16807) % 2147483647
        return (self._seed >> 8) & 0xFF
