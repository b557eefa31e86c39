"""Give new readings of the meters to the core."""

from micropython import const

from evse.core import ticks
from evse.services.meter_values import CURRENT, EXPORT, IMPORT, POWER, VOLTAGE

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any, Protocol

    from evse.services.meter import Meter

    class MeteredStation(Protocol):
        """What metering needs of a station; currents in mA with import positive, voltages in 0.1 V, 0 unknown."""

        session: Any
        faults: Any
        uptime_s: int

        def mains_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None: ...

        def mains_voltage(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None: ...

        def circuit_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None: ...

        def meter_currents(self, l1_ma: int, l2_ma: int, l3_ma: int, power_w: int) -> None: ...

        def meter_voltage(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None: ...

        def meter_gone(self) -> None: ...


class MeterReporter:
    """What of the meters' values the station has been told."""

    def __init__(self, station: "MeteredStation") -> None:
        self._station = station
        self._power_ms = 0
        self._has_power = False

    def ev_exchanged(self) -> None:
        """Let the station forget the EV meter: another one, or none, is chosen."""
        self._has_power = False
        self._station.meter_gone()

    def report(self, mains: "Meter", circuit: "Meter", ev: "Meter", now: int) -> None:
        """Tell the station every value that is new at tick `now`."""
        station = self._station
        fresh = mains.fresh
        mains.fresh = 0
        if fresh & CURRENT:
            current_ma = mains.values.current_ma
            station.mains_reading(current_ma[0], current_ma[1], current_ma[2])
        if fresh & VOLTAGE:
            voltage_dv = mains.values.voltage_dv
            station.mains_voltage(voltage_dv[0], voltage_dv[1], voltage_dv[2])
        fresh = circuit.fresh
        circuit.fresh = 0
        if fresh & CURRENT:
            current_ma = circuit.values.current_ma
            station.circuit_reading(current_ma[0], current_ma[1], current_ma[2])
        if ev.fresh:
            self._report_ev(ev, now)

    def _report_ev(self, ev: "Meter", now: int) -> None:
        station = self._station
        values = ev.values
        fresh = ev.fresh
        ev.fresh = 0
        if fresh & IMPORT:
            ev.registers += 1
        # A negative net energy is one of wires the wrong way round; the session then counts power.
        if fresh & (IMPORT | EXPORT) and _energy_is_whole(ev) and values.net_wh >= 0:
            station.session.meter(values.net_wh)
        has_power = values.known & POWER
        power_w = values.power_w if has_power else values.apparent_w()
        if fresh & CURRENT:
            current_ma = values.current_ma
            station.meter_currents(current_ma[0], current_ma[1], current_ma[2], power_w)
        if fresh & (POWER if has_power or ev.type.powers else CURRENT):
            # After a long silence the power of now says little about what was before.
            elapsed_ms = min(ticks.diff(now, self._power_ms), ev.silent_ms) if self._has_power else 0
            self._has_power = True
            self._power_ms = now
            station.session.power(power_w, elapsed_ms)
        if fresh & VOLTAGE:
            voltage_dv = values.voltage_dv
            station.meter_voltage(voltage_dv[0], voltage_dv[1], voltage_dv[2])


def _energy_is_whole(meter: "Meter") -> bool:
    """Return True when import, and export where there is one, have been read; one of them alone would jump."""
    known = meter.values.known
    return known & IMPORT != 0 and (known & EXPORT != 0 or meter.type.export_register < 0)
