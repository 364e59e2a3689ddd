"""Readings of a text: block by block, and multiplied up over blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .blocks import AttentionBlock
from .names import READINGS, key_of
from .of_block import effective, read_block

__all__ = ["attention_readings", "block_maps", "checked_names", "multiplied_up", "with_rolled_up"]

Doubles = NDArray[np.float64]


def checked_names(names: Sequence[str], values: bool) -> tuple[str, ...]:
    """Return names of readings, each once, or refuse an unknown one and one that values are missing for."""
    if not names:
        raise InputError(f"names: none is given; expected some of {', '.join(READINGS)}")
    for name in names:
        if name not in READINGS:
            raise InputError(f"reading {name}: expected one of {', '.join(READINGS)}")
        if READINGS[name].values and not values:
            raise InputError(f"reading {name}: needs value vectors, and there are none")
    return tuple(dict.fromkeys(names))


def block_maps(blocks: Iterable[AttentionBlock], names: Sequence[str]) -> dict[str, Doubles]:
    """Return readings of blocks with values, each of shape (L, n, n)."""
    found: dict[str, list[Doubles]] = {name: [] for name in names}
    for block in blocks:
        own = {"attention": block.weights.mean(axis=0, dtype=np.float64)}
        if set(names) - {"attention", "effective"}:
            own |= vars(read_block(block))
        if "effective" in names:
            own["effective"] = effective(block)
        for name in names:
            found[name].append(own[name])
    return {name: np.stack(maps) for name, maps in found.items()}


def attention_readings(attentions: Iterable[NDArray[np.floating]]) -> dict[str, Doubles]:
    """Return the readings that need no values, of layers of shape (H, n, n)."""
    return {"attention": np.stack([maps.mean(axis=0, dtype=np.float64) for maps in attentions])}


def multiplied_up(name: str, maps: Doubles) -> Doubles:
    r"""Multiply a reading up over blocks, shape (L, n, n).

    .. math:: C_l = M_l \, C_{l-1}, \qquad C_0 = I

    with M the reading, rows scaled to sum to 1; of one that does not count the token's own vector, half of it and half
    the identity, as Abnar & Zuidema 2020 do with attention.
    """
    from edgeinterp_kernels.attention import rollout

    sums = maps.sum(axis=-1, keepdims=True)
    shares = maps / np.where(sums > 0.0, sums, 1.0)
    return rollout(shares, residual=0.0) if READINGS[name].residual else rollout(shares)


def with_rolled_up(maps: dict[str, Doubles]) -> dict[str, Doubles]:
    """Return readings per block, each followed by the same multiplied up."""
    found = {}
    for name, own in maps.items():
        found[name] = own
        found[key_of(name, rolled_up=True)] = multiplied_up(name, own)
    return found
