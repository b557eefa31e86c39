"""Who may charge when, and at what price: modes, opening hours, conditions, summer time."""

from evse.services import access_texts as tx
from evse.services.access_modes import LIMITED, PRIVATE, PUBLIC
from evse.services.access_rules import Rules, is_same_card
from evse.settings.timezone import Zone

OWNER = "0A0A0A0A"
INSTALLER = "0B0B0B0B"
DRIVER = "0C0C0C0C"
LISTED = "0D0D0D0D"
STRANGER = "0E0E0E0E"
PEOPLE = {
    "olga": [2, 0, "", "", [OWNER]],
    "ivan": [3, 0, "", "", [INSTALLER]],
    "anna": [1, 0, "", "", [DRIVER]],
}
ZURICH = "CET-1CEST,M3.5.0,M10.5.0/3"
# 2024-01-01 was a Monday.
MONDAY_S = 1704067200
EVERY_DAY = 127
WEEKDAYS = 31
DAY_S = 86400


def at(day: int, clock: str) -> int:
    """Return the local time of a weekday, Monday being 0."""
    return MONDAY_S + day * DAY_S + int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + int(clock[6:] or 0)


def minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def window(days, begin, end, mode=LIMITED, price_kwh=None, price_hour=None) -> list:
    return [days, minute(begin), minute(end), mode, price_kwh, price_hour]


def rules(mode=LIMITED, *windows) -> Rules:
    table = Rules()
    table.mode = mode
    table.prices = (300, 0)
    table.hours = bool(windows)
    table.windows = list(windows)
    table.people = PEOPLE
    return table


def is_listed(card: str) -> bool:
    return card == LISTED


def allowed(table, card, local_s=MONDAY_S) -> bool:
    return table.refusal(card, is_listed, local_s) == 0


def test_three_modes_and_three_kinds_of_people():
    for mode, stranger, special, owner in (
        (PUBLIC, True, True, True),
        (LIMITED, False, True, True),
        (PRIVATE, False, False, True),
    ):
        table = rules(mode)
        assert allowed(table, STRANGER) == stranger, mode
        assert allowed(table, DRIVER) == allowed(table, LISTED) == special, mode
        assert allowed(table, OWNER) == allowed(table, INSTALLER) == owner, mode


def test_a_refusal_says_why():
    assert rules(LIMITED).refusal(STRANGER, is_listed, MONDAY_S) == tx.INVALID
    assert rules(PRIVATE).refusal(DRIVER, is_listed, MONDAY_S) == tx.PRIVATE_NOW
    table = rules(PUBLIC)
    table.conditions["anna"] = [None, None, [[1, 480, 1080]]]
    assert table.refusal(DRIVER, is_listed, at(1, "10:00")) == tx.OUT_OF_TIMES
    assert table.refusal(DRIVER, is_listed, 0) == tx.TIME_UNKNOWN


def test_the_list_is_read_only_where_it_decides():
    def unreadable(_card):
        raise OSError(5)

    for mode, card in ((PUBLIC, STRANGER), (LIMITED, DRIVER), (PRIVATE, OWNER)):
        assert rules(mode).refusal(card, unreadable, MONDAY_S) == 0


def test_a_window_begins_and_ends_with_the_minute():
    table = rules(PRIVATE, window(WEEKDAYS, "08:00", "18:00", PUBLIC))
    for clock, expected in (
        ("07:59:59", PRIVATE),
        ("08:00:00", PUBLIC),
        ("17:59:59", PUBLIC),
        ("18:00:00", PRIVATE),
    ):
        assert table.mode_at(at(0, clock)) == expected, clock
    assert table.mode_at(at(4, "12:00")) == PUBLIC and table.mode_at(at(5, "12:00")) == PRIVATE


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins():
    friday = rules(LIMITED, window(1 << 4, "22:00", "06:00", PUBLIC))
    for day, clock, expected in (
        (4, "05:59", LIMITED),
        (4, "21:59", LIMITED),
        (4, "22:00", PUBLIC),
        (5, "05:59", PUBLIC),
        (5, "06:00", LIMITED),
        (5, "22:00", LIMITED),
    ):
        assert friday.mode_at(at(day, clock)) == expected, (day, clock)
    # From Sunday into Monday.
    sunday = rules(LIMITED, window(1 << 6, "22:00", "06:00", PUBLIC))
    assert sunday.mode_at(at(7, "05:59")) == PUBLIC and sunday.mode_at(at(8, "05:59")) == LIMITED
    # The same time twice is a whole day, and so is the end of the day.
    for end in ("00:00", "24:00"):
        whole = rules(LIMITED, window(1, "00:00", end, PUBLIC))
        assert whole.mode_at(at(0, "00:00")) == whole.mode_at(at(0, "23:59")) == PUBLIC
        assert whole.mode_at(at(1, "00:00")) == LIMITED


