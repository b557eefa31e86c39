"""Days from files: every format, every column, and what is said about files that are none."""

from pathlib import Path

import pytest

import replay_lib.paths  # noqa: F401  (the firmware's modules)
from replay_lib.day import DayError
from replay_lib.day_columns import parse_column
from replay_lib.make_day import make_day
from replay_lib.options import make_settings
from replay_lib.read_day import read_day, write_day
from replay_lib.shipped_days import DAYS


def read(tmp_path: Path, text: str, **more):
    path = tmp_path / "day.csv"
    path.write_text(text, encoding="utf-8")
    return read_day(str(path), **more)


@pytest.mark.parametrize(
    ("name", "role", "phase", "factor_ma"),
    [
        ("house.l1_ma", "house", 0, 1),
        ("l3_a", "house", 2, 1000),
        ("mains l2 w", "house", 1, 1000 / 230),
        ("total_w", "house", None, 1000 / 230),
        ("l1_export_kw", "house", 0, -1e6 / 230),
        ("load_l2_w", "load", 1, 1000 / 230),
        ("sun_w", "sun", None, 1000 / 230),
        ("PV_kW", "sun", None, 1e6 / 230),
        ("battery_a", "battery", None, 1000),
        ("car_l1_a", "car", 0, 1000),
        ("phase_currently_returned_l2", "house", 1, -1e6 / 230),
    ],
)
def test_names_of_columns(name, role, phase, factor_ma) -> None:
    column = parse_column(name)
    assert column is not None
    assert (column.role, column.phase) == (role, phase)
    assert column.factor_ma == pytest.approx(factor_ma)


@pytest.mark.parametrize("name", ["l4_a", "l1_amps", "voltage_l1", "", "id", "electricity_delivered_1"])
def test_other_columns_mean_nothing(name) -> None:
    assert parse_column(name) is None


def test_a_row_holds_until_the_next_one(tmp_path) -> None:
    day = read(tmp_path, "time,l1_a,l2_a,l3_a,id\n00:00:00,1,0,-2,x\n00:00:03,4,0.5,0,y\n00:00:04,5,0,0,z\n")
    assert list(day.phases_ma[0]) == [1000, 1000, 1000, 4000, 5000]
    assert list(day.phases_ma[2]) == [-2000, -2000, -2000, 0, 0]
    assert day.phases == 3


def test_sums_are_spread_over_the_phases_of_the_home(tmp_path) -> None:
    text = "time,import_w,export_w\n0,690,0\n1,0,1380\n"
    assert [list(column) for column in read(tmp_path, text).phases_ma] == [[1000, -2000]] * 3
    day = read(tmp_path, text, house_phases=1)
    assert [list(column) for column in day.phases_ma] == [[3000, -6000], [0, 0], [0, 0]]


def test_a_home_with_l1_only_has_one_phase(tmp_path) -> None:
    assert read(tmp_path, "time,l1_w\n0,230\n1,230\n").phases == 1


def test_load_sun_and_battery_are_added_up(tmp_path) -> None:
    day = read(tmp_path, "time,load_l1_w,sun_w,battery_w\n0,460,920,230\n1,460,0,-230\n")
    assert list(day.phases_ma[0]) == [-1000, 1000]
    assert day.sun_w is not None and list(day.sun_w) == [920, 0]
    assert day.battery_w is not None and list(day.battery_w) == [230, -230]


def test_what_an_earlier_car_took_is_taken_away(tmp_path) -> None:
    day = read(tmp_path, "time,l1_a,car_l1_a,plugged\n0,17,16,1\n1,1,0,0\n2,1,0,0\n")
    assert list(day.phases_ma[0]) == [1000, 1000, 1000]
    assert day.plugs == [(0, True), (1, False)]


def test_semicolons_bring_decimal_commas(tmp_path) -> None:
    assert list(read(tmp_path, "time;l1_a\n0;1,5\n1;2,5\n").phases_ma[0]) == [1500, 2500]


