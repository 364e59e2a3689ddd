"""Explain texts by occlusion and by readings of attention, each with what is known of it on this model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..exporting.opening import load
from ..model.model import Model
from ..reading.names import READINGS, key_of, kind_of
from ..results.explanation import Explanation, Licence
from ..results.licence import last_recommended, reading_licence
from ..results.result import Result
from ..runtime.counting import counted
from ..runtime.sequences import text_list
from ..statistics.content import content_key
from .influence.sample import Replacement, SampledText, replacement
from .influence.texts import special_row
from .text_readings import readings

if TYPE_CHECKING:
    from ..model.activations import EncodedText

__all__ = ["OCCLUSION", "explain"]

OCCLUSION = "occlusion"
TARGETS = ("pooled", "logit")

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
        ``pooled``, the mean of the last hidden state, or ``logit``; by default ``logit`` where the model classifies
        texts.
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
    aim = _target(opened, target)
    refuse_foreign(opened, licence)
    methods = _methods(opened, method, licence)
    instead = replacement(opened, encoded)
    if instead.vocabulary.size < instead.draws and any(name == OCCLUSION for name, _ in methods):
        raise InputError("texts: have one token, and nothing to replace it by; give more texts")
    found = []
    for text in encoded:
        predicted = int(np.argmax(opened.head([text])[0])) if aim == "logit" else None
        for name, layer in methods:
            if name == OCCLUSION:
                scores, worth = _occluded(opened, text, instead, predicted), _measured(instead)
            else:
                scores = _read(opened, text, name, layer, aim)
                worth = reading_licence(licence, name, layer, "token" if aim == "pooled" else "special")
            shown = [None if special else float(score) for special, score in zip(text.special, scores, strict=True)]
            label = name if name == OCCLUSION else f"{name}:{layer}"
            tokens = opened.token_strings(text.ids.tolist())
            found.append(Explanation(str(text.text), tokens, shown, label, aim, worth, predicted))
    return found


def _target(model: Model, target: str | None) -> str:
    """Return what is explained."""
    classifies = model.manifest.head == "logits" and _logits_of_text(model)
    if target is None:
        return "logit" if classifies else "pooled"
    if target not in TARGETS:
        raise InputError(f"target: {target!r}, expected one of {', '.join(TARGETS)}")
    if target == "logit" and not classifies:
        raise InputError(
            f"target: {model.folder} has no logits of a text; export the model with --task text-classification"
        )
    return target


def _logits_of_text(model: Model) -> bool:
    (text,) = model.encode(["one"])
    return bool(text.ids.size) and model.head([text])[0].ndim == 1


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


def _occluded(model: Model, text: EncodedText, instead: Replacement, predicted: int | None) -> Doubles:
    from edgeinterp_kernels.influence import cosine_change

    free = np.flatnonzero(~text.special)
    copies = instead.copies(SampledText(content_key(text.ids), 0, text, free))
    if predicted is None:
        effects = cosine_change(_pooled(model, [text]), _pooled(model, copies)[:, None])[0]
    else:
        logits = np.stack(model.head([text, *copies]))[:, predicted].astype(np.float64)
        effects = logits[0] - logits[1:]
    scores = np.zeros(text.ids.size)
    scores[free] = effects.reshape(instead.draws, free.size).mean(axis=0)
    return scores


def _pooled(model: Model, texts: Sequence[EncodedText]) -> NDArray[np.float32]:
    """Return the mean of the last hidden state of texts of one length, shape (texts, d)."""
    size, layer = texts[0].ids.size, model.manifest.layers
    parts = [one.hidden_states[0] for one in model.activations(texts, (layer,), batch=len(texts))]
    states = np.concatenate([part.reshape(-1, size, part.shape[-1]) for part in parts]).astype(np.float64)
    mean: NDArray[np.float32] = states.mean(axis=1).astype(np.float32)
    return mean


def _read(model: Model, text: EncodedText, name: str, layer: int, target: str) -> Doubles:
    maps = readings(model, text, [kind_of(name)[0]])[name][layer - 1]
    if target == "pooled":
        found: Doubles = maps.mean(axis=0)
        return found
    row = special_row(text.special, model.manifest.causal)
    if row is None:
        raise InputError("method: no special token begins or ends a text, so no row is the classifier's; use occlusion")
    return np.asarray(maps[row], dtype=np.float64)


def _measured(instead: Replacement) -> Licence:
    draws = f", {instead.draws} draws" if instead.draws > 1 else ""
    return Licence("measured", f"the effect itself: each token replaced ({instead.name}{draws})")
