from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.encoders import load_encoder
from taskscape.encoders.prompts import PIE
from taskscape.errors import EncoderError, UsageError
from taskscape.training import Settings, train
from tests.training.tiny import examples

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["write a poem about rain", "sort a list", "draw cats"]


@pytest.fixture(scope="module")
def trained(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prompted") / "model"
    settings = Settings(steps=6, batch=8, tokens=60, validate_every=3, precision="fp32", held_out=0.2, prompt=PIE)
    train(examples(), folder, base=tiny_model, settings=settings)
    return folder


def test_a_model_trained_inside_a_prompt_is_read_inside_it_without_being_told(trained: Path) -> None:
    from sentence_transformers import SentenceTransformer

    wanted = SentenceTransformer(str(trained), device="cpu").encode([PIE.replace("{instruction}", t) for t in TEXTS])
    np.testing.assert_allclose(load_encoder(f"hf:{trained}").encode(TEXTS), wanted, atol=1e-5)
    np.testing.assert_allclose(load_encoder(f"hf:{trained}?template=pie").encode(TEXTS), wanted, atol=1e-5)
    bare = SentenceTransformer(str(trained), device="cpu").encode(TEXTS)
    np.testing.assert_allclose(load_encoder(f"hf:{trained}?template=none").encode(TEXTS), bare, atol=1e-5)


@pytest.mark.parametrize(
    ("told", "pooling"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode": "cls"}, "cls"),
        ({}, "mean"),
    ],
)
def test_a_sentence_transformers_folder_says_how_to_pool(
    tiny_model: Path, tmp_path: Path, told: dict[str, object], pooling: str
) -> None:
    (tmp_path / "1_Pooling").mkdir()
    for file in tiny_model.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(told))
    encoder = load_encoder(f"hf:{tmp_path}")
    assert encoder.fingerprint == load_encoder(f"hf:{tmp_path}?pooling={pooling}").fingerprint


def test_a_pooling_that_we_do_not_have_is_told(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    for file in tiny_model.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(EncoderError, match=r"was trained with pooling max: name one with \?pooling="):
        load_encoder(f"hf:{tmp_path}")


def test_training_takes_templates_by_name_but_none_with_a_mask(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from taskscape.cli.app import app

    refused = CliRunner().invoke(app, ["train", str(tmp_path), "-o", str(tmp_path / "m"), "--prompt", "pie-mask"])
    assert isinstance(refused.exception, UsageError)
    assert "without {mask}" in str(refused.exception)
