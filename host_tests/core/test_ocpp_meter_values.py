"""What OCPP is told of a meter: values, phases, units, contexts (B-008, B-017 to B-024, B-033 to B-036, B-060; 054)."""

import json

from ocpp_local_bench import NOON, configuration, reading
from test_ocpp_measurands import FULL

from ocpp16 import measurands as m
from ocpp16 import meter_values as mv
from ocpp16.sampling import Sampler


def samples(names, values=None, context=mv.PERIODIC, connector=1, rotation=(0, 1, 2)) -> list:
    """Return the sampledValue list of a reading."""
    packed = mv.pack(values or reading(), NOON, context, rotation)
    assert len(packed) == mv.PACKED_BYTES
    text = "".join(mv.pieces(packed, m.parse(names), connector))
    if not text:
        return []
    value = json.loads(text)
    assert value["timestamp"] == "2026-01-31T12:00:00Z" and sorted(value) == ["sampledValue", "timestamp"]
    return value["sampledValue"]


def shown(names, values=None, **options) -> list:
    """Return (measurand, phase, value, unit) of each sample."""
    found = []
    for one in samples(names, values, **options):
        found.append((one["measurand"], one.get("phase", ""), one["value"], one.get("unit", "")))
    return found


def test_b017_b020_b060_what_is_offered():
    assert shown("Current.Offered,Power.Offered") == [
        ("Current.Offered", "", "16", "A"),
        ("Power.Offered", "", "11040", "W"),
    ]
    # B-007.
    assert shown("Power.Offered", reading(phases=1)) == [("Power.Offered", "", "3680", "W")]
    assert shown("Current.Offered,Power.Offered", reading(offered_ma=0)) == [
        ("Current.Offered", "", "0", "A"),
        ("Power.Offered", "", "0", "W"),
    ]


def test_b018_b019_b022_by_phase():
    assert shown("Current.Import.L1,Current.Import.L2,Current.Import.L3") == [
        ("Current.Import", "L1", "16.0", "A"),
        ("Current.Import", "L2", "15.9", "A"),
        ("Current.Import", "L3", "6.0", "A"),
    ]
    assert shown("Power.Active.Import.L3") == [("Power.Active.Import", "L3", "1379", "W")]
    assert shown("Voltage.L2,Voltage.L2-N") == [
        ("Voltage", "L2", "230.5", "V"),
        ("Voltage", "L2-N", "230.5", "V"),
    ]
    assert shown("Energy.Active.Import.Register.L2", reading(energies_wh=[1, 20000000, 3])) == [
        ("Energy.Active.Import.Register", "L2", "20000000", "Wh")
    ]


def test_b024_as_a_whole_there_is_one_sample_without_a_phase():
    assert shown("Current.Import") == [("Current.Import", "", "37.9", "A")]
    assert shown("Power.Active.Import") == [("Power.Active.Import", "", "8739", "W")]
    assert shown("Power.Active.Import", reading(powers_w=None, power_w=8000)) == [
        ("Power.Active.Import", "", "8000", "W")
    ]
    assert shown("Voltage") == [("Voltage", "", "230.1", "V")]
    assert shown("Voltage", reading(voltages_dv=[2310, 0, None])) == [("Voltage", "", "231.0", "V")]
    assert shown("Energy.Active.Import.Register") == [("Energy.Active.Import.Register", "", "1234567", "Wh")]


def test_b023_frequency_has_no_unit_of_its_own_and_temperature_is_misspelt_on_purpose():
    assert shown("Frequency,Temperature") == [
        ("Frequency", "", "50.0", ""),
        ("Temperature", "", "41", "Celcius"),
    ]
    assert shown("Temperature", reading(temperature_c=-20))[0][2] == "-20"


