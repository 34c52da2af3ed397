"""Rows to plant among real ones: copies of known kinds, and rows of one template that are no copies.

Every rule has two lists of wordings, ``dev`` and ``report``. The rules of the product were written while looking at the
first; the second was written before and looked at only when reporting.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Planted(NamedTuple):
    """A planted row: its text, its kind, and the real row it repeats (-1 for a row of a template)."""

    text: str
    kind: str
    original: int


POLITE = {
    "dev": ("Could you please {}?", "I need you to {}.", "Please {}.", "Kindly {}.", "{}, please.", "Help me {}.",
            "Can you {} for me?", "Your task is to {}."),
    "report": ("Would you be able to {}?", "I'd like you to {}.", "Hi, can you {}? Thanks!", "I want you to {}.",
               "I'd be grateful if you could {}.", "Do me a favour and {}.", "Hello! Will you {} for me, please?",
               "It would be great if you could {}."),
}  # fmt: skip
VERBS = {
    "dev": {"write": "compose", "create": "produce", "generate": "create", "explain": "describe", "describe": "explain",
            "list": "name", "give": "provide", "find": "locate", "identify": "determine", "calculate": "compute",
            "rewrite": "rephrase", "suggest": "recommend", "classify": "categorize", "convert": "transform",
            "analyze": "examine", "design": "devise", "summarize": "condense", "compose": "write"},
    "report": {"write": "draft", "create": "make", "generate": "produce", "explain": "clarify", "describe": "depict",
               "list": "enumerate", "give": "supply", "find": "identify", "identify": "find", "calculate": "work out",
               "rewrite": "reword", "suggest": "propose", "classify": "sort", "convert": "change",
               "analyze": "evaluate", "design": "create", "summarize": "sum up", "compose": "pen"},
}  # fmt: skip
WORDS = {
    "dev": {"film": "movie", "benefits": "advantages", "tips": "recommendations", "photo": "picture",
            "car": "automobile", "children": "kids", "mistakes": "errors", "ways": "methods",
            "important": "significant", "movie": "film", "advantages": "benefits", "job": "occupation"},
    "report": {"doctor": "physician", "disadvantages": "drawbacks", "house": "home", "story": "tale", "big": "large",
               "plan": "program", "steps": "stages", "reasons": "causes", "effects": "consequences", "task": "job",
               "buy": "purchase", "short": "brief", "difference": "distinction", "city": "town"},
}  # fmt: skip
QUESTIONS = {
    "dev": ((r"^What (?:is|are) (.+)\?$", "Tell me what {} is."), (r"^What are the (\w+ of .+)\?$", "List the {}."),
            (r"^How (?:do|can) (?:I|you|we) (.+)\?$", "Explain how to {}.")),
    "report": ((r"^What (?:is|are) (the .+)\?$", "Explain {}."), (r"^Explain (the \w+ of .+)\.$", "What is {}?"),
               (r"^List (the .+ of .+)\.$", "What are {}?"), (r"^Explain how to (.+)\.$", "How do I {}?")),
}  # fmt: skip
_FRONTED = re.compile(r"^(\w+ (?:an?|the|some|\w+) [\w\s]+?) (for|about|from|using|based on|in|with) ([\w\s']+)\.?$")

TEMPLATES = (
    "Translate {} to French", "Translate the word '{}' into Spanish.", "Write a poem about {}.",
    "What is the meaning of the word {}?", "Explain to a ten-year-old child what {} means, with examples.",
    "Write a formal and friendly email to the team of our company about {} and ask everybody to answer by Monday.",
    "Give three synonyms of {}.", "How do you spell {}?", "Write a short story in which a {} plays the main part.",
    "Describe the colour, the weight and the typical price of a {} in two or three sentences.",
    "Find a rhyme for {}.", "Use {} in a sentence.", "Classify the following word as animal, plant or thing: {}",
    "Make a list of ten facts that every student of biology should know about the {}.",
    "Classify the sentiment of the review.\n\nI bought a {} last week and I am very happy with it.",
    "Summarize the text.\n\nThe {} has been known for hundreds of years, and in many countries people talk of it.",
    "Write a Python function that counts how often the word '{}' occurs in a text.",
    "Is {} a noun or a verb?",
)  # fmt: skip
FILLERS = {
    "dev": ("cat", "dog", "house", "tree", "river", "guitar", "whale", "bread", "castle", "rocket", "mirror", "garden"),
    "report": ("horse", "mouse", "rose", "boat", "hat", "coat", "ship", "shop", "lion", "train", "apple", "orange"),
}
NUMBERED = (
    "What is {} plus 17?", "Write a haiku with {} words about the sea.", "List {} facts about the moon.",
    "Tom has {} apples and gives 2 of them to Anna. How many apples does Tom have left in the end?",
    "Convert {} miles to kilometres.", "Write a story of {} sentences.",
)  # fmt: skip
NUMBERS = {"dev": (3, 4, 5, 7, 12, 20), "report": (6, 8, 9, 11, 15, 30)}


def cosmetic(text: str, rng: random.Random) -> str:
    """Change capitals, spacing or punctuation."""
    changed = rng.choice(
        (str.lower, str.upper, lambda t: t.rstrip(".!?"), lambda t: f"  {t}\n", lambda t: t.replace(" ", "  "),
         lambda t: f'"{t}"', lambda t: t.rstrip(".") + "!", lambda t: f"- {t}", lambda t: f"**{t}**")
    )(text)  # fmt: skip
    return changed if changed != text else text + " "


def slip(text: str, rng: random.Random) -> str | None:
    """Exchange two letters inside one longer word."""
    places = list(re.finditer(r"\b[a-z]{6,}\b", text))
    if len(text) < 60 or not places:
        return None
    word = rng.choice(places)
    at = word.start() + rng.randrange(1, len(word[0]) - 2)
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return swapped if swapped != text else None


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:].rstrip(". ")


def polite(text: str, rng: random.Random, part: str) -> str | None:
    """Ask politely; orders only."""
    if text.split()[0].lower() not in VERBS["report"] | VERBS["dev"] or not text.endswith("."):
        return None
    return rng.choice(POLITE[part]).format(_lowered(text))


def other_verb(text: str, rng: random.Random, part: str) -> str | None:
    """Take another verb of the same meaning."""
    first, _, rest = text.partition(" ")
    other = VERBS[part].get(first.lower())
    return f"{other.capitalize()} {rest}" if other and rest else None


def other_word(text: str, rng: random.Random, part: str) -> str | None:
    """Take another noun or adjective of the same meaning."""
    for word, other in WORDS[part].items():
        if re.search(rf"\b{word}\b", text):
            return re.sub(rf"\b{word}\b", other, text)
    return None


def reordered(text: str, rng: random.Random, part: str) -> str | None:
    """Put the last phrase first."""
    match = _FRONTED.match(text)
    if not match or len(match[3].split()) < 2:
        return None
    comma = "," if part == "dev" else ""
    return f"{match[2].capitalize()} {match[3].strip()}{comma} {_lowered(match[1])}."


def question(text: str, rng: random.Random, part: str) -> str | None:
    """Ask as a statement, or state as a question."""
    for pattern, form in QUESTIONS[part]:
        if match := re.match(pattern, text):
            return form.format(match[1])
    return None


RULES: dict[str, Callable[[str, random.Random, str], str | None]] = {
    "polite": polite,
    "verb": other_verb,
    "word": other_word,
    "order": reordered,
    "question": question,
}


def copies(texts: Sequence[str], part: str, *, each: int, seed: int) -> list[Planted]:
    """Make `each` copies of every kind, each of another real row."""
    rng = random.Random(f"{part}{seed}")
    free = list(range(len(texts)))
    rng.shuffle(free)
    planted: list[Planted] = []
    for kind in ("exact", "cosmetic", "slip", *RULES):
        found = 0
        for row in list(free):
            if kind == "exact":
                made: str | None = texts[row]
            elif kind == "cosmetic":
                made = cosmetic(texts[row], rng)
            elif kind == "slip":
                made = slip(texts[row], rng)
            else:
                made = RULES[kind](texts[row], rng, part)
            if made is None or (kind != "exact" and made == texts[row]):
                continue
            planted.append(Planted(made, kind, row))
            free.remove(row)
            found += 1
            if found == each:
                break
    return planted


def template_rows(part: str) -> list[Planted]:
    """Make rows of one template with other inputs: none of them repeats another."""
    words = [template.format(word) for template in TEMPLATES for word in FILLERS[part]]
    numbers = [template.format(number) for template in NUMBERED for number in NUMBERS[part]]
    return [Planted(text, "template", -1) for text in words + numbers]
