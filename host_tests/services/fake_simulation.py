"""A stand-in for the simulation behind the bench page: the same interface, a crude car, no firmware.

Runs under CPython and MicroPython. As a program: `fake_simulation.py PORT [HOST]` serves the page over it.
"""

import sys

from fake_tables import settings_table, world_table

from evse import aio
from evse.core.errors import FieldError

REQUESTS = {
    "access": ["on", "off", "pause"],
    "stop": None,
    "reset_fault": None,
    "unlock_cable": None,
    "restart": None,
    "button": ["left", "middle", "right"],
    "rfid": None,
}


def _now_ms():
    # Wraps after days, which no test lasts.
    return aio.ticks_ms()


def _check(name, row, value):
    """Refuse a value that a row of the world or of the settings does not allow."""
    kind = row["kind"]
    if kind.startswith("optional_"):
        if value is None:
            return
        kind = kind[len("optional_") :]
    if kind == "bool" and not isinstance(value, bool):
        raise FieldError(name, "must be true or false")
    if kind == "choice" and (value not in row["choices"] or isinstance(value, bool)):
        raise FieldError(name, "must be one of " + ", ".join(str(choice) for choice in row["choices"]))
    if kind == "int":
        if not isinstance(value, int) or isinstance(value, bool):
            raise FieldError(name, "must be a whole number")
        if not row["min"] <= value <= row["max"]:
            raise FieldError(name, f"must be {row['min']} to {row['max']} {row['unit']}".strip())
    if kind == "text":
        if not isinstance(value, str):
            raise FieldError(name, "must be text")
        if len(value) > row["max"]:
            raise FieldError(name, f"must be at most {row['max']} characters")


