#!/usr/bin/env python3
"""Measure what the firmware takes of a board and compare it with the budgets: flash, heap, growth, start."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import image
import partitions
import size_network
from board_folders import BoardError, BoardFolder, find_board, known_boards, read_board
from interpreters import MICROPYTHON, ROOT, WASM_PACKAGE, find_node

DEVICE = ROOT / "tools/device"
OUTPUT = ROOT / "build/size"
IMAGE_LIMIT_BYTES = 300_000
HEAP_LIMIT_BYTES = 30_000
PERSON_LIMIT_BYTES = 160_000
NETWORK_LIMIT_BYTES = 240_000
START_LIMIT_PERCENT = 100
TIMEOUT_S = 600

# What talks to people and to the network has no share in the limit; the whole image must fit its partition.
BESIDE = (
    *(f"evse/services/{name}" for name in ("display", "mqtt", "net", "ocpp", "picture", "web")),
    *("images", "microdot", "mqtt", "dns", "mdns", "http_get", "http_server", "sockets"),
    *("ocpp16", "websocket_client"),
)
PACKAGES = (*BESIDE, "evse/core", "evse/settings", "evse/services", "evse/hal/esp32", "evse/hal", "evse")


class Budget(NamedTuple):
    """One figure with its limit; `lines` tell how it came about."""

    name: str
    value: int
    limit: int
    unit: str
    lines: list[str]

    @property
    def kept(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "ok" if self.kept else "TOO MUCH"
        return "\n".join([*self.lines, f"{self.name}: {self.value} of {self.limit} {self.unit}: {verdict}"])


class MeasurementError(Exception):
    """A measurement that could not be made, and why."""


def measure_flash(board: BoardFolder) -> Budget:
    """Build the image of a board and add it up by package, largest first."""
    built = image.build(board, OUTPUT / board.name)
    sums: dict[str, int] = {}
    sources = image.first_sources(built)
    for entry in built.manifest["files"]:
        name: str = entry["name"]
        package = _package(sources.get(name, name))
        sums[package] = sums.get(package, 0) + entry["bytes"]
    lines = [f"flash, image of {board.name}:"]
    for package, size in sorted(sums.items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"  {size:8d}  {package}")
    whole = built.manifest["image"]["bytes"]
    value = whole - sum(sums.get(package, 0) for package in BESIDE)
    lines.append(f"  {whole:8d}  together")
    what = f"image of {board.name} without displays and network"
    return Budget(what, value, IMAGE_LIMIT_BYTES, "bytes", lines)


def measure_partition(board: BoardFolder) -> Budget:
    """Compare the whole image of a board with the partition that it goes into."""
    built = image.load(OUTPUT / board.name)
    partition = partitions.find_named(
        partitions.read_csv(board.folder / "partitions.csv"), partitions.ROMFS_NAME
    )
    if partition is None:
        raise MeasurementError(f"{board.name} has no partition for its image")
    value = built.manifest["image"]["bytes"]
    return Budget(f"image of {board.name} in its partition", value, partition.size, "bytes", [])


def _package(name: str) -> str:
    """Return the package that a file of the image is counted in."""
    for package in PACKAGES:
        if name.startswith(package + "/") or (package.endswith("picture") and name.startswith(package)):
            return package
    return name.split("/")[0] if "/" in name else "board, boot, main"


@cache
def bare_image() -> image.Image:
    """Return the image of the firmware on the board without a world, built once."""
    return image.build(read_board(DEVICE / "BARE"), OUTPUT / "BARE")


def measure_heap(what: str) -> tuple[int, list[str]]:
    """Return the heap of `control` or `station` on a 32-bit board, and how it was estimated."""
    bare = bare_image()
    in_rom = _parts("measure_memory.py", bare.romfs, what)
    halved = sum(in_rom.values()) // 2
    lines = [f"heap, {what}, code in ROMFS, 64-bit unix port, largest first:"]
    lines += [f"  {size:8d}  {part}" for part, size in sorted(in_rom.items(), key=lambda item: -item[1])]
    lines.append(f"  {sum(in_rom.values()):8d}  together; half of it, {halved}, is an estimate for 32 bits")
    node = find_node()
    if node is None or not WASM_PACKAGE.exists():
        lines.append("  the 32-bit build is not installed: npm ci")
        return halved, lines
    on_heap = _parts("measure_memory.py", bare.tree, what)
    # Of the objects too: some of what they need is loaded with them.
    code = sum(on_heap.values()) - sum(in_rom.values())
    words = sum(_run(node, DEVICE / "measure_memory32.mjs", bare.tree, what).values())
    tasks = in_rom["tasks"] // 2
    estimate = words - code + tasks
    lines.append(f"  {words:8d}  on the 32-bit build with code on the heap and without tasks")
    lines.append(f"  {-code:8d}  code, which stays in flash")
    lines.append(f"  {tasks:8d}  tasks: half of what they take on 64 bits")
    return estimate, lines


def measure_control_heap() -> Budget:
    """Compare core, control task, supervisor and a board without a world with their budget."""
    value, lines = measure_heap("control")
    return Budget("heap of core, control task, supervisor and board", value, HEAP_LIMIT_BYTES, "bytes", lines)


def measure_person_heap() -> Budget:
    """Compare what somebody in front of the station uses with its budget, on the 64-bit unix port."""
    sums = _parts("measure_memory.py", bare_image().romfs, "person")
    lines = ["heap, person, code in ROMFS, 64-bit unix port, largest first:"]
    lines += [f"  {size:8d}  {part}" for part, size in sorted(sums.items(), key=lambda item: -item[1])]
    what = "heap of core, settings, displays, access and menu on 64 bits"
    return Budget(what, sum(sums.values()), PERSON_LIMIT_BYTES, "bytes", lines)


def measure_network_heap() -> Budget:
    """Compare a charging station at a broker, with one browser at its page, with its budget on the 64-bit unix port."""
    rows, loaded = size_network.measure(bare_image().romfs)
    sums = dict(rows)
    lines = ["heap, network, code in ROMFS, 64-bit unix port, largest first:"]
    lines += [f"  {size:8d}  {part}" for part, size in sorted(sums.items(), key=lambda item: -item[1])]
    value = sum(sums.values())
    lines.append(f"  {value:8d}  together; half of it, {value // 2}, is an estimate for 32 bits; {loaded}")
    what = "heap of everything with broker, web and one browser on 64 bits"
    return Budget(what, value, NETWORK_LIMIT_BYTES, "bytes", lines)


def measure_growth() -> Budget:
    """Compare the heap before and after a day of virtual time in which cars come and go."""
    result = _json(_micropython("measure_growth.py", bare_image().romfs))
    text = "heap after 12 h {begin} and after 36 h {end} bytes, {steps} steps, {closings} times C1 closed"
    if result["closings"] < 36:
        raise MeasurementError("no car charged in the day: " + text.format(**result))
    return Budget("growth in 24 h", result["end"] - result["begin"], 0, "bytes", [text.format(**result)])


def measure_start() -> Budget:
    """Compare the time until a valid pilot with that of 1,500,000 turns of an empty loop; the best of 3 counts."""
    best = -1
    lines = []
    for _ in range(3):
        result = _json(_micropython("measure_start.py", bare_image().romfs))
        if result["start_us"] < 0:
            raise MeasurementError("the firmware ended without a valid pilot")
        percent = -(-100 * result["start_us"] // result["loop_us"])
        best = percent if best < 0 else min(best, percent)
        lines.append(
            "start to a valid pilot {start_us} us, 1,500,000 empty loops {loop_us} us".format(**result)
        )
    return Budget("start", best, START_LIMIT_PERCENT, "percent of the empty loops", lines)


def _parts(program: str, place: Path, what: str) -> dict[str, int]:
    return dict(_json(_micropython(program, place, what)))


def _micropython(program: str, place: Path, *arguments: str) -> str:
    """Run a program of tools/device with a fresh folder for the station's files."""
    with tempfile.TemporaryDirectory() as data:
        command = [str(MICROPYTHON), "-X", "heapsize=4M", str(DEVICE / program), str(place), data, *arguments]
        return _output(command)


