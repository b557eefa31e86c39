"""The menu by three buttons: opening, walking, changing, leaving; and what the buttons do beside it."""

import random

from menu_bench import Rig

from evse.services.buttons import LEFT, MIDDLE, RIGHT
from evse.services.menu import stepped
from evse.settings import menu_rows, rules, table, values

COMMANDS = ["METER", "UNLOCK", "RESTART", "EXIT"]
METER = "Eastron3P"


def row_of(label):
    return table.get(label)


# Opening and leaving


def test_the_middle_button_opens_the_menu_after_two_seconds():
    rig = Rig().hold(MIDDLE, 1900).hold(0, 100)
    assert rig.shown is None
    rig.hold(MIDDLE, 2100)
    assert rig.shown == ("MODE", "Normal", "")
    # The press that opened it changes nothing in it, however long it is held.
    rig.hold(MIDDLE, 5000).hold(0, 100)
    assert rig.shown == ("MODE", "Normal", "") and not rig.menu.editing


def test_exit_saves_all_changes_together_and_clears_errors_and_delays():
    rig = Rig().open().choose("MAX", "16 A").choose("CONFIG", "Fixed")
    assert rig.saves == [] and rig.settings.get("MaxCurrent") == 13
    rig.exit()
    assert rig.shown is None
    assert rig.saves == [{"MaxCurrent": 16, "Config": "Fixed"}]
    assert rig.settings.get("MaxCurrent") == 16 and rig.settings.get("Config") == 1
    assert rig.words == [["reset_fault"]] and rig.station.skipped == 1


def test_exit_without_changes_saves_nothing():
    rig = Rig().open().choose("MAX", "14 A").press(MIDDLE, LEFT, MIDDLE).exit()
    assert rig.shown is None and rig.saves == []


def test_the_button_that_leaves_the_menu_does_not_open_it_again():
    rig = Rig().open().go("EXIT").hold(MIDDLE, 8000)
    assert rig.shown is None
    rig.hold(0, 100).open()


def test_time_out_leaves_everything_as_it_was():
    rig = Rig()
    before = rig.stored()
    rig.open().choose("MAX", "16 A").hold(0, 119700)
    assert rig.shown == ("MAX", "16 A", "")
    rig.hold(0, 400)
    assert rig.shown is None and rig.saves == [] and rig.stored() == before and rig.words == []
    assert rig.open().go("MAX").menu.value == "13 A"


def test_a_button_that_is_stuck_does_not_keep_the_menu_open():
    rig = Rig().open().go("MAX").press(MIDDLE).hold(RIGHT, 121000)
    assert rig.shown is None and rig.saves == []


def test_the_time_out_is_due_when_the_task_says():
    rig = Rig().open()
    left_ms = rig.task.next_due_ms(ticks_of(rig))
    assert 119000 < left_ms < 120000
    rig.board.mask = LEFT
    rig.hold(LEFT, 40)
    assert rig.task.next_due_ms(ticks_of(rig)) == 0
    rig.hold(0, 130000)
    assert rig.shown is None and rig.task.next_due_ms(ticks_of(rig)) == -1


def ticks_of(rig):
    from menu_bench import START

    from evse.core import ticks

    return ticks.add(START, rig.ms)


# Walking


def test_a_fresh_station_shows_what_needs_no_meter():
    labels = Rig().open().labels()
    assert labels[:6] == ["MODE", "CONFIG", "LOCK", "MAINS MET", "EV METER", "MAX"]
    assert labels[-4:] == COMMANDS
    for hidden in ("MAINS", "MIN", "CAPACITY", "START", "PWR SHARE", "APP PIN", "INTERVALS", "NAME"):
        assert hidden not in labels, hidden


def test_items_come_in_the_order_of_the_table_and_backwards_the_other_way_round():
    rig = Rig(MAINS_MET=METER, MODE="Solar", EV_METER="Custom").open()
    labels = rig.labels()
    order = [row.label for row in table.rows()]
    places = [order.index(label) for label in labels[:-4]]
    assert places == sorted(places) and len(set(labels)) == len(labels)
    shown = [
        row.label
        for row in table.rows()
        if row.kind in (table.INT, table.CHOICE) and not row.fixed and table.visible(row, rig.settings)
    ]
    assert labels[:-4] == shown and "ENE DIVI" in shown and "IMPORT" in shown
    back = [rig.menu.label]
    while len(back) < len(labels):
        rig.press(LEFT)
        back.append(rig.menu.label)
    assert back[1:] == labels[:0:-1]


