"""Anticollision and selection of one card, as ISO/IEC 14443-3 type A (section 6.5) has it, without a reader.

A UID of 4, 7 or 10 bytes comes in one, two or three cascade levels of four bytes and their exclusive or (BCC); a level
that is not the last begins with the cascade tag 88. A card answers SELECT only if all bytes are its own.
"""

from micropython import const

# What `Selection.take` returns.
GO_ON = const(0)
DONE = const(1)
FAILED = const(2)

WUPA = b"\x52"
# With its CRC_A.
HLTA = b"\x50\x00\x57\xcd"
# So many collisions on the way to one card are told apart: up to four ways.
MAX_COLLISIONS = const(2)

_SELECT_CODES = b"\x93\x95\x97"
_CASCADE_TAG = const(0x88)
_SAK_INCOMPLETE = const(0x04)
_SELECT_NVB = const(0x70)
_LEVEL_BITS = const(32)
# BCC included.
_LEVEL_BYTES = const(5)
_SAK_BYTES = const(3)
_POSITION_INVALID = const(0x20)


def crc_a(data: bytearray, begin: int, end: int) -> int:
    """Return CRC_A (ISO/IEC 14443-3 annex B) of data[begin:end]; it is sent low byte first."""
    crc = 0x6363
    for index in range(begin, end):
        byte = (data[index] ^ crc) & 0xFF
        byte = (byte ^ (byte << 4)) & 0xFF
        crc = (crc >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)
    return crc


class Selection:
    """Select one card: send request[:count] with `framing`, put the answer into `answer`, call `take`, repeat.

    `framing` is the register BitFramingReg of the MFRC522: place of the first bit received in bits 6 to 4, number of
    bits of the last byte sent in bits 2 to 0 (0 for all). At the end the card is uid[:length], and `collisions` tells
    how many lay on the way to it.
    """

    def __init__(self) -> None:
        self.request = bytearray(9)
        self.answer = bytearray(_LEVEL_BYTES)
        self.uid = bytearray(10)
        self.count = 0
        self.framing = 0
        self.length = 0
        self.collisions = 0
        self._way = 0
        self._level = 0
        self._known_bits = 0

    def begin(self, way: int) -> None:
        """Start; at the n-th collision go on with the cards whose bit is bit n of `way`."""
        self._way = way
        self._level = 0
        self.length = 0
        self.collisions = 0
        self._begin_level()

    def take(self, count: int, collision: int) -> int:
        """Judge answer[:count]; `collision` is CollReg of the MFRC522, -1 for none."""
        if self.request[1] == _SELECT_NVB:
            return self._take_sak(count) if collision < 0 else FAILED
        return self._take_bits(count, collision)

    def _begin_level(self) -> None:
        request = self.request
        request[0] = _SELECT_CODES[self._level]
        for index in range(1, len(request)):
            request[index] = 0
        self._known_bits = 0
        self._ask()

    def _ask(self) -> None:
        """Ask for the bits that are not known yet."""
        whole = self._known_bits >> 3
        rest = self._known_bits & 7
        self.request[1] = (2 + whole) << 4 | rest
        self.count = 2 + whole + (1 if rest else 0)
        self.framing = rest << 4 | rest

    def _take_bits(self, count: int, collision: int) -> int:
        request = self.request
        whole = self._known_bits >> 3
        if count != _LEVEL_BYTES - whole:
            return FAILED
        # The first byte has the known bits of its own as zeros.
        mask = 0xFF << (self._known_bits & 7) & 0xFF
        for index in range(count):
            kept = request[2 + whole + index] & ~mask
            request[2 + whole + index] = kept | (self.answer[index] & mask)
            mask = 0xFF
        if collision < 0:
            return self._select()
        if collision & _POSITION_INVALID:
            return FAILED
        # 1 is the first bit of the first byte received, 0 the 32nd.
        known = whole * 8 + ((collision & 0x1F) or _LEVEL_BITS)
        if not self._known_bits < known <= _LEVEL_BITS:
            return FAILED
        self._keep(known - 1)
        if (self._way >> self.collisions) & 1:
            request[2 + ((known - 1) >> 3)] |= 1 << ((known - 1) & 7)
        self.collisions += 1
        self._known_bits = known
        self._ask()
        return GO_ON

    def _keep(self, bits: int) -> None:
        """Clear all but the first `bits` of this level."""
        request = self.request
        for index in range(_LEVEL_BYTES):
            left = min(max(bits - 8 * index, 0), 8)
            request[2 + index] &= (1 << left) - 1

    def _select(self) -> int:
        """Send back what has come, if its exclusive or is right."""
        request = self.request
        if request[2] ^ request[3] ^ request[4] ^ request[5] ^ request[6]:
            return FAILED
        request[1] = _SELECT_NVB
        crc = crc_a(request, 0, 7)
        request[7] = crc & 0xFF
        request[8] = crc >> 8
        self.count = 9
        self.framing = 0
        return GO_ON

    def _take_sak(self, count: int) -> int:
        answer = self.answer
        # The CRC over data and CRC is 0.
        if count != _SAK_BYTES or crc_a(answer, 0, _SAK_BYTES):
            return FAILED
        is_last = not answer[0] & _SAK_INCOMPLETE
        if is_last == (self.request[2] == _CASCADE_TAG):
            return FAILED
        for index in range(2 if is_last else 3, 6):
            self.uid[self.length] = self.request[index]
            self.length += 1
        if is_last:
            return DONE
        self._level += 1
        if self._level == len(_SELECT_CODES):
            return FAILED
        self._begin_level()
        return GO_ON
