"""Certification cases of the local list: 008, 042, 043."""

from ocpp_rig import Rig, remote_start

OK = {"status": "Accepted"}


def entry(id_tag, status="Accepted"):
    return {"idTag": id_tag, "idTagInfo": {"status": status}}


def send(rig, version, entries, kind="Full"):
    """Send a SendLocalList and return its status."""
    answer = rig.central.ask(
        "SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=entries
    )
    return answer["status"]


def version(rig):
    return rig.central.ask("GetLocalListVersion")["listVersion"]


def listed(**values):
    rig = Rig(LocalPreAuthorize="true", **values)
    rig.online()
    assert send(rig, 1, [entry("LISTED")]) == "Accepted" and version(rig) == 1
    return rig


def test_tc_008_1_listed_identifier_at_the_station():
    rig = listed()
    rig.station.plug()
    rig.cp.present("LISTED", 1)
    rig.run(3)
    assert not rig.central.of("Authorize") and rig.central.of("StartTransaction")[0]["idTag"] == "LISTED"
    assert rig.central.statuses()[-1] == "Charging"


def test_tc_008_2_listed_identifier_by_remote_start():
    rig = listed(AuthorizeRemoteTxRequests="true")
    rig.station.plug()
    assert remote_start(rig, "LISTED") == OK
    rig.run(3)
    assert not rig.central.of("Authorize") and rig.central.of("StartTransaction")[0]["idTag"] == "LISTED"
    assert rig.central.statuses()[-1] == "Charging"


def test_tc_042_1_version_without_a_list():
    rig = Rig(LocalAuthListEnabled="false")
    rig.online()
    assert version(rig) == -1


def test_tc_042_2_version_of_an_empty_list():
    rig = Rig()
    rig.online()
    assert version(rig) == 0
    assert send(rig, 3, [entry("A")]) == "Accepted" and version(rig) == 3
    assert send(rig, 4, []) == "Accepted" and version(rig) == 0


def test_tc_043_full_and_differential():
    rig = Rig(LocalPreAuthorize="true")
    rig.online()
    assert send(rig, 1, [entry("A"), entry("B", "Blocked")]) == "Accepted" and version(rig) == 1
    assert send(rig, 2, [entry("C"), {"idTag": "A"}], "Differential") == "Accepted" and version(rig) == 2
    rig.power_cut()
    rig.connect()
    rig.run(3)
    rig.central.log = []
    assert version(rig) == 2
    rig.station.plug()
    # Of the list: B may not, C may; A is asked for again.
    rig.cp.present("B", 1)
    rig.run(2)
    assert not rig.central.of("Authorize") and rig.station.shown[-1] == (1, "B", "Blocked")
    rig.central.tags["A"] = "Invalid"
    rig.cp.present("A", 1)
    rig.run(2)
    assert rig.central.of("Authorize") == [{"idTag": "A"}]
    rig.cp.present("C", 1)
    rig.run(2)
    assert len(rig.central.of("Authorize")) == 1 and rig.central.of("StartTransaction")[0]["idTag"] == "C"


def test_tc_043_1_not_supported():
    rig = Rig(LocalAuthListEnabled="false")
    rig.online()
    assert send(rig, 1, [entry("A")]) == "NotSupported" and version(rig) == -1


def test_tc_043_2_version_mismatch():
    rig = Rig()
    rig.online()
    assert send(rig, 5, [entry("A")]) == "Accepted"
    for older in (5, 4):
        assert send(rig, older, [entry("B")], "Differential") == "VersionMismatch"
    assert version(rig) == 5 and rig.list.find("B") is None


def test_tc_043_3_failed():
    rig = Rig()
    rig.online()
    assert send(rig, 5, [entry("A")]) == "Accepted"
    # What cannot be done as a whole is not done at all: a list must not have an identifier twice, or without status.
    assert send(rig, 6, [entry("B"), entry("C"), entry("b")]) == "Failed"
    assert send(rig, 6, [entry("B"), {"idTag": "C"}]) == "Failed"
    assert version(rig) == 5 and rig.list.find("B") is None and rig.list.find("A") is not None
