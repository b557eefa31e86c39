"""Power cuts at any write, and networks that lose messages: afterwards the central system's books equal the meter."""

import random

from ocpp_rig import Rig
from ocpp_world import PowerCut


class Cutter:
    """Cuts the power at random writes, brings it back, and does what people and networks do."""

    def __init__(self, seed, wild=False) -> None:
        random.seed(seed)
        self.rig = Rig(
            capacity=1024,
            connectors=1,
            rtc=random.randint(0, 1) == 1,
            AllowOfflineTxForUnknownId="true",
            MeterValueSampleInterval="60",
            StopTxnSampledData=("", "Energy.Active.Import.Register")[random.randint(0, 1)],
            TransactionMessageRetryInterval="5",
            MessageTimeout="5",
            TransactionMessageAttempts="1000",
        )
        self.rig.central.answers["StartTransaction"] = self.started
        self.rig.central.answers["StopTransaction"] = self.stopped
        self.cuts = 0
        self.held = []
        if wild:
            self.rig.chaos = self.disturb

    def disturb(self, to_charge_point, message):
        """Lose, repeat, delay, swap or cut off one message in five."""
        what = random.randint(0, 24)
        if what == 0:
            return []
        if what == 1:
            return [message, message]
        if what == 2:
            return [message[: random.randint(0, len(message) - 1)]]
        if what == 3:
            self.held.append((to_charge_point, message))
            return []
        late = [entry[1] for entry in self.held if entry[0] == to_charge_point]
        self.held = [entry for entry in self.held if entry[0] != to_charge_point]
        return [message] + late

    def started(self, payload):
        return self.maybe("StartTransaction", payload)

    def stopped(self, payload):
        return self.maybe("StopTransaction", payload)

    def maybe(self, action, payload):
        """Book it; sometimes the answer is lost."""
        answer = self.rig.central.accept(action, payload)
        return None if random.randint(0, 4) == 0 else answer

    def run(self, rounds) -> None:
        rig = self.rig
        begin_wh = rig.station.wh()
        for _ in range(rounds):
            try:
                if random.randint(0, 3) == 0 and rig.space.cut_in < 0:
                    rig.space.cut_in = random.randint(1, 6)
                    rig.space.cut_leaves = random.randint(0, 2)
                self.act(random.randint(0, 5))
                rig.run(random.randint(1, 90), random.randint(1, 5))
            except PowerCut:
                self.cut()
        self.finish()
        self.compare(rig.station.wh() - begin_wh)

    def cut(self) -> None:
        rig = self.rig
        self.cuts += 1
        while True:
            rig.station.resume_reason = ("PowerLoss", "", None)[random.randint(0, 2)]
            if not rig.rtc:
                rig.station.clock_sets = []
            try:
                rig.power_cut()
                return
            except PowerCut:
                pass

    def act(self, what: int) -> None:
        rig = self.rig
        if what == 0:
            rig.station.plug()
        elif what == 1:
            rig.station.unplug()
        elif what in (2, 3):
            rig.station.plug()
            rig.cp.present("TAG", 1)
        elif rig.connected:
            rig.disconnect()
        else:
            rig.connect()

    def finish(self) -> None:
        rig = self.rig
        rig.space.cut_in = -1
        rig.station.resume_reason = "PowerLoss"
        rig.central.answers = {}
        rig.chaos = None
        if not rig.connected:
            rig.connect()
        rig.run(400, 2)
        rig.cp.stop(1, "Other")
        rig.run(400, 2)
        assert rig.journal.empty and not rig.journal.open

    def compare(self, energy_wh) -> None:
        """The books equal the meter, every transaction has one end, and nothing was told in two ways."""
        told_wh = 0
        last_wh = 0
        books = self.rig.central.books
        for number in sorted(books):
            book = books[number]
            assert book["stop"] is not None, book
            assert book["start"]["meterStart"] >= last_wh
            assert book["start"]["timestamp"] <= book["stop"]["timestamp"]
            last_wh = book["stop"]["meterStop"]
            told_wh += last_wh - book["start"]["meterStart"]
        assert told_wh == energy_wh, (told_wh, energy_wh)
        assert len(books) == len(self.rig.central.known)


def test_books_equal_the_meter_after_power_cuts_at_any_write():
    cuts = transactions = 0
    for seed in range(20):
        cutter = Cutter(seed)
        cutter.run(40)
        cuts += cutter.cuts
        transactions += len(cutter.rig.central.books)
    assert cuts > 50 and transactions > 100, (cuts, transactions)


def test_books_equal_the_meter_after_chaos():
    transactions = 0
    for seed in range(20):
        cutter = Cutter(1000 + seed, True)
        cutter.run(40)
        transactions += len(cutter.rig.central.books)
    assert transactions > 50, transactions


def test_a_cut_at_every_single_write_of_one_transaction():
    for leaves in range(3):
        writes = 1
        while True:
            rig = Rig(MeterValueSampleInterval="30", StopTxnSampledData="Energy.Active.Import.Register")
            rig.online()
            rig.space.writes = 0
            rig.space.cut_in = writes
            rig.space.cut_leaves = leaves
            was_cut = False
            try:
                rig.station.plug()
                rig.cp.present("TAG", 1)
                rig.run(100)
                rig.cp.present("TAG", 1)
                rig.run(5)
            except PowerCut:
                was_cut = True
                rig.power_cut()
                rig.connect()
                rig.run(5)
            books = rig.central.books
            told_wh = 0
            for book in books.values():
                assert book["stop"] is not None
                told_wh += book["stop"]["meterStop"] - book["start"]["meterStart"]
            assert told_wh == rig.station.wh() - 1000 and rig.journal.empty, (leaves, writes)
            assert len(books) <= 1
            if not was_cut:
                break
            writes += 1
        assert writes > 15
