from evse.core.pilot import STATIC_HIGH, STATIC_LOW, duty_permille, offered_ma


def means_ma(permille):
    """Return the current that IEC 61851-1 Table A.8 gives a duty cycle; the tests' own reckoning."""
    if permille < 80 or permille > 970:
        return 0
    if permille < 100:
        return 6000
    if permille <= 850:
        return permille * 60
    if permille <= 960:
        return (permille - 640) * 250
    return 80000


def test_static_forms_offer_nothing():
    assert STATIC_HIGH == 1000
    assert STATIC_LOW == 0
    assert offered_ma(STATIC_HIGH) == 0
    assert offered_ma(STATIC_LOW) == 0


def test_below_6_a_nothing_is_offered():
    for current_ma in (-1, 0, 1, 3000, 5999):
        assert duty_permille(current_ma) == STATIC_HIGH


def test_lower_range_examples():
    for amperes, permille in (
        (6, 100),
        (8, 133),
        (10, 166),
        (13, 216),
        (16, 266),
        (25, 416),
        (32, 533),
        (51, 850),
    ):
        assert duty_permille(amperes * 1000) == permille


def test_upper_range_examples():
    for amperes, permille in ((52, 850), (53, 852), (63, 892), (80, 960)):
        assert duty_permille(amperes * 1000) == permille


def test_above_80_a_80_a_is_offered():
    for current_ma in (80001, 90000, 1000000):
        assert duty_permille(current_ma) == 960
    assert offered_ma(960) == 80000


def test_never_more_than_the_current_in_1_ma_steps():
    for current_ma in range(5990, 10001):
        assert offered_ma(duty_permille(current_ma)) <= current_ma
    for current_ma in range(50000, 54001):
        assert offered_ma(duty_permille(current_ma)) <= current_ma


def test_never_more_than_the_current_up_to_90_a_and_little_less():
    for current_ma in range(0, 90001, 20):
        permille = duty_permille(current_ma)
        offered = offered_ma(permille)
        assert offered == means_ma(permille)
        assert offered <= current_ma
        if current_ma >= 6000:
            # One permille is 60 mA in the lower range and 250 mA in the upper one.
            lost_ma = 60 if current_ma <= 51000 else 1750 if current_ma < 52750 else 250
            assert current_ma > 80000 or current_ma - offered < lost_ma


def test_duty_rises_with_the_current():
    before = duty_permille(6000)
    for current_ma in range(6000, 90001, 10):
        permille = duty_permille(current_ma)
        assert before <= permille <= 960
        before = permille


def test_offered_edges():
    for permille, current_ma in (
        (79, 0),
        (80, 6000),
        (99, 6000),
        (100, 6000),
        (101, 6060),
        (850, 51000),
        (851, 52750),
        (960, 80000),
        (970, 80000),
        (971, 0),
    ):
        assert offered_ma(permille) == current_ma


def test_every_duty_means_what_the_standard_says():
    for permille in range(1001):
        assert offered_ma(permille) == means_ma(permille)
