"""What Home Assistant is told of the station: SmartEVSE v3 sheet, section 7.4, and peers.md, section 7.

One message for the device, with all entities, or one for each entity as from a SmartEVSE. The message for the device
is too long for the memory, so it is made while it is sent, and everything that it depends on is kept from its begin.
"""

import json

from micropython import const

from evse.core.text_rows import row as text_row
from evse.services.mqtt import topics_table as topics
from evse.settings import table
from evse.version import VERSION

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_BUTTON = topics.COUNT
_FIRST_SETTING = topics.COUNT + topics.BUTTON_COUNT

_CLASSES = {"A": "current", "min": "duration", "s": "duration"}
_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Announcement:
    """The entities of one station as it is now; `needs` are the letters of the table for what is there."""

    def __init__(self, prefix: str, needs: str, max_a: int, address: str) -> None:
        self.prefix = prefix
        self.needs = needs
        self.max_a = max_a
        self._url = "http://%s/" % address if address else ""
        self._settings = topics.SETTINGS.split(",")
        self.count = _FIRST_SETTING + len(self._settings)
        self._names = "".join([letter if letter in _ID_CHARACTERS else "-" for letter in prefix])

    def device_topic(self) -> str:
        """Return the topic of the message for the device."""
        return "homeassistant/device/%s/config" % self._names

    def topic(self, index: int) -> str:
        """Return the topic of the message for one entity."""
        fields = self._find(index)
        return "homeassistant/%s/%s-%s/config" % (fields[topics.COMPONENT], self.prefix, topics.topic(fields))

    def has(self, index: int) -> bool:
        """Return True when there is such an entity now."""
        fields = self._find(index)
        return fields[topics.COMPONENT] != "" and fields[topics.NEEDS] in self.needs

    def entity(self, index: int) -> str:
        """Return the message for one entity."""
        fields = self._find(index)
        entity = self._describe(fields, index)
        entity["object_id"] = "%s-%s" % (self.prefix, topics.topic(fields))
        entity["availability_topic"] = self.prefix + "/connected"
        entity["device"] = self._device()
        return json.dumps(entity)

    def part(self, index: int) -> bytes:
        """Return what comes at `index` of the message for the device, -1 for its begin and `count` for its end."""
        if index < 0:
            head = {"dev": self._device(), "o": {"name": "microEVSE", "sw": VERSION}}
            head["avty_t"] = self.prefix + "/connected"
            # An entity that is always there comes first, so that every other one has a comma in front.
            return (json.dumps(head)[:-1] + ', "cmps": {' + self._component(0)).encode()
        if index == self.count:
            return b"}}"
        return (", " + self._component(index)).encode() if index and self.has(index) else b""

    def parts(self) -> "Iterator[bytes]":
        """Yield the message for the device."""
        for index in range(-1, self.count + 1):
            yield self.part(index)

    def _component(self, index: int) -> str:
        fields = self._find(index)
        entity = self._describe(fields, index)
        entity["p"] = fields[topics.COMPONENT]
        return '"%s": %s' % (topics.topic(fields), json.dumps(entity))

    def _device(self) -> dict:
        device = {
            "identifiers": self.prefix,
            "name": self.prefix,
            "manufacturer": "microEVSE",
            "model": "SmartEVSE v3",
            "sw_version": VERSION,
        }
        if self._url:
            device["configuration_url"] = self._url
        return device

    def _find(self, index: int) -> tuple:
        """Return the fields of an entity, as the table of topics has them."""
        if index < _FIRST_BUTTON:
            return topics.get(index)
        if index < _FIRST_SETTING:
            return text_row(topics.BUTTONS, index - _FIRST_BUTTON)
        row = table.get(self._settings[index - _FIRST_SETTING])
        name = "Setting " + row.label
        if row.kind == table.CHOICE:
            return name, "rd", "", "select", "", "", ",".join(row.choices), row.key
        limits = "%d,%d,%d" % (0 if row.zero else row.minimum, row.maximum, row.step)
        return name, "rd", "", "number", _CLASSES.get(row.unit, ""), row.unit, limits, row.key

    def _describe(self, fields: tuple, index: int) -> dict:
        """Return what both forms have in common."""
        prefix = self.prefix
        name = topics.topic(fields)
        component = fields[topics.COMPONENT]
        flags = fields[topics.FLAGS]
        entity: dict = {
            "name": fields[topics.NAME],
            "unique_id": "%s-%s" % (prefix, name),
            "default_entity_id": component + "." + _identifier(prefix + "_" + fields[topics.NAME]),
        }
        if component != "button":
            if index >= _FIRST_SETTING:
                name = "Setting/" + fields[topics.COMMAND]
            entity["state_topic"] = prefix + "/" + name
        if fields[topics.COMMAND]:
            entity["command_topic"] = "%s/Set/%s" % (prefix, fields[topics.COMMAND])
        if fields[topics.CLASS]:
            entity["device_class"] = fields[topics.CLASS]
        if fields[topics.UNIT]:
            entity["unit_of_measurement"] = fields[topics.UNIT]
        if component == "sensor" and ("m" in flags or "t" in flags):
            entity["state_class"] = "measurement" if "m" in flags else "total_increasing"
        if "1" in flags:
            entity["value_template"] = "{{ value | int / 10 }}"
        if "d" in flags:
            entity["entity_category"] = "diagnostic" if component == "sensor" else "config"
        if "x" in flags:
            entity["enabled_by_default"] = False
        self._add_options(entity, component, fields[topics.OPTIONS].split(","), "1" in flags)
        return entity

    def _add_options(self, entity: dict, component: str, options: list, in_tenths: bool) -> None:
        if component == "select":
            entity["options"] = options
        elif component == "switch":
            entity["payload_on"] = entity["state_on"] = options[0]
            entity["payload_off"] = entity["state_off"] = options[1]
        elif component == "number":
            is_max = options[1] == "MAX"
            entity["min"] = int(options[0])
            entity["max"] = self.max_a if is_max else int(options[1])
            entity["step"] = int(options[2]) if len(options) > 2 else 1
            entity["mode"] = "slider" if is_max else "box"
            if in_tenths:
                entity["command_template"] = "{{ (value * 10) | int }}"
        elif component == "text":
            entity["pattern"] = "[0-9]{1,3},[0-9]{1,3},[0-9]{1,3}"


def _identifier(text: str) -> str:
    text = text.lower().replace("-", "_")
    return "".join([letter if letter in _ID_CHARACTERS else "_" for letter in text])
