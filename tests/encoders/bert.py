"""A BERT folder with random weights, written without torch: quick, and enough for everything but good embeddings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HIDDEN, INNER, POSITIONS = 64, 128, 48
WORDS = [*"abcdefghijklmnopqrstuvwxyz", "write", "poem", "about", "sea", "list", "song", ".", "?", "##s", "##ing"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def write_bert(folder: Path, *, layers: int = 2, seed: int = 0) -> Path:
    """Write config, weights and tokenizer as Hugging Face's libraries do."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_act": "gelu",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "vocab_size": len(SPECIAL) + len(WORDS),
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }
    (folder / "config.json").write_text(json.dumps(config))
    write_safetensors(folder / "model.safetensors", random_weights(layers, seed))
    _tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def random_weights(layers: int, seed: int) -> dict[str, NDArray[np.float32]]:
    """Weights of such sizes that no activation dies or explodes."""
    rng = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(SPECIAL) + len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
    }
    for number in range(layers):
        prefix = f"encoder.layer.{number}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{prefix}.{name}.weight": (HIDDEN, HIDDEN), f"{prefix}.{name}.bias": (HIDDEN,)}
        shapes |= {
            f"{prefix}.intermediate.dense.weight": (INNER, HIDDEN),
            f"{prefix}.intermediate.dense.bias": (INNER,),
        }
        shapes |= {f"{prefix}.output.dense.weight": (HIDDEN, INNER), f"{prefix}.output.dense.bias": (HIDDEN,)}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{prefix}.{name}.weight": (HIDDEN,), f"{prefix}.{name}.bias": (HIDDEN,)}
    weights = {name: rng.normal(0, 0.15, shape).astype(np.float32) for name, shape in shapes.items()}
    return {name: value + 1 if name.endswith("LayerNorm.weight") else value for name, value in weights.items()}


def write_safetensors(path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    """Write the format: length of the header, the header, the numbers."""
    header, offset = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(value.tobytes() for value in tensors.values()))


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(
        models.WordPiece({word: number for number, word in enumerate([*SPECIAL, *WORDS])}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def reference(weights: dict[str, NDArray[np.float32]], layers: int, ids: list[int]) -> NDArray[np.float64]:
    """Token vectors of one text by the textbook, in float64: what the graph must give."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(layers):
        prefix = f"encoder.layer.{number}"
        parts = [linear(x, f"{prefix}.attention.self.{name}") for name in ("query", "key", "value")]
        q, k, v = (part.reshape(len(ids), 4, -1).transpose(1, 0, 2) for part in parts)
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        attended = (shares / shares.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(x + linear(attended, f"{prefix}.attention.output.dense"), f"{prefix}.attention.output.LayerNorm")
        inner = linear(x, f"{prefix}.intermediate.dense")
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        x = norm(x + linear(inner, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm")
    return x
