"""The central system against the charge point of the package `ocpp`, and against one that breaks the rules."""

import asyncio
import base64
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import websockets
from csms_client import BOOT, ID, PackagePoint, RawPoint
from mqtt_broker import make_certificates
from ocpp.v16 import call
from websocket_server import WebSocketPeer

from csms_lib import commands
from csms_lib.answers import CallRefused
from csms_lib.faults import NAMES
from csms_lib.messages import timestamp
from csms_lib.schema import actions, parse_time
from csms_lib.server import Csms, tls_context
from csms_lib.threaded import ThreadedCsms


def run(work: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


def test_a_session_of_the_package():
    async def work() -> None:
        async with Csms() as csms:
            url = f"ws://127.0.0.1:{csms.port}/{ID}"
            async with websockets.connect(url, subprotocols=["ocpp1.6"]) as socket:  # pyright: ignore[reportArgumentType]
                point = PackagePoint(ID, socket)
                task = asyncio.create_task(point.start())
                await point.call(call.BootNotification("model", "vendor"))
                await point.call(call.Heartbeat())
                authorized: Any = await point.call(call.Authorize("TAG"))
                assert authorized.id_tag_info["status"] == "Accepted"
                started: Any = await point.call(call.StartTransaction(1, "TAG", 1000, "2026-11-21T10:00:00Z"))
                value = {"timestamp": "2026-11-21T10:05:00Z", "sampledValue": [{"value": "1500"}]}
                await point.call(call.MeterValues(1, [value], started.transaction_id))
                profile = {
                    "chargingProfileId": 1,
                    "stackLevel": 0,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "chargingProfileKind": "Absolute",
                    "chargingSchedule": {
                        "chargingRateUnit": "A",
                        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.5}],
                    },
                }
                request = {"connectorId": 0, "csChargingProfiles": profile}
                assert await csms.call("SetChargingProfile", request) == {"status": "Accepted"}
                assert point.profiles[0]["charging_schedule"]["charging_schedule_period"][0]["limit"] == 10.5
                await point.call(call.StopTransaction(1800, "2026-11-21T10:10:00Z", started.transaction_id))
                with pytest.raises(CallRefused) as refused:
                    await csms.call("ClearCache")
                assert refused.value.code in ("NotImplemented", "NotSupported")
                task.cancel()
            assert csms.problems == []
            assert csms.books.energy_wh(ID) == 800 and csms.books.running(ID) == []
            assert [message.action for message in csms.messages[:4:2]] == ["BootNotification", "Heartbeat"]

    run(work())


