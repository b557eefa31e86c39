"""The Wi-Fi of a Sensorbox 2, which is set up through the station (SmartEVSE v3 sheet, section 5.3)."""

from micropython import const

OFF = const(0)
ON = const(1)
SETUP = const(2)
_UNKNOWN = const(-1)

# Software versions that are set up this way; later ones have pages of their own.
_VERSIONS = (1, 3)

# Bytes of the block of 32 registers that begins at register 0.
_LINK = const(40)
_MODE = const(41)
_ADDRESS = const(48)
_PASSWORD = const(56)
_CONNECTED = const(2)
_PASSWORD_BYTES = const(8)


class SensorboxWifi:
    """What the box says of its Wi-Fi, and the `mode` OFF, ON or SETUP that it shall have.

    `state` is the mode that it has, -1 while unknown; `address` are the four bytes of its IPv4 address and `password`
    is that of its portal, once `state` is SETUP.
    """

    def __init__(self, on_decide=None) -> None:
        """`on_decide(mode)` is called when the box decides: the mode it is found in, and ON once it is set up."""
        self.mode = OFF
        self.state = _UNKNOWN
        self.connected = False
        self.address = bytearray(4)
        self.password = bytearray(_PASSWORD_BYTES)
        self._on_decide = on_decide

    @property
    def is_wrong(self) -> bool:
        """True when the box should be told `mode`."""
        # A tuple of both would be made each time.
        return self.state != _UNKNOWN and self.state != self.mode

    def forget(self) -> None:
        """Know nothing: when a box is back it may be another one."""
        self.state = _UNKNOWN

    def take(self, version: int, buffer: bytearray, start: int) -> None:
        """Take a reply with all 32 registers, the first of them at byte `start`, of a box of a software version."""
        if version not in _VERSIONS:
            self.state = _UNKNOWN
            return
        was_unknown = self.state == _UNKNOWN
        was_in_setup = self.state == SETUP and not self.connected
        self.state = buffer[start + _MODE]
        self.connected = buffer[start + _LINK] & _CONNECTED != 0
        for index in range(4):
            self.address[index] = buffer[start + _ADDRESS + index]
        for index in range(_PASSWORD_BYTES):
            # It comes with its end first.
            self.password[_PASSWORD_BYTES - 1 - index] = buffer[start + _PASSWORD + index]
        if was_unknown:
            self._decide(self.state)
        elif was_in_setup and self.connected and self.mode == SETUP:
            self._decide(ON)

    def text(self) -> str:
        """Return in a few words how it does, "" while unknown."""
        if self.state == _UNKNOWN:
            return ""
        if self.state == OFF:
            return "off"
        if self.connected:
            return "at " + ".".join([str(part) for part in self.address])
        if self.state == SETUP:
            return "portal, password " + "".join([chr(code) for code in self.password if code])
        return "not connected"

    def _decide(self, mode: int) -> None:
        if mode != self.mode and mode <= SETUP:
            self.mode = mode
            if self._on_decide:
                self._on_decide(mode)
