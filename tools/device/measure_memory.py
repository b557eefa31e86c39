"""Measure the heap of a station: measure_memory.py IMAGE|TREE DATA_DIR control|station; prints JSON.

With an image the code stays in the ROMFS; with a tree it is on the heap too. Every row is what a part added,
in bytes, after a collection. `control` is the core, its task, the supervisor and the board; `station` is
everything that main.py starts.
"""

import gc
import json
import sys

# Imported in the direction of the arrows, so that each part is charged for what is its own.
CONTROL = (
    ("core", ("evse.core.station",)),
    ("log, aio", ("evse.log", "evse.aio")),
    ("supervisor", ("evse.supervisor",)),
    ("control task", ("evse.services.control",)),
    ("board", ("board",)),
)
MORE = (
    ("lib", ("modbus", "modbus.rtu", "modbus.registers")),
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


class Build:
    """A station put together step by step."""

    def __init__(self, root: str, what: str) -> None:
        self._root = root
        self._what = what
        self._hardware = None
        self._control = None
        self._app = None

    def steps(self):
        """Yield the name of each part after it was added; tasks are not among them."""
        for part, modules in CONTROL if self._what == "control" else CONTROL + MORE:
            for name in modules:
                __import__(name)
            yield "import " + part
        self._hardware = hardware = sys.modules["board"].BareBoard(self._root)
        if self._what == "control":
            station = sys.modules["evse.core.station"].Station(hardware.profile)
            self._control = sys.modules["evse.services.control"].Control(hardware, station)
        else:
            self._app = sys.modules["evse.app"].App(hardware)
            self._control = self._app.control
        # What is built late is built by then.
        for step in range(200):
            self._control.tick(10 * step)
        yield "objects"

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
            supervisor = sys.modules["evse.supervisor"].Supervisor(hardware)
            supervisor.critical("control", 1000, control.run)
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
    build = Build(root, what)
    meter = Meter()
    meter.begin()
    for part in build.steps():
        meter.charge(part)
    build.run(meter)
    print(json.dumps(meter.rows))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
