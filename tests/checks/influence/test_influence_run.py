"""Influence over models: the same numbers whatever the batch, the threads and the order; encoders and decoders."""

from __future__ import annotations

import functools
import json
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.influence import run as influence_run
from edgeinterp.checks.influence import study as influence_study
from edgeinterp.checks.influence.sample import replacement, sample, stages
from edgeinterp.checks.sentence import longest_shown, sentence_view
from edgeinterp.inputs.texts import default_texts
from edgeinterp.model.random_model import RandomModelError, load_random

check = functools.partial(ei.check, only=["influence"], n_permutations=99)
TEXTS = [f"the cat {i} sat on mat {i % 7} and a dog ate the cake {i * i}" for i in range(40)]


@pytest.fixture(scope="module")
def embedded() -> Any:
    return check()


def part(result: Any) -> Any:
    return result.checks["influence"]


def numbers(result: Any) -> list[float]:
    """Every number of the layers, in order."""
    found: list[float] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif isinstance(value, float):
            found.append(value)

    walk(part(result).to_dict()["layers"])
    return found


def same(one: Any, other: Any) -> None:
    assert [v.verdict for v in one.verdicts] == [v.verdict for v in other.verdicts]
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-5, atol=1e-9)


def test_embedded_model_is_judged_at_every_layer(embedded: Any) -> None:
    found = part(embedded)
    # it grows until gains are known well enough, or to 192 texts
    assert (found.texts, found.positions, found.draws, found.exchangeable) == (192, 1536, 1, 192)
    assert 0.015 < found.half_width < 0.02
    assert 2 <= found.random_models <= 5
    assert found.random_texts == 24
    assert (found.replacement, found.causal) == ("mask token", False)
    assert found.longest <= 32
    assert found.sampled_from == 600
    assert [v.attention_layer for v in embedded.verdicts] == [*range(1, 7)] * 2
    # attention of the first layer may follow influence in a random model as well; that of the next ones is learned
    assert embedded.verdicts[0].verdict in ("undecided", "weakened")
    assert embedded.verdicts[0].closest_rival == "random_model.pair"
    assert [v.verdict for v in embedded.verdicts[1:4]] == ["supported", "supported", "supported"]
    assert found.layers[1].attention.rho > 0.6 > found.layers[5].attention.rho


def test_gains_are_those_of_an_earlier_measurement(embedded: Any) -> None:
    """By another program, 160 other texts; half-widths of .007 to .017 for gain."""
    layers = part(embedded).layers
    gains = [layer.attention.gain for layer in layers]
    for found, want in zip(gains[:5], [0.079, 0.063, 0.078, 0.072, 0.063], strict=True):
        assert found.value == pytest.approx(want, abs=0.015)
    # pair was measured with offsets that all rows and columns feel alike: what they feel differently is no pair
    for layer, most in zip(layers, [0.311, 0.314, 0.340, 0.275, 0.220, 0.175], strict=True):
        assert 0.05 < layer.attention.pair.ci[0] < layer.attention.pair.value < most


def test_phases_are_timed(embedded: Any) -> None:
    assert embedded.timings.keys() >= {"forward_s", "controls_forward_s", "influence_s"}


