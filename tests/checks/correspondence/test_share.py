"""share is what its reference says, unbiased, and independent of how its texts come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.checks.correspondence.tokens import sums as token_sums
from edgeinterp.checks.correspondence.tokens.share import ShareSums
from edgeinterp.checks.correspondence.tokens.sums import GROUPS, TokenSums, group_of, most_sums
from edgeinterp.statistics.content import content_key
from edgeinterp.statistics.inference import jackknife_interval
from tests import reference, reference_share
from tests.checks.correspondence.worlds import World, blurred, identity, massive, network, nothing, partly, rotated

measure: Any = ei.correspondence
WAYS = (("value", "ci", False), ("standardised", "standardised_ci", True))


@pytest.fixture(scope="module")
def both() -> Any:
    """A world small enough for the slow reference, measured by both."""
    layers = [partly(0.6, common=0.3), rotated(0.5), nothing()]
    world = World(layers, texts=44, dimension=6, vocabulary=30, longest=13, seed=5)
    states, ids, lengths, mask = world.arrays()
    parts = reference.halves(ids, lengths.tolist(), mask, 0)
    exact = states.astype(np.float32).astype(np.float64)
    rows = [reference_share.centred_rows(exact, layer, parts["evaluate"], parts["fit"]) for layer in range(len(states))]
    return measure(states, ids, lengths, mask, n_permutations=9), rows, parts


@pytest.mark.parametrize(("value", "ci", "standardised"), WAYS)
def test_share_equals_the_reference(both: Any, value: str, ci: str, standardised: bool) -> None:
    got, rows, _ = both
    for layer, own in zip(got.layers, rows, strict=True):
        want = reference_share.share(own, standardised)
        assert getattr(layer.share, value) == pytest.approx(want, abs=2e-5)
        groups = sorted({(key >> 2) % reference_share.GROUPS for key in own["key"]})
        without = np.array([[reference_share.share(own, standardised, group)] for group in groups])
        bounds: Any = jackknife_interval(want, without, 0.05, fisher=False)
        np.testing.assert_allclose(getattr(layer.share, ci), bounds, atol=2e-4)


def test_type_means_equal_the_reference(both: Any) -> None:
    got, rows, parts = both
    for layer, own in zip(got.layers, rows, strict=True):
        scores = np.array(reference_share.type_mean_scores(own, parts["fit"]))
        tokens, hits, chance = scores.sum(axis=0)
        one = layer.recoverable.maps["type_mean"]
        assert one.tokens == tokens
        # single precision may turn one retrieval
        assert one.kappa == pytest.approx((hits - chance) / (tokens - chance), abs=2.0 / (tokens - chance))


@pytest.mark.parametrize("weight", [0.0, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("texts", [60, 240])
def test_share_is_unbiased(weight: float, texts: int) -> None:
    found = []
    for seed in range(20):
        world = World([partly(weight, seed, common=0.3)], texts=texts, dimension=24, vocabulary=150, seed=seed)
        rng = np.random.default_rng(seed)
        # all ids alike: what they share of the variance is what was planted, however many are seen
        world.ids = np.where(world.mask, world.ids, rng.integers(2, 150, world.ids.size))
        one = measure(*world.arrays(), n_permutations=1).layers[1].share
        found.append((one.value, one.standardised))
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    np.testing.assert_allclose(mean, weight, atol=3.0 * float(error.max()) + 0.003)


def test_noise_has_no_share_and_its_interval_holds_nothing() -> None:
    world = World([nothing(), partly(0.0, common=0.5)], texts=200)
    for layer in measure(*world.arrays(), n_permutations=1).layers[1:]:
        assert abs(layer.share.value) < 0.02
        assert layer.share.ci[0] < 0.0 < layer.share.ci[1]


def test_a_rotation_changes_no_share() -> None:
    world = World([partly(0.5)], texts=120)
    states, ids, lengths, mask = world.arrays()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(24, 24)))[0]
    plain, turned = (measure(np.stack([states[0], one]), ids, lengths, mask, n_permutations=1).layers[1].share
                     for one in (states[1], states[1] @ turn))  # fmt: skip
    assert turned.value == pytest.approx(plain.value, abs=1e-5)
    np.testing.assert_allclose(turned.ci, plain.ci, atol=1e-5)


@pytest.mark.parametrize("within", [0.2, 0.8])
def test_massive_dimensions_decide_the_raw_share_alone(within: float) -> None:
    layer = massive(partly(within), slice(0, 2), partly(1.0 - within, seed=9))
    one = measure(*World([layer], texts=200).arrays(), n_permutations=1).layers[1].share
    other = {0.2: 0.8, 0.8: 0.2}[within]
    assert abs(one.value - within) < 0.1
    assert abs(one.standardised - (22 * other + 2 * within) / 24) < 0.1


def test_a_state_that_does_not_vary_has_no_share() -> None:
    world = World([lambda references, ids, positions: np.ones_like(references)])
    one = measure(*world.arrays(), n_permutations=1).layers[1].share
    assert (one.value, one.ci, one.standardised) == (None, None, None)
    assert "do not differ" in one.reason


def test_texts_without_a_common_token_have_no_share() -> None:
    states = np.random.default_rng(0).normal(size=(2, 400, 8))
    result = measure(states, np.arange(400), [10] * 40, n_permutations=1)
    assert result.layers[1].share.value is None
    assert (result.layers[1].share.tokens, result.layers[1].share.covered) == (0, 0.0)
    assert "no token" in result.layers[1].share.reason


def verdict(layer: Any, **options: Any) -> tuple[str, str]:
    world = World([layer, nothing()], **{"texts": 300, **options})
    result = measure(*world.arrays(), world.swapped(), n_permutations=99)
    return result.verdicts[1].verdict, result.verdicts[1].because


@pytest.mark.parametrize("layer", [identity(), rotated(), network()])
def test_what_loses_nothing_and_has_no_context_is_supported(layer: Any) -> None:
    got, because = verdict(layer)
    assert got == "supported", because


def test_a_fifth_of_the_variance_is_weakened() -> None:
    def layer(references: Any, ids: Any, positions: Any) -> Any:
        # reference and noise, so that a linear map finds the token
        noise = nothing(7)(references, ids, positions)
        return references + 2.0 * noise

    got, because = verdict(layer, dimension=64, texts=600, position_weight=0.0)
    assert got == "weakened", because
    assert "mostly about something else" in because


def test_a_state_that_is_mostly_its_neighbours_is_weakened() -> None:
    got, because = verdict(blurred(0.2), dimension=64, texts=600)
    assert got == "weakened", because
    assert "find some of the tokens" in because or "finds some of the tokens" in because


def test_shares_on_both_sides_decide_nothing() -> None:
    layer = massive(partly(0.2), slice(0, 2), identity())
    got, because = verdict(layer)
    assert got == "undecided"
    assert "a few dimensions decide" in because


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, GROUPS - 1)), min_size=1, max_size=120),
    st.integers(1, 60),
    st.integers(1, 9),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_ids_of_lowest_hash_are_kept_whatever_the_order(pairs: Any, limit: int, size: int, random: Any) -> None:
    random.shuffle(pairs)
    sums = TokenSums(1, 1, limit, 3)
    for first in range(0, len(pairs), size):
        ids, groups = np.array(pairs[first : first + size]).T
        sums.add(0, sums.places(ids, groups), np.ones((ids.size, 1), dtype=np.float32))
    kept: dict[tuple[int, int], int] = {}
    for token in sorted({token for token, _ in pairs}, key=lambda token: content_key([token], 3)):
        own = [pair for pair in pairs if pair[0] == token]
        if len(kept) + len(set(own)) > limit:
            break
        kept |= {pair: own.count(pair) for pair in own}
    slots = sums.used()
    found = zip(sums.ids[slots].tolist(), sums.groups[slots].tolist(), sums.counts[slots].tolist(), strict=True)
    assert {(token, group): count for token, group, count in found} == kept
    assert sums.sums[0, slots, 0].tolist() == sums.counts[slots].tolist()


def test_the_bound_is_kept_and_ids_beyond_it_are_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World([partly(0.5), nothing()], texts=300)
    states, ids, lengths, mask = world.arrays()
    every = measure(states, ids, lengths, mask, n_permutations=1).layers[1].share
    monkeypatch.setattr(token_sums, "MOST_BYTES", 4 * 3 * 24 * 600)
    few = measure(states, ids, lengths, mask, n_permutations=1).layers[1].share
    assert 0.1 < few.covered < 0.9 * every.covered
    order = np.random.default_rng(9).permutation(lengths.size)
    rows = np.concatenate([np.arange(world.starts[i], world.starts[i] + lengths[i]) for i in order])
    stream = ei.Correspondence(n_permutations=1)
    ends = np.cumsum(lengths[order])
    for part in ("fit", "evaluate"):
        for last, size in zip(ends, lengths[order], strict=True):
            one = rows[last - size : last]
            if ei.half(ids[one]) == ("fit", "evaluate").index(part):
                stream.update(states[:, one], ids[one], [size], part, mask[one])
    again: Any = stream.result().layers[1].share
    assert (again.tokens, again.covered) == (few.tokens, few.covered)
    assert again.value == pytest.approx(few.value, rel=1e-4)


def test_memory_does_not_grow_with_texts() -> None:
    assert most_sums(7, 384) * 7 * 384 * 4 <= token_sums.MOST_BYTES
    assert most_sums(31, 576) * 31 * 576 * 4 <= token_sums.MOST_BYTES
    assert most_sums(100, 100_000) == GROUPS


def test_sums_are_taken_up_where_they_were_left() -> None:
    rng = np.random.default_rng(0)
    sums = ShareSums(2, 3, 40, 1)
    ids, groups = rng.integers(0, 30, (2, 200)) % np.array([[30], [GROUPS]])
    slots = sums.places(ids, groups)
    for layer in range(2):
        sums.add(layer, slots, rng.normal(size=(200, 3)).astype(np.float32))
    sums.tokens = 200
    again = ShareSums.from_arrays(sums.arrays())
    for (name, one), (its, other) in zip(sums.arrays(), again.arrays(), strict=True):
        assert name == its
        np.testing.assert_array_equal(one, other)
    # both go on alike
    more, also = (one.places(ids[::-1] + 7, groups) >= 0 for one in (sums, again))
    np.testing.assert_array_equal(more, also)


def test_groups_are_by_content() -> None:
    keys = [content_key([token, token + 1], 0) for token in range(5000)]
    sizes = np.bincount([group_of(key) for key in keys], minlength=GROUPS)
    assert sizes.size == GROUPS
    assert 120 < sizes.min() <= sizes.max() < 280
