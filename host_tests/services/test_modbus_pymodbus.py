"""The Modbus client and the metering task against pymodbus in real time, on both interpreters."""

import asyncio
import os
import pty
import select
import struct
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from interpreters import MICROPYTHON, ROOT, micropython_environment

DEVICE = 11
ABSENT_DEVICE = 99
CURRENT_A = (16.125, 10.25, 0.0625)
POWER_W = (3703.5, -2346.75, 11.5)


def drop_absent(sending: bool, packet: bytes) -> bytes:
    """Be silent for a device that is not there; pymodbus 3.16 would answer with exception 4."""
    return b"" if sending and packet[:1] == bytes([ABSENT_DEVICE]) else packet


def make_device() -> SimDevice:
    floats = [0.0] * 0x30
    floats[3:6] = CURRENT_A
    floats[6:9] = POWER_W
    unused = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    return SimDevice(
        DEVICE,
        (
            unused,
            unused,
            [SimData(0, values=list(range(1000, 1130)), datatype=DataType.REGISTERS)],
            [SimData(0, values=floats, datatype=DataType.FLOAT32)],
        ),
    )


@contextmanager
def serving(make_server: Callable) -> Iterator[ModbusTcpServer | ModbusSerialServer]:
    """Run a pymodbus server in a thread; yield it once it listens."""
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    servers = []

    async def serve() -> None:
        server = make_server()
        servers.append(server)
        assert await server.listen()
        ready.set()
        await server.serving

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serve())
        except asyncio.CancelledError:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10), "pymodbus does not listen"
    try:
        yield servers[0]
    finally:
        asyncio.run_coroutine_threadsafe(servers[0].shutdown(), loop).result(10)
        thread.join(10)


@contextmanager
def tcp_url() -> Iterator[str]:
    def make_server() -> ModbusTcpServer:
        return ModbusTcpServer(
            make_device(), framer=FramerType.RTU, address=("127.0.0.1", 0), trace_packet=drop_absent
        )

    with serving(make_server) as server:
        # What asyncio returned to pymodbus: the listening server.
        listener = server.transport
        assert isinstance(listener, asyncio.Server)
        yield "tcp://127.0.0.1:%d" % listener.sockets[0].getsockname()[1]


def copy_both_ways(one: int, other: int, stop: threading.Event) -> None:
    """Be the wire between two pseudo terminals."""
    while not stop.is_set():
        for readable in select.select([one, other], [], [], 0.1)[0]:
            os.write(other if readable == one else one, os.read(readable, 256))


@contextmanager
def serial_path() -> Iterator[str]:
    pairs = [pty.openpty(), pty.openpty()]
    for _, slave in pairs:
        tty.setraw(slave)
    stop = threading.Event()
    wire = threading.Thread(target=copy_both_ways, args=(pairs[0][0], pairs[1][0], stop), daemon=True)
    wire.start()

    def make_server() -> ModbusSerialServer:
        return ModbusSerialServer(
            make_device(),
            framer=FramerType.RTU,
            port=os.ttyname(pairs[0][1]),
            baudrate=9600,
            trace_packet=drop_absent,
        )

    try:
        with serving(make_server):
            yield os.ttyname(pairs[1][1])
    finally:
        stop.set()
        wire.join(5)
        for descriptor in pairs[0] + pairs[1]:
            os.close(descriptor)


def run_peer(interpreter: str, url: str) -> list[str]:
    environment = micropython_environment()
    if interpreter == "cpython":
        command = [sys.executable]
        folders = ("firmware", "lib", "boards/SIM", "tools/shims")
        environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in folders)
    else:
        command = [str(MICROPYTHON)]
    result = subprocess.run(
        [*command, "host_tests/services/modbus_peer.py", url],
        check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.splitlines()


def registers_of(*values: float) -> list[int]:
    return list(struct.unpack(f">{2 * len(values)}H", struct.pack(f">{len(values)}f", *values)))


def expected_lines() -> list[str]:
    return [
        "FC3 [1000, 1001, 1002, 1003]",
        f"FC4 {registers_of(*CURRENT_A, *POWER_W)}",
        f"longest {list(range(1000, 1125))}",
        "FC6 None",
        "FC6 read back [1001, 48879, 1003]",
        "FC16 None",
        "FC16 read back [1009, 1, 2, 65535, 1013]",
        "FC16 longest None",
        "illegal address error 5 2 exception reply 2: illegal data address",
        "illegal write error 5 2 exception reply 2: illegal data address",
        "counters 0 2 0 0",
        "absent error 2 0 no reply within the time-out",
        "bad argument count must be 1..125",
        "meter [16125, -10250, 62] 1368 errors 0",
    ]


@pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
@pytest.mark.parametrize("line", [tcp_url, serial_path], ids=["tcp", "serial"])
def test_pymodbus(interpreter: str, line: Callable) -> None:
    with line() as url:
        assert run_peer(interpreter, url) == expected_lines()


def test_ports_under_micropython() -> None:
    result = subprocess.run(
        [str(MICROPYTHON), "host_tests/run_mp.py", "host_tests/services/test_modbus_ports.py"],
        check=False, cwd=ROOT, env=micropython_environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
