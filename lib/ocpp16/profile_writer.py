"""What of the charging profiles is in the file, what is in RAM only, and how one becomes the other."""

import struct
from array import array

from micropython import const

from . import profile_file as pf
from . import profile_layout as pl
from .profile_index import NONE, ProfileIndex

_BITMAP_BYTES = const(32)
_DEAD_MIN = const(8192)
_FIRST_PLACE = const(8)


class ProfileWriter(ProfileIndex):
    """The index with the periods behind it; `pending_bytes` of profiles are in RAM, `sequence` counts spare changes."""

    def __init__(self, file: pf.ProfileFile, capacity: int) -> None:
        super().__init__(capacity)
        self._file = file
        # Slots that differ from what the file says, and the periods of those that are not free.
        self._dirty = bytearray(_BITMAP_BYTES)
        self._pending: dict = {}
        self.pending_bytes = 0
        self.read_errors = 0
        self.sequence = 0
        self._marked = 0
        # While the file is written anew: the next slot to copy, and where the profiles are in the new file.
        self._copying = NONE
        self._moved = array("I")
        self._dead_min = _DEAD_MIN

    def read(self, slot: int, first: int, buffer: bytearray) -> int:
        """Fill `buffer` with up to 32 periods from number `first` on; return how many. OSError."""
        count = min(pl.PIECE, self.byte(slot, 3) - first)
        view = memoryview(buffer)[: count * pl.PERIOD_BYTES]
        pieces = self._pending.get(slot)
        if pieces is None:
            place = self.place(slot) + pl.HEAD_BYTES + first * pl.PERIOD_BYTES
            if self._file.read_into(place, view) != len(view):
                raise OSError(5)
            return count
        done = 0
        while done < count:
            piece = pieces[(first + done) // pl.PIECE]
            inside = (first + done) % pl.PIECE
            some = min(count - done, pl.PIECE - inside)
            view[done * 7 : (done + some) * 7] = memoryview(piece)[inside * 7 : (inside + some) * 7]
            done += some
        return count

    def rest(self) -> None:
        """Close the file until it is needed."""
        self._file.close()

    def free(self, slot: int) -> None:
        """Empty a slot, if it is used, and note that the file says otherwise."""
        if self.is_used(slot):
            if self._pending.pop(slot, None) is not None:
                self.pending_bytes -= pl.size_of(self.byte(slot, 3))
            self.remove(slot)
            self._dirty[slot >> 3] |= 1 << (slot & 7)

    def put_pending(self, slot: int, head, pieces: list) -> None:
        """Put a profile that is not in the file into a free slot."""
        self.insert(slot, head, 0)
        self._pending[slot] = pieces
        self.pending_bytes += pl.size_of(head[3])
        self._dirty[slot >> 3] |= 1 << (slot & 7)

    def is_pending(self, slot: int) -> bool:
        """Tell whether a profile is in RAM only."""
        return slot in self._pending

    def saved(self, slot: int) -> tuple:
        """Return what `restore` needs to bring a slot back."""
        if not self.is_used(slot):
            return slot, b"", None, 0
        return slot, self.packed(slot), self._pending.get(slot), self.place(slot)

    def restore(self, saved: tuple, dirty: bytes) -> None:
        """Bring a slot back as it was."""
        slot, head, pieces, place = saved
        if self.is_used(slot):
            self.free(slot)
        if head:
            self.insert(slot, head, place)
            if pieces is not None:
                self._pending[slot] = pieces
                self.pending_bytes += pl.size_of(head[3])
        self._dirty[:] = dirty

    def dirty(self) -> bytes:
        """Return which slots differ from the file, one bit each."""
        return bytes(self._dirty)

    def flush(self) -> None:
        """Write what differs from the file as one change. OSError: nothing was changed."""
        if not self._file.sound:
            # Only a file written anew can take it; `tidy` makes one.
            return
        dropped = self._dirty_slots(False)
        sets = self._dirty_slots(True)
        if dropped or sets:
            places = array("I", bytes(4 * self.capacity))
            self._file.append(self._change(dropped, sets, self._file.size or _FIRST_PLACE, places))
            if self._copying != NONE:
                try:
                    self._file.append_new(self._change(dropped, sets, self._file.new_size, self._moved))
                except OSError:
                    self._stop_copying()
            self._flushed(sets, places)

    def tidy(self) -> bool:
        """Go on with writing the file anew, if it is worth it, one profile at a time; True while it goes on."""
        try:
            if self._copying != NONE:
                self._copy_one()
            elif self._is_worn():
                self._begin_copy()
        except OSError:
            self._stop_copying()
            # Not again until there is more to gain.
            self._dead_min = max(_DEAD_MIN, self._file.size - self.live_bytes + _DEAD_MIN)
            raise
        return self._copying != NONE

    def _flushed(self, sets: list, places) -> None:
        for slot in sets:
            self.set_place(slot, places[slot])
            self._pending.pop(slot)
        self.pending_bytes = 0
        self._dirty = bytearray(_BITMAP_BYTES)
        self._marked = self.sequence

    @property
    def idle(self) -> bool:
        """Tell whether the file has everything and is not written anew."""
        return not self.is_dirty() and self._copying == NONE

    def is_dirty(self) -> bool:
        """Tell whether the file is behind."""
        for byte in self._dirty:
            if byte:
                return True
        return False

    def _dirty_slots(self, used: bool) -> list:
        found = []
        for number in range(_BITMAP_BYTES):
            if self._dirty[number]:
                for slot in range(number * 8, number * 8 + 8):
                    if self._dirty[number] >> (slot & 7) & 1 and self.is_used(slot) == used:
                        found.append(slot)
        return found

    def _change(self, dropped: list, sets: list, place: int, places):
        """Yield the bytes of a change; the places of the profiles go into `places`."""
        has_mark = self.sequence != self._marked
        if dropped:
            bits = bytearray(_BITMAP_BYTES)
            for slot in dropped:
                bits[slot >> 3] |= 1 << (slot & 7)
            yield pf.prefix(pf.DROP, 0, (bits,), not sets and not has_mark)
            yield bits
            place += pf.PREFIX_BYTES + _BITMAP_BYTES
        for slot in sets:
            bodies = [self.packed(slot)] + self._pending[slot]
            yield pf.prefix(pf.SET, slot, bodies, slot == sets[-1] and not has_mark)
            place += pf.PREFIX_BYTES
            places[slot] = place
            for body in bodies:
                yield body
                place += len(body)
        if has_mark:
            mark = struct.pack("<I", self.sequence)
            yield pf.prefix(pf.MARK, 0, (mark,), True)
            yield mark

    def _is_worn(self) -> bool:
        if not self._file.sound:
            return True
        dead = self._file.size - self.live_bytes
        return dead > max(self._dead_min, self.live_bytes // 2)

    def _begin_copy(self) -> None:
        self._moved = array("I", bytes(4 * self.capacity))
        self._file.begin_new()
        self._copying = 0

    def _stop_copying(self) -> None:
        self._copying = NONE
        self._moved = array("I")
        self._file.abort_new()

    def _copy_one(self) -> None:
        """Copy the next profile into the new file; behind the last one put it in place. OSError."""
        slot = self._copying
        while slot < self.capacity and not (self.is_used(slot) and slot not in self._pending):
            slot += 1
        if slot < self.capacity:
            bodies = [self.packed(slot)]
            buffer = bytearray(pl.PIECE_BYTES)
            for first in range(0, self.byte(slot, 3), pl.PIECE):
                count = self.read(slot, first, buffer)
                bodies.append(bytes(buffer[: count * pl.PERIOD_BYTES]))
            self._moved[slot] = self._file.new_size + pf.PREFIX_BYTES
            self._file.append_new([pf.prefix(pf.SET, slot, bodies, True)] + bodies)
            self._copying = slot + 1
            return
        # What is still in RAM goes along; the new file has to say nothing of what it never held.
        sets = self._dirty_slots(True)
        self._marked = -1
        self._file.append_new(self._change(self._dirty_slots(False), sets, self._file.new_size, self._moved))
        self._file.commit_new()
        moved = self._moved
        for at in range(self.count):
            slot = self.order[at]
            self.set_place(slot, moved[slot])
        self._flushed(sets, moved)
        self._copying = NONE
        self._moved = array("I")
        self._dead_min = _DEAD_MIN
