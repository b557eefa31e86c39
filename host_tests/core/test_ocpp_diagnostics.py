"""Diagnostics, logs and security events (cases 045_1, 045_2, 079; OCPP 1.6 section 6.21, whitepaper N01 and A04)."""

from ocpp_files_bench import FilesRig
from ocpp_rig import ERROR, SILENT
from ocpp_world import PowerCut

from ocpp16.diagnostics import without_password
from ocpp16.times import text as time_text

STATUS = "DiagnosticsStatusNotification"
LOG_STATUS = "LogStatusNotification"
EVENT = "SecurityEventNotification"
URL = "http://files.example/logs/"
OK = {"status": "Accepted"}


def get_log(rig, kind="DiagnosticsLog", request_id=7, location=URL, **more):
    return rig.central.ask(
        "GetLog", log={"remoteLocation": location}, logType=kind, requestId=request_id, **more
    )


def test_tc_045_1_diagnostics():
    rig = FilesRig()
    rig.online()
    rig.set("AuthorizationKey", "very-secret-text")
    answer = rig.central.ask("GetDiagnostics", location=URL)
    assert answer["fileName"] == "diagnostics-20260131120002.txt"
    rig.run(30)
    assert rig.told(STATUS) == ["Uploading", "Uploaded"] and not rig.diagnostics.busy
    location, name, text = rig.files.begun[0]
    assert (location, name) == (URL, answer["fileName"])
    for part in (
        "chargePointModel: Station\n",
        "HeartbeatInterval = 300\n",
        "connector 1: Available\n",
        "uptime: ",
    ):
        assert part in text, part
    assert "- 0.100 started\n2026-01-31T11:46:40Z old\n" in text and "secret" not in text


def test_what_changes_meanwhile_has_the_same_length():
    for change in (["short"], ["a much longer line than before"] * 5, []):
        rig = FilesRig()
        rig.online()
        rig.lines = [(0, "%d line" % number) for number in range(20)]
        counted = []

        def lines(rig=rig, counted=counted, change=change):
            counted.append(1)
            yield from rig.lines
            rig.lines = [(0, text) for text in change]

        rig.diagnostics._lines = lines
        rig.central.ask("GetDiagnostics", location=URL)
        rig.run(20)
        # The bench compares the lengths.
        assert rig.told(STATUS) == ["Uploading", "Uploaded"] and len(counted) == 2


def test_tc_045_2_upload_fails():
    rig = FilesRig()
    rig.online()
    rig.files.results = [False, 500]
    rig.central.ask("GetDiagnostics", location=URL, retries=2, retryInterval=20)
    rig.run(15)
    assert rig.told(STATUS) == ["Uploading"] and len(rig.files.begun) == 1
    rig.run(30)
    assert rig.told(STATUS) == ["Uploading", "UploadFailed"] and len(rig.files.begun) == 2
    rig.central.log = []
    rig.central.ask("GetDiagnostics", location="ftp://files.example/")
    rig.run(5)
    assert rig.told(STATUS) == ["Uploading", "UploadFailed"]


def test_only_what_lies_between_two_times():
    rig = FilesRig()
    rig.online()
    for window, found in (
        ((0, 2000000000), (True, True)),
        ((1769860500, 2000000000), (False, True)),
        ((0, 1769860500), (True, False)),
    ):
        rig.central.ask(
            "GetDiagnostics", location=URL, startTime=time_text(window[0]), stopTime=time_text(window[1])
        )
        rig.run(10)
        text = rig.files.begun[-1][2]
        assert ("Z old" in text, "Z new" in text) == found and "started" in text


def test_tc_079_security_log():
    rig = FilesRig()
    rig.online()
    rig.security.event("InvalidTLSVersion", "1.1")
    assert get_log(rig, "SecurityLog") == {"status": "Accepted", "filename": "security-20260131120002.txt"}
    rig.run(10)
    text = rig.files.begun[0][2]
    assert text.startswith("2026-01-31T12:00:0") and text.count("\n") == 2
    assert "Z StartupOfTheDevice\n" in text and text.endswith("Z InvalidTLSVersion 1.1\n")
    entries = rig.central.of(LOG_STATUS)
    assert entries == [{"status": "Uploading", "requestId": 7}, {"status": "Uploaded", "requestId": 7}]


def test_log_uploads_end_with_the_reason():
    for result, status in (
        (False, "UploadFailure"),
        (400, "BadMessage"),
        (401, "PermissionDenied"),
        (403, "PermissionDenied"),
        (501, "NotSupportedOperation"),
        (500, "UploadFailure"),
    ):
        rig = FilesRig()
        rig.online()
        rig.files.results = [result]
        assert get_log(rig, retries=1)["status"] == "Accepted"
        rig.run(10)
        assert rig.told(LOG_STATUS) == ["Uploading", status]
    for results, status in (([405, 405], "NotSupportedOperation"), ([405, True], "Uploaded")):
        rig = FilesRig()
        rig.online()
        rig.files.results = results
        get_log(rig, retries=1)
        rig.run(20)
        assert rig.told(LOG_STATUS) == ["Uploading", status] and rig.files.methods == ["PUT", "POST"]
    rig = FilesRig()
    rig.online()
    get_log(rig, location="sftp://files.example/")
    rig.run(10)
    assert rig.told(LOG_STATUS) == ["Uploading", "NotSupportedOperation"]


def test_a_new_log_cancels_the_upload_before():
    rig = FilesRig()
    rig.online()
    rig.files.steps = 1000
    get_log(rig)
    rig.run(5)
    rig.files.steps = 5
    assert get_log(rig, request_id=8)["status"] == "AcceptedCanceled"
    assert rig.files.transfers[0].closed
    rig.run(10)
    assert [entry["requestId"] for entry in rig.central.of(LOG_STATUS)] == [7, 8, 8]


