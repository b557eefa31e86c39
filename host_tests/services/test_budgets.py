"""What the firmware takes of a board stays within its budgets; `make size` prints the same figures."""

import pytest

import size
from board_folders import find_board, known_boards


def check(budget: size.Budget, capsys) -> None:
    """Print the figures, also when the test passes, and hold them against the budget."""
    with capsys.disabled():
        print(f"\n{budget}")
    assert budget.kept, str(budget)


@pytest.mark.parametrize("name", known_boards())
def test_the_image_fits(name, capsys) -> None:
    board = find_board(name)
    check(size.measure_flash(board), capsys)
    if board.chip:
        check(size.measure_partition(board), capsys)


def test_core_control_task_supervisor_and_board_fit_into_memory(capsys) -> None:
    check(size.measure_control_heap(), capsys)


def test_what_people_use_fits_into_memory(capsys) -> None:
    check(size.measure_person_heap(), capsys)


def test_a_day_leaves_no_more_on_the_heap(capsys) -> None:
    check(size.measure_growth(), capsys)


def test_the_pilot_is_valid_soon_after_the_start(capsys) -> None:
    check(size.measure_start(), capsys)


def test_a_budget_that_is_exceeded_is_told() -> None:
    assert not size.Budget("x", 11, 10, "bytes", []).kept
    assert "TOO MUCH" in str(size.Budget("x", 11, 10, "bytes", []))
