"""Which profile prevails, and what the purposes allow together (sections 3.13.1 to 3.13.3 with errata 3.43).

Everything is a generator that yields between short pieces of work; what it found stands in the object at its end.
"""

from array import array

from micropython import const

from . import profile_layout as pl
from .schedule import Schedule

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator

NONE = const(-1)
# So many profiles are looked at in one go.
_AT_ONCE = const(6)


class Stack:
    """The profiles of one purpose that concern a connector: of those that say something the highest level holds.

    A TxDefaultProfile of the connector replaces that of connector 0 on the same level. `limit_a` is NONE when no
    profile says anything, `until_s` a moment before which nothing changes, `slot` the profile that holds.
    """

    def __init__(self, store, local, purpose: int, connector: int, begin_s: int) -> None:
        self._begin_s = begin_s
        self._schedule = Schedule(store, local)
        slots = bytearray()
        level = NONE
        at = store.first(purpose)
        while at < store.count:
            slot = store.order[at]
            at += 1
            if store.byte(slot, 0) & pl.PURPOSE != purpose:
                break
            of = store.byte(slot, 2)
            # That of the connector comes first.
            if of == connector or (of == 0 and store.byte(slot, 1) != level):
                slots.append(slot)
                level = store.byte(slot, 1)
        self.slots = slots
        # Until when each is known to say nothing.
        self._silent_s = array("I", bytes(4 * len(slots)))
        self.limit_a = NONE
        self.phases = 0
        self.until_s = 0
        self.slot = NONE

    def at(self, at_s: int) -> "Generator[None, None, None]":
        """Find what holds at a moment; moments of one stack must not go back."""
        if at_s < self.until_s:
            return
        until_s = pl.FOREVER
        self.limit_a = self.slot = NONE
        self.phases = 0
        schedule = self._schedule
        silent_s = self._silent_s
        looked = 0
        for index in range(len(silent_s)):
            silent = silent_s[index]
            if silent > at_s:
                if silent < until_s:
                    until_s = silent
                continue
            slot = self.slots[index]
            if schedule.slot != slot:
                schedule.load(slot)
            schedule.look(at_s, self._begin_s)
            if schedule.until_s < until_s:
                until_s = schedule.until_s
            if schedule.limit_a >= 0:
                self.limit_a = schedule.limit_a
                self.phases = schedule.phases
                self.slot = slot
                break
            silent_s[index] = schedule.until_s
            looked += 1
            if looked % _AT_ONCE == 0:
                yield
        self.until_s = until_s


class Limits:
    """What the profiles allow one connector, by one of the two rules.

    Lowest: the lowest of ChargePointMaxProfile, TxDefaultProfile and TxProfile. Else as section 3.13 says: a TxProfile
    replaces the TxDefaultProfile where it says something. `share` divides the ChargePointMaxProfile among connectors,
    0 leaves it out; connector 0 has nothing else. `begin_s` is when the transaction begins, NONE any moment,
    `station_begin_s` that for the ChargePointMaxProfile. The result: `limit_a` (NONE: no limit), `until_s`, `slot` of
    the profile that decides, `phases` the lowest number that the profiles in force ask for, 0 for none.
    """

    def __init__(
        self,
        store,
        local,
        connector: int,
        has_tx: bool,
        begin_s: int,
        station_begin_s: int,
        lowest: bool,
        share: int,
    ) -> None:
        stacks = []
        if connector and has_tx:
            stacks.append(Stack(store, local, pl.TX, connector, begin_s))
        if connector:
            stacks.append(Stack(store, local, pl.DEFAULT, connector, begin_s))
        if share:
            stacks.append(Stack(store, local, pl.MAX, 0, station_begin_s))
        self._stacks = stacks
        self._has_tx = connector > 0 and has_tx
        self._lowest = lowest
        self._share = max(1, share)
        self._has_max = share > 0
        self.limit_a = NONE
        self.phases = 0
        self.until_s = 0
        self.slot = NONE

    def at(self, at_s: int) -> "Generator[None, None, None]":
        """Find what holds at a moment; moments must not go back."""
        if at_s < self.until_s:
            return
        limit_a = slot = NONE
        phases = 0
        until_s = pl.FOREVER
        stacks = self._stacks
        skip = False
        for index in range(len(stacks)):
            stack = stacks[index]
            if skip:
                skip = False
                continue
            if at_s >= stack.until_s:
                yield from stack.at(at_s)
            if stack.until_s < until_s:
                until_s = stack.until_s
            if stack.limit_a < 0:
                continue
            found_a = stack.limit_a
            if self._has_max and index == len(stacks) - 1:
                found_a //= self._share
            if limit_a < 0 or found_a < limit_a:
                limit_a = found_a
                slot = stack.slot
            if stack.phases and (not phases or stack.phases < phases):
                phases = stack.phases
            skip = index == 0 and self._has_tx and not self._lowest
        self.limit_a = limit_a
        self.slot = slot
        self.phases = phases
        self.until_s = until_s
