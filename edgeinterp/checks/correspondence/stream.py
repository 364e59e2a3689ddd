"""Correspondence: after block l, is the hidden state at position i still token i? (docs/method.md)

Hidden states are retrieved, by cosine, among the input embeddings (hidden state 0) of the same text: as they are
(``raw``), without their means (``centred``), and after a ridge map fitted on other texts (``linear``). The idea of
identifying tokens from hidden states is from Brunner et al. 2020 (arXiv 1908.04211); the controls against position
passing as identity are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.correspondence.verdicts import SHORTEST
from ...runtime.allocator import give_back
from ...runtime.arguments import level, permutation_count, real_number, whole_array, whole_number
from ...runtime.sequences import name_tuple
from ...statistics.content import in_half_of_fit
from ...statistics.draws import run_seed
from .blocks import LARGEST, Batch, Block, Text, mapped, retrieval_hits, single_precision, unit
from .linear_map import Centring, FitSums, FittedLayer
from .tallies import MAPS, SampledText, Tallies, Trace

if TYPE_CHECKING:
    from ...results.correspondence.result import CorrespondenceResult

__all__ = ["CONTROLS", "SHORTEST", "Correspondence"]

CONTROLS = ("foreign", "swap")
# rows multiplied at once: enough for a fast matrix product, little enough to keep memory flat
BLOCK_TOKENS = 256
# hidden states whose maps are fitted side by side: each takes some ten doubles for each pair of dimensions meanwhile
FITTED_AT_ONCE = 2

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


class Correspondence:
    """Correspondence, fed batch by batch: fit calls first, then evaluation, then ``result()``.

    Memory does not grow with the number of texts but for a few hundred bytes each.

    Parameters
    ----------
    alpha : float
        Level of the tests; intervals are at 1 - alpha.
    threshold : float
        Smallest lower bound of linear kappa that counts as recoverable.
    n_permutations : int
        Permutations of positions within texts.
    random_state : int, NumPy generator or None
        Seed of every choice; the attribute of this name is the whole number that was taken. ``edgeinterp.half`` must be
        given the same.
    threads : int
        Threads for fitting maps and for the permutations; they do not change the result.
    controls : sequence of str, or str
        Of ``foreign`` and ``swap``; without both no layer can be ``supported``.

    Notes
    -----
    The ``foreign`` control compares each evaluated text with the next one fed. Feed evaluation texts in the order
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
        controls: Sequence[str] | str = CONTROLS,
    ) -> None:
        controls = name_tuple(controls, "controls")
        unknown = [name for name in controls if name not in CONTROLS]
        if unknown:
            raise InputError(
                f"control {unknown[0]!r} is not known to correspondence; choose from {', '.join(CONTROLS)}"
            )
        self.alpha, self.threshold = level(alpha), real_number("threshold", threshold, 0.0, 1.0, 0.9)
        self.n_permutations = permutation_count("n_permutations", n_permutations)
        self.random_state = run_seed(random_state)
        self.threads, self.controls = whole_number("threads", threads), controls
        self.truncated = 0
        self.repeated = 0
        self.unknown = 0.0
        # texts there are for both halves, where more are known of than were fed
        self.given = 0
        self._seen: set[int] = set()
        self._sums: tuple[FitSums, FitSums] | None = None
        self._fit_waiting: tuple[list[Text], list[Text]] = ([], [])
        self._whole: list[FittedLayer] = []
        self._half: list[FittedLayer] = []
        self._closed: dict[int, tuple[FittedLayer, FittedLayer]] = {}
        self._closed_at: dict[int, int] = {}
        self.fit_tokens = 0
        self._evaluating = False
        self._waiting: list[Text] = []
        self._tallies: Tallies | None = None
        self._expected: dict[int, int] = {}
        self.fitted_at_once = FITTED_AT_ONCE
        self._shape: tuple[int, int] | None = None

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
            Tokens of each text; they add up to ``tokens``.
        part : str
            ``"fit"`` or ``"evaluate"``; ``edgeinterp.half(ids, seed)`` says which (0 or 1). Nothing checks that it
            was asked: a split of one's own is used as it is. A text that was fed before is left out, and counted.
        special_tokens_mask : array_like of bool, shape (tokens,), optional
            True for tokens that are neither queries nor candidates; by default none is.

        Raises
        ------
        ValueError
            Where shapes do not fit together, a value is not finite, or a fit call follows an evaluation call.
        """
        texts = self._first_seen(self._texts(Batch.of(hidden_states, token_ids, lengths, special_tokens_mask)))
        if part == "fit":
            if self._evaluating:
                raise InputError("update: part 'fit' after part 'evaluate'; feed the whole fit half first")
            self._fit(texts)
        elif part == "evaluate":
            if not self._evaluating:
                self._finish_fit()
            self._evaluate(texts)
        else:
            raise InputError(f"update: part {part!r}, expected 'fit' or 'evaluate'")

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
            Hidden state 0 of the text as it was.
        token_ids : array_like of int, shape (tokens,)
            Ids of the text as it was.
        positions : tuple of int
            The two indices whose tokens changed places (``edgeinterp.statistics.content.swap_positions`` chooses them).
        special_tokens_mask : array_like of bool, shape (tokens,), optional
            As in ``update``.

        Raises
        ------
        ValueError
            Where shapes do not fit together, or no fit half was fed.
        """
        if not self._evaluating:
            self._finish_fit()
        batch = Batch.of(hidden_states, token_ids, [np.size(token_ids)], special_tokens_mask)
        (text,) = self._texts(batch)
        chosen = whole_array("positions", positions)
        if chosen.size != 2 or not np.isin(chosen, text.positions).all():
            raise InputError(f"positions {chosen.tolist()[:8]}: expected two tokens of the text that are not special")
        places = [int(np.flatnonzero(text.positions == place)[0]) for place in chosen]
        found = single_precision("references", references)
        if found.shape != batch.states[0].shape or not np.all(np.abs(found) <= LARGEST):
            raise InputError(
                f"references: shape {found.shape}, expected {batch.states[0].shape}, all finite and at most 1e15"
            )
        own = self._whole[0].centring(found[text.positions], text.positions)
        candidates = unit(own)
        hits = np.zeros(len(text.states), dtype=np.int64)
        for layer, fitted in enumerate(self._whole):
            queries = mapped(fitted, fitted.centring(text.states[layer][places], text.positions[places]))
            retrieved = text.ids[np.argmax(queries @ candidates.T, axis=1)]
            # at each of the two places now stands the token of the other
            hits[layer] = np.count_nonzero(retrieved == text.ids[places[::-1]])
        tallies = self.tallies
        tallies.swap_keys.append(text.key)
        tallies.swap_hits.append(hits)

    def expect(self, texts: Iterable[tuple[int, int]]) -> None:
        """Say before evaluation which texts it will have: content keys, and tokens that are not special.

        It saves work for texts that the sample would drop again, and changes nothing else. ``finish`` and ``result``
        refuse where other texts came.
        """
        self._expected = {key: tokens for key, tokens in texts if tokens >= SHORTEST}

    def expect_shape(self, layers: int, hidden_size: int) -> None:
        """Say how many hidden states there will be and how wide they are, so that all are judged if none is fed."""
        self._shape = (layers, hidden_size)

    def result(self) -> CorrespondenceResult:
        """Return the scores, intervals, p-values and verdicts of everything fed so far; feed nothing afterwards."""
        from .summary import summarise

        return summarise(self.finish(), self)

    def finish(self) -> Tallies:
        """Return the tallies behind ``result()``, after the texts that still wait."""
        if not self._evaluating:
            self._finish_fit()
        if self._waiting:
            self._score(self._waiting, None)
            self._waiting = []
        if self._expected and self._expected.keys() != set(self.tallies.keys):
            raise InputError("expect: other texts were evaluated than were expected; expect them all, or none")
        return self.tallies

    @property
    def waiting(self) -> int:
        """Texts of the evaluation half, the last ones fed, that are not scored yet."""
        return len(self._waiting)

    def fitted_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fitted maps as arrays, for ``restore``; the fit half ends with this."""
        if not self._evaluating:
            self._finish_fit()
        kept: dict[str, NDArray[Any]] = {
            "shape": np.array(self._shape or (1, 1)),
            "fit_tokens": np.array(self.fit_tokens),
            "closed": np.array(list(self._closed_at.items()), dtype=np.int64).reshape(-1, 2),
        }
        for name, maps in (("whole", self._whole), ("half", self._half)):
            for layer, fitted in enumerate(maps):
                kept[f"{name}_{layer}_centring"] = fitted.centring.by_position
                if fitted.weights is not None:
                    kept[f"{name}_{layer}_weights"] = fitted.weights
                if fitted.penalty is not None:
                    kept[f"{name}_{layer}_penalty"] = np.array(fitted.penalty)
        return kept

    def restore(self, fitted: dict[str, NDArray[Any]], tallies: Tallies | None = None) -> None:
        """Take up what ``fitted_arrays`` gave, and the tallies of the texts that were scored; nothing was fed yet."""
        layers, width = fitted["shape"].tolist()
        self._shape = (layers, width)
        self.fit_tokens = int(fitted["fit_tokens"])
        self._closed_at = {int(layer): int(tokens) for layer, tokens in fitted["closed"]}
        for name, maps in (("whole", self._whole), ("half", self._half)):
            for layer in range(layers):
                penalty = fitted.get(f"{name}_{layer}_penalty")
                centring = Centring(fitted[f"{name}_{layer}_centring"])
                weights = fitted.get(f"{name}_{layer}_weights")
                maps.append(FittedLayer(centring, weights, None if penalty is None else float(penalty)))
        self._evaluating, self._tallies = True, tallies

    @property
    def distinct(self) -> int:
        """Texts that were fed, each once."""
        return len(self._seen)

    @property
    def hidden_size(self) -> int:
        """Width d of a hidden state; 0 before anything was fed."""
        return self._shape[1] if self._shape else 0

    @property
    def fitted(self) -> bool:
        """Whether there is a linear map (the fit half had any token)."""
        return bool(self._whole) and self.fit_tokens > 0

    @property
    def tallies(self) -> Tallies:
        """What was counted so far; texts that wait are not in it."""
        if self._tallies is None:
            layers, hidden_size = self._shape or (1, 1)
            self._tallies = Tallies(layers, hidden_size)
            self._tallies.sample.expect(self._expected.items())
        return self._tallies

    def _texts(self, batch: Batch) -> list[Text]:
        """Cut a batch into texts without their special tokens."""
        shape = (len(batch.states), batch.states[0].shape[1])
        if self._shape is None:
            self._shape = shape
        if shape != self._shape:
            raise InputError(f"hidden_states: {shape} layers and width, but {self._shape} in an earlier call")
        return batch.texts(self.random_state)

    def _first_seen(self, texts: list[Text]) -> list[Text]:
        """Leave out repetitions of a text: they are no further evidence, and a text is not foreign to its copy."""
        fresh = []
        for text in texts:
            if text.key in self._seen:
                self.repeated += 1
            else:
                self._seen.add(text.key)
                fresh.append(text)
        return fresh

    def _fit(self, texts: list[Text]) -> None:
        for text in texts:
            if not text.ids.size:
                continue
            if self._sums is None:
                shift = np.stack([rows.mean(axis=0) for rows in text.states])
                layers, hidden_size = len(text.states), text.states[0].shape[1]
                self._sums = (FitSums(layers, hidden_size, shift), FitSums(layers, hidden_size, shift))
            self.fit_tokens += text.ids.size
            self._fit_waiting[0 if in_half_of_fit(text.key) else 1].append(text)
        for which, waiting in enumerate(self._fit_waiting):
            if sum(text.ids.size for text in waiting) >= BLOCK_TOKENS:
                self._add_fit_block(which)

    def _add_fit_block(self, which: int) -> None:
        waiting = self._fit_waiting[which]
        if self._sums is not None and waiting:
            states = (np.concatenate(rows) for rows in zip(*(text.states for text in waiting), strict=True))
            self._sums[which].add(states, np.concatenate([text.positions for text in waiting]))
            waiting.clear()

    def _finish_fit(self) -> None:
        self._evaluating = True
        give_back()
        for which in range(2):
            self._add_fit_block(which)
        layers, hidden_size = self._shape or (1, 1)
        if self._sums is None:
            nothing = FitSums(layers, hidden_size, np.zeros((layers, hidden_size), dtype=np.float32))
            self._whole = self._half = [nothing.single(layer, True).fit() for layer in range(layers)]
            return
        pairs = self._closed | self._pairs([layer for layer in range(layers) if layer not in self._closed], last=True)
        self._whole, self._half = ([pairs[layer][which] for layer in range(layers)] for which in range(2))
        self._sums = None
        give_back()

    def _pairs(self, layers: list[int], last: bool = False) -> dict[int, tuple[FittedLayer, FittedLayer]]:
        """Fit hidden states' maps on all that was fed, and on half of it; for the ``last`` time sums are let go."""
        from concurrent.futures import ThreadPoolExecutor

        assert self._sums is not None
        first, second = self._sums
        first.align(second)

        def pair(layer: int) -> tuple[FittedLayer, FittedLayer]:
            return first.merged(second, layer, last).fit(), first.single(layer, last).fit()

        with ThreadPoolExecutor(max(1, min(self.threads, self.fitted_at_once))) as pool:
            return dict(zip(layers, pool.map(pair, layers), strict=True))

    def maps_so_far(self) -> tuple[FittedLayer, dict[int, tuple[FittedLayer, FittedLayer]]]:
        """Return the reference's centring, and by hidden state that is still fitted its map on all and on half.

        For ``Settling``, between two calls of ``update`` with the fit half.
        """
        if self._evaluating:
            raise InputError("settling: part 'evaluate' was fed; it belongs between calls with part 'fit'")
        give_back()
        for which in range(2):
            self._add_fit_block(which)
        if self._sums is None or self._shape is None:
            return FittedLayer(Centring(np.zeros((1, self.hidden_size or 1), dtype=np.float32)), None, None), {}
        fitting = [layer for layer in range(1, self._shape[0]) if layer not in self._closed]
        maps = self._pairs([0, *fitting])
        give_back()
        return maps.pop(0)[0], maps

    def close_layer(self, layer: int, maps: tuple[FittedLayer, FittedLayer]) -> None:
        """Fit hidden state ``layer`` no further: these are its maps on all of its text, and on half of it."""
        self._closed[layer] = maps
        self._closed_at[layer] = self.fit_tokens
        for sums in self._sums or ():
            sums.let_go(layer)

    def fit_tokens_of(self, layer: int) -> int:
        """Return the number of tokens that a hidden state's map was fitted on."""
        return self._closed_at.get(layer, self.fit_tokens)

    def _evaluate(self, texts: list[Text]) -> None:
        for text in texts:
            if text.ids.size < SHORTEST:
                continue
            self._waiting.append(text)
            # the last one waits for its successor, which the foreign control needs
            if sum(waiting.ids.size for waiting in self._waiting[:-1]) >= BLOCK_TOKENS:
                *block, successor = self._waiting
                self._score(block, successor)
                self._waiting = [successor]

    def _score(self, texts: list[Text], successor: Text | None) -> None:
        """Retrieve every token of ``texts``; ``successor`` serves as the last one's foreign text."""
        tallies = self.tallies
        block = Block(texts, successor, self._whole[0])
        scores = np.zeros((len(texts), len(self._whole), len(MAPS), 4))
        retrieved = np.zeros((len(self._whole), len(MAPS), block.tokens), dtype=np.int32)
        for layer, fitted in enumerate(self._whole):
            queries = block.queries(layer, fitted)
            retrieved[layer], scores[:, layer] = block.retrieve(queries)
            tallies.add_directions(layer, block.directions(queries[0]))
            if "foreign" in self.controls:
                hits, asked = block.foreign(queries)
                tallies.foreign_hits[layer] += hits
        if "foreign" in self.controls:
            tallies.foreign_queries += asked
        sampled = [text for text in texts if tallies.sample.wants(text.key)]
        half_hits = retrieval_hits(sampled, self._half[0], list(enumerate(self._half)))
        by_half = dict(zip((text.key for text in sampled), half_hits, strict=True))
        for index, text in enumerate(texts):
            own = slice(*block.ends[index : index + 2].tolist())
            tallies.add_text(text.key, text.ids.size, scores[index])
            tallies.pairs_within += float(text.ids.size) ** 2
            sizes = np.bincount(block.groups[own])
            tallies.position_ceiling += float(np.count_nonzero(sizes))
            tallies.offer_trace(Trace(text.key, text.ids, retrieved[:, :, own].copy()))
            if tallies.sample.wants(text.key):
                kept = text.ids[retrieved[:, :, own]].transpose(2, 0, 1)
                tallies.sample.add(text.key, SampledText(text.ids, kept, by_half[text.key]))
