from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from taskscape.encoders import load_encoder
from taskscape.encoders.exporting import export
from taskscape.encoders.labelling import LabellingEncoder
from taskscape.encoders.packaged import PackagedEncoder
from taskscape.errors import DataError, EncoderError
from tests.encoders.bert import HIDDEN, random_weights, reference, write_bert, write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CALIBRATION = ["write a poem about a sea .", "list songs ?", "a b c d e f g", "writing lists", "x y z"]
TEXTS = ["write a poem about a sea .", "list songs ?", "", "?", "a b c d e f g h i j k l m n o p q r s t u v w x y z"]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(scope="module")
def folder(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(bert, tmp_path_factory.mktemp("exported") / "plain", quantise=False)


@pytest.fixture(scope="module")
def encoder(folder: Path) -> PackagedEncoder:
    return PackagedEncoder(folder)


@pytest.fixture(scope="module")
def small(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> PackagedEncoder:
    """8-bit, so that a text cannot hide its neighbours' influence behind rounding."""
    output = tmp_path_factory.mktemp("exported") / "int8"
    return PackagedEncoder(export(bert, output, quantise=True, calibration=CALIBRATION))


def token_vectors(bert: Path, text: str, *, layers: int = 2) -> NDArray[np.float64]:
    ids = Tokenizer.from_file(str(bert / "tokenizer.json")).encode(text).ids
    return reference(random_weights(2, 0), layers, ids)


def unit(vector: NDArray[Any]) -> NDArray[Any]:
    return vector / np.linalg.norm(vector)


def test_embedding_is_the_unit_mean_of_the_textbooks_token_vectors(bert: Path, encoder: PackagedEncoder) -> None:
    expected = np.array([unit(token_vectors(bert, text).mean(axis=0)) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=2e-5)


def test_8_bits_stay_near_and_are_a_quarter_of_the_size(bert: Path, small: PackagedEncoder, folder: Path) -> None:
    expected = np.array([unit(token_vectors(bert, text).mean(axis=0)) for text in TEXTS])
    assert ((small.encode(TEXTS) * expected).sum(axis=1) > 0.99).all()


@given(texts=st.lists(st.text(alphabet="abcwxyz .?é\ud800\x00\n😀", max_size=60), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_has_the_same_unit_embedding_in_any_company(small: PackagedEncoder, texts: list[str]) -> None:
    together = small.encode(texts)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.array([small.encode(text) for text in texts])
    assert together.tobytes() == alone.tobytes()


def test_an_overlong_neighbour_does_not_change_a_bit(small: PackagedEncoder) -> None:
    texts = [f"write {'a ' * (n % 9)}poem about {'sea ' * (n % 5)}" for n in range(45)]
    alone = small.encode(texts)
    before = small.overlong
    together = small.encode([*texts[:20], "a b c " * 100, *texts[20:]])
    assert small.overlong == before + 1
    assert np.delete(together, 20, axis=0).tobytes() == alone.tobytes()
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_threads_and_batches_do_not_change_a_bit(folder: Path) -> None:
    texts = [f"write {'a ' * (n % 9)}poem about {'sea ' * (n % 5)}" for n in range(200)]
    one = PackagedEncoder(folder, threads=1, batch_tokens=256).encode(texts)
    many = PackagedEncoder(folder, threads=4, batch_tokens=256).encode(texts)
    assert one.tobytes() == many.tobytes()


def test_overlong_text_is_read_from_both_ends_and_counted(folder: Path) -> None:
    encoder = PackagedEncoder(folder)
    middle = encoder.encode("a " * 30 + "b " * 300 + "c " * 30)
    assert encoder.overlong == 1
    # What stands between the windows is not read; what stands at either end is.
    np.testing.assert_allclose(middle, encoder.encode("a " * 30 + "b " * 500 + "c " * 30), atol=1e-6)
    assert not np.allclose(middle, encoder.encode("a " * 30 + "b " * 300 + "d " * 30), atol=1e-3)
    assert not np.allclose(middle, encoder.encode("d " * 30 + "b " * 300 + "c " * 30), atol=1e-3)
    assert encoder.overlong == 4


def test_megabyte_costs_no_more_than_its_windows(folder: Path) -> None:
    encoder = PackagedEncoder(folder)
    windows = encoder._tokenizer.windows(["a b c " * 200_000, "x" * 1_000_000], offsets=True)
    assert windows.lengths.sum() <= 4 * 48
    assert not windows.whole.any()
    last = windows.bounds[np.searchsorted(windows.texts, 1)] - 1  # what follows the first text's last word
    assert windows.offsets()[last - 1].tolist() == [1_199_998, 1_199_999]  # it still knows its place


def test_single_text_gives_one_vector_and_no_text_an_empty_array(encoder: PackagedEncoder) -> None:
    assert encoder.encode("write").shape == (HIDDEN,)
    assert encoder.encode([]).shape == (0, HIDDEN)
    np.testing.assert_array_equal(encoder.encode(["write"])[0], encoder.encode("write"))


def test_what_is_no_text_is_named_by_its_position(encoder: PackagedEncoder) -> None:
    with pytest.raises(DataError, match=r"text 1 \(counted from 0\) is not a string but a NoneType"):
        encoder.encode(["a", None])  # type: ignore[list-item]


def test_takes_the_arguments_of_sentence_transformers(encoder: PackagedEncoder) -> None:
    rows = encoder.encode(
        ["a", "b"],
        batch_size=1,
        show_progress_bar=True,
        convert_to_numpy=True,
        normalize_embeddings=True,
        device="cpu",
        prompt_name=None,
    )
    np.testing.assert_allclose(rows, encoder.encode(["a", "b"]), atol=1e-6)
    np.testing.assert_allclose(encoder.encode("a", prompt="write "), encoder.encode("write a"), atol=1e-6)
    for wrong in ({"convert_to_tensor": True}, {"prompt_name": "query"}, {"truncate_dim": 8}, {"precision": "int8"}):
        with pytest.raises(EncoderError, match="is not offered"):
            encoder.encode("a", **wrong)


def test_fingerprint_follows_what_decides_vectors(bert: Path, folder: Path, tmp_path: Path) -> None:
    same = export(bert, tmp_path / "same", quantise=False, licence="CC0", origin="elsewhere")
    other = export(bert, tmp_path / "other", quantise=False, max_tokens=24)
    assert PackagedEncoder(folder).fingerprint == PackagedEncoder(same).fingerprint
    assert PackagedEncoder(folder).fingerprint != PackagedEncoder(other).fingerprint


def head_weights() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(3)
    shapes = {"token/verb.weight": (1, HIDDEN), "token/verb.bias": (1,), "text/kind.weight": (3, HIDDEN)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_heads_read_token_vectors_and_their_mean(bert: Path, tmp_path: Path) -> None:
    heads = head_weights()
    folder = export(bert, tmp_path / "heads", quantise=False, heads=heads, classes={"kind": ["x", "y", "z"]})
    encoder = PackagedEncoder(folder)
    assert encoder.has_heads
    assert encoder.config.text_heads == {"kind": ["x", "y", "z"]}
    embeddings, outputs = encoder.encode_with_heads(TEXTS)
    np.testing.assert_allclose(embeddings, encoder.encode(TEXTS), atol=1e-6)
    for number, text in enumerate(TEXTS):
        vectors = token_vectors(bert, text)
        own = slice(*outputs.bounds[number : number + 2])
        expected = vectors @ heads["token/verb.weight"].T + heads["token/verb.bias"]
        np.testing.assert_allclose(outputs.tokens["verb"][own], expected, atol=1e-4)
        kinds = vectors.mean(0) @ heads["text/kind.weight"].T
        np.testing.assert_allclose(outputs.classes["kind"][number], kinds, atol=1e-4)
        words = [text[start:end] for start, end in outputs.offsets[own] if end > start]
        tokens = Tokenizer.from_file(str(bert / "tokenizer.json")).encode(text).tokens[1:-1]
        assert words == [token.removeprefix("##") for token in tokens]


def test_windows_are_cut_at_sentences_and_weighed_by_the_head_that_finds_the_request(
    bert: Path, tmp_path: Path
) -> None:
    wanted, other = token_vectors(bert, "write a poem").mean(0), token_vectors(bert, "b b b b").mean(0)
    heads = {
        "token/verb.weight": np.zeros((1, HIDDEN), np.float32),
        "token/verb.bias": np.zeros(1, np.float32),
        "text/verb.weight": np.stack([wanted, other]).astype(np.float32),
        "text/verb.bias": np.zeros(2, np.float32),
    }
    heads["token/verb.weight"][0] = token_vectors(bert, "write")[1]  # fires at "write"
    settings: dict[str, Any] = {
        "window_head": "verb",
        "window_sharpness": 50.0,
        "window_tokens": 20,
        "windows": 5,
        "classes": {"verb": ["*", "none"]},
    }
    encoder = PackagedEncoder(export(bert, tmp_path / "sharp", quantise=False, heads=heads, **settings))
    buried = "b " * 60 + "\n\nwrite a poem .\n\n" + "b " * 60
    windows = encoder._tokenizer.windows([buried], offsets=False)
    ids = [windows.ids(np.array([number]))[0].tolist() for number in range(len(windows.texts))]
    chosen = [window for window in ids if len(set(window)) == 6]
    assert len(chosen) == 1  # the request has a window to itself
    np.testing.assert_allclose(
        encoder.encode(buried), unit(reference(random_weights(2, 0), 2, chosen[0]).mean(0)), atol=1e-3
    )
    # In company, too: the windows of each text stay with it.
    _, outputs = encoder.encode_with_heads(["a poem", buried, "", buried + "b"])
    for number in (1, 3):
        own = slice(*outputs.bounds[number : number + 2])
        verb = int(outputs.tokens["verb"][own, 0].argmax())
        assert buried[slice(*outputs.offsets[own][verb])] == "write"


def test_the_name_of_the_task_is_added_to_the_mean(tmp_path: Path) -> None:
    """The product of the verb's and the noun's vector, by a gate; without the heads it cannot be."""
    bert = write_bert(tmp_path / "bert")
    rng = np.random.default_rng(5)

    def draw(*shape: int) -> NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    heads = {f"token/{word}.weight": draw(1, HIDDEN) for word in ("verb", "noun")}
    heads |= {"text/verb.weight": draw(3, HIDDEN), "text/noun.weight": draw(2, HIDDEN)}
    sizes = {"turn": (HIDDEN, HIDDEN), "verb": (HIDDEN, HIDDEN + 3), "noun": (HIDDEN, HIDDEN + 2)}
    sizes |= {"name": (HIDDEN, HIDDEN), "gate": (1, HIDDEN)}
    naming = {f"{name}.weight": draw(*size) for name, size in sizes.items()} | {"gate.bias": draw(1)}
    (bert / "3_TaskNaming").mkdir()
    (bert / "modules.json").write_text('[{"path": "3_TaskNaming", "type": "taskscape.training.naming.TaskNaming"}]')
    write_safetensors(bert / "3_TaskNaming" / "model.safetensors", naming)
    classes = {"verb": ["*", "what", "none"], "noun": ["*", "math"]}
    encoder = PackagedEncoder(export(bert, tmp_path / "named", quantise=False, heads=heads, classes=classes))
    assert encoder.config.pooling == "named"

    def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()

    for text, row in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        vectors, inputs = token_vectors(bert, text), token_vectors(bert, text, layers=0)
        mean, product = vectors.mean(axis=0), np.ones(HIDDEN)
        for word in ("verb", "noun"):
            pointed = softmax(vectors @ heads[f"token/{word}.weight"][0]) @ inputs
            shares = softmax(heads[f"text/{word}.weight"] @ mean)
            product *= unit(naming[f"{word}.weight"] @ np.concatenate([shares[0] * pointed, shares]))
        gate = 1 / (1 + np.exp(-(naming["gate.weight"] @ unit(mean) + naming["gate.bias"])))
        expected = unit(naming["turn.weight"] @ unit(mean)) + gate * (naming["name.weight"] @ unit(product))
        np.testing.assert_allclose(row, unit(expected), atol=1e-4)
    with pytest.raises(EncoderError, match="needs the heads text/noun, text/verb, token/noun, token/verb"):
        export(bert, tmp_path / "headless", quantise=False)


def test_a_linear_dense_layer_stands_behind_the_pooling(tmp_path: Path) -> None:
    """The layout is that of sentence-transformers; another dense layer than a linear one is refused."""
    bert = write_bert(tmp_path / "bert")
    weight = np.random.default_rng(6).normal(size=(24, HIDDEN)).astype(np.float32)
    (bert / "2_Dense").mkdir()
    modules = [{"path": path, "type": f"sentence_transformers.models.{path[2:]}"} for path in ("1_Pooling", "2_Dense")]
    (bert / "modules.json").write_text(json.dumps(modules))
    (bert / "2_Dense" / "config.json").write_text('{"activation_function": "torch.nn.modules.linear.Identity"}')
    write_safetensors(bert / "2_Dense" / "model.safetensors", {"linear.weight": weight})
    encoder = PackagedEncoder(export(bert, tmp_path / "dense", quantise=False))
    assert encoder.dimension == 24
    expected = np.array([unit(weight @ token_vectors(bert, text).mean(axis=0)) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=2e-5)
    (bert / "2_Dense" / "config.json").write_text('{"activation_function": "torch.nn.modules.activation.Tanh"}')
    with pytest.raises(EncoderError, match="2_Dense has an activation"):
        export(bert, tmp_path / "tanh", quantise=False)


def test_folder_with_task_heads_labels_and_another_does_not(bert: Path, folder: Path, tmp_path: Path) -> None:
    zeros = np.zeros((2, HIDDEN), np.float32)
    heads = {f"text/{name}.weight": zeros for name in ("verb", "noun")}
    heads |= {"text/kind.weight": np.zeros((4, HIDDEN), np.float32)}
    heads |= {f"token/{name}.weight": zeros[:1] for name in ("verb", "noun")}
    classes = {"verb": ["*", "what"], "noun": ["*", "math"], "kind": ["VP", "SBARQ", "SQ", "Others"]}
    labelling = load_encoder(export(bert, tmp_path / "tasks", quantise=False, heads=heads, classes=classes))
    assert isinstance(labelling, LabellingEncoder)
    embeddings, tasks = labelling.encode_with_tasks(TEXTS)
    assert len(tasks) == len(embeddings) == len(TEXTS)
    assert not hasattr(load_encoder(folder), "encode_with_tasks")
    with pytest.raises(EncoderError, match="has no heads"):
        PackagedEncoder(folder).encode_with_heads(TEXTS)


def broken(folder: Path, tmp_path: Path, name: str, content: str) -> Path:
    copy = tmp_path / "broken"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / name).write_text(content)
    return copy


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", "{}", "no JSON object with `layout`"),
        ("config.json", "nonsense", "no JSON object with `layout`"),
        ("config.json", json.dumps({"layout": "taskscape-onnx-9"}), "this version of taskscape reads"),
        ("config.json", json.dumps({"layout": "taskscape-onnx-1", "colour": 1}), "not known: colour"),
        ("config.json", json.dumps({"layout": "taskscape-onnx-1"}), "lacks a setting"),
        ("model.onnx", "nonsense", "cannot be run by onnxruntime"),
        ("tokenizer.json", "nonsense", "no tokenizer"),
    ],
)
def test_broken_folder_is_told_by_name(folder: Path, tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        PackagedEncoder(broken(folder, tmp_path, name, content))


@pytest.mark.parametrize(
    ("head", "message"), [("kind", r"its classes lack 'none'"), ("verb", "there is no such text head")]
)
def test_a_head_that_cannot_weigh_windows_is_refused_before_anything_is_run(
    bert: Path, tmp_path: Path, head: str, message: str
) -> None:
    given: dict[str, Any] = {"heads": head_weights(), "classes": {"kind": ["x", "y", "z"]}}
    with pytest.raises(EncoderError, match=message):
        export(bert, tmp_path / "refused", quantise=False, window_head=head, **given)
    folder = export(bert, tmp_path / "kept", quantise=False, **given)
    settings = json.loads((folder / "config.json").read_text()) | {"window_head": head}
    (folder / "config.json").write_text(json.dumps(settings))
    with pytest.raises(EncoderError, match=rf"config\.json: window_head='{head}' cannot weigh windows: {message}"):
        PackagedEncoder(folder)


def test_empty_folder_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"is no encoder: it has no model\.onnx"):
        load_encoder(tmp_path)
