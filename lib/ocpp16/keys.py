"""All configuration keys as one text: it stays in flash, and a row takes memory only while it is looked at.

A line is `name|type|access|default|range|check|flags`.

    type    b true or false, i integer, l list with commas (CSL), t text
    access  r read, rw, w write only: never shown
    range   low..high of an integer, `0,` before it also allows 0; of a text its length; of a list its items
    check   what else a value must keep, by a name that `configuration` knows
    flags   s only there where the station has a setting for it, x acts after a restart

Sources: OCPP 1.6 edition 2 chapter 9; its errata 3.80 (StopTransactionOnEVSideDisconnect is ours to give), 3.83
(MessageTimeout), 3.84 (UnlockConnectorOnEVSideDisconnect), 3.88 (the charging rate unit is 'Current', not 'A'), 3.90
(SupportedFileTransferProtocols), 3.91 (StopTransactionMaxMeterValues); chapter 7 of the security whitepaper, edition 3.
Values that the station knows better than this table (how many connectors, whether the cable is fixed) are given to
`Configuration` and cannot be changed. BlinkRepeat is left out: a key that is there promises what it configures.

Keys of this vendor, after the standard ones:

    SmartChargingCombine            Lowest: the lowest of ChargePointMaxProfile, TxDefaultProfile and TxProfile counts;
                                    Specification: a TxProfile replaces the TxDefaultProfile (section 3.13.1)
    SmartChargingWatts              profiles in W are converted; otherwise they are rejected
    DisconnectedUpperLimitEnabled   the next one counts while no back end has accepted the station
    DisconnectedUpperLimit          A per phase, 0 or 6 and more; it only lowers other limits
    OCPPViaLocalNetworkMinInterval  MeterValueSampleInterval may be as short as 1 s; not in any menu
    FreeVendActive, FreeVendIdTag   charging starts without a card, and is reported under this idTag
    CentralSystemUrl                address of the back end
"""

