"""The teacher: a labeller that parses an instruction and reads the request off its tree. Needs the extra ``parser``.

Steps: cut out the sentences in which the request may stand (`segments`), parse them in batches, read each by rule
(`rules`), choose the sentence that holds the request (`choice`), find its noun (`nouns`). Most texts say at once what
they want: the first sentence is parsed for all, the others only where the first one does not settle it. So the price
is bounded whatever the length of a text: at most nine sentences of 360 characters.

Several processes: this one labels too, from the last chunk on, and the others from the first, so that nobody waits
while they start (each imports spaCy and loads the parser, some 2 s). They stay until this labeller goes.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskscape.extras import require
from taskscape.tasks.choice import Candidate, best_of, is_settled, task_of
from taskscape.tasks.segments import Segment, segments
from taskscape.tasks.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskscape.tasks.label import Task

_BATCH = 256  # sentences parsed together
_CHUNK = 512  # texts labelled together: more are parsed 3 % quicker, fewer let processes end at the same time
_FEWEST = 4096  # texts, of all calls so far, below which other processes take longer to start than they save


class ParserLabeller:
    """Labels by parsing.

    Parameters
    ----------
    folder
        A pipeline that `taskscape.training.parser` made; the shipped one by default.
    processes
        How many processes share the work, this one included; each takes 150 MB. With more than one, a script must
        keep its own work under ``if __name__ == "__main__"``, as with all of Python's processes.
    """

    name = "parser"

    def __init__(self, folder: Path | None = None, *, processes: int = 1) -> None:
        self.folder = folder or Path(str(resources.files("taskscape") / "models" / "parser"))
        self.processes = processes
        self._asked = 0

    @cached_property
    def _nlp(self) -> Any:
        return require("spacy", purpose="The parser-based labeller").load(self.folder)

    def label(self, texts: Sequence[str]) -> list[Task]:
        """Label texts.

        Parameters
        ----------
        texts
            Instructions of any length and kind.

        Returns
        -------
        list of Task
            One per text, in order; the same for any number of processes.

        Raises
        ------
        MissingExtraError
            spaCy is not installed.
        """
        chunks = [texts[begin : begin + _CHUNK] for begin in range(0, len(texts), _CHUNK)]
        self._asked += len(texts)
        if self.processes < 2 or len(chunks) < 2 or self._asked < _FEWEST:
            return [task for chunk in chunks for task in self._label(chunk)]
        return [task for tasks in self._shared(chunks) for task in tasks]

    def _shared(self, chunks: list[Sequence[str]]) -> list[list[Task]]:
        """Label chunks here and in the other processes, each of which has two at a time."""
        waiting: dict[int, Future[list[Task]]] = {}
        found: dict[int, list[Task]] = {}
        first, last = 0, len(chunks) - 1
        try:
            while first <= last:
                if sum(not future.done() for future in waiting.values()) < 2 * (self.processes - 1):
                    waiting[first] = self._pool.submit(_label_chunk, chunks[first])
                    first += 1
                else:
                    found[last] = self._label(chunks[last])
                    last -= 1
            found |= {number: future.result() for number, future in waiting.items()}
        except BrokenExecutor:  # a process was killed or could not start: go on alone
            self.processes = 1
        return [found[number] if number in found else self._label(chunk) for number, chunk in enumerate(chunks)]

    @cached_property
    def _pool(self) -> ProcessPoolExecutor:
        self._nlp  # noqa: B018 (where spaCy is missing, say so here and not from inside a process)
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.processes - 1, mp_context=context, initializer=_start, initargs=(self.folder,))

    def _label(self, texts: Sequence[str]) -> list[Task]:
        cut = [segments(text) for text in texts]
        firsts = iter(self._read([pieces[0] for pieces in cut if pieces]))
        candidates = [[next(firsts)] if pieces else [] for pieces in cut]
        open_ = [index for index, found in enumerate(candidates) if found and not is_settled(found[0], cut[index])]
        rest = iter(self._read([piece for index in open_ for piece in cut[index][1:]]))
        for index in open_:
            candidates[index].extend(next(rest) for _ in cut[index][1:])
        return [task_of(best_of(found)) for found in candidates]

    def _read(self, pieces: list[Segment]) -> Iterable[Candidate]:
        # Sorted by length, so that a batch holds sentences of like size: the parser steps as often as its longest asks.
        docs = {}
        for doc in self._nlp.pipe(sorted({piece.text for piece in pieces}, key=len), batch_size=_BATCH):
            docs[doc.text] = doc
        return (Candidate.of(_sentence(piece, docs[piece.text])) for piece in pieces)


_WORKER: ParserLabeller | None = None  # one per process of a pool


def _start(folder: Path) -> None:
    global _WORKER  # noqa: PLW0603
    _WORKER = ParserLabeller(folder)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process with the one that started it: a killed one cannot tell it to, and it would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _label_chunk(texts: Sequence[str]) -> list[Task]:
    if _WORKER is None:
        raise RuntimeError("the process was not started by ParserLabeller")
    return _WORKER.label(texts)


def _sentence(segment: Segment, doc: Any) -> Sentence:
    kept = [token for token in doc if not token.is_space]
    place = {token.i: index for index, token in enumerate(kept)}
    return Sentence(
        segment,
        [token.lower_ for token in kept],
        [token.text for token in kept],
        [token.tag_ for token in kept],
        [place.get(token.head.i, index) for index, token in enumerate(kept)],
        [token.dep_ for token in kept],
        [token.idx for token in kept],
    )
