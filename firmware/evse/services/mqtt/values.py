"""The values of the topics, in the order of the table; None is not there, and not published.

Read often and compared with what was published, so they stay numbers and texts that exist anyway.
"""

from evse.core import faults
from evse.core import states as s
from evse.core.limits import SLOTS
from evse.core.phase_choice import MODE_NAMES, NOT_PRESENT
from evse.core.text_rows import row
from evse.services import smartevse_names as names
from evse.services import status
from evse.services.meter_values import POWER

_ACCESS = ("Deny", "Allow", "Pause")


def fast(app) -> list:
    """Return the values of the first lines: what the station does."""
    station = app.station
    charger = station.charger
    ledger = station.limits
    state = charger.state
    access = charger.access
    connected = charger.connected()
    contact2 = app.settings.get("EnableC2")
    phases = station.phases
    slot, text = row(SLOTS, ledger.winner)
    return [
        mode(station),
        _ACCESS[access],
        names.state_text(station),
        "Activate" if state == s.ACTSTART else s.NAMES[state],
        names.error(station)[1],
        "Connected" if connected else "Disconnected",
        _tenths(ledger.limit_ma),
        _tenths(station.regulation.override_ma),
        phases,
        "On" if app.switch.custom else "Off",
        "C" if state in (s.C, s.C1, s.D) else "B" if connected else "A",
        "On" if access == s.ACCESS_ON else "Off",
        status.why(station, status.reason(station, text)) or "No car",
        slot,
        _tenths(station.offered_ma()),
        phases if contact2 != NOT_PRESENT and station.profile.has_c2 else None,
        status.remote_state(station),
        _remote_tenths(station),
        ",".join(faults.active_codes(station.faults.active)) if station.faults.active else "None",
    ]


def slow(app) -> list:
    """Return the values of the other lines."""
    settings = app.settings
    get = settings.get
    access = app.gate.access
    if access is not None and not access.reads_cards:
        access = None
    found = [
        get("MaxCurrent") * 10,
        get("MaxSumMains"),
        get("MaxSumMainsTime"),
        names.CONTACT2[get("EnableC2")],
        access.topic if access is not None else "Not Installed",
        _uid(access.last_uid) if access is not None else None,
        _health(app.board.rfid) if access is not None else None,
        get("LoadBl"),
        "",
        (app.station.regulation.solar_stop_ms() + 999) // 1000,
        _times(app.gate.access),
        status.remote_left_s(app.station),
    ]
    _add_meters(app, found)
    battery = app.station.regulation.battery
    found.append(None if not battery.was_told else _tenths(battery.current_ma))
    found.append(app.control.inputs.temp_mc // 1000)
    found.append(app.station.uptime_s)
    _add_wifi(app, found)
    found.append("Enabled" if get("OcppMode") else "Disabled")
    found.append("Connected" if app.ocpp_connected else "Disconnected")
    for name in ("off", "normal", "smart", "solar", "custom"):
        rgb = app.led.color(name)
        found.append("%d,%d,%d" % (rgb >> 16, rgb >> 8 & 255, rgb & 255))
    found.append(get("CableLock") if get("Lock") else None)
    return found


def needs(app) -> str:
    """Return the letters of the table for what is there."""
    letters = ""
    metering = app.metering
    for letter, meter in (("m", metering.mains), ("v", metering.ev), ("c", metering.circuit)):
        if meter.is_enabled:
            letters += letter
    if app.station.regulation.battery.was_told:
        letters += "b"
    get = app.settings.get
    if get("Lock"):
        letters += "l"
    if get("RFIDReader"):
        letters += "k"
    if get("EnableC2") != NOT_PRESENT and app.station.profile.has_c2:
        letters += "p"
    return letters + "w" if _wifi(app) is not None else letters


def mode(station) -> str:
    """Return Off, Pause, Normal, Smart or Solar."""
    access = station.charger.access
    if access == s.ACCESS_ON:
        return MODE_NAMES[station.config.mode]
    return "Off" if access == s.ACCESS_OFF else "Pause"


def _remote_tenths(station) -> "int | str":
    limit_ma = status.remote_ma(station)
    return "None" if limit_ma < 0 else _tenths(limit_ma)


def _health(reader) -> str:
    """Return ok, or what is wrong with the card reader."""
    if reader is None:
        return "not there"
    return reader.health or "ok"


def _times(access) -> str:
    """Return begin and end of delayed charging as Set/DelayedStart takes them."""
    if access is None:
        return "0"
    times = access.permit.times
    text = "%d,%d" % (times.start_s, times.stop_s) if times.stop_s else str(times.start_s)
    return text + ",daily" if times.repeat else text


def _uid(uid: str) -> "str | None":
    """Return the number of a card as the topic has it: one of 4 bytes is padded with zeros."""
    return uid + "000000" if len(uid) == 8 else uid or None


def _tenths(value: int) -> int:
    """Return thousandths as tenths."""
    return (value + 50) // 100


def _add_meters(app, found: list) -> None:
    mains = app.metering.mains
    ev = app.metering.ev
    values = ev.values
    _add_currents(mains, found)
    _add_energies(mains, found)
    _add_currents(ev, found)
    _add_energies(ev, found)
    if not ev.is_enabled:
        for _ in range(6):
            found.append(None)
    elif not _is_heard(ev):
        found += [None, None, app.station.session.energy_wh, None, None, None]
    else:
        found.append(values.power_w if values.known & POWER else values.apparent_w())
        found.append(values.net_wh)
        found.append(app.station.session.energy_wh)
        for voltage_dv in values.voltage_dv:
            found.append(voltage_dv or None)
    _add_currents(app.metering.circuit, found)


def _is_heard(meter) -> bool:
    return meter.is_enabled and meter.readings > 0 and not meter.silent


def _add_currents(meter, found: list) -> None:
    heard = _is_heard(meter)
    for current_ma in meter.values.current_ma:
        found.append(_tenths(current_ma) if heard else None)


def _add_energies(meter, found: list) -> None:
    values = meter.values
    heard = _is_heard(meter)
    found.append(values.import_wh or None if heard else None)
    found.append(values.export_wh or None if heard else None)


def _wifi(app):
    """Return the supervisor of the Wi-Fi while the station is in a network."""
    wifi = app.net.wifi if app.net else None
    return wifi if wifi is not None and wifi.is_up else None


def _add_wifi(app, found: list) -> None:
    wifi = _wifi(app)
    if wifi is None:
        found += [None, None, None]
    else:
        found.append(wifi.rssi_dbm)
        found.append(wifi.ssid)
        found.append(getattr(wifi, "bssid", "") or None)
