"""Requests from outside, as words: one vocabulary for every interface."""

from evse.core import states as s
from evse.core.errors import FieldError, Refused

_ACCESS = {"off": s.ACCESS_OFF, "on": s.ACCESS_ON, "pause": s.ACCESS_PAUSE}


def carry_out(station, words: list) -> bool:
    """Pass a request to the station and return True; False when the words are not for it.

    Known: access on|off|pause, stop, reset_fault, unlock_cable, override and mA (0 ends it); FieldError names a
    bad value.
    """
    if words == ["stop"]:
        station.stop()
    elif words == ["reset_fault"]:
        station.reset_faults()
    elif words == ["unlock_cable"]:
        if not station.unlock_cable():
            raise Refused("unlock_cable", "the cable is fixed: switch FIX LOCK off first")
    elif words and words[0] == "access":
        if len(words) != 2 or words[1] not in _ACCESS:
            raise FieldError("access", "must be on, off or pause")
        station.set_access(_ACCESS[words[1]])
    elif words and words[0] == "override":
        _override(station, words[1] if len(words) == 2 else None)
    else:
        return False
    return True


def carry_out_by_app(app, words: list) -> bool:
    """Pass a request to the App and return True; False when the words are not for it.

    Known: restart, fix_lock on|off, custom_button on|off, and factory_reset with the word that confirms it; FieldError
    names a bad value, Refused what is not possible as things stand.
    """
    name = words[0] if words else ""
    if words == ["restart"]:
        app.restart()
    elif name == "fix_lock":
        app.change_settings({"CableLock": "Enabled" if _is_on(words) else "Disabled"})
    elif name == "custom_button":
        app.switch.custom = _is_on(words)
    elif name == "factory_reset":
        from evse.services.factory_reset import CONFIRMATION

        if len(words) != 2 or words[1] != CONFIRMATION:
            raise FieldError(name, 'erases everything: confirm it by the word "%s"' % CONFIRMATION)
        app.factory_reset()
    else:
        return False
    return True


def check_fixing(station, shown: dict) -> None:
    """Refuse settings that would fix the lock unless there is a cable and no car.

    Before the first control step nobody knows; then the lock waits for a cable.
    """
    if "Enabled" not in (shown.get("CableLock"), shown.get("FIX LOCK")) or not station.has_run():
        return
    if not station.profile.has_lock:
        raise Refused("FIX LOCK", "this station has no cable lock")
    if station.proximity.rating_a == 0:
        raise Refused("FIX LOCK", "plug the cable into the station first")
    if not station.sees_no_car():
        raise Refused("FIX LOCK", "unplug the car from the cable first")


def _is_on(words: list) -> bool:
    if len(words) != 2 or words[1] not in ("on", "off"):
        raise FieldError(words[0], "must be on or off")
    return words[1] == "on"


def _override(station, current_ma) -> None:
    config = station.config
    if type(current_ma) is not int or not (
        current_ma == 0 or config.minimum_ma <= current_ma <= config.max_ma
    ):
        raise FieldError("override", "must be 0 or from MIN to MAX, in mA")
    station.set_override(current_ma)