def test_what_a_change_makes_visible_appears_at_once():
    rig = Rig().open().choose("MAINS MET", METER)
    assert rig.settings.get("MainsMeter") == 0
    rig.press(RIGHT)
    assert rig.shown == ("MAINS ADR", "10 (0A)", "")
    labels = rig.labels()
    for label in ("MAINS TMO", "MAINS", "MIN", "CAP MODE", "CAPACITY"):
        assert label in labels
    rig.go("MODE").choose("MODE", "Solar")
    assert {"START", "STOP", "IMPORT", "CONTACT 2", "CIRCT MET"} <= set(rig.labels())
    rig.choose("CONFIG", "Fixed")
    assert "LOCK" not in rig.labels()


def test_holding_an_arrow_walks_on():
    rig = Rig().open().hold(RIGHT, 1500).hold(0, 100)
    assert rig.menu.label == rig.labels()[0] == "EV METER"


# Values


def test_values_are_written_as_in_the_reference():
    for label, value, text in (
        ("MAX", 13, "13 A"),
        ("START", 4, "-4 A"),
        ("START", 0, "0 A"),
        ("STOP", 0, "Disabled"),
        ("STOP", 10, "10 min"),
        ("CAPACITY", 0, "Disabled"),
        ("CAP STOP", 5, "5 min"),
        ("MAINS ADR", 247, "247 (F7)"),
        ("EV ADDR", 12, "12 (0C)"),
        ("VOL DIVI", 3, "1000"),
        ("VOL REGI", 258, "258 (102)"),
        ("MAX TEMP", 65, "65 °C"),
        ("LCD PIN", 42, "0042"),
        ("FUNCTION", 4, "4:Input Reg"),
        ("MODE", 2, "Solar"),
        ("BRIGHT", 120, "120"),
    ):
        assert menu_rows.text(row_of(label), value) == text, label


def test_numbers_go_around_with_a_new_press_only():
    row = row_of("MAX")
    assert stepped(row, 6, True, 0) == 7 and stepped(row, 7, False, 3) == 6
    assert stepped(row, 80, True, 0) == 6 and stepped(row, 6, False, 0) == 80
    assert stepped(row, 80, True, 1) == 80 and stepped(row, 6, False, 1) == 6


def test_between_off_and_the_range_is_nothing():
    row = row_of("CAPACITY")
    assert stepped(row, 0, True, 0) == 10 and stepped(row, 10, False, 0) == 0
    assert stepped(row, 0, False, 0) == 600 and stepped(row, 600, True, 0) == 0
    assert stepped(row, 20, False, 25) == 10 and stepped(row, 10, False, 25) == 0


def test_steps_of_the_table_are_kept():
    row = row_of("BRIGHT")
    assert stepped(row, 120, True, 0) == 135 and stepped(row, 0, False, 0) == 255
    assert stepped(row, 255, True, 0) == 0


