"""What a charge point tells by itself: statuses, security events, and whatever other parts post."""

import json

from micropython import const

from .connector import Report
from .rpc import LOST, TIMEOUT
from .times import text as time_text

_POSTS_MAX = const(16)
_STATUS_RETRY_S = const(30)
_JITTER_S = const(2)
_CONFLICT = "LocalListConflict"
_SECURITY_ERROR = "SecurityError"
_EVENT = "SecurityEventNotification"


class Notices:
    """`cp` is the ChargePoint."""

    def __init__(self, cp) -> None:
        self._cp = cp
        self._posts: list = []
        self._told: "tuple | None" = None

    @property
    def idle(self) -> bool:
        """Tell whether there is nothing to tell."""
        return not self._posts and self._told is None

    def post(self, action: str, payload, on_answer=None) -> bool:
        """Send a message when the central system takes one; False when too many wait. A lost connection keeps it."""
        if len(self._posts) == _POSTS_MAX:
            return False
        self._posts.append((action, payload, on_answer))
        return True

    def security_event(self, kind: str, info: str = "") -> None:
        """Report one of the security events; without a security log, when too many wait, the oldest goes."""
        if self._cp.security is not None:
            self._cp.security.event(kind, info)
            return
        now = self._cp.now
        events = [post for post in self._posts if post[0] == _EVENT]
        if len(self._posts) == _POSTS_MAX and events:
            self._posts.remove(events[0])
        self.post(_EVENT, (kind, now.up_s, now.unix_s, info))

    def send_status(self, forced: bool = False) -> bool:
        """Send the StatusNotification that waits longest, or one that was asked for; True when it is on its way."""
        minimum_s = self._cp.config.get("MinimumStatusDuration")
        chosen = report = None
        for connector in self._cp.connectors:
            found = (
                connector.next_report(self._cp.now.up_s, minimum_s)
                if connector.forced or not forced
                else None
            )
            if found is not None and (report is None or found.up_s < report.up_s):
                chosen, report = connector, found
        if chosen is None or report is None:
            return False
        vendor = self._cp.station.identity.get("chargePointVendor", "")
        unix_s = self._unix_s(report.up_s)
        # The seconds of both clocks do not begin together: a later status must not look older.
        if 0 < chosen.told_s - unix_s <= _JITTER_S:
            unix_s = chosen.told_s
        payload = report.payload(chosen.number, unix_s, vendor)
        if not self._cp.call("StatusNotification", payload, self._status_answered):
            return False
        self._told = (chosen, report)
        chosen.told_s = unix_s
        return True

    def send_conflict(self) -> None:
        """Tell that the local list and the central system disagree (section 3.5.2)."""
        cp = self._cp
        facts = cp.station.facts(0)
        report = Report(cp.connectors[0].status, _CONFLICT, facts.info, facts.vendor_error, cp.now.up_s)
        cp.call("StatusNotification", report.payload(0, cp.now.unix_s, ""))

    def _status_answered(self, payload, error: str) -> None:
        told, self._told = self._told, None
        if told is None or error == LOST:
            return
        connector, report = told
        if error == TIMEOUT:
            connector.hold_s = self._cp.now.up_s + _STATUS_RETRY_S
        elif error != _SECURITY_ERROR or not self._cp.boot.again():
            # Whoever refuses one would refuse it again.
            connector.told(report)

    def send_post(self) -> bool:
        """Send what was posted first; True when it is on its way."""
        if not self._posts:
            return False
        action, payload, _ = self._posts[0]
        if action == _EVENT and isinstance(payload, tuple):
            kind, up_s, unix_s, info = payload
            payload = '{"type":%s,"timestamp":"%s"%s}' % (
                json.dumps(kind[:50]),
                time_text(unix_s or self._unix_s(up_s)),
                ',"techInfo":' + json.dumps(info[:255]) if info else "",
            )
        return self._cp.call(action, payload, self._post_answered)

    def _post_answered(self, payload, error: str) -> None:
        if error == LOST or not self._posts:
            return
        action, _, on_answer = self._posts.pop(0)
        if action == _EVENT and error in ("NotImplemented", "NotSupported"):
            # Of no use to a central system without the security extensions.
            self._posts = [post for post in self._posts if post[0] != _EVENT]
        if on_answer is not None:
            on_answer(payload, error)

    def _unix_s(self, up_s: int) -> int:
        """Return when a moment of this boot was, 0 while the time of day is unknown."""
        now = self._cp.now
        return now.unix_s - (now.up_s - up_s) if now.unix_s else 0
