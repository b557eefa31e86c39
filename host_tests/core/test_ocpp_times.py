"""Times as OCPP writes them (errata 3.10)."""

from ocpp16.times import parse, text


def test_both_ways():
    for unix_s, written in (
        (0, "1970-01-01T00:00:00Z"),
        (951782400, "2000-02-29T00:00:00Z"),
        (1769860799, "2026-01-31T11:59:59Z"),
        (4102444799, "2099-12-31T23:59:59Z"),
        (4107542400, "2100-03-01T00:00:00Z"),
    ):
        assert text(unix_s) == written and parse(written) == unix_s


def test_every_day_of_four_centuries_has_its_date():
    last = ""
    for day in range(0, 49000, 7):
        written = text(day * 86400 + 43210)
        assert parse(written) == day * 86400 + 43210 and written > last
        last = written


def test_notations():
    for written in (
        "2013-02-01T20:53:32Z",
        "2013-02-01T20:53:32.486Z",
        "2013-02-01t20:53:32z",
        "2013-02-01 20:53:32",
        "2013-02-01T22:23:32.4+01:30",
        "2013-02-01T19:53:32-01:00",
        "2013-02-01T19:53:32-01",
        "2013-02-01T19:53:32.123456789-0100",
    ):
        assert parse(written) == 1359752012, written


def test_nonsense():
    for written in (
        None,
        5,
        "",
        "soon",
        "2013-02-30T20:53:32Z",
        "2013-13-01T20:53:32Z",
        "2013-02-01T24:53:32Z",
        "2013-02-01T20:60:32Z",
        "2013-02-01T20:53:32X",
        "2013-02-01T20:53:32.Z",
        "2013-02-01T20:53:32+1",
        "2013-02-01T20:53:32+25:00",
        "2013-02-01T20:53:-2Z",
        "+013-02-01T20:53:32Z",
        "1969-12-31T23:59:59Z",
        "2013-02-01",
    ):
        assert parse(written) == -1, written
