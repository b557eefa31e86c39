"""Messages that wait to be sent or acknowledged: a queue of fixed size in which the newest value of a topic wins."""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    # A message, or its size and what returns its parts anew whenever it is sent.
    Payload = bytes | tuple[int, Callable[[], Iterable[bytes]]]

RETAIN = const(1)
QOS_1 = const(2)
# Handed to the connection, so its payload must not change any more.
_TAKEN = const(4)
_DUP = const(8)


class Outbox:
    """First in, first out, except that a new value takes the place of an older one that still waits.

    Slots are numbers 0 .. size - 1. When full, the oldest waiting message of QoS 0 makes room.
    """

    def __init__(self, size: int) -> None:
        """Hold up to `size` messages (1 .. 255)."""
        if not 1 <= size <= 255:
            raise ValueError("queue must be 1..255")
        self.size = size
        self.count = 0
        self.unacknowledged = 0
        self.dropped = 0
        self.replaced = 0
        self.topics = [b""] * size
        self.payloads: "list[Payload]" = [b""] * size
        self._flags = bytearray(size)
        self._ids_high = bytearray(size)
        self._ids_low = bytearray(size)
        # The slots in the order of their messages; free slots behind them.
        self._order = bytearray(size)
        for slot in range(size):
            self._order[slot] = slot

    def put(self, topic: bytes, payload: "Payload", flags: int) -> bool:
        """Queue a message with flags RETAIN and QOS_1; return False (and count it) when there is no room."""
        for index in range(self.count):
            slot = self._order[index]
            if not self._flags[slot] & (_TAKEN | _DUP) and self.topics[slot] == topic:
                # Neither may the newer message lose what the older one was promised.
                flags |= self._flags[slot] & QOS_1
                self.replaced += 1
                break
        else:
            if self.count == self.size and not self._make_room():
                self.dropped += 1
                return False
            slot = self._order[self.count]
            self.count += 1
            self.topics[slot] = topic
        self.payloads[slot] = payload
        self._flags[slot] = flags
        return True

    def next_waiting(self) -> int:
        """Return the slot of the oldest message that is not yet taken, or -1."""
        for index in range(self.count):
            slot = self._order[index]
            if not self._flags[slot] & _TAKEN:
                return slot
        return -1

    def flags(self, slot: int) -> int:
        """Return RETAIN and QOS_1 of a message."""
        return self._flags[slot]

    def is_repeat(self, slot: int) -> bool:
        """Tell whether a message was sent on an earlier connection and not acknowledged."""
        return self._flags[slot] & _DUP != 0

    def packet_id(self, slot: int) -> int:
        """Return the packet id that a message has got; 0 when none."""
        return self._ids_high[slot] << 8 | self._ids_low[slot]

    def has_id(self, packet_id: int) -> bool:
        """Tell whether a message has this packet id."""
        return self._find(packet_id) >= 0

    def take(self, slot: int, packet_id: int) -> None:
        """Note that the connection begins to send a message, with its packet id or 0."""
        self._flags[slot] |= _TAKEN
        self._set_id(slot, packet_id)
        if packet_id:
            self.unacknowledged += 1

    def sent(self, slot: int) -> None:
        """Note that all of a message went out: QoS 0 is done with it, QoS 1 waits for its acknowledgement."""
        if not self._flags[slot] & QOS_1:
            self.drop(slot)

    def drop(self, slot: int) -> None:
        """Forget a message."""
        for index in range(self.count):
            if self._order[index] == slot:
                self._remove(index)
                break

    def acknowledge(self, packet_id: int) -> bool:
        """Forget the message of QoS 1 that has this packet id; return False when there is none."""
        index = self._find(packet_id)
        if index < 0:
            return False
        self._remove(index)
        return True

    def connection_lost(self) -> None:
        """Let everything wait again; what was sent with QoS 1 is a repeat from now on."""
        for index in range(self.count):
            slot = self._order[index]
            if self._flags[slot] & _TAKEN:
                self._flags[slot] &= ~_TAKEN
                if self._flags[slot] & QOS_1:
                    self._flags[slot] |= _DUP
        self.unacknowledged = 0

    def _find(self, packet_id: int) -> int:
        for index in range(self.count):
            slot = self._order[index]
            if self._ids_low[slot] == packet_id & 0xFF and self._ids_high[slot] == packet_id >> 8:
                return index
        return -1

    def _set_id(self, slot: int, packet_id: int) -> None:
        self._ids_high[slot] = packet_id >> 8
        self._ids_low[slot] = packet_id & 0xFF

    def _make_room(self) -> bool:
        for index in range(self.count):
            if not self._flags[self._order[index]] & (_TAKEN | QOS_1):
                self._remove(index)
                self.dropped += 1
                return True
        return False

    def _remove(self, index: int) -> None:
        order = self._order
        slot = order[index]
        if self._flags[slot] & _TAKEN and self.packet_id(slot):
            self.unacknowledged -= 1
        self._flags[slot] = 0
        self._set_id(slot, 0)
        self.topics[slot] = self.payloads[slot] = b""
        self.count -= 1
        for place in range(index, self.count):
            order[place] = order[place + 1]
        order[self.count] = slot
