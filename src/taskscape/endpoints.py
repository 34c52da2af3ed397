"""Asking an OpenAI-compatible server many things, and losing nothing it answered.

One `Endpoint` serves chat completions and embeddings alike. Requests run on a few threads; each is tried again with
growing pauses when the server is busy (429), broken (5xx), slow, or sends something that is no JSON; ``Retry-After``
is honoured. A request that fails for good is reported as a `Failure` and the others go on. When the server is gone
(several requests in a row find nobody) or refuses us (wrong key, no such path or model), the run stops with an
`EndpointError`; what was answered is kept by the caller, who is told of each answer as it comes.

`AnswerLog` is that memory on disk: one JSON line an answer, keyed by a hash of what was asked, flushed at once, so that
a run that was killed asks only what is still open.

The key is read from the environment and appears in no message, log or file.
"""

from __future__ import annotations

import math
import os
import random
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import xxhash

from taskscape.errors import EndpointError, UsageError
from taskscape.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import httpx

BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})  # statuses that another try may cure
REFUSED = frozenset({401, 403, 404})  # statuses that every other request would get as well
LONGEST_PAUSE = 30.0  # seconds between two tries
GIVE_UP_AFTER = 3  # requests in a row that found no server


@dataclass(frozen=True)
class Failure:
    """A request that failed for good.

    Parameters
    ----------
    key
        The caller's name of the request.
    reason
        The last thing that went wrong, for people.
    """

    key: str
    reason: str


@dataclass
class Usage:
    """What a run consumed, as the server counted it."""

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, answer: Mapping[str, Any]) -> None:
        """Count the tokens that an answer reports."""
        usage = answer.get("usage")
        if isinstance(usage, dict):
            self.prompt_tokens += int(usage.get("prompt_tokens") or 0)
            self.completion_tokens += int(usage.get("completion_tokens") or 0)


class _Unanswered(Exception):  # noqa: N818 - a state of one request, not an error that a caller sees
    """One request failed; `server_gone` when nobody was there at all, `refused` when all others would fail too."""

    def __init__(self, reason: str, *, server_gone: bool = False, refused: bool = False) -> None:
        super().__init__(reason)
        self.server_gone = server_gone
        self.refused = refused


