"""The attention of one's own text as links between its tokens, with what may be believed of each layer and reading."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..checks.output.explaining import refuse_foreign
from ..checks.sentence import longest_shown, view_of
from ..errors import InputError
from ..exporting.opening import load
from ..model.model import Model
from ..results.influence.result import SentenceView
from ..results.result import Result
from ..runtime.writing import write_whole
from .explanation import render_page
from .influence.sentence import linked_sentence

__all__ = ["AttentionDrawing", "draw_attention"]

# a drawing by itself has room for more than a report's sentence
LONGEST_DRAWN = 64
_MOST_NUMBERS = 300_000
_HEIGHT_OF_TOKEN, _HEIGHT_OF_REST = 34, 640


@dataclass(frozen=True, repr=False)
class AttentionDrawing:
    """One text's attention, its readings and influence, with their licences; a notebook displays it.

    ``cut`` tells whether the text was longer than can be drawn: the model then saw its beginning alone.
    """

    text: str
    view: SentenceView
    model: str
    causal: bool
    cut: bool
    licence: Result | None = None

    def shown(self) -> dict[str, Any]:
        """Return it for the template."""
        return {
            "text": self.text,
            "cut": len(self.view.tokens) if self.cut else 0,
            "view": linked_sentence(self.view, self.causal, self.licence, maps=False),
        }

    def save(self, path: str | Path) -> None:
        """Write it as one self-contained HTML file, whole or not at all.

        Raises
        ------
        InputError
            Where the file cannot be written.
        """
        write_whole(Path(path), render_page([], self.model, [self.shown()]))

    def __repr__(self) -> str:
        size = f"{'the first ' if self.cut else ''}{len(self.view.tokens)} tokens"
        return f"AttentionDrawing({self.model}, {size}; save(PATH) writes it as HTML)"

    def _repr_html_(self) -> str:
        """Return a frame with the page, which keeps its script and style to itself."""
        height = len(self.view.tokens) * _HEIGHT_OF_TOKEN + _HEIGHT_OF_REST
        page = escape(render_page([], self.model, [self.shown()]))
        shown = f'sandbox="allow-scripts" width="100%" height="{height}" style="border: 0"'
        return f'<iframe srcdoc="{page}" {shown}></iframe>'


def draw_attention(model: Model | str | Path, text: str, result: Result | None = None) -> AttentionDrawing:
    """Draw how much each token of a text takes from each other one, and grey what may not be read so.

    Layer, head and reading are chosen on the drawing. A layer is drawn where ``result`` supports the reading in it:
    by ``influence``, and for rows of tokens of a reading that is not rolled up by ``correspondence`` too. All else is
    greyed, with the reason, until the reader asks for it. ``influence itself`` is the measured effect of each token of
    this text, to compare readings with.

    Parameters
    ----------
    model : Model, str or Path
    text : str
        Cut to 64 tokens, fewer in models with many heads; the drawing says so.
    result : Result, optional
        Of ``check`` or ``load_result`` on this model, with ``correspondence`` and ``influence``; without one all layers
        are greyed.

    Returns
    -------
    AttentionDrawing
        Displays itself in a notebook; ``save(path)`` writes an HTML file.

    Raises
    ------
    InputError
        Where the text has fewer than two tokens of its own, or the result is another model's.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> ei.draw_attention(edgeinterp_models.default_model_folder(), "The river broke its banks.")
    AttentionDrawing(minilm, 8 tokens; save(PATH) writes it as HTML)
    """
    opened = model if isinstance(model, Model) else load(model)
    if not isinstance(text, str):
        raise InputError(f"text: expected one text, found {type(text).__name__}; call it for each")
    refuse_foreign(opened, result, "result")
    (encoded,) = opened.encode([text], longest_shown(opened, _MOST_NUMBERS, LONGEST_DRAWN))
    view = view_of(opened, encoded, [], 0, None, None)
    return AttentionDrawing(text, view, opened.folder.name, opened.manifest.causal, encoded.truncated, result)
