#!/usr/bin/env python3
"""Write docs/openapi.json, the description of /api/v1, from the tables of endpoints and of settings; --check compares.

Exit status: 0 when the document is as the tables have it; 1 when it was stale and --check was given.
"""

import json
import sys
from pathlib import Path
from typing import Any

import generated_document
import replay_lib.paths  # noqa: F401  (the firmware's modules)
from evse.services import requests
from evse.services.web import routes
from evse.settings import table, values
from evse.version import VERSION
from interpreters import ROOT

DOCUMENT = ROOT / "docs/openapi.json"
PREFIX = "/api/v1"

Schema = dict[str, Any]

INT: Schema = {"type": "integer"}
INT_OR_NULL: Schema = {"type": ["integer", "null"]}
TEXT: Schema = {"type": "string"}
BOOL: Schema = {"type": "boolean"}
ROLE: Schema = {"type": "string", "enum": ["driver", "user", "installer"]}
CARD: Schema = {
    "type": "string",
    "pattern": "^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{12}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})$",
}
NAME: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,24}$"}
PASSWORD: Schema = {"type": "string", "minLength": 8, "maxLength": 128, "writeOnly": True}
ACCESS_MODE: Schema = {"type": "string", "enum": ["Public", "Limited", "Private"]}
SECONDS: Schema = {"type": "integer", "minimum": 0, "maximum": 4294967295}


def record(required: str = "", closed: bool = True, **properties: Schema) -> Schema:
    """Return the schema of an object; `required` names what must be there."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required.split()
    if closed:
        schema["additionalProperties"] = False
    return schema


def numbers(names: str) -> dict[str, Schema]:
    """Return properties that are all integers."""
    return dict.fromkeys(names.split(), INT)


def rows_of(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


PRICE: Schema = {
    "type": ["integer", "null"],
    "minimum": 0,
    "maximum": 1000000,
    "description": "In 1/1000 of the currency; null for the price that counts anyway.",
}
TIMES = "days from to"
WINDOW: dict[str, Schema] = {
    "days": {
        "type": "array",
        "items": {"type": "string", "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
        "minItems": 1,
    },
    "from": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    "to": {
        "type": "string",
        "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        "description": "On the next day when it is not after `from`.",
    },
}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the components."""
    return {"$ref": "#/components/schemas/" + name}


