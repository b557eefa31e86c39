"""The fake `network`: one radio and a wired interface, as far as the HAL uses them.

`chip.networks` says what is around: "air" maps names of networks to passwords, "points" lists access points as `scan`
returns them, "no_address" and "refuses" make the network give no address or refuse, "cable" is a wired one.
"""

from fake_chip import chip
from micropython import const
from simulated_time import clock

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

STA_IF = 0
AP_IF = 1
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_WRONG_PASSWORD = 202
STAT_NO_AP_FOUND = 201

_REASON_HANDSHAKE = 15
_REASON_REFUSED = 5

_CONNECT_US = 2500000
_SCAN_US = 2000000


def hostname(name=None):
    if name is not None:
        if len(name) > 32:
            raise ValueError
        chip.networks["hostname"] = name
    return chip.networks.get("hostname", "mpy-esp32")


def ipconfig(what):
    if what != "dns":
        raise ValueError("unknown config param")
    return chip.networks.get("dns", "0.0.0.0")


class WLAN:
    """Station or access point; `chip.networks["air"]` maps names of networks to passwords."""

    IF_STA = 0
    IF_AP = 1
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2
    SEC_WPA2 = 3

    interface = IF_STA
    is_active = False
    wanted: "Any" = None
    bssid: "Any" = None
    since_us = 0
    settings: "Any" = None

    def __new__(cls, interface=IF_STA):
        # There is one of each.
        if interface not in chip.networks:
            self = object.__new__(cls)
            self.interface = interface
            self.settings = {"pm": cls.PM_PERFORMANCE, "reconnects": -1}
            self.is_active = False
            self.wanted = self.bssid = None
            self.since_us = 0
            chip.networks[interface] = self
        return chip.networks[interface]

    def active(self, wanted=None):
        if wanted is not None:
            if wanted and not self.is_active:
                clock.block(120000)
            self.is_active = bool(wanted)
        return self.is_active

    def connect(self, ssid=None, key=None, bssid=None):
        if not self.is_active:
            raise OSError("Wifi Internal State Error")
        self.wanted = (ssid, key)
        self.bssid = bssid
        self.since_us = clock.now()

    def disconnect(self):
        if not self.is_active:
            raise OSError("Wifi Not Started")
        self.wanted = None

    def isconnected(self):
        return self.status() == STAT_GOT_IP

    def scan(self):
        if not self.is_active:
            raise OSError("STA must be active")
        clock.block(_SCAN_US)
        return list(chip.networks.get("points", ()))

    def status(self, what=None):
        if what == "rssi":
            if self._reason() or not self._had_time():
                raise OSError("Wifi Not Connected")
            return -61
        if not self.is_active or self.wanted is None:
            return STAT_IDLE
        if not self._had_time():
            return STAT_CONNECTING
        if self._reason():
            # The driver goes on by itself unless it was told not to, and says nothing of the reason meanwhile.
            return self._reason() if self.settings["reconnects"] == 0 else STAT_CONNECTING
        return STAT_CONNECTING if chip.networks.get("no_address") else STAT_GOT_IP

    def _had_time(self):
        return self.is_active and self.wanted is not None and clock.now() - self.since_us >= _CONNECT_US

    def _reason(self):
        if self.wanted is None:
            return STAT_NO_AP_FOUND
        found = chip.networks.get("air", {}).get(self.wanted[0])
        if found is None:
            return STAT_NO_AP_FOUND
        if found != self.wanted[1]:
            return chip.networks.get("reason", _REASON_HANDSHAKE)
        return _REASON_REFUSED if chip.networks.get("refuses") else 0

    def config(self, *what, **settings):
        if what:
            return self.settings[what[0]]
        self.settings.update(settings)

    def ipconfig(self, what):
        if what != "addr4":
            raise ValueError("unknown config param")
        if self.interface == AP_IF:
            return ("192.168.4.1", "255.255.255.0") if self.is_active else ("0.0.0.0", "0.0.0.0")
        return ("192.168.1.57", "255.255.255.0") if self.isconnected() else ("0.0.0.0", "0.0.0.0")


class LAN:
    """A wired interface; `chip.networks["cable"]` is True while one is plugged in."""

    def __init__(self, id=0, **options):
        self.is_active = False

    def active(self, wanted=None):
        if wanted is not None:
            self.is_active = bool(wanted)
        return self.is_active

    def isconnected(self):
        return self.is_active and chip.networks.get("cable", False)

    def ipconfig(self, what):
        return ("192.168.1.58", "255.255.255.0") if self.isconnected() else ("0.0.0.0", "0.0.0.0")
