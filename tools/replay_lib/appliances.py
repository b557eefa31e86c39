"""Appliances of a home: each adds what it takes, in W, to the phases of a day.

Only `random.Random.random()` is used: its numbers are the same in every version of Python.
"""

from random import Random

from replay_lib.day import DAY_S

Phases = tuple[list[float], list[float], list[float]]
# What a compressor or a motor takes in its first second, on average over it, against running.
_INRUSH = 1.6


class Home:
    """The load of a day, in W per phase and second; times of day are seconds since midnight."""

    def __init__(self, seed: int) -> None:
        self.load_w: Phases = ([0.0] * DAY_S, [0.0] * DAY_S, [0.0] * DAY_S)
        self._random = Random(seed)

    def between(self, low: float, high: float) -> float:
        """Return a random number."""
        return low + (high - low) * self._random.random()

    def add(self, phase: int, start_s: float, length_s: float, watts: float) -> int:
        """Let `watts` flow for a while; return the second at which it ends."""
        column = self.load_w[phase]
        first = int(start_s)
        end = first + max(1, int(length_s))
        for second in range(max(first, 0), min(end, DAY_S)):
            column[second] += watts
        return end

    # Appliances

    def base(self, phase: int, watts: float) -> None:
        """Standby and lamps: a slow walk around `watts`, more in the evening."""
        column = self.load_w[phase]
        level = watts
        for second in range(DAY_S):
            if second % 15 == 0:
                evening = 1.8 if 64800 <= second < 82800 else 1.0
                level += self.between(-0.1, 0.1) * watts + (watts * evening - level) * 0.03
                level = max(level, 0.3 * watts)
            column[second] += level + self.between(-6, 6)

    def fridge(self, phase: int, watts: float = 150) -> None:
        """A compressor that runs for a quarter of an hour in every three."""
        at = self.between(0, 1500)
        while at < DAY_S:
            self.add(phase, at, 1, watts * _INRUSH)
            at = self.add(phase, at, self.between(700, 1100), watts) + self.between(1200, 2100)

    def kettle(self, phase: int, at_s: int, watts: float = 2200) -> None:
        """Water for tea."""
        self.add(phase, at_s, self.between(140, 210), watts)

    def oven(self, phase: int, at_s: int, minutes: float, watts: float = 3500) -> None:
        """Eight minutes to get hot, then a thermostat: a minute on, a minute off."""
        end_s = at_s + minutes * 60
        at = self.add(phase, at_s, self.between(420, 540), watts)
        while at < end_s:
            at = self.add(phase, at + self.between(50, 70), self.between(50, 70), watts)

    def hob(self, phase: int, at_s: int, minutes: float, watts: float = 2000) -> None:
        """An induction plate that boils for five minutes, then simmers with pulses of seconds."""
        end_s = at_s + minutes * 60
        at = self.add(phase, at_s, self.between(240, 360), watts)
        while at < end_s:
            at = self.add(phase, at + self.between(2, 8), self.between(2, 8), watts * 0.8)

    def microwave(self, phase: int, at_s: int, minutes: float = 5) -> None:
        """Defrosting: pulses of a quarter of a minute."""
        at, end_s = at_s, at_s + minutes * 60
        while at < end_s:
            at = int(self.add(phase, at, 15, 1300) + 10)

    def washer(self, phase: int, at_s: int, heat_w: float = 2000) -> None:
        """Heats for a quarter of an hour, turns to and fro, spins."""
        at = self.add(phase, at_s + 120, self.between(720, 1080), heat_w)
        for _ in range(120):
            at = int(self.add(phase, at, self.between(8, 14), self.between(180, 320)) + 4)
        self.add(phase, at + 300, 420, 450)

    def dishwasher(self, phase: int, at_s: int) -> None:
        """Heats twice."""
        at = self.add(phase, at_s + 300, self.between(700, 950), 1900)
        at = self.add(phase, at, 2400, 90)
        self.add(phase, at, self.between(600, 850), 1900)

    def dryer(self, phase: int, at_s: int, minutes: float = 70) -> None:
        """A heater behind a thermostat and a drum."""
        at, end_s = at_s, at_s + minutes * 60
        self.add(phase, at_s, minutes * 60, 250)
        while at < end_s:
            at = int(self.add(phase, at, self.between(150, 240), 2100) + self.between(25, 60))

    def boiler(self, phase: int, at_s: int, minutes: float, watts: float = 2500) -> None:
        """Hot water from the tank."""
        self.add(phase, at_s, minutes * 60, watts)

    def heat_pump(self, amperes: float, from_s: int = 0, to_s: int = DAY_S) -> None:
        """Three phases for 20 to 40 minutes, with an inrush; slower and faster while it runs."""
        at = from_s + self.between(0, 1200)
        while at < to_s:
            end_s = at + self.between(1200, 2400)
            watts = amperes * 230 * self.between(0.85, 1.1)
            self._three(at, 1, watts * _INRUSH)
            at += 1
            while at < end_s:
                part_s = self.between(60, 240)
                self._three(at, part_s, watts)
                watts *= self.between(0.96, 1.03)
                at += part_s
            at = end_s + self.between(900, 2400)

    def _three(self, at_s: float, length_s: float, watts: float) -> None:
        for phase in range(3):
            self.add(phase, at_s, length_s, watts * (1.0 if phase else 1.06))
