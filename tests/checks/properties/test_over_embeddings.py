"""What a hidden state adds to hidden state 0: against a slow reference, where that is nothing, where it is planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import edgeinterp as ei
from edgeinterp.checks.properties.blocks import JoinedMap
from edgeinterp.checks.properties.comparisons import gain as gain_module
from edgeinterp.checks.properties.comparisons.gain import Gains
from edgeinterp.checks.properties.controls import Pipeline
from edgeinterp.checks.properties.data import assemble
from edgeinterp.checks.properties.deletions import unit_changes
from edgeinterp.checks.properties.mappings import RidgeMap, heldout
from edgeinterp.checks.properties.nulls import dealt
from edgeinterp.checks.properties.scores import pearson_scores
from edgeinterp.runtime.json_values import from_json, to_json
from tests import reference, reference_properties
from tests.checks.properties.norm_worlds import planted, production, vectors, words

ONLY = ["over_embeddings"]


def run(X: Any, Y: Any, **given: Any) -> Any:
    return ei.properties(X, Y, **{"n_permutations": 39, "controls": ONLY, **given})


def mixed(n: int, d: int, features: int, seed: int, added: float = 0.0) -> tuple[Any, Any]:
    """Hidden state 1 is hidden state 0, turned, and context of its own; norms know hidden state 0 and, added, context.

    Features share their noise, as those of real norms do.
    """
    rng = np.random.default_rng([seed, 31])
    X0, context = vectors(n, d, seed), vectors(n, d, seed + 1000)
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    Y = planted(X0, features, 0.5, seed) + 0.7 * rng.normal(size=(n, 1))
    return np.stack([X0, (0.7 * X0 + 0.7 * context) @ turn]), Y + np.sqrt(added) * planted(context, features, 1.0, seed)


def equalised(n: int, d: int, features: int, seed: int) -> tuple[Any, Any]:
    """Norms are linear in directions of hidden state 0 that vary little; hidden state 1 has them large."""
    scale = np.geomspace(3.0, 0.3, d)
    X0 = vectors(n, d, seed)
    return np.stack([X0, X0 / scale**2]), planted(X0 / scale, features, 0.5, seed)


def measured(X: Any, Y: Any, count: int = 6) -> tuple[Any, Any, Any]:
    concepts = assemble(X, Y, None, words(len(Y)), None, None, 0)
    pipeline = Pipeline(concepts, "ridge", "pearson", frozenset(ONLY))
    at, own, _ = pipeline.at(0, concepts.X[0])
    return concepts, at, Gains(pipeline, concepts, at, own, count, None).of(concepts.X[1])


def test_the_gain_and_its_permutations_equal_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = mixed(60, 8, 3, 0, added=0.3)
    concepts, at, found = measured(X, Y)
    X0, X1 = concepts.X
    labels, alone = concepts.labels, at.mapping.candidates
    want = reference_properties.gain(X0, X1, concepts.Y, labels, alone)
    assert want > 0.02
    assert found.observed == pytest.approx(want, abs=1e-9)
    assert run(X, Y, words=words(60)).layers[1].over_embeddings.value == pytest.approx(want, abs=1e-9)
    means = [np.array([Z[labels != k].mean(axis=0) for k in labels]) for Z in (X1, concepts.Y)]
    linear = means[0] + reference_properties.best_of([(X0, penalty) for penalty in alone], X1, labels)
    maps = reference_properties.joined_candidates(X0, linear, alone)
    fitted = means[1] + reference_properties.best_of(maps, concepts.Y, labels)
    for b in range(6):
        order = concepts.draws.rows(b, b + 1)[0]
        again = reference_properties.gain(X0, X1, fitted + (concepts.Y - fitted)[order], labels, alone)
        assert found.null[b] == pytest.approx(again, abs=1e-9)
    # a few permutations at a time are the same
    monkeypatch.setattr(gain_module, "_HELD", 2 * concepts.Y.size)
    np.testing.assert_allclose(measured(X, Y)[2].null, found.null, atol=1e-12)


@pytest.mark.parametrize("missing", [False, True])
def test_the_choices_are_those_of_any_other_mapping(missing: bool) -> None:
    X, Y = mixed(70, 6, 4, 1, added=0.3)
    if missing:
        Y[:5, 1] = Y[3:9, 2] = np.nan
    concepts = assemble(X, Y, None, words(70), None, None, 0)
    joined = JoinedMap(RidgeMap(concepts.X[0], False), concepts.X[1], False)
    *_, both = gain_module._alone_and_joined(joined, concepts.Y[:, None], concepts.labels)
    np.testing.assert_allclose(both, heldout(joined, concepts.Y[:, None], concepts.labels).centred, atol=1e-12)
    rows = concepts.draws.rows(0, 1) if concepts.draws else np.empty((0, 70), np.int64)
    np.testing.assert_array_equal(np.isnan(dealt(concepts.Y, rows)), np.isnan(concepts.Y))


def test_a_unit_leaves_the_fits_of_both_blocks() -> None:
    X, Y = mixed(30, 5, 2, 2, added=0.5)
    labels, every = np.repeat(np.arange(5), 6), np.arange(30)
    joined = JoinedMap(RidgeMap(X[0], False), X[1], False)
    # folds that chose different maps
    choice = np.array([3, 11, 16, 12, 18])
    P = joined.predictions(Y, labels, every)[choice[labels], every]
    changes = unit_changes(joined, Y, P, labels, choice, every, every)
    assert changes is not None
    found = pearson_scores(P, Y, every, (every, changes))[1]

    def predict(rows: Any, y: Any) -> Any:
        out = np.empty(len(rows))
        for k, c in enumerate(choice):
            own, (m, p) = labels[rows] == k, joined.places[c]
            penalties = [joined.maps[m].candidates[p]] * 5
            held, means = reference.ridge_heldout(joined.maps[m].X[rows], y[:, None], labels[rows], penalties)
            out[own] = (held - means)[own, 0]
        return out

    np.testing.assert_allclose(found[:, 1], reference.refitted_without(predict, Y, labels, every.tolist()), atol=1e-9)


@pytest.mark.parametrize("width", [6, 90])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_hidden_state_that_repeats_the_embeddings_adds_nothing(width: int, dtype: Any) -> None:
    X0 = vectors(80, width)
    turned = X0 @ np.linalg.qr(np.random.default_rng(0).normal(size=(width, width)))[0]
    X = np.stack([X0, X0, 5.0 * X0 + 2.0]) if dtype is np.float32 else np.stack([X0, X0, 5.0 * turned + 2.0])
    result = run(X.astype(dtype), planted(X0, 3, 0.6))
    assert result.layers[0].over_embeddings is None
    for layer in result.layers[1:]:
        found = layer.over_embeddings
        assert found.value == pytest.approx(0.0, abs=1e-5 if dtype is np.float32 else 1e-10)
        if dtype is np.float64 or layer.layer == 1:
            wanted = 1.0 if width < len(X0) else None
            assert (found.p, found.p_adjusted) == (wanted, wanted)
        assert "adds" not in result.verdicts[layer.layer].because


def test_context_that_is_planted_is_found_and_said() -> None:
    X, Y = mixed(150, 10, 4, 3, added=0.3)
    result = run(X, Y, controls=["permuted", *ONLY], n_permutations=99)
    found = result.layers[1].over_embeddings
    assert found.p == found.p_adjusted == pytest.approx(0.01)
    assert found.ci[0] > 0.0
    low, high = found.ci
    assert f"hidden state 1 adds {found.value:.3f} [{low:.3f}, {high:.3f}] to its embeddings" in (
        result.verdicts[1].because
    )
    assert from_json(type(result), to_json(result)).layers[1].over_embeddings == found


def test_planted_context_is_found_in_most_samples() -> None:
    found = 0
    for seed in range(25):
        gain = run(*mixed(100, 8, 3, seed, added=0.3)).layers[1].over_embeddings
        found += gain.p_adjusted <= 0.05 and gain.ci[0] > 0.0
    assert found >= binom.ppf(0.005, 25, 0.8)


@pytest.mark.parametrize("world", [mixed, equalised])
def test_where_context_adds_nothing_it_is_found_no_more_often_than_alpha(world: Any) -> None:
    p = [run(*world(80, 8, 3, seed), n_permutations=19).layers[1].over_embeddings.p_adjusted for seed in range(200)]
    assert sum(value <= 0.05 for value in p) <= binom.ppf(0.995, 200, 0.05)


@pytest.mark.parametrize("metric", ["r2", "spearman", "neighbours_5"])
def test_other_metrics(metric: str) -> None:
    found = run(*mixed(120, 8, 4, 4, added=0.5), metric=metric).layers[1].over_embeddings
    assert found.value > 0.0
    assert found.p == pytest.approx(1 / 40)


def test_missing_values_sparse_norms_and_constant_states() -> None:
    X, Y = mixed(100, 8, 4, 5, added=0.5)
    Y[:8, 1] = Y[5:20, 2] = np.nan
    assert run(X, Y).layers[1].over_embeddings.p == pytest.approx(1 / 40)
    rare = run(X, production(100, 12)).layers[1].over_embeddings
    assert abs(rare.value) < 0.2
    assert 0.0 < rare.p <= 1.0
    flat = run(np.stack([X[0], np.ones(X[0].shape)]), Y[:, :1]).layers[1].over_embeddings
    assert flat.value == pytest.approx(0.0, abs=1e-10)
    assert flat.p == 1.0
    from_nothing = run(np.stack([np.ones(X[0].shape), X[0]]), Y[:, :1]).layers[1].over_embeddings
    assert from_nothing.value == pytest.approx(from_nothing.score, abs=1e-12)
    assert from_nothing.p == pytest.approx(1 / 40)


def test_where_there_is_none_there_is_a_reason() -> None:
    X, Y = mixed(60, 6, 2, 6)
    assert "pls has no penalty for each hidden state" in run(X, Y, mapping="pls").layers[1].over_embeddings.reason
    assert run(X, Y, controls=["permuted"]).layers[1].over_embeddings is None
    wide = run(*mixed(20, 30, 2, 7)).layers[1].over_embeddings
    assert wide.p is None
    assert "more concepts than hidden state 0 has dimensions, 30; there are 20" in wide.reason
    few = run(X[:, :4], Y[:4], n_permutations=19, alpha=0.01).layers[1].over_embeddings
    assert few.p is None
    assert "4 concepts" in few.reason or "concepts can be permuted in 24 ways" in few.reason
