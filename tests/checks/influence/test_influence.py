"""Influence from arrays: what is known is found, what is not there is not, and the numbers are the reference's."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import edgeinterp as ei
from edgeinterp.checks.influence.bins import pseudo_values
from tests import reference_gain
from tests import reference_influence as reference
from tests.checks.influence.influence_worlds import Texts, copying_world, salient_world

QUICK = {"n_permutations": 99}


def unrelated(causal: bool = False) -> dict[str, Any]:
    """Two random models whose attention has nothing to do with their own influence."""
    return as_random(*(copying_world(shown="false", seed=seed, causal=causal) for seed in (77, 78)))


def as_random(*worlds: Texts) -> dict[str, Any]:
    return {"random_models": [world.as_random_model() for world in worlds]}


def verdicts(result: Any) -> list[str]:
    return [verdict.verdict for verdict in result.verdicts]


# --- what is known -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [False, True])
def test_influence_recovers_which_token_is_copied(causal: bool) -> None:
    world = copying_world(texts=1, causal=causal)
    matrices = reference.influence_matrix(world.states[0][1], world.copies[0][1][None])
    for i, row in enumerate(world.weights[0]):
        others = [j for j in range(len(row)) if j != i and (not causal or j < i)]
        # the order of influence is the order of the weights, token by token
        assert sorted(others, key=lambda j: matrices[i, j]) == sorted(others, key=lambda j: row[j])


@pytest.mark.parametrize("causal", [False, True])
def test_attention_that_points_at_what_is_copied_is_supported(causal: bool) -> None:
    world = copying_world(causal=causal)
    result = world.measured(**unrelated(causal), causal=causal, head=(1, 1))
    assert verdicts(result) == ["supported"] * 3
    layer = result.layers[0]
    for found in (layer.attention, layer.rollout, result.head.agreement):
        assert found.rho == pytest.approx(1.0)
        # what is copied is the weight: nothing is left to the profile, and pairs agree as well
        assert found.gain.value > 0.5
        assert found.pair.value > 0.9
        for one in (found.gain, found.pair):
            assert one.p_adjusted == pytest.approx(0.001, abs=1e-5)
    assert layer.heads[0].agreement.rho == pytest.approx(1.0)


@pytest.mark.parametrize("causal", [False, True])
def test_random_models_that_follow_their_own_influence_as_well_are_not_beaten(causal: bool) -> None:
    # attention has half of what is copied, in the model as in the random one: it comes with the architecture
    world = half_shown(0, causal)
    random = as_random(*(half_shown(seed, causal) for seed in (50, 60, 70)))
    result = world.measured(**random, causal=causal, head=(1, 1))
    assert result.random_models == 3
    assert set(verdicts(result)) <= {"weakened", "undecided"}
    for because in (verdict.because for verdict in result.verdicts):
        assert re.search("with their own influence random models' (attention|rollout) reaches", because)
    layer = result.layers[0]
    for rivals in (layer.attention.rivals, layer.rollout.rivals, result.head.rivals):
        for part in ("gain", "pair"):
            low, high = rivals[f"random_model.{part}"].margin.ci
            assert low < 0.0 < high
        assert rivals["random_model.pair"].score == pytest.approx(layer.attention.pair.value, abs=0.1)


def half_shown(seed: int, causal: bool) -> Texts:
    rng = np.random.default_rng(seed + 1)
    world = copying_world(seed=seed, causal=causal)
    for maps, weights in zip(world.attentions, world.weights, strict=True):
        shown = weights * np.exp(0.5 * rng.normal(size=weights.shape))
        maps[0, 0] = shown / shown.sum(axis=-1, keepdims=True)
    return world


@pytest.mark.parametrize("causal", [False, True])
def test_attention_that_points_elsewhere_is_never_weakened_or_supported(causal: bool) -> None:
    world = copying_world(shown="false", causal=causal)
    result = world.measured(**unrelated(causal), causal=causal, head=(1, 1))
    assert set(verdicts(result)) <= {"undecided", "unsupported"}
    assert abs(result.layers[0].attention.rho) < 0.1


def test_attention_that_only_counts_words_between_is_not_supported() -> None:
    # influence falls with distance and has content besides; attention has the distance alone
    rng = np.random.default_rng(0)
    world = copying_world()
    away = np.exp(-np.abs(np.subtract.outer(np.arange(10), np.arange(10))))
    for text, weights in enumerate(world.weights):
        mixed = away * np.exp(0.3 * rng.normal(size=weights.shape))
        replaced = copying_world(texts=1)
        states, copies = replaced.states[0], replaced.copies[0]
        turn = np.eye(10) + mixed
        world.states[text] = np.stack([states[0], turn @ states[0]])
        world.copies[text] = np.stack([copies[0], np.einsum("ij,cjd->cid", turn, copies[0])])
        world.attentions[text] = (away / away.sum(axis=1, keepdims=True))[None, None]
    result = world.measured(**unrelated())
    assert result.layers[0].attention.rho > 0.8
    assert result.layers[0].attention.references["distance"].rho == pytest.approx(
        result.layers[0].attention.rho, abs=1e-9
    )
    # the same attention in all texts: it adds nothing to the profile, and no pair is singled out
    for found in (result.layers[0].attention.gain, result.layers[0].attention.pair):
        assert found.value == pytest.approx(0.0, abs=0.01)
    assert set(verdicts(result)) <= {"undecided", "unsupported"}


def test_a_causal_model_is_not_asked_about_what_it_cannot_see() -> None:
    world = copying_world(causal=True)
    plain = world.measured(causal=True, **QUICK)
    for maps, copies in zip(world.attentions, world.copies, strict=True):
        # what a row has above its diagonal leaves the order of the rest as it was
        maps[0, 0] += np.triu(np.random.default_rng(0).random((10, 10)), 0)
        maps[0, 0] /= maps[0, 0].sum(axis=-1, keepdims=True)
        for j in range(10):
            copies[1, j, :j] = np.random.default_rng(j).normal(size=(j, 20))
    found, want = world.measured(causal=True, **QUICK).layers[0].attention, plain.layers[0].attention
    assert (found.rho, found.ci, found.gain) == (want.rho, want.ci, want.gain)
    # logarithms: the row's sum is another, and effects of rows are taken out
    assert found.pair.value == pytest.approx(want.pair.value, abs=1e-7)


def test_best_head_is_scored_on_the_other_half() -> None:
    # 40 heads of noise: the best of them looks good where it was chosen, and not elsewhere
    world = copying_world(shown="false", seed=3)
    rng = np.random.default_rng(1)
    world.attentions = [rng.dirichlet(np.ones(10), size=(1, 40, 10)) for _ in world.lengths]
    best = world.measured(**QUICK).best_head
    assert best.chosen_rho > 0.05 > abs(best.rho)
    assert best.texts == 12
    # one head that copies the truth is chosen, by name
    for maps, weights in zip(world.attentions, world.weights, strict=True):
        maps[0, 16] = weights
    best = world.measured(**QUICK).best_head
    assert (best.attention_layer, best.head) == (1, 17)
    assert best.rho == pytest.approx(1.0)


# --- what is not there -------------------------------------------------------------------------------------------

REPETITIONS = 80


@pytest.fixture(scope="module")
def salient() -> list[Any]:
    return [salient_world(seed).measured(n_permutations=99, random_state=seed) for seed in range(REPETITIONS)]


def test_salient_tokens_alone_are_found_no_more_often_than_alpha(salient: Any) -> None:
    limit = binom.ppf(0.99, REPETITIONS, 0.05)
    for name in ("gain", "pair"):
        layers = [min(getattr(layer.attention, name).p_adjusted for layer in result.layers) for result in salient]
        rollout = [min(getattr(layer.rollout, name).p_adjusted for layer in result.layers) for result in salient]
        heads = [
            min(getattr(head.agreement, name).p_adjusted for layer in result.layers for head in layer.heads)
            for result in salient
        ]
        for smallest in (layers, rollout, heads):
            assert np.sum(np.array(smallest) <= 0.05) <= limit
            # and p is not simply large: half of them lie in the lower half
            assert 0.25 < np.mean(np.array(smallest) <= 0.5) < 0.75
    claimed = sum(any(v.verdict in ("supported", "weakened") for v in result.verdicts) for result in salient)
    assert claimed <= limit


def test_salient_tokens_would_fool_a_null_that_permutes_columns() -> None:
    found = 0.0
    for seed in range(30):
        world = salient_world(seed)
        rng = np.random.default_rng(seed)
        observed, null = 0.0, np.zeros(99)
        for states, copies, maps in zip(world.states, world.copies, world.attentions, strict=True):
            # states are unit vectors
            influence = 1 - np.einsum("nd,cnd->nc", states[1], copies[1]) / np.linalg.norm(copies[1], axis=-1).T
            order = np.array(world.positions[0])
            x = _unit_ranks(maps[0].mean(axis=0)[:, order])
            y = _unit_ranks(influence)
            observed += np.sum(x * y)
            null += [np.sum(x[:, rng.permutation(len(order))] * y) for _ in range(99)]
        found += float((1 + np.sum(null >= observed)) / 100 <= 0.05)
    assert found > binom.ppf(0.999, 30, 0.05)


def _unit_ranks(values: Any) -> Any:
    ranks = np.argsort(np.argsort(values, axis=1), axis=1).astype(float)
    ranks -= ranks.mean(axis=1, keepdims=True)
    return ranks / np.linalg.norm(ranks, axis=1, keepdims=True)


# --- the numbers -------------------------------------------------------------------------------------------------


def by_positions(world: Texts) -> list[int]:
    """Groups of texts with the same positions, whatever their lengths."""
    return [len(positions) for positions in world.positions]


def mixed_world(causal: bool = False, seed: int = 0) -> tuple[Texts, list[Any]]:
    """Texts of different lengths with special tokens, two draws, two layers, three heads: noise with a weak signal."""
    rng = np.random.default_rng(seed)
    world, special = Texts(), []
    for text in range(21):
        size = 9 + text % 3
        weights = rng.dirichlet(np.ones(size), size=(2, 3, size))
        states = rng.normal(size=(3, size, 6))
        positions = np.array([1, 2, 4, 5, 6, 7][: 6 - (text // 7)])
        copies = np.repeat(states[:, None, None], len(positions), axis=2).repeat(2, axis=1)
        noise = rng.normal(size=copies.shape)
        for layer in (1, 2):
            shown, hidden = weights[layer - 1].mean(axis=0), rng.dirichlet(np.ones(size), size=size)
            scale = (0.12 * shown + 0.88 * hidden)[:, positions].T
            copies[layer] += 0.3 * np.sqrt(scale)[None, :, :, None] * noise[layer]
        mask = np.zeros(size, dtype=bool)
        mask[[0, -1]] = True
        world.states.append(states.astype(np.float32))
        world.copies.append(copies.astype(np.float32))
        world.attentions.append(weights)
        world.positions.append(positions)
        world.lengths.append(size)
        special.append(mask)
    return world, special


@pytest.fixture(scope="module", params=[False, True], ids=["encoder", "causal"])
def mixed(request: Any) -> Any:
    world, special = mixed_world(request.param)
    other, _ = mixed_world(request.param, seed=5)
    result = world.measured(
        special_tokens_mask=np.concatenate(special),
        causal=request.param,
        **as_random(other, other),
        groups=by_positions(world),
        n_permutations=499,
        head=(2, 3),
    )
    return world, special, request.param, result


def tables(world: Texts, special: list[Any], causal: bool, layer: int, predictors: list[Any]) -> list[Any]:
    """The reference's table of every bin."""
    found = []
    for positions in sorted({tuple(part.tolist()) for part in world.positions}):
        members = [text for text, part in enumerate(world.positions) if tuple(part.tolist()) == positions]
        rows = reference.common_rows([world.lengths[t] for t in members], [special[t] for t in members])
        influences = [reference.influence_matrix(world.states[t][layer], world.copies[t][layer]) for t in members]
        found.append(reference.pair_table([predictors[t] for t in members], influences, list(positions), rows, causal))
    return found