# Answer and, where there is one, body of each endpoint, with what it does.
OPERATIONS: dict[str, tuple[str, Schema, Schema | None]] = {
    "GET ": ("What this is", ref("About"), None),
    "GET /openapi": ("Where this document is", record("openapi", openapi=TEXT), None),
    "GET /status": ("State; everything for a user, the state alone for anybody else", ref("Status"), None),
    "GET /events": ("The status as server-sent events: everything once, then what changes", TEXT, None),
    "POST /setup": (
        "Set the first password, with the code that the display or console shows",
        ref("Login"),
        record("password code", password=PASSWORD, code=TEXT, installer_password=PASSWORD),
    ),
    "POST /login": (
        "Log in; the cookie counts together with the header X-CSRF-Token",
        ref("Login"),
        record("password", password=TEXT, name=TEXT),
    ),
    "POST /logout": ("Log out", record("role", role=TEXT), None),
    "GET /session": ("Who is asking", ref("Session"), None),
    "GET /accounts": ("All accounts", rows_of(ref("Account")), None),
    "PUT /accounts/*": (
        "Make or change an account; everybody may change the own password",
        ref("Account"),
        record("", role=ROLE, password=PASSWORD, cards={**rows_of(CARD), "maxItems": 8}),
    ),
    "DELETE /accounts/*": ("Remove an account", record("removed", removed=TEXT), None),
    "GET /tokens": (
        "Names of the tokens of programs",
        rows_of(record("name role", name=TEXT, role=ROLE)),
        None,
    ),
    "PUT /tokens/*": (
        "Make a token, which is shown this once",
        record("name role token", name=TEXT, role=ROLE, token=TEXT),
        record("", role={"type": "string", "enum": ["driver", "user"]}),
    ),
    "DELETE /tokens/*": ("Remove a token", record("removed", removed=TEXT), None),
    "GET /settings": ("All settings with their ranges and values", rows_of(ref("SettingRow")), None),
    "PATCH /settings": (
        "Change settings together or not at all; with dry=1 only say what is wrong with them",
        record("changed", changed={"type": "object"}),
        ref("Settings"),
    ),
    "GET /backup": ("What differs from the defaults, without secrets", ref("Backup"), None),
    "POST /restore": ("Write a backup back", record("changed", changed={"type": "object"}), ref("Backup")),
    "POST /requests": (
        "Ask the station to do something",
        record("done", done=rows_of({})),
        record("request", request=ref("Request")),
    ),
    "GET /meters": ("Readings and health of the meters", ref("Meters"), None),
    "GET /health": ("Heap, loop lag, connections, storage", ref("Health"), None),
    "GET /log": ("Lines of the log as [sequence, at_ms, text]", rows_of({"type": "array"}), None),
    "GET /sessions": (
        "Charging sessions: between two times oldest first, else the last ones newest first",
        rows_of(ref("ChargingSession")),
        None,
    ),
    "GET /sessions.csv": ("The same as a table, in CSV", TEXT, None),
    "GET /cards": ("Numbers of all cards", rows_of(TEXT), None),
    "PUT /cards": (
        "Replace all cards by a text with a number per line",
        record("", cards=INT, duplicates=INT),
        None,
    ),
    "PUT /cards/*": ("Store a card", record("card stored", card=TEXT, stored=BOOL), None),
    "DELETE /cards/*": ("Remove a card", record("card stored", card=TEXT, stored=BOOL), None),
    "GET /hours": ("Opening hours; of the windows that are open the last one counts", ref("Hours"), None),
    "PUT /hours": (
        "Replace all opening hours; they act at once, and without any windows they are switched off",
        ref("Hours"),
        ref("Hours"),
    ),
    "GET /conditions": ("Prices and times of single accounts", rows_of(ref("Conditions")), None),
    "PUT /conditions/*": (
        "Replace the prices and times of an account, which must be there",
        ref("Conditions"),
        record(
            "",
            price_kwh=PRICE,
            price_hour=PRICE,
            windows={**rows_of(record(TIMES, True, **WINDOW)), "maxItems": 8},
        ),
    ),
    "DELETE /conditions/*": (
        "Remove the prices and times of an account",
        record("removed", removed=TEXT),
        None,
    ),
    "GET /now": ("All limits and what else acts on charging now", ref("Now"), None),
    "GET /power": (
        "Power of the last day: begin of a quarter hour in unix seconds, house connection and car in W, or null",
        rows_of({"type": "array", "items": {"type": ["integer", "null"]}, "minItems": 3, "maxItems": 3}),
        None,
    ),
    "GET /display": (
        "What a display shows: RGB888 row by row, or with 64 pages of eight rows, the top row in bit 0",
        TEXT,
        None,
    ),
    "GET /picture": ("What goes on with the idle picture", ref("Picture"), None),
    "PUT /picture": ("Upload a JPEG, PNG or GIF; it is converted afterwards", ref("Picture"), None),
    "DELETE /picture": ("Go back to the built-in design", ref("Picture"), None),
    "GET /ocpp_ca": ("The certificates that a back end at wss:// is checked with, in PEM", TEXT, None),
    "PUT /ocpp_ca": (
        "Replace them by a text with at least one; not while a contactor is closed",
        record("certificates", certificates=INT),
        None,
    ),
    "DELETE /ocpp_ca": ("Believe Let's Encrypt again", record("certificates", certificates=INT), None),
    "PUT /ocpp_client": (
        "What a back end at wss:// is shown: a certificate and its private key; not while a contactor is closed",
        record("certificates", certificates=INT),
        None,
    ),
    "DELETE /ocpp_client": ("Show none any more", record("certificates", certificates=INT), None),
}
PARAMETERS = {
    "GET /log": {"since": {"type": "integer", "minimum": 0, "maximum": 0x3FFFFFFF}},
    "GET /sessions": {
        "from": SECONDS,
        "to": SECONDS,
        "limit": {"type": "integer", "minimum": 0, "maximum": 100},
    },
    "GET /sessions.csv": {"from": SECONDS, "to": SECONDS},
    "GET /display": {"height": {"type": "string", "enum": ["32", "64"]}},
    "PATCH /settings": {"dry": {"type": "string", "enum": ["1"]}},
}
PLACES = {"accounts": NAME, "tokens": NAME, "cards": CARD, "conditions": NAME}
MEDIA = {
    "GET /events": "text/event-stream",
    "GET /sessions.csv": "text/csv",
    "PUT /cards": "text/plain",
    "PUT /picture": "application/octet-stream",
    "GET /ocpp_ca": "application/x-pem-file",
    "PUT /ocpp_ca": "text/plain",
    "PUT /ocpp_client": "text/plain",
    "GET /display": "application/octet-stream",
}
REQUESTS = (
    ["stop"],
    ["reset_fault"],
    ["unlock_cable"],
    ["show_meter"],
    ["restart"],
    ["access", "on"],
    ["access", "off"],
    ["access", "pause"],
    ["custom_button", "on"],
    ["custom_button", "off"],
    ["fix_lock", "on"],
    ["fix_lock", "off"],
    ["remote", "max"],
)


