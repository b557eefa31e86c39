"""One charging session as 60 bytes, what it costs, and why it ended.

Records of earlier firmware end in zeros where prices are now: such a session has no currency, and so no price.
"""

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
# kind, reason, length of the card, flags; number, start_s, end_s, start_wh, end_wh, energy_wh,
# highest_ma, duration_s; card; prices per kWh and per hour, currency, account
_LAYOUT = "<BBBBIIIIIIII10s3s3s3sI"
_CARD_IS_TEXT = const(1)
_LIMITED = const(2)
_PRICE_BYTES = const(3)
_CARD_BYTES = const(10)


class Record:
    """A session: times in unix seconds (0 unknown), meter readings in Wh (-1 unknown), card in hex ("" none).

    What a back end started has its identifier in place of a card, ten characters of it if it is no hex. Prices
    are per kWh and per hour, in 1/1000 of the currency, which is "" where there is no price. `account` is the
    digest of the name of the account that has the card, 0 for none. `limited` tells of a checkpoint that a remote
    limit counted then.
    """

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
        self.price_kwh = 0
        self.price_hour = 0
        self.currency = ""
        self.account = 0
        self.limited = False

    def cost(self) -> int:
        """Return what the energy and the time cost, in 1/1000 of the currency; either is rounded by itself."""
        energy = (self.energy_wh * self.price_kwh + 500) // 1000
        return energy + (self.duration_s * self.price_hour + 1800) // 3600

    def pack(self) -> bytearray:
        """Return the payload of a journal record."""
        payload = bytearray(PAYLOAD_BYTES)
        flags = _LIMITED if self.limited and self.kind == CHECKPOINT else 0
        try:
            card = binascii.unhexlify(self.card)
        except ValueError:
            # What a back end started need not be a card.
            card = self.card.encode()[:_CARD_BYTES]
            flags |= _CARD_IS_TEXT
        struct.pack_into(
            _LAYOUT,
            payload,
            0,
            self.kind,
            self.reason,
            len(card),
            flags,
            self.number,
            self.start_s,
            self.end_s,
            self.start_wh if self.start_wh >= 0 else _UNKNOWN,
            self.end_wh if self.end_wh >= 0 else _UNKNOWN,
            self.energy_wh,
            self.highest_ma,
            self.duration_s,
            card,
            self.price_kwh.to_bytes(_PRICE_BYTES, "little"),
            self.price_hour.to_bytes(_PRICE_BYTES, "little"),
            self.currency.encode(),
            self.account,
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
    card = fields[12][: fields[2]]
    if fields[3] & _CARD_IS_TEXT:
        record.card = "".join([chr(code) for code in card if 0x20 <= code < 0x7F])
    else:
        record.card = binascii.hexlify(card).decode().upper()
    record.price_kwh = int.from_bytes(fields[13], "little")
    record.price_hour = int.from_bytes(fields[14], "little")
    record.currency = fields[15].rstrip(b"\0").decode()
    record.account = fields[16]
    record.limited = fields[3] & _LIMITED != 0
    return record


def digest_of(name: str) -> int:
    """Return what a record keeps of the name of an account, 0 for none."""
    return (binascii.crc32(name.encode()) or 1) if name else 0


def describe(record: Record) -> str:
    """Return a session as a line of the log."""
    text = "%d %s, %d Wh, %d s, at most %d mA, card %s" % (
        record.number,
        REASONS[record.reason][0],
        record.energy_wh,
        record.duration_s,
        record.highest_ma,
        record.card or "none",
    )
    if record.currency:
        text += ", %d.%03d %s" % (record.cost() // 1000, record.cost() % 1000, record.currency)
    return text
