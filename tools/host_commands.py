"""Commands of other programs: said before they run, and only said in a dry run."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from serial.tools import list_ports


class CommandError(Exception):
    """A command that could not be run or that failed."""


class Commands:
    """Run commands for one port; `tools` maps the name of a program to where it is."""

    def __init__(self, dry_run: bool, tools: dict[str, str] | None = None) -> None:
        self.dry_run = dry_run
        self._tools = tools or {}

    def run(self, *command: str) -> None:
        """Say a command, then run it unless this is a dry run."""
        self._start(command, capture=False)

    def ask(self, *command: str) -> str:
        """Say a command, run it and return its output; nothing in a dry run."""
        return self._start(command, capture=True)

    def program(self, name: str) -> list[str]:
        """Return how a program is started: the pinned one of this environment before any other."""
        if name in self._tools:
            return [self._tools[name]]
        pinned = Path(sys.executable).parent / name
        path = str(pinned) if pinned.exists() else shutil.which(name)
        if path is None:
            raise CommandError(f"{name} is not installed: make setup")
        return [path]

    def _start(self, command: tuple[str, ...], capture: bool) -> str:
        print("$ " + shlex.join(command), flush=True)
        if self.dry_run:
            return ""
        output = subprocess.PIPE if capture else None
        # What a program complains about is for the user in either case.
        result = subprocess.run(
            [*self.program(command[0]), *command[1:]], stdout=output, text=True, check=False
        )
        if result.returncode:
            raise CommandError(
                f"{command[0]} failed (exit status {result.returncode}); {result.stdout or 'see above'}"
            )
        return result.stdout or ""


def check_port(port: str, dry_run: bool) -> str:
    """Return the port; CommandError when none was given or it is not there."""
    found = [f"{entry.device} ({entry.description})" for entry in list_ports.comports()]
    here = "ports here: " + ", ".join(found) if found else "no serial port was found here"
    if not port:
        raise CommandError(f"no port given: PORT=/dev/ttyUSB0, say; {here}")
    if not dry_run and "://" not in port and not Path(port).exists():
        raise CommandError(f"there is no port {port}; {here}")
    return port
