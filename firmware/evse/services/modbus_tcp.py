"""Modbus TCP: what the station does for energy managers that speak it, and the limit they set.

Off by default. Nobody logs in with this protocol, so writing is a choice of its own; it can only reduce the current.
"""

import asyncio

from micropython import const

from evse import aio
from evse.log import log
from evse.services.modbus_map import Registers
from modbus.tcp import TcpServer
from sockets import closing

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

OFF = const(0)
READ_AND_WRITE = const(2)
# Those that a Pico serves, and for how long it bears silence (Pico, eCarUp and Bender sheet, section 1.9).
_CONNECTIONS = const(4)
_IDLE_S = const(300)
_SEND_TIMEOUT_S = const(5)
_READ_BYTES = const(260)
_CHECK_MS = const(1000)


class ModbusTcp:
    """Serve one station while the setting says so."""

    def __init__(self, app) -> None:
        self._app = app
        self._bank = Registers(app, self._may_write)
        self._tasks = []

    async def run(self) -> None:
        """Serve until the setting is Disabled; OSError when the port is taken."""
        host, port = self._app.modbus_address
        server = await asyncio.start_server(self._serve, host, port)
        log.write("modbus: port %d" % port)
        try:
            while self._app.settings.get("ModbusTcp") != OFF:
                await aio.sleep_ms(_CHECK_MS)
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()

    def _may_write(self) -> bool:
        return self._app.settings.get("ModbusTcp") == READ_AND_WRITE

    async def _serve(self, reader: "Any", writer: "Any") -> None:
        task = asyncio.current_task()
        try:
            if len(self._tasks) < _CONNECTIONS:
                self._tasks.append(task)
                await self._answer(reader, writer, TcpServer(self._bank))
        except (OSError, EOFError, asyncio.TimeoutError):
            # It went away, or was silent for too long.
            pass
        finally:
            if task in self._tasks:
                self._tasks.remove(task)
            await closing.close(writer)

    async def _answer(self, reader: "Any", writer: "Any", server: TcpServer) -> None:
        while not server.broken:
            data = await asyncio.wait_for(reader.read(_READ_BYTES), _IDLE_S)
            if not data:
                return
            start = 0
            while start < len(data) and not server.broken:
                start = server.receive(data, start)
                count = server.answer()
                if count:
                    writer.write(bytes(memoryview(server.tx)[:count]))
                    await asyncio.wait_for(writer.drain(), _SEND_TIMEOUT_S)
