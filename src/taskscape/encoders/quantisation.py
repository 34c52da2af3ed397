"""Weights and activations in 8 bits, by scales that are fixed beforehand.

What
    Each product of the network is done in integers: its input is rounded to 0 … 255 by one scale that calibration
    texts gave, its weight to int8 by one scale for each output.
Why fixed
    The usual dynamic quantisation takes the input's scale from the batch at hand, so that a text's embedding
    depends on the texts beside it, and one odd text spoils a batch. With fixed scales each text stands alone. It
    costs no time: finding the scale anew needs a pass over the input; multiplying by the evening factors needs one
    too.
Evening out
    A few channels of a transformer's activations are tens of times larger than the rest, and one scale for all
    would leave the rest few levels. So each input channel is divided by a factor and the weight's column multiplied
    by it, which changes nothing in exact arithmetic. The factor is ``a ** s / w ** (1 - s)``, ``a`` and ``w`` the
    largest absolute activation and weight of the channel.
The same on every processor
    Processors without VNNI add pairs of 8-bit products in 16 bits, and saturate. Weights are scaled so that no pair
    can: the positive parts, and the negative parts, of two neighbouring weights sum to at most 127 levels.

Source of the evening: Xiao et al., *SmoothQuant*, 2023, equation 4. Measured choices: ``benchmarks/LOG.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ranges = Mapping[str, tuple[Floats, Floats]]

SMOOTHING = 0.85  # the share `s` of the evening that the weights take over
TINY = 1e-6  # keeps the factors of dead channels finite
LEVELS = 127  # of a weight, to either side of zero
INPUT_LEVELS = 255


@dataclass(frozen=True, slots=True)
class QuantisedProduct:
    """A product in 8 bits.

    Attributes
    ----------
    evening
        float32 ``(in,)``, to be multiplied into the input before it is rounded.
    input_scale, input_zero
        The input ``x`` becomes ``round(x / input_scale) + input_zero``.
    weight
        int8 ``(out, in)``.
    scales
        float32 ``(out,)``.
    """

    evening: Floats
    input_scale: float
    input_zero: int
    weight: NDArray[np.int8]
    scales: Floats


def quantise_product(weight: NDArray[Any], low: Floats, high: Floats) -> QuantisedProduct:
    """Quantise a product.

    Parameters
    ----------
    weight
        ``(out, in)``, ``in`` even.
    low, high
        ``(in,)``, lowest and highest value of each input.

    Returns
    -------
    QuantisedProduct
        Its integers and scales.
    """
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    largest = np.maximum(-low, high) + TINY
    factor = largest**SMOOTHING / (np.abs(weight).max(axis=0) + TINY) ** (1 - SMOOTHING)
    factor /= np.exp(np.log(factor).mean())
    bottom, top = float((low / factor).min()), float((high / factor).max())
    scale = max(top - bottom, TINY) / INPUT_LEVELS
    evened = weight * factor
    scales = weight_scales(evened)
    rounded = np.rint(evened / scales[:, None]).astype(np.int8)
    return QuantisedProduct((1 / factor).astype(np.float32), scale, round(-bottom / scale), rounded, scales)


def weight_scales(weight: NDArray[Any]) -> Floats:
    """Find the scale of each row under which no weight overflows int8 and no pair of neighbours 16-bit sums.

    Parameters
    ----------
    weight
        ``(out, in)``, ``in`` even.

    Returns
    -------
    ndarray
        float32 ``(out,)``.
    """
    pairs = weight.reshape(len(weight), -1, 2)
    sides = [np.maximum(side, 0).sum(axis=-1).max(axis=-1) for side in (pairs, -pairs)]
    # Rounding may add half a level to each weight of a pair, hence one level of the 128 is kept free.
    return np.asarray(np.maximum(*sides).clip(min=TINY) / LEVELS, dtype=np.float32)


def quantise_table(table: NDArray[Any]) -> tuple[NDArray[np.int8], Floats]:
    """Quantise a table of vectors, each with its own scale.

    Parameters
    ----------
    table
        ``(words, dimensions)``.

    Returns
    -------
    rounded
        int8, of the same shape.
    scales
        float32 ``(words, 1)``.
    """
    scales = np.abs(table).max(axis=1, keepdims=True).clip(min=TINY).astype(np.float32) / LEVELS
    return np.rint(table / scales).astype(np.int8), scales
