"""Profiles out of the stream: any split, numbers as text, refusals, and damaged messages of all kinds."""

import json

from ocpp_smart_bench import Bench, profile

from ocpp16 import json_stream as js
from ocpp16.profile_parser import ProfileParser
from ocpp16.rpc import CallError


class Recorder:
    """Writes down what a tokenizer says."""

    def __init__(self):
        self.said = []

    def begin(self, is_object):
        self.said.append("{" if is_object else "[")

    def end_container(self):
        self.said.append("end")

    def key(self, token):
        self.said.append(b"key " + token)

    def scalar(self, kind, token):
        self.said.append((kind, token))


def tokens(data, at_once):
    recorder = Recorder()
    tokenizer = js.Tokenizer(recorder)
    for at in range(0, len(data), at_once):
        tokenizer.feed(memoryview(data)[at : at + at_once])
    assert tokenizer.done
    return recorder.said


def refused(data, **more):
    tokenizer = js.Tokenizer(Recorder(), **more)
    try:
        tokenizer.feed(data)
    except ValueError:
        return True
    return not tokenizer.done


def test_tokens_are_the_same_however_the_text_is_cut():
    data = b' {"a":1 , "b" : -2.50e+3,"c":[true,false , null,"x\\"y\\u00e9\\n\\ud83d"],"":{},'
    data += b'"d\\\\":[],\n"e":[[],{"f":0}]}\r\n'
    expected = [
        "{",
        b"key a",
        (js.NUMBER, b"1"),
        b"key b",
        (js.NUMBER, b"-2.50e+3"),
        b"key c",
        "[",
        (js.TRUE, b"true"),
        (js.FALSE, b"false"),
        (js.NULL, b"null"),
        (js.STRING, b'x"y\xc3\xa9\n\xef\xbf\xbd'),
        "end",
        b"key ",
        "{",
        "end",
        b"key d\\",
        "[",
        "end",
        b"key e",
        "[",
        "[",
        "end",
        "{",
        b"key f",
        (js.NUMBER, b"0"),
        "end",
        "end",
        "end",
    ]
    for at_once in range(1, len(data) + 1):
        assert tokens(data, at_once) == expected, at_once


def test_long_strings_keep_nothing_and_break_nothing():
    data = b'{"' + b"k" * 200 + b'":"' + b"v" * 5000 + b'","x":"' + b"w" * 64 + b'"}'
    for at_once in (1, 63, 64, 65, 9999):
        assert tokens(data, at_once) == [
            "{",
            b"key ",
            (js.LONG, b""),
            b"key x",
            (js.STRING, b"w" * 64),
            "end",
        ]


def test_what_is_no_json_is_refused():
    for data in (
        b"",
        b"{",
        b'{"a"}',
        b'{"a":}',
        b'{"a":1,}',
        b'{"a":1 "b":2}',
        b"{1:2}",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b'["a]',
        b'["\\x"]',
        b'["\\u00g0"]',
        b"[tru]",
        b"[nul",
        b"{]",
        b"[}",
        b"[]]",
        b"{} {}",
        b"]",
        b":",
        b",",
        b'[1"a"]',
        b"[1[2]]",
        b"[" * 13 + b"]" * 13,
        b"[1" + b"0" * 60 + b"]",
    ):
        assert refused(data), data
    assert not refused(b"[" * 12 + b"]" * 12)


def test_decimals():
    for token, expected in (
        (b"0", (False, 0, False)),
        (b"-0", (False, 0, False)),
        (b"10.7", (False, 10, True)),
        (b"10.000", (False, 10, False)),
        (b"1.6e1", (False, 16, False)),
        (b"1.67e1", (False, 16, True)),
        (b"1600e-2", (False, 16, False)),
        (b"1605E-2", (False, 16, True)),
        (b"5e-9", (False, 0, True)),
        (b"-0.5", (True, 0, True)),
        (b"-12", (True, 12, False)),
        (b"9e9", (False, 9000000000, False)),
        (b"9e99", (False, 10**10, False)),
        (b"1e9999999", (False, 10**10, False)),
        (b"0e9999", (False, 0, False)),
        (b"12345678901234567890", (False, 10**10, False)),
        (b"0.00e+5", (False, 0, False)),
        (b"000123.4500e+1", (False, 1234, True)),
    ):
        assert js.decimal(token) == expected, token
    for token in (
        b"",
        b"-",
        b".5",
        b"5.",
        b"1e",
        b"1e+",
        b"1-2",
        b"0x10",
        b"1.2.3",
        b"1e1.5",
        b"--1",
        b"+1",
        b"1_0",
    ):
        try:
            js.decimal(token)
            raise AssertionError(token)
        except ValueError:
            pass


def code_of(text, remote=False):
    """Return the code of the CALLERROR, or what rejects it."""
    parser = ProfileParser(remote)
    try:
        parser.feed(text.encode())
        return parser.end().rejected
    except CallError as error:
        return error.code
    except ValueError:
        return "FormationViolation"


