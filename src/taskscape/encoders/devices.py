"""One language model on several devices: a process for each, texts dealt out as each gets free.

A process of its own for each device keeps them from waiting for one another; the first use loads the model on all of
them. What goes between processes are texts and vectors.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.encoders.base import as_texts
from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taskscape.encoders.prompted import PromptedEncoder

TURNS = 4  # parts that each device gets of a call: small enough that none waits long for the slowest
SMALLEST = 16  # texts in a part


class SpreadEncoder:
    """A `PromptedEncoder` on each of several devices, as one encoder with the same vectors.

    Parameters
    ----------
    path
        Folder, or id on the hub.
    devices
        One process is started for each; ``"cpu"`` may stand there more than once.
    settings
        Settings of `PromptedEncoder`.

    Raises
    ------
    EncoderError
        The model cannot be opened, or a process died.
    """

    def __init__(self, path: str, *, devices: Sequence[str], settings: dict[str, Any]) -> None:
        # A fresh interpreter each: a forked one cannot use a GPU.
        context = multiprocessing.get_context("spawn")
        queue = context.SimpleQueue()
        for device in devices:
            queue.put(device)
        self.devices = list(devices)
        self._pool = ProcessPoolExecutor(len(devices), context, _take_device, (queue, path, settings))
        self.name, self.dimension, self.fingerprint = self._done(self._pool.submit(_describe))

    def encode(self, sentences: str | Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Embed texts; see `taskscape.encoders.base.Encoder.encode`."""
        texts, single = as_texts(sentences)
        order = np.argsort([-len(text) for text in texts], kind="stable")
        parts = max(1, min(len(self.devices) * TURNS, len(texts) // SMALLEST))
        dealt = [order[start::parts] for start in range(parts)]  # each part has its share of long texts
        running = [self._pool.submit(_encode, [texts[number] for number in part]) for part in dealt]
        rows = np.empty((len(texts), self.dimension), np.float32)
        for part, future in zip(dealt, running, strict=True):
            rows[part] = self._done(future)
        return rows[0] if single else rows

    def close(self) -> None:
        """End the processes; they also end with this one."""
        self._pool.shutdown(cancel_futures=True)

    def _done(self, future: Any) -> Any:
        try:
            return future.result()
        except BrokenProcessPool as error:
            self.close()
            raise EncoderError(
                f"a process of the encoder on {', '.join(self.devices)} died, perhaps for want of memory. In a script, "
                'the code that loads the encoder must stand under `if __name__ == "__main__":`.'
            ) from error


_ours: dict[str, Any] = {}  # of this worker process


def _take_device(queue: Any, path: str, settings: dict[str, Any]) -> None:
    """Begin a worker: take one device out of the queue."""
    _ours.update(path=path, settings={**settings, "device": queue.get()})


def _encoder() -> PromptedEncoder:
    """Load the model on first use, so that what goes wrong comes back as an answer."""
    from taskscape.encoders.prompted import PromptedEncoder

    if "encoder" not in _ours:
        _ours["encoder"] = PromptedEncoder(_ours["path"], **_ours["settings"])
    encoder: PromptedEncoder = _ours["encoder"]
    return encoder


def _describe() -> tuple[str, int, str]:
    encoder = _encoder()
    return encoder.name, encoder.dimension, encoder.fingerprint


def _encode(texts: list[str]) -> NDArray[np.float32]:
    return _encoder().encode(texts)