@pytest.mark.parametrize(
    ("first", "second", "start_clock", "length_s"),
    [
        ("0", "60", 0, 120),
        ("17:30", "17:31", 63000, 120),
        ("2025-06-21T17:30:00", "2025-06-21 17:31:00", 63000, 120),
        ("2025-06-21T17:30:00+02:00", "2025-06-21T15:31:00Z", 63000, 120),
    ],
)
def test_times(tmp_path, first, second, start_clock, length_s) -> None:
    day = read(tmp_path, f"time,l1_a\n{first},1\n{second},2\n")
    assert (day.start_s % 86400, day.length_s) == (start_clock, length_s)


def test_lines_that_say_what_belongs_to_the_day(tmp_path) -> None:
    day = read(
        tmp_path,
        "# a note\n#: set MODE=Solar\n#: car one32\n#: plug 12:00:10\n#: unplug 12:00:50\n#: needs_wh 9000\n"
        "#: battery 10000 5000 2000 3\n#: title Test\n#: date 2025-01-15\ntime,l1_a\n12:00,1\n12:01,1\n",
    )
    assert day.settings == {"MODE": "Solar"} and day.car == "one32" and day.title == "Test"
    assert day.plugs == [(10, True), (50, False)] and day.needs_wh == 9000
    assert day.battery is not None and day.battery.stored_wh == 2000
    assert day.start_s == 1736899200 + 43200


TELEGRAM = """/ISK5\\2M550T-1012

1-3:0.2.8(50)
0-0:1.0.0(250621{clock}S)
1-0:1.7.0(00.460*kW)
1-0:2.7.0(00.000*kW)
1-0:21.7.0({power}*kW)
1-0:22.7.0(00.230*kW)
1-0:41.7.0(00.000*kW)
1-0:42.7.0(00.000*kW)
!1A2B
"""


def test_p1_telegrams(tmp_path) -> None:
    text = TELEGRAM.format(clock="170000", power="00.460") + TELEGRAM.format(clock="170001", power="00.690")
    day = read(tmp_path, text + "/cut off in the mid")
    assert list(day.phases_ma[0]) == [1000, 2000] and list(day.phases_ma[1]) == [0, 0]
    assert day.start_s % 86400 == 17 * 3600


def test_p1_telegrams_name_the_line_of_a_bad_one(tmp_path) -> None:
    text = TELEGRAM.format(clock="170000", power="00.460") + TELEGRAM.format(clock="xx0001", power="00.690")
    with pytest.raises(DayError, match=r"day\.csv:12: the telegram has no time"):
        read(tmp_path, text)
    with pytest.raises(DayError, match=r"day\.csv:1: 1-0:21\.7\.0: 'x\*kW' is not a power"):
        read(tmp_path, TELEGRAM.format(clock="170000", power="x") * 2)


HISTORY = """entity_id,state,last_changed
sensor.meter_power_consumption_phase_l1,unavailable,2025-06-21T10:00:00.000Z
sensor.meter_power_consumption_phase_l1,0.46,2025-06-21T10:00:00.500Z
sensor.meter_power_production_phase_l1,0,2025-06-21T10:00:00.900Z
sensor.meter_power_consumption_phase_l1,0,2025-06-21T10:30:00.900Z
sensor.meter_power_production_phase_l1,0.23,2025-06-21T10:30:01.900Z
sensor.kitchen,21,2025-06-21T10:30:02.900Z
"""


def test_history_of_home_assistant(tmp_path) -> None:
    day = read(tmp_path, HISTORY)
    assert (
        list(day.phases_ma[0])[:2] == [2000, 2000]
        and day.phases_ma[0][1800] == 0
        and day.phases_ma[0][1801] == -1000
    )
    assert day.phases == 1


