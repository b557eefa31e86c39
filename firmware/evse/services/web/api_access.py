"""First password, logins, accounts and tokens over our API."""

from micropython import const

from evse.core.errors import FieldError, Refused
from evse.log import log
from evse.services.web import accounts as ac
from evse.services.web import auth, body, passwords
from evse.services.web.server import OWNER

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

INSTALLER_NAME = "installer"


async def setup(web, request, who, rest) -> "Any":
    """POST /api/v1/setup: {"password", "code", "installer_password"?}; once, by who sees the display."""
    value = body.only(body.json_object(request), ("password", "code", "installer_password"))
    if not web.accounts.is_new():
        raise Refused("password", "is set already: log in")
    address = str(request.client_addr[0])
    wait_s = web.auth.attempts.wait_s(address, web.now_s)
    if wait_s:
        return _too_many(wait_s)
    code = body.text(value, "code", "")
    password = body.text(value, "password")
    passwords.check_password(password)
    installer = value.get("installer_password")
    if installer is not None:
        passwords.check_password(installer)
    if not (web.code and ac.same(code.encode(), web.code.encode())):
        web.auth.attempts.failed(address, web.now_s)
        raise FieldError("code", "must be the one that the display shows")
    web.auth.attempts.succeeded(address)
    if installer is not None:
        await passwords.put(web.accounts, INSTALLER_NAME, ac.INSTALLER, installer)
    await web.set_first_password(password)
    return _logged_in(web, OWNER)


async def login(web, request, who, rest) -> "Any":
    """POST /api/v1/login: {"password", "name"?}; the cookie counts together with the header X-CSRF-Token."""
    value = body.only(body.json_object(request), ("password", "name"))
    name = body.text(value, "name", OWNER)
    password = body.text(value, "password")
    address = str(request.client_addr[0])
    attempts = web.auth.attempts
    wait_s = attempts.wait_s(address, web.now_s)
    if wait_s:
        return _too_many(wait_s)
    if not await passwords.check(web.accounts, name, password):
        attempts.failed(address, web.now_s)
        log.write("web: wrong password from " + address)
        return {"error": "name or password is wrong", "field": "password"}, 401
    attempts.succeeded(address)
    return _logged_in(web, name)


def logout(web, request, who, rest) -> "Any":
    """POST /api/v1/logout."""
    if who.way == auth.BY_COOKIE:
        web.auth.log_out(who.name, who.csrf)
    gone = auth.Who(auth.BY_NOTHING, ac.GUEST, "", "none")
    return {"role": "guest"}, 200, {"Set-Cookie": web.auth.cookie_of(gone)}


def session(web, request, who, rest) -> dict:
    """GET /api/v1/session: who is asking."""
    return {
        "role": ac.ROLES[who.role],
        "name": who.name,
        "csrf": who.csrf,
        "setup": web.accounts.is_new(),
        "legacy": web.legacy(),
    }


def list_accounts(web, request, who, rest) -> list:
    """GET /api/v1/accounts."""
    rows = web.accounts.rows
    return [{"name": name, "role": ac.ROLES[rows[name][0]], "cards": rows[name][4]} for name in sorted(rows)]


async def put_account(web, request, who, rest) -> "Any":
    """PUT /api/v1/accounts/NAME: {"role"?, "password"?, "cards"?}; makes or changes an account.

    Everybody may change the own password. A user manages drivers and users; the installer's account is made by the
    first who does, and changed by the installer only.
    """
    value = body.only(body.json_object(request), ("role", "password", "cards"))
    accounts = web.accounts
    known = accounts.rows.get(rest)
    text = body.text(value, "role", ac.ROLES[known[0]] if known else "driver")
    if text not in ac.ROLES[1:]:
        raise FieldError("role", "must be driver, user or installer")
    role = ac.ROLES.index(text)
    is_own = who.way == auth.BY_COOKIE and who.name == rest
    changes_self = is_own and role == who.role and "cards" not in value
    if not changes_self and not _may_manage(accounts, who, role, known):
        return {"error": "this is not for " + ac.ROLES[who.role], "field": "role"}, 403
    if is_own and role != who.role:
        raise Refused("role", "nobody changes the own role")
    if known is None:
        # Nobody inherits the conditions of an earlier account of this name.
        _forget_conditions(web, rest)
    await passwords.put(accounts, rest, role, value.get("password"), value.get("cards"))
    if "password" in value and not is_own:
        web.auth.log_out(rest)
    log.write("web: %s: account %s" % (who.name, rest))
    return {"name": rest, "role": text, "cards": accounts.cards_of(rest)}


def delete_account(web, request, who, rest) -> "Any":
    """DELETE /api/v1/accounts/NAME."""
    known = web.accounts.rows.get(rest)
    if known is None:
        return _unknown("account")
    if not _may_manage(web.accounts, who, known[0], known):
        return {"error": "this is not for " + ac.ROLES[who.role], "field": None}, 403
    passwords.remove(web.accounts, rest)
    _forget_conditions(web, rest)
    web.auth.log_out(rest)
    log.write("web: %s: account %s is removed" % (who.name, rest))
    return {"removed": rest}


def list_tokens(web, request, who, rest) -> list:
    """GET /api/v1/tokens: their names; the tokens themselves are not kept."""
    tokens = web.accounts.tokens
    return [{"name": name, "role": ac.ROLES[tokens[name][0]]} for name in sorted(tokens)]


def put_token(web, request, who, rest) -> "Any":
    """PUT /api/v1/tokens/NAME: {"role"?}; the answer has the token, this once. It replaces one of the same name."""
    value = body.only(body.json_object(request), ("role",)) if request.body else {}
    role = body.text(value, "role", "user")
    if who.way != auth.BY_COOKIE:
        return {"error": "log in with a password for this", "field": None}, 403
    if role not in ("driver", "user"):
        raise FieldError("role", "must be driver or user")
    token = passwords.add_token(web.accounts, rest, ac.ROLES.index(role))
    log.write("web: %s: token %s" % (who.name, rest))
    return {"name": rest, "role": role, "token": token}


def delete_token(web, request, who, rest) -> "Any":
    """DELETE /api/v1/tokens/NAME."""
    if rest not in web.accounts.tokens:
        return _unknown("token")
    passwords.remove_token(web.accounts, rest)
    log.write("web: %s: token %s is removed" % (who.name, rest))
    return {"removed": rest}


def _may_manage(accounts, who, role: int, known: "list | None") -> bool:
    if who.way != auth.BY_COOKIE or who.role < ac.USER:
        # A program must not make itself a person.
        return False
    if who.role == ac.INSTALLER:
        return True
    if known is not None and known[0] == ac.INSTALLER:
        return False
    return role < ac.INSTALLER or not passwords.has_installer(accounts)


def _forget_conditions(web, name: str) -> None:
    gate = web.app.gate
    if gate.has_conditions:
        gate.open_rules().forget(name)
        gate.follow_rules()


def _logged_in(web, name: str) -> tuple:
    who = web.auth.log_in(name, web.now_s)
    answer = {"role": ac.ROLES[who.role], "name": name, "csrf": who.csrf}
    return answer, 200, {"Set-Cookie": web.auth.cookie_of(who)}


def _too_many(wait_s: int) -> tuple:
    text = "too many attempts: wait %d s" % wait_s
    return {"error": text, "field": "password"}, 429, {"Retry-After": str(wait_s)}


def _unknown(what: str) -> tuple:
    return {"error": "there is no such " + what, "field": None}, 404
