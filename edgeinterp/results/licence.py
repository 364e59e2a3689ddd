"""Map attention layers to the verdicts of ``correspondence`` on reading them token to token."""

from __future__ import annotations

from ..errors import InputError
from .correspondence.result import CorrespondenceResult
from .result import Result

__all__ = ["licence"]


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
