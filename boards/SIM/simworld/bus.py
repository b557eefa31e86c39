"""An RS485 line in memory: what one end writes arrives at all others, at the speed of the wire.

Time comes from the `now_ms` function, so the line runs in virtual time as well as in real time.
"""

from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff


class _Burst:
    """Bytes under way to one end."""

    def __init__(self, start_ms: int, data: bytes) -> None:
        self.start_ms = start_ms
        self.data = data
        self.taken = 0


class BusEnd:
    """One end of the line; has the calls of an `Rs485Port`."""

    def __init__(self, bus: "InProcessBus") -> None:
        self.baud = bus.baud
        self._bus = bus
        self._bursts = []

    def write(self, buffer: bytes | bytearray, count: int) -> None:
        """Send the first `count` bytes."""
        self._bus.send(self, bytes(buffer[:count]))

    def read_into(self, buffer: memoryview) -> int:
        """Move the bytes that have arrived into `buffer`; return how many."""
        now_ms = self._bus.now_ms()
        count = 0
        while self._bursts and count < len(buffer):
            burst = self._bursts[0]
            arrived = self._bus.arrived(burst, now_ms)
            chunk = burst.data[burst.taken : min(arrived, burst.taken + len(buffer) - count)]
            if not chunk:
                break
            buffer[count : count + len(chunk)] = chunk
            count += len(chunk)
            burst.taken += len(chunk)
            if burst.taken == len(burst.data):
                self._bursts.pop(0)
        return count

    def next_due_ms(self, now_ms: int) -> int:
        """Return after how many ms the bytes under way will all be here; FOREVER_MS when there are none."""
        if not self._bursts:
            return FOREVER_MS
        burst = self._bursts[0]
        return max(0, self._bus.duration_ms(len(burst.data)) - ticks_diff(now_ms, burst.start_ms))

    def put(self, burst: _Burst) -> None:
        """Queue bytes for this end; called by the bus."""
        self._bursts.append(burst)


class InProcessBus:
    """A half-duplex line with any number of ends; a byte written at t is there 10 bits later."""

    def __init__(self, now_ms, baud: int = 9600) -> None:
        """Build a line; `now_ms()` returns ticks that wrap at 2**30."""
        if not 300 <= baud <= 1000000:
            raise ValueError("baud must be 300..1000000")
        self.now_ms = now_ms
        self.baud = baud
        self._ends = []
        self._free_ms = now_ms()

    def attach(self) -> BusEnd:
        """Return a new end."""
        end = BusEnd(self)
        self._ends.append(end)
        return end

    def send(self, sender: BusEnd, data: bytes) -> None:
        """Put bytes on the line, behind what is still under way."""
        if not data:
            return
        start_ms = self.now_ms()
        busy_ms = ticks_diff(self._free_ms, start_ms)
        # A long idle line: the ticks may have gone round since.
        if 0 < busy_ms < self.duration_ms(4096):
            start_ms = self._free_ms
        self._free_ms = ticks_add(start_ms, self.duration_ms(len(data)))
        for end in self._ends:
            if end is not sender:
                end.put(_Burst(start_ms, data))

    def duration_ms(self, count: int) -> int:
        """Return how long `count` bytes take, in ms rounded up."""
        return (count * 10000 + self.baud - 1) // self.baud

    def arrived(self, burst: _Burst, now_ms: int) -> int:
        """Return how many bytes of a burst have arrived."""
        elapsed_ms = ticks_diff(now_ms, burst.start_ms)
        if elapsed_ms <= 0:
            return 0
        return min(len(burst.data), elapsed_ms * self.baud // 10000)