def own(found: list[Any]) -> list[float]:
    return [table[s][s] for table in found for s in range(len(table))]


def test_numbers_equal_the_reference(mixed: Any) -> None:
    world, special, causal, result = mixed
    layer = result.layers[1]
    means = [maps[1].mean(axis=0) for maps in world.attentions]
    paths = [reference.rollout(maps)[1] for maps in world.attentions]
    third = [maps[1, 2] for maps in world.attentions]
    away = [-np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype(float) for n in world.lengths]
    values = {}
    for name, predictors in (("mean", means), ("rollout", paths), ("head", third), ("away", away)):
        values[name] = own(tables(world, special, causal, 2, predictors))
    assert layer.attention.rho == pytest.approx(np.mean(values["mean"]), abs=1e-9)
    assert layer.rollout.rho == pytest.approx(np.mean(values["rollout"]), abs=1e-9)
    assert layer.heads[2].agreement.rho == result.head.agreement.rho == pytest.approx(np.mean(values["head"]), abs=1e-9)
    assert layer.attention.references["distance"].rho == pytest.approx(np.mean(values["away"]), abs=1e-9)
    assert layer.attention.ci == pytest.approx(reference.jackknife_t(values["mean"], math.atanh, math.tanh), abs=1e-6)


def test_gain_and_pair_equal_the_reference(mixed: Any) -> None:
    world, special, causal, result = mixed
    texts = []
    for positions in sorted({tuple(part.tolist()) for part in world.positions}):
        members = [text for text, part in enumerate(world.positions) if tuple(part.tolist()) == positions]
        rows = reference.common_rows([world.lengths[t] for t in members], [special[t] for t in members])
        rows = [i for i in rows if len(reference.columns_of(i, list(positions), causal)) >= 4]
        texts += [
            {"bin": positions, "rows": rows, "positions": list(positions), "causal": causal,
             "reading": world.attentions[t][1].mean(axis=0)[rows][:, list(positions)],
             "influence": reference.influence_matrix(world.states[t][2], world.copies[t][2])[rows]}
            for t in members
        ]  # fmt: skip
    exchanged, found = reference_gain.Exchanged(texts), result.layers[1].attention
    gains = exchanged.gains(list(range(len(texts))))
    assert found.gain.value == pytest.approx(reference_gain.less_others(gains, exchanged.foreign_gains()), abs=1e-6)
    table = reference_gain.pair_table(texts)
    own = [table[s, s] for s in range(len(texts))]
    others = [{t: table[s, t] for t in exchanged.others(s)} for s in range(len(texts))]
    assert found.pair.value == pytest.approx(reference_gain.less_others(own, others), abs=1e-5)
    assert result.layers[1].attention.rivals["profile"].score == pytest.approx(
        np.mean(exchanged.profile_rho()), abs=1e-6
    )


