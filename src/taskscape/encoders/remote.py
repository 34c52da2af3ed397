"""Any server that speaks OpenAI's ``/v1/embeddings`` as an encoder (``openai:MODEL@BASE_URL``; extra ``remote``).

vLLM, text-embeddings-inference, llama.cpp, Ollama and the hosted services do. As with ``hf:`` the name says
everything::

    openai:my-model@http://127.0.0.1:8000/v1?template=pie&concurrency=16

============= ======== ================================================================================================
setting       default  meaning
============= ======== ================================================================================================
template      none     none, semantic, pie, a file, or a text with ``{instruction}`` in it
concurrency   8        requests under way at once
batch_items   64       most texts in a request
batch_tokens  8192     most tokens in a request, estimated: a text of more goes alone
tries         5        tries of a request that the server was too busy or too broken for
timeout       60       seconds until a try is given up
pause         1        seconds before the second try; doubled before each further one, unless the server names a time
failed        raise    what a text gets that the server refuses for good: ``raise`` an error that names the texts, once
                       all others are done; or ``zero``, a row of zeros, and `RemoteEncoder.failures` names the texts
key_variable           environment variable with the key, OPENAI_API_KEY by default
============= ======== ================================================================================================

A request that fails for good is cut in two, and again, until the text at fault stands alone: one bad text costs itself
and a few requests, not its batch. Equal texts are asked once. Vectors are brought into place by the ``index`` of the
answer. The key comes from the environment alone and is in no name, manifest, message or log. What a run consumed is in
`RemoteEncoder.usage`.

Nobody can hash weights behind a server: the fingerprint stands for the address, the model's name, the template and the
dimension. A server that changes its model and keeps the name is not noticed, unless the dimension changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.base import as_texts, digest, unit_rows
from taskscape.encoders.prompts import read_template
from taskscape.encoders.queries import parse, spell
from taskscape.endpoints import Endpoint, Failure, Usage
from taskscape.errors import EncoderError, EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Keep = Callable[[list[str], Floats], None]

DEFAULTS: dict[str, Any] = {
    "template": "none",
    "concurrency": 8,
    "batch_items": 64,
    "batch_tokens": 8192,
    "tries": 5,
    "timeout": 60.0,
    "pause": 1.0,
    "failed": "raise",
    "key_variable": "OPENAI_API_KEY",
}
PROBE = "Write a poem about the sea."  # asked first, for the dimension
BYTES_PER_TOKEN = 3  # of UTF-8: below English (4), about a Chinese character; too many tokens are then cut in two
FRUITLESS = 16  # requests in a row that the server refused, none answered: the fault is not in single texts
NAMED = 5  # texts that an error shows


class RemoteEncoder:
    """An embeddings server.

    Parameters
    ----------
    model
        What the server calls its model.
    base_url
        Up to and including the version: ``http://127.0.0.1:8000/v1``.
    template, concurrency, batch_items, batch_tokens, tries, timeout, pause, failed, key_variable
        See the table in this module.

    Attributes
    ----------
    name
        The name by which `taskscape.load_encoder` gives the same vectors.
    dimension
        As the server answered a first short text.
    failures
        Texts that the server refused so far, with its reason.

    Raises
    ------
    EndpointError
        The server is down, or refuses us.
    UsageError
        A setting is wrong.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        template: str = "none",
        concurrency: int = 8,
        batch_items: int = 64,
        batch_tokens: int = 8192,
        tries: int = 5,
        timeout: float = 60.0,
        pause: float = 1.0,
        failed: str = "raise",
        key_variable: str = "OPENAI_API_KEY",
    ) -> None:
        if failed not in ("raise", "zero"):
            raise UsageError(f"failed={failed!r} is unknown: take raise or zero.")
        if batch_items < 1 or batch_tokens < 1:
            raise UsageError("batch_items and batch_tokens must be at least 1.")
        if "@" in base_url.split("://", 1)[-1].split("/", 1)[0]:
            raise UsageError(f"an address with a password would stand in files: put the key into {key_variable}.")
        self.template = read_template(template)
        if self.template.has_mask:
            raise UsageError("a server gives no vector of a masked word: take a template without {mask}.")
        self.name = spell("openai:", f"{model}@{base_url}", {"template": template}, DEFAULTS)
        self.model = model
        self.failed = failed
        self.failures: list[Failure] = []
        self._items, self._tokens = batch_items, batch_tokens
        self._endpoint = Endpoint(
            base_url, key_variable=key_variable, concurrency=concurrency, timeout=timeout, tries=tries, pause=pause
        )
        self.dimension = 0
        self.dimension = self._probed()
        told = (base_url.rstrip("/"), model, self.template.text, self.dimension)
        self.fingerprint = digest(b"remote", repr(told).encode())

    @property
    def usage(self) -> Usage:
        """Requests, retries and tokens so far, as the server counted them."""
        return self._endpoint.usage

    @property
    def remarks(self) -> list[str]:
        """What a user should know after the work: what it consumed, and which texts have rows of zeros."""
        usage = self.usage
        told = [f"{usage.prompt_tokens:,} tokens in {usage.requests:,} requests, {usage.retries:,} of them repeated"]
        return told + [f"refused, a row of zeros: {one.key[:60]!r} ({one.reason})" for one in self.failures]

    def encode(self, sentences: str | Sequence[str], *, batch_size: int | None = None, **_: Any) -> Floats:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`.

        Raises
        ------
        EndpointError
            The server is gone or refuses us; or, with ``failed="raise"``, it refused some texts, which are named.
        EncoderError
            It answered with vectors of another dimension than before.
        """
        texts, single = as_texts(sentences)
        readable = [text.encode("utf-8", "replace").decode() for text in texts]  # half characters are no UTF-8
        places: dict[str, list[int]] = {}
        for row, text in enumerate(readable):
            places.setdefault(text, []).append(row)
        rows = np.zeros((len(texts), self.dimension), np.float32)

        def keep(batch: list[str], vectors: Floats) -> None:
            for text, vector in zip(batch, vectors, strict=True):
                rows[places[text]] = vector

        refused = self._ask_all(list(places), min(batch_size or self._items, self._items), keep)
        refused.sort(key=lambda failure: places[failure.key][0])  # answers come in any order
        self.failures += refused
        if refused and self.failed == "raise":
            raise EndpointError(_told(refused, places))
        rows = unit_rows(rows, self.name)
        return rows[0] if single else rows

    def _ask_all(self, texts: list[str], items: int, keep: Keep) -> list[Failure]:
        """Ask for all texts, cutting requests that fail in two; give those that failed alone."""
        refused: list[Failure] = []
        batches = list(self._batches(texts, items))
        fruitless = 0
        while batches:
            failures = self._ask(batches, keep)
            fruitless = 0 if len(failures) < len(batches) else fruitless + len(failures)
            if fruitless >= FRUITLESS:
                raise EndpointError(
                    f"{self._endpoint.base_url} answered none of {fruitless} requests: {failures[0].reason}. What was "
                    "embedded before is kept; run the same command again to go on."
                )
            again = []
            for failure in failures:
                batch = batches[int(failure.key)]
                if len(batch) == 1:
                    refused.append(Failure(batch[0], failure.reason))
                else:
                    again += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
            batches = again
        return refused

    def _ask(self, batches: list[list[str]], keep: Keep) -> list[Failure]:
        """Send each batch as one request; give the failures, keyed by the number of the batch."""
        short: list[Failure] = []

        def on_answer(key: str, vectors: Floats) -> None:
            batch = batches[int(key)]
            if len(vectors) != len(batch):
                short.append(Failure(key, f"{len(vectors)} vectors for {len(batch)} texts"))
                return
            if self.dimension and vectors.shape[1] != self.dimension:
                raise EncoderError(
                    f"{self.name} gave {self.dimension} numbers a text before, and now {vectors.shape[1]}: another "
                    "model answers. Finished shards of a store are kept; see what the server serves."
                )
            keep(batch, vectors)

        bodies = (
            (str(number), {"model": self.model, "input": [self.template.fill(text) for text in batch]})
            for number, batch in enumerate(batches)
        )
        return self._endpoint.ask("embeddings", bodies, read=_vectors, on_answer=on_answer) + short

    def _probed(self) -> int:
        """Ask for one text, to learn the dimension and whether anybody is there."""
        found: list[Floats] = []
        failures = self._ask([[PROBE]], lambda _, vectors: found.append(vectors))
        if failures:
            raise EndpointError(
                f"{self._endpoint.base_url} gives no embedding of {self.model!r}: {failures[0].reason}. Check the "
                "address, and that the server serves /embeddings."
            )
        return int(found[0].shape[1])

    def _batches(self, texts: list[str], items: int) -> Iterator[list[str]]:
        """Cut texts into requests within the limits on items and tokens."""
        frame = len(self.template.text) // BYTES_PER_TOKEN
        batch: list[str] = []
        held = 0
        for text in texts:
            tokens = frame + len(text.encode()) // BYTES_PER_TOKEN + 2
            if batch and (len(batch) == items or held + tokens > self._tokens):
                yield batch
                batch, held = [], 0
            batch.append(text)
            held += tokens
        if batch:
            yield batch


def _vectors(answer: dict[str, Any]) -> Floats:
    """Take an answer apart; what raises here makes the request be tried again."""
    entries = sorted(answer["data"], key=lambda entry: entry["index"])
    if [entry["index"] for entry in entries] != list(range(len(entries))):
        raise ValueError("an index is missing or stands there twice")
    vectors = np.array([entry["embedding"] for entry in entries], np.float32)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ValueError("a vector has gaps")
    return vectors


def _told(refused: list[Failure], places: dict[str, list[int]]) -> str:
    """Name the texts that a server refused."""
    shown = "; ".join(
        f"text {places[failure.key][0]} ({failure.key[:60]!r}): {failure.reason}" for failure in refused[:NAMED]
    )
    more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    return (
        f"the server refused {len(refused)} of {len(places)} texts, counted from 0 among those asked together: "
        f"{shown}{more}. Mend or drop them, or set failed=zero for rows of zeros. Finished shards of a store are kept."
    )


def load(rest: str, **settings: Any) -> RemoteEncoder:
    """Load a server as an encoder; see this module for the settings."""
    named, told = parse(rest, DEFAULTS, settings, encoder="openai:")
    # A model's name may hold an @ itself: the address begins at the last one that a scheme follows.
    found = re.fullmatch(r"(.+)@(https?://.+)", named)
    if found is None:
        raise UsageError(f"openai:{named} names no server: write openai:MODEL@http://HOST:PORT/v1.")
    return RemoteEncoder(found[1], found[2], **told)