def test_entities_can_be_named(tmp_path) -> None:
    text = (
        "entity_id,state,last_changed\nsensor.x,230,2025-06-21T10:00:00Z\nsensor.x,460,2025-06-21T10:00:10Z\n"
    )
    with pytest.raises(DayError, match=r"--map sensor\.x=l1_w"):
        read(tmp_path, text)
    assert read(tmp_path, text, mapping={"sensor.x": "l1_w"}).phases_ma[0][0] == 1000
    with pytest.raises(DayError, match="no such column"):
        read(tmp_path, text, mapping={"sensor.x": "watts"})
    with pytest.raises(DayError, match=r"there is no sensor\.y"):
        read(tmp_path, text, mapping={"sensor.y": "l1_w"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "day.csv: is empty"),
        ("time,l1_a\n0,1\n", "day.csv:2: a day needs at least two rows"),
        ("a,b\n1,2\n", "day.csv:1: no column for the time"),
        ("time,x\n1,2\n", "day.csv:1: no column that is known here among: time, x"),
        ("time,sun_w\n0,2\n1,2\n", "day.csv:1: no column with the house's current or power"),
        ("time,l1_a\n0,1\n1,\n", "day.csv:3: l1_a: an empty cell is not a number"),
        ("time,l1_a\n0,1\n1,n/a\n", "day.csv:3: l1_a: 'n/a' is not a number"),
        ("time,l1_a\n0,1\n1,nan\n", "day.csv:3: l1_a: nan is not a number"),
        ("time,l1_a\n0,1\n1,2,3\n", "day.csv:3: 3 cells under a header of 2"),
        ("time,l1_a\n0,1\n\n0,2\n", "day.csv:4: the time does not increase"),
        ("time,l1_a\n5,1\n1,2\n3,2\n", "day.csv:3: the time does not increase"),
        ("time,l1_a\n0,1\n3600,2\n", "day.csv:3: 60 min without a row before this one"),
        ("time,l1_a\n0,1\n12:00,2\n", "day.csv:3: the time '12:00' is not written like those before"),
        ("time,l1_a\n0,1\nsoon,2\n", "day.csv:3: the time 'soon' is neither"),
        ("time,l1_a\n25:00,1\n26:00,2\n", "day.csv:2: 25:00 is no time of day"),
        ("time,l1_a\n0,1\n1,4600\n", "day.csv:3: 4600 A on L1: more than 200 A"),
        ("time,l1_a,plugged\n0,1,1\n1,1,maybe\n", "day.csv:3: plugged: 'maybe' is neither 1 nor 0"),
        ("#: colour red\ntime,l1_a\n0,1\n1,1\n", "day.csv:1: #: colour is unknown"),
        ("#: car tank\ntime,l1_a\n0,1\n1,1\n", "day.csv:1: no car 'tank'"),
        ("#: plug noon\ntime,l1_a\n0,1\n1,1\n", "day.csv:1: #: plug cannot take 'noon'"),
        (
            "entity_id,state,last_changed\nsensor.power_l1,x,2025-06-21T10:00:00Z\n",
            "day.csv:2: sensor.power_l1: 'x'",
        ),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path, text, message) -> None:
    with pytest.raises(DayError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_files_that_cannot_be_read(tmp_path) -> None:
    with pytest.raises(DayError, match="shipped days are clear_1p"):
        read_day(str(tmp_path / "nothing"))
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"time,l1_a\n0,\xff\n")
    with pytest.raises(DayError, match=r"bytes\.csv:2: is not UTF-8"):
        read_day(str(path))


def test_there_are_enough_days_of_every_kind() -> None:
    assert len(DAYS) >= 12
    rows = DAYS.values()
    assert {row.sun.sky for row in rows if row.sun} == {"clear", "broken", "overcast"}
    assert {row.phases for row in rows} == {1, 3}
    assert any(row.battery for row in rows)
    assert {row.settings["MODE"] for row in rows} == {"Smart", "Solar"}
    assert {row.settings.get("CAP MODE") for row in rows} >= {"Fixed", "Flanders"}
    appliances = {load[0] for row in rows for load in row.loads}
    assert {"heat_pump", "oven", "hob", "kettle", "fridge", "washer"} <= appliances


@pytest.mark.parametrize("name", DAYS)
def test_a_shipped_day_is_one(name) -> None:
    day = make_day(name)
    assert day.length_s == 86400 and day.plugs
    assert all(abs(current_ma) < 63000 for column in day.phases_ma for current_ma in column)
    make_settings(day.settings)
    for phase in range(day.phases, 3):
        assert not any(day.phases_ma[phase])


def test_days_are_the_same_everywhere() -> None:
    day = make_day("spring_heat_pump_3p")
    assert [sum(column) for column in day.phases_ma] == [150017974, 89307435, 59209019]


def test_a_written_day_is_read_back(tmp_path) -> None:
    day = make_day("battery_clouds_1p")
    path = tmp_path / "battery_clouds_1p.csv"
    write_day(day, path)
    assert read_day(str(path)) == day
