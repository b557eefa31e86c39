"""Metering on a simulated line in virtual time, with any devices; runs on every interpreter."""

import struct

from evse.services.metering import Metering
from modbus.codes import ILLEGAL_ADDRESS
from modbus.registers import get_u16, put_u16
from modbus.server import RtuServer
from modbus.ticks import ticks_add, ticks_diff
from simworld.bus import InProcessBus

# A little before the ticks go round.
START_MS = (1 << 30) - 3000


class Clock:
    """Virtual time: ticks that wrap, and the milliseconds since the start."""

    def __init__(self):
        self.now = START_MS
        self.elapsed_ms = 0

    def ticks_ms(self):
        return self.now

    def unix_s(self):
        return 0

    def advance(self, duration_ms):
        self.now = ticks_add(self.now, duration_ms)
        self.elapsed_ms += duration_ms


class FakeSession:
    def __init__(self):
        self.net_wh = []
        self.powers = []

    def meter(self, import_wh):
        self.net_wh.append(import_wh)

    def power(self, power_w, elapsed_ms):
        self.powers.append((power_w, elapsed_ms))


class FakeFaults:
    def __init__(self):
        self.present = {}

    def report(self, index, present, uptime_s):
        self.present[index] = present


class FakeStation:
    """Takes what the metering tells a station; every call with the time in ms since the start."""

    def __init__(self, clock, session=None):
        self.uptime_s = 5
        self.session = session or FakeSession()
        self.faults = FakeFaults()
        self.calls = []
        self._clock = clock

    def _note(self, *call):
        self.calls.append((self._clock.elapsed_ms,) + call)

    def mains_reading(self, l1_ma, l2_ma, l3_ma):
        self._note("mains", l1_ma, l2_ma, l3_ma)

    def mains_voltage(self, l1_dv, l2_dv, l3_dv):
        self._note("mains_voltage", l1_dv, l2_dv, l3_dv)

    def circuit_reading(self, l1_ma, l2_ma, l3_ma):
        self._note("circuit", l1_ma, l2_ma, l3_ma)

    def meter_currents(self, l1_ma, l2_ma, l3_ma, power_w):
        self._note("ev", l1_ma, l2_ma, l3_ma, power_w)

    def meter_voltage(self, l1_dv, l2_dv, l3_dv):
        self._note("ev_voltage", l1_dv, l2_dv, l3_dv)

    def meter_gone(self):
        self._note("gone")

    def of(self, name):
        """Return (ms, values...) of every call of this name."""
        return [(call[0],) + call[2:] for call in self.calls if call[1] == name]

    def last(self, name):
        """Return the values of the last call of this name, or None."""
        calls = self.of(name)
        return calls[-1][1:] if calls else None


class Bank:
    """Registers of a device by number; one that is not there is an illegal address."""

    def __init__(self):
        self.words = {}
        self.reads = []
        self.writes = []

    def put(self, register, form, *values):
        """Store values of a struct form, network order, from a register on."""
        data = struct.pack(">" + form, *values)
        for index in range(len(data) // 2):
            self.words[register + index] = get_u16(data, 2 * index)

    def read(self, function, register, count, buffer, offset):
        self.reads.append((register, count))
        for index in range(count):
            if register + index not in self.words:
                return ILLEGAL_ADDRESS
            put_u16(buffer, offset + 2 * index, self.words[register + index])
        return 0

    def write(self, register, count, buffer, offset):
        for index in range(count):
            self.writes.append((register + index, get_u16(buffer, offset + 2 * index)))
        return 0


class Device:
    """A Modbus device on the line; `mode` is ok, silent or garbled."""

    def __init__(self, bench, address, delay_ms=5):
        self.bank = Bank()
        self.mode = "ok"
        self.asked_ms = []
        self._bench = bench
        self._port = bench.bus.attach()
        self._server = RtuServer(self.bank, address, self._port.baud, delay_ms)
        self._chunk = memoryview(bytearray(64))

    def step(self, now_ms):
        count = self._port.read_into(self._chunk)
        while count:
            asked = self._server.requests
            self._server.receive(self._chunk, count, now_ms)
            if self._server.requests != asked:
                self.asked_ms.append(self._bench.clock.elapsed_ms)
            count = self._port.read_into(self._chunk)
        count = self._server.poll(now_ms)
        if not count or self.mode == "silent":
            return
        if self.mode == "garbled":
            self._server.tx[count // 2] ^= 0x10
        self._port.write(self._server.tx, count)

    def next_due_ms(self, now_ms):
        return min(self._server.next_due_ms(now_ms), self._port.next_due_ms(now_ms))


class Bench:
    """A metering and devices on one line."""

    def __init__(self, session=None):
        self.clock = Clock()
        self.bus = InProcessBus(self.clock.ticks_ms)
        self.port = self.bus.attach()
        self.station = FakeStation(self.clock, session)
        self.metering = Metering(self.port, self.station, self.clock)
        self.devices = []
        self.steps = 0

    def add(self, address, delay_ms=5):
        """Put a device on the line."""
        device = Device(self, address, delay_ms)
        self.devices.append(device)
        return device

    def add_eastron(self, address, current_a=(1.5, 2.5, 3.5), delay_ms=5):
        """Put an Eastron on the line that exports on L2."""
        device = self.add(address, delay_ms)
        device.bank.put(0x00, "3f", 230.5, 231.5, 232.5)
        device.bank.put(0x06, "3f", *current_a)
        device.bank.put(0x0C, "3f", 345.0, -575.0, 805.0)
        device.bank.put(0x48, "2f", 1000.0, 2.5)
        return device

    def configure(self, settings):
        """Configure the metering from a dictionary."""
        self.metering.configure(**settings)

    def run(self, duration_ms, step_ms=0):
        """Run for a time: from event to event, or with steps of a fixed length."""
        clock = self.clock
        stop_ms = clock.elapsed_ms + duration_ms
        while clock.elapsed_ms < stop_ms:
            now = clock.now
            for device in self.devices:
                device.step(now)
            self.metering.step(now)
            self.steps += 1
            left_ms = stop_ms - clock.elapsed_ms
            clock.advance(min(left_ms, step_ms or self._jump_ms(now)))

    def _jump_ms(self, now):
        due_ms = self.port.next_due_ms(now)
        own_ms = self.metering.next_due_ms(now)
        if own_ms >= 0:
            due_ms = min(due_ms, own_ms)
        for device in self.devices:
            due_ms = min(due_ms, device.next_due_ms(now))
        return max(1, due_ms)


def gaps(times_ms):
    """Return the distances of consecutive times."""
    return [times_ms[index + 1] - times_ms[index] for index in range(len(times_ms) - 1)]


def between(later_ms, earlier_ms):
    return ticks_diff(later_ms, earlier_ms)
