"""The rules of the verdicts, on built results either side of each threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.results.correspondence.result import (
    CorrespondenceResult,
    Foreign,
    LayerCorrespondence,
    MapKappa,
    MapScores,
    MapSwap,
    PositionScore,
    Recoverable,
    Rise,
    Share,
    Swap,
    TokenScore,
)
from edgeinterp.results.correspondence.verdicts import correspondence_verdicts
from edgeinterp.results.shared import Verdict
from tests.checks.correspondence.worlds import World, nothing, position_only


def scores(identification: float, low: float, high: float, p_adjusted: float | None = 0.001) -> MapScores:
    token = TokenScore(identification, (low + high) / 2, (low, high), (low, high), 0.05, 1.0, 0.9, 0.001, p_adjusted)
    return MapScores(token, PositionScore(0.9, 1.0))


def tried(linear: Any, centred: Any = (0.1, 0.15), type_mean: Any = (0.1, 0.15)) -> Recoverable:
    """What maps find, by the intervals of their kappas."""
    found = {"linear": linear, "centred": centred, "type_mean": type_mean}
    kappas = {name: MapKappa(ci and sum(ci) / 2, ci, 5000) for name, ci in found.items()}
    best = max(kappas, key=lambda name: kappas[name].ci or (-1.0, 0.0))
    return Recoverable(best, kappas[best].kappa, kappas[best].ci, kappas)


def share(raw: Any, standardised: Any) -> Share:
    """Shares with these intervals."""
    return Share(raw and sum(raw) / 2, raw, standardised and sum(standardised) / 2, standardised, 0.0, 4000, 0.8)


def swapped(share: float, low: float, high: float, **others: Any) -> Swap:
    """Followed so often by the linear map, and by others with these intervals."""
    maps = {"linear": MapSwap(share, (low, high), 64)}
    maps |= {name: MapSwap(sum(ci) / 2, ci, 60) for name, ci in others.items()}
    return Swap(share, (low, high), 32, None, maps)


GOOD = LayerCorrespondence(
    layer=1,
    anisotropy=0.1,
    rise=Rise(0.0, (-0.01, 0.01)),
    foreign=Foreign(0.1, 0.1, ci=(0.05, 0.15)),
    swap=swapped(0.9, 0.8, 1.0, centred=(0.8, 1.0), type_mean=(0.8, 1.0)),
    maps={"raw": scores(0.9, 0.85, 0.9), "centred": scores(0.9, 0.5, 0.9), "linear": scores(0.95, 0.9, 0.97)},
    share=share((0.6, 0.7), (0.55, 0.65)),
    recoverable=tried((0.8, 0.9)),
)
HALF: dict[str, Any] = {"recoverable": tried((0.3, 0.6))}
# with a rise of at most .01 twice the text leaves them below .2
LOST: dict[str, Any] = {"recoverable": tried((0.1, 0.189))}


def judged(
    fit_tokens: int = 5000,
    permutations: int = 999,
    unknown: float = 0.0,
    smallest_p: float | None = None,
    **changes: Any,
) -> Verdict:
    layer = replace(GOOD, **changes)
    result = CorrespondenceResult(
        texts=100,
        fit_tokens=fit_tokens,
        evaluated_tokens=5000,
        truncated=0,
        hidden_size=100,
        permutations=permutations,
        alpha=0.05,
        layers=[replace(GOOD, layer=0), layer, replace(GOOD, layer=2)],
        unknown=unknown,
        smallest_p=smallest_p,
        given=200,
    )
    first, verdict = correspondence_verdicts(result)
    assert first.by_definition is (first.verdict == "supported")
    assert verdict.attention_layer == 2
    assert not verdict.by_definition
    return verdict


def maps(**changed: MapScores) -> dict[str, MapScores]:
    return {**GOOD.maps, **changed}


@pytest.mark.parametrize(
    ("changes", "verdict", "because"),
    [
        ({}, "supported", "the linear map recovers the token"),
        # recoverable: the lower bound of one map's kappa above .5
        ({"recoverable": tried((0.5001, 0.9))}, "supported", ""),
        ({"recoverable": tried((0.5, 0.9))}, "undecided", "no map is sure to find the token"),
        ({"recoverable": tried((0.3, 0.4), centred=(0.51, 0.6))}, "supported", "the centred map recovers"),
        ({"recoverable": tried((0.3, 0.4), type_mean=(0.51, 0.6))}, "supported", "the means of token ids recover"),
        ({"recoverable": tried((0.21, 0.4))}, "undecided", "more text will not decide"),
        ({"recoverable": tried(None, None, None)}, "undecided", "no map is sure"),
        # mostly its token: both lower bounds above .5
        ({"share": share((0.5001, 0.7), (0.5001, 0.6))}, "supported", "the token makes up 0.60 [0.50, 0.70]"),
        ({"share": share((0.5, 0.7), (0.55, 0.6))}, "undecided", "texts of this length (now 200) would decide"),
        ({"share": share((0.6, 0.7), (0.5, 0.6))}, "undecided", "texts of this length (now 200) would decide"),
        ({"share": share((0.4999, 0.5001), (0.4, 0.6))}, "undecided", "more text will hardly decide"),
        ({"share": share(None, None)}, "undecided", "was not measured"),
        # mostly something else: both upper bounds below .5
        ({"share": share((0.3, 0.4999), (0.2, 0.4999))}, "weakened", "mostly about something else"),
        ({"share": share((0.3, 0.5), (0.2, 0.3))}, "undecided", "would decide"),
        ({"share": share((0.6, 0.7), (0.2, 0.3))}, "undecided", "a few dimensions decide"),
        ({"share": share((0.1, 0.2), (0.7, 0.8))}, "undecided", "a few dimensions decide"),
        # which needs no map that is sure, but one that finds more than where identity is lost
        ({**HALF, "share": share((0.1, 0.2), (0.1, 0.2))}, "weakened", "the linear map finds some of the tokens"),
        ({"recoverable": tried((0.2001, 0.4)), "share": share((0.3, 0.4), (0.2, 0.4))}, "weakened", "mostly about"),
        ({"recoverable": tried((0.2, 0.4)), "share": share((0.3, 0.4), (0.2, 0.4))}, "undecided", "no map is sure"),
        ({"recoverable": tried((0.3, 0.4)), "share": share((0.3, 0.5), (0.2, 0.4))}, "undecided", "no map is sure"),
        # content: the lower bound of swap above .5
        ({"swap": swapped(0.9, 0.5001, 1.0)}, "supported", "swapped"),
        ({"swap": swapped(0.9, 0.5, 1.0)}, "undecided", "swapped tokens are followed in 90 %"),
        ({"swap": Swap(None, None, 0, "swap not measured")}, "undecided", "swap not measured"),
        # by the map that finds the token
        (
            {
                "recoverable": tried((0.3, 0.4), type_mean=(0.51, 0.6)),
                "swap": swapped(0.4, 0.3, 0.6, type_mean=(0.51, 1.0)),
            },
            "supported",
            "",
        ),
        (
            {
                "recoverable": tried((0.3, 0.4), type_mean=(0.51, 0.6)),
                "swap": swapped(0.9, 0.8, 1.0, type_mean=(0.49, 1.0)),
            },
            "undecided",
            "swapped tokens are followed",
        ),
        (
            {"recoverable": tried((0.3, 0.4), type_mean=(0.51, 0.6)), "foreign": Foreign(0.1, 0.4, ci=(0.3, 0.6))},
            "supported",
            "",
        ),
        # content: the upper bound of foreign below half of identification
        ({"foreign": Foreign(0.1, 0.4, ci=(0.3, 0.4749))}, "supported", ""),
        ({"foreign": Foreign(0.1, 0.4, ci=(0.3, 0.475))}, "undecided", "position may pass as identity"),
        ({"foreign": Foreign(None, None, "needs two evaluated texts")}, "undecided", "needs two evaluated texts"),
        # position is what is found
        ({"foreign": Foreign(0.1, 0.6, ci=(0.4751, 0.7))}, "unsupported", "position is what is found"),
        ({"foreign": Foreign(0.1, 0.6, ci=(0.475, 0.7))}, "undecided", "position may pass"),
        ({"swap": swapped(0.4, 0.3, 0.4999)}, "unsupported", "swapped tokens are followed in 40 % of cases only"),
        ({"swap": swapped(0.4, 0.3, 0.5)}, "undecided", ""),
        # of a token that is half lost few follow either
        ({**HALF, "swap": swapped(0.4, 0.3, 0.45)}, "undecided", "no map is sure"),
        # lost: the upper bound of every map below .2
        (LOST, "unsupported", "nearly lost"),
        ({"recoverable": tried((0.1, 0.191))}, "undecided", ""),
        ({"recoverable": tried((0.1, 0.15), type_mean=(0.1, 0.1999))}, "unsupported", ""),
        ({"recoverable": tried((0.1, 0.15), type_mean=(0.1, 0.2))}, "undecided", ""),
        ({"recoverable": tried((0.1, 0.15)), "rise": Rise(0.01, (0.0, 0.04))}, "unsupported", ""),
        ({"recoverable": tried((0.1, 0.15)), "rise": Rise(0.01, (0.0, 0.05))}, "undecided", ""),
        # too little text: still rising, upper bound above .02 and lower above 0
        ({**LOST, "rise": Rise(0.02, (0.001, 0.0201))}, "undecided", "rises"),
        # a map that holds is not asked for more text
        ({"rise": Rise(0.1, (0.05, 0.2))}, "supported", ""),
        ({"rise": Rise(0.1, (0.05, 0.2)), "share": share((0.1, 0.2), (0.1, 0.2))}, "weakened", ""),
        # position that more text may take away does not condemn
        ({"rise": Rise(0.1, (0.05, 0.2)), "foreign": Foreign(0.1, 0.6, ci=(0.5, 0.7))}, "undecided", "rises"),
        # too little text: fewer fit tokens than twice the hidden size, where something is found
        ({**LOST, "fit_tokens": 200}, "unsupported", ""),
        ({**LOST, "fit_tokens": 199}, "undecided", "100 x 2 = 200, is needed"),
        ({**LOST, "maps": maps(linear=scores(0.5, 0.1, 0.2, 0.9)), "fit_tokens": 199}, "unsupported", ""),
        # permutations that cannot reach alpha
        ({"permutations": 18}, "undecided", "at least 19"),
        ({"permutations": 19}, "supported", ""),
        ({**LOST, "permutations": 1}, "undecided", "1 permutation cannot"),
        ({"smallest_p": 0.05}, "supported", ""),
        ({"smallest_p": 0.0501}, "undecided", "too few ways"),
        # a tokenizer that knows few of the tokens
        ({"unknown": 0.33}, "supported", ""),
        ({"unknown": 0.34}, "undecided", "34 % of tokens are unknown to this tokenizer"),
    ],
)
def test_thresholds(changes: dict[str, Any], verdict: str, because: str) -> None:
    got = judged(**changes)
    assert got.verdict == verdict, got.because
    assert because in got.because


@pytest.mark.parametrize(
    ("changes", "statistic", "ci"),
    [
        ({}, "share", (0.55, 0.65)),
        ({"share": share((0.51, 0.7), (0.55, 0.65))}, "share", (0.51, 0.7)),
        ({"share": share((0.3, 0.4), (0.2, 0.45))}, "share", (0.2, 0.45)),
        (LOST, "kappa", (0.1, 0.189)),
        ({"recoverable": tried((0.3, 0.4), type_mean=(0.45, 0.6))}, "kappa", (0.45, 0.6)),
    ],
)
def test_a_verdict_has_the_numbers_of_what_decides(changes: Any, statistic: str, ci: Any) -> None:
    got = judged(**changes)
    assert (got.statistic, got.ci) == (statistic, ci)
    assert got.value == pytest.approx(sum(ci) / 2)


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        ({"share": share((0.7, 0.8), (0.5099, 0.61))}, True),
        ({"share": share((0.7, 0.8), (0.5101, 0.61))}, False),
        ({"share": share((0.1, 0.2), (0.39, 0.4901))}, True),
        ({"share": share((0.1, 0.2), (0.39, 0.4899))}, False),
        ({"recoverable": tried((0.089, 0.189))}, False),
        ({"recoverable": tried((0.089, 0.189)), "rise": Rise(-0.1, (-0.2, 0.0))}, False),
        ({"recoverable": tried((0.09, 0.1901)), "rise": Rise(-0.1, (-0.2, 0.0))}, True),
    ],
)
def test_bounds_within_a_tenth_of_the_width_are_borderline(changes: Any, near: bool) -> None:
    assert judged(**changes).borderline is near


@pytest.mark.parametrize(("foreign", "named"), [(0.45, False), (0.4501, True)])
def test_position_is_named_above_half_of_raw_identification(foreign: float, named: bool) -> None:
    assert ("follows position" in judged(**HALF, foreign=Foreign(foreign, 0.1)).because) is named


def test_position_is_not_named_where_raw_retrieval_is_at_chance() -> None:
    got = judged(**HALF, maps=maps(raw=scores(0.05, -0.01, 0.01)), foreign=Foreign(0.05, 0.1))
    assert "follows position" not in got.because


def test_attention_layer_1_reads_the_reference() -> None:
    result = ei.correspondence(np.zeros((2, 16, 3)), range(16), [8, 8], n_permutations=19)
    assert [(v.attention_layer, v.verdict, v.by_definition) for v in result.verdicts] == [(1, "supported", True)]


def test_only_the_controls_stop_position_where_the_mean_of_a_position_cannot_be_estimated() -> None:
    # few texts and many positions: a token or two a position leave most of the position in the centred states
    holder: dict[str, Any] = {}
    shape: dict[str, Any] = {"dimension": 24, "shortest": 30, "longest": 200, "texts": 14, "seed": 11}
    world = World([position_only(lambda: holder["places"]), nothing()], position_weight=3.0, **shape)
    references = world.embed(world.ids, world.positions)
    holder["places"] = np.stack(
        [references[world.positions == place].mean(axis=0) if (world.positions == place).any() else world.places[place]
         for place in range(world.longest)]
    )  # fmt: skip
    result: Any = ei.correspondence(*world.arrays(), world.swapped(), n_permutations=99)
    layer = result.layers[1]
    assert layer.maps["linear"].token.kappa_ci[0] > 0.9
    assert layer.maps["centred"].token.kappa_ci[0] > 0.5
    assert result.verdicts[1].verdict == "unsupported"
    assert "are found in a text they are not from" in result.verdicts[1].because
    assert "swapped tokens are followed" in result.verdicts[1].because


def test_kappa_and_its_interval_are_on_the_scale_of_kappa() -> None:
    world = World([nothing(), nothing()], texts=200)
    layer: Any = ei.correspondence(*world.arrays(), n_permutations=19).layers[1]
    token = layer.maps["linear"].token
    # noise: identification is at chance, kappa at 0
    assert token.ci[0] > 0.05
    assert token.kappa_ci[0] < 0.0 < token.kappa_ci[1] or abs(token.kappa) < 0.02
    assert token.kappa_ci[0] <= token.kappa <= token.kappa_ci[1] < token.ci[0]
