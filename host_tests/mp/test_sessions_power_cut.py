"""Sessions on LittleFS in RAM, with the power cut at every block write: every Wh stays on its card, and once."""

from power_cut import ROOT, PowerCut, at_every_write, formatted, unmount

from evse.core import states as s
from evse.core.energy import Session
from evse.services import sessions_record as sr
from evse.services.sessions import SETTLE_MS, SessionJournal
from evse.services.sessions_files import SessionFiles
from evse.services.sessions_open import SCHEMA
from evse.settings.store import Store

SEGMENTS = 3
PER_SEGMENT = 3
CARS = 5
CARDS = ["%08X" % (index + 1) for index in range(CARS)]
FIRST_WH = 1000


class Clock:
    def unix_s(self):
        return 1700000000


class Permit:
    owner = ""
    cause = 1


class Rules:
    """Every card has its own price and account."""

    def tariff(self, card):
        number = int(card, 16)
        return 100 + number, 60 * number, "CHF", 0xFFFFFF00 + number

    def name_of(self, account):
        return ""


class Charger:
    def __init__(self, station):
        self._station = station
        self.state = s.A
        self.access = s.ACCESS_OFF
        self.close = False
        self.phases_differ = False

    def connected(self):
        return self._station.car

    def proven_open(self):
        return not self.close


class Faults:
    active = 0
    stop_mask = 0


class Limits:
    limit_ma = 16000


class Regulation:
    """Nobody limits from elsewhere."""

    remote = None


class Station:
    """The facts that the journal looks at."""

    def __init__(self):
        self.uptime_s = 10
        self.current_ma = [0, 0, 0]
        self.session = Session()
        self.car = False
        self.charger = Charger(self)
        self.contactors = self.charger
        self.faults = Faults()
        self.limits = Limits()
        self.regulation = Regulation()

    def sees_no_car(self):
        return not self.car


class Alive:
    """A flash that keeps its power."""

    dead = False
    writes = 0


class World:
    """A meter that keeps counting, five cars, and what was confirmed."""

    def __init__(self, flash):
        self.flash = flash
        self.meter_wh = FIRST_WH
        self.used = [0] * CARS
        self.confirmed = 0
        self.now = 0

    def boot(self):
        self.station = Station()
        self.permit = Permit()
        self.files = SessionFiles(ROOT + "/sessions", SEGMENTS, PER_SEGMENT)
        self.journal = SessionJournal(
            self.station, self.permit, Clock(), self.files, Store(ROOT + "/session_open", SCHEMA)
        )
        self.journal.rules = Rules()
        self.meter()

    def meter(self):
        self.station.session.meter(self.meter_wh)

    def step(self, duration_ms=100):
        for _ in range(duration_ms // 100):
            self.now += 100
            self.journal.step(self.now)
            if self.flash.dead:
                # The journal goes on when a write fails; a station without power does not.
                raise PowerCut
        self.confirmed = self.files.newest

    def charge(self, car):
        station = self.station
        charger = station.charger
        station.car = True
        self.permit.owner = CARDS[car]
        charger.state = s.B
        charger.access = s.ACCESS_ON
        self.step(300)
        charger.state = s.C
        charger.close = True
        station.session.start()
        writes = self.flash.writes
        for _ in range(3):
            self.step(200)
            assert self.flash.writes == writes, "flash was written while a contactor was closed"
            station.uptime_s += 400
            self.meter_wh += car + 1
            self.used[car] += car + 1
            self.meter()
        charger.state = s.B1
        charger.close = False
        charger.access = s.ACCESS_OFF
        self.step(200)
        station.car = False
        charger.state = s.A
        station.session.end()
        self.step(SETTLE_MS + 200)


def test_a_cut_at_every_write_loses_no_energy_and_counts_none_twice():
    flash = formatted(64)
    data = bytes(flash.data)
    worlds = []

    def work(flash):
        world = World(flash)
        worlds.append(world)
        world.boot()
        for car in range(CARS):
            world.charge(car)

    def check(cut):
        before = worlds.pop()
        world = World(Alive())
        world.meter_wh = before.meter_wh
        world.boot()
        assert world.files.newest >= before.confirmed, cut
        world.step(SETTLE_MS + 500)
        # A second restart changes nothing.
        world.boot()
        world.step(SETTLE_MS + 500)
        found = list(world.files.records())
        numbers = [record.number for record in found]
        assert numbers == sorted(set(numbers)), (cut, numbers)
        cards = {}
        for record in found:
            assert record.kind == sr.END and record.reason in (sr.CARD, sr.POWER_LOSS)
            assert record.end_wh - record.start_wh == record.energy_wh
            assert record.card not in cards, (cut, record.card)
            price = (record.price_kwh, record.price_hour, record.currency, record.account)
            assert price == Rules().tariff(record.card), (cut, price)
            cards[record.card] = record.energy_wh
        # All but what the ring has dropped.
        for car in range(CARS):
            if car + 1 > max(numbers or [0]) - PER_SEGMENT:
                assert cards.get(CARDS[car], 0) == before.used[car], (cut, car, cards, before.used)

    cuts = at_every_write(data, work, check)
    print("sessions: %d power cuts" % cuts)
    assert cuts > 30
    unmount()
