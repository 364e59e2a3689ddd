"""Several sets of norms: agreement of hidden states, differences in parts, intervals, and what a run says of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import edgeinterp as ei
from edgeinterp import InputError
from edgeinterp.checks.properties import run as properties_run
from edgeinterp.checks.properties.comparisons.sets import apart, rank_agreement, shared_rows, too_few
from edgeinterp.inputs.norms import Norms, set_names
from edgeinterp.model.random_model import RandomModelError
from edgeinterp.results.properties.result import PropertiesResult
from edgeinterp.results.properties.sets import SetPair
from edgeinterp_models import default_model_folder
from tests import reference_properties
from tests.checks.properties.norm_worlds import planted, vectors, words

ALPHA = 0.05
REPETITIONS = 200


def scored(X: Any, Y: Any, names: list[str], **settings: Any) -> PropertiesResult:
    return ei.properties(X, Y, words=names, controls=(), n_permutations=1, threads=1, **settings)


def scores(part: PropertiesResult) -> list[float | None]:
    return [state.score for state in part.layers]


def pair_of(X: Any, Y_a: Any, Y_b: Any, names: list[str]) -> SetPair:
    """Two sets of the same concepts."""
    both = scored(X, Y_a, names), scored(X, Y_b, names)
    return apart(both, both, (scores(both[0]), scores(both[1])))


@pytest.mark.parametrize("seed", range(20))
def test_rank_agreement_is_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 9))
    a, b = (
        [None if rng.random() < 0.2 else float(one) for one in rng.integers(0, 4 + seed, count) / 10] for _ in range(2)
    )
    found, expected = rank_agreement(a, b), reference_properties.rank_agreement(a, b)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found == pytest.approx(expected, abs=1e-12)


def test_words_that_one_set_has_twice_are_not_shared() -> None:
    a, b = shared_rows(["cat", "bat", "owl", "cat"], ["owl", "emu", "cat", "bat"])
    assert (a.tolist(), b.tolist()) == ([1, 2], [3, 0])
    assert [rows.tolist() for rows in shared_rows(["cat"], ["owl"])] == [[], []]


def without_each(part: PropertiesResult) -> Any:
    """The deviations that a result keeps, as scores without each concept (concepts, ways)."""
    assert part.units is not None
    (state,) = part.layers
    deviations = np.array(state.deviations["score"]).T
    return np.asarray(state.score) - deviations / (part.units.count - 1.0)


def test_the_interval_of_features_is_the_reference() -> None:
    X, names = vectors(40, 6), words(40)
    a, b = scored(X[None], planted(X, 3, 0.7), names), scored(X[None], planted(X, 2, 0.3, 5), names)
    pair = apart((a, b), (a, b), (scores(a), scores(b)))
    without = np.stack([without_each(part) for part in (a, b)], axis=-1)
    first, second = a.layers[0].score, b.layers[0].score
    assert first is not None
    assert second is not None
    expected = reference_properties.difference_interval(np.array(first), np.array(second), without, ALPHA)
    assert pair.layers[0].features_ci == pytest.approx(expected, abs=1e-4)
    assert pair.layers[0].features == pytest.approx(first - second)


def test_the_concepts_of_two_sets_are_paired_whatever_their_norms() -> None:
    """Deviations come in the order of words: swapping the file's rows moves nothing."""
    X, names = vectors(60, 6), words(60)
    Y_a, Y_b = planted(X, 3, 0.7), planted(X, 2, 0.3, 5)
    order = np.random.default_rng(0).permutation(60)
    pair = pair_of(X[None], Y_a, Y_b, names)
    moved = pair_of(X[None, order], Y_a[order], Y_b[order], [names[i] for i in order])
    assert moved.layers[0].features_ci == pytest.approx(pair.layers[0].features_ci, abs=1e-9)


