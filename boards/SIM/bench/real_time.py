"""The simulated board in real time: its command line, its bench page, and a world that outlives resets.

The world is not part of the station: a car stays plugged in and a meter keeps its register while the station
restarts, so both are kept in a file of their own.
"""

import asyncio
import socket

from bench.listener import free_port
from bench.meters import Feeds, Meters
from bench.server import serve
from bench.simulation import Simulation
from evse import aio
from evse.app import App
from evse.core.errors import FieldError
from evse.log import log
from evse.settings import store as st
from simworld.bus import InProcessBus
from simworld.files import Journal, Scratch
from simworld.ports import open_port
from simworld.sim_board import RESET_EXIT_STATUS, RealClock, SimBoard

_WORLD_SCHEMA = 2
_KEEP_PERIOD_MS = 200
_METER_PERIOD_MS = 5
_ANSWER_MS = 50

EXIT_USAGE = 2


class Options:
    """What the command line asks for."""

    def __init__(self, arguments: list) -> None:
        self.bench_port = 8080
        self.web_port = 8081
        self.modbus_port = 8502
        self.data = "."
        self.serial = ""
        self.watchdog_port = 0
        self.settings = {}
        index = 0
        while index < len(arguments):
            value = arguments[index + 1] if index + 1 < len(arguments) else ""
            self._take(arguments[index], value)
            index += 2

    def _take(self, name: str, value: str) -> None:
        if name == "--bench-port":
            self.bench_port = int(value)
        elif name == "--web-port":
            self.web_port = int(value)
        elif name == "--modbus-port":
            self.modbus_port = int(value)
        elif name == "--data":
            self.data = value
        elif name == "--serial":
            self.serial = value
        elif name == "--watchdog-port":
            self.watchdog_port = int(value)
        elif name == "--set" and "=" in value:
            key, text = value.split("=", 1)
            self.settings[key] = text
        else:
            raise ValueError("unknown option: %s %s" % (name, value))


class Watchdog:
    """Tells the process that watches this one that it is alive."""

    def __init__(self, port: int) -> None:
        self.fed = 0
        self._socket = None
        if port:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._address = socket.getaddrinfo("127.0.0.1", port)[0][-1]

    def feed(self) -> None:
        self.fed += 1
        if self._socket:
            try:
                self._socket.sendto(b"alive", self._address)
            except OSError:
                # Nobody watches any more; there is nothing to tell.
                self._socket = None


class WorldKeeper:
    """Restore the world at start and keep it up to date in its file."""

    def __init__(self, world, path: str) -> None:
        self._world = world
        self._store = st.Store(path, _WORLD_SCHEMA)
        self._kept = None
        self._restore()

    def step(self) -> None:
        """Save the world if it changed."""
        world = self._world
        record = {
            "values": dict(world.values),
            "energy_wh": [[point.energy_import_wh, point.energy_export_wh] for point in _points(world)],
            "locked": world.lock.locked,
        }
        if record != self._kept:
            self._store.save(record)
            self._kept = record

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step()
            await aio.sleep_ms(_KEEP_PERIOD_MS)

    def _restore(self) -> None:
        status, record = self._store.load()
        if status != st.LOADED:
            return
        world = self._world
        for name, value in record.get("values", {}).items():
            try:
                world.restore(name, value)
            except FieldError as error:
                log.write("world: %s is not restored" % error.field)
        for point, pair in zip(_points(world), record.get("energy_wh", [])):
            point.energy_import_wh, point.energy_export_wh = pair
        world.lock.locked = record.get("locked") is True


class Bench:
    """The simulated board in real time and everything around it; ValueError for a port that cannot be."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.exit_status = RESET_EXIT_STATUS
        clock = RealClock()
        bus = None if options.serial else InProcessBus(clock.ticks_ms)
        port = bus.attach() if bus else open_port(options.serial, clock.ticks_ms)
        scratch = Scratch(options.data + "/scratch")
        self.board = SimBoard(clock, port, options.data, scratch, Watchdog(options.watchdog_port), self)
        self.board.journal = Journal(options.data + "/journal", self.board.contactors.all_open)
        world = self.board.world
        self.meters = Meters(bus.attach(), world) if bus else None
        self.keeper = WorldKeeper(world, options.data + "/world")
        self._clock = clock

    def services(self, app: App, supervisor) -> list:
        """Return what runs beside the station's own services."""
        self.board.journal.may_erase = app.station.contactors.proven_open
        simulation = Simulation(app, self.meters)
        try:
            simulation.set_settings(self.options.settings)
        except FieldError as error:
            self._give_up("--set " + str(error), supervisor)
        services = [
            ("world", self.keeper.run),
            ("fitting", lambda: self._repeat(simulation)),
            ("power", lambda: self._watch_power(app.board.world, supervisor)),
            ("bench page", lambda: self._serve(simulation, supervisor)),
        ]
        app.web_address = ("127.0.0.1", self.options.web_port or free_port("127.0.0.1"))
        web_port = app.web_address[1]
        app.modbus_address = ("127.0.0.1", self.options.modbus_port or free_port("127.0.0.1", web_port))
        app.on_web_ready = _print_web_address
        feeds = Feeds(app, self._clock.ticks_ms())
        services.append(("feeds", lambda: self._repeat(feeds)))
        services.append(("journal space", lambda: self._repeat(self.board.journal)))
        meters = self.meters
        if meters:
            services.append(("simulated meters", lambda: self._repeat(meters)))
        return services

    def recovery_port(self) -> int:
        """Return the port of the bench page, or any free one for 0."""
        return self.options.bench_port or free_port("127.0.0.1")

    async def wait_for_power(self) -> None:
        """Serve the bench page of a station without power until it comes back."""
        log.write("no power")
        board = self.board
        board.scratch.write(b"")
        simulation = Simulation(App(board), self.meters)
        page = asyncio.create_task(serve(simulation, self.options.bench_port, on_ready=_print_address))
        while not board.world.values["power"]:
            self.keeper.step()
            board.watchdog.feed()
            await aio.sleep_ms(_KEEP_PERIOD_MS)
        page.cancel()
        self.keeper.step()

    async def _serve(self, simulation: Simulation, supervisor) -> None:
        try:
            await serve(simulation, self.options.bench_port, on_ready=_print_address)
        except OSError as error:
            self._give_up(str(error), supervisor)

    def _give_up(self, text: str, supervisor) -> None:
        """End this process for good: starting it again would not help."""
        self.exit_status = EXIT_USAGE
        print("error: " + text)
        supervisor.fail(text)

    async def _watch_power(self, world, supervisor) -> None:
        while world.values["power"]:
            await aio.sleep_ms(_METER_PERIOD_MS)
        # Whoever cut it is told so first.
        await aio.sleep_ms(_ANSWER_MS)
        supervisor.fail("power cut")

    async def _repeat(self, part) -> None:
        while True:
            part.step(self._clock.ticks_ms())
            await aio.sleep_ms(_METER_PERIOD_MS)


def _points(world) -> tuple:
    return world.ev, world.mains, world.circuit


def _print_web_address(host: str, port: int) -> None:
    print("Web page: http://%s:%d/" % (host, port))


def _print_address(host: str, port: int) -> None:
    print("Bench page: http://%s:%d/" % (host, port))
