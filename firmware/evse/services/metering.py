"""The meters of the station: mains, circuit and EV, on one bus or fed from outside; readings go to the core.

The core itself watches how old the currents of mains and circuit are. A silent EV meter is only a metering fault:
charging goes on, the figures stand still.
"""

from micropython import const

from evse import aio
from evse.core import faults as f
from evse.services import meter_types
from evse.services.loader import at_once
from evse.services.meter import Meter
from evse.services.meter_reporter import MeterReporter
from modbus.ticks import FOREVER_MS

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

    from evse.hal.api import Clock, Links, Rs485Port
    from evse.services.meter_bus import MeterBus
    from evse.services.meter_reporter import MeteredStation

# SmartEVSE v3 sheet, section 3.
MAINS_SILENT_MS = const(11000)
CIRCUIT_SILENT_MS = const(20000)
EV_SILENT_MS = const(64000)

# Often enough for a session's energy that seems to run.
_EV_ENERGY_MS = const(2000)
_EV_POWER_MS = const(1000)

# The order in which the currents are asked: the regulator compares those of mains and EV.
_MAINS = const(0)
_EV = const(1)
_CIRCUIT = const(2)
_HOMEWIZARD = (
    "sockets evse.services.homewizard_data dns dns.names mdns evse.services.homewizard_finder http_get "
    "http_get.response http_get.client evse.services.homewizard"
)
_BUS = "modbus.codes modbus.crc modbus.line modbus.registers modbus.reply modbus.rtu evse.services.meter_bus"
_PLACES = (meter_types.USE_MAINS, meter_types.USE_EV, meter_types.USE_CIRCUIT)

# While a reply may come; longer when nothing is under way.
_IN_FLIGHT_STEP_MS = const(2)
_LONGEST_SLEEP_MS = const(20)

_NONE = (meter_types.DISABLED, 1)


