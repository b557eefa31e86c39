#!/usr/bin/env python3
"""Write the table of places and their time zones, firmware/evse/settings/zones.py, from the zone files of this PC.

With --check only say whether it is as these have it: exit status 1 when not, which a later release of the time zone
data may cause too.
"""

import argparse
import sys
import zoneinfo
from pathlib import Path

from interpreters import ROOT

MODULE = ROOT / "firmware/evse/settings/zones.py"

HEAD = '''\
"""The POSIX time zones of places: a text that stays in flash, written by `tools/timezones.py`; do not edit it here.

A line is a POSIX zone and its places by area: `zone=Area/Place Place|Area/Place`.
"""

TEXT = (
'''
TAIL = '''\
)


def posix(name: str) -> str:
    """Return the POSIX time zone of a place such as Europe/Berlin; "" when the place is unknown."""
    area, _, place = name.partition("/")
    begin = 0
    while begin < len(TEXT):
        end = TEXT.find("\\n", begin)
        zone, _, groups = TEXT[begin:end].partition("=")
        for group in groups.split("|"):
            if group.startswith(area + "/") and place in group[len(area) + 1 :].split(" "):
                return zone
        begin = end + 1
    return ""
'''
LINE_CHARACTERS = 100
AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


def footer(name: str) -> str:
    """Return the POSIX zone that a zone file ends with (RFC 8536 section 3.3)."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes().rstrip(b"\n").rsplit(b"\n", 1)[1].decode()
    raise FileNotFoundError(name)


def zones() -> dict[str, dict[str, list[str]]]:
    """Return POSIX zone -> area -> places."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        area, slash, place = name.partition("/")
        # The rest are names of countries and fixed offsets, which no browser tells.
        if slash and area in AREAS:
            found.setdefault(footer(name), {}).setdefault(area, []).append(place)
    return found


def module_text() -> str:
    """Return the text of the module."""
    parts = [HEAD]
    for zone, areas in sorted(zones().items()):
        line = zone + "=" + "|".join(f"{area}/{' '.join(places)}" for area, places in areas.items())
        while len(line) > LINE_CHARACTERS:
            cut = line.rindex(" ", 0, LINE_CHARACTERS) + 1
            parts.append(f'    "{line[:cut]}"\n')
            line = line[cut:]
        parts.append(f'    "{line}\\n"\n')
    parts.append(TAIL)
    return "".join(parts)


def main() -> int:
    """Write the module, or only tell."""
    parser = argparse.ArgumentParser(description="Write firmware/evse/settings/zones.py.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when it is stale")
    options = parser.parse_args()
    text = module_text()
    if MODULE.exists() and MODULE.read_text(encoding="utf-8") == text:
        return 0
    print(MODULE.relative_to(ROOT), "is stale" if options.check else "written")
    if not options.check:
        MODULE.write_text(text, encoding="utf-8")
    return 1 if options.check else 0


if __name__ == "__main__":
    sys.exit(main())
