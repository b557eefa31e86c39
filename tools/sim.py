#!/usr/bin/env python3
"""Run the firmware on the simulated board, as `make sim` does, and start it again after a reset.

This process plays the part of the hardware around the controller: it resets the firmware when the firmware
asks for it, when it dies, and when it no longer feeds its watchdog.
"""

import argparse
import ctypes
import fcntl
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from interpreters import MICROPYTHON, ROOT, cpython_environment, micropython_environment

RESET_EXIT_STATUS = 42
USAGE_EXIT_STATUS = 2
WATCHDOG_S = 5.0
WEB_PORT = 8081
MODBUS_PORT = 8502
START_S = 30.0
QUICK_DEATH_S = 3.0
QUICK_DEATHS = 3
POLL_S = 0.2
PR_SET_PDEATHSIG = 1
HEAP_LEAST = 800 << 10
HEAP_MOST = 1 << 30
# Objects are twice as large here as on the chip, where 148 kB are free, and the code is in this heap too.
HEAP_DEFAULT = "1536k"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description="Run microEVSE on a simulated board, with its bench page.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--interpreter", choices=["micropython", "cpython"], default="micropython")
    parser.add_argument(
        "--bench-port", type=int, default=8080, metavar="PORT", help="of the bench page; 0 for any"
    )
    parser.add_argument(
        "--web-port",
        type=int,
        metavar="PORT",
        help="of the station's own page; 0 for any, as it is by default when the bench page has any (else 8081)",
    )
    parser.add_argument(
        "--modbus-port", type=int, metavar="PORT", help="of Modbus TCP, like --web-port (else 8502)"
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / "build/sim", metavar="DIR", help="where things are stored"
    )
    parser.add_argument(
        "--serial", default="", metavar="PORT", help="meter bus: tcp://host:port or a serial device"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, by label or key"
    )
    parser.add_argument(
        "--heap", default=HEAP_DEFAULT, metavar="SIZE", help="heap of MicroPython, such as 800k or 1M"
    )
    parser.add_argument(
        "--image",
        type=Path,
        metavar="FILE",
        help="run this image of board SIM instead of the sources (make image)",
    )
    options = parser.parse_args(arguments)
    if options.image and options.interpreter != "micropython":
        parser.error("--image runs under MicroPython only")
    for pair in options.set:
        if "=" not in pair:
            parser.error(f"--set takes KEY=VALUE, not {pair}")
    if options.web_port is None:
        options.web_port = WEB_PORT if options.bench_port else 0
    if options.modbus_port is None:
        options.modbus_port = MODBUS_PORT if options.bench_port else 0
    for name in ("bench_port", "web_port", "modbus_port"):
        if not 0 <= getattr(options, name) <= 65535:
            parser.error(f"--{name.replace('_', '-')} must be from 0 to 65535")
    if not re.fullmatch(r"[1-9][0-9]*[kKmM]?", options.heap):
        parser.error(f"--heap must look like 800k or 1M, not {options.heap}")
    if not HEAP_LEAST <= heap_bytes(options.heap) <= HEAP_MOST:
        parser.error(f"--heap must be from {HEAP_LEAST >> 10}k to {HEAP_MOST >> 20}M, not {options.heap}")
    return options


def heap_bytes(size: str) -> int:
    """Return the bytes that a size like 800k or 1M stands for."""
    factor = {"k": 1 << 10, "m": 1 << 20}.get(size[-1].lower(), 1)
    return int(size.rstrip("kKmM")) * factor


