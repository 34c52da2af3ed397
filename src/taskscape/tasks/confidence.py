"""How sure a label is: a logistic model over a few signs that the rules went by firm ground.

The weights were fitted on IEB's development file (`ift_test`) by logistic regression; it holds few errors to learn
from, so there are few signs. What that file lacks, text in another language, is met with a ceiling. A confidence of .9
means that about nine of ten such labels agree with IEB; ``benchmarks/labels.py`` prints how well that holds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from taskscape.tasks.vocabulary import FUNCTION_WORDS, REQUEST_VERBS

if TYPE_CHECKING:
    from taskscape.tasks.reading import Reading
    from taskscape.tasks.sentence import Sentence

_STRANGE = 0.2  # most that a label gets in a text without a word of plain English

# Sign → weight, in log odds. The two marked * are set by hand: the development file has hardly a case of them.
WEIGHTS = {
    "base": 4.7,
    "unknown verb": -1.0,  # *
    "weak form": -2.0,  # *
    "no noun": -3.0,
    "noun before noun": -0.7,
    "distance": -2.2,
    "later sentence": -2.4,
}


def signs(sentence: Sentence, reading: Reading, noun: int | str | None) -> dict[str, float]:
    """Give the signs of one label, each 0 or 1 but for the distance.

    Parameters
    ----------
    sentence
        The chosen sentence.
    reading
        What the rules made of it.
    noun
        Index of the noun, its class, or None.

    Returns
    -------
    dict
        Sign → value; ``base`` is always 1.
    """
    verb = reading.verb
    place = noun if isinstance(noun, int) else None
    return {
        "base": 1.0,
        "unknown verb": float(verb is not None and sentence.words[verb] not in REQUEST_VERBS),
        "weak form": float(reading.form in {"statement", "scene", "thing"}),
        "no noun": float(noun is None),
        "noun before noun": float(place is not None and sentence.tags[place + 1 : place + 2] in (["NN"], ["NNS"])),
        "distance": min(abs(place - verb), 12) / 12 if place is not None and verb is not None else 0.0,
        "later sentence": float(not sentence.segment.first),
    }


def confidence(sentence: Sentence, reading: Reading, noun: int | str | None) -> float:
    """Give the share of such labels that are right.

    Parameters
    ----------
    sentence, reading, noun
        As for `signs`.

    Returns
    -------
    float
        0 to 1, to three places.
    """
    odds = sum(WEIGHTS[name] * value for name, value in signs(sentence, reading, noun).items())
    sure = 1 / (1 + math.exp(-odds))
    if not any(word in FUNCTION_WORDS or word in REQUEST_VERBS for word in sentence.words):
        sure = min(sure, _STRANGE)
    return round(sure, 3)
