from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from taskscape.encoders.exporting import calibration_texts, read_safetensors
from taskscape.encoders.labelling import load
from taskscape.encoders.layout import EncoderConfig
from taskscape.encoders.quantisation import quantise_product, quantise_table, weight_scales
from taskscape.errors import EncoderError
from taskscape.training.export import agreement, export, main
from taskscape.training.folders import open_base
from taskscape.training.modules import KINDS, TaskHeads
from tests.encoders.bert import HIDDEN, random_weights, write_bert, write_safetensors
from tests.training.tiny import TOPICS, VERBS, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def test_same_vectors_as_sentence_transformers(tmp_path: Path) -> None:
    model = write_model(tmp_path)
    texts = [f"{verb} a poem about {topic}" for verb in VERBS for topic in TOPICS]
    exact = export(model, tmp_path / "exact", quantise=False)
    assert agreement(model, exact, texts).min() > 0.9999
    small = export(model, tmp_path / "small", quantise=True, calibration=texts[::3])
    assert agreement(model, small, texts).mean() > 0.99
    assert (small / "model.onnx").stat().st_size < (exact / "model.onnx").stat().st_size


def test_a_length_that_the_tokenizer_tells_is_exported(tmp_path: Path) -> None:
    model = write_model(tmp_path)
    opened = open_base(model)
    opened.max_seq_length = 9
    opened.save_pretrained(str(tmp_path / "short"), create_model_card=False)
    output = export(tmp_path / "short", tmp_path / "out", quantise=False)
    assert EncoderConfig.read(output).max_tokens == 9
    assert agreement(tmp_path / "short", output, ["write a poem about rain"]).min() > 0.9999
    settings = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps(settings | {"model_max_length": 10**30}))
    assert EncoderConfig.read(export(model, tmp_path / "long", quantise=False)).max_tokens == 64


def test_heads_beside_a_model_are_exported_with_it(tmp_path: Path) -> None:
    model = write_model(tmp_path)
    heads = TaskHeads(open_base(model)[0].get_embedding_dimension(), ["*", "none"], ["*", "knowledge", "none"])
    torch.nn.init.normal_(heads.pointers.bias)
    torch.nn.init.normal_(heads.classes.bias)
    (model / "heads").mkdir()
    heads.save(str(model / "heads"))
    output = export(model, tmp_path / "out", quantise=False)
    config = EncoderConfig.read(output)
    assert config.token_heads == {"verb": 1, "noun": 1}
    assert config.text_heads == {"verb": heads.verbs, "noun": heads.nouns, "kind": list(KINDS)}
    texts, base = ["write a poem"], open_base(model)
    with torch.no_grad():
        wanted = heads(base[0](base.preprocess(texts)))
    _, found = load(output).encode_with_heads(texts)
    for name, key in (("verb", "verb_class"), ("noun", "noun_class"), ("kind", "kind")):
        np.testing.assert_allclose(found.classes[name], wanted[key], atol=1e-4)
    for name in ("verb", "noun"):
        np.testing.assert_allclose(found.tokens[name][:, 0], wanted[f"{name}_logits"][0], atol=1e-4)
    assert (config.windows, config.window_head) == (32, "verb")
    bare = EncoderConfig.read(export(model, tmp_path / "bare", quantise=False, heads={}))
    assert not bare.text_heads
    assert bare.window_head is None


