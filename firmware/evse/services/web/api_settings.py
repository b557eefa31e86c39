"""Settings over our API: described, changed all together or not at all, backed up without secrets, restored."""

import json

from microdot import Response
from micropython import const

from evse import aio
from evse.core.errors import FieldError, Refused
from evse.log import log
from evse.services.web import accounts as ac
from evse.services.web import auth, body
from evse.settings import table, values

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FORMAT = "microEVSE settings"
_VERSION = const(1)
# They are changed in one step, which a closed contactor lets take 20 ms.
_MOST_WHILE_CHARGING = const(4)


def show(web, request, who, rest) -> "Any":
    """GET /api/v1/settings: every row with its range and present value, one after the other."""
    pieces: Any = _rows(web.app.settings)
    return Response(pieces, headers={"Content-Type": "application/json; charset=UTF-8"})


async def change(web, request, who, rest) -> "Any":
    """PATCH /api/v1/settings: {key or label: value, ...}; nothing unless everything can, or at all with ?dry=1."""
    return await _write(web, body.json_object(request), who, request.args.get("dry") == "1")


def backup(web, request, who, rest) -> "Any":
    """GET /api/v1/backup: what differs from the defaults, without secrets."""
    pieces: Any = _backup(web.app.settings)
    headers = {
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="settings.json"',
    }
    return Response(pieces, headers=headers)


async def restore(web, request, who, rest) -> "Any":
    """POST /api/v1/restore: what `backup` gave; settings that it does not name keep their values."""
    value = body.only(body.json_object(request), ("format", "version", "settings"))
    if value.get("format") != FORMAT or value.get("version") != _VERSION:
        raise FieldError("format", "must be a backup of settings")
    shown = value.get("settings")
    if not isinstance(shown, dict):
        raise FieldError("settings", "must be a JSON object")
    by = _by(who)
    # A backup of the installer has what a user may not write; where it is the same, there is nothing to write.
    changes = {}
    for name in shown:
        row = table.find(name) if isinstance(name, str) else None
        if (
            row is None
            or by in row.writers
            or shown[name] != values.shown(row, web.app.settings.get(row.key))
        ):
            changes[name] = shown[name]
    return await _write(web, changes, who)


async def _write(web, shown: dict, who, dry: bool = False) -> "Any":
    by = _by(who)
    errors = {}
    for name in shown:
        try:
            _check(name, shown[name], by)
        except FieldError as error:
            errors[error.field] = error.text
        # One takes a slow controller some milliseconds.
        await aio.sleep_ms(0)
    if not errors:
        if not dry and len(shown) > _MOST_WHILE_CHARGING and not web.app.station.contactors.proven_open():
            raise Refused("settings", "so many change at once only while the station is not charging")
        try:
            web.app.change_settings(shown, by, dry)
        except FieldError as error:
            # What only shows when they are taken together.
            errors[error.field] = error.text
    if errors:
        field = sorted(errors)[0]
        return {"error": errors[field], "field": field, "errors": errors}, 400
    if dry:
        return {"changed": {}}
    log.write("web: %s: settings %s" % (who.name, ", ".join(sorted(shown))))
    settings = web.app.settings
    rows = [table.get(_key(name)) for name in shown]
    return {"changed": {row.key: _visible_value(settings, row) for row in rows}}


def _check(name, value, by: str) -> None:
    row = table.find(name) if isinstance(name, str) else None
    if row is None or row.kind == table.HIDDEN:
        raise FieldError(str(name)[:40], "unknown setting")
    if by not in row.writers:
        raise FieldError(name, "must be changed by the installer or at the station")
    values.parse(row, name, value)


def _key(name: str) -> str:
    row = table.find(name)
    return row.key if row else name


def _visible_value(settings, row: table.Row) -> "Any":
    return None if row.secret else values.shown(row, settings.get(row.key))


def _by(who) -> str:
    """Return as whom somebody writes settings; a program is a remote client whoever made its token."""
    if who.role == ac.INSTALLER:
        return table.INSTALLER
    return table.REMOTE if who.way == auth.BY_TOKEN else table.USER


def _backup(settings) -> "Iterator[str]":
    yield '{"format": "%s", "version": %d, "settings": {' % (FORMAT, _VERSION)
    before = ""
    for row in table.rows():
        if row.kind == table.HIDDEN or row.fixed or row.secret:
            continue
        value = settings.get(row.key)
        if value != row.default:
            yield "%s%s: %s" % (before, json.dumps(row.key), json.dumps(values.shown(row, value)))
            before = ",\n"
    yield "}}\n"


def _rows(settings) -> "Iterator[str]":
    before = "["
    for row in table.rows():
        if row.kind != table.HIDDEN:
            yield before + json.dumps(settings.describe_row(row))
            before = ",\n"
    yield "]"
