"""The Sensorbox: mains currents from its clamps or from a smart meter's P1 port (SmartEVSE v3 sheet, section 5.3)."""

from micropython import const

from evse.services.meter import Meter
from evse.services.meter_types import SENSORBOX_ADDRESS, USE_MAINS
from evse.services.meter_values import CURRENT, CURRENT_LIMIT_MA, VOLTAGE
from modbus.registers import get_f32
from modbus.ticks import FOREVER_MS

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

_P1_PRESENT = const(0x80)
# From this value on the box knows grids with three wires.
_KNOWS_WIRING = const(0x10)
_WIRING_MASK = const(3)
_THREE_WIRES = const(2)
_WIRING_REGISTER = const(0x0800)
_HIGH_ORDER = const(3)


class Sensorbox(Meter):
    """A mains meter that says whether it has new data.

    `is_delta` tells the box that the grid has three wires; it does the calculation. With `is_doubled` the clamps
    are on half of the current, as they are where the mains carry more than 100 A.
    """

    def __init__(
        self, meter_type: "MeterType", silent_ms: int, is_delta: bool = False, is_doubled: bool = False
    ) -> None:
        """Describe the box; its address cannot be changed."""
        super().__init__(meter_type, SENSORBOX_ADDRESS, USE_MAINS, silent_ms)
        self.is_delta = is_delta
        self.is_doubled = is_doubled
        self.has_p1 = False
        self.has_clamps = False
        self.version = 0
        self.stale_replies = 0
        self._must_tell = False

    def overdue_ms(self, now_ms: int) -> int:
        """Return how long the box should have been told the kind of grid."""
        return super().overdue_ms(now_ms) if self._must_tell else -FOREVER_MS

    def state_text(self) -> str:
        """Return in a few words how the box does."""
        text = super().state_text()
        return "no new data" if text == "waiting" and self.stale_replies else text

    def _plan(self) -> tuple:
        # The second is a write, without a measurement.
        return ((CURRENT, 0, self.type.block_count), (0, _WIRING_REGISTER, 1))

    def _ask(self, client: "RtuClient", index: int, now_ms: int) -> None:
        if index == 0:
            super()._ask(client, index, now_ms)
        else:
            self._request = index
            self._sent_ms = now_ms
            client.write_register(self.address, _WIRING_REGISTER, _THREE_WIRES if self.is_delta else 0)

    def _take(self, client: "RtuClient", now_ms: int) -> bool:
        if self._request:
            # What the box does with it shows in its next reply.
            self._must_tell = False
            return True
        buffer = client.rx
        start = client.data_start
        data = buffer[start + _DATA]
        self.version = buffer[start]
        self.has_p1 = data & _P1_PRESENT != 0
        self.has_clamps = data & ~_P1_PRESENT != 0
        self._compare_wiring(buffer[start + _WIRING])
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
        self._must_tell = uses_clamps and wiring >= _KNOWS_WIRING and wiring & _WIRING_MASK != wanted

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
