from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from taskscape.training import objectives  # noqa: E402  (needs torch)
from taskscape.training.joint import undecided  # noqa: E402


def unit(*rows: tuple[float, float]) -> Any:
    return torch.nn.functional.normalize(torch.tensor(rows, dtype=torch.float32), dim=-1)


def test_contrast_is_lowest_when_tasks_stand_together() -> None:
    tasks = torch.tensor([0, 0, 1, 1])
    apart = unit((1, 0.0), (1, 0.1), (-1, 0.0), (-1, 0.1))
    mixed = unit((1, 0.0), (-1, 0.1), (-1, 0.0), (1, 0.1))
    assert objectives.supervised_contrastive(apart, tasks) < 0.01 < objectives.supervised_contrastive(mixed, tasks)


def test_contrast_without_partners_is_zero_and_has_a_gradient() -> None:
    rows = unit((1, 0), (0, 1)).requires_grad_()
    loss = objectives.supervised_contrastive(rows, torch.tensor([0, 1]))
    loss.backward()
    assert loss == 0
    assert rows.grad is not None


def test_rows_without_a_task_are_no_positives() -> None:
    rows = unit((1, 0), (1, 0.01), (0, 1))
    assert objectives.supervised_contrastive(rows, torch.tensor([-1, -1, 0])) == 0


def test_undecided_pairs_are_not_driven_apart() -> None:
    rows, tasks = unit((1, 0), (1, 0.01), (1, 0.02)), torch.tensor([0, 0, 1])
    undecided = torch.tensor([[False, False, True], [False, False, True], [True, True, False]])
    together = objectives.supervised_contrastive(rows, tasks)
    assert objectives.supervised_contrastive(rows, tasks, undecided=undecided) < 1e-6 < together
    everything = torch.ones(3, 3, dtype=torch.bool)  # rows of one task stay positives
    assert objectives.supervised_contrastive(rows, tasks, undecided=everything) < 1e-6


def test_loose_texts_and_others_are_undecided() -> None:
    tasks, labels = torch.tensor([0, 1, 2, 2]), torch.tensor([1, -1, -1, -1])
    loose = torch.tensor([False, False, True, True])
    found = undecided(tasks, labels, loose)
    assert found.tolist() == [
        [False, True, True, True],
        [True, False, True, True],
        [True, True, False, False],
        [True, True, False, False],
    ]


def test_info_nce_is_cross_entropy_over_positives_and_negatives() -> None:
    anchors, positives, negatives = unit((1, 0), (0, 1)), unit((1, 0), (0, 1)), unit((0, -1), (-1, 0))
    logits = torch.tensor([[1.0, 0, 0, -1], [0, 1.0, -1, 0]]) / 0.05
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]))
    assert torch.allclose(objectives.info_nce(anchors, positives, negatives), expected)


def test_kept_geometry_and_imitation_are_zero_for_the_same_vectors() -> None:
    rows = unit((1, 0), (0.3, 1), (-1, 2))
    turned = rows @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    assert objectives.keep_geometry(turned, rows) < 1e-6 < objectives.imitate(turned, rows)
    assert objectives.imitate(rows, rows).abs() < 1e-6


def test_targets_that_are_unknown_do_not_count() -> None:
    logits = torch.zeros(2, 3)
    assert objectives.point(logits, torch.tensor([objectives.IGNORE] * 2)) == 0
    one = objectives.classify(logits, torch.tensor([1, objectives.IGNORE]))
    assert torch.allclose(one, torch.tensor(3.0).log())
