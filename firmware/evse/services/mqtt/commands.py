"""What is taken on the Set topics: SmartEVSE v3 sheet, section 7.3, more of our own, and every setting.

A command acts at once and is refused by FieldError with the reason. Sent again it changes nothing, and the flash is
not written for it.
"""

from micropython import const

from evse.core.errors import FieldError
from evse.core.phase_choice import SOLAR
from evse.services.meter_types import USE_CIRCUIT, USE_EV, USE_MAINS
from evse.services.requests import LEVELS, MOST_REMOTE_S, UNPLUG
from evse.settings import table

_MA = const(100)
_LIMIT_DA = const(1999)
_EV_LIMIT_DA = const(999)
_MOST_REMOTE_DA = const(9999)
_MOST = const(999999999)
_NODE = const(1)
_HEX = "0123456789abcdefABCDEF"

# What asks for one of a few things: name, then a request as `app.request` has it or the key of a setting, then what is
# taken and what it stands for, with `*` for anything else.
WORDS = (
    "CustomButton|custom_button|On=on,*=off\n"
    "Enable|access|On=on,Off=pause\n"
    "Access|access|On=on,Off=off,Pause=pause,Allow=on,Deny=off\n"
    "CableLock|CableLock|0=Disabled,1=Enabled\n"
    "Phases|EnableC2|1=Always Off,3=Always On\n"
    "Stop|stop|PRESS=,1=\n"
    "ResetFault|reset_fault|PRESS=,1=\n"
    "UnlockCable|unlock_cable|PRESS=,1=\n"
    "ShowMeter|show_meter|PRESS=,1=\n"
    "Restart|restart|PRESS=,1=\n"
)


def carry_out(app, name: str, text: str) -> None:
    """Carry out what was published on Set/`name`; FieldError says why not."""
    at = -1 if "|" in name else ("\n" + WORDS).find("\n" + name + "|")
    if at >= 0:
        _word(app, WORDS[at : WORDS.find("\n", at)], text)
    elif name == "Mode":
        _mode(app, name, text)
    elif name == "CurrentOverride":
        _override(app, name, text)
    elif name in ("MainsMeter", "EVMeter", "CircuitMeter"):
        _feed(app, name, text)
    elif name == "HomeBatteryCurrent":
        current_ma = _whole(name, text, -_LIMIT_DA, _LIMIT_DA) * _MA
        _not_on_node(app, name)
        app.station.battery_reading(current_ma, app.board.clock.unix_s())
    elif name == "RemoteLimit":
        _remote_limit(app, name, text)
    elif name in ("ColorOff", "ColorNormal", "ColorSmart", "ColorSolar", "ColorCustom"):
        _color(app, name, text)
    elif name == "RFID":
        _card(app, name, text)
    elif name == "DelayedStart":
        _delayed_start(app, name, text)
    elif name == "CPPWMOverride":
        if _whole(name, text, -1, 1024) != -1:
            raise FieldError(
                name, "is not possible: the pilot is decided by the station, use CurrentOverride"
            )
    elif name == "CurrentMaxSumMains":
        _not_on_node(app, name)
        _setting(app, "MaxSumMains", text)
    else:
        _setting(app, name, text)


def _word(app, line: str, text: str) -> None:
    name, target, pairs = line.split("|")
    words = {}
    for pair in pairs.split(","):
        word, _, meaning = pair.partition("=")
        words[word] = meaning
    meaning = words.get(text, words.get("*"))
    if meaning is None:
        raise FieldError(name, "must be one of: " + ", ".join(sorted(words)))
    if target[0] < "a":
        app.change_settings({target: meaning}, table.REMOTE)
    elif not app.request([target, meaning] if meaning else [target]):
        raise FieldError(name, "is not possible at this station")


def _mode(app, name: str, text: str) -> None:
    if text in ("Off", "Pause"):
        app.request(["access", text.lower()])
        return
    if text not in ("Normal", "Smart", "Solar"):
        raise FieldError(name, "must be Off, Pause, Normal, Smart or Solar")
    app.change_settings({"Mode": text}, table.REMOTE)
    # Whoever chose a later start has not taken that back.
    if not app.starts_later:
        app.request(["access", "on"])


