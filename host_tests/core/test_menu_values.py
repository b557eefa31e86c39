"""The menu by three buttons: how values are shown and changed, and the PIN."""

from menu_bench import METER, Rig

from evse.services.buttons import LEFT, MIDDLE, RIGHT
from evse.services.menu import stepped
from evse.settings import menu_rows, table, values


def row_of(label):
    return table.get(label)


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
