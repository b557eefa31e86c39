"""The menu by three buttons: opening, walking, leaving, what it refuses and what it commands."""

from menu_bench import COMMANDS, METER, START, Rig

from evse.core import ticks
from evse.services.buttons import LEFT, MIDDLE, RIGHT
from evse.settings import table

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


def test_help_begins_anew_at_every_item_and_runs_on_meanwhile():
    rig = Rig().open().hold(0, 5000)
    assert rig.menu.item_ms >= 5000
    rig.press(RIGHT)
    assert rig.menu.item_ms < 300 and rig.menu.help_text.startswith("Socket")


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
