"""A gate over a station on a bench, with a card reader and a list of cards in memory."""

from access_bench import Cards, MemoryStore, Reader
from bench_station import START_TICKS, Bench, config

from evse.core import states as s
from evse.core import ticks
from evse.services import access_modes as m
from evse.services.access import Access
from evse.services.gate import Gate


class Settings:
    """The settings of the gate."""

    def __init__(self, mode, auth, relock) -> None:
        self.values = {"RFIDReader": mode, "Auth": auth, "Relock": relock, "AccessMode": m.LIMITED}
        self.values.update({"OpeningHours": 0, "PriceKwhMills": 0, "PriceHourMills": 0})

    def get(self, key):
        return self.values[key]

    def text(self, key) -> str:
        assert key == "Currency"
        return "CHF"

    def put(self, key, value) -> None:
        self.values[key] = value


class Storage:
    root = "/no/such/folder"


class Rig:
    """A gate over a station on a bench; it is its own clock and board."""

    def __init__(self, mode=m.DISABLED, auth=m.AUTH_NONE, relock=0, store=None, access=s.ACCESS_ON) -> None:
        self.bench = Bench(config())
        self.station = self.bench.station
        self.station.set_access(access)
        self.clock = self
        self.storage = Storage()
        self.rfid = Reader()
        self.boot_s = 0
        self.store = store or MemoryStore()
        self.others = {"rules": MemoryStore(), "web": MemoryStore()}
        self.store_fails = False
        self.settings = Settings(mode, auth, relock)
        self.shown = []
        self.cards = Cards()
        self.bench.run(500)
        self.restart()

    def restart(self) -> None:
        """Build the gate from what is kept."""
        self.gate = Gate(self.station, self.settings, self, self._make_store)
        self.gate.show = self.shown.append
        self.use_cards()

    def _make_store(self, name, schema):
        assert name in ("access", "rules", "web") and schema == 1
        if self.store_fails:
            raise OSError(28)
        return self.store if name == "access" else self.others[name]

    def use_cards(self) -> None:
        """Replace the file of cards by a list in memory."""
        if self.gate.access:
            self.gate.access.cards = self.cards

    def ticks_ms(self) -> int:
        return ticks.add(START_TICKS, self.bench.now_ms)

    def unix_s(self) -> int:
        return self.boot_s + self.bench.now_ms // 1000 if self.boot_s else 0

    def configure(self, mode, auth=m.AUTH_NONE) -> None:
        self.settings.values["RFIDReader"] = mode
        self.settings.values["Auth"] = auth
        self.gate.configure()
        self.use_cards()

    def run(self, duration_ms) -> None:
        for _ in range(duration_ms // 100):
            self.bench.run(100)
            self.gate.step(self.ticks_ms())

    def tap(self, uid) -> None:
        self.run(3000)
        self.rfid.uid = uid
        self.run(100)

    def outputs(self) -> dict:
        status = {}
        self.gate.fill_status(status)
        return status

    @property
    def built(self) -> Access:
        """The gate's access, which must be there."""
        access = self.gate.access
        assert access is not None
        return access

    @property
    def access(self) -> int:
        return self.station.charger.access
