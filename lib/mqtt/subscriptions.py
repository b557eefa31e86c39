"""What a client has subscribed to, and what the broker says about it."""

from micropython import const

from . import packets
from .errors import malformed

_MAX = const(8)

# Indices and states of an entry; a QoS of _LEAVING takes the subscription back.
_TOPIC = const(0)
_QOS = const(1)
_STATE = const(2)
_ID = const(3)
_WAITING = const(0)
_ASKED = const(1)
_AGREED = const(2)
_REJECTED = const(3)
_LEAVING = const(-1)


class Subscriptions:
    """A table of topic filters that outlives connections."""

    def __init__(self) -> None:
        self._entries = []

    def add(self, topic: bytes, qos: int) -> None:
        """Subscribe now and after every connect. Raises ValueError when there are too many."""
        entry = self._find(topic)
        if entry:
            entry[_QOS] = qos
            entry[_STATE] = _WAITING
            return
        if len(self._entries) == _MAX:
            raise ValueError("at most %d subscriptions" % _MAX)
        self._entries.append([topic, qos, _WAITING, 0])

    def remove(self, topic: bytes) -> None:
        """Take a subscription back."""
        entry = self._find(topic)
        if entry:
            entry[_QOS] = _LEAVING
            entry[_STATE] = _WAITING

    def rejected(self) -> list:
        """Return the topic filters that the broker does not grant."""
        return [entry[_TOPIC] for entry in self._entries if entry[_STATE] == _REJECTED]

    def settled(self) -> bool:
        """Tell whether the broker has answered everything."""
        for entry in self._entries:
            if entry[_STATE] < _AGREED:
                return False
        return True

    def connection_lost(self) -> None:
        """Let everything wait for the next connection."""
        kept = []
        for entry in self._entries:
            if entry[_QOS] != _LEAVING:
                entry[_STATE] = _WAITING
                kept.append(entry)
        self._entries = kept

    def next_waiting(self) -> "list | None":
        """Return an entry that the broker has not been asked about yet."""
        for entry in self._entries:
            if entry[_STATE] == _WAITING:
                return entry
        return None

    def has_id(self, packet_id: int) -> bool:
        """Tell whether an answer with this packet id is awaited."""
        for entry in self._entries:
            if entry[_STATE] == _ASKED and entry[_ID] == packet_id:
                return True
        return False

    def put(self, entry: list, buffer: bytearray, at: int, room: int, packet_id: int) -> int:
        """Write the packet that asks for an entry; return the offset behind, or `at` when there is no room."""
        topic = entry[_TOPIC]
        if len(topic) + packets.OVERHEAD_MAX > room:
            return at
        entry[_ID] = packet_id
        entry[_STATE] = _ASKED
        return packets.put_subscribe(buffer, at, packet_id, topic, entry[_QOS])

    def answered(self, kind: int, packet_id: int, code: int) -> None:
        """Take a SUBACK or UNSUBACK; one that nobody asked for is ignored. Raises MQTTException."""
        for index in range(len(self._entries)):
            entry = self._entries[index]
            if entry[_STATE] == _ASKED and entry[_ID] == packet_id:
                if (kind == packets.UNSUBACK) != (entry[_QOS] == _LEAVING):
                    raise malformed("answer to a subscription")
                if kind == packets.UNSUBACK:
                    del self._entries[index]
                else:
                    entry[_STATE] = _REJECTED if code == 0x80 else _AGREED
                return

    def _find(self, topic: bytes) -> "list | None":
        for entry in self._entries:
            if entry[_TOPIC] == topic:
                return entry
        return None
