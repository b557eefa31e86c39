"""The composition of the station: a board and its settings become services around one core."""

from evse import aio
from evse.core.config import Config
from evse.core.station import Station
from evse.log import log
from evse.services import requests, status
from evse.services.control import OPEN_LATE_MS, Control
from evse.services.journal import Journal
from evse.services.keeper import SCHEMA as SESSION_SCHEMA
from evse.services.keeper import Keeper
from evse.services.metering import Metering
from evse.services.wall_clock import WallClock
from evse.settings import intervals, table
from evse.settings.settings import SCHEMA as SETTINGS_SCHEMA
from evse.settings.settings import Settings
from evse.settings.store import Store
from evse.supervisor import Supervisor

_RESTART_CHECK_MS = 100
# A start that lasts this long is no part of a boot loop.
_GOOD_START_MS = 60000


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
    config.contact2 = settings.get("EnableC2")
    config.mode = settings.get("Mode")
    if config.mode and settings.get("MinCurrent") > settings.get("StationMin"):
        config.minimum_ma = settings.get("MinCurrent") * 1000
    config.mains_meter = settings.get("MainsMeter") != 0
    config.mains_late = settings.get("MainsMeter") in (table.METER_API, table.METER_HOMEWIZARD)
    config.circuit_meter = settings.get("CircuitMeter") != 0
    config.mains_ma = settings.get("MaxMains") * 1000
    config.circuit_ma = settings.get("MaxCircuit") * 1000
    config.mains_silent_ms = settings.get("MainsTimeout") * 1000
    config.start_ma = settings.get("StartCurrent") * 1000
    config.stop_ms = settings.get("StopTime") * 60000
    config.import_ma = settings.get("ImportCurrent") * 1000
    config.capacity_mode = settings.get("CapacityMode")
    config.capacity_ma = settings.get("MaxSumMains") * 1000
    config.capacity_stop_ms = settings.get("MaxSumMainsTime") * 60000
    config.capacity_intervals = intervals.parse(settings.text("intervals_json"))
    config.switch = settings.get("Switch")
    config.shed_active_low = settings.get("ShedPolarity") == 1
    return config


def custom_meter(settings: Settings) -> tuple:
    """Return what the settings of the custom meter say, as `meter_types.custom` takes it."""
    get = settings.get
    return (
        get("EMEndianness"),
        get("EMDataType"),
        get("EMFunction"),
        (get("EMURegister"), get("EMUDivisor")),
        (get("EMIRegister"), get("EMIDivisor")),
        (get("EMPRegister"), get("EMPDivisor")),
        (get("EMERegister"), get("EMEDivisor")),
    )


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
        self.metering = Metering(board.meter_port, self.station, board.clock)
        self.wall_clock = WallClock(board.clock, self.station)
        self.configure()
        # After the choice of the meter, which forgets what an earlier one counted.
        self.keeper = Keeper(self.station, self.settings, make_store("session", SESSION_SCHEMA))

    def configure(self) -> None:
        """Let the present settings act."""
        self.station.configure(core_config(self.settings))
        settings = self.settings
        try:
            self.metering.configure(
                mains=(settings.get("MainsMeter"), settings.get("MainsMAddress")),
                circuit=(settings.get("CircuitMeter"), settings.get("CircuitMAddress")),
                ev=(settings.get("EVMeter"), settings.get("EVMeterAddress")),
                custom=custom_meter(settings),
                is_delta=settings.get("Grid") == 1,
                mains_a=settings.get("MaxMains"),
                mains_silent_ms=settings.get("MainsTimeout") * 1000,
            )
        except ValueError as error:
            # The meters stay as they were; one that is missed is a fault by itself.
            log.write("meters: %s" % error)

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
        status.fill(into, self.station, self.control.outputs)
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
        supervisor.restarting("meters", self.metering.run)
        supervisor.restarting("wall clock", self.wall_clock.run)
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
