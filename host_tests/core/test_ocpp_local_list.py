"""The local list (cases 042, 043, 008; errata 3.52): versions, full, differential, streams, bounds, damage."""

import json
import os

from ocpp_local_bench import configuration, tag_file

from ocpp16 import payloads
from ocpp16 import tag_records as tr
from ocpp16.local_list import LocalList
from ocpp16.rpc import CallError
from ocpp16.tag_file import TagFile


def new_list(name="list", **values) -> tuple:
    file, gate, path = tag_file(name)
    return LocalList(configuration(**values), file), gate, path


def again(path, **values) -> LocalList:
    """Return the list as after a restart."""
    return LocalList(configuration(**values), TagFile(path, lambda: True))


def entry(id_tag, status="Accepted", **info) -> dict:
    info["status"] = status
    return {"idTag": id_tag, "idTagInfo": info}


def number(index) -> str:
    return "%08X" % (index * 2654435761 % 0x100000000)


def send(local_list, version, kind, entries=None) -> str:
    payload = {"listVersion": version, "updateType": kind}
    if entries is not None:
        payload["localAuthorizationList"] = entries
    payloads.check("SendLocalList", payload)
    return local_list.send(payload)


def stream(local_list, text, size=7) -> str:
    handler = local_list.stream()
    data = memoryview(text.encode())
    for at in range(0, len(data), size):
        handler.feed(data[at : at + size])
    payload = handler.end()
    payloads.check("SendLocalList", payload)
    return local_list.send(payload)


def status(local_list, id_tag) -> str:
    tag = local_list.find(id_tag)
    return "" if tag is None else tr.STATUSES[tag.status]


def test_042_versions_of_no_list_and_of_an_empty_one():
    local_list, _, _ = new_list(LocalAuthListEnabled="false")
    assert local_list.version == -1
    local_list, _, path = new_list()
    assert local_list.version == 0
    assert send(local_list, 5, "Full", [entry("AA")]) == "Accepted" and local_list.version == 5
    assert send(local_list, 6, "Full", []) == "Accepted" and local_list.version == 0
    assert send(local_list, 7, "Full") == "Accepted" and local_list.version == 0
    assert again(path).version == 0
    # An empty one is older than any.
    assert send(local_list, 1, "Differential", [entry("AA")]) == "Accepted" and local_list.version == 1


def test_043_full_then_differential():
    local_list, _, path = new_list()
    entries = [
        entry("Aa1", parentIdTag="Group"),
        entry("BB2", "Blocked"),
        entry("CC3", expiryDate="2026-01-31T12:00:00+01:00"),
    ]
    assert send(local_list, 2, "Full", entries) == "Accepted"
    changes = [entry("bb2"), entry("DD4", "Invalid"), {"idTag": "CC3"}, {"idTag": "EE5"}]
    assert send(local_list, 3, "Differential", changes) == "Accepted"
    for one in (local_list, again(path)):
        assert one.version == 3 and one.file.count == 3
        tag = one.find("AA1")
        assert tag is not None and tag.parent == "GROUP" and tag.expiry_s == 0
        assert [status(one, name) for name in ("aa1", "BB2", "CC3", "DD4", "EE5")] == [
            "Accepted",
            "Accepted",
            "",
            "Invalid",
            "",
        ]
    assert (
        send(local_list, 4, "Differential", [entry("CC3", expiryDate="2026-01-31T12:00:00.5+01:00")])
        == "Accepted"
    )
    tag = again(path).find("CC3")
    assert tag is not None and tag.expiry_s == 1769857200
    # Without entries the version alone changes.
    assert send(local_list, 9, "Differential") == "Accepted"
    assert again(path).version == 9 and again(path).file.count == 4
    assert send(local_list, 1, "Full", [entry("ZZ")]) == "Accepted"
    assert again(path).version == 1 and again(path).file.count == 1 and status(again(path), "AA1") == ""


