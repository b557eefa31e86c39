"""The Sensorbox: mains currents from its clamps or from a smart meter's P1 port (SmartEVSE v3 sheet, section 5.3).

What the boxes do beyond the sheet is in their own firmware (github.com/SmartEVSE, Sensorbox-1, -1.5 and -2):

* Versions 1 (0x0A) and 1.5 (0x0F) measure the r.m.s. current of each line, without a direction. That is the current
  of the line in a star and in a delta grid alike, so there is nothing to calculate for three wires.
* From 0x10 on a clamp measures the part of the current that is in phase with the voltage of its line. In a delta
  grid that voltage stands 30 degrees off, so the box must be told the kind of grid.
* Those that do not count a software version answer once per measurement only, and version 1 multiplies the currents
  of a second answer once more by its calibration; they are asked every two seconds.
* Boxes with a software version have 12 more registers, about their Wi-Fi; in versions 1 and 3 a station sets it up.
"""

from micropython import const

from evse.services.meter import Meter
from evse.services.meter_types import SENSORBOX_ADDRESS, USE_MAINS
from evse.services.meter_values import CURRENT, CURRENT_LIMIT_MA, VOLTAGE
from evse.services.sensorbox_wifi import SensorboxWifi
from modbus.registers import get_f32
from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.meter_types import MeterType
    from modbus.rtu import RtuClient

# Bytes of the block of 20 registers that begins at register 0.
_WIRING = const(1)
_DATA = const(3)
_P1_VOLTAGES = const(4)
_P1_CURRENTS = const(16)
_CLAMP_CURRENTS = const(28)
# With the registers of its Wi-Fi, which a box with a software version has.
_EXTENDED_COUNT = const(32)

_P1_PRESENT = const(0x80)
# From this value on the box knows grids with three wires.
_KNOWS_WIRING = const(0x10)
_WIRING_MASK = const(3)
_THREE_WIRES = const(2)
_WIRING_REGISTER = const(0x0800)
_WIFI_REGISTER = const(0x0801)
_HIGH_ORDER = const(3)

# Requests in the order of `requests`.
_READ = const(0)
_TELL_WIRING = const(1)
_TELL_WIFI = const(2)

# Between two questions to a box without a software version.
_OLD_PERIOD_MS = const(2000)