def test_result_has_the_fields_of_the_contract(embedded: Any) -> None:
    data = embedded.to_dict()["checks"]["influence"]
    assert data.keys() >= {"texts", "positions", "draws", "layers"}
    layer = data["layers"][2]
    assert layer.keys() >= {"attention_layer", "self_share", "readings", "heads", "recommended"}
    kinds = ("attention", "norm", "norm_residual", "alti", "contribution")
    named = [(one["name"], one["rolled_up"], one["query"]) for one in layer["readings"]]
    assert sorted(named) == sorted(
        (name, up, query) for name in kinds for up in (0, 1) for query in ("token", "special")
    )
    attention = next(one for one in layer["readings"] if one["name"] == "attention")
    assert layer["recommended"].keys() >= {"name", "rolled_up", "rho", "ci", "verdict"}
    for found in (*layer["readings"], layer["heads"][0]["agreement"]):
        assert found.keys() >= {"rho", "ci", "gain", "pair"}
        for name in ("gain", "pair"):
            assert found[name].keys() >= {"value", "ci", "inner", "p_adjusted"}
    assert [head["head"] for head in layer["heads"]] == list(range(1, 13))
    assert list(attention["rivals"]) == ["profile", "salience", "random_model.gain", "random_model.pair"]
    assert list(attention["references"]) == ["foreign_text", "distance"]
    for rival in attention["rivals"].values():
        assert rival.keys() == {"score", "outcome", "margin"}
        assert rival["margin"].keys() == {"value", "ci", "inner", "delta"}
    assert len(embedded.texts) == 192
    assert len(embedded.texts[0].scores["influence"]["attention_gain"]) == 6


def test_per_text_scores_average_to_the_correlations(embedded: Any) -> None:
    for name in ("attention", "rollout"):
        means = np.mean([text.scores["influence"][f"{name}_rho"] for text in embedded.texts], axis=0)
        np.testing.assert_allclose(means, [getattr(layer, name).rho for layer in part(embedded).layers])
        for statistic in ("gain", "pair"):
            means = np.mean([text.scores["influence"][f"{name}_{statistic}"] for text in embedded.texts], axis=0)
            want = [getattr(getattr(layer, name), statistic).value for layer in part(embedded).layers]
            np.testing.assert_allclose(means, want)


def test_result_reads_back(embedded: Any, tmp_path: Any) -> None:
    embedded.save(tmp_path / "result.json")
    assert ei.load_result(tmp_path).to_dict() == embedded.to_dict()


def test_threads_and_order_do_not_matter_for_the_embedded_model(embedded: Any) -> None:
    same(embedded, check(texts=default_texts()[::-1], threads=1, batch=3))


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_batch_threads_and_order_do_not_matter(exported: Any, kind: Any) -> None:
    first = check(exported(kind), TEXTS, batch=1, threads=1)
    same(first, check(exported(kind), TEXTS, threads=2))
    same(first, check(exported(kind), TEXTS[::-1], batch=5, threads=1))


def test_decoders_draw_tokens_twice_and_look_back_only(exported: Any) -> None:
    result = check(exported("llama"), TEXTS)
    found = part(result)
    assert (found.draws, found.replacement, found.causal) == (2, "random tokens", True)
    view = found.sentence
    for i, row in enumerate(view.influence[0]):
        assert all(value is None for value in row[i + 1 :])
        assert all((value is None) == view.special[j] for j, value in enumerate(row[: i + 1]))


def given(model: Any, chosen: list[Any]) -> dict[str, Any]:
    """The texts as ``ei.influence`` takes them, run one by one."""
    with_what = replacement(model, [one.text for one in sample(model.encode(TEXTS, 32), 0)])
    layers = range(1, model.manifest.layers + 1)
    states, copies, maps = [], [], []
    for one in chosen:
        (plain,) = list(model.activations([one.text], range(len(layers) + 1), layers))
        states.append(np.stack(plain.hidden_states))
        maps.append(np.stack([layer[0] for layer in plain.attentions]))
        changed = [model.run_ids(copy.ids, one.text, range(len(layers) + 1)) for copy in with_what.copies(one)]
        copies.append(np.stack(changed, axis=1))
    return {
        "hidden_states": np.concatenate(states, axis=1),
        "replaced_hidden_states": copies,
        "attentions": maps,
        "positions": [one.positions for one in chosen],
        "lengths": [one.text.ids.size for one in chosen],
        "token_ids": np.concatenate([one.text.ids for one in chosen]),
        "special_tokens_mask": np.concatenate([one.text.special for one in chosen]),
        "groups": [one.bin for one in chosen],
        "head": (2, 3),
        "n_permutations": 99,
    }


