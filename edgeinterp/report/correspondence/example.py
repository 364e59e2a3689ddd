"""One text with the token that each of its hidden states retrieves: data for the page's script, and a plain table."""

from __future__ import annotations

from typing import Any

from ...results.correspondence.result import Example
from ..primitives.formats import visible
from ..primitives.tables import Cell, Column, Row, Table
from .tables import MAPS

__all__ = ["example_data", "example_table"]

NOT_RETRIEVED = "not looked up (a special token)"


def example_data(example: Example) -> dict[str, Any]:
    """Return the tokens and the retrieved indices as JSON values; maps in the order of the page's choices."""
    return {
        "tokens": [visible(token) for token in example.tokens],
        "maps": [name for name in MAPS if any(name in layer for layer in example.layers)],
        "layers": example.layers,
    }


def example_table(example: Example) -> Table:
    """Return the tokens that the deepest hidden state retrieves, for readers without a script."""
    deepest = example.layers[-1]
    maps = [name for name in MAPS if name in deepest]
    columns = [Column("token"), *(Column(f"retrieves ({name})") for name in maps)]
    rows = [
        Row(str(index), [Cell(visible(token)), *(_retrieved(example, index, deepest[name]) for name in maps)])
        for index, token in enumerate(example.tokens)
    ]
    return Table(f"Tokens retrieved by hidden state {len(example.layers) - 1}", "position", columns, rows)


def _retrieved(example: Example, index: int, targets: list[int]) -> Cell:
    target = targets[index] if index < len(targets) else -1
    if not 0 <= target < len(example.tokens):
        return Cell("–", NOT_RETRIEVED)
    if target == index:
        return Cell("✓ itself")
    token = visible(example.tokens[target])
    if example.tokens[target] == example.tokens[index]:
        return Cell(f"✓ same token, at {target}")
    return Cell(f"✗ {token}, at {target}")
