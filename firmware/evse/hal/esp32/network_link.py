"""Wi-Fi and Ethernet: bring a link up and say whether it is. Nothing here waits for a connection.

What holds the loop, and for how long: switching the radio on for the first time some 100 ms (calibration), so it
belongs before the control task, or to a moment when the contactors are open; a later `start`, `connect` and an access
point some ms. A scan takes about 2 s and is made in a thread, because the driver lets others run meanwhile.
"""

import network
from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

# The supervisor (services/net/wifi.py) looks for the strongest access point before each attempt.
_NO_RECONNECT = const(0)
_PASSWORD_MIN = const(8)
_OPEN = const(0)
# Reasons of the driver beyond those that `network` names (esp_wifi_types.h): the handshake that proves the password
# timed out, the old one's, and an access point that dropped out before it.
_HANDSHAKE_TIMEOUTS = (15, 204)


class WifiLink:
    """Station and access point of the one radio."""

    def __init__(self, hostname: str) -> None:
        self.set_hostname(hostname)
        self._station: "Any" = None
        self._access_point = None
        # A single slot that the thread of a scan writes once.
        self._found: list = [None]

    def set_hostname(self, hostname: str) -> None:
        """Take a name in the network, for DHCP and as `hostname`.local; it counts from the next connection on."""
        self.hostname = hostname
        network.hostname(hostname)

    @property
    def started(self) -> bool:
        """True while the radio is on as a station."""
        return self._station is not None and self._station.active()

    def start(self) -> None:
        """Switch the radio on as a station. OSError when it refuses."""
        station = self._station
        if station is None:
            station = network.WLAN(network.WLAN.IF_STA)
        station.active(True)
        # The default naps between beacons, which makes every answer up to 300 ms late.
        station.config(pm=network.WLAN.PM_NONE, reconnects=_NO_RECONNECT)
        self._station = station

    def connect(self, ssid: str, password: str, bssid: "bytes | None" = None) -> None:
        """Begin to join a network, of several access points the one of `bssid`. OSError when the radio refuses."""
        self.start()
        station = self._station
        if station.status() != network.STAT_IDLE:
            self._leave()
        station.connect(ssid, password, bssid=bssid)

    def disconnect(self) -> None:
        """Leave the network and switch the station off."""
        if self._station is not None:
            self._leave()
            self._station.active(False)

    def state(self) -> str:
        """Return how the last `connect` does: off, connecting, no_address, up, wrong_password, not_found or lost."""
        station = self._station
        if station is None:
            return "off"
        status = station.status()
        if status == network.STAT_GOT_IP:
            return "up"
        if status == network.STAT_CONNECTING:
            return "no_address" if self._signal_dbm(station) else "connecting"
        if status == network.STAT_NO_AP_FOUND:
            return "not_found"
        if status == network.STAT_WRONG_PASSWORD or status in _HANDSHAKE_TIMEOUTS:
            return "wrong_password"
        return "off" if status == network.STAT_IDLE else "lost"

    def start_scan(self) -> None:
        """Begin to look for access points; the radio has been started. OSError when it cannot."""
        import _thread

        found: list = [None]
        self._found = found
        station = self._station

        def work() -> None:
            try:
                found[0] = station.scan()
            except Exception:
                # In a thread nobody would catch it; the connection is tried without.
                found[0] = []

        try:
            _thread.start_new_thread(work, ())
        except (RuntimeError, MemoryError):
            raise OSError("no thread")

    def networks(self) -> "list | None":
        """Return (ssid, bssid, rssi_dbm, is_open) of what the scan has found, None while it goes on."""
        found = self._found[0]
        if found is None:
            return None
        named = [(_text(point[0]), point[1], point[3], point[4] == _OPEN) for point in found]
        return [point for point in named if point[0]]

    def is_up(self) -> bool:
        """Return True while there is a network and an address in it."""
        return self._station is not None and self._station.isconnected()

    def rssi_dbm(self) -> int:
        """Return the strength of the access point in dBm, 0 while not connected."""
        return self._signal_dbm(self._station) if self.is_up() else 0

    def address(self) -> str:
        """Return the IPv4 address, "" while there is none."""
        return self._station.ipconfig("addr4")[0] if self._station is not None and self.is_up() else ""

    def access_point_address(self) -> str:
        """Return the IPv4 address of the access point."""
        return self._access_point.ipconfig("addr4")[0] if self._access_point is not None else ""

    def start_access_point(self, ssid: str, password: str) -> None:
        """Open an access point for set-up; ValueError for a password under 8 characters."""
        if len(password) < _PASSWORD_MIN:
            raise ValueError("password")
        access_point = self._access_point
        if access_point is None:
            access_point = self._access_point = network.WLAN(network.WLAN.IF_AP)
        access_point.active(True)
        access_point.config(ssid=ssid, key=password, security=network.WLAN.SEC_WPA2)

    def stop_access_point(self) -> None:
        """Close the access point."""
        if self._access_point is not None:
            self._access_point.active(False)

    def access_point_open(self) -> bool:
        """Return True while the access point is open."""
        return self._access_point is not None and self._access_point.active()

    def _leave(self) -> None:
        try:
            self._station.disconnect()
        except OSError:
            # It was not connected.
            return

    def _signal_dbm(self, station) -> int:
        try:
            return station.status("rssi")
        except OSError:
            # There is no access point, or it went down in between.
            return 0


class EthernetLink:
    """A wired link on `lan`, a network.LAN that the board made for its chip."""

    def __init__(self, lan) -> None:
        self._lan = lan

    def start(self) -> None:
        """Switch the interface on; the address comes by DHCP."""
        self._lan.active(True)

    def is_up(self) -> bool:
        """Return True while there is a link and an address on it."""
        return self._lan.isconnected()

    def address(self) -> str:
        """Return the IPv4 address, "" while there is none."""
        return self._lan.ipconfig("addr4")[0] if self.is_up() else ""


class Links:
    """What the board's network part is: up when any of its links is."""

    def __init__(self, wifi: WifiLink, ethernet: "EthernetLink | None" = None) -> None:
        self.wifi = wifi
        self.ethernet = ethernet

    def is_up(self) -> bool:
        """Return True while any link is up."""
        return self.wifi.is_up() or (self.ethernet is not None and self.ethernet.is_up())

    def address(self) -> str:
        """Return the IPv4 address of the link that is up, "" while none is."""
        wired = self.ethernet.address() if self.ethernet is not None else ""
        return wired or self.wifi.address()

    def name_servers(self) -> tuple:
        """Return the addresses of the name servers that DHCP told."""
        server = network.ipconfig("dns")
        # One of IPv6 would need sockets of IPv6.
        return (server,) if server.count(".") == 3 and server != "0.0.0.0" else ()

    def time_servers(self) -> tuple:
        """Return the names of the time servers to ask when none are set; MicroPython keeps DHCP's to itself."""
        return ("pool.ntp.org",)

    def open_tcp(self, address: str, port: int):
        """Begin a connection; OSError when it cannot be."""
        # Late, because few stations ask others.
        from sockets.links import TcpLink

        return TcpLink(address, port)

    def open_udp(self, address: str, port: int):
        """Open a port for datagrams to an address; OSError when it cannot be."""
        from sockets.links import UdpLink

        return UdpLink(address, port)

    def listen_udp(self, port: int):
        """Open a port for datagrams from anybody; OSError when it is taken."""
        from sockets.server import UdpServer

        return UdpServer(port)


def _text(name: bytes) -> str:
    # Bytes of a stranger.
    try:
        return name.decode()
    except UnicodeError:
        return ""
