"""Keeps across a restart what must not be lost: settings, access, and where the session's count began.

Of a remote limit only that there was one is kept: nobody knows how long the power was away, so what is chosen for a
lost one counts until it is commanded anew. What changed while the contactor was closed is in the checkpoints of the
session, where the board has a raw journal.

A flash erase stops an ESP32 for longer than the contactor may take to open, so nothing is written while a
contactor is closed. That is why the start of a session is noted when the car is plugged in.

A setting that changes often wears the flash no faster than once a minute: its first change is written at once, the
next ones when the minute is over. The session is noted at once, because its contactor may close before that.
"""

from evse import aio
from evse.core import faults as f
from evse.core import states as s
from evse.log import log
from evse.settings import store as st

SCHEMA = 1
_PERIOD_MS = 100
_REST_S = 60
_MOST_PEAK_W = 200000
# CAP MODE whose peak is kept, as stored.
FLANDERS = 3


class Keeper:
    """Restore at start, then watch and save; `step` never blocks the control task for more than one file."""

    def __init__(self, station, settings, store) -> None:
        self._station = station
        self._settings = settings
        self._store = store
        self._plugged = False
        self._noted_wh = -1
        # When a setting was written, in s of uptime, for those of the last minute.
        self._written: dict[str, int] = {}
        self.write_errors = 0
        self._restore()

    def step(self) -> None:
        """Save what changed and may be written, if no contactor is closed."""
        self._step(False)

    def flush(self) -> None:
        """Save everything before a restart that was asked for; the contactors are open."""
        self._step(True)

    def next_due_ms(self) -> int:
        """Return after how many ms `step` writes a setting that had to wait; -1 when none waits for the time."""
        station = self._station
        if not self._settings.unsaved or not station.contactors.proven_open():
            return -1
        return max(0, self._rest_s() * 1000 - station.uptime_part_ms)

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step()
            await aio.sleep_ms(_PERIOD_MS)

    def _step(self, now: bool) -> None:
        station = self._station
        self._settings.put("Access", station.charger.access)
        remote = station.regulation.remote
        self._settings.put("RemoteLimit", 1 if remote is not None and remote.state() else 0)
        house = station.regulation.house
        if house is not None and house.capacity.mode == FLANDERS:
            self._settings.put("PeakPower", min(house.capacity.peak_w, _MOST_PEAK_W))
            self._settings.put("PeakMonth", house.capacity.month)
        if not station.contactors.proven_open():
            return
        if self._settings.unsaved and (now or self._rest_s() == 0):
            self._save_settings(now)
        self._note_session()

    def _rest_s(self) -> int:
        """Return how long what is unsaved must wait; 0 when one of it was not written within the last minute."""
        uptime_s = self._station.uptime_s
        rest_s = _REST_S
        for key in self._settings.unsaved:
            rest_s = min(rest_s, self._written.get(key, uptime_s - _REST_S) + _REST_S - uptime_s)
        return max(0, rest_s)

    def _save_settings(self, forced: bool) -> None:
        uptime_s = self._station.uptime_s
        keys = self._settings.unsaved
        if not self._save(self._settings.save):
            return
        written = self._written
        # What was forced does not count: the restart that follows forgets all of this too.
        self._written = {}
        if not forced:
            for key in written:
                if uptime_s - written[key] < _REST_S:
                    self._written[key] = written[key]
            for key in keys:
                self._written[key] = uptime_s

    def _restore(self) -> None:
        station = self._station
        station.set_access(self._settings.get("Access"))
        if self._settings.get("RemoteLimit"):
            station.lose_remote()
        status, record = self._store.load()
        if status == st.LOADED and record.get("open"):
            start_wh = record.get("start_wh", -1)
            self._plugged = True
            self._noted_wh = start_wh if type(start_wh) is int else -1
            station.session.arm(self._noted_wh)
            log.write("session goes on after a restart")
        for label in self._settings.mended:
            log.write("settings: %s breaks a rule and has its default again" % label)
        if self._settings.damaged or status == st.DAMAGED:
            station.faults.report(f.STORAGE, True, 0)

    def _note_session(self) -> None:
        station = self._station
        session = station.session
        if station.charger.state == s.A:
            # Until the pilot has been read for the first time, the car of an open session may be there.
            plugged = self._plugged and not station.sees_no_car()
        else:
            plugged = True
        if plugged and not self._plugged:
            session.arm(session.meter_wh)
        start_wh = session.armed_wh if session.armed_wh >= 0 else session.start_wh
        start_wh = start_wh if plugged else -1
        if plugged != self._plugged or start_wh != self._noted_wh:
            self._plugged = plugged
            self._noted_wh = start_wh
            self._save(self._save_session)

    def _save_session(self) -> None:
        self._store.save({"open": 1 if self._plugged else 0, "start_wh": self._noted_wh})

    def _save(self, function) -> bool:
        try:
            function()
        except OSError as error:
            if not self.write_errors:
                log.write("storage: write failed: %s" % error)
            self.write_errors += 1
            return False
        return True
