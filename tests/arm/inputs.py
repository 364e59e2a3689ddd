"""Write what the emulated run works on: a small model of its own, and a part of the embedded data.

``python -m tests.arm.inputs FOLDER`` makes ``FOLDER/small`` (a random model of three layers, exported in float32) and
``texts.tsv``, ``pairs.tsv``, ``norms.tsv``: enough for verdicts, little enough for an emulated processor.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from edgeinterp.exporting.export import export
from edgeinterp.inputs.norms import default_norms
from edgeinterp.inputs.pairs import default_pairs
from edgeinterp.inputs.texts import default_texts
from tests.small_models import save_source

TEXTS, CATEGORIES, PAIRS, WORDS = 120, 8, 8, 160


def main(folder: Path) -> None:
    """Write everything into ``folder``."""
    save_source("bert", folder / "source")
    export(folder / "source", folder / "small")
    _table(folder / "texts.tsv", ["text"], [[text] for text in default_texts()[:TEXTS]])
    pairs = default_pairs()
    rows = list(zip(pairs.word1, pairs.word2, pairs.relations, pairs.categories, strict=True))
    chosen = []
    for name in list(dict.fromkeys(pairs.categories))[:CATEGORIES]:
        own = [list(row) for row in rows if row[3] == name]
        relations = list(dict.fromkeys(row[2] for row in own))
        each = max(1, PAIRS // len(relations))
        chosen += [row for relation in relations for row in [row for row in own if row[2] == relation][:each]]
    _table(folder / "pairs.tsv", ["word1", "word2", "relation", "category"], chosen)
    norms = default_norms()
    values = norms.values.tolist()[:WORDS]
    _table(
        folder / "norms.tsv",
        ["word", *norms.features],
        [[word, *row] for word, row in zip(norms.concepts, values, strict=False)],
    )


def _table(path: Path, names: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows([names, *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
