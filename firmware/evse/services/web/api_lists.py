"""Sessions and cards over our API; both are read from flash and sent row by row."""

import asyncio

from microdot import Response
from micropython import const

from evse.core.errors import FieldError, Refused
from evse.log import log
from evse.services import cards as cd
from evse.services import sessions_export as export
from evse.services import sessions_record as sr
from evse.services.web import accounts as ac
from evse.services.web.api import json_list
from evse.services.web.body import number

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_FOREVER_S = 0xFFFFFFFF
_LAST_SESSIONS = const(20)
_MOST_SESSIONS = const(1100)
_IMPORT_BYTES = const(32768)
_PIECE_BYTES = const(512)
_TIMEOUT_S = const(10)


def sessions(web, request, who, rest) -> "Any":
    """GET /api/v1/sessions?from=&to=&limit=: by the time of their end, in unix seconds; oldest first.

    Without a time the last ones, newest first. A driver gets those with one of his cards.
    """
    return json_list(_described(_records(web, request, who), _namer(web)))


def sessions_csv(web, request, who, rest) -> "Any":
    """GET /api/v1/sessions.csv?from=&to=."""
    body: Any = export.csv(_mine(web, _between(web, request), who), _namer(web))
    headers = {
        "Content-Type": "text/csv; charset=UTF-8",
        "Content-Disposition": 'attachment; filename="sessions.csv"',
    }
    return Response(body, headers=headers)


def cards(web, request, who, rest) -> "Any":
    """GET /api/v1/cards: the numbers of all cards."""
    return json_list(_store(web).uids())


def add_card(web, request, who, rest) -> "Any":
    """PUT /api/v1/cards/NUMBER."""
    return _card_result(web, _store(web).add(rest), rest)


def remove_card(web, request, who, rest) -> "Any":
    """DELETE /api/v1/cards/NUMBER."""
    return _card_result(web, _store(web).remove(rest), rest)


async def replace_cards(web, request, who, rest) -> "Any":
    """PUT /api/v1/cards: a text with one number per line replaces all cards."""
    from evse.services.cards_import import CardImport

    if not request.content_length:
        raise FieldError("cards", "must be a text with a number per line")
    if request.content_length > _IMPORT_BYTES:
        return {"error": "the body is too long", "field": None}, 413
    try:
        job = CardImport(_store(web))
    except OSError:
        raise Refused("cards", "not while the station is charging")
    try:
        left = request.content_length
        while left:
            piece = await asyncio.wait_for(request.stream.read(min(left, _PIECE_BYTES)), _TIMEOUT_S)
            if not piece:
                raise FieldError("cards", "the transfer was cut short")
            job.feed(piece)
            left -= len(piece)
        count = job.finish()
    except OSError:
        job.abort()
        raise Refused("cards", "not while the station is charging")
    except Exception:
        job.abort()
        raise
    log.write("web: %s: %d cards" % (who.name, count))
    return {"cards": count, "duplicates": job.duplicates}


def _records(web, request, who) -> "Any":
    arguments = request.args
    if "from" in arguments or "to" in arguments:
        limit = number(arguments, "limit", _MOST_SESSIONS, _MOST_SESSIONS)
        return _first(_mine(web, _between(web, request), who), limit)
    limit = number(arguments, "limit", _LAST_SESSIONS, 100)
    if who.role >= ac.USER:
        return web.app.sessions.files.last(limit) if limit else []
    # Of a driver there may be few among many.
    found: list[Any] = []
    for record in _mine(web, web.app.sessions.files.records(), who):
        found.append(record)
        if len(found) > limit:
            found.pop(0)
    return reversed(found)


def _between(web, request) -> "Any":
    from_s = number(request.args, "from", 0, _FOREVER_S)
    to_s = number(request.args, "to", _FOREVER_S, _FOREVER_S)
    return export.between(web.app.sessions.files, from_s, to_s)


def _mine(web, records, who) -> "Iterator[Any]":
    everything = who.role >= ac.USER
    account_of = _namer(web)
    for record in records:
        if everything or (record.card and account_of(record) == who.name):
            yield record


def _namer(web) -> "Any":
    """Return what finds the name of a session's account: who had the card then, or else who has it now."""
    accounts = web.accounts
    names = {sr.digest_of(name): name for name in accounts.rows}

    def account_of(record) -> str:
        if record.account:
            return names.get(record.account, "")
        return accounts.owner_of(record.card) if record.card else ""

    return account_of


def _first(records, limit: int) -> "Iterator[Any]":
    for record in records:
        if limit <= 0:
            return
        limit -= 1
        yield record


def _described(records, account_of) -> "Iterator[dict]":
    for record in records:
        yield {
            "number": record.number,
            "card": record.card,
            "start_s": record.start_s,
            "end_s": record.end_s,
            "duration_s": record.duration_s,
            "start_wh": record.start_wh,
            "end_wh": record.end_wh,
            "energy_wh": record.energy_wh,
            "highest_ma": record.highest_ma,
            "reason": sr.REASONS[record.reason][0],
            "account": account_of(record),
            "price_kwh": record.price_kwh if record.currency else None,
            "price_hour": record.price_hour if record.currency else None,
            "cost": record.cost() if record.currency else None,
            "currency": record.currency,
        }


def _store(web) -> cd.CardStore:
    """Return the cards that the station uses; where it uses none, those that it would."""
    access = web.app.gate.access
    if access:
        return access.cards
    app = web.app
    return cd.CardStore(app.board.storage.root + "/cards", app.station.contactors.proven_open)


def _card_result(web, result: int, uid: str) -> "Any":
    if result == cd.INVALID:
        raise FieldError("card", "must be a card number of 4, 6, 7 or 10 bytes in hex")
    if result == cd.UNKNOWN:
        return {"error": "there is no such card", "field": "card"}, 404
    if result in (cd.STORED, cd.DELETED, cd.DUPLICATE):
        return {"card": uid.upper(), "stored": result != cd.DELETED}
    raise Refused(
        "card", "there is no room" if result == cd.FULL else "not now: the station is charging, or busy"
    )