TEXT = (
    "AllowOfflineTxForUnknownId|b|rw|false|||\n"
    "AuthorizationCacheEnabled|b|rw|true|||\n"
    "AuthorizeRemoteTxRequests|b|rw|false|||\n"
    "ClockAlignedDataInterval|i|rw|0|0..86400||\n"
    "ConnectionTimeOut|i|rw|60|1..86400||\n"
    "ConnectorPhaseRotation|l|rw||9|rotation|\n"
    "ConnectorPhaseRotationMaxLength|i|r|2||connectors|\n"
    "GetConfigurationMaxKeys|i|r|64|||\n"
    "HeartbeatInterval|i|rw|86400|1..500000||\n"
    "LightIntensity|i|rw|50|0..100||s\n"
    "LocalAuthorizeOffline|b|rw|true|||\n"
    "LocalPreAuthorize|b|rw|false|||\n"
    "MaxEnergyOnInvalidId|i|rw|0|0..100000||\n"
    "MessageTimeout|i|rw|30|1..3600||\n"
    "MeterValuesAlignedData|l|rw|Energy.Active.Import.Register|19|measurands|\n"
    "MeterValuesAlignedDataMaxLength|i|r|19|||\n"
    "MeterValuesSampledData|l|rw|Energy.Active.Import.Register|19|measurands|\n"
    "MeterValuesSampledDataMaxLength|i|r|19|||\n"
    "MeterValueSampleInterval|i|rw|60|0,1..99999|interval|\n"
    "MinimumStatusDuration|i|rw|0|0..3600||\n"
    "NumberOfConnectors|i|r|1|||\n"
    "ResetRetries|i|rw|1|0..100||\n"
    "StopTransactionMaxMeterValues|i|r|40|||\n"
    "StopTransactionOnEVSideDisconnect|b|rw|true|||\n"
    "StopTransactionOnInvalidId|b|rw|true|||\n"
    "StopTxnAlignedData|l|rw||19|measurands|\n"
    "StopTxnAlignedDataMaxLength|i|r|19|||\n"
    "StopTxnSampledData|l|rw||19|measurands|\n"
    "StopTxnSampledDataMaxLength|i|r|19|||\n"
    "SupportedFeatureProfiles|l|r|Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,"
    "RemoteTrigger|6||\n"
    "SupportedFeatureProfilesMaxLength|i|r|6|||\n"
    "SupportedFileTransferProtocols|l|r|HTTP,HTTPS|4||\n"
    "TransactionMessageAttempts|i|rw|3|1..1000||\n"
    "TransactionMessageRetryInterval|i|rw|60|0..86400||\n"
    "UnlockConnectorOnEVSideDisconnect|b|rw|true|||\n"
    "WebSocketPingInterval|i|rw|30|0..86400||\n"
    "LocalAuthListEnabled|b|rw|true|||\n"
    "LocalAuthListMaxLength|i|r|1000|||\n"
    "SendLocalListMaxLength|i|r|1000|||\n"
    "ReserveConnectorZeroSupported|b|r|true|||\n"
    "ChargeProfileMaxStackLevel|i|r|255|||\n"
    "ChargingScheduleAllowedChargingRateUnit|l|r|Current|2|unit|\n"
    "ChargingScheduleMaxPeriods|i|r|255|||\n"
    "ConnectorSwitch3to1PhaseSupported|b|r|false|||\n"
    "MaxChargingProfilesInstalled|i|r|255|||\n"
    "AdditionalRootCertificateCheck|b|r|false|||\n"
    "AuthorizationKey|t|w||0..40|password|\n"
    "CertificateSignedMaxChainSize|i|r|10000|||\n"
    "CertificateStoreMaxLength|i|r|4|||\n"
    "CpoName|t|rw||0..64||\n"
    "SecurityProfile|i|rw|0|0..3|security|\n"
    "SmartChargingCombine|t|rw|Lowest|0..20|combine|\n"
    "SmartChargingWatts|b|rw|false|||\n"
    "DisconnectedUpperLimitEnabled|b|rw|false|||\n"
    "DisconnectedUpperLimit|i|rw|6|0,6..80||\n"
    "OCPPViaLocalNetworkMinInterval|b|rw|false|||\n"
    "FreeVendActive|b|rw|false|||\n"
    "FreeVendIdTag|t|rw||0..20||\n"
    "CentralSystemUrl|t|rw||0..200||sx\n"
)


class Key:
    """One key, read from its line; `low` and `high` are those of its range, `off` says that 0 is allowed beside it."""

    def __init__(self, line: str) -> None:
        fields = line.split("|")
        self.name = fields[0]
        self.kind = fields[1]
        self.readable = fields[2] != "w"
        self.writable = fields[2] != "r"
        self.default = fields[3]
        self.off = fields[4].startswith("0,")
        low, _, high = fields[4][2 if self.off else 0 :].rpartition("..")
        self.low = int(low or 0)
        self.high = int(high or 0)
        self.check = fields[5]
        self.needs_setting = "s" in fields[6]
        self.needs_restart = "x" in fields[6]


def rows():
    """Yield every key in the order of the table."""
    begin = 0
    while begin < len(TEXT):
        end = TEXT.find("\n", begin)
        yield Key(TEXT[begin:end])
        begin = end + 1


def find(name: str) -> Key | None:
    """Return a key by its name, in which case does not count (CiString50Type); None when there is none."""
    if not name or "|" in name or "\n" in name:
        return None
    at = TEXT.find("\n" + name + "|") + 1
    if at == 0 and not TEXT.startswith(name + "|"):
        at = _find_any_case(name.lower() + "|")
    return None if at < 0 else Key(TEXT[at : TEXT.find("\n", at)])


def _find_any_case(start: str) -> int:
    at = 0
    while at < len(TEXT):
        if TEXT[at : at + len(start)].lower() == start:
            return at
        at = TEXT.find("\n", at) + 1
    return -1
