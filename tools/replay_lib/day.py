"""A day: what flowed at the house connection, second by second, without the station."""

from array import array
from dataclasses import dataclass, field

DAY_S = 86400
QUARTER_S = 900
VOLTS = 230
# The longest day in summer; only its month and its clock matter, and only when a file has no date.
DEFAULT_START_S = 1750464000


@dataclass(frozen=True)
class Battery:
    """A home battery that keeps the connection at zero as long as it can."""

    capacity_wh: int
    power_w: int
    stored_wh: int
    lag_s: int = 3


@dataclass
class Day:
    """Currents in mA, import positive, one entry a second; sun and a recorded battery are part of them."""

    name: str
    phases_ma: tuple[array, array, array]
    start_s: int = DEFAULT_START_S
    phases: int = 3
    # What the sun gave, for the plot; charging power of a recorded battery, positive while it charges.
    sun_w: array | None = None
    battery_w: array | None = None
    battery: Battery | None = None
    # What else than the station flows in its circuit; a part of the house.
    circuit_ma: tuple[array, array, array] | None = None
    # Seconds from the start at which the car is plugged in (True) or unplugged (False).
    plugs: list[tuple[int, bool]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    car: str = ""
    needs_wh: int | None = None
    title: str = ""

    @property
    def length_s(self) -> int:
        """Return how long the day is, in seconds."""
        return len(self.phases_ma[0])


class DayError(Exception):
    """A file that is no day: `str()` is FILE:LINE: what is wrong; line 0 when no line is to blame."""

    def __init__(self, path: object, line: int, text: str) -> None:
        super().__init__(f"{path}:{line}: {text}" if line else f"{path}: {text}")


def watts_to_ma(watts: float) -> int:
    """Return the current in mA that carries a power in W at the nominal voltage."""
    return round(watts * 1000 / VOLTS)


def clock_text(second: int) -> str:
    """Return seconds since midnight as HH:MM:SS."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
