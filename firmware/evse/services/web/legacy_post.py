"""What a SmartEVSE takes by POST: parameters in the address, each accepted or refused by itself (sheet, section 7.5).

The answer repeats what was accepted, and says "Value not allowed!" of what was not; the status is 200 either way.
"""

from micropython import const

from evse import aio
from evse.core.errors import FieldError
from evse.services import smartevse_names as names
from evse.services.web.body import whole
from evse.settings import table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_REFUSED = "Value not allowed!"
# The backlight is set in steps of two minutes.
_LIGHT_MS = const(120000)
_DONE = "OK"
_MA = const(100)

# Parameter, setting that it writes, key of the answer where that differs; choices are written by their number.
_SETTINGS = (
    ("current_min", "MinCurrent", ""),
    ("capacity_mode", "CapacityMode", ""),
    ("current_max_sum_mains", "MaxSumMains", ""),
    ("max_sum_mains_timer", "MaxSumMainsTime", "max_sum_mains_time"),
    ("enable_C2", "EnableC2", ""),
    ("stop_timer", "StopTime", ""),
    ("solar_start_current", "StartCurrent", ""),
    ("solar_max_import", "ImportCurrent", ""),
    ("cablelock", "CableLock", ""),
    ("current_max", "MaxCurrent", ""),
)
_MQTT = (
    ("mqtt_host", "MQTTHost"),
    ("mqtt_port", "MQTTPort"),
    ("mqtt_topic_prefix", "MQTTprefix"),
    ("mqtt_username", "MQTTuser"),
    ("mqtt_password", "MQTTpassword"),
    ("mqtt_tls", "MQTTtls"),
)


async def settings(web, request, who, rest) -> dict:
    """POST /settings."""
    app = web.app
    arguments = request.args
    answer: dict[str, Any] = {}
    for parameter, setting, key in _SETTINGS:
        if parameter in arguments:
            answer[key or parameter] = _number(app, setting, arguments[parameter])
            # Each takes a slow controller some milliseconds.
            await aio.sleep_ms(0)
    if "intervals" in arguments:
        answer["intervals"] = _intervals(app, arguments["intervals"])
    if "disable_override_current" in arguments:
        answer["disable_override_current"] = _ask(app, ["override", 0], _DONE)
    if "custombutton" in arguments:
        on = arguments["custombutton"] == "1"
        answer["custombutton"] = _ask(app, ["custom_button", "on" if on else "off"], on)
    if "mode" in arguments:
        await _mode(app, arguments, answer)
    if "override_current" in arguments:
        answer["override_current"] = _override(app, arguments["override_current"])
    if "lcdlock" in arguments:
        answer["lcdlock"] = _lcd_lock(app, arguments["lcdlock"])
    if "override_pwm" in arguments:
        # The pilot is decided by the station alone.
        answer["override_pwm"] = _REFUSED
    if "backlight" in arguments:
        answer["backlight"] = _light(app, arguments["backlight"])
    if arguments.get("mqtt_update") == "1":
        await _mqtt(app, arguments, answer)
    if arguments.get("ocpp_update") == "1":
        _ocpp(app, arguments, answer)
    return answer


def _light(app, text: str):
    """Light the display for so many times two minutes."""
    light = app.screens.backlight if app.screens else None
    if light is None or not text.isdigit() or len(text) > 2:
        return _REFUSED
    light.light(app.board.clock.ticks_ms(), int(text) * _LIGHT_MS)
    return int(text)


def cablelock(web, request, who, rest) -> dict:
    """POST /cablelock: with a parameter "1" the cable stays locked."""
    return {"cablelock": _number(web.app, "CableLock", "1" if "1" in request.args else "0")}


def _number(app, setting: str, text: str) -> "Any":
    """Write a setting by its stored number; return what is stored now, or the refusal."""
    value = whole(text)
    row = table.get(setting)
    if value is None:
        return _REFUSED
    shown: Any = value
    if row.kind == table.CHOICE:
        place = value - row.minimum
        if not 0 <= place < len(row.choices):
            return _REFUSED
        shown = row.choices[place]
    try:
        app.change_settings({setting: shown}, table.REMOTE)
    except FieldError:
        return _REFUSED
    stored = app.settings.get(setting)
    # As there, this one is told by its name.
    return names.CONTACT2[stored] if setting == "EnableC2" else stored


def _text(app, setting: str, value: "Any") -> "Any":
    try:
        app.change_settings({setting: value}, table.REMOTE)
    except FieldError:
        return _REFUSED
    return app.settings.get(setting)


def _intervals(app, text: str) -> "Any":
    if _text(app, "intervals_json", text) == _REFUSED:
        return _REFUSED
    # Its check has loaded it.
    from evse.settings import intervals

    return [{"start": start, "power": power} for start, power in intervals.parse(text)]


