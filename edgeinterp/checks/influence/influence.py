"""Does attention follow the influence of each token? (docs/method.md, "Influence")

``influence`` takes plain arrays; ``run.py`` makes them from a model and texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.influence.controls import RANDOM_MODEL
from ...runtime.arguments import real_array
from ...runtime.sequences import name_tuple
from ...statistics.draws import seed_of
from ..attention_arrays import checked_attention
from .arrays import GivenTexts
from .kept import NAMES
from .study import PERMUTATIONS, Study

if TYPE_CHECKING:
    from ...results.influence.result import InfluenceResult

__all__ = ["influence", "rollout"]

Doubles = NDArray[np.float64]


def rollout(attentions: ArrayLike) -> Doubles:
    r"""Return attention rollout up to each layer (Abnar & Zuidema 2020, section 3).

    .. math:: \tilde A_l = (\tfrac12 \bar A_l + \tfrac12 I)\, \tilde A_{l-1}, \qquad \tilde A_0 = I

    Rows sum to 1 and stay so. Rollout assumes that only attention and the residual connection move information, in
    equal parts: it describes, it does not measure. ``influence`` tests whether it says anything about influence.

    Parameters
    ----------
    attentions : array_like, shape (L, H, n, n) or (L, n, n)
        Attention of one text, layer by layer; rows are queries and sum to 1. Rows of padding may be 0 where
        nothing attends to them.

    Returns
    -------
    ndarray of float64, shape (L, n, n)

    Raises
    ------
    InputError
        Where the shape is wrong, or a row is no distribution: the message names its layer, head and sum.

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> ei.rollout(np.full((2, 1, 2, 2), 0.5))[1].tolist()
    [[0.625, 0.375], [0.375, 0.625]]
    """
    from edgeinterp_kernels.attention import rollout as kernel

    maps = real_array("attentions", attentions)
    if maps.ndim not in (3, 4) or maps.shape[-1] != maps.shape[-2] or 0 in maps.shape:
        raise InputError(f"attentions: shape {maps.shape}, expected (L, H, n, n) or (L, n, n)")
    return kernel(checked_attention("attentions", maps))


def influence(
    hidden_states: NDArray[np.floating] | Sequence[NDArray[np.floating]],
    replaced_hidden_states: Sequence[NDArray[np.floating]],
    attentions: Sequence[NDArray[np.floating]],
    positions: Sequence[ArrayLike],
    lengths: ArrayLike,
    *,
    token_ids: ArrayLike | None = None,
    special_tokens_mask: ArrayLike | None = None,
    random_models: Sequence[Any] = (),
    readings: Sequence[Mapping[str, ArrayLike]] | None = None,
    groups: ArrayLike | None = None,
    causal: bool = False,
    head: tuple[int, int] | None = None,
    n_permutations: int = PERMUTATIONS,
    alpha: float = 0.05,
    equal: float = 1.0,
    random_state: Any = 0,
    controls: Sequence[str] | str = NAMES,
) -> InfluenceResult:
    r"""Compare attention, heads and rollout with the influence of replaced tokens.

    Token j of a text is replaced; the change at position i after block l is its influence there:

    .. math:: I_l[i, j] = 1 - \cos\!\left(h_l[i],\; h_l^{(j)}[i]\right)

    ``rho``: row by row, Spearman's rank correlation between attention of layer l (or a head, or rollout up to l) and
    I_l, over the replaced columns j other than i (in causal models j < i), at least 4 of them; the mean over rows, then
    over texts. ``gain``: how much better attention and the profile of signed offsets, fitted together on other texts,
    correlate with the ranks of influence than the profile alone. ``pair``: the correlation of logarithms of both out
    of which effects of row, column and signed offset, and one product of a row's and a column's number, are taken.
    Gain and pair are less the same with the influence in other texts, so that chance is 0 (docs/method.md).

    Parameters
    ----------
    hidden_states : ndarray, shape (L + 1, tokens, d), or sequence of L + 1 arrays of shape (tokens, d)
        Hidden states 0..L, one text after the other, without padding.
    replaced_hidden_states : sequence of ndarray, shape (L + 1, P, n, d) or (L + 1, draws, P, n, d) each
        One array per text: the hidden states of its copies, each with one replaced token.
    attentions : sequence of ndarray, shape (L, H, n, n) each
        One array per text: its attentions; rows are queries and sum to 1; rows of 0 only at special tokens that
        nothing attends to, as padding is.
    positions : sequence of array_like of int, shape (P,) each
        One per text: the replaced token of each copy, as an index in the text; at least 5, so that rows have 4 others.
        Texts with the *same* positions and length exchange their influence in the permutation test; 12 and more of
        them are dealt to bins of 6, since profiles and effects of offsets come from other bins than a text's own.
    lengths : array_like of int, shape (texts,)
        Tokens of each text.
    token_ids : array_like of int, shape (tokens,), optional
        Token ids, the keys of draws; without them, the bytes of hidden state 0.
    special_tokens_mask : array_like of bool, shape (tokens,), optional
        True for special tokens: neither rows nor columns.
    random_models : sequence of (hidden_states, replaced_hidden_states, attentions), optional
        The first three arguments once more for each of at least 2 models with random weights, with the same tokens
        replaced in the same texts: the rival ``random_model``, how well their attention follows the influence in
        themselves. Without them that rival is not measured, and no claim is supported. With ``readings``, theirs are a
        fourth part.
    readings : sequence of mapping of str to array_like, shape (L, n, n), optional
        One per text: other readings per block, by their names in ``readings_from_arrays`` (``norm``,
        ``norm_residual``, ``alti``, ``contribution``). Each is judged as attention is, per block and multiplied up.
    groups : sequence of int or str, length texts, optional
        Explicit groups: texts with the same number or name exchange their influence, and must have the same positions.
        Only rows that all texts of a group have are then compared. Texts that end at different places are not quite
        exchangeable, since their ends attract attention and have influence: replace no tokens near the end of the
        shortest.
    causal : bool
        Whether position i sees positions 0..i only.
    head : tuple of int, optional
        Attention layer 1..L and head 1..H to judge. Not one that was chosen on these same texts.
    n_permutations : int
        Exchanges of influence between texts.
    alpha : float
        Level of tests; intervals are at 1 - alpha, over texts, per unit, not simultaneous.
    equal : float
        Factor on delta, the differences that count as none (``results/rule.py``).
    random_state : int, NumPy generator or None
        Key of the exchanges.
    controls : sequence of str, or str
        Controls to run, by default all. A rival that was not run leaves a claim undecided.

    Returns
    -------
    InfluenceResult
        With a verdict for mean attention and for rollout at each attention layer, and for ``head``; those of other
        readings stand in ``layers[...].readings``, and ``layers[...].recommended`` names the one to show.

    Raises
    ------
    InputError
        Where shapes disagree, a value is not finite, a row of attention is no distribution, or a setting is invalid.

    Notes
    -----
    A high correlation does not say that attention carried the change, and a low one may come from text with a replaced
    token being unlike anything the model was trained on. Columns are never permuted: some tokens attract attention and
    change everything, in every text, so a row's columns are not exchangeable; whole texts are.

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> rng = np.random.default_rng(0)
    >>> weights = rng.dirichlet(np.ones(9), size=(24, 1, 1, 9))
    >>> states, copies = rng.normal(size=(2, 24 * 9, 8)), []
    >>> for text in range(24):
    ...     own = np.repeat(states[:, None, text * 9 : text * 9 + 9], 9, axis=1)
    ...     own[1] += 0.1 * np.sqrt(weights[text, 0, 0].T)[:, :, None] * rng.normal(size=8)
    ...     copies.append(own)
    >>> result = ei.influence(states, copies, weights, [range(9)] * 24, [9] * 24)
    >>> result.layers[0].attention.gain.p_adjusted <= 0.05
    True
    """
    given = GivenTexts.of(hidden_states, replaced_hidden_states, attentions, positions, lengths)
    given.describe(token_ids, special_tokens_mask, groups)
    given.set_readings(readings)
    given.set_random(random_models)
    study = Study(
        given.layers,
        given.heads,
        causal,
        head,
        n_permutations,
        alpha,
        seed_of(random_state),
        name_tuple(controls, "controls"),
        equal=equal,
        further=given.further,
    )
    wanted = range(len(given.random)) if RANDOM_MODEL.name in study.controls else range(0)
    for number in range(len(given.starts)):
        text = given.text(number)
        passes, draws = given.passes(number)
        study.add(text, draws, passes)
        for model in wanted:
            study.add_random(model, text, given.random_passes(number, model))
    return study.result()
