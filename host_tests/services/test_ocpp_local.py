"""Meter values against the JSON schemas of OCPP 1.6, and the grammar of measurands against an obvious model."""

import json
import re
from pathlib import Path

import ocpp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from ocpp_local_bench import NOON, configuration, reading
from test_ocpp_measurands import FULL

from ocpp16 import keys, measurands
from ocpp16 import meter_values as mv
from ocpp16.configuration import Configuration
from ocpp16.sampling import Sampler, transaction_data

SCHEMAS = Path(ocpp.__file__).parent / "v16" / "schemas"
PHASED = ("Current.Import", "Power.Active.Import", "Energy.Active.Import.Register", "Voltage")
WHOLE = ("Current.Offered", "Power.Offered", "Frequency", "Temperature")
ITEM = re.compile(
    r"(?P<name>Current\.Import|Power\.Active\.Import|Energy\.Active\.Import\.Register|Voltage)(?P<phase>\.L[123])?"
    r"|(?P<whole>Current\.Offered|Power\.Offered|Frequency|Temperature)|Voltage(?P<neutral>\.L[123]-N)"
)


def errors(schema: str, text: str) -> list[str]:
    """Return what a schema has against a payload."""
    validator = Draft4Validator(json.loads((SCHEMAS / f"{schema}.json").read_text()))
    return [error.message for error in validator.iter_errors(json.loads(text))]


def accepts(text: str, three_phase: bool) -> bool:
    """Tell by the model whether a list is right."""
    if not text.strip(" \t\r\n"):
        return True
    seen: dict[str, set[str]] = {}
    for part in text.split(","):
        match = ITEM.fullmatch(part.strip(" \t\r\n"))
        if match is None:
            return False
        name = match["name"] or match["whole"] or "Voltage"
        phase = match["phase"] or match["neutral"] or ""
        if phase in seen.setdefault(name, set()) or (phase and not three_phase):
            return False
        seen[name].add(phase)
    return all("" not in phases or len(phases) == 1 for phases in seen.values())


good_items = st.builds(
    lambda name, suffix: name + suffix,
    st.sampled_from(PHASED + WHOLE),
    st.sampled_from(["", "", ".L1", ".L2", ".L3", ".L1-N", ".L2-N"]),
)
pieces = st.sampled_from(
    ["Current", "Import", "Voltage", "L1", "L1-N", ".", "..", "1", " ", "\t", "é", "Frequency", "-"]
)
any_items = st.one_of(good_items, st.lists(pieces, max_size=5).map("".join), st.text(max_size=12))
blanks = st.sampled_from(["", "", " ", "\t", "  "])
lists = st.lists(
    st.builds(
        lambda before, item, after: before + item + after, blanks, st.one_of(good_items, any_items), blanks
    ),
    max_size=6,
).map(",".join)


@given(lists, st.booleans())
def test_the_grammar_is_that_of_the_model(text: str, three_phase: bool) -> None:
    try:
        items = measurands.parse(text, three_phase)
    except ValueError as error:
        assert str(error)
        assert not accepts(text, three_phase)
        return
    assert accepts(text, three_phase)
    # The shortest form means the same.
    assert measurands.parse(measurands.text(items), three_phase) == items
    assert len(items) <= measurands.ITEMS_MAX


@given(st.lists(good_items, min_size=1, max_size=6).map(",".join))
def test_a_refused_list_changes_nothing(text: str) -> None:
    config = configuration(MeterValuesSampledData="Frequency")
    status = config.change("MeterValuesSampledData", text)
    assert (status == "Accepted") == accepts(text, True)
    if status == "Rejected":
        assert config.text("MeterValuesSampledData") == "Frequency"


amounts = st.one_of(st.none(), st.integers(-1000, 1 << 34))
phases = st.one_of(st.none(), st.lists(amounts, min_size=3, max_size=3))


@given(
    st.builds(
        lambda currents, voltages, powers, energies, **single: reading(
            currents_ma=currents, voltages_dv=voltages, powers_w=powers, energies_wh=energies, **single
        ),
        phases,
        phases,
        phases,
        phases,
        power_w=amounts,
        energy_wh=amounts,
        frequency_dhz=amounts,
        offered_ma=amounts,
        temperature_c=st.one_of(st.none(), st.integers(-50, 150)),
        phases=st.sampled_from([1, 3]),
    ),
    st.sampled_from([mv.PERIODIC, mv.CLOCK, mv.BEGIN, mv.END, mv.TRIGGER, mv.OTHER]),
    st.integers(0, 2),
    st.permutations([0, 1, 2]),
)
def test_every_reading_makes_a_valid_message(values, context, connector, rotation) -> None:
    packed = mv.pack(values, NOON, context, tuple(rotation))
    text = "".join(mv.request(packed, measurands.parse(FULL + ",Temperature"), connector, 12345))
    if text:
        assert errors("MeterValues", text) == []
        for sample in json.loads(text)["meterValue"][0]["sampledValue"]:
            assert re.fullmatch(r"-?[0-9]+(\.[0-9])?", sample["value"])


@pytest.mark.parametrize(
    "names", ["Voltage.L1,Voltage.L1-N", "Energy.Active.Import.Register.L3", FULL, "Voltage"]
)
def test_stop_transaction_data(names: str) -> None:
    values = reading(energies_wh=[1, 2, 3])
    sampler = Sampler(configuration(StopTxnSampledData=names, StopTxnAlignedData=FULL), 1)
    sampler.begin(values, 0, NOON)
    for second in range(1, 200):
        sampler.take(mv.CLOCK if second % 5 else mv.PERIODIC, values, NOON + second)
    data = "".join(transaction_data(sampler.end(values, NOON + 200)))
    stop = '{"transactionId":1,"meterStop":5,"timestamp":"2026-01-31T12:00:00Z","transactionData":%s}' % data
    assert errors("StopTransaction", stop) == []


def test_get_configuration_answers() -> None:
    class Memory:
        def load(self) -> tuple[int, None]:
            return 0, None

    entries = list(Configuration(Memory()).entries())
    found = [
        {"key": name, "readonly": readonly} | ({} if text is None else {"value": text})
        for name, readonly, text in entries
    ]
    assert errors("GetConfigurationResponse", json.dumps({"configurationKey": found})) == []
    assert len(found) == len([row for row in keys.rows() if not row.needs_setting])
