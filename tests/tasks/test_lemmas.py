from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.tasks.lemmas import lemmatise


@pytest.mark.parametrize(
    ("word", "part", "lemma"),
    [
        ("Children", "noun", "child"),
        ("stories", "noun", "story"),
        ("glass", "noun", "glass"),
        ("boxes", "noun", "box"),
        ("news", "noun", "news"),
        ("data", "noun", "data"),
        ("analyses", "noun", "analysis"),
        ("meeting", "noun", "meeting"),
        ("chatbots", "noun", "chatbot"),
        ("menus", "noun", "menu"),
        ("skis", "noun", "ski"),
        ("bus", "noun", "bus"),
        ("crisis", "noun", "crisis"),
        ("taxis", "noun", "taxi"),
        ("emojis", "noun", "emoji"),
        ("ads", "noun", "ad"),
        ("sms", "noun", "sms"),
        ("css", "noun", "css"),
        ("buses", "noun", "bus"),
        ("muses", "noun", "muse"),
        ("aliases", "noun", "alias"),
        ("canvases", "noun", "canvas"),
        ("atlases", "noun", "atlas"),
        ("gases", "noun", "gas"),
        ("biases", "noun", "bias"),
        ("cases", "noun", "case"),
        ("bases", "noun", "base"),
        ("phrases", "noun", "phrase"),
        ("houses", "noun", "house"),
        ("lenses", "noun", "lens"),
        ("clothes", "noun", "clothes"),
        ("caches", "noun", "cache"),
        ("headaches", "noun", "headache"),
        ("checkboxes", "noun", "checkbox"),
        ("backslashes", "noun", "backslash"),
        ("smoothies", "noun", "smoothie"),
        ("ethics", "noun", "ethics"),
        ("graffiti", "noun", "graffiti"),
        ("cola", "noun", "cola"),
        ("ramen", "noun", "ramen"),
        ("policewomen", "noun", "policewoman"),
        ("physics", "noun", "physics"),
        ("cookies", "noun", "cookie"),
        ("writing", "verb", "write"),
        ("planned", "verb", "plan"),
        ("planning", "verb", "plan"),
        ("wrote", "verb", "write"),
        ("identifies", "verb", "identify"),
        ("feed", "verb", "feed"),
        ("installed", "verb", "install"),
        ("rent", "verb", "rent"),
        ("summarising", "verb", "summarise"),
    ],
)
def test_lemmas(word: str, part: Literal["noun", "verb"], lemma: str) -> None:
    assert lemmatise(word, part) == lemma


@given(st.text(max_size=30), st.sampled_from(["noun", "verb"]))
def test_any_word_gives_a_lemma_in_lower_case(word: str, part: Literal["noun", "verb"]) -> None:
    lemma = lemmatise(word, part)
    assert lemma == lemma.lower()
    assert bool(lemma) == bool(word)
