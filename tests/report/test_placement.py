from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from taskscape.report.placement import HUES, SHADES, anchor, colour_slots

points = hnp.arrays(np.float64, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(0, 1, width=32))


def test_name_stands_in_the_densest_part() -> None:
    rng = np.random.default_rng(0)
    torn = np.concatenate([rng.normal(0.2, 0.01, (300, 2)), rng.normal(0.8, 0.01, (200, 2))])
    x, y = anchor(torn)
    assert abs(x - 0.2) < 0.02
    assert abs(y - 0.2) < 0.02


@given(points)
def test_name_stands_on_a_member(members: np.ndarray) -> None:
    assert anchor(members) in {(float(x), float(y)) for x, y in members}


def test_few_groups_all_differ_in_hue() -> None:
    slots = colour_slots(np.random.default_rng(0).random((HUES, 2)))
    assert sorted(slots.tolist()) == list(range(HUES))


@given(points)
def test_slots_are_in_range_and_repeatable(anchors: np.ndarray) -> None:
    slots = colour_slots(anchors)
    assert ((slots >= 0) & (slots < HUES * SHADES)).all()
    assert (slots == colour_slots(anchors)).all()


def test_neighbours_get_other_hues() -> None:
    side = np.linspace(0.05, 0.95, 12)
    anchors = np.random.default_rng(1).permutation(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2))
    hues = colour_slots(anchors) % HUES
    distance = np.linalg.norm(anchors[:, None] - anchors[None], axis=2)
    beside = (distance > 0) & (distance < 0.1)
    assert not ((hues[:, None] == hues[None]) & beside).any()
