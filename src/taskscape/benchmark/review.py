"""The language-model steps of building a benchmark: labels for complex sentences, and verification of labels.

Any OpenAI-compatible server serves. Each answer is kept on disk as it comes, keyed by model and prompt, so that a run
that was cut off, or whose server died, asks only what is still open. The prompts are files beside this one.

Price: one request a text; `estimate` says how many and about how many tokens before any is sent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any, Literal

from taskscape.endpoints import AnswerLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taskscape.endpoints import Endpoint, Failure

    Progress = Callable[[int, int | None], None]
    Step = Literal["label", "verify"]

CHARACTERS_PER_TOKEN = 4  # of English prose, for the estimate
ANSWER_TOKENS = 20  # of one JSON answer
LONGEST_TEXT = 8_000  # characters of an instruction that are shown: its head and its tail
_JSON = re.compile(r"\{.*?\}", re.DOTALL)
_WORD = re.compile(r"[a-z][a-z'-]*")


@dataclass(frozen=True)
class Estimate:
    """What a step would ask for.

    Attributes
    ----------
    requests
        Requests still open (answers on disk are not asked for again).
    prompt_tokens, completion_tokens
        About how many tokens these take.
    """

    requests: int
    prompt_tokens: int
    completion_tokens: int

    def cost(self, prompt_price: float, completion_price: float) -> float:
        """Price in the currency of the two prices, which are for a million tokens."""
        return (self.prompt_tokens * prompt_price + self.completion_tokens * completion_price) / 1e6


@dataclass(frozen=True)
class Reviewer:
    """A language model that labels and verifies.

    Parameters
    ----------
    endpoint
        The server.
    model
        Name of the model there.
    answers
        The answers so far, on disk.
    announce
        Told each step and its `Estimate` before a request of it is sent.
    progress
        Called with (answered, asked) of the present step.
    """

    endpoint: Endpoint
    model: str
    answers: AnswerLog
    announce: Callable[[Step, Estimate], None] | None = None
    progress: Progress | None = None

    def estimate(self, step: Step, items: Sequence[tuple[str, str]]) -> Estimate:
        """Say what `ask` would send for these (instruction, label) pairs."""
        prompts = [
            prompt for prompt in (_prompt(step, *item) for item in items) if self._key(prompt) not in self.answers
        ]
        return Estimate(len(prompts), sum(map(len, prompts)) // CHARACTERS_PER_TOKEN, len(prompts) * ANSWER_TOKENS)

    def ask(self, step: Step, items: Sequence[tuple[str, str]]) -> tuple[list[Any], list[Failure]]:
        """Label or verify.

        Parameters
        ----------
        step
            ``"label"``: answers are ``(verb, noun)``; ``"verify"``: answers are bool.
        items
            Pairs of instruction and present label.

        Returns
        -------
        answers : list
            One per item, None where the model gave no usable answer.
        failures : list of Failure
            Requests that failed for good.

        Raises
        ------
        EndpointError
            The server is gone; what it answered before is on disk.
        """
        if self.announce is not None:
            self.announce(step, self.estimate(step, items))
        prompts = [_prompt(step, *item) for item in items]
        keys = [self._key(prompt) for prompt in prompts]
        open_now = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in self.answers}
        done = 0

        def keep(key: str, answer: Any) -> None:
            nonlocal done
            self.answers.add(key, answer)
            done += 1
            if self.progress is not None:
                self.progress(done, len(open_now))

        failures = self.endpoint.ask(
            "chat/completions",
            (
                (key, {"model": self.model, "temperature": 0, "messages": [{"role": "user", "content": prompt}]})
                for key, prompt in open_now.items()
            ),
            read=_READERS[step],
            on_answer=keep,
        )
        return [self.answers.get(key) for key in keys], failures

    def _key(self, prompt: str) -> str:
        return AnswerLog.key(self.model, prompt)


def _prompt(step: Step, instruction: str, label: str) -> str:
    template = files("taskscape.benchmark").joinpath("prompts", f"{step}.txt").read_text(encoding="utf8")
    if len(instruction) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        instruction = f"{instruction[:half]}\n[…]\n{instruction[-half:]}"
    return Template(template).safe_substitute(instruction=instruction, label=label)


def _content(answer: dict[str, Any]) -> dict[str, Any]:
    text = answer["choices"][0]["message"]["content"]
    found = _JSON.search(text)
    if found is None:
        raise ValueError(f"no JSON in the answer {text[:80]!r}")
    value = json.loads(found[0])
    if not isinstance(value, dict):
        raise TypeError(f"no JSON object in the answer {text[:80]!r}")
    return value


def _read_label(answer: dict[str, Any]) -> list[str]:
    value = _content(answer)
    words = [str(value["verb"]).strip().lower(), str(value["noun"]).strip().lower()]
    if not all(_WORD.fullmatch(word) for word in words):
        raise ValueError(f"{words} are not one verb and one noun")
    return words


def _read_verdict(answer: dict[str, Any]) -> bool:
    value = _content(answer)["right"]
    if not isinstance(value, bool):
        raise TypeError(f"'right' is {value!r}, not true or false")
    return value


_READERS: dict[Step, Callable[[dict[str, Any]], Any]] = {"label": _read_label, "verify": _read_verdict}
