"""Which texts go through a network together: as many as a budget of tokens allows, fewer when memory runs out.

Texts are taken from the longest to the shortest, so that a batch holds texts of like length, little is computed on
padding, and memory runs out at once or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory")  # in RuntimeErrors of torch


@dataclass
class Budget:
    """How many tokens, padding included, a batch may hold; learns from batches that did not fit.

    Parameters
    ----------
    tokens
        To begin with; a single text may hold more.
    rows
        At most so many texts, however short.
    """

    tokens: int
    rows: int = 1024

    def run(
        self,
        lengths: NDArray[np.int64],
        forward: Callable[[NDArray[np.int64]], NDArray[np.float32]],
        *,
        dimension: int,
        release: Callable[[], None],
        rows: int | None = None,
    ) -> NDArray[np.float32]:
        """Run texts through a network, in batches, and bring the results back into their order.

        Parameters
        ----------
        lengths
            Tokens of each text, shape ``(n,)``.
        forward
            Takes numbers of texts, longest first, and gives a vector for each.
        dimension
            Length of a vector.
        release
            Called after memory ran out, before the next try.
        rows
            At most so many texts in this run.

        Returns
        -------
        ndarray
            float32 ``(n, dimension)``; zeros for a text without a token.

        Raises
        ------
        EncoderError
            Memory does not suffice for a single text.
        """
        vectors = np.zeros((len(lengths), dimension), np.float32)
        order = np.argsort(-lengths, kind="stable")
        order = order[lengths[order] > 0]
        most = min(self.rows, rows or self.rows)
        done = 0
        while done < len(order):
            width = int(lengths[order[done]])
            batch = order[done : done + max(1, min(most, self.tokens // width))]
            try:
                vectors[batch] = forward(batch)
            except RuntimeError as error:  # torch.OutOfMemoryError is one of them
                if not ran_out_of_memory(error):
                    raise
                if len(batch) == 1:
                    raise EncoderError(
                        f"memory does not suffice for one text of {width} tokens: set a lower max_tokens, another "
                        "dtype or another device."
                    ) from error
            else:
                done += len(batch)
                continue
            # Outside the handler, whose traceback would keep the tensors of the failed batch alive.
            self.tokens = len(batch) * width // 2
            release()
        return vectors


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Tell whether torch found no memory, on a GPU or a processor."""
    return type(error).__name__ == "OutOfMemoryError" or any(sign in str(error).lower() for sign in MEMORY)
