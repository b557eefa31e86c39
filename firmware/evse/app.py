"""The composition of the station: a board and its settings become services around one core."""

from micropython import const

from evse import aio
from evse.core.station import Station
from evse.log import log
from evse.services import front, status
from evse.services.control import OPEN_LATE_MS, Control
from evse.services.gate import Gate
from evse.services.journal import Journal
from evse.services.keeper import SCHEMA as SESSION_SCHEMA
from evse.services.keeper import Keeper
from evse.services.led import Led
from evse.services.loader import REST_MS, Loader
from evse.services.metering import Metering
from evse.services.online import run_mqtt, run_ocpp, serve_modbus, serve_web
from evse.services.sessions import SessionJournal
from evse.services.sessions_files import SessionFiles
from evse.services.sessions_open import SCHEMA as OPEN_SCHEMA
from evse.services.switch import Switch
from evse.services.wall_clock import WallClock
from evse.settings import table
from evse.settings.settings import SCHEMA as SETTINGS_SCHEMA
from evse.settings.settings import Settings
from evse.settings.store import EMPTY, Store
from evse.supervisor import Supervisor

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.mqtt.service import Mqtt
    from evse.services.ocpp.service import Ocpp

_RESTART_CHECK_MS = 100
_RESTART_SHOWN_MS = 300
# A start that lasts this long is no part of a boot loop; in rests of the loader.
_GOOD_START_RESTS = const(3)
_CHANGE = "evse.services.requests evse.settings.values evse.settings.conditions evse.settings.rules"
_CONFIGURATION = "evse.settings.intervals evse.services.configuration"
_WEB_SCHEMA = 1


