"""A whole charge point in virtual time: journal space whose power can be cut, a station, and a scripted central system.

Every message of the charge point is checked against the JSON schemas where the package `ocpp` is there (CPython), its
ids and times everywhere.
"""

import json

from micropython import const
from ocpp_local_bench import NOON, Gate, MemoryStore, tag_file
from ocpp_world import Space, Station

from ocpp16.auth_cache import AuthCache
from ocpp16.authorization import Authorization
from ocpp16.charge_point import ChargePoint
from ocpp16.configuration import Configuration
from ocpp16.journal import Journal
from ocpp16.local_list import LocalList
from ocpp16.reservation import Reservations
from ocpp16.times import parse
from ocpp16.times import text as time_text

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

try:
    from ocpp.messages import get_validator
except ImportError:
    get_validator = None

# Five seconds before the ticks wrap.
START_MS = (1 << 30) - 5000
TIME_FIELDS = ("timestamp", "expiryDate", "scheduleStart")
ERROR = "error"
SILENT = None


class Central:
    """Answers the charge point and keeps books; `answers` maps an action to what becomes the answer.

    An answer is a dict, SILENT, (ERROR, code), or a function of the payload that returns one of these.
    """

    def __init__(self, rig) -> None:
        self.rig = rig
        self.log: list = []
        self.answers: dict = {}
        self.tags: dict = {}
        self.results: dict = {}
        self.ids: set = set()
        self.books: dict = {}
        self.known: dict = {}
        self.waiting = ""
        self.next_id = 0
        self.asked = 0
        self.next_transaction = 100

    def take(self, message: str) -> None:
        """Receive a message of the charge point."""
        try:
            parts = json.loads(message)
        except ValueError:
            assert self.rig.chaos, message
            return
        if parts[0] == 2:
            # The same message once more: its answer is what counts.
            if not (self.rig.chaos and parts[1] in self.ids):
                self._called(parts)
        else:
            check_answer(self.rig.asked_actions.get(parts[1], ""), parts)
            self.results[parts[1]] = parts[2:]

    def actions(self) -> list:
        """Return which actions came, in their order."""
        return [entry[0] for entry in self.log]

    def of(self, action: str) -> list:
        """Return the payloads of an action, in their order."""
        return [entry[1] for entry in self.log if entry[0] == action]

    def statuses(self, number: int = 1) -> list:
        """Return the statuses that a connector has told."""
        return [p["status"] for p in self.of("StatusNotification") if p["connectorId"] == number]

    def ask(self, action: str, **payload) -> "Any":
        """Send a CALL and return its answer: a dict, or (ERROR, code); None while there is none."""
        return self.result(self.ask_later(action, payload))

    def ask_later(self, action: str, payload) -> str:
        self.asked += 1
        message_id = "ask-%d" % self.asked
        self.rig.asked_actions[message_id] = action
        self.rig.hear(json.dumps([2, message_id, action, payload]))
        return message_id

    def result(self, message_id: str) -> "Any":
        parts = self.results.get(message_id)
        if parts is None:
            return None
        return parts[0] if len(parts) == 1 else (ERROR, parts[0])

    def _called(self, parts: list) -> None:
        _, message_id, action, payload = parts
        assert len(message_id) <= 36 and message_id not in self.ids, message_id
        assert not self.waiting, "a second call before the answer to the first"
        self.ids.add(message_id)
        check_call(action, payload)
        self.log.append((action, payload))
        answer = self.answers.get(action, self._answer)
        if answer == self._answer:
            answer = self._answer(action, payload)
        elif callable(answer):
            answer = answer(payload)
        if answer is SILENT:
            self.waiting = ""
        elif isinstance(answer, tuple):
            self.rig.inbox.append(json.dumps([4, message_id, answer[1], "", {}]))
        else:
            self.rig.inbox.append(json.dumps([3, message_id, answer]))

    def accept(self, action: str, payload: dict):
        """Return the usual answer."""
        return self._answer(action, payload)

    def _answer(self, action: str, payload: dict):
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": self.rig.time_text(), "interval": 300}
        if action == "Heartbeat":
            return {"currentTime": self.rig.time_text()}
        if action == "Authorize":
            return {"idTagInfo": self.info(payload["idTag"])}
        if action == "StartTransaction":
            return self._started(payload)
        if action == "StopTransaction":
            self._keep(payload)
        if action == "MeterValues" and "transactionId" in payload:
            self._note(payload["transactionId"], payload)
        if action == "DataTransfer":
            return {"status": "Accepted"}
        return {}

    def info(self, id_tag: str) -> dict:
        """Return what is known of an identifier: `tags` has status, or (status, parent)."""
        known = self.tags.get(id_tag, "Accepted")
        if isinstance(known, tuple):
            return {"status": known[0], "parentIdTag": known[1]}
        return {"status": known}

    def _started(self, payload: dict) -> dict:
        key = json.dumps([payload[name] for name in ("connectorId", "idTag", "meterStart", "timestamp")])
        if key not in self.known:
            self.next_transaction += 1
            self.known[key] = self.next_transaction
            self.books[self.next_transaction] = {"start": payload, "values": [], "stop": None}
        return {"transactionId": self.known[key], "idTagInfo": self.info(payload["idTag"])}

    def _keep(self, payload: dict) -> None:
        book = self.books.get(payload["transactionId"])
        if book is not None:
            assert book["stop"] in (None, payload), "stopped twice in different ways"
            book["stop"] = payload

    def _note(self, transaction_id: int, payload: dict) -> None:
        book = self.books.get(transaction_id)
        if book is not None and payload not in book["values"]:
            assert book["stop"] is None, "a value after the end"
            book["values"].append(payload)


