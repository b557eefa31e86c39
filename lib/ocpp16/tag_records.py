"""An identifier with its authorisation as a record of 49 bytes.

A record is what it is and the status, the idTag and its parent (upper case, padded with zeros: both are
CiString20Type), the expiry in unix seconds (0 none), and a CRC-32. A confirmation holds the version of the whole, its
own slot, and the slot before which nothing counts any more.
"""

import binascii
import struct

from micropython import const

RECORD_BYTES = const(49)
STATUSES = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")
ACCEPTED = const(0)
BLOCKED = const(1)
EXPIRED = const(2)
INVALID = const(3)
CONCURRENT = const(4)

ADD = const(0x10)
REMOVE = const(0x20)
CONFIRM = const(0x30)
HEADER = const(0x40)
BROKEN = const(0)

_TAG_CHARACTERS = const(20)
_BODY = "<B20s20sI"
_CRC_AT = const(45)
_MAGIC = b"mEVt\x01"
_LATEST = 0xFFFFFFFF


class Tag:
    """What is known of an identifier: its status (a place in STATUSES), its parent ("" none), its expiry (0 none)."""

    def __init__(self, key: bytes, status: int, parent: str = "", expiry_s: int = 0) -> None:
        self.key = key
        self.status = status
        self.parent = parent
        self.expiry_s = min(expiry_s, _LATEST)

    def is_as(self, other: "Tag") -> bool:
        """Return True when both say the same."""
        return (self.key, self.status, self.parent, self.expiry_s) == (
            other.key,
            other.status,
            other.parent,
            other.expiry_s,
        )


def key_of(text) -> "bytes | None":
    """Return the bytes under which an idTag is stored, None when it is none (sections 7.15 and 7.28)."""
    if not isinstance(text, str) or not 0 < len(text) <= _TAG_CHARACTERS:
        return None
    for character in text:
        if not " " <= character <= "~":
            return None
    return text.upper().encode()


def hash_of(key: bytes, odd: bool) -> bytes:
    """Return two bytes that are never zero, odd for an identifier that is not accepted."""
    return struct.pack("<H", binascii.crc32(key) % 32767 * 2 + (3 if odd else 2))


def packed_tag(tag: Tag) -> bytes:
    """Return the record that stores an identifier."""
    return _sealed(struct.pack(_BODY, ADD | tag.status, tag.key, tag.parent.encode(), tag.expiry_s))


def packed_removal(key: bytes) -> bytes:
    """Return the record that drops an identifier."""
    return _sealed(struct.pack(_BODY, REMOVE, key, b"", 0))


def packed_confirmation(version: int, slot: int, first: int) -> bytes:
    """Return the record that confirms what is before it."""
    return _sealed(struct.pack(_BODY, CONFIRM, struct.pack("<iII", version, slot, first), b"", 0))


def header() -> bytes:
    """Return the first record of a file."""
    return _sealed(struct.pack(_BODY, HEADER, _MAGIC, b"", 0))


def kind_of(record) -> int:
    """Return what a record is: ADD, REMOVE, CONFIRM, HEADER or BROKEN."""
    crc = struct.unpack_from("<I", record, _CRC_AT)[0]
    return record[0] & 0xF0 if crc == binascii.crc32(bytes(record[:_CRC_AT])) else BROKEN


def tag_of(record) -> Tag:
    """Return the identifier that a record stores or drops."""
    kind, key, parent, expiry_s = struct.unpack_from(_BODY, record)
    return Tag(key.rstrip(b"\0"), kind & 15, parent.rstrip(b"\0").decode(), expiry_s)


def confirmation_of(record) -> tuple:
    """Return (version, own slot, first slot that counts)."""
    return struct.unpack_from("<iII", record, 1)


def _sealed(body: bytes) -> bytes:
    return body + struct.pack("<I", binascii.crc32(body))
