"""What a board can do: the Protocols that every board is a set of.

A board carries no charging logic. Commands go out, readings come in, and a contactor is closed only when
its feedback says so. All calls are non-blocking and, where the control step uses them, free of allocation.
"""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any, Protocol

    from evse.core.io import Inputs, Outputs
    from evse.core.profile import Profile

    class Pilot(Protocol):
        """Control pilot generator and sampler (IEC 61851-1 Annex A)."""

        def set(self, permille: int, connected: bool) -> None:
            """Drive the pilot: 1000 static +12 V, 0 static -12 V, else 1 kHz duty; floating when not connected."""
            ...

        def read_into(self, inputs: Inputs) -> None:
            """Fill `pilot_high_*_mv` and `pilot_low_*_mv` (pin mV; -1 where that part was not sampled)."""
            ...

    class Proximity(Protocol):
        """Proximity pilot (cable coding resistor)."""

        def read_mv(self) -> int: ...

    class Contactors(Protocol):
        """C1 (L1, N and, without C2, all phases) and C2 (L2, L3)."""

        def set(self, c1: bool, c2: bool) -> None: ...

        def read_into(self, inputs: Inputs) -> None:
            """Fill `c1_closed` and `c2_closed`: 1 closed, 0 open, -1 the board has no feedback contact."""
            ...

    class Lock(Protocol):
        """Cable lock actuator."""

        def drive(self, direction: int) -> None:
            """Drive: `io.LOCK_IDLE`, `io.LOCK_DRIVE_LOCK` or `io.LOCK_DRIVE_UNLOCK`."""
            ...

        def read_feedback(self) -> int:
            """Return the raw feedback level 0 or 1, or -1 when there is none."""
            ...

    class ResidualCurrent(Protocol):
        """Residual-current device; hardware opens the contactor, this is for the record."""

        def tripped(self) -> bool:
            """Return True when two reads agree that the device has tripped."""
            ...

        def test(self, active: bool) -> None:
            """Start or end a simulated residual current; nothing where the profile has no test."""
            ...

    class DigitalInputs(Protocol):
        """IN1, IN2 (voltage present) and SWITCH (closed)."""

        def read_into(self, inputs: Inputs) -> None: ...

    class Temperature(Protocol):
        def read_mc(self) -> int:
            """Return the board temperature in 0.001 degC."""
            ...

    class Rfid(Protocol):
        @property
        def health(self) -> str:
            """Return what is wrong with the reader in plain words, "" while it works."""
            ...

        def read_uid(self) -> str | None:
            """Return the hex UID of a card newly presented since the last call, else None."""
            ...

    class Buttons(Protocol):
        def read_mask(self) -> int:
            """Return pressed buttons: bit 0 left, bit 1 middle, bit 2 right."""
            ...

    class Led(Protocol):
        def set_rgb(self, red: int, green: int, blue: int) -> None: ...

    class Display(Protocol):
        """Frames are RGB888 row by row at 32x32, pages of eight rows with the top row in bit 0 at 128x64."""

        width: int
        height: int

        def show(self, buffer: bytearray) -> None:
            """Show a whole frame."""
            ...

        def show_part(self, buffer: memoryview, start: int) -> None:
            """Show the bytes of a frame from byte `start` on; a multiple of 384 at 32x32, of 128 at 128x64."""
            ...

    class Rs485Port(Protocol):
        """Half-duplex byte port; direction switching is the port's own business.

        `baud` is 0 where bytes take no time that a client could reckon with.
        """

        baud: int

        def write(self, buffer: bytearray, count: int) -> None:
            """Queue the first `count` bytes for sending."""
            ...

        def read_into(self, buffer: memoryview) -> int:
            """Move received bytes into the start of `buffer` and return how many; 0 when none wait."""
            ...

    class Storage(Protocol):
        """A directory for small files."""

        root: str

    class Scratch(Protocol):
        """A little memory that survives a reset."""

        def read(self) -> bytes: ...

        def write(self, data: bytes) -> None: ...

    class Update(Protocol):
        """A firmware update under way; ValueError says what is wrong with it."""

        def write(self, data: memoryview) -> int:
            """Take the beginning of `data`; return how many bytes."""
            ...

        def finish(self, sha256: bytes | None) -> None:
            """Check the image and make it the one to start."""
            ...

    class Clock(Protocol):
        def ticks_ms(self) -> int:
            """Return a millisecond counter that wraps at `ticks.PERIOD`."""
            ...

        def unix_s(self) -> int:
            """Return UTC in seconds since 1970, or 0 while unknown."""
            ...

    class SettableClock(Clock, Protocol):
        def set_unix_s(self, unix_s: int, part_ms: int = 0) -> None:
            """Set the clock; the ticks do not jump."""
            ...

    class Watchdog(Protocol):
        def feed(self) -> None: ...

    class StreamLink(Protocol):
        """A TCP connection that never waits; OSError when it cannot be made or is lost. See lib/sockets."""

        def ready(self) -> bool:
            """Return True once bytes can go."""
            ...

        def send(self, data: memoryview) -> int:
            """Send what fits; return how many bytes."""
            ...

        def receive(self, buffer: memoryview) -> int:
            """Move received bytes into `buffer`; return how many, -1 when the other side has closed."""
            ...

        def close(self) -> None: ...

    class DatagramLink(Protocol):
        """Datagrams to one address, and back from anybody."""

        def send(self, data: bytes) -> None: ...

        def receive(self, buffer: memoryview) -> int:
            """Move a datagram into `buffer`; return how many bytes, 0 when none waits."""
            ...

        def close(self) -> None: ...

    class DatagramServer(Protocol):
        """Datagrams from anybody, answered one by one."""

        def receive(self, buffer: memoryview) -> int:
            """Move a datagram into `buffer`; return how many bytes, 0 when none waits."""
            ...

        def reply(self, data: bytes) -> None:
            """Send a datagram to whom the last one came from."""
            ...

        def close(self) -> None: ...

    class Wifi(Protocol):
        """A radio: a station in somebody's network, and an access point of its own. OSError when it refuses."""

        hostname: str
        started: bool

        def set_hostname(self, hostname: str) -> None: ...

        def start(self) -> None:
            """Switch the radio on; the first time holds the loop for some 100 ms, as nothing else here does."""
            ...

        def connect(self, ssid: str, password: str, bssid: bytes | None = None) -> None:
            """Begin to join a network, of several access points the one of `bssid`."""
            ...

        def disconnect(self) -> None: ...

        def state(self) -> str:
            """Return off, connecting, no_address, up, wrong_password, not_found or lost."""
            ...

        def start_scan(self) -> None: ...

        def networks(self) -> list | None:
            """Return (ssid, bssid, rssi_dbm, is_open) of what the scan has found, None while it goes on."""
            ...

        def rssi_dbm(self) -> int:
            """Return the strength of the access point, 0 while not connected."""
            ...

        def start_access_point(self, ssid: str, password: str) -> None: ...

        def stop_access_point(self) -> None: ...

        def access_point_address(self) -> str: ...

    class Links(Protocol):
        """The way to other devices; addresses are IPv4 in text, and opening raises OSError."""

        def is_up(self) -> bool: ...

        def open_tcp(self, address: str, port: int) -> StreamLink: ...

        def open_udp(self, address: str, port: int) -> DatagramLink: ...

    class Network(Links, Protocol):
        """The network of a station; `wifi` is None where there is no radio, or none of ours."""

        wifi: Wifi | None

        def address(self) -> str:
            """Return the address of this station, "" while there is none."""
            ...

        def name_servers(self) -> tuple[str, ...]:
            """Return the addresses of the name servers."""
            ...

        def time_servers(self) -> tuple[str, ...]:
            """Return the names of the time servers to ask when none are set; none where the clock needs no care."""
            ...

        def listen_udp(self, port: int) -> DatagramServer: ...

    class Console(Protocol):
        """A serial line to a person; reading never waits."""

        def read(self) -> int:
            """Return a byte, -1 when none waits."""
            ...

        def write(self, text: str) -> None: ...

    class Board(Protocol):
        """One concrete station: a set of the parts above; a part that is missing is None."""

        profile: Profile
        # By which stations are told apart: at least 1, and the same for ever.
        serial_number: int
        # How late a control step may come while a contactor is closed.
        late_limit_ms: int
        pilot: Pilot
        proximity: Proximity
        contactors: Contactors
        lock: Lock
        residual_current: ResidualCurrent
        inputs: DigitalInputs
        temperature: Temperature
        rfid: Rfid | None
        buttons: Buttons | None
        led: Led | None
        displays: tuple[Display, ...]
        meter_port: Rs485Port | None
        storage: Storage
        scratch: Scratch
        clock: SettableClock
        watchdog: Watchdog
        network: Network | None
        console: Console | None

        def read(self, inputs: Inputs) -> None:
            """Fill every field of `inputs` from the parts."""
            ...

        def apply(self, outputs: Outputs) -> None:
            """Carry every field of `outputs` to the parts."""
            ...

        def safe_state(self) -> None:
            """Open the contactors, stop offering, end a test; must work at any moment and may be called twice."""
            ...

        def open_recovery_link(self) -> None:
            """Make the recovery page reachable, by an access point for instance."""
            ...

        def recovery_address(self) -> tuple[str, int]:
            """Return host and port for the recovery page."""
            ...

        def start_update(self, image_bytes: int) -> Update:
            """Begin a firmware update; ValueError when an image of this size cannot be taken."""
            ...

        def reset(self, reason: str) -> None:
            """Restart the controller; outputs are safe before anything else runs."""
            ...

        def services(self, app: Any, supervisor: Any) -> list:
            """Return what runs beside the station's services, as (name, coroutine function) pairs."""
            ...
