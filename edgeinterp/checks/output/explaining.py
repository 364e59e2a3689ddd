"""Explain texts by occlusion and by readings of attention, each with what is known of it on this model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...exporting.opening import load
from ...model.model import Model
from ...reading.names import READINGS, key_of, kind_of
from ...results.explanation import Explanation, Licence
from ...results.licence import last_recommended, reading_licence
from ...results.result import Result
from ...runtime.counting import counted
from ...runtime.sequences import text_list
from ...statistics.content import content_key
from ..influence.sample import Replacement, SampledText, replacement
from ..text_readings import readings
from .targets import Target, target_of

if TYPE_CHECKING:
    from ...model.activations import EncodedText

__all__ = ["OCCLUSION", "explain"]

OCCLUSION = "occlusion"

Doubles = NDArray[np.float64]


def explain(
    model: Model | str | Path,
    texts: Sequence[str] | str,
    method: str | None = None,
    *,
    target: str | None = None,
    licence: Result | None = None,
) -> list[Explanation]:
    r"""Score the tokens of texts by what they have to do with the model's output, and say what each method is worth.

    Occlusion is the effect itself: token j is replaced by the mask token, in models without one by random tokens of the
    given texts, in two draws. For the pooled vector p and the logit z of the predicted class:

    .. math:: s_j = 1 - \cos(p, p^{(j)}), \qquad s_j = z - z^{(j)}

    A reading of layer l gives the mean over rows of its column j for ``pooled``; for ``logit`` the row that the
    classifier reads.

    Parameters
    ----------
    model : Model, str or Path
    texts : sequence of str, or str
        Of at most 256 tokens each.
    method : str, optional
        ``occlusion``, or a reading of ``edgeinterp.readings``, with its layer if not the last: ``alti_rolled_up``,
        ``norm:3``. By default occlusion and, with a licence, the recommended reading of the last layer that has one.
    target : str, optional
        ``pooled``, the mean of the last hidden state; ``state:L``, that of hidden state L; ``logit``, of the predicted
        class, or ``logit:CLASS``. By default ``logit`` where the model classifies texts.
    licence : Result, optional
        Of ``check`` on this model, with ``influence``.

    Returns
    -------
    list of Explanation
        Text by text, each by every method.

    Raises
    ------
    InputError
        Where a text has no token or too many, the method or target is unknown or not to be had from this model, or the
        licence is another model's.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> (found,) = ei.explain(edgeinterp_models.default_model_folder(), "Dogs bark.")
    >>> found.method, found.licence.verdict, len(found.scores)
    ('occlusion', 'measured', 5)
    """
    opened = model if isinstance(model, Model) else load(model)
    given = text_list(texts)
    encoded = opened.encode(given)
    for number, text in enumerate(encoded, 1):
        if text.truncated or not (~text.special).any():
            what = f"more than {counted(text.ids.size, 'token')}" if text.truncated else "no token of its own"
            raise InputError(f"text {number}: has {what}; give another")
    aim = target_of(opened, target)
    refuse_foreign(opened, licence)
    methods = _methods(opened, method, licence)
    instead = replacement(opened, encoded)
    if instead.vocabulary.size < instead.draws and any(name == OCCLUSION for name, _ in methods):
        raise InputError("texts: have one token, and nothing to replace it by; give more texts")
    found = []
    for text in encoded:
        predicted = aim.predicted(opened, text)
        for name, layer in methods:
            if name == OCCLUSION:
                scores, worth = _occluded(opened, text, instead, aim), _measured(instead)
            else:
                scores = aim.read(readings(opened, text, [kind_of(name)[0]])[name][layer - 1], opened, text)
                worth = reading_licence(licence, name, layer, "special" if aim.signed else "token")
            shown = [None if special else float(score) for special, score in zip(text.special, scores, strict=True)]
            label = name if name == OCCLUSION else f"{name}:{layer}"
            tokens = opened.token_strings(text.ids.tolist())
            found.append(Explanation(str(text.text), tokens, shown, label, aim.name, worth, predicted))
    return found


def refuse_foreign(model: Model, licence: Result | None, name: str = "licence") -> None:
    """Refuse what is no result, and another model's result."""
    if licence is None:
        return
    if not isinstance(licence, Result):
        raise InputError(f"{name}: expected a result of check or load_result, found {type(licence).__name__}")
    if licence.model.sha256 != model.sha256:
        raise InputError(f"{name}: is of another model ({licence.model.path}); check this one")


def _methods(model: Model, method: str | None, licence: Result | None) -> list[tuple[str, int]]:
    """Return names of methods with their layers."""
    last = model.manifest.layers
    if method is None:
        held = last_recommended(licence)
        return [(OCCLUSION, last), *([held] if held else [])]
    name, _, given = method.partition(":")
    names = [OCCLUSION, *(key_of(one, up) for one in READINGS for up in (False, True))]
    if name not in names:
        raise InputError(f"method: {name!r}, expected one of {', '.join(names)}, such as alti_rolled_up:{last}")
    if given and not (given.isdecimal() and 1 <= int(given) <= last and name != OCCLUSION):
        raise InputError(f"method: {method!r}, expected a reading and a layer from 1 to {last}")
    return [(name, int(given) if given else last)]


def _occluded(model: Model, text: EncodedText, instead: Replacement, aim: Target) -> Doubles:
    free = np.flatnonzero(~text.special)
    copies = instead.copies(SampledText(content_key(text.ids), 0, text, free))
    scores = np.zeros(text.ids.size)
    scores[free] = aim.effects(model, text, copies).reshape(instead.draws, free.size).mean(axis=0)
    return scores


def _measured(instead: Replacement) -> Licence:
    draws = f", {instead.draws} draws" if instead.draws > 1 else ""
    return Licence("measured", f"the effect itself: each token replaced ({instead.name}{draws})")
