"""Calls, answers and errors of OCPP-J 1.6: what is sent, what is taken, and what is answered to nonsense."""

import json
import random

from micropython import const

from ocpp16.payloads import check, is_known
from ocpp16.rpc import LOST, TIMEOUT, UNUSABLE, CallError, Rpc

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any


class Stream:
    def __init__(self) -> None:
        self.data = b""

    def feed(self, data) -> None:
        self.data += bytes(data)
        if b"bad" in self.data:
            raise CallError("PropertyConstraintViolation", "bad")

    def end(self) -> dict:
        return {"size": len(self.data), "value": json.loads(self.data)}


class Bench:
    """An Rpc, what it sent and what it was asked."""

    def __init__(self, buffer_bytes=4096) -> None:
        self.sent = []
        self.calls = []
        self.answers = []
        self.reply: "Any" = "{}"
        self.rpc = Rpc(self.take, self.called, self.stream_of, "boot", buffer_bytes)
        self.errors = []
        self.rpc.on_error = self.errors.append

    def take(self, message) -> None:
        self.sent.append(json.loads(message if isinstance(message, str) else "".join(list(message))))

    def called(self, message_id, action, payload):
        self.calls.append((message_id, action, payload))
        if action == "Fail":
            raise KeyError("x")
        if action == "Refuse":
            raise CallError("NotSupported", "not here")
        if action == "Reject":
            raise CallError("", "no")
        return self.reply

    def stream_of(self, action):
        return Stream() if action == "Streamed" else None

    def hear(self, text, piece=1000) -> "Any":
        data = text if isinstance(text, bytes) else text.encode()
        self.rpc.receive_begin()
        for at in range(0, len(data), piece):
            self.rpc.receive_data(memoryview(data)[at : at + piece])
        self.rpc.receive_end()
        return self.sent.pop(0) if self.sent else None

    def call(self, now_s=0) -> "Any":
        done = self.rpc.call(
            "Heartbeat", "{}", lambda payload, error: self.answers.append((payload, error)), 30, now_s
        )
        return self.sent.pop(0) if done else None


def test_call_and_result():
    bench = Bench()
    assert bench.call() == [2, "boot-1", "Heartbeat", {}]
    assert bench.rpc.busy and bench.call() is None
    assert bench.hear('[3,"boot-2",{}]') is None and bench.rpc.busy
    bench.hear(' [ 3 , "boot-1" , {"currentTime":"x"} ] ')
    assert bench.answers == [({"currentTime": "x"}, "")] and not bench.rpc.busy
    assert bench.call()[1] == "boot-2"
    # A late or repeated answer says nothing.
    bench.hear('[3,"boot-1",{}]')
    assert bench.rpc.busy


def test_how_a_call_may_end():
    for text, error in (
        ('[4,"boot-1","InternalError","",{}]', "InternalError"),
        ('[4,"boot-1","InternalError"]', "InternalError"),
        ('[3,"boot-1",[]]', UNUSABLE),
        ('[3,"boot-1",]', UNUSABLE),
        ('[3,"boot-1",nonsense]', UNUSABLE),
        ('[3,"boot-1",{"a":"' + "x" * 5000 + '"}]', UNUSABLE),
    ):
        bench = Bench()
        bench.call()
        bench.hear(text)
        assert bench.answers == [(None, error)], text
    bench = Bench()
    bench.call(100)
    bench.rpc.poll(129)
    assert bench.rpc.busy and bench.rpc.due_s() == 130
    bench.rpc.poll(130)
    assert bench.answers == [(None, TIMEOUT)] and bench.rpc.due_s() == -1
    bench.call(200)
    bench.rpc.lost()
    assert bench.answers[1] == (None, LOST)


def test_calls_of_the_other_side():
    bench = Bench()
    assert bench.hear('[2,"7","Do",{"a":[1,{"b":"]"}]}]') == [3, "7", {}]
    assert bench.calls == [("7", "Do", {"a": [1, {"b": "]"}]})]
    bench.reply = iter(["{", '"x":1', "}"])
    assert bench.hear('[2,"8\\"\\u00e9","Do",{}]') == [3, '8"\xe9', {"x": 1}]
    bench.reply = None
    assert bench.hear('[2,"9","Do",{}]') is None
    bench.rpc.answer("9", '{"y":2}')
    assert bench.sent == [[3, "9", {"y": 2}]]