def test_043_1_not_supported_while_disabled():
    local_list, _, _ = new_list(LocalAuthListEnabled="false")
    assert send(local_list, 1, "Full", [entry("AA")]) == "NotSupported"
    assert send(local_list, 1, "Full") == "NotSupported"
    assert local_list.file.count == 0 and local_list.find("AA") is None


def test_043_2_version_mismatch_of_a_differential():
    local_list, _, _ = new_list()
    send(local_list, 5, "Full", [entry("AA")])
    for version in (5, 4, 1):
        assert send(local_list, version, "Differential", [entry("BB")]) == "VersionMismatch"
    assert local_list.version == 5 and local_list.find("BB") is None
    assert send(local_list, 6, "Differential", [entry("BB")]) == "Accepted"


def test_043_3_failed_leaves_everything_as_it_was():
    local_list, gate, path = new_list(LocalAuthListEnabled="true")
    send(local_list, 5, "Full", [entry("AA")])
    # The same one twice, an entry without information in a full list, versions that say something else (3.52).
    assert send(local_list, 6, "Full", [entry("BB"), entry("bb", "Blocked")]) == "Failed"
    assert send(local_list, 6, "Full", [entry("BB"), {"idTag": "AA"}]) == "Failed"
    assert send(local_list, 6, "Differential", [{"idTag": "AA"}, entry("aa")]) == "Failed"
    assert send(local_list, 6, "Differential", [entry("BB"), entry("CC"), entry("BB")]) == "Failed"
    for version in (0, -1, 1 << 31):
        assert send(local_list, version, "Full", [entry("BB")]) == "Failed"
    gate.open = False
    assert send(local_list, 6, "Full", [entry("BB")]) == "Failed"
    assert send(local_list, 6, "Differential") == "Failed"
    gate.open = True
    for one in (local_list, again(path)):
        assert one.version == 5 and one.file.count == 1 and status(one, "AA") == "Accepted"
    assert send(local_list, 6, "Differential", [entry("BB")]) == "Accepted"


def test_too_many_fail():
    file, _, path = tag_file("list")

    class Small:
        """A configuration with a short list."""

        def get(self, name):
            return {"LocalAuthListMaxLength": 6, "SendLocalListMaxLength": 4, "LocalAuthListEnabled": True}[
                name
            ]

    local_list = LocalList(Small(), file)
    entries = [entry(number(index)) for index in range(9)]
    assert send(local_list, 1, "Full", entries[:5]) == "Failed"
    assert send(local_list, 1, "Full", entries[:4]) == "Accepted"
    assert send(local_list, 2, "Differential", entries[4:7]) == "Failed"
    assert send(local_list, 2, "Differential", entries[2:6]) == "Accepted"
    assert send(local_list, 3, "Differential", [entries[6], {"idTag": number(0)}]) == "Accepted"
    assert again(path).file.count == 6 and again(path).version == 3


def test_malformed_entries_are_call_errors_and_change_nothing():
    local_list, _, path = new_list()
    send(local_list, 5, "Full", [entry("AA")])
    good = entry("BB")
    for bad, code in (
        ({"idTagInfo": {"status": "Accepted"}}, "ProtocolError"),
        ({"idTag": "CC", "idTagInfo": {}}, "ProtocolError"),
        ({"idTag": 12, "idTagInfo": {"status": "Accepted"}}, "TypeConstraintViolation"),
        (entry("C" * 21), "TypeConstraintViolation"),
        (entry("\u00e4"), "PropertyConstraintViolation"),
        (entry(""), "PropertyConstraintViolation"),
        (entry("CC", "accepted"), "PropertyConstraintViolation"),
        (entry("CC", expiryDate="tomorrow"), "PropertyConstraintViolation"),
        (entry("CC", parentIdTag="P" * 21), "TypeConstraintViolation"),
        (entry("CC", parentIdTag=5), "TypeConstraintViolation"),
        ({"idTag": "CC", "idTagInfo": "Accepted"}, "TypeConstraintViolation"),
    ):
        payload = {"listVersion": 6, "updateType": "Differential", "localAuthorizationList": [good, bad]}
        for way in (local_list.send, lambda payload: stream(local_list, json.dumps(payload))):
            try:
                way(payload)
                raise AssertionError(bad)
            except CallError as error:
                assert error.code == code, (bad, error.code)
            assert local_list.version == 5 and local_list.find("BB") is None
    assert again(path).version == 5
    assert send(local_list, 6, "Differential", [good]) == "Accepted"