class FakeDisplay:
    """A display that shows one colour."""

    def __init__(self, width, height, size):
        self.width = width
        self.height = height
        self.frame = bytearray(size)
        self.changes = [0] * 8

    def fill(self, pixel):
        """Show the same bytes everywhere."""
        frame = pixel * (len(self.frame) // len(pixel))
        if frame != self.frame:
            self.frame[:] = frame
            for part in range(8):
                self.changes[part] += 1


class FakeSimulation:
    """Acts out a charging station well enough for the page to be seen and tested."""

    def __init__(self):
        table = world_table()
        self._rows = [row for row, _ in table]
        self._world = {row["name"]: value for row, value in table}
        self._settings = settings_table()
        self._log = []
        self._sequence = 0
        self._start = self._last = _now_ms()
        self._access = "on"
        self._state = "A"
        self._changed_at = 0
        self._drawn = [0, 0, 0]
        self._energy_mws = 0
        self._faults = []
        self._displays = (FakeDisplay(32, 32, 3072), FakeDisplay(128, 64, 1024))
        self._note("simulated station started")

    def world_rows(self):
        """Return the descriptions of the world inputs."""
        return self._rows

    def world_values(self):
        """Return the world inputs."""
        return dict(self._world)

    def set_world(self, changes):
        """Change world inputs, all or none."""
        rows = {row["name"]: row for row in self._rows}
        for name, value in changes.items():
            if name not in rows:
                raise FieldError(name, "no such world input")
            _check(name, rows[name], value)
        self._advance()
        self._world.update(changes)
        for name, value in changes.items():
            self._note(f"world: {name} = {value}")
        self._advance()

    def displays(self):
        """Return the displays: green and striped while charging, else blue and empty."""
        closed = self._state == "C"
        self._displays[0].fill(b"\x00\xff\x00" if closed else b"\x00\x00\xff")
        self._displays[1].fill(b"\x55" if closed else b"\x00")
        return self._displays

    def request(self, words):
        """Carry out one request."""
        if words[0] not in REQUESTS:
            raise FieldError("request", "no such request: " + words[0])
        allowed = REQUESTS[words[0]]
        if allowed and (len(words) < 2 or words[1] not in allowed):
            raise FieldError(words[0], "must be one of " + ", ".join(allowed))
        if words[0] == "rfid" and (len(words) != 2 or len(words[1]) not in (8, 12, 14)):
            raise FieldError("rfid", "must be 8, 12 or 14 hexadecimal digits")
        if words[0] == "access":
            self._access = words[1]
        self._note("request: " + " ".join(str(word) for word in words))

    def settings(self):
        """Return the settings with their values."""
        return self._settings

    def set_settings(self, changes):
        """Change settings by key or label, all or none."""
        found = []
        for name, value in changes.items():
            rows = [row for row in self._settings if name in (row["key"], row["label"])]
            if not rows:
                raise FieldError(name, "no such setting")
            _check(name, rows[0], value)
            found.append((rows[0], value))
        for row, value in found:
            row["value"] = value
            self._note(f"setting: {row['label']} = {value}")

    def log_since(self, sequence):
        """Return the log lines after a sequence number."""
        return [line for line in self._log if line[0] > sequence]

    def _note(self, text):
        self._sequence += 1
        self._log.append([self._sequence, _now_ms() - self._start, text])
        self._log = self._log[-100:]

    def _setting_value(self, key):
        return next(row["value"] for row in self._settings if row["key"] == key)

    def _goal(self):
        pilot = self._world["car.pilot"]
        self._faults = ["residual_current"] if self._world["rcm"] else []
        if pilot == "E":
            self._faults.append("pilot_short")
        if pilot == "C" and self._world["c1.fault"] == "stuck_open":
            self._faults.append("c1_stuck_open")
        if pilot in "AEF":
            return pilot
        if self._access != "on" or self._faults or self._limit()[1] == 0:
            return "C1" if self._state == "C" else "B1"
        waited = self._state in "BC" and _now_ms() - self._changed_at >= self._world["car.delay_ms"]
        if self._world["car.auto"]:
            return "C" if waited or self._state == "C" else "B"
        return pilot

    def _limit(self):
        own = self._setting_value("max_current") * 1000
        cable = (self._world["cable.rating_a"] or 0) * 1000
        if cable < own:
            return "CABLE", cable, "rating of the cable"
        return "MAX", own, "setting MAX"

    def _advance(self):
        now = _now_ms()
        elapsed, self._last = now - self._last, now
        goal = self._goal()
        held = self._state in ("C1", "ACTSTART") and now - self._changed_at < 1000
        if goal != self._state and not (held and goal in "B1"):
            self._note(f"state {self._state} -> {goal}")
            self._state, self._changed_at = goal, now
        target = 0
        if self._state == "C":
            target = min(self._limit()[1], self._world["car.max_a"] * 1000)
        for line in range(3):
            wanted = target if line < self._world["car.phases"] else 0
            step = min(abs(wanted - self._drawn[line]), elapsed * 8 if self._state == "C" else 100000)
            self._drawn[line] += step if wanted > self._drawn[line] else -step
        self._energy_mws += sum(self._drawn) * 230 * elapsed // 1000

    def status(self):
        """Return the outputs."""
        self._advance()
        closed = self._state in ("C", "C1")
        slot, limit_ma, reason = self._limit()
        offered = limit_ma if self._state in ("B", "C") else 0
        status = {
            "state": self._state,
            "state_id": {"A": 0, "B": 1, "C": 2, "D": 3, "B1": 9, "C1": 10, "E": 15, "F": 16}[self._state],
            "pilot.duty_permille": offered // 60 if offered else 1000,
            "pilot.connected": True,
            "offered_ma": offered,
            "mains.sum_ma": 0,
            "mains.corrected_sum_ma": 0,
            "c1": closed,
            "c2": closed and self._world["car.phases"] > 1,
            "c1.closed": (closed and self._world["c1.fault"] != "stuck_open")
            or self._world["c1.fault"] == "welded",
            "c2.closed": closed and self._world["car.phases"] > 1,
            "phases": 3 if self._world["car.phases"] > 1 else 1,
            "lock": "locked" if closed else "unlocked",
            "access": self._access,
            "fault": self._faults,
            "fault.text": {"residual_current": "Residual current: the monitor has tripped"}.get(
                self._faults[0] if self._faults else "", "Something is wrong" if self._faults else ""
            ),
            "charge_delay_s": 0,
            "solar_stop_s": 0,
            "capacity_stop_s": None,
            "temp_c": self._world["temp_c"],
            "limit.slot": slot,
            "limit.ma": limit_ma,
            "limit.reason": reason,
            "mode": self._setting_value("mode"),
            "session.energy_wh": self._energy_mws // 3600000,
            "session.active": closed,
            "display.page": "charging" if closed else "ready",
            "led": "0,180,60" if closed else "0,60,0",
            "ocpp.sent": [],
        }
        for line in range(3):
            mains = self._world[f"house.l{line + 1}_ma"] + self._drawn[line]
            status[f"drawn.l{line + 1}_ma"] = self._drawn[line]
            status[f"mains.l{line + 1}_ma"] = mains
            status["mains.sum_ma"] += mains
        status["mains.corrected_sum_ma"] = status["mains.sum_ma"] - (self._world["battery_ma"] or 0)
        return status


def main():
    """Serve the page over the stand-in until killed."""
    import asyncio

    from bench.server import serve

    def ready(host, port):
        print(f"http://{host}:{port}/")
        if hasattr(sys.stdout, "flush"):
            sys.stdout.flush()

    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    try:
        asyncio.run(serve(FakeSimulation(), int(sys.argv[1]), host, ready))
    except OSError as error:
        print(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
