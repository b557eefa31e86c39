from evse.core.pilot import INVALID, N12, V0, V3, V6, V9, V12, PilotWindows, classify

WINDOWS = PilotWindows()


def level(low_mv, high_mv=None):
    return classify(WINDOWS, low_mv, low_mv if high_mv is None else high_mv)


def test_nominal_voltages():
    assert level(3280) == V12
    assert level(2892) == V9
    assert level(2502) == V6
    assert level(2112) == V3
    assert level(1723) == V0
    assert level(164) == N12


def test_12_v_edge():
    assert level(3055) == V12
    assert level(3054) == V9
    assert level(3055, 3300) == V12


def test_9_v_edges():
    assert level(2735) == V9
    assert level(2734) == V6
    assert level(2735, 3054) == V9
    assert level(2735, 3055) == INVALID


def test_6_v_edges():
    assert level(2400) == V6
    assert level(2399) == V3
    assert level(2400, 2734) == V6
    assert level(2400, 2735) == INVALID


def test_3_v_edges():
    assert level(2000) == V3
    assert level(1999) == V0
    assert level(2000, 2399) == V3
    assert level(2000, 2400) == INVALID


def test_short_edges():
    assert level(1600) == V0
    assert level(1599) == INVALID
    assert level(1600, 1999) == V0
    assert level(1600, 2000) == INVALID


def test_negative_edges():
    assert level(101) == N12
    assert level(100) == INVALID
    assert level(299) == N12
    assert level(300) == INVALID
    assert level(101, 299) == N12
    assert level(101, 300) == INVALID
    assert level(100, 299) == INVALID


def test_gap_between_short_and_negative():
    for mv in (0, 50, 301, 500, 944, 1599):
        assert level(mv) == INVALID


def test_a_burst_over_two_windows_is_invalid():
    nominal = (164, 1723, 2112, 2502, 2892, 3280)
    for low in range(len(nominal)):
        for high in range(low + 1, len(nominal)):
            assert level(nominal[low], nominal[high]) == INVALID


def test_every_millivolt_has_one_level_and_levels_rise():
    order = (INVALID, N12, INVALID, V0, V3, V6, V9, V12)
    place = 0
    for mv in range(3301):
        found = level(mv)
        if found != order[place]:
            place += 1
            assert found == order[place]
    assert place == len(order) - 1


def test_windows_of_another_board():
    windows = PilotWindows(
        v12_min=3000, v9_min=2700, v6_min=2300, v3_min=1900, v0_min=1500, n12_min=0, n12_max=200
    )
    assert classify(windows, 3000, 3100) == V12
    assert classify(windows, 2700, 2999) == V9
    assert classify(windows, 2300, 2699) == V6
    assert classify(windows, 1900, 2299) == V3
    assert classify(windows, 1500, 1899) == V0
    assert classify(windows, 1, 199) == N12