def test_arrays_give_what_the_command_gives(exported: Any) -> None:
    run = part(check(exported("bert"), TEXTS, head=(2, 3)))
    model = ei.load(exported("bert"))
    arrays = ei.influence(**given(model, sample(model.encode(TEXTS, 32), 0)))
    for want, got in zip(run.layers, arrays.layers, strict=True):
        for one, other in ((want.attention, got.attention), (want.rollout, got.rollout)):
            assert other.rho == pytest.approx(one.rho, rel=1e-5)
            assert other.gain.value == pytest.approx(one.gain.value, abs=1e-5)
            assert other.pair.value == pytest.approx(one.pair.value, abs=1e-5)
            assert other.gain.p_adjusted == pytest.approx(one.gain.p_adjusted, abs=0.02)
        assert got.attention.references["foreign_text"].rho == pytest.approx(
            want.attention.references["foreign_text"].rho, abs=1e-5
        )


def test_random_models_are_compared_with_their_own_influence_on_the_first_texts(exported: Any) -> None:
    run = part(check(exported("bert"), TEXTS, head=(2, 3)))
    model = ei.load(exported("bert"))
    first = stages(sample(model.encode(TEXTS, 32), 0))[0]
    assert run.random_texts == len(first) < run.texts
    # each of them read as if it were the model
    own: list[Any] = [ei.influence(**given(load_random(model, seed), first)) for seed in range(run.random_models)]
    for number, layer in enumerate(run.layers):
        for name, rivals in (("attention", layer.attention.rivals), ("rollout", layer.rollout.rivals)):
            found = [getattr(one.layers[number], name) for one in own]
            assert rivals["random_model.pair"].score == pytest.approx(
                np.mean([one.pair.value for one in found]), abs=1e-5
            )
            shares = []
            for one, agreement in zip(own, found, strict=True):
                profile = max(one.layers[number].attention.rivals["profile"].score, 0.0)
                shares.append(((profile + agreement.gain.value) ** 2 - profile**2) / (1 - profile**2))
            assert rivals["random_model.gain"].score == pytest.approx(np.mean(shares), abs=1e-5)
    heads = [one.head.agreement.pair.value for one in own]
    assert run.head.rivals["random_model.pair"].score == pytest.approx(np.mean(heads), abs=1e-5)


def test_named_head_is_that_head(exported: Any) -> None:
    found = part(check(exported("bert"), TEXTS, head=(2, 3)))
    assert (found.head.attention_layer, found.head.head) == (2, 3)
    assert found.head.agreement == found.layers[1].heads[2].agreement
    assert found.head.rivals.keys() == {"profile", "salience", "random_model.gain", "random_model.pair"}
    assert found.head.rivals["profile"].score == found.layers[1].attention.rivals["profile"].score
    assert found.head.rivals["random_model.pair"].score != found.layers[1].attention.rivals["random_model.pair"].score
    assert found.verdicts[-1].claim == "head 2.3 follows influence"


@pytest.mark.parametrize("head", [(4, 1), (1, 5), (0, 1)])
def test_a_head_that_the_model_does_not_have(exported: Any, head: Any) -> None:
    with pytest.raises(ei.InputError, match=r"layers 1 to 3 with heads 1 to 4"):
        check(exported("bert"), TEXTS, head=head)


def test_without_a_random_model_the_reason_is_told(exported: Any, monkeypatch: Any) -> None:
    def refuse(model: Any, _seed: int, **_given: Any) -> Any:
        raise RandomModelError(model.folder, "the model folder lists no weights")

    monkeypatch.setattr(influence_run, "load_random", refuse)
    found = part(check(exported("bert"), TEXTS))
    assert found.layers[0].attention.rivals["random_model"].reason == "the model folder lists no weights"
    assert found.layers[0].attention.rivals["random_model"].score is None
    assert found.random_models == 0
    assert "supported" not in {v.verdict for v in found.verdicts}


