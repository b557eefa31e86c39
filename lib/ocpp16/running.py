"""One transaction that runs, and how it is found again after a restart."""

from . import journal_record as j


class Running:
    """A transaction: `number` is ours, `transaction_id` the central system's, None until known, -1 if it never is.

    `energy` says whether the car may have power, `meter_wh` is the last reading. `offset_wh` is taken off what the
    register shows: 0, or of one that began while it was unknown, and so with 0, what it showed at first; -1 until then.
    `invalid_wh` is the reading when the central system refused the identifier, -1 when it did not. `waiting` is one
    from before a restart of which is not known yet whether it goes on.
    """

    def __init__(self, number: int, id_tag: str, parent: str, meter_wh: int) -> None:
        self.number = number
        self.id_tag = id_tag
        self.parent = parent
        self.meter_wh = meter_wh
        self.transaction_id: "int | None" = None
        self.energy = True
        self.offset_wh = 0
        self.invalid_wh = -1
        self.waiting = False
        # A profile came with the remote start.
        self.profile = False
        # The last sign of life of a transaction from before a restart.
        self.last = (0, 0)
        self.noted_s = 0
        self.settled_s = 0
        # Unix seconds, 0 when unknown.
        self.began_s = 0
        self.samples = 0
        # What is written at the end: time, reading, text.
        self.ending: "tuple | None" = None

    def read(self, reading) -> None:
        """Follow the register of a Reading; that of a transaction never goes back."""
        if reading.energy_wh is None:
            return
        if self.offset_wh < 0:
            # What was taken before is not known; what counts goes on from where it was.
            self.offset_wh = max(0, reading.energy_wh - self.meter_wh)
        reading.energy_wh = max(0, reading.energy_wh - self.offset_wh)
        self.meter_wh = max(self.meter_wh, reading.energy_wh)


def found(journal, number: int) -> "tuple | None":
    """Return the connector of a transaction from before a restart, and the transaction; None when it cannot be read."""
    record = journal.start_of(number)
    if record is None:
        return None
    id_tag, parent, _ = record.text.decode().split("\0")
    running = Running(number, id_tag, parent, max(0, record.meter_wh))
    running.offset_wh = -1 if record.meter_wh < 0 else 0
    running.waiting = True
    running.energy = False
    running.began_s = 0 if record.boot else record.time
    running.last = (record.time, record.boot)
    for later in journal.of_transaction(number):
        running.last = (later.time, later.boot)
        running.meter_wh = max(running.meter_wh, later.meter_wh)
    confirmed = journal.confirmation_of(number)
    if confirmed is not None:
        running.transaction_id = journal.ids[number][0]
        running.parent = confirmed.text.decode() or parent
        if confirmed.boot & j.INVALID_ID:
            running.invalid_wh = max(confirmed.meter_wh, 0)
    return record.connector, running
