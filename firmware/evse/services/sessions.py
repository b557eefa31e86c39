"""The journal of charging sessions: when, how much, whose card, and why it ended.

A session begins when the contactor closes and ends when the car is unplugged or access is closed. Files are
written while the contactors are open only: what is known before, at plug-in, is noted then, so that a session that
a power cut interrupts is found again.
"""

from micropython import const

from evse import aio
from evse.core import states as s
from evse.core import ticks
from evse.log import log
from evse.services import sessions_record as sr
from evse.services.sessions_open import OpenSession, is_limited

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class Tariffs(Protocol):
        """What charging costs, and whose card it is: the gate."""

        def tariff(self, card: str) -> "tuple | None":
            """Return what a session of this card that begins now costs, as `KeptRules.tariff`, or None."""
            ...

        def name_of(self, account: int) -> str:
            """Return the name of the account that a session kept, "" for none."""
            ...


# That a remote limit has begun is noted at once, that it is over not more often than this: who switches it on and off
# must not use the space up.
_LIMIT_OVER_S = const(60)
# The meter is read every few seconds; the last reading comes after the contactor has opened.
SETTLE_MS = const(5000)
_PERIOD_MS = const(100)
_MOST_UNWRITTEN = const(4)

# By `access_texts.BY_...`: nobody, card, user, remote, time, unplugging.
_REASON_OF_CAUSE = (sr.USER, sr.CARD, sr.USER, sr.REMOTE, sr.TIME, sr.UNPLUGGED)

_IDLE = const(0)
_FOUND = const(1)  # a session of before the start; whether it goes on is open
_RUNNING = const(2)
_SETTLING = const(3)