class App:
    """One station; `make_store(name, schema)` opens a record, by default on the board's storage.

    `record` is the boot record, where there is one; `wipe()` removes all that the station keeps, by default files.
    """

    def __init__(self, board, make_store=None, record=None, wipe=None) -> None:
        if make_store is None:
            make_store = lambda name, schema: Store(board.storage.root + "/" + name, schema)  # noqa: E731
        self.board = board
        self.make_store = make_store
        self.record = record
        self.restarting = False
        self._erasing = False
        # Before anything reads a file: a factory reset that was begun has to end.
        self._marker = make_store("factory_reset", 1)
        if self._marker.load()[0] != EMPTY:
            self._erase(wipe)
        self.settings = Settings(make_store("settings", SETTINGS_SCHEMA))
        self.station = Station(board.profile)
        log.clock = self.station
        self.journal = Journal(self.station.events)
        self.control = Control(board, self.station)
        self.loader = Loader(self.control.pulse)
        self.metering = Metering(board.meter_port, self.station, board.clock, board.network)
        self.metering.load = self.loader.load
        self.metering.on_box_wifi = lambda mode: self.settings.put("SB2WIFImode", mode)
        self.wall_clock = WallClock(board.clock, self.station)
        self.net = self._make_net(make_store)
        self.screens = front.make_screens(self)
        self.picture = front.make_picture(self)
        self._configure(self._core_config())
        # After the choice of the meter, which forgets what an earlier one counted.
        self.keeper = Keeper(self.station, self.settings, make_store("session", SESSION_SCHEMA))
        # After the keeper, which restores the access that cards and times may have to close.
        self.gate = Gate(self.station, self.settings, board, make_store)
        self.gate.load = self.loader.load
        self.gate.wall_clock = self.wall_clock
        if self.screens:
            self.gate.show = self.screens.notify
        self.switch = Switch(self, board.clock)
        self.led = Led(board.led, self.station, self.settings, self.gate, self.switch, board.clock)
        self.menu = front.make_menu(self)
        # What is at a broker, while one is chosen.
        self.mqtt: "Mqtt | None" = None
        # What is at a back end, while one is chosen.
        self.ocpp: "Ocpp | None" = None
        # How often whom the station believes to be its broker was changed since the start.
        self.authority_changes = 0
        self.sessions = SessionJournal(
            self.station,
            self.gate,
            board.clock,
            SessionFiles(board.storage.root + "/sessions"),
            make_store("session_open", OPEN_SCHEMA),
            getattr(board, "journal", None),
        )
        self.sessions.rules = self.gate
        # Built by its task; `web_address` is where it listens, `on_web_ready` is called when it does.
        self.web = None
        self.web_address: tuple = ("0.0.0.0", 80)
        self.on_web_ready: object = None
        self.web_store = make_store("web", _WEB_SCHEMA)
        self.modbus_address: tuple = ("0.0.0.0", 502)

    def configure(self) -> None:
        """Let the present settings act; without the memory for what they need the station restarts with them."""
        try:
            config = self._core_config()
            self.loader.load(self.station.regulation.missing(config))
            self._configure(config)
        except MemoryError:
            log.write("no memory for what the settings need: restart")
            self.restart()
        self.gate.configure()

    def _core_config(self):
        self.loader.load(_CONFIGURATION)
        from evse.services.configuration import core_config

        return core_config(self.settings)

    def _configure(self, config) -> None:
        self.station.configure(config)
        settings = self.settings
        self.loader.load(_CONFIGURATION)
        from evse.services.configuration import configure_meters

        try:
            configure_meters(self.metering, settings)
        except ValueError as error:
            # The meters stay as they were; one that is missed is a fault by itself.
            log.write("meters: %s" % error)
        self.wall_clock.configure(settings.text("TimezoneInfo"))
        if self.net:
            self.net.configure()
        front.configure(self)

    def change_settings(self, shown: dict, by: str = table.INSTALLER, dry: bool = False) -> None:
        """Change settings as a user writes them, `by` table.USER, REMOTE or INSTALLER; FieldError changes nothing.

        With `dry` nothing changes, and only what is wrong is told.
        """
        self.loader.load(_CHANGE)
        from evse.services import requests

        requests.check_measurands(self, shown)
        if not self.station.config.cable_fixed:
            requests.check_fixing(self.station, shown)
        self.settings.change(shown, by, dry)
        if dry:
            return
        self.configure()
        # Who is told that it was done may rely on it, so it is written now if the flash may be.
        self.keeper.step()

    def request(self, words: list) -> bool:
        """Carry out a request; False when it is not one of the station's."""
        if words == ["show_meter"] and self.screens:
            self.screens.show_meter()
            return True
        if self.gate.carry_out(words):
            return True
        self.loader.load("evse.services.requests")
        from evse.services import requests

        return requests.carry_out(self.station, words) or requests.carry_out_by_app(self, words)

    @property
    def starts_later(self) -> bool:
        """True while charging is to start at a chosen time."""
        access = self.gate.access
        return access is not None and access.permit.times.waiting

    @property
    def ocpp_connected(self) -> bool:
        """True while a back end answers."""
        return self.ocpp is not None and self.ocpp.connected

    def restart(self) -> None:
        """Stop charging in order, then let `ready_to_restart` become True."""
        self.station.prepare_restart()
        self.restarting = True

    def factory_reset(self) -> None:
        """Restart as above, and forget everything that is kept."""
        self._erasing = True
        self.restart()

    def ready_to_restart(self) -> bool:
        """Return True when a restart was asked for and the contactors are open."""
        return self.restarting and self.station.contactors.proven_open() and not self.station.charger.close

    def flush(self) -> None:
        """Write everything that a restart would lose; the contactors are open."""
        self.gate.flush()
        if self.ocpp:
            self.ocpp.flush()
        self.sessions.flush()
        self.keeper.flush()

    def before_restart(self) -> None:
        """Leave the storage as the next start needs it; the contactors are open."""
        self.flush()
        if self._erasing:
            try:
                self._marker.save({"erase": 1})
            except OSError as error:
                log.write("factory reset failed: %s" % error)

    def status(self, into: dict) -> None:
        """Write every output the station knows into `into`."""
        status.fill(into, self.station, self.control.outputs)
        lateness = self.control.lateness
        into["loop.worst_lag_ms"] = lateness.worst_ms
        into["loop.worst_closed_lag_ms"] = lateness.worst_closed_ms
        into["loop.p999_lag_ms"] = lateness.p999_ms()
        into["reset.reason"] = self.record.reason if self.record else ""
        into["display.page"] = self.screens.model.page if self.screens else ""
        into["custom_button"] = self.switch.custom
        self.gate.fill_status(into)
        if self.menu:
            self.menu.fill_status(into)
        self.sessions.fill_status(into)
        if self.net:
            self.net.fill_status(into)
        into["mqtt.connected"] = self.mqtt is not None and self.mqtt.connected
        into["mqtt.rejected"] = self.mqtt.publisher.rejected if self.mqtt else 0
        into["rfid.health"] = self.board.rfid.health if self.board.rfid else "not there"
        into["mqtt.error"] = self.mqtt.error if self.mqtt else ""
        if self.ocpp:
            self.ocpp.fill_status(into)
        else:
            into["ocpp.connected"] = False
            into["ocpp.error"] = ""
        if self.web:
            self.web.fill_status(into)

    async def run(self) -> str:
        """Run until the station must reset; return the reason. Outputs are safe by then."""
        supervisor = Supervisor(self.board)
        supervisor.critical("control", OPEN_LATE_MS, self.control.run)
        supervisor.restarting("journal", self.journal.run)
        supervisor.restarting("keeper", self.keeper.run)
        supervisor.restarting("gate", self.gate.run)
        supervisor.restarting("sessions", self.sessions.run)
        supervisor.restarting("switch", self.switch.run)
        if self.board.led:
            supervisor.restarting("led", self.led.run)
        if self.screens:
            supervisor.restarting("screens", self.screens.run)
        if self.picture:
            supervisor.restarting("picture", self.picture.run)
        if self.menu:
            supervisor.restarting("menu", self.menu.run)
        supervisor.restarting("meters", self.metering.run)
        if self.settings.get("WebServer") and self.board.network:
            supervisor.restarting("web", lambda: serve_web(self))
        supervisor.restarting("wall clock", self.wall_clock.run)
        if self.net:
            for name, function in self.net.services():
                supervisor.restarting(name, function)
        if self.board.network:
            supervisor.restarting("mqtt", lambda: run_mqtt(self))
            supervisor.restarting("ocpp", lambda: run_ocpp(self))
            supervisor.restarting("modbus", lambda: serve_modbus(self))
        supervisor.restarting("rest", self._rest)
        supervisor.restarting("restart", lambda: self._restart(supervisor))
        for name, function in self.board.services(self, supervisor):
            supervisor.restarting(name, function)
        log.write("station runs")
        return await supervisor.run()

    async def _restart(self, supervisor: Supervisor) -> None:
        while not self.ready_to_restart():
            await aio.sleep_ms(_RESTART_CHECK_MS)
        # Until the displays say so.
        await aio.sleep_ms(_RESTART_SHOWN_MS)
        if self.mqtt:
            await self.mqtt.leave()
        if self.ocpp:
            await self.ocpp.leave()
        self.before_restart()
        self._note_good_start()
        supervisor.fail("restart was asked for")

    def _erase(self, wipe) -> None:
        from evse.services import factory_reset

        try:
            wipe() if wipe else factory_reset.wipe(
                self.board.storage.root, getattr(self.board, "journal", None)
            )
        except OSError as error:
            log.write("factory reset goes on with the next start: %s" % error)

    def _make_net(self, make_store):
        """Return what keeps the station in its network; a board without one does not load it."""
        if not self.board.network:
            return None
        from evse.services.net import credentials
        from evse.services.net.task import Net

        store = make_store(credentials.NAME, credentials.SCHEMA)
        net = Net(self.board, self.station, self.settings, store)
        net.load = self.loader.load
        return net

    async def _rest(self) -> None:
        """Give back the memory of modules that nobody uses; a start that comes to its third time was a good one."""
        left = _GOOD_START_RESTS
        while True:
            await aio.sleep_ms(REST_MS)
            self.loader.rest()
            left -= 1
            if left == 0:
                self._note_good_start()

    def _note_good_start(self) -> None:
        if self.record:
            self.record.good()
