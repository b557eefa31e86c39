"""The host's RS485 ports lose their peer and find it again; run under CPython and (by its twin) MicroPython."""

import os
import socket
import time

from evse import aio
from modbus.codes import OK, TIMEOUT
from modbus.rtu import RtuClient
from modbus.server import ListBank, RtuServer
from simworld.ports import CONNECT_TIMEOUT_MS, RETRY_FIRST_MS, SerialPort, TcpPort, open_port


class FakeTime:
    def __init__(self):
        self.now_ms = (1 << 30) - 100

    def __call__(self):
        return self.now_ms

    def advance(self, duration_ms):
        self.now_ms = (self.now_ms + duration_ms) & 0x3FFFFFFF


class Device:
    """A Modbus device behind a listening socket, stepped by the test."""

    def __init__(self):
        self.server = RtuServer(ListBank([7, 8, 9]), 1, baud=0)
        self.peer = None
        self.port = 0
        self.listener = self.listen()

    def listen(self):
        """Return a new listening socket on a free port, or on the port of before."""
        for attempt in range(100):
            # MicroPython cannot ask for the number of a port that the system chose.
            port = self.port or 20000 + (int.from_bytes(os.urandom(2), "big") + attempt) % 20000
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
            except OSError:
                listener.close()
                continue
            listener.listen(1)
            listener.setblocking(False)
            self.port = port
            return listener
        raise OSError("no free port")

    def step(self, now_ms):
        if self.peer is None:
            try:
                self.peer = self.listener.accept()[0]
            except OSError:
                return
            self.peer.setblocking(False)
        try:
            data = self.peer.recv(64)
        except OSError:
            data = b""
        self.server.receive(data, len(data), now_ms)
        count = self.server.poll(now_ms)
        if count:
            self.peer.send(bytes(self.server.tx[:count]))

    def hang_up(self):
        if self.peer is not None:
            self.peer.close()
            self.peer = None

    def close(self):
        self.hang_up()
        self.listener.close()


def transact(port, device, clock, client):
    """Read a register; return the result."""
    client.read(1, 4, 1, 1)
    chunk = memoryview(bytearray(64))
    while client.busy:
        now_ms = clock()
        device.step(now_ms)
        client.receive(chunk, port.read_into(chunk), now_ms)
        count = client.poll(now_ms)
        if count:
            port.write(client.tx, count)
        clock.advance(1)
        time.sleep(0.0002)
    return client.result


def make(retries=0):
    clock = FakeTime()
    device = Device()
    return clock, device, TcpPort("tcp://localhost:%d" % device.port, clock), RtuClient(0, retries=retries)


def test_tcp_reconnects_after_a_hang_up():
    clock, device, port, client = make(retries=1)
    assert transact(port, device, clock, client) == OK
    assert client.register(0) == 8
    device.hang_up()
    # The loss is noticed here, and the pause before the next attempt is not over.
    assert transact(port, device, clock, client) == TIMEOUT
    clock.advance(RETRY_FIRST_MS)
    assert transact(port, device, clock, client) == OK
    assert port.connects == 2
    port.close()
    device.close()


def test_tcp_refused_backs_off():
    clock, device, port, client = make()
    device.listener.close()
    attempts = 0
    before = None
    chunk = memoryview(bytearray(8))
    for _ in range(60000 // 50):
        assert port.read_into(chunk) == 0
        if port._connection is not None and port._connection is not before:
            attempts += 1
        before = port._connection
        clock.advance(50)
    # 0.5, 1, 2, 4, 8, 16, 30 s; an attempt that is refused at once may not be seen here.
    assert attempts <= 8
    device.listener = device.listen()
    clock.advance(30000)
    for _ in range(3):
        if transact(port, device, clock, client) == OK:
            break
    assert client.result == OK
    port.close()
    device.close()


def test_tcp_without_any_answer_never_blocks():
    clock = FakeTime()
    # A documentation address: nobody answers, or the network refuses at once.
    port = TcpPort("tcp://192.0.2.1:502", clock)
    chunk = memoryview(bytearray(8))
    start_ms = aio.ticks_ms()
    for _ in range(200):
        assert port.read_into(chunk) == 0
        port.write(bytearray(8), 8)
        clock.advance(CONNECT_TIMEOUT_MS // 50)
    assert aio.ticks_diff(aio.ticks_ms(), start_ms) < 1000
    assert port.connects == 0
    port.close()


def test_missing_serial_device_is_retried():
    clock = FakeTime()
    port = SerialPort("/dev/microevse-missing", clock)
    assert port.baud == 9600
    chunk = memoryview(bytearray(8))
    for _ in range(100):
        assert port.read_into(chunk) == 0
        port.write(bytearray(8), 8)
        clock.advance(100)
    port.close()


def test_bad_urls_are_named():
    clock = FakeTime()
    for url in (
        "tcp://host:99999", "tcp://localhost", "tcp://example.org:502", "tcp://1.2.3:502", "tcp://1.2.3.400:5",
        "COM1", "/dev/tty;reboot", "",
    ):  # fmt: skip
        try:
            open_port(url, clock)
        except ValueError as error:
            assert "serial" in str(error)
        else:
            raise AssertionError(url)
    try:
        open_port("/dev/ttyUSB0", clock, 1234)
    except ValueError as error:
        assert "baud" in str(error)
    else:
        raise AssertionError("1234 baud")
