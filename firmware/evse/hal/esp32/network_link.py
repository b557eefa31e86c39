"""Wi-Fi and Ethernet: bring a link up and say whether it is. Nothing here waits for a connection.

Switching the radio on for the first time holds the loop for some 100 ms (calibration), so it belongs before the
control task, or to a moment when the contactors are open.
"""

import network
from micropython import const

_RECONNECT_FOR_EVER = const(-1)
_PASSWORD_MIN = const(8)


class WifiLink:
    """Station and access point of the one radio."""

    def __init__(self, hostname: str) -> None:
        network.hostname(hostname)
        self._station = None
        self._access_point = None

    def connect(self, ssid: str, password: str) -> None:
        """Begin to join a network; the driver goes on trying for ever. OSError when the radio refuses."""
        station = self._station
        if station is None:
            station = self._station = network.WLAN(network.WLAN.IF_STA)
        station.active(True)
        # The default naps between beacons, which makes every answer up to 300 ms late.
        station.config(pm=network.WLAN.PM_NONE, reconnects=_RECONNECT_FOR_EVER)
        if station.status() != network.STAT_IDLE:
            station.disconnect()
        station.connect(ssid, password)

    def disconnect(self) -> None:
        """Leave the network and switch the station off."""
        if self._station is not None:
            self._station.disconnect()
            self._station.active(False)

    def is_up(self) -> bool:
        """Return True while there is a network and an address in it."""
        return self._station is not None and self._station.isconnected()

    def rssi_dbm(self) -> int:
        """Return the strength of the access point in dBm, 0 while not connected."""
        if not self.is_up() or self._station is None:
            return 0
        try:
            return self._station.status("rssi")
        except OSError:
            # It went down in between.
            return 0

    def address(self) -> str:
        """Return the IPv4 address, "" while there is none."""
        if not self.is_up() or self._station is None:
            return ""
        return self._station.ipconfig("addr4")[0]

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
