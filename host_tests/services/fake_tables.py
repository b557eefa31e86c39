"""World inputs and settings of the stand-in simulation: enough of every kind for each control of the page."""

PILOTS = ["A", "B", "C", "D", "E", "F"]
METERS = ["ok", "silent", "garbage"]
CONTACTOR_FAULTS = ["welded", "stuck_open"]


def _row(name, kind, value, low=None, high=None, unit="", choices=None, text=""):
    row = {
        "name": name,
        "kind": kind,
        "min": low,
        "max": high,
        "unit": unit,
        "choices": choices,
        "help": text,
    }
    return row, value


def world_table():
    """Return the world inputs as (description, first value) pairs."""
    table = [
        _row("car.pilot", "choice", "A", choices=PILOTS, text="Level that the car's resistors make"),
        _row("car.auto", "bool", True, text="The car model decides between B and C itself"),
        _row("car.diode", "bool", True, text="The diode in the car's pilot circuit is there"),
        _row("car.phases", "int", 3, 1, 3, "", text="Phases of the on-board charger"),
        _row("car.min_a", "int", 6, 1, 32, "A", text="Least current that the car takes"),
        _row("car.max_a", "int", 16, 6, 80, "A", text="Most current that the car takes"),
        _row("car.delay_ms", "int", 1500, 0, 60000, "ms", text="Time until the car follows an offer"),
        _row("car.follows", "bool", True, text="The car obeys the offered current"),
        _row("car.evccid", "optional_text", None, high=32, text="Identity that the car would tell"),
        _row("cable.rating_a", "optional_choice", 32, choices=[13, 20, 32, 63], unit="A", text="Or none"),
        _row("cable.pp_mv", "optional_int", None, 0, 3300, "mV", text="Raw proximity voltage instead"),
    ]
    for meter in ("house", "circuit"):
        for line in (1, 2, 3):
            name = f"{meter}.l{line}_ma"
            table.append(_row(name, "int", 900 * line, -100000, 100000, "mA", text="Import is positive"))
    table += [
        _row(
            "battery_ma", "optional_int", None, -100000, 100000, "mA", text="Home battery, charging positive"
        ),
        _row("mains.voltage_dv", "int", 2300, 0, 2800, "0.1 V", text="Voltage of each phase"),
        _row("meter.mains", "choice", "ok", choices=METERS),
        _row("meter.circuit", "choice", "ok", choices=METERS),
        _row("meter.ev", "choice", "ok", choices=METERS),
        _row("meter.period_ms", "int", 1000, 100, 60000, "ms", text="How often the meter has a new value"),
        _row("temp_c", "int", 25, -40, 120, "°C", text="Temperature inside the station"),
        _row("in1", "bool", False, text="Voltage at input 1"),
        _row("in2", "bool", False, text="Voltage at input 2"),
        _row("switch", "bool", False, text="Push button or switch is closed"),
        _row("rcm", "bool", False, text="Residual-current monitor has tripped"),
        _row("c1.fault", "optional_choice", None, choices=CONTACTOR_FAULTS),
        _row("c2.fault", "optional_choice", None, choices=CONTACTOR_FAULTS),
        _row("lock.fault", "optional_choice", None, choices=["jammed"]),
        _row("csms.connected", "bool", True, text="The back end can be reached"),
        _row("link.up", "bool", True, text="The network is there"),
        _row("power", "bool", True, text="Off and on again is a power cut"),
        _row("clock.utc", "text", "2026-01-01T12:00:00Z", high=20, text="Wall time, ISO 8601"),
    ]
    return table


def _setting(key, label, kind, value, text, low=None, high=None, unit="", choices=None):
    return {
        "key": key,
        "label": label,
        "kind": kind,
        "min": low,
        "max": high,
        "unit": unit,
        "choices": choices or [],
        "value": value,
        "help": text,
    }


def settings_table():
    """Return the settings with their first values."""
    return [
        _setting(
            "mode",
            "MODE",
            "choice",
            "Normal",
            "How the current is chosen",
            choices=["Normal", "Smart", "Solar"],
        ),
        _setting("max_current", "MAX", "int", 16, "Most current for the car", 6, 80, "A"),
        _setting("min_current", "MIN", "int", 6, "Least current for the car", 6, 16, "A"),
        _setting("max_mains", "MAINS", "int", 25, "Most current at the house connection", 10, 200, "A"),
        _setting(
            "lock", "LOCK", "choice", "Disabled", "Cable lock", choices=["Disabled", "Solenoid", "Motor"]
        ),
        _setting("switch", "SWITCH", "choice", "Disabled", "What the switch does", choices=_SWITCH),
        _setting("ocpp_url", "OCPP URL", "text", "", "Address of the back end", high=64),
        _setting("max_temp", "MAX TEMP", "int", 65, "Stop above this temperature", 40, 75, "°C"),
    ]


_SWITCH = ["Disabled", "Access B", "Access S", "Sma-Sol B", "Sma-Sol S", "Grid Relay", "Custom B", "Custom S"]
