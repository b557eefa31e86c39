"""What stands around a charge point in tests: journal space whose power can be cut, and a station with its cars."""

from ocpp16.journal_record import PAYLOAD_BYTES
from ocpp16.meter_values import Reading


class PowerCut(BaseException):
    """The power is gone: nothing of the program goes on."""


class Space:
    """Journal space of `capacity` records; `cut_in` counts down writes, and the one that reaches 0 is cut off."""

    def __init__(self, capacity: int = 4096) -> None:
        self.capacity = capacity
        self.payload_bytes = PAYLOAD_BYTES
        self.first = 0
        self.slots: list = []
        self.released = 0
        self.may_erase = True
        self.cut_in = -1
        # What a cut leaves: 0 nothing, 1 a damaged record, 2 all of it.
        self.cut_leaves = 0
        self.writes = 0
        self.fails = False

    @property
    def end(self) -> int:
        return self.first + len(self.slots)

    @property
    def kept(self) -> int:
        return self.end

    @property
    def ready(self) -> bool:
        return True

    def keep(self) -> None:
        """Everything is kept at once."""

    @property
    def room(self) -> int:
        return self.capacity - len(self.slots)

    def append(self, payload) -> bool:
        assert len(payload) == PAYLOAD_BYTES
        if self.fails or self.room <= 0:
            return False
        self.writes += 1
        if self.cut_in > 0:
            self.cut_in -= 1
            if self.cut_in == 0:
                self.cut_in = -1
                if self.cut_leaves:
                    self.slots.append(bytes(payload) if self.cut_leaves == 2 else None)
                raise PowerCut
        self.slots.append(bytes(payload))
        return True

    def read(self, place: int):
        return self.slots[place - self.first]

    def release(self, place: int) -> None:
        """Records before a place may go; sectors of 8 records go when flash may be erased."""
        assert self.first <= place <= self.end
        self.released = place
        if self.may_erase:
            while self.first + 8 <= place:
                self.slots = self.slots[8:]
                self.first += 8


class Facts:
    def __init__(self) -> None:
        self.plugged = False
        self.cable = False
        self.offers = True
        self.charges = False
        self.faulted = False
        self.emergency = False
        self.error = ""
        self.info = ""
        self.vendor_error = ""


class Station:
    """A charger with `connectors`, each with a car that takes 3.6 kW whenever it may; `tethered` has fixed cables."""

    def __init__(self, connectors: int = 1, tethered: bool = True) -> None:
        self.connectors = connectors
        self.tethered = tethered
        self.identity = {
            "chargePointVendor": "Maker",
            "chargePointModel": "Station",
            "firmwareVersion": "1.0",
        }
        self.all_facts = [Facts() for _ in range(connectors + 1)]
        self.meter_mwh = [1000000 * number for number in range(connectors + 1)]
        self.permitted = [False] * (connectors + 1)
        self.locked = [False] * (connectors + 1)
        self.wants = [True] * (connectors + 1)
        # What a charge that nobody was told of began with, and whether the meter was read since the last one ended.
        self.begins: list = [None] * (connectors + 1)
        self.meter_is_new = True
        self.operatives = [True] * (connectors + 1)
        self.resume_reason: "str | None" = "PowerLoss"
        self.unlock_result: "str | None" = "Unlocked"
        self.unlocks = 0
        self.accepts_remote = True
        self.shown: list = []
        self.clock_sets: list = []
        self.resets: list = []

    def facts(self, number: int) -> Facts:
        facts = self.all_facts[number]
        facts.charges = self.permitted[number] and facts.plugged and facts.offers and self.wants[number]
        return facts

    def reading(self, number: int) -> Reading:
        found = Reading()
        if number:
            found.energy_wh = self.meter_mwh[number] // 1000
            found.power_w = 3600 if self.facts(number).charges else 0
        return found

    def began(self, number: int) -> "tuple | None":
        return self.begins[number]

    def settled(self, number: int) -> bool:
        return self.meter_is_new

    def wh(self, number: int = 1) -> int:
        return self.meter_mwh[number] // 1000

    def permit(self, number: int, energy: bool, lock: bool) -> None:
        self.permitted[number] = energy
        self.locked[number] = lock

    def has_lock(self, number: int) -> bool:
        return not self.tethered

    def unlock(self, number: int) -> None:
        self.unlocks += 1

    def unlocked(self, number: int):
        return self.unlock_result

    def operative(self, number: int) -> bool:
        return self.operatives[number]

    def set_operative(self, number: int, operative: bool) -> None:
        self.operatives[number] = operative

    def resume(self, number: int):
        return self.resume_reason

    def remote_allowed(self) -> bool:
        return self.accepts_remote

    def told(self, number: int, id_tag: str, status: str) -> None:
        self.shown.append((number, id_tag, status))

    def set_clock(self, unix_s: int) -> None:
        self.clock_sets.append(unix_s)

    def reset(self, kind: str) -> None:
        self.resets.append(kind)

    def plug(self, number: int = 1) -> None:
        self.all_facts[number].plugged = True
        self.all_facts[number].cable = not self.tethered

    def unplug(self, number: int = 1, cable: bool = False) -> None:
        """Take the car away; `cable` stays in the socket."""
        self.all_facts[number].plugged = False
        self.all_facts[number].cable = cable

    def power_cut(self) -> None:
        for number in range(self.connectors + 1):
            self.permitted[number] = False

    def pass_time(self, seconds: int) -> None:
        for number in range(1, self.connectors + 1):
            if self.facts(number).charges:
                self.meter_mwh[number] += 1000 * seconds
