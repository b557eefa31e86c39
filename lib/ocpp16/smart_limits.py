"""What the charging profiles allow now and next, worked out a little at a time (sections 3.13.1 to 3.13.3)."""

from micropython import const

from . import profile_layout as pl
from .offer import Offer
from .schedule import LocalTime
from .stacks import NONE, Limits

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator

# A call of `limit` itself does no more than this many pieces of work.
_AT_ONCE = const(2)


class SmartLimits:
    """The profiles of connectors 1 to `connectors` and of the charge point, connector 0.

    Set as the station is: `maximum_a` per connector, `phases`, `voltage_v` to neutral, `accept_watts` (else profiles in
    W are rejected), `lowest` (the combining rule, see `stacks.Limits`); call `changed` after.
    """

    def __init__(self, store, connectors: int, offset_s) -> None:
        self.store = store
        self.connectors = connectors
        self.local = LocalTime(offset_s)
        self.maximum_a = 32
        self.phases = 3
        self.voltage_v = 230
        self.accept_watts = False
        self.lowest = True
        self.ready = False
        # Counts whatever may change a limit.
        self.epoch = 0
        # When the transaction of a connector began, NONE without one.
        self.begin_s = [NONE] * (connectors + 1)
        self._offers = [Offer() for _ in range(connectors + 1)]
        self._job = None
        self._job_epoch = self._job_connector = 0

    def changed(self) -> None:
        """Make every limit be worked out anew."""
        self.epoch += 1
        for offer in self._offers:
            offer.forget()

    def limit(self, now_s: int, connector: int = 1) -> Offer:
        """Return what the profiles allow a connector now; costs nothing while the last answer holds.

        With very many profiles a change takes a few calls of `step` before it shows.
        """
        offer = self._offers[connector]
        if offer.holds(now_s):
            return offer
        if not self.ready:
            offer.put(0, pl.FOREVER, 0, NONE, "")
        elif now_s <= 0:
            self._offer_lowest(offer, connector)
        else:
            if self._job_epoch != self.epoch or self._job_connector != connector:
                self._job = None
            for _ in range(_AT_ONCE):
                self._work(now_s, connector)
                if offer.holds(now_s):
                    break
        return offer

    def step(self, now_s: int) -> bool:
        """Write what is due and look ahead, a little at a time; True while there is more to do now."""
        more = self.ready and self.store.step(now_s)
        if now_s <= 0 or not self.ready:
            return more
        if self._job is None or self._job_epoch != self.epoch:
            self._job = None
            for connector in range(1, self.connectors + 1):
                offer = self._offers[connector]
                if not offer.holds(now_s) or not offer.looked_ahead:
                    self._work(now_s, connector)
                    return True
            return more
        self._work(now_s, self._job_connector)
        return more or self._job is not None

    def limits_of(self, connector: int, begin_s: int, share: int) -> Limits:
        """Return the combination of profiles for a connector; `begin_s` stands for a transaction that is not there."""
        began_s = self.begin_s[connector]
        station_s = NONE
        for other_s in self.begin_s:
            if other_s != NONE and (station_s == NONE or other_s < station_s):
                station_s = other_s
        return Limits(
            self.store,
            self.local,
            connector,
            began_s != NONE,
            begin_s if began_s == NONE else began_s,
            begin_s if station_s == NONE else station_s,
            self.lowest,
            share,
        )

    def _work(self, now_s: int, connector: int) -> None:
        """Do a piece of working out the limit of a connector now and its next one."""
        if self._job is None:
            self._job = self._work_out(now_s, connector)
            self._job_epoch = self.epoch
            self._job_connector = connector
        try:
            next(self._job)
        except StopIteration:
            self._job = None
            self.store.rest()

    def _work_out(self, now_s: int, connector: int) -> "Generator[None, None, None]":
        running = 0
        for begin_s in self.begin_s:
            running += begin_s != NONE
        # Together they stay below the ChargePointMaxProfile.
        share = max(1, running) if self.begin_s[connector] != NONE else running + 1
        limits = self.limits_of(connector, NONE, share)
        offer = self._offers[connector]
        yield from limits.at(now_s)
        self._put(offer, limits, now_s, False)
        if limits.until_s != pl.FOREVER:
            yield
            yield from limits.at(limits.until_s)
            self._put(offer, limits, offer.until_s, True)
        offer.looked_ahead = True

    def _put(self, offer: Offer, limits: Limits, from_s: int, is_next: bool) -> None:
        profile_id = NONE
        purpose = ""
        if limits.slot != NONE:
            profile_id = self.store.head(limits.slot)[4]
            purpose = pl.PURPOSES[self.store.byte(limits.slot, 0) & pl.PURPOSE]
        limit_ma = limits.limit_a * 1000 if limits.limit_a >= 0 else NONE
        if is_next:
            offer.put_next(limit_ma, limits.until_s, profile_id, purpose)
        else:
            offer.put(from_s, limits.until_s, limit_ma, profile_id, purpose)

    def _offer_lowest(self, offer: Offer, connector: int) -> None:
        """Without the time of day allow what the profiles allow at any time."""
        limit_a = slot = NONE
        store = self.store
        for at in range(store.count):
            other = store.order[at]
            purpose = store.byte(other, 0) & pl.PURPOSE
            if store.byte(other, 2) in (0, connector) and (
                purpose != pl.TX or self.begin_s[connector] != NONE
            ):
                lowest_a = store.lowest_a(other)
                if limit_a == NONE or lowest_a < limit_a:
                    limit_a = lowest_a
                    slot = other
        profile_id = store.head(slot)[4] if slot != NONE else NONE
        purpose = pl.PURPOSES[store.byte(slot, 0) & pl.PURPOSE] if slot != NONE else ""
        offer.put(NONE, 1, limit_a * 1000 if slot != NONE else NONE, profile_id, purpose)
