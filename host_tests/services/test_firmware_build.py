"""`make firmware` up to where ESP-IDF begins: what the build of MicroPython is given, with a recorded make."""

import subprocess
import sys
from pathlib import Path

import pytest
from fake_programs import Recorder

import flash
import image
import image_texts
from board_folders import find_board, known_boards
from interpreters import ROOT

CHIP_BOARDS = [name for name in known_boards() if find_board(name).chip]
EPOCH = "1700000000"


@pytest.fixture
def make(tmp_path, monkeypatch) -> Recorder:
    """Put a make and an idf.py that only record onto the PATH, and a port of MicroPython beside them."""
    programs = tmp_path / "programs"
    programs.mkdir()
    Recorder(programs, "idf.py", {})
    recorder = Recorder(programs, "make", {})
    port = tmp_path / "micropython/ports/esp32"
    port.mkdir(parents=True)
    (port / "Makefile").touch()
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("IDF_PATH", str(tmp_path / "idf"))
    monkeypatch.setenv("MICROPYTHON_DIR", str(tmp_path / "micropython"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    monkeypatch.setattr(flash, "BUILD", tmp_path / "build")
    return recorder


def build(make: Recorder, board: str) -> dict[str, str]:
    """Run the command and return the variables of the last make."""
    assert flash.main(["firmware", "--board", board]) == 0
    return dict(word.split("=", 1) for word in make.calls()[-1] if "=" in word)


def frozen_files(board_dir: Path) -> dict[str, Path]:
    """Return module file -> source, as the manifest of a board asks for."""
    found: dict[str, Path] = {}

    def freeze(path, opt):
        base = Path(path.replace("$(BOARD_DIR)", str(board_dir))).resolve()
        found.update({file.relative_to(base).as_posix(): file for file in base.rglob("*.py")})

    def package(name, base_path, opt):
        base = Path(base_path.replace("$(BOARD_DIR)", str(board_dir))).resolve()
        found.update({file.relative_to(base).as_posix(): file for file in (base / name).rglob("*.py")})

    def module(name, base_path, opt):
        found[name] = Path(base_path.replace("$(BOARD_DIR)", str(board_dir))).resolve() / name

    names = {"metadata": lambda description: None, "include": lambda path: None}
    source = (board_dir / "manifest.py").read_text()
    exec(
        compile(source, "manifest.py", "exec"),
        {**names, "freeze": freeze, "package": package, "module": module},
    )
    return found


@pytest.mark.parametrize("name", CHIP_BOARDS)
def test_the_frozen_version_is_filled_in_as_in_an_image(make, name) -> None:
    variables = build(make, name)
    version = frozen_files(Path(variables["BOARD_DIR"]))[image_texts.VERSION_NAME]
    program = "import sys, evse.version as v; print(v.VERSION, v.BUILD_DATE, v.COMMIT, v.BOARD)"
    result = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=version.parent.parent,
        env={"PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    facts = image.build_facts(find_board(name))
    assert facts["build_date"] == "2023-11-14T22:13:20Z"
    assert result.stdout.split() == [facts[key] for key in ("version", "build_date", "commit", "board")]
    assert variables["BOARD"] == name and variables["SOURCE_DATE_EPOCH"] == EPOCH


@pytest.mark.parametrize("name", CHIP_BOARDS)
def test_everything_else_is_frozen_as_it_is_in_this_tree(make, name) -> None:
    board = find_board(name)
    board_dir = Path(build(make, name)["BOARD_DIR"])
    here, there = frozen_files(board.folder), frozen_files(board_dir)
    assert set(there) == set(here) and "microdot/microdot.py" in there and "board.py" in there
    changed = {file for file in here if here[file].read_bytes() != there[file].read_bytes()}
    assert changed == {image_texts.VERSION_NAME}
    assert not any(path.is_relative_to(ROOT / "firmware") for path in there.values())
    files = {path.name for path in board.folder.iterdir() if path.is_file()}
    assert {path.name for path in board_dir.iterdir()} == files


def test_two_builds_are_given_the_same(make) -> None:
    def given(variables: dict[str, str]) -> dict[str, bytes]:
        files = frozen_files(Path(variables["BOARD_DIR"]))
        return {name: path.read_bytes() for name, path in files.items()}

    first = build(make, CHIP_BOARDS[0])
    before = given(first)
    stale = Path(first["BOARD_DIR"]).parent.parent / "lib/gone.py"
    stale.write_text("")
    second = build(make, CHIP_BOARDS[0])
    assert second == first and given(second) == before and not stale.exists()


def test_a_dry_run_copies_nothing(make, tmp_path, capfd) -> None:
    assert flash.main(["firmware", "--board", CHIP_BOARDS[0], "--dry-run"]) == 0
    assert "SOURCE_DATE_EPOCH=" + EPOCH in capfd.readouterr().out
    assert make.calls() == [] and not (tmp_path / "build").exists()
