"""Identifiers with their authorisation in one file, found through two bytes of RAM per record.

Changes are records behind the others, and count from the moment that a last record confirms them, all at once: a cut
of the power before leaves everything as it was. A rewrite drops what is out of date: a new file beside the old one,
renamed over it. Nothing is written unless `may_write()`. A file that is not whole is kept aside, and everything begins
anew with version 0, so that whoever sent it can see that it is to be sent again.
"""

import os
import struct

from micropython import const

from . import tag_records as tr
from .tag_index import TagIndex

_AT_ONCE = const(16)
_ALL = const(0x7FFF)
# So many records that say nothing begin a rewrite; more than the second number, and one of them is forced.
_WORN_SLOTS = const(128)
_MOST_WORN_SLOTS = const(2048)


class TagFile:
    """Identifiers in the file at `path`; `damaged` after one was kept aside."""

    def __init__(self, path: str, may_write) -> None:
        self._path = path
        self.may_write = may_write
        self.damaged = False
        self._record = bytearray(tr.RECORD_BYTES)
        self._file = None
        self._copy: "TagFile | None" = None
        self._copied = 0
        self._begin_load()

    # Reading.

    @property
    def count(self) -> int:
        """The number of identifiers."""
        self.load()
        return self._count

    @property
    def version(self) -> int:
        """The version that the last change gave."""
        self.load()
        return self._version

    @property
    def idle(self) -> bool:
        """Tell whether it is read, and neither changes nor is written anew."""
        return self._loaded and self._file is None and self._copy is None

    def find(self, key: bytes) -> "tr.Tag | None":
        """Return what is known of an identifier; OSError when the file cannot be read."""
        self.load()
        slot = self._find(key, 1, self._slots)
        return self._read(slot) if slot else None

    def load(self) -> None:
        """Read the whole file now, if `step` has not done so yet."""
        if not self._loaded:
            self._load(_ALL)

    def oldest(self, worst_first: bool) -> "tr.Tag | None":
        """Return the identifier that was written longest ago, with `worst_first` one that is not accepted, if any."""
        index = self._index
        found = 0
        for slot in range(1, self._slots):
            if index.is_used(slot):
                found = found or slot
                if not worst_first or index.is_odd(slot):
                    return self._read(slot)
        return self._read(found) if found else None

    def is_old(self, key: bytes) -> bool:
        """Return True when half of the identifiers or more were written after this one."""
        later = 0
        for slot in range(self._find(key, 1, self._slots) + 1, self._slots):
            if self._index.is_used(slot):
                later += 1
        return later * 2 >= self._count

    # Changing: begin, add and remove, then confirm or abort.

    def begin(self) -> None:
        """Begin a change; OSError when nothing may be written now, or it fails."""
        if not self.may_write() or self._file is not None:
            raise OSError(16)
        self.load()
        self._abort_copy()
        if self._slots - self._count > _MOST_WORN_SLOTS:
            self._rewrite(self._slots)
        if self._slots == 1:
            with open(self._path, "wb") as file:
                file.write(tr.header())
        self._file = open(self._path, "r+b")
        self._file.seek(self._slots * tr.RECORD_BYTES)

    def add(self, tag: "tr.Tag") -> bool:
        """Store an identifier anew or differently; False when this change has said something of it before."""
        if self._is_said(tag.key):
            return False
        if not self._outdate(tag.key):
            self._more += 1
        self._append(tr.packed_tag(tag), tr.hash_of(tag.key, tag.status != tr.ACCEPTED))
        return True

    def remove(self, key: bytes) -> bool:
        """Drop an identifier, if it is there; False when this change has said something of it before."""
        if self._is_said(key):
            return False
        if self._outdate(key):
            self._more -= 1
            self._dead += struct.pack("<H", self._index.end)
            self._append(tr.packed_removal(key), tr.hash_of(key, False))
        return True

    def count_after(self, replace: bool) -> int:
        """Return how many identifiers there will be when the change is confirmed."""
        return self._index.end - self._slots if replace else self._count + self._more

    def confirm(self, version: int, replace: bool = False) -> None:
        """Let the whole change count, with `replace` instead of all before it; OSError leaves everything as it was."""
        first = self._slots if replace else 1
        file = self._file
        if file is None:
            raise OSError(9)
        try:
            file.write(tr.packed_confirmation(version, self._index.end, first))
            self._index.note()
            self._file = None
            file.close()
        except OSError:
            # What is in the file now is known only by reading it.
            self._file = None
            self._begin_load()
            raise
        self._take(version, first)

    def abort(self) -> None:
        """Leave everything as it was before the change."""
        file = self._file
        self._file = None
        self._forget_change()
        try:
            if file is not None:
                file.close()
        except OSError:
            pass

    def step(self) -> None:
        """Go on reading the file after a start, or with a rewrite that is due, some records at a time."""
        if not self._loaded:
            self._load(_AT_ONCE)
        elif self._file is None and self.may_write():
            try:
                if self._copy is not None or self._slots - self._count > _WORN_SLOTS:
                    self._rewrite(_AT_ONCE)
            except OSError:
                self._abort_copy()

    # Inside.

    def _append(self, record: bytes, hashed: bytes) -> None:
        self._file.write(record)  # pyright: ignore[reportOptionalMemberAccess]
        self._index.note(hashed)

    def _is_said(self, key: bytes) -> bool:
        """Tell whether the change under way speaks of an identifier."""
        file = self._file
        if file is None:
            raise OSError(9)
        return self._find(key, self._slots, self._index.end, file) > 0

    def _outdate(self, key: bytes) -> bool:
        """Take notice that the change says something newer of an identifier; False when nothing was known of it."""
        slot = self._find(key, 1, self._slots)
        if slot:
            self._dead += struct.pack("<H", slot)
        return slot > 0

    def _find(self, key: bytes, begin: int, end: int, file=None) -> int:
        """Return the slot of an identifier within some slots, or 0; those of a change need its `file`."""
        for odd in (False, True):
            hashed = tr.hash_of(key, odd)
            slot = self._index.next(hashed, begin, end)
            while slot:
                tag = self._read(slot, file)
                if tag is not None and tag.key == key:
                    return slot
                slot = self._index.next(hashed, slot + 1, end)
        return 0

    def _read(self, slot: int, file=None) -> "tr.Tag | None":
        record = self._record
        if file is None:
            with open(self._path, "rb") as file:
                file.seek(slot * tr.RECORD_BYTES)
                size = file.readinto(record)
        else:
            file.seek(slot * tr.RECORD_BYTES)
            size = file.readinto(record)
            file.seek(self._index.end * tr.RECORD_BYTES)
        return tr.tag_of(record) if size == tr.RECORD_BYTES and tr.kind_of(record) else None

    def _take(self, version: int, first: int) -> None:
        """Let all slots up to the end count, less those before `first` and what they put out of date."""
        index = self._index
        for at in range(0, len(self._dead), 2):
            index.forget(struct.unpack_from("<H", self._dead, at)[0])
        if first > 1:
            index.forget_before(first)
            self._more = index.end - 1 - first - self._count
        self._count += self._more
        self._version = version
        self._slots = index.end
        self._forget_change()

    def _forget_change(self) -> None:
        self._index.end = self._slots
        self._dead = bytearray()
        self._more = 0

    def _begin_load(self) -> None:
        self._count = 0
        self._version = 0
        self._slots = 1
        self._index = TagIndex()
        self._loaded = False
        self._whole = True
        self._forget_change()

    def _load(self, count: int) -> None:
        """Read so many records more; what no confirmation follows does not count."""
        record = bytearray(tr.RECORD_BYTES)
        try:
            with open(self._path, "rb") as file:
                if self._index.end == 1 and (
                    file.readinto(record) != len(record) or bytes(record) != tr.header()
                ):
                    raise ValueError
                file.seek(self._index.end * tr.RECORD_BYTES)
                while count and file.readinto(record) == len(record):
                    self._load_one(record)
                    count -= 1
        except ValueError:
            self._put_aside()
            count = 1
        except OSError:
            # There is no file yet.
            count = 1
        if count:
            self._loaded = True
            self._forget_change()

    def _load_one(self, record) -> None:
        kind = tr.kind_of(record)
        if kind == tr.CONFIRM:
            version, own, first = tr.confirmation_of(record)
            if own == self._index.end:
                if not self._whole:
                    # What is broken was confirmed: it cannot be told what is missing.
                    raise ValueError
                self._index.note()
                self._take(version, first)
                return
        if kind not in (tr.ADD, tr.REMOVE):
            self._whole = False
            self._index.note()
            return
        tag = tr.tag_of(record)
        known = self._outdate(tag.key)
        if kind == tr.ADD:
            self._more += 0 if known else 1
        else:
            self._more -= 1 if known else 0
            self._dead += struct.pack("<H", self._index.end)
        self._index.note(tr.hash_of(tag.key, tag.status != tr.ACCEPTED))

    def _put_aside(self) -> None:
        self._begin_load()
        self.damaged = True
        os.rename(self._path, self._path + ".damaged")

    def _rewrite(self, count: int) -> None:
        """Copy so many records more into a new file, and rename it when all are there."""
        copy = self._copy
        if copy is None:
            copy = self._copy = TagFile(self._path + ".new", self.may_write)
            copy._loaded = True
            copy.begin()
            self._copied = 1
        end = min(self._slots, self._copied + count)
        while self._copied < end:
            if self._index.is_used(self._copied):
                tag = self._read(self._copied)
                if tag is None:
                    raise OSError(5)
                copy.add(tag)
            self._copied += 1
        if end == self._slots:
            copy.confirm(self._version)
            os.rename(self._path + ".new", self._path)
            self._index = copy._index
            self._slots = copy._slots
            self._copy = None
            self._forget_change()

    def _abort_copy(self) -> None:
        copy = self._copy
        self._copy = None
        if copy is not None:
            copy.abort()