def _run(node: str, program: Path, tree: Path, what: str) -> dict[str, int]:
    return dict(_json(_output([node, str(program), str(tree), what])))


def _output(command: list[str]) -> str:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if result.returncode:
        raise MeasurementError(
            f"{' '.join(command)}: exit status {result.returncode}\n{result.stdout}{result.stderr}"
        )
    return result.stdout


def _json(output: str):
    """Return the last line of an output, which is JSON; the station's log may stand before it."""
    try:
        return json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise MeasurementError(f"no result in:\n{output}") from None


def budgets(boards: list[BoardFolder]) -> list[Callable[[], Budget]]:
    """Return the measurements to make."""
    flash: list[Callable[[], Budget]] = [lambda board=board: measure_flash(board) for board in boards]
    flash += [lambda board=board: measure_partition(board) for board in boards if board.chip]
    return [
        *flash,
        measure_control_heap,
        measure_person_heap,
        measure_network_heap,
        measure_growth,
        measure_start,
    ]


def main() -> int:
    """Print every figure; the exit status tells whether all budgets are kept."""
    parser = argparse.ArgumentParser(
        description="Compare flash, heap and start of the firmware with their budgets."
    )
    parser.add_argument("boards", nargs="*", help="boards whose images are measured; default: all")
    options = parser.parse_args()
    kept = True
    try:
        boards = [find_board(name) for name in options.boards or known_boards()]
        for measure in budgets(boards):
            budget = measure()
            kept = kept and budget.kept
            print(f"{budget}\n", flush=True)
        for what, board in (
            ("station", "a bare board"),
            ("all", "a board with displays, buttons and a reader"),
        ):
            value, lines = measure_heap(what)
            told = (
                f"heap of everything that main.py starts on {board}: about {value} bytes; for comparison only"
            )
            print("\n".join([*lines, told, ""]), flush=True)
    except (BoardError, image.ImageError, MeasurementError, size_network.NetworkError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
