"""Client, server and decoding allocate nothing; polling is in test_meter_heap.py."""

import struct

import micropython

from modbus import registers
from modbus.crc import append_crc, crc16
from modbus.rtu import RtuClient
from modbus.server import ListBank, RtuServer
from modbus.ticks import ticks_add

START_MS = (1 << 30) - 2000


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
    counter = struct.pack(">q", 0x3FFFFFF)
    total = 0
    micropython.heap_lock()
    try:
        for order in range(4):
            total += registers.get_i16(buffer, 8, order)
            total += registers.get_u16(buffer, 10, order)
        total += registers.decode(buffer, 0, registers.F32, 3, 3) or 0
        total += registers.decode(buffer, 4, registers.I32, 3, 0) or 0
        total += registers.decode(counter, 0, registers.U64, 3, 1) or 0
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
