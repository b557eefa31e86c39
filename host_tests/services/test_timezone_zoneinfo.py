"""Our time zones against the zone data of Python, at every change of 2020 to 2037."""

import datetime as dt
import zoneinfo

import pytest

from evse.settings import zones
from evse.settings.timezone import Zone

# Places whose rules have been the same since 2020.
PLACES = """Europe/Berlin Europe/Amsterdam Europe/London Europe/Dublin Europe/Lisbon Europe/Helsinki Europe/Athens
Europe/Zurich Europe/Istanbul Europe/Moscow Atlantic/Azores Atlantic/Reykjavik America/New_York America/Chicago
America/Denver America/Phoenix America/Los_Angeles America/Anchorage America/St_Johns America/Halifax America/Havana
America/Sao_Paulo America/Argentina/Buenos_Aires Asia/Kolkata Asia/Kathmandu Asia/Tokyo Asia/Shanghai
Asia/Jerusalem Asia/Dubai Africa/Johannesburg Africa/Lagos Australia/Sydney Australia/Adelaide Australia/Lord_Howe
Australia/Brisbane Australia/Eucla Pacific/Auckland Pacific/Chatham Pacific/Kiritimati""".split()
BEGIN_S = 1577836800
END_S = 2145916800
STEP_S = 43200


@pytest.mark.parametrize("place", PLACES)
def test_every_change(place: str) -> None:
    zone = Zone(zones.posix(place))
    reference = zoneinfo.ZoneInfo(place)

    def expected_s(moment_s: int) -> int:
        offset = dt.datetime.fromtimestamp(moment_s, reference).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())

    changes = 0
    for begin_s in range(BEGIN_S, END_S, STEP_S):
        assert zone.offset_s(begin_s) == expected_s(begin_s)
        low_s, high_s = begin_s, begin_s + STEP_S
        if expected_s(low_s) == expected_s(high_s):
            continue
        while high_s - low_s > 1:
            middle_s = (low_s + high_s) // 2
            if expected_s(middle_s) == expected_s(begin_s):
                low_s = middle_s
            else:
                high_s = middle_s
        changes += 1
        for moment_s in (high_s - 1, high_s, high_s + 1):
            assert zone.offset_s(moment_s) == expected_s(moment_s), moment_s
    assert changes in (0, 36)


def test_the_table_has_what_browsers_tell() -> None:
    missing = [
        name
        for name in sorted(zoneinfo.available_timezones())
        if name.split("/")[0]
        in ("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian")
        and not zones.posix(name)
    ]
    # A later release of the zone data may know a few more.
    assert len(missing) < 5, missing