def open_data(folder: Path) -> IO[str]:
    """Make the data folder and keep other simulators out of it; OSError when it cannot be used."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError("another simulator uses it") from None
    # This memory survives a reset of the controller, but not that its supply was off.
    (folder / "scratch").unlink(missing_ok=True)
    return lock


def _end_with_parent() -> None:
    """Let the kernel end this process when the one that started it is gone, however that ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Controller:
    """The process that runs the firmware, as seen by the hardware around it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._watchdog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._watchdog.bind(("127.0.0.1", 0))
        self._command = _command(options, self._watchdog.getsockname()[1])
        micropython = options.interpreter == "micropython"
        self._environment = micropython_environment() if micropython else cpython_environment()
        self._settings = [word for pair in options.set for word in ("--set", pair)]
        self.process: subprocess.Popen[bytes] | None = None

    def run_once(self) -> int:
        """Run the firmware until it ends or starves its watchdog; return the exit status."""
        self.process = subprocess.Popen(
            self._command + self._settings,
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
            # This process has no threads.
            preexec_fn=_end_with_parent,  # noqa: PLW1509
        )
        # The firmware has stored them; a value changed on the bench page must survive the next reset.
        self._settings = []
        deadline = time.monotonic() + START_S
        while self.process.poll() is None:
            if select.select([self._watchdog], [], [], POLL_S)[0]:
                self._watchdog.recv(64)
                deadline = time.monotonic() + WATCHDOG_S
            elif time.monotonic() > deadline:
                print("watchdog: the firmware does not answer; reset", flush=True)
                self.process.kill()
                self.process.wait()
        return self.process.wait()

    def stop(self) -> None:
        """End the firmware."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _command(options: argparse.Namespace, watchdog_port: int) -> list[str]:
    if options.interpreter == "micropython":
        # On the chip an image is in flash; here it takes memory.
        image_bytes = options.image.stat().st_size if options.image else 0
        command = [str(MICROPYTHON), "-X", f"heapsize={heap_bytes(options.heap) + image_bytes}"]
        if options.image:
            command += ["tools/device/run_image.py", str(options.image.resolve())]
        else:
            command.append("firmware/main.py")
    else:
        command = [sys.executable, "-u", "firmware/main.py"]
    command += [
        "--bench-port",
        str(options.bench_port),
        "--web-port",
        str(options.web_port),
        "--modbus-port",
        str(options.modbus_port),
        "--data",
        str(options.data.resolve()),
    ]
    command += ["--watchdog-port", str(watchdog_port)]
    if options.serial:
        command += ["--serial", options.serial]
    return command


def run(controller: Controller) -> int:
    """Run the firmware and start it again after every reset; return why there is no more sense in it."""
    quick_deaths = 0
    while True:
        started = time.monotonic()
        status = controller.run_once()
        if status == USAGE_EXIT_STATUS:
            return status
        # A reset that the firmware asked for is its own affair: it notices boot loops by itself.
        quick = status != RESET_EXIT_STATUS and time.monotonic() - started < QUICK_DEATH_S
        quick_deaths = quick_deaths + 1 if quick else 0
        if quick_deaths >= QUICK_DEATHS:
            print(
                f"error: the firmware ended {QUICK_DEATHS} times right after its start"
                " (after a MemoryError: give it a larger --heap)",
                file=sys.stderr,
            )
            return 1
        print(
            "reset" if status == RESET_EXIT_STATUS else f"the firmware died (status {status}); reset",
            flush=True,
        )


def main() -> int:
    """Run until interrupted."""
    options = parse_arguments(sys.argv[1:])
    try:
        lock = open_data(options.data)
    except OSError as error:
        print(f"error: --data {options.data}: {error.strerror or error}", file=sys.stderr)
        return USAGE_EXIT_STATUS
    if not options.serial and not any(options.data.glob("settings.*")):
        # The bench has meters; a new station should show what it can do with them.
        options.set[:0] = ["EV METER=Eastron3P", "MAINS MET=Eastron3P"]
        print(
            "new station: the simulated meters are used (EV METER=Eastron3P, MAINS MET=Eastron3P)", flush=True
        )
    controller = Controller(options)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(0))
    try:
        return run(controller)
    except KeyboardInterrupt:
        return 0
    finally:
        controller.stop()
        lock.close()


if __name__ == "__main__":
    sys.exit(main())
