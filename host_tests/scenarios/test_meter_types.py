"""Every meter type is read at every place where it may stand, and a car charges by it."""

import pytest

from bench.scenario import Scenario
from evse.log import log
from evse.services import meter_types as types
from evse.services.sensorbox import Sensorbox
from evse.settings import table
from simworld.homewizard import NAMES

PLACES = (
    ("MAINS MET", "mains", types.USE_MAINS),
    ("CIRCT MET", "circuit", types.USE_CIRCUIT),
    ("EV METER", "ev", types.USE_EV),
)
ON_BUS = (
    types.SENSORBOX,
    *(index for index in types.polled_indices() if index != types.SENSORBOX),
    types.CUSTOM,
)
CUSTOM = {
    "BYTE ORD": "HBF & LWF", "DATA TYPE": "INT16", "FUNCTION": "3:Hold. Reg", "VOL REGI": 100, "VOL DIVI": 1,
    "CUR REGI": 110, "CUR DIVI": 2, "POW REGI": 120, "POW DIVI": 0, "ENE REGI": 130, "ENE DIVI": 1,
}  # fmt: skip
# Raw currents of 0.01 A.
COARSE_MA = 10


def may_be_set(label: str, index: int) -> bool:
    """Return True when the setting takes this type."""
    row = table.find(label)
    return row is not None and index in row.available


CASES = [
    (place, index)
    for place in PLACES
    for index in (*ON_BUS, types.API, types.HOMEWIZARD)
    if types.fits(index, place[2])
]


def run(settings: dict, world: dict, until_ms: int, steps=()) -> Scenario:
    """Run a scenario and return it at its end."""
    log.echo = False
    scenario = Scenario({"settings": settings, "world": world, "steps": list(steps), "until_ms": until_ms})
    while not scenario.finished():
        scenario.advance()
    assert scenario.failures == []
    return scenario


def settings_for(label: str, index: int) -> dict:
    """Return settings with this meter type, and a mains meter in any case."""
    chosen = {"MODE": "Smart", "MAINS MET": "Phoenix C", "MAX": 16, "CIRCUIT": 40, "MAINS": 40}
    chosen[label] = table.meters()[index]
    if index == types.HOMEWIZARD:
        chosen["CIRCT HST"], chosen["EV HST"] = NAMES[1], NAMES[2] + ".local"
    return {**chosen, **CUSTOM} if index == types.CUSTOM else chosen


def is_one_phase(index: int) -> bool:
    return types.find(index).phases == 1 or index == types.EASTRON_1P


@pytest.mark.parametrize(
    ("place", "index"), CASES, ids=[f"{place[1]}-{table.meters()[index]}" for place, index in CASES]
)
def test_readings(place, index):
    label, name, _ = place
    world = {
        f"{'house' if name == 'mains' else 'circuit'}.l{n}_ma": ma
        for n, ma in ((1, 5010), (2, -3020), (3, 1230))
    }
    plug = {"at_ms": 1000, "set": {"car.pilot": "B", "car.auto": True, "car.phases": 3}}
    scenario = run(settings_for(label, index), world, 200_000, [plug])
    assert scenario.outputs["state"] == "C" and scenario.outputs["fault"] == []
    point = getattr(scenario.board.world, name)
    meter = getattr(scenario.app.metering, name)
    used = 1 if is_one_phase(index) else 3
    assert meter.state_text() == "ok" and not meter.errors
    for phase in range(3):
        wanted_ma = point.current_ma[phase] if phase < used else 0
        assert abs(meter.values.current_ma[phase] - wanted_ma) <= COARSE_MA, (phase, meter.values.current_ma)
    if index in (types.SENSORBOX, types.API):
        return
    assert meter.values.voltage_dv[:used] == [2300] * used
    wanted_w = sum(point.power_w[:used])
    assert abs(meter.values.power_w - wanted_w) <= 30
    assert meter.values.net_wh == pytest.approx(point.energy_import_wh - point.energy_export_wh, abs=110)
    assert meter.values.net_wh > 300


def test_sensorbox_with_clamps_learns_the_kind_of_grid():
    scenario = Scenario(
        {"settings": {"MODE": "Smart", "MAINS MET": "Sensorbox", "GRID": "3Wire"}, "until_ms": 5000}
    )
    box = scenario.meters.rack.devices[0].bank
    box.clamps = True
    while not scenario.finished():
        scenario.advance()
    assert box.grid == 2
    assert scenario.app.metering.mains.state_text() == "ok"


def test_sensorbox_wifi_follows_the_setting_and_the_box():
    scenario = Scenario({"settings": {"MODE": "Smart", "MAINS MET": "Sensorbox"}, "until_ms": 20_000})
    box = scenario.meters.rack.devices[0].bank
    box.wifi = 1
    settings = scenario.app.settings
    seen = []
    asked = False
    while not scenario.finished():
        scenario.advance()
        meter = scenario.app.metering.mains
        assert isinstance(meter, Sensorbox)
        if not seen or seen[-1] != (settings.shown("SB2 WIFI"), meter.wifi.text()):
            seen.append((settings.shown("SB2 WIFI"), meter.wifi.text()))
        if scenario.now_ms >= 6000 and not asked:
            asked = True
            scenario.app.change_settings({"SB2 WIFI": "SetupWifi"})
        if scenario.now_ms >= 12_000 and settings.get("SB2WIFImode") == 2:
            scenario.app.change_settings({"SB2 WIFI": "Disabled"})
    assert box.wifi == 0
    assert seen == [
        ("Disabled", ""),
        ("Enabled", "at 192.0.2.10"),
        ("SetupWifi", "at 192.0.2.10"),
        ("SetupWifi", "portal, password simulate"),
        ("Disabled", "portal, password simulate"),
        ("Disabled", "off"),
    ]


def test_api_meter_that_is_silent_or_sends_garbage_feeds_nothing():
    for mode in ("silent", "garbage"):
        settings = {"MODE": "Smart", "MAINS MET": "API"}
        scenario = run(settings, {"meter.mains": mode}, 12_000)
        assert scenario.outputs["fault"] == ["mains_meter_silent"]


def test_a_meter_answers_at_its_new_address_and_as_its_new_type():
    steps = [
        {"at_ms": 5000, "settings": {"MAINS ADR": 77}},
        {"at_ms": 10000, "settings": {"MAINS MET": "ABB"}},
        {"at_ms": 15000, "settings": {"MAINS MET": "API"}},
        {"at_ms": 20000, "settings": {"MAINS MET": "SolarEdge"}},
    ]
    world = {"house.l1_ma": 5000, "house.l2_ma": 5000, "house.l3_ma": 5000}
    for until_ms in (4900, 9900, 14900, 19900, 24900):
        scenario = run({"MODE": "Smart", "MAINS MET": "Eastron3P"}, world, until_ms, steps)
        assert scenario.outputs["mains.sum_ma"] == 15000
        assert scenario.outputs["fault"] == []
