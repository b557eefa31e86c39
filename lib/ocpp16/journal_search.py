"""Finds records of the journal in its `storage`, which is described there."""

import struct

from micropython import const

from . import journal_record as jr

# What is read once a transaction has ended comes soon: other messages of some seconds may be between.
_SOON = const(32)


def read(storage, place: int) -> "jr.Record | None":
    """Return the record at a place with all its text, None when it is damaged, not finished or gone."""
    payload = storage.read(place)
    if payload is None:
        return None
    record = jr.Record(place, payload)
    return record if complete(storage, record) else None


def complete(storage, record: "jr.Record") -> bool:
    """Read the further text of a record; False when a power cut has left it unfinished."""
    place = record.place
    for part in range(1, record.parts + 1):
        place += 1
        payload = storage.read(place) if place < storage.end else None
        while payload is None and place < storage.end - 1:
            place += 1
            payload = storage.read(place)
        if payload is None:
            return False
        kind, index, size, _, number = struct.unpack_from(jr.MORE_HEAD, payload, 0)
        if kind != jr.MORE or index != part or number != record.number:
            return False
        record.text += bytes(payload[jr.MORE_BYTES : jr.MORE_BYTES + size])
    return True


def of_transaction(storage, transaction: int, first: int, end: int):
    """Yield VALUES, DATA and CHECKPOINT of a transaction between two places."""
    for place in range(first, end):
        payload = storage.read(place)
        if payload is not None and payload[0] in (jr.VALUES, jr.DATA, jr.CHECKPOINT):
            if _transaction(payload) == transaction:
                record = read(storage, place)
                if record is not None:
                    yield record


def last_reading(storage, stop: "jr.Record") -> "jr.Record | None":
    """Return the CHECKPOINT that belongs to the end of a transaction, None when there is none."""
    first = stop.place + stop.parts + 1
    for place in range(first, min(storage.end, first + _SOON)):
        payload = storage.read(place)
        if payload is not None and payload[0] == jr.CHECKPOINT and _transaction(payload) == stop.transaction:
            return jr.Record(place, payload)
    return None


def confirmation_of(storage, transaction: int, start: int) -> "jr.Record | None":
    """Return what was noted when the START at a place was done, None when nothing was."""
    for place in range(storage.end - 1, start, -1):
        payload = storage.read(place)
        if payload is not None and payload[0] == jr.DONE:
            record = jr.Record(place, payload)
            if record.transaction == transaction and record.boot & jr.OF_START:
                return record
    return None


def place_of_start(storage, transaction: int, before: int) -> int:
    """Return where the START record of a transaction is; `before`, the end of the journal, when it is gone."""
    for place in range(before - 1, storage.first - 1, -1):
        payload = storage.read(place)
        if payload is not None and payload[0] == jr.START and _transaction(payload) == transaction:
            return place
    return before


def beginning_of(storage, record: "jr.Record", boot_unix_s: int) -> tuple:
    """Return the unix seconds at the beginning of the boot of a record, and whether they are known.

    A boot that never learned the time is taken as cut off a second before what came next, with the later boots
    between that did not know it either; the present one began at `boot_unix_s`.
    """
    latest_s = record.time
    end_s = 0
    # The last time that was known before; the end of a transaction that was found later may bear it, too.
    floor_s = 0
    # How long those later boots have lasted, the last one of them apart.
    other, other_s, passed_s = 0, 0, 0
    for place in range(storage.first, storage.end):
        payload = storage.read(place)
        if payload is None or payload[0] not in (
            jr.START,
            jr.VALUES,
            jr.STOP,
            jr.DATA,
            jr.CHECKPOINT,
            jr.CLOCK,
        ):
            continue
        later = jr.Record(place, payload)
        if later.boot == record.boot:
            if later.kind == jr.CLOCK:
                return later.time, True
            latest_s = max(latest_s, later.time)
        elif place < record.place:
            if later.boot == 0:
                floor_s = max(floor_s, later.time)
        elif later.boot == 0 and later.time <= floor_s:
            continue
        elif later.boot == 0 or (later.kind == jr.CLOCK and later.boot > record.boot):
            # A CLOCK is of the beginning of its boot.
            own_s = other_s if later.boot != other else 0
            end_s = end_s or later.time - passed_s - own_s
        elif later.kind != jr.CLOCK and later.boot > record.boot:
            if later.boot != other:
                passed_s += other_s
                other = later.boot
            other_s = later.time + 1
    return max(floor_s, (end_s or boot_unix_s - passed_s - other_s) - latest_s - 1), False


def _transaction(payload) -> int:
    return struct.unpack_from("<H", payload, 2)[0]
