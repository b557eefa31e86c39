"""What the tests of the ESP32 HAL share: a fresh chip in simulated time, and the boards' wiring."""

import importlib.util

from fake_chip import chip
from simulated_time import SimulatedTime, clock

from evse.hal.esp32 import now
from interpreters import ROOT

BOARDS = ("SMARTEVSE_V3", "PICO32")


def begin(monkeypatch) -> None:
    """Power a new chip up; the counters cross their wrap five seconds later."""
    clock.reset()
    clock.now_us = SimulatedTime().now_us
    chip.power_up()
    chip.networks = {}
    monkeypatch.setattr(now, "time", clock)


def load_board(name: str):
    """Import a board's wiring under its own name, since all are called `board`."""
    path = ROOT / "boards" / name / "board.py"
    spec = importlib.util.spec_from_file_location("wiring_" + name.lower(), path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
