"""The names of the controls of ``relations``."""

from __future__ import annotations

__all__ = ["CONTROLS", "ELSEWHERE", "REFERENCES", "RIVALS"]

ELSEWHERE = "elsewhere"
RIVALS = (ELSEWHERE, "words", "similarity", "surface", "random_model")
REFERENCES = ("licensed",)
CONTROLS = (*RIVALS, *REFERENCES)
