"""``relations`` of many pairs: read block by block, they give what refits and arrays in memory give, in flat memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.relations import data as relation_data
from edgeinterp.checks.relations import features as relation_features
from edgeinterp.checks.relations import ridge as relation_ridge
from edgeinterp.checks.relations import rivals as relation_rivals
from edgeinterp.checks.relations import stream as relation_stream
from edgeinterp.checks.relations.data import ContrastRows, contrast_rows, row_keys
from edgeinterp.checks.relations.features import Attention, ColumnRows, dense, standardised_rows
from edgeinterp.checks.relations.passes import WordStates
from edgeinterp.checks.relations.ridge import FoldedRidge
from edgeinterp.checks.relations.scores import Classifier, auc_interval, margin, unit_auc
from edgeinterp.checks.relations.stream import BlockClassifier, head_sums, unit_groups
from edgeinterp.runtime import spool
from edgeinterp.runtime.spool import Spool
from tests import reference_relations as reference
from tests.checks.relations import relation_worlds as worlds


@pytest.fixture
def _blocks(monkeypatch: Any) -> None:
    """Everything is spooled and read in small blocks."""
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    monkeypatch.setattr(relation_stream, "WHOLE_BYTES", 0)
    monkeypatch.setattr(relation_stream, "FITTED_BYTES", 4096)
    monkeypatch.setattr(relation_stream, "PREDICTED", 40)
    monkeypatch.setattr(relation_features, "BLOCK_SIZE", 150)
    monkeypatch.setattr(relation_rivals, "WORDS", 3)
    monkeypatch.setattr(relation_ridge, "LEAVING_SIZE", 40)


def rows_of(world: worlds.World) -> ContrastRows:
    keys = row_keys(lambda i: world.features[i], world.labels, world.words)
    return contrast_rows(world.labels, "hyper", "coord", world.groups, world.words, keys, 0)


def standardised(world: worlds.World, data: ContrastRows) -> Any:
    return standardised_rows(ColumnRows(world.features[data.rows].reshape(len(data.rows), -1)))[0]


# folds of 8 rows: fewer than half of the directions, more, and more directions than rows
SHAPES = [(2, 3, 4), (2, 1, 1), (2, 1, 4), (2, 6, 8)]


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("shape", SHAPES)
def test_heldout_auc_accuracy_and_flips_equal_refits(shape: tuple[int, ...]) -> None:
    world = worlds.noise(3, categories=9, each=4, shape=shape)
    data = rows_of(world)
    rows = standardised(world, data)
    X = dense(rows)
    classifier = BlockClassifier(rows, data)
    alphas = classifier.ridge.candidates
    assert alphas == pytest.approx(Classifier(X, data).mapping.candidates, rel=1e-9)
    draws = 7
    null, signs, own = classifier.under_flips(draws), data.flips(0, draws), classifier.scored()
    for draw in range(-1, draws):
        turned: Any = [] if draw < 0 else np.flatnonzero(signs[:, draw] < 0)
        y = reference.flipped(data.y, data.unit, turned)
        predicted = reference.heldout(X, y, data.folds, alphas)
        want, units = reference.within(predicted, y > 0, data.unit)
        assert (own.auc if draw < 0 else null[draw]) == pytest.approx(want, abs=1e-9)
        if draw < 0:
            assert own.units == pytest.approx([units[u] for u in range(data.units)])
    whole = Classifier(X, data).scored()
    assert own.accuracy == whole.accuracy
    assert own.penalty == pytest.approx(whole.penalty)
    assert np.ptp(null) > 0.01


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("categories", [5, 30])
def test_blocks_give_what_arrays_give(shape: tuple[int, ...], categories: int, monkeypatch: Any) -> None:
    world = worlds.noise(4, categories=categories, each=5, shape=shape)
    # ties, and columns that say the same
    world.features = np.round(world.features, 1)
    world.features[:, 1] = world.features[:, 0]
    data = rows_of(world)
    rows = standardised(world, data)
    want, got = Classifier(dense(rows), data), BlockClassifier(rows, data)
    for name in ("auc", "accuracy", "units", "penalty", "without"):
        assert getattr(got.scored(), name) == pytest.approx(getattr(want.scored(), name), rel=1e-9, abs=1e-9)
    flips = want.under_flips(25)
    assert got.under_flips(25) == pytest.approx(flips, abs=1e-9)
    # all draws in one block
    monkeypatch.setattr(relation_stream, "FITTED_BYTES", 8 << 20)
    monkeypatch.setattr(relation_stream, "PREDICTED", 1 << 15)
    assert got.under_flips(25) == pytest.approx(flips, abs=1e-9)


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("categories", [6, 30])
def test_auc_without_a_category_equals_refits(shape: tuple[int, ...], categories: int) -> None:
    world = worlds.noise(7, categories=categories, each=5, shape=shape)
    data = rows_of(world)
    rows = standardised(world, data)
    X = dense(rows)
    for own in (Classifier(X, data).scored(), BlockClassifier(rows, data).scored()):
        for way, without in enumerate((reference.fixed_without, reference.refitted_without)):
            want = without(X, data.y, data.folds, data.unit, own.penalty)
            np.testing.assert_allclose(own.without[:, way], want, atol=1e-9)
        # the fits do matter
        assert np.abs(own.without[:, 1] - own.without[:, 0]).max() > 1e-3


@pytest.mark.usefixtures("_blocks")
def test_of_two_categories_none_can_be_left_out() -> None:
    data = rows_of(world := worlds.noise(7, categories=2, each=5))
    rows = standardised(world, data)
    for own in (Classifier(dense(rows), data).scored(), BlockClassifier(rows, data).scored()):
        assert np.isnan(own.without).all()
        assert auc_interval(own, 0.05) is None
        assert margin(own, own, 0.05, 0.05).ci is None


@pytest.mark.usefixtures("_blocks")
def test_some_categories_stand_for_all(monkeypatch: Any) -> None:
    world = worlds.noise(7, categories=30, each=5)
    data = rows_of(world)
    rows = standardised(world, data)
    every = Classifier(dense(rows), data).scored().without
    monkeypatch.setattr(relation_data, "MOST_LEFT_OUT", 8)
    for own in (Classifier(dense(rows), data).scored(), BlockClassifier(rows, data).scored()):
        known = ~np.isnan(own.without).any(axis=1)
        assert sorted(data.keys[known]) == sorted(data.keys)[:8]
        np.testing.assert_allclose(own.without[known], every[known], atol=1e-9)


@pytest.mark.usefixtures("_blocks")
def test_features_that_never_vary_predict_nothing() -> None:
    world = worlds.noise(5, categories=9, each=4)
    world.features[:] = 0.25
    data = rows_of(world)
    rows, varies = standardised_rows(ColumnRows(world.features[data.rows].reshape(len(data.rows), -1)))
    assert not varies.any()
    got, want = BlockClassifier(rows, data), Classifier(dense(rows), data)
    assert got.scored().auc == want.scored().auc == 0.5
    assert got.scored().accuracy == want.scored().accuracy
    assert np.unique(got.under_flips(9)).tolist() == [0.5]


def test_what_rounding_makes_indefinite_is_solved_as_well() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((4, 4))
    fold = relation_ridge._ManyRows(
        np.zeros(4), np.zeros(1), np.zeros((4, 1)), np.zeros((4, 1)), np.asfortranarray(matrix @ matrix.T), 9
    )
    diagonal, right = rng.random(4) / 10, rng.standard_normal((4, 2))
    want = np.linalg.solve(np.diag(diagonal) - matrix @ matrix.T, right)
    assert fold.solved(diagonal, right) == pytest.approx(want)


def test_units_are_grouped_whole_and_in_order() -> None:
    data = rows_of(worlds.noise(6, categories=30, each=4))
    edges = [*data.starts.tolist(), len(data.y)]
    for rows, by_fold in ((1, False), (20, False), (20, True), (10**6, False), (10**6, True)):
        groups = list(unit_groups(data, rows, by_fold))
        assert [u for u, _, _, _ in groups] == [0, *(v for _, v, _, _ in groups[:-1])]
        assert groups[-1][1] == data.units
        for u, v, first, last in groups:
            assert (first, last) == (edges[u], edges[v])
            assert last - first <= rows or v == u + 1
            assert not by_fold or len(set(data.folds[first:last].tolist())) == 1
    assert len(list(unit_groups(data, 10**6))) == 1


@pytest.mark.usefixtures("_blocks")
def test_heads_are_summed_over_blocks_of_units() -> None:
    world = worlds.noise(7, categories=12, each=4)
    data = rows_of(world)
    columns = world.features[data.rows].reshape(len(data.rows), -1)
    auc, every = head_sums(ColumnRows(columns), data, 11)
    shares = data.weights / data.weights.sum()
    units = unit_auc(columns, data.y, data.starts)
    assert auc == pytest.approx(shares @ units)
    assert every[0] == pytest.approx(auc - 0.5)
    assert every[1:] == pytest.approx(data.flips(0, 11).T @ (shares[:, None] * (units - 0.5)))
    assert np.array_equal(data.flips(3, 9, slice(2, 5)), data.flips(3, 9)[2:5])


def spooled(world: worlds.World) -> dict[str, Any]:
    """Arguments of ``relations``, in spools."""

    def attention(features: Any) -> Attention:
        templates, n = features.shape[:2]
        found = Spool(n * templates, features.shape[2:])
        found.put_rows(0, np.swapaxes(features, 0, 1).reshape(n * templates, *features.shape[2:]))
        return Attention(found, templates)

    states = WordStates([word for pair in world.words for word in pair], (4, 8))
    for word, state in world.word_states.items():
        states.put(word, state)
    return world.given(
        features=attention(world.features),
        elsewhere={name: attention(part) for name, part in world.elsewhere.items()},
        random_models=[attention(part[None]) for part in world.random_models],
        word_states=states,
    )


@pytest.fixture
def world() -> worlds.World:
    """Three relations in two templates, in single precision; some words stand in several categories."""
    found = worlds.noise(8, categories=12, each=5, relations=("hyper", "coord", "other"))
    rng = np.random.default_rng(9)
    found.words = [(one, f"shared{i % 7}" if i % 3 == 2 else other) for i, (one, other) in enumerate(found.words)]
    found.word_states = {word: rng.standard_normal((4, 8)).astype(np.float32) for pair in found.words for word in pair}
    shape = (2, *found.features.shape)
    found.features = worlds.shares(found.features + rng.standard_normal(shape)).astype(np.float32)
    found.elsewhere = {name: rng.random(shape, dtype=np.float32) for name in ("earlier", "later")}
    found.random_models = [part.astype(np.float32) for part in found.random_models]
    found.licensed = [1, 3]
    return found


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf of JSON by its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {path: value}
    return {name: leaf for key, part in items for name, leaf in flat(part, f"{path}/{key}").items()}


def test_a_whole_run_is_the_same_from_spools_and_by_block(world: worlds.World, monkeypatch: Any) -> None:
    settings: dict[str, Any] = {"n_permutations": 19, "threads": 2, "templates": ["a", "b"]}
    want = flat(ei.relations(**world.given(), **settings).to_dict())
    assert flat(ei.relations(**spooled(world), **settings).to_dict()) == want
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    monkeypatch.setattr(spool, "GAP_BYTES", 400)
    monkeypatch.setattr(relation_stream, "WHOLE_BYTES", 0)
    monkeypatch.setattr(relation_features, "BLOCK_SIZE", 500)
    monkeypatch.setattr(relation_stream, "FITTED_BYTES", 20_000)
    monkeypatch.setattr(relation_stream, "PREDICTED", 200)
    made: list[int] = []
    original = FoldedRidge.__init__

    def counted(self: Any, *arguments: Any) -> None:
        made.append(1)
        original(self, *arguments)

    monkeypatch.setattr(FoldedRidge, "__init__", counted)
    got = flat(ei.relations(**spooled(world), **settings).to_dict())
    # two contrasts: own, two places elsewhere and two random models, all layers and licensed; similarity with its three
    # blocks alike or one heavier; surface; three of each template; states 1 to 3 of the bare words. Words has two
    # blocks of states, and where the other relation shares words one of identities
    assert len(made) == 2 * (2 * 5 + 4 + 1 + 2 * 3 + 3) + 3 + 4
    assert got.keys() == want.keys()
    for path, value in want.items():
        assert got[path] == (pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value), path


def _peak(n: int) -> int:
    """Bytes of a run of n pairs (a multiple of 40) at their highest, beyond what was given to it."""
    rng = np.random.default_rng(0)
    labels = ["hyper", "coord"] * (n // 2)
    groups = [f"category {i // 20}" for i in range(n)]
    words = [(f"word{i}", f"name{i // 20}") for i in range(n)]

    def attention(templates: int) -> Attention:
        found = Spool(templates * n, (2, 6, 12))
        for i in range(0, templates * n, 40):
            found.put_rows(i, rng.random((40, 2, 6, 12), dtype=np.float32))
        return Attention(found, templates)

    states = WordStates([word for pair in words for word in pair], (3, 24))
    for word in states:
        states.put(word, rng.standard_normal((3, 24)))
    given: dict[str, Any] = {
        "features": attention(2), "elsewhere": {name: attention(2) for name in ("earlier", "later")}
    }  # fmt: skip
    tracemalloc.start()
    try:
        ei.relations(
            **given, labels=labels, groups=groups, words=words, word_states=states, n_permutations=9, threads=1,
            random_models=(attention(1) for _ in range(2)),
        )  # fmt: skip
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_hardly_grows_with_pairs(monkeypatch: Any) -> None:
    # what is held while it is small is not what is asked about
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    monkeypatch.setattr(relation_stream, "WHOLE_BYTES", 0)
    few, many = 800, 2400
    _peak(few)  # imports
    assert (_peak(many) - _peak(few)) / (many - few) < 1000
