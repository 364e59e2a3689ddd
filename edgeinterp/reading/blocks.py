r"""One block's attention with all that it works on, and what the block makes of it.

.. math:: t_i = b + \sum_j T_{ij}, \qquad T_{ij} = \sum_h a^h_{ij} v^h_j W^h

With x its input, the block gives on :math:`x + t`, :math:`\mathrm{norm}(x + t)` or :math:`x + \mathrm{norm}(t)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NORMS", "NORM_PLACES", "AttentionBlock", "BlockForm", "block_of", "norm_size", "recomputed", "scaled", "shift_of",
    "summed",
]  # fmt: skip

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
NORM_PLACES = ("none", "sum", "branch")
NORMS = ("layer", "rms")


@dataclass(frozen=True)
class BlockForm:
    """How blocks of a model use attention.

    Attributes
    ----------
    norm_at : str
        ``none``: a block gives on the sum of its input and attention; ``sum``: the norm of it; ``branch``: its input
        plus the norm of attention.
    norm : str or None
        ``layer`` takes the mean off and divides by the standard deviation, ``rms`` divides by the root mean square.
    epsilon : float or None
        What the norm adds to the mean square.
    """

    norm_at: str
    norm: str | None
    epsilon: float | None


@dataclass(frozen=True)
class AttentionBlock:
    """A block's attention on one text of n tokens, with h heads of width w, and hidden size d.

    Attributes
    ----------
    form : BlockForm
    weights : ndarray, shape (h, n, n)
    values : ndarray, shape (h, n, w)
        Repeated where heads share them.
    projection : ndarray, shape (h, w, d)
    bias : ndarray, shape (d,)
    scale, shift : ndarray, shape (d,), or None
        Of the norm.
    residual : ndarray, shape (n, d)
        The block's input.
    """

    form: BlockForm
    weights: Floats
    values: Floats
    projection: Floats
    bias: Floats
    scale: Floats | None
    shift: Floats | None
    residual: Floats


def block_of(form: BlockForm, of_text: Sequence[Floats], of_model: Sequence[Floats]) -> AttentionBlock:
    """Return a block from the outputs of a model folder's graph.

    Parameters
    ----------
    form : BlockForm
    of_text : sequence of ndarray
        ``attentions.i``, ``values.i`` and ``hidden_states.i`` of one text.
    of_model : sequence of ndarray
        ``projections.i``, and ``norms.i`` where there is a norm; the same for all texts.
    """
    weights, values, residual = of_text
    bias = of_model[0][-1]
    projection = (of_model[0][:-1] - bias).reshape(len(values), values.shape[2], -1)
    scale, shift = of_model[1] if form.norm is not None else (None, None)
    return AttentionBlock(form, weights, values, projection, bias, scale, shift, residual)


def recomputed(block: AttentionBlock) -> Doubles:
    """Return what a block gives on, made of its parts, shape (n, d)."""
    total = summed(block)
    if block.form.norm_at == "none":
        return total
    normed: Doubles = scaled(block, total) / norm_size(block, total)[:, None] + shift_of(block)
    return block.residual + normed if block.form.norm_at == "branch" else normed


def summed(block: AttentionBlock) -> Doubles:
    """Return x + t, or t alone where the norm is over that, shape (n, d)."""
    context = block.weights.astype(np.float64) @ block.values
    joined = context.transpose(1, 0, 2).reshape(context.shape[1], -1)
    branch: Doubles = joined @ block.projection.reshape(joined.shape[1], -1) + block.bias
    return branch if block.form.norm_at == "branch" else block.residual + branch


def norm_size(block: AttentionBlock, total: Doubles) -> Doubles:
    """Return what the norm divides each row of ``summed`` by, shape (n,)."""
    centred = _centred(block, total)
    size: Doubles = np.sqrt(np.square(centred).mean(axis=1) + (block.form.epsilon or 0.0))
    return size


def scaled(block: AttentionBlock, rows: NDArray[np.floating]) -> NDArray[Any]:
    """Apply what is linear in the norm, its mean and its scale, to vectors of shape (..., d)."""
    return rows if block.scale is None else _centred(block, rows) * block.scale


def shift_of(block: AttentionBlock) -> Floats:
    """Return what the norm adds, shape (d,)."""
    return np.zeros_like(block.bias) if block.shift is None else block.shift


def _centred(block: AttentionBlock, rows: NDArray[np.floating]) -> NDArray[Any]:
    return rows - rows.mean(axis=-1, keepdims=True) if block.form.norm == "layer" else rows
