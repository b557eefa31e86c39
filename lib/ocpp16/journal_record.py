"""The records of the journal: how they look in flash.

A record: kind, connector, transaction (a number of our own), number of the message, time, meter reading, boot,
how many records of further text follow, size of the text in this one, text. Time is in unix seconds, or in seconds
since start with the number of the boot while the time of day is unknown; a CLOCK record tells later when that was.
"""

import struct

from micropython import const

START = const(1)
VALUES = const(2)
STOP = const(3)
# For the transactionData of StopTransaction; nothing that is sent alone.
DATA = const(4)
# How far a transaction has got; behind its STOP, the register once no current flowed any more.
CHECKPOINT = const(5)
MORE = const(6)
DONE = const(7)
FAILED = const(8)
CLOCK = const(9)

# What the record of a confirmed message tells in place of the boot.
OF_START = const(1)
OF_STOP = const(2)
INVALID_ID = const(4)

PAYLOAD_BYTES = const(60)
TEXT_MAX = const(400)
UNKNOWN_METER = const(0xFFFFFFFF)
HEAD = "<BBHIIIHBB"
HEAD_BYTES = const(20)
MORE_HEAD = "<BBBBI"
MORE_BYTES = const(8)


class Record:
    """A message: `text` is what belongs to its kind, `meter_wh` -1 when unknown."""

    def __init__(self, place: int, payload) -> None:
        head = struct.unpack_from(HEAD, payload, 0)
        self.place = place
        self.kind = head[0]
        self.connector = head[1]
        self.transaction = head[2]
        self.number = head[3]
        self.time = head[4]
        self.meter_wh = head[5] if head[5] != UNKNOWN_METER else -1
        self.boot = head[6]
        self.parts = head[7]
        self.text = bytes(payload[HEAD_BYTES : HEAD_BYTES + head[8]])


def pack(kind: int, connector: int, transaction: int, number: int, time: int, meter: int, boot: int, text):
    """Yield the payloads of a record, its text in as many as it takes."""
    at = min(len(text), PAYLOAD_BYTES - HEAD_BYTES)
    payload = bytearray(PAYLOAD_BYTES)
    parts = more(text)
    struct.pack_into(HEAD, payload, 0, kind, connector, transaction, number, time, meter, boot, parts, at)
    payload[HEAD_BYTES : HEAD_BYTES + at] = text[:at]
    yield payload
    for part in range(1, parts + 1):
        piece = text[at : at + PAYLOAD_BYTES - MORE_BYTES]
        at += len(piece)
        payload = bytearray(PAYLOAD_BYTES)
        struct.pack_into(MORE_HEAD, payload, 0, MORE, part, len(piece), 0, number)
        payload[MORE_BYTES : MORE_BYTES + len(piece)] = piece
        yield payload


def more(text) -> int:
    """Return how many further records a text takes."""
    step = PAYLOAD_BYTES - MORE_BYTES
    return (max(0, len(text) - PAYLOAD_BYTES + HEAD_BYTES) + step - 1) // step