# What a charge point says behind a good BootNotification, and what is said about it.
AT = "2026-11-21T10:00:00Z"
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
WRONG: dict[str, list[tuple[Any, str]]] = {
    "schema": [
        (["Heartbeat", {"more": 1}], "Additional properties"),
        (["Authorize", {"idTag": "x" * 21}], "idTag: 'xxxxxxxxxxxxxxxxxxxxx' is too long"),
        (["StatusNotification", {**STATUS, "status": "Sleeping"}], "status: 'Sleeping' is not one of"),
        (["Explode", {}], "unknown action 'Explode'"),
    ],
    "times": [
        (["StatusNotification", {**STATUS, "timestamp": time}], "is no time in UTC")
        for time in ("2026-11-21T10:00:00", "2026-11-21T10:00:00+01:00", "2026-02-30T10:00:00Z", "today")
    ]
    + [
        (["StatusNotification", {**STATUS, "timestamp": "2026-11-21T10:00:00.5Z"}], ""),
        (["StatusNotification", {**STATUS, "timestamp": AT}], "is older than the one before"),
    ],
    "ids": [
        ([2, "1", "Heartbeat", {}], ""),
        ([2, "1", "Authorize", {"idTag": "A"}], "the id 1 was used for another Heartbeat"),
        ([2, "1", "Heartbeat", {}], "comes again though it was answered"),
        ([2, "y" * 37, "Heartbeat", {}], "an id of 37 characters"),
    ],
    "no messages": [
        ("hello", "no JSON"),
        ("[]", "no OCPP message"),
        ([2], "CALL of 1 elements"),
        ([2, 7, "Heartbeat", {}], "an id that is no text"),
        ([2, "9", "Heartbeat", []], "a payload that is no object"),
        ([3, "never", {}], "answer to a call that was never made"),
        ([4, "never", "Oops", "", {}], "unknown error code 'Oops'"),
        (b"\x00", "a binary message"),
    ],
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_against_the_rules_is_noticed(what: str):
    async def work() -> None:
        async with Csms() as csms, RawPoint(csms.port) as point:
            await point.boot()
            for number, (words, problem) in enumerate(WRONG[what]):
                before = len(csms.problems)
                if isinstance(words, list) and words and isinstance(words[0], str):
                    words = [2, f"m-{number}", *words]
                await point.say(words)
                if isinstance(words, list) and words[:1] == [2] and len(words) == 4 and words[3] != []:
                    if isinstance(words[1], str):
                        await point.hear()
                # Behind a good call everything before it was looked at.
                await point.ask("Heartbeat", {}, f"h-{number}")
                found = csms.problems[before:]
                if problem:
                    assert any(problem in one for one in found), (words, found)
                else:
                    assert found == []

    run(work())


def test_calls_that_come_too_early():
    async def work() -> None:
        async with Csms() as csms, RawPoint(csms.port) as point:
            csms.answers["BootNotification"] = {"status": "Pending", "currentTime": AT, "interval": 1}
            assert (await point.ask("BootNotification", BOOT))[2]["status"] == "Pending"
            await point.ask("Heartbeat", {})
            assert csms.problems == [f"{ID}: Heartbeat comes before BootNotification was accepted"]
            # What was asked for may come.
            asking = asyncio.create_task(csms.call("TriggerMessage", {"requestedMessage": "Heartbeat"}))
            _, unique_id, _, _ = await point.hear()
            await point.say([3, unique_id, {"status": "Accepted"}])
            await asking
            await point.ask("Heartbeat", {})
            assert len(csms.problems) == 1
            # Two at a time.
            csms.answers["Heartbeat"] = None
            await point.say([2, "x", "Heartbeat", {}])
            await point.say([2, "y", "Authorize", {"idTag": "A"}])
            await point.hear()
            assert any("comes before the answer to call x" in one for one in csms.problems)

    run(work())


def test_books_and_energies():
    async def work() -> None:
        async with Csms() as csms, RawPoint(csms.port) as point:
            await point.boot()
            first = await point.start()
            # The same once more is not another one.
            assert await point.start() == first
            await point.meter(first, "2026-11-21T10:05:00Z", 200)
            await point.meter(first, "2026-11-21T10:06:00Z", 1, unit="kWh")
            await point.meter(first, "2026-11-21T10:07:00Z", 5, measurand="Voltage")
            assert csms.problems == []
            await point.meter(first, "2026-11-21T10:08:00Z", 900)
            await point.meter(first, "2026-11-21T10:07:30Z", 1100)
            await point.stop(first, "2026-11-21T10:10:00Z", 1200, reason="Local")
            await point.stop(first, "2026-11-21T10:10:00Z", 1200, reason="Local")
            assert [one.split(": ", 1)[1] for one in csms.problems] == [
                "the register of connector 1 goes back from 1000 to 900 Wh",
                "MeterValues of connector 1 at 2026-11-21T10:07:30Z is older than what came before",
            ]
            csms.problems.clear()
            await point.stop(first, "2026-11-21T10:10:00Z", 1201)
            await point.meter(first, "2026-11-21T10:11:00Z", 1201)
            await point.stop(99, "2026-11-21T10:12:00Z", 1201)
            await point.stop(-1, "2026-11-21T10:12:00Z", 1201)
            assert [one.split(": ", 1)[1] for one in csms.problems] == [
                f"StopTransaction of {first} comes again with another content",
                f"MeterValues of transaction {first} come after its StopTransaction",
                "StopTransaction of the unknown transaction 99",
            ]
            csms.problems.clear()
            second = await point.start("2026-11-21T11:00:00Z", 1300)
            third = await point.start("2026-11-21T11:00:01Z", 1300)
            await point.stop(second, "2026-11-21T11:01:00Z", 1299)
            assert any("while another one runs" in one for one in csms.problems)
            assert any("meterStop 1299 is below meterStart 1300" in one for one in csms.problems)
            assert [one.transaction_id for one in csms.books.running(ID)] == [third]
            assert csms.books.find(ID, first).energy_wh == 1100  # pyright: ignore[reportOptionalMemberAccess]
            assert "1100 Wh, Local" in csms.books.transactions[0].line()

    run(work())


def test_own_answers():
    async def work() -> None:
        async with Csms() as csms, RawPoint(csms.port) as point:
            await point.boot()
            csms.tags["BAD"] = {"status": "Blocked"}
            assert (await point.ask("Authorize", {"idTag": "BAD"}))[2]["idTagInfo"] == {"status": "Blocked"}

            def refuse(_link: Any, payload: dict[str, Any]) -> None:
                raise CallRefused("InternalError", payload["idTag"])

            csms.answers["Authorize"] = refuse
            answer = await point.ask("Authorize", {"idTag": "T"})
            assert answer[0] == 4 and answer[2:] == ["InternalError", "T", {}]
            csms.strict = False
            assert (await point.ask("Heartbeat", {"more": 1}))[0] == 3
            csms.clock_offset_s = -86400
            told = parse_time((await point.ask("Heartbeat", {}))[2]["currentTime"])
            assert told is not None and abs(told + 86400 - csms.messages[-1].unix_s) < 5

    run(work())


async def suffer(fault: str) -> tuple[list[Any], Csms]:
    """Let one answer suffer; return what comes until the connection ends or the next answer is there."""
    heard: list[Any] = []
    async with Csms() as csms, RawPoint(csms.port) as point:
        await point.boot()
        csms.faults.once("Heartbeat", fault)
        csms.faults.delay_s = 0.2
        try:
            await point.say([2, "h", "Heartbeat", {}])
            await asyncio.sleep(0.05)
            await point.say([2, "i", "Authorize", {"idTag": "T"}])
            while True:
                text = await asyncio.wait_for(point.socket.recv(), 0.5)
                try:
                    heard.append(json.loads(text)[1])
                except ValueError:
                    heard.append("no JSON")
        except websockets.ConnectionClosed:
            heard.append("end")
        except TimeoutError:
            pass
    return heard, csms


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ("drop", ["end"]),
        ("lose", ["end"]),
        ("cut", ["end"]),
        ("truncate", ["no JSON", "i"]),
        ("silence", ["i"]),
        ("duplicate", ["h", "h", "i"]),
        ("reorder", ["i", "h"]),
        ("delay", None),
    ],
)
def test_faults(fault: str, wanted: list[str] | None):
    async def work() -> None:
        heard, csms = await suffer(fault)
        if wanted is None:
            assert sorted(heard) == ["h", "i"]
        else:
            assert heard == wanted
        # What was lost was never seen; what was dropped was.
        seen = [one.action for one in csms.messages if one.direction == "in"]
        assert ("Heartbeat" in seen) == (fault != "lose")

    run(work())