class Metering:
    """Poll the configured meters, take what others feed, and tell the station.

    `mains`, `circuit` and `ev` are `Meter`s: their values and their health, for display. They are replaced by
    `configure`, so nobody keeps them.
    """

    def __init__(
        self,
        port: "Rs485Port | None",
        station: "MeteredStation",
        clock: "Clock",
        network: "Links | None" = None,
    ) -> None:
        """Meter for `station`; without a port or a network their meters have no readings."""
        self._station = station
        self._clock = clock
        self._network = network
        # Told the Wi-Fi mode of a Sensorbox when that decides it: 0 disabled, 1 enabled, 2 set-up.
        self.on_box_wifi: Any = None
        # Loads modules one by one, see `loader`.
        self.load = at_once
        self._chosen: "list[tuple | None]" = [None, None, None]
        off = meter_types.find(meter_types.DISABLED)
        self._meters = [
            Meter(off, 1, meter_types.USE_MAINS, MAINS_SILENT_MS),
            Meter(off, 1, meter_types.USE_EV, EV_SILENT_MS),
            Meter(off, 1, meter_types.USE_CIRCUIT, CIRCUIT_SILENT_MS),
        ]
        self._port = port
        # Built for the first meter that is asked over it.
        self._bus: "MeterBus | None" = None
        self._reporter = MeterReporter(station)

    @property
    def mains(self) -> Meter:
        """The mains meter."""
        return self._meters[_MAINS]

    @property
    def circuit(self) -> Meter:
        """The circuit meter."""
        return self._meters[_CIRCUIT]

    @property
    def ev(self) -> Meter:
        """The EV meter."""
        return self._meters[_EV]

    def configure(
        self,
        mains: tuple = _NONE,
        circuit: tuple = _NONE,
        ev: tuple = _NONE,
        custom: tuple = (),
        is_delta: bool = False,
        mains_a: int = 0,
        period_ms: int = 1000,
        mains_silent_ms: int = MAINS_SILENT_MS,
        hosts: tuple = ("", "", ""),
        box_wifi: int = 0,
    ) -> None:
        """Choose the meters, each by (stored index, address); may be called at any time.

        `custom` is what `meter_types.custom` takes. `is_delta` is the setting GRID at 3Wire, `mains_a` the setting
        MAINS and `box_wifi` the setting SB2 WIFI, all for the Sensorbox. `hosts` are address or name of a HomeWizard
        meter for mains, circuit and EV. `period_ms` is the shortest time between two readings of the currents.
        A meter of which nothing changes keeps its readings. Raises ValueError naming the field that is wrong.
        """
        is_box = mains[0] == meter_types.SENSORBOX
        chosen = (
            (
                mains,
                _custom_of(mains, custom),
                mains_silent_ms,
                is_delta if is_box else _host_of(mains, hosts[0]),
                is_box and mains_a > 100,
            ),
            (ev, _custom_of(ev, custom), EV_SILENT_MS, _host_of(ev, hosts[2])),
            (circuit, _custom_of(circuit, custom), CIRCUIT_SILENT_MS, _host_of(circuit, hosts[1])),
        )
        # All are made before the first is replaced, so that an error changes nothing.
        made = [
            self._make(place, chosen[place]) if chosen[place] != self._chosen[place] else None
            for place in range(3)
        ]
        restart = False
        for place in range(3):
            meter = made[place]
            if meter is not None:
                restart = True
                self._meters[place].close()
                self._meters[place] = meter
                self._chosen[place] = chosen[place]
                if place == _EV:
                    self._reporter.ev_exchanged()
        if is_box:
            box: Any = self.mains
            box.wifi.mode = box_wifi
        bus = self._open_bus()
        if bus and (restart or bus.period_ms != period_ms):
            bus.period_ms = period_ms
            bus.restart()

    def step(self, now: int) -> None:
        """Go on with the poll; give new readings to the core."""
        if self._bus:
            self._bus.step(now)
        for meter in self._meters:
            meter.poll(now)
            meter.watch(now)
            if meter.fresh:
                self._reporter.report(self.mains, self.circuit, self.ev, now)
        ev = self.ev
        if ev.is_enabled:
            station = self._station
            station.faults.report(f.EV_METER_SILENT, ev.silent, station.uptime_s)

    def next_due_ms(self, now: int) -> int:
        """Return for how many ms `step` has nothing to do unless a byte arrives; -1 for ever."""
        left_ms = FOREVER_MS
        for meter in self._meters:
            left_ms = min(left_ms, meter.silent_in_ms(now), meter.poll_in_ms(now))
        if self._bus:
            left_ms = min(left_ms, self._bus.next_due_ms(now))
        return left_ms if left_ms < FOREVER_MS else -1

    async def run(self) -> None:
        """Repeat `step`, quickly while a reply may come."""
        while True:
            now = self._clock.ticks_ms()
            self.step(now)
            await aio.sleep_ms(self.sleep_ms(now))

    def sleep_ms(self, now: int) -> int:
        """Return how long `run` may sleep."""
        due_ms = self.next_due_ms(now)
        if self._bus and self._bus.client.busy:
            return max(1, min(due_ms, max(_IN_FLIGHT_STEP_MS, self._bus.client.reply_in_ms(now))))
        return max(1, min(due_ms, _LONGEST_SLEEP_MS)) if due_ms >= 0 else _LONGEST_SLEEP_MS

    def feed(
        self,
        use: int,
        l1_ma: int,
        l2_ma: int,
        l3_ma: int,
        power_w: "int | None" = None,
        import_wh: "int | None" = None,
        export_wh: "int | None" = None,
    ) -> bool:
        """Take a reading from outside for the meter USE_MAINS, USE_CIRCUIT or USE_EV, import positive; None is unknown.

        Returns False, changing nothing, when the meter is not of the type "API" or a value is impossible: beyond
        199.9 A or 1 MW, or a negative energy.
        """
        meter = self._meters[_PLACES.index(use)]
        if meter.type.transport != meter_types.BY_API:
            return False
        if not meter.values.feed((l1_ma, l2_ma, l3_ma), power_w, import_wh, export_wh):
            return False
        now = self._clock.ticks_ms()
        meter.fresh = meter.values.known
        meter.take_currents(now)
        self._reporter.report(self.mains, self.circuit, self.ev, now)
        return True

    def _open_bus(self) -> "MeterBus | None":
        if self._bus is None and self._port and any(meter.requests for meter in self._meters):
            self.load(_BUS)
            from evse.services.meter_bus import MeterBus
            from modbus.rtu import RtuClient

            self._bus = MeterBus(RtuClient(self._port.baud, retries=0), self._port, self._meters)
        return self._bus

    def _make(self, place: int, chosen: tuple) -> Meter:
        """Return the meter of a place; raises ValueError naming the field that is wrong."""
        index, address = chosen[0]
        silent_ms = chosen[2]
        use = _PLACES[place]
        if place == _MAINS and index == meter_types.SENSORBOX:
            # Late, like the next: it takes memory.
            self.load("evse.services.sensorbox_wifi evse.services.sensorbox")
            from evse.services.sensorbox import Sensorbox

            return Sensorbox(meter_types.find(index), silent_ms, chosen[3], chosen[4], self.on_box_wifi)
        if index == meter_types.HOMEWIZARD:
            self.load(_HOMEWIZARD)
            from evse.services.homewizard import HomeWizard

            return HomeWizard(meter_types.find(index), use, silent_ms, chosen[3], self._network)
        meter_type = meter_types.custom(*chosen[1]) if chosen[1] else meter_types.find(index)
        if place == _EV:
            return Meter(meter_type, address, use, silent_ms, _EV_POWER_MS, _EV_ENERGY_MS)
        return Meter(meter_type, address, use, silent_ms)


def _custom_of(choice: tuple, custom: tuple) -> tuple:
    """Return the settings of the custom meter if it is chosen."""
    return tuple(custom) if choice[0] == meter_types.CUSTOM else ()


def _host_of(choice: tuple, host: str) -> str:
    """Return the host of a meter that is asked over HTTP."""
    return host if choice[0] == meter_types.HOMEWIZARD else ""
