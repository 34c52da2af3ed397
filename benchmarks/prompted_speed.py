"""Instructions a second of a Llama of random weights: the encoder ``hf:`` beside a plain loop over `transformers`.

Usage: ``python -m benchmarks.prompted_speed DATA [--shape tiny|1b|7b] [--rows N] [--device D] [--dtype T]``. DATA is
any file that ``taskscape`` reads. The plain loop is what the published code does: batches of 8 in the order of the
file, padded on the left, all hidden states kept, PIE's prompt, pooling last-2. Both run in one process, on the same
rows, with the same weights and precision, after a warm-up; they must agree. Without a GPU, seconds are those of
processor time, which other work on the machine does not change much.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from taskscape import open_dataset
from taskscape.encoders.prompted import PromptedEncoder
from taskscape.encoders.prompts import PIE

SHAPES: dict[str, dict[str, int]] = {  # Llama 3.2 1B, Llama 2 7B, and one for machines without a GPU
    "tiny": {"hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 4, "num_attention_heads": 4},
    "1b": {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
    },
    "7b": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32},
}
VOCABULARY = 32_000
PLAIN_BATCH = 8
WARM_UP = 64  # texts


def main() -> None:
    """Make the model, time both, print."""
    options = _options()
    texts = open_dataset(options.data).texts()[: options.rows]
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    with tempfile.TemporaryDirectory() as folder:
        count = write_model(Path(folder), texts, SHAPES[options.shape])
        encoder = PromptedEncoder(folder, template="pie", pooling="last-2", dtype=options.dtype, device=device)
        place = torch.cuda.get_device_name() if device.startswith("cuda") else f"{torch.get_num_threads()} threads"
        print(
            f"{count / 1e9:.2f} billion weights, {encoder.checkpoint.precision}, {place}, {len(texts):,} instructions"
        )
        plain, plain_rate = timed(lambda rows: plain_loop(encoder, rows), texts)
        ours, our_rate = timed(encoder.encode, texts)
        print(f"plain transformers  {plain_rate:9.1f} instructions/s")
        print(f"hf:                 {our_rate:9.1f} instructions/s, {our_rate / plain_rate:.2f} times")
        print(f"least cosine between the two: {(plain * ours).sum(1).min():.5f}")


def timed(encode: Any, texts: list[str]) -> tuple[Any, float]:
    """Embed after a warm-up; give vectors and texts a second, of processor time where there is no GPU."""
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    encode(texts[:WARM_UP])
    _wait()
    started = clock()
    rows = encode(texts)
    _wait()
    return rows, len(texts) / (clock() - started)


def plain_loop(encoder: PromptedEncoder, texts: list[str]) -> Any:
    """Embed as the published code does."""
    model, tokenizer = encoder.checkpoint.model, encoder.checkpoint.tokenizer
    found = []
    for start in range(0, len(texts), PLAIN_BATCH):
        filled = [PIE.replace("{instruction}", text) for text in texts[start : start + PLAIN_BATCH]]
        given = tokenizer(filled, return_tensors="pt", padding=True, padding_side="left", truncation=True)
        given = {name: given[name].to(model.device) for name in ("input_ids", "attention_mask")}
        with torch.no_grad():
            states = model(**given, output_hidden_states=True).hidden_states
        found.append(((states[-1][:, -1] + states[-2][:, -1]) / 2).float().cpu().numpy())
    rows = np.concatenate(found)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def write_model(folder: Path, texts: list[str], shape: dict[str, int]) -> int:
    """Write a Llama of random weights, with a tokenizer trained on the texts; give the number of its weights."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "</s>"]
    named = dict(zip(("bos_token", "eos_token", "pad_token"), ("<s>", "</s>", "</s>"), strict=True))
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([*texts, PIE], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=4096, **named).save_pretrained(
        folder
    )
    config = transformers.LlamaConfig(vocab_size=VOCABULARY, max_position_embeddings=4096, dtype="bfloat16", **shape)
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(config)
    model.save_pretrained(folder)
    return int(sum(parameter.numel() for parameter in model.parameters()))


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="7b")
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--device", default="")
    parser.add_argument("--dtype", default="bf16")
    return parser.parse_args()


if __name__ == "__main__":
    main()
