"""Outcomes of needs: in the terminal, and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..model.random_weights import RANDOM_WEIGHTS
from ..requirements.result import NeedOutcome, Requirements
from ..runtime.counting import counted
from .primitives.formats import interval, number, p_value
from .primitives.tables import Cell, Column, Row, Table
from .primitives.words import device_line, model_line, model_name

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["render", "render_page"]

_SYMBOLS = {"met": ("✓", "+", "green"), "not met": ("✗", "x", "red"), "undecided": ("?", "?", "cyan")}
_CLASSES = {"met": "supported", "not met": "unsupported", "undecided": "undecided"}
_ANSWERS = {
    "met": "Every need is met.",
    "not met": "Not every need is met.",
    "undecided": "No need is shown not to be met, and not every one is shown to be met.",
}


def answer(found: Requirements) -> str:
    """Say the outcome of all needs, and of the model with random weights."""
    return " ".join(filter(None, [_ANSWERS[found.outcome], found.of_random]))


def render(found: Requirements, console: Console) -> None:
    """Print the answer, and every need with its outcome and reason."""
    from rich.text import Text

    from .terminal import _say as say
    from .terminal import _text as plain
    from .terminal import _unicode as unicode

    say(f"{found.model.path}: {model_line(found.model)}", console, label="Model")
    if found.baseline is not None:
        say(f"{found.baseline.path}: {model_line(found.baseline)}", console, label="Before")
    say(device_line(found.device), console, label="Device")
    console.print()
    say(f"{found.name}: {found.use}", console, style="bold")
    say(answer(found), console)
    console.print()
    for one in found.needs:
        symbol, spelled, colour = _SYMBOLS[one.outcome]
        mark = symbol if unicode(console) else spelled
        console.print(Text(f"{mark} {one.outcome}", style=f"bold {colour}") + plain(f"  {one.use}", console))
        say(f"{one.check}, {one.bound}", console, indent=4)
        say(one.because, console, indent=4)
    for note in found.notes:
        say(f"Note: {note}", console)
    console.print()
    say(
        f"one-sided bounds at {100 * (1 - found.alpha):g} % each; outcomes adjusted over "
        f"{counted(len(found.needs), 'need')} (Holm)",
        console,
    )


def render_page(found: Requirements) -> str:
    """Return one self-contained HTML page."""
    from markupsafe import Markup

    from .page import asset, environment, policy

    style = asset("report.css")
    random = found.random_model or []
    return (
        environment()
        .get_template("requirements.html.j2")
        .render(
            found=found,
            answer=answer(found),
            model=model_name(found.model),
            line=model_line(found.model),
            needs=[_shown(one) for one in found.needs],
            numbers=_table("Needs", found.needs),
            random=_table(f"The same needs of a model with {RANDOM_WEIGHTS[found.random]}", random) if random else None,
            style=Markup(style),
            policy=policy(style, ""),
        )
    )


def _shown(one: NeedOutcome) -> dict[str, Any]:
    return {"need": one, "kind": _CLASSES[one.outcome], "symbol": _SYMBOLS[one.outcome][0]}


def _table(caption: str, needs: list[NeedOutcome]) -> Table:
    columns = [
        Column("outcome"),
        Column("check"),
        Column("needed"),
        Column("value"),
        Column("bounds", "one-sided, each at alpha"),
        Column("adjusted p", "of the outcome, over all needs"),
        Column("more", "about how many units would decide"),
    ]
    rows = [
        Row(
            one.use,
            [
                Cell(one.outcome),
                Cell(one.check),
                Cell(one.bound),
                Cell(number(one.value), "a verdict decides" if one.statistic is None else one.because),
                Cell(interval(one.ci), "a verdict decides" if one.statistic is None else one.because),
                Cell(p_value(one.p_adjusted), "a verdict decides, or it is undecided"),
                Cell("–" if one.more is None else f"{one.more:,} {one.unit}", "decided, or no number is likely to"),
            ],
        )
        for one in needs
    ]
    return Table(caption, "need", columns, rows)
