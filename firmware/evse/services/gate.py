"""Joins access by card and by time to the station, and takes no memory while nothing needs a permission.

Access is built when the setting RFID or AUTH asks for it, or when charging times are chosen or were kept. Rules of who
may charge, when and at what price are loaded while there are any. Whatever fails here closes the access and never
opens it.
"""

from micropython import const

from evse import aio
from evse.core import states as s
from evse.core.errors import FieldError
from evse.log import log
from evse.services.access_modes import DELETE, DELETE_ALL, DISABLED, LEARN, LIMITED, PRIVATE
from evse.services.loader import at_once
from evse.settings.store import DAMAGED, LOADED

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

    from evse.services.access import Access
    from evse.services.access_rules_kept import KeptRules
    from evse.services.wall_clock import WallClock

SCHEMA = 1
_RULES_SCHEMA = 1
_WEB_SCHEMA = 1
_ACCESS = (
    "evse.services.cards_table evse.services.access_times evse.services.access_permit evse.services.cards "
    "evse.services.access"
)
_RULES = "evse.services.access_texts evse.services.access_rules evse.services.access_rules_kept"
_MODE_NAMES = ("Public", "Limited", "Private")
# Place of the cards in the row of an account, see `web.accounts`.
_CARDS = const(4)
_PERIOD_MS = const(100)
_BY_NOBODY = const(0)