@dataclass
class Endpoint:
    """An OpenAI-compatible server.

    Parameters
    ----------
    base_url
        Up to and including the version: ``http://127.0.0.1:8000/v1``.
    key_variable
        Environment variable that holds the key; no key is sent where it is not set.
    concurrency
        Requests under way at once, at least 1.
    requests_per_minute
        Upper bound on the rate of requests; None for no bound.
    timeout
        Seconds until one try is given up.
    tries
        Tries of one request, at least 1.
    pause
        Seconds before the second try; doubled before each further one, with jitter.

    Raises
    ------
    UsageError
        The address is no http(s) URL or a number is out of range.
    MissingExtraError
        httpx is not installed.
    """

    base_url: str
    key_variable: str = "OPENAI_API_KEY"
    concurrency: int = 8
    requests_per_minute: float | None = None
    timeout: float = 60.0
    tries: int = 5
    pause: float = 1.0
    usage: Usage = field(default_factory=Usage, init=False)

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise UsageError(f"{self.base_url!r} is no server address: it must begin with http:// or https://")
        if self.concurrency < 1 or self.tries < 1 or (self.requests_per_minute or 1) <= 0:
            raise UsageError("concurrency, tries and requests per minute must be positive")
        if not 0 < self.timeout < math.inf:
            raise UsageError(f"timeout is {self.timeout:g}: take a number of seconds above 0")
        self._httpx = require("httpx", purpose="Asking a server")
        self._lock = threading.Lock()
        self._next_start = 0.0

    def ask(
        self,
        path: str,
        requests: Iterable[tuple[str, dict[str, Any]]],
        *,
        read: Callable[[dict[str, Any]], Any],
        on_answer: Callable[[str, Any], None],
    ) -> list[Failure]:
        """Send many requests and hand over each answer as it comes.

        Parameters
        ----------
        path
            Below the base address: ``"chat/completions"``.
        requests
            Pairs of the caller's key and the JSON body; consumed as workers get free, so it may be a long iterator.
        read
            Takes the decoded answer apart; a ValueError, KeyError, IndexError or TypeError in it counts as a malformed
            answer, which is tried again.
        on_answer
            Called with key and what `read` gave, in this thread, in the order of arrival.

        Returns
        -------
        list of Failure
            The requests that failed for good.

        Raises
        ------
        EndpointError
            The server is gone; everything answered before was handed over. Or the proxy that the environment names
            cannot be used.
        UsageError
            The key cannot be sent.
        """
        failures: list[Failure] = []
        missed = 0
        with (
            self._client() as client,
            ThreadPoolExecutor(self.concurrency) as pool,
        ):
            source = iter(requests)
            running: dict[Future[Any], str] = {}
            try:
                while True:
                    for name, body in _take(source, self.concurrency - len(running)):
                        running[pool.submit(self._answer, client, path, body, read)] = name
                    if not running:
                        return failures
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        name = running.pop(future)
                        try:
                            on_answer(name, future.result())
                            missed = 0
                        except _Unanswered as error:
                            failures.append(Failure(name, str(error)))
                            missed = missed + 1 if error.server_gone else 0
                            if error.refused:
                                raise EndpointError(
                                    f"{self.base_url} refuses: {error}. Check the address, the model's name and the "
                                    f"key in the environment variable {self.key_variable}."
                                ) from None
                            if missed >= GIVE_UP_AFTER:
                                raise EndpointError(
                                    f"no answer from {self.base_url}: {error}. What it answered before is kept; "
                                    "start the server and run the same command again to go on."
                                ) from None
            finally:
                for future in running:
                    future.cancel()

    def _client(self) -> httpx.Client:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self.key_variable, "").strip():
            if not (key.isascii() and key.isprintable()):  # httpx would show it in its error
                raise UsageError(
                    f"the key in the environment variable {self.key_variable} has a character that no key has, such as "
                    "a line break or a letter beyond ASCII. Set it again."
                )
            headers["Authorization"] = f"Bearer {key}"
        try:
            client: httpx.Client = self._httpx.Client(timeout=self.timeout, headers=headers)
        except (ImportError, ValueError, self._httpx.InvalidURL) as error:  # ImportError: SOCKS needs a package more
            raise EndpointError(
                "the proxy of the environment (ALL_PROXY, HTTPS_PROXY or HTTP_PROXY) cannot be used: "
                f"{str(error).rstrip('.')}. Unset it, name an http:// proxy, or for SOCKS: pip install 'httpx[socks]'."
            ) from error
        return client

    def _answer(
        self, client: httpx.Client, path: str, body: dict[str, Any], read: Callable[[dict[str, Any]], Any]
    ) -> Any:
        pause = self.pause
        for attempt in range(1, self.tries + 1):
            self._wait_for_turn()
            with self._lock:
                self.usage.requests += 1
                self.usage.retries += attempt > 1
            try:
                return self._try_once(client, path, body, read)
            except _Busy as busy:
                if attempt == self.tries:
                    raise _Unanswered(str(busy), server_gone=busy.server_gone) from None
                # Jitter keeps the workers from coming back all at once.
                time.sleep(min(busy.retry_after or pause * random.uniform(0.5, 1.0), LONGEST_PAUSE))
                pause *= 2
        raise AssertionError("unreachable: the last try returns or raises")

    def _try_once(
        self, client: httpx.Client, path: str, body: dict[str, Any], read: Callable[[dict[str, Any]], Any]
    ) -> Any:
        try:
            response = client.post(f"{self.base_url.rstrip('/')}/{path}", content=orjson.dumps(body))
        except self._httpx.TimeoutException as error:
            raise _Busy(f"no answer within {self.timeout:g} s") from error
        except self._httpx.TransportError as error:
            raise _Busy(f"{type(error).__name__}: {error}", server_gone=True) from error
        if response.status_code in BUSY:
            raise _Busy(f"HTTP {response.status_code}", retry_after=_seconds(response.headers.get("Retry-After")))
        if response.status_code != 200:
            refused = response.status_code in REFUSED
            raise _Unanswered(f"HTTP {response.status_code}: {response.text[:200]}", refused=refused)
        try:
            decoded = orjson.loads(response.content)
            answer = read(decoded)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise _Busy(f"malformed answer ({type(error).__name__}: {error})") from error
        with self._lock:
            self.usage.add(decoded)
        return answer

    def _wait_for_turn(self) -> None:
        if self.requests_per_minute is None:
            return
        with self._lock:
            start = max(time.monotonic(), self._next_start)
            self._next_start = start + 60.0 / self.requests_per_minute
        time.sleep(max(0.0, start - time.monotonic()))


class _Busy(Exception):  # noqa: N818 - a state of one try, not an error that a caller sees
    """One try failed in a way that another may cure."""

    def __init__(self, reason: str, *, retry_after: float | None = None, server_gone: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.server_gone = server_gone


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "nan")
    except ValueError:  # the other legal form is a date: our own pause serves as well
        return None
    return seconds if seconds >= 0 else None


def _take(source: Iterator[tuple[str, dict[str, Any]]], count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for _ in range(count):
        item = next(source, None)
        if item is None:
            return
        yield item


class AnswerLog:
    """Answers on disk, one JSON line each, keyed by what was asked.

    Parameters
    ----------
    path
        File to read and append to; made when the first answer comes. A last line that a crash cut off is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._answers: dict[str, Any] = {}
        if not path.exists():
            return
        whole = 0
        with path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                entry = orjson.loads(line)
                self._answers[entry["key"]] = entry["answer"]
        if whole < path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(whole)

    @staticmethod
    def key(*asked: Any) -> str:
        """Hash what is asked (model, messages, settings: JSON data) into 32 hexadecimal digits."""
        return xxhash.xxh3_128_hexdigest(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS))

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    def get(self, key: str) -> Any:
        """Give the answer kept under a key, or None."""
        return self._answers.get(key)

    def add(self, key: str, answer: Any) -> None:
        """Keep an answer, on disk before this returns."""
        self._answers[key] = answer
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(orjson.dumps({"key": key, "answer": answer}, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
