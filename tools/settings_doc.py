#!/usr/bin/env python3
"""Write docs/settings.md from the table of settings; with --check only say whether it is up to date.

Exit status: 0 when the document is as the table has it; 1 when it was stale and --check was given.
"""

import sys
from pathlib import Path

import generated_document
import replay_lib.paths  # noqa: F401  (the firmware's modules)
from evse.settings import conditions, rules, table, values
from interpreters import ROOT

DOCUMENT = ROOT / "docs/settings.md"

HEAD = """\
# Settings

Written by `tools/settings_doc.py` from the table in `firmware/evse/settings/rows.py`; do not edit it here.

Every setting has a label, which the menu shows, and a key, by which clients name it; both work wherever settings are
written. Several values change together or not at all. A change acts at once unless it says "after a restart".
**who** is whoever may write it: the user at the station, a remote client (MQTT, REST, OCPP), the installer. A menu
shows a setting under the condition of **shown**; clients may write it even when it is hidden. *Not yet* marks what this
firmware cannot carry out so far, and refuses.
"""

# The first label of each group, in the order of the table.
GROUPS = (
    ("MODE", "Mode and cable"),
    ("PWR SHARE", "Power sharing"),
    ("MAINS MET", "Mains meter"),
    ("CIRCT MET", "Circuit meter"),
    ("EV METER", "EV meter"),
    ("BYTE ORD", "Custom meter"),
    ("MAINS", "Currents"),
    ("START", "Solar"),
    ("CONTACT 2", "Contactor and inputs"),
    ("LED MODE", "Light, residual current, cards"),
    ("WIFI", "Network and vendor services"),
    ("MAX TEMP", "Temperature"),
    ("CAP MODE", "Capacity tariff"),
    ("LCD PIN", "Menu lock"),
    ("NAME", "Station"),
    ("OCPP", "Back end and network"),
    ("MQTT HOST", "MQTT"),
    ("TIMEZONE", "Time"),
)
SIGNS = {"=": "is", "!=": "is not", "<": "is below", ">": "is above", "<=": "is at most", ">=": "is at least"}
WRITERS = {"u": "user", "r": "remote", "i": "installer"}


def name(row: table.Row) -> str:
    """Return what a reader knows a setting by."""
    return row.label or row.key


def operand(row: table.Row, text: str) -> str:
    """Return one value of a condition in words."""
    if not text.isdigit():
        return name(table.get(text))
    return str(values.shown(row, int(text)))


def term(text: str) -> str:
    """Return one comparison in words."""
    key, sign, right = conditions.split(text)
    row = table.get(key)
    if row.key == "LoadBl" and (sign, right) in (("<", "2"), (">", "1")):
        return "PWR SHARE is no node" if sign == "<" else "PWR SHARE is a node"
    parts = [operand(row, part) for part in right.split(",")]
    listed = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]
    if sign == "!=" and len(parts) > 1:
        return f"{name(row)} is none of {', '.join(parts)}"
    return f"{name(row)} {SIGNS[sign]} {listed}"


def words(condition: str) -> str:
    """Return a condition in words."""
    if condition in ("", "never"):
        return condition or "always"
    return "; or ".join(" and ".join(map(term, part.split("&"))) for part in condition.split("/"))


def range_of(row: table.Row) -> str:
    """Return what a setting can be."""
    if row.kind == table.CHOICE:
        there = row.choices if row.fixed else values.choices(row)
        text = ", ".join(there)
        missing = [choice for choice in row.choices if choice not in there]
        if missing:
            text += ". *Not yet*: " + ", ".join(missing)
    else:
        text = f"{row.minimum} to {row.maximum} {unit(row)}".strip()
        if row.kind == table.TEXT_KIND:
            text = f"text of {row.maximum} characters at most"
        if row.step > 1:
            text += f" in steps of {row.step}"
        if row.zero:
            text = f"0 ({row.zero}), {text}"
    if row.fixed:
        text += ". *Not part of this firmware*" if row.never else ". *Not yet*"
    return text


def default_of(row: table.Row) -> str:
    """Return the default with its unit."""
    shown = values.shown(row, row.default)
    if row.kind == table.TEXT_KIND:
        return f"`{shown}`" if shown else "empty"
    return f"{shown} {unit(row)}".strip()


def unit(row: table.Row) -> str:
    """Return the unit as it is printed."""
    return row.unit.replace("degC", "°C")


def shown_when(row: table.Row) -> str:
    """Return when a menu shows a setting."""
    if row.visible.startswith("@"):
        return "as " + name(table.get(row.visible[1:]))
    return words(row.visible)


def entry(row: table.Row) -> str:
    """Return one setting as a row of a table."""
    who = ", ".join(WRITERS[letter] for letter in row.writers)
    effect = "after a restart" if row.needs_restart else "at once"
    cells = (
        f"**{row.label}**",
        f"`{row.key}`",
        range_of(row),
        default_of(row),
        "anybody" if len(row.writers) == len(WRITERS) else who,
        effect,
        shown_when(row),
        row.help_text,
    )
    return "| " + " | ".join(cells) + " |"


def document() -> str:
    """Return the whole document."""
    groups = dict(GROUPS)
    lines = [HEAD]
    for row in table.rows():
        if row.kind == table.HIDDEN:
            continue
        if row.label in groups:
            lines += [
                "",
                f"## {groups[row.label]}",
                "",
                "| label | key | values | default | who | effect | shown | what it does |",
                "|---|---|---|---|---|---|---|---|",
            ]
        lines.append(entry(row))
    lines += [
        "",
        "## Rules between settings",
        "",
        "A change that breaks one of these is refused with the reason.",
        "",
    ]
    for line in rules.TEXT.splitlines():
        label, condition, reason = line.split("|")[:3]
        lines.append(f"- **{label}** {reason}. Taken when: {words(condition)}.")
    lines += [
        "- **CAPACITY** without a CAP MODE sets CAP MODE to Fixed; CAP MODE Disabled sets CAPACITY to 0."
    ]
    lines += [
        "",
        "## Kept without a menu entry",
        "",
        "| key | range | default | what it is |",
        "|---|---|---|---|",
    ]
    for row in table.rows():
        if row.kind == table.HIDDEN:
            limits = f"{row.minimum} to {row.maximum} {unit(row)}".strip()
            lines.append(f"| `{row.key}` | {limits} | {default_of(row)} | {row.help_text} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def main(arguments: list[str], path: Path = DOCUMENT) -> int:
    """Do what the command line asks for."""
    return generated_document.run(arguments, path, document, __doc__, "tools/settings_doc.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
