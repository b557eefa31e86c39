"""A few lives in chaos on both interpreters; host_tests/services/test_ocpp_chaos.py has many."""

from ocpp_chaos import Chaos


def live(seed, connectors, rounds=25):
    chaos = Chaos(seed, connectors=connectors)
    chaos.run(rounds)
    return chaos


def test_books_equal_the_meter_after_chaos():
    cuts = transactions = 0
    for seed in (1, 4, 22, 73):
        chaos = live(seed, 1)
        cuts += chaos.power.cuts
        transactions += len(chaos.rig.central.books)
    assert cuts > 5 and transactions > 5, (cuts, transactions)


def test_books_equal_the_meter_after_chaos_at_two_connectors():
    chaos = live(56, 2)
    assert chaos.power.cuts and chaos.rig.central.books
