"""A charge point whose power fails at any write of its journal, its keys, its reservations or its charging profiles."""

from ocpp_local_bench import MemoryStore
from ocpp_peer_rig import PeerRig
from ocpp_world import PowerCut, Space


class Power:
    """Counts writes down; the one that reaches 0 is cut off, and leaves 0 nothing, 1 a part of it, 2 all of it."""

    def __init__(self) -> None:
        self.cut_in = -1
        self.leaves = 0
        self.cuts = 0

    def fails(self) -> bool:
        """Count one write; True when the power goes with it."""
        if self.cut_in > 0:
            self.cut_in -= 1
            if self.cut_in == 0:
                self.cut_in = -1
                self.cuts += 1
                return True
        return False


class CutSpace(Space):
    def __init__(self, power, capacity) -> None:
        Space.__init__(self, capacity)
        self.power = power

    def append(self, payload) -> bool:
        if self.power.fails():
            self.cut_in = 1
            self.cut_leaves = self.power.leaves
        return Space.append(self, payload)


class CutStore(MemoryStore):
    def __init__(self, power) -> None:
        MemoryStore.__init__(self)
        self.power = power

    def save(self, value: dict) -> None:
        if self.power.fails():
            if self.power.leaves == 2:
                MemoryStore.save(self, value)
            raise PowerCut
        MemoryStore.save(self, value)


def cut_append(power, append):
    """Return the `append` of a file of profiles that stops where the power does."""

    def parts(pieces):
        for piece in pieces:
            data = bytes(piece)
            yield data[: len(data) // 2]
            raise PowerCut

    def one(pieces):
        if not power.fails():
            append(pieces)
            return
        if power.leaves == 1:
            append(parts(pieces))
        elif power.leaves == 2:
            append(pieces)
        raise PowerCut

    return one


class ChaosRig(PeerRig):
    """`make_space(rig)` makes the space of the journal, by default one in memory; `is_dead` tells of a failed flash."""

    def __init__(self, name, power, make_space=None, **options) -> None:
        self.power = power
        self.make_space = make_space
        self.is_dead = None
        self.made_stores = False
        PeerRig.__init__(self, name, **options)

    def boot(self) -> None:
        if not self.made_stores:
            self.made_stores = True
            self.config_store = CutStore(self.power)
            self.reservation_store = CutStore(self.power)
            if self.make_space is None:
                self.space = CutSpace(self.power, 1024)
        if self.make_space is not None:
            self.space = self.make_space(self)
        PeerRig.boot(self)

    def smart(self):
        made = PeerRig.smart(self)
        self.profile_file.append = cut_append(self.power, self.profile_file.append)
        return made

    def step(self) -> None:
        PeerRig.step(self)
        self.reservations.step(self.unix_s)
        self.authorization.step()
        write = getattr(self.space, "step", None)
        if write is not None:
            write()
        self.live()

    def settle(self) -> bool:
        moved = PeerRig.settle(self)
        self.live()
        return moved

    def live(self) -> None:
        """Stop where the flash has lost its power."""
        if self.is_dead is not None and self.is_dead():
            # What went wrong without power is no error.
            self.errors.clear()
            raise PowerCut
