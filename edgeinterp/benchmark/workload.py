"""A fixed workload, and the hash of everything that defines it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..inputs.norms import Norms, default_norms
from ..inputs.pairs import Pairs, default_pairs
from ..inputs.texts import default_texts
from ..model.model import Model

__all__ = ["STANDARD", "Data", "Workload", "definition", "digest"]

_DATA = ("texts.tsv", "pairs.tsv", "norms.tsv")


@dataclass(frozen=True)
class Workload:
    """Lengths, seeds, shapes and counts. A change that affects what a figure measures needs another ``name``.

    Attributes
    ----------
    name : str
        Version of the workload.
    seed : int
        Seed of generated data and of the checks.
    lengths : tuple of int
        Sequence lengths of the forward passes, in tokens.
    tokens : int
        Tokens of one timed forward pass over texts of one length, at least.
    sweeps : int
        Number of rounds over all figures: repetitions of a figure lie far apart, so that their spread shows other load
        on the device.
    limit : float
        Seconds after which no further sweep begins, once there are two: for slow devices and large models.
    repetitions, seconds : int, float
        Most repetitions of a figure within a sweep, and the time after which they stop; at least one is made.
    texts, categories, concepts : int
        Embedded texts (correspondence, influence), categories of pairs (relations), concepts (properties).
    permutations : int
        Permutations of each check.
    rows, columns, dense_targets, sparse_targets : int
        Shape of the generated regression.
    density : float
        Share of nonzero values in the sparse targets.
    folds, dense_permutations, sparse_permutations : int
        Folds, and timed permutations.
    product, copy_mb : int
        Side of the multiplied square matrices, and MB per copy.
    processes : int
        Processes for each figure that needs separate processes; kernels are compiled in one.
    """

    name: str = "edgeinterp-bench-2"
    seed: int = 0
    lengths: tuple[int, ...] = (16, 32, 64, 128, 256)
    tokens: int = 1024
    sweeps: int = 3
    limit: float = 100.0
    repetitions: int = 3
    seconds: float = 0.4
    texts: int = 300
    categories: int = 9
    concepts: int = 150
    permutations: int = 200
    rows: int = 541
    columns: int = 384
    dense_targets: int = 50
    sparse_targets: int = 2526
    density: float = 0.005
    folds: int = 10
    dense_permutations: int = 1000
    sparse_permutations: int = 4000
    product: int = 1024
    copy_mb: int = 64
    processes: int = 3


STANDARD = Workload()


@dataclass(frozen=True)
class Data:
    """The workload's part of the embedded data."""

    texts: list[str]
    pairs: Pairs
    norms: Norms

    @classmethod
    def of(cls, workload: Workload) -> Data:
        """Take the first texts, categories (alphabetically) and concepts."""
        pairs, norms, n = default_pairs(), default_norms(), workload.concepts
        kept = set(sorted(set(pairs.categories))[: workload.categories])
        return cls(
            default_texts()[: workload.texts],
            pairs.part([row for row, category in enumerate(pairs.categories) if category in kept]),
            replace(norms, concepts=norms.concepts[:n], words=norms.words[:n], values=norms.values[:n]),
        )


def definition(workload: Workload, model: Model) -> dict[str, Any]:
    """Return everything that defines the workload, as JSON values: its numbers, hashes of the data and the model."""
    folder = Path(__file__).parents[1] / "inputs" / "data"
    data = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _DATA}
    values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(workload)))
    return {**values, "data_sha256": data, "model_sha256": model.sha256}


def digest(defined: dict[str, Any]) -> str:
    """Return the sha256 of a definition, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(defined, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
