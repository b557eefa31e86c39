"""The registers of a simulated Sensorbox v2 (SmartEVSE v3 sheet, section 5.3).

It measures with the meter of the grid operator (P1) or with clamps.
"""

from bench.meter_bank import float32_bits, put_value
from modbus.codes import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, READ_INPUT
from modbus.registers import HIGH_BYTE_HIGH_WORD, get_u16, put_u16

_REGISTERS = 32
_VERSION = 0x0110
_P1_PRESENT = 0x80
_CLAMPS_PRESENT = 0x03
_DSMR_5 = 0x3200
_GRID = 0x0800
_WIFI = 0x0801
_WIFI_OFF = 0
_WIFI_SETUP = 2
_TIME_SET = 1
_CONNECTED = 2
_PORTAL_OPEN = 4
_ADDRESS = (192, 0, 2, 10)
_PASSWORD = "simulate"


class SensorboxBank:
    """The register bank of a Sensorbox over a measuring point, as for `MeterBank`."""

    def __init__(self, source, clamps: bool = False) -> None:
        self.source = source
        self.clamps = clamps
        # What the station wrote: bit 0 rotation, bit 1 three wires; and the Wi-Fi mode.
        self.grid = 0
        self.wifi = 0
        self._all = bytearray(2 * _REGISTERS)

    def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Answer function 4 inside the one block that there is."""
        if function != READ_INPUT:
            return ILLEGAL_FUNCTION
        if register + count > _REGISTERS:
            return ILLEGAL_ADDRESS
        self._fill()
        buffer[offset : offset + 2 * count] = self._all[2 * register : 2 * (register + count)]
        return 0

    def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Take the kind of grid and the Wi-Fi mode."""
        if count != 1 or register not in (_GRID, _WIFI):
            return ILLEGAL_ADDRESS
        value = get_u16(buffer, offset)
        if register == _GRID:
            self.grid = value & 3
        else:
            self.wifi = value
        return 0

    def _fill(self) -> None:
        source = self.source
        put_u16(self._all, 0, _VERSION | self.grid)
        put_u16(self._all, 2, _CLAMPS_PRESENT if self.clamps else _DSMR_5 | _P1_PRESENT)
        for phase in range(3):
            current = float32_bits(source.current_ma[phase], 3)
            self._put(0x02, phase, 0 if self.clamps else float32_bits(source.voltage_dv[phase], 1))
            self._put(0x08, phase, 0 if self.clamps else current)
            self._put(0x0E, phase, current if self.clamps else 0)
        self._fill_wifi()

    def _fill_wifi(self) -> None:
        """Fill the registers behind those of version 1; a box with Wi-Fi is connected at once, and in set-up never."""
        link = 0
        if self.wifi == _WIFI_SETUP:
            link = _PORTAL_OPEN
        elif self.wifi != _WIFI_OFF:
            link = _CONNECTED | _TIME_SET
        put_u16(self._all, 2 * 0x14, link << 8 | self.wifi)
        for place in range(4):
            self._all[2 * 0x18 + place] = _ADDRESS[place] if link & _CONNECTED else 0
        for place in range(len(_PASSWORD)):
            # It is sent from its end.
            self._all[2 * 0x1C + place] = ord(_PASSWORD[-1 - place]) if link & _PORTAL_OPEN else 0

    def _put(self, register: int, phase: int, bits: int) -> None:
        put_value(self._all, 2 * (register + 2 * phase), bits, 2, HIGH_BYTE_HIGH_WORD)
