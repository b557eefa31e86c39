"""The session under way, kept so that a restart finds it again.

It is noted in a file while the contactors are open. On a board with a raw journal, checkpoints are appended there
while they are closed.
"""

from micropython import const

from evse.log import log
from evse.services import sessions_record as sr
from evse.settings.store import LOADED

SCHEMA = 1
_SCAN_AT_ONCE = const(16)
# So often it is noted how far a session has got, and how often once no more than so many records can be appended
# without an erase: what others keep there is not to suffer from a long charge.
_CHECKPOINT_S = const(60)
_SPARING_S = const(300)
_AMPLE = const(150)
_FIELDS = (
    "number",
    "card",
    "reason",
    "start_s",
    "end_s",
    "start_wh",
    "end_wh",
    "energy_wh",
    "highest_ma",
    "duration_s",
)
# Beyond what earlier firmware wrote.
_TARIFF = ("price_kwh", "price_hour", "currency", "account")


class OpenSession:
    """`record` is the session; `begun` tells that its contactor has closed.

    `base_wh` is what the station had counted for this plug-in before the session began.
    """

    def __init__(self, clock, store, raw) -> None:
        self._clock = clock
        self._store = store
        self._raw = raw if raw is not None and raw.payload_bytes == sr.PAYLOAD_BYTES else None
        self._scan = None
        self.record = sr.Record()
        self.begun = False
        self.base_wh = 0
        self.write_errors = 0

    def begin(self, number: int, card: str, start_wh: int, base_wh: int, begun: bool, tariff=None) -> None:
        """Forget the last session and begin with these figures; `tariff` as of `KeptRules.tariff`."""
        record = sr.Record()
        record.number = number
        record.card = card
        record.start_wh = start_wh
        record.start_s = self._clock.unix_s()
        if tariff:
            record.price_kwh, record.price_hour, record.currency, record.account = tariff
        self.record = record
        self.base_wh = base_wh
        self.begun = begun

    @property
    def rest_s(self) -> int:
        """How long a checkpoint is enough."""
        return _CHECKPOINT_S if self._raw is not None and self._raw.free > _AMPLE else _SPARING_S

    def checkpoint(self) -> None:
        """Append the present figures to the raw journal, if there is one; takes about 1 ms and erases nothing."""
        if self._raw is not None:
            self.record.kind = sr.CHECKPOINT
            self.record.end_s = self._clock.unix_s()
            try:
                self._raw.append(self.record.pack())
            except OSError:
                self.write_errors += 1

    def save(self) -> None:
        """Write the present figures to the file; only while no contactor is closed."""
        self.record.end_s = self._clock.unix_s()
        kept = {"base_wh": self.base_wh, "begun": 1 if self.begun else 0}
        for name in _FIELDS + _TARIFF:
            kept[name] = getattr(self.record, name)
        try:
            self._store.save(kept)
        except OSError as error:
            if not self.write_errors:
                log.write("storage: session not noted: %s" % error)
            self.write_errors += 1

    def restore_limit(self, station) -> None:
        """Let a remote limit of the last checkpoint count as lost; that is newer than what the keeper knows."""
        if self.record.kind != sr.CHECKPOINT:
            return
        # Once.
        self.record.kind = sr.END
        remote = station.regulation.remote
        if remote is not None and remote.commanded:
            return
        if self.record.limited:
            station.lose_remote()
        elif remote is not None:
            station.limit_remotely(0, 0, 0)

    def restore(self, newest: int) -> bool:
        """Return True when a session was under way, later than number `newest`; then call `scan` until it is True."""
        status, kept = self._store.load()
        if status != LOADED:
            return False
        number = kept.get("number")
        if type(number) is not int or number <= newest:
            return False
        try:
            for name in _FIELDS:
                setattr(self.record, name, kept[name])
            for name in _TARIFF:
                setattr(self.record, name, kept.get(name, getattr(self.record, name)))
            self.base_wh = kept["base_wh"]
            self.begun = kept["begun"] == 1
        except KeyError:
            return False
        if self._raw is not None:
            self._scan = self._raw.records()
        return True

    def scan(self) -> bool:
        """Look at some records of the raw journal for checkpoints of this session; True when all were seen."""
        if self._scan is None:
            return True
        for _ in range(_SCAN_AT_ONCE):
            payload = next(self._scan, None)
            if payload is None:
                self._scan = None
                return True
            later = sr.unpack(payload)
            if later is None or later.kind != sr.CHECKPOINT:
                continue
            record = self.record
            if later.number == record.number and later.card == record.card:
                if later.duration_s >= record.duration_s:
                    self.record = later
                    self.begun = True
        return False


def is_limited(station) -> bool:
    """Tell whether a remote limit counts, or what is chosen for one that was lost."""
    remote = station.regulation.remote
    # The module of it takes memory only where somebody limits: 0 is its FREE.
    return remote is not None and remote.state() != 0