def test_requests_that_are_incomplete_or_of_the_wrong_type():
    good = json.dumps({"connectorId": 1, "csChargingProfiles": profile(periods=((0, 10),))})
    assert code_of(good) == ""
    assert code_of("[]") == code_of("7") == code_of(good[:-1]) == "FormationViolation"
    assert code_of("{}") == "ProtocolError"
    for old, new, code in (
        ('"connectorId": 1', '"connectorId": null', "ProtocolError"),
        ('"connectorId": 1', '"connectorId": "1"', "TypeConstraintViolation"),
        ('"connectorId": 1', '"connectorId": true', "TypeConstraintViolation"),
        ('"connectorId": 1', '"connectorId": -1', "PropertyConstraintViolation"),
        ('"limit": 10', '"limit": null', "ProtocolError"),
        ('"limit": 10', '"limit": "10"', "TypeConstraintViolation"),
        ('"limit": 10', '"limit": [10]', "TypeConstraintViolation"),
        ('"limit": 10', '"limit": 1x', "FormationViolation"),
        ('"startPeriod": 0', '"startPeriod": 0.5', "TypeConstraintViolation"),
        ('"startPeriod": 0', '"startPeriod": 0.0', ""),
        ('"startPeriod": 0', '"startPeriod": 1e20', "PropertyConstraintViolation"),
        ('"stackLevel": 0', '"stackLevel": {}', "TypeConstraintViolation"),
        ('"stackLevel": 0', '"stackLevel": 0, "chargingSchedule": {}', "FormationViolation"),
        ('"stackLevel": 0', '"stackLevel": 0, "chargingProfile": {"x": 1}', ""),
        ('"chargingSchedulePeriod": [', '"chargingSchedulePeriod": [1, ', "TypeConstraintViolation"),
        ('"chargingSchedulePeriod": [', '"chargingSchedulePeriod": [[], ', "TypeConstraintViolation"),
        ('"TxDefaultProfile"', '"txdefaultprofile"', "PropertyConstraintViolation"),
    ):
        # The order of the fields is any.
        assert old in good, old
        assert code_of(good.replace(old, new)) == code, new


def test_a_remote_start():
    def parsed(payload):
        parser = ProfileParser(True)
        parser.feed(json.dumps(payload).encode())
        return parser.end()

    request = parsed({"idTag": "CARD"})
    assert (request.id_tag, request.connector, request.has_profile) == ("CARD", -1, False)
    request = parsed({"idTag": "CARD", "connectorId": 2, "chargingProfile": profile()})
    assert (request.connector, request.has_profile, request.count) == (2, True, 1)
    assert code_of('{"connectorId":1}', True) == "ProtocolError"
    assert code_of('{"idTag":"123456789012345678901"}', True) == "TypeConstraintViolation"
    assert code_of('{"idTag":"A","chargingProfile":{}}', True) == "ProtocolError"
    assert code_of('{"idTag":"A","csChargingProfiles":5}', True) == ""


def test_damaged_messages_are_refused_and_change_nothing():
    bench = Bench("fuzz")
    bench.set(number=1, level=1, periods=((0, 20), (60, 10)))
    before = [bytes(bench.store.packed(slot)) for slot in bench.store.order[: bench.store.count]]
    good = json.dumps(
        {
            "connectorId": 1,
            "csChargingProfiles": profile(
                2,
                "TxDefaultProfile",
                "Recurring",
                level=3,
                recurrencyKind="Daily",
                validFrom="2026-02-28T00:00:00.5+01:00",
                duration=86000,
                periods=[(index * 60, 6.5 + index, 3) for index in range(8)],
            ),
        }
    ).encode()
    seed = 1
    accepted = 0
    codes = []
    alphabet = b'{}[]:,"0123456789-+.eE\\utfnlas \x00\xff\x7f'
    for _ in range(1500):
        data = bytearray(good)
        for _ in range(1 + (seed >> 9) % 3):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            at = (seed >> 8) % len(data)
            kind = (seed >> 3) % 4
            if kind == 0:
                data[at] = alphabet[(seed >> 20) % len(alphabet)]
            elif kind == 1:
                data = data[:at] + data[at + 1 + (seed >> 20) % 40 :]
            elif kind == 2:
                data = data[:at] + bytes(alphabet[(seed >> 21) % len(alphabet) :][:2]) + data[at:]
            else:
                # A piece comes twice.
                size = (seed >> 20) % 60
                data = data[:at] + data[max(0, at - size) : at] + data[at:]
        status = "FormationViolation"
        try:
            request = bench.smart.begin_set()
            for at in range(0, len(data), 37):
                request.feed(bytes(data[at : at + 37]))
            status = json.loads(bench.smart.set(request.end(), bench.now_s))["status"]
        except CallError as error:
            status = error.code
        except ValueError:
            pass
        if status not in codes:
            codes.append(status)
        if status == "Accepted":
            # What is left of it is a profile, and may be any.
            accepted += 1
            bench.amps()
            assert bench.smart.clear_all(bench.now_s)
            bench.set(number=1, level=1, periods=((0, 20), (60, 10)))
            bench.now_s += 300
        now = [bytes(bench.store.packed(slot)) for slot in bench.store.order[: bench.store.count]]
        assert now == before, (status, bytes(data))
    assert sorted(codes) == [
        "Accepted",
        "FormationViolation",
        "PropertyConstraintViolation",
        "ProtocolError",
        "Rejected",
        "TypeConstraintViolation",
    ], codes
    assert 0 < accepted < 700
