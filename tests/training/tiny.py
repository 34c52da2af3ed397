"""A BERT of one layer and a few words, trained in seconds: real parts, toy size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.training import Example

if TYPE_CHECKING:
    from pathlib import Path

VERBS = ("write", "find", "list", "explain", "sort", "draw")
NOUNS = ("poem", "letter", "song", "recipe", "word", "number")
TOPICS = ("rain", "cats", "the sea", "my dog", "war", "tea", "trains", "old maps")


def examples(tasks: int = 12, each: int = 6) -> list[Example]:
    """Labelled texts with their spans."""
    made = []
    for number in range(tasks):
        verb, noun = VERBS[number % len(VERBS)], NOUNS[(number * 5 + number // len(VERBS)) % len(NOUNS)]
        for topic in TOPICS[:each]:
            text = f"{verb} a {noun} about {topic}"
            start = len(verb) + 3
            made.append(Example(text, f"{verb}|{noun}", (0, len(verb)), (start, start + len(noun)), "VP"))
    return made


def write_model(folder: Path) -> Path:
    """Write a sentence-transformers folder with random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

    set_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "about", *VERBS, *NOUNS, *" ".join(TOPICS).split()]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    network = BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        )
    )
    plain = folder / "plain"
    network.save_pretrained(plain)
    fast.save_pretrained(plain)
    transformer = Transformer(str(plain))
    model = SentenceTransformer(modules=[transformer, Pooling(32), Normalize()], device="cpu")
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"
