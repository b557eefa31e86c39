"""Where identifiers are in a file of records: two bytes of RAM for each slot, 0 where nothing is stored."""

from micropython import const

_GROW_BYTES = const(128)
_NOTHING = b"\0\0"


class TagIndex:
    """Hashes of what is in the slots of a file, from slot 1 on; `end` is the first slot that is not there yet."""

    def __init__(self) -> None:
        self.end = 1
        self._hashes = bytearray(_GROW_BYTES)

    def note(self, hashed: bytes = _NOTHING) -> None:
        """Take notice of one more slot, with a hash of two bytes or nothing."""
        at = self.end * 2
        if at + 2 > len(self._hashes):
            self._hashes += bytes(_GROW_BYTES)
        self._hashes[at : at + 2] = hashed
        self.end += 1

    def forget(self, slot: int) -> None:
        """Let a slot store nothing."""
        self._hashes[slot * 2 : slot * 2 + 2] = _NOTHING

    def forget_before(self, slot: int) -> None:
        """Let all slots before this one store nothing."""
        self._hashes[2 : slot * 2] = bytes(slot * 2 - 2)

    def is_used(self, slot: int) -> bool:
        """Return True when a slot stores something."""
        return self._hashes[slot * 2] + self._hashes[slot * 2 + 1] > 0

    def is_odd(self, slot: int) -> bool:
        """Return True when the hash in a slot is odd."""
        return self._hashes[slot * 2] & 1 > 0

    def next(self, hashed: bytes, slot: int, end: int) -> int:
        """Return the first slot with a hash from `slot` on and before `end`, 0 when there is none."""
        at = self._hashes.find(hashed, slot * 2, end * 2)
        while at >= 0:
            # A hit that straddles two slots is none.
            if at % 2 == 0:
                return at // 2
            at = self._hashes.find(hashed, at + 1, end * 2)
        return 0