def test_foreign_text_equals_the_reference(mixed: Any) -> None:
    world, special, causal, result = mixed
    means = [maps[1].mean(axis=0) for maps in world.attentions]
    found = tables(world, special, causal, 2, means)
    foreign = result.layers[1].attention.references["foreign_text"]
    assert foreign.rho == pytest.approx(np.mean([reference.foreign_mean(table) for table in found]), abs=1e-9)


def test_self_share_and_summaries_equal_the_reference(mixed: Any) -> None:
    world, special, causal, result = mixed
    shares, heads = [], []
    for text, positions in enumerate(world.positions):
        matrix = reference.influence_matrix(world.states[text][1], world.copies[text][1])
        free = np.flatnonzero(~special[text]).tolist()
        shares.append(reference.self_share(matrix, positions.tolist(), free, causal))
        heads.append(reference.summaries(world.attentions[text][0, 1], special[text].tolist(), causal))
    assert result.layers[0].self_share == pytest.approx(np.mean([share for share in shares if share is not None]))
    for name in ("entropy", "self", "previous", "next", "special"):
        want = np.mean([head[name] for head in heads])
        assert getattr(result.layers[0].heads[1].summary, name) == pytest.approx(want)


def test_pseudo_values_are_those_of_leaving_one_text_out() -> None:
    rng = np.random.default_rng(0)
    for unit in rng.normal(size=(2, 6, 6)):
        whole = reference.foreign_mean(unit.tolist())
        without = [reference.foreign_mean(np.delete(np.delete(unit, s, 0), s, 1).tolist()) for s in range(6)]
        np.testing.assert_allclose(pseudo_values(unit), [6 * whole - 5 * one for one in without])


