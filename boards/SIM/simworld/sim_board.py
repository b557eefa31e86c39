"""The parts of the simulated board, each a part of the HAL over one simulated world."""

import sys

from micropython import const

from evse import aio
from evse.core import ticks
from evse.core.pilot import PilotWindows
from evse.core.profile import Profile
from simworld.files import Update
from simworld.homewizard import HomeWizards
from simworld.world import World
from sockets import is_address
from sockets.server import UdpServer

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

# The exit status that asks for a new start.
RESET_EXIT_STATUS = 42

_RESOLVER_FILE = "/etc/resolv.conf"

# Just before the ticks wrap, so that every run crosses it.
START_TICKS = ticks.PERIOD - 5000

# Windows in mV and ratings in A (facts: section 1.4; 680 ohm is 20 A as in IEC 61851-1). What lies between
# the windows is some cable, so the lowest rating; short and open are none.
PROXIMITY = ((200, 400, 63), (500, 700, 32), (1200, 1400, 20), (200, 2800, 13))


class RealClock:
    """Real time, as ticks that begin at START_TICKS."""

    def __init__(self) -> None:
        self._begin_ms = aio.ticks_ms()

    def ticks_ms(self) -> int:
        return ticks.add(START_TICKS, aio.ticks_diff(aio.ticks_ms(), self._begin_ms) & 0x1FFFFFFF)


class VirtualClock:
    """Time that somebody else moves."""

    def __init__(self) -> None:
        self.now = START_TICKS

    def ticks_ms(self) -> int:
        return self.now


class Pilot:
    def __init__(self, world: World) -> None:
        self._world = world
        self.permille = 1000
        self.connected = False

    def set(self, permille: int, connected: bool) -> None:
        self.permille = permille
        self.connected = connected
        self._world.drive_pilot(permille, connected)

    def read_into(self, inputs) -> None:
        self._world.sense_pilot(inputs)


class Proximity:
    def __init__(self, world: World) -> None:
        self._world = world

    def read_mv(self) -> int:
        return self._world.proximity_mv()


class Contactors:
    def __init__(self, world: World) -> None:
        self._world = world

    def set(self, c1: bool, c2: bool) -> None:
        self._world.c1.set(c1)
        self._world.c2.set(c2)

    def all_open(self) -> bool:
        return not self._world.c1.closed and not self._world.c2.closed

    def read_into(self, inputs) -> None:
        inputs.c1_closed = 1 if self._world.c1.closed else 0
        inputs.c2_closed = 1 if self._world.c2.closed else 0


class Lock:
    def __init__(self, world: World) -> None:
        self._world = world

    def drive(self, direction: int) -> None:
        self._world.lock.drive(direction)

    def read_feedback(self) -> int:
        return self._world.lock.feedback()


class ResidualCurrent:
    def __init__(self, world: World) -> None:
        self._world = world

    def tripped(self) -> bool:
        return self._world.residual.tripped()

    def test(self, active: bool) -> None:
        self._world.residual.test(active)


class DigitalInputs:
    def __init__(self, world: World) -> None:
        self._world = world

    def read_into(self, inputs) -> None:
        values = self._world.values
        inputs.in1 = values["in1"]
        inputs.in2 = values["in2"]
        inputs.switch = values["switch"]


class Temperature:
    def __init__(self, world: World) -> None:
        self._world = world

    def read_mc(self) -> int:
        return self._world.values["temp_c"] * 1000


class Rfid:
    """A reader that a user taps cards on by request."""

    health = ""

    def __init__(self) -> None:
        self._uid = None

    def tap(self, uid: str) -> None:
        self._uid = uid

    def read_uid(self):
        uid = self._uid
        self._uid = None
        return uid


class Buttons:
    """Three buttons that a request holds down for a while."""

    NAMES = ("left", "middle", "right")

    def __init__(self, clock) -> None:
        self._clock = clock
        self._until = {}

    def press(self, name: str, duration_ms: int) -> None:
        self._until[name] = ticks.add(self._clock.ticks_ms(), duration_ms)

    def read_mask(self) -> int:
        mask = 0
        now = self._clock.ticks_ms()
        for name in list(self._until):
            if ticks.diff(self._until[name], now) > 0:
                mask |= 1 << self.NAMES.index(name)
            else:
                del self._until[name]
        return mask


class Led:
    def __init__(self) -> None:
        self.rgb = (0, 0, 0)

    def set_rgb(self, red: int, green: int, blue: int) -> None:
        self.rgb = (red, green, blue)


