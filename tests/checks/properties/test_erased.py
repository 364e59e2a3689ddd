"""The score without a confound: against refits, where norms are nothing but the confound, and where they have none."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.properties.blocks import ErasedMap
from edgeinterp.checks.properties.mappings import RidgeMap, heldout
from tests import reference_properties
from tests.checks.properties.norm_worlds import frequencies, planted, vectors, words

CONTROLS = ["without_length", "without_frequency", "without_tokens", "without_confounds"]


def run(X: Any, Y: Any, **given: Any) -> Any:
    return ei.properties(X, Y, **{"n_permutations": 9, "controls": CONTROLS, **given})


def confounded(n: int, d: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Vectors that hold two confounds, in a few directions each, beside what is their own."""
    rng = np.random.default_rng([seed, 41])
    C = rng.normal(size=(n, 2)) * [1.0, 40.0] + [0.0, 300.0]
    return vectors(n, d, seed) + (C - C.mean(axis=0)) / C.std(axis=0) @ rng.normal(size=(2, d)), C, rng


@pytest.mark.parametrize("width", [5, 90])
@pytest.mark.parametrize("missing", [False, True])
def test_predictions_equal_refits_on_vectors_erased_fold_by_fold(width: int, missing: bool) -> None:
    X, C, _ = confounded(60, width)
    Y, labels = planted(X, 3, 0.6), np.repeat(np.arange(6), 10)
    rows = np.array([i for i in range(60) if not missing or i % 7])
    if missing:
        Y[~np.isin(np.arange(60), rows)] = np.nan
    mapping = ErasedMap(X, False, C)
    assert mapping.known(labels[rows], rows)
    found = mapping.predictions(Y[rows], labels[rows], rows)
    for p, penalty in enumerate(mapping.candidates):
        want = reference_properties.heldout_without(X[rows], C[rows], Y[rows], labels[rows], [penalty] * 6)
        np.testing.assert_allclose(found[p], want, atol=1e-8)
    np.testing.assert_allclose([*mapping.each(Y[rows], labels[rows], rows, range(len(found)))], found, atol=1e-10)
    assert heldout(mapping, Y[:, None], labels).centred.shape == (60, 1, 3)


def test_no_linear_map_finds_the_confound_in_what_is_left_and_the_rest_is_as_it_was() -> None:
    X, C, rng = confounded(80, 6)
    own = rng.normal(size=(80, 2))
    train = np.arange(80) < 64
    # independent of the confounds in the training rows
    design = np.column_stack([np.ones(80), C])
    own -= design @ np.linalg.lstsq(design[train], own[train], rcond=None)[0]
    Z = reference_properties.erased(np.hstack([X, own]), C, train)
    centred = C[train] - C[train].mean(axis=0)
    assert np.abs(Z[train].T @ centred).max() < 1e-9 * np.abs(X[train].T @ centred).max()
    best = Z[train] @ np.linalg.lstsq(Z[train], centred, rcond=None)[0]
    assert np.abs(best).max() < 1e-9 * np.abs(centred).max()
    np.testing.assert_allclose(Z[train][:, 6:] - own[train], 0.0, atol=1e-9)
    # and the basis of the fast path is the same, over all rows
    basis, values = ErasedMap(X, False, C).basis(np.arange(80))
    everything = reference_properties.erased(X, C, np.ones(80, dtype=bool))
    np.testing.assert_allclose(basis @ basis.T, everything @ everything.T, atol=1e-8)
    assert np.abs(basis.T @ (C - C.mean(axis=0))).max() < 1e-8 * np.abs(C).max() * np.sqrt(values.max())


def test_a_map_without_any_confound_is_ridge() -> None:
    X = vectors(50, 8)
    Y, labels = planted(X, 3, 0.5), np.repeat(np.arange(5), 10)
    plain, erased = RidgeMap(X, False), ErasedMap(X, False, np.ones((50, 1)))
    np.testing.assert_allclose(erased.candidates, plain.candidates, rtol=1e-9)
    every = np.arange(50)
    np.testing.assert_allclose(erased.predictions(Y, labels, every), plain.predictions(Y, labels, every), atol=1e-10)


def test_norms_that_are_the_confound_score_nothing_without_it_and_others_keep_their_score() -> None:
    X, C, rng = confounded(200, 10)
    of_confound = (C - C.mean(axis=0)) / C.std(axis=0) @ rng.normal(size=(2, 3)) + 0.3 * rng.normal(size=(200, 3))
    found = run(X[None], of_confound, confounds=C).layers[0]
    assert found.score > 0.6
    assert abs(found.references["without_confounds"].score) < 0.15
    X = vectors(200, 10)
    found = run(X[None], planted(X, 3, 0.6), confounds=C).layers[0]
    assert found.references["without_confounds"].score == pytest.approx(found.score, abs=0.03)


def test_each_confound_is_erased_from_every_hidden_state() -> None:
    names = words(120)
    long = np.array([len(name) for name in names], dtype=float)
    often, tokens = frequencies(120), 1.0 + (long > 6)
    rng = np.random.default_rng(0)
    causes = np.stack([(c - c.mean()) / c.std() for c in (long, np.log(often), tokens)])
    for place, name in enumerate(CONTROLS[:3]):
        X = vectors(120, 8) + causes[place][:, None] * rng.normal(size=8)
        result = run(
            np.stack([X, X]), causes[place] + 0.3 * rng.normal(size=120), words=names, frequencies=often,
            token_counts=tokens,
        )  # fmt: skip
        for layer in result.layers:
            assert layer.references[name].score < 0.25 < 0.6 < layer.score
            assert layer.references["without_confounds"].reason == "confounds were not given"


def test_where_there_is_none_there_is_a_reason() -> None:
    X = vectors(60, 5)[None]
    Y = planted(X[0], 2, 0.6)

    def reason(name: str, **given: Any) -> str:
        return str(run(X, Y, **given).layers[0].references[name].reason)

    assert reason("without_length") == "words were not given"
    assert reason("without_frequency") == "frequencies were not given"
    assert reason("without_tokens") == "token counts were not given"
    assert reason("without_tokens", token_counts=np.ones(60)) == "it is the same for all concepts"
    assert "in the fits of ridge" in reason("without_confounds", confounds=np.arange(60), mapping="pls")
    alone = np.zeros(60)
    alone[7] = 1.0
    assert "within a single fold" in reason("without_confounds", confounds=alone)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.ones((59, 2)), "confounds: shape (59, 2); expected (60, columns), numbers of each concept"),
        (np.ones((60, 0)), "confounds: shape (60, 0); expected (60, columns)"),
        (np.where(np.arange(60) == 3, np.nan, 1.0), "confounds: has values that are not finite"),
        (["a"] * 60, "confounds: "),
    ],
)
def test_odd_confounds_are_refused_in_one_line(given: Any, said: str) -> None:
    X = vectors(60, 5)[None]
    with pytest.raises(ei.InputError, match=re.escape(said)) as caught:
        run(X, planted(X[0], 2, 0.6), confounds=given)
    assert "\n" not in str(caught.value)
