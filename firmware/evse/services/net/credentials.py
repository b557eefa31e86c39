"""Name and password of the Wi-Fi network: a record of its own, which no status, log or backup carries."""

from micropython import const

from evse.settings import store as st

NAME = "wifi"
SCHEMA = const(1)
_PASSWORD_MIN = const(8)
_SSID_BYTES = const(32)
_PASSWORD_BYTES = const(63)


def load(store) -> "tuple | None":
    """Return (ssid, password), both empty where no Wi-Fi is wanted, or None when nothing was ever saved."""
    status, record = store.load()
    if status != st.LOADED:
        return None
    ssid, password = record.get("ssid"), record.get("password")
    return (ssid, password) if not problem(ssid, password) else ("", "")


def save(store, ssid: str, password: str, switch_on: bool = False) -> None:
    """Keep them; `switch_on` is for who cannot change the setting WIFI. OSError leaves the earlier ones."""
    record: dict = {"ssid": ssid, "password": password}
    if switch_on:
        record["switch_on"] = True
    store.save(record)


def switches_on(store) -> bool:
    """Return True when Wi-Fi is to be switched on because of them."""
    status, record = store.load()
    return status == st.LOADED and record.get("switch_on") is True


def problem(ssid, password) -> str:
    """Return what is wrong with them, or an empty text."""
    if not isinstance(ssid, str) or not 1 <= len(ssid.encode()) <= _SSID_BYTES:
        return "the network's name has 1 to 32 bytes"
    if not isinstance(password, str) or (
        password and not _PASSWORD_MIN <= len(password.encode()) <= _PASSWORD_BYTES
    ):
        return "the password has 8 to 63 bytes, or none for an open network"
    return ""