class Display:
    """A display that keeps what it was last shown; `changes` counts by eighths of the frame."""

    PARTS = 8

    def __init__(self, width: int, height: int, size: int) -> None:
        self.width = width
        self.height = height
        self.frame = bytearray(size)
        self.changes = [0] * self.PARTS

    def show(self, buffer: bytearray) -> None:
        self.show_part(buffer, 0)

    def show_part(self, buffer, start: int) -> None:
        self.frame[start : start + len(buffer)] = buffer
        size = len(self.frame) // self.PARTS
        for part in range(start // size, (start + len(buffer) + size - 1) // size):
            self.changes[part] += 1


class Lcd(Display):
    """A display that interference blanks; starting it again costs it its picture, as on the real one."""

    def restart(self) -> None:
        self.show(bytearray(len(self.frame)))


class Storage:
    def __init__(self, root: str) -> None:
        self.root = root


class Network(HomeWizards):
    """The network of the PC, which brings it up and down itself."""

    wifi = None

    def __init__(self, world: World, real: bool) -> None:
        super().__init__(world, real)
        self._world = world

    def is_up(self) -> bool:
        return self._world.values["link.up"]

    def address(self) -> str:
        return "127.0.0.1" if self.is_up() else ""

    def name_servers(self) -> tuple:
        """Return those of the PC."""
        return name_servers(_RESOLVER_FILE) if self._real else ()

    def time_servers(self) -> tuple:
        """Return none: the time is that of the world."""
        return ()

    def listen_udp(self, port: int):
        return UdpServer(port, "127.0.0.1")


class Clock:
    """Ticks of real or virtual time, and the wall time of the world."""

    def __init__(self, source, world: World) -> None:
        self._source = source
        self._world = world

    def ticks_ms(self) -> int:
        return self._source.ticks_ms()

    def unix_s(self) -> int:
        return self._world.unix_s()

    def set_unix_s(self, unix_s: int, part_ms: int = 0) -> None:
        """Set the time of the world, unless whoever plays with it has chosen one."""
        if self._world.values["clock.utc"] is None:
            self._world.set_unix_s(unix_s)


class SimBoard:
    """The parts of the simulated station; `read` lets world time pass first."""

    # A PC may take the processor away for a while; a station may not.
    late_limit_ms = 1000
    serial_number = 1

    def __init__(
        self,
        source,
        meter_port,
        root: str,
        scratch: "Any" = None,
        watchdog: "Any" = None,
        bench: "Any" = None,
    ) -> None:
        # What a board in virtual time does without.
        self._bench = bench
        world = World(source.ticks_ms())
        self.world = world
        self.profile = Profile(PilotWindows(), PROXIMITY, True, True, False, 80000, True, True)
        self.clock = Clock(source, world)
        self.pilot = Pilot(world)
        self.proximity = Proximity(world)
        self.contactors = Contactors(world)
        self.lock = Lock(world)
        self.residual_current = ResidualCurrent(world)
        self.inputs = DigitalInputs(world)
        self.temperature = Temperature(world)
        self.rfid = Rfid()
        self.buttons = Buttons(self.clock)
        self.led = Led()
        self.displays = (Display(32, 32, 3072), Lcd(128, 64, 1024))
        self.meter_port = meter_port
        self.storage = Storage(root)
        # Set by whoever has a place for it.
        self.journal: "Any" = None
        self.scratch = scratch
        self.watchdog = watchdog
        self.network = Network(world, bench is not None)
        self.console = None

    def read(self, inputs) -> None:
        """Fill `inputs` with what the world looks like now."""
        self.world.step(self.clock.ticks_ms())
        self.pilot.read_into(inputs)
        inputs.proximity_mv = self.proximity.read_mv()
        self.contactors.read_into(inputs)
        inputs.lock_feedback = self.lock.read_feedback()
        inputs.residual_current = self.residual_current.tripped()
        inputs.temp_mc = self.temperature.read_mc()
        self.inputs.read_into(inputs)

    def apply(self, outputs) -> None:
        """Carry the outputs into the world."""
        self.pilot.set(outputs.pilot_permille, outputs.pilot_connected)
        self.contactors.set(outputs.c1, outputs.c2)
        self.lock.drive(outputs.lock)
        self.residual_current.test(outputs.test)

    def safe_state(self) -> None:
        """Open the contactors, stop offering and end a test."""
        self.pilot.set(1000, False)
        self.contactors.set(False, False)
        self.lock.drive(0)
        self.residual_current.test(False)

    def services(self, app, supervisor) -> list:
        """Return the bench page and what else runs beside the station, as (name, function) pairs."""
        return self._bench.services(app, supervisor) if self._bench else []

    def open_recovery_link(self) -> None:
        """Do nothing: the PC has its network."""

    def recovery_address(self) -> tuple:
        """Return host and port of the recovery page."""
        port = self._bench.recovery_port()
        print("Recovery page: http://127.0.0.1:%d/" % port)
        return "127.0.0.1", port

    def start_update(self, image_bytes: int):
        """Return an update that takes an image of so many bytes."""
        return Update(self.storage.root + "/update.bin", image_bytes)

    def reset(self, reason: str) -> None:
        """End this process; whoever started it starts it again, as a reset does."""
        status = RESET_EXIT_STATUS
        if self._bench:
            self._bench.keeper.step()
            status = self._bench.exit_status
        sys.exit(status)


def name_servers(path: str) -> tuple:
    """Return the IPv4 addresses of name servers in a file of a PC; none when there is no such file."""
    found = []
    try:
        with open(path) as file:
            for line in file:
                words = line.split()
                if len(words) > 1 and words[0] == "nameserver" and is_address(words[1]):
                    found.append(words[1])
    except OSError:
        return ()
    return tuple(found)