def test_interval_of_the_foreign_margin_covers() -> None:
    # noise in which nothing agrees: the margin is 0, and 95 % intervals should miss it in about 5 % of worlds
    covered = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        scale = rng.normal(size=(24, 1)), rng.normal(size=(1, 24))
        pairs = np.stack(
            [(scale[0] + scale[1] + rng.normal(size=(24, 24)))[i : i + 6, i : i + 6] for i in (0, 6, 12, 18)]
        )
        values = np.concatenate([np.diag(unit) - pseudo_values(unit) for unit in pairs]).tolist()
        low, high = reference.jackknife_t(values, float, float)
        covered += low <= 0.0 <= high
    assert covered >= binom.ppf(0.001, 120, 0.95)


def test_order_of_texts_does_not_matter() -> None:
    world, special = mixed_world()
    first = world.measured(special_tokens_mask=np.concatenate(special), groups=by_positions(world), **QUICK)
    names = ("states", "copies", "attentions", "positions", "lengths")
    turned = Texts(*(getattr(world, name)[::-1] for name in names))
    ids = np.repeat(np.arange(len(world.lengths))[::-1], turned.lengths)
    second = turned.measured(
        special_tokens_mask=np.concatenate(special[::-1]), token_ids=ids, groups=by_positions(turned), **QUICK
    )
    assert first.to_dict()["layers"] == second.to_dict()["layers"]


