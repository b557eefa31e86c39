"""What the three buttons do beside the menu."""

from menu_bench import METER, Rig

from evse.services.buttons import LEFT, MIDDLE, RIGHT


def test_left_swaps_smart_and_solar_and_does_nothing_in_normal():
    rig = Rig().press(LEFT)
    assert rig.saves == []
    rig = Rig(MAINS_MET=METER, MODE="Smart").press(LEFT)
    assert rig.saves == [{"MODE": "Solar"}] and rig.settings.get("Mode") == 2
    rig.press(LEFT)
    assert rig.settings.get("Mode") == 1


def test_long_left_closes_access_and_long_right_opens_it():
    rig = Rig(MAINS_MET=METER, MODE="Smart").hold(LEFT, 2500).hold(0, 100)
    assert rig.words == [["access", "off"]] and rig.saves == []
    rig.hold(RIGHT, 2500).hold(0, 100)
    assert len(rig.words) == 1
    rig.station.charger.access = 0
    rig.hold(RIGHT, 1500).hold(0, 100)
    assert len(rig.words) == 1
    rig.hold(RIGHT, 2500).hold(0, 100)
    assert rig.words[1:] == [["access", "on"]]


def test_no_button_allows_what_needs_a_card():
    for settings in ({"RFID": "EnableAll"}, {"AUTH": "RFID"}):
        rig = Rig(**settings)
        rig.station.charger.access = 0
        rig.hold(0, 40).hold(RIGHT, 2500).hold(0, 100)
        assert rig.words == [], settings


def test_left_and_right_set_the_displays_up_anew_also_in_the_menu():
    rig = Rig(MAINS_MET=METER, MODE="Smart").hold(0, 40)
    rig.hold(LEFT, 60).hold(LEFT | RIGHT, 3000).hold(0, 100)
    assert rig.screens.restarts == 1 and rig.saves == [] and rig.words == []
    rig.open().hold(LEFT | RIGHT, 300).hold(0, 100)
    assert rig.screens.restarts == 2 and rig.shown == ("MODE", "Smart", "")


def test_middle_and_right_at_power_up_lock_the_buttons_and_release_them():
    rig = Rig().hold(MIDDLE | RIGHT, 3000).hold(0, 100)
    assert rig.settings.get("LCDlock") == 1
    rig.hold(MIDDLE, 3000).hold(0, 100).hold(LEFT, 2500).hold(0, 100)
    assert rig.shown is None and rig.words == []
    # Not later: only at power-up.
    rig.hold(MIDDLE | RIGHT, 3000).hold(0, 100)
    assert rig.settings.get("LCDlock") == 1
    again = Rig()
    again.settings.put("LCDlock", 1)
    again.hold(MIDDLE, 60).hold(MIDDLE | RIGHT, 300).hold(0, 100)
    assert again.settings.get("LCDlock") == 0
    again.open()
