"""The transactions that run: how they begin, what is noted of them, and when they end (sections 3.5, 4.8, 4.10).

Everything is in the journal before it counts: a START before the car gets power, a STOP before the connector is free.
"""

from micropython import const

from . import journal_record as j
from . import meter_values as mv
from .running import Running
from .running import found as running_found
from .sampling import NOTHING

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

DEAUTHORIZED = "DeAuthorized"
EV_DISCONNECTED = "EVDisconnected"

# What `on_change` is told.
BEGUN = const(0)
RESUMED = const(1)
NAMED = const(2)
ENDED = const(3)

# START, STOP, the values at both ends, and what is noted when the first two are confirmed.
_RESERVE = const(12)
_CHECKPOINT_S = const(300)
# Contactors and car take a moment to begin.
_SETTLE_S = const(5)


class Transactions:
    """Transactions on `connectors`, a list whose places are their numbers; `samplers` likewise.

    `now` has `up_s`, `ms` and `unix_s` (0 while unknown). `station` is described at ChargePoint. `on_change(connector,
    event)` is told when a transaction has begun, goes on, has got its id or has ended. `direct` is a reading that waits
    to be sent without having been written: [connector, transaction, when, text], or None; `is_idle()` tells whether
    such a one can go out.
    """

    def __init__(self, journal, station, config, connectors: list, samplers: list, now) -> None:
        self._journal = journal
        self._station = station
        self._config = config
        self._connectors = connectors
        self._samplers = samplers
        self._now = now
        self.direct: "list | None" = None
        self.on_change: "Callable | None" = None
        self.is_idle: "Callable | None" = None

    def recover(self) -> None:
        """Take up what ran before a restart; the journal is loaded."""
        for number in sorted(self._journal.open):
            found = running_found(self._journal, number)
            if found is None or not 0 < found[0] < len(self._connectors):
                continue
            connector = self._connectors[found[0]]
            if connector.transaction is not None:
                self._end(connector, "PowerLoss", "", connector.transaction.last)
            connector.transaction = found[1]

    def can_start(self) -> bool:
        """Tell whether there is room to note one more transaction to its end."""
        return self._journal.room >= _RESERVE * (len(self._journal.open) + 1)

    def is_ready(self) -> bool:
        """Tell whether a transaction that begins now outlives a power cut."""
        return self._journal.ready

    def start(self, connector, reservation_id: "int | None" = None) -> bool:
        """Begin a transaction for whom the connector is authorised; False when it cannot be noted."""
        if connector.transaction is not None or not self.can_start():
            return False
        now, journal = self._now, self._journal
        reading = self._station.reading(connector.number)
        meter_wh = -1 if reading.energy_wh is None else reading.energy_wh
        running = Running(journal.new_transaction(), connector.id_tag, connector.parent, max(0, meter_wh))
        running.offset_wh = -1 if meter_wh < 0 else 0
        reserved = "" if reservation_id is None else str(reservation_id)
        text = (running.id_tag + "\0" + running.parent + "\0" + reserved).encode()
        when = journal.moment(now.up_s, now.unix_s)
        if not journal.append(j.START, connector.number, running.number, when, meter_wh, text):
            return False
        sampler = self._samplers[connector.number]
        sampler.begin(reading, now.ms, now.unix_s)
        if self._config.text("StopTxnSampledData") or self._config.text("StopTxnAlignedData"):
            first = sampler.kept[: mv.PACKED_BYTES]
            journal.append(j.DATA, connector.number, running.number, when, meter_wh, first)
        running.noted_s = now.up_s
        running.settled_s = now.up_s + _SETTLE_S
        running.profile = connector.profile
        connector.transaction = running
        connector.forget()
        self._station.permit(connector.number, True, True)
        self._changed(connector, BEGUN)
        return True

    def stop(self, connector, reason: str, id_tag: str = "") -> None:
        """End a transaction with one of the reasons of section 7.36, maybe by an identifier."""
        if connector.transaction is not None and connector.transaction.ending is None:
            now = self._now
            self._end(connector, reason, id_tag, self._journal.moment(now.up_s, now.unix_s))

    def confirmed(self, number: int, transaction_id: int, parent: str, valid: bool) -> int:
        """Note the answer to a StartTransaction; return the reading from which an invalid one counts, -1 otherwise."""
        for connector in self._connectors:
            running = connector.transaction
            if running is not None and running.number == number:
                running.transaction_id = transaction_id
                running.parent = parent or running.parent
                self._changed(connector, NAMED)
                if not valid:
                    self.read(connector)
                    running.invalid_wh = running.meter_wh
                    return running.meter_wh
        return -1

    def is_heeded(self) -> bool:
        """Tell whether a refusal of the central system counts: not where the station decides by itself."""
        return self._station.remote_allowed()

    def ending(self) -> bool:
        """Tell whether the end of a transaction is still to be written."""
        for connector in self._connectors:
            if connector.transaction is not None and connector.transaction.ending is not None:
                return True
        return False

    def find(self, transaction_id: int):
        """Return the connector with a running transaction of this id, None when there is none."""
        for connector in self._connectors:
            running = connector.transaction
            if running is not None and running.ending is None and running.transaction_id == transaction_id:
                return connector
        return None

    def step(self, connector, facts) -> None:
        """Follow the facts of a connector (0 is the station): ends, refusals, samples."""
        running = connector.transaction
        if running is not None:
            if running.ending is not None:
                self._write_end(connector)
            elif running.waiting:
                self._resume(connector)
            else:
                self._watch(connector, running, facts)
        running = connector.transaction
        if running is None or (not running.waiting and running.ending is None):
            self._sample(connector, running)

    def _watch(self, connector, running: Running, facts) -> None:
        number = connector.number
        if running.offset_wh < 0:
            self.read(connector)
        if facts.emergency:
            self.stop(connector, "EmergencyStop")
        elif not facts.plugged and self._ends_unplugged(number, facts):
            self.stop(connector, EV_DISCONNECTED)
        elif running.invalid_wh >= 0:
            self._limit_invalid(connector, running)

    def _limit_invalid(self, connector, running: Running) -> None:
        """Let an identifier that the central system refused have no more than it may (section 3.5.4)."""
        self.read(connector)
        if running.meter_wh - running.invalid_wh >= self._config.get("MaxEnergyOnInvalidId"):
            if self._config.get("StopTransactionOnInvalidId"):
                connector.keeper = (running.id_tag, running.parent)
                self.stop(connector, DEAUTHORIZED)
            elif running.energy:
                running.energy = False
                self._station.permit(connector.number, False, True)

    def _ends_unplugged(self, number: int, facts) -> bool:
        """Tell whether a car that is gone ends the transaction; with the cable gone as well there is no other way."""
        if self._station.has_lock(number) and not facts.cable:
            return True
        return self._config.get("StopTransactionOnEVSideDisconnect")

    def _resume(self, connector) -> None:
        """Go on with a transaction from before a restart, or end it, as the station decides."""
        running = connector.transaction
        reason = self._station.resume(connector.number)
        if reason is None:
            return
        now = self._now
        running.waiting = False
        running.noted_s = now.up_s
        if reason:
            self._end(connector, reason, "", running.last)
            return
        kept = b""
        for record in self._journal.of_transaction(running.number):
            if len(record.text) >= mv.PACKED_BYTES and mv.context(record.text) != mv.END:
                # The sampler makes room by itself only for what it takes from now on.
                if len(kept) < 20 * mv.PACKED_BYTES:
                    kept += record.text[: mv.PACKED_BYTES]
        self._samplers[connector.number].resume(kept, now.ms)
        running.energy = True
        if running.invalid_wh >= 0:
            self._limit_invalid(connector, running)
        if running.energy:
            self._station.permit(connector.number, True, True)
        if connector.transaction is not None:
            self._changed(connector, RESUMED)

    def _end(self, connector, reason: str, id_tag: str, when: tuple) -> None:
        running = connector.transaction
        running.energy = running.waiting = False
        self.keep_direct()
        reading = self.read(connector)
        # What the sampler tells of the lists belongs to the STOP; the readings are in the journal.
        data = self._samplers[connector.number].end(reading, 0 if when[1] else when[0])
        lists = b""
        if data:
            size = 2 + data[0] + data[1 + data[0]]
            lists = data[:size]
            last = data[-mv.PACKED_BYTES :]
            self._journal.append(j.DATA, connector.number, running.number, when, running.meter_wh, last)
        text = (reason + "\0" + id_tag + "\0").encode() + lists
        running.ending = (when, running.meter_wh, text)
        # Who is refused, or has only lost the car, does not get the cable of another one.
        locked = connector.keeper is not None
        if reason == EV_DISCONNECTED and not self._config.get("UnlockConnectorOnEVSideDisconnect"):
            locked = self._station.has_lock(connector.number)
            connector.keeper = (running.id_tag, running.parent) if locked else None
        self._station.permit(connector.number, False, locked)
        self._write_end(connector)

    def _write_end(self, connector) -> None:
        running = connector.transaction
        when, meter_wh, text = running.ending
        if self._journal.append(j.STOP, connector.number, running.number, when, meter_wh, text):
            connector.ended(text.startswith(b"EVDisconnected"))
            self._changed(connector, ENDED)

    def _sample(self, connector, running: "Running | None") -> None:
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

    def _checkpoint(self, connector, running: Running) -> None:
        running.noted_s = self._now.up_s
        if self._journal.room * 4 > self._journal.capacity:
            self.read(connector)
            when = self._journal.moment(self._now.up_s, self._now.unix_s)
            self._journal.append(j.CHECKPOINT, connector.number, running.number, when, running.meter_wh)

    def read(self, connector):
        """Return what the meter shows; the register of a transaction never goes back."""
        reading = self._station.reading(connector.number)
        running = connector.transaction
        if running is not None and reading.energy_wh is not None:
            if running.offset_wh < 0:
                # What was taken before is not known; what counts goes on from where it was.
                running.offset_wh = max(0, reading.energy_wh - running.meter_wh)
            reading.energy_wh = max(0, reading.energy_wh - running.offset_wh)
            running.meter_wh = max(running.meter_wh, reading.energy_wh)
        return reading

    def _changed(self, connector, event: int) -> None:
        if self.on_change:
            self.on_change(connector, event)
