"""What is known of a model for each need: a verdict or a number of each layer, contrast, method or build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..comparing.deciding import Condition, UnitSums, mean_of_sums
from ..comparing.result import ActivationDifferences, Mean
from ..comparing.verdicts import DECIDING, claim_pairs
from ..errors import InputError
from ..reading.names import READINGS, key_of, kind_of
from ..results.heads import HeadsResult
from ..results.licence import reading_licence
from ..results.result import Result
from ..results.shared import Verdict
from ..runtime.counting import counted
from .deciding import Measured, change_of, scaled, value_of
from .needs import Need, nearest

__all__ = ["Evidence", "Piece"]

_READINGS = tuple(key_of(name, up) for name, kind in READINGS.items() if kind.judged for up in (False, True))


@dataclass(frozen=True)
class Piece:
    """What is known for one layer, contrast or method: a verdict with its p, or a number; else why there is none."""

    where: str
    verdict: str | None = None
    p: float | None = None
    because: str = ""
    measured: Measured | None = None


@dataclass(frozen=True)
class Evidence:
    """Results of one model, and of the build that it is held against; ``alpha`` is that of this run's own intervals."""

    alpha: float
    result: Result | None
    baseline: Result | None = None
    activations: ActivationDifferences | None = None
    heads: dict[tuple[float | None, tuple[str, ...]], HeadsResult] | None = None

    def pieces(self, need: Need) -> list[Piece]:
        """Return what is known for a need.

        Raises
        ------
        InputError
            Where the result has nothing that the need is about.
        """
        if need.check == "activations":
            return self._of_activations(need)
        if need.check == "heads":
            return self._of_heads(need)
        assert self.result is not None
        if need.check == "flips":
            return self._of_flips(need, self.result)
        if need.check == "licence":
            return self._of_licences(need, self.result)
        if need.check not in self.result.checks:
            command = "judge" if need.check == "judge" else f"check --only {need.check}"
            raise InputError(
                f"need {need.use!r}: the result has no {need.check}; run `edgeinterp {command}` on the model"
            )
        if need.kind == "recommended":
            return self._of_recommended(need, self.result)
        if need.check == "judge" and need.statistic in ("share of ceiling", "reliability"):
            return self._of_judge(need, self.result)
        verdicts = _chosen(need, self.result)
        if need.verdict:
            return [Piece(_where(one), one.verdict, _p(one), one.because) for one in verdicts]
        return [self._number(need, one) for one in verdicts]

    def _number(self, need: Need, verdict: Verdict) -> Piece:
        assert self.result is not None
        own = _condition(self.result, verdict, need.statistic)
        where = _where(verdict)
        if own is None:
            return Piece(where, because=f"{need.statistic} was not measured: {verdict.reason or verdict.because}")
        if need.change_at_most is None:
            found = value_of(own, self.result.alpha)
            return Piece(where, because="it has no interval" if found is None else "", measured=found)
        assert self.baseline is not None
        other = next((one for one in self.baseline.verdicts if _same(one, verdict)), None)
        before = None if other is None else _condition(self.baseline, other, need.statistic)
        if before is None:
            return Piece(where, because=f"the baseline has no {need.statistic} of it")
        change = change_of(own, before, self.result.alpha)
        why = "the two kept no texts or other units in common, so the change is not paired"
        return Piece(where, because=why if change is None else "", measured=change)

    def _of_recommended(self, need: Need, result: Result) -> list[Piece]:
        part = result.influence()
        assert part is not None
        found = []
        _refuse_absent(need, [layer.attention_layer for layer in part.layers])
        for layer in part.layers:
            if not _wanted(need, layer.attention_layer, len(part.layers)):
                continue
            one, where = layer.recommended, f"layer {layer.attention_layer}"
            if one is None:
                found.append(Piece(where, because="no reading is recommended: nothing was measured"))
            elif need.verdict:
                p = _of_reading(result, one.key, layer.attention_layer) if one.key else 1.0
                found.append(Piece(where, one.verdict, p, one.because))
            elif need.statistic == "rho" and one.rho is not None and one.ci is not None:
                found.append(Piece(where, measured=scaled(one.rho, one.ci, result.alpha, one.texts)))
            else:
                found.append(Piece(where, because=f"a recommended reading has a verdict and rho, no {need.statistic}"))
        return found

    def _of_licences(self, need: Need, result: Result) -> list[Piece]:
        part = result.influence()
        if part is None or result.correspondence() is None:
            raise InputError(f"need {need.use!r}: a licence needs influence and correspondence; run check with both")
        found = []
        _refuse_absent(need, [layer.attention_layer for layer in part.layers])
        for layer in part.layers:
            at = layer.attention_layer
            if not _wanted(need, at, len(part.layers)):
                continue
            key = need.kind or "attention"
            if key == "recommended":
                key = (layer.recommended.key if layer.recommended else None) or "attention"
            if key not in _READINGS:
                raise InputError(f"need {need.use!r}: kind {key!r} is no reading; choose from {', '.join(_READINGS)}")
            one = reading_licence(result, key, at)
            verdict = one.verdict if one.verdict != "not judged" else "undecided"
            found.append(Piece(f"{key}, layer {at}", verdict, _of_licence(result, key, at), one.because))
        return found

    def _of_judge(self, need: Need, result: Result) -> list[Piece]:
        part = result.judge()
        assert part is not None
        if need.statistic == "reliability":
            value, ci = part.reliability, part.reliability_ci
            known = None if value is None or ci is None else scaled(value, ci, part.alpha, part.texts)
            return [Piece("effects", because="" if known else "too few texts", measured=known)]
        found = []
        for verdict in _chosen(need, result):
            one = next(method for method in part.methods if method.method == verdict.method)
            share = one.share_of_ceiling
            known = None
            if share.value is not None and share.ci is not None:
                known = scaled(share.value, share.ci, part.alpha, part.texts)
            found.append(Piece(one.method, because=share.reason or "", measured=known))
        return found

    def _of_flips(self, need: Need, result: Result) -> list[Piece]:
        """Count verdicts that really flip; ``lost``: those that were supported, and are not any more."""
        assert self.baseline is not None
        pairs = claim_pairs(result, self.baseline, result.alpha)
        before = [one for one in pairs if one.b == "supported"] if need.statistic == "lost" else pairs
        where = f"of {counted(len(before), 'verdict')}{' that was supported' if need.statistic == 'lost' else ''}"
        if not before:
            return [Piece(where, because="the baseline has no supported verdict to lose")]
        real = [one for one in before if one.flip == "real"]
        count = float(len(real))
        named = "; ".join(f"{one.claim} ({one.b} to {one.a})" for one in real[:3])
        return [Piece(where, because=named, measured=Measured(count, lambda _: (count, count), None, "verdicts"))]

    def _of_activations(self, need: Need) -> list[Piece]:
        part = self.activations
        assert part is not None
        layers: list[tuple[int, Mean | None]] = []
        name = need.statistic.replace(" ", "_")
        if need.of_attention:
            layers = [(one.attention_layer, getattr(one, name, None)) for one in part.attentions]
        else:
            layers = [(one.layer, getattr(one, name, None)) for one in part.hidden_states]
        last = layers[-1][0] if layers else 0
        _refuse_absent(need, [layer for layer, _ in layers])
        found = []
        for layer, mean in layers:
            if not _wanted(need, layer, last):
                continue
            where = f"{'attention' if need.of_attention else 'hidden state'} {layer}"
            if mean is None or mean.mean is None or mean.ci is None:
                found.append(Piece(where, because=f"{need.statistic} was not measured there"))
                continue
            found.append(Piece(where, measured=scaled(mean.mean, mean.ci, self.alpha, part.texts)))
        return found

    def _of_heads(self, need: Need) -> list[Piece]:
        part = (self.heads or {})[need.share, need.heads]
        if need.statistic == "change":
            return [Piece(_listed(part), measured=self._of_texts(part, "change"))]
        by = "norm" if "norm" in part.agreement else "confidence"
        return [Piece(f"{by} and effect of each head", measured=self._of_texts(part, by))]

    def _of_texts(self, part: HeadsResult, name: str) -> Measured | None:
        import numpy as np

        rows = {
            int(text.hash, 16): np.array([1.0, text.scores[name]]) for text in part.text_scores if name in text.scores
        }
        mean = part.change if name == "change" else part.agreement[name]
        return value_of(Condition(name, 1, mean.value, mean.ci, UnitSums(rows, mean_of_sums)), self.alpha)


