"""The security log and the notifications about it (security whitepaper, edition 3, A04 and chapter 8).

Every event is a record in `space`, an append-only store as the journal's (see `journal`), of which the oldest part goes
when it is full. Those to be told are told in their order, one after the other, and again until the central system has
confirmed them, over restarts as well. An event from before the time of day was known is dated when it is.
"""

import json
import struct

from micropython import const

from .rpc import LOST, TIMEOUT
from .times import text as time_text

# The first ones are told; the others are only logged (the table of chapter 8; A00.FR.309 to 322, A02.FR.07, L01.FR.02
# and L01.FR.03 want some of those told that are not critical). A record has the place in this text.
_KINDS = (
    "FirmwareUpdated SettingSystemTime StartupOfTheDevice ResetOrReboot SecurityLogWasCleared MemoryExhaustion "
    "TamperDetectionActivated InvalidFirmwareSignature InvalidFirmwareSigningCertificate "
    "InvalidCentralSystemCertificate InvalidChargePointCertificate InvalidTLSVersion InvalidTLSCipherSuite "
    "FailedToAuthenticateAtCentralSystem CentralSystemFailedToAuthenticate ReconfigurationOfSecurityParameters "
    "InvalidMessages AttemptedReplayAttacks"
)
_TOLD_KINDS = const(13)
_EVENT = "SecurityEventNotification"

# Kind counted from 1, length of the text, seconds since start, unix seconds or 0. Kind 0 says that all is told but the
# last so many records before it.
_HEAD = "<BBII"
_HEAD_BYTES = const(10)
_RECORD_BYTES = const(60)
_TEXT_BYTES = const(50)
_TOLD = const(0)
# A clock that is set by less than this is only made more exact.
_CLOCK_STEP_S = const(60)
# Messages that are none are counted for so long before they are an event again.
_MALFORMED_S = const(600)
_RETRY_S = const(60)


class SecurityLog:
    """Joins a ChargePoint and its `space`; call `load` once, then `step` with the ChargePoint's."""

    def __init__(self, cp, space) -> None:
        self._cp = cp
        self._space = space
        self._began = space.end
        # The place of the event that is told next, or under way.
        self._next = space.first
        self._posted = False
        self._retry_s = 0
        self._malformed = cp.rpc.malformed
        self._malformed_s = -_MALFORMED_S
        cp.security = self

    @property
    def idle(self) -> bool:
        """Tell whether everything is told."""
        return not self._posted and self._next >= self._space.end

    def load(self) -> None:
        """Find out what is not told yet."""
        space = self._space
        for place in range(space.first, space.end):
            kind, _, unix_s, _ = self._read(place)
            if kind == _TOLD:
                # Places are counted anew after a restart.
                self._next = max(self._next, place - unix_s)

    def event(self, kind: str, info: str = "") -> None:
        """Log an event by its name in the whitepaper; ValueError when there is none. `info` never holds a secret."""
        names = _KINDS.split(" ")
        if kind not in names:
            raise ValueError(kind)
        now = self._cp.now
        self._append(names.index(kind) + 1, now.up_s, now.unix_s, info.encode()[:_TEXT_BYTES])

    def clock_set(self, unix_s: int) -> None:
        """Note that the time of day is about to be set."""
        now = self._cp.now
        if now.unix_s and abs(unix_s - now.unix_s) >= _CLOCK_STEP_S:
            self.event("SettingSystemTime", "by %d s" % (unix_s - now.unix_s))

    def step(self) -> None:
        """Tell the next event, when there is one and the last one is confirmed."""
        cp = self._cp
        up_s = cp.now.up_s
        if cp.rpc.malformed != self._malformed and up_s - self._malformed_s >= _MALFORMED_S:
            self.event("InvalidMessages", "%d" % (cp.rpc.malformed - self._malformed))
            self._malformed = cp.rpc.malformed
            self._malformed_s = up_s
        if self._posted or up_s < self._retry_s or not cp.is_online() or not cp.now.unix_s:
            return
        space = self._space
        self._next = max(self._next, space.first)
        while self._next < space.end:
            kind, at_s, unix_s, info = self._read(self._next)
            if 0 < kind <= _TOLD_KINDS:
                payload = self._payload(kind, self._date(self._next, at_s, unix_s), info)
                self._posted = cp.notices.post(_EVENT, payload, self._answered)
                return
            self._next += 1

    def lines(self, first: int, end: int):
        """Yield (unix seconds or 0, text) of the events from place to place, oldest first."""
        for place in range(max(first, self._space.first), min(end, self._space.end)):
            kind, up_s, unix_s, info = self._read(place)
            if kind > 0:
                name = _KINDS.split(" ")[kind - 1]
                yield self._date(place, up_s, unix_s), name + (" " + info if info else "")

    def places(self) -> tuple:
        """Return the places of the first event and behind the last."""
        return self._space.first, self._space.end

    def _payload(self, kind: int, unix_s: int, info: str) -> str:
        text = '{"type":"%s","timestamp":"%s"' % (_KINDS.split(" ")[kind - 1], time_text(unix_s))
        return text + (',"techInfo":' + json.dumps(info) if info else "") + "}"

    def _answered(self, payload, error: str) -> None:
        self._posted = False
        if error == TIMEOUT or error == LOST:
            self._retry_s = self._cp.now.up_s + _RETRY_S
            return
        # One without the security extensions would refuse them all.
        self._next = self._space.end if error in ("NotImplemented", "NotSupported") else self._next + 1
        self._append(_TOLD, 0, max(0, self._space.end - self._next), b"")

    def _date(self, place: int, up_s: int, unix_s: int) -> int:
        """Return when it was, as exactly as it is known: what an earlier start could not date was before this one."""
        now = self._cp.now
        if unix_s or not now.unix_s:
            return unix_s
        return now.unix_s - (now.up_s - up_s if place >= self._began else now.up_s)

    def _append(self, kind: int, up_s: int, unix_s: int, info: bytes) -> None:
        space = self._space
        quarter = space.capacity // 4
        if space.end - space.first > space.capacity - quarter:
            space.release(space.first + quarter)
        record = bytearray(_RECORD_BYTES)
        struct.pack_into(_HEAD, record, 0, kind, len(info), up_s, unix_s)
        record[_HEAD_BYTES : _HEAD_BYTES + len(info)] = info
        space.append(record)

    def _read(self, place: int) -> tuple:
        """Return (kind, seconds since start, unix seconds, text); kind -1 for what is no whole event."""
        record = self._space.read(place)
        if record is None:
            return -1, 0, 0, ""
        kind, size, up_s, unix_s = struct.unpack_from(_HEAD, record, 0)
        if size > _TEXT_BYTES or kind > _KINDS.count(" ") + 1:
            return -1, 0, 0, ""
        try:
            return kind, up_s, unix_s, bytes(record[_HEAD_BYTES : _HEAD_BYTES + size]).decode()
        except UnicodeError:
            # Cut in the middle of a character.
            return kind, up_s, unix_s, ""
