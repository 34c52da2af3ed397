from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
import transformers
from peft import LoraConfig, get_peft_model

from taskscape import embed, open_dataset
from taskscape.encoders import load_encoder
from taskscape.encoders.pooling import PLACES, layers_of
from taskscape.encoders.prompted import PromptedEncoder
from taskscape.encoders.prompts import PIE
from taskscape.errors import EncoderError, MissingExtraError, StoreError, UsageError
from tests.encoders.language_models import (
    BLOCKS,
    HIDDEN,
    TEXTS,
    hidden_states,
    write_gpt2,
    write_llama,
    write_masked,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

# Written out once more, character by character: what the published code has.
WRITTEN = {
    "none": "{}",
    "semantic": 'This sentence of "{}" means:',
    "pie": "The essence of an instruction is its task intention. With this in mind, given the instruction below:\n\n"
    "{}\n\nafter thinking step by step, the task of the given instruction is:",
    "semantic-mask": 'This sentence of "{}" means [MASK].',
    "pie-mask": "The essence of an instruction is its task intention. With this in mind, given the instruction "
    "below:\n\n{}\n\nafter thinking step by step, the task of the given instruction is: [MASK].",
    "Sort this: {instruction} Kind?": "Sort this: {} Kind?",
}
MASKED = ["none", "semantic", "pie", "semantic-mask", "pie-mask", "Sort this: {instruction} Kind?"]
CAUSAL = [name for name in MASKED if not name.endswith("-mask")]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Models this small only lose time on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("models")
    return {
        "llama": write_llama(base / "llama"),
        "bert": write_masked(base / "bert"),
        "gpt2": write_gpt2(base / "gpt2"),
        "roberta": write_masked(base / "roberta", roberta=True),
    }


@pytest.fixture(scope="module")
def opened(folders: dict[str, Path]) -> dict[str, PromptedEncoder]:
    """Opening costs most: tests that need no other setting share these."""
    return {name: PromptedEncoder(str(folder)) for name, folder in folders.items()}


def by_hand(ids: list[int], layers: list[torch.Tensor], pooling: str, *, masked_slot: bool) -> NDArray[np.float32]:
    """Pool the hidden states of one text as the published code says it, in numpy."""
    states = np.stack([layer.numpy() for layer in layers])
    at = len(ids) - 1
    if masked_slot:
        at = max(place for place, token in enumerate(ids) if token == 4)  # [MASK]
    vector = {
        "cls": lambda: states[-1][0],
        "last": lambda: states[-1][at],
        "last-2": lambda: (states[-1][at] + states[-2][at]) / 2,
        "first-last": lambda: (states[-1][at] + states[0][at]) / 2,
        "mid": lambda: states[len(states) // 2][at],
        "mean": lambda: states[-1].mean(axis=0),
    }[pooling]()
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


@pytest.mark.parametrize(
    ("model", "template"), [("llama", name) for name in CAUSAL] + [("bert", name) for name in MASKED]
)
def test_every_template_and_pooling_is_that_taken_by_hand(folders: dict[str, Path], model: str, template: str) -> None:
    read = hidden_states(folders[model], [WRITTEN[template].format(text) for text in TEXTS])
    for padding in ("left", "right"):
        encoder = PromptedEncoder(str(folders[model]), template=template, padding=padding, pooling="last")
        for pooling in PLACES:
            encoder.pooling = pooling
            encoder.layers = layers_of(pooling, blocks=BLOCKS)
            wanted = [by_hand(*one, pooling, masked_slot=template.endswith("-mask")) for one in read]
            np.testing.assert_allclose(encoder.encode(TEXTS), wanted, atol=1e-5, err_msg=f"{pooling}, {padding}")


def test_the_name_says_what_keywords_say(folders: dict[str, Path]) -> None:
    path = str(folders["llama"])
    by_name = load_encoder(f"hf:{path}?template=pie&pooling=last-2&dtype=fp32&layer=3&max_tokens=100")
    by_keyword = load_encoder(f"hf:{path}", template="pie", pooling="last-2", dtype="fp32", layer=3, max_tokens=100)
    assert by_name.name == by_keyword.name
    assert by_name.fingerprint == by_keyword.fingerprint
    np.testing.assert_array_equal(by_name.encode(TEXTS), by_keyword.encode(TEXTS))
    own = load_encoder(f"hf:{path}", template="A & B? {instruction}\n= 100%")
    again = load_encoder(own.name)
    assert again.fingerprint == own.fingerprint


@pytest.mark.parametrize("model", ["llama", "gpt2", "bert", "roberta"])
def test_padding_on_the_left_or_right_or_none_is_all_the_same(opened: dict[str, PromptedEncoder], model: str) -> None:
    encoder = opened[model]
    one_by_one = np.stack([encoder.encode(text) for text in TEXTS])
    try:
        for padding in ("left", "right"):
            encoder.padding = padding
            np.testing.assert_allclose(encoder.encode(TEXTS), one_by_one, atol=1e-5, err_msg=padding)
    finally:
        encoder.padding = "right"


def test_a_causal_model_is_told_from_one_that_looks_both_ways(opened: dict[str, PromptedEncoder]) -> None:
    assert {name: encoder.checkpoint.causal for name, encoder in opened.items()} == {
        "llama": True,
        "gpt2": True,
        "bert": False,
        "roberta": False,
    }
    assert (opened["llama"].pooling, opened["bert"].pooling) == ("last-2", "mean")


@pytest.mark.parametrize(("layer", "wanted"), [(0, 0), (2, 2), (-1, BLOCKS), (-2, BLOCKS - 1)])
def test_any_layer(folders: dict[str, Path], layer: int, wanted: int) -> None:
    [(_, states)] = hidden_states(folders["llama"], TEXTS[:1])
    vector = states[wanted][-1].numpy()
    encoder = load_encoder(f"hf:{folders['llama']}?pooling=last&layer={layer}")
    np.testing.assert_allclose(encoder.encode(TEXTS[0]), vector / np.linalg.norm(vector), atol=1e-5)


def test_fingerprint_knows_weights_tokenizer_prompt_pooling_and_precision(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    path = str(folders["llama"])
    other_weights = write_llama(tmp_path / "other", seed=1)
    other_words = write_llama(tmp_path / "words")
    words = other_words / "tokenizer.json"
    held = json.loads(words.read_text())
    vocabulary = held["model"]["vocab"]
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    words.write_text(json.dumps(held))
    changed = [
        PromptedEncoder(path, **settings)
        for settings in (
            {},
            {"template": "pie"},
            {"pooling": "last"},
            {"layer": 3},
            {"dtype": "bf16"},
            {"max_tokens": 50},
        )
    ]
    prints = [encoder.fingerprint for encoder in changed]
    prints += [PromptedEncoder(str(folder)).fingerprint for folder in (other_weights, other_words)]
    assert len(set(prints)) == len(prints)
    assert PromptedEncoder(path, padding="left", batch_tokens=64).fingerprint == prints[0]


def test_weights_that_no_state_passes_through_do_not_count(folders: dict[str, Path]) -> None:
    # A masked language model's checkpoint has no pooler: transformers draws one anew each time.
    path = str(folders["bert"])
    assert PromptedEncoder(path).fingerprint == PromptedEncoder(path).fingerprint


def test_batches_keep_to_the_budget_and_do_not_change_the_vectors(opened: dict[str, PromptedEncoder]) -> None:
    encoder = opened["bert"]
    whole = encoder.encode(TEXTS * 5)
    shapes: list[tuple[int, ...]] = []
    hook = encoder.checkpoint.model.register_forward_pre_hook(
        lambda _module, _given, named: shapes.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    budget = encoder._budget.tokens
    try:
        encoder._budget.tokens = 48
        np.testing.assert_allclose(encoder.encode(TEXTS * 5), whole, atol=1e-5)
        assert all(rows * width <= 48 or rows == 1 for rows, width in shapes)
        widths = [width for _, width in shapes]
        assert widths == sorted(widths, reverse=True)
        shapes.clear()
        encoder.encode(TEXTS, batch_size=1)
        assert [rows for rows, _ in shapes] == [1] * len(TEXTS)
    finally:
        encoder._budget.tokens = budget
        hook.remove()


@pytest.mark.parametrize(
    "error",
    [torch.cuda.OutOfMemoryError("CUDA out of memory."), RuntimeError("DefaultCPUAllocator: can't allocate memory")],
)
def test_when_memory_runs_out_batches_get_smaller(folders: dict[str, Path], error: RuntimeError) -> None:
    encoder = PromptedEncoder(str(folders["llama"]))
    wanted = encoder.encode(TEXTS * 5)
    tried: list[int] = []

    def full(_module: Any, _given: Any, named: dict[str, torch.Tensor]) -> None:
        tried.append(named["input_ids"].numel())
        if tried[-1] > 60:
            raise error

    encoder.checkpoint.model.register_forward_pre_hook(full, with_kwargs=True)
    np.testing.assert_allclose(encoder.encode(TEXTS * 5), wanted, atol=1e-5)
    failed = [size for size in tried if size > 60]
    assert 1 <= len(failed) < 5
    tried.clear()
    encoder.encode(TEXTS * 5)
    assert all(size <= 60 for size in tried)  # what did not fit once is not tried again


def test_one_text_that_does_not_fit_into_memory_is_told(folders: dict[str, Path]) -> None:
    encoder = PromptedEncoder(str(folders["llama"]))

    def full(*_: Any) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory.")

    encoder.checkpoint.model.register_forward_pre_hook(full)
    with pytest.raises(EncoderError, match=r"one text of .* tokens: set a lower max_tokens"):
        encoder.encode(TEXTS)


def test_other_errors_of_the_network_are_not_taken_for_want_of_memory(folders: dict[str, Path]) -> None:
    encoder = PromptedEncoder(str(folders["llama"]))

    def broken(*_: Any) -> None:
        raise RuntimeError("shapes do not fit")

    encoder.checkpoint.model.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        encoder.encode(TEXTS)


def test_a_long_text_is_cut_inside_the_slot_and_counted(folders: dict[str, Path]) -> None:
    encoder = PromptedEncoder(str(folders["llama"]), template="pie")
    ends = encoder._fitting(["short", "word " * 300, "word " * 100_000, "short"])
    tail = ends[0][-10:]
    assert all(ids[-10:] == tail for ids in ends)
    assert encoder.max_tokens == 160
    assert all(150 < len(ids) <= 160 for ids in ends[1:3])
    assert encoder.cut == 2
    assert encoder.remarks == ["2 texts have more than 160 tokens and were cut"]
    with pytest.raises(EncoderError, match="no room is left"):
        PromptedEncoder(str(folders["llama"]), template="pie", max_tokens=20)


def test_promises_of_every_encoder(opened: dict[str, PromptedEncoder]) -> None:
    for encoder in opened.values():
        rows = encoder.encode([*TEXTS, TEXTS[0], "Ωραία 😀 \ud800 text", ""])
        assert (rows.dtype, rows.shape) == (np.dtype(np.float32), (len(TEXTS) + 3, HIDDEN))
        np.testing.assert_allclose(np.linalg.norm(rows[:-1], axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(rows[0], rows[len(TEXTS)], atol=1e-6)
        assert np.isfinite(rows).all()
        assert encoder.encode([]).shape == (0, HIDDEN)
        assert encoder.encode("one").shape == (HIDDEN,)
    assert not opened["gpt2"].encode("").any()  # its tokenizer gives no token at all


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_half_precision_is_near(folders: dict[str, Path], opened: dict[str, PromptedEncoder], dtype: str) -> None:
    rows = PromptedEncoder(str(folders["llama"]), dtype=dtype).encode(TEXTS)
    assert (rows * opened["llama"].encode(TEXTS)).sum(1).min() > 0.99


def test_eight_bits_without_their_package_name_it(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes", None)
    with pytest.raises(MissingExtraError, match="8-bit weights needs bitsandbytes"):
        PromptedEncoder(str(folders["llama"]), dtype="int8")


def adapter(folder: Path, model: Any, task: str | None) -> tuple[Path, Any]:
    """Put a LoRA adapter that does something on a model, and write it."""
    settings = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type=task)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name of yesterday
        adapted = get_peft_model(model, settings)
    adapted.save_pretrained(folder)
    return folder, adapted


@pytest.mark.parametrize(
    ("kind", "task"), [(transformers.LlamaForCausalLM, "CAUSAL_LM"), (transformers.LlamaModel, "FEATURE_EXTRACTION")]
)
def test_an_adapter_is_merged_whichever_head_it_was_trained_under(
    folders: dict[str, Path], opened: dict[str, PromptedEncoder], tmp_path: Path, kind: Any, task: str
) -> None:
    torch.manual_seed(3)
    folder, adapted = adapter(tmp_path / "lora", kind.from_pretrained(folders["llama"]), task)
    encoder = load_encoder(f"hf:{folders['llama']}?adapter={folder}&pooling=last")
    ids = torch.tensor([encoder._fitting([TEXTS[0]])[0]])  # type: ignore[attr-defined]
    with torch.no_grad():
        wanted = adapted.eval()(input_ids=ids, output_hidden_states=True).hidden_states[-1][0, -1].numpy()
    np.testing.assert_allclose(encoder.encode(TEXTS[0]), wanted / np.linalg.norm(wanted), atol=1e-5)
    assert encoder.fingerprint != PromptedEncoder(str(folders["llama"]), pooling="last").fingerprint


def test_eight_bits_are_near_with_and_without_an_adapter(
    folders: dict[str, Path], opened: dict[str, PromptedEncoder], tmp_path: Path
) -> None:
    pytest.importorskip("bitsandbytes")
    path = folders["llama"]
    plain = PromptedEncoder(str(path), dtype="int8")
    assert (plain.encode(TEXTS) * opened["llama"].encode(TEXTS)).sum(1).min() > 0.99
    assert plain.fingerprint == PromptedEncoder(str(path), dtype="int8").fingerprint != opened["llama"].fingerprint
    folder, _ = adapter(tmp_path / "lora", transformers.LlamaForCausalLM.from_pretrained(path), "CAUSAL_LM")
    beside = PromptedEncoder(str(path), adapter=str(folder), dtype="int8").encode(TEXTS)
    merged = PromptedEncoder(str(path), adapter=str(folder)).encode(TEXTS)
    assert (beside * merged).sum(1).min() > 0.97


def test_an_adapter_that_does_not_fit_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    wider = write_llama(tmp_path / "wider")
    folder, _ = adapter(tmp_path / "lora", transformers.LlamaForCausalLM.from_pretrained(wider), None)
    path = folders["llama"]
    with pytest.raises(EncoderError, match=r"does not fit the model: .* have no place in it"):
        load_encoder(f"hf:{path}?adapter={folder}")  # trained under a head, and does not say so
    with pytest.raises(EncoderError, match="is no LoRA adapter"):
        load_encoder(f"hf:{path}?adapter={tmp_path}")
    with pytest.raises(EncoderError, match=r"is a LoRA adapter: it has no config.json"):
        load_encoder(f"hf:{folder}")


def test_what_is_no_model_is_told(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(EncoderError, match=r"is no model folder: it has no config.json"):
        load_encoder(f"hf:{tmp_path}")
    with pytest.raises(EncoderError, match="there is no model folder /nowhere/at/all"):
        load_encoder("hf:/nowhere/at/all")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(EncoderError, match="cannot be opened as a language model"):
        load_encoder(f"hf:{tmp_path}")
    (tmp_path / "config.json").write_text((folders["llama"] / "config.json").read_text())
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_text((folders["llama"] / name).read_text())
    (tmp_path / "model.safetensors").write_bytes((folders["llama"] / "model.safetensors").read_bytes()[:5000])
    with pytest.raises(EncoderError, match="cannot be opened as a language model"):
        load_encoder(f"hf:{tmp_path}")


def test_missing_weights_are_not_made_up(folders: dict[str, Path], tmp_path: Path) -> None:
    model = transformers.LlamaForCausalLM.from_pretrained(folders["llama"])
    kept = {name: value for name, value in model.state_dict().items() if ".layers.2." not in name}
    write_llama(tmp_path)
    model.save_pretrained(tmp_path, state_dict=kept)
    with pytest.raises(EncoderError, match=r"lacks 9 of its weights, such as layers.2"):
        load_encoder(f"hf:{tmp_path}")


def test_an_encoder_decoder_is_refused(tmp_path: Path) -> None:
    transformers.T5Config(d_model=8, d_ff=8, num_layers=1, num_heads=1, vocab_size=9).save_pretrained(tmp_path)
    with pytest.raises(EncoderError, match="is an encoder-decoder model"):
        load_encoder(f"hf:{tmp_path}")


def test_an_id_is_never_fetched_unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was used"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderError, match=re.escape("or add ?download=yes to fetch it")):
        load_encoder("hf:nobody/no-such-model")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="The hub was not reached: HF_HUB_OFFLINE is set"):
        load_encoder("hf:nobody/no-such-model?download=yes")


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("template=no+slot+here", UsageError, "there is no template 'no slot here'. Take none, semantic, pie"),
        ("template={instruction}{instruction}", UsageError, "has 2 {instruction} in it"),
        ("template={instruction}{mask}{mask}", UsageError, "more than one {mask}"),
        ("template=pie-mask", EncoderError, "is no masked language model"),
        ("pooling=max", UsageError, "no pooling 'max'. Take one of cls, last, last-2, first-last, mid, mean"),
        ("pooling=last&layer=6", EncoderError, "it has 5 blocks, so that layers go from 0 .* to 5"),
        ("pooling=last&layer=-7", EncoderError, "the model has no layer -7"),
        ("pooling=last-2&layer=0", EncoderError, "the model has no layer 0 for pooling last-2"),
        ("pooling=mid&layer=2", UsageError, "take last with layer=N"),
        ("layer=two", UsageError, "layer='two' is no number"),
        ("dtype=fp8", UsageError, "no precision 'fp8'. Take one of fp32, bf16, fp16, int8 or auto"),
        ("padding=middle", UsageError, "take left or right"),
        ("device=cuda:77", UsageError, "device 'cuda:77' cannot be used"),
        ("colour=red", UsageError, "has no setting 'colour'. Its settings: adapter, batch_tokens"),
        ("pie", UsageError, "has no setting 'pie'"),
        ("template=pie&template=none", UsageError, "given twice"),
        ("download=perhaps", UsageError, "neither yes nor no"),
    ],
)
def test_bad_settings_are_told(folders: dict[str, Path], query: str, error: type[Exception], message: str) -> None:
    pattern = message if ".*" in message else re.escape(message)
    with pytest.raises(error, match=pattern):
        load_encoder(f"hf:{folders['llama']}?{query}")


def test_a_template_file(folders: dict[str, Path], opened: dict[str, PromptedEncoder], tmp_path: Path) -> None:
    file = tmp_path / "pie.txt"
    file.write_text(PIE + "\n")
    encoder = load_encoder(f"hf:{folders['llama']}?template={file}")
    named = load_encoder(f"hf:{folders['llama']}?template=pie")
    assert encoder.fingerprint == named.fingerprint
    file.write_text("nothing to put a text into")
    with pytest.raises(UsageError, match=r"has no {instruction} in it: write it once"):
        load_encoder(f"hf:{folders['llama']}?template={file}")


def test_an_embedding_run_goes_on_in_its_store_and_another_prompt_is_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"instruction": "{text} {n}"}}\n' for n, text in enumerate(TEXTS * 4)))
    encoder = PromptedEncoder(str(folders["llama"]), template="pie")
    whole = embed(open_dataset(rows), encoder=encoder, store=tmp_path / "whole", shard_rows=8)

    class KilledError(Exception):
        pass

    calls = iter(range(100))

    def kill(*_: Any) -> None:
        if next(calls) == 4:  # the third shard: each takes a pass for the beginning and one for the rest
            raise KilledError

    hook = encoder.checkpoint.model.register_forward_pre_hook(kill)
    with pytest.raises(KilledError):
        embed(open_dataset(rows), encoder=encoder, store=tmp_path / "cut", shard_rows=8)
    hook.remove()
    texts: list[int] = []

    def count(_module: Any, _given: Any, named: dict[str, Any]) -> None:
        if "past_key_values" in named:  # not the common beginning
            texts.append(len(named["input_ids"]))

    encoder.checkpoint.model.register_forward_pre_hook(count, with_kwargs=True)
    cut = embed(open_dataset(rows), encoder=encoder, store=tmp_path / "cut", shard_rows=8)
    assert sum(texts) == 8  # only the shard that was not finished
    np.testing.assert_array_equal(cut.embeddings(), whole.embeddings())
    other = PromptedEncoder(str(folders["llama"]), template="semantic")
    with pytest.raises(StoreError, match=r"encoder: it holds hf:.*template=pie"):
        embed(open_dataset(rows), encoder=other, store=tmp_path / "cut", shard_rows=8)


def test_minilm_with_mean_pooling_is_minilm() -> None:
    from taskscape.encoders.shipped import minilm_folder

    encoder = load_encoder(f"hf:{minilm_folder()}?pooling=mean")
    np.testing.assert_allclose(encoder.encode(TEXTS), load_encoder("minilm").encode(TEXTS), atol=1e-4)
