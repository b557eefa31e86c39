"""A station on a bench with a card reader, a wall clock, and the access and session services around it."""

from bench_station import MV_6, MV_9, START_TICKS, Bench, config

from evse.core import states as s
from evse.core import ticks
from evse.core.contactors import Contactors
from evse.services import access_modes as m
from evse.services import cards as c
from evse.services.access import Access
from evse.services.sessions import SessionJournal
from evse.services.sessions_record import unpack
from evse.settings.store import EMPTY, LOADED

NOON_S = 1700000000 // 86400 * 86400 + 43200

CARD_A = "04A1B2C3D4E5F6"
CARD_B = "DEADBEEF"
CARD_C = "00112233445566778899"


class Clock:
    """Ticks of the bench, and a time of day that may be unknown."""

    def __init__(self, rig) -> None:
        self._rig = rig
        self.boot_s = 0

    def ticks_ms(self) -> int:
        return ticks.add(START_TICKS, self._rig.bench.now_ms)

    def unix_s(self) -> int:
        return self.boot_s + self._rig.bench.now_ms // 1000 if self.boot_s else 0


class Reader:
    """Reports a card once, or for every second that it is there."""

    def __init__(self) -> None:
        self.uid = ""

    def read_uid(self) -> "str | None":
        uid = self.uid
        self.uid = ""
        return uid or None


class Cards:
    """A list in memory with the answers of the real one."""

    def __init__(self, *uids) -> None:
        self.uids = list(uids)
        self.writable = True
        self.capacity = 3

    def contains(self, uid: str) -> bool:
        return uid in self.uids

    def add(self, uid: str) -> int:
        if uid in self.uids:
            return c.DUPLICATE
        if len(self.uids) >= self.capacity:
            return c.FULL
        if not self.writable:
            return c.BUSY
        self.uids.append(uid)
        return c.STORED

    def remove(self, uid: str) -> int:
        if uid not in self.uids:
            return c.UNKNOWN
        self.uids.remove(uid)
        return c.DELETED

    def clear(self) -> int:
        if not self.writable:
            return c.BUSY
        self.uids.clear()
        return c.DELETED

    def step(self) -> None:
        pass


class MemoryStore:
    """What a restart finds; written only while no contactor is closed."""

    def __init__(self) -> None:
        self.record = None
        self.contactors: "Contactors | None" = None
        self.saves = 0

    def load(self) -> tuple:
        return (EMPTY, None) if self.record is None else (LOADED, dict(self.record))

    def save(self, value: dict) -> None:
        assert self.contactors is None or self.contactors.proven_open()
        self.record = dict(value)
        self.saves += 1


class MemoryFiles:
    """Sessions in memory."""

    def __init__(self) -> None:
        self.payloads = []
        self.newest = 0
        self.contactors: "Contactors | None" = None

    def append(self, payload) -> None:
        assert self.contactors is None or self.contactors.proven_open()
        self.payloads.append(bytes(payload))
        found = unpack(payload)
        assert found
        self.newest = found.number

    def records(self):
        for payload in self.payloads:
            record = unpack(payload)
            assert record
            yield record

    def last(self, count: int) -> list:
        records = list(self.records())
        records.reverse()
        return records[:count]


class RawJournal:
    """A board's raw journal without its flash."""

    payload_bytes = 60
    free = 500

    def __init__(self) -> None:
        self.payloads = []

    def append(self, payload) -> bool:
        self.payloads.append(bytes(payload))
        return True

    def records(self):
        yield from self.payloads


class Rig:
    """Everything together; `restart` keeps what is stored, the world and the meter."""

    def __init__(
        self, *uids, mode=m.ENABLE_ALL, auth=m.AUTH_NONE, reference=False, raw=None, **values
    ) -> None:
        self.cards = Cards(*uids)
        self.permit_store = MemoryStore()
        self.session_store = MemoryStore()
        self.files = MemoryFiles()
        self.raw = raw
        self.reader = Reader()
        self.authoriser = None
        self.meter_wh = -1
        self.meter_w = 0
        self._metered = 0
        self._values = values
        self._mode = mode
        self._auth = auth
        self._reference = reference
        self.access_kept = s.ACCESS_OFF
        self._build(0)
        self.clock = Clock(self)
        self._services()
        self.run(1000)

    def _build(self, now_ms: int) -> None:
        self.bench = Bench(config(**self._values))
        self.bench.now_ms = now_ms
        self.station = self.bench.station
        self.station.set_access(self.access_kept)

    def _services(self) -> None:
        for part in (self.permit_store, self.session_store, self.files):
            part.contactors = self.station.contactors
        self.access = Access(
            self.station, self.cards, self.clock, self.reader, self.permit_store, self.authoriser
        )
        self.access.configure(self._mode, self._auth, self._reference)
        self.sessions = SessionJournal(
            self.station, self.access.permit, self.clock, self.files, self.session_store, self.raw
        )

    def restart(self, start_wh: int = -1, pause_ms: int = 2000) -> None:
        """Lose and regain power; the car stays as it is. `start_wh` is what the keeper noted at plug-in."""
        old = self.bench
        self._build(old.now_ms + pause_ms)
        self.bench.pilot_mv = old.pilot_mv
        self.bench.pp_mv = old.pp_mv
        self.station.session.arm(start_wh)
        self._services()

    def configure(self, mode: int, auth: int = m.AUTH_NONE) -> None:
        self._mode = mode
        self._auth = auth
        self.access.configure(mode, auth, self._reference)

    def wait(self, duration_ms: int) -> None:
        """Let a long time pass in which nothing happens: one control step for ten."""
        self.run(duration_ms, 100)

    def run(self, duration_ms: int, step_ms: int = 10) -> None:
        """Let time pass; services every 100 ms, the meter every second."""
        for _ in range(duration_ms // 100):
            for _ in range(100 // step_ms):
                self.bench.step(step_ms)
            if self.station.contactors.proven_open():
                self.access_kept = self.station.charger.access
            now = self.clock.ticks_ms()
            self.access.step(now)
            self.sessions.step(now)
            self._metered += 100
            if self._metered >= 1000:
                self._metered = 0
                self._meter()

    def _meter(self) -> None:
        closed = self.bench.c1.closed
        current_ma = 16000 if closed else 0
        self.station.meter_currents(current_ma, current_ma, current_ma - 500 if closed else 0, 0)
        if self.meter_wh >= 0:
            if closed:
                self.meter_wh += 3
            self.station.session.meter(self.meter_wh)
        elif closed and self.meter_w:
            self.station.session.power(self.meter_w, 1000)

    def tap(self, uid: str) -> None:
        """Present a card, long after the last one."""
        self.run(3000)
        self.reader.uid = uid
        self.run(100)

    def plug(self) -> None:
        self.bench.plug(MV_9)
        self.run(500)

    def charge(self) -> None:
        """Let the plugged car ask until the contactor is closed."""
        self.bench.plug(MV_6)
        for _ in range(300):
            if self.bench.c1.closed:
                return
            self.run(100)
        raise AssertionError("the car does not charge")

    def unplug(self) -> None:
        self.bench.unplug()
        self.run(500)

    def settle(self) -> None:
        self.run(6000)

    @property
    def opened(self) -> bool:
        return self.station.charger.access == s.ACCESS_ON
