"""What changes charging profiles: SetChargingProfile and ClearChargingProfile (sections 5.5, 5.16)."""

ACTIONS = ("SetChargingProfile", "ClearChargingProfile")


def run(smart, action: str, payload, unix_s: int) -> str:
    """Carry out one of ACTIONS on a SmartCharging, as its stream handler or `payloads` gave it; CallError."""
    if action == "SetChargingProfile":
        return smart.set(payload, unix_s)
    return smart.clear(
        payload.get("id"),
        payload.get("connectorId"),
        payload.get("chargingProfilePurpose"),
        payload.get("stackLevel"),
        unix_s,
    )
