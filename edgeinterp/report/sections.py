"""List the checks with a section, and the functions that build it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..results.result import Result
from .correspondence import section as correspondence
from .hybrid import section as hybrid
from .influence import section as influence
from .judge import section as judge
from .primitives.tables import Overview
from .properties import section as properties
from .relations import section as relations

__all__ = ["SECTIONS", "Section", "overviews"]


@dataclass(frozen=True)
class Section:
    """A check's overview (terminal and page), its details (page), and the templates of both and of its limits."""

    overview: Callable[[Result], Overview]
    details: Callable[[Result], dict[str, Any]]
    template: str
    limits: str


SECTIONS = {
    name: Section(check.overview, check.details, f"{name}.html.j2", f"{name}_limits.html.j2")
    for name, check in (
        ("correspondence", correspondence),
        ("influence", influence),
        ("relations", relations),
        ("properties", properties),
        ("hybrid", hybrid),
        ("judge", judge),
    )
}


def overviews(result: Result) -> list[Overview]:
    """Return the overview of every check in the result that has a section, in the order of ``SECTIONS``."""
    return [section.overview(result) for name, section in SECTIONS.items() if name in result.checks]