class Gate:
    """Let the settings RFID, AUTH and RELOCK act; `access` and `rules` are None while nothing needs them.

    `wall_clock` gives the local time to the rules; without one they take UTC. `show(page)` is called for a card that
    has a page of its own, with "" to end the one before.
    """

    def __init__(self, station, settings, board, make_store) -> None:
        self._station = station
        self._settings = settings
        self._board = board
        self._make_store = make_store
        self.access: "Access | None" = None
        self.rules: "KeptRules | None" = None
        self.wall_clock: "WallClock | None" = None
        self.show: "Callable[[str], None] | None" = None
        # Loads modules one by one, see `loader`.
        self.load = at_once
        status, kept = make_store("access", SCHEMA).load()
        if status == LOADED and (kept.get("start_s") or kept.get("stop_s")):
            self._build()
        # Rows of the accounts by name; None until a card needs them.
        self._people: "dict | None" = None
        status, kept = make_store("rules", _RULES_SCHEMA).load()
        self.has_conditions = status == LOADED and bool(kept.get("conditions"))
        if status == DAMAGED:
            log.write("storage: the rules of access are lost, so the station is private now")
            settings.put("AccessMode", PRIVATE)
        self.configure()

    @property
    def owner(self) -> str:
        """The card that opened the access, "" for none."""
        return self.access.permit.owner if self.access else ""

    @property
    def cause(self) -> int:
        """Who changed the access last: `access_texts.BY_...`."""
        return self.access.permit.cause if self.access else _BY_NOBODY

    def configure(self) -> None:
        """Let the present settings act."""
        get = self._settings.get
        try:
            self.follow_rules()
            if self.access is None and not self._is_needed():
                return
            access = self.access or self._build()
            access.configure(get("RFIDReader"), get("Auth"), get("Relock") == 1)
            if access.mode == DELETE_ALL:
                access.delete_all()
        except Exception:
            if self.access or self._is_needed():
                self._close()
            raise

    def follow_rules(self) -> None:
        """Load rules when there are any, drop them when not, and let them act on the next card."""
        if self.rules:
            self.has_conditions = bool(self.rules.table.conditions)
        if self._has_rules():
            self.open_rules().configure(self._accounts())
        else:
            self.rules = None
        if self.access:
            self.access.rules = self.rules

    def open_rules(self) -> "KeptRules":
        """Return the rules, to read or to change; `follow_rules` then lets them act."""
        if self.rules is None:
            self.load(_RULES)
            from evse.services.access_rules_kept import KeptRules

            self.rules = KeptRules(
                self._settings,
                self._make_store("rules", _RULES_SCHEMA),
                self._station.contactors.proven_open,
                self._local_s,
            )
        return self.rules

    def take_accounts(self, rows: dict) -> None:
        """Take the accounts of the web, which may have cards."""
        self._people = rows
        self.follow_rules()

    def tariff(self, card: str) -> "tuple | None":
        """Return what a session of this card costs, as `KeptRules.tariff`; None while nobody set any rules."""
        return self.rules.tariff(card) if self.rules else None

    def name_of(self, account: int) -> str:
        """Return the name of the account that a session kept as a digest, "" where nobody knows it."""
        return self.rules.name_of(account) if self.rules else ""

    def mode(self) -> int:
        """Return the access mode now: `access_modes.PUBLIC`, LIMITED or PRIVATE."""
        return self.rules.mode() if self.rules else LIMITED

    def carry_out(self, words: list) -> bool:
        """Carry out a request and return True; False when it is not for the gate.

        Known: access on|off|pause, and charge_times with begin and end in unix seconds UTC (0 for none) and whether
        every day; three times none cancels. FieldError names what is wrong.
        """
        name = words[0] if words else ""
        if name == "charge_times":
            self._set_times(words)
            return True
        if name != "access" or len(words) != 2 or words[1] not in s.ACCESS_NAMES:
            return False
        if self.access is None:
            if self._is_needed():
                raise FieldError("access", "cannot be changed: cards do not work")
            return False
        if not self.access.request(s.ACCESS_NAMES.index(words[1])):
            raise FieldError("access", "is opened by the back end only")
        return True

    def teach(self, mode: int) -> None:
        """Learn or delete cards while the menu shows LEARN or DELETE; any other `mode` goes back to the setting."""
        if mode in (LEARN, DELETE):
            # Whether charging needs a card stays as it is meanwhile.
            (self.access or self._build()).mode = mode
        elif self.access:
            self.access.mode = self._settings.get("RFIDReader")

    def fill_view(self, view, offset_s: int) -> None:
        """Write what displays show of cards and times; `offset_s` is local time less UTC."""
        if self.access:
            self.access.fill_view(view, offset_s)

    def fill_status(self, status: dict) -> None:
        """Write the outputs that are about cards and rules."""
        status["access.mode"] = _MODE_NAMES[self.mode()]
        if self.access:
            self.access.fill_status(status)
        else:
            status["rfid"] = status["rfid.last"] = status["rfid.owner"] = ""

    def step(self, now: int) -> None:
        """Follow cards, car and clock."""
        access = self.access
        if access is None:
            if self._is_needed():
                self.configure()
            return
        access.step(now)
        self._station.release_cable(access.releases_cable)
        if access.mode == DELETE_ALL and not access.clearing:
            # As in the reference: with its last card the reader goes out of use.
            self._settings.put("RFIDReader", DISABLED)
            self.configure()

    def flush(self) -> None:
        """Write what a restart would lose; the contactors are open."""
        if self.access:
            self.access.permit.save()

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do unless something happens; -1 for never."""
        return self.access.next_due_ms(now) if self.access else -1

    async def run(self) -> None:
        """Repeat `step`; when that fails, nobody may charge."""
        while True:
            try:
                self.step(self._board.clock.ticks_ms())
            except Exception:
                self._close()
                raise
            await aio.sleep_ms(_PERIOD_MS)

    def _is_needed(self) -> bool:
        get = self._settings.get
        return get("RFIDReader") != DISABLED or get("Auth") != 0

    def _has_rules(self) -> bool:
        get = self._settings.get
        if get("AccessMode") != LIMITED or get("OpeningHours") or self.has_conditions:
            return True
        if get("PriceKwhMills") or get("PriceHourMills"):
            return True
        people = self._accounts()
        return bool([name for name in people if people[name][_CARDS]])

    def _accounts(self) -> dict:
        """Return the rows of the accounts, none while no card can be presented."""
        if self._people is None and self._is_needed():
            # There is no web server yet that has them.
            status, kept = self._make_store("web", _WEB_SCHEMA).load()
            self._people = kept.get("accounts", {}) if status == LOADED else {}
        return self._people if self._people and self._is_needed() else {}

    def _local_s(self) -> int:
        """Return the local time in seconds since 1970, 0 while nobody knows it."""
        unix_s = self._board.clock.unix_s()
        if unix_s <= 0 or self.wall_clock is None:
            return max(0, unix_s)
        return unix_s + self.wall_clock.zone.offset_s(unix_s)

    def _build(self) -> "Access":
        self.load(_ACCESS)
        from evse.services.access import Access
        from evse.services.cards import CardStore

        board = self._board
        cards = CardStore(board.storage.root + "/cards", self._station.contactors.proven_open)
        access = Access(self._station, cards, board.clock, board.rfid, self._make_store("access", SCHEMA))
        access.rules = self.rules
        access.on_status = self._tell
        self.access = access
        return access

    def _close(self) -> None:
        log.write("access is closed: cards do not work")
        self._station.set_access(s.ACCESS_OFF)

    def _set_times(self, words: list) -> None:
        if len(words) != 4 or type(words[3]) is not bool:
            raise FieldError("charge_times", "must be begin, end and whether every day")
        for index in (1, 2):
            if type(words[index]) is not int or words[index] < 0:
                raise FieldError(("starttime", "stoptime")[index - 1], "must be in seconds since 1970, or 0")
        (self.access or self._build()).set_times(words[1], words[2], words[3])

    def _tell(self, page: str) -> None:
        if self.show:
            self.show(page)
