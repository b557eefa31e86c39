"""Requests from outside, as words: one vocabulary for every interface."""

from evse.core import states as s
from evse.core.errors import FieldError

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
        station.unlock_cable()
    elif words and words[0] == "access":
        if len(words) != 2 or words[1] not in _ACCESS:
            raise FieldError("access", "must be on, off or pause")
        station.set_access(_ACCESS[words[1]])
    elif words and words[0] == "override":
        _override(station, words[1] if len(words) == 2 else None)
    else:
        return False
    return True


def _override(station, current_ma) -> None:
    config = station.config
    if type(current_ma) is not int or not (
        current_ma == 0 or config.minimum_ma <= current_ma <= config.max_ma
    ):
        raise FieldError("override", "must be 0 or from MIN to MAX, in mA")
    station.set_override(current_ma)
