"""What the station tells a broker, a little at a time: what has changed, settings, who it is, and everything anew.

A client of lib/mqtt, or what has its calls, takes the messages. Nothing here waits, and what is due stays due while
its queue is full.
"""

import binascii
from array import array

from micropython import const

from evse.core import ticks
from evse.core.errors import FieldError
from evse.log import log
from evse.services.mqtt import topics_table as topics
from evse.services.mqtt import values
from evse.settings import rows, table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from evse.services.mqtt.discovery import Announcement

# The setting MQTT DISC.
DEVICE = const(1)
ENTITIES = const(2)
BIRTH = b"homeassistant/status"

# For what does not come from the table: the answer to a command, a button.
_RESERVE = const(4)
_PER_PASS = const(4)
_FAST_MS = const(250)
_SLOW_MS = const(1000)
_FULL_MS = const(11000)
_MASK = const(0x3FFFFFFF)
_LONGEST_NAME = const(40)
_NOTHING = const(-2)
# The setting LEGACY.
_READ_AND_SET = const(1)
# Nobody at the broker needs to know how the station got there.
_OWN = "MQTT"


class Publisher:
    """Tell and be told of one station below a prefix; `form` is how Home Assistant is told of it, 0 for not at all.

    `trusted` says that whoever sends commands has logged in at the broker. `rejected` counts commands that were
    refused.
    """

    def __init__(self, app, client, prefix: str, form: int, trusted: bool) -> None:
        self._app = app
        self._client = client
        self.prefix = prefix
        self._form = form
        self._trusted = trusted
        self._set_topic = (prefix + "/Set/").encode()
        self.rejected = 0
        self._values: "list[Any]" = [None] * topics.COUNT
        self._due = bytearray(topics.COUNT)
        self._fast_ms = self._slow_ms = self._full_ms = 0
        self._event = -1
        self._uses = app.switch.uses
        self._releases = app.switch.releases
        self._needs = ""
        self._max_a = 0
        self._announcement: "Announcement | None" = None
        self._announced = _NOTHING
        self._size = 0
        # The settings are gone through row by row; of each the sum of what was published.
        self._rows = None
        self._row_index = 0
        self._changes = -1
        self._sums = array("I", bytes(4 * rows.TEXT.count("\n")))
        self._said = ""

    def publish(self, topic: str, payload: str, retain: bool = False) -> bool:
        """Queue a message below the prefix; False when there is no room."""
        return self._client.publish(self.prefix + "/" + topic, payload, retain)

    def connected(self, session_present: bool) -> None:
        """Begin anew: the broker may know nothing."""
        self.publish("connected", "online", True)
        now = self._app.board.clock.ticks_ms()
        self._full_ms = now
        self._look_soon(now)
        self._all_due()
        self._changes = -1
        self._rows = None
        for index in range(len(self._sums)):
            self._sums[index] = 0
        self._begin_announcement()

    def receive(self, topic: bytes, message: bytes, retained: bool) -> None:
        """Take a message from the broker."""
        if topic == BIRTH:
            if message == b"online":
                self._begin_announcement()
                self._all_due()
            return
        if not topic.startswith(self._set_topic):
            # Nobody has asked for that.
            return
        name = topic[len(self._set_topic) :].decode()
        try:
            if retained:
                # It would come again with every connection, hours after it was meant.
                raise FieldError(name, "was ignored: commands must not be retained")
            if not self._trusted and self._app.settings.get("LegacyApi") != _READ_AND_SET:
                raise FieldError(name, "needs a broker with a password, or LEGACY at Read and set")
            try:
                text = message.decode()
            except UnicodeError:
                raise FieldError(name, "must be text")
            self._carry_out(name, text)
        except FieldError as error:
            self.reject(name, error.text)
            return
        self._look_soon(self._app.board.clock.ticks_ms())

    def _carry_out(self, name: str, text: str) -> None:
        # Late, because a station that is left alone needs none of it.
        self._app.loader.load("evse.services.requests evse.services.mqtt.commands")
        from evse.services.mqtt import commands

        commands.carry_out(self._app, name, text)

    def reject(self, name: str, reason: str) -> None:
        """Tell the broker and the log why a command was not carried out."""
        self.rejected += 1
        # A stranger's name must not look like lines of the log.
        name = "".join([letter if letter >= " " else "?" for letter in name[:_LONGEST_NAME]])
        text = "%s: %s" % (name, reason)
        self.publish("SetError", text)
        if text != self._said:
            # A client that repeats itself must not push everything else out of the log.
            self._said = text
            log.write("mqtt: " + text)

    def step(self, now: int) -> None:
        """Look at what has changed and publish a little of it."""
        app = self._app
        events = app.station.events.sequence
        if events != self._event or ticks.diff(now, self._fast_ms) >= _FAST_MS:
            self._event = events
            self._fast_ms = now
            self._compare(0, values.fast(app))
            self._follow_switch()
        if ticks.diff(now, self._slow_ms) >= _SLOW_MS:
            self._slow_ms = now
            self._compare(topics.FAST, values.slow(app))
            self._follow_needs()
        if ticks.diff(now, self._full_ms) >= _FULL_MS:
            self._full_ms = now
            self._all_due()
        left = self._publish_due(_PER_PASS)
        if self._rows is None and self._changes != app.settings.changes:
            self._changes = app.settings.changes
            self._rows = table.rows()
            self._row_index = 0
        for _ in range(left):
            if self._client.free <= _RESERVE:
                break
            if self._rows:
                self._publish_settings(self._rows)
            elif self._announced != _NOTHING:
                self._announce()

    # Values

    def _compare(self, first: int, found: list) -> None:
        kept = self._values
        for index in range(len(found)):
            value = found[index]
            place = first + index
            if value != kept[place]:
                if value is not None:
                    # What changes all the time is told when it is there, and with everything else.
                    if kept[place] is None or "s" not in topics.get(place)[topics.FLAGS]:
                        self._due[place] = 1
                kept[place] = value

    def _all_due(self) -> None:
        for place in range(topics.COUNT):
            if self._values[place] is not None:
                self._due[place] = 1

    def _publish_due(self, most: int) -> int:
        """Publish what is due; return how many more might have been."""
        due = self._due
        for left in range(most, 0, -1):
            place = due.find(b"\x01")
            if place < 0:
                return left
            if self._client.free <= _RESERVE:
                return 0
            due[place] = 0
            value = self._values[place]
            if value is not None:
                fields = topics.get(place)
                self.publish(topics.topic(fields), str(value), "r" in fields[topics.FLAGS])
        return 0

    def _follow_switch(self) -> None:
        """Tell that the switch was used, even if it ended up as it was."""
        switch = self._app.switch
        if switch.uses != self._uses:
            self._uses = switch.uses
            self._due[topics.CUSTOM_BUTTON] = 1
        if switch.releases != self._releases:
            self._releases = switch.releases
            self.publish("CustomButtonPressTime", str(switch.pressed_ms))

    # Settings, one by one

    def _publish_settings(self, found) -> None:
        """Go on by one message or two rows; what is the same as last time is not told again."""
        self._app.loader.load("evse.settings.values")
        from evse.settings.values import shown

        for _ in range(2):
            row = next(found, None)
            if row is None:
                self._rows = None
                return
            index = self._row_index
            self._row_index = index + 1
            if row.kind == table.HIDDEN or row.secret or row.never or row.key.startswith(_OWN):
                continue
            payload = str(shown(row, self._app.settings.get(row.key)))
            checksum = binascii.crc32(payload.encode()) & _MASK | 1
            if checksum != self._sums[index]:
                self._sums[index] = checksum
                self.publish("Setting/" + row.key, payload, True)
                return

    # Home Assistant

    def _follow_needs(self) -> None:
        max_a = self._app.settings.get("MaxCurrent")
        needs = values.needs(self._app)
        if needs != self._needs or max_a != self._max_a:
            self._needs = needs
            self._max_a = max_a
            self._begin_announcement()

    def announced(self):
        """Yield the topics by which Home Assistant was told of the station."""
        told = self._make_announcement("")
        if self._form == DEVICE:
            yield told.device_topic()
        elif self._form:
            for index in range(told.count):
                if told.has(index):
                    yield told.topic(index)

    def _make_announcement(self, address: str) -> "Announcement":
        # Late, because it is needed once for a connection.
        self._app.loader.load("evse.services.mqtt.discovery")
        from evse.services.mqtt.discovery import Announcement

        return Announcement(self.prefix, self._needs, self._max_a, address)

    def _begin_announcement(self) -> None:
        self._announced = -1 if self._form else _NOTHING
        self._announcement = None
        self._size = 0

    def _announce(self) -> None:
        """Go on by one part; the message for the device is measured first, and sent part by part too."""
        told = self._announcement
        if told is None:
            network = self._app.board.network
            told = self._make_announcement(network.address() if network else "")
            self._announcement = told
            self._announced = -1 if self._form == DEVICE else 0
        index = self._announced
        if self._form == DEVICE:
            self._size += len(told.part(index))
            if index == told.count:
                self._client.publish_stream(told.device_topic(), self._size, told.parts, True)
        elif index < told.count and told.has(index):
            self._client.publish(told.topic(index), told.entity(index), True)
        self._announced = index + 1 if index < told.count else _NOTHING
        if self._announced == _NOTHING:
            self._announcement = None

    def _look_soon(self, now: int) -> None:
        """Let the next step look at everything."""
        self._event = -1
        self._slow_ms = ticks.add(now, -_SLOW_MS)
