"""Serve a meter of any type as a Modbus-RTU device, over TCP or a serial port, with pymodbus."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from bench.meter_bank import MeterBank
from bench.sensorbox_bank import SensorboxBank
from evse.services import meter_types
from evse.services.meter_types import MeterType
from meters_lib.csv_feed import CsvFeed
from meters_lib.keyboard import HELP, obey
from meters_lib.source import Source, SourceError

STEP_S = 0.1
REGISTERS = 65536
WRITES = (6, 16)


class ServeError(Exception):
    """The port cannot be used."""


def make_bank(kind: MeterType, source: Source, clamps: bool = False) -> MeterBank | SensorboxBank:
    """Return the registers of a meter of this type."""
    if kind.transport == meter_types.BY_SENSORBOX:
        return SensorboxBank(source, clamps)
    return MeterBank(kind, source)


def make_device(bank: MeterBank | SensorboxBank, address: int) -> SimDevice:
    """Return the device that answers out of a bank."""

    async def action(
        function: int, start: int, register: int, count: int, registers: list[int], values: list | None
    ) -> ExcCodes | None:
        buffer = bytearray(2 * count)
        if function in WRITES:
            for index, value in enumerate(values or []):
                buffer[2 * index : 2 * index + 2] = int(value).to_bytes(2, "big")
            code = bank.write(register, count, buffer, 0)
        else:
            code = bank.read(function, register, count, buffer, 0)
        if code:
            return ExcCodes(code)
        for index in range(count):
            registers[register - start + index] = int.from_bytes(buffer[2 * index : 2 * index + 2], "big")
        return None

    return SimDevice(
        address, SimData(0, count=REGISTERS, values=0, datatype=DataType.REGISTERS), action=action
    )


def make_devices(bank: MeterBank | SensorboxBank, address: int) -> list[SimDevice]:
    """Return the device, and one for all other addresses, whose answers `only_own` drops."""
    others = SimDevice(0, SimData(0, count=1, values=0, datatype=DataType.REGISTERS))
    return [make_device(bank, address), others]


def only_own(address: int):
    """Return a filter that keeps the server silent when others are asked; pymodbus would answer with an error."""

    def trace(sending: bool, packet: bytes) -> bytes:
        return b"" if sending and packet[:1] != bytes([address]) else packet

    return trace


async def serve(
    bank: MeterBank | SensorboxBank,
    address: int,
    host_port: tuple[str, int] | None,
    serial: str,
    baud: int,
    csv_feed: CsvFeed | None,
    keyboard: bool,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until the end of the keyboard input, or for ever; `on_ready` is told where. Raises ServeError."""
    # A request that is refused is an answer, not worth a line.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    server = _make_server(make_devices(bank, address), address, host_port, serial, baud)
    try:
        listens = await server.listen()
    except OSError as error:
        raise ServeError(error.strerror or str(error))
    if not listens:
        raise ServeError("cannot be opened, or is in use")
    place = serial
    if host_port:
        listener = server.transport
        port = listener.sockets[0].getsockname()[1] if isinstance(listener, asyncio.Server) else host_port[1]
        place = f"{host_port[0]}:{port}"
    source = bank.source
    on_ready(place)
    try:
        await feed_and_wait(source, csv_feed, keyboard, server.serving)
    finally:
        await server.shutdown()


async def feed_and_wait(
    source: Source, csv_feed: CsvFeed | None, keyboard: bool, end: Awaitable[object]
) -> None:
    """Let a source measure what it is fed, until the end of the keyboard input or until `end`."""
    feed = asyncio.create_task(_feed(source, csv_feed))
    try:
        if keyboard:
            await _keyboard(source)
        else:
            await end
    finally:
        feed.cancel()


def _make_server(
    devices: list[SimDevice], address: int, host_port: tuple[str, int] | None, serial: str, baud: int
) -> ModbusTcpServer | ModbusSerialServer:
    trace = only_own(address)
    if host_port:
        return ModbusTcpServer(devices, framer=FramerType.RTU, address=host_port, trace_packet=trace)
    return ModbusSerialServer(devices, framer=FramerType.RTU, port=serial, baudrate=baud, trace_packet=trace)


async def _feed(source: Source, csv_feed: CsvFeed | None) -> None:
    begin = last = time.monotonic()
    while True:
        now = time.monotonic()
        source.count(now - last)
        last = now
        if csv_feed:
            csv_feed.step(source, now - begin)
        await asyncio.sleep(STEP_S)


async def _keyboard(source: Source) -> None:
    print(HELP, flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            answer = obey(line, source)
        except SourceError as error:
            answer = f"error: {error}"
        if answer is None:
            return
        print(answer, flush=True)


def parse_tcp(text: str) -> tuple[str, int]:
    """Split host:port, where the host may be missing; raises ValueError."""
    host, colon, port = text.removeprefix("tcp://").rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"must be host:port, or :port, not {text}")
    return host or "127.0.0.1", int(port)


def read_csv(path: str) -> CsvFeed:
    """Return the feed of a file; raises SourceError."""
    return CsvFeed(Path(path))
