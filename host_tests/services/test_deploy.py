"""An image gets onto a board that runs MicroPython: with the real mpremote, over a pty, and with a recorded one."""

import json
from pathlib import Path

import pytest
from fake_board import FakeBoard
from fake_programs import Recorder

import deploy
import flash
import image
from board_folders import find_board, read_board
from host_commands import CommandError, Commands
from interpreters import ROOT

pytestmark = pytest.mark.usefixtures("own_images")

BARE = read_board(ROOT / "tools/device/BARE")
CHIP_BOARD = "SMARTEVSE_V3"
DEVICE = {
    "machine": "Generic ESP32 module with ESP32",
    "mpy": deploy.MPY_VERSION | 3 << 8 | deploy.MPY_ARCH["xtensawin"] << 10,
    "version": "3.4.0; MicroPython v1.24.1",
    "romfs": 0,
    "free": 500_000,
    "root": ["boot.py"],
    "lib": [],
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> image.Image:
    """Return the image of the board without a world."""
    return image.build(BARE, tmp_path_factory.mktemp("image") / "BARE")


def test_the_station_starts_from_the_files_that_mpremote_copied(bare, capfd) -> None:
    with FakeBoard(interrupts_needed=3) as board:
        board.execute("import os; os.mkdir('/lib'); os.mkdir('/lib/evse'); os.mkdir('/lib/theirs')")
        # A source would win over the compiled module beside it.
        board.execute("f=open('/lib/evse/app.py','w'); f.write('raise ValueError'); f.close()")
        board.execute("f=open('/main.py','w'); f.write('raise ValueError'); f.close()")
        deploy.deploy(Commands(dry_run=False), BARE, bare, board.port)
        assert board.interrupts >= 3
        assert board.was_reset
        names = json.loads(
            board.execute("import os, json; print(json.dumps(os.listdir('/lib')))").split(b"\x04")[0]
        )
        assert {"evse", "theirs", "main.mpy", "board.mpy"} <= set(names)
        assert "station runs" in board.start("station runs")[-1]
    assert "This puts microEVSE" in capfd.readouterr().out


def test_a_port_without_a_prompt_is_told(monkeypatch) -> None:
    monkeypatch.setattr(deploy, "INTERRUPT_S", 0.3)
    with (
        FakeBoard(interrupts_needed=1000000) as board,
        pytest.raises(CommandError, match="no prompt of MicroPython"),
    ):
        deploy.stop_station(board.port)


def deploy_recorded(
    tmp_path: Path, monkeypatch, device: dict, *arguments: str
) -> tuple[int, list[list[str]]]:
    """Deploy to a device that is only a recorded mpremote."""
    monkeypatch.setattr(deploy, "stop_station", lambda port: None)
    recorder = Recorder(tmp_path, "mpremote", {"run": json.dumps(device)})
    words = [
        "deploy",
        "--board",
        CHIP_BOARD,
        "--port",
        str(tmp_path),
        "--mpremote",
        recorder.program,
        *arguments,
    ]
    return flash.main(words), recorder.calls()


def test_a_romfs_partition_takes_the_image(tmp_path, monkeypatch) -> None:
    status, calls = deploy_recorded(tmp_path, monkeypatch, {**DEVICE, "romfs": 0xB0000})
    assert status == 0
    verbs = [call[3:] for call in calls]
    built = image.OUTPUT / CHIP_BOARD
    assert verbs[1] == ["romfs", "deploy", str(built / "image.romfs")]
    assert [words[-1] for words in verbs[2:]] == [":boot.py", ":main.py", "reset"]


def test_without_one_the_files_go_to_lib_and_main_comes_last(tmp_path, monkeypatch) -> None:
    device = {
        **DEVICE,
        "root": ["main.py", "lib"],
        "lib": ["evse", "board.py", "modbus", "mip", "zz.mpy", "zz"],
    }
    status, calls = deploy_recorded(tmp_path, monkeypatch, device)
    assert status == 0
    words = [" ".join(call[3:]) for call in calls[1:]]
    left = [f"fs rm -r :lib/{name}" for name in ("board.py", "evse", "modbus", "zz.mpy")]
    assert words[:5] == ["fs rm :main.py", *left]
    assert words[5] == f"fs cp -r {image.OUTPUT / CHIP_BOARD / 'lib'} :"
    assert words[7].endswith("start.py :main.py")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"machine": "Generic ESP32S3 module with ESP32S3"}, "board SMARTEVSE_V3 has esp32"),
        ({"mpy": 5}, "cannot run this image"),
        ({"free": 1000}, "1000 free"),
    ],
)
def test_a_device_that_does_not_fit_is_left_alone(tmp_path, monkeypatch, capfd, change, message) -> None:
    status, calls = deploy_recorded(tmp_path, monkeypatch, {**DEVICE, **change})
    assert status == 2
    assert message in capfd.readouterr().err
    assert len(calls) == 1


def test_a_dry_run_runs_nothing(tmp_path, monkeypatch, capfd) -> None:
    status, calls = deploy_recorded(tmp_path, monkeypatch, DEVICE, "--dry-run")
    assert (status, calls) == (0, [])
    output = capfd.readouterr().out
    assert "romfs deploy" in output
    assert "fs cp -r" in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--board", "NONE", "--port", "/dev/null"],
            "unknown board 'NONE'; known boards: PICO32, SIM, SMARTEVSE_V3",
        ),
        (["--board", "SIM", "--port", "/dev/null"], "board SIM runs on the PC"),
        (["--port", "/dev/null"], "no board given"),
        (["--board", CHIP_BOARD], "no port given"),
        (["--board", CHIP_BOARD, "--port", "/dev/none"], "there is no port /dev/none"),
    ],
)
@pytest.mark.parametrize("command", ["deploy", "flash", "backup", "restore"])
def test_unknown_boards_and_missing_ports_are_refused(capfd, command, words, message) -> None:
    assert flash.main([command, *words]) == 2
    assert message in capfd.readouterr().err


def test_every_board_has_an_image() -> None:
    for name in ("SIM", "PICO32", "SMARTEVSE_V3"):
        built = image.load(image.build(find_board(name), image.OUTPUT / name).folder)
        names = {entry["name"] for entry in built.manifest["files"]}
        assert {"main.mpy", "boot.mpy", "board.mpy"} <= names
        sources = set(image.first_sources(built).values())
        assert {"evse/core/ticks.py", "modbus/rtu.py"} <= sources
        assert any(source.startswith("evse/hal/esp32/") for source in sources) == (name != "SIM")
