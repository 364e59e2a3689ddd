"""One pair of ``relations`` in one sentence, for display: attention beside influence beside rollout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...inputs.pairs import HYPERNYM, Pairs
from ...inputs.templates import Template
from ...model.model import Model
from ...results.influence.result import Span as Marked
from ...results.relations.result import Contrast, HeadScore, PairSentence
from ...statistics.content import content_key
from ..influence.sample import replacement
from ..sentence import longest_shown, view_of
from ..settings import Settings
from .places import Sentence, sentences

__all__ = ["pair_sentence", "shown_contrast", "strongest_head"]

# attention values on the page: sentences with pairs cannot be shortened
MOST_NUMBERS = 200_000
_PREFERRED = (HYPERNYM, "random_category")


def pair_sentence(
    model: Model,
    pairs: Pairs,
    rows: Sequence[int],
    templates: Sequence[Template],
    contrasts: Sequence[Contrast],
    settings: Settings,
) -> PairSentence:
    """Return the view of one pair, with the head to show first.

    The pair is the one of lowest hash among those with the positive relation of the displayed contrast, in the first
    template in which a sentence is short enough: it depends on the pairs and the seed, and on no measurement.

    Parameters
    ----------
    model : Model
    pairs : Pairs
    rows : sequence of int
        Indices of the measured pairs.
    templates : sequence of PairTemplate, or one OwnText
    contrasts : sequence of Contrast
        Measured contrasts, at least one.
    settings : Settings
        ``seed``, ``batch`` and ``max_tokens`` are used.

    Returns
    -------
    PairSentence
        Without a view, and with a reason, where every sentence is too long to be shown.
    """
    contrast = shown_contrast(contrasts)
    blank = PairSentence(None, None, contrast.positive, None, contrast.name)
    best = strongest_head(contrast)
    if best is not None:
        blank = replace(
            blank, attention_layer=best.attention_layer, head=best.head, direction=best.direction, auc=best.auc
        )
    chosen = [row for row in rows if pairs.relations[row] == contrast.positive]
    chosen.sort(key=lambda row: (_key(pairs, row, settings.seed), row))
    most = longest_shown(model, MOST_NUMBERS)
    found = _first_fitting(model, pairs, chosen, templates, settings, most)
    if found is None:
        reason = f"no sentence of a pair of {contrast.positive!r} has at most {most} tokens, which can be shown here"
        return replace(blank, reason=reason)
    sentence, template = found
    what = replacement(model, [sentence.encoded])
    spans = zip(("word1", "word2"), sentence.spans, strict=True)
    marked = [Marked(name, first, last - 1) for name, (first, last) in spans]
    return replace(
        blank,
        word1=pairs.word1[sentence.pair],
        word2=pairs.word2[sentence.pair],
        template=template,
        replacement=what.name,
        causal=model.manifest.causal,
        view=view_of(model, sentence.encoded, marked, settings.seed, settings.batch, what),
    )


def shown_contrast(contrasts: Sequence[Contrast]) -> Contrast:
    """Return the contrast of hypernyms and random categories where there is one, else the first."""
    return next((one for one in contrasts if (one.positive, one.negative) == _PREFERRED), contrasts[0])


def strongest_head(contrast: Contrast) -> HeadScore | None:
    """Return the head and direction whose attention alone has the highest AUC; None where none was measured."""
    measured = [head for head in contrast.heads if head.auc is not None]
    return max(measured, key=lambda head: head.auc or 0.0) if measured else None


def _first_fitting(
    model: Model, pairs: Pairs, rows: Sequence[int], templates: Sequence[Template], settings: Settings, most: int
) -> tuple[Sentence, str] | None:
    for template in templates:
        for block in sentences(model, pairs, rows, [template], settings.max_tokens):
            for one in block:
                if not one.reason and one.encoded.ids.size <= most and not one.encoded.truncated:
                    return one, pairs.texts[one.pair] if pairs.texts else template.text
    return None


def _key(pairs: Pairs, row: int, seed: int) -> int:
    return content_key([ord(letter) for letter in pairs.key(row)], seed)
