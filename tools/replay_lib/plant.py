"""What stands around the regulator: house, home battery, car, contactors and the meter at the connection.

The car and the contactors are those of boards/SIM; house and battery move once a second.
"""

from array import array

from evse.core import ticks
from replay_lib.cars import CarModel
from replay_lib.day import VOLTS, Battery, Day
from simworld.sim_board import START_TICKS, SimBoard, VirtualClock

VOLTAGE_DV = VOLTS * 10
_WH_PER_W_S = 1 / 3600


class Storage:
    """A home battery in the loop; `power_w` is positive while it charges."""

    def __init__(self, battery: Battery) -> None:
        self._battery = battery
        self._stored_wh = float(battery.stored_wh)
        self.power_w = 0.0

    def second(self, connection_w: float) -> None:
        """Go on for a second with what flows at the connection in all, import positive."""
        battery = self._battery
        wanted_w = self.power_w - connection_w / battery.lag_s
        wanted_w = min(max(wanted_w, -battery.power_w), battery.power_w)
        room_w = (battery.capacity_wh - self._stored_wh) * 3600
        wanted_w = min(max(wanted_w, -self._stored_wh * 3600), room_w)
        self.power_w = wanted_w
        self._stored_wh += wanted_w * _WH_PER_W_S


class Plant:
    """House connection and car at one moment; currents in mA per phase, import positive."""

    def __init__(self, day: Day, car: CarModel, needs_wh: int | None) -> None:
        self.day = day
        self.clock = VirtualClock()
        self.board = SimBoard(self.clock, None, "")
        self.world = self.board.world
        self.world.set(car.world(needs_wh))
        self.storage = Storage(day.battery) if day.battery else None
        # Without the station, simulated battery included.
        self.house_ma = [0, 0, 0]
        # What else than the station flows in its circuit.
        self.others_ma = [0, 0, 0]
        self.battery_ma = 0
        self._plugs = dict(day.plugs)
        self._import_w_s = 0
        self._phases = range(day.phases)

    @property
    def has_battery(self) -> bool:
        """Return True when the home has a battery, simulated or recorded."""
        return self.storage is not None or self.day.battery_w is not None

    def set_clock(self, now_ms: int) -> None:
        """Move the clock of the board to milliseconds since the start of the day."""
        self.clock.now = (START_TICKS + now_ms) % ticks.PERIOD

    def second(self, second: int) -> None:
        """Let the next second of the day begin."""
        day = self.day
        car_ma = self.world.current_ma
        house_ma = self.house_ma
        connection_ma = sum(house_ma) + sum(car_ma)
        if connection_ma > 0:
            self._import_w_s += connection_ma * VOLTS // 1000
        for phase in range(3):
            house_ma[phase] = day.phases_ma[phase][second]
        if day.circuit_ma:
            for phase in range(3):
                self.others_ma[phase] = day.circuit_ma[phase][second]
        if self.storage:
            self._follow_storage(sum(house_ma) + self.battery_ma + sum(car_ma))
        elif day.battery_w is not None:
            self.battery_ma = day.battery_w[second] * 1000 // VOLTS
        plugged = self._plugs.get(second)
        if plugged is not None:
            self.world.set({"car.auto": plugged, "car.pilot": "B" if plugged else "A"})

    def _follow_storage(self, connection_ma: int) -> None:
        assert self.storage
        self.storage.second(connection_ma * VOLTS / 1000)
        self.battery_ma = int(self.storage.power_w * 1000 / VOLTS)
        for phase in self._phases:
            self.house_ma[phase] += self.battery_ma // len(self._phases)

    def mains_ma(self) -> list[int]:
        """Return what flows at the connection now."""
        car_ma = self.world.current_ma
        house_ma = self.house_ma
        return [house_ma[0] + car_ma[0], house_ma[1] + car_ma[1], house_ma[2] + car_ma[2]]

    def circuit_ma(self) -> list[int]:
        """Return what flows in the circuit of the station now, 0 where the day does not say what else is in it."""
        car_ma = self.world.current_ma
        others_ma = self.others_ma
        return [others_ma[0] + car_ma[0], others_ma[1] + car_ma[1], others_ma[2] + car_ma[2]]

    def import_wh(self) -> int:
        """Return what the meter has counted as imported since the start of the day."""
        return self._import_w_s // 3600

    def full(self) -> bool:
        """Return True when the car has got what it needs."""
        return self.world.car.full()


def seconds(length_s: int) -> array:
    """Return an empty column with one whole number a second."""
    return array("i", bytes(4 * length_s))
