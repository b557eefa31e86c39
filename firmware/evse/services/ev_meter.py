"""The EV meter of the station: polled over RS485, its readings given to the core.

A silent EV meter is only a metering fault: charging goes on, the figures stand still.
"""

from evse import aio
from evse.core import faults as f
from evse.core import ticks
from evse.services import meter_types
from evse.services.meters import MeterPoller
from modbus.rtu import RtuClient

_LONGEST_SLEEP_MS = 20


class EvMeter:
    """Poll the configured meter; `configure` may be called at any time."""

    def __init__(self, port, station, clock) -> None:
        self._port = port
        self._station = station
        self._clock = clock
        self._client = RtuClient(port.baud)
        self._chosen = None
        self._poller = None
        self._readings = 0
        self._energy_readings = 0
        self._last = 0

    def configure(self, type_index: int, address: int) -> None:
        """Choose the meter by its stored index; 0 for none."""
        if self._chosen == (type_index, address):
            return
        self._chosen = (type_index, address)
        self._client.cancel()
        self._readings = 0
        self._energy_readings = 0
        self._poller = None
        if type_index != meter_types.DISABLED:
            self._poller = MeterPoller(self._client, self._port, meter_types.find(type_index), address)
        self._station.meter_gone()

    def step(self, now: int) -> None:
        """Go on with the poll; give new readings to the core."""
        poller = self._poller
        if poller is None:
            return
        poller.step(now)
        meter = poller.meter
        station = self._station
        if meter.energy_readings != self._energy_readings:
            self._energy_readings = meter.energy_readings
            station.session.meter(meter.energy_import_wh)
        if meter.readings != self._readings:
            elapsed_ms = ticks.diff(now, self._last) if self._readings else 0
            self._readings = meter.readings
            self._last = now
            current_ma = meter.current_ma
            station.meter_currents(current_ma[0], current_ma[1], current_ma[2], meter.power_w)
            station.session.power(meter.power_w, elapsed_ms)
        station.faults.report(f.EV_METER_SILENT, meter.silent, station.uptime_s)

    def next_due_ms(self, now: int) -> int:
        """Return for how many ms `step` has nothing to do unless a byte arrives; -1 for ever."""
        return self._poller.next_due_ms(now) if self._poller else -1

    async def run(self) -> None:
        """Repeat `step`, quickly while a request is under way."""
        while True:
            now = self._clock.ticks_ms()
            self.step(now)
            due_ms = self.next_due_ms(now)
            await aio.sleep_ms(max(1, min(due_ms, _LONGEST_SLEEP_MS)) if due_ms >= 0 else _LONGEST_SLEEP_MS)