def test_texts_of_several_checks_are_told_by_the_same_hash(exported: Any) -> None:
    result = ei.check(exported("bert"), TEXTS, only=["correspondence", "influence"], n_permutations=19)
    both = [text for text in result.texts if text.scores.keys() == {"correspondence", "influence"}]
    assert both
    assert {text.hash for text in result.texts} <= {blake2b(text.encode(), digest_size=8).hexdigest() for text in TEXTS}
    assert sum("influence" in text.scores for text in result.texts) == 40


def test_progress_is_told_and_any_seed_works(exported: Any) -> None:
    told: list[Any] = []
    check(exported("bert"), TEXTS, random_state=-3, progress=lambda *step: told.append(step))
    texts = [step for step in told if step[0] == "replaced tokens"]
    assert texts == [("replaced tokens", done, 40) for done in range(1, 41)]
    first = max(total for name, _, total in told if name == "random model 1")
    models = [step for step in told if step not in texts]
    assert models == [
        (f"random model {number}", done, first)
        for number in range(1, 1 + len(models) // first)
        for done in range(1, first + 1)
    ]


@pytest.mark.parametrize("head", ["3.7", (1,), (1.5, 2), (True, 2), ("3", 7), (None, 1)])
def test_a_head_is_two_whole_numbers(head: Any) -> None:
    with pytest.raises(ei.InputError, match="expected two whole numbers"):
        check(head=head)


def test_controls_can_be_left_out(exported: Any) -> None:
    found = part(check(exported("bert"), TEXTS, controls=["foreign_text", "profile", "swap"]))
    assert found.layers[0].attention.rivals.keys() == {"profile"}
    assert found.layers[0].attention.references.keys() == {"foreign_text"}


def test_the_sample_grows_to_192_texts_at_most_and_stops_where_gains_are_known(exported: Any, monkeypatch: Any) -> None:
    many = [f"{text} {word}" for text in TEXTS for word in "abcdef"]
    assert part(check(exported("bert"), many, controls=["profile"])).texts == 192
    # it is precision that stops it
    monkeypatch.setattr(influence_study, "HALF_WIDTH", 1.0)
    found = part(check(exported("bert"), many, controls=["profile"]))
    # half of the texts judge which reading is recommended
    assert (found.texts, found.positions) == (48, 384)
    same = part(check(exported("bert"), many[::-1], controls=["profile"]))
    assert same.layers[0].attention.gain.value == pytest.approx(found.layers[0].attention.gain.value, rel=1e-5)


def test_few_texts_and_few_tokens_are_undecided(exported: Any) -> None:
    assert {v.verdict for v in check(exported("bert"), TEXTS[:10]).verdicts} == {"undecided"}
    short = check(exported("bert"), ["the cat"], head=(2, 3))
    assert len(short.verdicts) == 7
    assert {v.verdict for v in short.verdicts} == {"undecided"}
    assert "none has 8 tokens" in short.verdicts[6].because


def test_long_texts_are_cut_and_counted(exported: Any) -> None:
    found = part(check(exported("bert"), [f"{text} " * 4 for text in TEXTS]))
    assert found.truncated == 40
    assert found.longest == 32


def test_budget_says_what_it_cut(exported: Any) -> None:
    result = check(exported("bert"), TEXTS, budget=1e-4, n_permutations=1000)
    found = part(result)
    assert (found.texts, found.positions, found.permutations) == (20, 100, 200)
    assert "--budget 0.0001 cut influence to 20 texts with 5 replaced positions and 200 permutations" in result.notes
    assert part(check(exported("bert"), TEXTS, budget=1e6)).texts == 40


def test_value_zeroing_is_judged_on_request_alone(exported: Any) -> None:
    asked = part(check(exported("bert"), TEXTS, n_permutations=19, value_zeroing=True))
    kept = part(check(exported("bert"), TEXTS, n_permutations=19))
    keys = {one.key for one in asked.layers[0].readings} - {one.key for one in kept.layers[0].readings}
    assert keys == {"value_zeroing", "value_zeroing_rolled_up"}
    found = asked.layers[1].reading("value_zeroing")
    assert found.rho is not None
    assert {"random_model.gain", "cheaper.attention"} <= set(found.rivals)


def test_value_zeroing_needs_attention_in_nodes_of_its_own(exported: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ei.load(exported("bert"))
    monkeypatch.setattr(
        "edgeinterp_kernels.influence.cosine_change", lambda own, others: np.zeros((len(own), len(others)))
    )
    with pytest.raises(ei.InputError, match="block 1 has its attention in one node"):
        ei.readings(model, "the cat sat", "value_zeroing")
    with pytest.raises(ei.InputError, match="needs passes of a model"):
        ei.readings_from_arrays(np.full((1, 1, 2, 2), 0.5), names="value_zeroing")


# --- the sentence ------------------------------------------------------------------------------------------------


def test_sentence_of_the_result_is_whole_and_short(embedded: Any) -> None:
    view = part(embedded).sentence
    size = len(view.tokens)
    assert 8 <= size <= 24
    assert np.shape(view.attention) == (6, 12, size, size)
    assert np.shape(view.rollout) == (6, size, size)
    assert len(view.influence) == 6
    np.testing.assert_allclose(np.sum(view.attention, axis=-1), 1.0, atol=0.02)
    assert view.special[0]
    assert view.special[-1]
    assert all(row[0] is None and row[1] is not None for row in view.influence[0])


def test_sentence_equals_what_the_model_gives(exported: Any) -> None:
    model = ei.load(exported("bert"))
    view = sentence_view(model, "the cat sat on the mat", [("word1", 1, 1), ("word2", 3, 4)])
    (encoded,) = model.encode(["the cat sat on the mat"])
    (mask,) = model.token_ids(["[MASK]"])
    plain = model.run_ids(encoded.ids, encoded, [1, 2, 3])
    ids = encoded.ids.copy()
    ids[2] = mask
    changed = model.run_ids(ids, encoded, [1, 2, 3])
    for layer in range(3):
        a, b = plain[layer].astype(float), changed[layer].astype(float)
        want = 1 - (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
        got = [row[2] for row in view.influence[layer]]
        np.testing.assert_allclose(np.array(got, dtype=float), want, rtol=0.01, atol=1e-6)
    (run,) = list(model.activations([encoded], (), [1, 2, 3]))
    np.testing.assert_allclose(view.attention, np.stack([maps[0] for maps in run.attentions]), atol=6e-4)
    np.testing.assert_allclose(view.rollout, ei.rollout(np.stack([m[0] for m in run.attentions])), atol=6e-4)
    found = ei.readings(model, encoded)
    assert sorted(view.readings) == sorted(set(found) - {"attention", "rollout", "effective", "effective_rolled_up"})
    for key, maps in view.readings.items():
        np.testing.assert_allclose(maps, found[key], atol=6e-4)
    assert [(span.name, span.first, span.last) for span in view.spans] == [("word1", 1, 1), ("word2", 3, 4)]
    json.dumps(view.influence, allow_nan=False)


def test_sentences_that_cannot_be_shown(exported: Any) -> None:
    model = ei.load(exported("llama"))
    with pytest.raises(ei.InputError, match="fewer than 2 tokens"):
        sentence_view(model, "")
    with pytest.raises(ei.InputError, match="span 'word1'"):
        sentence_view(model, "the cat sat", [("word1", 3, 99)])
    assert longest_shown(model) == 24


def test_a_long_sentence_is_cut(exported: Any) -> None:
    model = ei.load(exported("llama"))
    assert len(sentence_view(model, "the cat sat on the mat " * 9).tokens) == 24
