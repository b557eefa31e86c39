"""`firmware/main.py` on the simulated board as a process of this PC: dying, coming back, its command line."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from running_station import Station

from evse.boot_record import FAILED_STARTS, BootRecord

CHARGING = {"state": "C", "c1": True, "c1.closed": True}
CAR = {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200}


class Scratch:
    """Memory for a boot record."""

    data = b""

    def read(self) -> bytes:
        return self.data

    def write(self, data: bytes) -> None:
        self.data = data


def test_a_killed_firmware_starts_safe_and_the_session_goes_on(tmp_path: Path) -> None:
    with Station(tmp_path, "--set", "EV METER=Eastron3P") as station:
        # So much power that the meter counts enough within the patience of a test.
        station.post("/world", {**CAR, "mains.voltage_dv": 3000, "car.ramp_ma_s": 1000000})
        station.wait_status(CHARGING, 10)
        status = station.wait_status(CHARGING, 1)
        while status["session.energy_wh"] == 0:
            status = station.wait_status(CHARGING, 1)
        before_wh = status["session.energy_wh"]
        line = len(station.lines)
        os.kill(station.firmware_pid(), signal.SIGKILL)
        line = station.wait_for_line("Bench page: ", after=line)
        # It may offer current by now, but the contactor stays open for some seconds.
        first = station.get("/status")
        assert first["c1"] is False and first["c1.closed"] is False
        station.wait_status(CHARGING, 30)
        status = station.wait_status(CHARGING, 1)
        while status["session.energy_wh"] <= before_wh:
            status = station.wait_status(CHARGING, 1)
        assert status["fault"] == []
        assert {row["key"]: row["value"] for row in station.get("/settings")}["EVMeter"] == "Eastron3P"


def test_a_firmware_that_hangs_is_reset_by_the_watchdog(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        station.post("/world", CAR)
        station.wait_status(CHARGING, 10)
        line = len(station.lines)
        os.kill(station.firmware_pid(), signal.SIGSTOP)
        line = station.wait_for_line("watchdog: the firmware does not answer", 15, after=line)
        station.wait_for_line("Bench page: ", after=line)
        assert station.get("/status")["c1"] is False
        station.wait_status(CHARGING, 30)


def test_a_power_cut_and_its_end(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        station.post("/world", CAR)
        station.wait_status(CHARGING, 10)
        line = len(station.lines)
        station.post("/world", {"power": False})
        line = station.wait_for_line("no power", after=line)
        line = station.wait_for_line("Bench page: ", after=line)
        dark = station.get("/status")
        assert dark["c1"] is False and dark["drawn.l1_ma"] == 0 and dark["pilot.connected"] is False
        station.post("/world", {"power": True})
        station.wait_for_line("station runs", after=line)
        station.wait_status(CHARGING, 30)


def test_a_restart_that_was_asked_for_stops_the_car_first(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        station.post("/world", CAR)
        station.wait_status(CHARGING, 10)
        line = len(station.lines)
        assert station.post("/request", ["restart"])[0] == 200
        station.wait_for_line("state C -> C1", after=line)
        line = station.wait_for_line("restart was asked for", after=line)
        station.wait_for_line("station runs", after=line)
        station.wait_status(CHARGING, 30)


def test_settings_survive_a_restart_and_bad_ones_are_refused(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        status, answer = station.post("/settings", {"MAX": 20, "STAT MIN": 99})
        assert status == 400 and answer["field"] == "STAT MIN"
        assert station.get("/status")["limit.ma"] == 13000
        assert station.post("/settings", {"MAX": 20})[0] == 200
        station.wait_status({"limit.ma": 20000}, 2)
        line = len(station.lines)
        os.kill(station.firmware_pid(), signal.SIGKILL)
        station.wait_for_line("Bench page: ", after=line)
        station.wait_status({"limit.ma": 20000}, 5)


def test_a_boot_loop_ends_in_recovery_and_comes_back(tmp_path: Path) -> None:
    scratch = Scratch()
    for _ in range(FAILED_STARTS):
        BootRecord(scratch).begin()
    BootRecord(scratch).ended("planted reason")
    with Station(tmp_path) as station:
        line = len(station.lines)
        (tmp_path / "scratch").write_bytes(scratch.data)
        os.kill(station.firmware_pid(), signal.SIGKILL)
        line = station.wait_for_line("Recovery page: ", after=line)
        assert not station.address.endswith(":0")
        assert station.wait_status({"recovery": True}, 5)["reset.reason"] == "planted reason"
        assert station.post("/wifi", {"ssid": "home", "password": "short"})[0] == 400
        assert station.post("/wifi", {"ssid": "home", "password": "long enough"})[0] == 200
        assert station.post("/update", {"not": "an image"})[0] == 200
        assert (tmp_path / "update.bin").read_bytes() == b'{"not": "an image"}'
        assert station.post("/restart", None)[0] == 200
        station.wait_for_line("station runs", after=line)
        assert station.wait_status({"state": "A"}, 10)["reset.reason"] == "recovery ended"


def test_restarts_that_were_asked_for_are_no_boot_loop(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        for _ in range(FAILED_STARTS + 2):
            line = len(station.lines)
            assert station.post("/request", ["restart"])[0] == 200
            station.wait_for_line("Bench page: ", after=line)
        assert station.wait_status({"state": "A"}, 5)["reset.reason"] == "restart was asked for"


def test_the_power_may_be_cut_again_and_again(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        for _ in range(FAILED_STARTS):
            for power, said in ((False, "no power"), (True, "station runs")):
                line = len(station.lines)
                station.post("/world", {"power": power})
                line = station.wait_for_line(said, after=line)
                station.wait_for_line("Bench page: ", after=line)
        station.wait_status({"state": "A"}, 5)


def test_a_new_run_is_a_power_up(tmp_path: Path) -> None:
    for _ in range(FAILED_STARTS + 2):
        with Station(tmp_path) as station:
            assert station.get("/status")["reset.reason"] == ""


def test_the_firmware_ends_with_its_simulator(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        firmware = Path(f"/proc/{station.firmware_pid()}")
        station.process.kill()
        station.process.wait(5)
        deadline = time.monotonic() + 5
        while firmware.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not firmware.exists()


def test_a_data_folder_belongs_to_one_simulator(tmp_path: Path) -> None:
    with Station(tmp_path):
        second = Station(tmp_path)
        assert second.process.wait(10) == 2
        second.wait_for_exit_output()
        assert "another simulator uses it" in second.lines[0]


def test_a_data_folder_that_cannot_be_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    station = Station(tmp_path / "file")
    assert station.process.wait(10) == 2
    station.wait_for_exit_output()
    assert len(station.lines) == 1 and station.lines[0].startswith("error: --data"), station.lines


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--set", "MAX=99"], "must be from 6 to 80"),
        (["--set", "NO SUCH=1"], "unknown setting"),
        (["--set", "AUTOUPDAT=1"], "not available yet"),
        (["--serial", "http://x"], "serial"),
        (["--heap", "lots"], "--heap"),
        (["--heap", "300k"], "--heap must be from 800k"),
        (["--heap", "99999M"], "--heap must be from"),
        (["--set", "MAX"], "KEY=VALUE"),
        (["--bench-port", "70000"], "--bench-port"),
    ],
)
def test_a_wrong_argument_gets_a_clear_error(tmp_path: Path, arguments: list[str], text: str) -> None:
    station = Station(tmp_path, *arguments)
    assert station.process.wait(20) == 2
    station.wait_for_exit_output()
    assert any(text in line for line in station.lines), station.lines
    assert not any("Traceback" in line for line in station.lines), station.lines


def test_a_port_in_use_is_said_clearly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        station = Station(tmp_path, "--bench-port", str(port))
        assert station.process.wait(20) == 2
        station.wait_for_exit_output()
        assert any(str(port) in line and "error" in line for line in station.lines), station.lines
