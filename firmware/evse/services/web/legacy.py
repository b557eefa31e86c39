"""GET /settings of a SmartEVSE: the same groups, keys, types and units (SmartEVSE v3 sheet, section 7.5).

Each group is a function that returns a dictionary; one is made and sent after the other. The types never change:
clients are strict about them. Unlike there, no secret is ever sent.
"""

import json

from microdot import Response
from micropython import const

from evse.services import smartevse_names as names
from evse.services.meter_values import EXPORT, IMPORT, POWER
from evse.settings import table
from evse.settings.values import shown
from evse.version import VERSION

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Key of the group `settings`, and the setting that it is as a number.
_NUMBERS = (
    ("current_min", "MinCurrent"),
    ("current_max", "MaxCurrent"),
    ("current_main", "MaxMains"),
    ("current_max_circuit", "MaxCircuit"),
    ("current_max_sum_mains", "MaxSumMains"),
    ("max_sum_mains_time", "MaxSumMainsTime"),
    ("solar_max_import", "ImportCurrent"),
    ("solar_start_current", "StartCurrent"),
    ("solar_stop_time", "StopTime"),
)
_MORE_NUMBERS = (
    ("lcdlock", "LCDlock"),
    ("lock", "Lock"),
    ("cablelock", "CableLock"),
    ("ledmode", "LedMode"),
    ("capacity_mode", "CapacityMode"),
)


def get_settings(web, request, who, rest) -> "Any":
    """Send the whole picture."""
    return Response(_pieces(web.app, web), headers={"Content-Type": "application/json"})  # pyright: ignore[reportArgumentType]


def _pieces(app, web) -> "Iterator[str]":
    top = json.dumps(_top(app))
    yield top[:-1]
    for name, make in _GROUPS:
        group = make(app, web)
        if group is not None:
            yield ', "%s": %s' % (name, json.dumps(group))
    yield "}"


def _top(app) -> dict:
    station = app.station
    mode = names.mode_id(station)
    return {
        "version": VERSION,
        "serialnr": app.board.serial_number,
        "mode": names.MODES[mode],
        "mode_id": mode,
        "car_connected": station.charger.connected(),
    }


def _wifi(app, web) -> "dict | None":
    """Return what the Wi-Fi says of itself; only while it is connected."""
    link = app.net.wifi if app.net else None
    network = app.board.network
    if link is None or network is None or not link.is_up:
        return None
    # The words of the reference, and the address that clients would else have to look up.
    return {
        "status": "WL_CONNECTED",
        "ssid": link.ssid,
        "rssi": link.rssi_dbm,
        "bssid": link.bssid,
        "ip": network.address(),
    }


def _eth(app, web) -> dict:
    """Return how the wired link does, where the board has one."""
    link = getattr(app.board.network, "ethernet", None)
    connected = link is not None and link.is_up()
    group = {"present": link is not None, "connected": connected, "has_ip": connected}
    if link is not None and connected:
        group["ip"] = link.address()
    return group


def _evse(app, web) -> dict:
    station = app.station
    charger = station.charger
    settings = app.settings
    error_id, error = names.error(station)
    state = names.state_text(station)
    if error_id == 1:
        # As a part of the state it is no error.
        state += names.NO_POWER_SUFFIX
        error_id, error = 0, names.ERRORS[0]
    reader = settings.shown("RFIDReader")
    evse: dict[str, Any] = {
        "temp": app.control.inputs.temp_mc // 1000,
        "temp_max": settings.get("maxTemp"),
        "connected": charger.connected(),
        "access": charger.access,
        "mode": station.config.mode,
        "loadbl": settings.get("LoadBl"),
        "pwm": charger.permille * 1024 // 1000,
        "custombutton": app.switch.custom,
        "charge_timer": (charger.charge_delay_ms + 999) // 1000,
        "solar_stop_timer": (station.regulation.solar_stop_ms() + 999) // 1000,
        "state": state,
        "state_id": names.state_id(station),
        "error": error,
        "error_id": error_id,
        "rfidreader": reader,
        "nrofphases": station.phases,
        "rfid": "Not Installed",
    }
    access = app.gate.access
    if settings.get("RFIDReader"):
        evse["rfid"] = access.topic if access else "NOSTATUS"
        evse["rfid_lastread"] = access.last_uid if access else ""
    return evse


def _settings(app, web) -> dict:
    station = app.station
    get = app.settings.get
    group: dict[str, Any] = {
        "charge_current": station.limits.limit_ma // 100,
        "override_current": station.regulation.override_ma // 100,
    }
    for key, setting in _NUMBERS:
        group[key] = get(setting)
    group["enable_C2"] = names.CONTACT2[get("EnableC2")]
    group["mains_meter"] = app.settings.shown("MainsMeter")
    access = app.gate.access
    times = access.permit.times if access else None
    group["starttime"] = times.start_s if times else 0
    group["stoptime"] = times.stop_s if times else 0
    group["repeat"] = 1 if times and times.repeat else 0
    for key, setting in _MORE_NUMBERS:
        group[key] = get(setting)
    group["intervals"] = json.loads(app.settings.text("intervals_json") or "[]")
    return group


