from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("torch")
from taskscape.encoders import load_encoder
from taskscape.encoders.devices import SpreadEncoder
from taskscape.errors import DataError, EncoderError
from tests.encoders.language_models import HIDDEN, TEXTS, write_llama

if TYPE_CHECKING:
    from pathlib import Path


def test_two_processes_give_what_one_gives_and_a_dead_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    name = f"hf:{write_llama(tmp_path)}?template=pie"
    one = load_encoder(name)
    spread = load_encoder(name, device="cpu,cpu")
    assert isinstance(spread, SpreadEncoder)
    try:
        assert (spread.name, spread.dimension, spread.fingerprint) == (one.name, HIDDEN, one.fingerprint)
        texts = [f"{text} {number}" for number in range(12) for text in TEXTS]
        np.testing.assert_allclose(spread.encode(texts), one.encode(texts), atol=1e-5)
        assert len(set(spread._pool._processes)) == 2
        assert spread.encode("one").shape == (HIDDEN,)
        assert spread.encode([]).shape == (0, HIDDEN)
        with pytest.raises(DataError, match="text 1"):
            spread.encode(["a", 7])  # type: ignore[list-item]
        os.kill(next(iter(spread._pool._processes)), signal.SIGKILL)
        with pytest.raises(EncoderError, match="a process of the encoder on cpu, cpu died"):
            spread.encode(texts)
    finally:
        spread.close()


def test_what_goes_wrong_in_a_process_comes_back(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="is no model folder"):
        load_encoder(f"hf:{tmp_path}", device="cpu,cpu")


def test_all_devices_are_one_processor_where_there_is_no_gpu(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert load_encoder(f"hf:{write_llama(tmp_path)}?device=all").dimension == HIDDEN
