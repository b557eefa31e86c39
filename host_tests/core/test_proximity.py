from bench_station import PP_13A_MV, PP_20A_MV, PP_32A_MV, PP_63A_MV, PP_OPEN_MV, PP_SHORT_MV, PROXIMITY

from evse.core.proximity import ProximityReader, rating_a


def rating(proximity_mv):
    return rating_a(PROXIMITY, proximity_mv)


def feed(reader, count, proximity_mv):
    for _ in range(count):
        reader.step(proximity_mv)
    return reader.rating_a


def test_nominal_resistors():
    assert rating(PP_63A_MV) == 63
    assert rating(PP_32A_MV) == 32
    assert rating(PP_20A_MV) == 20
    assert rating(PP_13A_MV) == 13


def test_no_cable_when_open_or_short():
    assert rating(PP_OPEN_MV) == 0
    assert rating(PP_SHORT_MV) == 0


def test_window_edges_are_exclusive():
    for mv, amperes in (
        (200, 0),
        (201, 63),
        (399, 63),
        (400, 13),
        (500, 13),
        (501, 32),
        (699, 32),
        (700, 13),
        (1200, 13),
        (1201, 20),
        (1399, 20),
        (1400, 13),
        (2799, 13),
        (2800, 0),
    ):
        assert rating(mv) == amperes


def test_a_table_of_other_windows():
    table = ((0, 1000, 63), (1000, 2000, 20))
    assert rating_a(table, 999) == 63
    assert rating_a(table, 1000) == 0
    assert rating_a(table, 1001) == 20
    assert rating_a((), 500) == 0


def test_unknown_until_five_readings_agree():
    reader = ProximityReader(PROXIMITY)
    assert feed(reader, 4, PP_32A_MV) == 0
    assert not reader.known
    assert feed(reader, 1, PP_32A_MV) == 32
    assert reader.known


def test_no_cable_is_known_after_five_readings_too():
    reader = ProximityReader(PROXIMITY)
    feed(reader, 4, PP_OPEN_MV)
    assert not reader.known
    feed(reader, 1, PP_OPEN_MV)
    assert reader.known
    assert reader.rating_a == 0


def test_a_change_needs_five_readings():
    reader = ProximityReader(PROXIMITY)
    feed(reader, 5, PP_32A_MV)
    assert feed(reader, 4, PP_OPEN_MV) == 32
    assert feed(reader, 1, PP_OPEN_MV) == 0


def test_noise_within_a_window_does_not_disturb():
    reader = ProximityReader(PROXIMITY)
    for index in range(5):
        reader.step(590 + index)
    assert reader.rating_a == 32


def test_single_wrong_readings_are_ignored():
    reader = ProximityReader(PROXIMITY)
    feed(reader, 5, PP_32A_MV)
    for _ in range(20):
        feed(reader, 2, PP_63A_MV)
        assert feed(reader, 5, PP_32A_MV) == 32


def test_readings_that_keep_changing_are_no_cable():
    reader = ProximityReader(PROXIMITY)
    feed(reader, 5, PP_32A_MV)
    for _ in range(100):
        reader.step(PP_OPEN_MV)
        reader.step(PP_32A_MV)
    assert reader.rating_a == 0


def test_settled_means_that_the_same_reading_changes_nothing():
    reader = ProximityReader(PROXIMITY)
    assert not reader.settled()
    feed(reader, 5, PP_32A_MV)
    assert reader.settled()
    feed(reader, 1, PP_OPEN_MV)
    assert not reader.settled()
    feed(reader, 4, PP_OPEN_MV)
    assert reader.settled()
