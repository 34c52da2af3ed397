from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

torch: Any = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from taskscape.training.folders import open_base  # noqa: E402  (needs torch)
from taskscape.training.shrinking import cut_layers, narrow_layers  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["write a poem", "read the letter", "what is this", "poem"]


def test_layers_are_cut_in_order(tiny_model: Path) -> None:
    model = open_base(tiny_model)
    layers = list(model[0].auto_model.encoder.layer)
    cut_layers(model, (len(layers) - 1,))
    assert list(model[0].auto_model.encoder.layer) == layers[-1:]
    assert model.encode(TEXTS).shape[0] == len(TEXTS)


def test_neurons_that_add_nothing_go_first(tiny_model: Path) -> None:
    model = open_base(tiny_model)
    width = model[0].auto_model.config.intermediate_size
    silent = range(0, width, 2)
    with torch.no_grad():
        for layer in model[0].auto_model.encoder.layer:
            layer.output.dense.weight[:, list(silent)] = 0.0
    before = model.encode(TEXTS)
    narrow_layers(model, width - len(silent), TEXTS)
    assert model[0].auto_model.config.intermediate_size == width - len(silent)
    torch.testing.assert_close(torch.tensor(model.encode(TEXTS)), torch.tensor(before), atol=1e-5, rtol=0)


def test_a_narrowed_model_is_read_back(tiny_model: Path, tmp_path: Path) -> None:
    model = open_base(tiny_model)
    narrow_layers(model, model[0].auto_model.config.intermediate_size // 2, TEXTS)
    model.save(str(tmp_path / "narrow"))
    again = open_base(tmp_path / "narrow")
    torch.testing.assert_close(torch.tensor(again.encode(TEXTS)), torch.tensor(model.encode(TEXTS)))