def test_triggered_log_status():
    rig = FilesRig()
    rig.online()
    rig.files.steps = 20
    for expected in ({"status": "Idle"}, {"status": "Uploading", "requestId": 7}, {"status": "Idle"}):
        rig.central.log = []
        assert rig.central.ask("ExtendedTriggerMessage", requestedMessage=LOG_STATUS) == OK
        assert rig.central.ask("TriggerMessage", requestedMessage=STATUS) == OK
        rig.run(1)
        assert rig.central.of(LOG_STATUS)[0] == expected and rig.told(STATUS) == ["Idle"]
        if expected["status"] == "Idle":
            get_log(rig)
            rig.run(5)
        else:
            rig.run(40)


def test_no_answer_comes_to_harm():
    rig = FilesRig()
    rig.online()
    assert get_log(rig, "OtherLog")[0] == ERROR
    assert rig.central.ask("GetLog", log={}, logType="SecurityLog", requestId=1) == {"status": "Rejected"}
    assert rig.central.ask("GetLog", log={"remoteLocation": 5}, logType="SecurityLog", requestId=1) == {
        "status": "Rejected"
    }
    rig.run(3)
    assert not rig.diagnostics.busy


def test_passwords_are_left_out():
    assert without_password("wss://me:secret@host/path") == "wss://host/path"
    for text in ("wss://host/a@b", "a@b", "", "http://", "plain"):
        assert without_password(text) == text


def test_events_are_told_after_a_time_without_connection_and_a_restart():
    rig = FilesRig()
    rig.run(5)
    rig.security.event("MemoryExhaustion", "flash")
    rig.security.event("ReconfigurationOfSecurityParameters", "AuthorizationKey")
    rig.run(5)
    rig.power_cut()
    rig.run(5)
    rig.connect()
    rig.run(30)
    assert rig.events() == ["StartupOfTheDevice", "MemoryExhaustion", "StartupOfTheDevice"]
    found = rig.central.of(EVENT)
    assert found[1] == {"type": "MemoryExhaustion", "timestamp": "2026-01-31T12:00:05Z", "techInfo": "flash"}
    rig.power_cut()
    rig.connect()
    rig.run(30)
    assert rig.events()[3:] == ["StartupOfTheDevice"]


def test_events_from_before_the_time_was_known():
    rig = FilesRig(rtc=False)
    rig.run(100)
    rig.connect()
    rig.run(5)
    assert rig.central.of(EVENT)[0]["timestamp"] == "2026-01-31T12:00:01Z"


def test_an_event_is_told_until_it_is_confirmed():
    rig = FilesRig(MessageTimeout="10")
    rig.central.answers[EVENT] = SILENT
    rig.connect()
    rig.run(100)
    assert rig.events() == ["StartupOfTheDevice"] * 2
    rig.disconnect()
    del rig.central.answers[EVENT]
    rig.connect()
    rig.run(100)
    assert rig.events() == ["StartupOfTheDevice"] * 3
    rig.run(100)
    assert len(rig.events()) == 3


def test_a_central_system_without_security_extensions_is_left_alone():
    rig = FilesRig()
    rig.central.answers[EVENT] = (ERROR, "NotImplemented")
    rig.security.event("MemoryExhaustion")
    rig.connect()
    rig.run(100)
    assert rig.events() == ["StartupOfTheDevice"]


def test_the_clock_and_broken_messages_are_events():
    rig = FilesRig()
    rig.connect()
    rig.run(5)
    rig.central.answers["Heartbeat"] = {"currentTime": time_text(rig.unix_s + 3600)}
    rig.central.ask("TriggerMessage", requestedMessage="Heartbeat")
    rig.run(2)
    assert rig.events()[1:] == ["SettingSystemTime"]
    rig.hear("[2]")
    rig.hear('{"a":')
    rig.run(2)
    # That is only logged.
    assert "InvalidMessages" not in rig.events()
    texts = [text for _, text in rig.security.lines(0, 99)]
    assert [text for text in texts if text.startswith("InvalidMessages")] == ["InvalidMessages 2"]


def test_the_oldest_events_go_when_there_is_no_room():
    rig = FilesRig()
    for number in range(500):
        rig.security.event("InvalidMessages", "%d" % number)
    assert 30 <= rig.security_space.end - rig.security_space.first <= 64
    rig.connect()
    rig.run(5)
    rig.security.event("MemoryExhaustion")
    rig.run(5)
    assert rig.events() == ["MemoryExhaustion"]
    texts = [text for _, text in rig.security.lines(0, 999)]
    assert texts[-2:] == ["InvalidMessages 499", "MemoryExhaustion"]
    try:
        rig.security.event("SomethingElse")
        raise AssertionError("accepted")
    except ValueError:
        pass


def test_power_is_cut_at_every_write_of_the_log():
    for cut in range(1, 9):
        for leaves in (0, 1, 2):
            rig = FilesRig()
            rig.security_space.cut_in = cut
            rig.security_space.cut_leaves = leaves
            try:
                rig.security.event("MemoryExhaustion")
                rig.connect()
                rig.run(5)
                rig.security.event("TamperDetectionActivated")
                rig.run(5)
            except PowerCut:
                pass
            rig.security_space.cut_in = -1
            rig.power_cut()
            rig.connect()
            rig.run(20)
            events = rig.events()
            assert events[-1] == "StartupOfTheDevice", (cut, leaves)
            # What was kept is told at least once, and twice only if the note about it was cut off.
            assert events.count("StartupOfTheDevice") <= 3 and events.count("MemoryExhaustion") <= 2
            if cut > 1:
                assert "MemoryExhaustion" in events, (cut, leaves)
