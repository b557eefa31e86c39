"""The simulated meters as the settings and the world want them: devices on the bus, or feeds over the network."""

from bench.meter_rack import Device, MeterRack
from evse.core import ticks
from evse.services import meter_types
from evse.services.configuration import custom_meter

_FEED_PERIOD_MS = 1000
# Key of the type, key of the address, world input of the behaviour.
_MAINS = ("MainsMeter", "MainsMAddress", "meter.mains")
_CIRCUIT = ("CircuitMeter", "CircuitMAddress", "meter.circuit")
_EV = ("EVMeter", "EVMeterAddress", "meter.ev")


class Meters:
    """Three devices on one end of the bus, for the meters of the station."""

    def __init__(self, port, world) -> None:
        self._mains = Device(world.shown_mains)
        self._circuit = Device(world.circuit)
        self._ev = Device(world.ev)
        self.rack = MeterRack(port, [self._mains, self._circuit, self._ev], world.step)
        self.step = self.rack.step
        self.next_due_ms = self.rack.next_due_ms

    def fit(self, settings, values: dict) -> None:
        """Be the meters that the settings speak of, and behave as the world says."""
        for device, keys in ((self._mains, _MAINS), (self._circuit, _CIRCUIT), (self._ev, _EV)):
            index = settings.get(keys[0])
            key: tuple = (index,)
            if index == meter_types.CUSTOM:
                key += custom_meter(settings)
                meter_type = _custom(key[1:])
            else:
                meter_type = meter_types.find(index)
            address = (
                meter_types.SENSORBOX_ADDRESS if index == meter_types.SENSORBOX else settings.get(keys[1])
            )
            device.choose(meter_type, address, key)
            device.set_mode(values[keys[2]])


def _custom(values: tuple):
    """Return the type that the settings of the custom meter describe, or none for what cannot be."""
    try:
        return meter_types.custom(*values)
    except ValueError:
        return meter_types.find(meter_types.DISABLED)


class Feeds:
    """What a home-automation system tells the station every second: meters of type API, and the home battery."""

    def __init__(self, app, now: int) -> None:
        self._app = app
        self._due = now

    def step(self, now: int) -> None:
        """Feed when a second has passed."""
        if ticks.diff(now, self._due) < 0:
            return
        self._due = ticks.add(now, _FEED_PERIOD_MS)
        app = self._app
        world = app.board.world
        values = world.values
        if values["battery_ma"] is not None:
            app.station.battery_reading(values["battery_ma"])
        metering = app.metering
        if self._fed(_MAINS):
            mains = world.shown_mains
            metering.feed(
                meter_types.USE_MAINS, mains.current_ma[0], mains.current_ma[1], mains.current_ma[2]
            )
        if self._fed(_CIRCUIT):
            circuit = world.circuit
            metering.feed(
                meter_types.USE_CIRCUIT, circuit.current_ma[0], circuit.current_ma[1], circuit.current_ma[2]
            )
        if self._fed(_EV):
            self._feed_ev(metering, world.ev)

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do; -1 for never."""
        if self._app.board.world.values["battery_ma"] is None and not (
            self._fed(_MAINS) or self._fed(_CIRCUIT) or self._fed(_EV)
        ):
            return -1
        return max(0, ticks.diff(self._due, now))

    def _fed(self, keys: tuple) -> bool:
        # A sender that is silent, or whose messages cannot be read, feeds nothing.
        fed = self._app.settings.get(keys[0]) == meter_types.API
        return fed and self._app.board.world.values[keys[2]] == "ok"

    def _feed_ev(self, metering, ev) -> None:
        metering.feed(
            meter_types.USE_EV,
            ev.current_ma[0],
            ev.current_ma[1],
            ev.current_ma[2],
            sum(ev.power_w),
            ev.energy_import_wh,
        )
