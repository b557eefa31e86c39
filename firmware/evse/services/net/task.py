"""What the station does about the network: Wi-Fi as the settings want it, set-up when it is needed, and the time.

Charging depends on none of it, and nothing here waits.
"""

from micropython import const

from dns.resolver import Resolver
from evse import aio
from evse.core import ticks
from evse.log import log
from evse.services.loader import at_once
from evse.services.net import wifi
from evse.services.net.sntp import Sntp

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

    from evse.services.net.provisioning import Provisioning

# What the set-up imports, those first that others need.
_SETUP_MODULES = (
    "evse.services.net.credentials sockets.server sockets.closing dns.names dns.message dns.server microdot "
    "http_server.head http_server.listener evse.services.net.setup_page evse.services.net.provisioning"
)
# The setting WIFI.
_DISABLED = const(0)
_ENABLED = const(1)
_SETUP = const(2)

_PERIOD_MS = const(200)
_BUSY_PERIOD_MS = const(20)
_SETUP_PERIOD_MS = const(500)
_CONSOLE_PERIOD_MS = const(50)
# A network that was just set up and is not joined by then may have been mistyped.
_TRIAL_MS = const(60000)
_SAVE_PAUSE_MS = const(10000)


class Net:
    """The network of one station; `store` keeps the credentials.

    `resolver` turns names into addresses for everybody. `setting_up` is the set-up under way, or None.
    """

    def __init__(self, board, station, settings, store) -> None:
        network = board.network
        self._board = board
        self._settings = settings
        self._store = store
        self._may_hold = station.contactors.proven_open
        self._mode = -1
        self._unsaved = False
        self._save_due = 0
        self._trial = False
        self._trial_since = 0
        self._is_message_ours = False
        # Loads modules one by one, see `loader`.
        self.load = at_once
        # Told True before the page of the set-up needs the port of pages, and False after.
        self.on_setup: Any = None
        # The web server, once there is one.
        self.web: Any = None
        self.network = network
        self.resolver = Resolver(network)
        self.sntp = Sntp(network, self.resolver, board.clock)
        self.radio = network.wifi
        self.wifi = wifi.WifiSupervisor(self.radio, self._may_hold) if self.radio else None
        self.setting_up: "Provisioning | None" = None
        from evse.services.net import credentials

        known = credentials.load(store) if self.radio else None
        self._ssid, self._password = known or ("", "")
        if self.radio and credentials.switches_on(store):
            settings.put("WIFImode", _ENABLED)
            # Without that mark, so that it can be switched off again.
            self._unsaved = True
            self._save_due = board.clock.ticks_ms()
        # A station that was never told anything asks for it.
        self.setup_wanted = self.radio is not None and known is None
        if self.radio and settings.text("Hostname"):
            self.radio.set_hostname(settings.text("Hostname"))

    def configure(self) -> None:
        """Let the present settings act."""
        settings = self._settings
        servers = settings.text("TimeServers")
        self.sntp.configure(tuple(servers.split(",")) if servers else self.network.time_servers())
        mode = settings.get("WIFImode")
        if self.wifi and mode != self._mode:
            self._mode = mode
            if mode == _SETUP or (mode == _ENABLED and not self._ssid):
                self.setup_wanted = True
            self.apply()

    def apply(self) -> None:
        """Join the network that is known, if it is wanted and no set-up is under way."""
        if self.wifi and not self.setting_up:
            now = self._board.clock.ticks_ms()
            wanted = self._mode == _ENABLED
            self.wifi.configure(self._ssid if wanted else "", self._password if wanted else "", now)

    def join(self, ssid: str, password: str) -> None:
        """Take and keep the credentials of a network; an empty name is no Wi-Fi."""
        self._ssid = ssid
        self._password = password
        self._unsaved = True
        self._save_due = self._board.clock.ticks_ms()
        self._choose(_ENABLED if ssid else _DISABLED)
        self.apply()

    def step(self, now: int) -> None:
        """Go on with whatever is under way."""
        if self._unsaved and ticks.diff(now, self._save_due) >= 0 and self._may_hold():
            self._save(now)
        if self.wifi:
            self.wifi.step(now)
            if self._trial:
                self._watch_trial(self.wifi, now)
        if self.network.is_up():
            self.sntp.step(now)
        else:
            self.sntp.close()
            self.resolver.close()

    def fill_status(self, status: dict) -> None:
        """Write how the network does; no password is among it."""
        status["net.up"] = self.network.is_up()
        status["net.address"] = self.network.address()
        status["time.synchronised"] = self.sntp.synchronised
        status["time.problem"] = self.sntp.problem
        if self.wifi:
            status["wifi.state"] = "setup" if self.setting_up else wifi.NAMES[self.wifi.state]
            status["wifi.ssid"] = self.wifi.ssid
            status["wifi.rssi_dbm"] = self.wifi.rssi_dbm
            status["wifi.problem"] = self.wifi.problem

    def fill_view(self, view) -> None:
        """Write what displays show of the network."""
        view.address = self.network.address()
        if self.setting_up:
            view.message = self.setting_up.message
            self._is_message_ours = True
        elif self._is_message_ours:
            view.message = ""
            self._is_message_ours = False

    def services(self) -> list:
        """Return what runs for the network, as (name, coroutine function) pairs."""
        found = [("network", self.run)]
        if self.radio:
            found.append(("Wi-Fi set-up", self.run_setup))
        if self._board.console:
            found.append(("console", self.run_console))
        return found

    async def run(self) -> None:
        """Repeat `step`."""
        clock = self._board.clock
        while True:
            self.step(clock.ticks_ms())
            await aio.sleep_ms(_BUSY_PERIOD_MS if self.sntp.is_busy else _PERIOD_MS)

    async def run_setup(self) -> None:
        """Open the access point whenever it is wanted; the radio and its modules need open contactors to start."""
        while True:
            if self.setup_wanted and self._may_hold():
                self.setup_wanted = False
                await self._set_up()
            await aio.sleep_ms(_SETUP_PERIOD_MS)

    async def run_console(self) -> None:
        """Talk to whoever presses a key at the serial line."""
        console = self._board.console
        dialogue = None
        while True:
            byte = console.read()
            if byte >= 0 and dialogue is None:
                self.load("evse.services.net.credentials evse.services.net.console")
                from evse.services.net.console import Dialogue

                dialogue = Dialogue(self, console.write)
            if dialogue:
                dialogue.step(byte, self._board.clock.ticks_ms())
                if not dialogue.is_open:
                    dialogue = None
            if byte < 0:
                await aio.sleep_ms(_CONSOLE_PERIOD_MS)
            else:
                await aio.sleep_ms(0)

    def start_scan(self) -> str:
        """Begin to look for networks; return why it cannot be, or ""."""
        if not self.radio or not self.wifi:
            return "this station has no radio"
        if not self.radio.started and not self._may_hold():
            return "the radio is switched on when no car is being charged"
        # Two things at once are too much for the driver.
        if self.wifi.state not in (wifi.OFF, wifi.UP):
            self.wifi.stop(self._board.clock.ticks_ms())
        try:
            self.radio.start()
            self.radio.start_scan()
        except OSError as error:
            return "the radio refuses: %s" % error
        return ""

    async def _set_up(self) -> None:
        self.load(_SETUP_MODULES)
        from evse.services.net.provisioning import Provisioning

        now = self._board.clock.ticks_ms()
        trial_problem = ""
        if self.wifi:
            trial_problem = self.wifi.problem if self._trial else ""
            self.wifi.stop(now)
        self._trial = False
        self.setting_up = Provisioning(self._board, self._settings, trial_problem)
        self.setting_up.web = self.web
        log.write("Wi-Fi set-up begins")
        self._tell_setup(True)
        try:
            chosen = await self.setting_up.run()
        finally:
            self.setting_up = None
            self._tell_setup(False)
            if self._mode == _SETUP:
                self._choose(_ENABLED if self._ssid else _DISABLED)
        if chosen is None:
            log.write("Wi-Fi set-up ends, nothing was chosen")
            self.apply()
        else:
            self.join(chosen[0], chosen[1])
            self._trial = chosen[0] != ""
            self._trial_since = self._board.clock.ticks_ms()

    def _tell_setup(self, is_open: bool) -> None:
        if self.on_setup:
            self.on_setup(is_open)

    def _watch_trial(self, supervisor, now: int) -> None:
        if supervisor.state == wifi.UP or supervisor.state == wifi.OFF:
            self._trial = False
        elif ticks.diff(now, self._trial_since) >= _TRIAL_MS:
            self.setup_wanted = True

    def _choose(self, mode: int) -> None:
        self._mode = mode
        self._settings.put("WIFImode", mode)

    def _save(self, now: int) -> None:
        self.load("evse.services.net.credentials")
        from evse.services.net import credentials

        try:
            credentials.save(self._store, self._ssid, self._password)
            self._unsaved = False
        except OSError as error:
            self._save_due = ticks.add(now, _SAVE_PAUSE_MS)
            log.write("Wi-Fi: not saved: %s" % error)