def test_nulls_and_unknown_fields_do_not_matter():
    text = (
        '{"vendor":{"a":[1,{"b":null}]},"updateType":"Full","localAuthorizationList":[{"x":[],"idTag":"AA","idTagInfo":'
        '{"status":"Accepted","y":{"status":"Blocked"},"expiryDate":null,"parentIdTag":null}}],"listVersion":3,"z":null}'
    )
    local_list, _, _ = new_list()
    assert stream(local_list, text) == "Accepted"
    assert local_list.version == 3 and status(local_list, "AA") == "Accepted" and local_list.file.count == 1
    assert (
        stream(local_list, '{"listVersion":4,"updateType":"Differential","localAuthorizationList":null}')
        == "Accepted"
    )
    assert local_list.version == 4 and local_list.file.count == 1


def test_streams_in_pieces_of_any_size_and_fields_in_any_order():
    entries = [entry(number(index), parentIdTag="P%d" % (index % 7)) for index in range(40)]
    middle = '"localAuthorizationList":' + json.dumps(entries)
    for text in (
        '{"listVersion":12,"updateType":"Full",%s}' % middle,
        '{%s,"listVersion":12,"updateType":"Full"}' % middle,
        '{"updateType":"Full",%s,"listVersion":12}' % middle,
    ):
        for size in (1, 13, 1000, 100000):
            local_list, _, path = new_list()
            assert stream(local_list, text, size) == "Accepted"
            for one in (local_list, again(path)):
                assert one.version == 12 and one.file.count == 40
                tag = one.find(number(39).lower())
                assert tag is not None and tag.parent == "P4"


def test_streams_that_are_wrong():
    local_list, _, path = new_list()
    send(local_list, 5, "Full", [entry("AA")])
    head = '{"listVersion":6,"updateType":"Full","localAuthorizationList":'
    for text, code in (
        (head + '{"idTag":"BB"}}', "TypeConstraintViolation"),
        (head + "[[]]}", "TypeConstraintViolation"),
        (head + '["BB"]}', "TypeConstraintViolation"),
        (head + "7}", "TypeConstraintViolation"),
        ('{"listVersion":"6"}', "TypeConstraintViolation"),
        ('{"listVersion":6.5}', "TypeConstraintViolation"),
        ('{"listVersion":{}}', "TypeConstraintViolation"),
        ("[]", "TypeConstraintViolation"),
        (head + "[]", ""),
        (head + "[}", ""),
        (head + "[]}}", ""),
        (head + "[]}", "Accepted"),
    ):
        try:
            assert stream(local_list, text) == code
        except CallError as error:
            assert error.code == code, text
        except ValueError:
            assert code == "", text
    for text in ('{"updateType":"Full"}', '{"listVersion":6}', '{"listVersion":6,"updateType":"All"}'):
        try:
            stream(local_list, text)
            raise AssertionError(text)
        except CallError as error:
            assert error.code in ("ProtocolError", "PropertyConstraintViolation")
    assert again(path).file.count == 0
    # A payload cannot bring an update of its own.
    assert local_list.send({"listVersion": 7, "updateType": "Full", "update": {"finish": 1}}) == "Accepted"


