"""What a CALL of the central system may look like: one line per action, and its check.

A line is the action and its fields: `name:type`, `name?:type` when it may be missing. Types: i integer, s or s20 string
(of at most so many characters), t date-time, o object, l list of objects, a50 list of strings, =A|B one of these words.
Sources: OCPP 1.6 edition 2 chapter 6, security whitepaper edition 3 chapter 5. Fields that are not listed are ignored
and a null counts as missing: back ends send such things.
"""

from .rpc import CallError
from .times import parse

_TABLE = """
CancelReservation reservationId:i
CertificateSigned certificateChain:s10000
ChangeAvailability connectorId:i type:=Inoperative|Operative
ChangeConfiguration key:s50 value:s500
ClearCache
ClearChargingProfile id?:i connectorId?:i chargingProfilePurpose?:=ChargePointMaxProfile|TxDefaultProfile|TxProfile \
stackLevel?:i
DataTransfer vendorId:s255 messageId?:s50 data?:s
DeleteCertificate certificateHashData:o
ExtendedTriggerMessage requestedMessage:s connectorId?:i
GetCompositeSchedule connectorId:i duration:i chargingRateUnit?:=A|W
GetConfiguration key?:a50
GetDiagnostics location:s startTime?:t stopTime?:t retries?:i retryInterval?:i
GetInstalledCertificateIds certificateType:=CentralSystemRootCertificate|ManufacturerRootCertificate
GetLocalListVersion
GetLog log:o logType:=DiagnosticsLog|SecurityLog requestId:i retries?:i retryInterval?:i
InstallCertificate certificateType:=CentralSystemRootCertificate|ManufacturerRootCertificate certificate:s5500
RemoteStartTransaction idTag:s20 connectorId?:i chargingProfile?:o
RemoteStopTransaction transactionId:i
ReserveNow connectorId:i expiryDate:t idTag:s20 parentIdTag?:s20 reservationId:i
Reset type:=Hard|Soft
SendLocalList listVersion:i updateType:=Differential|Full localAuthorizationList?:l
SetChargingProfile connectorId:i csChargingProfiles:o
SignedUpdateFirmware requestId:i firmware:o retries?:i retryInterval?:i
TriggerMessage requestedMessage:s connectorId?:i
UnlockConnector connectorId:i
UpdateFirmware location:s retrieveDate:t retries?:i retryInterval?:i
"""


def is_known(action: str) -> bool:
    """Tell whether OCPP 1.6 or its security extensions have this CALL of a central system."""
    return _find(action) >= 0


def check(action: str, payload: dict) -> None:
    """Check the payload of an action; CallError names the code and the field."""
    begin = _find(action)
    if begin < 0:
        return
    for field in _TABLE[begin : _TABLE.find("\n", begin)].split()[1:]:
        name, kind = field.split(":", 1)
        optional = name[-1] == "?"
        if optional:
            name = name[:-1]
        value = payload.get(name)
        if value is None:
            payload.pop(name, None)
            if not optional:
                raise CallError("ProtocolError", name + " is missing")
        else:
            _check_value(name, kind, value)


def _find(action: str) -> int:
    """Return where the line of an action begins, -1 without one."""
    if " " in action or "\n" in action or not action:
        return -1
    at = _TABLE.find("\n" + action + " ")
    if at < 0:
        at = _TABLE.find("\n" + action + "\n")
    return at + 1 if at >= 0 else -1


def _check_value(name: str, kind: str, value) -> None:
    letter = kind[0]
    if letter == "i":
        if type(value) is not int:
            raise CallError("TypeConstraintViolation", name + " is no integer")
    elif letter == "o":
        if not isinstance(value, dict):
            raise CallError("TypeConstraintViolation", name + " is no object")
    elif letter in "al":
        if not isinstance(value, list):
            raise CallError("TypeConstraintViolation", name + " is no list")
        for item in value:
            _check_value(name, "s" + kind[1:] if letter == "a" else "o", item)
    elif not isinstance(value, str):
        raise CallError("TypeConstraintViolation", name + " is no string")
    elif letter == "s":
        if len(kind) > 1 and len(value) > int(kind[1:]):
            raise CallError("TypeConstraintViolation", name + " is too long")
    elif letter == "t":
        if parse(value) < 0:
            raise CallError("PropertyConstraintViolation", name + " is no date-time")
    elif value not in kind[1:].split("|"):
        raise CallError("PropertyConstraintViolation", name + " has no such value")
