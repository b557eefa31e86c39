"""Random scenarios, for comparing two ways to run them."""

from random import Random

from simworld import world_table

INPUTS = (
    "car.pilot car.auto car.diode car.phases car.min_a car.start_a car.max_a car.delay_ms car.ramp_ma_s car.follows "
    "car.asleep car.needs_wh cable.rating_a cable.pp_mv mains.voltage_dv meter.ev temp_c rcm rcm.fault c1.fault "
    "c2.fault c1.delay_ms lock.fault power house.l1_ma house.l2_ma house.l3_ma circuit.l1_ma circuit.l3_ma battery_ma "
    "meter.mains meter.circuit meter.period_ms in1 in2 switch"
).split()
SETTINGS = {
    "MAX": range(6, 41),
    "CONFIG": ("Socket", "Fixed"),
    "LOCK": ("Disabled", "Solenoid", "Motor"),
    "CONTACT 2": ("Not present", "Always Off", "Solar Off", "Always On", "Auto"),
    "RCMON": ("Disabled", "Enabled"),
    "MAX TEMP": range(40, 76),
    "EV METER": ("Disabled", "Eastron3P", "API"),
    "STAT MIN": range(6, 13),
    "MODE": ("Normal", "Smart", "Smart", "Solar"),
    "MAINS MET": ("Sensorbox", "ABB", "API"),
    "CIRCT MET": ("Disabled", "Chint 1P", "API"),
    "MAINS": range(10, 41),
    "STOP": range(3),
    "CAPACITY": range(10, 40),
    "SWITCH": (
        "Disabled",
        "Access B",
        "Access S",
        "Sma-Sol B",
        "Sma-Sol S",
        "Grid Relay",
        "Custom B",
        "Custom S",
    ),
    "LED MODE": ("Standard", "Public"),
    "SHED POL": ("Active high", "Active low"),
    "REMOTE": ("Release", "Keep", "6 A", "0 A"),
}
REQUESTS = (
    ["stop"],
    ["access", "on"],
    ["access", "on"],
    ["access", "off"],
    ["access", "pause"],
    ["reset_fault"],
    ["unlock_cable"],
    ["restart"],
    ["remote", "max"],
    ["remote", "half", 30],
    ["remote", "0A", 10],
    ["remote", 9000, 60],
    ["custom_button", "on"],
)
FULL_WH = 300


def random_document(source: Random) -> dict:
    """Return a scenario without expectations in which much happens."""
    steps: list[dict] = []
    at_ms = 0
    for _ in range(source.randint(3, 25)):
        at_ms += source.choice([0, 5, 10, *(source.randint(0, most) for most in (300, 3000, 20000))])
        steps.append({"at_ms": at_ms, **_action(source)})
    return {
        "settings": {
            **_setting(source),
            **_setting(source),
            "MAINS MET": source.choice(SETTINGS["MAINS MET"]),
        },
        "world": {"cable.rating_a": 32},
        "steps": steps,
        "until_ms": at_ms + source.randint(0, 40000),
    }


def _action(source: Random) -> dict:
    kind = source.random()
    if kind < 0.3:
        return {"set": {"car.pilot": source.choice("BBBA"), "car.auto": True}}
    if kind < 0.75:
        name = source.choice(INPUTS)
        return {"set": {name: _value(source, world_table.find(name))}}
    if kind < 0.85:
        return {"settings": _setting(source)}
    return {"request": source.choice(REQUESTS)}


def _setting(source: Random) -> dict:
    label = source.choice(list(SETTINGS))
    return {label: source.choice(SETTINGS[label])}


def _value(source: Random, row: world_table.Row):
    if row.name == "car.needs_wh":
        return source.choice([None, source.randint(1, FULL_WH)])
    if row.kind == world_table.BOOL:
        return source.random() < 0.5
    if row.choices:
        return source.choice(row.choices if row.kind == world_table.CHOICE else (*row.choices, None, None))
    number = source.randint(*row.limits)
    return number if row.kind == world_table.INT else source.choice([None, None, number])