def _listed(part: HeadsResult) -> str:
    return f"without heads {', '.join(part.pruned)}"


def _chosen(need: Need, result: Result) -> list[Verdict]:
    """Return the verdicts that a need is about."""
    own = [one for one in result.verdicts if one.check == need.check]
    kind = need.kind or {"influence": "attention"}.get(need.check, "")
    if kind and need.check != "correspondence":
        own = [one for one in own if one.kind == kind]
    if need.contrast:
        own = [one for one in own if one.contrast == need.contrast]
    if need.method:
        names = {one.method for one in own}
        # a reading without its layer is that of the target's own
        exact = need.method if need.method in names else next(
            (name for name in names if name and name.rpartition(":")[0] == need.method), need.method
        )  # fmt: skip
        own = [one for one in own if one.method == exact]
    layers = [one.layer for one in own if one.layer is not None]
    _refuse_absent(need, layers)
    own = [one for one in own if one.layer is None or _wanted(need, one.layer, max(layers))]
    if not own:
        what = need.method or need.contrast or kind or "claim"
        known = dict.fromkeys(
            str(one.method or one.contrast or one.kind) for one in result.verdicts if one.check == need.check
        )
        near = nearest(what, known)
        more = "; give --scores" if need.method else "; check with --head" if kind.startswith("head ") else ""
        raise InputError(f"need {need.use!r}: {need.check} has no {what}{near}; it has {', '.join(known)}{more}")
    return own


