"""Effects and scores of texts -> rank correlations, exchanges, rivals, intervals; no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...results.judge.controls import CONTROLS, HABIT, PLACES, POSITION, RARITY
from ...results.judge.result import JudgedMethod, JudgeResult, MethodRival
from ...results.judge.verdicts import judge_verdicts
from ...results.rule import delta_of
from ...results.shared import Estimate, Margin, TextScores
from ...statistics.draws import Draws
from ...statistics.inference import levels
from ...statistics.means import DIGITS, bounds, mean_bounds, mean_intervals
from ...statistics.pvalues import permutation_p
from ..influence.bins import IN_BIN

__all__ = ["SHORTEST", "JudgedTokens", "habits", "place_scores", "scored"]

# tokens below which no order is compared
SHORTEST = 4
# rows of the effects that judge, by size and with signs; those of the other set stand two before
SIZE, SIGNED = -2, -1
NO_EXCHANGE = "every exchange of scores gives the same value"
NO_CEILING = "the effects do not repeat with other replacing tokens"

Doubles = NDArray[np.float64]


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
    # the same tokens twice are one text
    distinct = {text.key: text for text in texts if text.usable}
    kept = sorted(distinct.values(), key=lambda text: text.key)
    result = replace(result, texts=len(kept), tokens=sum(text.effects.shape[1] for text in kept))
    methods = list(signed)
    if len(kept) < 2:
        why = "fewer than 2 texts have an order of effects"
        nothing = [
            JudgedMethod(name, name in own, signed[name], None, None, None, None, None, Estimate(None, None, why),
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
    (size, size_ci), (sign, sign_ci) = (sample.reliability(signed) for signed in (False, True))
    scores = [
        TextScores(f"{text.key:016x}", {name: float(value) for name, value in zip(methods, row, strict=True)})
        for text, row in zip(kept, sample.rho.T, strict=True)
    ]
    return _with_verdicts(
        replace(
            result,
            methods=found,
            reliability=size,
            reliability_ci=size_ci,
            signed_reliability=sign,
            signed_reliability_ci=sign_ci,
            smallest_p=smallest,
            text_scores=scores,
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
        parts = [*scores, *text.rivals.values(), np.abs(other), other, np.abs(judging), judging]
        return np.stack(parts)

    def _own(self, rows: Doubles) -> Doubles:
        """Correlate each method with the text's own effects."""
        ranks = _ranks(rows)
        return self._against(ranks, ranks)

    def _against(self, scores: Doubles, effects: Doubles) -> Doubles:
        chosen = np.where([self.signed[name] for name in self.methods], SIGNED, SIZE)
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

    def reliability(self, signed: bool) -> tuple[float, tuple[float, float] | None]:
        """Return the mean correlation of effects by one set of draws with those by the other, and its interval."""
        ((mean, ci),) = mean_intervals(self.keys, self._repeated(signed)[:, None], self.settings.alpha)
        return mean, ci

    def _repeated(self, signed: bool) -> Doubles:
        judging = SIGNED if signed else SIZE
        ranked = [_ranks(rows[[judging, judging - 2]]) for rows in self.rows]
        return np.round(np.array([first @ second for first, second in ranked]), DIGITS)

    def judged(self, name: str, own: bool) -> JudgedMethod:
        """Return one method's numbers, but for its p."""
        values = self.rho[self.methods.index(name)]
        ((rho, ci),) = mean_intervals(self.keys, values[:, None], self.settings.alpha)
        return JudgedMethod(
            name, own, self.signed[name], rho, ci, None, None, None, self._of_ceiling(values, self.signed[name]),
            rivals=self._rivals(name, values),
        )  # fmt: skip

    def _of_ceiling(self, values: Doubles, signed: bool) -> Estimate:
        r"""Return rho over the root of reliability (Spearman 1904): :math:`\rho / \sqrt{r_{12}}`."""
        sums = np.stack([values, self._repeated(signed), np.ones(len(values))], axis=1)

        def share(drawn: Doubles) -> Doubles:
            reliable = drawn[:, 1:2] / drawn[:, 2:]
            found: Doubles = np.where(reliable > 0.0, drawn[:, :1] / drawn[:, 2:] / np.sqrt(reliable), np.nan)
            return found

        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(share(sums.sum(axis=0)[None])[0, 0])
        if np.isnan(value):
            return Estimate(None, None, NO_CEILING)
        return Estimate(value, bounds(self.keys, sums, share, self.settings.alpha)[0])

    def _rivals(self, name: str, values: Doubles) -> dict[str, MethodRival]:
        judging = [rows[SIGNED if self.signed[name] else SIZE] for rows in self.rows]
        found = {}
        for key in _rival_keys():
            said = self._said(key, name)
            if said is None:
                why = self.missing.get(RARITY.name if key == HABIT.name else key, "it was left out")
                found[key] = MethodRival(None, None, why)
                continue
            other = np.array([_rho(own, effects) for own, effects in zip(said, judging, strict=True)])
            found[key] = MethodRival(float(other.mean()), self._margin(values - other))
        return found

    def _said(self, key: str, name: str) -> list[Doubles] | None:
        """Return a rival's scores of every text; None where they are not known."""
        if key == HABIT.name:
            rarity = self._said(RARITY.name, name)
            at = self.methods.index(name)
            return None if rarity is None else habits([_ranks(rows[at : at + 1])[0] for rows in self.rows], rarity)
        if key not in self.rivals:
            return None
        at = self.count + self.rivals.index(key)
        return [rows[at] for rows in self.rows]

    def _margin(self, differences: Doubles) -> Margin:
        intervals = [mean_bounds(self.keys, differences[:, None], level)[0] for level in levels(self.settings.alpha)]
        delta = delta_of("rho", self.settings.equal)
        return Margin(float(differences.mean()), intervals[0], intervals[1], delta)


