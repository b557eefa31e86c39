#!/usr/bin/env python3
"""Write the scenarios of the menu: every item is changed by button presses alone, and what comes of it is expected.

The presses are found by walking through the menu itself, so that the scenarios can be made anew when it grows.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from interpreters import ROOT

sys.path[:0] = [str(ROOT / folder) for folder in ("firmware", "lib", "tools/shims", "host_tests/core")]

FOLDER = ROOT / "host_tests/scenarios"
PRESS_MS = 100
NEXT_MS = 200
OPEN_MS = 2200
# When the menu is opened, and how long after leaving it something is expected.
BEGIN_MS = 1000
PLUG = {"set": {"car.pilot": "B", "car.auto": True}}
CHARGES = {"state": "C", "c1.closed": True}
METER = ("MAINS MET", "Eastron3P")

# Name, what it shows, world, what is chosen in which order, and what follows: ms after leaving and parts of a step.
PLANS: tuple = (
    (
        "max",
        "MAX limits the offer",
        {},
        [("MAX", "10 A")],
        [
            (0, PLUG),
            (0, {"expect": {**CHARGES, "offered_ma": {"min": 9500, "max": 10000}}, "within_ms": 6000}),
        ],
    ),
    (
        "config",
        "CONFIG Fixed needs no cable that says what it bears",
        {"cable.rating_a": None},
        [("CONFIG", "Fixed")],
        [(0, PLUG), (0, {"expect": CHARGES, "within_ms": 6000})],
    ),
    (
        "lock",
        "LOCK Motor locks the cable while a car is there",
        {},
        [("LOCK", "Motor")],
        [
            (0, {"expect": {"lock": "unlocked"}, "within_ms": 3000}),
            (4000, PLUG),
            (4000, {"expect": {"lock": "locked"}, "within_ms": 3000}),
        ],
    ),
    (
        "fix_lock",
        "FIX LOCK keeps the cable without a car",
        {},
        [("LOCK", "Solenoid"), ("FIX LOCK", "Enabled")],
        [(0, {"expect": {"lock": "locked"}, "within_ms": 3000, "for_ms": 5000})],
    ),
    (
        "smart",
        "Smart with a mains meter, its address and its limits",
        {"house.l1_ma": 12000, "house.l2_ma": 2000, "house.l3_ma": 2000},
        [
            METER,
            ("MAINS ADR", "20 (14)"),
            ("MAINS TMO", "20 s"),
            ("MAINS", "20 A"),
            ("MIN", "7 A"),
            ("MODE", "Smart"),
        ],
        [
            (5000, PLUG),
            (5000, {"expect": {**CHARGES, "mode": "Smart", "limit.slot": "mains"}, "within_ms": 90000}),
            (5000, {"expect": {"mains.l1_ma": {"max": 20000}, "fault": []}, "for_ms": 30000}),
        ],
    ),
    (
        "solar",
        "Solar with its own settings and a contactor for one phase",
        {"house.l1_ma": -8000, "house.l2_ma": 0, "house.l3_ma": 0},
        [
            METER,
            ("MODE", "Solar"),
            ("START", "-5 A"),
            ("STOP", "Disabled"),
            ("IMPORT", "2 A"),
            ("CONTACT 2", "Always Off"),
        ],
        [(5000, PLUG), (5000, {"expect": {**CHARGES, "mode": "Solar", "phases": 1}, "within_ms": 120000})],
    ),
    (
        "circuit",
        "the circuit with its meter",
        {"circuit.l1_ma": 8000, "circuit.l2_ma": 8000, "circuit.l3_ma": 8000},
        [METER, ("MODE", "Smart"), ("CIRCT MET", "ABB"), ("CIRCT ADR", "15 (0F)"), ("CIRCUIT", "17 A")],
        [
            (5000, PLUG),
            (
                5000,
                {
                    "expect": {**CHARGES, "offered_ma": {"max": 9000}, "limit.slot": "circuit"},
                    "within_ms": 90000,
                },
            ),
        ],
    ),
    (
        "ev_meter",
        "the meter of the car and its address",
        {},
        [("EV METER", "Eastron3P"), ("EV ADDR", "20 (14)")],
        [(0, PLUG), (5000, {"expect": {"session.energy_wh": {"min": 10}, "fault": []}, "within_ms": 60000})],
    ),
    (
        "custom_meter",
        "a meter of one's own, register by register",
        {},
        [
            ("EV METER", "Custom"),
            ("BYTE ORD", "HBF & HWF"),
            ("DATA TYPE", "INT16"),
            ("FUNCTION", "3:Hold. Reg"),
            ("VOL REGI", "3 (03)"),
            ("VOL DIVI", "10"),
            ("CUR REGI", "6 (06)"),
            ("CUR DIVI", "100"),
            ("POW REGI", "9 (09)"),
            ("POW DIVI", "100"),
            ("ENE REGI", "12 (0C)"),
            ("ENE DIVI", "1000"),
        ],
        [],
    ),
    (
        "sensorbox",
        "what a Sensorbox has",
        {},
        [("MAINS MET", "Sensorbox"), ("GRID", "3Wire"), ("SB2 WIFI", "Enabled")],
        [],
    ),
    (
        "capacity",
        "the capacity tariff",
        {"house.l1_ma": 12000, "house.l2_ma": 12000, "house.l3_ma": 0},
        [METER, ("MODE", "Smart"), ("CAP MODE", "Fixed"), ("CAPACITY", "20 A"), ("CAP STOP", "1 min")],
        [(5000, PLUG), (5000, {"expect": {"limit.slot": "capacity", "limit.ma": 0}, "within_ms": 30000})],
    ),
    (
        "switch",
        "SWITCH Access B closes and opens access",
        {},
        [("SWITCH", "Access B")],
        [
            (0, {"set": {"switch": True}}),
            (0, {"expect": {"access": "off"}, "within_ms": 1000}),
            (1000, {"set": {"switch": False}}),
            (2000, {"set": {"switch": True}}),
            (2000, {"expect": {"access": "on"}, "within_ms": 1000}),
        ],
    ),
    (
        "led",
        "the light of a public station",
        {},
        [("LED MODE", "Public")],
        [(0, PLUG), (0, {"expect": {"led.color": "0,0,255"}, "within_ms": 9000})],
    ),
    (
        "rcmon",
        "RCMON heeds the residual-current device",
        {},
        [("RCMON", "Enabled")],
        [
            (0, {"set": {"rcm": True}}),
            (0, {"expect": {"fault": {"contains": "residual_current"}}, "within_ms": 100}),
        ],
    ),
    (
        "rfid",
        "RFID and RELOCK: charging needs a card",
        {},
        [("RFID", "EnableAll"), ("RELOCK", "After 60 s")],
        [(0, PLUG), (0, {"expect": {"access": "off", "c1": False}, "within_ms": 1000, "for_ms": 10000})],
    ),
    (
        "auth",
        "AUTH asks for a card",
        {},
        [("AUTH", "RFID")],
        [(0, PLUG), (0, {"expect": {"access": "off", "c1": False}, "within_ms": 1000, "for_ms": 10000})],
    ),
    (
        "access_mode",
        "ACC MODE lets any card charge",
        {},
        [("RFID", "EnableAll"), ("ACC MODE", "Public")],
        [
            (0, {"request": ["rfid", "04998877665544"]}),
            (0, {"expect": {"access": "on", "access.mode": "Public"}, "within_ms": 200}),
        ],
    ),
    (
        "prices",
        "HOURS, PRICE KWH, PRICE HR and CONNECTOR: a session has a price",
        {},
        [
            ("HOURS", "Enabled"),
            ("PRICE KWH", "20"),
            ("PRICE HR", "100"),
            ("CONNECTOR", "Type 1"),
        ],
        [
            (0, PLUG),
            (0, {"expect": {**CHARGES, "session.currency": "EUR"}, "within_ms": 6000}),
            (600000, {"expect": {"session.cost": {"min": 15, "max": 17}}}),
        ],
    ),
    (
        "max_temp",
        "MAX TEMP stops a warm station",
        {"temp_c": 50},
        [("MAX TEMP", "48 °C")],
        [(0, {"expect": {"fault": {"contains": "temp_high"}}, "within_ms": 100})],
    ),
    (
        "minimum",
        "STAT MIN lets the car wait when there is less",
        {"cable.rating_a": 13},
        [("STAT MIN", "14 A")],
        [
            (0, PLUG),
            (0, {"expect": {"limit.ma": 0, "offered_ma": 0, "c1": False}, "within_ms": 100, "for_ms": 9000}),
        ],
    ),
    (
        "shedding",
        "SHED POL: missing voltage demands shedding",
        {},
        [("SHED POL", "Active low")],
        [(0, {"expect": {"limit.slot": "shed", "limit.ma": 0}, "within_ms": 3000})],
    ),
    (
        "remote",
        "REMOTE: what counts when a remote limit is not renewed",
        {},
        [("REMOTE", "0 A")],
        [
            (0, {"request": ["remote", "half", 5]}),
            (0, {"expect": {"limit.slot": "remote", "remote.state": "limited"}, "for_ms": 4500}),
            (5100, {"expect": {"limit.slot": "remote", "limit.ma": 0, "remote.state": "expired"}}),
        ],
    ),
    (
        "wifi",
        "WIFI and nothing of it reaches charging",
        {},
        [("WIFI", "Enabled")],
        [(0, PLUG), (0, {"expect": CHARGES, "within_ms": 6000})],
    ),
    (
        "mqtt",
        "MQTT without a broker, and nothing of it reaches charging",
        {},
        [("WIFI", "Enabled"), ("MQTT PORT", "1884"), ("MQTT TLS", "Enabled"), ("MQTT DISC", "Entities")],
        [(0, PLUG), (0, {"expect": {**CHARGES, "mqtt.connected": False}, "within_ms": 6000})],
    ),
    (
        "modbus",
        "MODBUSTCP and nothing of it reaches charging",
        {},
        [("MODBUSTCP", "Read and set")],
        [(0, PLUG), (0, {"expect": CHARGES, "within_ms": 6000})],
    ),
    (
        "ocpp",
        "OCPP and what belongs to it, while no back end is there",
        {},
        [
            ("OCPP", "Third party"),
            ("OCPP TLS", "No check"),
            ("ONE ROOT", "Enabled"),
            ("OFFLINE", "Enabled"),
            ("OFFL MAX", "10 A"),
            ("SAMPLE", "10 s"),
            ("ROTATION", "RST"),
            ("PHASES", "1 phase"),
        ],
        [(0, PLUG), (0, {"expect": {**CHARGES, "ocpp.connected": False}, "within_ms": 6000})],
    ),
    (
        "web",
        "the web off, and what other clients might do",
        {},
        [("LEGACY", "Read and set"), ("MODBUSTCP", "Read"), ("WEB", "Disabled")],
        [(0, PLUG), (0, {"expect": CHARGES, "within_ms": 6000})],
    ),
    ("display", "how the small display looks", {}, [("BRIGHT", "45"), ("IDLE PIC", "Clock")], []),
    (
        "pin",
        "LCD PIN keeps others out of the menu",
        {},
        [("LCD PIN", "0203")],
        [
            (1000, {"request": ["button", "middle", OPEN_MS]}),
            (4000, {"expect": {"menu.item": "PIN", "menu.value": "0000"}}),
            (4000, {"request": ["button", "middle", PRESS_MS]}),
            (4200, {"expect": {"menu.item": "PIN", "menu.note": "Wrong PIN"}}),
            (4300, {"expect": {"menu.item": "PIN"}, "for_ms": 115000}),
            (4300, {"expect": {"menu.item": ""}, "within_ms": 121000}),
        ],
    ),
)
NAMES = {1: "left", 2: "middle", 4: "right"}


class Person:
    """Walks through a menu and notes every press and what it shows then."""

    def __init__(self) -> None:
        from menu_bench import Rig

        from evse.log import log

        log.echo = False
        self.rig = Rig()
        self.rig.open()
        self.steps: list[dict] = [
            {"at_ms": BEGIN_MS, "request": ["button", "middle", OPEN_MS]},
            {"at_ms": BEGIN_MS, "expect": self._shown(), "within_ms": OPEN_MS},
        ]
        self.at_ms = BEGIN_MS + OPEN_MS + NEXT_MS

    def choose(self, label: str, text: str) -> None:
        """Go to an item by the shortest way, take hold of its value, change it, and let it go."""
        self._press_until(lambda menu: menu.label == label, label)
        self.press(2)
        if self.rig.menu.cursor >= 0:
            self._dial(text)
        else:
            self._press_until(lambda menu: menu.value == text, f"{label} {text}")
        self.press(2)
        self._expect()

    def leave(self) -> None:
        """Save and leave."""
        self._press_until(lambda menu: menu.label == "EXIT", "EXIT")
        self.press(2)
        if self.rig.shown is not None:
            raise ValueError(f"{self.rig.shown}: is refused")
        self.steps.append({"at_ms": self.at_ms, "expect": {"menu.item": ""}})

    def press(self, button: int) -> None:
        """Press a button."""
        self.rig.press(button)
        self.steps.append({"at_ms": self.at_ms, "request": ["button", NAMES[button], PRESS_MS]})
        self.at_ms += NEXT_MS

    def _press_until(self, reached, what: str) -> None:
        menu = self.rig.menu
        best = []
        for button in (4, 1):
            count = 0
            begin = (menu.label, menu.value)
            # Tried out, and undone by going back.
            while not reached(menu):
                menu.press(button)
                count += 1
                if (menu.label, menu.value) == begin:
                    raise ValueError(f"{what}: is not in the menu")
            for _ in range(count):
                menu.press(5 - button)
            best.append((count, button))
        count, button = min(best)
        for _ in range(count):
            self.press(button)
        self._expect()

    def _dial(self, text: str) -> None:
        for place in range(len(text)):
            while self.rig.menu.value[place] != text[place]:
                self.press(1)
            self.press(4)

    def _shown(self) -> dict:
        return {"menu.item": self.rig.menu.label, "menu.value": self.rig.menu.value}

    def _expect(self) -> None:
        self.steps.append({"at_ms": self.at_ms, "expect": self._shown()})


def scenario(title: str, world: dict, choices: list, after: list) -> dict:
    """Return one scenario."""
    from evse.settings import table

    person = Person()
    for label, text in choices:
        person.choose(label, text)
    person.leave()
    settings = person.rig.settings
    wanted = {}
    for label, _ in choices:
        wanted["setting." + label] = settings.shown(table.get(label).key)
    person.steps.append({"at_ms": person.at_ms, "expect": wanted})
    for later_ms, part in after:
        person.steps.append({"at_ms": person.at_ms + later_ms, **part})
    return {"name": "menu: " + title, "world": world, "steps": person.steps}


def documents() -> Iterator[tuple[Path, str]]:
    """Yield path and text of every scenario."""
    for name, title, world, choices, after in PLANS:
        document = scenario(title, world, choices, after)
        lines = [json.dumps(step, ensure_ascii=False) for step in document["steps"]]
        steps = ",\n    ".join(lines)
        head = json.dumps({"name": document["name"], "world": document["world"]}, ensure_ascii=False)[1:-1]
        yield FOLDER / f"menu_{name}.json", '{\n  %s,\n  "steps": [\n    %s\n  ]\n}\n' % (head, steps)


def items() -> set[str]:
    """Return the labels of all items that can be changed at the station."""
    from evse.settings import table

    return {
        row.label
        for row in table.rows()
        if row.kind in (table.INT, table.CHOICE) and not row.fixed and table.USER in row.writers
    }


def missing() -> set[str]:
    """Return the items that no scenario changes."""
    return items() - {label for plan in PLANS for label, _ in plan[3]}


def main() -> int:
    """Write what is stale, or only tell."""
    parser = argparse.ArgumentParser(
        description="Write the scenarios of the menu, host_tests/scenarios/menu_*.json."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when one is stale")
    options = parser.parse_args()
    stale = 0
    for path, text in documents():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale += 1
            print(path.relative_to(ROOT), "is stale" if options.check else "written")
            if not options.check:
                path.write_text(text, encoding="utf-8")
    for label in sorted(missing()):
        stale += 1
        print(label, "has no scenario")
    return 1 if stale and (options.check or missing()) else 0


if __name__ == "__main__":
    sys.exit(main())
