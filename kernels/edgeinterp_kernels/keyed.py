"""Random draws keyed by content: the same text gets the same draw, independent of the rest of the file.

The generator is splitmix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators"): its state is
one 64-bit word, so a stream can be started anywhere from a key, a draw number and a purpose.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, helper, kernel

__all__ = ["permutation_counts", "poisson_weights", "stream_start"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@helper
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@helper
def stream_start(key: np.uint64, draw: np.uint64, purpose: np.uint64) -> np.uint64:
    """Return the generator state for one key, draw and purpose."""
    return _mix(key ^ _mix(draw * _GOLDEN + purpose))


@kernel
def _permutation_counts(
    keys: NDArray[np.uint64],
    starts: NDArray[np.int64],
    ids: NDArray[np.int32],
    retrieved: NDArray[np.int32],
    draws: NDArray[np.int64],
    purpose: np.uint64,
    dealt: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    units = retrieved.shape[1]
    for draw in range(draws[0], draws[1]):
        for text in range(keys.size):
            first = starts[text]
            size = starts[text + 1] - first
            for i in range(size):
                dealt[i] = ids[first + i]
            state = stream_start(keys[text], np.uint64(draw), purpose)
            for i in range(size - 1, 0, -1):
                state = state + _GOLDEN
                # the high half of a 32 x 32 bit product: uniform on 0..i up to a bias below 2**-20
                j = np.int64(((_mix(state) >> _S32) * np.uint64(i + 1)) >> _S32)
                held = dealt[i]
                dealt[i] = dealt[j]
                dealt[j] = held
            for i in range(size):
                own = dealt[i]
                for unit in range(units):
                    if retrieved[first + i, unit] == own:
                        counts[draw, unit] += 1


def permutation_counts(
    keys: NDArray[np.uint64],
    lengths: NDArray[np.int64],
    ids: NDArray[np.int32],
    retrieved: NDArray[np.int32],
    n_permutations: int,
    purpose: int = 1,
    threads: int = 1,
) -> NDArray[np.int64]:
    """Count matches between retrieved ids and the ids of the same text under permutation of its positions.

    Parameters
    ----------
    keys : ndarray of uint64, shape (texts,)
        One key per text; it determines the text's permutations.
    lengths : ndarray of int64, shape (texts,)
        Tokens of each text.
    ids : ndarray of int32, shape (tokens,)
        Token ids, text after text.
    retrieved : ndarray of int32, shape (tokens, units)
        Id that each unit (layer x map) retrieved for each token.
    n_permutations : int
        Draws. In a draw every unit gets the same permutation, as max-T needs.
    purpose : int
        Separates streams that share keys.
    threads : int
        Draws are split over them; the counts do not depend on their number.

    Returns
    -------
    ndarray of int64, shape (n_permutations, units)
    """
    starts = np.zeros(keys.size + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    counts = np.zeros((n_permutations, retrieved.shape[1]), dtype=np.int64)
    keys = contiguous(keys, np.uint64)
    ids, retrieved = contiguous(ids, np.int32), contiguous(retrieved, np.int32)
    bounds = np.linspace(0, n_permutations, max(threads, 1) + 1).astype(int).tolist()
    jobs = [(first, last) for first, last in itertools.pairwise(bounds) if last > first]

    def run(draws: tuple[int, int]) -> None:
        dealt = np.empty(int(lengths.max(initial=0)), dtype=np.int32)
        # 64-bit words wrap around by design; NumPy warns of it only with the JIT off
        with np.errstate(over="ignore"):
            _permutation_counts(keys, starts, ids, retrieved, np.array(draws), np.uint64(purpose), dealt, counts)

    if len(jobs) <= 1:
        for job in jobs:
            run(job)
        return counts
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, jobs))
    return counts


@kernel
def _poisson_weights(
    keys: NDArray[np.uint64],
    first_draw: int,
    purpose: np.uint64,
    cumulative: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    for draw in range(out.shape[0]):
        for unit in range(keys.size):
            word = _mix(stream_start(keys[unit], np.uint64(first_draw + draw), purpose) + _GOLDEN)
            uniform = np.float64(word >> np.uint64(11)) * (1.0 / 9007199254740992.0)
            weight = 0
            while weight < cumulative.size and uniform >= cumulative[weight]:
                weight += 1
            out[draw, unit] = weight


# P(Poisson(1) <= k) for k = 0..15; beyond lies less than 1e-14
_POISSON = np.exp(-1.0) * np.cumsum(1.0 / np.cumprod(np.concatenate(([1.0], np.arange(1.0, 16.0)))))


def poisson_weights(
    keys: NDArray[np.uint64], n_draws: int, first_draw: int = 0, purpose: int = 2
) -> NDArray[np.float64]:
    """Return bootstrap weights, Poisson(1) for each draw and unit, keyed by the unit's content.

    Parameters
    ----------
    keys : ndarray of uint64, shape (units,)
        One key per unit.
    n_draws, first_draw : int
        Draws ``first_draw .. first_draw + n_draws - 1`` are returned.
    purpose : int
        Separates streams that share keys.

    Returns
    -------
    ndarray of float64, shape (n_draws, units)
        Whole numbers with mean 1 and variance 1.
    """
    out = np.empty((n_draws, keys.size), dtype=np.float64)
    with np.errstate(over="ignore"):
        _poisson_weights(contiguous(keys, np.uint64), int(first_draw), np.uint64(purpose), _POISSON, out)
    return out
