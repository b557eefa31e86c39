"""The real core of microEVSE, driving the car and the contactors of a plant in virtual time."""

from datetime import UTC, datetime

from evse.core.limits import SLOTS
from evse.core.states import NAMES
from evse.core.station import Station
from evse.core.text_rows import row
from evse.services.configuration import core_config
from evse.services.control import Control
from evse.settings.settings import Settings
from replay_lib.day import DAY_S, QUARTER_S
from replay_lib.plant import Plant


class StationRegulator:
    """Feed what the simulated meters say to a `Station` and let it drive the board."""

    name = "microevse"

    def __init__(self, plant: Plant, settings: Settings) -> None:
        """Start as after power-up."""
        self._plant = plant
        self.station = Station(plant.board.profile)
        self._control = Control(plant.board, self.station)
        self.station.configure(core_config(settings))
        self._day = -1
        self._month = 1

    def mains_reading(self, mains_ma: list[int]) -> None:
        """Take phase currents in mA."""
        self.station.mains_reading(mains_ma[0], mains_ma[1], mains_ma[2])

    def circuit_reading(self, circuit_ma: list[int]) -> None:
        """Take phase currents in mA."""
        self.station.circuit_reading(circuit_ma[0], circuit_ma[1], circuit_ma[2])

    def battery_reading(self, current_ma: int) -> None:
        """Take the current of the home battery, charging positive."""
        self.station.battery_reading(current_ma)

    def car_reading(self, car_ma: list[int], power_w: int) -> None:
        """Take what the EV meter measured."""
        self.station.meter_currents(car_ma[0], car_ma[1], car_ma[2], power_w)

    def wall_time(self, unix_s: int) -> None:
        """Tell the time of day, once a second."""
        minute = unix_s // 60 % 1440
        day = unix_s // DAY_S
        if day != self._day:
            self._day = day
            self._month = datetime.fromtimestamp(unix_s, UTC).month
        self.station.wall_time(unix_s // QUARTER_S, unix_s % QUARTER_S, minute, self._month)

    def step(self, now_ms: int) -> None:
        """Do one control step; the clock of the board is at `now_ms` already."""
        self._control.tick(self._plant.clock.now)

    def next_ms(self, now_ms: int) -> int:
        """Return how long steps would change nothing, in ms; 0 for not at all."""
        return self.station.next_ms()

    @property
    def state(self) -> str:
        """Return the name of the state."""
        return NAMES[self.station.charger.state]

    @property
    def offered_ma(self) -> int:
        """Return what the pilot offers in mA."""
        return self.station.offered_ma()

    @property
    def ruling(self) -> str:
        """Return the name of the limit that rules."""
        return row(SLOTS, self.station.limits.winner)[0]

    def timers_s(self) -> tuple[int, int, int]:
        """Return charge delay, solar stop and capacity stop in seconds."""
        station = self.station
        regulation = station.regulation
        return (
            (station.charger.charge_delay_ms + 999) // 1000,
            (regulation.solar_stop_ms() + 999) // 1000,
            (regulation.capacity_stop_ms() + 999) // 1000,
        )
