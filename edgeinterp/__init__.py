"""edgeinterp: which readings of a transformer's attention maps and hidden states can be believed.

Names are imported on first use, so that ``import edgeinterp`` costs nothing that is not needed.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from ._version import __version__

# onnxruntime's official builds report their use to Microsoft, and keep an identifier in the user's cache for it; what
# runs on a device stays there unless its user says otherwise (ORT_DISABLE_TELEMETRY=0)
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from .checks.correspondence.arrays import correspondence
    from .checks.correspondence.blocks import SwappedText
    from .checks.correspondence.stream import Correspondence
    from .checks.influence.influence import influence, rollout
    from .checks.properties.properties import properties
    from .checks.relations.relations import relations
    from .checks.run import check
    from .comparing.result import Comparison, load_comparison
    from .comparing.run import compare
    from .errors import InputError
    from .inputs.norms import Norms, default_norms, read_norms
    from .inputs.pairs import Pairs, default_pairs, read_pairs
    from .inputs.texts import default_texts, read_texts
    from .model.model import Model, load
    from .regression.estimator import PermutationRidge
    from .results.licence import licence
    from .results.result import Result, load_result
    from .results.shared import Verdict
    from .statistics.content import content_key, half, swap_positions

__all__ = [
    "Comparison",
    "Correspondence",
    "InputError",
    "Model",
    "Norms",
    "Pairs",
    "PermutationRidge",
    "Result",
    "SwappedText",
    "Verdict",
    "__version__",
    "check",
    "compare",
    "content_key",
    "correspondence",
    "default_norms",
    "default_pairs",
    "default_texts",
    "half",
    "influence",
    "licence",
    "load",
    "load_comparison",
    "load_result",
    "properties",
    "read_norms",
    "read_pairs",
    "read_texts",
    "relations",
    "rollout",
    "swap_positions",
]

_HOMES = {
    "Model": "model.model",
    "check": "checks.run",
    "Norms": "inputs.norms",
    "default_norms": "inputs.norms",
    "default_texts": "inputs.texts",
    "load": "model.model",
    "read_norms": "inputs.norms",
    "read_texts": "inputs.texts",
    "Comparison": "comparing.result",
    "compare": "comparing.run",
    "load_comparison": "comparing.result",
    "Correspondence": "checks.correspondence.stream",
    "SwappedText": "checks.correspondence.blocks",
    "content_key": "statistics.content",
    "correspondence": "checks.correspondence.arrays",
    "half": "statistics.content",
    "influence": "checks.influence.influence",
    "rollout": "checks.influence.influence",
    "properties": "checks.properties.properties",
    "relations": "checks.relations.relations",
    "Pairs": "inputs.pairs",
    "default_pairs": "inputs.pairs",
    "read_pairs": "inputs.pairs",
    "swap_positions": "statistics.content",
    "InputError": "errors",
    "PermutationRidge": "regression.estimator",
    "Result": "results.result",
    "load_result": "results.result",
    "licence": "results.licence",
    "Verdict": "results.shared",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