def _override(app, name: str, text: str) -> None:
    text, comma, end = text.partition(",")
    current_da = _whole(name, text, 0, _MOST // _MA)
    config = app.station.config
    _not_on_node(app, name)
    if current_da and config.mode == SOLAR:
        raise FieldError(name, "is not possible in Solar")
    if current_da and not config.minimum_ma <= current_da * _MA <= config.max_ma:
        raise FieldError(
            name, "must be 0, or from %d to %d in 0.1 A" % (config.minimum_ma // _MA, config.max_ma // _MA)
        )
    words: list = ["override", current_da * _MA]
    if comma:
        words.append(end if end == UNPLUG else _whole(name, end, 1, MOST_REMOTE_S))
    app.request(words)


def _remote_limit(app, name: str, text: str) -> None:
    """Take `limit,seconds`: a level, or a current in 0.1 A; max alone ends it."""
    limit, comma, seconds = text.partition(",")
    words: list = ["remote", limit]
    if limit not in LEVELS:
        words[1] = _whole(name, limit, 0, _MOST_REMOTE_DA) * _MA
    if comma:
        words.append(_whole(name, seconds, 1, MOST_REMOTE_S))
    try:
        app.request(words)
    except FieldError as error:
        raise FieldError(name, error.text)


def _feed(app, name: str, text: str) -> None:
    """Give a meter its currents, and where the fields go on, power and energy."""
    is_ev = name == "EVMeter"
    use = USE_EV if is_ev else USE_MAINS if name == "MainsMeter" else USE_CIRCUIT
    parts = text.split(":")
    counts = (5,) if is_ev else (3, 5) if use == USE_MAINS else (3,)
    if len(parts) not in counts:
        raise FieldError(name, "must have %s fields" % " or ".join([str(count) for count in counts]))
    low, high = (0, _EV_LIMIT_DA) if is_ev else (-_LIMIT_DA, _LIMIT_DA)
    current_ma = [_whole(name, part, low, high) * _MA for part in parts[:3]]
    power_w = energy_wh = -1
    if len(parts) == 5:
        power_w = _whole(name, parts[3], -1 if is_ev else -_MOST, _MOST)
        energy_wh = _whole(name, parts[4], -1, _MOST)
    _not_on_node(app, name)
    if app.settings.get(name) != table.METER_API:
        raise FieldError(name, "is not fed: %s must be API" % table.get(name).label)
    # Of power and energy -1 says that nobody knows.
    if not app.metering.feed(
        use,
        current_ma[0],
        current_ma[1],
        current_ma[2],
        None if power_w == -1 else power_w,
        None if energy_wh == -1 else energy_wh,
    ):
        raise FieldError(name, "has a value that cannot be")


def _color(app, name: str, text: str) -> None:
    parts = [_whole(name, part, 0, 255) for part in text.split(",")]
    if len(parts) != 3:
        raise FieldError(name, "must be red,green,blue")
    app.led.set_color(name[5:].lower(), parts[0], parts[1], parts[2])


def _card(app, name: str, text: str) -> None:
    if len(text) not in (12, 14) or text.strip(_HEX):
        raise FieldError(name, "must be 12 or 14 hex digits")
    access = app.gate.access
    if access is None or not access.reads_cards:
        raise FieldError(name, "is not in use: RFID is Disabled")
    access.card(text.upper(), app.board.clock.ticks_ms())


def _delayed_start(app, name: str, text: str) -> None:
    parts = text.split(",")
    every_day = len(parts) == 3 and parts[2] == "daily"
    if len(parts) > 2 and not every_day:
        raise FieldError(name, "must be start,stop,daily, or less of it")
    # Late, because few delay their charge.
    from evse.services import local_time

    times = [0, 0]
    for index in range(min(2, len(parts))):
        part = parts[index]
        try:
            if part.strip("0123456789"):
                times[index] = local_time.parse(part, app.wall_clock.zone)
            elif part:
                times[index] = _whole(name, part, 0, 0xFFFFFFFF)
        except ValueError as error:
            raise FieldError(name, str(error))
    app.request(["charge_times", times[0], times[1], every_day])
    if not times[0]:
        app.request(["access", "on"])


def _setting(app, name: str, text: str) -> None:
    """Change a setting by its key or label, the latter with or without its spaces as underscores."""
    row = table.find(name) or table.find(name.replace("_", " "))
    if row is None or row.kind == table.HIDDEN:
        raise FieldError(name, "unknown")
    if row.key.startswith("MQTT") or row.secret:
        raise FieldError(name, "must not be changed over MQTT")
    if row.kind == table.CHOICE and text not in row.choices and text and not text.strip("0123456789"):
        last = row.minimum + len(row.choices) - 1
        text = row.choices[_whole(name, text, row.minimum, last) - row.minimum]
    app.change_settings({row.key: text}, table.REMOTE)


def _not_on_node(app, name: str) -> None:
    if app.settings.get("LoadBl") > _NODE:
        raise FieldError(name, "is decided by the master")


def _whole(name: str, text: str, low: int, high: int) -> int:
    digits = text[1:] if text.startswith("-") else text
    if not digits or len(digits) > 10 or digits.strip("0123456789") or not low <= int(text) <= high:
        raise FieldError(name, "must be a whole number from %d to %d" % (low, high))
    return int(text)
