"""Effects and scores of texts -> rank correlations, exchanges, rivals, intervals; no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...results.judge.controls import CONTROLS, PLACES, POSITION
from ...results.judge.result import CeilingShare, JudgedMethod, JudgeResult, MethodRival
from ...results.judge.verdicts import judge_verdicts
from ...results.rule import delta_of
from ...results.shared import Margin, TextScores
from ...statistics.draws import Draws
from ...statistics.inference import levels
from ...statistics.means import DIGITS, bounds, mean_bounds, mean_intervals
from ...statistics.pvalues import permutation_p

__all__ = ["IN_BIN", "SHORTEST", "JudgedTokens", "place_scores", "scored"]

# tokens below which no order is compared
SHORTEST = 4
# texts of like length that exchange scores, where there are enough
IN_BIN = 6
NO_EXCHANGE = "every exchange of scores gives the same value"
NO_CEILING = "the effects do not repeat with other replacing tokens"

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class JudgedTokens:
    """One text: its tokens' effects, and what methods and rivals say of them.

    Attributes
    ----------
    key : int
        Content key.
    effects : ndarray, shape (2, n)
        By two disjoint sets of draws; methods are judged by the second.
    scores : dict of str to ndarray, shape (n,)
        Every method's.
    rivals : dict of str to ndarray, shape (n,)
        Every rival's that is known of all texts.
    """

    key: int
    effects: Doubles
    scores: dict[str, Doubles]
    rivals: dict[str, Doubles]

    @property
    def usable(self) -> bool:
        """Whether its effects have an order."""
        size = self.effects.shape[1]
        return size >= SHORTEST and all(np.ptp(np.abs(one)) > 0.0 for one in self.effects)


def place_scores(size: int) -> dict[str, Doubles]:
    """Return the rivals that know the place alone, by their keys."""
    at = np.arange(size, dtype=np.float64)
    found = {"start": -at, "end": at, "ends": -np.minimum(at, size - 1 - at)}
    return {f"{POSITION.name}.{name}": found[name] for name in PLACES}


def scored(
    texts: Sequence[JudgedTokens],
    signed: Mapping[str, bool],
    own: Sequence[str],
    result: JudgeResult,
    seed: int,
    missing: Mapping[str, str],
) -> JudgeResult:
    """Return ``result`` with the numbers and the verdict of every method.

    Parameters
    ----------
    texts : sequence of JudgedTokens
    signed : mapping of str to bool
        Of every method, whether scores and effects are compared with their signs; else by absolute values.
    own : sequence of str
        Methods of edgeinterp's.
    result : JudgeResult
        Settings: target, draws, permutations, alpha, equal, notes.
    seed : int
        Key of exchanges.
    missing : mapping of str to str
        Why a rival is not measured, by its key.
    """
    kept = sorted((text for text in texts if text.usable), key=lambda text: text.key)
    result = replace(result, texts=len(kept), tokens=sum(text.effects.shape[1] for text in kept))
    methods = list(signed)
    if len(kept) < 2:
        why = "fewer than 2 texts have an order of effects"
        nothing = [
            JudgedMethod(name, name in own, signed[name], None, None, None, None, None, CeilingShare(None, None, why),
                         reason=why)
            for name in methods
        ]  # fmt: skip
        return _with_verdicts(replace(result, methods=nothing))
    sample = _Sample(kept, methods, signed, result, missing)
    draws = sample.draws(seed)
    observed, null = sample.exchanged(draws, result.permutations)
    family = permutation_p(observed, null)
    smallest = max(1.0 / (result.permutations + 1), draws.smallest_pvalue)
    found = []
    for at, name in enumerate(methods):
        tested = bool(family.in_family[at])
        one = sample.judged(name, name in own)
        found.append(
            replace(
                one,
                chance=float(family.mean[at]),
                p=float(family.p[at]),
                p_adjusted=float(family.p_adjusted[at]) if tested else None,
                reason=None if tested else NO_EXCHANGE,
            )
        )
    reliability, ci = sample.reliability
    scores = [
        TextScores(f"{text.key:016x}", {name: float(value) for name, value in zip(methods, row, strict=True)})
        for text, row in zip(kept, sample.rho.T, strict=True)
    ]
    return _with_verdicts(
        replace(
            result, methods=found, reliability=reliability, reliability_ci=ci, smallest_p=smallest, text_scores=scores
        )
    )


def _with_verdicts(result: JudgeResult) -> JudgeResult:
    return replace(result, verdicts=judge_verdicts(result))


class _Sample:
    """Texts that are compared, with every method's and rival's rank correlations."""

    def __init__(
        self,
        texts: Sequence[JudgedTokens],
        methods: Sequence[str],
        signed: Mapping[str, bool],
        settings: JudgeResult,
        missing: Mapping[str, str],
    ) -> None:
        self.texts, self.methods, self.signed = texts, list(methods), signed
        self.settings, self.missing = settings, missing
        self.keys = np.array([text.key for text in texts], dtype=np.uint64)
        self.rivals = list(texts[0].rivals)
        # what is compared of a text: methods, rivals, effects by magnitude and with signs
        self.rows = [self._rows(text) for text in texts]
        self.count = len(self.methods)
        self._ranked: dict[tuple[int, int], Doubles] = {}
        self.rho = np.stack([self._own(rows) for rows in self.rows], axis=1)

    def _rows(self, text: JudgedTokens) -> Doubles:
        scores = [text.scores[name] if self.signed[name] else np.abs(text.scores[name]) for name in self.methods]
        judging, other = text.effects[1], text.effects[0]
        parts = [*scores, *text.rivals.values(), np.abs(judging), judging, np.abs(other)]
        return np.stack(parts)

    def _own(self, rows: Doubles) -> Doubles:
        """Correlate each method with the text's own effects."""
        ranks = _ranks(rows)
        return self._against(ranks, ranks)

    def _against(self, scores: Doubles, effects: Doubles) -> Doubles:
        chosen = np.where([self.signed[name] for name in self.methods], -2, -3)
        found: Doubles = np.einsum("mk,mk->m", scores[: self.count], effects[chosen])
        return np.round(found, DIGITS)

    def draws(self, seed: int) -> Draws:
        """Deal scores among neighbours in length."""
        sizes = np.array([rows.shape[1] for rows in self.rows])
        order = np.lexsort((self.keys, sizes))
        bins = np.array_split(order, max(1, len(order) // IN_BIN))
        return Draws(seed, len(order), [part[:, None] for part in bins if len(part) > 1])

    def exchanged(self, draws: Draws, permutations: int) -> tuple[Doubles, Doubles]:
        """Return each method's mean correlation with the text's own effects, and with those of each exchange."""
        table = np.zeros((self.count, len(self.texts), len(self.texts)))
        for members in draws.classes:
            for one in members[:, 0]:
                for other in members[:, 0]:
                    table[:, one, other] = self._pair(int(one), int(other))
        at = np.arange(len(self.texts))
        # row i receives the scores of row dealt[i]
        null = np.stack([
            table[:, dealt, at].mean(axis=1) for dealt in draws.rows(1, permutations + 1)
        ])  # fmt: skip
        observed: Doubles = np.round(self.rho.mean(axis=1), DIGITS)
        return observed, np.round(null, DIGITS)

    def _pair(self, scores: int, effects: int) -> Doubles:
        """Correlate the scores of one text with the effects of another, place by place.

        Where lengths differ, at as many places as the shorter has, spread evenly over both.
        """
        if scores == effects:
            return self.rho[:, scores]
        size = min(self.rows[scores].shape[1], self.rows[effects].shape[1])
        return self._against(self._ranked_at(scores, size), self._ranked_at(effects, size))

    def _ranked_at(self, text: int, size: int) -> Doubles:
        if (text, size) not in self._ranked:
            self._ranked[text, size] = _ranks(_spread(self.rows[text], size))
        return self._ranked[text, size]

    @property
    def reliability(self) -> tuple[float, tuple[float, float] | None]:
        """Correlation of effects by one set of draws with those by the other."""
        ((mean, ci),) = mean_intervals(self.keys, self._repeated[:, None], self.settings.alpha)
        return mean, ci

    @property
    def _repeated(self) -> Doubles:
        ranked = [_ranks(rows[[-1, -3]]) for rows in self.rows]
        return np.round(np.array([first @ second for first, second in ranked]), DIGITS)

    def judged(self, name: str, own: bool) -> JudgedMethod:
        """Return one method's numbers, but for its p."""
        values = self.rho[self.methods.index(name)]
        ((rho, ci),) = mean_intervals(self.keys, values[:, None], self.settings.alpha)
        return JudgedMethod(
            name, own, self.signed[name], rho, ci, None, None, None, self._of_ceiling(values),
            rivals=self._rivals(name, values),
        )  # fmt: skip

    def _of_ceiling(self, values: Doubles) -> CeilingShare:
        r"""Return rho over the root of reliability (Spearman 1904): :math:`\rho / \sqrt{r_{12}}`."""
        sums = np.stack([values, self._repeated, np.ones(len(values))], axis=1)

        def share(drawn: Doubles) -> Doubles:
            reliable = drawn[:, 1:2] / drawn[:, 2:]
            found: Doubles = np.where(reliable > 0.0, drawn[:, :1] / drawn[:, 2:] / np.sqrt(reliable), np.nan)
            return found

        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(share(sums.sum(axis=0)[None])[0, 0])
        if np.isnan(value):
            return CeilingShare(None, None, NO_CEILING)
        return CeilingShare(value, bounds(self.keys, sums, share, self.settings.alpha)[0])

    def _rivals(self, name: str, values: Doubles) -> dict[str, MethodRival]:
        found = {}
        for key in _rival_keys():
            if key not in self.rivals:
                found[key] = MethodRival(None, None, self.missing.get(key, "it was left out"))
                continue
            at = self.count + self.rivals.index(key)
            other = np.array([self._rival(rows, at, self.signed[name]) for rows in self.rows])
            found[key] = MethodRival(float(other.mean()), self._margin(values - other))
        return found

    @staticmethod
    def _rival(rows: Doubles, at: int, signed: bool) -> float:
        first, second = _ranks(rows[[at, -2 if signed else -3]])
        return round(float(first @ second), DIGITS)

    def _margin(self, differences: Doubles) -> Margin:
        intervals = [mean_bounds(self.keys, differences[:, None], level)[0] for level in levels(self.settings.alpha)]
        delta = delta_of("rho", self.settings.equal)
        return Margin(float(differences.mean()), intervals[0], intervals[1], delta)


def _rival_keys() -> list[str]:
    """Return the key of every rival; one with parts has a key each."""
    rivals = [one for one in CONTROLS if one.kind == "rival"]
    return [key for one in rivals for key in ([f"{one.name}.{part}" for part in one.parts] or [one.name])]


def _ranks(rows: Doubles) -> Doubles:
    """Return ranks of each row, centred and of length 1: products of rows are Spearman's correlation."""
    from edgeinterp_kernels.influence import standardised_ranks

    found: Doubles = standardised_ranks(rows[None], np.ones(rows.shape, dtype=bool))[0]
    return found


def _spread(rows: Doubles, size: int) -> Doubles:
    """Return as many places of each row, spread evenly."""
    places = np.round(np.linspace(0.0, rows.shape[1] - 1.0, size)).astype(np.int64)
    return np.asarray(rows[:, places], dtype=np.float64)
