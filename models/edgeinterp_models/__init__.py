"""The embedded model folder, the default of `edgeinterp check`; CARD.md describes it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["default_model_folder"]


def default_model_folder() -> Path:
    """Return the folder of the embedded model, all-MiniLM-L6-v2 as int8.

    Examples
    --------
    >>> default_model_folder().name
    'minilm'
    """
    return Path(__file__).parent / "minilm"
