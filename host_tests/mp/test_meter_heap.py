"""Polling three meters allocates nothing, whatever they answer."""

import struct

import micropython

from evse.services import meter_types
from evse.services.metering import Metering
from modbus.crc import append_crc
from modbus.registers import get_u16
from modbus.ticks import ticks_add

START_MS = (1 << 30) - 2000


class FakeSession:
    def __init__(self):
        self.net_wh = 0
        self.powers = 0

    def meter(self, import_wh):
        self.net_wh = import_wh

    def power(self, power_w, elapsed_ms):
        self.powers += 1


class FakeFaults:
    def report(self, index, present, uptime_s):
        pass


class FakeStation:
    """Counts what it is told."""

    def __init__(self):
        self.uptime_s = 0
        self.session = FakeSession()
        self.faults = FakeFaults()
        self.mains = 0
        self.circuit = 0
        self.ev = 0
        self.voltages = 0

    def mains_reading(self, l1_ma, l2_ma, l3_ma):
        self.mains += 1

    def mains_voltage(self, l1_dv, l2_dv, l3_dv):
        self.voltages += 1

    def circuit_reading(self, l1_ma, l2_ma, l3_ma):
        self.circuit += 1

    def meter_currents(self, l1_ma, l2_ma, l3_ma, power_w):
        self.ev += 1

    def meter_voltage(self, l1_dv, l2_dv, l3_dv):
        self.voltages += 1

    def meter_gone(self):
        pass


class FakeClock:
    def ticks_ms(self):
        return START_MS

    def unix_s(self):
        return 0


GOOD = 0
BAD_CHECKSUM = 1
EXCEPTION = 2
SILENT = 3


class FakePort:
    """Answers every read with the same small values of the kind that fits, without allocating."""

    def __init__(self, mode, pattern):
        self.baud = 9600
        self.mode = mode
        self.writes = 0
        self._pattern = pattern
        self._reply = bytearray(256)
        self._count = 0
        self._left = 0
        self._thinking = 0

    def write(self, buffer, count):
        self.writes += 1
        reply = self._reply
        reply[0] = buffer[0]
        reply[1] = buffer[1]
        length = 2 * get_u16(buffer, 4)
        if buffer[1] == 6:
            for index in range(2, 6):
                reply[index] = buffer[index]
            end = 6
        elif self.mode == EXCEPTION:
            reply[1] |= 0x80
            reply[2] = 2
            end = 3
        else:
            reply[2] = length
            pattern = self._pattern
            for index in range(length):
                reply[3 + index] = pattern[index % len(pattern)]
            end = 3 + length
        self._count = append_crc(reply, end)
        if self.mode == BAD_CHECKSUM:
            reply[end] ^= 1
        self._left = 0 if self.mode == SILENT else self._count
        # Longer than the request takes on the wire.
        self._thinking = 30

    def read_into(self, buffer):
        if self._thinking:
            self._thinking -= 1
            return 0
        count = min(self._left, 7)
        start = self._count - self._left
        for index in range(count):
            buffer[index] = self._reply[start + index]
        self._left -= count
        return count


def _poll(mode, types, pattern, duration_ms=25000, **settings):
    """Poll mains, circuit and EV meters of these types with the heap locked."""
    port = FakePort(mode, pattern)
    station = FakeStation()
    metering = Metering(port, station, FakeClock())
    metering.configure((types[0], 10), (types[1], 11), (types[2], 12), **settings)
    now_ms = START_MS
    micropython.heap_lock()
    try:
        for _ in range(duration_ms):
            metering.step(now_ms)
            metering.next_due_ms(now_ms)
            metering.sleep_ms(now_ms)
            now_ms = ticks_add(now_ms, 1)
            metering.mains.age_ms(now_ms)
            metering.mains.state_text()
    finally:
        micropython.heap_unlock()
    return metering, station, port


def _pattern_of(index):
    """Return bytes that are a plausible value in every register of a type."""
    meter = meter_types.find(index)
    if meter.kind == 4:
        return struct.pack(">f", 230.5)
    if meter.kind == 1:
        # With scales, the scale registers hold it too: 10**2.
        return b"\x00\x02" if meter.scales else b"\x08\xfd"
    return b"\x08\xfd\x00\x00" if meter.order == 2 else b"\x00\x00\x08\xfd"


def test_every_type_as_every_meter():
    for index in meter_types.polled_indices():
        if index == meter_types.SENSORBOX:
            continue
        ev = index if meter_types.fits(index, meter_types.USE_EV) else 0
        circuit = index if meter_types.fits(index, meter_types.USE_CIRCUIT) else 0
        _, station, _ = _poll(GOOD, (index, circuit, ev), _pattern_of(index))
        assert station.mains >= 24, index
        assert station.circuit >= 24 or not circuit, index
        assert station.ev >= 24 or not ev, index
        if ev:
            assert station.session.powers >= 20
            assert station.voltages >= 4


def test_sensorbox():
    # Clamps in use, four wires where three are set, then P1; the same bytes are plausible currents. The last has Wi-Fi.
    for pattern in (b"\x43\x10\x43\x03", b"\x43\x10\x43\x83", b"\x01\x14\x02\x83"):
        metering, station, port = _poll(GOOD, (1, 0, 0), pattern, is_delta=True, mains_a=150)
        assert station.mains >= 24
        assert metering.mains.errors == 0
        assert port.writes >= 25


def test_as_fast_as_possible():
    metering, station, _ = _poll(GOOD, (4, 4, 4), _pattern_of(4), period_ms=0)
    assert station.mains > 100
    assert metering.mains.errors == 0


def test_bad_replies():
    for mode in (BAD_CHECKSUM, EXCEPTION, SILENT):
        metering, station, port = _poll(mode, (4, 4, 4), _pattern_of(4), 70000)
        assert station.mains == 0
        assert metering.mains.errors > 10
        assert metering.mains.silent and metering.circuit.silent and metering.ev.silent
        assert port.writes >= 45


def test_not_a_number():
    metering, station, _ = _poll(GOOD, (4, 5, 15), struct.pack(">I", 0x7FC00000))
    assert station.mains == station.circuit == station.ev == 0
    assert metering.mains.decode_errors >= 24
