"""The view Settings, and settings in a file."""

import json
from pathlib import Path

from page_steps import confirm, press, setting, setting_value, upload, wait_text


def test_wrong_values_are_told_in_place_and_several_are_saved_together(open_page, web):
    page = open_page("settings", size="phone")
    assert page.is_hidden("#savebar")
    setting(page, "MaxCurrent").fill("99")
    wait_text(page, "#s-MaxCurrent-error", "^must be from 6 to 80 A$")
    assert page.get_attribute("#s-MaxCurrent", "aria-invalid") == "true"
    setting(page, "StationName").fill("Carport")
    wait_text(page, "#savebar b", "^2 changes$")
    page.click("#savebar .main")
    wait_text(page, "#savebar .error", "Nothing was saved")
    assert setting_value(web, "MaxCurrent") == 13 and setting_value(web, "StationName") == "microEVSE"
    # Only the station knows what goes together.
    setting(page, "MaxCurrent").fill("10")
    assert page.inner_text("#s-MaxCurrent-error") == ""
    setting(page, "MinCurrent").fill("12")
    page.click("#savebar .main")
    wait_text(page, "#s-MinCurrent-error", "^must not be above MAX$")
    assert setting_value(web, "MaxCurrent") == 13 and setting_value(web, "MinCurrent") == 6
    setting(page, "MinCurrent").fill("8")
    page.click("#savebar .main")
    page.wait_for_selector("#savebar", state="hidden")
    keys = ("MaxCurrent", "MinCurrent", "StationName")
    assert [setting_value(web, key) for key in keys] == [10, 8, "Carport"]
    # What a change brings into play is there at once.
    assert page.locator("[data-key=StopTime]").count() == 0
    setting(page, "Mode").select_option("Solar")
    page.click("#savebar .main")
    page.wait_for_selector("[data-key=StopTime]", state="attached")


def test_a_text_is_judged_by_the_station_while_somebody_types(open_page, web):
    page = open_page("settings")
    page.check("#everything")
    field = "OcppMeterValues"
    before = setting_value(web, field)
    page.fill("#find", field)
    setting(page, field).fill("Voltage.L1-N,Voltage.L1-N")
    wait_text(page, f"#s-{field}-error", "Voltage.L1-N is listed twice")
    setting(page, field).fill("Voltage")
    page.wait_for_function("(id) => document.getElementById(id).innerText === ''", arg=f"s-{field}-error")
    setting(page, field).fill("Energy")
    wait_text(page, f"#s-{field}-error", "Energy is no measurand of this station")
    assert setting_value(web, field) == before
    # The station is asked for what it alone can judge.
    answer = web.own("PATCH", "/api/v1/settings?dry=1", {"MaxCurrent": 16, "MinCurrent": 20})
    assert answer.status == 400 and "MinCurrent" in answer.json["errors"], answer
    answer = web.own("PATCH", "/api/v1/settings?dry=1", {"MaxCurrent": 16})
    assert (answer.status, answer.json) == (200, {"changed": {}}) and setting_value(web, "MaxCurrent") != 16


def test_every_setting_is_there_with_help_and_closed_to_whom_it_is_not_for(open_page, web):
    page = open_page("settings")
    page.check("#everything")
    rows = web.own("GET", "/api/v1/settings").json
    shown = page.eval_on_selector_all("[data-key]", "fields => fields.map((field) => field.dataset.key)")
    assert sorted(shown) == sorted(row["key"] for row in rows)
    assert page.is_disabled("#s-InstallerMax")
    for row in rows:
        assert row["help"] in page.text_content(f"#s-{row['key']}-help")
        secret = page.get_attribute(f"#s-{row['key']}", "type") == "password"
        assert secret == row["secret"]
    # None is left for the group of what nobody thought of.
    assert page.locator("[data-group=Other]").count() == 0
    page.fill("#find", "most current the")
    assert page.locator("[data-key]:visible").count() == 0
    page.fill("#find", "highest charging current")
    assert page.locator("[data-key]:visible").count() == 1