def habits(scores: Sequence[Doubles], rarity: Sequence[Doubles]) -> list[Doubles]:
    r"""Predict a method's ranks of each text from its ranks of the others: what it says of place and rarity.

    .. math:: h_{ti} = b_0 + b_1 \bar s_{\text{start}}(i) + b_2 \bar s_{\text{end}}(i) + b_3 \bar s_{\text{rare}}(i)
              + b_4 r_{ti} + b_5 i + b_6 (n - 1 - i)

    Means are over the other texts' tokens at the same place from the start, from the end, and of the same rarity r
    (rounded; of a natural logarithm); the coefficients are fitted by least squares to the other texts.

    Parameters
    ----------
    scores, rarity : sequence of ndarray, shape (n,) each
        Ranks of the method, and rarity of the tokens, text by text.
    """
    places = [np.arange(own.size) for own in scores]
    classes = [
        places,
        [own[::-1] for own in places],
        [np.round(own - np.log(2) / 2).astype(np.int64) for own in rarity],
    ]
    columns = [np.ones(sum(own.size for own in scores)), *(np.concatenate(one) for one in (rarity, *classes[:2]))]
    columns += [_means_elsewhere(scores, of_texts) for of_texts in classes]
    table = np.stack(columns, axis=1)
    cuts = np.cumsum([own.size for own in scores])[:-1]
    parts = np.split(table, cuts)
    moments = np.stack([part.T @ part for part in parts])
    with_scores = np.stack([part.T @ own for part, own in zip(parts, scores, strict=True)])
    total, total_scores = moments.sum(axis=0), with_scores.sum(axis=0)
    return [
        np.asarray(
            np.round(part @ np.linalg.lstsq(total - own, total_scores - mixed, rcond=1e-9)[0], DIGITS), dtype=np.float64
        )
        for part, own, mixed in zip(parts, moments, with_scores, strict=True)
    ]


def _means_elsewhere(scores: Sequence[Doubles], classes: Sequence[NDArray[np.int64]]) -> Doubles:
    """Return of each token the mean score of its class in the other texts; 0 where they have none of it."""
    sums: dict[int, float] = {}
    counts: dict[int, int] = {}
    for own, kinds in zip(scores, classes, strict=True):
        for value, kind in zip(own.tolist(), kinds.tolist(), strict=True):
            sums[kind], counts[kind] = sums.get(kind, 0.0) + value, counts.get(kind, 0) + 1
    found = []
    for own, kinds in zip(scores, classes, strict=True):
        here = {kind: (own[kinds == kind].sum(), int((kinds == kind).sum())) for kind in set(kinds.tolist())}
        for kind in kinds.tolist():
            count = counts[kind] - here[kind][1]
            found.append((sums[kind] - float(here[kind][0])) / count if count else 0.0)
    return np.array(found, dtype=np.float64)


def _rho(scores: Doubles, effects: Doubles) -> float:
    first, second = _ranks(np.stack([scores, effects]))
    return round(float(first @ second), DIGITS)


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