def dependent(seed: int, effects: tuple[float, float], n: int = 60) -> tuple[Any, Any, Any]:
    """Vectors with heavy tails and uneven rows, and two sets of features whose noise is shared in part."""
    rng = np.random.default_rng([seed, 31])
    X = vectors(n, 8, seed) * np.exp(0.3 * rng.normal(size=(n, 1)))
    noise, made = rng.normal(size=(n, 1)), []
    for which, effect in enumerate(effects):
        signal = X @ rng.normal(size=(8, 3 + which))
        own = 0.7 * noise + 0.7 * rng.normal(size=signal.shape)
        made.append(np.sqrt(effect) * signal / signal.std(axis=0) + np.sqrt(1 - effect) * own)
    return X[None], made[0], made[1]


def excludes_zero(pair: SetPair) -> bool:
    ci = pair.layers[0].features_ci
    assert ci is not None
    return ci[0] > 0.0 or ci[1] < 0.0


@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_features_that_are_predicted_alike_seldom_differ(effect: float) -> None:
    """The interval excludes 0 no more often than alpha says, also where both are pure noise."""
    names = words(60)
    found = sum(excludes_zero(pair_of(*dependent(seed, (effect, effect)), names)) for seed in range(REPETITIONS))
    assert found <= binom.ppf(0.99, REPETITIONS, ALPHA)


def test_features_that_are_predicted_better_are_found() -> None:
    names = words(60)
    found = sum(excludes_zero(pair_of(*dependent(seed, (0.8, 0.2)), names)) for seed in range(40))
    assert found >= 36


def made(name: str, names: list[str], values: Any) -> Norms:
    return Norms(names, names, [f"{name} {t}" for t in range(values.shape[1])], values, source=name)


def halves() -> list[Norms]:
    """Embedded norms in two sets: 60 and 50 concepts with 30 in common, three senses each."""
    norms = ei.default_norms()
    names, values = norms.words[:80], norms.values[:80]
    return [made("a.tsv", names[:60], values[:60, :3]), made("b.tsv", names[30:], values[30:, 3:])]


@pytest.fixture(scope="module")
def result() -> ei.Result:
    controls = ["permuted", "neighbours", "random_model"]
    return ei.check(only=["properties"], norms=halves(), n_permutations=39, controls=controls)


def part_of(result: ei.Result) -> PropertiesResult:
    found = result.properties()
    assert found is not None
    return found


def test_a_run_of_two_sets_holds_both_and_how_they_differ(result: ei.Result) -> None:
    part = part_of(result)
    (other,), (pair,) = part.sets, part.pairs
    assert (part.name, part.concepts, part.features) == ("a.tsv", 60, 3)
    assert (other.name, other.concepts, other.features) == ("b.tsv", 50, 3)
    assert [one.kind for one in result.inputs] == ["norms", "norms"]
    assert result.verdicts == part.verdicts
    assert len(other.verdicts) == len(other.layers) == len(pair.layers) == 7
    assert (pair.a, pair.b, pair.concepts, pair.reason) == ("a.tsv", "b.tsv", 30, None)
    assert pair.rho == pytest.approx(reference_properties.rank_agreement(scores(part), scores(other)))
    for one, a, b in zip(pair.layers, part.layers, other.layers, strict=True):
        assert None not in (one.total, one.number, one.concepts, one.features, a.score, b.score)
        assert one.total == pytest.approx((a.score or 0.0) - (b.score or 0.0))
        assert (one.number or 0.0) + (one.concepts or 0.0) + (one.features or 0.0) == pytest.approx(one.total)


def test_each_set_is_judged_as_it_is_alone(result: ei.Result) -> None:
    controls = ["permuted", "neighbours", "random_model"]
    for norms, beside in zip(halves(), [part_of(result), *part_of(result).sets], strict=True):
        alone = part_of(ei.check(only=["properties"], norms=norms, n_permutations=39, controls=controls))
        assert alone == replace(beside, name="", sets=[], pairs=[])


