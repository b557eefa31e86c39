"""The answer to a GetCompositeSchedule (section 5.7, errata 3.28 to 3.30, 3.51, 3.57), in pieces of text.

Equal neighbours are one period, the first one always stands there, and where no profile says anything it is what the
station has at most. A connector without a transaction is taken as if one began now. When there are more periods than a
schedule may have, `duration` ends with the last one told.
"""

import struct

from micropython import const

from . import profile_layout as pl
from .times import text

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator

_YIELD_EVERY = const(4)
_PERIODS_A_PIECE = const(8)
_MOST_PERIODS = const(255)


class Composite:
    """Works out the periods, then `count` of them are in `periods`, packed, in s from `now_s`."""

    def __init__(self, smart, connector: int, duration_s: int, now_s: int) -> None:
        self._smart = smart
        self._now_s = now_s
        self.duration_s = duration_s
        self.count = 0
        self.periods = bytearray()
        self._last_a = self._last_phases = -1
        numbers = range(1, smart.connectors + 1) if connector == 0 else (connector,)
        # Of all connectors together the ChargePointMaxProfile is taken once.
        together = len(numbers) > 1
        self._limits = [smart.limits_of(number, now_s, 0 if together else 1) for number in numbers]
        self._station = smart.limits_of(0, now_s, 1) if together else None

    def work(self) -> "Generator[None, None, None]":
        """Go through the time from change to change."""
        at_s = self._now_s
        end_s = at_s + max(1, self.duration_s)
        count = 0
        while at_s < end_s:
            until_s = pl.FOREVER
            total_a = phases = 0
            for limits in self._limits:
                if at_s >= limits.until_s:
                    yield from limits.at(at_s)
                limit_a = self._smart.maximum_a
                if 0 <= limits.limit_a < limit_a:
                    limit_a = limits.limit_a
                total_a += limit_a
                until_s = min(until_s, limits.until_s)
                phases = _lower(phases, limits.phases)
            station = self._station
            if station is not None:
                if at_s >= station.until_s:
                    yield from station.at(at_s)
                if 0 <= station.limit_a < total_a:
                    total_a = station.limit_a
                until_s = min(until_s, station.until_s)
                phases = _lower(phases, station.phases)
            if not self._add(at_s - self._now_s, total_a, phases):
                return
            at_s = until_s
            count += 1
            if count % _YIELD_EVERY == 0:
                yield

    def _add(self, start_s: int, limit_a: int, phases: int) -> bool:
        if limit_a == self._last_a and phases == self._last_phases:
            return True
        if self.count == _MOST_PERIODS:
            self.duration_s = start_s
            return False
        self._last_a = limit_a
        self._last_phases = phases
        self.periods += struct.pack(pl.PERIOD, start_s, min(limit_a, pl.MOST_A), phases)
        self.count += 1
        return True


def composite(
    smart, connector: int, duration_s: int, in_watts: bool, now_s: int
) -> "Generator[str, None, None]":
    """Yield the payload of the answer in pieces, and "" while it is worked out."""
    while True:
        epoch = smart.epoch
        plan = Composite(smart, connector, duration_s, now_s)
        # A profile that comes meanwhile counts.
        for _ in plan.work():
            yield ""
            if smart.epoch != epoch:
                break
        if smart.epoch == epoch:
            break
    smart.store.rest()
    factor = smart.voltage_v * smart.phases if in_watts else 1
    piece = (
        '{"status":"Accepted","connectorId":%d,"scheduleStart":"%s","chargingSchedule":{"chargingRateUnit":"%s",'
        % (
            connector,
            text(now_s),
            "W" if in_watts else "A",
        )
    )
    piece += '"duration":%d,"chargingSchedulePeriod":[' % plan.duration_s
    for index in range(plan.count):
        start_s, limit_a, phases = struct.unpack_from(pl.PERIOD, plan.periods, index * pl.PERIOD_BYTES)
        piece += '%s{"startPeriod":%d,"limit":%d' % ("," if index else "", start_s, limit_a * factor)
        piece += ',"numberPhases":%d}' % phases if phases else "}"
        if index % _PERIODS_A_PIECE == _PERIODS_A_PIECE - 1:
            yield piece
            piece = ""
    yield piece + "]}}"


def _lower(phases: int, other: int) -> int:
    """Return the lower number of phases, 0 being none."""
    if not phases or not other:
        return phases or other
    return min(phases, other)