def test_faults_by_chance():
    async def work() -> None:
        async with Csms() as csms, RawPoint(csms.port) as point:
            await point.boot()
            csms.faults.set("duplicate=1")
            await point.say([2, "h", "Heartbeat", {}])
            assert (await point.hear())[1] == (await point.hear())[1] == "h"
            csms.faults.set("off")
            assert all(getattr(csms.faults, name) == 0 for name in NAMES)
            for text in ("nonsense=1", "drop=2", "drop", "drop=x"):
                with pytest.raises(ValueError, match=r"fault|from 0 to 1|float"):
                    csms.faults.set(text)

    run(work())


def test_passwords():
    async def work() -> None:
        key = bytes(range(200, 220))
        async with Csms(passwords={ID: b"secret", "": key}) as csms:
            for name, password, is_right in (
                (ID, b"secret", True),
                (ID, key, False),
                ("CP2", key, True),
                ("CP2", b"secret", False),
                ("CP2", None, False),
            ):
                headers = {}
                if password is not None:
                    text = base64.b64encode(name.encode() + b":" + password).decode()
                    headers = {"Authorization": "Basic " + text}
                try:
                    async with RawPoint(csms.port, name, additional_headers=headers) as point:
                        await point.boot()
                        assert is_right
                except websockets.InvalidStatus as error:
                    assert not is_right and error.response.status_code == 401
            assert csms.refusals == 3

    run(work())