def test_the_later_entry_wins():
    wide = window(EVERY_DAY, "00:00", "24:00", PUBLIC, 500, 10)
    narrow = window(EVERY_DAY, "12:00", "13:00", PRIVATE, 100)
    table = rules(LIMITED, wide, narrow)
    assert table.mode_at(at(0, "12:30")) == PRIVATE and table.mode_at(at(0, "13:00")) == PUBLIC
    # Of the window that counts, and of the station where it says nothing.
    assert table.prices_of("", at(0, "12:30")) == (100, 0) and table.prices_of("", at(0, "13:00")) == (
        500,
        10,
    )
    assert rules(LIMITED, narrow, wide).mode_at(at(0, "12:30")) == PUBLIC


def test_switched_off_hours_do_nothing():
    table = rules(PRIVATE, window(EVERY_DAY, "00:00", "24:00", PUBLIC, 1, 1))
    table.hours = False
    assert table.mode_at(at(0, "12:00")) == PRIVATE and table.prices_of("", at(0, "12:00")) == (300, 0)


def test_while_the_time_is_unknown_the_strictest_mode_counts():
    table = rules(PUBLIC, window(1, "08:00", "09:00", LIMITED), window(2, "08:00", "09:00", PUBLIC, 1))
    assert table.mode_at(0) == LIMITED and table.prices_of("", 0) == (300, 0)
    table.hours = False
    assert table.mode_at(0) == PUBLIC


def test_employees_in_the_week_and_everybody_at_the_weekend():
    # Their price in working hours, when nobody else may charge; in the evening and at the weekend the public one.
    table = rules(PUBLIC, window(WEEKDAYS, "08:00", "18:00", LIMITED, 1000))
    table.prices = (2000, 0)
    assert allowed(table, DRIVER, at(0, "10:00")) and table.prices_of(DRIVER, at(0, "10:00")) == (1000, 0)
    assert not allowed(table, STRANGER, at(0, "10:00"))
    assert allowed(table, STRANGER, at(5, "10:00")) and table.prices_of(STRANGER, at(5, "10:00")) == (2000, 0)
    assert allowed(table, STRANGER, at(0, "18:00"))


def test_what_is_agreed_with_somebody_beats_what_holds_for_all():
    table = rules(PUBLIC, window(EVERY_DAY, "00:00", "24:00", PUBLIC, 500, 60))
    table.conditions["anna"] = [700, None, [[WEEKDAYS, 480, 1080], [1 << 5, 1320, 120]]]
    # Dearer as well, and each price by itself.
    assert table.prices_of(DRIVER, at(0, "10:00")) == (700, 60)
    assert table.prices_of(STRANGER, at(0, "10:00")) == (500, 60)
    table.conditions["anna"][0] = 0
    assert table.prices_of(DRIVER, at(0, "10:00")) == (0, 60)
    # Outside the own times not even where everybody may.
    for day, clock, may in (
        (0, "07:59", False),
        (0, "08:00", True),
        (0, "17:59", True),
        (0, "18:00", False),
        (5, "10:00", False),
        (5, "22:00", True),
        (6, "01:59", True),
        (6, "02:00", False),
    ):
        assert allowed(table, DRIVER, at(day, clock)) == may, (day, clock)
    assert allowed(table, STRANGER, at(0, "20:00"))
    # Own times open nothing that is private.
    table.mode = PRIVATE
    table.hours = False
    assert not allowed(table, DRIVER, at(0, "10:00"))


