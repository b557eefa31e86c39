"""Keeps what comes while flash must not be erased, in space that was erased before.

`raw` is a journal of small records that others may use too: `payload_bytes`, `free`, `append(payload) -> bool` and
`records()`. A change is cut into as many of them as it takes: tag (whose it is), number of the part, number of parts,
size; number of the change; data.
"""

import struct

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator

_HEAD = "<BBBBI"
_HEAD_BYTES = const(8)
_YIELD_EVERY = const(16)


class Spare:
    """The changes with a `tag`; leaves `reserve` records to others."""

    def __init__(self, raw, tag: int, reserve: int) -> None:
        self._raw = raw
        self._tag = tag
        self._reserve = reserve
        self._room = raw.payload_bytes - _HEAD_BYTES

    @property
    def room(self) -> int:
        """How many bytes can be kept."""
        return (self._raw.free - self._reserve) * self._room

    def append(self, number: int, pieces: list) -> bool:
        """Keep one change; False when there is no room for all of it. OSError from a flash that fails."""
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
                    struct.pack_into(_HEAD, data, 0, self._tag, part, parts, used, number)
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
            if tag != self._tag:
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
