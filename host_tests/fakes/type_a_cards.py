"""Cards of ISO/IEC 14443 type A, bit by bit: the states of part 3 and what several of them answer together.

Bits are lists, the first one sent first; parity and frame delimiters are left out.
"""

import random

OFF, IDLE, READY, ACTIVE, HALT, PROTOCOL = range(6)
REQA, WUPA = 0x26, 0x52
CASCADE_TAG = 0x88
SELECT_CODES = (0x93, 0x95, 0x97)
ATS = b"\x06\x75\x77\x81\x02\x80"


def to_bits(data):
    return [value >> place & 1 for value in data for place in range(8)]


def to_bytes(bits):
    """Return the bytes of bits; the last one is filled up with zeros."""
    padded = bits + [0] * (-len(bits) % 8)
    return bytes(
        sum(bit << place for place, bit in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8)
    )


def crc_a(data):
    """Return the two bytes of CRC_A, computed bit by bit (polynomial x16 + x12 + x5 + 1, preset 6363)."""
    crc = 0x6363
    for bit in to_bits(data):
        mix = (crc ^ bit) & 1
        crc >>= 1
        if mix:
            crc ^= 0x8408
    return bytes((crc & 0xFF, crc >> 8))


def levels_of(uid):
    """Return what each cascade level sends: four bytes and their exclusive or."""
    parts = []
    while len(uid) > 4:
        parts.append(bytes((CASCADE_TAG,)) + uid[:3])
        uid = uid[3:]
    parts.append(uid)
    return [part + bytes((part[0] ^ part[1] ^ part[2] ^ part[3],)) for part in parts]


class Card:
    """One card; `sak` 0x20 speaks ISO/IEC 14443-4, a `is_random` one draws its UID anew whenever it is powered."""

    def __init__(self, uid, sak=0x08, is_random=False):
        self.uid = bytes.fromhex(uid)
        self.sak = sak
        self.is_random = is_random
        self.state = OFF
        self.selected = 0
        self._was_halted = False
        self._level = 0
        self._chance = random.Random(7)

    def power(self, is_on):
        """Enter or leave a field."""
        if is_on and self.state == OFF:
            self.state = IDLE
            self._was_halted = False
            if self.is_random:
                self.uid = b"\x08" + bytes(self._chance.randrange(256) for _ in range(3))
        elif not is_on:
            self.state = OFF

    @property
    def atqa(self):
        return bytes((0x04 | {4: 0x00, 7: 0x40, 10: 0x80}[len(self.uid)], 0x00))

    def receive(self, bits):
        """Return the bits of the answer, or None."""
        if self.state in (OFF, PROTOCOL):
            return None
        if len(bits) == 7:
            return self._wake(to_bytes(bits)[0])
        data = to_bytes(bits)
        if self.state == READY and len(bits) >= 16 and data[0] == SELECT_CODES[self._level]:
            return self._cascade(bits, data)
        if self.state == ACTIVE and data == b"\x50\x00" + crc_a(b"\x50\x00"):
            self.state = HALT
            return None
        if self.state == ACTIVE and data[:1] == b"\xe0" and self.sak & 0x20:
            self.state = PROTOCOL
            return to_bits(ATS + crc_a(ATS))
        return self._fall_back()

    def _wake(self, command):
        if command in (REQA, WUPA) and self.state == IDLE:
            self._was_halted = False
        elif command == WUPA and self.state == HALT:
            self._was_halted = True
        else:
            return self._fall_back()
        self.state = READY
        self._level = 0
        return to_bits(self.atqa)

    def _cascade(self, bits, data):
        mine = levels_of(self.uid)[self._level]
        if data[1] == 0x70:
            if len(data) != 9 or data[7:9] != crc_a(data[:7]) or data[2:7] != mine:
                return self._fall_back()
            self._level += 1
            if self._level < len(levels_of(self.uid)):
                return to_bits(b"\x04" + crc_a(b"\x04"))
            self.state = ACTIVE
            self.selected += 1
            answer = bytes((self.sak,))
            return to_bits(answer + crc_a(answer))
        known = (data[1] >> 4) * 8 + (data[1] & 7) - 16
        if known != len(bits) - 16 or not 0 <= known <= 32 or bits[16:] != to_bits(mine)[:known]:
            return self._fall_back()
        return to_bits(mine)[known:]

    def _fall_back(self):
        """Return to where it came from and keep silent."""
        if self.state in (READY, ACTIVE):
            self.state = HALT if self._was_halted else IDLE


class Field:
    """The RF field of a reader and the cards in it."""

    def __init__(self):
        self.is_on = False
        self._cards = []

    @property
    def cards(self):
        return tuple(self._cards)

    def switch(self, is_on):
        self.is_on = is_on
        for card in self._cards:
            card.power(is_on)

    def put(self, *cards):
        """Let these cards, and no others, be in the field."""
        for card in self._cards:
            if card not in cards:
                card.power(False)
        self._cards = list(cards)
        for card in cards:
            card.power(self.is_on)

    def exchange(self, bits):
        """Return what the cards answer and the index of the first bit in which they differ, or None."""
        answers = [answer for answer in [card.receive(bits) for card in self._cards] if answer]
        if not answers or not self.is_on:
            return None, None
        merged = []
        collision = None
        for index in range(max(map(len, answers))):
            values = {answer[index] for answer in answers if index < len(answer)}
            if len(values) > 1 and collision is None:
                collision = index
            merged.append(values.pop() if collision is None else 0)
        return merged, collision
