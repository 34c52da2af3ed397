from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.analysis.selection.quotas import BROAD, allot, weigh
from taskscape.errors import UsageError

NAMES = ["write|poem", "sort|list", "add|number"]


def test_seats_follow_the_weights() -> None:
    rows = np.array([1000, 1000, 1000])
    assert allot(np.array([5.0, 3.0, 2.0]), rows, 100).certain.tolist() == [50, 30, 20]
    assert allot(np.array([1.0, 1.0, 1.0]), rows, 99).certain.tolist() == [33, 33, 33]


def test_a_larger_step_gives_more_groups_a_seat() -> None:
    weights, rows = np.array([5.0, 2.0, 0.9]), np.array([90, 90, 90])
    assert allot(weights, rows, 4).certain.tolist() == [3, 1, 0]
    assert allot(weights, rows, 4, step=BROAD).certain.tolist() == [2, 1, 1]


def test_what_a_small_group_leaves_goes_to_the_others() -> None:
    assert allot(np.ones(3), np.array([2, 50, 50]), 42).certain.tolist() == [2, 20, 20]


def test_equal_claims_are_contested_and_the_larger_group_goes_first() -> None:
    seats = allot(np.ones(4), np.array([9, 5, 5, 5]), 2)
    assert seats.certain.tolist() == [1, 0, 0, 0]
    assert seats.contested.tolist() == [False, True, True, True]
    assert seats.left == 1


def test_held_seats_count() -> None:
    seats = allot(np.ones(2), np.array([10, 10]), 6, held=np.array([5, 0]))
    assert seats.certain.tolist() == [5, 1]


@given(
    groups=st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0.0, 0.3, 1.0, 1.5, 7.0])), min_size=1, max_size=8),
    size=st.integers(1, 60),
    seed=st.integers(0, 9),
)
def test_all_seats_are_given_and_none_too_many(groups: list[tuple[int, float]], size: int, seed: int) -> None:
    rows = np.array([group[0] for group in groups])
    weights = np.array([group[1] for group in groups])
    held = np.random.default_rng(seed).integers(0, rows + 1)
    seats = allot(weights, rows, size, held=held)
    assert (seats.certain >= held).all()
    assert (seats.certain + seats.contested <= rows).all()
    assert seats.left <= seats.contested.sum()
    room = int(np.where(weights > 0, rows - held, 0).sum())
    assert seats.certain.sum() + seats.left == held.sum() + min(room, max(size - held.sum(), 0))


def test_weights_of_quotas() -> None:
    counts = np.array([1, 4, 9])
    assert weigh("uniform", NAMES, counts)[0].tolist() == [1, 1, 1]
    assert weigh("sqrt", NAMES, counts)[0].tolist() == [1, 2, 3]
    assert weigh("proportional", NAMES, counts)[0].tolist() == [1, 4, 9]
    weights, share = weigh({"sort|list": 0.25, "add|number": 0.5}, NAMES, counts)
    assert weights.tolist() == [0, 0.25, 0.5]
    assert share == 0.75


@pytest.mark.parametrize(
    ("quota", "message"),
    [
        ("even", "'even' is unknown"),
        ({}, "names no task"),
        ({"write|pome": 0.1}, r"'write\|pome'.*Did you mean 'write\|poem'"),
        ({"fly|kite": 0.1, "eat|cake": 0.1}, "and 1 more, which no row asks for"),
        ({"write|poem": 0}, "share 0"),
        ({"write|poem": float("nan")}, "share nan"),
        ({"write|poem": "half"}, "share 'half'"),
        ({"write|poem": 0.8, "sort|list": 0.4}, "add up to 1.2"),
    ],
)
def test_wrong_quotas(quota: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        weigh(quota, NAMES, np.array([1, 4, 9]))  # type: ignore[arg-type]
