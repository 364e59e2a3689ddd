from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.checks.correspondence import summary as correspondence_summary
from edgeinterp.checks.correspondence import tallies
from edgeinterp.checks.correspondence.blocks import Batch
from edgeinterp.checks.correspondence.halves import Halves
from edgeinterp.checks.correspondence.settings import CorrespondenceSettings
from edgeinterp.checks.correspondence.summary import summarise
from tests import reference
from tests.checks.correspondence.worlds import World, identity, nothing, position_only, rotated

DRAWS = 50
SETTINGS = CorrespondenceSettings.of(0.05, DRAWS, 0)
PARTS = ("fit", "evaluate")
# results hold None where nothing could be computed; here that would be a failure
measure: Any = ei.correspondence


def verdicts(result: Any) -> Any:
    return {verdict.attention_layer: verdict.verdict for verdict in result.verdicts}


def reason(result: Any, attention_layer: Any) -> Any:
    return next(v.because for v in result.verdicts if v.attention_layer == attention_layer)


def with_position_layer(**options: Any) -> Any:
    """A world whose hidden states are: reference, mean hidden state 0 of each position, anything."""
    holder: dict[str, Any] = {}
    world = World([position_only(lambda: holder["places"]), nothing()], **options)
    places = world.positions
    references = world.embed(world.ids, places)
    holder["places"] = np.stack([references[places == place].mean(axis=0) for place in range(world.longest)])
    return world


@pytest.fixture(scope="module")
def small() -> Any:
    """A world small enough for the slow reference, with every kind of layer."""
    return World([identity(0.4), rotated(0.5), nothing()], texts=26, dimension=6, vocabulary=30, longest=13, seed=5)


@pytest.fixture(scope="module")
def both(small: Any) -> Any:
    states, ids, lengths, mask = small.arrays()
    got = measure(states, ids, lengths, mask, n_permutations=DRAWS)
    want = reference.correspondence(states.astype(np.float32), ids, lengths.tolist(), mask, 0, DRAWS)
    return got, want


@pytest.mark.parametrize("name", reference.MAP_NAMES)
def test_scores_equal_the_reference(both: Any, name: Any) -> None:
    got, want = both
    assert got.evaluated_tokens > 50
    for layer, scores in zip(got.layers, want, strict=True):
        token, slow = layer.maps[name].token, scores[name]
        # single precision may turn one retrieval where two candidates are all but equally near
        one = 1.001 / got.evaluated_tokens
        assert abs(token.identification - slow["identification"]) <= one
        assert abs(token.chance - slow["chance"]) <= one
        assert abs(token.mrr - slow["mrr"]) <= one
        assert abs(layer.maps[name].position.identification - slow["position"]) <= one
        assert layer.maps[name].position.ceiling == pytest.approx(slow["position_ceiling"])
        assert token.kappa == pytest.approx((token.identification - token.chance) / (1 - token.chance))


def test_controls_equal_the_reference(both: Any) -> None:
    got, want = both
    for layer, scores in zip(got.layers, want, strict=True):
        assert layer.anisotropy == pytest.approx(scores["anisotropy"], abs=1e-5)
        assert abs(layer.foreign.raw - scores["foreign"]["raw"]) < 0.02
        assert abs(layer.foreign.linear - scores["foreign"]["linear"]) < 0.02
        if layer.layer:
            assert abs(layer.rise.value - scores["rise"]) <= 1.001 / got.evaluated_tokens


@pytest.mark.parametrize("name", reference.MAP_NAMES)
def test_p_values_equal_the_reference(both: Any, name: Any) -> None:
    got, want = both
    observed = [scores[name]["hits"] for scores in want[1:]]
    null = np.transpose([scores[name]["counts"] for scores in want[1:]]).tolist()
    raw, adjusted = reference.permutation_p(observed, null)
    for layer, p, p_adjusted in zip(got.layers[1:], raw, adjusted, strict=True):
        # one retrieval that rounding turned moves one count by at most one
        assert abs(layer.maps[name].token.p - p) <= 4 / (DRAWS + 1)
        assert abs(layer.maps[name].token.p_adjusted - p_adjusted) <= 4 / (DRAWS + 1)


