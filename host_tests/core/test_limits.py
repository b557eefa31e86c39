from evse.core import limits as lim
from evse.core.limits import COUNT, NO_LIMIT, SLOTS, Limits
from evse.core.text_rows import row, rows


def ledger(phases=3):
    """Return a ledger in which only the board claims 32 A."""
    limits = Limits()
    limits.claim(lim.BOARD, 32000)
    limits.step(0, phases)
    return limits


def limit(limits, phases=3, dt_ms=0):
    limits.step(dt_ms, phases)
    return limits.limit_ma


def test_slots_have_unique_names_and_reasons():
    names = [name for name, _ in rows(SLOTS)]
    reasons = [text for _, text in rows(SLOTS)]
    assert len(set(names)) == COUNT == len(names) == len(set(reasons))
    assert row(SLOTS, lim.OVERRIDE)[0] == "override"
    assert row(SLOTS, lim.GRID_RELAY)[0] == "grid_relay"
    assert lim.OVERRIDE == COUNT - 1


def test_nothing_is_allowed_before_the_first_step():
    assert Limits().limit_ma == 0


def test_the_lowest_claim_wins():
    limits = ledger()
    limits.claim(lim.MAX_SETTING, 16000)
    limits.claim(lim.CABLE, 20000)
    assert limit(limits) == 16000
    assert limits.winner == lim.MAX_SETTING


def test_every_slot_can_win():
    for slot in range(1, COUNT):
        limits = ledger()
        limits.claim(slot, 10000)
        assert limit(limits) == 10000
        assert limits.winner == slot
        assert limits.claimed_ma(slot, 0) == 10000


def test_the_first_row_wins_a_tie():
    limits = ledger()
    limits.claim(lim.OCPP, 16000)
    limits.claim(lim.CABLE, 16000)
    limits.step(0, 3)
    assert limits.winner == lim.CABLE
    limits.claim(lim.BOARD, 16000)
    limits.step(0, 3)
    assert limits.winner == lim.BOARD


def test_a_later_claim_of_the_same_slot_replaces_the_first():
    limits = ledger()
    limits.claim(lim.MAINS, 10000)
    assert limit(limits) == 10000
    limits.claim(lim.MAINS, 14000)
    assert limit(limits) == 14000


def test_three_phases_take_the_lowest_phase():
    for phase in range(3):
        limits = ledger()
        claim = [20000, 20000, 20000]
        claim[phase] = 9000
        limits.claim_phases(lim.MAINS, claim[0], claim[1], claim[2])
        assert limit(limits, 3) == 9000
        assert limits.claimed_ma(lim.MAINS, phase) == 9000


def test_one_phase_takes_l1_only():
    limits = ledger()
    limits.claim_phases(lim.MAINS, 20000, 9000, 0)
    assert limit(limits, 1) == 20000
    assert limit(limits, 3) == 0
    assert limit(limits, 1) == 20000


def test_phases_of_different_slots():
    limits = ledger()
    limits.claim_phases(lim.MAINS, 20000, 11000, 20000)
    limits.claim_phases(lim.CIRCUIT, 12000, 20000, 20000)
    assert limit(limits, 3) == 11000
    assert limits.winner == lim.MAINS
    assert limit(limits, 1) == 12000
    assert limits.winner == lim.CIRCUIT


def test_below_6_a_is_nothing():
    limits = ledger()
    limits.claim(lim.MAINS, 6000)
    assert limit(limits) == 6000
    limits.claim(lim.MAINS, 5999)
    assert limit(limits) == 0
    assert limits.lowest_ma == 5999
    assert limits.winner == lim.MAINS


def test_the_station_minimum():
    limits = ledger()
    limits.set_minimum(8000)
    limits.claim(lim.MAINS, 8000)
    assert limit(limits) == 8000
    limits.claim(lim.MAINS, 7999)
    assert limit(limits) == 0


def test_the_minimum_never_goes_below_6_a():
    limits = ledger()
    limits.set_minimum(0)
    limits.claim(lim.MAINS, 5999)
    assert limit(limits) == 0
    assert limits.minimum_ma == 6000


