"""A station on the simulated board under MicroPython at our own central system, for tests."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import mqtt_station

from csms_lib.threaded import ThreadedCsms

CARD = "04A1B2C3D4E5F6"
WAIT_S = 30.0


class Station(mqtt_station.Station):
    """One run of main.py with an EV meter, told where its back end is; `kill` takes its power away."""

    def __init__(self, data: Path, port: int, **settings: object) -> None:
        chosen = {
            "MQTTHost": "",
            "OcppMode": "Third party",
            "OcppUrl": f"ws://127.0.0.1:{port}",
            "EVMeter": "Eastron3P",
            "MaxCurrent": 16,
            "OcppInterval": 10,
        }
        chosen.update(settings)
        data.mkdir(exist_ok=True)
        super().__init__(data, 1883, **chosen)

    def cut(self) -> None:
        """Kill the process as a power cut would."""
        os.kill(self._lines.process.pid, signal.SIGKILL)
        self._lines.process.wait()

    def wait_exit(self, timeout_s: float = 30) -> None:
        """Wait until the firmware has reset the board."""
        self._lines.process.wait(timeout_s)

    def plug(self) -> None:
        self.post("/world", {"car.pilot": "B", "car.auto": True})

    def unplug(self) -> None:
        self.post("/world", {"car.pilot": "A"})

    def tap(self, card: str = CARD) -> None:
        self.post("/request", ["rfid", card])


def statuses(central: ThreadedCsms, connector: int = 1, after: int = 0) -> list[str]:
    """Return the statuses that a connector has told, in their order."""
    return [
        message.payload["status"]
        for message in central.csms.messages[after:]
        if message.action == "StatusNotification"
        and message.kind == "CALL"
        and message.payload["connectorId"] == connector
    ]


def calls(central: ThreadedCsms, action: str, after: int = 0) -> list[dict]:
    """Return the payloads of an action, in their order."""
    return [
        message.payload
        for message in central.csms.messages[after:]
        if (message.action, message.kind, message.direction) == (action, "CALL", "in")
    ]


def wait(found: Callable[[], object], what: str, timeout_s: float = WAIT_S):
    """Wait until something is found; return it."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen: {what}")


def profile(limit: float, purpose: str = "TxDefaultProfile", number: int = 1, **more: object) -> dict:
    return {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "startSchedule": "2026-01-01T00:00:00Z",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
        **more,
    }
