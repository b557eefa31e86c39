"""Requests from outside, as words: one vocabulary for every interface."""

from micropython import const

from evse.core import states as s
from evse.core.errors import FieldError, Refused

# Of a remote limit, as IN1 and IN2 demand them.
LEVELS = ("max", "half", "6A", "0A")
# The counter of milliseconds reaches further.
MOST_REMOTE_S = const(86400)
# Of an override that ends when the car is unplugged.
UNPLUG = "unplug"
_MOST_REMOTE_MA = const(999900)
# Types of meters (Eastron1P, Chint 1P).
_OF_ONE_PHASE = (10, 17)
_ACCESS = {"off": s.ACCESS_OFF, "on": s.ACCESS_ON, "pause": s.ACCESS_PAUSE}


def carry_out(station, words: list) -> bool:
    """Pass a request to the station and return True; False when the words are not for it.

    Known: access on|off|pause, stop, reset_fault, unlock_cable, override and mA (0 ends it) and for how many seconds,
    or "unplug", or nothing for until it is ended, remote with a level or mA and for how many seconds it counts;
    FieldError names a bad value.
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
        _override(station, words)
    elif words and words[0] == "remote":
        _limit(station, words)
    else:
        return False
    return True


def carry_out_by_app(app, words: list) -> bool:
    """Pass a request to the App and return True; False when the words are not for it.

    Known: restart, fix_lock on|off, custom_button on|off, clear_charging_profiles, and factory_reset with the word that
    confirms it; FieldError names a bad value, Refused what is not possible as things stand.
    """
    name = words[0] if words else ""
    if words == ["restart"]:
        app.restart()
    elif words == ["clear_charging_profiles"]:
        if app.ocpp is None:
            raise Refused(name, "there is no back end")
        app.ocpp.clear_profiles()
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


def measures_phases(app) -> bool:
    """Tell whether the station has three phases, and its EV meter may tell of them; without one nobody knows."""
    return not app.settings.get("SupplyPhases") and app.metering.ev.type.index not in _OF_ONE_PHASE


def check_measurands(app, shown: dict) -> None:
    """Refuse a list of measurands that a back end could not take either; FieldError says why."""
    name = "METER VAL" if "METER VAL" in shown else "OcppMeterValues"
    text = shown.get(name)
    if isinstance(text, str):
        app.loader.load("ocpp16 ocpp16.measurands")
        from ocpp16 import measurands

        try:
            measurands.parse(text, measures_phases(app))
        except ValueError as error:
            raise FieldError(name, str(error))


def _is_on(words: list) -> bool:
    if len(words) != 2 or words[1] not in ("on", "off"):
        raise FieldError(words[0], "must be on or off")
    return words[1] == "on"


def _limit(station, words: list) -> None:
    """Take a limit of somebody else: max alone ends it, anything less lasts for so many seconds."""
    limit = words[1] if len(words) > 1 else None
    if words == ["remote", "max"]:
        station.limit_remotely(0, 0, 0)
        return
    is_current = type(limit) is int and 0 <= limit <= _MOST_REMOTE_MA
    if not is_current and limit not in LEVELS[1:]:
        raise FieldError("remote", "must be max alone, half, 6A, 0A, or a current in mA")
    duration_s = words[2] if len(words) == 3 else None
    if type(duration_s) is not int or not 0 < duration_s <= MOST_REMOTE_S:
        raise FieldError("remote", "must say for how many seconds, up to a day")
    level = -1 if is_current else LEVELS.index(limit)
    station.limit_remotely(level, limit if is_current else 0, duration_s * 1000)


def _override(station, words: list) -> None:
    config = station.config
    current_ma = words[1] if 2 <= len(words) <= 3 else None
    if type(current_ma) is not int or not (
        current_ma == 0 or config.minimum_ma <= current_ma <= config.max_ma
    ):
        raise FieldError("override", "must be 0 or from MIN to MAX, in mA")
    end = words[2] if len(words) == 3 else 0
    if end != UNPLUG and (type(end) is not int or not 0 <= end <= MOST_REMOTE_S):
        raise FieldError("override", "must say unplug, or for how many seconds, up to a day")
    station.set_override(current_ma, end * 1000 if end and end != UNPLUG else -1, end == UNPLUG)
