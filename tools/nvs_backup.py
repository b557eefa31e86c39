"""Backups of what must not be lost: the NVS of a board, which holds its serial number and keys."""

import os
import re
from pathlib import Path

from board_folders import BoardFolder
from flash_plan import NVS_BEGIN, NVS_END
from host_commands import CommandError, Commands
from interpreters import ROOT

FOLDER = ROOT / "backup"
NVS_BYTES = NVS_END - NVS_BEGIN
BAUD = "460800"
DRY_RUN_MAC = "000000000000"


def esptool(board: BoardFolder, port: str, *arguments: str) -> tuple[str, ...]:
    """Return an esptool command for a board."""
    return ("esptool", "--chip", board.chip, "--port", port, "--baud", BAUD, *arguments)


def read_mac(commands: Commands, board: BoardFolder, port: str) -> str:
    """Return the hardware address of the chip, which names its backups."""
    output = commands.ask(*esptool(board, port, "read-mac"))
    if commands.dry_run:
        return DRY_RUN_MAC
    found = re.search(r"MAC:\s+((?:[0-9a-f]{2}:){5}[0-9a-f]{2})", output, re.IGNORECASE)
    if not found:
        raise CommandError(f"esptool told no hardware address:\n{output}")
    return found[1].replace(":", "").lower()


def find_backup(mac: str, folder: Path) -> Path | None:
    """Return the first NVS backup of a chip, if there is a whole one."""
    files = (path for path in sorted(folder.glob(f"{mac}-nvs*.bin")) if path.stat().st_size == NVS_BYTES)
    return next(files, None)


def back_up(commands: Commands, board: BoardFolder, port: str, folder: Path, whole: bool) -> None:
    """Save the NVS, and the whole flash when asked for; an older backup is never overwritten."""
    print(
        f"This reads NVS ({NVS_BEGIN:#x} to {NVS_END:#x}) of the {board.chip} at {port} into {folder}", end=""
    )
    print(
        ", and its whole flash. Nothing is written to the board."
        if whole
        else ". Nothing is written to the board."
    )
    mac = read_mac(commands, board, port)
    _read(commands, board, port, _free_name(folder, f"{mac}-nvs"), f"{NVS_BEGIN:#x}", f"{NVS_BYTES:#x}")
    if whole:
        _read(commands, board, port, _free_name(folder, f"{mac}-flash"), "0", "ALL")


def _free_name(folder: Path, stem: str) -> Path:
    number = 1
    while (folder / f"{stem}-{number}.bin").exists():
        number += 1
    return folder / f"{stem}-{number}.bin"


def _read(commands: Commands, board: BoardFolder, port: str, path: Path, offset: str, size: str) -> None:
    part = path.with_suffix(".part")
    if not commands.dry_run:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # The keys of the station are in it. A name that exists keeps its mode when it is written.
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
    commands.run(*esptool(board, port, "read-flash", offset, size, str(part)))
    if commands.dry_run:
        return
    found = part.stat().st_size
    if size != "ALL" and found != int(size, 0):
        raise CommandError(f"the backup has {found} bytes, not {size}; it is not kept")
    part.rename(path)
    print(f"saved: {path}")
