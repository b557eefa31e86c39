"""Which page is shown: by priority, and pages that take turns by time.

restart > menu > error > card message > text > meter reading > end of a session > charging > waiting > idle.
A page's name is public (`display.page`).
"""

from micropython import const

from evse.core import states, ticks

START_MS = const(4000)
CURRENT_MS = const(3000)
BYE_MS = const(3000)
TOTAL_MS = const(14000)
METER_MS = const(30000)
# In Smart and Solar mode the current changes every few seconds: telling it each time would show nothing else.
_CURRENT_EVERY_MS = const(60000)
_CURRENT_STEP_MA = const(1000)

# Pages that take turns, and for how long.
CHARGING = (("energy", 5000), ("time", 5000), ("power", 5000))
AUTHORISE = (("authorise", 6000), ("qr", 8000))
FINISHED = (("finished", 5000), ("energy", 5000))
OFFLINE = (("idle", 10000), ("offline", 3000))
OFFLINE_WHY = (("idle", 10000), ("offline", 3000), ("offline_why", 6000))

# How long a message about a card stays.
NOTICES = {
    "card_checking": 22000,
    "card_accepted": 3000,
    "card_plug_in": 6000,
    "card_refused": 4000,
}

PAGES = (
    "restart menu error card_checking card_accepted card_plug_in card_refused message meter bye total start current "
    "energy time power access_off paused authorise qr scheduled waiting finished connected offline "
    "offline_why idle"
)


class ScreenModel:
    """Choose the page from a `View` and the time; `elapsed_ms` is how long it is shown."""

    def __init__(self) -> None:
        self.page = "idle"
        self.elapsed_ms = 0
        self._since = 0
        # What takes turns, and since when.
        self._group = None
        self._group_since = 0
        self._until = {}
        self._notice = ""
        self._was_charging = False
        self._was_active = False
        self._was_ma = 0

    def notify(self, page: str, now: int, duration_ms: int = 0) -> None:
        """Show a message about a card, one of NOTICES, in place of the one before; "" ends that."""
        self._notice = page
        if page:
            self._keep("notice", now, duration_ms or NOTICES[page])
        else:
            self._forget("notice")

    def show_meter(self, now: int) -> None:
        """Show the meter reading, for verification."""
        self._keep("meter", now, METER_MS)

    def step(self, now: int, view) -> str:
        """Return the page to show at tick `now`."""
        self._note_changes(now, view)
        page = self._choose(now, view)
        if page != self.page:
            self.page = page
            self._since = now
        self.elapsed_ms = ticks.diff(now, self._since)
        return page

    def next_ms(self, now: int) -> int:
        """Return after how many ms the page may change though the view stays as it is; -1 for never."""
        next_ms = -1
        for what in self._until:
            # What is over but hidden by something else changes nothing by itself.
            left_ms = ticks.diff(self._until[what], now)
            if left_ms > 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        if self._group and self._in_group():
            passed_ms = ticks.diff(now, self._group_since)
            for _, duration_ms in self._group:
                passed_ms -= duration_ms
                if passed_ms < 0:
                    break
            left_ms = max(0, -passed_ms)
            if next_ms < 0 or left_ms < next_ms:
                next_ms = left_ms
        return next_ms

    def _in_group(self) -> bool:
        """Return True when the page is one of those that take turns now."""
        for page, _ in self._group or ():
            if page == self.page:
                return True
        return False

    def _keep(self, what: str, now: int, duration_ms: int) -> None:
        self._until[what] = ticks.add(now, duration_ms)

    def _lasts(self, what: str, now: int) -> bool:
        """Return True while `what` lasts; what is over is forgotten, because ticks wrap."""
        until = self._until.get(what)
        if until is None:
            return False
        if ticks.diff(until, now) > 0:
            return True
        del self._until[what]
        return False

    def _forget(self, what: str) -> None:
        if what in self._until:
            del self._until[what]

    def _note_changes(self, now: int, view) -> None:
        charging = view.charging()
        if charging and not self._was_charging:
            self._keep("start", now, START_MS)
            self._was_ma = view.offered_ma
        elif charging and abs(view.offered_ma - self._was_ma) >= _CURRENT_STEP_MA:
            self._was_ma = view.offered_ma
            if not self._lasts("quiet", now):
                self._keep("current", now, CURRENT_MS)
                self._keep("quiet", now, _CURRENT_EVERY_MS)
        if not charging:
            self._forget("start")
            self._forget("current")
            self._forget("quiet")
        if self._was_active and not view.session_active:
            self._keep("bye", now, BYE_MS)
            self._keep("total", now, BYE_MS + TOTAL_MS)
        if view.connected:
            self._forget("bye")
            self._forget("total")
        self._was_charging = charging
        self._was_active = view.session_active

    def _choose(self, now: int, view) -> str:
        if view.restarting:
            return "restart"
        if view.menu:
            return "menu"
        if view.fault:
            return "error"
        if self._lasts("notice", now):
            return self._notice
        if view.message:
            return "message"
        for page in ("meter", "bye", "total"):
            if self._lasts(page, now):
                return page
        if view.charging():
            for page in ("start", "current"):
                if self._lasts(page, now):
                    return page
            return self._turn(CHARGING, now)
        return self._waiting(now, view) if view.connected else self._without_car(now, view)

    def _waiting(self, now: int, view) -> str:
        if view.authorise:
            return self._turn(AUTHORISE, now) if view.link else "authorise"
        if view.start_at_s:
            return "scheduled"
        if view.access != states.ACCESS_ON:
            return "paused" if view.access == states.ACCESS_PAUSE else "access_off"
        if view.limit_ma == 0:
            return "waiting"
        if view.session_active and view.state == states.B:
            return self._turn(FINISHED, now)
        return "connected"

    def _without_car(self, now: int, view) -> str:
        if view.start_at_s:
            return "scheduled"
        if view.access == states.ACCESS_PAUSE:
            return "paused"
        if view.access == states.ACCESS_OFF and not view.authorise:
            return "access_off"
        if view.online == 0:
            return self._turn(OFFLINE_WHY if view.why else OFFLINE, now)
        # The idle page is one of those, but has no turn now.
        self._group = None
        return "idle"

    def _turn(self, group: tuple, now: int) -> str:
        """Return whose turn it is; a group begins anew after something else was shown."""
        if group is not self._group or not self._in_group():
            self._group = group
            self._group_since = now
        passed_ms = ticks.diff(now, self._group_since)
        while True:
            for page, duration_ms in group:
                if passed_ms < duration_ms:
                    return page
                passed_ms -= duration_ms
            # Moved along, because ticks wrap.
            self._group_since = ticks.add(now, -passed_ms)
