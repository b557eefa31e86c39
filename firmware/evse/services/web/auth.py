"""Who sends a request, and whether it may do what it asks for.

Three ways in: a cookie after a login with a password, a token in the header Authorization, and, if the owner allows
it, nothing at all for clients of the SmartEVSE. Cookies and tokens are never in a URL.
"""

import os
from binascii import hexlify

from micropython import const

from evse.services.web import accounts as ac
from evse.services.web.accounts import same

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from evse.services.web.attempts import Attempts

COOKIE = "microevse"

_MOST_LOGINS = const(8)
_LOGIN_IDLE_S = const(43200)
_SECRET_BYTES = const(16)

# How somebody came in.
BY_NOTHING = const(0)
BY_COOKIE = const(1)
BY_TOKEN = const(2)

# The setting LEGACY, as stored.
LEGACY_READ = const(0)
LEGACY_WRITE = const(1)
LEGACY_OFF = const(2)


class Who:
    """The sender of a request."""

    def __init__(self, way: int, role: int, name: str, csrf: str) -> None:
        self.way = way
        self.role = role
        self.name = name
        self.csrf = csrf


class _Login:
    def __init__(self, name: str, now_s: int) -> None:
        self.name = name
        self.secret = _random()
        self.csrf = _random()
        self.seen_s = now_s


class Auth:
    """`accounts` are kept, logins end with a restart or after half a day without a request."""

    def __init__(self, accounts: ac.Accounts) -> None:
        self.accounts = accounts
        self._failures = [0, 0, 0]
        self._failures_by_address: "dict[str, list[int]]" = {}
        self._logins: "list[_Login]" = []

    @property
    def attempts(self) -> "Attempts":
        """How often somebody was wrong."""
        from evse.services.web.attempts import Attempts

        return Attempts(self._failures, self._failures_by_address)

    def who(self, request, now_s: int) -> Who:
        """Return who sent a request."""
        header = request.headers.get("authorization", "")
        if header.startswith("Bearer "):
            name = self.accounts.token_name(header[7:].strip())
            if name:
                return Who(BY_TOKEN, self.accounts.tokens[name][0], name, "")
        login = self._find(request.cookies.get(COOKIE, ""), now_s)
        if login:
            login.seen_s = now_s
            return Who(BY_COOKIE, self.accounts.rows[login.name][0], login.name, login.csrf)
        return Who(BY_NOTHING, ac.GUEST, "", "")

    def log_in(self, name: str, now_s: int) -> Who:
        """Begin a login; the oldest one ends when there are too many."""
        if len(self._logins) >= _MOST_LOGINS:
            self._logins.remove(min(self._logins, key=lambda login: login.seen_s))
        login = _Login(name, now_s)
        self._logins.append(login)
        return Who(BY_COOKIE, self.accounts.rows[name][0], name, login.csrf)

    def cookie_of(self, who: Who) -> str:
        """Return the header that gives a login its cookie."""
        for login in self._logins:
            if login.csrf == who.csrf:
                return "%s=%s; Path=/; HttpOnly; SameSite=Strict" % (COOKIE, login.secret)
        return "%s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict" % COOKIE

    def log_out(self, name: str, csrf: str = "") -> None:
        """End the login with this CSRF token, or all of an account."""
        self._logins = [
            login for login in self._logins if login.name != name or (csrf and login.csrf != csrf)
        ]

    def _find(self, secret: str, now_s: int) -> "_Login | None":
        if not secret:
            return None
        found = None
        for login in self._logins:
            if same(login.secret.encode(), secret.encode()) and login.name in self.accounts.rows:
                found = login
        if found and now_s - found.seen_s > _LOGIN_IDLE_S:
            self._logins.remove(found)
            return None
        return found


def forged(request, who: Who) -> bool:
    """Return True for a changing request that a page of somebody else may have made the browser send.

    A cookie counts together with the token that only our own page can read. Programs send no Origin; a browser
    always does with a changing request.
    """
    if who.way == BY_COOKIE:
        return not same(request.headers.get("x-csrf-token", "").encode(), who.csrf.encode())
    return who.way == BY_NOTHING and "origin" in request.headers


def foreign(request) -> bool:
    """Return True when a browser says that a page of another host sends this."""
    origin = request.headers.get("origin")
    if not origin:
        return False
    return origin.partition("://")[2] != request.headers.get("host", "")


def _random() -> str:
    return hexlify(os.urandom(_SECRET_BYTES)).decode()
