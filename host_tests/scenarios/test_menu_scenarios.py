"""Every item of the menu has a scenario that changes it by button presses alone, and the scenarios are up to date."""

import json

import pytest

import menu_scenarios
from evse.settings import menu_rows, table


def test_every_item_has_a_scenario() -> None:
    assert len(menu_scenarios.items()) > 40
    assert menu_scenarios.missing() == set()


def test_every_setting_is_expected_to_change() -> None:
    for _, text in menu_scenarios.documents():
        document = json.loads(text)
        assert "settings" not in document
        expected = [step["expect"] for step in document["steps"] if "setting." in str(step.get("expect"))]
        for name, value in expected[0].items():
            row = table.get(name[len("setting.") :])
            default = row.choices[row.default - row.minimum] if row.kind == table.CHOICE else row.default
            assert value != default, name


@pytest.mark.parametrize(
    ("path", "text"), list(menu_scenarios.documents()), ids=lambda part: getattr(part, "stem", "")
)
def test_scenario_is_up_to_date(path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "is stale: run tools/menu_scenarios.py"


def test_a_new_item_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menu_scenarios, "PLANS", menu_scenarios.PLANS[1:])
    assert menu_scenarios.missing() == {"MAX"}


def test_a_value_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="MAX 81 A: is not in the menu"):
        menu_scenarios.scenario("", {}, [("MAX", "81 A")], [])
    with pytest.raises(ValueError, match="GRID: is not in the menu"):
        menu_scenarios.scenario("", {}, [("GRID", "3Wire")], [])
    assert menu_rows.place_of("GRID", lambda key: 0) == menu_rows.NONE