def test_codes_of_errors():
    bench = Bench()
    for text, code in (
        ('[2,"1","Do"]', "FormationViolation"),
        ('[2,"1","Do",[]]', "FormationViolation"),
        ('[2,"1","Do",null]', "FormationViolation"),
        ('[2,"1","Do",{"a":1]', "FormationViolation"),
        ('[2,"1","Do",{},5]', "FormationViolation"),
        ('[2,"1",5,{}]', "FormationViolation"),
        ('[2,"' + "1" * 37 + '","Do",{}]', "FormationViolation"),
        ('[2,"1","Fail",{}]', "InternalError"),
        ('[2,"1","Refuse",{}]', "NotSupported"),
        ('[2,"1","Do",{"a":"' + "x" * 5000 + '"}]', "GenericError"),
        ('[2,"1","Streamed",{"a":"bad"}]', "PropertyConstraintViolation"),
        ('[2,"1","Streamed",{"a":]', "FormationViolation"),
        ('[2,"1","Streamed",{"a":1}', "FormationViolation"),
    ):
        answer = bench.hear(text)
        assert answer is not None and answer[0] == 4 and answer[2] == code and answer[4] == {}, (text, answer)
        assert answer[1] == json.loads(text[3 : text.index('"', 4) + 1])
    assert bench.hear('[2,"1","Reject",{}]') == [3, "1", {"status": "Rejected"}]


def test_what_cannot_be_answered_is_ignored():
    bench = Bench()
    for text in (
        "",
        "x",
        "[]",
        "[2]",
        '{"a":1}',
        '[2,5,"A",{}]',
        '[5,"1","A",{}]',
        b"\xff\xfe",
        "[[[[[",
        '[2,"1',
    ):
        assert bench.hear(text) is None, text
    assert not bench.errors and bench.rpc.malformed > 5
    assert bench.hear('[2,"1","Do",{}]') == [3, "1", {}]


def test_long_messages_are_streamed():
    text = json.dumps({"a": "y" * 20000, "b": [1, 2, {"c": "]"}]})
    for piece in (1, 3, 159, 1000, 100000):
        bench = Bench(512)
        answer = bench.hear('[2,"1","Streamed", ' + text + " ] ", piece)
        assert answer == [3, "1", {}]
        assert bench.calls[0][2]["value"] == json.loads(text) and bench.calls[0][2]["size"] >= len(text)
    # The next one begins anew.
    assert bench.hear('[2,"2","Do",{}]') == [3, "2", {}]


def test_a_broken_message_is_forgotten():
    bench = Bench()
    bench.rpc.receive_begin()
    bench.rpc.receive_data(b'[2,"1","Streamed",{"a":' + b" " * 300)
    bench.rpc.lost()
    assert bench.hear('[2,"2","Do",{}]') == [3, "2", {}]


def test_a_failing_owner_does_no_harm():
    bench = Bench()

    def fail(payload, error):
        raise ValueError("x")

    bench.rpc.call("Heartbeat", "{}", fail, 30, 0)
    bench.hear('[3,"boot-1",{}]')
    assert len(bench.errors) == 1 and not bench.rpc.busy


def test_anything_may_come():
    chance = random.Random(16) if hasattr(random, "Random") else random
    random.seed(16)
    whole = '[2,"id","Streamed",{"a":[1,2,{"b":"c\\n"}],"d":null}]'
    alphabet = '[]{}",:0123456789abtfn\\ -.'
    for _ in range(3000):
        text = list(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(text) - 1)
            kind = chance.randint(0, 2)
            if kind == 0:
                text[at] = alphabet[chance.randint(0, len(alphabet) - 1)]
            elif kind == 1:
                text = text[:at]
            else:
                text.insert(at, alphabet[chance.randint(0, len(alphabet) - 1)])
            if not text:
                break
        bench = Bench(64)
        bench.hear("".join(text), chance.randint(1, 60))
        assert not bench.errors, "".join(text)


def test_payloads():
    def code(action, **payload):
        try:
            check(action, payload)
        except CallError as error:
            return error.code
        return ""

    assert is_known("Reset") and is_known("ClearCache") and is_known("UpdateFirmware")
    for action in (
        "Nonsense",
        "reset",
        "",
        "Reset type:=Hard|Soft",
        "connectorId:i",
        "\n",
        "StartTransaction",
    ):
        assert not is_known(action), action
    assert code("Reset", type="Hard", extra=1) == ""
    assert code("Reset") == "ProtocolError"
    assert code("Reset", type=None) == "ProtocolError"
    assert code("Reset", type="hard") == "PropertyConstraintViolation"
    assert code("Reset", type=5) == "TypeConstraintViolation"
    assert code("UnlockConnector", connectorId="1") == "TypeConstraintViolation"
    assert code("UnlockConnector", connectorId=True) == "TypeConstraintViolation"
    assert code("RemoteStartTransaction", idTag="x" * 21) == "TypeConstraintViolation"
    assert code("RemoteStartTransaction", idTag="x", connectorId=None) == ""
    assert code("GetConfiguration", key=["a", 5]) == "TypeConstraintViolation"
    assert code("GetConfiguration", key="a") == "TypeConstraintViolation"
    assert (
        code("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=[1])
        == "TypeConstraintViolation"
    )
    assert (
        code("GetCompositeSchedule", connectorId=1, duration=5, chargingRateUnit="kW")
        == "PropertyConstraintViolation"
    )
    assert code("UpdateFirmware", location="x", retrieveDate="soon") == "PropertyConstraintViolation"
    assert code("GetLog", log=[], logType="SecurityLog", requestId=1) == "TypeConstraintViolation"
