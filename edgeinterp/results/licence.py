"""What a result permits: to read attention layers token to token, and to show a reading of a layer."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError
from ..reading.names import kind_of
from .correspondence.result import CorrespondenceResult
from .explanation import Licence
from .influence.result import InfluenceResult, ReadingInfluence
from .result import Result

__all__ = ["HEAD_NOT_JUDGED", "head_licence", "last_recommended", "licence", "reading_licence"]

NOT_JUDGED = "not judged"
HEAD_NOT_JUDGED = (
    "no head is judged unless it is asked about: run `edgeinterp check MODEL --only correspondence,influence "
    "--head {head} --out DIR`, and give DIR as licence"
)
_CHECK = "run `edgeinterp check MODEL --only correspondence,influence --out DIR`, and give DIR as licence"
_ROWS = {"token": "rows of tokens", "special": "the row that classifiers read"}


def licence(result: Result | CorrespondenceResult) -> dict[int, str]:
    """Return the verdict on each attention layer's claim that it may be read token to token.

    Parameters
    ----------
    result : Result or CorrespondenceResult
        From ``check`` with ``correspondence`` among its checks, ``load_result`` or ``correspondence``.

    Returns
    -------
    dict of int to str
        Attention layer 1..L to ``supported``, ``weakened``, ``unsupported`` or ``undecided``. Only ``supported``
        licenses a reading of attention between tokens. It does not interpret what a head attends to.

    Raises
    ------
    InputError
        Where the result has no verdict of ``correspondence``.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> texts = ["The cat sat on the mat in the warm hall."] * 3
    >>> ei.licence(ei.check(texts=texts, only="correspondence", n_permutations=9))[1]
    'supported'
    """
    if not isinstance(result, Result | CorrespondenceResult):
        raise InputError(
            f"licence: expected a result of check, load_result or correspondence, found {type(result).__name__}"
        )
    found = {
        verdict.attention_layer: verdict.verdict
        for verdict in result.verdicts
        if verdict.check == "correspondence" and verdict.attention_layer is not None
    }
    if not found:
        raise InputError("licence: the result has no verdict of correspondence; run check with correspondence in only")
    return found


def reading_licence(result: Result | None, key: str, layer: int, query: str = "token") -> Licence:
    """Return what a result says of showing a reading of an attention layer.

    ``supported`` where ``influence`` supports the reading there and, in rows of tokens of a reading that is not rolled
    up, ``correspondence`` supports that what the layer reads are still its tokens.
    """
    part = None if result is None else result.influence()
    one = _judged(part, key, layer, query)
    if result is None or part is None or one is None:
        return Licence(NOT_JUDGED, f"influence has not judged it on this model: {_CHECK}")
    known = Licence(one.verdict, f"follows influence in {_ROWS[query]}: {one.because}", one.rho, one.ci, part.texts)
    return known if kind_of(key)[1] or query != "token" else _of_states(known, result, layer)


def head_licence(result: Result | None, layer: int, head: int) -> Licence:
    """Return what a result says of one head: judged is the one that the run was asked about."""
    part = None if result is None else result.influence()
    named = None if part is None else part.head
    verdicts = [] if part is None else [one for one in part.verdicts if one.kind == f"head {layer}.{head}"]
    if result is None or named is None or not verdicts or (named.attention_layer, named.head) != (layer, head):
        return Licence(NOT_JUDGED, HEAD_NOT_JUDGED.format(head=f"{layer}.{head}"))
    found, because = named.agreement, f"follows influence: {verdicts[0].because}"
    known = Licence(verdicts[0].verdict, because, found.rho, found.ci, part.texts if part else None)
    return _of_states(known, result, layer)


def last_recommended(result: Result | None) -> tuple[str, int] | None:
    """Return the recommended reading of the last attention layer that has one, by its key, and the layer."""
    part = None if result is None else result.influence()
    for layer in reversed(part.layers if part else []):
        one = layer.recommended
        if one is not None and one.key is not None:
            return one.key, layer.attention_layer
    return None


def _of_states(known: Licence, result: Result, layer: int) -> Licence:
    """Return a supported licence only where ``correspondence`` supports that the layer reads its tokens."""
    if known.verdict != "supported":
        return known
    for one in result.verdicts:
        if (one.check, one.attention_layer) == ("correspondence", layer):
            denied = f"follows influence, but that {one.claim} is {one.verdict}: {one.because}"
            return known if one.verdict == "supported" else replace(known, verdict=one.verdict, because=denied)
    missing = f"follows influence, but whether layer {layer} still reads tokens was not checked: {_CHECK}"
    return replace(known, verdict=NOT_JUDGED, because=missing)


def _judged(part: InfluenceResult | None, key: str, layer: int, query: str) -> ReadingInfluence | None:
    for one in part.layers if part else []:
        if one.attention_layer == layer:
            return next((each for each in one.readings if (each.key, each.query) == (key, query)), None)
    return None