def setting(row: table.Row) -> Schema:
    """Return the schema of what may be written to a setting."""
    schema: Schema = {"description": f"{row.label}: {row.help_text}"}
    if row.kind == table.CHOICE:
        schema |= {
            "type": "string",
            "enum": values.choices(row),
            "default": row.choices[row.default - row.minimum],
        }
    elif row.kind == table.TEXT_KIND:
        schema |= {
            "type": "string",
            "minLength": row.minimum,
            "maxLength": row.maximum,
            "default": row.default,
        }
    else:
        schema |= {"type": "integer", "minimum": row.minimum, "maximum": row.maximum, "default": row.default}
        if row.zero:
            schema |= {"minimum": 0, "description": schema["description"] + f" 0 is {row.zero}."}
    if row.fixed:
        schema["description"] += " Not available yet."
        schema["enum"] = [schema["default"]]
    if row.unit:
        schema["x-unit"] = row.unit
    if row.secret:
        schema["writeOnly"] = True
    return schema


def schemas() -> Schema:
    """Return the schemas of the components."""
    rows = [row for row in table.rows() if row.kind != table.HIDDEN]
    number_or_text = {"type": ["integer", "string", "null"]}
    meter = record(
        "state address age_ms current_ma voltage_dv power_w import_wh export_wh readings errors",
        closed=False,
        state=TEXT,
        address=INT,
        current_ma=rows_of(INT),
        voltage_dv=rows_of(INT),
        **numbers("age_ms power_w import_wh export_wh readings errors"),
    )
    return {
        "Error": record(
            "error field",
            error=TEXT,
            field={"type": ["string", "null"]},
            errors={"type": "object", "additionalProperties": TEXT},
        ),
        "About": record(
            "name version serial api setup legacy",
            name=TEXT,
            version=TEXT,
            serial=INT,
            api=INT,
            setup=BOOL,
            legacy=INT,
        ),
        "Status": record(
            "access.mode",
            False,
            **{"access.mode": ACCESS_MODE},
            state=TEXT,
            state_id=INT,
            access=TEXT,
            mode=TEXT,
            offered_ma=INT,
            reason=TEXT,
        ),
        "Login": record("role name csrf", role=ROLE, name=TEXT, csrf=TEXT),
        "Session": record(
            "role name csrf setup legacy", role=TEXT, name=TEXT, csrf=TEXT, setup=BOOL, legacy=INT
        ),
        "Account": record("name role cards", name=TEXT, role=ROLE, cards=rows_of(TEXT)),
        "Settings": {
            "type": "object",
            "description": "Values by key; labels work as well.",
            "properties": {row.key: setting(row) for row in rows},
            "additionalProperties": False,
        },
        "SettingRow": record(
            "key label kind min max step zero unit choices value secret visible who effect help",
            key=TEXT,
            label=TEXT,
            kind={"type": "string", "enum": ["int", "choice", "text"]},
            min=INT,
            max=INT,
            step=INT,
            zero=TEXT,
            unit=TEXT,
            choices=rows_of(TEXT),
            value=number_or_text,
            secret=BOOL,
            visible=BOOL,
            who=TEXT,
            effect=TEXT,
            help=TEXT,
        ),
        "Backup": record(
            "format version settings",
            format={"type": "string", "enum": ["microEVSE settings"]},
            version={"type": "integer", "enum": [1]},
            settings={"type": "object", "additionalProperties": number_or_text},
        ),
        "Request": {
            "description": "Words. Charging times are [charge_times, begin, end, every day], in unix seconds.",
            "oneOf": [
                {"type": "array", "enum": [list(words) for words in REQUESTS]},
                {
                    "type": "array",
                    "prefixItems": [
                        {"const": "override"},
                        {"type": "integer", "minimum": 0, "maximum": 80000},
                        {
                            "oneOf": [
                                {"const": requests.UNPLUG},
                                {"type": "integer", "minimum": 0, "maximum": requests.MOST_REMOTE_S},
                            ]
                        },
                    ],
                    "items": False,
                    "minItems": 2,
                },
                {
                    "description": "A limit of somebody else, as a level or in mA, and for how many seconds it counts.",
                    "type": "array",
                    "prefixItems": [
                        {"const": "remote"},
                        {
                            "oneOf": [
                                {"type": "string", "enum": list(requests.LEVELS[1:])},
                                {"type": "integer", "minimum": 0, "maximum": 999900},
                            ]
                        },
                        {"type": "integer", "minimum": 1, "maximum": requests.MOST_REMOTE_S},
                    ],
                    "items": False,
                    "minItems": 3,
                },
            ],
        },
        "Meters": record("mains ev circuit", mains=meter, ev=meter, circuit=meter),
        "Health": record("uptime_s heap_free heap_used worst_lag_ms connections", closed=False, uptime_s=INT),
        "ChargingSession": record(
            "number card start_s end_s duration_s start_wh end_wh energy_wh highest_ma reason account currency",
            True,
            **numbers("number start_s end_s duration_s start_wh end_wh energy_wh highest_ma"),
            card=TEXT,
            reason=TEXT,
            account=TEXT,
            price_kwh=PRICE,
            price_hour=PRICE,
            cost={**INT_OR_NULL, "description": "In 1/1000 of the currency; null without prices."},
            currency=TEXT,
        ),
        "Hours": record(
            "windows",
            windows={
                **rows_of(
                    record(
                        TIMES + " access",
                        True,
                        **WINDOW,
                        access=ACCESS_MODE,
                        price_kwh=PRICE,
                        price_hour=PRICE,
                    )
                ),
                "maxItems": 32,
            },
        ),
        "Conditions": record(
            "name price_kwh price_hour windows",
            name=TEXT,
            price_kwh=PRICE,
            price_hour=PRICE,
            windows=rows_of(record(TIMES, True, **WINDOW)),
        ),
        "Now": record(
            "winner minimum_ma limits override_range_ma battery_ma",
            winner=TEXT,
            minimum_ma=INT,
            limits=rows_of(
                record("slot reason ma left_s", slot=TEXT, reason=TEXT, ma=rows_of(INT), left_s=INT_OR_NULL)
            ),
            override_range_ma=rows_of(INT),
            battery_ma=INT_OR_NULL,
        ),
        "Picture": record(
            "state frames taken size error", state=TEXT, frames=INT, taken=INT, size=INT, error=TEXT
        ),
    }


