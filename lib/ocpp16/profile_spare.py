"""Keeps changes of charging profiles in space that was erased before, while flash must not be erased.

`raw` is a journal of small records that others may use too: `payload_bytes`, `free`, `append(payload) -> bool` and
`records()`. A change is cut into as many of them as it takes: tag, number of the part, number of parts, size; number
of the change; data.
"""

import struct

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator

_TAG = const(0xC9)
_HEAD = "<BBBBI"
_HEAD_BYTES = const(8)
_YIELD_EVERY = const(16)


class ProfileSpare:
    """Leaves `reserve` records to others."""

    def __init__(self, raw, reserve: int) -> None:
        self._raw = raw
        self._reserve = reserve
        self._room = raw.payload_bytes - _HEAD_BYTES

    def append(self, number: int, pieces: list) -> bool:
        """Keep one change; False when there is no room for all of it."""
        total = 0
        for piece in pieces:
            total += len(piece)
        parts = (total + self._room - 1) // self._room
        if parts > 255 or self._raw.free - self._reserve < parts:
            return False
        data = bytearray(_HEAD_BYTES + self._room)
        part = used = 0
        for piece in pieces:
            at = 0
            while at < len(piece):
                some = min(len(piece) - at, self._room - used)
                data[_HEAD_BYTES + used : _HEAD_BYTES + used + some] = piece[at : at + some]
                used += some
                at += some
                total -= some
                if used == self._room or not total:
                    struct.pack_into(_HEAD, data, 0, _TAG, part, parts, used, number)
                    if not self._raw.append(data):
                        return False
                    part += 1
                    used = 0
        return True

    def records(self) -> "Generator[tuple | None, None, None]":
        """Yield (number, data) of every change that is complete, oldest first, and None in between."""
        found = bytearray()
        number = expected = count = 0
        for payload in self._raw.records():
            count += 1
            if count % _YIELD_EVERY == 0:
                yield None
            tag, part, parts, used, of = struct.unpack_from(_HEAD, payload, 0)
            if tag != _TAG:
                continue
            if part == 0:
                found = bytearray()
                expected = 0
                number = of
            if part != expected or of != number or used > self._room:
                expected = -1
                continue
            found += payload[_HEAD_BYTES : _HEAD_BYTES + used]
            expected += 1
            if expected == parts:
                yield number, bytes(found)
                expected = -1
