"""docs/architectures.md, written from a run: ``python -m tests.families.table``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from .examine import Examined, examine
from .models import FAMILIES, OTHERS, REFUSED

PAGE = Path(__file__).parents[2] / "docs" / "architectures.md"

HEAD = """\
# Architectures

Written by `python -m tests.families.table` from a run; a test fails where this page says something else.
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

LEFT_OUT = """
## Refused by name
"""


def render(found: dict[str, Examined]) -> str:
    """Return the page."""
    head = ["family", "example", "reads", "more inputs", "batches", "random_model", "difference"]
    parts = [HEAD, CHECKED, _table(head, [_row(found[key]) for key in FAMILIES])]
    parts += [COMPARED, _table(head, [_row(found[key]) for key in OTHERS])]
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
    PAGE.write_text(render(examine_all()), encoding="utf-8")
