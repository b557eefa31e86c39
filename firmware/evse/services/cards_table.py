"""Fixed-size records of cards in one file, found through two bytes of RAM per record.

A record of 16 bytes is an operation, the length of the UID, the UID padded to 10 bytes and a CRC-32 of what is
before it. The first record is the header. The index holds a hash per record, 0 where nothing is stored.
"""

import binascii
import struct

from micropython import const

RECORD_BYTES = const(16)
ADD = const(1)
REMOVE = const(2)

_HEADER = b"mEVc\x01\x00\x10\x00\x00\x00\x00\x00"
_CRC_AT = const(12)
_LENGTHS = (4, 6, 7, 10)
_GROW_BYTES = const(128)
_NOTHING = b"\0\0"


def uid_bytes(text: str) -> "bytes | None":
    """Return the UID of 4, 6, 7 or 10 bytes that `text` is in hex, or None.

    Readers and files pad a UID of 4 bytes with zeros; here it is always 4 bytes, so that a card is one card.
    """
    if len(text) // 2 not in _LENGTHS or len(text) % 2:
        return None
    try:
        uid = binascii.unhexlify(text)
    except ValueError:
        return None
    if len(uid) in (6, 7) and uid[4:] == bytes(len(uid) - 4):
        return uid[:4]
    return uid


def uid_text(uid: bytes) -> str:
    """Return a UID as upper-case hex."""
    return binascii.hexlify(uid).decode().upper()


def packed(operation: int, uid: bytes) -> bytes:
    """Return one record."""
    body = struct.pack("<BB10s", operation, len(uid), uid)
    return body + struct.pack("<I", binascii.crc32(body))


def header() -> bytes:
    """Return the first record of a file."""
    return _HEADER + struct.pack("<I", binascii.crc32(_HEADER))


def _hash(uid: bytes) -> bytes:
    return struct.pack("<H", binascii.crc32(uid) % 65535 + 1)


class CardTable:
    """What is in one file of cards; the file itself is opened by the caller."""

    def __init__(self) -> None:
        self.slots = 1
        self.count = 0
        self.damaged = 0
        self._index = bytearray(_GROW_BYTES)
        self._record = bytearray(RECORD_BYTES)

    def load(self, file) -> None:
        """Read all records behind the header of an open file; a damaged record stays without effect."""
        record = self._record
        file.seek(RECORD_BYTES)
        while file.readinto(record) == RECORD_BYTES:
            uid = self._uid()
            if uid is None:
                self.damaged += 1
                self.note(b"")
            elif record[0] == ADD:
                self.note(uid)
            else:
                slot = self.find(file, uid)
                self.drop(slot)
                self.note(b"")
                file.seek(self.slots * RECORD_BYTES)

    def note(self, uid: bytes) -> None:
        """Take notice of one more record in the file; an empty UID is a record that stores no card."""
        at = self.slots * 2
        if at + 2 > len(self._index):
            self._index += bytes(_GROW_BYTES)
        if uid:
            self._index[at : at + 2] = _hash(uid)
            self.count += 1
        self.slots += 1

    def drop(self, slot: int) -> None:
        """Forget the card in `slot`; 0 is none."""
        if slot:
            self._index[slot * 2 : slot * 2 + 2] = _NOTHING
            self.count -= 1

    def find(self, file, uid: bytes) -> int:
        """Return the slot of a card in the open file, or 0."""
        index = self._index
        wanted = _hash(uid)
        at = index.find(wanted, 2)
        while at >= 0:
            # A hit that straddles two entries is none.
            if at % 2 == 0 and self.read(file, at // 2) == uid:
                return at // 2
            at = index.find(wanted, at + 1)
        return 0

    def read(self, file, slot: int) -> "bytes | None":
        """Return the UID stored in `slot`; None when there is none, or it is damaged."""
        at = slot * 2
        if self._index[at : at + 2] == _NOTHING:
            return None
        file.seek(slot * RECORD_BYTES)
        if file.readinto(self._record) != RECORD_BYTES or self._record[0] != ADD:
            return None
        return self._uid()

    def _uid(self) -> "bytes | None":
        """Return the UID of the record that was read, None when the record is damaged."""
        record = self._record
        length = record[1]
        crc = struct.unpack_from("<I", record, _CRC_AT)[0]
        if length not in _LENGTHS or record[0] not in (ADD, REMOVE):
            return None
        return bytes(record[2 : 2 + length]) if crc == binascii.crc32(bytes(record[:_CRC_AT])) else None
