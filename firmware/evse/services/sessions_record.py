"""One charging session as 60 bytes, and why it ended."""

import binascii
import struct

from micropython import const

PAYLOAD_BYTES = const(60)

# Kinds of records; a raw journal may hold records of others as well.
CHECKPOINT = const(0x5C)
END = const(0x5D)

OPEN = const(0)
UNPLUGGED = const(1)
CARD = const(2)
USER = const(3)
REMOTE = const(4)
TIME = const(5)
FAULT = const(6)
LIMITS = const(7)
POWER_LOSS = const(8)
CAR = const(9)

# reason, and the word OCPP 1.6 has for it
REASONS = (
    ("open", ""),
    ("unplugged", "EVDisconnected"),
    ("card", "Local"),
    ("user", "Local"),
    ("remote", "Remote"),
    ("time", "Local"),
    ("fault", "Other"),
    ("limits", "Other"),
    ("power loss", "PowerLoss"),
    ("car", "EVDisconnected"),
)

_UNKNOWN = 0xFFFFFFFF
# kind, reason, length of the card, nothing; number, start_s, end_s, start_wh, end_wh, energy_wh, highest_ma,
# duration_s; card
_LAYOUT = "<BBBBIIIIIIII10s"


class Record:
    """A session: times in unix seconds (0 unknown), meter readings in Wh (-1 unknown), card in hex ("" none)."""

    def __init__(self) -> None:
        self.kind = END
        self.reason = OPEN
        self.number = 0
        self.card = ""
        self.start_s = 0
        self.end_s = 0
        self.start_wh = -1
        self.end_wh = -1
        self.energy_wh = 0
        self.highest_ma = 0
        self.duration_s = 0

    def pack(self) -> bytearray:
        """Return the payload of a journal record."""
        payload = bytearray(PAYLOAD_BYTES)
        card = binascii.unhexlify(self.card)
        struct.pack_into(
            _LAYOUT,
            payload,
            0,
            self.kind,
            self.reason,
            len(card),
            0,
            self.number,
            self.start_s,
            self.end_s,
            self.start_wh if self.start_wh >= 0 else _UNKNOWN,
            self.end_wh if self.end_wh >= 0 else _UNKNOWN,
            self.energy_wh,
            self.highest_ma,
            self.duration_s,
            card,
        )
        return payload


def unpack(payload) -> "Record | None":
    """Return the session in a payload, None for a record of something else."""
    if payload[0] not in (CHECKPOINT, END) or payload[1] >= len(REASONS) or payload[2] > 10:
        return None
    record = Record()
    fields = struct.unpack_from(_LAYOUT, payload, 0)
    record.kind = fields[0]
    record.reason = fields[1]
    record.number = fields[4]
    record.start_s = fields[5]
    record.end_s = fields[6]
    record.start_wh = fields[7] if fields[7] != _UNKNOWN else -1
    record.end_wh = fields[8] if fields[8] != _UNKNOWN else -1
    record.energy_wh = fields[9]
    record.highest_ma = fields[10]
    record.duration_s = fields[11]
    record.card = binascii.hexlify(fields[12][: fields[2]]).decode().upper()
    return record


def describe(record: Record) -> str:
    """Return a session as a line of the log."""
    return "%d %s, %d Wh, %d s, at most %d mA, card %s" % (
        record.number,
        REASONS[record.reason][0],
        record.energy_wh,
        record.duration_s,
        record.highest_ma,
        record.card or "none",
    )
