"""Find the block where two builds begin to differ, and the block where the difference grows most."""

from __future__ import annotations

from collections.abc import Sequence

from .result import Onset

__all__ = ["ATTENTION_NOISE", "STATE_NOISE", "first_difference", "largest_jump"]

# the same float32 graph differs by up to 1e-4 between machines and batches; a real difference is far above
STATE_NOISE = 1e-3
# in bits; attention differs by less where hidden states differ relatively by STATE_NOISE
ATTENTION_NOISE = 1e-6


def first_difference(relative: Sequence[float], js: Sequence[float]) -> Onset | None:
    """Return the first block whose output, or whose attention, differs by more than rounding.

    Parameters
    ----------
    relative : sequence of float
        Mean relative difference of hidden states 0, 1, ...
    js : sequence of float
        Mean Jensen-Shannon divergence of attention layers 1, 2, ...; may be empty.

    Returns
    -------
    Onset or None
        None where nothing differs.
    """
    for block in range(len(relative)):
        if relative[block] > STATE_NOISE or _of_block(js, block) > ATTENTION_NOISE:
            return _onset(block, relative, js)
    return None


def largest_jump(relative: Sequence[float], js: Sequence[float]) -> Onset | None:
    """Return the block that adds most to the relative difference; None where nothing differs, as above."""
    if first_difference(relative, js) is None:
        return None
    steps = [after - before for before, after in zip([0.0, *relative], relative, strict=False)]
    return _onset(max(range(len(steps)), key=steps.__getitem__), relative, js)


def _of_block(js: Sequence[float], block: int) -> float:
    return js[block - 1] if 0 < block <= len(js) else 0.0


def _onset(block: int, relative: Sequence[float], js: Sequence[float]) -> Onset:
    before = relative[block - 1] if block else 0.0
    own = js[block - 1] if 0 < block <= len(js) else None
    moved = f"relative difference {_short(before)} before block {block}, {_short(relative[block])} after it"
    if block == 0:
        part, because = "embeddings", f"the embeddings differ (relative difference {_short(relative[0])})"
    elif own is None:
        part, because = "block", f"{moved}; its attention could not be compared"
    elif before <= STATE_NOISE and own > ATTENTION_NOISE:
        part = "attention"
        because = f"{moved}; its attention differs as well ({_short(own)} bits) although its input does not"
    elif before <= STATE_NOISE:
        part = "after attention"
        because = f"{moved}; its attention is the same, so the cause lies in values, output projection or feed-forward"
    else:
        part = "block"
        because = f"{moved}; its input differs already, so the cause within the block is unknown"
    return Onset(block, part, before, relative[block], own, because)


def _short(value: float) -> str:
    return f"{value:.3g}"
