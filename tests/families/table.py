"""docs/architectures.md, written from a run: ``python -m tests.families.table``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from .by_exporter import EVERY, columns
from .examine import Examined, examine
from .models import FAMILIES, OTHERS, REFUSED

PAGE = Path(__file__).parents[2] / "docs" / "architectures.md"

HEAD = """\
# Architectures

Written by `python -m tests.families.table` from a run; a test fails where this page, but for its last table, says
something else.
Of every family a small model is built with random weights and a tokenizer of its kind, exported, and compared with
PyTorch: every hidden state and every attention, of texts alone and in a padded batch, to 1e-3 of the output's largest
value. The example is a well known model of the family; it was not itself tried.

The program has no list of names: other architectures may export too, and are compared with PyTorch before they are
kept.
"""

CHECKED = """
## Exported, compared and checked

Every check of `edgeinterp check` is run on these as well. *reads*: the tokens that a position sees. *more inputs*:
inputs of the graph besides tokens and mask. *batches*: whether texts of different lengths are run together.
*random_model*: whether that control can be made.
"""

COMPARED = """
## Exported and compared
"""

NO_VALUES = """
Values, output projections and norms of attention are given out by all of these but {}.
"""

LEFT_OUT = """
## Refused by name
"""

BY_EXPORTER = """
## By each exporter

Optimum exports what it knows, where it can be imported; `torch.onnx.export` exports the rest, and everything beside
transformers 5. The manifest's `exporter` says which. A number is the largest relative difference from PyTorch in the
certificate of a run by hand (transformers 4.57.6 and 5.24.0, torch 2.13.0). Tests hold the three ways together on five
families, to 1e-4, and try two that only transformers 5 has.
"""


def by_exporter(found: list[dict[str, str]]) -> str:
    """Return the last section of the page, which is measured anew only with the page."""
    head = ["family", "Optimum, transformers 4", "torch, transformers 4", "torch, transformers 5"]
    rows = [[family.name, *(column[key] for column in found)] for key, family in EVERY.items()]
    return "\n" + "\n".join([BY_EXPORTER, _table(head, rows)])


def render(found: dict[str, Examined]) -> str:
    """Return the page."""
    head = ["family", "example", "reads", "more inputs", "batches", "random_model", "difference"]
    parts = [HEAD, CHECKED, _table(head, [_row(found[key]) for key in FAMILIES])]
    parts += [COMPARED, _table(head, [_row(found[key]) for key in OTHERS])]
    without = [
        f"{one.family.name} ({one.manifest.certificate['values']['reason']})"
        for one in (found[key] for key in [*FAMILIES, *OTHERS])
        if one.manifest is not None and one.manifest.block is None
    ]
    parts += [NO_VALUES.format(", ".join(without))]
    refused = [[found[key].family.name, found[key].family.example, found[key].refused] for key in REFUSED]
    return "\n".join([*parts, LEFT_OUT, _table(["family", "example", "reason"], refused)])


def _row(found: Examined) -> list[str]:
    family, manifest = found.family, found.manifest
    if manifest is None:
        return [family.name, family.example, "-", "-", "-", "-", f"refused: {found.refused}"]
    more = ", ".join(name for name in manifest.inputs if name not in ("input_ids", "attention_mask")) or "-"
    return [
        family.name,
        family.example,
        "earlier tokens" if manifest.causal else "both sides",
        more,
        "padded" if manifest.padding_neutral else "of one length",
        found.random_model or "works",
        family.differs,
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rows = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in [lines[0], rule, *lines[1:]]) + "\n"


def examine_all() -> dict[str, Examined]:
    """Export and compare every family."""
    every = {**FAMILIES, **OTHERS, **{key: family for key, (family, _) in REFUSED.items()}}
    found = {}
    for key, family in every.items():
        with tempfile.TemporaryDirectory() as folder:
            found[key] = examine(family, Path(folder))
    return found


if __name__ == "__main__":
    # the table of forms, by hand, stays
    forms = "\n\n## By form of file" + PAGE.read_text(encoding="utf-8").partition("\n\n## By form of file")[2]
    PAGE.write_text(render(examine_all()) + by_exporter(columns()) + forms, encoding="utf-8")
