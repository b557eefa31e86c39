"""The composition of the station: a board and its settings become services around one core."""

from evse import aio
from evse.core.config import Config
from evse.core.station import Station
from evse.log import log
from evse.services import requests, status
from evse.services.control import OPEN_LATE_MS, Control
from evse.services.ev_meter import EvMeter
from evse.services.journal import Journal
from evse.services.keeper import SCHEMA as SESSION_SCHEMA
from evse.services.keeper import Keeper
from evse.settings.settings import SCHEMA as SETTINGS_SCHEMA
from evse.settings.settings import Settings
from evse.settings.store import Store
from evse.supervisor import Supervisor

_RESTART_CHECK_MS = 100
# A start that lasts this long is no part of a boot loop.
_GOOD_START_MS = 60000

# CONTACT 2: phases used in Normal mode, per choice.
_PHASES = (3, 1, 3, 3, 3)


def core_config(settings: Settings) -> Config:
    """Return the settings in the core's units."""
    config = Config()
    config.socket = settings.get("Config") == 0
    config.lock_kind = settings.get("Lock")
    config.residual_current_monitor = settings.get("RCmon") == 1
    config.max_temp_c = settings.get("maxTemp")
    config.max_ma = settings.get("MaxCurrent") * 1000
    config.installer_ma = settings.get("InstallerMax") * 1000
    config.minimum_ma = settings.get("StationMin") * 1000
    config.phases = _PHASES[settings.get("EnableC2")]
    config.use_c2 = settings.get("EnableC2") != 0
    return config


class App:
    """One station; `make_store(name, schema)` opens a record, by default on the board's storage.

    `record` is the boot record, where there is one.
    """

    def __init__(self, board, make_store=None, record=None) -> None:
        if make_store is None:
            make_store = lambda name, schema: Store(board.storage.root + "/" + name, schema)  # noqa: E731
        self.board = board
        self.record = record
        self._restarting = False
        self.settings = Settings(make_store("settings", SETTINGS_SCHEMA))
        self.station = Station(board.profile)
        log.clock = self.station
        self.journal = Journal(self.station.events)
        self.control = Control(board, self.station)
        self.ev_meter = EvMeter(board.meter_port, self.station, board.clock) if board.meter_port else None
        self.configure()
        # After the choice of the meter, which forgets what an earlier one counted.
        self.keeper = Keeper(self.station, self.settings, make_store("session", SESSION_SCHEMA))

    def configure(self) -> None:
        """Let the present settings act."""
        self.station.configure(core_config(self.settings))
        if self.ev_meter:
            self.ev_meter.configure(self.settings.get("EVMeter"), self.settings.get("EVMeterAddress"))

    def change_settings(self, shown: dict) -> None:
        """Change settings as a user writes them; FieldError changes nothing."""
        self.settings.change(shown)
        self.configure()
        # Who is told that it was done may rely on it, so it is written now if the flash may be.
        self.keeper.step()

    def request(self, words: list) -> bool:
        """Carry out a request; False when it is not one of the station's."""
        return requests.carry_out(self.station, words)

    def restart(self) -> None:
        """Stop charging in order, then let `ready_to_restart` become True."""
        self.station.prepare_restart()
        self._restarting = True

    def ready_to_restart(self) -> bool:
        """Return True when a restart was asked for and the contactors are open."""
        return self._restarting and self.station.contactors.proven_open() and not self.station.charger.close

    def status(self, into: dict) -> None:
        """Write every output the station knows into `into`."""
        status.fill(into, self.station, self.settings, self.control.outputs)
        lateness = self.control.lateness
        into["loop.worst_lag_ms"] = lateness.worst_ms
        into["loop.worst_closed_lag_ms"] = lateness.worst_closed_ms
        into["loop.p999_lag_ms"] = lateness.p999_ms()
        into["reset.reason"] = self.record.reason if self.record else ""

    async def run(self) -> str:
        """Run until the station must reset; return the reason. Outputs are safe by then."""
        supervisor = Supervisor(self.board)
        supervisor.critical("control", OPEN_LATE_MS, self.control.run)
        supervisor.restarting("journal", self.journal.run)
        supervisor.restarting("keeper", self.keeper.run)
        if self.ev_meter:
            supervisor.restarting("ev meter", self.ev_meter.run)
        supervisor.restarting("start", self._prove_start)
        supervisor.restarting("restart", lambda: self._restart(supervisor))
        for name, function in self.board.services(self, supervisor):
            supervisor.restarting(name, function)
        log.write("station runs")
        return await supervisor.run()

    async def _restart(self, supervisor: Supervisor) -> None:
        while not self.ready_to_restart():
            await aio.sleep_ms(_RESTART_CHECK_MS)
        self.keeper.flush()
        self._note_good_start()
        supervisor.fail("restart was asked for")

    async def _prove_start(self) -> None:
        await aio.sleep_ms(_GOOD_START_MS)
        self._note_good_start()
        await aio.forever()

    def _note_good_start(self) -> None:
        if self.record:
            self.record.good()
