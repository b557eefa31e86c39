"""The panel of PICO32: what the station sends is what its controller's own program shows."""

import importlib.util

import esp32_bench
import pytest
from fake_chip import chip
from simulated_time import clock

from evse.hal.esp32.panel_rows import PanelRows
from interpreters import ROOT

WIRING = {"kind": "rows", "uart": 2, "tx_pin": 43, "baud": 460800, "width": 32, "height": 32}


class Line:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.data = bytearray()

    def connect(self, uart) -> None:
        self.uart = uart

    def sent(self, value, begin_us, end_us) -> None:
        self.data.append(value)


class Controller:
    """The receiving half of the controller's program, and the picture it would show."""

    def __init__(self, line: Line) -> None:
        spec = importlib.util.spec_from_file_location("pico32_panel", ROOT / "docs/boards/PICO32_panel.py")
        assert spec and spec.loader
        program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        self._receiver = program.Receiver()
        self._line = line
        self.memory = bytearray(3072)
        self.shown = bytes(3072)
        self.updates = 0

    def read(self) -> int:
        """Take what has arrived; return how many rows."""
        rows = self._receiver.feed(bytes(self._line.data))
        self._line.data.clear()
        for row, show, colours in rows:
            self.memory[96 * row : 96 * row + 96] = colours
            if show:
                self.shown = bytes(self.memory)
                self.updates += 1
        return len(rows)


@pytest.fixture
def bench(monkeypatch):
    esp32_bench.begin(monkeypatch)
    line = Line()
    chip.wires[2] = line
    return PanelRows(WIRING), Controller(line), line


def run(panel: PanelRows, steps: int) -> None:
    for _ in range(steps):
        panel.step()
        clock.advance(10000)


def test_a_frame_arrives_whole_and_is_shown_at_once(bench) -> None:
    panel, controller, _ = bench
    frame = bytearray(index % 251 for index in range(3072))
    panel.show(frame)
    run(panel, 32)
    assert controller.read() == 32
    assert controller.shown == bytes(frame) and controller.updates == 1


def test_only_what_changed_is_sent_first(bench) -> None:
    panel, controller, _ = bench
    panel.show_part(memoryview(b"\x07" * 384), 5 * 96)
    run(panel, 4)
    assert controller.read() == 4
    assert controller.shown[5 * 96 : 9 * 96] == b"\x07" * 384


def test_a_damaged_row_heals(bench) -> None:
    panel, controller, line = bench
    frame = bytes([9]) * 3072
    panel.show(bytearray(frame))
    run(panel, 32)
    line.data[500] ^= 0x10
    controller.read()
    assert controller.shown != frame
    run(panel, 8 * 33)
    controller.read()
    assert controller.shown == frame


def test_the_controller_is_never_left_in_silence(bench) -> None:
    panel, controller, _ = bench
    longest = silent = 0
    for _ in range(500):
        run(panel, 1)
        silent = 0 if controller.read() else silent + 10
        longest = max(longest, silent)
    assert longest < 100


def test_a_step_holds_nothing_up(bench) -> None:
    panel, _, _ = bench
    panel.show(bytearray(3072))
    for _ in range(200):
        begin_us = clock.now()
        panel.step()
        assert clock.now() - begin_us < 500
        clock.advance(1000)