def test_on_the_shared_concepts_a_set_is_judged_as_if_they_were_all(result: ei.Result) -> None:
    controls = ["permuted", "neighbours", "random_model"]
    names, values = halves()[0].words[30:], halves()[0].values[30:]
    alone = part_of(ei.check(only=["properties"], norms=made("c", names, values), n_permutations=39, controls=controls))
    for one, state, verdict in zip(part_of(result).pairs[0].layers, alone.layers, alone.verdicts, strict=True):
        assert (one.a.score, one.a.ci, one.a.p_adjusted) == (state.score, state.ci, state.p_adjusted)
        assert (one.a.verdict, one.a.because) == (verdict.verdict, verdict.because)


def test_the_result_is_read_back(result: ei.Result, tmp_path: Path) -> None:
    result.save(tmp_path / "result.json")
    assert ei.load_result(tmp_path) == result
    data = json.loads((tmp_path / "result.json").read_text())
    data["checks"]["properties"]["sets"][0]["verdicts"][0]["verdict"] = "sure"
    (tmp_path / "result.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match="'sure', expected one of"):
        ei.load_result(tmp_path)


def test_a_result_of_before_is_read(result: ei.Result, tmp_path: Path) -> None:
    data = result.to_dict()
    for name in ("name", "sets", "pairs"):
        del data["checks"]["properties"][name]
    (tmp_path / "result.json").write_text(json.dumps(data))
    part = part_of(ei.load_result(tmp_path))
    assert (part.name, part.sets, part.pairs) == ("", [], [])


def test_sets_that_share_too_little_are_not_set_beside_each_other() -> None:
    a, b = halves()
    few = made("c", b.words[25:], b.values[25:])
    controls = ["permuted"]
    part = part_of(ei.check(only=["properties"], norms=[a, few], n_permutations=39, controls=controls))
    (pair,) = part.pairs
    assert (pair.concepts, pair.layers, pair.rho_shared) == (5, [], None)
    assert pair.reason == "5 concepts, at least 10 are needed; give 5 more with norms"
    assert pair.rho is not None
    assert too_few((part, part.sets[0]), 5) == pair


def test_a_run_of_two_sets_goes_on_where_it_stopped(result: ei.Result, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"n_permutations": 39, "controls": ["permuted", "neighbours", "random_model"]}
    folder = tmp_path / "held"
    first = ei.check(only=["properties"], norms=halves(), checkpoint=folder, **settings)
    again = ei.check(only=["properties"], norms=halves(), checkpoint=folder, resume=True, **settings)
    assert part_of(first) == part_of(again) == part_of(result)
    with pytest.raises(InputError, match="other norms"):
        ei.check(only=["properties"], norms=halves()[::-1], checkpoint=folder, resume=True, **settings)


@pytest.mark.parametrize(
    ("norms", "said"),
    [
        ([], "norms: an empty list; give one file or more"),
        (["a.tsv", "a.tsv"], "norms: a.tsv is given twice; give each set once"),
        ([""], "norms: the name is empty; name a file"),
        ([3], "norms: is a int; expected a file or edgeinterp.Norms"),
        (["none.tsv"], "none.tsv: no such file"),
    ],
)
def test_bad_lists_are_refused_in_one_line(norms: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ei.check(only=["properties"], norms=norms)


def test_names_tell_sets_apart() -> None:
    assert set_names(["a/b/norms.tsv", "c/b/norms.tsv", "zoo.tsv"]) == ["a/b/norms.tsv", "c/b/norms.tsv", "zoo.tsv"]
    assert set_names(["", "", "x.tsv"]) == ["norms 1", "norms 2", "x.tsv"]
    assert set_names(["x.tsv", "x.tsv"]) == ["x.tsv (1)", "x.tsv (2)"]


def test_random_models_that_cannot_be_made_leave_every_set_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise RandomModelError(default_model_folder(), "seen")

    monkeypatch.setattr(properties_run, "load_random", refuse)
    found = ei.check(norms=halves(), only="properties", n_permutations=19, controls="random_model").properties()
    assert found is not None
    for one in (found, *found.sets):
        assert one.layers[0].rivals["random_model"].reason == "seen"
    assert found.pairs
