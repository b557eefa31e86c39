"""The list of cards that may charge, in a file that survives a power cut at any write.

Cards are appended, and so is the removal of one; a rewrite drops what was removed: a new file beside the old one,
renamed over it. Nothing is written unless `may_write` says that no contactor is closed, because flash may be
erased then.
"""

import os

from micropython import const

from evse.services import cards_table as ct

STORED = const(0)
DELETED = const(1)
DUPLICATE = const(2)
UNKNOWN = const(3)
FULL = const(4)
INVALID = const(5)
BUSY = const(6)  # a contactor is closed, or an import is under way: nothing was changed
FAILED = const(7)  # the file could not be written: nothing was changed

CAPACITY = const(1000)
# So many records without a card begin a rewrite; twice as many force one.
_WORN_SLOTS = const(128)
_COPY_AT_ONCE = const(16)


class CardStore:
    """Up to `capacity` cards; `count` says how many, `damaged` how many records could not be read."""

    def __init__(self, path: str, may_write, capacity: int = CAPACITY) -> None:
        self._path = path
        self._may_write = may_write
        self.capacity = capacity
        self._table = ct.CardTable()
        self._rewrite: "Rewrite | None" = None
        self._importing = False
        self._copied = 0
        self._sound = False
        self.damaged = 0
        self._load()

    @property
    def count(self) -> int:
        """The number of cards."""
        return self._table.count

    def contains(self, text: str) -> bool:
        """Return True when the card with this UID in hex is stored; OSError when the file cannot be read."""
        uid = ct.uid_bytes(text)
        if uid is None or not self._table.count:
            return False
        with open(self._path, "rb") as file:
            return self._table.find(file, uid) > 0

    def add(self, text: str) -> int:
        """Store a card; return STORED (it is in the file), DUPLICATE, FULL, INVALID, BUSY or FAILED."""
        uid = ct.uid_bytes(text)
        if uid is None:
            return INVALID
        return self._change(uid, ct.ADD)

    def remove(self, text: str) -> int:
        """Remove a card; return DELETED, UNKNOWN, INVALID, BUSY or FAILED."""
        uid = ct.uid_bytes(text)
        if uid is None:
            return INVALID
        return self._change(uid, ct.REMOVE)

    def clear(self) -> int:
        """Remove all cards; return DELETED, BUSY or FAILED."""
        if self._importing or not self._may_write():
            return BUSY
        try:
            self._abort_rewrite()
            Rewrite(self._path).commit(self)
        except OSError:
            self._load()
            return FAILED
        return DELETED

    def uids(self):
        """Yield every UID as upper-case hex, in the order of storing; the list may change meanwhile."""
        table = self._table
        slot = 1
        while slot < table.slots and table is self._table:
            found = []
            with open(self._path, "rb") as file:
                while slot < table.slots and len(found) < _COPY_AT_ONCE:
                    uid = table.read(file, slot)
                    slot += 1
                    if uid is not None:
                        found.append(uid)
            for uid in found:
                yield ct.uid_text(uid)

    def step(self) -> None:
        """Go on with a rewrite if one is due, a few records at a time."""
        if self._importing or not self._may_write():
            return
        try:
            if self._rewrite is None:
                if self._dead_slots() >= _WORN_SLOTS:
                    self._begin_copy()
            elif self._copy(_COPY_AT_ONCE):
                self._rewrite.commit(self)
        except OSError:
            self._abort_rewrite()

    # For an import, which replaces the whole list.

    def begin_import(self) -> "Rewrite":
        """Return an empty list to fill and commit; OSError(EBUSY) while it must not be written."""
        if self._importing or not self._may_write():
            raise OSError(16)
        self._abort_rewrite()
        rewrite = Rewrite(self._path)
        self._importing = True
        return rewrite

    def end_import(self) -> None:
        """Let single cards be changed again."""
        self._importing = False

    def may_write(self) -> bool:
        """Return True when flash may be written now."""
        return self._may_write()

    def take(self, table: ct.CardTable) -> None:
        """Use the table of a file that has just replaced the old one."""
        self._table = table
        self._rewrite = None
        self._sound = True

    def _change(self, uid: bytes, operation: int) -> int:
        try:
            slot = 0
            if self._table.count:
                with open(self._path, "rb") as file:
                    slot = self._table.find(file, uid)
            if operation == ct.ADD:
                if slot:
                    return DUPLICATE
                if self._table.count >= self.capacity:
                    return FULL
            elif not slot:
                return UNKNOWN
            if self._importing or not self._may_write():
                return BUSY
            self._abort_rewrite()
            if not self._sound or self._dead_slots() >= 2 * _WORN_SLOTS:
                self._begin_copy()
                self._copy(self._table.slots)
                self._rewrite.commit(self)  # pyright: ignore[reportOptionalMemberAccess]
                with open(self._path, "rb") as file:
                    slot = self._table.find(file, uid)
            with open(self._path, "ab") as file:
                file.write(ct.packed(operation, uid))
        except OSError:
            # What is in the file now is known only by reading it.
            self._abort_rewrite()
            self._load()
            return FAILED
        if operation == ct.ADD:
            self._table.note(uid)
            return STORED
        self._table.drop(slot)
        self._table.note(b"")
        return DELETED

    def _dead_slots(self) -> int:
        return self._table.slots - 1 - self._table.count

    def _begin_copy(self) -> None:
        self._rewrite = Rewrite(self._path)
        self._copied = 1

    def _copy(self, count: int) -> bool:
        """Copy so many records into the new file; True when all are there."""
        table = self._table
        end = min(table.slots, self._copied + count)
        if table.count:
            with open(self._path, "rb") as file:
                while self._copied < end:
                    uid = table.read(file, self._copied)
                    self._copied += 1
                    if uid is not None and self._rewrite is not None:
                        self._rewrite.put(uid)
        return end == table.slots

    def _abort_rewrite(self) -> None:
        rewrite = self._rewrite
        self._rewrite = None
        if rewrite is not None:
            rewrite.abort()

    def _load(self) -> None:
        """Read the file; one whose header is damaged is kept aside, and the list is empty."""
        self._table = ct.CardTable()
        self._sound = False
        try:
            with open(self._path, "rb") as file:
                good = file.read(ct.RECORD_BYTES) == ct.header()
                if good:
                    self._table.load(file)
                    # A record that was cut would put all later ones in the wrong place.
                    self._sound = file.seek(0, 2) == self._table.slots * ct.RECORD_BYTES
        except OSError:
            return
        self.damaged = self._table.damaged
        if not good:
            self.damaged = 1
            os.rename(self._path, self._path + ".damaged")


class Rewrite:
    """A list of cards under construction beside the one in use."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.table = ct.CardTable()
        self._file = open(path + ".new", "w+b")
        self._file.write(ct.header())

    def contains(self, uid: bytes) -> bool:
        """Return True when the card is in the new list."""
        return self.table.find(self._file, uid) > 0

    def put(self, uid: bytes) -> None:
        """Add a card that is not there yet."""
        self._file.seek(self.table.slots * ct.RECORD_BYTES)
        self._file.write(ct.packed(ct.ADD, uid))
        self.table.note(uid)

    def commit(self, store: CardStore) -> None:
        """Make it the list of `store`."""
        self._file.close()
        os.rename(self._path + ".new", self._path)
        store.take(self.table)

    def abort(self) -> None:
        """Drop it."""
        try:
            self._file.close()
            os.remove(self._path + ".new")
        except OSError:
            # The next rewrite begins the file anew.
            pass
