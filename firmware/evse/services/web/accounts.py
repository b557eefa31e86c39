"""Who may use the station over the network: accounts with passwords, and tokens of programs; kept in one record.

Only hashes are kept. What changes them is in `passwords`, which is loaded when somebody logs in.
"""

import binascii
import hashlib
import os

from micropython import const

from evse.core.errors import Refused
from evse.settings.store import LOADED

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

SCHEMA = const(1)

GUEST = const(0)
DRIVER = const(1)
USER = const(2)
INSTALLER = const(3)
ROLES = ("guest", "driver", "user", "installer")


class Accounts:
    """`rows` maps names to [role, iterations, salt, hash, cards], `tokens` names to [role, hash]; texts in hex.

    A password gets as many iterations as the chip does in `target_ms`. `busy` while one is derived. `on_change(rows)`
    is told the accounts, now and whenever they change.
    """

    def __init__(self, store, may_write, target_ms: int, on_change=None) -> None:
        self._store = store
        self._may_write = may_write
        self.target_ms = target_ms
        self.busy = False
        status, record = store.load()
        kept: "dict[str, Any]" = record if status == LOADED else {}
        self.rows: "dict[str, list]" = kept.get("accounts", {})
        self.tokens: "dict[str, list]" = kept.get("tokens", {})
        self._on_change = on_change
        self._tell()

    def is_new(self) -> bool:
        """Return True while nobody has set a password."""
        return not self.rows

    def token_name(self, token: str) -> str:
        """Return the name of a token, "" when there is none like it."""
        digest = digest_of(token).encode()
        found = ""
        for name in self.tokens:
            if same(self.tokens[name][1].encode(), digest):
                found = name
        return found

    def cards_of(self, name: str) -> list:
        """Return the cards of an account."""
        row = self.rows.get(name)
        return row[4] if row else []

    def owner_of(self, card: str) -> str:
        """Return the name of the account that has a card, "" for none."""
        for name in self.rows:
            if card in self.rows[name][4]:
                return name
        return ""

    def check_writable(self) -> None:
        """Refuse what would write flash while a contactor is closed."""
        if not self._may_write():
            raise Refused("password", "the station is charging: try again when it has stopped")

    def save(self, rows: dict, tokens: dict) -> None:
        """Replace both; Refused changes nothing."""
        self.check_writable()
        try:
            self._store.save({"accounts": rows, "tokens": tokens})
        except OSError:
            raise Refused("name", "could not be written")
        self.rows = rows
        self.tokens = tokens
        self._tell()

    def _tell(self) -> None:
        if self._on_change:
            self._on_change(self.rows)


def same(one: bytes, other: bytes) -> bool:
    """Compare without telling by the time it takes where the difference is."""
    if len(one) != len(other):
        return False
    difference = 0
    for index in range(len(one)):
        difference |= one[index] ^ other[index]
    return difference == 0


def new_code() -> str:
    """Return eight random digits, for somebody who sees the display."""
    number = 0
    for byte in os.urandom(4):
        number = (number << 8 | byte) % 100000000
    return "%08d" % number


def digest_of(token: str) -> str:
    """Return what is kept of a token: it is random enough for one SHA-256."""
    return binascii.hexlify(hashlib.sha256(token.encode()).digest()).decode()
