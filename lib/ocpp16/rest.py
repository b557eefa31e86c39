"""What stays of a charge point that has nothing to do: its place in the conversation, and its heartbeat.

`resting` makes one of a ChargePoint, which can go out of memory then, and takes up a new one with it.
"""

import json

from micropython import const

from .times import parse

_TICKS = const(0x3FFFFFFF)
# So often the clock is compared, whatever the interval (OCPP-J 5.3).
_CLOCK_S = const(86400)
# What is more than that off has to be set.
_CLOCK_OFF_S = const(2)


class Rest:
    """An accepted charge point with an open connection, no transaction and nothing to tell.

    `prefix` and `number` make the ids of its messages, `waiting_id` is that of a Heartbeat without answer yet.
    `reports` is what was last told of each connector. `config` is a Configuration.
    """

    def __init__(self, prefix: str, number: int, reports: list, config) -> None:
        self.prefix = prefix
        self.number = number
        self.waiting_id = ""
        self.deadline_s = 0
        self.reports = reports
        self.accept_watts = config.get("SmartChargingWatts")
        self.combine = config.text("SmartChargingCombine")
        # Seconds since start, the ticks they are counted by, the last message, and when the clock was compared.
        self.up_s = self.ms = self.sent_s = self.clock_s = 0
        self._interval_s = min(config.get("HeartbeatInterval"), _CLOCK_S)
        self._timeout_s = config.get("MessageTimeout")

    def step(self, now_ms: int) -> str:
        """Return a Heartbeat when it is time for one, else ""."""
        passed_s = ((now_ms - self.ms) & _TICKS) // 1000
        self.up_s += passed_s
        self.ms = (self.ms + passed_s * 1000) & _TICKS
        if self.waiting_id:
            if self.up_s >= self.deadline_s:
                self.waiting_id = ""
            return ""
        if self.up_s - self.sent_s < self._interval_s:
            return ""
        self.number += 1
        self.waiting_id = "%s-%d" % (self.prefix, self.number)
        self.sent_s = self.up_s
        self.deadline_s = self.up_s + self._timeout_s
        return '[2,"%s","Heartbeat",{}]' % self.waiting_id

    def hear(self, message, unix_s: int) -> bool:
        """Take the answer; False for every other message, and for a time of day that differs from `unix_s`."""
        try:
            found = json.loads(message)
            if len(found) != 3 or found[0] != 3 or not self.waiting_id or found[1] != self.waiting_id:
                return False
            told_s = parse(found[2].get("currentTime"))
        except (ValueError, TypeError, AttributeError, KeyError):
            return False
        if told_s > 0:
            if abs(told_s - unix_s) > _CLOCK_OFF_S:
                return False
            self.clock_s = self.up_s
        self.waiting_id = ""
        return True
