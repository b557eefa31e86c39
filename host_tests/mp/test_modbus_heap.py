"""Polling a meter allocates nothing."""

import struct

import micropython

from evse.services import meter_types
from evse.services.meters import MeterPoller
from modbus import registers
from modbus.crc import append_crc, crc16
from modbus.rtu import RtuClient
from modbus.server import ListBank, RtuServer
from modbus.ticks import ticks_add

START_MS = (1 << 30) - 2000


class FakePort:
    """Answers the requests of an SDM from prepared frames, without allocating."""

    def __init__(self, mode):
        self.mode = mode
        self.baud = 9600
        self.writes = 0
        self._replies = (
            _frame((16.001, 15.999, -0.5, 3680.5, -3679.25, 0.0)),
            _frame((230.1, 229.9, 231.7)),
            _frame((16777.215, 0.987)),
        )
        self._bad = bytearray(self._replies[0])
        self._bad[9] ^= 1
        self._exception = bytearray(b"\x0b\x84\x02\0\0")
        append_crc(self._exception, 3)
        self._reply = self._bad
        self._left = 0
        self._thinking = 0

    def write(self, buffer, count):
        self.writes += 1
        register = buffer[3]
        self._reply = self._replies[0 if register == 6 else 1 if register == 0 else 2]
        if self.mode == 1:
            self._reply = self._bad
        elif self.mode == 2:
            self._reply = self._exception
        self._left = 0 if self.mode == 3 else len(self._reply)
        # Longer than the request takes on the wire.
        self._thinking = 30

    def read_into(self, buffer):
        if self._thinking:
            self._thinking -= 1
            return 0
        count = min(self._left, 7)
        start = len(self._reply) - self._left
        for index in range(count):
            buffer[index] = self._reply[start + index]
        self._left -= count
        return count


def _frame(values):
    frame = bytearray(5 + 4 * len(values))
    frame[0] = 11
    frame[1] = 4
    frame[2] = 4 * len(values)
    for index in range(len(values)):
        struct.pack_into(">f", frame, 3 + 4 * index, values[index])
    append_crc(frame, len(frame) - 2)
    return frame


def _poll_locked(poller, now_ms, duration_ms):
    """Step with the heap locked."""
    micropython.heap_lock()
    try:
        for _ in range(duration_ms):
            poller.step(now_ms)
            poller.next_due_ms(now_ms)
            now_ms = ticks_add(now_ms, 1)
            poller.meter.age_ms(now_ms)
            poller.meter.is_fresh(now_ms)
    finally:
        micropython.heap_unlock()


def _run(mode):
    port = FakePort(mode)
    client = RtuClient()
    poller = MeterPoller(client, port, meter_types.find(meter_types.EASTRON_3P), 11)
    _poll_locked(poller, START_MS, 12000)
    assert port.writes >= 12
    return poller


def test_good_replies():
    meter = _run(0).meter
    assert meter.readings == 12
    assert meter.energy_readings == 2
    assert meter.current_ma == [16000, -15998, 500]
    assert meter.voltage_dv == [2301, 2298, 2316]
    assert meter.energy_import_wh == 16777214


def test_bad_replies():
    assert _run(1).client.counters.crc_errors >= 12


def test_exceptions():
    assert _run(2).client.counters.exceptions >= 12


def test_silence():
    assert _run(3).client.counters.timeouts >= 12


def test_writing():
    client = RtuClient()
    values = [1, 2, 65535]
    now_ms = START_MS
    micropython.heap_lock()
    try:
        client.write_registers(1, 0, values)
        client.poll(now_ms)
        client.cancel()
        client.write_register(0, 0, 5)
        for _ in range(200):
            now_ms = ticks_add(now_ms, 1)
            client.poll(now_ms)
            client.next_due_ms(now_ms)
    finally:
        micropython.heap_unlock()
    assert not client.busy


def test_decoding():
    buffer = bytearray(struct.pack(">fihH", -16001.5, -123456, -5, 65535))
    total = 0
    micropython.heap_lock()
    try:
        for order in range(4):
            total += registers.get_i16(buffer, 8, order)
            total += registers.get_u16(buffer, 10, order)
        total += registers.decode(buffer, 0, registers.F32, 3, 3) or 0
        total += registers.decode(buffer, 4, registers.I32, 3, 0) or 0
        crc16(buffer, 0, 12)
    finally:
        micropython.heap_unlock()
    assert total


def test_server():
    server = RtuServer(ListBank([1, 2, 3]), 2)
    request = bytearray(b"\x02\x04\0\0\0\x02\0\0")
    append_crc(request, 6)
    now_ms = START_MS
    count = 0
    micropython.heap_lock()
    try:
        server.receive(request, 8, now_ms)
        for _ in range(20):
            now_ms = ticks_add(now_ms, 1)
            count += server.poll(now_ms)
            server.next_due_ms(now_ms)
    finally:
        micropython.heap_unlock()
    assert count == 9
