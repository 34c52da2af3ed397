"""Tiny language models with random weights, written as Hugging Face's libraries write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from taskscape.encoders.prompts import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN, BLOCKS, POSITIONS = 32, 5, 160
TEXTS = [
    "Write a poem about the sea.",
    "Name three rivers of France, and say where each begins and where it ends.",
    "Why?",
    "Summarise the article below in two sentences.",
    "What does [MASK] mean in a sentence?",
    "Sort the list.",
]


def write_llama(folder: Path, *, seed: int = 0, causal_head: bool = True, **changes: Any) -> Path:
    """A Llama-like model; its tokenizer puts <s> before each text."""
    tokenizer = _trained(["<unk>", "<s>", "</s>"], single="<s> $A", unknown="<unk>")
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=HIDDEN,
        intermediate_size=64,
        num_hidden_layers=BLOCKS,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=POSITIONS,
        **changes,
    )
    return _written(transformers.LlamaForCausalLM if causal_head else transformers.LlamaModel, config, folder, seed)


def write_gpt2(folder: Path, *, seed: int = 0) -> Path:
    """A model that learned its positions, with a tokenizer that adds nothing to a text."""
    tokenizer = _trained(["<|endoftext|>"], single="$A", unknown="<|endoftext|>")
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(folder)
    config = transformers.GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_embd=HIDDEN, n_layer=BLOCKS, n_head=4, n_positions=POSITIONS
    )
    return _written(transformers.GPT2LMHeadModel, config, folder, seed)


def write_masked(folder: Path, *, seed: int = 0, roberta: bool = False) -> Path:
    """A masked language model of BERT's kind, or of RoBERTa's, whose positions begin after the padding's."""
    tokenizer = _trained(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], single="[CLS] $A [SEP]", unknown="[UNK]")
    names = {
        name: f"[{name[:-6].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    }
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    kind, config = (
        (transformers.RobertaForMaskedLM, transformers.RobertaConfig)
        if roberta
        else (transformers.BertForMaskedLM, transformers.BertConfig)
    )
    settings = config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=HIDDEN,
        intermediate_size=64,
        num_hidden_layers=BLOCKS,
        num_attention_heads=4,
        max_position_embeddings=POSITIONS,
        pad_token_id=0,
    )
    return _written(kind, settings, folder, seed)


def hidden_states(folder: Path, texts: list[str]) -> list[tuple[list[int], list[torch.Tensor]]]:
    """Token ids of each text alone, and each layer's output, caught by hooks on the parts of the network."""
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    caught: dict[int, torch.Tensor] = {}

    def catch(number: int) -> Any:
        def hook(_module: Any, _given: Any, output: Any) -> None:
            caught[number] = (output[0] if isinstance(output, tuple) else output)[0]

        return hook

    llama = hasattr(model, "layers")
    (model.embed_tokens if llama else model.embeddings).register_forward_hook(catch(0))
    for number, block in enumerate(model.layers if llama else model.encoder.layer, start=1):
        block.register_forward_hook(catch(number))
    if llama:
        model.norm.register_forward_hook(catch(BLOCKS))  # runs last: the last layer's output is normed
    read = []
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        with torch.no_grad():
            model(input_ids=torch.tensor([ids]))
        read.append((ids, [caught[number] for number in range(BLOCKS + 1)]))
    return read


def _trained(special: list[str], *, single: str, unknown: str) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([*TEXTS, *TEMPLATES.values()], trainer)
    placed = [(token, special.index(token)) for token in single.split() if token in special]
    if placed:
        tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=placed)
    return tokenizer


def _written(kind: Any, config: Any, folder: Path, seed: int) -> Path:
    torch.manual_seed(seed)
    model = kind(config)
    for parameter in model.parameters():  # larger than the usual start: layers must differ by more than rounding
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    return folder
