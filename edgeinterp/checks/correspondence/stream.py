"""After block l, is the hidden state at position i still token i? (docs/method.md)

Hidden states retrieve, by cosine, among the input embeddings (hidden state 0) of the same text: unchanged (``raw``),
without their means (``centred``), and after a ridge map fitted on other texts (``linear``). Identifying tokens from
hidden states is the idea of Brunner et al. 2020 (arXiv 1908.04211); the controls against position passing as identity
are added here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .blocks import Batch
from .halves import Halves
from .settings import NAMES, CorrespondenceSettings

if TYPE_CHECKING:
    from ...results.correspondence.result import CorrespondenceResult

__all__ = ["Correspondence"]


class Correspondence:
    """Compute correspondence batch by batch: fit calls first, then evaluation, then ``result()``.

    Memory grows by only a few hundred bytes per text.

    Parameters
    ----------
    alpha : float
        Level of the tests; intervals are at 1 - alpha.
    threshold : float
        Smallest lower bound of linear kappa that counts as recoverable.
    n_permutations : int
        Permutations of positions within texts.
    random_state : int, NumPy generator or None
        Seed of every choice. Pass the same one to ``edgeinterp.half``: ``settings.random_state``, if it was drawn.
    threads : int
        Threads for fitting maps and for the permutations; they do not change the result.
    controls : sequence of str, or str
        Controls to run, by default all; without one of them no layer but the first can be ``supported``.

    Notes
    -----
    The ``foreign`` control compares each evaluated text with the next one added. Add evaluation texts in the order
    (number of tokens, ``content_key``), as ``edgeinterp check`` does, to get the same number from the same texts.

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> rng = np.random.default_rng(0)
    >>> stream = ei.Correspondence(n_permutations=99)
    >>> for part in ["fit", "evaluate"]:
    ...     states = rng.normal(size=(1, 2000, 8)).repeat(2, axis=0)
    ...     stream.update(states, rng.integers(0, 500, 2000), [20] * 100, part=part)
    >>> round(stream.result().layers[1].maps["linear"].token.identification, 2)
    1.0
    """

    def __init__(
        self,
        *,
        alpha: float = 0.05,
        threshold: float = 0.9,
        n_permutations: int = 1000,
        random_state: Any = 0,
        threads: int = 1,
        controls: Sequence[str] | str = NAMES,
    ) -> None:
        self.settings = CorrespondenceSettings.of(alpha, threshold, n_permutations, random_state, threads, controls)
        self._halves = Halves(self.settings)

    def update(
        self,
        hidden_states: NDArray[np.floating] | Sequence[NDArray[np.floating]],
        token_ids: ArrayLike,
        lengths: ArrayLike,
        part: str,
        special_tokens_mask: ArrayLike | None = None,
    ) -> None:
        """Add texts to one half.

        Parameters
        ----------
        hidden_states : ndarray, shape (L + 1, tokens, d), or sequence of L + 1 arrays of shape (tokens, d)
            Hidden states 0..L of the texts, one text after the other, without padding.
        token_ids : array_like of int, shape (tokens,)
            Token ids.
        lengths : array_like of int, shape (texts,)
            Tokens of each text, summing to ``tokens``.
        part : str
            ``"fit"`` or ``"evaluate"``; ``edgeinterp.half(ids, seed)`` says which (0 or 1). Another split is accepted
            unchecked. A repeated text is left out, and counted.
        special_tokens_mask : array_like of bool, shape (tokens,), optional
            True for tokens that are neither queries nor candidates; by default none.

        Raises
        ------
        ValueError
            Where shapes disagree, a value is not finite, or a fit call follows an evaluation call.
        """
        self._halves.update(Batch.of(hidden_states, token_ids, lengths, special_tokens_mask).of_a_model(), part)

    def update_swapped(
        self,
        hidden_states: NDArray[np.floating] | Sequence[NDArray[np.floating]],
        references: NDArray[np.floating],
        token_ids: ArrayLike,
        positions: tuple[int, int],
        special_tokens_mask: ArrayLike | None = None,
    ) -> None:
        """Add the swapped copy of one evaluated text, after the fit half.

        Parameters
        ----------
        hidden_states : ndarray, shape (L + 1, tokens, d), or sequence of arrays of shape (tokens, d)
            Hidden states of the copy.
        references : ndarray, shape (tokens, d)
            Hidden state 0 of the original text.
        token_ids : array_like of int, shape (tokens,)
            Ids of the original text.
        positions : tuple of int
            Indices of the two swapped tokens (``edgeinterp.statistics.content.swap_positions`` chooses them).
        special_tokens_mask : array_like of bool, shape (tokens,), optional
            As in ``update``.

        Raises
        ------
        ValueError
            Where shapes disagree, or there is no fit half.
        """
        batch = Batch.of(hidden_states, token_ids, [np.size(token_ids)], special_tokens_mask)
        self._halves.update_swapped(batch, references, positions)

    def result(self) -> CorrespondenceResult:
        """Return scores, intervals, p-values and verdicts of all texts so far; add nothing afterwards."""
        from .summary import summarise

        return summarise(self._halves.finish(), self.settings, self._halves.counts)
