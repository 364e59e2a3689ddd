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
    MapScores,
    PositionScore,
    Rise,
    Swap,
    TokenScore,
)
from edgeinterp.results.correspondence.verdicts import correspondence_verdicts
from tests.checks.correspondence.worlds import World, nothing, position_only


def scores(identification: float, low: float, high: float, p_adjusted: float | None = 0.001) -> MapScores:
    token = TokenScore(identification, (low + high) / 2, (low, high), (low, high), 0.05, 1.0, 0.9, 0.001, p_adjusted)
    return MapScores(token, PositionScore(0.9, 1.0))


GOOD = LayerCorrespondence(
    layer=1,
    anisotropy=0.1,
    rise=Rise(0.0, (-0.01, 0.01)),
    foreign=Foreign(0.1, 0.1),
    swap=Swap(0.9, (0.8, 1.0), 32),
    maps={"raw": scores(0.9, 0.85, 0.9), "centred": scores(0.9, 0.5, 0.9), "linear": scores(0.95, 0.9, 0.97)},
)


def judged(
    fit_tokens: int = 5000,
    permutations: int = 999,
    unknown: float = 0.0,
    smallest_p: float | None = None,
    **changes: Any,
) -> tuple[str, str]:
    layer = replace(GOOD, **changes)
    result = CorrespondenceResult(
        texts=100,
        fit_tokens=fit_tokens,
        evaluated_tokens=5000,
        truncated=0,
        hidden_size=100,
        permutations=permutations,
        alpha=0.05,
        threshold=0.9,
        layers=[replace(GOOD, layer=0), layer, replace(GOOD, layer=2)],
        unknown=unknown,
        smallest_p=smallest_p,
    )
    verdict = correspondence_verdicts(result)[1]
    assert verdict.attention_layer == 2
    return verdict.verdict, verdict.because


def maps(**changed: MapScores) -> dict[str, MapScores]:
    return {**GOOD.maps, **changed}


@pytest.mark.parametrize(
    ("changes", "verdict", "because"),
    [
        ({}, "supported", "a linear map finds 95 %"),
        # recoverable: lower bound of linear kappa at least the threshold
        ({"maps": maps(linear=scores(0.95, 0.8999, 0.97))}, "weakened", "not recoverable"),
        # dominant: lower bound of centred kappa at least .5
        ({"maps": maps(centred=scores(0.9, 0.4999, 0.9))}, "weakened", "not dominant"),
        # content: lower bound of swap at least .5
        ({"swap": Swap(0.9, (0.5, 1.0), 32)}, "supported", "swapped"),
        ({"swap": Swap(0.9, (0.4999, 1.0), 32)}, "weakened", "swapped tokens are followed in 90 %"),
        ({"swap": Swap(None, None, 0, "swap not measured")}, "weakened", "swap not measured"),
        # content: foreign at most half of linear identification
        ({"foreign": Foreign(0.1, 0.475)}, "supported", ""),
        ({"foreign": Foreign(0.1, 0.476)}, "weakened", "position passes as identity"),
        ({"foreign": Foreign(None, None, "needs two evaluated texts")}, "weakened", "needs two evaluated texts"),
        # lost: upper bound of linear kappa below .2
        ({"maps": maps(linear=scores(0.2, 0.1, 0.2))}, "weakened", "not recoverable"),
        ({"maps": maps(linear=scores(0.2, 0.1, 0.1999))}, "unsupported", "nearly lost"),
        # chance
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6, 0.05))}, "weakened", "not recoverable"),
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6, 0.0501))}, "unsupported", "adjusted p = 0.0501"),
        ({"maps": maps(linear=scores(0.05, -0.1, 0.1, None))}, "unsupported", "every permutation gives the same"),
        # too little text: still rising, upper bound above .02 and lower above 0
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6)), "rise": Rise(0.02, (0.001, 0.0201))}, "undecided", "rises"),
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6)), "rise": Rise(0.02, (0.001, 0.02))}, "weakened", ""),
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6)), "rise": Rise(0.02, (0.0, 0.04))}, "weakened", ""),
        # a layer that holds is not asked for more text
        ({"rise": Rise(0.1, (0.05, 0.2))}, "supported", ""),
        # too little text: fewer fit tokens than twice the hidden size, where something is found
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6)), "fit_tokens": 200}, "weakened", ""),
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6)), "fit_tokens": 199}, "undecided", "100 x 2 = 200, is needed"),
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6, 0.9)), "fit_tokens": 199}, "unsupported", ""),
        # permutations that cannot reach alpha
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6, 0.1)), "permutations": 18}, "undecided", "at least 19"),
        ({"maps": maps(linear=scores(0.5, 0.4, 0.6, 0.1)), "permutations": 19}, "unsupported", ""),
        ({"permutations": 18}, "undecided", "at least 19"),
        ({"maps": maps(linear=scores(0.2, 0.1, 0.1999)), "permutations": 1}, "undecided", "at least 19"),
        ({"maps": maps(linear=scores(0.05, -0.1, 0.1, None)), "permutations": 1}, "undecided", "1 permutation cannot"),
        ({"smallest_p": 0.05}, "supported", ""),
        ({"smallest_p": 0.0501}, "undecided", "too few ways"),
        # a tokenizer that knows few of the tokens
        ({"unknown": 0.33}, "supported", ""),
        ({"unknown": 0.34}, "undecided", "34 % of tokens are unknown to this tokenizer"),
    ],
)
def test_thresholds(changes: dict[str, Any], verdict: str, because: str) -> None:
    got, reason = judged(**changes)
    assert got == verdict, reason
    assert because in reason


@pytest.mark.parametrize(("foreign", "named"), [(0.45, False), (0.4501, True)])
def test_position_is_named_above_half_of_raw_identification(foreign: float, named: bool) -> None:
    weak = maps(linear=scores(0.5, 0.4, 0.6))
    _, reason = judged(maps=weak, foreign=Foreign(foreign, 0.1))
    assert ("follows position" in reason) is named


def test_position_is_not_named_where_raw_retrieval_is_at_chance() -> None:
    _, reason = judged(
        maps=maps(linear=scores(0.5, 0.4, 0.6), raw=scores(0.05, -0.01, 0.01)), foreign=Foreign(0.05, 0.1)
    )
    assert "follows position" not in reason


def test_attention_layer_1_reads_the_reference() -> None:
    result = ei.correspondence(np.zeros((2, 16, 3)), range(16), [8, 8], n_permutations=19)
    assert [(v.attention_layer, v.verdict) for v in result.verdicts] == [(1, "supported")]


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
    assert result.verdicts[1].verdict == "weakened"
    assert "position passes as identity" in result.verdicts[1].because
    assert "swapped tokens are followed" in result.verdicts[1].because


def test_kappa_and_its_interval_are_on_the_scale_of_kappa() -> None:
    world = World([nothing(), nothing()], texts=200)
    layer: Any = ei.correspondence(*world.arrays(), n_permutations=19).layers[1]
    token = layer.maps["linear"].token
    # noise: identification is at chance, kappa at 0
    assert token.ci[0] > 0.05
    assert token.kappa_ci[0] < 0.0 < token.kappa_ci[1] or abs(token.kappa) < 0.02
    assert token.kappa_ci[0] <= token.kappa <= token.kappa_ci[1] < token.ci[0]
