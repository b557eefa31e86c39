"""Talk to a station through its bench page, wherever it runs."""

import json
import time
import urllib.error
import urllib.request

from simworld import world_table

ANSWER_S = 5


class StationClient:
    """A station at `address`, such as http://127.0.0.1:8080."""

    address = ""

    def get(self, path: str):
        """Return the JSON at a path."""
        with urllib.request.urlopen(self.address + path, timeout=ANSWER_S) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> tuple[int, dict]:
        """Return status and JSON of a POST."""
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def wait_status(self, wanted: dict, timeout_s: float) -> dict:
        """Wait until the status has the wanted values; return it."""
        deadline = time.monotonic() + timeout_s
        status: dict = {}
        while time.monotonic() < deadline:
            try:
                status = self.get("/status")
            except OSError:
                status = {}
            if all(status.get(name) == value for name, value in wanted.items()):
                return status
            time.sleep(0.05)
        raise AssertionError(f"not {wanted} within {timeout_s} s, but {status}{self.evidence()}")

    def evidence(self) -> str:
        """Return what else is known of the station, for the message of a failed test."""
        return ""


class RemoteStation(StationClient):
    """A station that somebody else started; as a context manager it is as after its first start, and left as it was.

    Only its recent past stays: counters of energy, and why it was reset last.
    """

    READY_S = 30.0

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._settings: dict = {}
        self._world: dict = {}

    def __enter__(self) -> "RemoteStation":
        try:
            self._settings = self._shown_settings()
            self._world = self.get("/world")
        except OSError as error:
            raise AssertionError(f"no station answers at {self.address}: {error}") from None
        self._make_ready({row.name: row.default for row in world_table.ROWS})
        return self

    def __exit__(self, *_: object) -> None:
        now = self._shown_settings()
        changed = {key: value for key, value in self._settings.items() if now[key] != value}
        if changed:
            status, answer = self.post("/settings", changed)
            assert status == 200, answer
        self._make_ready(self._world)

    def _make_ready(self, world: dict) -> None:
        """Take the car away, so that nothing of an earlier test goes on, and set the world."""
        status, answer = self.post("/world", {**world, "car.pilot": "A", "power": True})
        assert status == 200, answer
        self.wait_status({"state": "A", "c1.closed": False}, self.READY_S)
        for words in (["access", "on"], ["reset_fault"]):
            self.post("/request", words)
        self.wait_status({"state": "A", "fault": []}, self.READY_S)
        if world["car.pilot"] != "A":
            # A pilot level alone takes the decision from the car.
            self.post("/world", {name: world[name] for name in ("car.pilot", "car.auto")})

    def _shown_settings(self) -> dict:
        return {row["key"]: row["value"] for row in self.get("/settings")}