def test_a_stream_that_breaks_off_does_not_block_the_next_one():
    local_list, _, path = new_list()
    send(local_list, 5, "Full", [entry("AA")])
    handler = local_list.stream()
    handler.feed(b'{"localAuthorizationList":[{"idTag":"BB","idTagInfo":{"status":"Accepted"}},{"idTag"')
    # Meanwhile the old list counts.
    assert status(local_list, "AA") == "Accepted" and local_list.find("BB") is None
    assert send(local_list, 6, "Differential", [entry("CC")]) == "Accepted"
    for one in (local_list, again(path)):
        assert one.version == 6 and one.find("BB") is None and one.file.count == 2
    local_list.stream().feed(b'{"localAuthorizationList":[{"idTag":"BB","idTagInfo":{"status":"Accepted"}}')
    local_list.abort()
    assert again(path).version == 6 and again(path).find("BB") is None


def test_a_thousand_identifiers_in_one_message():
    local_list, _, path = new_list()
    entries = [entry(number(index), parentIdTag="PARENT") for index in range(1000)]
    text = '{"listVersion":1,"updateType":"Full","localAuthorizationList":%s}' % json.dumps(entries)
    assert stream(local_list, text, 1024) == "Accepted"
    assert stream(
        local_list, text.replace('"listVersion":1', '"listVersion":2').replace("PARENT", "OTHER"), 1024
    ) == ("Accepted")
    reloaded = again(path)
    for _ in range(300):
        # A little at a time.
        reloaded.step()
    for index in range(0, 1000, 37):
        tag = reloaded.find(number(index))
        assert tag is not None and tag.parent == "OTHER"
    assert reloaded.find(number(1000)) is None and reloaded.file.count == 1000 and reloaded.version == 2
    # The rewrite has dropped what was out of date.
    assert os.stat(path)[6] == 1002 * tr.RECORD_BYTES
    for index in range(0, 1000, 10):
        assert send(reloaded, index + 3, "Differential", [{"idTag": number(index)}]) == "Accepted"
    assert again(path).file.count == 900 and again(path).find(number(10)) is None


def test_the_file_does_not_grow_without_end():
    local_list, _, path = new_list()
    for version in range(1, 1200):
        changes = [entry(number(version % 7), "Blocked"), entry(number(version % 11 + 10))]
        assert send(local_list, version, "Differential", changes) == "Accepted"
        assert os.stat(path)[6] <= (2048 + 40) * tr.RECORD_BYTES
        if version % 2:
            continue
        local_list.step()
    assert again(path).version == 1199 and again(path).file.count == 18


def test_a_damaged_file_is_put_aside_and_the_list_is_to_be_sent_again():
    for place in (0, 10, tr.RECORD_BYTES + 5, 3 * tr.RECORD_BYTES - 1, 4 * tr.RECORD_BYTES + 1):
        local_list, _, path = new_list()
        send(local_list, 5, "Full", [entry("AA"), entry("BB", "Blocked"), entry("CC")])
        send(local_list, 6, "Differential", [entry("DD")])
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 0x10]))
        local_list = again(path)
        assert local_list.version == 0 and local_list.find("AA") is None, place
        assert local_list.file.damaged
        assert send(local_list, 7, "Full", [entry("AA")]) == "Accepted"
        assert again(path).version == 7


def test_what_follows_the_last_confirmation_does_not_count():
    local_list, _, path = new_list()
    send(local_list, 5, "Full", [entry("AA")])
    size = os.stat(path)[6]
    with open(path, "r+b") as file:
        whole = file.read()
    for junk in (
        b"x" * 30,
        b"y" * tr.RECORD_BYTES,
        tr.packed_tag(tr.Tag(b"BB", 0)),
        whole[tr.RECORD_BYTES :],
    ):
        with open(path, "wb") as file:
            file.write(whole + junk)
        local_list = again(path)
        assert local_list.version == 5 and local_list.find("BB") is None and not local_list.file.damaged
        assert send(local_list, 6, "Differential", [entry("CC")]) == "Accepted"
        assert again(path).version == 6 and again(path).file.count == 2 and again(path).find("BB") is None
    assert size == 3 * tr.RECORD_BYTES