def test_stream_equals_arrays(small: Any) -> None:
    states, ids, lengths, mask = small.arrays()
    whole = measure(states, ids, lengths, mask, small.swapped(), n_permutations=DRAWS)
    stream = ei.Correspondence(n_permutations=DRAWS, threads=2)
    spans = [slice(start, start + size) for start, size in zip(small.starts, small.lengths, strict=True)]
    order = sorted(spans, key=lambda span: (span.stop - span.start, ei.content_key(ids[span])))
    for value, part in enumerate(PARTS):
        group = [span for span in order if ei.half(ids[span], 0) == value]
        for first in range(0, len(group), 3):
            rows = np.concatenate([np.arange(span.start, span.stop) for span in group[first : first + 3]])
            sizes = [span.stop - span.start for span in group[first : first + 3]]
            stream.update(states[:, rows], ids[rows], sizes, part, mask[rows])
    for copy in small.swapped():
        span = spans[copy.text]
        stream.update_swapped(copy.hidden_states, states[0][span], ids[span], copy.positions, mask[span])
    assert stream.result().to_dict() == whole.to_dict()


def evaluated(world: World, expected: bool) -> Any:
    """Tallies of the world's texts; it may have been told before which they are."""
    states, ids, _, mask = world.arrays()
    spans = [slice(start, start + size) for start, size in zip(world.starts, world.lengths, strict=True)]
    own = {part: [span for span in spans if ei.half(ids[span], 0) == half] for half, part in enumerate(PARTS)}
    coming = [(ei.content_key(ids[s]), int(np.count_nonzero(~mask[s]))) for s in own["evaluate"]]
    halves = Halves(SETTINGS, expected=coming if expected else ())
    for part, group in own.items():
        for span in group:
            halves.update(Batch.of(states[:, span], ids[span], [span.stop - span.start], mask[span]), part)
    return halves.finish(), halves.counts


