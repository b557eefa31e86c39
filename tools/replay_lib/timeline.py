"""What a run looked like, second by second: the columns that plots and bounds are made of."""

from array import array

from replay_lib.plant import Plant, seconds

TIMERS = ("charge_delay_s", "solar_stop_s", "capacity_stop_s")


class Names:
    """A column of names that change seldom."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, str]] = []
        self._last = ""

    def note(self, second: int, name: str) -> None:
        """Note the name that holds from a second on."""
        if name != self._last:
            self.changes.append((second, name))
            self._last = name

    def spans(self, end_s: int) -> list[tuple[int, int, str]]:
        """Return (from, to, name) over the whole run."""
        ends = [start for start, _ in self.changes[1:]] + [end_s]
        return [(start, end, name) for (start, name), end in zip(self.changes, ends)]


class Timeline:
    """Columns of one run; currents in mA, import positive."""

    def __init__(self, length_s: int) -> None:
        self.length_s = length_s
        self.house_ma = (seconds(length_s), seconds(length_s), seconds(length_s))
        self.car_ma = (seconds(length_s), seconds(length_s), seconds(length_s))
        self.battery_ma = seconds(length_s)
        self.offered_ma = seconds(length_s)
        self.plugged = array("b", bytes(length_s))
        self.timers_s = tuple(seconds(length_s) for _ in TIMERS)
        self.ruling = Names()
        self.state = Names()

    def note(self, second: int, plant: Plant, regulator) -> None:
        """Note what is the case at the end of a second."""
        house_ma = plant.house_ma
        car_ma = plant.world.current_ma
        for phase in range(3):
            self.house_ma[phase][second] = house_ma[phase]
            self.car_ma[phase][second] = car_ma[phase]
        self.battery_ma[second] = plant.battery_ma
        self.offered_ma[second] = regulator.offered_ma
        self.plugged[second] = plant.world.values["car.pilot"] != "A"
        for column, left_s in zip(self.timers_s, regulator.timers_s()):
            column[second] = left_s
        self.ruling.note(second, regulator.ruling)
        self.state.note(second, regulator.state)
