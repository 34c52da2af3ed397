"""Manners of saying one request: polite, with a role, with a limit, typed in haste.

Each manner changes the text around the request and moves the spans of verb and noun along, so the label stays exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskscape.tasks.label import Kind

if TYPE_CHECKING:
    import random

    from taskscape.training.generator.template import Rendered

_ASKING = (
    "Please ",
    "please ",
    "Kindly ",
    "Now ",
    "First, ",
    "Go ahead and ",
    "I want you to ",
    "I'd like you to ",
    "I would like you to ",
    "I need you to ",
    "Your task is to ",
    "Your job is to ",
    "Your goal is to ",
    "The task: ",
    "Task: ",
    "Instruction: ",
    "You have to ",
    "You are asked to ",
    "You should ",
    "Help me ",
    "In this task, you need to ",
    "What I need is for you to ",
    "It would be great if you could ",
    "I was hoping you could ",
    "I'm asking you to ",
)
_QUESTIONS = (
    "Can you ",
    "Can you please ",
    "Could you ",
    "Could you please ",
    "Would you ",
    "Would you mind helping me ",
    "Will you ",
    "Would it be possible for you to ",
    "Are you able to ",
    "Do you think you could ",
)
_ROLES = (
    "You are an assistant that answers with care. ",
    "You are a helpful expert. ",
    "Act as an experienced professional. ",
    "You are a patient teacher with twenty years of practice. ",
    "Imagine you are a senior consultant. ",
    "You work for a small publishing house. ",
    "You are an AI system that follows instructions exactly. ",
    "Suppose you are a librarian in a small town. ",
    "You are the best in your field. ",
    "Pretend to be a friendly tutor. ",
    "Take the role of a careful analyst. ",
    "You are a domain specialist hired for a day. ",
    "Hi! ",
    "Hello there. ",
    "Hey, quick one. ",
    "Good morning! ",
    "I'm new to this. ",
    "I have only ten minutes. ",
    "My boss asked me for this. ",
    "This is for a school project. ",
    "I'm preparing for an exam. ",
    "Thanks for helping me yesterday. ",
    "Read carefully. ",
    "Here is the next one. ",
    "I'm not a native speaker, so bear with me. ",
)
_LIMITS = (
    "Keep it short.",
    "Be concise.",
    "Keep it under 100 words.",
    "Be specific.",
    "Explain your reasoning.",
    "Think step by step.",
    "Use simple language.",
    "Answer in one sentence.",
    "Don't add anything else.",
    "Use a friendly tone.",
    "Do it in a professional manner.",
    "No preamble, please.",
    "Return only the result.",
    "Make sure nothing is missing.",
    "If you are not sure, say so.",
    "Thanks in advance!",
    "Thank you.",
    "Format the output as JSON.",
    "Use bullet points.",
    "Avoid jargon.",
    "I'd appreciate a quick reply.",
    "Show your work.",
)
_GREETINGS = (
    "hi, ",
    "hello, ",
    "hey, ",
    "hey there, ",
    "hi there! ",
    "um, ",
    "so ",
    "ok so ",
    "excuse me, ",
    "sorry, ",
    "quick question: ",
    "good evening, ",
    "question - ",
    "well, ",
    "urgent: ",
)
_THANKS = (
    " thanks",
    " please",
    " please help",
    " thank you",
    " pls",
    " Thanks!",
    " Please advise.",
    " any idea?",
    " asap",
)
_WH = frozenset("what what's who who's whom whose when where where's which why how how's".split())  # noqa: SIM905
_AUXILIARY = frozenset(
    """is are was were am do does did can could will would should shall has have had may might must isn't aren't doesn't
    don't didn't can't couldn't won't wouldn't shouldn't""".split()  # noqa: SIM905
)
_REQUESTS = frozenset(("can", "could", "will", "would"))
_DECLARED = frozenset(
    "i i'm i've i'd i'll my we we're our it it's there there's this that he she they the a an someone".split()  # noqa: SIM905
)
_ASKED_OF_YOU = ("i want you to ", "i need you to ", "i'd like you to ", "i would like you to ", "i'm asking you to ")
_KEYS = {"a": "s", "e": "r", "i": "o", "o": "p", "t": "y", "n": "m", "s": "d", "r": "t", "l": "k", "h": "j"}