@pytest.mark.parametrize("limit", [40, 60, 10_000])
def test_texts_that_are_expected_change_nothing_but_work(
    small: Any, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(tallies, "SAMPLE_TOKENS", limit)
    added: list[int] = []
    add = tallies.Sample.add

    def counted(sample: tallies.Sample, key: int, text: tallies.SampledText) -> None:
        added.append(key)
        add(sample, key, text)

    monkeypatch.setattr(tallies.Sample, "add", counted)
    plain, counts = evaluated(small, expected=False)
    once = len(added)
    told, its = evaluated(small, expected=True)
    assert summarise(told, SETTINGS, its).to_dict() == summarise(plain, SETTINGS, counts).to_dict()
    assert len(added) - once == len(told.sample.texts) <= once
    assert (len(added) - once < once) is (limit < 10_000)


def test_other_texts_than_expected_are_refused(small: Any) -> None:
    states, ids, lengths, mask = small.arrays()
    for expected in ([(1, 4000), (2, 4000)], [(1, 8)]):
        halves = Halves(SETTINGS, expected=expected)
        halves.update(Batch.of(states, ids, lengths, mask), "evaluate")
        with pytest.raises(ei.InputError, match="other texts were evaluated"):
            halves.finish()
    # texts too short to be evaluated are not missed
    assert Halves(SETTINGS, expected=[(5, 7)]).finish().evaluated_tokens == 0


@pytest.mark.parametrize("threads", [0, -1, 1, 40])
def test_any_number_of_threads_does(small: Any, threads: int) -> None:
    states, ids, lengths, mask = small.arrays()
    stream = ei.Correspondence(n_permutations=9, threads=threads)
    stream.update(states, ids, lengths, "fit", mask)
    assert stream.result().fit_tokens == np.count_nonzero(~mask)


def test_texts_that_wait_do_not_hold_their_batch(small: Any) -> None:
    states, ids, lengths, mask = small.arrays()
    halves = Halves(SETTINGS)
    halves.update(Batch.of(states, ids, lengths, mask), "fit")
    halves.update(Batch.of(states + 1, ids + 1, lengths, mask), "evaluate")
    waiting = [*halves.evaluation._waiting, *halves._fit._waiting[0], *halves._fit._waiting[1]]
    assert halves.evaluation._waiting
    for text in waiting:
        base = text.states[0] if text.states[0].base is None else text.states[0].base
        assert base.size <= len(states) * text.ids.size * states.shape[2]


def test_maps_permuted_one_at_a_time_give_the_same(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    states, ids, lengths, mask = small.arrays()
    together = measure(states, ids, lengths, mask, n_permutations=DRAWS)
    monkeypatch.setattr(correspondence_summary, "MOST_COUNTS", 0)
    assert measure(states, ids, lengths, mask, n_permutations=DRAWS).to_dict() == together.to_dict()


def test_order_of_texts_does_not_matter(small: Any) -> None:
    states, ids, lengths, mask = small.arrays()
    order = np.random.default_rng(9).permutation(lengths.size)
    rows = np.concatenate([np.arange(small.starts[i], small.starts[i] + lengths[i]) for i in order])
    one = measure(states, ids, lengths, mask, n_permutations=DRAWS)
    other = measure(states[:, rows], ids[rows], lengths[order], mask[rows], n_permutations=DRAWS)
    assert one.to_dict() == other.to_dict()


def test_planted_identity_is_supported() -> None:
    world = World([identity(0.3), rotated(), nothing()])
    states, ids, lengths, mask = world.arrays()
    result = measure(states, ids, lengths, mask, world.swapped(), n_permutations=199)
    # a rotation loses nothing: what is read is the token, in another basis
    assert verdicts(result) == {1: "supported", 2: "supported", 3: "supported"}
    assert result.layers[2].maps["centred"].token.identification < 0.5
    assert result.layers[0].maps["raw"].token.identification == 1.0
    assert result.layers[1].swap.content_share > 0.9
    assert result.layers[2].maps["linear"].token.identification > 0.95


def test_without_swapped_copies_no_layer_beyond_the_first_is_supported() -> None:
    states, ids, lengths, mask = World([identity(0.1), nothing()]).arrays()
    result = measure(states, ids, lengths, mask, n_permutations=99)
    assert verdicts(result)[2] == "undecided"
    assert reason(result, 2).startswith("swap not measured")


@pytest.mark.parametrize(("shortest", "longest"), [(10, 24), (10, 11)])
def test_planted_position_is_not_supported_and_is_named(shortest: Any, longest: Any) -> None:
    world = with_position_layer(shortest=shortest, longest=longest, position_weight=3.0, texts=300)
    states, ids, lengths, mask = world.arrays()
    result = measure(states, ids, lengths, mask, world.swapped(), n_permutations=199)
    assert result.layers[1].maps["raw"].token.identification > 0.6
    assert result.layers[1].maps["centred"].token.identification < 0.3
    assert verdicts(result)[2] in ("unsupported", "weakened")
    assert "position" in reason(result, 2)


def test_identity_that_needs_more_text_is_undecided() -> None:
    # every direction carries identity under so much noise that the map goes on improving with more text
    def verdict(texts: Any) -> Any:
        layers = [rotated(60.0), nothing()]
        world = World(layers, dimension=64, texts=texts, longest=14, vocabulary=2000, position_weight=0.0)
        states, ids, lengths, mask = world.arrays()
        return measure(states, ids, lengths, mask, world.swapped(), n_permutations=199)

    few = verdict(400)
    assert verdicts(few)[2] == "undecided"
    assert "identification still rises" in reason(few, 2)
    asked = re.search(r"give about ([\d,]+) texts of this length \(now 400\)", reason(few, 2))
    assert asked is not None
    # advice that is followed ends its reason
    assert "identification still rises" not in reason(verdict(int(asked[1].replace(",", ""))), 2)


def test_too_few_tokens_to_fit_is_undecided() -> None:
    def measured(texts: int, seed: int) -> Any:
        world = World([rotated(120.0), nothing()], dimension=300, texts=texts, seed=seed)
        states, ids, lengths, mask = world.arrays()
        return measure(states, ids, lengths, mask, world.swapped(), n_permutations=19)

    named = 0
    for seed in range(4):
        result = measured(40, seed)
        assert result.fit_tokens < 600
        assert verdicts(result)[2] == "undecided"
        asked = re.search(r"300 x 2 = 600, is needed; give about (\d+) texts", reason(result, 2))
        if asked:
            named += 1
            assert measured(int(asked[1]), seed).fit_tokens >= 600
    assert named


def test_noise_is_never_believed_and_is_calibrated() -> None:
    # 200 repetitions of three noise layers; the first family-wise test of each run is at the smallest adjusted p
    rejected = 0
    for seed in range(200):
        world = World(
            [nothing(seed), nothing(1000 + seed), nothing(2000 + seed), nothing()], texts=24, dimension=8, seed=seed
        )
        states, ids, lengths, mask = world.arrays()
        result = measure(states, ids, lengths, mask, n_permutations=99)
        smallest = min(layer.maps["linear"].token.p_adjusted for layer in result.layers[1:4])
        rejected += smallest <= 0.05
        if smallest > 0.05:
            assert not {verdicts(result)[2], verdicts(result)[3], verdicts(result)[4]} & {"supported", "weakened"}
    # P(Binomial(200, .05) > 19) = .0037
    assert rejected <= 19


@pytest.mark.parametrize("text", range(3))
def test_noise_with_planted_swaps_is_not_supported(text: Any) -> None:
    world = World([nothing(text), nothing()], seed=text)
    states, ids, lengths, mask = world.arrays()
    result = measure(states, ids, lengths, mask, world.swapped(), n_permutations=199)
    assert verdicts(result)[2] == "unsupported"


def test_collapsed_layer_is_unsupported() -> None:
    world = World([lambda references, ids, positions: np.ones_like(references), nothing()])
    states, ids, lengths, mask = world.arrays()
    result = measure(states, ids, lengths, mask, world.swapped(), n_permutations=99)
    assert verdicts(result)[2] == "unsupported"


def test_texts_of_one_repeated_token_are_undecided() -> None:
    ids = np.repeat(np.arange(2, 42), 10)
    states = np.random.default_rng(0).normal(size=(3, 400, 8))
    result = measure(states, ids, [10] * 40, n_permutations=99)
    assert verdicts(result)[2] == "undecided"
    assert "told apart" in reason(result, 2)


def test_huge_activations_do_not_hide_identity() -> None:
    # two dimensions a thousand times larger than the rest, as in decoders: a penalty relative to the trace fails here
    def layer(references: Any, _ids: Any, _positions: Any) -> Any:
        turned = rotated(0.05)(references, _ids, _positions)
        rng = np.random.default_rng(4)
        turned[:, :2] += 3000.0 * (1.0 + 0.3 * rng.normal(size=(len(references), 2)))
        return turned

    states, ids, lengths, mask = World([layer, nothing()], texts=200, dimension=32).arrays()
    result = measure(states, ids, lengths, mask, n_permutations=99)
    assert result.layers[1].maps["linear"].token.identification > 0.95


def test_single_precision_is_enough() -> None:
    def layer(references: Any, _ids: Any, _positions: Any) -> Any:
        return rotated(0.5)(references, _ids, _positions) + 500.0

    states, ids, lengths, mask = World([layer, nothing()], texts=80, dimension=12).arrays()
    got = measure(states, ids, lengths, mask, n_permutations=9)
    want = reference.correspondence(states, ids, lengths.tolist(), mask, 0, 0)
    difference = got.layers[1].maps["linear"].token.identification - want[1]["linear"]["identification"]
    assert abs(difference) <= 1.001 / got.evaluated_tokens


def test_duplicates_do_not_narrow_intervals() -> None:
    states, ids, lengths, mask = World([identity(0.9), nothing()], texts=90).arrays()
    once = measure(states, ids, lengths, mask, n_permutations=9)
    five = measure(np.tile(states, (1, 5, 1)), np.tile(ids, 5), np.tile(lengths, 5), np.tile(mask, 5), n_permutations=9)
    for a, b in zip(once.layers, five.layers, strict=True):
        np.testing.assert_allclose(a.maps["raw"].token.ci, b.maps["raw"].token.ci, atol=1e-12)


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.5, 2.0]))
@settings(max_examples=15, deadline=None)
def test_results_are_finite_and_in_range(seed: Any, noise: Any) -> None:
    states, ids, lengths, mask = World(
        [identity(noise, seed), nothing(seed)], texts=12, dimension=5, seed=seed
    ).arrays()
    result = measure(states, ids, lengths, mask, n_permutations=19)
    for layer in result.layers:
        for scores in layer.maps.values():
            token = scores.token
            if token.identification is None:
                assert token.reason
                continue
            assert 0.0 <= token.identification <= 1.0
            assert 0.0 < token.chance <= 1.0
            assert token.p is None or 0.05 <= token.p <= 1.0


