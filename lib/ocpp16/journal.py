"""The transaction messages that the central system has not confirmed yet, in append-only records of one size.

Every message is written before it is sent, and every confirmation after it came, so a power cut at any write
loses nothing and the order stays. A message is read from its records whenever it is sent, so it never changes.
`storage` is space that needs no erase to be written (a raw flash journal, or a file):
    payload_bytes 60; capacity, room: records altogether, and how many `append` takes now;
    first, end: places of the oldest record and behind the newest one, counting up while this object lives;
    append(payload) -> True once it can be read back; read(place) -> payload, None when damaged;
    kept: the place behind the newest record that a power cut leaves; keep(): let it be the newest of all if it can;
    ready: what is appended now, and `keep` called for, is kept at once;
    release(place): records before that place are not needed; to be erased when nothing speaks against it.
"""

from micropython import const

from . import journal_record as jr
from . import journal_search as js

_AT_ONCE = const(16)


class Journal:
    """The queue. Run `load` to its end before anything else.

    `open` has the place of the START record of every transaction without STOP by its number, `ids` what later messages
    of a transaction need: [transactionId, place of START] of those whose START is done and whose STOP is not.
    """

    def __init__(self, storage) -> None:
        self._storage = storage
        self.capacity = storage.capacity
        self.open: dict = {}
        self.ids: dict = {}
        self.boot = 1
        self.attempts = 0
        self.write_errors = 0
        self._boot_unix_s = 0
        self._relative = False
        self._known = (0, 0)
        self._number = 0
        self._transaction = 0
        self._done = 0
        self._attempted = 0
        self._cursor = 0
        self._released = 0
        self._current: "jr.Record | None" = None
        # Behind the newest CLOCK of this boot.
        self._clock_end = 0

    def load(self):
        """Find out what is open and unsent; a generator that yields now and then."""
        storage = self._storage
        boot = 0
        for place in range(storage.first, storage.end):
            if place % _AT_ONCE == 0:
                yield
            payload = storage.read(place)
            if payload is not None and payload[0] != jr.MORE:
                record = jr.Record(place, payload)
                if record.kind == jr.DONE:
                    self._note_done(record)
                elif record.kind == jr.FAILED:
                    self._attempted, self.attempts = record.number, record.boot
                else:
                    boot = max(boot, record.boot)
                    self._note_message(record)
        self.boot = boot % 0xFFFF + 1
        for transaction in self.ids:
            yield
            self.ids[transaction][1] = js.place_of_start(storage, transaction, storage.end)
        self._cursor = storage.first
        while self._skip_done():
            yield

    @property
    def room(self) -> int:
        """How many records can be appended."""
        return self._storage.room

    @property
    def ready(self) -> bool:
        """Tell whether what is appended now outlives a power cut."""
        return self._storage.ready

    def is_settled(self, record: "jr.Record") -> bool:
        """Tell whether a message stays as it is whatever a power cut takes; the time of day is known."""
        end = 0
        if record.boot:
            self.unix_s(record)
            end = self._clock_end
        if record.kind != jr.VALUES:
            end = max(end, record.place + record.parts + 1)
        if record.kind == jr.STOP:
            later = js.last_reading(self._storage, record)
            end = max(end, later.place + 1 if later is not None else 0)
        return end <= self._storage.kept

    @property
    def empty(self) -> bool:
        """Tell whether every message was delivered or given up."""
        return self._current is None and self._cursor >= self._storage.end

    @property
    def at_rest(self) -> bool:
        """Tell whether no transaction is open either."""
        return self.empty and not self.open and not self.ids

    @property
    def waiting(self) -> int:
        """How many records there are from the oldest message on that still has to be delivered; 0 without one."""
        if self.empty:
            return 0
        return self._storage.end - (self._current.place if self._current is not None else self._cursor)

    def set_time(self, up_s: int, unix_s: int) -> None:
        """Note the time of day, which is known from now on."""
        if not self._boot_unix_s and unix_s:
            self._boot_unix_s = unix_s - up_s
            if self._relative:
                self._note_clock(self._boot_unix_s, self.boot)

    def moment(self, up_s: int, unix_s: int) -> tuple:
        """Return a time as records have it: `unix_s` where it is known, not 0, else `up_s` of this boot."""
        return (unix_s, 0) if unix_s else (up_s, self.boot)

    def append(
        self, kind: int, connector: int, transaction: int, when: tuple, meter_wh: int, text=b""
    ) -> bool:
        """Write a message; `when` is (time, boot) as `moment` tells it. False when there is no room for it."""
        if len(text) > jr.TEXT_MAX:
            return False
        self._number += 1
        if when[1] == self.boot:
            self._relative = True
        meter = meter_wh if meter_wh >= 0 else jr.UNKNOWN_METER
        place = self._storage.end
        if not self._append(kind, connector, transaction, self._number, when[0], meter, when[1], text):
            return False
        if kind == jr.START:
            self.open[transaction] = place
            self._storage.keep()
        elif kind == jr.STOP:
            self.open.pop(transaction, None)
        return True

    def new_transaction(self) -> int:
        """Return a number of our own for a transaction."""
        self._transaction = self._transaction % 0xFFFF + 1
        return self._transaction

    def message(self) -> "jr.Record | None":
        """Return the oldest message that is neither delivered nor given up; None when none is found yet."""
        if self._current is None and not self._skip_done() and self._cursor < self._storage.end:
            record = js.read(self._storage, self._cursor)
            if record is not None:
                if record.number != self._attempted:
                    self.attempts = 0
                self._current = record
        elif self._current is None and self._released != self._cursor:
            self.release()
        return self._current

    def done(self, transaction_id: int = 0, flags: int = 0, meter_wh: int = -1, text: bytes = b"") -> None:
        """Note that the current message is delivered or given up; what a StartTransaction learned belongs to it."""
        record = self._current
        if record is None:
            return
        self._done = record.number
        self._current = None
        if record.kind == jr.START:
            flags |= jr.OF_START
            self.ids[record.transaction] = [transaction_id, record.place]
        elif record.kind == jr.STOP:
            flags |= jr.OF_STOP
            self.ids.pop(record.transaction, None)
        # Confirmations of mere values are spared when room is short: at worst they are sent again after a power cut.
        if record.kind != jr.VALUES or self.room * 2 > self.capacity:
            meter = meter_wh if meter_wh >= 0 else jr.UNKNOWN_METER
            self._append(
                jr.DONE,
                record.connector,
                record.transaction,
                record.number,
                transaction_id & 0xFFFFFFFF,
                meter,
                flags,
                text,
            )
            if record.kind == jr.START:
                self._storage.keep()
        self._cursor = record.place + 1
        self._skip_done()
        self.release()

    def failed(self) -> int:
        """Note that the current message was not accepted; return how often that happened to it."""
        record = self._current
        if record is None:
            return 0
        self.attempts += 1
        self._attempted = record.number
        self._append(jr.FAILED, 0, 0, record.number, 0, 0, self.attempts)
        return self.attempts

    def release(self) -> None:
        """Tell the storage which records are not needed any more."""
        floor = self._current.place if self._current is not None else self._cursor
        for place in self.open.values():
            floor = min(floor, place)
        for entry in self.ids.values():
            floor = min(floor, entry[1])
        self._released = self._cursor
        self._storage.release(floor)

    def unix_s(self, record: "jr.Record") -> int:
        """Return when a message was; the time of day must be known by now."""
        if record.boot == 0:
            return record.time
        if record.boot == self.boot:
            return self._boot_unix_s + record.time
        if self._known[0] != record.boot:
            self._known = (record.boot, self._clock_of(record))
        return self._known[1] + record.time

    def start_of(self, transaction: int) -> "jr.Record | None":
        """Return the START record of a transaction that is open or of which messages are still to be sent."""
        place = self.open.get(transaction, -1)
        if place < 0 and transaction in self.ids:
            place = self.ids[transaction][1]
        return js.read(self._storage, place) if place >= 0 else None

    def of_transaction(self, transaction: int, before: int = -1):
        """Yield the records of a transaction behind its START, DATA and CHECKPOINT as well, up to a place."""
        start = self.start_of(transaction)
        if start is not None:
            end = self._storage.end if before < 0 else before
            yield from js.of_transaction(self._storage, transaction, start.place + 1, end)

    def confirmation_of(self, transaction: int) -> "jr.Record | None":
        """Return what was noted when the START of an open transaction was done: `time` is its transactionId."""
        return js.confirmation_of(self._storage, transaction, self.open.get(transaction, self._storage.end))

    def end_wh(self, stop: "jr.Record") -> int:
        """Return the register at the end of a transaction, as it was read once no current flowed any more."""
        later = js.last_reading(self._storage, stop)
        return max(stop.meter_wh, later.meter_wh) if later is not None else stop.meter_wh

    def _note_message(self, record: "jr.Record") -> None:
        if record.kind == jr.CLOCK:
            return
        self._number = max(self._number, record.number)
        if record.kind == jr.START and js.complete(self._storage, record):
            self._transaction = record.transaction
            self.open[record.transaction] = record.place
        elif record.kind == jr.STOP and js.complete(self._storage, record):
            self.open.pop(record.transaction, None)

    def _note_done(self, record: "jr.Record") -> None:
        self._done = max(self._done, record.number)
        # The message itself may be erased by now; its numbers are not used again.
        self._number = max(self._number, record.number)
        self._transaction = max(self._transaction, record.transaction)
        if record.boot & jr.OF_START:
            transaction_id = record.time - 0x100000000 if record.time > 0x7FFFFFFF else record.time
            self.ids[record.transaction] = [transaction_id, -1]
        elif record.boot & jr.OF_STOP:
            self.ids.pop(record.transaction, None)

    def _skip_done(self) -> bool:
        """Move to the next unsent message; True when that takes more than one call."""
        storage = self._storage
        for _ in range(_AT_ONCE):
            if self._cursor >= storage.end:
                return False
            payload = storage.read(self._cursor)
            if payload is not None and payload[0] in (jr.START, jr.VALUES, jr.STOP):
                record = jr.Record(self._cursor, payload)
                if record.number > self._done and js.complete(self._storage, record):
                    return False
            self._cursor += 1
        return self._cursor < storage.end

    def _append(self, kind, connector, transaction, number, time, meter, boot, text=b"") -> bool:
        if self.room <= jr.more(text):
            return False
        try:
            for payload in jr.pack(kind, connector, transaction, number, time, meter, boot, text):
                if not self._storage.append(payload):
                    return False
        except OSError:
            self.write_errors += 1
            return False
        return True

    def _note_clock(self, unix_s: int, boot: int) -> None:
        if self._append(jr.CLOCK, 0, 0, 0, unix_s, 0, boot):
            self._clock_end = self._storage.end

    def _clock_of(self, record: "jr.Record") -> int:
        """Return the unix seconds at the beginning of an earlier boot."""
        unix_s, known = js.beginning_of(self._storage, record, self._boot_unix_s)
        if not known:
            # Written down, so that it stays.
            self._note_clock(unix_s, record.boot)
        return unix_s