class Rig:
    """One charge point; `values` are configuration keys. `rtc` False: it does not know the time before it is told."""

    def __init__(self, connectors=1, tethered=True, capacity=4096, rtc=True, **values) -> None:
        self.station = Station(connectors, tethered)
        self.space = Space(capacity)
        self.now_ms = START_MS
        self.unix_s = NOON
        self.rtc = rtc
        self.boots = 0
        self.inbox: list = []
        self.outbox: list = []
        self.errors: list = []
        self.asked_actions: dict = {}
        self.connected = False
        # Changes messages on their way, see `chaos`: (to charge point, message) -> messages.
        self.chaos: "Any" = None
        self.central = Central(self)
        self.may_write = Gate()
        self.config_store = MemoryStore()
        self.reservation_store = MemoryStore()
        self.list_file = tag_file("list%d" % id(self))[0]
        self.cache_file = tag_file("cache%d" % id(self))[0]
        # What nobody may change.
        self.fixed = {"NumberOfConnectors": str(connectors)}
        self.boot()
        for name in values:
            self.set(name, values[name])

    def boot(self) -> None:
        """Start the program, as after a power cut."""
        self.boots += 1
        self.inbox = []
        self.outbox = []
        self.connected = False
        self.central.waiting = ""
        if not self.rtc:
            self.known_s = 0
        self.config = Configuration(self.config_store, None, self.fixed)
        if self.boots == 1:
            self.set("MeterValueSampleInterval", "0")
        self.list = LocalList(self.config, self.list_file)
        self.cache = AuthCache(self.config, self.cache_file)
        self.authorization = Authorization(self.config, self.list, self.cache)
        self.reservations = Reservations(
            self.config, self.reservation_store, self.station.connectors, self.status_of, self.may_write
        )
        self.journal = Journal(self.space)
        self.cp = ChargePoint(
            self.station,
            self.journal,
            self.config,
            self.authorization,
            self.list,
            self.reservations,
            self.smart(),
            self.outbox.append,
            "%08x" % (0xABC000 + self.boots),
        )
        self.cp.rpc.on_error = self.errors.append
        for _ in self.cp.load():
            pass

    def smart(self) -> "Any":
        """Return the smart charging of the charge point; none here."""
        return None

    def status_of(self, number: int) -> str:
        return self.cp.status_of(number)

    def set(self, name: str, value: str) -> None:
        """Change a configuration key."""
        self.config.put(name, value)
        self.config.save()

    def time_text(self) -> str:
        return time_text(self.unix_s)

    def connect(self) -> None:
        self.connected = True
        self.central.waiting = ""
        self.cp.connected()

    def disconnect(self) -> None:
        self.connected = False
        self.inbox = []
        self.cp.disconnected()
        self.outbox.clear()

    def power_cut(self) -> None:
        """Cut the power off and bring it back."""
        self.station.power_cut()
        self.boot()

    def hear(self, message: str) -> None:
        """Let the charge point receive a message now, and take what it answers."""
        self.deliver(message)
        self.settle()

    def deliver(self, message: str, piece: int = 700) -> None:
        data = message.encode()
        self.cp.rpc.receive_begin()
        for at in range(0, len(data), piece):
            self.cp.rpc.receive_data(memoryview(data)[at : at + piece])
        self.cp.rpc.receive_end()

    def settle(self) -> bool:
        """Bring messages to the other side; True when there were any."""
        moved = False
        while self.outbox or self.inbox:
            moved = True
            for message in list(self.outbox):
                self.outbox.remove(message)
                text = message if isinstance(message, str) else "".join(list(message))
                assert self.connected, "sent without a connection"
                for copy in self.chaos(False, text) if self.chaos else (text,):
                    self.central.take(copy)
            for message in list(self.inbox):
                self.inbox.remove(message)
                for copy in self.chaos(True, message) if self.chaos else (message,):
                    self.deliver(copy)
        return moved

    def run(self, seconds: int = 1, stride: int = 1) -> None:
        """Let time pass; every `stride` seconds everything is said that can be said."""
        for _ in range(0, seconds, stride):
            self.now_ms = (self.now_ms + 1000 * stride) & 0x3FFFFFFF
            self.unix_s += stride
            self.station.pass_time(stride)
            for _ in range(100):
                self.step()
                if not self.settle():
                    break
            assert not self.errors, self.errors

    def step(self) -> None:
        known = self.rtc or self.station.clock_sets
        self.cp.step(self.now_ms, self.unix_s if known else 0)
        while self.cp.pending.work():
            pass

    def online(self) -> None:
        """Connect and let everything be told that is told after a start."""
        self.connect()
        self.run(2)
        self.central.log = []