def test_seed_changes_exchanges_and_nothing_else() -> None:
    world, special = mixed_world()
    one, other = (
        world.measured(
            special_tokens_mask=np.concatenate(special), groups=by_positions(world), random_state=seed, **QUICK
        )
        for seed in (0, 1)
    )
    assert [layer.attention.rho for layer in one.layers] == [layer.attention.rho for layer in other.layers]
    for name in ("gain", "pair"):
        first, second = ([getattr(layer.attention, name) for layer in result.layers] for result in (one, other))
        assert [found.value for found in first] == [found.value for found in second]
        assert [found.p for found in first] != [found.p for found in second]


def test_result_reads_back_and_has_no_nan() -> None:
    world, special = mixed_world()
    mask = np.concatenate(special)
    result = world.measured(special_tokens_mask=mask, head=(1, 2), groups=by_positions(world), **QUICK)
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert type(result).from_dict(json.loads(text)).to_dict() == result.to_dict()


# --- what cannot be measured -------------------------------------------------------------------------------------


def test_too_few_texts_are_undecided() -> None:
    result = copying_world(texts=19).measured(**QUICK)
    assert set(verdicts(result)) == {"undecided"}
    assert "19 texts" in result.verdicts[0].because
    layer = result.layers[0]
    # the correlation itself is known
    assert layer.attention.rho == pytest.approx(1.0)
    assert layer.attention.gain.p is None
    assert "19 texts" in layer.attention.pair.reason


def test_more_exchanges_than_a_number_holds() -> None:
    result = salient_world(0, texts=180, in_bin=180).measured(n_permutations=99)
    assert result.exchangeable == 180
    assert result.smallest_p == 0.01


def test_texts_of_their_own_cannot_exchange() -> None:
    world = copying_world()
    world.positions = [np.roll(np.arange(10), text % 10) for text in range(24)]
    # bins of 2 and 3: only those of 3 count
    result = world.measured(**QUICK)
    assert result.exchangeable == 12
    assert set(verdicts(result)) == {"undecided"}


