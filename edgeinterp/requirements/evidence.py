"""What is known of a model for each need: a verdict or a number of each layer, contrast, method or build."""

from __future__ import annotations

from dataclasses import dataclass

from ..comparing.activations import compare_activations
from ..comparing.deciding import Condition, UnitSums
from ..comparing.result import ActivationDifferences, Mean
from ..comparing.verdicts import DECIDING, claim_pairs
from ..errors import InputError
from ..reading.names import READINGS, key_of
from ..results.heads import HeadsResult
from ..results.licence import reading_licence
from ..results.result import Result
from ..results.shared import Verdict
from ..runtime.counting import counted
from .deciding import Measured, change_of, scaled, value_of
from .needs import Need

__all__ = ["Evidence", "Piece", "compare_activations"]

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
    """Results of one model, and of the build that it is held against."""

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
            raise InputError(f"need {need.use!r}: the result has no {need.check}; run `edgeinterp check` with it")
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
        return Piece(where, because="the change has no interval" if change is None else "", measured=change)

    def _of_recommended(self, need: Need, result: Result) -> list[Piece]:
        part = result.influence()
        assert part is not None
        found = []
        for layer in part.layers:
            if not _wanted(need, layer.attention_layer, len(part.layers)):
                continue
            one, where = layer.recommended, f"layer {layer.attention_layer}"
            if one is None:
                found.append(Piece(where, because="no reading is recommended: nothing was measured"))
            elif need.verdict:
                found.append(Piece(where, one.verdict, _of_unit(result, layer.attention_layer), one.because))
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
            found.append(Piece(f"{key}, layer {at}", verdict, _of_unit(result, at), one.because))
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
        real = [one for one in pairs if one.flip == "real" and (need.statistic != "lost" or one.b == "supported")]
        count = float(len(real))
        named = "; ".join(f"{one.claim} ({one.b} to {one.a})" for one in real[:3])
        return [
            Piece(counted(len(pairs), "verdict"), because=named, measured=Measured(count, lambda _: (count, count)))
        ]

    def _of_activations(self, need: Need) -> list[Piece]:
        part = self.activations
        assert part is not None
        layers: list[tuple[int, Mean | None]] = []
        name = need.statistic.replace(" ", "_")
        if need.kind == "attention":
            layers = [(one.attention_layer, getattr(one, name, None)) for one in part.attentions]
        else:
            layers = [(one.layer, getattr(one, name, None)) for one in part.hidden_states]
        last = layers[-1][0] if layers else 0
        found = []
        for layer, mean in layers:
            if not _wanted(need, layer, last):
                continue
            where = f"{need.kind or 'hidden state'} {layer}"
            if mean is None or mean.mean is None or mean.ci is None:
                found.append(Piece(where, because=f"{need.statistic} was not measured there"))
                continue
            found.append(Piece(where, measured=scaled(mean.mean, mean.ci, 0.05, part.texts)))
        return found

    def _of_heads(self, need: Need) -> list[Piece]:
        part = (self.heads or {})[need.share, need.heads]
        if need.statistic == "change":
            return [Piece(_listed(part), measured=_of_texts(part, "change"))]
        by = "norm" if "norm" in part.agreement else "confidence"
        return [Piece(f"{by} and effect of each head", measured=_of_texts(part, by))]


def _of_texts(part: HeadsResult, name: str) -> Measured | None:
    import numpy as np

    rows = {int(text.hash, 16): np.array([1.0, text.scores[name]]) for text in part.text_scores if name in text.scores}
    mean = part.change if name == "change" else part.agreement[name]
    kept = UnitSums(rows, lambda totals: np.asarray(totals[:, 1] / totals[:, 0], dtype=np.float64))
    return value_of(Condition(name, 1, mean.value, mean.ci, kept), 0.05)


def _listed(part: HeadsResult) -> str:
    shown = ", ".join(part.pruned[:6]) + (f" and {len(part.pruned) - 6} more" if len(part.pruned) > 6 else "")
    return f"without heads {shown}"


def _chosen(need: Need, result: Result) -> list[Verdict]:
    """Return the verdicts that a need is about."""
    own = [one for one in result.verdicts if one.check == need.check]
    kind = need.kind or {"influence": "attention"}.get(need.check, "")
    if kind and need.check not in ("correspondence",):
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
    own = [one for one in own if one.layer is None or _wanted(need, one.layer, max(layers))]
    if not own:
        what = need.method or need.contrast or kind or "claim"
        raise InputError(
            f"need {need.use!r}: {need.check} has no {what}{'' if isinstance(need.layers, str) else ' in these layers'}"
        )
    return own


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
    """Return the p that a supported verdict rests on; what holds by definition has none."""
    return 0.0 if one.by_definition or one.p_adjusted is None else one.p_adjusted


def _of_unit(result: Result, layer: int) -> float:
    """Return the adjusted p of a layer's attention, as that of its readings in one family."""
    own = [one for one in result.verdicts if (one.check, one.attention_layer) == ("influence", layer)]
    return min((_p(one) for one in own), default=0.0)
