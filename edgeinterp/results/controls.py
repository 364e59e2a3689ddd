"""One control as a row of the table in ``results/CHECK/controls.py``, and a claim's comparison with all rivals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol

from ..errors import InputError
from .shared import Margin

__all__ = [
    "Compared", "Control", "Cost", "chosen", "compared", "family", "functions", "names", "needed", "random_models",
    "refuse_unknown", "refuting", "rivals", "row_of",
]  # fmt: skip


class Cost(Enum):
    """Name the additional cost of a control."""

    COUNTING = "no further pass, no fit"
    FITS = "no further pass; the check's own fits again"
    PERMUTATIONS = "no further pass; most of the check's time beside its passes"
    WORDS = "one short pass over each word alone"
    PASSES = "passes over copies of a few texts"
    MODELS = "passes of models with random weights over all that the check reads"
    CHECK = "the passes of another check, where that is not run anyway"
    NOTHING = "nothing beyond the control that it comes with"


@dataclass(frozen=True)
class Control:
    """Describe one control of one check.

    Attributes
    ----------
    name : str
        Its name in ``--controls``; fields and keys of results, and the function that computes it, are named after it.
    kind : str
        ``null`` (nothing to find), ``rival`` (another explanation) or ``reference`` (context).
    meaning : str
        The control in one sentence, without its full stop.
    cost : Cost
        Additional cost.
    unbeaten : str
        The verdict on a claim that does not beat this control, ``unsupported`` or ``weakened``; without the control no
        claim is ``supported``. Empty where no verdict depends on it.
    reaches : str
        Start of the phrase in ``because`` that gives its score; ``{}`` stands for the reading.
    draws : int
        Draws or seeds in a run: results number them (``random_model.0``), and each must be beaten.
    comes_with : str
        The control that includes this one; empty where it is chosen by its own name.
    parts : mapping of str to str
        Words in ``because`` for the statistics that results keep apart (``random_model.gain``), where a name alone
        says too little.
    """

    name: str
    kind: Literal["null", "rival", "reference"]
    meaning: str
    cost: Cost
    unbeaten: Literal["unsupported", "weakened", ""] = ""
    reaches: str = ""
    draws: int = 1
    comes_with: str = ""
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)


Table = Sequence[Control]


def chosen(table: Table) -> list[Control]:
    """Return the rows that ``--controls`` can name."""
    return [control for control in table if not control.comes_with]


def names(table: Table) -> tuple[str, ...]:
    """Return the names that ``--controls`` accepts."""
    return tuple(control.name for control in chosen(table))


def rivals(table: Table) -> list[Control]:
    """Return the rows of rivals, each with all its draws and choices of places."""
    return [control for control in chosen(table) if control.kind == "rival"]


def needed(table: Table) -> tuple[str, ...]:
    """Return the names of the controls without which no claim is ``supported``."""
    return tuple(control.name for control in chosen(table) if control.unbeaten)


def refuting(table: Table) -> tuple[str, ...]:
    """Return the names of rivals that leave a claim ``unsupported`` unless it beats them."""
    return tuple(one.name for one in chosen(table) if one.kind == "rival" and one.unbeaten == "unsupported")


def random_models(table: Table, wanted: Iterable[str]) -> int:
    """Return how many models with random weights the chosen controls run."""
    asked = set(wanted)
    return sum(control.draws for control in table if control.cost is Cost.MODELS and control.name in asked)


def refuse_unknown(wanted: Iterable[str], known: Sequence[str], check: str = "") -> None:
    """Refuse unknown names of controls.

    Raises
    ------
    InputError
    """
    for name in wanted:
        if name not in known:
            whose = f" to {check}" if check else ""
            raise InputError(f"control {name!r} is not known{whose}; choose from {', '.join(known)}")


def functions(rows: Iterable[Control], holder: type) -> dict[str, Callable[..., Any]]:
    """Return the method of ``holder`` that computes each row; it has the row's name.

    Raises
    ------
    LookupError
        Where a row has no method.
    """
    found: dict[str, Callable[..., Any]] = {}
    for control in rows:
        if not hasattr(holder, control.name):
            raise LookupError(f"control {control.name!r} has a row, but {holder.__name__} has no method of that name")
        found[control.name] = getattr(holder, control.name)
    return found


def family(table: Table, key: str) -> str:
    """Return the control that a result's key belongs to (as a draw or a choice of places), or the key itself."""
    head = key.partition(".")[0]
    return head if head in names(table) else key


def row_of(table: Table, key: str) -> Control | None:
    """Return the control's row for a result's key, which may name a draw; None for an unknown key."""
    return next((control for name in (key, family(table, key)) for control in table if control.name == name), None)


class _Rival(Protocol):
    """Fields of a rival in a result."""

    @property
    def margin(self) -> Margin | None: ...
    @property
    def reason(self) -> str | None: ...


@dataclass(frozen=True)
class Compared:
    """How a claim stands against the rivals of its check: the outcome by key, and in words what is lacking."""

    outcomes: list[tuple[str, Control, str]]
    unmeasured: list[tuple[str, Control]]

    def that(self, unbeaten: str, *outcomes: str) -> list[str]:
        """Return the keys of rivals that leave this verdict where not beaten, and that have one of the outcomes."""
        return [key for key, control, found in self.outcomes if control.unbeaten == unbeaten and found in outcomes]

    def lacking(self) -> list[str]:
        """Return, each reason once, why rivals were not measured."""
        return list(dict.fromkeys(why for why, _ in self.unmeasured))


def compared(table: Table, measured: Mapping[str, _Rival]) -> Compared:
    """Compare with every rival of the table that must be beaten, by the outcomes of ``Margin``."""
    found = Compared([], [])
    for control in rivals(table):
        if not control.unbeaten:
            continue
        keys = [key for key in measured if family(table, key) == control.name]
        if not keys:
            found.unmeasured.append((f"the rival {control.name} was left out", control))
        for key in keys:
            rival = measured[key]
            if rival.margin is None or rival.margin.outcome is None:
                why = f"the rival {control.name} was not measured ({rival.reason or 'no interval'})"
                found.unmeasured.append((why, control))
            else:
                found.outcomes.append((key, control, rival.margin.outcome))
    return found
