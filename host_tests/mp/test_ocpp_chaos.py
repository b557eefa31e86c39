"""A charge point in chaos with its messages on LittleFS, the power cut at any block write, also while a car charges."""

import random
import sys

from micropython import const
from power_cut import ROOT, formatted, mount, unmount
from power_cut import PowerCut as BlockCut

sys.path.insert(0, "host_tests/core")

import ocpp_chaos
from ocpp_world import PowerCut

from evse.log import log
from evse.services.ocpp.space import MessageSpace
from ocpp16.spare import Spare

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

BLOCKS = 300
SEGMENTS = 6
PER_SEGMENT = 64
ROUNDS = 25
OPENS_S = 3
SEEDS = 12


class Raw:
    """Space that was erased before; `power` may cut a write off."""

    payload_bytes = 60
    free = 126

    def __init__(self, power) -> None:
        self.power = power
        self.payloads: list = []

    def append(self, payload) -> bool:
        if self.power.fails():
            raise PowerCut
        self.payloads.append(bytes(payload))
        return True

    def records(self):
        yield from self.payloads


class FlashChaos(ocpp_chaos.Chaos):
    """`flash` is what the messages are on; its power goes at the block writes that `arm` chooses."""

    stops = (PowerCut, BlockCut)

    def __init__(self, seed) -> None:
        self.flash = formatted(BLOCKS)
        self.cuts = self.lost_s = self.closed_s = 0
        self.rig: "Any" = None
        self.raw: "Any" = None
        ocpp_chaos.Chaos.__init__(self, seed, self.make_space, 1)
        self.rig.is_dead = lambda: self.flash.dead

    def make_space(self, rig):
        self.closed_s = 0
        rig.station.resume = self.resume
        if self.raw is None:
            self.raw = Raw(self.power)
        spare = Spare(self.raw, 0xCA, 0)
        space = MessageSpace(ROOT + "/ocpp.messages", self.may_write, SEGMENTS, PER_SEGMENT, spare)
        for _ in space.recover():
            pass
        return space

    def may_write(self) -> bool:
        """Tell whether the contactors are open, which takes them some seconds."""
        rig = self.rig
        if rig is None:
            return True
        if any(rig.station.permitted):
            self.closed_s = rig.unix_s
        return rig.unix_s - self.closed_s > OPENS_S

    def resume(self, number):
        """Do as the firmware does: what it notes of a session elsewhere tells how long a transaction lasted."""
        rig = self.rig
        running = rig.cp.connectors[number].transaction
        if running.last[1] == 0:
            running.last = (max(running.last[0], self.lost_s), 0)
        return rig.station.resume_reason

    def arm(self) -> None:
        ocpp_chaos.Chaos.arm(self)
        if random.randint(0, 1):
            self.flash.writes_left = random.randint(0, 12)

    def restart(self) -> None:
        self.cuts += self.flash.dead
        self.lost_s = self.rig.unix_s
        while True:
            self.flash.dead = True
            self.flash = mount(self.flash.data)
            try:
                ocpp_chaos.Chaos.restart(self)
            except (PowerCut, BlockCut, OSError):
                pass
            if not self.flash.dead:
                return

    def finish(self) -> None:
        self.flash.writes_left = -1
        ocpp_chaos.Chaos.finish(self)


def test_books_equal_the_meter_when_power_is_cut_at_any_block_write():
    log.echo = False
    cuts = transactions = spared = 0
    for seed in range(SEEDS):
        chaos = FlashChaos(seed)
        chaos.run(ROUNDS)
        cuts += chaos.cuts
        spared += len(chaos.raw.payloads)
        transactions += len(chaos.rig.central.books)
        unmount()
    print("OCPP in chaos on LittleFS: %d transactions, %d power cuts at a block write" % (transactions, cuts))
    assert cuts > 5 and transactions > 10 and spared > 20