class Sensorbox(Meter):
    """A mains meter that says whether it has new data.

    `is_delta` tells the box that the grid has three wires. With `is_doubled` the clamps are on half of the current, as
    they are where the mains carry more than 100 A.
    """

    def __init__(
        self,
        meter_type: "MeterType",
        silent_ms: int,
        is_delta: bool = False,
        is_doubled: bool = False,
        on_wifi=None,
    ) -> None:
        """Describe the box, whose address cannot be changed; `on_wifi` is what `SensorboxWifi` takes."""
        super().__init__(meter_type, SENSORBOX_ADDRESS, USE_MAINS, silent_ms)
        self.is_delta = is_delta
        self.is_doubled = is_doubled
        self.has_p1 = False
        self.has_clamps = False
        # False for the clamps of a box that measures no direction, which cannot see power going out.
        self.has_direction = True
        self.version = 0
        self.stale_replies = 0
        self.wifi = SensorboxWifi(on_wifi)
        self._heard = False
        self._tell_wiring = False

    def rest_left_ms(self, now_ms: int) -> int:
        """Return for how many ms the box is left alone."""
        rest_left_ms = super().rest_left_ms(now_ms)
        if self._heard and not self.version:
            # Also after a failure: the answer that got lost was one.
            next_ms = ticks_add(self._sent_ms, _OLD_PERIOD_MS)
            rest_left_ms = max(rest_left_ms, ticks_diff(next_ms, now_ms))
        return rest_left_ms

    def overdue_ms(self, now_ms: int) -> int:
        """Return how long the box should have been told something."""
        index = self._most_overdue()
        return ticks_diff(now_ms, self._due_ms[index]) if index else -FOREVER_MS

    def ask_overdue(self, client: "RtuClient", now_ms: int) -> None:
        """Tell the box what it should be told."""
        index = self._most_overdue()
        self._due_ms[index] = ticks_add(now_ms, self._period_ms(index))
        self._ask(client, index, now_ms)

    def finish(self, client: "RtuClient", now_ms: int) -> None:
        """Take the result of a request; a box that failed may be another one when it is back."""
        super().finish(client, now_ms)
        if self._failures:
            self.version = 0
            self._tell_wiring = False

    def watch(self, now_ms: int) -> None:
        """Keep `silent` and the age up to date."""
        super().watch(now_ms)
        if self.silent and self._failures:
            self.wifi.forget()

    def state_text(self) -> str:
        """Return in a few words how the box does."""
        text = super().state_text()
        if text == "waiting" and self.stale_replies:
            return "no new data"
        return "ok, but without direction" if text == "ok" and not self.has_direction else text

    def _plan(self) -> tuple:
        # All but the first are writes, without a measurement.
        return ((CURRENT, 0, self.type.block_count), (0, _WIRING_REGISTER, 1), (0, _WIFI_REGISTER, 1))

    def _ask(self, client: "RtuClient", index: int, now_ms: int) -> None:
        self._request = index
        self._sent_ms = now_ms
        if index == _READ:
            count = _EXTENDED_COUNT if self.version else self.type.block_count
            client.read(self.address, self.type.function, 0, count)
        elif index == _TELL_WIRING:
            client.write_register(self.address, _WIRING_REGISTER, _THREE_WIRES if self.is_delta else 0)
        else:
            client.write_register(self.address, _WIFI_REGISTER, self.wifi.mode)

    def _take(self, client: "RtuClient", now_ms: int) -> bool:
        if self._request != _READ:
            # What the box does with it shows in its next reply.
            return True
        buffer = client.rx
        start = client.data_start
        data = buffer[start + _DATA]
        self._heard = True
        # The reply has the extra registers only when the version was known before it was asked for.
        extended = self.version != 0
        self.version = buffer[start]
        self.has_p1 = data & _P1_PRESENT != 0
        self.has_clamps = data & ~_P1_PRESENT != 0
        wiring = buffer[start + _WIRING]
        self.has_direction = self.has_p1 or not data or wiring >= _KNOWS_WIRING
        if extended:
            self.wifi.take(self.version, buffer, start)
        self._compare_wiring(wiring)
        if not data:
            self.stale_replies += 1
            return True
        if not self._take_phases(buffer, start):
            self.decode_errors += 1
            return False
        self.take_currents(now_ms)
        return True

    def _compare_wiring(self, wiring: int) -> None:
        wanted = _THREE_WIRES if self.is_delta else 0
        uses_clamps = self.has_clamps and not self.has_p1
        self._tell_wiring = uses_clamps and wiring >= _KNOWS_WIRING and wiring & _WIRING_MASK != wanted

    def _most_overdue(self) -> int:
        """Return what the box should be told first, or _READ for nothing."""
        if self._failures or not self._heard:
            return _READ
        if not self.wifi.is_wrong:
            return _TELL_WIRING if self._tell_wiring else _READ
        if self._tell_wiring and ticks_diff(self._due_ms[_TELL_WIRING], self._due_ms[_TELL_WIFI]) <= 0:
            return _TELL_WIRING
        return _TELL_WIFI

    def _take_phases(self, buffer: bytearray, start: int) -> bool:
        offset = start + (_P1_CURRENTS if self.has_p1 else _CLAMP_CURRENTS)
        # First all, then take them: a reading is whole or none.
        for phase in range(3):
            value = get_f32(buffer, offset + 4 * phase, _HIGH_ORDER, 3)
            if value is None or not -CURRENT_LIMIT_MA <= value <= CURRENT_LIMIT_MA:
                return False
        values = self.values
        for phase in range(3):
            current_ma = get_f32(buffer, offset + 4 * phase, _HIGH_ORDER, 3) or 0
            values.current_ma[phase] = 2 * current_ma if self.is_doubled and not self.has_p1 else current_ma
            values.voltage_dv[phase] = 0
        values.known = CURRENT
        self.fresh |= CURRENT
        if self.has_p1:
            self._take_voltages(buffer, start + _P1_VOLTAGES)
        return True

    def _take_voltages(self, buffer: bytearray, offset: int) -> None:
        values = self.values
        for phase in range(3):
            values.set_voltage(phase, get_f32(buffer, offset + 4 * phase, _HIGH_ORDER, 1))
        values.known |= VOLTAGE
        self.fresh |= VOLTAGE
