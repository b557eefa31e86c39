"""A whole station on the simulated board in virtual time, and a broker's client that only takes notes."""

import sys

from micropython import const

try:
    import socket  # noqa: F401
except ImportError:
    # The 32-bit build has no network, and nothing here needs one.
    sys.modules["socket"] = sys.modules["select"] = sys

from evse.app import App
from evse.core import ticks
from evse.services.mqtt import topics_table as topics
from evse.services.mqtt.publisher import DEVICE, Publisher
from evse.settings import store as st
from simworld.sim_board import SimBoard, VirtualClock

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

PREFIX = "SmartEVSE/1"

# SmartEVSE v3 sheet, section 7.2: what a station without meters publishes, and what is retained.
PLAIN = {
    "Mode": ("Normal", True),
    "Access": ("Allow", True),
    "State": ("Ready to Charge", True),
    "StateID": ("A", True),
    "Error": ("None", True),
    "EVPlugState": ("Disconnected", True),
    "ChargeCurrent": ("130", True),
    "ChargeCurrentOverride": ("0", True),
    "MaxCurrent": ("130", True),
    "MaxSumMains": ("0", True),
    "MaxSumMainsTime": ("0", True),
    "NrOfPhases": ("3", True),
    "EnableC2": ("Always On", True),
    "RFID": ("Not Installed", True),
    "CustomButton": ("Off", False),
    "LoadBl": ("0", True),
    "PairingPin": ("", True),
    "SolarStopTimer": ("0", False),
    "ESPTemp": ("25", False),
    "ESPUptime": ("0", False),
    "OCPP": ("Disabled", True),
    "OCPPConnection": ("Disconnected", False),
    "LEDColorOff": ("0,0,0", True),
    "LEDColorNormal": ("0,255,0", True),
    "LEDColorSmart": ("0,255,0", True),
    "LEDColorSolar": ("255,170,0", True),
    "LEDColorCustom": ("0,0,255", True),
}


class Memory:
    """A store without a file."""

    def __init__(self):
        self.value = None

    def load(self):
        return (st.EMPTY, None) if self.value is None else (st.LOADED, self.value)

    def save(self, value):
        self.value = value


class Client:
    """`sent` are (topic below the prefix, payload, retained); `free` is the room in the queue."""

    def __init__(self):
        self.sent = []
        self.others = []
        self.streams = []
        self.free = 16

    def publish(self, topic, payload, retain=False, qos=0):
        if topic.startswith(PREFIX + "/"):
            self.sent.append((topic[len(PREFIX) + 1 :], payload, retain))
        else:
            self.others.append((topic, payload, retain))
        return True

    def publish_stream(self, topic, size, parts, retain=False, qos=0):
        text = b"".join(parts())
        assert len(text) == size, (len(text), size)
        self.streams.append((topic, text.decode(), retain))
        return True


class Rig:
    """The station that a publisher speaks for."""

    def __init__(self, form=DEVICE, trusted=True, **settings):
        self.clock = VirtualClock()
        self.board = SimBoard(self.clock, None, "/no/such/folder")
        self.app: "Any" = App(self.board, lambda name, schema: Memory())
        self.change(settings)
        self.client = Client()
        self.publisher = Publisher(self.app, self.client, PREFIX, form, trusted)
        self.app.mqtt = self
        self.connected = True
        self.error = ""
        self.run(100)

    def change(self, settings):
        self.app.change_settings({name.replace("_", " "): settings[name] for name in settings})

    def run(self, duration_ms):
        """Let the station run, without the broker."""
        for _ in range(duration_ms // 10):
            self.clock.now = ticks.add(self.clock.now, 10)
            self.app.control.tick(self.clock.now)
            self.app.switch.step(self.clock.now)

    def talk(self, duration_ms):
        """Let the station run and publish."""
        for _ in range(duration_ms // 50):
            self.run(50)
            self.publisher.step(self.clock.now)

    def connect(self):
        """Connect, publish everything that is to be published then, and forget it."""
        self.publisher.connected(False)
        self.talk(6000)
        sent = self.client.sent
        self.client.sent = []
        return sent

    def set(self, name, text, retained=False):
        """Publish a command; return why it was refused, "" when it was not."""
        before = len(self.client.sent)
        payload = text if isinstance(text, bytes) else text.encode()
        self.publisher.receive((PREFIX + "/Set/" + name).encode(), payload, retained)
        self.run(50)
        for topic, reason, _ in self.client.sent[before:]:
            if topic == "SetError":
                head = name[:40].replace("\n", "?") + ": "
                assert reason.startswith(head), reason
                return reason[len(head) :]
        return ""

    def status(self, name):
        """Return an output of the station."""
        found = {}
        self.app.status(found)
        return found[name]

    def value(self, topic):
        """Return the newest payload of a topic since the last `connect`, None for none."""
        for name, payload, _ in reversed(self.client.sent):
            if name == topic:
                return payload
        return None

    def world(self, **values):
        self.board.world.set({name.replace("__", "."): values[name] for name in values})


def all_topics():
    """Return the topics of the table."""
    return [topics.topic(topics.get(index)) for index in range(topics.COUNT)]
