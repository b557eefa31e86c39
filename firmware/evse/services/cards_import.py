"""A list of cards from outside, one UID per line in hex, that replaces the stored one as a whole or not at all."""

from micropython import const

from evse.core.errors import FieldError
from evse.services.cards import CardStore
from evse.services.cards_table import uid_bytes

_LONGEST_LINE = const(64)


class CardImport:
    """Take the text in pieces of any size (up to 1 kB keeps the loop free); then `finish`, or `abort`.

    `duplicates` counts cards that were there more than once. OSError tells that the list could not be written, or
    that a contactor has closed; nothing has changed then.
    """

    def __init__(self, store: CardStore) -> None:
        self._store = store
        self._rewrite = store.begin_import()
        self._rest = b""
        self._line = 0
        self.duplicates = 0

    def feed(self, data: bytes) -> None:
        """Take more of the text; FieldError names the line that is wrong."""
        if not self._store.may_write():
            raise OSError(16)
        lines = (self._rest + data).split(b"\n")
        self._rest = lines[-1]
        if len(self._rest) > _LONGEST_LINE:
            raise FieldError("line %d" % (self._line + 1), "is too long")
        for index in range(len(lines) - 1):
            self._take(lines[index])

    def finish(self) -> int:
        """Make it the stored list; return how many cards it has."""
        if not self._store.may_write():
            raise OSError(16)
        self._take(self._rest)
        self._rest = b""
        self._rewrite.commit(self._store)
        self._store.end_import()
        return self._store.count

    def abort(self) -> None:
        """Leave the stored list as it was; for use after any error."""
        self._rewrite.abort()
        self._store.end_import()

    def _take(self, line: bytes) -> None:
        self._line += 1
        name = "line %d" % self._line
        line = line.strip()
        if not line:
            return
        try:
            uid = uid_bytes(line.decode())
        except UnicodeError:
            uid = None
        if uid is None:
            raise FieldError(name, "must be a card number of 8, 12, 14 or 20 hex digits")
        if self._rewrite.contains(uid):
            self.duplicates += 1
            return
        if self._rewrite.table.count >= self._store.capacity:
            raise FieldError(name, "the list holds %d cards" % self._store.capacity)
        self._rewrite.put(uid)