@pytest.mark.parametrize("copies", [2, 5])
@pytest.mark.parametrize("layers", [[identity(0.3), nothing()], [rotated(), nothing()]])
def test_copies_of_texts_change_nothing(copies: Any, layers: Any) -> None:
    world = World(layers, dimension=60, texts=30)
    states, ids, lengths, mask = world.arrays()
    once = measure(states, ids, lengths, mask, world.swapped(), n_permutations=99)
    arrays = (np.tile(states, (1, copies, 1)), np.tile(ids, copies), np.tile(lengths, copies), np.tile(mask, copies))
    again = measure(*arrays, world.swapped(), n_permutations=99)
    assert again.repeated == (copies - 1) * 30
    assert {**again.to_dict(), "repeated": 0} == once.to_dict()


def test_texts_with_shared_wording_are_not_foreign_to_their_tokens() -> None:
    # lines of a log: most of each text is the same in all, and identity is planted
    rng = np.random.default_rng(8)
    template = rng.integers(2, 400, 20)
    ids = np.tile(template, 200)
    rows = (np.arange(200)[:, None] * 20 + rng.integers(0, 20, (200, 6))).ravel()
    ids[rows] = rng.integers(2, 400, rows.size)
    embedding = rng.normal(size=(400, 32))
    references = embedding[ids] + np.tile(rng.normal(size=(20, 32)), (200, 1))
    states = np.stack([references, references + 0.1 * rng.normal(size=references.shape), references])
    result = measure(states, ids, [20] * 200, n_permutations=99)
    assert result.layers[1].maps["linear"].token.identification > 0.9
    assert result.layers[1].foreign.linear < 0.3
    assert "position passes as identity" not in reason(result, 2)


