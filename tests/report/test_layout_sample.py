from __future__ import annotations

import numpy as np
import pytest

from taskscape.report.layout_sample import sample_layout


@pytest.mark.parametrize(
    ("rows", "front", "points", "in_front"),
    [(14, 5, 100, 5), (100, 4, 15, 4), (5000, 4995, 15, 10), (14, 14, 30, 14), (3000, 2000, 15, 5)],
)
def test_what_matters_is_drawn_first_and_the_number_of_points_is_kept(
    rows: int, front: int, points: int, in_front: int
) -> None:
    embeddings = np.random.default_rng(0).normal(size=(rows, 4)).astype(np.float32)
    made = sample_layout(embeddings, np.arange(front), points=points)
    assert len(made.rows) == min(rows, points)
    assert made.coordinates.shape == (len(made.rows), 2)
    assert np.isfinite(made.coordinates).all()
    assert (made.rows[made.front] < front).all()
    assert int(made.front.sum()) == in_front
    np.testing.assert_array_equal(sample_layout(embeddings, np.arange(front), points=points).rows, made.rows)