def test_every_number_stays_in_its_range_and_is_reached():
    for row in table.rows():
        if row.kind == table.INT:
            for value in (row.minimum, (row.minimum + row.maximum) // 2, row.maximum):
                for forward in (False, True):
                    for repeats in (0, 1, 19, 20, 50, 80, 1000):
                        new = stepped(row, value, forward, repeats)
                        assert values.is_valid(row, new), (row.key, value, new)
    row = row_of("VOL REGI")
    value = repeats = 0
    while value < row.maximum:
        value = stepped(row, value, True, repeats)
        repeats += 1
    assert repeats < 150
    # Single presses after it reach every one.
    assert stepped(row, 60000, True, 0) == 60001 and stepped(row, 60000, False, 1) == 59999


def test_a_held_button_changes_a_value_faster_and_faster():
    rig = Rig(MAINS_MET=METER).open().go("MAINS").press(MIDDLE)
    seen = []
    for _ in range(3):
        before = int(rig.menu.value.split()[0])
        rig.hold(RIGHT, 1500)
        seen.append(int(rig.menu.value.split()[0]) - before)
    assert seen[0] < seen[1] < seen[2], seen
    rig.hold(RIGHT, 20000).hold(0, 100)
    assert rig.menu.value == "200 A"


def test_choices_that_cannot_be_carried_out_are_left_out():
    rig = Rig().open().go("EV METER").press(MIDDLE)
    seen = []
    for _ in range(30):
        seen.append(rig.menu.value)
        rig.press(RIGHT)
    assert "Sensorbox" not in seen and "Unused 4" not in seen and "Eastron3P" in seen


def test_with_a_card_reader_only_push_buttons_are_offered():
    def offered(rig):
        rig.open().go("SWITCH").press(MIDDLE)
        seen = []
        while rig.menu.value not in seen:
            seen.append(rig.menu.value)
            rig.press(RIGHT)
        return seen

    assert {"Access B", "Access S", "Sma-Sol S", "Grid Relay", "Custom S"} <= set(offered(Rig()))
    seen = offered(Rig(RFID="EnableAll"))
    assert "Access B" in seen and not {"Access S", "Sma-Sol S", "Custom S"} & set(seen)


def test_a_pin_is_set_digit_by_digit():
    rig = Rig().open().go("LCD PIN").press(MIDDLE)
    assert rig.menu.cursor == 0 and rig.menu.editing
    rig.press(LEFT, RIGHT, LEFT, LEFT, RIGHT, RIGHT, LEFT, LEFT, LEFT)
    assert rig.menu.value == "1203" and rig.menu.cursor == 3
    rig.press(RIGHT)
    assert rig.menu.cursor == 0
    for _ in range(9):
        rig.press(LEFT)
    assert rig.menu.value == "0203"
    rig.press(MIDDLE)
    assert rig.menu.cursor == -1
    rig.exit()
    assert rig.settings.get("LCDPin") == 203


def test_a_pin_keeps_others_out_of_the_menu():
    rig = Rig(LCD_PIN=203).open()
    assert rig.shown == ("PIN", "0000", "")
    rig.press(MIDDLE)
    assert rig.shown == ("PIN", "0000", "Wrong PIN")
    rig.press(RIGHT, LEFT, LEFT, RIGHT, RIGHT, LEFT, LEFT, MIDDLE)
    assert rig.shown == ("PIN", "0000", "Wrong PIN")
    rig.press(RIGHT, LEFT, LEFT, RIGHT, RIGHT, LEFT, LEFT, LEFT)
    assert rig.shown == ("PIN", "0203", "")
    rig.press(MIDDLE)
    assert rig.shown == ("MODE", "Normal", "")
    rig.choose("MAX", "14 A").exit()
    assert rig.saves == [{"MaxCurrent": 14}]


def test_the_limit_of_the_installer_is_shown_and_not_changed():
    rig = Rig().open().go("INST MAX").press(MIDDLE)
    assert rig.shown == ("INST MAX", "32 A", "Must be changed by the installer") and not rig.menu.editing
    rig.press(RIGHT)
    assert rig.menu.label == "STAT MIN" and rig.menu.note == ""


# Refusals


def test_a_refused_rule_says_why_and_saves_nothing():
    rig = Rig().open().choose("MODE", "Smart").choose("MAX", "16 A").exit()
    assert rig.shown == ("MODE", "Smart", "Smart and Solar need a mains meter")
    assert rig.saves == [] and rig.settings.get("MaxCurrent") == 13
    rig.press(RIGHT)
    assert rig.menu.note == ""
    rig.choose("MAINS MET", METER).exit()
    assert rig.shown is None
    assert rig.settings.get("Mode") == 1 and rig.settings.get("MaxCurrent") == 16


def test_the_reason_is_told_where_the_item_is_hidden():
    rig = Rig(MAINS_MET=METER, CIRCT_MET="ABB").open().choose("MAINS ADR", "13 (0D)").exit()
    assert rig.menu.label == "EXIT" and rig.menu.note.startswith("CIRCT ADR: must differ")
    assert rig.saves == []


def test_others_may_change_settings_meanwhile():
    rig = Rig().open().choose("MAX", "14 A")
    rig.settings.change({"MAX": 20, "maxTemp": 50})
    rig.exit()
    assert rig.settings.get("MaxCurrent") == 14 and rig.settings.get("maxTemp") == 50


# Commands


def test_a_command_wants_a_yes():
    rig = Rig().open().go("UNLOCK")
    assert rig.menu.value == ""
    rig.press(MIDDLE)
    assert rig.menu.value == "No" and rig.menu.editing
    rig.press(MIDDLE)
    assert rig.words == [] and rig.shown == ("UNLOCK", "", "")
    rig.press(MIDDLE, RIGHT)
    assert rig.menu.value == "Yes"
    rig.press(MIDDLE)
    assert rig.words == [["unlock_cable"]] and rig.shown is None


def test_a_command_that_is_refused_says_why():
    rig = Rig().open().go("UNLOCK").press(MIDDLE, LEFT)
    rig.refusal = "the cable is fixed"
    rig.press(MIDDLE)
    assert rig.shown == ("UNLOCK", "", "the cable is fixed")


def test_a_command_loses_no_changes():
    rig = Rig().open().choose("MAX", "14 A").go("RESTART").press(MIDDLE, RIGHT, MIDDLE)
    assert rig.shown == ("RESTART", "", "Save by EXIT first") and rig.words == []


# Beside the menu


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


def test_help_begins_anew_at_every_item_and_runs_on_meanwhile():
    rig = Rig().open().hold(0, 5000)
    assert rig.menu.item_ms >= 5000
    rig.press(RIGHT)
    assert rig.menu.item_ms < 300 and rig.menu.help_text.startswith("Socket")


def test_cards_are_learned_only_while_the_menu_shows_that():
    rig = Rig().open().go("RFID").press(MIDDLE, RIGHT, RIGHT)
    assert rig.menu.value == "EnableOne" and rig.gate.mode == -1
    rig.press(RIGHT)
    assert rig.menu.value == "Learn" and rig.gate.mode == 3 and rig.settings.get("RFIDReader") == 0
    rig.press(RIGHT)
    assert rig.gate.mode == 4
    rig.press(MIDDLE).hold(0, 1000)
    assert rig.gate.mode == 4
    rig.press(RIGHT)
    assert rig.gate.mode == -1
    rig.press(LEFT)
    assert rig.gate.mode == 4
    rig.hold(0, 121000)
    assert rig.shown is None and rig.gate.mode == -1 and rig.saves == []


# Anything


def check_valid(rig):
    stored = rig.stored()
    for key in stored:
        assert values.is_valid(table.get(key), stored[key]), key
    rules.check(rig.settings.get)


def press_at_random(rig, count):
    for _ in range(count):
        choice = random.randrange(20)
        if choice == 0:
            rig.hold(random.choice((LEFT, MIDDLE, RIGHT, LEFT | RIGHT)), random.randrange(20, 6000, 20))
        elif choice < 4:
            rig.hold(MIDDLE, 60)
        else:
            rig.hold(random.choice((LEFT, RIGHT)), random.choice((20, 60, 60, 60, 600)))
        rig.hold(0, random.choice((20, 40, 60)))
    rig.hold(0, 100)


def test_random_presses_never_leave_settings_that_break_a_rule():
    saved = refused = 0
    for seed in range(12):
        random.seed(seed)
        rig = Rig(**random.choice(({}, {"MAINS_MET": METER, "MODE": "Smart"}, {"MAINS_MET": "Custom"})))
        for _ in range(6):
            if rig.shown is None:
                rig.open()
            press_at_random(rig, 60)
            check_valid(rig)
            if rig.shown and rig.menu.label == "PIN":
                # Nobody knows it any more.
                rig.hold(0, 121000)
                assert rig.shown is None
            rig.settings.put("LCDPin", 0)
            if rig.shown:
                while rig.menu.editing:
                    rig.press(MIDDLE)
                before = rig.stored()
                rig.exit()
                refused += rig.shown is not None
                if rig.shown is not None:
                    assert rig.menu.note and rig.stored() == before
            check_valid(rig)
            assert rig.settings.get("InstallerMax") == 32
        saved += len(rig.saves)
    assert saved > 10 and refused > 0


def test_random_presses_and_a_time_out_leave_all_as_it_was():
    for seed in range(10):
        random.seed(100 + seed)
        rig = Rig(MAINS_MET=METER, MODE="Smart").open()
        before = rig.stored()
        for _ in range(60):
            if rig.menu.label in COMMANDS:
                rig.press(LEFT if rig.menu.editing else RIGHT)
            else:
                press_at_random(rig, 1)
                if rig.shown is None:
                    break
        if rig.saves or rig.words:
            # Left on the way.
            continue
        rig.hold(0, 121000)
        assert rig.shown is None and rig.saves == [] and rig.stored() == before
