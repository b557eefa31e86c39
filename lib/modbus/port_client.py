"""Asyncio shell of the RTU client over any half-duplex byte port.

The port has `write(buffer, count)` and `read_into(memoryview) -> int`, both non-blocking. The clock and the
sleep are passed in, so the same code runs on MicroPython and CPython and on any event loop.
"""

from micropython import const

from . import codes

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Protocol

    from .rtu import RtuClient

    class BytePort(Protocol):
        """What the client needs of a port (an `Rs485Port` of a board is one)."""

        def write(self, buffer: bytearray, count: int) -> None: ...

        def read_into(self, buffer: memoryview) -> int: ...


_CHUNK_BYTES = const(64)


class PortClient:
    """Await one Modbus transaction after the other on a port."""

    def __init__(
        self,
        client: "RtuClient",
        port: "BytePort",
        ticks_ms: "Callable[[], int]",
        sleep_ms: "Callable[[int], Awaitable]",
        step_ms: int = 3,
    ) -> None:
        """Join `client` to `port`; `step_ms` is the time between polls while a transaction is in flight."""
        self.client = client
        self._port = port
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms
        self._step_ms = step_ms
        self._chunk = memoryview(bytearray(_CHUNK_BYTES))
        self._locked = False

    async def read_registers(self, address: int, function: int, register: int, count: int) -> list[int]:
        """Return `count` registers (0 .. 65535) read with function 3 or 4.

        Raises ModbusError, or ValueError naming the argument that is out of range.
        """
        await self._lock()
        try:
            self.client.read(address, function, register, count)
            await self._transact()
            return [self.client.register(index) for index in range(count)]
        finally:
            self._unlock()

    async def write_register(self, address: int, register: int, value: int) -> None:
        """Write one register with function 6; address 0 is broadcast. Raises as `read_registers` does."""
        await self._lock()
        try:
            self.client.write_register(address, register, value)
            await self._transact()
        finally:
            self._unlock()

    async def write_registers(self, address: int, register: int, values: list[int]) -> None:
        """Write registers with function 16; address 0 is broadcast. Raises as `read_registers` does."""
        await self._lock()
        try:
            self.client.write_registers(address, register, values)
            await self._transact()
        finally:
            self._unlock()

    async def _lock(self) -> None:
        while self._locked:
            await self._sleep_ms(self._step_ms)
        self._locked = True

    def _unlock(self) -> None:
        self.client.cancel()
        self._locked = False

    async def _transact(self) -> None:
        client = self.client
        while True:
            now_ms = self._ticks_ms()
            count = self._port.read_into(self._chunk)
            if count:
                client.receive(self._chunk, count, now_ms)
            if not client.busy:
                break
            to_send = client.poll(now_ms)
            if to_send:
                self._port.write(client.tx, to_send)
            if client.busy:
                await self._sleep_ms(min(self._step_ms, max(1, client.next_due_ms(now_ms))))
            else:
                break
        if client.result != codes.OK:
            raise codes.ModbusError(client.result, client.exception_code)