def _ask(app, words: list, done: "Any") -> "Any":
    try:
        return done if app.request(words) else _REFUSED
    except FieldError:
        return _REFUSED


def _override(app, text: str) -> "Any":
    current_da = whole(text)
    # A back end sets a current in Solar too there only by mistake; here it is refused.
    if current_da is None or app.settings.get("Mode") == 2 or app.settings.get("LoadBl") > 1:
        return _REFUSED
    return _ask(app, ["override", current_da * _MA], current_da)


def _lcd_lock(app, text: str) -> "Any":
    if text not in ("0", "1"):
        return _REFUSED
    app.settings.put("LCDlock", int(text))
    return int(text)


async def _mode(app, arguments: dict, answer: dict) -> None:
    """Change the mode, and with `starttime` let charging begin later."""
    text = arguments["mode"]
    mode = whole(text)
    if mode is None or not 0 <= mode <= names.MODE_PAUSE:
        answer["mode"] = _REFUSED
        return
    try:
        times = _times(app, arguments)
        if mode in (names.MODE_OFF, names.MODE_PAUSE):
            app.request(["access", "off" if mode == names.MODE_OFF else "pause"])
        else:
            app.change_settings({"Mode": ("Normal", "Smart", "Solar")[names.stored_mode(mode)]}, table.REMOTE)
            await aio.sleep_ms(0)
            if mode == 2:
                # As there, the sun decides from now on.
                app.request(["override", 0])
            _start(app, times)
    except FieldError:
        answer["mode"] = _REFUSED
        return
    answer["mode"] = text
    if times[0]:
        answer["starttime"] = times[0]
        answer["stoptime"] = times[1]
        answer["repeat"] = 1 if times[2] else 0


def _start(app, times: tuple) -> None:
    """Let charging begin now, or at the time that was chosen."""
    access = app.gate.access
    if times[0] or (access and (access.permit.times.waiting or access.permit.times.start_s)):
        app.request(["charge_times", times[0], times[1], times[2]])
    if not times[0]:
        app.request(["access", "on"])


def _times(app, arguments: dict) -> tuple:
    """Return (start, stop, every day) in unix seconds, 0 for none; FieldError."""
    start_s = _unix_s(app, "starttime", arguments.get("starttime", ""))
    stop_s = _unix_s(app, "stoptime", arguments.get("stoptime", "")) if start_s else 0
    if start_s and start_s <= app.board.clock.unix_s():
        # A time that has passed is no delay.
        return 0, 0, False
    repeat = arguments.get("repeat") == "1"
    return start_s, stop_s if stop_s > start_s else 0, repeat and stop_s > start_s


def _unix_s(app, name: str, text: str) -> int:
    """Return a local time written as 2024-02-29T12:00, as browsers do, in unix seconds, 0 for none."""
    if not text or text == "0":
        return 0
    # Late, because few delay their charge.
    from evse.services import local_time

    try:
        return local_time.parse(text, app.wall_clock.zone)
    except ValueError as error:
        raise FieldError(name, str(error))


async def _mqtt(app, arguments: dict, answer: dict) -> None:
    for parameter, setting in _MQTT:
        if parameter in arguments:
            text = arguments[parameter]
            done = _REFUSED
            row = table.find(setting)
            if row is not None:
                if setting == "MQTTPort" and whole(text) == 0:
                    text = "1883"
                done = _text(app, setting, text) if row.kind != table.CHOICE else _number(app, setting, text)
                if done != _REFUSED and (row.secret or parameter == "mqtt_password"):
                    done = _DONE
            answer[parameter] = done
            await aio.sleep_ms(0)
    if "mqtt_ca_cert" in arguments:
        from evse.services.mqtt import authority

        try:
            authority.replace(app, arguments["mqtt_ca_cert"].encode())
            answer["mqtt_ca_cert"] = _DONE
        except FieldError:
            answer["mqtt_ca_cert"] = _REFUSED


def _ocpp(app, arguments: dict, answer: dict) -> None:
    if "ocpp_mode" in arguments:
        answer["ocpp_mode"] = _number(app, "OcppMode", arguments["ocpp_mode"])
    if "ocpp_backend_url" in arguments:
        answer["ocpp_backend_url"] = _text(app, "OcppUrl", arguments["ocpp_backend_url"])
    for parameter, key in (("ocpp_cb_id", "OcppId"), ("ocpp_auth_key", "OcppKey")):
        if parameter in arguments:
            answer[parameter] = _text(app, key, arguments[parameter])
    for parameter in ("ocpp_auto_auth", "ocpp_auto_auth_idtag"):
        if parameter in arguments:
            answer[parameter] = _REFUSED
