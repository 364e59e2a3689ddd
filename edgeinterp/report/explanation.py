"""Explanations in the terminal, and texts on a page of their own: explained, and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..results.explanation import Explanation
from ..runtime.counting import counted

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["render_page", "show"]

_BARS = "▁▂▃▄▅▆▇█"
# shades of a colour
STEPS = 10
_TARGETS = {"pooled": "the pooled vector", "logit": "the predicted class", "state": "the mean of hidden state"}


def heading(found: Explanation) -> str:
    """Say what is shown, by which method."""
    kind, _, rest = found.target.partition(":")
    aim = f"class {rest}" if kind == "logit" and rest else f"{_TARGETS[kind]} {rest}".rstrip()
    return f"{found.method}, of {aim}{'' if found.predicted is None else f' ({found.predicted})'}"


def worth(found: Explanation) -> str:
    """Say what is known of the method on this model."""
    licence = found.licence
    shown = ""
    if licence.texts is not None and licence.rho is not None:
        shown = f" (rho {licence.rho:.2f}, {counted(licence.texts, 'text')})"
    return f"{licence.verdict}{shown}: {licence.because}"


def shares(found: Explanation) -> list[float | None]:
    """Return scores as shares of the largest one, -1 to 1; None for special tokens."""
    most = max((abs(score) for score in found.scores if score is not None), default=0.0)
    return [None if score is None else score / most if most else 0.0 for score in found.scores]


def show(explanations: Sequence[Explanation], console: Console) -> None:
    """Print explanations: coloured on a terminal, else with a bar of a character behind each token."""
    from rich.text import Text

    coloured = console.is_terminal and not console.no_color and console.color_system is not None
    for found in explanations:
        console.print(Text(heading(found), style="bold"))
        line = Text()
        for token, share in zip(found.tokens, shares(found), strict=True):
            line.append_text(_token(_clean(token), share, coloured))
            line.append(" ")
        console.print(line)
        console.print(Text(worth(found)))
        console.print()


def _token(token: str, share: float | None, coloured: bool) -> Any:
    from rich.text import Text

    if share is None:
        return Text(token, style="dim" if coloured else "")
    if not coloured:
        bar = _BARS[round(abs(share) * (len(_BARS) - 1))]
        return Text(f"{token}{'-' if share < 0 else ''}{bar}")
    strength = round(abs(share) * STEPS) / STEPS
    red, green, blue = (213, 94, 0) if share < 0 else (0, 114, 178)
    # dark letters on light shades, light ones on dark
    ground = ",".join(str(round(255 - strength * (255 - part))) for part in (red, green, blue))
    return Text(token, style=f"{'white' if strength > 0.5 else 'black'} on rgb({ground})")


def _clean(token: str) -> str:
    from .primitives.formats import visible

    return visible(token)


def render_page(explanations: Sequence[Explanation], model: str, drawings: Sequence[dict[str, Any]] = ()) -> str:
    """Return one self-contained HTML page of texts: explanations of each, and its ``AttentionDrawing``, shown."""
    from markupsafe import Markup

    from .page import asset, environment, policy

    texts: dict[str, dict[str, Any]] = {}
    for text in (*(one.text for one in explanations), *(one["text"] for one in drawings)):
        texts.setdefault(text, {"text": text, "explanations": [], "drawing": None})
    for found in explanations:
        texts[found.text]["explanations"].append(_shown(found))
    for drawing in drawings:
        texts[drawing["text"]]["drawing"] = drawing
    style, script = asset("report.css") + _shades(), asset("sentence.js") if drawings else ""
    return (
        environment()
        .get_template("texts.html.j2")
        .render(
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
            model=model,
            texts=list(texts.values()),
        )
    )


def _shown(found: Explanation) -> dict[str, Any]:
    return {
        "heading": heading(found),
        "worth": worth(found),
        "tokens": [
            {"name": token, "score": score, "shade": _shade(share)}
            for token, score, share in zip(found.tokens, found.scores, shares(found), strict=True)
        ],
    }


def _shade(share: float | None) -> str:
    if share is None:
        return "special"
    return f"{'n' if share < 0 else 'p'}{round(abs(share) * STEPS)}"


def _shades() -> str:
    """Return a rule for each shade: the policy of the page allows no styles of single elements."""
    rules = [".token { padding: 0.1em 0.25em; border-radius: 0.2em; } .special { color: var(--soft); }"]
    for sign, colour in (("p", "high"), ("n", "low")):
        for step in range(STEPS + 1):
            share = 6 * step
            rules.append(f".{sign}{step} {{ background: color-mix(in srgb, var(--{colour}) {share}%, transparent); }}")
    return "\n" + "\n".join(rules) + "\n"
