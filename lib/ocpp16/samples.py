"""The readings of transactions and of the grid of the clock: taken when they are due, and noted or sent at once."""

from micropython import const

from . import journal_record as j
from . import meter_values as mv
from .sampling import NOTHING

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .running import Running

_CHECKPOINT_S = const(300)


class Samples:
    """`samplers` has one Sampler per connector; the rest is described at Transactions.

    `direct` is a reading that waits to be sent without having been written: [connector, transaction, when, text], or
    None; `is_idle()` tells whether such a one can go out.
    """

    def __init__(self, journal, station, config, samplers: list, now) -> None:
        self._journal = journal
        self._station = station
        self._config = config
        self._samplers = samplers
        self._now = now
        self.direct: "list | None" = None
        self.is_idle: "Callable | None" = None

    def step(self, connector) -> None:
        """Take the sample that is due, or note how far the transaction has got."""
        running = connector.transaction
        sampler = self._samplers[connector.number]
        now = self._now
        context = sampler.due(now.ms, now.unix_s)
        if context == NOTHING:
            if running is not None and now.up_s - running.noted_s >= _CHECKPOINT_S:
                self._checkpoint(connector, running)
            return
        packed = sampler.take(context, self.read(connector), now.unix_s)
        self.values(connector, packed, sampler.items(context))

    def values(self, connector, packed: bytes, items: bytes) -> None:
        """Note a reading to be sent; of what is neither first nor last some is dropped when room is short."""
        running, journal, now = connector.transaction, self._journal, self._now
        number = running.number if running is not None else 0
        when = journal.moment(now.up_s, now.unix_s)
        kind = j.VALUES
        if not items or next(mv.pieces(packed, items, connector.number), None) is None:
            kind, items = j.DATA, b""
            if running is None or not (
                self._config.text("StopTxnSampledData") or self._config.text("StopTxnAlignedData")
            ):
                return
        text = packed + items
        if (
            kind == j.VALUES
            and journal.room * 4 < journal.capacity * 3
            and self.direct is None
            and self._idle()
        ):
            self.direct = [connector.number, number, when, text]
            return
        # Those that wait come first.
        self.keep_direct()
        if self._has_room_for_sample(running):
            meter_wh = running.meter_wh if running is not None else -1
            if journal.append(kind, connector.number, number, when, meter_wh, text) and running is not None:
                running.noted_s = now.up_s

    def keep_direct(self) -> None:
        """Write down a reading that could not be sent at once."""
        waiting, self.direct = self.direct, None
        if waiting is not None and self._has_room_for_sample(None):
            self._journal.append(j.VALUES, waiting[0], waiting[1], waiting[2], -1, waiting[3])

    def _idle(self) -> bool:
        return self.is_idle is not None and self.is_idle()

    def _has_room_for_sample(self, running: "Running | None") -> bool:
        """Tell whether a sample is kept: each one, every second, fourth or eighth, or none."""
        room, capacity = self._journal.room, self._journal.capacity
        stride = 1
        if room * 4 <= capacity * 3:
            stride = 2 if room * 2 > capacity else 4 if room * 8 > capacity * 3 else 8
        if running is not None:
            running.samples += 1
            if running.samples % stride:
                return False
        return room * 4 > capacity

    def _checkpoint(self, connector, running: "Running") -> None:
        running.noted_s = self._now.up_s
        if self._journal.room * 4 > self._journal.capacity:
            self.read(connector)
            when = self._journal.moment(self._now.up_s, self._now.unix_s)
            self._journal.append(j.CHECKPOINT, connector.number, running.number, when, running.meter_wh)

    def read(self, connector):
        """Return what the meter shows; the register of a transaction never goes back."""
        reading = self._station.reading(connector.number)
        if connector.transaction is not None:
            connector.transaction.read(reading)
        return reading
