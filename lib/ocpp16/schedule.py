"""What one charging profile says at a moment, and until when it says so (sections 5.16 and 7.8 to 7.14 with errata).

Where a schedule begins: Absolute at startSchedule; Relative, and Absolute without startSchedule, when the transaction
began; Recurring at startSchedule and then every 86400 s or 7 days; Recurring without startSchedule at midnight of
local time, or of Monday, and then with the clock on the wall. validFrom counts, validTo is the first moment that does
not. What lies behind `duration` or the recurrence is not executed.
"""

from micropython import const

from . import profile_layout as pl

_DAY_S = const(86400)
_WEEK_S = const(604800)
# 1970-01-01 was a Thursday.
_MONDAY_S = const(259200)
_BYTES = const(7)


class LocalTime:
    """Local time less UTC in s, by a function of unix seconds; the last change that was found is remembered."""

    def __init__(self, offset_s) -> None:
        self._offset_s = offset_s
        self._before_s = self._change_s = 0

    def local_s(self, unix_s: int) -> int:
        """Return the local time of a moment."""
        return unix_s + self._offset_s(unix_s)

    def steady_until(self, unix_s: int, end_s: int) -> int:
        """Return `end_s`, or the moment before it when local time is put forward or back."""
        if self._before_s <= unix_s < self._change_s <= end_s:
            return self._change_s
        offset_s = self._offset_s(unix_s)
        if self._offset_s(end_s) == offset_s:
            return end_s
        low = unix_s
        high = end_s
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset_s(middle) == offset_s:
                low = middle
            else:
                high = middle
        self._before_s = unix_s
        self._change_s = high
        return high


class Schedule:
    """One profile after another: `load` a slot, then `look`.

    `limit_a` is -1 where the profile says nothing; `until_s` is a moment before which nothing changes, `phases` what
    the period asks for, 0 where it does not say.
    """

    def __init__(self, store, local: LocalTime) -> None:
        self._store = store
        self._local = local
        self.slot = -1
        self.limit_a = -1
        self.phases = 0
        self.until_s = 0
        self._flags = self._kind = self._count = 0
        self._from_s = self._to_s = self._start_s = self._duration_s = 0
        self._lowest_a = 0
        self._buffer = bytearray(pl.PIECE_BYTES)
        # The periods in the buffer.
        self._first = self._have = 0

    def load(self, slot: int) -> None:
        """Turn to the profile in a slot."""
        self.slot = slot
        head = self._store.head(slot)
        self._flags = head[0]
        self._kind = head[0] >> pl.KIND_SHIFT & 3
        self._count = head[3]
        self._from_s = head[6]
        self._to_s = head[7]
        self._start_s = head[8]
        self._duration_s = head[9]
        self._lowest_a = head[10]
        self._have = 0

    def look(self, at_s: int, begin_s: int) -> None:
        """Say what holds at a moment; `begin_s` is when the transaction began, -1 without one: it begins any moment."""
        self.limit_a = -1
        self.phases = 0
        if at_s >= self._to_s and self._to_s != pl.FOREVER:
            self.until_s = pl.FOREVER
            return
        if at_s < self._from_s:
            self.until_s = self._from_s
            return
        if self._kind == pl.RECURRING:
            self._look_recurring(at_s)
        elif self._kind == pl.ABSOLUTE and self._flags & pl.HAS_START:
            if at_s < self._start_s:
                self.until_s = self._start_s
            else:
                self._look_inside(at_s, at_s - self._start_s, self._duration_s)
        elif begin_s < 0:
            # As long as it has not begun, it stands at its first second.
            self._look_inside(at_s, 0, self._duration_s)
            self.until_s = pl.FOREVER
        else:
            self._look_inside(at_s, max(0, at_s - begin_s), self._duration_s)
        if self.until_s > self._to_s:
            self.until_s = self._to_s

    def _look_recurring(self, at_s: int) -> None:
        every_s = _WEEK_S if self._flags & pl.WEEKLY else _DAY_S
        if self._flags & pl.HAS_START:
            if at_s < self._start_s:
                self.until_s = self._start_s
                return
            place_s = (at_s - self._start_s) % every_s
        else:
            place_s = (self._local.local_s(at_s) + (_MONDAY_S if every_s == _WEEK_S else 0)) % every_s
        again_s = at_s - place_s + every_s
        if place_s >= self._duration_s:
            self.until_s = again_s
        else:
            self._look_inside(at_s, place_s, self._duration_s)
            if self.until_s > again_s:
                self.until_s = again_s
        if not self._flags & pl.HAS_START:
            self.until_s = self._local.steady_until(at_s, self.until_s)

    def _look_inside(self, at_s: int, place_s: int, length_s: int) -> None:
        """Find the period at a place of the schedule, in s from its start."""
        if place_s >= length_s:
            self.until_s = pl.FOREVER
            return
        try:
            index = self._find(place_s)
            next_s = self._start(index + 1) if index + 1 < self._count else pl.FOREVER
            at = (index - self._first) * _BYTES
            buffer = self._buffer
            self.limit_a = buffer[at + 4] | buffer[at + 5] << 8
            self.phases = buffer[at + 6]
        except OSError:
            # What cannot be read may be the lowest.
            self._store.read_errors += 1
            self._have = 0
            self.limit_a = self._lowest_a
            next_s = pl.FOREVER
        end_s = min(next_s, length_s)
        self.until_s = at_s - place_s + end_s if end_s != pl.FOREVER else pl.FOREVER

    def _find(self, place_s: int) -> int:
        """Return the number of the period that holds at a place; it is in the buffer, and so is the next one."""
        if not self._have or self._start(self._first) > place_s:
            self._fill(0)
        while self._start(self._first + self._have - 1) <= place_s:
            last = self._first + self._have - 1
            if last == self._count - 1:
                return last
            self._fill(last)
        low = self._first
        high = self._first + self._have - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._start(middle) <= place_s:
                low = middle
            else:
                high = middle
        return low

    def _fill(self, first: int) -> None:
        self._have = 0
        self._have = self._store.read(self.slot, first, self._buffer)
        self._first = first

    def _start(self, index: int) -> int:
        at = (index - self._first) * _BYTES
        buffer = self._buffer
        return buffer[at] | buffer[at + 1] << 8 | buffer[at + 2] << 16 | buffer[at + 3] << 24