def wrong_values(row):
    """Return texts that the field of a setting must refuse."""
    if row["kind"] == "text":
        return ["x" * (row["max"] + 1)]
    lowest = 0 if row["zero"] else row["min"]
    # An empty field leaves a secret as it is.
    return [*([] if row["secret"] else [""]), "1.5", "twelve", str(lowest - 1), str(row["max"] + 1)]


def test_wrong_value_in_every_field_is_told_there(open_page, web):
    page = open_page("settings", "installer")
    page.check("#everything")
    page.evaluate("document.querySelectorAll('details').forEach((group) => { group.open = true; })")
    before = web.bench("/settings")
    rows = [row for row in web.own("GET", "/api/v1/settings").json if row["kind"] != "choice"]
    # All in one go, which is a hundred times faster than key by key.
    tried = page.evaluate(
        """(cases) => cases.map(([key, value]) => {
            const input = document.getElementById("s-" + key);
            if (input.disabled) return null;
            const old = input.value;
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            const error = document.getElementById("s-" + key + "-error");
            const found = [key, value, error.textContent, input.getAttribute("aria-invalid"),
                           input.getAttribute("aria-describedby").includes(error.id)];
            input.value = old;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            return [...found, error.textContent];
        })""",
        [[row["key"], value] for row in rows for value in wrong_values(row)],
    )
    tried = [found for found in tried if found]
    assert len(tried) > 60 and len({found[0] for found in tried}) > 30
    for key, value, error, invalid, described, after in tried:
        assert error.startswith("must be") and invalid == "true" and described, (key, value)
        assert after == "", (key, value)
    assert web.bench("/settings") == before


def test_what_only_the_station_can_judge_is_told_at_its_field(open_page, web):
    page = open_page("settings")
    page.check("#everything")
    cases = {"TimezoneInfo": "Nowhere/Else", "MQTTHost": "not a host", "Latitude": "north", "Currency": "eur"}
    for key, value in cases.items():
        setting(page, key).fill(value)
        page.click("#savebar .main")
        wait_text(page, f"#s-{key}-error", r"\w")
        assert page.evaluate("document.activeElement.id") == "s-" + key
        press(page, "Discard")
        page.wait_for_selector("#savebar", state="hidden")


def test_installer_may_change_the_installer_maximum(open_page, web):
    page = open_page("settings", "installer")
    setting(page, "InstallerMax").fill("25")
    page.click("#savebar .main")
    page.wait_for_selector("#savebar", state="hidden")
    assert setting_value(web, "InstallerMax") == 25


def test_settings_are_backed_up_and_restored_after_a_look_at_what_changes(open_page, web):
    web.bench("/settings", {"MAX": 11, "MQTT PASS": "not to be seen"})
    page = open_page("station/backup", size="phone")
    with page.expect_download() as waiting:
        page.click("#backup")
    text = Path(waiting.value.path()).read_text()
    assert json.loads(text)["settings"]["MaxCurrent"] == 11 and "not to be seen" not in text
    web.bench("/settings", {"MAX": 16, "MQTT PASS": ""})

    def choose(content):
        upload(page, "#restore-file", "s.json", "application/json", content.encode())

    choose("{nothing")
    wait_text(page, "#restore-file-error", "no backup of settings")
    choose('{"format": "microEVSE settings", "version": 1, "settings": {"MaxCurrent": 99, "NoSuch": 1}}')
    wait_text(page, "#restore-errors", "MAX.*16 → 99.*must be from 6 to 80 A.*NoSuch.*unknown setting")
    # What only the station can judge is told by it.
    choose('{"format": "microEVSE settings", "version": 1, "settings": {"MIN": 14, "MAX": 13}}')
    confirm(page)
    wait_text(page, "#restore-errors", "must not be above MAX")
    assert setting_value(web, "MaxCurrent") == 16
    choose(text)
    wait_text(page, "#changes", "^MAX16 → 11$")
    press(page, "Cancel")
    page.wait_for_selector("dialog", state="detached")
    assert setting_value(web, "MaxCurrent") == 16
    choose(text)
    confirm(page)
    web.wait(lambda: setting_value(web, "MaxCurrent") == 11)
    wait_text(page, "#toast", "restored")
    choose(text)
    wait_text(page, "#toast", "Nothing would change")
