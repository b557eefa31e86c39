"""What tests of firmware, logs and certificates stand on: transfers that end as told, and an installer."""

from micropython import const
from ocpp_local_bench import MemoryStore
from ocpp_rig import Rig
from ocpp_world import Space

from ocpp16.diagnostics import Diagnostics
from ocpp16.firmware import Firmware
from ocpp16.security_log import SecurityLog
from ocpp16.signed_firmware import SignedFirmware

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

DIGEST = bytes(range(32))


class Transfer:
    """Takes `steps` steps, then is done or, with `fails`, failed."""

    def __init__(self, steps: int, fails: bool, status: int = 200) -> None:
        self.left = steps
        self.fails = fails
        self.status = status
        self.size = 1000
        self.digest = DIGEST
        self.error = ""
        self.closed = False
        self.pauses = 0

    def step(self, now_ms: int, paused: bool = False) -> int:
        if paused:
            self.pauses += 1
            return 0
        self.left -= 1
        if self.left > 0:
            return 0
        return 2 if self.fails else 1

    def close(self) -> None:
        self.closed = True


class Files:
    """`results` says how the next transfers end: True well, False not, a number is the answer of the server."""

    def __init__(self) -> None:
        self.results: list = []
        self.steps = 5
        self.begun: list = []
        self.methods: list = []
        self.transfers: list = []
        self.writable = True
        self.reachable = True

    def may_write(self) -> bool:
        return self.writable

    def may_begin(self, location: str) -> bool:
        return self.reachable

    def download(self, location: str) -> Transfer:
        return self._begin(location, (location,))

    def upload(self, location: str, name: str, size: int, pieces, method: str) -> Transfer:
        text = "".join(list(pieces))
        assert len(text.encode()) == size
        self.methods.append(method)
        return self._begin(location, (location, name, text))

    def _begin(self, location: str, entry: tuple) -> Transfer:
        self.begun.append(entry)
        if not location.startswith("http"):
            raise ValueError("only http:// and https:// are supported")
        result = self.results.pop(0) if self.results else True
        status = 200 if result is True else 0 if result is False else result
        transfer = Transfer(self.steps, result is not True, status)
        self.transfers.append(transfer)
        return transfer


class Installer:
    """Gives `states` one after the other, and after a restart `result`."""

    def __init__(self) -> None:
        self.states = ["", "Installed"]
        self.result = ""
        self.begun: list = []

    def begin(self, size: int, digest: bytes) -> None:
        self.begun.append((size, digest))

    def state(self) -> str:
        return self.states.pop(0) if self.states else ""

    def outcome(self) -> str:
        return self.result


class FilesRig(Rig):
    """A charge point with firmware updates, diagnostics and a security log; `make_certificates(rig)` adds more."""

    def __init__(self, make_certificates=None, **values) -> None:
        self.files = Files()
        self.installer = Installer()
        self.firmware_store = MemoryStore()
        self.security_space = Space(64)
        self.lines = [(0, "0.100 started"), (1769860000, "old"), (1769860700, "new")]
        self.make_certificates = make_certificates
        self.certificates: "Any" = None
        Rig.__init__(self, **values)

    def boot(self) -> None:
        Rig.boot(self)
        self.security = SecurityLog(self.cp, self.security_space)
        self.security.load()
        self.security.event("StartupOfTheDevice")
        if self.make_certificates is not None:
            self.certificates = self.make_certificates(self)
        self.firmware = Firmware(self.cp, self.files, self.installer, self.firmware_store)
        if self.certificates is not None:
            SignedFirmware(self.cp, self.firmware, self.certificates)
        self.diagnostics = Diagnostics(self.cp, self.files, self.log_lines, self.security)

    def log_lines(self):
        yield from self.lines

    def step(self) -> None:
        Rig.step(self)
        while self.cp.pending.work() or self.firmware.work():
            pass
        self.firmware.step()
        self.diagnostics.step()
        self.security.step()

    def told(self, action: str) -> list:
        """Return the statuses that were told with an action."""
        return [payload["status"] for payload in self.central.of(action)]

    def events(self) -> list:
        """Return the security events that were told."""
        return [payload["type"] for payload in self.central.of("SecurityEventNotification")]
