"""Who may charge when, and at what price: opening hours, accounts and their conditions.

A pure decision over local time; `access_rules_kept` knows where all of it comes from. A window is
[days, from, to, ...]: a bit per weekday from Monday on, and minutes of the day. One whose `to` is not after its
`from` ends on the next day, so that 00:00 to 00:00 is a whole day.
"""

from micropython import const

from evse.services import access_texts as tx
from evse.services.access_modes import LIMITED, PRIVATE, PUBLIC

_DAY_S = const(86400)
# 1970-01-01 was a Thursday.
_FIRST_WEEKDAY = const(3)
# As in `web.accounts`, whose rows are [role, ..., cards].
_USER = const(2)
_ROLE = const(0)
_CARDS = const(4)
# Places in a window of the opening hours, and in the conditions of an account.
_ACCESS = const(3)
_PRICES = const(4)
_TIMES = const(2)
_SHORTEST_UID = const(8)


class Rules:
    """`mode` and `prices` rule outside the opening hours; prices are per kWh and per hour, in 1/1000 of the currency.

    `windows` are [days, from, to, mode, price per kWh, price per hour], `conditions` by account [price per kWh, price
    per hour, windows], None for the station's price. `people` are rows of accounts by name. Local time is in seconds
    since 1970, 0 while nobody knows it.
    """

    def __init__(self) -> None:
        self.mode = LIMITED
        self.prices: tuple = (0, 0)
        self.hours = False
        self.windows: list = []
        self.conditions: dict = {}
        self.people: dict = {}

    def mode_at(self, local_s: int) -> int:
        """Return PUBLIC, LIMITED or PRIVATE; while the time is not known the strictest that may rule."""
        if not self.hours:
            return self.mode
        if local_s <= 0:
            return max([self.mode] + [window[_ACCESS] for window in self.windows])
        window = self._window(local_s)
        return window[_ACCESS] if window else self.mode

    def account(self, card: str) -> str:
        """Return the name of the account that has this card, "" for none."""
        for name in self.people:
            for kept in self.people[name][_CARDS]:
                if is_same_card(kept, card):
                    return name
        return ""

    def refusal(self, card: str, is_listed, local_s: int) -> int:
        """Return why the card may not charge, as a row of `access_texts`, or 0; `is_listed(card)` asks the list."""
        name = self.account(card)
        mode = self.mode_at(local_s)
        if mode == PRIVATE and not (name and self.people[name][_ROLE] >= _USER):
            return tx.PRIVATE_NOW
        if mode != PUBLIC and not name and not is_listed(card):
            return tx.INVALID
        times = self.conditions[name][_TIMES] if name in self.conditions else ()
        if not times:
            return 0
        if local_s <= 0:
            return tx.TIME_UNKNOWN
        return 0 if _last_open(times, local_s) else tx.OUT_OF_TIMES

    def prices_of(self, card: str, local_s: int) -> tuple:
        """Return the prices for a card: those of its account before those of the window before those of the station."""
        found = []
        own = self.conditions.get(self.account(card)) if card else None
        window = self._window(local_s) if self.hours and local_s > 0 else None
        for place in range(2):
            price = own[place] if own else None
            if price is None and window:
                price = window[_PRICES + place]
            found.append(self.prices[place] if price is None else price)
        return tuple(found)

    def has_prices(self) -> bool:
        """Return True when somebody set a price."""
        if self.prices != (0, 0):
            return True
        rows = [self.conditions[name] for name in self.conditions]
        if self.hours:
            rows += [window[_PRICES:] for window in self.windows]
        return bool([row for row in rows if row[0] is not None or row[1] is not None])

    def _window(self, local_s: int) -> "list | None":
        return _last_open(self.windows, local_s)


def is_same_card(kept: str, card: str) -> bool:
    """Return True when a number in hex as somebody wrote it is that card: short numbers may have zeros behind them."""
    if kept == card:
        return True
    return (
        len(card) == _SHORTEST_UID and len(kept) in (12, 14) and kept == card + "0" * (len(kept) - len(card))
    )


def _last_open(windows, local_s: int) -> "list | None":
    """Return the last of the windows that are open, None when none is."""
    today = 1 << (local_s // _DAY_S + _FIRST_WEEKDAY) % 7
    yesterday = 1 << (local_s // _DAY_S + _FIRST_WEEKDAY - 1) % 7
    minute = local_s % _DAY_S // 60
    found = None
    for window in windows:
        days, begin, end = window[0], window[1], window[2]
        if begin < end:
            is_open = days & today and begin <= minute < end
        else:
            is_open = (days & today and minute >= begin) or (days & yesterday and minute < end)
        if is_open:
            found = window
    return found
