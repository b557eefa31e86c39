"""What a SmartEVSE is fed and shown by POST: meters, the home battery, colours, a card (sheet, section 7.5).

Parameters are in the address; the answer repeats what was accepted, and says "Value not allowed!" of what was not.
"""

from micropython import const

from evse.core.errors import FieldError
from evse.services.meter_types import USE_EV, USE_MAINS
from evse.services.web.body import whole

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_REFUSED = "Value not allowed!"
_LIMIT_DA = const(1999)
_ENERGY_LIMIT_WH = 4000000000
_MA = const(100)


def currents(web, request, who, rest) -> dict:
    """POST /currents: the home battery, and the currents of the house connection, import positive, in 0.1 A."""
    app = web.app
    answer: dict[str, Any] = {}
    battery = whole(request.args.get("battery_current", ""))
    if battery is not None and abs(battery) <= _LIMIT_DA:
        app.station.battery_reading(battery * _MA, app.board.clock.unix_s())
        answer["battery_current"] = battery
    elif "battery_current" in request.args:
        answer["battery_current"] = _REFUSED
    phases = _phases(request.args)
    if phases is None:
        return answer
    fed = phases and app.metering.feed(USE_MAINS, phases[0] * _MA, phases[1] * _MA, phases[2] * _MA)
    if not fed:
        answer["TOTAL"] = _REFUSED
        return answer
    house = app.station.regulation.house
    corrected_ma = house.corrected_ma if house else [phase * _MA for phase in phases]
    corrected = [_towards_zero(part) for part in corrected_ma]
    answer["original"] = {"TOTAL": sum(phases), "L1": phases[0], "L2": phases[1], "L3": phases[2]}
    answer["TOTAL"] = sum(corrected)
    answer["L1"], answer["L2"], answer["L3"] = corrected
    return answer


def ev_meter(web, request, who, rest) -> dict:
    """POST /ev_meter: currents in 0.1 A; energies in Wh and power in W, all three together."""
    arguments = request.args
    answer: dict[str, Any] = {}
    phases: Any = _phases(arguments)
    energy: list[Any] = [
        whole(arguments.get(name, ""))
        for name in ("import_active_energy", "export_active_energy", "import_active_power")
    ]
    has_energy = None not in energy
    if has_energy and (energy[0] > _ENERGY_LIMIT_WH or energy[1] > _ENERGY_LIMIT_WH):
        has_energy = False
        phases = ()
    meter = web.app.metering.ev
    if phases is None and has_energy:
        # Without currents those that were told last go on.
        phases = [current_ma // _MA for current_ma in meter.values.current_ma]
    if phases is None:
        return answer
    fed = phases and web.app.metering.feed(
        USE_EV,
        phases[0] * _MA,
        phases[1] * _MA,
        phases[2] * _MA,
        _known(energy[2]) if has_energy else None,
        _known(energy[0]) if has_energy else None,
        _known(energy[1]) if has_energy else None,
    )
    if not fed:
        answer["ev_meter"] = _REFUSED
        return answer
    values = meter.values
    answer["ev_meter"] = {
        "currents": {"TOTAL": sum(phases), "L1": phases[0], "L2": phases[1], "L3": phases[2]},
        "import_active_power": values.power_w,
        "import_active_energy": values.import_wh,
        "export_active_energy": values.export_wh,
        "total_wh": values.net_wh,
    }
    return answer


def color(web, request, who, rest) -> "Any":
    """POST /color_off, _normal, _smart, _solar, _custom with R, G and B from 0 to 255."""
    parts = [whole(request.args.get(name, "")) for name in ("R", "G", "B")]
    try:
        web.app.led.set_color(rest, parts[0], parts[1], parts[2])
    except FieldError as error:
        if error.text.startswith("must be one"):
            return {"error": "there is no such colour", "field": None}, 404
        return {"color": {rest: _REFUSED}}
    return {"color": {rest: {"R": parts[0], "G": parts[1], "B": parts[2]}}}


def rfid(web, request, who, rest) -> dict:
    """POST /rfid: stand in for a card of 6 or 7 bytes."""
    app = web.app
    uid = request.args.get("rfid", "")
    if len(uid) not in (12, 14) or uid.strip("0123456789abcdefABCDEF"):
        return {"rfid": _REFUSED, "rfid_status": "Invalid RFID card"}
    access = app.gate.access
    if access is None or not app.settings.get("RFIDReader"):
        return {"rfid": uid, "rfid_status": "RFID reader not enabled"}
    access.card(uid, app.board.clock.ticks_ms())
    return {"rfid": uid, "rfid_status": access.topic}


def _phases(arguments: dict) -> "Any":
    """Return the three currents, None when none is given, () when they are no set."""
    given = [name for name in ("L1", "L2", "L3") if name in arguments]
    if not given:
        return None
    parts = [whole(arguments[name]) for name in given]
    if len(parts) != 3 or None in parts or [part for part in parts if abs(part) > _LIMIT_DA]:  # pyright: ignore[reportArgumentType]
        return ()
    return parts


def _known(value: "int | None") -> "int | None":
    """Return None for -1, which stands for what is not known."""
    return None if value == -1 else value


def _towards_zero(current_ma: int) -> int:
    return -(-current_ma // _MA) if current_ma < 0 else current_ma // _MA
