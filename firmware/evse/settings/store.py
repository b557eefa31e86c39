"""A small record that survives a power cut at any write: two generations, checksum, schema version.

A save goes to the older generation, written beside it and renamed over it, so that the newer one is never
touched. Header: magic, schema version, sequence number, length and CRC-32 of the JSON that follows.
"""

import binascii
import json
import os
import struct

from micropython import const

_MAGIC = b"mEV1"
_HEADER = "<4sHHII"
_HEADER_SIZE = const(16)
_SEQUENCE_MASK = const(0xFFFF)
_HALF_SEQUENCE = const(0x8000)

EMPTY = const(0)  # nothing was ever saved
LOADED = const(1)
DAMAGED = const(2)  # no generation could be read; they were kept aside


class Store:
    """Save and load one JSON object under `path` plus `.0` or `.1`."""

    def __init__(self, path: str, schema: int) -> None:
        self._path = path
        self._schema = schema
        self._sequence = 0
        self._slot = 0

    def load(self) -> tuple:
        """Return (status, object); the object is None unless the status is LOADED."""
        best = None
        damaged = []
        for slot in range(2):
            try:
                with open(self._name(slot), "rb") as file:
                    data = file.read()
            except OSError:
                continue
            record = self._decode(data)
            if record is None:
                damaged.append(slot)
            elif best is None or (record[0] - best[0]) & _SEQUENCE_MASK < _HALF_SEQUENCE:
                best = (record[0], record[1], slot)
        if best is not None:
            self._sequence = best[0]
            self._slot = best[2]
            return LOADED, best[1]
        for slot in damaged:
            os.rename(self._name(slot), self._path + ".damaged" + str(slot))
        return (DAMAGED if damaged else EMPTY), None

    def save(self, value: dict) -> None:
        """Write `value`; OSError leaves the earlier generation as it was."""
        body = json.dumps(value).encode()
        sequence = (self._sequence + 1) & _SEQUENCE_MASK
        slot = 1 - self._slot
        header = struct.pack(_HEADER, _MAGIC, self._schema, sequence, len(body), binascii.crc32(body))
        new = self._path + ".new"
        with open(new, "wb") as file:
            file.write(header)
            file.write(body)
        os.rename(new, self._name(slot))
        self._sequence = sequence
        self._slot = slot

    def _name(self, slot: int) -> str:
        return self._path + "." + str(slot)

    def _decode(self, data: bytes):
        if len(data) < _HEADER_SIZE:
            return None
        magic, schema, sequence, length, crc = struct.unpack(_HEADER, data[:_HEADER_SIZE])
        body = data[_HEADER_SIZE:]
        if magic != _MAGIC or schema > self._schema or length != len(body) or crc != binascii.crc32(body):
            return None
        try:
            value = json.loads(body)
        except ValueError:
            return None
        return (sequence, value) if isinstance(value, dict) else None