class SessionJournal:
    """Watch the station, note and end sessions; `files` has those that ended.

    `permit` has `owner` and `cause`; `store` keeps the open session; `raw` is the board's raw journal or None.
    """

    def __init__(self, station, permit, clock, files, store, raw=None) -> None:
        self._station = station
        self._permit = permit
        # None is without prices and names.
        self.rules: "Tariffs | None" = None
        self._clock = clock
        self.files = files
        self.open = OpenSession(clock, store, raw)
        # Of before a restart: what a meter without a register has forgotten since, and for how long it went.
        self._carried_wh = 0
        self._carried_s = 0
        self._begin_s = 0
        self._saved_s = 0
        self._noted = ()
        self._drawing = False
        self._was_open = True
        self._settle_ms = 0
        self._unwritten = []
        self.write_errors = 0
        self.lost = 0
        # The number of the last session that a back end was told of.
        self.told = 0
        self._phase = _FOUND if self.open.restore(files.newest) else _IDLE

    @property
    def running(self) -> bool:
        """True while a session is open; `open.record` has its figures."""
        return self._phase == _RUNNING

    def untold(self) -> "tuple | None":
        """Return (unix seconds, Wh drawn since then) of the session under way when no back end was told of it.

        None is without such a session, and for one of before a restart, of which that is not known.
        """
        record = self.open.record
        if self._phase != _RUNNING or self.told == record.number or record.start_s <= 0:
            return None
        meter_wh = self._station.session.meter_wh
        is_metered = 0 <= record.start_wh <= meter_wh
        return record.start_s, meter_wh - record.start_wh if is_metered else record.energy_wh

    def tell(self) -> None:
        """Note that a back end was told of the session under way, if there is one."""
        if self._phase == _RUNNING:
            self.told = self.open.record.number

    def fill_status(self, status: dict) -> None:
        """Write the outputs that are about the journal: the session under way, or the last one."""
        record = self.open.record
        status["session.number"] = record.number if self.open.begun else 0
        status["session.card"] = record.card if self.open.begun else ""
        status["session.end"] = sr.REASONS[record.reason][0] if self.open.begun else ""
        account = self.rules.name_of(record.account) if self.rules and self.open.begun else ""
        status["session.account"] = account
        status["session.cost"] = record.cost() if self.open.begun else 0
        status["session.currency"] = record.currency if self.open.begun else ""

    def step(self, now: int) -> None:
        """Follow the station; writes at most one record."""
        if not self.open.scan():
            return
        phase = self._phase
        if phase == _FOUND:
            self.open.restore_limit(self._station)
        if phase == _SETTLING:
            self._settle(now)
        elif phase == _RUNNING:
            self._watch(now)
        elif self._station.charger.close:
            self._begin()
        elif phase == _FOUND:
            self._judge_found(now)
        if self._unwritten and self._station.contactors.proven_open():
            self._write_end()
        if self._phase == _IDLE:
            self._note()

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do unless the station changes; -1 for never."""
        if self._phase == _SETTLING:
            return max(0, SETTLE_MS - ticks.diff(now, self._settle_ms))
        if self._phase == _RUNNING and self.open.record.price_hour:
            return 1000 - self._station.uptime_part_ms
        return 0 if self._unwritten and self._station.contactors.proven_open() else -1

    def flush(self) -> None:
        """Write what has ended, before a restart that was asked for; the contactors are open."""
        if self._phase == _SETTLING:
            self._finish()
        elif self._phase == _RUNNING:
            self._count()
            self.open.save()
        while self._unwritten and self._write_end():
            pass

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step(self._clock.ticks_ms())
            await aio.sleep_ms(_PERIOD_MS)

    # Before a session

    def _note(self) -> None:
        """Write down what a session would begin with, once per car and card."""
        station = self._station
        session = station.session
        if station.charger.access != s.ACCESS_ON or not station.charger.connected():
            return
        tariff = self._tariff()
        noted = (self._next_number(), self._permit.owner, session.meter_wh >= 0, tariff)
        if noted == self._noted or self._unwritten or not station.contactors.proven_open():
            return
        self._noted = noted
        base_wh = session.energy_wh if session.active else 0
        self.open.begin(noted[0], noted[1], session.meter_wh, base_wh, False, tariff)
        self.open.save()

    def _begin(self) -> None:
        station = self._station
        session = station.session
        opened = self.open
        self._carried_wh = self._carried_s = 0
        if self._phase == _FOUND:
            self._carried_s = opened.record.duration_s
            if session.start_wh < 0:
                self._carried_wh = opened.record.energy_wh
                opened.base_wh = 0
            opened.begun = True
            self.told = opened.record.number
            log.write("session %d goes on" % opened.record.number)
        else:
            base_wh = session.energy_wh
            if session.meter_wh < 0 and session.start_wh >= 0:
                # After a restart and before the first reading: the register at plug-in is known, but not how much
                # of what follows it an earlier session of this car had.
                base_wh = max(0, self._last_end_wh() - session.start_wh)
            number = self._next_number()
            opened.begin(number, self._permit.owner, session.meter_wh, base_wh, True, self._tariff())
        opened.record.reason = sr.OPEN
        self._begin_s = station.uptime_s
        self._drawing = True
        self._was_open = False
        self._phase = _RUNNING
        self._checkpoint()

    # During a session

    def _watch(self, now: int) -> None:
        station = self._station
        record = self.open.record
        self._count()
        drawing = station.charger.state in (s.C, s.D)
        if drawing:
            record.reason = sr.OPEN
        elif self._drawing:
            record.reason = self._why()
        self._drawing = drawing
        is_open = station.contactors.proven_open()
        no_car = station.sees_no_car()
        if no_car or (is_open and station.charger.access == s.ACCESS_OFF):
            if no_car and record.reason in (sr.OPEN, sr.CAR):
                record.reason = sr.UNPLUGGED
            elif not no_car and record.reason not in (sr.FAULT, sr.LIMITS):
                record.reason = _REASON_OF_CAUSE[self._permit.cause]
            record.end_s = self._clock.unix_s()
            self._phase = _SETTLING
            self._settle_ms = now
        if is_open and not self._was_open:
            self.open.save()
            self._saved_s = station.uptime_s
        elif self._is_due():
            self._checkpoint()
        self._was_open = is_open

    def _is_due(self) -> bool:
        limited = is_limited(self._station)
        rest_s = self.open.rest_s
        if limited != self.open.record.limited:
            rest_s = 0 if limited else _LIMIT_OVER_S
        return self._station.uptime_s - self._saved_s >= rest_s

    def _why(self) -> int:
        """Return why the car draws nothing any more."""
        station = self._station
        if station.faults.active & station.faults.stop_mask:
            return sr.FAULT
        if station.sees_no_car():
            return sr.UNPLUGGED
        if station.charger.access != s.ACCESS_ON:
            return _REASON_OF_CAUSE[self._permit.cause]
        if station.limits.limit_ma == 0:
            return sr.LIMITS
        return sr.CAR if station.charger.state == s.B or station.charger.phases_differ else sr.USER

    def _count(self) -> None:
        """Bring the figures of the open session up to date."""
        station = self._station
        session = station.session
        record = self.open.record
        base_wh = self.open.base_wh
        record.duration_s = self._carried_s + station.uptime_s - self._begin_s
        record.energy_wh = max(record.energy_wh, self._carried_wh + session.energy_wh - base_wh)
        if record.start_wh < 0 and session.start_wh >= 0:
            record.start_wh = session.start_wh + base_wh
        if session.meter_wh >= 0:
            record.end_wh = session.meter_wh
        for current_ma in station.current_ma:
            record.highest_ma = max(record.highest_ma, current_ma)
        unix_s = self._clock.unix_s()
        if record.start_s == 0 and unix_s > 0:
            record.start_s = unix_s - record.duration_s

    def _checkpoint(self) -> None:
        self._saved_s = self._station.uptime_s
        self.open.record.limited = is_limited(self._station)
        self._count()
        self.open.checkpoint()

    # After a session

    def _judge_found(self, now: int) -> None:
        """End the session that was found when its car is gone or may not charge."""
        station = self._station
        record = self.open.record
        if station.sees_no_car() or (station.charger.connected() and station.charger.access == s.ACCESS_OFF):
            if record.reason in (sr.OPEN, sr.CAR):
                record.reason = sr.POWER_LOSS
            self._phase = _SETTLING
            self._settle_ms = now

    def _settle(self, now: int) -> None:
        station = self._station
        record = self.open.record
        meter_wh = station.session.meter_wh
        if 0 <= record.start_wh < meter_wh and meter_wh >= record.end_wh:
            record.end_wh = meter_wh
            record.energy_wh = max(record.energy_wh, meter_wh - record.start_wh)
            self.open.begun = True
        waited = ticks.diff(now, self._settle_ms) >= SETTLE_MS
        if not self._was_open and station.contactors.proven_open():
            self._was_open = True
            self.open.save()
        # A car that may charge at once must find the record written.
        if waited or record.start_wh < 0 or station.charger.state in (s.B, s.ACTSTART):
            self._finish()

    def _finish(self) -> None:
        record = self.open.record
        self._phase = _IDLE
        self._noted = ()
        if not self.open.begun:
            # A car was there, and nothing says that it ever charged.
            return
        record.kind = sr.END
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            self._unwritten.pop(0)
            self.lost += 1
        self._unwritten.append((record.number, record.pack()))
        log.write("session " + sr.describe(record))

    def _write_end(self) -> bool:
        try:
            self.files.append(self._unwritten[0][1])
        except OSError as error:
            if not self.write_errors:
                log.write("storage: session not saved: %s" % error)
            self.write_errors += 1
            return False
        self._unwritten.pop(0)
        return True

    def _tariff(self) -> "tuple | None":
        return self.rules.tariff(self._permit.owner) if self.rules else None

    def _next_number(self) -> int:
        newest = self._unwritten[-1][0] if self._unwritten else 0
        return max(newest, self.files.newest) + 1

    def _last_end_wh(self) -> int:
        last = self.files.last(1)
        return last[0].end_wh if last else -1
