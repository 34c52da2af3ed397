from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

torch: Any = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from taskscape.training import stages  # noqa: E402  (needs torch)
from taskscape.training.mixture import Part  # noqa: E402
from taskscape.training.pairs import Example  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_average_is_the_mean_of_all_weights(tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    from taskscape.training.folders import HEADS, open_base, write_model
    from taskscape.training.modules import TaskHeads

    folders = []
    for number, shift in enumerate((-1.0, 3.0)):
        model = open_base(tiny_model)
        model.add_module(HEADS, TaskHeads(model[0].get_embedding_dimension(), ["*", "none"], ["*"]))
        folder = tmp_path / f"run-{number}"
        write_model(model, folder)
        weights = load_file(folder / "model.safetensors")
        save_file({name: value + shift for name, value in weights.items()}, folder / "model.safetensors")
        folders.append(folder)
    output = stages.average(folders, tmp_path / "mean")
    plain, mean = load_file(tiny_model / "model.safetensors"), load_file(output / "model.safetensors")
    assert all(torch.allclose(mean[name], value + 1.0, atol=1e-5) for name, value in plain.items())
    heads = [load_file(folder / HEADS / "model.safetensors")["pointers.weight"] for folder in folders]
    found = load_file(output / HEADS / "model.safetensors")["pointers.weight"]
    assert torch.allclose(found, (heads[0] + heads[1]) / 2)
    assert open_base(output).encode(["write a poem"]).shape[0] == 1


def test_traps_fill_what_the_parts_leave_of_a_batch() -> None:
    examples = tuple(Example(f"text {n}", f"write|thing{n % 5}") for n in range(20))
    parts = (Part("tasks", examples, 0.5), Part("prose", examples[:4], 0.25, alone=True))
    group = (Example("a", "x|y"), Example("b", "x|z"))
    rows, shares = stages.training_rows(stages.Material(parts, (group, group), ()), 16)
    assert [share.draw for share in shares] == [8, 4, 4]
    assert len(rows) == 28
    assert [list(group) for group in shares[-1].groups] == [[24, 25], [26, 27]]  # type: ignore[union-attr]
