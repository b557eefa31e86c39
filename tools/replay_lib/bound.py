"""What a regulator that knows the future and loses no time could charge under the same limits."""

from dataclasses import dataclass

from replay_lib.cars import CarModel
from replay_lib.day import QUARTER_S, VOLTS, Day
from replay_lib.reference import ALWAYS_OFF, CAP_FIXED, CAP_FLANDERS, SMART, Limits
from replay_lib.timeline import Timeline

_WH = 3600 * 1000
# Belgian tariff: the least that is paid for.
FIRST_PEAK_W = 2500


@dataclass
class Bound:
    """Energy in Wh; `valid` is false outside Smart mode, where it says nothing."""

    energy_wh: int
    valid: bool


def perfect_foresight(timeline: Timeline, limits: Limits, car: CarModel, day: Day) -> Bound:
    """Return the most that the car could have got.

    Every second stands for itself: MAX, cable, car, MAINS less the house on each phase used, and the capacity;
    less than MIN is nothing. A car stops when it is full.
    """
    phases = _phases(limits, car)
    most_ma = min(limits.max, limits.cable, car.max_a) * 1000
    least_ma = max(limits.min, car.min_a) * 1000
    total_mw_s = session_mw_s = 0
    full_mw_s = day.needs_wh * _WH if day.needs_wh is not None else None
    quarter = _Quarters(timeline, day) if limits.cap_mode == CAP_FLANDERS else None
    plugged = False
    for second in range(timeline.length_s):
        room_mw = quarter.room_mw(second) if quarter else None
        if not timeline.plugged[second]:
            plugged = False
            continue
        if not plugged:
            plugged, session_mw_s = True, 0
        current_ma = min(
            most_ma, limits.mains * 1000 - max(timeline.house_ma[phase][second] for phase in range(phases))
        )
        if limits.cap_mode == CAP_FIXED and limits.capacity:
            house_ma = sum(column[second] for column in timeline.house_ma)
            current_ma = min(current_ma, (limits.capacity * 1000 - house_ma) // phases)
        if current_ma < least_ma:
            continue
        power_mw = current_ma * phases * VOLTS
        if room_mw is not None:
            power_mw = min(power_mw, room_mw)
        if full_mw_s is not None:
            power_mw = min(power_mw, full_mw_s - session_mw_s)
        if quarter:
            quarter.take(power_mw)
        session_mw_s += power_mw
        total_mw_s += power_mw
    return Bound(total_mw_s // _WH, limits.mode == SMART)


def _phases(limits: Limits, car: CarModel) -> int:
    single = limits.contact2 == ALWAYS_OFF
    return 1 if single else car.phases


class _Quarters:
    """The energy that each quarter leaves for the car below the peak of the month so far."""

    def __init__(self, timeline: Timeline, day: Day) -> None:
        self._timeline = timeline
        self._start_s = day.start_s
        self._peak_w = FIRST_PEAK_W
        self._left_mw_s = 0
        self._end = 0

    def room_mw(self, second: int) -> int:
        """Return what may be taken on top of the house in a second."""
        if second >= self._end:
            self._begin(second)
        return max(0, self._left_mw_s)

    def take(self, power_mw: int) -> None:
        """Count what the car took in this second."""
        self._left_mw_s -= power_mw

    def _begin(self, second: int) -> None:
        self._end = second + QUARTER_S - (self._start_s + second) % QUARTER_S
        house_mw_s = 0
        for at in range(second, min(self._end, self._timeline.length_s)):
            house_mw_s += max(0, sum(column[at] for column in self._timeline.house_ma)) * VOLTS
        self._peak_w = max(self._peak_w, house_mw_s // (QUARTER_S * 1000))
        self._left_mw_s = self._peak_w * QUARTER_S * 1000 - house_mw_s
