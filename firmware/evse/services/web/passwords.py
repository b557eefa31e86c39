"""Changes of accounts and tokens, and the check of a password.

A password gets PBKDF2 with as many iterations as the chip does in about half a second, measured when it is set; the
work is done in slices. Accounts are written while no contactor is closed.
"""

import binascii
import os

from micropython import const

from evse import aio
from evse.core.errors import FieldError, Refused
from evse.services.web import accounts as ac
from evse.services.web.pbkdf2 import Pbkdf2

PASSWORD_MIN = const(8)
_PASSWORD_MAX = const(128)
_NAME_MAX = const(24)
_MOST_ACCOUNTS = const(12)
_MOST_TOKENS = const(8)
_MOST_CARDS = const(8)

_SALT_BYTES = const(16)
_TOKEN_BYTES = const(20)
# RFC 8018 names 1000 as the least; more than the most is no use against the cost of a slow login.
_ITERATIONS_MIN = const(1000)
_ITERATIONS_MAX = const(600000)
_MEASURED = const(100)
# So long the loop is held; control steps come every 10 ms.
_SLICE_US = const(5000)
_REST_MS = const(5)

_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
_HEX = "0123456789ABCDEFabcdef"


def has_installer(accounts: ac.Accounts) -> bool:
    """Return True when somebody is the installer."""
    for name in accounts.rows:
        if accounts.rows[name][0] == ac.INSTALLER:
            return True
    return False


async def put(
    accounts: ac.Accounts, name: str, role: int, password: "str | None", cards: "list | None" = None
) -> None:
    """Make an account, or change it (None keeps password or cards); FieldError changes nothing."""
    known = accounts.rows.get(name)
    check_name(name)
    if known is None:
        if len(accounts.rows) >= _MOST_ACCOUNTS:
            raise Refused("name", "there are as many accounts as fit")
        if password is None:
            raise FieldError("password", "is needed")
    row = list(known) if known else [role, 0, "", "", []]
    row[0] = role
    if cards is not None:
        row[4] = _checked_cards(accounts, name, cards)
    if password is not None:
        check_password(password)
        accounts.check_writable()
        salt = os.urandom(_SALT_BYTES)
        row[1] = _iterations(accounts.target_ms)
        row[2] = _hex(salt)
        row[3] = _hex(await _derive(accounts, password, salt, row[1]))
    rows = dict(accounts.rows)
    rows[name] = row
    accounts.save(rows, accounts.tokens)


def remove(accounts: ac.Accounts, name: str) -> None:
    """Remove an account; KeyError, or Refused."""
    if name not in accounts.rows:
        raise KeyError(name)
    rows = {other: accounts.rows[other] for other in accounts.rows if other != name}
    if not [other for other in rows if rows[other][0] >= ac.USER]:
        raise Refused("name", "somebody must be able to log in")
    accounts.save(rows, accounts.tokens)


async def check(accounts: ac.Accounts, name: str, password: str) -> bool:
    """Return True for the right password; takes as long for a name that nobody has."""
    row = accounts.rows.get(name)
    if row is None:
        iterations = max([accounts.rows[other][1] for other in accounts.rows] + [_ITERATIONS_MIN])
        row = [ac.GUEST, iterations, "00", "", []]
    key = await _derive(accounts, password[:_PASSWORD_MAX], binascii.unhexlify(row[2]), row[1])
    return ac.same(_hex(key).encode(), row[3].encode()) and name in accounts.rows


def add_token(accounts: ac.Accounts, name: str, role: int) -> str:
    """Make a token for a program and return it; it cannot be shown again. FieldError, or Refused."""
    check_name(name)
    if name not in accounts.tokens and len(accounts.tokens) >= _MOST_TOKENS:
        raise Refused("name", "there are as many tokens as fit")
    token = _hex(os.urandom(_TOKEN_BYTES))
    tokens = dict(accounts.tokens)
    tokens[name] = [role, ac.digest_of(token)]
    accounts.save(accounts.rows, tokens)
    return token


def remove_token(accounts: ac.Accounts, name: str) -> None:
    """Remove a token; KeyError, or Refused."""
    if name not in accounts.tokens:
        raise KeyError(name)
    tokens = {other: accounts.tokens[other] for other in accounts.tokens if other != name}
    accounts.save(accounts.rows, tokens)


def _iterations(target_ms: int) -> int:
    """Measure how many iterations take the target."""
    job = Pbkdf2(b"measure", b"measure", _MEASURED)
    begin = aio.ticks_us()
    job.step(_MEASURED)
    elapsed_us = max(1, aio.ticks_diff(aio.ticks_us(), begin))
    return min(max(target_ms * 1000 // elapsed_us * _MEASURED, _ITERATIONS_MIN), _ITERATIONS_MAX)


async def _derive(accounts: ac.Accounts, password: str, salt: bytes, iterations: int) -> bytes:
    if accounts.busy:
        raise Refused("password", "another password is being checked: try again")
    accounts.busy = True
    try:
        job = Pbkdf2(password.encode(), salt, iterations)
        done = False
        while not done:
            begin = aio.ticks_us()
            while not done and aio.ticks_diff(aio.ticks_us(), begin) < _SLICE_US:
                done = job.step(4)
            await aio.sleep_ms(_REST_MS)
        return job.key
    finally:
        accounts.busy = False


def check_name(name) -> None:
    """Refuse what is no name of an account or a token; FieldError."""
    if not isinstance(name, str) or not 1 <= len(name) <= _NAME_MAX:
        raise FieldError("name", "must be 1 to %d characters long" % _NAME_MAX)
    for character in name:
        if character not in _NAME_CHARACTERS:
            raise FieldError("name", "must be letters, digits and - _ .")


def check_password(password) -> None:
    """Refuse what is no password; FieldError."""
    if not isinstance(password, str) or not PASSWORD_MIN <= len(password) <= _PASSWORD_MAX:
        raise FieldError("password", "must be %d to %d characters long" % (PASSWORD_MIN, _PASSWORD_MAX))


def _checked_cards(accounts: ac.Accounts, name: str, cards) -> list:
    if not isinstance(cards, list) or len(cards) > _MOST_CARDS:
        raise FieldError("cards", "must be a list of up to %d cards" % _MOST_CARDS)
    for uid in cards:
        if not isinstance(uid, str) or len(uid) not in (8, 12, 14, 20) or uid.strip(_HEX):
            raise FieldError("cards", "must be card numbers of 4, 6, 7 or 10 bytes in hex")
    found = []
    for uid in cards:
        uid = _without_padding(uid.upper())
        owner = accounts.owner_of(uid)
        if owner and owner != name:
            raise Refused("cards", "%s belongs to the account %s" % (uid, owner))
        if uid not in found:
            found.append(uid)
    return found


def _without_padding(uid: str) -> str:
    """Return a number as readers report it: some write four bytes with zeros behind them."""
    return uid[:8] if len(uid) in (12, 14) and not uid[8:].strip("0") else uid


def _hex(data: bytes) -> str:
    return binascii.hexlify(data).decode()
