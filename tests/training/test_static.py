from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.encoders.static import StaticEncoder, joined, packed, pooled, unpacked
from tests.training.tiny import examples, write_model

torch = pytest.importorskip("torch")

if TYPE_CHECKING:
    from pathlib import Path


def test_numpy_computes_what_torch_trained() -> None:
    from taskscape.training.static import StaticModel

    generator = np.random.default_rng(0)
    torch.manual_seed(0)
    model = StaticModel(generator.normal(size=(50, 8)).astype(np.float32), 64)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    rows = [[1, 2, 3], [], [7], list(range(49)) * 4, [5, 5]]
    ids, bounds = joined(rows)
    expected = model(torch.from_numpy(ids), torch.from_numpy(bounds)).detach().numpy()
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    found = pooled(ids, bounds, weights)
    assert found / np.linalg.norm(found, axis=1, keepdims=True) == pytest.approx(expected, abs=1e-5)
    rounded = pooled(ids, bounds, unpacked(packed(weights)))
    cosines = (rounded * expected).sum(1) / np.linalg.norm(rounded, axis=1)
    assert cosines.min() > 0.999


def test_a_trained_folder_is_read_and_tells_tasks_apart(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    from taskscape.training.sampling import Share
    from taskscape.training.static import StaticSettings, train_static, write_static
    from taskscape.training.validation import neighbour_precision

    tokenizer = Tokenizer.from_file(str(write_model(tmp_path) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    made = examples()
    tasks = [e.task for e in made]
    generator = np.random.default_rng(0)
    teacher = generator.normal(size=(len(made), 32)).astype(np.float32)
    teacher /= np.linalg.norm(teacher, axis=1, keepdims=True)
    model = train_static(
        [e.text for e in made],
        tasks,
        teacher,
        generator.normal(size=(tokenizer.get_vocab_size(), 32)).astype(np.float32),
        tokenizer,
        [Share(range(len(made)), tasks, 16)],
        settings=StaticSettings(dimension=16, buckets=32, steps=60, teacher_weight=0.0),
    )
    write_static(model, tokenizer, tmp_path / "static", origin="test", licence="none")
    encoder = StaticEncoder(tmp_path / "static")
    vectors = encoder.encode([e.text for e in made])
    assert vectors.shape == (len(made), 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert neighbour_precision(vectors, tasks) > 0.9
    assert np.allclose(encoder.encode(made[3].text), vectors[3], atol=1e-6)
    assert np.isfinite(encoder.encode(["", "\ud800", "x" * 100_000])).all()
