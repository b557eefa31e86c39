"""Many lives in chaos: OCPP_CHAOS_RUNS tells how many (200 for a thorough look), OCPP_CHAOS_SEED where to begin."""

import os

import pytest
from ocpp_chaos import Chaos

RUNS = int(os.environ.get("OCPP_CHAOS_RUNS", "25"))
FIRST = int(os.environ.get("OCPP_CHAOS_SEED", "0"))
ROUNDS = 40
_seen = {"runs": 0, "cuts": 0, "transactions": 0}


@pytest.mark.parametrize("seed", range(FIRST, FIRST + RUNS))
def test_books_equal_the_meter(seed: int) -> None:
    chaos = Chaos(seed)
    chaos.run(ROUNDS)
    _seen["runs"] += 1
    _seen["cuts"] += chaos.power.cuts
    _seen["transactions"] += len(chaos.rig.central.books)


def test_there_was_chaos() -> None:
    if _seen["runs"] == RUNS >= 10:
        print(
            f"{_seen['runs']} lives, {_seen['transactions']} transactions, {_seen['cuts']} power cuts at a write"
        )
        assert _seen["cuts"] > 3 * RUNS and _seen["transactions"] > 2 * RUNS