def test_texts_of_different_lengths_exchange_only_where_that_is_asked_for() -> None:
    world, special = mixed_world()
    mask = np.concatenate(special)
    # positions and lengths: 9 classes of 2 or 3 texts
    apart = world.measured(special_tokens_mask=mask, **QUICK)
    assert apart.exchangeable < 20
    assert world.measured(special_tokens_mask=mask, groups=by_positions(world), **QUICK).exchangeable == 21


@pytest.mark.parametrize("options", [{"n_permutations": 1}, {"n_permutations": 18}, {"alpha": 0.0001}])
def test_too_few_permutations_are_undecided(options: dict[str, Any]) -> None:
    result = copying_world().measured(**{"n_permutations": 99, **options})
    assert set(verdicts(result)) == {"undecided"}
    assert "cannot give p <=" in result.verdicts[0].because


def test_nineteen_permutations_are_enough() -> None:
    world = copying_world()
    assert "undecided" not in verdicts(world.measured(n_permutations=19, **unrelated()))


def test_a_rival_that_is_lacking_leaves_the_claim_undecided() -> None:
    world = copying_world()
    without = world.measured(**QUICK)
    assert verdicts(without) == ["undecided"] * 2
    assert "random_model" in without.verdicts[0].because
    for name in ("profile", "salience"):
        others = [other for other in ("profile", "salience", "random_model") if other != name]
        left_out = world.measured(controls=others, **unrelated(), **QUICK)
        assert f"{name} was left out" in left_out.verdicts[0].because


def test_one_random_model_is_not_enough() -> None:
    one = {"random_models": unrelated()["random_models"][:1]}
    result = copying_world().measured(**one, **QUICK)
    assert verdicts(result) == ["undecided"] * 2
    assert "1 random model, 2 are needed" in result.verdicts[0].because


def test_a_random_model_in_which_nothing_changes_is_no_rival() -> None:
    states, _, attentions = unrelated()["random_models"][0]
    copies = [np.repeat(states.reshape(2, 24, 10, 20)[:, text, None], 10, axis=1) for text in range(24)]
    result = copying_world().measured(random_models=[(states, copies, attentions)] * 2, **QUICK)
    assert verdicts(result) == ["undecided"] * 2
    assert "changes a random model's hidden state" in result.verdicts[0].because
    json.dumps(result.to_dict(), allow_nan=False)


def test_no_change_at_all_is_undecided_with_a_reason() -> None:
    world = copying_world()
    world.copies = [np.repeat(states[:, None], 10, axis=1) for states in world.states]
    result = world.measured(**QUICK)
    assert set(verdicts(result)) == {"undecided"}
    assert result.layers[0].attention.rho is None
    assert "changes the hidden state" in (result.layers[0].attention.reason or "")
    json.dumps(result.to_dict(), allow_nan=False)


def test_too_few_columns_are_undecided_with_a_reason() -> None:
    world = copying_world()
    world.positions = [np.arange(4)] * 24
    world.copies = [copies[:, :4] for copies in world.copies]
    # rows 4 to 9 have 4 columns, rows 0 to 3 have 3
    assert world.measured(**QUICK).layers[0].attention.rho == pytest.approx(1.0)
    world.positions = [np.arange(3)] * 24
    world.copies = [copies[:, :3] for copies in world.copies]
    result = world.measured(**QUICK)
    assert set(verdicts(result)) == {"undecided"}
    assert "4 replaced tokens" in (result.layers[0].attention.reason or "")


