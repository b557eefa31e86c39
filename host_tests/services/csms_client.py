"""Charge points for tests of the central system: one of the package `ocpp`, and one that says whatever it is told."""

import asyncio
import json
from typing import Any

import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result

ID = "CP1"
BOOT = {"chargePointVendor": "microEVSE", "chargePointModel": "SIM"}


class PackagePoint(ChargePoint):
    """Answers what a good charge point answers."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.profiles: list[dict[str, Any]] = []

    @on("SetChargingProfile")
    def set_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
        self.profiles.append(cs_charging_profiles)
        return call_result.SetChargingProfile(status="Accepted")  # pyright: ignore[reportArgumentType]

    @on("GetConfiguration")
    def get_configuration(self, key: list[str] | None = None) -> Any:
        rows = [{"key": name, "readonly": False, "value": "1"} for name in key or ["HeartbeatInterval"]]
        return call_result.GetConfiguration(configuration_key=rows)


class RawPoint:
    """`async with RawPoint(port) as point:`; says texts, and `ask` waits for the answer."""

    def __init__(self, port: int, name: str = ID, **options: Any) -> None:
        self._url = f"ws://127.0.0.1:{port}/ocpp/{name}"
        self._options = options
        self._number = 0

    async def __aenter__(self) -> "RawPoint":
        self.socket = await websockets.connect(
            self._url,
            subprotocols=["ocpp1.6"],  # pyright: ignore[reportArgumentType]
            **self._options,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def say(self, words: Any) -> None:
        await self.socket.send(words if isinstance(words, (str, bytes)) else json.dumps(words))

    async def hear(self, timeout_s: float = 5.0) -> Any:
        return json.loads(await asyncio.wait_for(self.socket.recv(), timeout_s))

    async def ask(self, action: str, payload: dict[str, Any], unique_id: str = "") -> Any:
        """Make a call; return the answer as it came."""
        self._number += 1
        await self.say([2, unique_id or f"a-{self._number}", action, payload])
        return await self.hear()

    async def boot(self) -> None:
        answer = await self.ask("BootNotification", BOOT)
        assert answer[2]["status"] == "Accepted", answer

    async def start(self, time: str = "2026-11-21T10:00:00Z", meter: int = 100, **more: Any) -> int:
        answer = await self.ask(
            "StartTransaction",
            {"connectorId": 1, "idTag": "TAG", "timestamp": time, "meterStart": meter, **more},
        )
        return answer[2]["transactionId"]

    async def meter(self, number: int, time: str, wh: Any, **more: Any) -> Any:
        value = [{"timestamp": time, "sampledValue": [{"value": str(wh), **more}]}]
        return await self.ask("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": value})

    async def stop(self, number: int, time: str, wh: int, **more: Any) -> Any:
        payload = {"transactionId": number, "timestamp": time, "meterStop": wh, **more}
        return await self.ask("StopTransaction", payload)
