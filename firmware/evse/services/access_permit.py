"""The permission to charge: who holds it, how long it lasts, and what a restart leaves of it.

A permission that was given by card or back end ends when the car is unplugged, or 60 s after it was given and no
car came (SmartEVSE v3 sheet, section 8.1: there also 60 s after unplugging).
"""

from micropython import const

from evse.core import states as s
from evse.core import ticks
from evse.log import log
from evse.services import access_texts as tx
from evse.services.access_times import CLOSE, NOTHING, OPEN, AccessTimes
from evse.settings.store import LOADED

PLUG_IN_MS = const(60000)


class Permit:
    """Drive the station's access; `owner` is the UID that opened it, `cause` who changed it last."""

    def __init__(self, station, clock, store) -> None:
        self._station = station
        self._clock = clock
        self._store = store
        self.times = AccessTimes()
        self.owner = ""
        self.cause = tx.BY_NOBODY
        # Access needs somebody's permission, and ends with it.
        self.guarded = False
        # Only who holds a permission may charge, whatever else opens the access.
        self.strict = False
        self.reference = False
        # Until the pilot was read, a car of before the start may be there; if not, it was unplugged.
        self._had_car = True
        self._window = False
        self._window_ms = 0
        self.unsaved = False
        # Nobody held a permission before the restart; the setting Access may be older than that.
        self._left_closed = False
        self._restore()
        self._seen = station.charger.access

    @property
    def is_open(self) -> bool:
        """True when charging is permitted, be it later."""
        return self._station.charger.access == s.ACCESS_ON or (self.times.waiting and self.owner != "")

    def set(self, access: int, cause: int) -> None:
        """Set the station's access."""
        if access != self._station.charger.access:
            self.cause = cause
            self.unsaved = self.unsaved or self.owner != "" or self.guarded
        self._station.set_access(access)
        self._seen = access

    def open(self, uid: str, cause: int) -> None:
        """Let the holder of `uid` charge, at once or from the start time on."""
        self.owner = uid
        self.unsaved = True
        self._window = False
        if self.times.waiting:
            self.cause = cause
        else:
            self.set(s.ACCESS_ON, cause)

    def guard(self, guarded: bool) -> None:
        """Choose whether access needs somebody's permission; what nobody uses closes at once."""
        if guarded and not self.guarded and not self.owner:
            if self._left_closed or self._station.sees_no_car():
                self.set(s.ACCESS_OFF, tx.BY_USER)
        self._left_closed = False
        self.guarded = guarded

    def close(self, cause: int) -> None:
        """End the permission."""
        self.unsaved = self.unsaved or self.owner != ""
        self.owner = ""
        self._window = False
        self.set(s.ACCESS_OFF, cause)

    def set_times(self, start_s: int, stop_s: int, repeat: bool) -> None:
        """Choose the times; FieldError changes nothing."""
        was_waiting = self.times.waiting
        self.times.set(start_s, stop_s, repeat)
        self.unsaved = True
        if self.times.waiting:
            self.set(s.ACCESS_OFF, tx.BY_TIME)
        elif was_waiting and self._may_start():
            self.set(s.ACCESS_ON, tx.BY_USER)

    def step(self, now: int) -> None:
        """Look at the car, the clock and what others did to the access."""
        self._follow_others()
        self._follow_car(now)
        action = self.times.step(self._clock.unix_s())
        if action != NOTHING:
            self.unsaved = True
        if action == OPEN and self._may_start():
            self.set(s.ACCESS_ON, tx.BY_TIME)
        elif action == CLOSE:
            self.set(s.ACCESS_OFF, tx.BY_TIME)
        if self._station.contactors.proven_open():
            self.save()

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do unless something happens; -1 for never."""
        seconds = self.times.next_s(self._clock.unix_s())
        if seconds == 0 or self._seen != self._station.charger.access:
            return 0
        # The present second has begun already; a day is as much as ticks can tell apart from the past with ease.
        due_ms = min(seconds - 1, 86400) * 1000 if seconds > 0 else -1
        if self._window:
            left_ms = max(0, PLUG_IN_MS - ticks.diff(now, self._window_ms))
            due_ms = left_ms if due_ms < 0 else min(due_ms, left_ms)
        return due_ms

    def _may_start(self) -> bool:
        return not self.guarded or self.owner != ""

    def _follow_others(self) -> None:
        access = self._station.charger.access
        if access != self._seen:
            self._seen = access
            self.cause = tx.BY_USER
            self.unsaved = self.unsaved or self.owner != "" or self.guarded
            if access == s.ACCESS_OFF:
                self.owner = ""
            elif access == s.ACCESS_ON and self.times.waiting:
                self.times.skip()
                self.unsaved = True
        if self.strict and not self.owner and access == s.ACCESS_ON:
            self.set(s.ACCESS_OFF, tx.BY_REMOTE)

    def _follow_car(self, now: int) -> None:
        station = self._station
        if not station.sees_no_car():
            if station.charger.connected():
                self._had_car = True
                self._window = False
            return
        was_unplugged = self._had_car
        self._had_car = False
        if not self.owner and (not self.guarded or station.charger.access == s.ACCESS_OFF):
            # An owner's permission ends with his charge, also when the reader went out of use meanwhile.
            self._window = False
        elif was_unplugged and not self.reference:
            self.close(tx.BY_UNPLUGGING)
        elif not self._window:
            self._window = True
            self._window_ms = now
        elif ticks.diff(now, self._window_ms) >= PLUG_IN_MS:
            self.close(tx.BY_UNPLUGGING)

    def _restore(self) -> None:
        if self._store is None:
            return
        status, record = self._store.load()
        if status != LOADED:
            return
        self.times.restore(record)
        owner = record.get("owner")
        self._left_closed = owner == "" and record.get("access") == s.ACCESS_OFF
        if isinstance(owner, str) and owner:
            access = record.get("access")
            if self._station.charger.access == s.ACCESS_OFF and access in (s.ACCESS_ON, s.ACCESS_PAUSE):
                # The setting Access is written once a minute at most, and may be older than the owner.
                self._station.set_access(access)
            if self.times.waiting or self._station.charger.access != s.ACCESS_OFF:
                self.owner = owner
        if self.times.waiting:
            self._station.set_access(s.ACCESS_OFF)

    def save(self) -> None:
        """Write what `unsaved` says has changed; only while no contactor is closed."""
        if not self.unsaved:
            return
        self.unsaved = False
        if self._store is None:
            return
        record = {"owner": self.owner, "access": self._station.charger.access}
        self.times.keep(record)
        try:
            self._store.save(record)
        except OSError as error:
            log.write("storage: access not saved: %s" % error)
