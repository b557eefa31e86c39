"""The menu by three buttons that are pressed at random."""

import random

from menu_bench import COMMANDS, METER, Rig

from evse.services.buttons import LEFT, MIDDLE, RIGHT
from evse.settings import rules, table, values


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
