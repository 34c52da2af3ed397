from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch")
import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from taskscape.encoders.prompted import PromptedEncoder
from taskscape.encoders.reading import SHARED_TOKENS, common_beginning
from tests.encoders.language_models import TEXTS, write_llama, write_masked

if TYPE_CHECKING:
    from pathlib import Path

    import torch

IDS = st.lists(st.integers(0, 2), min_size=1, max_size=12)


@given(beginning=st.lists(st.integers(0, 2), max_size=12), ends=st.lists(IDS, min_size=1, max_size=6))
def test_a_common_beginning_is_common_and_leaves_a_token_in_each_text(
    beginning: list[int], ends: list[list[int]]
) -> None:
    texts = [beginning + end for end in ends]
    alike = common_beginning(texts)
    assert alike == 0 or alike >= SHARED_TOKENS
    assert len({tuple(text[:alike]) for text in texts}) == 1
    assert all(len(text) > alike for text in texts)
    if len(texts) >= 4 and len(beginning) >= SHARED_TOKENS:
        assert alike >= len(beginning)


def test_a_template_is_read_once_for_all_texts_with_the_same_vectors(tmp_path: Path) -> None:
    encoder = PromptedEncoder(str(write_llama(tmp_path)), template="pie")
    assert encoder.checkpoint.resumes
    tokens: list[int] = []

    def count(_module: Any, _given: Any, named: dict[str, torch.Tensor]) -> None:
        tokens.append(named["input_ids"].numel())

    encoder.checkpoint.model.register_forward_pre_hook(count, with_kwargs=True)
    texts = TEXTS * 4
    shared = encoder.encode(texts)
    few = sum(tokens)
    tokens.clear()
    encoder.checkpoint = dataclasses.replace(encoder.checkpoint, resumes=False)
    whole = encoder.encode(texts)
    np.testing.assert_allclose(shared, whole, atol=1e-5)
    assert few < 0.8 * sum(tokens)


def test_a_model_that_looks_both_ways_never_reads_on(tmp_path: Path) -> None:
    encoder = PromptedEncoder(str(write_masked(tmp_path)), template="pie")
    assert not encoder.checkpoint.resumes


def test_a_model_without_keys_and_values_to_go_on_from_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    def fails(*_: Any) -> None:
        raise AttributeError("no such memory")

    folder = write_llama(tmp_path)
    wanted = PromptedEncoder(str(folder), template="pie").encode(TEXTS)
    monkeypatch.setattr(transformers.DynamicCache, "batch_repeat_interleave", fails)
    encoder = PromptedEncoder(str(folder), template="pie")
    assert not encoder.checkpoint.resumes
    np.testing.assert_allclose(encoder.encode(TEXTS), wanted, atol=1e-5)
