"""What clients of a SmartEVSE need of GET /settings, key by key, with the type they are strict about.

Restated from the evcc template `smartevse` (3.11.2 on) and the Home Assistant integration dingo35/ha-SmartEVSEv3.
"""

NUMBER = (int, float)

# evcc: a wrong type breaks it (evcc issues 29098 and 31164: a bool in place of an int).
EVCC = {
    "mode_id": int,
    "car_connected": bool,
    "evse.connected": bool,
    "evse.access": int,
    "evse.mode": int,
    "evse.charge_timer": int,
    "evse.state": str,
    "evse.state_id": int,
    "evse.error": str,
    "evse.error_id": int,
    "evse.rfid": str,
    "evse.rfidreader": str,
    "evse.rfid_lastread": str,
    "evse.nrofphases": int,
    "settings.charge_current": int,
    "settings.override_current": int,
    "settings.current_min": int,
    "settings.current_max": int,
    "settings.current_main": int,
    "settings.enable_C2": str,
    "ev_meter.description": str,
    "ev_meter.address": int,
    "ev_meter.import_active_power": NUMBER,
    "ev_meter.total_wh": NUMBER,
    "ev_meter.charged_wh": NUMBER,
    "ev_meter.currents.TOTAL": NUMBER,
    "ev_meter.currents.L1": NUMBER,
    "ev_meter.currents.L2": NUMBER,
    "ev_meter.currents.L3": NUMBER,
    "ev_meter.import_active_energy": NUMBER,
    "ev_meter.export_active_energy": NUMBER,
}

# Home Assistant; a group that is missing is borne.
HOME_ASSISTANT = {
    "version": str,
    "serialnr": int,
    "mode": str,
    "mode_id": int,
    "car_connected": bool,
    "evse.temp": int,
    "evse.access": int,
    "evse.mode": int,
    "evse.loadbl": int,
    "evse.solar_stop_timer": int,
    "evse.state": str,
    "evse.state_id": int,
    "evse.error": str,
    "evse.error_id": int,
    "settings.charge_current": int,
    "settings.override_current": int,
    "settings.current_min": int,
    "settings.current_max": int,
    "settings.current_main": int,
    "settings.current_max_circuit": int,
    "settings.current_max_sum_mains": int,
    "settings.solar_max_import": int,
    "settings.solar_start_current": int,
    "settings.solar_stop_time": int,
    "settings.enable_C2": str,
    "settings.mains_meter": str,
    "settings.starttime": int,
    "home_battery.current": int,
    "home_battery.last_update": int,
    "ev_meter.import_active_power": NUMBER,
    "ev_meter.import_active_energy": NUMBER,
    "ev_meter.export_active_energy": NUMBER,
    "ev_meter.total_kwh": NUMBER,
    "ev_meter.charged_kwh": NUMBER,
    "mains_meter.import_active_energy": NUMBER,
    "mains_meter.export_active_energy": NUMBER,
    "phase_currents.TOTAL": int,
    "phase_currents.L1": int,
    "phase_currents.L2": int,
    "phase_currents.L3": int,
    "phase_currents.last_data_update": int,
}

# What else the sheet names.
SHEET = {
    "evse.temp_max": int,
    "evse.pwm": int,
    "evse.custombutton": bool,
    "settings.max_sum_mains_time": int,
    "settings.stoptime": int,
    "settings.repeat": int,
    "settings.lcdlock": int,
    "settings.lock": int,
    "settings.cablelock": int,
    "settings.ledmode": int,
    "settings.capacity_mode": int,
    "settings.intervals": list,
    "eth.present": bool,
    "eth.connected": bool,
    "eth.has_ip": bool,
    "mqtt.host": str,
    "mqtt.port": int,
    "mqtt.topic_prefix": str,
    "mqtt.username": str,
    "mqtt.password_set": bool,
    "mqtt.tls": bool,
    "mqtt.status": str,
    "mqtt.smartevse_server": bool,
    "ocpp.mode": str,
    "ocpp.backend_url": str,
    "ocpp.cb_id": str,
    "ocpp.auth_key": str,
    "ocpp.auto_auth": str,
    "ocpp.auto_auth_idtag": str,
    "ocpp.status": str,
    "phase_currents.original_data.TOTAL": int,
    "phase_currents.original_data.L1": int,
    "phase_currents.original_data.L2": int,
    "phase_currents.original_data.L3": int,
    "backlight.timer": int,
    "backlight.status": str,
    **{
        f"color.{name}.{part}": int
        for name in ("off", "normal", "smart", "solar", "custom")
        for part in "RGB"
    },
}


def look(picture: dict, path: str):
    """Return what a dotted path leads to; KeyError."""
    found = picture
    for name in path.split("."):
        found = found[name]
    return found


def problems(picture: dict, contract: dict) -> list[str]:
    """Return what is missing or of another type; a bool is no int, as clients in Go have it."""
    wrong = []
    for path, kind in contract.items():
        try:
            value = look(picture, path)
        except KeyError:
            wrong.append(path + " is missing")
            continue
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if type(value) not in kinds:
            wrong.append(f"{path} is {value!r}, not {'/'.join(kind.__name__ for kind in kinds)}")
    return wrong


def evcc_status(picture: dict) -> str:
    """Return A, B or C as evcc's template decides."""
    if not picture["car_connected"]:
        return "A"
    return "C" if picture["evse"]["state_id"] in (2, 3, 6, 7, 10) else "B"


def evcc_enabled(picture: dict) -> bool:
    """Return what evcc's template takes for enabled."""
    return picture["evse"]["state_id"] not in (9, 10) and picture["mode_id"] not in (0, 4)
