"""The table of configuration keys against chapter 9 of OCPP 1.6, its errata and the security whitepaper."""

from ocpp_local_bench import MemoryStore, SettingRows, configuration

from ocpp16 import keys, measurands, sampling
from ocpp16.configuration import Configuration

# Required keys of the profiles that are supported (9.1 to 9.4), and what may be done with them.
REQUIRED = (
    "AuthorizeRemoteTxRequests:rw ClockAlignedDataInterval:rw ConnectionTimeOut:rw ConnectorPhaseRotation:rw "
    "GetConfigurationMaxKeys:r HeartbeatInterval:rw LocalAuthorizeOffline:rw LocalPreAuthorize:rw "
    "MeterValuesAlignedData:rw MeterValuesSampledData:rw MeterValueSampleInterval:rw NumberOfConnectors:r "
    "ResetRetries:rw StopTransactionOnEVSideDisconnect:rw StopTransactionOnInvalidId:rw StopTxnAlignedData:rw "
    "StopTxnSampledData:rw SupportedFeatureProfiles:r TransactionMessageAttempts:rw "
    "TransactionMessageRetryInterval:rw UnlockConnectorOnEVSideDisconnect:rw LocalAuthListEnabled:rw "
    "LocalAuthListMaxLength:r SendLocalListMaxLength:r ChargeProfileMaxStackLevel:r "
    "ChargingScheduleAllowedChargingRateUnit:r ChargingScheduleMaxPeriods:r MaxChargingProfilesInstalled:r"
)
# Optional ones, with errata 3.83, 3.90, 3.91 and chapter 7 of the whitepaper.
OPTIONAL = (
    "AllowOfflineTxForUnknownId:rw AuthorizationCacheEnabled:rw ConnectorPhaseRotationMaxLength:r "
    "MaxEnergyOnInvalidId:rw MessageTimeout:rw MeterValuesAlignedDataMaxLength:r "
    "MeterValuesSampledDataMaxLength:r MinimumStatusDuration:rw StopTransactionMaxMeterValues:r "
    "StopTxnAlignedDataMaxLength:r StopTxnSampledDataMaxLength:r SupportedFeatureProfilesMaxLength:r "
    "WebSocketPingInterval:rw ReserveConnectorZeroSupported:r ConnectorSwitch3to1PhaseSupported:r "
    "SupportedFileTransferProtocols:r AdditionalRootCertificateCheck:r AuthorizationKey:w "
    "CertificateSignedMaxChainSize:r CertificateStoreMaxLength:r CpoName:rw SecurityProfile:rw"
)


def test_every_key_with_its_accessibility():
    for field in (REQUIRED + " " + OPTIONAL).split():
        name, access = field.split(":")
        row = keys.find(name)
        assert row is not None and row.name == name, name
        assert (row.readable, row.writable) == ("r" in access, "w" in access), name


def test_each_line_is_a_proper_row_with_a_default_that_may_be_set():
    names = []
    config = configuration()
    for row in keys.rows():
        assert 0 < len(row.name) <= 50 and row.kind in "bilt", row.name
        names.append(row.name.lower())
        if row.writable:
            assert (
                row.needs_setting
                or row.check in ("security", "password")
                or config.change(row.name, config.text(row.name)) == "Accepted"
            ), (row.name, config.reason)
        elif row.kind == "i":
            assert int(row.default) >= 0
    assert len(names) == len(set(names))
    assert len(names) > 50


def test_names_without_regard_to_case():
    row = keys.find("heartbeatINTERVAL")
    assert row is not None and row.name == "HeartbeatInterval"
    first = keys.find("allowofflinetxforunknownid")
    assert first is not None and first.name == "AllowOfflineTxForUnknownId"
    for name in (
        "",
        "Heartbeat",
        "HeartbeatInterval|i",
        "i",
        "rw",
        "nope",
        "HeartbeatInterval\n",
        "Interval",
    ):
        assert keys.find(name) is None, name


def test_numbers_that_must_agree_with_the_code():
    config = configuration()
    assert config.get("StopTransactionMaxMeterValues") == sampling.ROOM
    for name in (
        "MeterValuesSampledData",
        "MeterValuesAlignedData",
        "StopTxnSampledData",
        "StopTxnAlignedData",
    ):
        assert config.get(name + "MaxLength") == measurands.ITEMS_MAX
    assert config.get("SupportedFeatureProfilesMaxLength") == len(
        config.text("SupportedFeatureProfiles").split(",")
    )
    # Rows B-056, B-057; at least what the certification needs of profiles.
    assert (
        config.get("MaxChargingProfilesInstalled") == 255 and config.get("ChargingScheduleMaxPeriods") == 255
    )
    # A list of 1000 identifiers, all in one message.
    assert config.get("LocalAuthListMaxLength") >= 1000 and config.get("SendLocalListMaxLength") >= 1000


def test_b005_and_errata_3_88_the_charging_rate_unit():
    config = configuration()
    name = "ChargingScheduleAllowedChargingRateUnit"
    assert config.text(name) == "Current"
    assert config.change(name, "Current,Power") == "Rejected" and config.text(name) == "Current"
    assert config.change("SmartChargingWatts", "true") == "Accepted"
    assert config.text(name) == "Current,Power"


def test_what_the_station_knows_better_is_read_only():
    fixed = {"NumberOfConnectors": "2", "UnlockConnectorOnEVSideDisconnect": "false"}
    config = Configuration(MemoryStore(), None, fixed)
    assert config.get("NumberOfConnectors") == 2
    assert config.get("ConnectorPhaseRotationMaxLength") == 3
    assert config.text("ConnectorPhaseRotation") == "0.Unknown,1.Unknown,2.Unknown"
    # Errata 3.84, 3.85: a fixed cable.
    assert config.change("UnlockConnectorOnEVSideDisconnect", "true") == "Rejected"
    assert list(config.entries(["UnlockConnectorOnEVSideDisconnect"])) == [
        ("UnlockConnectorOnEVSideDisconnect", True, "false")
    ]


def test_keys_that_need_a_setting():
    config = configuration()
    names = [entry[0] for entry in config.entries()]
    assert "CentralSystemUrl" not in names and "LightIntensity" not in names
    assert config.change("LightIntensity", "10") == "NotSupported"
    assert list(config.entries(["LightIntensity"])) == [("LightIntensity", None, None)]
    rows = SettingRows({"LightIntensity": "47", "CentralSystemUrl": "ws://a"})
    config = Configuration(MemoryStore(), rows)
    assert config.get("LightIntensity") == 47
    assert config.change("LightIntensity", "10") == "Accepted" and rows.values["LightIntensity"] == "10"
    assert config.change("LightIntensity", "101") == "Rejected"
    assert config.change("CentralSystemUrl", "wss://b") == "RebootRequired"
    assert config.change("CentralSystemUrl", "refused") == "Rejected"
    assert rows.values["CentralSystemUrl"] == "wss://b" and config.reason == "refused by the settings"
