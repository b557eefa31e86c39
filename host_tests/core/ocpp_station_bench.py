"""A whole station with its gate and its charge point at a scripted central system, all in virtual time."""

import gate_bench
import ocpp_rig
from access_bench import MemoryStore
from bench_station import MV_6, MV_9, UNPLUGGED
from ocpp_smart_bench import fresh_path

from evse.services import access_modes as m
from evse.services.meter_values import CURRENT, IMPORT, POWER
from evse.services.ocpp.limit import Limiter
from evse.services.ocpp.station_port import StationPort
from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.smart import SmartCharging

CARD = "04A1B2C3D4E5F6"
OTHER = "DEADBEEF"


TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any


class Named:
    """Something with these attributes."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> "Any": ...

    def __init__(self, **values) -> None:
        for name in values:
            setattr(self, name, values[name])


class Values:
    current_ma = [0, 0, 0]
    voltage_dv = [2300, 2300, 2300]
    power_w = 0
    import_wh = 5000000
    known = CURRENT | POWER | IMPORT


class Meter:
    """An EV meter, or one that is not there."""

    type = Named(name="Meter of the test", powers=1)
    requests = ()
    more = None

    def __init__(self, enabled) -> None:
        self.is_enabled = enabled
        self.readings = self.registers = 1
        self.silent = False
        self.values = Values()

    def hurry(self, now_ms) -> None:
        self.registers += 1


class App:
    """What of the App the back end needs."""

    control = Named(inputs=Named(temp_mc=25000))
    metering = Named(ev=Meter(True), circuit=Meter(False))
    net = None
    # What a session was last seen at, before a restart.
    sessions = Named(open=Named(record=Named(end_s=0)), untold=lambda: None, tell=lambda: None)

    def __init__(self, rig) -> None:
        self.station = rig.station
        self.gate = rig.gate
        self.settings = rig.settings
        self.board = rig
        self.restarts = 0
        rig.serial_number = 7
        rig.settings.changes = 1
        rig.set_unix_s = self._set_unix_s
        self.clock_sets = []

    def restart(self) -> None:
        self.restarts += 1

    def _set_unix_s(self, unix_s) -> None:
        self.clock_sets.append(unix_s)


class Rig(ocpp_rig.Rig):
    """`mode` and `auth` are the settings RFID and AUTH; `gate_rig` is the station with its cards and its bench."""

    def __init__(self, mode=m.DISABLED, auth=m.AUTH_NONE, lock=0, **values) -> None:
        self.gate_rig = gate_bench.Rig(mode, auth)
        self.bench = self.gate_rig.bench
        self.bench.config.lock_kind = lock
        self.bench.config.socket = lock > 0
        self.bench.station.configure(self.bench.config)
        self.port_store = MemoryStore()
        self.path = fresh_path("station%d" % id(self))
        self.app = App(self.gate_rig)
        super().__init__(**values)
        self.online()

    def boot(self) -> None:
        self.station = StationPort(self.app, self.port_store)
        super().boot()
        self.station.cp = self.cp
        self.cp.smart.store.load()
        for _ in self.cp.smart.load():
            pass
        self.limiter = Limiter(self.app.station, self.app.settings, self.config, self.cp.smart)

    def smart(self):
        may_write = self.app.station.contactors.proven_open
        return SmartCharging(ProfileStore(ProfileFile(self.path, may_write)))

    def run(self, seconds=1, stride=1) -> None:
        for _ in range(seconds * 10):
            self.gate_rig.run(100)
            self._count_energy()
            self.now_ms = (self.now_ms + 100) & 0x3FFFFFFF
            self.tenths = getattr(self, "tenths", 0) + 1
            if self.tenths % 10 == 0:
                self.unix_s += 1
            for _ in range(20):
                self.step()
                if not self.settle():
                    break
            assert not self.errors, self.errors

    def step(self) -> None:
        self.cp.step(self.now_ms, self.unix_s)
        self.station.step()
        self.limiter.step(self.unix_s, self.cp.is_online(), self.station.decision.hold())

    def _count_energy(self) -> None:
        self.wmh = getattr(self, "wmh", 0)
        if self.bench.c1.closed and self.bench.pilot_mv == MV_6:
            self.wmh += 300
        Values.import_wh = 5000000 + self.wmh // 1000

    def plug(self) -> None:
        """Plug in a car that asks for power as soon as it may."""
        self.bench.plug(MV_9)
        self.run(2)

    def ask_power(self) -> None:
        self.bench.plug(MV_6)
        self.run(3)

    def unplug(self) -> None:
        self.bench.pilot_mv = UNPLUGGED
        self.run(2)

    def tap(self, uid=CARD) -> None:
        self.run(4)
        self.gate_rig.rfid.uid = uid
        self.run(1)

    def power_cut(self) -> None:
        """Restart the back end's part; the station itself is assumed to find its car again."""
        self.station.decision.leave()
        self.limiter.release()
        self.disconnect()
        self.boot()

    def shown(self) -> str:
        access = self.gate_rig.gate.access
        return access.topic if access else ""

    @property
    def closed(self) -> bool:
        return self.bench.c1.closed

    @property
    def status(self) -> str:
        return self.cp.connectors[1].status
