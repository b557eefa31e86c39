"""A whole station behind a broker that sends mutated packets, on whichever interpreter runs this, in virtual time.

As a program: `mqtt_fuzz.py COUNT SEED [trusted]`; prints one line of JSON. `trusted` clients may command, so only
then may anything change.
"""

import gc
import json
import random
import sys

from mqtt_bench import CONNACK, PINGRESP, START_MS, puback, publish, suback
from mqtt_station_bench import PREFIX, Rig

from evse.settings import table
from mqtt.errors import MALFORMED, MQTTException
from mqtt.packets import encode_connect
from mqtt.session import Session

QUEUE = 16
RX_BYTES = 720
WARM_UP = 300
SILENT_MS = 70000
COMMANDS = (
    ("Mode", "Solar"), ("Mode", "Off"), ("CurrentOverride", "100"), ("CurrentMaxSumMains", "25"),
    ("CPPWMOverride", "-1"),
    ("MainsMeter", "100:-50:0:1200:345"), ("EVMeter", "1:2:3:1300:5000"), ("CircuitMeter", "1:2:-3"),
    ("HomeBatteryCurrent", "-70"), ("ColorSolar", "1,2,3"), ("CableLock", "1"), ("EnableC2", "Always On"),
    ("RFID", "010203040506"), ("RFIDReader", "EnableAll"), ("RequiredEVCCID", "abc"), ("CustomButton", "On"),
    ("DelayedStart", "2098-01-01T12:00,2098-01-01T13:00,daily"), ("MAX", "13"), ("MAINS", "40"), ("INST MAX", "80"),
    ("Phases", "3"), ("Access", "Deny"), ("Stop", "PRESS"), ("UnlockCable", "1"),
    ("TIMEZONE", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("INTERVALS", '[{"start": 0, "power": 1000}]'), ("StationName", "x"), ("MQTT HOST", "evil"), ("LCD PIN", "1234"),
)  # fmt: skip
PIECES = (
    b"\0", b"\xff", b"\x7f", b"\x80\x80\x80\x80", b"\xff\xff", b"\xc3\x28", b"/", b"#", b"+", b":", b",", b"-", b" ",
    b"\n",
    b"99999999999999999999", b"-1", b"1e9", b"nan", b"[" * 60, b"{", b'"', b"A" * 300, b"\x30", b"\x82", b"\xe0\x00",
    b"\x20\x02\x00\x05", b"\xd0\x00", b"\x40\x02\x00\x01",
)  # fmt: skip


def mutated() -> bytes:
    """Return what a broker sends, damaged."""
    data = bytearray()
    for _ in range(random.choice((1, 1, 2, 3))):
        data += _packet()
    for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 1, 2, 5, 20)))
        how = random.randrange(6)
        if how == 0 and at < len(data):
            data[at] = random.randrange(256)
        elif how == 1:
            data = data[:at] + data[end:]
        elif how == 2:
            data = data[:at] + random.choice(PIECES) + data[at:]
        elif how == 3:
            data = data[:at] + random.choice(PIECES) + data[end:]
        elif how == 4:
            data = data[:at] + bytes(data[at:end]) * random.choice((2, 10)) + data[at:]
        else:
            data = data[:at]
    return bytes(data)


def _packet() -> bytes:
    kind = random.randrange(8)
    number = random.randrange(65536)
    if kind == 0:
        return random.choice(
            (puback(number), suback(number, random.choice((0, 1, 2, 128))), PINGRESP, CONNACK)
        )
    if kind == 1:
        return publish(b"homeassistant/status", random.choice((b"online", b"offline", b"")))
    name, text = random.choice(COMMANDS)
    topic, payload = PREFIX + "/Set/" + name, bytearray(text.encode())
    if kind == 2 and payload:
        # Well wrapped, so that it reaches whoever reads commands.
        payload[random.randrange(len(payload))] = random.randrange(256)
    elif kind == 3:
        payload += random.choice(PIECES)
    elif kind == 4:
        topic = topic[: random.randrange(len(topic) + 1)] + random.choice(("", "/", "|", "\n", "ä", "x" * 50))
    qos = random.randrange(2)
    return publish(topic.encode(), bytes(payload), qos, number or 1, random.choice((0, 0, 0, 1)))


class Fuzz:
    """One station with its session; `trusted` is whether the broker may command."""

    def __init__(self, trusted: bool) -> None:
        self.rig = rig = Rig(
            trusted=trusted, MAINS_MET="API", EV_METER="API", CIRCT_MET="API", MODE="Smart", RFID="EnableAll"
        )
        # Until meters that nobody feeds are faults, which they stay.
        rig.run(SILENT_MS)
        rig.connect()
        self.session = session = Session(15, QUEUE, RX_BYTES)
        session.callback = rig.publisher.receive
        session.on_error = self._note
        session.subscriptions.add((PREFIX + "/Set/#").encode(), 1)
        self.connect_packet = encode_connect(b"me", 15, True, None, None, None)
        self.now_ms = START_MS
        self.malformed = 0
        self.error = None

    def _note(self, error) -> None:
        self.error = error

    def picture(self) -> list:
        """Return what a stranger may not have changed."""
        app = self.rig.app
        status: dict = {}
        app.status(status)
        rows = [[row.key, app.settings.get(row.key)] for row in table.rows()]
        names = (
            "access",
            "mode",
            "state",
            "custom_button",
            "limit.slot",
            "limit.ma",
            "fault",
            "mains.sum_ma",
        )
        rows += [[name, status[name]] for name in names]
        return rows

    def step(self) -> None:
        """Send something broken over a new connection, and let the station run a little."""
        session, now_ms = self.session, self.now_ms
        session.begin(self.connect_packet, now_ms)
        stream = memoryview((CONNACK if random.randrange(8) else b"") + mutated())
        at = 0
        try:
            while at < len(stream):
                session.sent(session.poll(now_ms), now_ms)
                if session.may_receive:
                    at = session.receive(stream, at, len(stream), now_ms)
        except MQTTException as error:
            assert 1 <= error.code <= MALFORMED
            self.malformed += 1
        session.lost()
        if self.error:
            raise self.error
        self.now_ms = (now_ms + 10) & 0x3FFFFFFF
        rig = self.rig
        rig.run(10)
        rig.publisher.step(rig.clock.now)
        assert len(rig.client.streams) < 10
        for kept in (rig.client.sent, rig.client.others, rig.client.streams):
            kept.clear()


def heap() -> int:
    """Return what is allocated, 0 where nobody knows."""
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0  # pyright: ignore[reportAttributeAccessIssue]


def run(count: int, seed: int, trusted: bool) -> dict:
    """Send so many broken streams; return what came of it."""
    random.seed(seed)
    fuzz = Fuzz(trusted)
    before = fuzz.picture()
    for _ in range(WARM_UP):
        fuzz.step()
    used = heap()
    for _ in range(count):
        fuzz.step()
    counters = fuzz.session.counters
    return {
        "streams": count,
        "malformed": fuzz.malformed,
        "received": counters.received,
        "rejected": fuzz.rig.publisher.rejected,
        "oversized": counters.oversized,
        "mistakes": counters.callback_errors,
        "changed": [row[0] for row, old in zip(fuzz.picture(), before) if row != old],
        "heap": used,
        "grown": heap() - used,
    }


if __name__ == "__main__":
    from evse.log import log

    log.echo = False
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), "trusted" in sys.argv)))
