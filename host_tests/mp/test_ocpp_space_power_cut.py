"""Messages for the back end on LittleFS in RAM, the power cut at every block write: none lost, none twice, in order."""

from power_cut import ROOT, PowerCut, at_every_write, formatted, unmount

from evse.log import log
from evse.services.ocpp.space import MessageSpace
from ocpp16 import journal_record as j
from ocpp16.journal import Journal

SEGMENTS = 4
PER_SEGMENT = 16
TRANSACTIONS = 14
NOON_S = 1700000000


class Flash:
    """Stands for a flash that keeps its power."""

    dead = False


class World:
    """Transactions that come, and a back end that takes their messages; `closed` is a contactor."""

    def __init__(self):
        self.closed = False
        # What was delivered, as the back end sees it, and what the station relies on.
        self.delivered = []
        self.written = []
        self.transaction = 0

    def boot(self):
        self.space = MessageSpace(ROOT + "/ocpp.messages", self.may_write, SEGMENTS, PER_SEGMENT)
        self.journal = Journal(self.space)
        for _ in self.journal.load():
            pass
        self.journal.set_time(1, NOON_S)

    def may_write(self):
        return not self.closed

    def append(self, kind, number, text, flash):
        wh = 1000 + len(self.written)
        taken = self.journal.append(kind, 1, number, (NOON_S + len(self.written), 0), wh, text)
        self.settle(flash)
        assert taken
        self.written.append((kind, number, text))

    def settle(self, flash):
        """Let the space write; a station without power does not go on."""
        for _ in range(6):
            self.space.step()
        if flash.dead:
            raise PowerCut

    def deliver(self, flash, most):
        for _ in range(most):
            record = self.journal.message()
            for _ in range(20):
                record = record or self.journal.message()
            if record is None:
                return
            entry = (record.kind, record.transaction, bytes(record.text))
            if entry not in self.delivered:
                self.delivered.append(entry)
            else:
                # Again, because the power went before it was noted: the last one only, and the same.
                assert entry == self.delivered[-1]
            self.journal.done(77)
            self.settle(flash)


def charge(world, flash):
    """Go through transactions; every third one is delivered at once, the others late."""
    while world.transaction < TRANSACTIONS:
        number = world.journal.new_transaction()
        world.transaction += 1
        tag = b"TAG%d\0\0" % world.transaction
        world.append(j.START, number, tag, flash)
        world.closed = True
        # Kept in memory while the contactor is closed.
        assert world.journal.append(j.VALUES, 1, number, (NOON_S, 0), 2000, bytes(90))
        assert world.space.held == 2 and not flash.dead
        world.closed = False
        world.settle(flash)
        world.written.append((j.VALUES, number, bytes(90)))
        world.append(j.STOP, number, b"Local\0%s\0" % tag[:4], flash)
        if world.transaction % 3 == 0:
            world.deliver(flash, 100)
    world.deliver(flash, 100)


def check(world, flash):
    """After power is back: what was relied upon is there, and everything is delivered once and in order."""
    world.boot()
    world.closed = False
    world.deliver(flash, 200)
    known = [entry for entry in world.delivered if entry in world.written]
    assert known == world.written, (world.delivered, world.written)
    assert world.journal.empty
    # What had not been written whole when the power went may have got through.
    assert len(world.delivered) <= len(world.written) + 1
    world.settle(flash)
    assert world.space.end - world.space.first <= PER_SEGMENT * 2


def test_a_cut_at_every_write():
    log.echo = False
    prepared = bytes(formatted(60).data)
    worlds = []

    def work(flash):
        world = World()
        worlds.append(world)
        world.boot()
        charge(world, flash)

    cuts = at_every_write(prepared, work, lambda _cuts: check(worlds[-1], Flash()))
    assert cuts > 100, cuts


def test_places_files_and_room():
    formatted(40)
    world = World()
    space = MessageSpace(ROOT + "/ocpp.messages", world.may_write, 2, 8)
    payloads = [bytes([index]) * 60 for index in range(16)]
    for payload in payloads:
        assert space.append(payload)
    assert (space.first, space.end, space.room) == (0, 16, 0) and not space.append(payloads[0])
    assert [space.read(place) for place in range(17)] == payloads + [None]
    space.release(9)
    space.step()
    space.step()
    assert (space.first, space.end, space.room) == (8, 16, 8)
    world.closed = True
    assert space.append(payloads[1]) and space.held == 1 and space.read(16) == payloads[1]
    again = MessageSpace(ROOT + "/ocpp.messages", world.may_write, 2, 8)
    # What was in memory is gone; places count from the oldest file that is left.
    assert (again.first, again.end) == (0, 8) and again.read(0) == payloads[8]
    world.closed = False
    space.step()
    again = MessageSpace(ROOT + "/ocpp.messages", world.may_write, 2, 8)
    assert again.read(8) == payloads[1]
    # A damaged record is none, its neighbours are there.
    with open(ROOT + "/ocpp.messages.1", "r+b") as file:
        file.seek(3 * 64 + 5)
        file.write(b"x")
    again = MessageSpace(ROOT + "/ocpp.messages", world.may_write, 2, 8)
    assert again.read(3) is None and again.read(4) == payloads[12]
    unmount()


def test_memory_is_bounded_while_nothing_may_be_written():
    formatted(40)
    world = World()
    world.closed = True
    space = MessageSpace(ROOT + "/ocpp.messages", world.may_write)
    count = 0
    while space.append(bytes(60)):
        count += 1
    assert count == 64
    world.closed = False
    for _ in range(20):
        space.step()
    assert space.held == 0 and space.end == 64 and space.room == space.capacity - 64
    unmount()