def test_b033_what_the_meter_does_not_measure_is_left_out():
    one_phase = reading(
        currents_ma=[6000, None, None],
        voltages_dv=None,
        powers_w=None,
        frequency_dhz=None,
        temperature_c=None,
        energy_wh=None,
        offered_ma=None,
    )
    assert shown(FULL, one_phase) == [("Current.Import", "L1", "6.0", "A")]
    assert shown("Voltage,Frequency", one_phase) == []
    assert "".join(mv.request(mv.pack(one_phase, NOON, mv.CLOCK), m.parse("Voltage"), 1, 7)) == ""
    assert samples("", reading()) == []


def test_b036_all_thirteen():
    found = shown(FULL)
    assert len(found) == 13
    assert [m.name(item) for item in m.parse(FULL)] == [
        one[0] + ("." + one[1] if one[1] else "") for one in found
    ]
    assert [one[3] for one in found] == ["A"] * 3 + ["W"] * 3 + ["Wh"] + ["V"] * 3 + ["A", "W", ""]


def test_b008_rotation_assigns_the_phases_of_the_meter():
    # L1 of the connector is on S, which is L2 of the grid.
    names = "Current.Import.L1,Current.Import.L2,Current.Import.L3"
    assert [one[2] for one in shown(names, rotation=(1, 2, 0))] == ["6.0", "16.0", "15.9"]
    config = configuration(ConnectorPhaseRotation="0.RST,1.STR", MeterValuesSampledData=names)
    sampler = Sampler(config, 1)
    packed = sampler.take(mv.TRIGGER, reading(), NOON)
    text = "".join(mv.request(packed, sampler.items(mv.TRIGGER), 1, 5))
    assert [one["value"] for one in json.loads(text)["meterValue"][0]["sampledValue"]] == [
        "6.0",
        "16.0",
        "15.9",
    ]


def test_contexts():
    words = [
        (mv.PERIODIC, "Sample.Periodic"),
        (mv.CLOCK, "Sample.Clock"),
        (mv.BEGIN, "Transaction.Begin"),
        (mv.END, "Transaction.End"),
        (mv.TRIGGER, "Trigger"),
        (mv.OTHER, "Other"),
    ]
    for context, word in words:
        assert [one["context"] for one in samples("Voltage.L1,Frequency", context=context)] == [word, word]


def test_numbers_at_their_ends():
    values = reading(
        currents_ma=[-500, 99, 7000000], energy_wh=1 << 33, powers_w=[70000, 0, -1], voltages_dv=[0, 1, 9]
    )
    assert [one[2] for one in shown("Current.Import.L1,Current.Import.L2,Current.Import.L3", values)] == [
        "0.0",
        "0.0",
        "6553.4",
    ]
    assert shown("Energy.Active.Import.Register", values)[0][2] == str(0xFFFFFFFE)
    assert [one[2] for one in shown("Power.Active.Import.L1,Power.Active.Import.L3", values)] == [
        "65534",
        "0",
    ]
    assert [one[2] for one in shown("Voltage.L1,Voltage.L2,Voltage.L3", values)] == ["0.0", "0.1", "0.9"]


def test_requests_of_connectors_and_of_the_main_meter():
    packed = mv.pack(reading(), NOON, mv.CLOCK)
    items = m.parse("Energy.Active.Import.Register")
    value = json.loads("".join(mv.request(packed, items, 1, 77)))
    assert value["connectorId"] == 1 and value["transactionId"] == 77 and len(value["meterValue"]) == 1
    assert "location" not in value["meterValue"][0]["sampledValue"][0]
    assert "transactionId" not in json.loads("".join(mv.request(packed, items, 1)))
    # Errata 3.16: the main meter belongs to no transaction.
    value = json.loads("".join(mv.request(packed, items, 0, 77)))
    assert value["connectorId"] == 0 and "transactionId" not in value
    assert value["meterValue"][0]["sampledValue"][0]["location"] == "Inlet"


def test_what_a_packed_reading_says_of_itself():
    packed = mv.pack(reading(), NOON, mv.END)
    assert (mv.unix_s(packed), mv.context(packed), mv.energy_wh(packed)) == (NOON, mv.END, 1234567)
    assert mv.energy_wh(mv.pack(reading(energy_wh=None), NOON, mv.END)) == -1