def _refuse_absent(need: Need, layers: Sequence[int]) -> None:
    """Refuse a layer that was named and is not there."""
    absent = [layer for layer in need.layers if layer not in layers] if isinstance(need.layers, list) else []
    if absent:
        shown = f"{min(layers)} to {max(layers)}" if layers else "none"
        raise InputError(f"need {need.use!r}: layer {absent[0]} is not there; {need.check} has {shown}")


def _wanted(need: Need, layer: int, last: int) -> bool:
    if isinstance(need.layers, list):
        return layer in need.layers
    return need.layers != "last" or layer == last


def _condition(result: Result, verdict: Verdict, statistic: str) -> Condition | None:
    found = DECIDING[verdict.check](result.checks[verdict.check], verdict)
    return next((one for one in found if one.name == statistic), None)


def _same(one: Verdict, other: Verdict) -> bool:
    return (one.check, one.claim) == (other.check, other.claim)


def _where(one: Verdict) -> str:
    named = one.contrast or one.method
    return named or f"{'hidden state' if one.hidden_state is not None else 'layer'} {one.layer}"


def _p(one: Verdict) -> float:
    """Return the p that a verdict rests on; what holds by definition needs none."""
    if one.by_definition:
        return 0.0
    return 1.0 if one.p_adjusted is None else one.p_adjusted


def _of_reading(result: Result, key: str, layer: int) -> float:
    """Return the p that a reading's verdict rests on: the larger of those of gain and pair."""
    part = result.influence()
    assert part is not None
    one = part.layers[layer - 1].reading(key)
    found = (one.gain.p_adjusted, one.pair.p_adjusted)
    return max(1.0 if p is None else p for p in found)


def _of_licence(result: Result, key: str, layer: int) -> float:
    """Return the p of a licence: the larger of both checks', where both are asked."""
    own = _of_reading(result, key, layer)
    if kind_of(key)[1]:
        return own
    found = [_p(one) for one in result.verdicts if (one.check, one.attention_layer) == ("correspondence", layer)]
    return max([own, *found])
