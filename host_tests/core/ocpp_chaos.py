"""One life of a charge point with a bad network, a rude central system, restless drivers and a power that fails.

Networks lose, delay, repeat, swap and cut off messages both ways. The power goes at any write of the journal, of the
keys, of the reservations or of the charging profiles. At the end the books of the central system must equal the meter.
"""

import json
import random

from ocpp_chaos_rig import ChaosRig, Power
from ocpp_rig import ERROR
from ocpp_smart_bench import profile
from ocpp_world import PowerCut

from ocpp16.times import parse
from ocpp16.times import text as time_text

METER = "Energy.Active.Import.Register"
TAGS = ("TAG", "MATE", "LISTED", "BLOCKED", "abcdefghij0123456789")


class Chaos:
    """One run with a seed: `run(rounds)`, then everything is compared."""

    # What a power cut raises.
    stops: tuple = (PowerCut,)

    def __init__(self, seed, make_space=None, connectors=0) -> None:
        random.seed(seed)
        self.power = Power()
        self.held: list = []
        self.calm = False
        self.asked = 0
        self.connectors = connectors or random.randint(1, 2)
        self.rig = rig = ChaosRig(
            "chaos",
            self.power,
            make_space,
            connectors=self.connectors,
            tethered=random.randint(0, 1) == 1,
            rtc=random.randint(0, 2) > 0,
        )
        self.options = {
            "AllowOfflineTxForUnknownId": "true",
            "LocalPreAuthorize": ("true", "false")[random.randint(0, 1)],
            "StopTransactionOnInvalidId": ("true", "false")[random.randint(0, 1)],
            "MeterValueSampleInterval": ("0", "30", "60")[random.randint(0, 2)],
            "ClockAlignedDataInterval": ("0", "60")[random.randint(0, 1)],
            "StopTxnSampledData": ("", METER)[random.randint(0, 1)],
            "TransactionMessageRetryInterval": "5",
            "MessageTimeout": "5",
            "TransactionMessageAttempts": "1000",
            "ConnectionTimeOut": "40",
        }
        for name in self.options:
            rig.set(name, self.options[name])
        self.began_wh = [rig.station.wh(number) for number in range(self.connectors + 1)]
        rig.central.tags = {
            "TAG": ("Accepted", "HOUSE"),
            "MATE": ("Accepted", "HOUSE"),
            "BLOCKED": "Blocked",
        }
        for action in ("StartTransaction", "StopTransaction", "MeterValues"):
            rig.central.answers[action] = self.answerer(action)
        rig.chaos = self.disturb

    # The network

    def disturb(self, to_charge_point, message):
        """Lose, repeat, delay, swap or cut off messages."""
        self.rig.live()
        if self.calm:
            return [message]
        what = random.randint(0, 30)
        if what == 0:
            return []
        if what == 1:
            return [message, message]
        if what == 2:
            return [message[: random.randint(0, len(message) - 1)]]
        if what in (3, 4):
            if '"MeterValues"' in message:
                # Sent only once where memory is short: late, it would come behind the end.
                return []
            self.held.append((to_charge_point, message))
            return []
        if what > 20:
            late = [entry[1] for entry in self.held if entry[0] == to_charge_point]
            self.held = [entry for entry in self.held if entry[0] != to_charge_point]
            return [message] + late
        return [message]

    # The central system

    def answerer(self, action):
        """Return what books a message and answers it, sometimes late, wrongly or not at all."""
        central = self.rig.central

        def answer(payload):
            if not self.calm and random.randint(0, 19) == 0:
                return (ERROR, "InternalError")
            self.check(action, payload)
            found = central.accept(action, payload)
            what = 99 if self.calm else random.randint(0, 19)
            if what < 3:
                return None
            # Of such an answer the charge point can learn nothing, so it has to ask again.
            return {"transactionId": "?"} if what == 3 and action == "StartTransaction" else found

        return answer

    def check(self, action, payload) -> None:
        """Nothing is told of what is not known, and no transaction begins before the last one has ended."""
        books = self.rig.central.books
        if action == "StopTransaction":
            assert payload["transactionId"] in books, payload
        elif action == "MeterValues":
            assert payload.get("transactionId", 101) in books or "transactionId" not in payload, payload
        else:
            told_before = [book for book in books.values() if book["start"] == payload]
            for book in books.values():
                if book["start"]["connectorId"] == payload["connectorId"] and not told_before:
                    assert book["stop"] is not None, (book, payload)

    def ask(self) -> None:
        """Let the central system want something, now or never answered."""
        action, payload = self.request(random.randint(0, 17))
        self.asked += 1
        message_id = "chaos-%d" % self.asked
        self.rig.asked_actions[message_id] = action
        text = "[2,%s,%s,%s]" % (json.dumps(message_id), json.dumps(action), json.dumps(payload))
        self.rig.inbox.append(text)

    def request(self, what: int) -> tuple:
        rig = self.rig
        number = random.randint(1, self.connectors)
        ids = sorted(rig.central.books) or [1]
        if what == 0:
            return "RemoteStartTransaction", {"idTag": choose(TAGS), "connectorId": number}
        if what == 1:
            one = profile(random.randint(1, 9), "TxProfile", "Relative", 1, ((0, random.randint(0, 32)),))
            return "RemoteStartTransaction", {
                "idTag": choose(TAGS),
                "connectorId": number,
                "chargingProfile": one,
            }
        if what in (2, 3):
            return "RemoteStopTransaction", {"transactionId": ids[-1]}
        if what == 4:
            return "ChangeAvailability", {
                "connectorId": random.randint(0, 1),
                "type": choose(("Operative", "Operative", "Inoperative")),
            }
        if what in (5, 6):
            one = profile(
                random.randint(1, 5), level=random.randint(0, 3), periods=((0, random.randint(0, 32)),)
            )
            return "SetChargingProfile", {"connectorId": number, "csChargingProfiles": one}
        if what == 7:
            return "ClearChargingProfile", {"id": random.randint(1, 9)}
        if what == 8:
            return "GetCompositeSchedule", {"connectorId": number, "duration": 3600}
        return self.other_request(what, number)

    def other_request(self, what: int, number: int) -> tuple:
        rig = self.rig
        if what == 9:
            return "TriggerMessage", {
                "requestedMessage": choose(("MeterValues", "StatusNotification", "Heartbeat"))
            }
        if what == 10:
            return "UnlockConnector", {"connectorId": number}
        if what == 11:
            entry = {"idTag": "LISTED", "idTagInfo": {"status": choose(("Accepted", "Blocked"))}}
            return "SendLocalList", {
                "listVersion": random.randint(1, 99),
                "updateType": choose(("Full", "Differential")),
                "localAuthorizationList": [entry],
            }
        if what == 12:
            until = time_text(rig.unix_s + random.randint(10, 200))
            return "ReserveNow", {
                "connectorId": random.randint(0, self.connectors),
                "expiryDate": until,
                "idTag": choose(TAGS),
                "reservationId": random.randint(1, 3),
            }
        if what == 13:
            return "CancelReservation", {"reservationId": random.randint(1, 3)}
        if what == 14:
            return "GetConfiguration", {}
        if what == 15:
            key, value = choose(
                (
                    ("MeterValueSampleInterval", "30"),
                    ("StopTxnSampledData", METER),
                    ("MeterValuesSampledData", METER + ",Power.Active.Import"),
                    ("ClockAlignedDataInterval", "60"),
                    ("MeterValueSampleInterval", "nonsense"),
                )
            )
            return "ChangeConfiguration", {"key": key, "value": value}
        if what == 16:
            return "Reset", {"type": choose(("Hard", "Soft"))}
        return "ClearCache", {}

    # Drivers and power

    def run(self, rounds: int) -> None:
        rig = self.rig
        for _ in range(rounds):
            try:
                if self.power.cut_in < 0 and random.randint(0, 3) == 0:
                    self.arm()
                self.act(random.randint(0, 11))
                rig.run(random.randint(1, 90), random.randint(1, 5))
                if rig.station.resets:
                    rig.station.resets.clear()
                    raise PowerCut
            except self.stops:
                self.restart()
        self.finish()
        self.compare()

    def arm(self) -> None:
        """Let the power go at one of the next writes."""
        self.power.leaves = random.randint(0, 2)
        self.power.cut_in = random.randint(1, 8)

    def restart(self) -> None:
        """Bring the power back, as often as it takes."""
        rig = self.rig
        while True:
            self.held = []
            rig.station.resume_reason = choose(("PowerLoss", "", None))
            if not rig.rtc:
                rig.station.clock_sets = []
            try:
                rig.power_cut()
                return
            except PowerCut:
                pass

    def act(self, what: int) -> None:
        rig = self.rig
        station = rig.station
        number = random.randint(1, self.connectors)
        if what == 0:
            station.plug(number)
        elif what == 1:
            station.unplug(number, not station.tethered and random.randint(0, 1) == 1)
        elif what in (2, 3):
            station.plug(number)
            rig.cp.present(choose(TAGS), number)
        elif what == 4:
            rig.cp.present(choose(TAGS), 0)
        elif what == 5:
            station.wants[number] = random.randint(0, 1) == 1
        elif what in (6, 7):
            if rig.connected:
                self.held = []
                rig.disconnect()
            else:
                rig.connect()
        elif rig.connected:
            self.ask()
        else:
            rig.connect()

    # The end

    def finish(self) -> None:
        """Let everything be told."""
        rig = self.rig
        self.power.cut_in = -1
        self.calm = True
        self.held = []
        rig.station.resume_reason = "PowerLoss"
        if not rig.connected:
            rig.connect()
        rig.run(500, 2)
        for number in range(1, self.connectors + 1):
            rig.station.unplug(number)
            rig.cp.stop(number, "Other")
        rig.run(500, 2)
        assert rig.journal.empty and not rig.journal.open, (rig.journal.open, rig.journal.waiting)
        assert not any(rig.station.permitted)

    def compare(self) -> None:
        """The books equal the meter, every transaction has one end, and nothing was told in two ways."""
        rig = self.rig
        books = rig.central.books
        last_wh = list(self.began_wh)
        told_wh = [0] * (self.connectors + 1)
        for transaction_id in sorted(books):
            book = books[transaction_id]
            start, stop = book["start"], book["stop"]
            assert stop is not None, book
            number = start["connectorId"]
            # In the order in which they were, and no reading twice.
            assert start["meterStart"] >= last_wh[number] and stop["meterStop"] >= start["meterStart"], book
            assert start["timestamp"] <= stop["timestamp"], book
            registers = [start["meterStart"]]
            for value in book["values"]:
                when, wh, context = of_register(value)
                assert start["meterStart"] <= wh <= stop["meterStop"], book
                # What is triggered is not written: it does not wait, and is no sign of life after a power cut.
                if context != "Trigger":
                    registers.append(wh)
                    # The moment of the grid is told, which is a little earlier than that of the reading.
                    early_s = 10 if context == "Sample.Clock" else 0
                    assert parse(start["timestamp"]) - early_s <= when <= parse(stop["timestamp"]), book
            registers.append(stop["meterStop"])
            assert registers == sorted(registers), registers
            last_wh[number] = stop["meterStop"]
            told_wh[number] += stop["meterStop"] - start["meterStart"]
        for number in range(1, self.connectors + 1):
            flowed_wh = rig.station.wh(number) - self.began_wh[number]
            assert told_wh[number] == flowed_wh, (number, told_wh, flowed_wh)
        # What was kept is what counts after a restart, too.
        limit_a = rig.limit_a()
        rig.power_cut()
        assert rig.limit_a() == limit_a


def of_register(payload):
    """Return time, energy register and context of a MeterValues."""
    value = payload["meterValue"][0]
    sample = value["sampledValue"][0]
    assert sample["measurand"] == METER
    return parse(value["timestamp"]), int(sample["value"]), sample["context"]


def choose(things):
    return things[random.randint(0, len(things) - 1)]
