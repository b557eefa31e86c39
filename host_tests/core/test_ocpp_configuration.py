"""GetConfiguration and ChangeConfiguration (OCPP 1.6 sections 5.3, 5.8; cases 019, 021, 040; B-013 ...)."""

from ocpp_local_bench import MemoryStore, SettingRows, configuration

from ocpp16 import keys
from ocpp16.configuration import Configuration, rotation


def test_019_all_keys_and_single_keys():
    config = configuration()
    everything = list(config.entries())
    assert list(config.entries([])) == everything
    assert len(everything) == len([row for row in keys.rows() if not row.needs_setting])
    for name, readonly, text in everything:
        assert list(config.entries([name])) == [(name, readonly, text)]
        assert text is None or (isinstance(text, str) and len(text) <= 500)
    assert list(config.entries(["SupportedFeatureProfiles", "nope", "heartbeatinterval"])) == [
        (
            "SupportedFeatureProfiles",
            True,
            "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
        ),
        ("nope", None, None),
        ("HeartbeatInterval", False, "86400"),
    ]


def test_021_change_and_read_back():
    config = configuration()
    for name, text in (
        ("MeterValueSampleInterval", "300"),
        ("LocalPreAuthorize", "true"),
        ("CpoName", "Stadtwerke Nirgendwo & Söhne"),
        ("MeterValuesSampledData", "Voltage,Frequency"),
        ("ConnectorPhaseRotation", "0.RST,1.STR"),
        ("WebSocketPingInterval", "0"),
        ("SmartChargingCombine", "Specification"),
    ):
        assert config.change(name, text) == "Accepted", (name, config.reason)
        assert list(config.entries([name])) == [(name, False, text)]
    assert config.get("LocalPreAuthorize") is True and config.get("MeterValueSampleInterval") == 300


def test_040_unknown_key_and_bad_values():
    config = configuration()
    assert config.change("UnknownConfigurationKey", "true") == "NotSupported"
    before = list(config.entries())
    for name, text in (
        ("MeterValueSampleInterval", "-1"),
        ("MeterValueSampleInterval", "ten"),
        ("MeterValueSampleInterval", "10.5"),
        ("MeterValueSampleInterval", ""),
        ("MeterValueSampleInterval", "99999999999999999999"),
        ("MeterValueSampleInterval", "\u0661\u0660"),
        ("WebSocketPingInterval", "-1"),
        ("LocalPreAuthorize", "yes"),
        ("LocalPreAuthorize", "1"),
        ("LocalPreAuthorize", ""),
        ("NumberOfConnectors", "2"),
        ("SmartChargingCombine", "lowest of all"),
        ("ConnectorPhaseRotation", "RST"),
        ("ConnectorPhaseRotation", "1.XYZ"),
        ("ConnectorPhaseRotation", "1.RST,1.STR"),
        ("ConnectorPhaseRotation", "2.RST"),
        ("ConnectorPhaseRotation", "0.RST,,1.RST"),
        ("ConnectorPhaseRotation", ""),
        ("CpoName", "x" * 65),
        ("CpoName", "a\nb"),
        ("CpoName", "x" * 501),
        ("DisconnectedUpperLimit", "5"),
        ("ClockAlignedDataInterval", "86401"),
    ):
        assert config.change(name, text) == "Rejected", (name, text)
        assert config.reason
    assert config.change("LocalPreAuthorize", 1) == "Rejected"  # pyright: ignore[reportArgumentType]
    assert list(config.entries()) == before
    assert (
        config.change("LocalPreAuthorize", "TRUE") == "Accepted"
        and config.text("LocalPreAuthorize") == "true"
    )


def test_errata_3_13_and_b039_a_bad_list_is_refused_as_a_whole():
    for name in (
        "MeterValuesSampledData",
        "MeterValuesAlignedData",
        "StopTxnSampledData",
        "StopTxnAlignedData",
    ):
        config = configuration()
        assert config.change(name, " Current.Import.L1 , Voltage.L1-N ") == "Accepted"
        assert config.text(name) == "Current.Import.L1,Voltage.L1-N"
        for text in ("Frequency,SoC", "Current.Import,Current.Import.L1", "Frequency,", "Voltage,Voltage"):
            assert config.change(name, text) == "Rejected"
            assert config.text(name) == "Current.Import.L1,Voltage.L1-N"
        assert config.change(name, "") == "Accepted" and config.items(name) == b""


def test_b032_a_single_phase_takes_no_phases():
    config = configuration()
    config.three_phase = False
    assert config.change("MeterValuesSampledData", "Current.Import.L1") == "Rejected"
    assert "three phases" in config.reason
    assert config.change("MeterValuesSampledData", "Current.Import") == "Accepted"


