"""edgeinterp: which readings of a transformer's attention maps and hidden states can be believed.

Names are imported on first use, so that ``import edgeinterp`` costs nothing that is not needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .errors import InputError
    from .estimator import PermutationRidge
    from .results import Result, load_result

__all__ = ["InputError", "PermutationRidge", "Result", "__version__", "load_result"]

_HOMES = {
    "InputError": "errors",
    "PermutationRidge": "estimator",
    "Result": "results",
    "load_result": "results",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
