from evse.core import faults as f
from evse.core.faults import AUTO, OPEN, RESET, STOP, UNPLUG, Faults, active_codes, first_text
from evse.core.text_rows import rows

ROWS = rows(f.TABLE)

PUBLIC_CODES = (
    "no_power mains_meter_silent circuit_meter_silent ev_meter_silent temp_high residual_current "
    "residual_test no_diode pilot_short pilot_lost c1_welded c1_stuck_open c2_welded c2_stuck_open lock_jammed "
    "overcurrent duplicate_master master_silent storage internal"
).split()


def by_code(code):
    for index in range(len(ROWS)):
        if ROWS[index][0] == code:
            return index
    raise AssertionError(code)


def all_that_clear(how):
    return [index for index in range(len(ROWS)) if ROWS[index][3] == how]


def test_codes_and_texts_are_unique():
    assert len(ROWS) == f.COUNT
    assert len({row[0] for row in ROWS}) == len(ROWS)
    assert len({row[1] for row in ROWS}) == len(ROWS)


def test_every_public_code_is_there_and_no_other():
    assert sorted([row[0] for row in ROWS]) == sorted(PUBLIC_CODES)


def test_texts_are_for_a_user():
    for row in ROWS:
        assert row[1]
        assert row[1][0].isupper()


def test_names_lead_to_their_rows():
    for index, code in (
        (f.INTERNAL, "internal"),
        (f.RESIDUAL_TEST, "residual_test"),
        (f.RESIDUAL_CURRENT, "residual_current"),
        (f.C1_WELDED, "c1_welded"),
        (f.C2_WELDED, "c2_welded"),
        (f.C1_STUCK_OPEN, "c1_stuck_open"),
        (f.C2_STUCK_OPEN, "c2_stuck_open"),
        (f.NO_DIODE, "no_diode"),
        (f.PILOT_SHORT, "pilot_short"),
        (f.PILOT_LOST, "pilot_lost"),
        (f.LOCK_JAMMED, "lock_jammed"),
        (f.OVERCURRENT, "overcurrent"),
        (f.TEMP_HIGH, "temp_high"),
        (f.MAINS_METER_SILENT, "mains_meter_silent"),
        (f.CIRCUIT_METER_SILENT, "circuit_meter_silent"),
        (f.DUPLICATE_MASTER, "duplicate_master"),
        (f.MASTER_SILENT, "master_silent"),
        (f.EV_METER_SILENT, "ev_meter_silent"),
        (f.STORAGE, "storage"),
        (f.NO_POWER, "no_power"),
    ):
        assert ROWS[index][0] == code


def test_the_most_serious_come_first():
    order = {OPEN: 0, STOP: 1, f.INFO: 2, f.WAIT: 2}
    places = [order[row[2]] for row in ROWS]
    assert places == sorted(places)


def test_what_endangers_people_opens_at_once():
    for code in (
        "internal",
        "residual_test",
        "residual_current",
        "c1_welded",
        "c2_welded",
        "no_diode",
        "pilot_short",
        "pilot_lost",
    ):
        assert ROWS[by_code(code)][2] == OPEN


def test_the_masks_follow_the_table():
    faults = Faults()
    for index in range(len(ROWS)):
        bit = 1 << index
        assert bool(faults.open_mask & bit) == (ROWS[index][2] == OPEN)
        assert bool(faults.stop_mask & bit) == (ROWS[index][2] in (OPEN, STOP))


def test_every_fault_sets_and_shows():
    for index in range(len(ROWS)):
        faults = Faults()
        assert not faults.is_active(index)
        faults.report(index, True, 77)
        assert faults.is_active(index)
        assert faults.active == 1 << index
        assert faults.since_s[index] == 77
        assert active_codes(faults.active) == [ROWS[index][0]]
        assert first_text(faults.active) == ROWS[index][1]


def test_no_fault_shows_nothing():
    assert active_codes(0) == []
    assert first_text(0) == ""


def test_the_most_serious_text_is_shown():
    mask = (1 << f.NO_POWER) | (1 << f.PILOT_LOST) | (1 << f.TEMP_HIGH)
    assert active_codes(mask) == ["pilot_lost", "temp_high", "no_power"]
    assert first_text(mask) == ROWS[f.PILOT_LOST][1]


def test_auto_faults_clear_with_their_condition():
    for index in all_that_clear(AUTO):
        faults = Faults()
        faults.report(index, True, 1)
        faults.report(index, True, 2)
        assert faults.since_s[index] == 1
        faults.report(index, False, 3)
        assert faults.active == 0


def test_latched_faults_stay_when_their_condition_ends():
    for index in all_that_clear(UNPLUG) + all_that_clear(RESET):
        faults = Faults()
        faults.report(index, True, 1)
        faults.report(index, False, 2)
        assert faults.is_active(index)


def test_unplug_faults_clear_by_unplugging_or_reset():
    for index in all_that_clear(UNPLUG):
        for clear in (Faults.unplugged, Faults.reset):
            faults = Faults()
            faults.report(index, True, 1)
            clear(faults)
            assert faults.is_active(index), "its condition still holds"
            faults.report(index, False, 2)
            clear(faults)
            assert faults.active == 0


def test_reset_faults_do_not_clear_by_unplugging():
    assert all_that_clear(RESET)
    for index in all_that_clear(RESET):
        faults = Faults()
        faults.report(index, True, 1)
        faults.report(index, False, 2)
        faults.unplugged()
        assert faults.is_active(index)
        faults.reset()
        assert faults.active == 0


def test_reset_leaves_what_is_still_wrong():
    for index in range(len(ROWS)):
        faults = Faults()
        faults.report(index, True, 1)
        faults.reset()
        assert faults.is_active(index)


def test_a_fault_that_comes_back_has_a_new_time():
    faults = Faults()
    faults.report(f.TEMP_HIGH, True, 10)
    faults.report(f.TEMP_HIGH, False, 20)
    faults.report(f.TEMP_HIGH, True, 30)
    assert faults.since_s[f.TEMP_HIGH] == 30


def test_changes_count_setting_and_clearing():
    faults = Faults()
    faults.report(f.TEMP_HIGH, False, 1)
    assert faults.changes == 0
    faults.report(f.TEMP_HIGH, True, 1)
    faults.report(f.TEMP_HIGH, True, 2)
    assert faults.changes == 1
    faults.report(f.TEMP_HIGH, False, 3)
    faults.report(f.TEMP_HIGH, False, 4)
    assert faults.changes == 2