def test_equal_attention_everywhere_orders_nothing() -> None:
    world = copying_world()
    world.attentions = [np.full((1, 1, 10, 10), 0.1) for _ in range(24)]
    result = world.measured(**QUICK)
    assert result.layers[0].attention.rho == 0.0
    assert set(verdicts(result)) <= {"undecided", "unsupported"}
    assert result.layers[0].heads[0].summary.entropy == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lengths": [10] * 23}, "lengths have 23"),
        ({"lengths": [11] * 24}, "expected (L + 1, 264 tokens, d)"),
        ({"positions": [[0, 0, 1, 2, 3, 4, 5, 6, 7, 8]] * 24}, "expected different indices"),
        ({"positions": [list(range(1, 11))] * 24}, "below 10"),
        ({"positions": [[0.5]] * 24}, "whole numbers"),
        ({"attentions": [np.ones((1, 1, 9, 9))] * 24}, "attentions: text 0 has shape (1, 1, 9, 9)"),
        ({"attentions": [np.full((1, 1, 10, 10), np.nan)] * 24}, "not finite"),
        ({"copies": [np.ones((2, 9, 10, 20))] * 24}, "(L + 1, P, n, d) = (2, 10, 10, 20)"),
        ({"copies": [np.full((2, 10, 10, 20), np.inf)] * 24}, "not finite"),
        ({"states": [np.full((2, 10, 20), np.nan)] * 24}, "hidden_states: have values that are not finite"),
    ],
)
def test_arrays_that_do_not_fit_are_named(change: Any, words: str) -> None:
    world = copying_world()
    for name, value in change.items():
        setattr(world, name, value)
    ids = np.zeros(240, dtype=int) if "lengths" in change else None
    with pytest.raises(ei.InputError) as caught:
        world.measured(token_ids=ids, **QUICK)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def random_with(**parts: Any) -> tuple[Any, ...]:
    """A random model, of which parts are replaced."""
    given = dict(zip(("states", "copies", "attentions"), unrelated()["random_models"][0], strict=True))
    return tuple({**given, **parts}.values())


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"head": (2, 1)}, "layers 1 to 1 with heads 1 to 1"),
        ({"head": (1, 0)}, "head 1.0"),
        ({"n_permutations": 0}, "permutations 0"),
        ({"alpha": 1.0}, "alpha"),
        ({"controls": ["nothing"]}, "control 'nothing'"),
        ({"special_tokens_mask": [False] * 3}, "special_tokens_mask"),
        ({"special_tokens_mask": [True] * 240}, "replaces a special token"),
        ({"token_ids": [1, 2]}, "token_ids"),
        ({"random_models": [()]}, "random_models, model 0: 0 parts"),
        ({"random_models": [random_with(states=np.ones((2, 9, 20)))]}, "model 0, hidden states: arrays of shape"),
        ({"random_models": [random_with(states=np.ones((3, 240, 20)))]}, "model 0: 3 hidden states"),
        ({"random_models": [random_with(states=np.full((2, 240, 20), np.nan))]}, "model 0, hidden states: have values"),
        ({"random_models": [random_with(copies=[])]}, "model 0, replaced hidden states: 0 texts"),
        ({"random_models": [random_with(copies=[np.ones(3)] * 24)]}, "model 0, replaced hidden states: text 0"),
        ({"random_models": [random_with(attentions=[])]}, "model 0, attentions: 0 texts"),
        ({"random_models": [random_with(attentions=[np.ones((1, 1, 3, 3))] * 24)]}, "model 0, attentions: text 0"),
        ({"random_state": 2**63}, "random_state"),
        ({"groups": [0]}, "groups: 1 given for 24 texts"),
    ],
)
def test_unusable_settings_are_named(setting: Any, words: str) -> None:
    with pytest.raises(ei.InputError) as caught:
        copying_world().measured(**{**QUICK, **setting})
    assert words in str(caught.value)


def test_groups_must_share_their_positions() -> None:
    world = copying_world()
    world.positions[3] = np.arange(10)[::-1]
    with pytest.raises(ei.InputError, match="texts of group 0 have different positions"):
        world.measured(groups=[0] * 24, **QUICK)


@pytest.mark.parametrize("given", [np.ones((2, 3)), np.ones((2, 3, 4)), np.full((1, 2, 2), np.nan), [[["a"]]]])
def test_rollout_refuses_what_is_no_attention(given: Any) -> None:
    with pytest.raises(ei.InputError):
        ei.rollout(given)
