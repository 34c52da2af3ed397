"""From the hidden states of a model to one vector a text: the published poolings and their plain meaning.

A pooling says at which place of the text to look, and in which layers; the vector is the mean over these layers. Layer
0 is what the token embeddings give, layer L the output of the last of L blocks, final norm included, as `transformers`
counts ``hidden_states``.

========== ============ =====================================================
pooling    place        layers
========== ============ =====================================================
cls        first token  the last
last       anchor       the last
last-2     anchor       the last two
first-last anchor       0 and the last
mid        anchor       ``(L + 1) // 2``, for 32 blocks the 16th
mean       all tokens   the last
========== ============ =====================================================

The anchor is the last token, or the mask where the template has one. ``layer`` puts another layer in the place of the
last one. Padding is never looked at, so it does not matter on which side it stands.

Source: Li et al. (2024), arXiv 2409.19680, and its code, which calls ``last`` last-1 and ``first-last``
last-and-first. It pads on the left, so that its ``cls`` of a text that is not the longest of its batch is read at a
padding token; here it is read at the first token of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from taskscape.errors import EncoderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

Place = Literal["first", "anchor", "all"]

PLACES: dict[str, Place] = {
    "cls": "first",
    "last": "anchor",
    "last-2": "anchor",
    "first-last": "anchor",
    "mid": "anchor",
    "mean": "all",
}


def check_pooling(pooling: str) -> str:
    """Give back the name of a pooling.

    Raises
    ------
    UsageError
        There is no such pooling; the right ones are listed.
    """
    if pooling not in PLACES:
        raise UsageError(f"there is no pooling {pooling!r}. Take one of {', '.join(PLACES)}.")
    return pooling


def layers_of(pooling: str, *, blocks: int, layer: int = -1) -> tuple[int, ...]:
    """List the layers that a pooling reads.

    Parameters
    ----------
    pooling
        Its name.
    blocks
        Blocks of the model, L.
    layer
        In place of the last layer: 0 to L, or counted from the end, -1 being the last itself.

    Returns
    -------
    tuple of int
        Numbers from 0 to L, rising.

    Raises
    ------
    UsageError
        ``mid`` with a layer.
    EncoderError
        The model has no such layer.
    """
    if pooling == "mid" and layer != -1:
        raise UsageError("pooling mid names its layer itself: take last with layer=N for another.")
    last = layer if layer >= 0 else blocks + 1 + layer
    wanted = {"last-2": (last - 1, last), "first-last": (0, last), "mid": ((blocks + 1) // 2,)}.get(pooling, (last,))
    if min(wanted) < 0 or max(wanted) > blocks:
        raise EncoderError(
            f"the model has no layer {layer} for pooling {pooling}: it has {blocks} blocks, so that layers go from 0 "
            f"(token embeddings) to {blocks}, or from -{blocks + 1} to -1."
        )
    return tuple(sorted(set(wanted)))


def pool(
    states: Sequence[torch.Tensor], place: Place, *, first: torch.Tensor, anchor: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Read one vector a text off the hidden states.

    Parameters
    ----------
    states
        The layers that `layers_of` lists, each of shape ``(n, tokens, d)``, any floating type.
    place
        Where to look: an entry of `PLACES`.
    first, anchor
        Positions ``(n,)`` of the first token and of the anchor of each text.
    mask
        ``(n, tokens)``: true at tokens of the text, false at padding.

    Returns
    -------
    Tensor
        float32 ``(n, d)``; sums are taken in float32 whatever the model computes in.
    """
    if place == "all":
        weights = mask.unsqueeze(-1).float()
        read = [(state.float() * weights).sum(1) / weights.sum(1).clamp(min=1) for state in states]
    else:
        at = first if place == "first" else anchor
        read = [state[range(len(state)), at].float() for state in states]
    return sum(read[1:], read[0]) / len(read)
