"""Whatever happens, nobody charges without a card where a card is demanded."""

from random import Random

from bench import scenario
from bench.scenario import Scenario
from evse.core import states as s
from evse.log import log

KNOWN = ("04A1B2C3D4E5F6", "DEADBEEF")
UNKNOWN = "04998877665544"
MODES = ("Disabled", "EnableAll", "EnableAll", "EnableOne", "EnableOne", "Learn", "Delete", "Rmt/OCPP")
SEEDS = 40
JUMP_SEEDS = 4
ACTIONS = 40


def random_steps(source: Random) -> list[dict]:
    """Return steps of which none but a card may open the access; AUTH demands one in every mode of the reader."""
    steps: list[dict] = [
        {"at_ms": 1000, "request": ["rfid", KNOWN[0]]},
        {"at_ms": 5000, "request": ["rfid", KNOWN[1]]},
        {"at_ms": 9000, "settings": {"RFID": "EnableAll"}},
    ]
    at_ms = 10_000
    for _ in range(ACTIONS):
        at_ms += source.choice((10, 100, source.randint(0, 3000), source.randint(3000, 20_000)))
        steps.append({"at_ms": at_ms, **_action(source)})
    return steps


def _action(source: Random) -> dict:
    kind = source.random()
    if kind < 0.35:
        return {"request": ["rfid", source.choice((*KNOWN, *KNOWN, UNKNOWN))]}
    if kind < 0.6:
        return {"set": {"car.pilot": "B", "car.auto": True}}
    if kind < 0.75:
        return {"set": {"car.pilot": "A"}}
    if kind < 0.83:
        return {"set": {"power": source.random() < 0.5}}
    if kind < 0.9:
        return {"settings": {"RFID": source.choice(MODES)}}
    return {
        "request": source.choice(
            (["access", "off"], ["access", "pause"], ["stop"], ["restart"], ["unlock_cable"])
        )
    }


class Judge:
    """Looks at a scenario after every control step; counts the steps with an offer and the cars that left."""

    def __init__(self, document: dict) -> None:
        self.scenario = Scenario(document)
        self.offers = self.departures = 0
        self._owner = ""
        self._connected = False

    def run(self) -> None:
        """Run to the end; AssertionError tells what must not be."""
        scenario = self.scenario
        while not scenario.finished():
            app = scenario.app
            scenario.advance()
            if scenario.app is not app or not scenario.board.world.values["power"]:
                # The firmware has started anew.
                self._connected = False
            else:
                self._judge(app)
            self._owner = scenario.app.gate.owner
        scenario.close()

    def _judge(self, app) -> None:
        station = app.station
        # Cards act after the control step, so an offer is that of whoever held the access before.
        if station.offered_ma():
            self.offers += 1
            assert self._owner in KNOWN, f"{self.scenario.at_ms} ms: an offer to {self._owner!r}"
        if self._connected and station.sees_no_car():
            self.departures += 1
            assert station.charger.access == s.ACCESS_OFF and not app.gate.owner, (
                f"{self.scenario.at_ms} ms: open"
            )
        self._connected = station.charger.connected()


def test_only_who_showed_a_card_charges():
    log.echo = False
    offers = departures = 0
    for seed in range(SEEDS):
        settings = {"MAX": 16, "AUTH": "RFID", "RFID": "Learn", "LOCK": ("Disabled", "Motor")[seed % 2]}
        steps = random_steps(Random(seed))
        judge = Judge({"settings": settings, "steps": steps, "until_ms": steps[-1]["at_ms"] + 70_000})
        try:
            judge.run()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}: {steps}") from None
        offers += judge.offers
        departures += judge.departures
    print(f"{offers} control steps with an offer, {departures} cars left")
    assert offers > 5000 and departures > 50


def trace_of(document: dict, jump: bool) -> list[tuple]:
    """Return every change of an output."""
    changes: list[tuple] = []
    result = scenario.run(document, lambda *change: changes.append(change), jump)
    assert not result.failures
    return changes


def test_jumps_change_nothing_with_cards():
    for seed in range(JUMP_SEEDS):
        steps = random_steps(Random(1000 + seed))
        relock = ("At once", "After 60 s")[seed % 2]
        settings = {"MAX": 16, "RFID": "Learn", "RELOCK": relock}
        document = {"settings": settings, "steps": steps, "until_ms": steps[-1]["at_ms"] + 70_000}
        assert trace_of(document, True) == trace_of(document, False), f"seed {seed}: {document}"
