"""Local time by POSIX time zones, against moments known from the zone data (host_tests/services compares them all)."""

from evse.services.wall_clock import WallClock
from evse.settings import zones
from evse.settings.timezone import Zone

# Zone, moment of a change, offset before and from then on.
CHANGES = (
    ("CET-1CEST,M3.5.0,M10.5.0/3", 1774746000, 3600, 7200),  # 2026-03-29 01:00 UTC
    ("CET-1CEST,M3.5.0,M10.5.0/3", 1792890000, 7200, 3600),  # 2026-10-25 01:00 UTC
    ("EST5EDT,M3.2.0,M11.1.0", 1772953200, -18000, -14400),  # 2026-03-08 07:00 UTC
    ("EST5EDT,M3.2.0,M11.1.0", 1793512800, -14400, -18000),  # 2026-11-01 06:00 UTC
    # In the south summer goes over the new year.
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1775318400, 39600, 36000),  # 2026-04-04 16:00 UTC
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1791043200, 36000, 39600),  # 2026-10-03 16:00 UTC
    # Half an hour of summer time.
    ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1775314800, 39600, 37800),  # 2026-04-04 15:00 UTC
    # Winter time is what differs from standard time.
    ("IST-1GMT0,M10.5.0,M3.5.0/1", 1774746000, 0, 3600),
    ("IST-1GMT0,M10.5.0,M3.5.0/1", 1792890000, 3600, 0),
    # The day before the last Sunday at 22:00, written as two hours before its midnight.
    ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1774746000, -7200, -3600),
    # Fifty hours after a Thursday.
    ("EET-2EEST,M3.4.4/50,M10.4.4/50", 1774656000, 7200, 10800),  # 2026-03-28 00:00 UTC
    # Day 60 of a year is the first of March with J, whether there is a leap day or not.
    ("AAA0BBB,J60/0,J300", 1709251200, 0, 3600),  # 2024-03-01
    ("AAA0BBB,J60/0,J300", 1740787200, 0, 3600),  # 2025-03-01
    # Without J the leap day counts: day 59 is that of 2024, and the first of March in 2025.
    ("AAA0BBB,59/0,300", 1709164800, 0, 3600),  # 2024-02-29
    ("AAA0BBB,59/0,300", 1740787200, 0, 3600),
    # Seconds of an offset, and summer time by two hours.
    ("AAA1:02:03BBB-0:57:57,M3.1.0/0,M9.1.0/0", 1772326923, -3723, 3477),  # 2026-03-01 00:00 local
    # Before the year begins: the first of January, less 24 hours.
    ("AAA0BBB,0/-24,J180", 1767139200, 0, 3600),  # 2025-12-31
)


def test_changes_to_the_second():
    for text, moment_s, before_s, after_s in CHANGES:
        zone = Zone(text)
        for _ in range(2):
            assert zone.offset_s(moment_s - 1) == before_s, text
            assert zone.offset_s(moment_s) == after_s, text
            assert zone.offset_s(moment_s + 1) == after_s, text


def test_zones_without_summer_time():
    for text, offset_s in (("UTC0", 0), ("IST-5:30", 19800), ("<+0545>-5:45", 20700), ("<-03>3", -10800)):
        zone = Zone(text)
        assert zone.standard_s == zone.summer_s == offset_s
        for unix_s in (0, 1, 1790000000, 4102444799):
            assert zone.offset_s(unix_s) == offset_s


def test_summer_time_that_never_ends():
    zone = Zone("XXX3EDT4,0/0,J365/23")
    for unix_s in range(1767225600 - 200000, 1767225600 + 200000, 1800):
        assert zone.offset_s(unix_s) == -14400, unix_s


def test_the_answer_does_not_depend_on_what_was_asked_before():
    zone = Zone("CET-1CEST,M3.5.0,M10.5.0/3")
    moments = [1767225600 + 86400 * 37 * index for index in range(120)]
    forward = [zone.offset_s(moment) for moment in moments]
    assert [zone.offset_s(moment) for moment in reversed(moments)] == list(reversed(forward))
    assert [Zone("CET-1CEST,M3.5.0,M10.5.0/3").offset_s(moment) for moment in moments] == forward


def test_local_times_become_moments():
    zone = Zone("CET-1CEST,M3.5.0,M10.5.0/3")
    # 2026-07-01 12:00 and 2026-12-01 12:00.
    assert zone.unix_s(1782907200) == 1782907200 - 7200
    assert zone.unix_s(1796126400) == 1796126400 - 3600
    # 02:30 on 2026-10-25 comes twice: the first counts.
    assert zone.unix_s(1792895400) == 1792895400 - 7200
    # 02:30 on 2026-03-29 does not come: it is 03:30 of summer time.
    assert zone.unix_s(1774751400) == 1774751400 - 3600
    assert Zone("IST-5:30").unix_s(19800) == 0


def test_what_is_no_zone():
    for text in ("", "UTC", "CE-1", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "<+03-3", "CET-1,M3.5.0,M10.5.0",
                 "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0,", "CET-1 ", "CET-1CEST,J0,J9"):  # fmt: skip
        try:
            Zone(text)
        except ValueError:
            continue
        raise AssertionError(text)


def test_places():
    assert zones.posix("Europe/Berlin") == "CET-1CEST,M3.5.0,M10.5.0/3"
    assert zones.posix("Asia/Kolkata") == zones.posix("Asia/Calcutta") == "IST-5:30"
    assert zones.posix("America/Argentina/Ushuaia") == "<-03>3"
    for name in ("Europe", "Europe/", "Europe/Ber", "/Berlin", "Berlin", "", "Europe/Berlin Brussels"):
        assert zones.posix(name) == "", name


def test_every_line_of_the_table_is_a_zone():
    count = 0
    for line in zones.TEXT.split("\n")[:-1]:
        zone, _, places = line.partition("=")
        Zone(zone)
        assert places, line
        count += 1
    assert count > 60


class Station:
    def wall_time(self, quarter, part_s, minute, month):
        self.told = (quarter, part_s, minute, month)


class Clock:
    def __init__(self):
        self.now = 0
        self.seconds = 0

    def ticks_ms(self):
        return self.now

    def unix_s(self):
        return self.seconds


def test_the_wall_clock_tells_local_time_and_follows_changes():
    clock, station = Clock(), Station()
    wall = WallClock(clock, station)
    wall.configure("CET-1CEST,M3.5.0,M10.5.0/3")
    assert wall.offset_s == 3600
    clock.seconds = 1774746000 - 1
    wall.step(clock.now)
    assert station.told[1:] == (899, 119, 3) and wall.offset_s == 3600
    clock.now += 1000
    clock.seconds += 1
    wall.step(clock.now)
    # From 01:59:59 to 03:00:00, and the quarters of the meters go on.
    assert station.told == (1774746000 // 900, 0, 180, 3) and wall.offset_s == 7200
    wall.configure("UTC0")
    wall.step(clock.now)
    assert station.told[2] == 60 and wall.offset_s == 0