def test_b013_and_a18_the_sample_interval():
    config = configuration()
    for text, status in (
        ("10", "Accepted"),
        ("99999", "Accepted"),
        ("9", "Rejected"),
        ("1", "Rejected"),
        ("100000", "Rejected"),
        ("0", "Accepted"),
    ):
        assert config.change("MeterValueSampleInterval", text) == status, text
    assert config.get("MeterValueSampleInterval") == 0


def test_b014_short_intervals_in_a_local_network():
    for rows in (None, SettingRows({"MeterValueSampleInterval": "60"})):
        config = Configuration(MemoryStore(), rows)
        assert config.change("OCPPViaLocalNetworkMinInterval", "true") == "Accepted"
        for text, status in (("1", "Accepted"), ("100000", "Rejected"), ("9", "Accepted")):
            assert config.change("MeterValueSampleInterval", text) == status
        seen = []
        config.on_change = seen.append
        assert config.change("OCPPViaLocalNetworkMinInterval", "false") == "Accepted"
        assert config.get("MeterValueSampleInterval") == 10
        assert sorted(seen) == ["MeterValueSampleInterval", "OCPPViaLocalNetworkMinInterval"]
        # Longer ones and 0 stay as they are.
        for text in ("20", "0"):
            config.change("OCPPViaLocalNetworkMinInterval", "true")
            config.change("MeterValueSampleInterval", text)
            config.change("OCPPViaLocalNetworkMinInterval", "false")
            assert config.text("MeterValueSampleInterval") == text
        if rows is not None:
            assert rows.values["MeterValueSampleInterval"] == "0"


def test_a_short_interval_survives_a_restart_with_its_key():
    store = MemoryStore()
    config = Configuration(store)
    config.change("OCPPViaLocalNetworkMinInterval", "true")
    config.change("MeterValueSampleInterval", "2")
    config.save()
    assert Configuration(store).get("MeterValueSampleInterval") == 2
    store.value = {"MeterValueSampleInterval": "2"}
    assert Configuration(store).get("MeterValueSampleInterval") == 60


def test_073_the_password_is_never_shown():
    config = configuration()
    name = "AuthorizationKey"
    for text in (
        "",
        "short",
        "x" * 15,
        "x" * 21,
        "0" * 30,
        "0" * 33,
        "0" * 42,
        "g" * 32,
        "passwörter-16-by",
        "a" * 16 + "\n",
    ):
        assert config.change(name, text) == "Rejected", text
    assert config.authorization_key() == b""
    assert config.change(name, "a secret password") == "Accepted"
    assert config.authorization_key() == b"a secret password"
    assert config.change(name, "0123456789ABCDEFfedcba98765432100a0B0c0d") == "Accepted"
    assert config.authorization_key() == bytes(
        [
            1,
            0x23,
            0x45,
            0x67,
            0x89,
            0xAB,
            0xCD,
            0xEF,
            0xFE,
            0xDC,
            0xBA,
            0x98,
            0x76,
            0x54,
            0x32,
            0x10,
            10,
            11,
            12,
            13,
        ]
    )
    # Sixteen digits are sixteen characters: as hex they were too short.
    assert config.change(name, "0123456789abcdef") == "Accepted"
    assert config.authorization_key() == b"0123456789abcdef"
    assert list(config.entries([name])) == [(name, False, None)]
    assert [entry for entry in config.entries() if entry[0] == name] == [(name, False, None)]
    assert "0123456789abcdef" not in config.reason
    config.change(name, "0")
    assert "0123456789abcdef" not in config.reason


def test_083_084_the_security_profile_goes_up_only():
    config = configuration()
    assert config.change("SecurityProfile", "1") == "Rejected"
    config.change("AuthorizationKey", "0123456789abcdef")
    assert config.change("SecurityProfile", "1") == "Accepted"
    for text in ("0", "1", "4", "2", "3"):
        assert config.change("SecurityProfile", text) == "Rejected", text
    config.can_secure = lambda profile: profile == 2
    assert config.change("SecurityProfile", "3") == "Rejected"
    assert config.change("SecurityProfile", "2") == "Accepted"
    # The station itself may fall back (A05.FR.08).
    config.put("SecurityProfile", "1")
    assert config.get("SecurityProfile") == 1