@pytest.mark.parametrize(("permutations", "alpha"), [(9, 0.05), (99, 0.005)])
def test_too_few_permutations_condemn_nothing(permutations: Any, alpha: Any) -> None:
    states, ids, lengths, mask = World([identity(0.3), nothing()]).arrays()
    result = measure(states, ids, lengths, mask, n_permutations=permutations, alpha=alpha)
    assert verdicts(result)[2] == "undecided"
    assert f"give at least {round(1 / alpha) - 1}" in reason(result, 2)


def test_fit_after_evaluation_is_refused() -> None:
    stream = ei.Correspondence()
    states = np.ones((2, 9, 3))
    stream.update(states, range(9), [9], part="evaluate")
    with pytest.raises(ValueError, match="fit half first"):
        stream.update(states, range(9), [9], part="fit")


@pytest.mark.parametrize(
    ("states", "ids", "lengths", "match"),
    [
        (np.ones((2, 9, 3)), range(8), [8], "expected"),
        (np.ones((2, 9, 3)), range(9), [8], "same number of tokens"),
        (np.ones((9, 3)), range(9), [9], "expected"),
        (np.full((2, 9, 3), np.nan), range(9), [9], "not finite"),
        (np.full((2, 9, 3), np.inf), range(9), [9], "not finite"),
        (np.full((2, 9, 3), 1e20), range(9), [9], "above 1e15"),
        (np.ones((2, 9, 3)), np.arange(9) + 2**40, [9], "token_ids: expected whole numbers"),
        (np.ones((2, 9, 3)), np.arange(9) + 0.5, [9], "token_ids: expected whole numbers"),
        (np.ones((2, 9, 3)), np.arange(9), [-1, 10], "lengths: expected whole numbers"),
    ],
)
def test_unusable_arrays_are_refused(states: Any, ids: Any, lengths: Any, match: Any) -> None:
    with pytest.raises(ei.InputError, match=match):
        measure(states, ids, lengths)


