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

_GOOD = const(0)
_BROKEN = const(1)
_LATER = const(2)  # written by a firmware with a later schema


class Store:
    """Save and load one JSON object under `path` plus `.0` or `.1`.

    After `load`, `loaded_schema` is the schema of what was read, and `put_aside` says that a generation of a later
    firmware was kept aside.
    """

    def __init__(self, path: str, schema: int) -> None:
        self._path = path
        self._schema = schema
        self._sequence = 0
        self._slot = 0
        self.loaded_schema = schema
        self.put_aside = False

    def load(self) -> tuple:
        """Return (status, object); the object is None unless the status is LOADED."""
        best = None
        broken = []
        for slot in range(2):
            try:
                with open(self._name(slot), "rb") as file:
                    data = file.read()
            except OSError:
                continue
            found, schema, sequence, value = self._decode(data)
            if found == _LATER:
                # The next save would go over it.
                os.rename(self._name(slot), self._path + ".later" + str(slot))
                self.put_aside = True
            elif found == _BROKEN:
                broken.append(slot)
            elif best is None or (sequence - best[0]) & _SEQUENCE_MASK < _HALF_SEQUENCE:
                best = (sequence, value, slot, schema)
        if best is not None:
            self._sequence = best[0]
            self._slot = best[2]
            self.loaded_schema = best[3]
            return LOADED, best[1]
        for slot in broken:
            os.rename(self._name(slot), self._path + ".damaged" + str(slot))
        return (DAMAGED if broken or self.put_aside else EMPTY), None

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

    def _decode(self, data: bytes) -> tuple:
        """Return (what was found, schema, sequence, object)."""
        nothing = (_BROKEN, 0, 0, None)
        if len(data) < _HEADER_SIZE:
            return nothing
        magic, schema, sequence, length, crc = struct.unpack(_HEADER, data[:_HEADER_SIZE])
        body = data[_HEADER_SIZE:]
        if magic != _MAGIC or length != len(body) or crc != binascii.crc32(body):
            return nothing
        if schema > self._schema:
            return (_LATER, schema, sequence, None)
        try:
            value = json.loads(body)
        except ValueError:
            return nothing
        return (_GOOD, schema, sequence, value) if isinstance(value, dict) else nothing
