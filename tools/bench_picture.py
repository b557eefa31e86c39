#!/usr/bin/env python3
"""Take the picture of the bench page for the README: a car that has charged for a while."""

import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from interpreters import ROOT, find_chromium

PICTURE = ROOT / "docs/bench.png"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CHARGING_S = 75


def start(data: Path) -> tuple["subprocess.Popen[str]", str]:
    """Start a simulated station; return its process and the address of its page."""
    command = [sys.executable, "-u", str(ROOT / "tools/sim.py"), "--data", str(data), "--bench-port", "0"]
    process = subprocess.Popen(
        [*command, "--set", "MAX=16", "--set", "LOCK=Motor"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for line in process.stdout:
        found = re.search(r"Bench page: (\S+)", line)
        if found:
            return process, found[1]
    raise SystemExit("error: the station did not start")


def main() -> None:
    """Write docs/bench.png."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        process, address = start(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 1180}, color_scheme="light")
            page.goto(address)
            page.wait_for_timeout(3000)
            world = b'{"car.auto": true, "car.pilot": "B"}'
            urllib.request.urlopen(address + "world", world, timeout=5).close()
            page.wait_for_timeout(CHARGING_S * 1000)
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=str(PICTURE))
            browser.close()
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
