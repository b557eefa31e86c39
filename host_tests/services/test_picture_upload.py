"""The routes of the idle picture as a client sees them."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from microdot import Microdot, Request
from PIL import Image

from bench import picture_upload
from bench.listener import Listener
from evse.services.picture import IdlePicture

FREE = 10_000_000


class Station:
    """A picture and its routes at a port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.is_open = True
        self.folder = folder
        self.port = 0
        self.picture = IdlePicture(
            str(folder / "picture"), lambda: self.is_open, lambda: FREE, lambda folder: FREE
        )
        self.app = Microdot()
        # As `front.Picture` has it.
        routed: Any = SimpleNamespace(open=lambda: self.picture)
        picture_upload.register(self.app, routed)

    async def call(self, method: str, body: bytes = b"", length: int | None = None) -> tuple[int, dict]:
        """Send a request and return status and answer; `length` is what the header says."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        count = len(body) if length is None else length
        writer.write(f"{method} /picture HTTP/1.0\r\nContent-Length: {count}\r\n\r\n".encode() + body)
        await writer.drain()
        if length is not None:
            writer.write_eof()
        answer = await reader.read()
        writer.close()
        head, _, text = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(text)

    def work(self) -> None:
        """Do all that is to do."""
        while self.picture.step():
            pass
        self.picture.step()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # The routes allow larger bodies; other tests have their own limit.
    monkeypatch.setattr(Request, "max_content_length", Request.max_content_length)

    def run(scene) -> None:
        async def serve() -> None:
            station = Station(tmp_path)
            station.work()
            listener = Listener(station.app)
            station.port = await listener.open("127.0.0.1", 0)
            await scene(station)
            listener.close()

        asyncio.run(serve())

    return run


def saved(tmp_path: Path, side: int, kind: str) -> bytes:
    path = tmp_path / "made"
    Image.effect_noise((side, side), 90).convert("RGB").save(path, kind)
    return path.read_bytes()


def test_a_picture_comes_and_goes(run, tmp_path: Path) -> None:
    async def scene(station: Station) -> None:
        assert await station.call("GET") == (
            200,
            {"state": "idle", "frames": 0, "taken": 0, "size": 0, "error": ""},
        )
        # In memory as a whole, and in pieces.
        for data, method in ((saved(tmp_path, 20, "PNG"), "PUT"), (saved(tmp_path, 400, "JPEG"), "POST")):
            assert (len(data) > Request.max_body_length) == (method == "POST")
            status, answer = await station.call(method, data)
            assert status == 202 and answer["state"] == "converting"
            status, answer = await station.call("PUT", data)
            assert status == 409 and answer["field"] == "picture"
            station.work()
            status, answer = await station.call("GET")
            assert status == 200 and answer["frames"] == 1 and answer["state"] == "idle"
        status, answer = await station.call("DELETE")
        assert status == 200 and answer["frames"] == 0 and station.picture.shown is None

    run(scene)


def test_refusals(run, tmp_path: Path) -> None:
    async def scene(station: Station) -> None:
        good = saved(tmp_path, 200, "JPEG")
        assert (await station.call("PUT", good))[0] == 202
        station.work()
        for body, length, expected, text in (
            (b"<svg>" * 10, None, 400, "neither"),
            (b"<svg>" * 10000, None, 400, "neither"),
            (b"", None, 400, "neither"),
            (bytes(1000), 204801, 413, "larger than 204800"),
            (good[:-10], len(good), 400, "not complete"),
        ):
            status, answer = await station.call("PUT", body, length)
            assert status == expected and text in answer["error"], answer
            station.work()
        # Told by the status: it is found out later.
        assert (await station.call("PUT", good[:-10]))[0] == 202
        station.work()
        status, answer = await station.call("GET")
        assert "ends before" in answer["error"] and answer["frames"] == 1
        station.is_open = False
        for method in ("PUT", "DELETE"):
            status, answer = await station.call(method, good)
            assert status == 409 and "charging" in answer["error"]
        assert sorted(path.name for path in station.folder.glob("picture*")) == ["picture.pix"]

    run(scene)


def test_a_client_that_goes_away(run, tmp_path: Path) -> None:
    async def scene(station: Station) -> None:
        good = saved(tmp_path, 400, "JPEG")
        _, writer = await asyncio.open_connection("127.0.0.1", station.port)
        writer.write(f"PUT /picture HTTP/1.0\r\nContent-Length: {len(good)}\r\n\r\n".encode() + good[:5000])
        await writer.drain()
        await asyncio.sleep(0.1)
        assert (await station.call("GET"))[1]["state"] == "receiving"
        assert (await station.call("PUT", good))[0] == 409
        writer.close()
        await asyncio.sleep(0.1)
        station.work()
        assert (await station.call("GET"))[1]["state"] == "idle"
        assert (await station.call("PUT", good))[0] == 202

    run(scene)
