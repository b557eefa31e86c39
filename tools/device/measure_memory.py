"""Measure the heap of a station: measure_memory.py IMAGE|TREE DATA_DIR control|person|station|all; prints JSON.

With an image the code stays in the ROMFS; with a tree it is on the heap too. Every row is what a part added,
in bytes, after a collection. `control` is the core, its task, the supervisor and the board; `person` adds settings,
both displays, buttons with the menu open, and a reader whose cards open the station; `station` is everything that
main.py starts on a board with neither, `all` on one with both.
"""

import gc
import json
import sys

from image_modules import joined

# Imported in the direction of the arrows, so that each part is charged for what is its own.
CONTROL = (
    ("core", ("evse.core.station",)),
    ("log, aio", ("evse.log", "evse.aio")),
    ("supervisor", ("evse.supervisor",)),
    ("control task", ("evse.services.control",)),
    ("board", ("board",)),
)
PERSON = (
    ("settings", ("evse.settings.settings", "evse.settings.store")),
    (
        "displays",
        (
            "evse.services.display.sources",
            "evse.services.display.screens",
            "evse.services.display.rgb32",
            "evse.services.display.lcd128",
        ),
    ),
    ("access", ("evse.services.gate", "evse.services.access", "evse.services.cards")),
    ("menu", ("evse.services.menu_task", "evse.services.front_panel", "evse.services.menu")),
)
MORE = (
    ("lib", ("modbus.rtu", "modbus.registers")),
    ("settings", ("evse.settings.settings", "evse.settings.store")),
    ("status", ("evse.services.status",)),
    ("journal", ("evse.services.journal",)),
    ("keeper", ("evse.services.keeper",)),
    ("metering", ("evse.services.metering",)),
    ("app", ("evse.app",)),
    ("main", ("main",)),
)
_SETTLE_S = 1


class Meter:
    """Charges what the heap grew by to one part after the other."""

    def __init__(self) -> None:
        self.rows = []
        self._last = 0

    def begin(self) -> None:
        gc.collect()
        self._last = gc.mem_alloc()

    def charge(self, part: str) -> None:
        gc.collect()
        self.rows.append([part, gc.mem_alloc() - self._last])
        self._last = gc.mem_alloc()


class Screen:
    """A display that shows nothing."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height

    def show_part(self, buffer, start: int) -> None:
        pass


class Idle:
    """Buttons that nobody presses and a reader that nobody uses."""

    def read_mask(self) -> int:
        return 0

    def read_uid(self):
        return None


class People:
    """What somebody in front of the station uses, without the rest of it."""

    def __init__(self, hardware, station, module) -> None:
        store = module("evse.settings.store").Store
        make_store = lambda name, schema: store(hardware.storage.root + "/" + name, schema)  # noqa: E731
        self.settings = module("evse.settings.settings").Settings(make_store("settings", 3))
        self.settings.change({"RFID": "EnableAll"})
        fill = module("evse.services.display.sources").fill
        self.screens = module("evse.services.display.screens").Screens(
            hardware.displays, hardware.clock, lambda view: fill(view, station, 0)
        )
        self.gate = module("evse.services.gate").Gate(station, self.settings, hardware, make_store)
        self.menu = module("evse.services.menu").Menu(self.settings, None, ())


class Build:
    """A station put together step by step."""

    def __init__(self, place: str, root: str, what: str) -> None:
        self._joined = joined(place)
        self._root = root
        self._what = what
        self._hardware = None
        self._control = None
        self._app = None
        self._people = None

    def steps(self):
        """Yield the name of each part after it was added; tasks are not among them."""
        parts = {"control": CONTROL, "person": CONTROL + PERSON}.get(self._what, CONTROL + MORE)
        for part, modules in parts:
            for name in modules:
                self._module(name)
            yield "import " + part
        self._hardware = hardware = sys.modules["board"].BareBoard(self._root)
        if self._what in ("all", "person"):
            hardware.displays = (Screen(32, 32), Screen(128, 64))
            hardware.buttons = hardware.rfid = Idle()
        if self._what in ("control", "person"):
            station = self._module("evse.core.station").Station(hardware.profile)
            self._control = self._module("evse.services.control").Control(hardware, station)
            if self._what == "person":
                self._people = People(hardware, station, self._module)
        else:
            self._app = self._module("evse.app").App(hardware)
            if self._what == "all":
                self._app.change_settings({"RFID": "EnableAll"})
            self._control = self._app.control
        # What is built late is built by then.
        for step in range(200):
            self._control.tick(10 * step)
        yield "objects"

    def _module(self, name: str):
        """Import what a module has become."""
        name = self._joined.get(name, name)
        __import__(name)
        return sys.modules[name]

    def run(self, meter: Meter) -> None:
        """Run the tasks for a while, then charge them."""
        import asyncio

        hardware, control = self._hardware, self._control
        assert hardware and control

        async def measure() -> None:
            await asyncio.sleep(_SETTLE_S)
            meter.charge("tasks")
            sys.exit(0)

        async def run_control() -> None:
            supervisor = self._module("evse.supervisor").Supervisor(hardware)
            supervisor.critical("control", 1000, control.run)
            if self._people:
                supervisor.restarting("screens", self._people.screens.run)
                supervisor.restarting("gate", self._people.gate.run)
            supervisor.restarting("measurement", measure)
            await supervisor.run()

        hardware.services = lambda app, supervisor: [("measurement", measure)]
        try:
            asyncio.run(self._app.run() if self._app else run_control())
        except SystemExit:
            pass


def main(place: str, root: str, what: str) -> None:
    """Measure from an image or from a tree."""
    # Always there before the station.
    import asyncio  # noqa: F401

    if place.endswith(".romfs"):
        import run_image

        run_image.mount(place)
    else:
        sys.path[:] = [place, ".frozen"]
    build = Build(place, root, what)
    meter = Meter()
    meter.begin()
    for part in build.steps():
        meter.charge(part)
    build.run(meter)
    print(json.dumps(meter.rows))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
