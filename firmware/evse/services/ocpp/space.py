"""Space for the messages that the back end has not confirmed: files of a few records, the oldest removed as a whole.

Files are written only while no contactor is closed, because an erase of flash would hold up its opening. What is
appended meanwhile is kept in memory, bounded, and written when it is open: a power cut then loses readings in between,
never the beginning of a transaction, which is written before the contactor closes, nor its end. The beginning of one
that was charging before goes into space that was erased before, where the board has such.
"""

import binascii
import os
import struct

from micropython import const

from evse.log import log

_RECORD_BYTES = const(64)
_PAYLOAD_BYTES = const(60)
_CHUNK = const(8)
# Of what is kept in memory so many places are for what a transaction needs to end.
_HELD = const(64)
_HELD_FOR_ENDS = const(16)
# A START with two long identifiers, and what is noted when it is confirmed.
_START_RECORDS = const(6)


class MessageSpace:
    """The storage of `ocpp16.journal.Journal` in files `path` plus .0, .1, ..., as it is described there.

    `may_write()` tells whether no contactor is closed. Call `step` now and then. `spare` is a Spare, or None; with one
    run `recover` to its end after a start.
    """

    def __init__(self, path: str, may_write, segments: int = 32, per_segment: int = 64, spare=None) -> None:
        self.payload_bytes = _PAYLOAD_BYTES
        self.capacity = segments * per_segment
        self.write_errors = 0
        self._path = path
        self._may_write = may_write
        self._per_segment = per_segment
        self._held: list = []
        self._spare = spare
        # Up to this place `spare` has what is held.
        self._spared = 0
        self._fails = False
        self._chunk = bytearray(_RECORD_BYTES * _CHUNK)
        self._chunk_place = -1
        self._chunk_size = 0
        numbers = self._numbers()
        # The number of the oldest file; places count from its first record.
        self._oldest = numbers[0] if numbers else 0
        self._stored = 0
        if numbers:
            whole = (numbers[-1] - self._oldest) * per_segment
            self._stored = whole + self._size(numbers[-1]) // _RECORD_BYTES
        self.first = 0
        self._floor = 0

    @property
    def held(self) -> int:
        """How many records wait in memory."""
        return len(self._held)

    @property
    def end(self) -> int:
        """The place behind the newest record."""
        return self._stored + len(self._held)

    @property
    def kept(self) -> int:
        """The place behind the newest record that is written; a flash that fails is not waited for."""
        return self.end if self._fails else max(self._stored, self._spared)

    @property
    def ready(self) -> bool:
        """Tell whether what is appended now is written at once, or can be spared."""
        if not self._held and self._may_write():
            return True
        count = self.end - self.kept + _START_RECORDS
        return self._spare is not None and self._spare.room >= count * _PAYLOAD_BYTES

    @property
    def room(self) -> int:
        """How many records can be appended; little while the memory for them is short."""
        left = self.capacity - (self.end - self.first)
        if not self._held and self._may_write():
            return left
        held_left = _HELD - len(self._held)
        if held_left <= _HELD_FOR_ENDS:
            # As little as lets nothing in but beginnings and ends.
            return min(left, self.capacity // 4, held_left)
        return left

    def append(self, payload) -> bool:
        """Take one record; True once it is kept, on flash if that may be written. False when there is no room."""
        if self.room <= 0:
            return False
        if self._held:
            self.step()
        if self._held or not self._may_write():
            if len(self._held) >= _HELD:
                return False
            self._held.append(bytes(payload))
            return True
        return self._write([payload])

    def keep(self) -> None:
        """Let what waits in memory outlive a power cut at once, if there is erased space for it."""
        first = max(self._stored, self._spared)
        if self._spare is None or first >= self.end:
            return
        try:
            if self._spare.append(self._number(first), self._held[first - self._stored :]):
                self._spared = self.end
        except OSError as error:
            log.write("storage: message for the back end not kept: %s" % error)

    def recover(self):
        """Take up what was spared and not written before a start; a generator that yields now and then."""
        if self._spare is None:
            return
        found: list = []
        for change in self._spare.records():
            if change is None:
                yield
            elif len(change[1]) < _PAYLOAD_BYTES:
                # What was before that is in the files.
                found = []
            else:
                found.append(change)
        for number, data in found:
            at = self._number(self.end) - number
            if 0 <= at * _PAYLOAD_BYTES < len(data):
                for begin in range(at * _PAYLOAD_BYTES, len(data), _PAYLOAD_BYTES):
                    self._held.append(data[begin : begin + _PAYLOAD_BYTES])
                self._spared = self.end

    def read(self, place: int) -> "bytes | None":
        """Return the payload at a place, None when it is damaged or gone."""
        if place >= self._stored:
            index = place - self._stored
            return self._held[index] if index < len(self._held) else None
        begin = place - place % _CHUNK
        if begin != self._chunk_place or place - begin >= self._chunk_size:
            self._read_chunk(begin)
        at = (place - begin) * _RECORD_BYTES
        if place - begin >= self._chunk_size:
            return None
        payload = bytes(self._chunk[at : at + _PAYLOAD_BYTES])
        crc = struct.unpack_from("<I", self._chunk, at + _PAYLOAD_BYTES)[0]
        return payload if crc == binascii.crc32(payload) else None

    def release(self, place: int) -> None:
        """Note that records before a place are not needed any more."""
        self._floor = max(self._floor, min(place, self._stored))

    def step(self) -> None:
        """Write what waits in memory and remove what is not needed, if the flash may be written; one file at a time."""
        if not self._may_write():
            return
        if self._held:
            left = self._per_segment - self._stored % self._per_segment
            piece = self._held[: min(left, _CHUNK)]
            if self._write(piece):
                self._held = self._held[len(piece) :]
        elif self._spared:
            self._forget_spared()
        elif self._floor >= self.first + self._per_segment < self._stored:
            # One file stays, so that its number is not used again.
            try:
                os.remove(self._name(self._oldest + self.first // self._per_segment))
            except OSError:
                # It was never written, or is gone already.
                pass
            self.first += self._per_segment

    def _forget_spared(self) -> None:
        """Note beside what was spared that it is in the files."""
        self._spared = 0
        try:
            self._spare.append(self._number(self._stored), [b"\0"])  # pyright: ignore[reportOptionalMemberAccess]
        except OSError:
            # It is not taken up again, for its places are in the files.
            pass

    def _number(self, place: int) -> int:
        """Return what stays the same of a place over restarts."""
        return self._oldest * self._per_segment + place

    def _write(self, payloads: list) -> bool:
        data = bytearray(_RECORD_BYTES * len(payloads))
        for index, payload in enumerate(payloads):
            at = index * _RECORD_BYTES
            data[at : at + _PAYLOAD_BYTES] = payload
            struct.pack_into("<I", data, at + _PAYLOAD_BYTES, binascii.crc32(payload))
        slot = self._stored % self._per_segment
        name = self._name(self._oldest + self._stored // self._per_segment)
        try:
            # A part of a record that a power cut left is written over.
            with open(name, "r+b" if slot else "wb") as file:
                file.seek(slot * _RECORD_BYTES)
                file.write(data)
        except OSError as error:
            if not self.write_errors:
                log.write("storage: message for the back end not written: %s" % error)
            self.write_errors += 1
            self._fails = True
            return False
        self._fails = False
        if self._chunk_place <= self._stored < self._chunk_place + _CHUNK:
            self._chunk_place = -1
        self._stored += len(payloads)
        return True

    def _read_chunk(self, begin: int) -> None:
        self._chunk_place = begin
        self._chunk_size = 0
        try:
            with open(self._name(self._oldest + begin // self._per_segment), "rb") as file:
                file.seek(begin % self._per_segment * _RECORD_BYTES)
                self._chunk_size = file.readinto(self._chunk) // _RECORD_BYTES
        except OSError:
            pass

    def _numbers(self) -> list:
        """Return the numbers of the files there are, in order."""
        folder, _, name = self._path.rpartition("/")
        found = []
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            return found
        for entry in entries:
            if entry.startswith(name + ".") and entry[len(name) + 1 :].isdigit():
                found.append(int(entry[len(name) + 1 :]))
        found.sort()
        return found

    def _size(self, number: int) -> int:
        try:
            return os.stat(self._name(number))[6]
        except OSError:
            return 0

    def _name(self, number: int) -> str:
        return self._path + "." + str(number)