def kind_of(text: str, verb_start: int | None, verb: str) -> Kind:
    """Syntactic kind of the sentence that holds the request.

    A request in question form with a verb of its own ("Could you write …") counts as imperative, as IEB does; the
    classes ``what|knowledge`` and ``yes-no|task`` tell their kind by themselves.
    """
    if verb in _WH:
        return Kind.WH_QUESTION
    if verb == "yes-no":
        return Kind.YES_NO_QUESTION
    if verb in ("noun", "none"):
        return Kind.OTHER
    head = text[:verb_start] if verb_start is not None else text
    start = max(head.rfind(mark) + len(mark) if mark in head else 0 for mark in (". ", "\n", "? ", "! ", ": ", ", "))
    words = text[start : start + 60].lower().split()
    first, second = [*words, "", ""][:2]
    first = first.strip(",.?!\"'")
    if first in _WH:
        return Kind.WH_QUESTION
    if first in _AUXILIARY:
        return Kind.IMPERATIVE if second == "you" and first in _REQUESTS else Kind.YES_NO_QUESTION
    if first in _DECLARED and not text[start : start + 30].lower().startswith(_ASKED_OF_YOU):
        return Kind.OTHER
    return Kind.IMPERATIVE if verb_start is not None else Kind.OTHER


def prepend(out: Rendered, prefix: str, *, lower_first: bool = False) -> None:
    """Put words before the request and move the spans."""
    body = out.text
    if lower_first and not body[:2].isupper():
        body = body[:1].lower() + body[1:]
    out.text = prefix + body
    shift = len(prefix)
    if out.verb:
        out.verb = (out.verb[0] + shift, out.verb[1] + shift, out.verb[2])
    if out.noun:
        out.noun = (out.noun[0] + shift, out.noun[1] + shift, out.noun[2])


def dress(out: Rendered, rng: random.Random) -> str:
    """Give a task request a manner; returns the manner's name, ``""`` for none.

    Only a request that starts with its own verb can be turned into "Could you …".
    """
    draw = rng.random()
    if draw < 0.60:
        return ""
    bare = out.verb is not None and out.verb[0] == 0
    if draw < 0.78 and bare:
        return _polite(out, rng)
    if draw < 0.88:
        if not (out.verb is None and out.text.endswith("?")) or rng.random() < 0.5:
            prepend(out, rng.choice(_ROLES))
            return "role"
        return ""
    if draw < 0.96 and out.text[-1:] in ".?!":
        out.text += " " + rng.choice(_LIMITS)
        return "limit"
    return ""


def _polite(out: Rendered, rng: random.Random) -> str:
    if rng.random() < 0.6:
        prepend(out, rng.choice(_ASKING), lower_first=True)
    else:
        prepend(out, rng.choice(_QUESTIONS), lower_first=True)
        if out.text.endswith(".") and ". " not in out.text:
            out.text = out.text[:-1] + "?"
    return "polite"


def greet(out: Rendered, rng: random.Random) -> str:
    """Give a person's message a greeting or a closing word; returns the manner's name."""
    draw = rng.random()
    if draw < 0.08:
        prepend(out, rng.choice(_GREETINGS), lower_first=not out.text.startswith(("I ", "I'")))
        return "greeting"
    if draw < 0.14:
        out.text = out.text.rstrip(".") + rng.choice(_THANKS)
        return "closing"
    return ""


def hasten(out: Rendered, rng: random.Random) -> str:
    """Type in haste: lower case, no closing mark, sometimes slips of the finger outside the words of the label."""
    draw = rng.random()
    if draw < 0.84:
        return ""
    if draw < 0.95:
        lower = out.text.lower()
        if len(lower) == len(out.text):  # a few characters change length, and spans must stay true
            out.text = lower
        if rng.random() < 0.7:
            out.text = out.text.rstrip(".?!")
        if draw < 0.93:
            return "lower"
    _slip(out, rng)
    return "typo"


def _slip(out: Rendered, rng: random.Random) -> None:
    """Change one or two letters, keeping the length, so that spans stay true."""
    letters = list(out.text)
    fixed = [place for place in (out.verb, out.noun) if place]
    for _ in range(1 if len(letters) < 60 else 2):
        at = int(rng.random() * max(1, len(letters) - 3)) + 1
        if any(start <= at <= end for start, end, _ in fixed) or at + 1 >= len(letters):
            continue
        if letters[at].islower() and letters[at + 1].islower() and rng.random() < 0.6:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif letters[at] in _KEYS:
            letters[at] = _KEYS[letters[at]]
    out.text = "".join(letters)
