"""What an encoder is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into unit vectors; ``encode`` can be called as sentence-transformers' is."""

    name: str
    dimension: int
    fingerprint: str

    def encode(
        self, sentences: str | Sequence[str], *, batch_size: int = 256, show_progress_bar: bool = False, **_: Any
    ) -> NDArray[np.float32]:
        """Embed texts as float32 rows of unit length, shape ``(n, dimension)``."""
        ...
