"""All studies, in the order of the page."""

from __future__ import annotations

from . import correspondence, influence, properties, relations, ridge
from .studies import Outcomes

STUDIES = (
    *correspondence.STUDIES,
    *influence.STUDIES,
    *relations.STUDIES,
    *properties.STUDIES,
    *ridge.STUDIES,
)


def measure(name: str, seed: int) -> Outcomes:
    """One repetition of the study of this name."""
    return next(study for study in STUDIES if study.name == name).measure(seed)
