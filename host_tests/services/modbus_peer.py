"""Talk to the test server through the shipped ports, on whichever interpreter runs this: `modbus_peer.py URL`.

Prints one line per check; the test compares them.
"""

import asyncio
import sys

from evse import aio
from evse.services.metering import Metering
from modbus.codes import ModbusError
from modbus.port_client import PortClient
from modbus.rtu import RtuClient
from simworld.ports import open_port

DEVICE = 11
ABSENT_DEVICE = 99


async def attempt(name, awaitable):
    """Print the result or the error of one transaction."""
    try:
        print(name, await awaitable)
    except ModbusError as error:
        print(name, "error", error.result, error.exception_code, error)


async def transactions(port):
    client = PortClient(RtuClient(port.baud, timeout_ms=500), port, aio.ticks_ms, aio.sleep_ms)
    await attempt("FC3", client.read_registers(DEVICE, 3, 0, 4))
    await attempt("FC4", client.read_registers(DEVICE, 4, 6, 12))
    await attempt("longest", client.read_registers(DEVICE, 3, 0, 125))
    await attempt("FC6", client.write_register(DEVICE, 2, 0xBEEF))
    await attempt("FC6 read back", client.read_registers(DEVICE, 3, 1, 3))
    await attempt("FC16", client.write_registers(DEVICE, 10, [1, 2, 0xFFFF]))
    await attempt("FC16 read back", client.read_registers(DEVICE, 3, 9, 5))
    await attempt("FC16 longest", client.write_registers(DEVICE, 0, [7] * 123))
    await attempt("illegal address", client.read_registers(DEVICE, 4, 0x1000, 2))
    await attempt("illegal write", client.write_register(DEVICE, 0x1000, 1))
    counters = client.client.counters
    print("counters", counters.crc_errors, counters.exceptions, counters.foreign_frames, counters.timeouts)
    await attempt("absent", client.read_registers(ABSENT_DEVICE, 4, 0, 2))
    try:
        await client.read_registers(DEVICE, 4, 0, 126)
    except ValueError as error:
        print("bad argument", error)


class Ignored:
    """A part of a station that takes everything and does nothing with it."""

    def __getattr__(self, name):
        return lambda *arguments: None


class Station(Ignored):
    uptime_s = 0

    def __init__(self):
        self.session = Ignored()
        self.faults = Ignored()


class Clock:
    def ticks_ms(self):
        return aio.ticks_ms()

    def unix_s(self):
        return 0


async def poll_meter(port):
    metering = Metering(port, Station(), Clock())  # pyright: ignore[reportArgumentType]
    metering.configure(ev=(4, DEVICE), period_ms=100)
    task = asyncio.create_task(metering.run())
    for _ in range(500):
        await aio.sleep_ms(10)
        if metering.ev.readings >= 3:
            break
    task.cancel()
    values = metering.ev.values
    print("meter", values.current_ma, values.power_w, "errors", metering.ev.errors)


async def main(url):
    port = open_port(url, aio.ticks_ms)
    waiting = memoryview(bytearray(1))
    for _ in range(100):
        port.read_into(waiting)
        if getattr(port, "connects", 1):
            break
        await aio.sleep_ms(10)
    await transactions(port)
    await poll_meter(port)
    port.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
