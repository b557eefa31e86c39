"""Charging profiles: an index in RAM, the periods in a file, and in RAM what may not be written yet.

A profile acts as soon as it is put, also while a contactor is closed and flash must not be erased. Then it is kept
in RAM, at most `pending_max` bytes of profiles, and goes to the file with the next `step` that may write; what is
replaced before takes no room. `spare` (a Spare), where the board has space that was erased before, keeps
it over a power cut until then; without it a cut brings the state before back, never a mix.

A back end that changes its profiles without end would wear the flash out. So after 32 writes there is one in 200 s,
or when RAM runs out; the same profile again is not written at all (`smart` asks `same`).
"""

import struct

from micropython import const

from . import profile_file as pf
from . import profile_layout as pl
from .profile_index import NONE
from .profile_writer import ProfileWriter

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator

_BITMAP_BYTES = const(32)
_BURST = const(32)
_REFILL_S = const(200)


class ProfileStore(ProfileWriter):
    """Up to `capacity` (255 at most) profiles of `most_bytes` together; run `load` to its end before anything else.

    `count` profiles are there, `damaged` records could not be read, `write_errors` says how often the flash
    failed. `changes` counts changes.
    """

    def __init__(
        self,
        file: pf.ProfileFile,
        capacity: int = 255,
        pending_max: int = 4096,
        most_bytes: int = 500000,
        spare=None,
    ) -> None:
        super().__init__(file, min(capacity, 255))
        self._spare = spare
        self._pending_max = pending_max
        self._most_bytes = most_bytes
        self.changes = 0
        self.damaged = 0
        self.write_errors = 0
        self._spare_gap = False
        self._tokens = _BURST
        self._token_s = 0

    def load(self) -> "Generator[None, None, None]":
        """Read the file, a few records at a time."""
        head = bytearray(pl.HEAD_BYTES)
        for record in self._file.scan():
            if record is not None:
                kind, slot, length, place, whole = record
                body = head if kind == pf.SET else bytearray(length)
                if self._file.read_into(place, body) == len(body) and whole:
                    self._apply(kind, slot, body, length, place)
                else:
                    self.damaged += 1
                    if kind == pf.SET:
                        self.free(slot)
            yield
        self._marked = self.sequence
        self._dirty = bytearray(_BITMAP_BYTES)
        if self._spare is not None:
            for record in self._spare.records():
                if record is not None and record[0] > self.sequence:
                    self._apply_spare(record[1])
                    self.sequence = record[0]
                yield
        self.rest()

    # Looking

    def same(self, slot: int, pieces) -> bool:
        """Tell whether a profile has exactly these periods. OSError."""
        first = 0
        buffer = bytearray(pl.PIECE_BYTES)
        for piece in pieces:
            count = len(piece) // pl.PERIOD_BYTES
            if first + count > self.byte(slot, 3) or self.read(slot, first, buffer) < count:
                return False
            if memoryview(buffer)[: len(piece)] != piece:
                return False
            first += count
        return first == self.byte(slot, 3)

    # Changing

    def put(self, head: bytes, pieces: list, now_s: int) -> str:
        """Store a profile in place of those of the same id or purpose, level and connector; return "" or why not."""
        flags, level, connector, count, profile_id = struct.unpack_from("<BBBBi", head)
        slot = self.find(flags & pl.PURPOSE, level, connector)
        other = self.find_id(profile_id)
        if slot == NONE:
            slot, other = other, NONE
        elif other == slot:
            other = NONE
        if slot == NONE:
            slot = self.free_slot()
            if slot == NONE:
                return "%d profiles are installed" % self.capacity
        saved = [self.saved(number) for number in ((slot,) if other == NONE else (slot, other))]
        dirty = self.dirty()
        self.free(slot)
        if other != NONE:
            self.free(other)
        size = pl.size_of(count)
        why = ""
        may_write = self._file.may_write()
        if self.live_bytes + size + pf.PREFIX_BYTES > self._most_bytes:
            why = "there is no room for so many periods"
        elif not may_write and self.pending_bytes + size > self._pending_max:
            why = "there is no room for it while the station is charging"
        else:
            self.put_pending(slot, head, pieces)
            if may_write and self._has_token(now_s):
                try:
                    self.flush()
                    self._spare_gap = self.is_dirty()
                except OSError:
                    self.write_errors += 1
                    why = "it could not be written"
        if why:
            self.free(slot)
            for entry in saved:
                self.restore(entry, dirty)
            return why
        self.changes += 1
        self._spare_put(slot, other)
        return ""

    def drop(self, slots: list, now_s: int) -> bool:
        """Forget the profiles in these slots; they are gone at once, and from flash when it may be written."""
        if not slots:
            return False
        for slot in slots:
            self.free(slot)
        self.changes += 1
        self.step(now_s)
        self._spare_drop(slots)
        return True

    def step(self, now_s: int) -> bool:
        """Write what is due, a little at a time; True while there is more to do now."""
        if not self._file.may_write():
            return False
        try:
            if self.is_dirty() and self._has_token(now_s):
                self.flush()
                self._spare_gap = self.is_dirty()
            return self.tidy()
        except OSError:
            self.write_errors += 1
            return False

    def _has_token(self, now_s: int) -> bool:
        """Take leave for one write."""
        if not 0 <= now_s - self._token_s < _REFILL_S:
            if now_s > self._token_s:
                self._tokens = min(_BURST, self._tokens + (now_s - self._token_s) // _REFILL_S)
            self._token_s = now_s
        if self.pending_bytes * 2 > self._pending_max:
            return True
        if self._tokens:
            self._tokens -= 1
            return True
        return False

    # Reading what was kept

    def _apply(self, kind: int, slot: int, body, length: int, place: int) -> None:
        """Do what a record of the file says."""
        if kind == pf.SET:
            self.free(slot)
            if slot < self.capacity and body[0] & pl.PURPOSE and length == pl.size_of(body[3]):
                self.insert(slot, body, place)
            else:
                self.damaged += 1
        elif kind == pf.DROP:
            for number in range(min(length * 8, self.capacity)):
                if body[number >> 3] >> (number & 7) & 1:
                    self.free(number)
        elif length == 4:
            self.sequence = struct.unpack("<I", body)[0]

    def _apply_spare(self, data: bytes) -> None:
        """Do what a change says that was kept beside the file."""
        slot = data[1]
        dropped = data[2]
        self.free(slot)
        if dropped != slot:
            self.free(dropped)
        if data[0] == pf.SET:
            head = data[3 : 3 + pl.HEAD_BYTES]
            if len(data) == 3 + pl.size_of(head[3]) and slot < self.capacity:
                at = 3 + pl.HEAD_BYTES
                pieces = [data[i : i + pl.PIECE_BYTES] for i in range(at, len(data), pl.PIECE_BYTES)]
                self.put_pending(slot, head, pieces)
        else:
            for number in range(self.capacity):
                if data[3 + (number >> 3)] >> (number & 7) & 1:
                    self.free(number)

    def _spare_put(self, slot: int, dropped: int) -> None:
        """Keep a change beside the file, if it did not get into it."""
        if self._spare is not None and self.is_pending(slot):
            start = bytes((pf.SET, slot, slot if dropped == NONE else dropped))
            self._keep([start, self.packed(slot)] + self._pending[slot])

    def _spare_drop(self, slots: list) -> None:
        if self._spare is not None and self.is_dirty():
            data = bytearray(3 + _BITMAP_BYTES)
            data[0] = pf.DROP
            data[1] = data[2] = slots[0]
            for slot in slots:
                data[3 + (slot >> 3)] |= 1 << (slot & 7)
            self._keep([data])

    def _keep(self, pieces: list) -> None:
        # After one that did not fit, later ones would make a state that never was.
        kept = False
        try:
            if self._spare is not None and not self._spare_gap:
                kept = self._spare.append(self.sequence + 1, pieces)
        except OSError:
            self.write_errors += 1
        if kept:
            self.sequence += 1
        else:
            self._spare_gap = True
