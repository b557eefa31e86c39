#!/usr/bin/env python3
"""Bring the firmware onto a board: deploy, flash, backup, restore, console, firmware.

Each command says what it will do before it does it; with --dry-run it does no more than that. None of them
writes to the NVS of a board, where the serial number and the keys of SmartEVSE hardware are.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

import deploy
import firmware_tree
import image
import nvs_backup
from board_folders import BoardError, BoardFolder, find_chip_board
from flash_plan import NVS_BEGIN, NVS_END, PlanError, Segment, make_plan, split_backup, write_files
from host_commands import CommandError, Commands, check_port
from interpreters import ROOT
from nvs_backup import esptool, find_backup, read_mac
from partitions import PartitionError

BUILD = ROOT / "build"


def flash(commands: Commands, board: BoardFolder, options: argparse.Namespace) -> None:
    """Write firmware, partition table and image."""
    if not options.firmware:
        raise CommandError(
            f"no firmware given: FIRMWARE=file.bin, MicroPython for {board.chip} from micropython.org/download"
            " or from make firmware"
        )
    built = image.load(_build_image(board).folder)
    firmware = Path(options.firmware).read_bytes()
    segments = make_plan(board, firmware, built.romfs.read_bytes())
    print(f"This writes to the {board.chip} at {options.port} and leaves everything else as it is:")
    _print_segments(segments)
    if not any(segment.name == "bootloader" for segment in segments):
        print("The firmware is an application only; the bootloader that is there stays.")
    _write(commands, board, options, segments)
    if not any(segment.name == "image" for segment in segments):
        print(f"The board has no ROMFS partition. Next: make deploy BOARD={board.name} PORT={options.port}")


def restore(commands: Commands, board: BoardFolder, options: argparse.Namespace) -> None:
    """Write a backup of the whole flash back, except for NVS, which never changed."""
    if not options.backup:
        raise CommandError("no backup given: BACKUP=backup/...-flash-1.bin")
    segments = split_backup(Path(options.backup).read_bytes())
    print(f"This writes {options.backup} back to the {board.chip} at {options.port}, except for NVS:")
    _print_segments(segments)
    _write(commands, board, options, segments)


def _write(
    commands: Commands, board: BoardFolder, options: argparse.Namespace, segments: list[Segment]
) -> None:
    """Write segments, once there is a backup of this very board."""
    mac = read_mac(commands, board, options.port)
    own = not options.backup or mac in Path(options.backup).name
    if not own and not options.force and not commands.dry_run:
        raise CommandError(f"{options.backup} is not named for this board, {mac} (FORCE=1 writes it)")
    saved = find_backup(mac, options.backups)
    if saved:
        print(f"backup of its NVS: {saved}")
    elif not options.force and not commands.dry_run:
        raise CommandError(
            f"there is no backup of NVS of {mac} in {options.backups}; first: make backup BOARD={board.name} "
            f"PORT={options.port} (FORCE=1 writes without one)"
        )
    pairs = write_files(segments, BUILD / "flash" / board.name)
    commands.run(*esptool(board, options.port, "write-flash", *pairs))


def _print_segments(segments: list[Segment]) -> None:
    for segment in segments:
        begin, end = segment.erased
        print(f"  {begin:#010x} to {end:#010x}  {segment.name}, {len(segment.content)} bytes")
    print(f"  {NVS_BEGIN:#010x} to {NVS_END:#010x}  NVS: not written")


def backup(commands: Commands, board: BoardFolder, options: argparse.Namespace) -> None:
    """Save NVS, and with --whole the whole flash."""
    nvs_backup.back_up(commands, board, options.port, options.backups, options.whole)


def deploy_image(commands: Commands, board: BoardFolder, options: argparse.Namespace) -> None:
    """Copy the image to a board that runs MicroPython."""
    deploy.deploy(commands, board, image.load(_build_image(board, options.complete).folder), options.port)


def console(commands: Commands, board: BoardFolder | None, options: argparse.Namespace) -> None:
    """Show the console of a board."""
    print(
        f"This shows the console at {options.port}; Ctrl-] or Ctrl-X leaves it. Ctrl-C there resets the station."
    )
    commands.run("mpremote", "connect", options.port, "resume", "repl")


def firmware(commands: Commands, board: BoardFolder, options: argparse.Namespace) -> None:
    """Build MicroPython with our code frozen into it."""
    missing = [name for name in ("IDF_PATH", "MICROPYTHON_DIR") if not os.environ.get(name)]
    if missing:
        raise CommandError(
            f"a firmware of our own needs ESP-IDF and the sources of MicroPython; not set: {', '.join(missing)}. "
            "Without them: MicroPython from micropython.org/download, then make flash or make deploy"
        )
    sources = Path(os.environ["MICROPYTHON_DIR"]).resolve()
    port = sources / "ports/esp32"
    if not (port / "Makefile").is_file():
        raise CommandError(f"MICROPYTHON_DIR={sources} has no ports/esp32")
    if not commands.dry_run and shutil.which("idf.py") is None:
        raise CommandError(f"idf.py is not on the PATH: . {os.environ['IDF_PATH']}/export.sh")
    output = BUILD / "firmware" / board.name
    print(f"This builds MicroPython from {sources} with microEVSE for {board.name} frozen into {output}.")
    tree = BUILD / "firmware-sources" / board.name
    # With date, commit and board filled in, as an image has them.
    folder = tree / board.folder.relative_to(ROOT) if commands.dry_run else firmware_tree.copy(board, tree)
    variables = [f"BOARD={board.name}", f"BOARD_DIR={folder}", f"BUILD={output}"]
    # MicroPython shows a date of its own; make hands this one on.
    if seconds := image.build_seconds():
        variables.append(f"SOURCE_DATE_EPOCH={seconds}")
    commands.run("make", "-C", str(sources / "mpy-cross"))
    commands.run("make", "-C", str(port), *variables, "submodules")
    commands.run("make", "-C", str(port), *variables)
    print(f"Next: make flash BOARD={board.name} PORT=... FIRMWARE={output / 'firmware.bin'}")


def _build_image(board: BoardFolder, complete: bool = False) -> image.Image:
    return image.build(board, image.OUTPUT / board.name, complete)


COMMANDS = {
    "deploy": deploy_image,
    "flash": flash,
    "backup": backup,
    "restore": restore,
    "console": console,
    "firmware": firmware,
}


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line; what is needed and empty is complained of later."""
    parser = argparse.ArgumentParser(description="Bring the firmware onto a board.")
    parser.add_argument("command", choices=list(COMMANDS))
    parser.add_argument("--board", default="", metavar="NAME")
    parser.add_argument("--port", default="", help="serial port of the board")
    parser.add_argument(
        "--firmware", default="", metavar="FILE", help="flash: MicroPython for the board's chip"
    )
    parser.add_argument("--backup", default="", metavar="FILE", help="restore: a backup of the whole flash")
    parser.add_argument(
        "--backups", type=Path, default=nvs_backup.FOLDER, metavar="DIR", help="default: backup"
    )
    parser.add_argument(
        "--complete",
        action="store_true",
        help="deploy: for tests on the board, with all modules and names of the sources",
    )
    parser.add_argument("--whole", action="store_true", help="backup: the whole flash too")
    parser.add_argument("--force", action="store_true", help="flash, restore: without a backup of NVS")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--mpremote", help="another mpremote than the pinned one")
    parser.add_argument("--esptool", help="another esptool than the pinned one")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Carry out one command."""
    options = parse_arguments(arguments)
    tools = {name: path for name in ("mpremote", "esptool") if (path := getattr(options, name))}
    commands = Commands(options.dry_run, tools)
    try:
        board = find_chip_board(options.board) if options.command != "console" else None
        if options.command != "firmware":
            check_port(options.port, options.dry_run)
        COMMANDS[options.command](commands, board, options)
    except (BoardError, CommandError, PlanError, PartitionError, image.ImageError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