def test_owners_may_have_conditions_as_well():
    table = rules(PRIVATE)
    table.conditions["olga"] = [100, 0, [[1, 480, 1080]]]
    assert allowed(table, OWNER, at(0, "10:00")) and not allowed(table, OWNER, at(1, "10:00"))
    assert allowed(table, INSTALLER, at(1, "10:00")) and table.prices_of(OWNER, MONDAY_S) == (100, 0)


def modes_by_utc(begin_utc_s: int, minutes: int, table: Rules) -> list:
    """Return (UTC minutes from the begin, mode) of every change, by the clock of Zurich."""
    zone = Zone(ZURICH)
    found = []
    for number in range(minutes):
        unix_s = begin_utc_s + number * 60
        mode = table.mode_at(unix_s + zone.offset_s(unix_s))
        if not found or found[-1][1] != mode:
            found.append((number, mode))
    return found


def test_the_day_that_has_23_hours():
    # 2024-03-31, 01:00 UTC: after 01:59 comes 03:00. The night from Saturday is an hour shorter.
    begin_s = 1711839600  # 2024-03-30 23:00 UTC, local midnight
    night = rules(LIMITED, window(1 << 5, "22:00", "06:00", PUBLIC))
    assert modes_by_utc(begin_s - 3 * 3600, 600, night) == [(0, LIMITED), (60, PUBLIC), (60 + 420, LIMITED)]
    # What lies in the hour that is left out does not come, what reaches over it is shorter.
    missing = rules(LIMITED, window(1 << 6, "02:00", "03:00", PUBLIC))
    assert modes_by_utc(begin_s, 600, missing) == [(0, LIMITED)]
    over = rules(LIMITED, window(1 << 6, "01:30", "03:30", PUBLIC))
    assert modes_by_utc(begin_s, 600, over) == [(0, LIMITED), (90, PUBLIC), (150, LIMITED)]


def test_the_day_that_has_25_hours():
    # 2024-10-27, 01:00 UTC: after 02:59 comes 02:00 again.
    begin_s = 1729980000  # 2024-10-26 22:00 UTC, local midnight
    twice = rules(LIMITED, window(1 << 6, "02:30", "03:00", PUBLIC))
    assert modes_by_utc(begin_s, 600, twice) == [
        (0, LIMITED),
        (150, PUBLIC),
        (180, LIMITED),
        (210, PUBLIC),
        (240, LIMITED),
    ]
    night = rules(LIMITED, window(1 << 5, "22:00", "06:00", PUBLIC))
    assert modes_by_utc(begin_s - 3 * 3600, 900, night) == [(0, LIMITED), (60, PUBLIC), (600, LIMITED)]
    day = rules(LIMITED, window(1 << 6, "08:00", "18:00", PUBLIC))
    assert modes_by_utc(begin_s, 1500, day) == [(0, LIMITED), (540, PUBLIC), (1140, LIMITED)]


def test_prices_are_known_when_somebody_set_one():
    table = rules(LIMITED, window(1, "08:00", "09:00", LIMITED))
    assert table.has_prices()
    table.prices = (0, 0)
    assert not table.has_prices()
    table.windows.append(window(1, "08:00", "09:00", LIMITED, None, 0))
    assert table.has_prices()
    table.hours = False
    assert not table.has_prices()
    table.conditions["anna"] = [None, None, []]
    assert not table.has_prices()
    table.conditions["anna"] = [0, None, []]
    assert table.has_prices()


def test_a_card_of_four_bytes_may_be_written_with_zeros_behind_it():
    assert is_same_card("DEADBEEF000000", "DEADBEEF") and is_same_card("DEADBEEF0000", "DEADBEEF")
    assert is_same_card("DEADBEEF", "DEADBEEF")
    assert not is_same_card("DEADBEEF000001", "DEADBEEF") and not is_same_card("DEADBEEF00", "DEADBEEF")
    assert not is_same_card("DEADBEEF", "DEADBEEF000000")
