"""Settings of the station that are configuration keys of OCPP as well, as `ocpp16.configuration` asks for them."""

from evse.core.errors import FieldError

# Key of OCPP -> key of the setting. Intervals, yes or no and rotations are not written alike; see below.
ROWS = {
    "AdditionalRootCertificateCheck": "OcppOneRoot",
    "AuthorizationKey": "OcppKey",
    "CentralSystemUrl": "OcppUrl",
    "ConnectorPhaseRotation": "PhaseRotation",
    "DisconnectedUpperLimit": "OcppOfflineMax",
    "DisconnectedUpperLimitEnabled": "OcppOffline",
    "MeterValueSampleInterval": "OcppInterval",
    "MeterValuesSampledData": "OcppMeterValues",
}
_SHORTEST_S = 10
# The choice of the setting OCPP at which its address counts.
THIRD_PARTY = 1


class Rows:
    """Settings by the names of OCPP; `change(shown)` changes them as a user would, with FieldError."""

    def __init__(self, settings, change) -> None:
        self._settings = settings
        self._change = change

    def has(self, name: str) -> bool:
        """Tell whether the station has a setting for this key."""
        return name in ROWS and (name != "CentralSystemUrl" or self._settings.get("OcppMode") == THIRD_PARTY)

    def text(self, name: str) -> str:
        """Return its value as OCPP writes it."""
        settings = self._settings
        key = ROWS[name]
        value = settings.get(key)
        if name in ("DisconnectedUpperLimitEnabled", "AdditionalRootCertificateCheck"):
            return "true" if value else "false"
        if name == "ConnectorPhaseRotation":
            return "0.%s,1.%s" % (settings.shown(key), settings.shown(key))
        if name == "MeterValueSampleInterval":
            return str(settings.get("OcppShort") or value)
        return str(value)

    def put(self, name: str, text: str) -> None:
        """Change it; ValueError says why not."""
        key = ROWS[name]
        short_s = 0
        value = text
        if name == "DisconnectedUpperLimitEnabled":
            value = "Enabled" if text == "true" else "Disabled"
        elif name == "ConnectorPhaseRotation":
            value = _rotation(text)
        elif name == "MeterValueSampleInterval" and 0 < int(text) < _SHORTEST_S:
            short_s = int(text)
            value = str(_SHORTEST_S)
        try:
            self._change({key: value})
        except FieldError as error:
            raise ValueError(error.text)
        if short_s:
            self._settings.put("OcppShort", short_s)


def _rotation(text: str) -> str:
    """Return the rotation of connector 1, or that of the station."""
    found = ""
    for part in text.split(","):
        number, _, rotation = part.strip().partition(".")
        if number == "1" or not found:
            found = rotation
    return found
