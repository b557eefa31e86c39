"""The rules of who may charge, as one record in flash, joined to the settings, the clock and the accounts."""

from micropython import const

from evse.core.errors import Refused
from evse.services.access_rules import Rules
from evse.services.sessions_record import digest_of
from evse.settings.store import LOADED

SCHEMA = const(1)


class KeptRules:
    """`table` has the rules; `local_s()` is the local time, 0 while unknown."""

    def __init__(self, settings, store, may_write, local_s) -> None:
        self._settings = settings
        self._store = store
        self._may_write = may_write
        self._local_s = local_s
        self.table = Rules()
        # The tariff of a card, and the minute for which it was looked up.
        self._known = ()
        self._tariff = ()
        status, kept = store.load()
        if status == LOADED:
            self._take(kept)

    def configure(self, people: dict) -> None:
        """Let the present settings and accounts act on the next card, and on the next session."""
        get = self._settings.get
        table = self.table
        table.mode = get("AccessMode")
        table.hours = get("OpeningHours") == 1
        table.prices = (get("PriceKwhMills"), get("PriceHourMills"))
        table.people = people
        self._known = ()

    def mode(self) -> int:
        """Return the access mode now: `access_modes.PUBLIC`, LIMITED or PRIVATE."""
        return self.table.mode_at(self._local_s())

    def account(self, card: str) -> str:
        """Return the name of the account that has this card, "" for none."""
        return self.table.account(card)

    def name_of(self, account: int) -> str:
        """Return the name of the account that a session kept as a digest, "" for none."""
        people = self.table.people
        found = [name for name in people if account and digest_of(name) == account]
        return found[0] if found else ""

    def refusal(self, card: str, is_listed) -> int:
        """Return why the card may not begin to charge now, as a row of `access_texts`, or 0."""
        return self.table.refusal(card, is_listed, self._local_s())

    def tariff(self, card: str) -> tuple:
        """Return (price per kWh, price per hour, currency, digest of the account) for a session that begins now.

        Prices are in 1/1000 of the currency, which is "" where nobody set a price; card "" is none.
        """
        local_s = self._local_s()
        # It is asked for ten times a second; windows begin and end with a minute.
        known = (card, local_s // 60)
        if known != self._known:
            name = self.table.account(card) if card else ""
            currency = self._settings.text("Currency") if self.table.has_prices() else ""
            self._tariff = self.table.prices_of(card, local_s) + (currency, digest_of(name))
            self._known = known
        return self._tariff

    def save(self, windows: list, conditions: dict) -> None:
        """Replace opening hours and conditions; Refused changes nothing."""
        if not self._may_write():
            raise Refused("windows", "the station is charging: try again when it has stopped")
        try:
            self._store.save({"windows": windows, "conditions": conditions})
        except OSError:
            raise Refused("windows", "could not be written")
        self._take({"windows": windows, "conditions": conditions})
        self._known = ()

    def forget(self, name: str) -> None:
        """Remove the conditions of an account that is gone; Refused changes nothing."""
        kept = self.table.conditions
        if name in kept:
            self.save(self.table.windows, {other: kept[other] for other in kept if other != name})

    def _take(self, kept: dict) -> None:
        self.table.windows = kept.get("windows", [])
        self.table.conditions = kept.get("conditions", {})