def test_unusable_copies_are_refused(small: Any) -> None:
    states, ids, lengths, mask = small.arrays()
    copy = small.swapped()[0]
    special = ei.SwappedText(copy.text, (0, copy.positions[1]), copy.hidden_states)
    with pytest.raises(ei.InputError, match="not special"):
        measure(states, ids, lengths, mask, [special])
    spans = zip(small.starts, lengths, strict=True)
    fitted = next(i for i, (start, size) in enumerate(spans) if not ei.half(ids[start : start + size]))
    with pytest.raises(ei.InputError, match="fit half"):
        measure(states, ids, lengths, mask, [ei.SwappedText(fitted, (1, 3), copy.hidden_states)])


@pytest.mark.parametrize("setting", [{"alpha": 0.0}, {"alpha": 1.5}, {"n_permutations": 0}, {"n_permutations": -5}])
def test_unusable_settings_are_refused(setting: Any) -> None:
    with pytest.raises(ei.InputError, match="expected"):
        measure(np.ones((2, 9, 3)), range(9), [9], **setting)


def test_nothing_to_evaluate_is_undecided_not_an_error() -> None:
    states = np.random.default_rng(0).normal(size=(3, 12, 4))
    result = measure(states, range(12), [3, 3, 3, 3], n_permutations=9)
    # layer 1 too: that it reads the embeddings says nothing of no tokens
    assert verdicts(result) == {1: "undecided", 2: "undecided"}
    assert all("no evaluated text has 8 tokens" in verdict.because for verdict in result.verdicts)


@pytest.mark.parametrize("options", [{"n_permutations": 1}, {"n_permutations": 18}, {"alpha": 0.0001}])
@pytest.mark.parametrize("layer", [identity(), nothing()])
def test_permutations_that_cannot_reach_alpha_decide_nothing(layer: Any, options: dict[str, Any]) -> None:
    world = World([layer, layer])
    result = measure(*world.arrays(), world.swapped(), **options)
    assert verdicts(result) == {1: "supported", 2: "undecided"}
    assert "cannot give p <=" in result.verdicts[1].because


def test_texts_that_can_be_dealt_in_few_ways_decide_nothing() -> None:
    # one text of each half, of two different tokens: 8 ways to deal them
    texts = [np.array([number, *[1] * 7]) for number in range(2, 40)]
    chosen = [next(ids for ids in texts if ei.half(ids) == part) for part in (0, 1)]
    states = np.random.default_rng(0).normal(size=(3, 16, 4))
    result = measure(states, np.concatenate(chosen), [8, 8], n_permutations=999)
    assert result.smallest_p == pytest.approx(1 / 8)
    assert verdicts(result) == {1: "supported", 2: "undecided"}
    assert "too few ways" in result.verdicts[1].because


@pytest.mark.parametrize("unit", [1e-14, 1e-3, 1e6])
def test_units_of_hidden_states_change_no_verdict(unit: float) -> None:
    world = World([rotated(), nothing()], texts=60)
    states, ids, lengths, mask = world.arrays()
    plain = measure(states, ids, lengths, mask, None, n_permutations=19)
    scaled = measure(np.asarray(states) * np.float32(unit), ids, lengths, mask, None, n_permutations=19)
    assert verdicts(scaled) == verdicts(plain)
    assert scaled.layers[1].maps["linear"].token.kappa == pytest.approx(plain.layers[1].maps["linear"].token.kappa)


def test_hidden_states_too_small_to_square_are_refused() -> None:
    states, ids, lengths, mask = World([rotated()], texts=20).arrays()
    with pytest.raises(ei.InputError, match="layer 0 has no value above 1e-15"):
        measure(np.asarray(states) * np.float32(1e-25), ids, lengths, mask, None, n_permutations=19)
