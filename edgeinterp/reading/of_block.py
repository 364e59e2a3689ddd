r"""Readings of one block: how much each position takes from each other one.

Weights :math:`a^h_{ij}`, values :math:`v^h_j`, projection :math:`W^h`, bias b, the block's input x:

.. math:: T_{ij} = \sum_h a^h_{ij} v^h_j W^h, \qquad y_i = \sum_j R_{ij} + c_i

where y is what the block gives on, the parts :math:`R_{ij}` are :math:`T_{ij}`, plus :math:`x_i` where j = i, after the
norm is distributed over its summands, :math:`v \mapsto (v - \bar v) / \mathrm{sd} \cdot \gamma` (where the block has a
norm after attention), and :math:`c_i` comes of biases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .blocks import AttentionBlock, norm_size, scaled, shift_of, summed

__all__ = ["BlockReadings", "effective", "read_block"]

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

# numbers of the parts that are in memory at once
_AT_ONCE = 1 << 23
# of the length of what a block gives on, what its parts may miss
_MISSING = 1e-3


@dataclass(frozen=True)
class BlockReadings:
    r"""Readings of one block, each of shape (n, n): row i, column j.

    Attributes
    ----------
    norm : ndarray
        :math:`\lVert T_{ij} \rVert_2` (Kobayashi et al. 2020, "Attention is not only a weight", section 3).
    norm_residual : ndarray
        :math:`\lVert R_{ij} \rVert_2`, rows scaled to sum to 1 (Kobayashi et al. 2021, "Incorporating residual and
        normalization layers into analysis of masked language models", section 3).
    alti : ndarray
        :math:`\max(0, \lVert y_i \rVert_1 - \lVert y_i - R_{ij} \rVert_1)`, rows scaled to sum to 1 (Ferrando et al.
        2022, "Measuring the mixing of contextual information in the transformer", section 3).
    contribution : ndarray
        :math:`\max(0, R_{ij} \cdot y_i / y_i \cdot y_i)`, rows scaled to sum to 1.

    Notes
    -----
    A row in which no part counts, because all of them point away from the sum, is 0.
    """

    norm: Doubles
    norm_residual: Doubles
    alti: Doubles
    contribution: Doubles


def read_block(block: AttentionBlock) -> BlockReadings:
    """Return the readings of one block.

    Raises
    ------
    InputError
        Where the parts do not sum to what the block gives on, to a thousandth of its length: then readings would be of
        something else.
    """
    from edgeinterp_kernels.parts import part_sizes

    total = summed(block)
    moved = np.matmul(block.values, block.projection)
    ways = _ways(block, total, moved)
    count, width = total.shape
    lengths, sizes = np.empty((count, count)), np.empty((count, count, 3))
    whole_lengths = np.empty(count)
    for rows in _chunks(count, width):
        added = _added(block.weights[:, rows], moved)
        lengths[rows] = np.sqrt(np.einsum("jid,jid->ij", added, added, dtype=np.float64))
        weights = (block.weights[:, rows] / ways.size[rows, None]).astype(np.float32)
        parts = _added(weights, ways.moved)
        parts[np.arange(count)[rows], np.arange(len(ways.own[rows]))] += ways.own[rows]
        _refuse_missing(parts.sum(axis=0, dtype=np.float64) + ways.constant[rows], ways.whole[rows])
        sizes[rows] = part_sizes(parts, ways.whole[rows])
        whole_lengths[rows] = np.abs(ways.whole[rows]).sum(axis=1)
    squares = np.square(ways.whole).sum(axis=1)
    nearer = whole_lengths[:, None] - sizes[..., 1]
    along = sizes[..., 2] / np.where(squares > 0.0, squares, 1.0)[:, None]
    return BlockReadings(lengths, _shares(sizes[..., 0]), _shares(nearer), _shares(along))


def effective(block: AttentionBlock) -> Doubles:
    r"""Return effective attention: weights less their projection on what no value can carry on, shape (n, n).

    .. math:: \frac1H \sum_h \left| a^h_i \, P^h \right|_j

    where :math:`P^h` projects on the column space of :math:`f^h = v^h W^h`, of shape (n, d); its rest is the left null
    space of :math:`f^h`, and weights in that change nothing (Brunner et al. 2020, "On identifiability in
    transformers", section 4). The same as attention unless tokens outnumber a head's dimensions.
    """
    found = np.zeros(block.weights.shape[1:])
    for weights, values in zip(block.weights, np.matmul(block.values, block.projection), strict=True):
        left, sizes, _ = np.linalg.svd(values.astype(np.float64), full_matrices=False)
        # as of numpy.linalg.matrix_rank, for numbers that came in single precision
        rounding = sizes.max(initial=0.0) * max(values.shape) * float(np.finfo(np.float32).eps)
        carried = left[:, sizes > rounding]
        found += np.abs((weights.astype(np.float64) @ carried) @ carried.T)
    return found / len(block.weights)


@dataclass(frozen=True)
class _Ways:
    """What parts are made of: R_ij = sum_h a_ij moved_j / size_i, plus own_i where j = i."""

    moved: Floats
    size: Doubles
    own: Floats
    constant: Doubles
    whole: Doubles


def _ways(block: AttentionBlock, total: Doubles, moved: Floats) -> _Ways:
    """Distribute the norm over the summands of each row."""
    size = np.ones(len(total))
    if block.form.norm_at == "none":
        return _Ways(moved, size, block.residual, np.broadcast_to(block.bias, total.shape), total)
    size = norm_size(block, total)
    whole = scaled(block, total) / size[:, None] + shift_of(block)
    constant = scaled(block, block.bias) / size[:, None] + shift_of(block)
    own = block.residual
    if block.form.norm_at == "branch":
        whole = whole + own
    else:
        own = (scaled(block, own) / size[:, None]).astype(np.float32)
    return _Ways(scaled(block, moved), size, own, constant, whole)


def _added(weights: Floats, moved: Floats) -> Floats:
    """Return the sum over heads of what each position adds to each row, shape (columns, rows, d)."""
    added: Floats = np.matmul(weights.transpose(2, 1, 0), moved.transpose(1, 0, 2))
    return added


def _chunks(count: int, width: int) -> Iterator[slice]:
    step = max(1, _AT_ONCE // (count * width))
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))


def _refuse_missing(found: Doubles, whole: Doubles) -> None:
    apart = np.linalg.norm(found - whole, axis=1)
    far = float((apart / np.maximum(np.linalg.norm(whole, axis=1), np.finfo(np.float32).tiny)).max(initial=0.0))
    if not (far <= _MISSING and np.isfinite(found).all()):
        raise InputError(
            f"readings of attention: the parts of a block miss {far:.2g} of the length of their sum, at most "
            f"{_MISSING:g} is expected; its values are too large for single precision, or the model folder is damaged"
        )


def _shares(values: Doubles) -> Doubles:
    """Return values above 0 as shares of their row."""
    above = np.maximum(values, 0.0)
    sums = above.sum(axis=1, keepdims=True)
    found: Doubles = above / np.where(sums > 0.0, sums, 1.0)
    return found