def test_a_new_minimum_acts_without_a_new_claim():
    limits = ledger()
    limits.claim(lim.MAINS, 7000)
    assert limit(limits) == 7000
    limits.set_minimum(8000)
    assert limit(limits) == 0
    limits.set_minimum(6000)
    assert limit(limits) == 7000


def test_negative_claims_count_as_zero():
    limits = ledger()
    limits.claim(lim.MAINS, -5000)
    assert limit(limits) == 0
    assert limits.lowest_ma == 0
    limits.claim_phases(lim.MAINS, 20000, -1, 20000)
    assert limits.claimed_ma(lim.MAINS, 1) == 0
    assert limit(limits, 3) == 0
    assert limit(limits, 1) == 20000


def test_release():
    limits = ledger()
    limits.claim(lim.SHED, 6000)
    assert limit(limits) == 6000
    limits.release(lim.SHED)
    assert limit(limits) == 32000
    assert limits.winner == lim.BOARD


def test_release_of_a_claim_that_would_expire():
    limits = ledger()
    limits.claim(lim.REMOTE, 10000, 1000, 0)
    limits.release(lim.REMOTE)
    assert limit(limits) == 32000
    assert limits.next_ms() == -1
    assert limit(limits, 3, 2000) == 32000


def test_expiry_to_no_limit():
    limits = ledger()
    limits.claim(lim.REMOTE, 10000, 1000)
    assert limit(limits, 3, 990) == 10000
    assert limits.next_ms() == 10
    assert limit(limits, 3, 10) == 32000
    assert limits.next_ms() == -1


def test_expiry_to_another_value():
    limits = ledger()
    limits.claim(lim.GROUP, 20000, 500, 6000)
    assert limit(limits, 3, 490) == 20000
    assert limit(limits, 3, 10) == 6000
    assert limit(limits, 3, 1000000) == 6000


def test_expiry_to_nothing():
    limits = ledger()
    limits.claim(lim.GROUP, 20000, 500, 0)
    assert limit(limits, 3, 500) == 0


def test_a_repeated_claim_puts_expiry_off():
    limits = ledger()
    for _ in range(10):
        limits.claim(lim.GROUP, 20000, 500, 0)
        assert limit(limits, 3, 490) == 20000
    assert limit(limits, 3, 10) == 0


def test_a_late_step_lets_several_claims_expire():
    limits = ledger()
    limits.claim(lim.GROUP, 20000, 500, 16000)
    limits.claim(lim.REMOTE, 18000, 900, 12000)
    limits.claim(lim.OCPP, 10000, 5000)
    limits.step(0, 3)
    assert limits.next_ms() == 500
    limits.step(1000, 3)
    assert limits.claimed_ma(lim.GROUP, 0) == 16000
    assert limits.claimed_ma(lim.REMOTE, 2) == 12000
    assert limits.limit_ma == 10000
    assert limits.next_ms() == 4000


def test_expiry_per_phase_ends_on_all_phases():
    limits = ledger()
    limits.claim_phases(lim.MAINS, 20000, 7000, 20000, 100, 15000)
    assert limit(limits) == 7000
    limits.step(100, 3)
    for phase in range(3):
        assert limits.claimed_ma(lim.MAINS, phase) == 15000


def test_a_claim_that_expires_at_once():
    limits = ledger()
    limits.claim(lim.REMOTE, 20000, 0, 6000)
    assert limit(limits, 3, 10) == 6000


def test_a_new_claim_waits_for_the_next_step():
    limits = ledger()
    assert limits.next_ms() == -1
    limits.claim(lim.MAINS, 10000)
    assert limits.next_ms() == 0
    limits.step(0, 3)
    assert limits.next_ms() == -1
    limits.claim(lim.MAINS, 10000)
    assert limits.next_ms() == -1


def test_without_any_claim_the_largest_value_is_named():
    limits = Limits()
    limits.step(0, 3)
    assert limits.lowest_ma == NO_LIMIT