def operation(method: str, path: str, who: str) -> Schema:
    """Return the description of one endpoint."""
    key = f"{method} {path.removeprefix(PREFIX)}"
    summary, answer, body = OPERATIONS[key]
    good = "202" if key == "PUT /picture" else "200"
    media = MEDIA.get(key, "application/json") if method == "GET" else "application/json"
    error = {"description": "Refused", "content": {"application/json": {"schema": ref("Error")}}}
    found: Schema = {
        "operationId": method.lower()
        + "".join(word.title() for word in key.split()[-1].strip("/*").split("/")),
        "summary": summary,
        "description": f"For {who}." if who != "guest" else "For everybody.",
        "responses": {
            good: {"description": "Done", "content": {media: {"schema": answer}}},
            "default": error,
        },
    }
    if who == "guest":
        found["security"] = []
    parameters = [
        {"name": name, "in": "query", "schema": schema} for name, schema in PARAMETERS.get(key, {}).items()
    ]
    if path.endswith("*"):
        place = path.split("/")[-2]
        parameters.append({"name": "name", "in": "path", "required": True, "schema": PLACES[place]})
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        content = {"application/json": {"schema": body}}
        found["requestBody"] = {"required": method != "PUT" or "tokens" not in path, "content": content}
    elif method == "PUT" and key in MEDIA:
        found["requestBody"] = {"required": True, "content": {MEDIA[key]: {"schema": {"type": "string"}}}}
    return found


def document() -> str:
    """Return the whole document."""
    paths: Schema = {}
    for line in routes.TEXT.strip().split("\n"):
        path, method, _, _, who, _ = line.split("|")
        if path.startswith(PREFIX):
            place = path.replace("*", "{name}")
            paths.setdefault(place, {})[method.lower()] = operation(method, path, who)
    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "microevse"},
    }
    content = {
        "openapi": "3.1.0",
        "info": {
            "title": "microEVSE",
            "version": VERSION,
            "description": "Written by tools/openapi.py from the firmware's tables; do not edit it here.",
            "license": {"name": "See the repository"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {"schemas": schemas(), "securitySchemes": schemes},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str], path: Path = DOCUMENT) -> int:
    """Do what the command line asks for."""
    return generated_document.run(arguments, path, document, __doc__, "tools/openapi.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
