"""Copy an image to a board that runs MicroPython already, over its serial port."""

import json
import time

import serial

import flat_modules
from board_folders import BoardFolder
from host_commands import CommandError, Commands
from image import Image, first_sources
from interpreters import ROOT

DEVICE = ROOT / "tools/device"
BAUD = 115200
INTERRUPT_S = 20.0
RESET_AFTER_S = 1.0
RESET_PULSE_S = 0.1
INTERRUPT_PERIOD_S = 0.05
PROMPT = b">>> "

# Architectures of native code as `sys.implementation._mpy` numbers them.
MPY_ARCH = {"x64": 2, "xtensawin": 10, "rv32imc": 11}
MPY_VERSION = 6


def announce(image: Image, port: str) -> None:
    """Tell what a deployment does."""
    manifest = image.manifest
    print(f"This puts microEVSE {manifest['version']} for {manifest['board']} on the MicroPython at {port}:")
    print("  the station there is stopped; whatever it charges stops charging,")
    print("  the image goes to the ROMFS partition if there is one and it fits, else its files go to /lib,")
    print("  /boot.py and /main.py are replaced, settings and NVS stay as they are, and the board is reset.")


def deploy(commands: Commands, board: BoardFolder, image: Image, port: str) -> None:
    """Stop the station, look what is there, copy, and reset."""
    announce(image, port)
    if not commands.dry_run:
        stop_station(port)
    # `resume`: mpremote would otherwise start the station again by a soft reset.
    connect = ("mpremote", "connect", port, "resume")
    answer = commands.ask(*connect, "run", str(DEVICE / "probe.py"))
    if commands.dry_run:
        print("then, depending on the answer, either:")
        _copy_romfs(commands, image, connect)
        print("or:")
        _copy_tree(commands, image, connect, {"lib": [], "root": ["main.py"]})
    else:
        device = _parse(answer)
        check_device(board, device)
        if device["romfs"] >= image.romfs.stat().st_size:
            _copy_romfs(commands, image, connect)
        else:
            check_space(image, device)
            _copy_tree(commands, image, connect, device)
    commands.run(*connect, "reset")


def _parse(answer: str) -> dict:
    try:
        return json.loads(answer.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise CommandError(f"the device gave no answer that makes sense:\n{answer}") from None


def check_device(board: BoardFolder, device: dict) -> None:
    """Raise CommandError when the device is not what the image was made for."""
    # MicroPython calls itself "Generic ESP32 module with ESP32".
    chip = device["machine"].split()[-1].lower()
    if board.chip and chip != board.chip:
        raise CommandError(f"the device is {device['machine']}; board {board.name} has {board.chip}")
    mpy = device["mpy"]
    if mpy & 0xFF != MPY_VERSION or mpy >> 10 & 0x3F != MPY_ARCH[board.march]:
        raise CommandError(
            f"MicroPython {device['version']} cannot run this image (its .mpy number is {mpy})"
        )


def check_space(image: Image, device: dict) -> None:
    """Raise CommandError when the tree does not fit into the file system beside what is there."""
    # A file takes whole blocks of 4 kB on LittleFS; small ones share theirs with the directory.
    needed = sum(-(-entry["bytes"] // 4096) * 4096 for entry in image.manifest["files"])
    if not device["lib"] and needed > device["free"]:
        raise CommandError(f"the files need up to {needed} bytes; the device has {device['free']} free")


def _copy_romfs(commands: Commands, image: Image, connect: tuple[str, ...]) -> None:
    commands.run(*connect, "romfs", "deploy", str(image.romfs))
    _copy_starters(commands, connect)


def _copy_tree(commands: Commands, image: Image, connect: tuple[str, ...], device: dict) -> None:
    """Copy the tree; without /main.py first, so that a broken copy never starts."""
    if "main.py" in device["root"]:
        commands.run(*connect, "fs", "rm", ":main.py")
    # What an older version left would shadow or outlive what is new. Other people's packages stay.
    files = [*(entry["name"] for entry in image.manifest["files"]), *first_sources(image).values()]
    stems = {name.split("/")[0].split(".")[0] for name in files}
    for name in sorted(device["lib"]):
        if name.split(".")[0] in stems or flat_modules.MOVED.fullmatch(name):
            commands.run(*connect, "fs", "rm", "-r", f":lib/{name}")
    commands.run(*connect, "fs", "cp", "-r", str(image.tree), ":")
    _copy_starters(commands, connect)


def _copy_starters(commands: Commands, connect: tuple[str, ...]) -> None:
    commands.run(*connect, "fs", "cp", str(DEVICE / "safe.py"), ":boot.py")
    commands.run(*connect, "fs", "cp", str(DEVICE / "start.py"), ":main.py")


def stop_station(port: str) -> None:
    """Interrupt whatever runs until there is a prompt.

    A running station answers an interrupt with safe outputs and a reset, as it must. So interrupts go on
    into its next start, where they meet imports and not yet the control task and its watchdog.
    """
    print(f"stopping what runs at {port}", flush=True)
    received = b""
    begin = time.monotonic()
    reset_done = False
    with serial.Serial(port, BAUD, timeout=INTERRUPT_PERIOD_S) as line:
        while time.monotonic() - begin < INTERRUPT_S:
            line.write(b"\r\x03")
            received = (received + line.read(4096))[-256:]
            if received.endswith(PROMPT):
                return
            if not reset_done and time.monotonic() - begin > RESET_AFTER_S:
                reset_done = True
                _reset(line)
    raise CommandError(
        f"no prompt of MicroPython at {port} within {INTERRUPT_S:.0f} s; is its firmware on the board?"
    )


def _reset(line: serial.Serial) -> None:
    """Pull the chip's reset by the RTS line, where the adapter has that."""
    try:
        line.dtr = False
        line.rts = True
        time.sleep(RESET_PULSE_S)
        line.rts = False
    except OSError:
        # A line without control signals; the interrupts have to do.
        pass