def test_typed_commands():
    async def work() -> None:
        async with Csms() as csms:
            assert await commands.obey("list", csms) == "nobody is connected"
            with pytest.raises(commands.CommandError, match="nobody is connected"):
                await commands.obey("limit 10", csms)
            async with RawPoint(csms.port) as point, RawPoint(csms.port, "CP2") as other:
                await point.boot()
                await other.boot()
                assert await commands.obey("list", csms) == "CP1\nCP2"
                with pytest.raises(commands.CommandError, match="several are connected"):
                    await commands.obey("get", csms)
                for line, action, payload in (
                    ("get", "GetConfiguration", {}),
                    ("get A B", "GetConfiguration", {"key": ["A", "B"]}),
                    ("set A b c", "ChangeConfiguration", {"key": "A", "value": "b c"}),
                    ("start TAG 1", "RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1}),
                    ("stop 7", "RemoteStopTransaction", {"transactionId": 7}),
                    ("reset hard", "Reset", {"type": "Hard"}),
                    ("unlock", "UnlockConnector", {"connectorId": 1}),
                    ("unavailable 1", "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}),
                    ("trigger Heartbeat", "TriggerMessage", {"requestedMessage": "Heartbeat"}),
                    ("limit off", "ClearChargingProfile", {"id": 1}),
                    ('DataTransfer {"vendorId":"v"}', "DataTransfer", {"vendorId": "v"}),
                    (
                        "schedule 60",
                        "GetCompositeSchedule",
                        {"connectorId": 0, "duration": 60, "chargingRateUnit": "A"},
                    ),
                ):
                    task = asyncio.create_task(commands.obey("@CP2 " + line, csms))
                    _, unique_id, got, sent = await other.hear()
                    assert (got, sent) == (action, payload), line
                    await other.say([3, unique_id, {}])
                    assert await task == "{}"
                task = asyncio.create_task(commands.obey("@CP1 limit 8.5", csms))
                _, unique_id, _, sent = await point.hear()
                periods = sent["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
                assert periods == [{"startPeriod": 0, "limit": 8.5}]
                await point.say([4, unique_id, "NotSupported", "no", {}])
                assert await task == "refused: NotSupported: no"
                assert await commands.obey("@CP1 raw [9]", csms) == "done" and await point.hear() == [9]
                assert await commands.obey("tag T Blocked", csms) == "T: Blocked"
                await commands.obey("once drop Heartbeat", csms)
                assert csms.faults.planned == [("Heartbeat", "drop")]
                await commands.obey("faults drop=0.5", csms)
                assert csms.faults.drop == 0.5
                for bad in (
                    "x",
                    "limit x",
                    "limit 1.25",
                    "limit",
                    "Reset [",
                    "Reset []",
                    "tag T x",
                    "once x",
                    "reset x",
                ):
                    with pytest.raises(commands.CommandError):
                        await commands.obey("@CP1 " + bad, csms)
                assert await commands.obey("@CP1 break", csms) == "done"
            assert await commands.obey("q", csms) is None
            for shown in ("problems", "books", "?"):
                assert await commands.obey(shown, csms)

    run(work())


def test_all_calls_are_known():
    names = actions()
    assert len(names) == 39 and {"SetChargingProfile", "SignedUpdateFirmware", "GetLog"} <= set(names)


@pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
def test_our_own_client(interpreter: str, tmp_path: Path):
    """lib/websocket_client at the central system, security profiles 1 to 3."""
    here = make_certificates(tmp_path / "here")
    own = make_certificates(tmp_path / "own", ID)
    server = (str(here / "server.pem"), str(here / "server.key"))
    key = bytes(range(250, 256)) + b"0123456789"
    secure = {"server": "localhost", "ca": str(here / "ca.pem")}
    chain = {"certificate": str(own / "server.pem"), "key": str(own / "server.key")}
    login = {"user": ID, "password": list(key)}
    for tls, passwords, options in (
        (None, {ID: key}, login),
        (tls_context(*server), {ID: key}, {**secure, **login}),
        (tls_context(*server, str(own / "ca.pem")), None, {**secure, **chain}),
    ):
        with ThreadedCsms(tls=tls, passwords=passwords) as running:
            with WebSocketPeer(interpreter, running.port, subprotocols="ocpp1.6", **options) as peer:
                assert peer.next("open") == ["ocpp1.6"]
                peer.order("send", json.dumps([2, "1", "BootNotification", BOOT]), 1, "")
                assert running.wait_for_boot() == 1
                assert peer.next("message")[0].startswith('[3,"1",{"status":"Accepted"')
                running.csms.faults.once("Heartbeat", "drop")
                peer.order("send", json.dumps([2, "2", "Heartbeat", {}]), 1, "")
                peer.next("error")
                peer.order("retry")
                peer.next("open")
            assert running.csms.problems == [] and running.csms.connections == 2
            if passwords:
                with WebSocketPeer(interpreter, running.port, **{**options, "password": [1]}) as peer:
                    assert peer.next("error")[1].startswith(("wrong user name", "the server does not accept"))


def test_times():
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
    assert parse_time("2026-11-21T10:00:00.25Z") == 1795255200.25
