from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.encoders.base import digest, digest_each
from taskscape.errors import UsageError
from taskscape.training import Settings

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("sentence_transformers")
import torch

from taskscape.training.folders import model_digest, open_base, refuse_overlong

SHAPE = {
    "vocab_size": 9,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "intermediate_size": 8,
    "max_position_embeddings": 18,
}


@pytest.mark.parametrize(("kind", "most"), [("Bert", 18), ("Roberta", 16)])
def test_texts_longer_than_the_positions_of_the_base_are_refused(kind: str, most: int) -> None:
    import transformers

    made = getattr(transformers, f"{kind}Config")(**SHAPE, pad_token_id=1)
    network = getattr(transformers, f"{kind}Model")(made).eval()
    model: Any = [SimpleNamespace(auto_model=network)]
    refuse_overlong(model, Settings(tokens=most))
    network(torch.full((1, most), 5))
    with pytest.raises(UsageError, match=f"tokens is {most + 1}, but the base takes {most} at most"):
        refuse_overlong(model, Settings(tokens=most + 1))
    with pytest.raises((IndexError, RuntimeError)):  # as the network itself would
        network(torch.full((1, most + 1), 5))


def test_parts_are_hashed_one_at_a_time_to_the_same_digest() -> None:
    parts = [b"a", b"", b"bc"]
    assert digest_each(iter(parts)) == digest(*parts) != digest(b"ab", b"", b"c")


def test_models_of_other_weights_have_another_digest(tiny_model: Path) -> None:
    one, other = open_base(tiny_model), open_base(tiny_model)
    assert model_digest(one) == model_digest(other)
    other[0].auto_model.embeddings.word_embeddings.weight.data[0, 0] += 1
    assert model_digest(one) != model_digest(other)
