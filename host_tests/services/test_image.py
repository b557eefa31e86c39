"""The image is reproducible, refuses to run when it is damaged, and is what charges a car."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import urllib.request

import pytest
from running_station import Station

import image
import image_sources
from board_folders import find_board
from interpreters import MICROPYTHON, ROOT
from test_compile import compile_error

SIM = find_board("SIM")
RUN_IMAGE = ROOT / "tools/device/run_image.py"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> image.Image:
    """Return the image of the simulated board."""
    return image.build(SIM, tmp_path_factory.mktemp("image") / "SIM")


def all_files(built: image.Image) -> dict[str, bytes]:
    files = (path for path in built.folder.rglob("*") if path.is_file())
    return {path.relative_to(built.folder).as_posix(): path.read_bytes() for path in files}


def run_image(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Start an image without anything of this tree on the import path."""
    environment = {name: value for name, value in os.environ.items() if name != "MICROPYPATH"}
    command = [str(MICROPYTHON), str(RUN_IMAGE), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_two_builds_are_the_same_to_the_byte(built, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    again = image.build(SIM, tmp_path / "another place" / "SIM")
    assert all_files(again) == all_files(built)


def test_the_build_date_comes_from_the_commit_or_from_the_environment(monkeypatch) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|unknown", image.build_facts(SIM)["build_date"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert image.build_facts(SIM)["build_date"] == "1970-01-01T00:00:00Z"


def test_nothing_of_this_machine_is_in_the_image(built) -> None:
    content = built.romfs.read_bytes()
    assert str(ROOT).encode() not in content
    assert b"tmp" not in content


def test_the_manifest_and_the_checksums_describe_every_file(built) -> None:
    manifest = json.loads((built.folder / "manifest.json").read_text())
    assert manifest["board"] == "SIM"
    assert manifest["image"]["sha256"] == hashlib.sha256(built.romfs.read_bytes()).hexdigest()
    names = {path.relative_to(built.tree).as_posix() for path in built.tree.rglob("*") if path.is_file()}
    assert {entry["name"] for entry in manifest["files"]} == names
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=built.folder, check=False)
    assert checked.returncode == 0


def test_the_image_holds_what_is_imported_and_no_more(built) -> None:
    names = {entry["name"] for entry in built.manifest["files"]}
    assert {"main.mpy", "boot.mpy", "board.mpy"} <= names
    assert not [name for name in names if name.endswith(".py")]
    sources = sources_in(built)
    assert {"evse/core/station.py", "evse/log.py", "modbus/rtu.py", "microdot/microdot.py"} <= sources
    assert "microdot/jinja.py" not in sources
    assert not [name for name in sources if name.startswith("evse/hal/esp32")]


def sources_in(built: image.Image) -> set[str]:
    """Return the sources that are called otherwise in an image."""
    return {row.split()[2] for row in (built.folder / "lines.txt").read_text().splitlines()}


def test_a_module_is_found_by_what_tracebacks_call_it(built, tmp_path) -> None:
    files = {path.relative_to(built.tree).with_suffix("").as_posix() for path in built.tree.rglob("*.mpy")}
    rows = [row.split() for row in (built.folder / "lines.txt").read_text().splitlines()]
    assert files - {module for module, _, _ in rows} == {"main", "boot", "board"}
    assert len(rows) == len(sources_in(built)) > len(files) > 100
    assert set(image.first_sources(built)) == {module + ".mpy" for module, _, _ in rows}
    program = tmp_path / "fail.py"
    program.write_text(
        "import sys\n"
        f"sys.path.append({str(RUN_IMAGE.parent)!r})\n"
        "import run_image\n"
        "run_image.mount(sys.argv[1])\n"
        "zones = run_image.module('evse.settings.zones')\n"
        # What its function is called there, nobody knows.
        "for name in dir(zones):\n"
        "    if name[0] != '_' and callable(getattr(zones, name)):\n"
        "        getattr(zones, name)(zones)\n"
    )
    command = [str(MICROPYTHON), str(program), str(built.romfs)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    printed = found.stdout + found.stderr
    places = re.findall(r'File "([^"]+)", line (\d+)', printed)
    assert places, printed
    (source,) = [name for module, _, name in rows if module == places[-1][0]]
    assert source == "evse/settings/zones.py"


def test_what_is_imported_is_followed_and_nothing_else_goes_in(tmp_path, monkeypatch) -> None:
    files = {
        "main.py": "from evse import app\n",
        "evse/__init__.py": "",
        "evse/app.py": "def late():\n    from lamp.switch import Switch\n    return Switch\n",
        "evse/unused.py": "import lamp.other\n",
        "lamp/__init__.py": "from . import bulb\n",
        "lamp/bulb.py": "from .wire import Wire\n",
        "lamp/wire.py": "class Wire: pass\n",
        "lamp/switch.py": "import sys\nclass Switch: pass\n",
        "lamp/other.py": "",
    }
    available = {}
    for name, text in files.items():
        available[name] = tmp_path / name
        available[name].parent.mkdir(exist_ok=True)
        available[name].write_text(text)
    monkeypatch.setattr(image_sources, "everything", lambda board: available)
    found = set(image_sources.sources(SIM))
    assert set(files) - found == {"evse/unused.py", "lamp/other.py"}


def test_the_image_charges_a_car(built, tmp_path) -> None:
    options = ["--image", str(built.romfs), "--set", "MAX=16"]
    with Station(tmp_path, *options) as station:
        assert station.get("/status")["state"] == "A"
        for name in ("", "style.css", "app.js"):
            with urllib.request.urlopen(f"{station.address}/{name}", timeout=5) as page:
                assert len(page.read()) > 1000
        station.post("/request", ["access", "on"])
        station.post("/world", {"car.auto": True, "car.pilot": "B", "car.delay_ms": 0})
        status = station.wait_status({"state": "C", "c1.closed": True}, 30)
        # 16 A as a duty cycle in whole permille.
        assert status["offered_ma"] == 15960


def test_nothing_but_the_image_is_imported(built, tmp_path) -> None:
    program = tmp_path / "where.py"
    program.write_text(
        "import sys\n"
        f"sys.path.append({str(RUN_IMAGE.parent)!r})\n"
        "import run_image\n"
        "run_image.mount(sys.argv[1])\n"
        "import board, main\n"
        "names = 'evse.app evse.version modbus.rtu'.split()\n"
        "app, version, rtu = [run_image.module(name) for name in names]\n"
        "print(main.__file__, app.__file__, board.__file__, rtu.__file__)\n"
        "print(version.VERSION, version.BOARD, version.BUILD_DATE, version.COMMIT)\n"
    )
    result = subprocess.run(
        [str(MICROPYTHON), str(program), str(built.romfs)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    files, version = result.stdout.splitlines()
    main, app, board, rtu = files.split()
    assert (main, board) == ("/rom/main.mpy", "/rom/board.mpy")
    assert [re.fullmatch(r"/rom/[a-z][a-z0-9_]*\.mpy", file) is not None for file in (app, rtu)] == [True] * 2
    facts = built.manifest
    assert version.split() == [facts["version"], "SIM", facts["build_date"], facts["commit"]]


@pytest.mark.parametrize("place", ["first", "header", "middle", "checksum", "cut", "grown", "empty"])
def test_a_damaged_image_is_refused(built, tmp_path, place) -> None:
    content = bytearray(built.romfs.read_bytes())
    at = {"first": 0, "header": 4, "middle": len(content) // 2, "checksum": len(content) - 1}
    if place in at:
        content[at[place]] ^= 1
    elif place == "cut":
        del content[-4096:]
    elif place == "grown":
        content[3000:3000] = b"x"
    else:
        content.clear()
    damaged = tmp_path / "damaged.romfs"
    damaged.write_bytes(content)
    result = run_image(damaged, "--bench-port", "0", "--data", tmp_path)
    assert result.returncode == 2
    assert result.stdout.startswith("image refused: ")
    assert len(result.stdout.splitlines()) == 1


def test_an_image_in_a_larger_partition_is_accepted(built, tmp_path) -> None:
    program = tmp_path / "padded.py"
    program.write_text(
        "import sys\n"
        f"sys.path.append({str(RUN_IMAGE.parent)!r})\n"
        "import start\n"
        "image = open(sys.argv[1], 'rb').read()\n"
        "print(repr(start.damage(memoryview(image + b'\\xff' * 5000))))\n"
    )
    result = subprocess.run(
        [str(MICROPYTHON), str(program), str(built.romfs)], capture_output=True, text=True, check=False
    )
    assert result.stdout == "''\n"


def test_a_folder_that_was_changed_is_not_loaded(built, tmp_path) -> None:
    for name in ("lib/main.mpy", "image.romfs"):
        copy = tmp_path / name.replace("/", "_")
        shutil.copytree(built.folder, copy)
        assert image.load(copy).manifest == built.manifest
        (copy / name).write_bytes((copy / name).read_bytes() + b"x")
        with pytest.raises(image.ImageError, match="checksum"):
            image.load(copy)
    with pytest.raises(image.ImageError, match="no image"):
        image.load(tmp_path / "nothing")


def test_an_unknown_board_is_refused_with_the_known_ones() -> None:
    for name in ("NONE", "", "../SIM", "SIM/bench"):
        result = subprocess.run(
            ["make", "-s", "image", f"BOARD={name}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert result.returncode != 0
        assert "PICO32, SIM, SMARTEVSE_V3" in result.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "tools/device").rglob("*.py")), ids=lambda path: path.name)
def test_what_starts_the_image_compiles_for_the_device(path, tmp_path) -> None:
    assert compile_error(path, tmp_path / "out.mpy") == ""