def check_call(action: str, payload: dict) -> None:
    """Check a CALL of the charge point against its schema, and its times."""
    check_times(payload)
    if get_validator is not None:
        get_validator(2, action, "1.6").validate(payload)


def check_answer(action: str, parts: list) -> None:
    """Check an answer of the charge point."""
    if parts[0] == 3:
        assert len(parts) == 3
        if get_validator is not None and action:
            get_validator(3, action, "1.6").validate(parts[2])
    else:
        assert parts[0] == 4 and len(parts) == 5 and parts[4] == {}, parts
        assert parts[2] in (
            "NotImplemented",
            "NotSupported",
            "InternalError",
            "ProtocolError",
            "SecurityError",
            "FormationViolation",
            "PropertyConstraintViolation",
            "OccurenceConstraintViolation",
            "TypeConstraintViolation",
            "GenericError",
        ), parts


def check_times(value) -> None:
    """Check every time in a payload: RFC 3339 in UTC, whole seconds, this century."""
    if isinstance(value, list):
        for item in value:
            check_times(item)
    elif isinstance(value, dict):
        for name in value:
            if name in TIME_FIELDS:
                text = value[name]
                assert len(text) == 20 and text[-1] == "Z" and parse(text) > 946684800, text
            check_times(value[name])


def started(rig, number=1, id_tag="TAG"):
    """Start a transaction by plug and identifier, and return its id."""
    rig.station.plug(number)
    rig.cp.present(id_tag, number)
    rig.run(3)
    running = rig.cp.connectors[number].transaction
    assert running is not None and running.transaction_id, rig.central.log
    return running.transaction_id


def stop_of(rig):
    """Return the only StopTransaction."""
    stops = rig.central.of("StopTransaction")
    assert len(stops) == 1, rig.central.log
    return stops[0]


def remote_start(rig, id_tag="TAG", number=1):
    """Send a RemoteStartTransaction and return its answer."""
    return rig.central.ask("RemoteStartTransaction", idTag=id_tag, connectorId=number)