def test_heads_that_do_not_fit_their_classes_are_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_model(tmp_path)
    heads = TaskHeads(open_base(model)[0].get_embedding_dimension(), ["*"], ["*"])
    (model / "heads").mkdir()
    heads.save(str(model / "heads"))
    (model / "heads" / "heads.json").write_text('{"verbs": ["*", "none"], "nouns": ["*"]}', encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["export", str(model), str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code
    error = capsys.readouterr().err
    assert "does not fit heads.json: 'classes' has not 7 rows" in error
    assert "Traceback" not in error


def test_export_is_the_same_every_time(tmp_path: Path) -> None:
    bert = write_bert(tmp_path / "bert")
    one, other = (export(bert, tmp_path / name, quantise=True, calibration=["write ."]) for name in "ab")
    for file in one.iterdir():
        assert file.read_bytes() == (other / file.name).read_bytes()


def test_replaces_what_is_there_and_leaves_nothing_behind(tmp_path: Path) -> None:
    bert = write_bert(tmp_path / "bert")
    output = export(bert, tmp_path / "out" / "model", quantise=False)
    (output / "stray").write_text("x")
    export(bert, output, quantise=False, max_tokens=16, origin="ours", licence="CC0")
    assert sorted(path.name for path in output.iterdir()) == ["config.json", "model.onnx", "tokenizer.json"]
    assert [path.name for path in output.parent.iterdir()] == ["model"]
    config = EncoderConfig.read(output)
    assert (config.max_tokens, config.layers, config.origin, config.licence) == (16, 2, "ours", "CC0")


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ({"verb.weight": np.zeros((1, HIDDEN))}, "is not known"),
        ({"token/verb.weight": np.zeros((1, 7))}, r"has shape \(1, 7\), not \(outputs, 64\)"),
        ({"token/verb.weight": np.zeros((1, HIDDEN)), "token/verb.bias": np.zeros(2)}, "not one number for each"),
        ({"token/verb.bias": np.zeros(1)}, "has no weight"),
        ({"text/kind.weight": np.zeros((3, HIDDEN))}, "needs the name of each class"),
    ],
)
def test_heads_that_do_not_fit_are_refused(tmp_path: Path, heads: dict[str, NDArray[np.float32]], message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        export(write_bert(tmp_path / "bert"), tmp_path / "out", quantise=False, heads=heads)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", '{"model_type": "gpt2"}', "is a 'gpt2' model"),
        ("config.json", "nonsense", "cannot be read as JSON"),
        ("model.safetensors", "nonsense", "cannot be read as safetensors"),
        ("1_Pooling/config.json", '{"pooling_mode_cls_token": true}', "does not pool by the mean"),
        ("sentence_bert_config.json", '{"max_seq_length": 4000}', "is not between 8 and 48"),
    ],
)
def test_folder_that_is_no_such_model_is_told(tmp_path: Path, file: str, content: str, message: str) -> None:
    bert = write_bert(tmp_path / "bert")
    (bert / file).parent.mkdir(exist_ok=True)
    (bert / file).write_text(content)
    with pytest.raises(EncoderError, match=message):
        export(bert, tmp_path / "out", quantise=False)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="there is no folder"):
        export(tmp_path / "model", tmp_path / "out", quantise=False)


def test_missing_weight_is_named(tmp_path: Path) -> None:
    bert = write_bert(tmp_path / "bert")
    weights = random_weights(2, 0)
    del weights["encoder.layer.1.output.dense.bias"]
    write_safetensors(bert / "model.safetensors", weights)
    with pytest.raises(EncoderError, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        export(bert, tmp_path / "out", quantise=False)


def test_safetensors_that_are_cut_short_are_told(tmp_path: Path) -> None:
    bert = write_bert(tmp_path / "bert")
    whole = (bert / "model.safetensors").read_bytes()
    (bert / "model.safetensors").write_bytes(whole[:-5])
    with pytest.raises(EncoderError, match=r"model\.safetensors is cut short: .* ends at byte"):
        export(bert, tmp_path / "out", quantise=False)


def test_safetensors_of_half_precision_are_read(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    value = torch.tensor([[1.5, -2.25], [0.125, 3.0]])
    save_file({"a": value.half(), "b": value.bfloat16(), "c": value}, tmp_path / "x.safetensors")
    for read in read_safetensors(tmp_path / "x.safetensors").values():
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, value.numpy())


def test_no_pair_of_weights_can_overflow_16_bits() -> None:
    weight = np.random.default_rng(0).standard_t(2, size=(50, 64)).astype(np.float32)  # heavy tails
    rounded = np.rint(weight / weight_scales(weight)[:, None]).astype(np.int64)
    assert np.abs(rounded).max() <= 127
    pairs = rounded.reshape(50, -1, 2)
    for side in (np.maximum(pairs, 0), np.minimum(pairs, 0)):
        assert np.abs(255 * side.sum(axis=-1)).max() <= 32767


def test_product_in_integers_is_near_the_product() -> None:
    rng = np.random.default_rng(1)
    x = (rng.normal(size=(200, 32)) * np.geomspace(0.1, 30, 32)).astype(np.float32)  # channels of very different size
    weight = rng.normal(size=(16, 32)).astype(np.float32)
    q = quantise_product(weight, x.min(axis=0), x.max(axis=0))
    rounded = np.clip(np.rint(x * q.evening / q.input_scale) + q.input_zero, 0, 255) - q.input_zero
    result = (rounded @ q.weight.T.astype(np.float64)) * q.input_scale * q.scales
    assert np.corrcoef(result.ravel(), (x @ weight.T).ravel())[0, 1] > 0.999
    assert 0 <= q.input_zero <= 255


def test_table_in_8_bits_is_near_the_table() -> None:
    table = np.random.default_rng(2).normal(size=(20, 8)).astype(np.float32)
    rounded, scales = quantise_table(table)
    np.testing.assert_allclose(rounded * scales, table, atol=float(scales.max()) / 2 + 1e-6)


def test_calibration_texts_are_varied() -> None:
    texts = calibration_texts()
    assert len(texts) == len(set(texts)) > 80
    assert all(text.strip() for text in texts)
