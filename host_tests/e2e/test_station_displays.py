"""Displays, buttons and cards of the whole station, by what its bench page streams and takes."""

import base64
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from running_station import Station

CARD = "04A1B2C3D4E5F6"
WAIT_S = 15.0
RGB, LCD = 0, 1


class Watcher:
    """One live stream: the outputs and the frames of both displays as a client puts them together."""

    def __init__(self, link) -> None:
        self._link = link
        self.status: dict = {}
        self.frames = [bytearray(3072), bytearray(1024)]

    def until(self, condition, what: str) -> None:
        """Take messages until the condition holds."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if condition(self):
                return
            self._take()
        raise AssertionError(f"{what}: {self.status.get('display.page')}")

    def page(self, *names: str) -> None:
        """Wait for a page and for its pixels."""
        self.until(lambda _: self.status.get("display.page") in names, f"page {names}")
        # A page is drawn within the next period of the displays.
        end = time.monotonic() + 0.6
        self.until(lambda _: time.monotonic() > end, "drawn")

    def _take(self) -> None:
        line = self._link.readline()
        if not line.startswith(b"data: "):
            return
        message = json.loads(line[6:])
        self.status.update(message.get("status", {}))
        if "display" in message:
            pixels = base64.b64decode(message["pixels"], validate=True)
            assert len(pixels) == len(self.frames[message["display"]]) // 8
            self.frames[message["display"]][message["at"] : message["at"] + len(pixels)] = pixels

    def copy(self) -> list[bytes]:
        """Return both frames as they are now."""
        return [bytes(frame) for frame in self.frames]


@contextmanager
def watching(station: Station) -> Iterator[Watcher]:
    with urllib.request.urlopen(station.address + "/stream", timeout=WAIT_S) as link:
        yield Watcher(link)


def post(station: Station, path: str, body: object) -> None:
    status, answer = station.post(path, body)
    assert status == 200, answer


def colors(frame: bytes) -> set[bytes]:
    return {frame[at : at + 3] for at in range(0, len(frame), 3)}


def test_both_displays_follow_a_charge(tmp_path: Path) -> None:
    with Station(tmp_path) as station, watching(station) as watcher:
        watcher.page("idle")
        idle = watcher.copy()
        assert len(colors(idle[RGB])) > 1 and any(idle[LCD])
        post(station, "/world", {"car.pilot": "B", "car.auto": True})
        watcher.page("energy")
        charging = watcher.copy()
        assert charging[RGB] != idle[RGB] and charging[LCD] != idle[LCD]
        post(station, "/world", {"rcm": True})
        post(station, "/settings", {"RCMON": "Enabled"})
        watcher.page("error")
        failed = watcher.copy()
        assert failed[RGB] not in (idle[RGB], charging[RGB]) and failed[LCD] not in (idle[LCD], charging[LCD])
        # The lamps of an error are red; the brightness of the panel is half of what it could be.
        assert any(color[0] > 2 * max(color[1:]) for color in colors(failed[RGB]))
        assert max(failed[RGB]) <= 128
        post(station, "/settings", {"BRIGHT": 255})
        watcher.until(lambda _: max(watcher.frames[RGB]) > 200, "brighter")


def test_a_card_is_learned_and_opens_the_station(tmp_path: Path) -> None:
    with Station(tmp_path, "--set", "RFID=Learn") as station:
        with watching(station) as watcher:
            watcher.page("message")
            post(station, "/request", ["rfid", CARD])
            watcher.until(lambda _: watcher.status["rfid"] == "Card Stored", "stored")
            post(station, "/settings", {"RFID": "EnableAll"})
            watcher.until(lambda _: watcher.status["access"] == "off", "closed")
            post(station, "/world", {"car.pilot": "B", "car.auto": True})
            watcher.page("authorise")
        # What was learned outlives the restart, and so does the closed access.
        post(station, "/request", ["restart"])
        station.wait_for_line("Bench page: ", after=station.wait_for_line("reset"))
        with watching(station) as watcher:
            watcher.page("authorise")
            assert watcher.status["access"] == "off"
            post(station, "/request", ["rfid", "DEADBEEF"])
            watcher.page("card_refused")
            time.sleep(3)
            post(station, "/request", ["rfid", CARD])
            watcher.until(lambda _: watcher.status["c1.closed"] is True, "charging")
            assert watcher.status["rfid.owner"] == CARD
            post(station, "/world", {"car.pilot": "A"})
            watcher.until(lambda _: watcher.status["access"] == "off", "closed after the car has left")
            watcher.until(lambda _: watcher.status["session.end"] == "unplugged", "session is kept")
            assert watcher.status["session.card"] == CARD


def test_a_long_press_opens_the_menu_on_both_displays(tmp_path: Path) -> None:
    with Station(tmp_path) as station, watching(station) as watcher:
        watcher.page("idle")
        idle = watcher.copy()
        post(station, "/request", ["button", "middle", 2500])
        watcher.page("menu")
        menu = watcher.copy()
        assert menu[RGB] != idle[RGB] and menu[LCD] != idle[LCD]
        post(station, "/request", ["button", "right", 200])
        watcher.until(lambda _: bytes(watcher.frames[LCD]) != menu[LCD], "next entry")
