"""The names of the controls of ``relations``."""

from __future__ import annotations

__all__ = ["CONTROLS", "REFERENCES", "RIVALS"]

RIVALS = ("elsewhere", "words", "similarity", "surface", "random_model")
REFERENCES = ("licensed",)
CONTROLS = (*RIVALS, *REFERENCES)
