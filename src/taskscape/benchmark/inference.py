"""Prompts → a model's answers → outputs as AlpacaEval reads them.

Any OpenAI-compatible server answers. Each answer is on disk before the next is waited for, keyed by what was asked
(model, prompt, settings), so a run that was killed asks only what is still open, and so does one after a change of some
prompts. A prompt that fails for good costs only itself. Prompts are read as a stream, twice: to ask, and to write.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from taskscape.analysis.retrieval.prompts import Example
from taskscape.endpoints import AnswerLog
from taskscape.errors import DataError
from taskscape.records.jsonrows import encode
from taskscape.records.output import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from taskscape.endpoints import Endpoint
    from taskscape.records import Dataset

    Progress = Callable[[int, int | None], None]

Api = Literal["chat", "completions"]
_PATHS = {"chat": "chat/completions", "completions": "completions"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to ask.

    Parameters
    ----------
    row
        Number in the source.
    instruction
        What the answer is an answer to, input included: goes into the outputs.
    content
        What is sent: a text, or a list of messages.
    dataset
        Name of the data set that it belongs to.
    """

    row: int
    instruction: str
    content: str | list[dict[str, Any]]
    dataset: str


def read_prompts(dataset: Dataset) -> Iterator[Prompt]:
    """Read the good rows of a file as prompts.

    Parameters
    ----------
    dataset
        From `taskscape.open_dataset`. A row's field `prompt` (a text, or messages) is sent, as `taskscape demos` writes
        it; else its `messages`, where the last one is the user's; else its instruction with its input.

    Yields
    ------
    Prompt
        `dataset` is the row's own field of that name, or the name of the file.
    """
    records = dataset.records(("prompt", "messages", "dataset"))
    for batch in dataset.batches(parts=True):
        columns = (batch.column(name).to_pylist() for name in ("row", "instruction", "input"))
        for row, text, extra in zip(*columns, strict=True):
            located = next(located for located in records if located.row == row)
            value = located.record.value if isinstance(located.record.value, dict) else {}
            instruction = text if dataset.options["with_input"] else Example(text, extra).request
            origin = value.get("dataset")
            yield Prompt(
                row,
                instruction,
                _content(value) or instruction,
                origin if isinstance(origin, str) else located.file.path.name.partition(".")[0],
            )


def _content(value: Mapping[str, Any]) -> str | list[dict[str, Any]] | None:
    prompt = value.get("prompt")
    if isinstance(prompt, str) and prompt.strip():
        return prompt
    for turns in (prompt, value.get("messages")):
        if isinstance(turns, list) and turns and isinstance(turns[-1], dict) and turns[-1].get("role") == "user":
            return turns
    return None


@dataclass(frozen=True)
class Inference:
    """A model that is asked, and how.

    Parameters
    ----------
    endpoint
        The server.
    model
        Name of the model on it.
    answers
        Where answers are kept.
    api
        ``"chat"``: a text becomes the user's message; ``"completions"``: it is sent as it is, and messages cannot be.
    settings
        What else the request holds: ``{"temperature": 0, "max_tokens": 512}``.
    system
        System message in front of every chat; None for none.
    """

    endpoint: Endpoint
    model: str
    answers: AnswerLog
    api: Api = "chat"
    settings: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None

    def run(self, dataset: Dataset, progress: Progress | None = None) -> dict[str, str]:
        """Ask everything that has no answer yet.

        Parameters
        ----------
        dataset
            See `read_prompts`.
        progress
            Called with (prompts answered, prompts).

        Returns
        -------
        dict of str to str
            Key of a prompt → why it failed for good.

        Raises
        ------
        DataError
            Messages are to be sent to ``"completions"``; names the row.
        EndpointError
            The server is gone or refuses; what it answered is kept.
        """
        total = sum(batch.num_rows for batch in dataset.batches()) if progress is not None else None
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, total)

        def still_open() -> Iterator[tuple[str, dict[str, Any]]]:
            asked: set[str] = set()
            for prompt in read_prompts(dataset):
                key = self.key(prompt)
                if key in self.answers or key in asked:
                    tick()
                    continue
                asked.add(key)
                yield key, self._body(prompt)

        def keep(key: str, answer: str) -> None:
            self.answers.add(key, answer)
            tick()

        failures = self.endpoint.ask(_PATHS[self.api], still_open(), read=_READERS[self.api], on_answer=keep)
        return {failure.key: failure.reason for failure in failures}

    def key(self, prompt: Prompt) -> str:
        """Hash what is asked."""
        return AnswerLog.key(self.model, self.api, dict(self.settings), self.system, prompt.content)

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body = {"model": self.model, **self.settings}
        if self.api == "completions":
            if not isinstance(prompt.content, str):
                raise DataError(f"row {prompt.row} holds messages, which completions cannot take: use chat.")
            return {**body, "prompt": prompt.content}
        turns = prompt.content
        if isinstance(turns, str):
            turns = [{"role": "user", "content": turns}]
        before = [{"role": "system", "content": self.system}] if self.system else []
        return {**body, "messages": [*before, *turns]}


def _read_chat(answer: dict[str, Any]) -> str:
    return _text(answer["choices"][0]["message"]["content"])


def _read_completion(answer: dict[str, Any]) -> str:
    return _text(answer["choices"][0]["text"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("the answer has no text")
    return value


_READERS: dict[Api, Callable[[dict[str, Any]], str]] = {"chat": _read_chat, "completions": _read_completion}


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_outputs` wrote.

    Parameters
    ----------
    outputs
        Answers in the file.
    failed
        Rows without one, with their instruction and the reason.
    """

    outputs: int
    failed: list[dict[str, Any]]


def write_outputs(
    path: Path, dataset: Dataset, inference: Inference, failures: Mapping[str, str], *, generator: str
) -> Written:
    """Write the answers that there are, in the order of the rows, as a JSON array that AlpacaEval reads.

    Parameters
    ----------
    path
        File to write; it appears whole.
    dataset
        The prompts.
    inference
        Who was asked.
    failures
        What `Inference.run` gave.
    generator
        Name of who answered, in the file.
    """
    failed: list[dict[str, Any]] = []
    count = 0
    with replacing(path) as temporary, temporary.open("wb") as stream:
        for prompt in read_prompts(dataset):
            key = inference.key(prompt)
            if key not in inference.answers:
                reason = failures.get(key, "not asked")
                failed.append({"row": prompt.row, "instruction": prompt.instruction, "reason": reason})
                continue
            entry = {
                "dataset": prompt.dataset,
                "instruction": prompt.instruction,
                "output": inference.answers.get(key),
                "generator": generator,
            }
            stream.write((b",\n" if count else b"[\n") + encode(entry))
            count += 1
        stream.write(b"\n]\n" if count else b"[]\n")
    _write_failed(path.with_name(f"{path.name}.failed.jsonl"), failed)
    return Written(count, failed)


def _write_failed(path: Path, failed: list[dict[str, Any]]) -> None:
    """Write the rows without an answer beside the outputs; a file of an earlier run goes when there are none."""
    if not failed:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        return
    with replacing(path) as temporary:
        temporary.write_bytes(b"".join(encode(entry) + b"\n" for entry in failed))
