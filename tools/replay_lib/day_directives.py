"""Lines of a day that begin with `#:` and say what belongs to it: settings, car, plug-in times, home battery."""

from datetime import UTC, datetime

from replay_lib.cars import CARS
from replay_lib.day import DAY_S, Battery, Day, DayError
from replay_lib.day_clock import clock_seconds


class Directives:
    """What `#:` lines say."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._line = 0
        self._settings: dict[str, str] = {}
        self._plugs: list[tuple[int, bool]] = []
        self._battery: Battery | None = None
        self._date: int | None = None
        self._car = self._title = ""
        self._needs_wh: int | None = None
        self.phases: int | None = None
        self._verbs = {
            "set": self._set, "car": self._take_car, "title": self._take_title, "needs_wh": self._take_needs,
            "phases": self._take_phases, "plug": self._plug, "unplug": self._unplug, "battery": self._take_battery,
            "date": self._take_date,
        }  # fmt: skip

    def take(self, line: int, text: str) -> None:
        """Take one line; DayError when it is not understood."""
        self._line = line
        verb, _, rest = text.partition(" ")
        if verb not in self._verbs:
            raise DayError(self._path, line, f"#: {verb} is unknown; there are {', '.join(self._verbs)}")
        try:
            self._verbs[verb](rest.strip())
        except (ValueError, TypeError):
            raise DayError(self._path, line, f"#: {verb} cannot take {rest.strip()!r}") from None

    def apply(self, day: Day, first_clock_s: int, dated: bool) -> None:
        """Put it into a day whose first row is at this time of day; `dated` when its file has a date."""
        day.settings.update(self._settings)
        if self._plugs:
            day.plugs = [((at_s - first_clock_s) % DAY_S, plugged) for at_s, plugged in self._plugs]
        day.battery = self._battery
        day.car = self._car
        day.needs_wh = self._needs_wh
        day.title = self._title or day.title
        if self._date is not None and not dated:
            day.start_s = self._date + first_clock_s

    def _set(self, rest: str) -> None:
        name, equals, value = rest.partition("=")
        if not equals:
            raise ValueError(rest)
        self._settings[name.strip()] = value.strip()

    def _take_car(self, rest: str) -> None:
        if rest not in CARS:
            raise DayError(self._path, self._line, f"no car {rest!r}; there are {', '.join(CARS)}")
        self._car = rest

    def _take_title(self, rest: str) -> None:
        self._title = rest

    def _take_needs(self, rest: str) -> None:
        self._needs_wh = int(rest)

    def _take_phases(self, rest: str) -> None:
        self.phases = {"1": 1, "3": 3}.get(rest)
        if self.phases is None:
            raise ValueError(rest)

    def _plug(self, rest: str) -> None:
        self._plugs.append((clock_seconds(rest), True))

    def _unplug(self, rest: str) -> None:
        self._plugs.append((clock_seconds(rest), False))

    def _take_battery(self, rest: str) -> None:
        self._battery = Battery(*(int(word) for word in rest.split()))

    def _take_date(self, rest: str) -> None:
        self._date = int(datetime.fromisoformat(rest).replace(tzinfo=UTC).timestamp())
