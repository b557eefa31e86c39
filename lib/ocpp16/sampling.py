"""When a meter is read for OCPP, and what of it a StopTransaction tells (errata 3.13 to 3.16, 3.91; section 9.1).

Sampled values follow the interval from the start of the transaction. Clock-aligned ones stand on the grid of
ClockAlignedDataInterval from midnight UTC on, and bear the time of the grid. What a StopTransaction tells is kept as
packed readings: the first and the last one always, and as many between as there is room for; when it is used up,
every second one of these goes, and from then on only every second one comes.
"""

from micropython import const

from . import configuration
from . import meter_values as mv

# The key StopTransactionMaxMeterValues tells this number.
ROOM = const(40)
NOTHING = const(-1)

_DAY_S = const(86400)
_MASK_MS = const(0x3FFFFFFF)
# So late a reading still stands for the moment of the grid.
_LATE_S = const(10)


class Sampler:
    """Readings of one connector; connector 0 is the main meter, which has clock-aligned ones only.

    `config` is a `Configuration`; its lists are read anew when something in it changed. `now_ms` are ticks that wrap
    at 2**30, `unix_s` is 0 or less while nobody knows the time.
    """

    def __init__(self, config, connector: int) -> None:
        self._config = config
        self._connector = connector
        self._changes = -1
        self._interval_s = 0
        self._grid_s = 0
        self._rotation = (0, 1, 2)
        self._sampled = b""
        self._aligned = b""
        self._stop_sampled = b""
        self._stop_aligned = b""
        self.running = False
        self._least_wh = 0
        self._last_ms = 0
        # The last moment of the grid, 0 before the first one.
        self._last_s = 0
        self._kept = bytearray()
        self._stride = 1
        self._taken = [0, 0]

    def begin(self, reading, now_ms: int, unix_s: int) -> None:
        """Start a transaction with its first reading."""
        self.running = True
        self._least_wh = 0
        self._last_ms = now_ms
        self._stride = 1
        self._taken = [0, 0]
        self._kept = bytearray(self.take(mv.BEGIN, reading, unix_s))

    def resume(self, kept: bytes, now_ms: int) -> None:
        """Go on with a transaction after a restart, with what `kept` was before it."""
        self.running = True
        self._last_ms = now_ms
        self._least_wh = max(0, mv.energy_wh(kept[-mv.PACKED_BYTES :])) if kept else 0
        self._stride = 1
        self._taken = [0, 0]
        self._kept = bytearray(kept)

    @property
    def kept(self) -> bytes:
        """The readings of the transaction so far, for `resume`."""
        return bytes(self._kept)

    def end(self, reading, unix_s: int) -> bytes:
        """End the transaction; return what `transaction_data` makes the text of, empty when nothing is wanted."""
        last = self.take(mv.END, reading, unix_s)
        kept = self._kept
        self.running = False
        self._kept = bytearray()
        sampled = self._stop_sampled
        aligned = self._stop_aligned
        if not sampled and not aligned:
            return b""
        return bytes([len(sampled)]) + sampled + bytes([len(aligned)]) + aligned + kept + last

    def due(self, now_ms: int, unix_s: int) -> int:
        """Return what is to be taken now: mv.PERIODIC, mv.CLOCK or NOTHING; each moment is told once."""
        self._refresh()
        if self.running and self._interval_s:
            late_ms = _diff(now_ms, self._last_ms) - self._interval_s * 1000
            if late_ms >= 0:
                # From the moment it was due, so that intervals add up; a whole one too late starts anew.
                behind_ms = late_ms if late_ms < self._interval_s * 1000 else 0
                self._last_ms = now_ms - behind_ms & _MASK_MS
                return mv.PERIODIC
        return mv.CLOCK if self._grid_s and unix_s > 0 and self._grid_passed(unix_s) else NOTHING

    def next_due_ms(self, now_ms: int, unix_s: int) -> int:
        """Return after how many ms `due` has something to tell; -1 while nothing will be."""
        self._refresh()
        wait_ms = -1
        if self.running and self._interval_s:
            wait_ms = max(0, self._interval_s * 1000 - _diff(now_ms, self._last_ms))
        if self._grid_s and unix_s > 0:
            second = unix_s % _DAY_S
            left_s = min(self._grid_s - second % self._grid_s, _DAY_S - second)
            wait_ms = left_s * 1000 if wait_ms < 0 else min(wait_ms, left_s * 1000)
        return wait_ms

    def take(self, context: int, reading, unix_s: int) -> bytes:
        """Return a packed reading, and keep it for the end of the transaction when it is wanted there."""
        self._refresh()
        if context == mv.CLOCK and self._last_s:
            unix_s = self._last_s
        packed = mv.pack(reading, max(0, unix_s), context, self._rotation, self._least_wh)
        if self.running:
            self._least_wh = max(self._least_wh, mv.energy_wh(packed))
            if (context == mv.PERIODIC and self._stop_sampled) or (
                context == mv.CLOCK and self._stop_aligned
            ):
                self._keep(packed, context)
        return packed

    def items(self, context: int) -> bytes:
        """Return which measurands a MeterValues.req of this context has; what is triggered has those of samples."""
        self._refresh()
        return self._aligned if context == mv.CLOCK else self._sampled

    def _refresh(self) -> None:
        config = self._config
        if self._changes == config.changes:
            return
        self._changes = config.changes
        self._interval_s = config.get("MeterValueSampleInterval")
        grid_s = config.get("ClockAlignedDataInterval")
        if grid_s != self._grid_s:
            self._grid_s = grid_s
            self._last_s = 0
        self._rotation = configuration.rotation(config.text("ConnectorPhaseRotation"), self._connector)
        self._sampled = config.items("MeterValuesSampledData")
        self._aligned = config.items("MeterValuesAlignedData")
        self._stop_sampled = config.items("StopTxnSampledData")
        self._stop_aligned = config.items("StopTxnAlignedData")

    def _grid_passed(self, unix_s: int) -> bool:
        """Tell whether a moment of the grid has come since the last one, not longer ago than it can stand for."""
        second = unix_s % _DAY_S
        moment_s = unix_s - second % self._grid_s
        last_s = self._last_s
        if 0 <= last_s - moment_s <= self._grid_s:
            # Told already; also when the clock was set back a little.
            return False
        self._last_s = moment_s
        return unix_s - moment_s <= _LATE_S and (last_s > 0 or unix_s == moment_s)

    def _keep(self, packed: bytes, context: int) -> None:
        number = self._taken[context]
        self._taken[context] = number + 1
        if number % self._stride:
            return
        # The last reading needs a place too.
        if len(self._kept) >= (ROOM - 1) * mv.PACKED_BYTES:
            self._thin()
            if number % self._stride:
                return
        self._kept += packed

    def _thin(self) -> None:
        """Drop every second reading of each kind, but not the first one of the transaction."""
        size = mv.PACKED_BYTES
        kept = self._kept
        fewer = bytearray(kept[:size])
        odd = [0, 0]
        for at in range(size, len(kept), size):
            context = kept[at + 4]
            if not odd[context]:
                fewer += kept[at : at + size]
            odd[context] ^= 1
        self._kept = fewer
        self._stride *= 2


def transaction_data(data: bytes):
    """Yield the text of the transactionData of a StopTransaction, in pieces; nothing when no value is known."""
    if not data:
        return
    view = memoryview(data)
    at = 1 + data[0]
    sampled = bytes(view[1:at])
    aligned = bytes(view[at + 1 : at + 1 + data[at]])
    at += 1 + data[at]
    both = sampled + bytes([item for item in aligned if item not in sampled])
    first = True
    while at + mv.PACKED_BYTES <= len(data):
        packed = view[at : at + mv.PACKED_BYTES]
        context = mv.context(packed)
        items = sampled if context == mv.PERIODIC else aligned if context == mv.CLOCK else both
        begun = False
        for piece in mv.pieces(packed, items):
            if not begun:
                yield "[" if first else ","
                begun = True
                first = False
            yield piece
        at += mv.PACKED_BYTES
    if not first:
        yield "]"


def _diff(a_ms: int, b_ms: int) -> int:
    """Return a - b of ticks that wrap at 2**30."""
    difference = a_ms - b_ms & _MASK_MS
    return difference if difference < 0x20000000 else difference - 0x20000000 - 0x20000000