def _mqtt(app, web) -> dict:
    settings = app.settings
    group: dict[str, Any] = {}
    for key, setting in _MQTT:
        group[key] = settings.get(setting)
    group["password_set"] = bool(settings.get("MQTTpassword"))
    group["tls"] = bool(group["tls"])
    service = getattr(app, "mqtt", None)
    group["status"] = "Connected" if service and getattr(service, "connected", False) else "Disconnected"
    group["smartevse_server"] = False
    return group


_MQTT = (
    ("host", "MQTTHost"),
    ("port", "MQTTPort"),
    ("topic_prefix", "MQTTprefix"),
    ("username", "MQTTuser"),
    ("tls", "MQTTtls"),
)


def _ocpp(app, web) -> dict:
    settings = app.settings
    ocpp = app.ocpp
    return {
        "mode": "Enabled" if settings.get("OcppMode") else "Disabled",
        "backend_url": ocpp.link.address if ocpp and ocpp.link else settings.text("OcppUrl"),
        "cb_id": settings.text("OcppId") or str(app.board.serial_number),
        # It is never shown.
        "auth_key": "",
        "auto_auth": "Disabled",
        "auto_auth_idtag": "",
        "status": "Connected" if app.ocpp_connected else "Disconnected",
    }


def _home_battery(app, web) -> dict:
    battery = app.station.regulation.battery
    return {"current": battery.current_ma // 100, "last_update": battery.told_s}


def _ev_meter(app, web) -> dict:
    meter = app.metering.ev
    values = meter.values
    charged_wh = app.station.session.energy_wh
    group = _meter(app, meter, "EVMeter", "EVMeterHostName")
    group["import_active_power"] = values.power_w if values.known & POWER else values.apparent_w()
    group["total_wh"] = values.net_wh
    group["charged_wh"] = charged_wh
    # Of older firmware, which some clients still read.
    group["total_kwh"] = values.net_wh // 100 / 10
    group["charged_kwh"] = charged_wh // 100 / 10
    group["currents"] = _currents(values.current_ma)
    group["import_active_energy"] = values.import_wh
    group["export_active_energy"] = values.export_wh
    return group


def _mains_meter(app, web) -> dict:
    meter = app.metering.mains
    group: dict[str, Any] = {}
    if meter.values.known & IMPORT:
        group["import_active_energy"] = meter.values.import_wh
    if meter.values.known & EXPORT:
        group["export_active_energy"] = meter.values.export_wh
    host = app.settings.text("MainsHostName")
    if host:
        group["host"] = host
    return group


def _circuit_meter(app, web) -> "dict | None":
    meter = app.metering.circuit
    if not meter.is_enabled:
        return None
    group = _meter(app, meter, "CircuitMeter", "CircuitHostName")
    group["currents"] = _currents(meter.values.current_ma)
    return group


def _phase_currents(app, web) -> dict:
    """Return the currents of the house connection, corrected for the home battery, and as they were read."""
    meter = app.metering.mains
    house = app.station.regulation.house
    unix_s = app.board.clock.unix_s()
    age_s = meter.age_ms(app.board.clock.ticks_ms()) // 1000
    group = _currents(house.corrected_ma if house else meter.values.current_ma)
    group["last_data_update"] = unix_s - age_s if unix_s > 0 and meter.readings else 0
    group["original_data"] = _currents(meter.values.current_ma)
    return group


def _backlight(app, web) -> dict:
    light = app.screens.backlight if app.screens else None
    left_s = (light.left_ms(app.board.clock.ticks_ms()) + 999) // 1000 if light else 0
    return {"timer": left_s, "status": "ON" if left_s or (app.screens and not light) else "OFF"}


def _color(app, web) -> dict:
    group = {}
    for name in ("off", "normal", "smart", "solar", "custom"):
        rgb = app.led.color(name)
        group[name] = {"R": rgb >> 16, "G": rgb >> 8 & 255, "B": rgb & 255}
    return group


def _meter(app, meter, setting: str, host: str) -> dict:
    row = table.get(setting)
    group: dict[str, Any] = {
        "description": shown(row, app.settings.get(setting)),
        "address": meter.address,
    }
    if app.settings.text(host):
        group["host"] = app.settings.text(host)
    return group


def _currents(current_ma) -> dict:
    """Return a set of currents in 0.1 A, rounded towards zero so that the sum fits its parts."""
    parts = [-(-part // 100) if part < 0 else part // 100 for part in current_ma]
    return {"TOTAL": sum(parts), "L1": parts[0], "L2": parts[1], "L3": parts[2]}


_GROUPS = (
    ("wifi", _wifi),
    ("eth", _eth),
    ("evse", _evse),
    ("settings", _settings),
    ("mqtt", _mqtt),
    ("ocpp", _ocpp),
    ("home_battery", _home_battery),
    ("ev_meter", _ev_meter),
    ("mains_meter", _mains_meter),
    ("circuit_meter", _circuit_meter),
    ("phase_currents", _phase_currents),
    ("backlight", _backlight),
    ("color", _color),
)