def test_settings_of_the_station_are_not_kept_twice():
    store = MemoryStore()
    rows = SettingRows({"MeterValuesSampledData": "Frequency"})
    config = Configuration(store, rows)
    changes = config.changes
    assert config.change("MeterValuesSampledData", "Voltage") == "Accepted"
    assert rows.values["MeterValuesSampledData"] == "Voltage" and config.changes == changes + 1
    config.save()
    assert store.writes == 0
    # And a change on a page is seen at once.
    rows.values["MeterValuesSampledData"] = "Temperature"
    config.noted("MeterValuesSampledData")
    assert config.text("MeterValuesSampledData") == "Temperature" and config.changes == changes + 2


def test_only_what_differs_is_kept_and_bad_values_are_dropped():
    store = MemoryStore()
    config = Configuration(store)
    config.change("HeartbeatInterval", "100")
    config.change("ConnectionTimeOut", "30")
    config.change("ConnectionTimeOut", "60")
    config.save()
    assert store.value == {"HeartbeatInterval": "100"}
    store.value = {
        "HeartbeatInterval": "never",
        "ConnectionTimeOut": 7,
        "NumberOfConnectors": "9",
        "Gone": "x",
        "LocalPreAuthorize": "true",
    }
    config = Configuration(store)
    assert config.get("HeartbeatInterval") == 86400 and config.get("ConnectionTimeOut") == 60
    assert config.get("NumberOfConnectors") == 1 and config.get("LocalPreAuthorize") is True


def test_a_change_is_written_at_once_and_many_quick_ones_once_a_minute():
    store = MemoryStore()
    config = Configuration(store)
    config.change("LocalPreAuthorize", "true")
    names = ("Current.Import", "Voltage", "SoC", "Power.Offered", "Frequency", "Temperature", "nonsense")
    for number in range(40):
        config.change("MeterValuesSampledData", names[number % len(names)])
        config.change("WebSocketPingInterval", str(number))
        config.step(100)
        # What was accepted first is kept whatever comes.
        assert store.writes == 1 and store.value and store.value["LocalPreAuthorize"] == "true"
    config.change("HeartbeatInterval", "300")
    config.step(101)
    # With what is written for another key, those that wait are written too.
    assert store.writes == 2 and store.value and store.value["WebSocketPingInterval"] == "39"
    config.change("WebSocketPingInterval", "50")
    for second in range(101, 161):
        config.step(second)
    assert store.writes == 2
    config.step(161)
    assert store.writes == 3 and store.value and store.value["WebSocketPingInterval"] == "50"
    config.step(500)
    assert store.writes == 3


def test_a_value_that_is_the_default_again_is_written_too():
    store = MemoryStore({"HeartbeatInterval": "300"})
    config = Configuration(store)
    config.change("HeartbeatInterval", "86400")
    config.step(0)
    assert store.writes == 1 and Configuration(store).get("HeartbeatInterval") == 86400


def test_what_was_tried_and_put_back_is_not_written_at_all():
    store = MemoryStore({"MeterValuesSampledData": "Voltage"})
    config = Configuration(store)
    for text in ("Frequency", "Temperature", "Voltage"):
        assert config.change("MeterValuesSampledData", text) == "Accepted"
    config.step(0)
    config.step(100)
    assert store.writes == 0


def test_endless_changes_are_written_every_minute():
    store = MemoryStore()
    config = Configuration(store)
    for second in range(600):
        config.change("WebSocketPingInterval", str(second))
        config.step(second)
    assert 9 <= store.writes <= 10


def test_writing_waits_for_open_contactors_and_is_tried_again():
    store = MemoryStore()
    config = Configuration(store)
    config.change("HeartbeatInterval", "100")
    config.step(0, False)
    config.step(1000, False)
    assert store.writes == 0
    store.broken = True
    try:
        config.step(1001)
        raise AssertionError("nothing was tried")
    except OSError:
        pass
    store.broken = False
    config.step(1002)
    assert store.writes == 1 and config.get("HeartbeatInterval") == 100


def test_a_value_that_is_the_same_is_no_change():
    config = configuration()
    seen = []
    config.on_change = seen.append
    assert config.change("HeartbeatInterval", "86400") == "Accepted"
    assert seen == [] and config.changes == 0
    config.change("HeartbeatInterval", "086401")
    assert seen == ["HeartbeatInterval"] and config.text("HeartbeatInterval") == "86401"


def test_b008_rotations():
    assert rotation("0.RST,1.STR", 1) == (1, 2, 0)
    assert rotation("0.RST,1.STR", 0) == (0, 1, 2)
    for word, phases in (("RTS", (0, 2, 1)), ("SRT", (1, 0, 2)), ("TRS", (2, 0, 1)), ("TSR", (2, 1, 0))):
        assert rotation("1." + word, 1) == phases
    for text in ("1.Unknown", "1.NotApplicable", "", "2.TSR"):
        assert rotation(text, 1) == (0, 1, 2)
