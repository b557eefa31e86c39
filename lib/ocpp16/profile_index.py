"""The index of charging profiles in RAM: 34 bytes each, and their order.

An entry is the head of `profile_layout` and where the profile is in the file (0: in RAM). `order` has the slots by
purpose, falling stack level and falling connector.
"""

import struct

from micropython import const

from . import profile_layout as pl

NONE = const(-1)

_ENTRY = const(34)
_LOWEST_AT = const(28)
_PLACE_AT = const(30)
_BLOCK_SHIFT = const(4)
_BLOCK = const(16)
_OVERHEAD = const(8)


class ProfileIndex:
    """`count` entries in slots below `capacity`; `live_bytes` is what their profiles take in a file."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.count = 0
        self.live_bytes = 0
        self.order = bytearray(capacity)
        # Sixteen entries each: small blocks are found in a heap that has run for weeks.
        self._blocks: list = []

    def head(self, slot: int) -> tuple:
        """Return the head of a profile, as `profile_layout` has it."""
        return struct.unpack_from(pl.HEAD, self._blocks[slot >> _BLOCK_SHIFT], slot % _BLOCK * _ENTRY)

    def byte(self, slot: int, at: int) -> int:
        """Return one of the first four bytes of a head: flags, stack level, connector, number of periods."""
        return self._blocks[slot >> _BLOCK_SHIFT][slot % _BLOCK * _ENTRY + at]

    def lowest_a(self, slot: int) -> int:
        """Return the lowest limit of a profile."""
        at = slot % _BLOCK * _ENTRY + _LOWEST_AT
        block = self._blocks[slot >> _BLOCK_SHIFT]
        return block[at] | block[at + 1] << 8

    def first(self, purpose: int) -> int:
        """Return where the profiles of a purpose begin in `order`."""
        return self._lower_bound(purpose << 16)

    def find(self, purpose: int, level: int, connector: int) -> int:
        """Return the slot of a profile, or NONE."""
        key = purpose << 16 | (255 - level) << 8 | (255 - connector)
        at = self._lower_bound(key)
        return self.order[at] if at < self.count and self._key(self.order[at]) == key else NONE

    def find_id(self, profile_id: int) -> int:
        """Return the slot of a profile, or NONE."""
        needle = struct.pack("<i", profile_id)
        for number in range(len(self._blocks)):
            block = self._blocks[number]
            at = block.find(needle)
            while at >= 0:
                if at % _ENTRY == 4 and block[at - 4]:
                    return number * _BLOCK + at // _ENTRY
                at = block.find(needle, at + 1)
        return NONE

    def is_used(self, slot: int) -> bool:
        """Tell whether there is a profile in a slot."""
        return slot >> _BLOCK_SHIFT < len(self._blocks) and self.byte(slot, 0) != 0

    def free_slot(self) -> int:
        """Return a slot without a profile, or NONE."""
        for slot in range(self.capacity):
            if not self.is_used(slot):
                return slot
        return NONE

    def place(self, slot: int) -> int:
        """Return where a profile is in the file."""
        return struct.unpack_from(
            "<I", self._blocks[slot >> _BLOCK_SHIFT], slot % _BLOCK * _ENTRY + _PLACE_AT
        )[0]

    def set_place(self, slot: int, place: int) -> None:
        """Note where a profile is in the file."""
        struct.pack_into("<I", self._blocks[slot >> _BLOCK_SHIFT], slot % _BLOCK * _ENTRY + _PLACE_AT, place)

    def packed(self, slot: int) -> bytes:
        """Return the head of a profile as bytes."""
        at = slot % _BLOCK * _ENTRY
        return bytes(self._blocks[slot >> _BLOCK_SHIFT][at : at + pl.HEAD_BYTES])

    def insert(self, slot: int, head, place: int) -> None:
        """Put a head into a free slot."""
        while slot >> _BLOCK_SHIFT >= len(self._blocks):
            self._blocks.append(bytearray(_BLOCK * _ENTRY))
        at = slot % _BLOCK * _ENTRY
        self._blocks[slot >> _BLOCK_SHIFT][at : at + pl.HEAD_BYTES] = head
        self.set_place(slot, place)
        at = self._lower_bound(self._key(slot))
        for behind in range(self.count, at, -1):
            self.order[behind] = self.order[behind - 1]
        self.order[at] = slot
        self.count += 1
        self.live_bytes += pl.size_of(head[3]) + _OVERHEAD

    def remove(self, slot: int) -> None:
        """Empty a slot that is used."""
        at = self._lower_bound(self._key(slot))
        for before in range(at, self.count - 1):
            self.order[before] = self.order[before + 1]
        self.count -= 1
        self.live_bytes -= pl.size_of(self.byte(slot, 3)) + _OVERHEAD
        self._blocks[slot >> _BLOCK_SHIFT][slot % _BLOCK * _ENTRY] = 0

    def _key(self, slot: int) -> int:
        block = self._blocks[slot >> _BLOCK_SHIFT]
        at = slot % _BLOCK * _ENTRY
        return (block[at] & pl.PURPOSE) << 16 | (255 - block[at + 1]) << 8 | (255 - block[at + 2])

    def _lower_bound(self, key: int) -> int:
        low = 0
        high = self.count
        while low < high:
            middle = (low + high) // 2
            if self._key(self.order[middle]) < key:
                low = middle + 1
            else:
                high = middle
        return low
