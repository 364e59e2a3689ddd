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
from edgeinterp.checks.influence.sample import replacement, sample
from edgeinterp.checks.sentence import longest_shown, sentence_view
from edgeinterp.inputs.texts import default_texts
from edgeinterp.model.random_model import RandomModelError, load_random
from tests import reference_influence as reference

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
    assert (found.texts, found.positions, found.draws, found.exchangeable) == (24, 192, 1, 24)
    assert (found.replacement, found.causal) == ("mask token", False)
    assert found.longest <= 32
    assert found.sampled_from == 600
    assert [v.attention_layer for v in embedded.verdicts] == [*range(1, 7)] * 2
    assert "undecided" not in {v.verdict for v in embedded.verdicts}
    # the early layers of this model follow influence, the last one hardly
    assert found.layers[1].attention.rho > 0.6 > found.layers[5].attention.rho
    assert embedded.timings.keys() >= {"forward_s", "controls_forward_s", "influence_s"}


def test_result_has_the_fields_of_the_contract(embedded: Any) -> None:
    data = embedded.to_dict()["checks"]["influence"]
    assert data.keys() >= {"texts", "positions", "draws", "layers"}
    layer = data["layers"][2]
    assert layer.keys() >= {"attention_layer", "self_share", "attention", "heads", "rollout", "rivals"}
    assert layer["attention"].keys() >= {"rho", "ci", "p_adjusted"}
    assert layer["rollout"].keys() >= {"rho", "ci", "p_adjusted"}
    assert layer["heads"][0].keys() >= {"head", "rho", "p_adjusted"}
    assert [head["head"] for head in layer["heads"]] == list(range(1, 13))
    assert list(layer["rivals"]) == ["foreign_text", "distance", "random_model"]
    for rival in layer["rivals"].values():
        assert rival.keys() == {"rho", "margin"}
        assert rival["margin"].keys() == {"value", "ci"}
    assert len(embedded.texts) == 24
    assert len(embedded.texts[0].scores["influence"]["attention"]) == 6


def test_per_text_scores_average_to_the_correlations(embedded: Any) -> None:
    for name in ("attention", "rollout"):
        means = np.mean([text.scores["influence"][name] for text in embedded.texts], axis=0)
        want = [getattr(layer, name).rho for layer in part(embedded).layers]
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


def test_arrays_give_what_the_command_gives(exported: Any) -> None:
    run = check(exported("bert"), TEXTS, head=(2, 3))
    model = ei.load(exported("bert"))
    encoded = model.encode(TEXTS, 32)
    chosen = sample(encoded, 0)
    with_what = replacement(model, [one.text for one in chosen])
    layers = range(1, model.manifest.layers + 1)
    random = load_random(model, 0)
    found: Any = {model: ([], [], []), random: ([], [], [])}
    for one in chosen:
        for which, (states, copies, maps) in found.items():
            (plain,) = list(which.activations([one.text], range(len(layers) + 1), layers))
            states.append(np.stack(plain.hidden_states))
            maps.append(np.stack([layer[0] for layer in plain.attentions]))
            changed = [which.run_ids(copy.ids, one.text, range(len(layers) + 1)) for copy in with_what.copies(one)]
            copies.append(np.stack(changed, axis=1))
    states, copies, maps = found[model]
    other = found[random]
    arrays = ei.influence(
        np.concatenate(states, axis=1),
        copies,
        maps,
        [one.positions for one in chosen],
        [one.text.ids.size for one in chosen],
        token_ids=np.concatenate([one.text.ids for one in chosen]),
        special_tokens_mask=np.concatenate([one.text.special for one in chosen]),
        random_hidden_states=np.concatenate(other[0], axis=1),
        random_replaced_hidden_states=other[1],
        random_attentions=other[2],
        groups=[one.bin for one in chosen],
        head=(2, 3),
        n_permutations=99,
    )
    assert [v.verdict for v in arrays.verdicts] == [v.verdict for v in run.verdicts]
    for want, got in zip(part(run).layers, arrays.layers, strict=True):
        assert got.attention.rho == pytest.approx(want.attention.rho, rel=1e-5)
        assert got.attention.p_adjusted == pytest.approx(want.attention.p_adjusted, abs=0.02)
        assert got.rivals["random_model"].rho == pytest.approx(want.rivals["random_model"].rho, abs=1e-5)
        reference_found, wanted = got.references["random_attention"], want.references["random_attention"]
        assert reference_found.rho == pytest.approx(wanted.rho, abs=1e-5)


def test_named_head_is_that_head(exported: Any) -> None:
    found = part(check(exported("bert"), TEXTS, head=(2, 3)))
    assert (found.head.attention_layer, found.head.head) == (2, 3)
    assert found.head.agreement.rho == found.layers[1].heads[2].rho
    assert found.head.agreement.p_adjusted == found.layers[1].heads[2].p_adjusted
    assert found.head.rivals.keys() == {"foreign_text", "distance", "random_model"}
    assert found.head.rivals["distance"].rho == found.layers[1].rivals["distance"].rho
    assert found.head.rivals["random_model"].rho != found.layers[1].rivals["random_model"].rho
    assert found.verdicts[-1].claim == "head 2.3 follows influence"


@pytest.mark.parametrize("head", [(4, 1), (1, 5), (0, 1)])
def test_a_head_that_the_model_does_not_have(exported: Any, head: Any) -> None:
    with pytest.raises(ei.InputError, match=r"layers 1 to 3 with heads 1 to 4"):
        check(exported("bert"), TEXTS, head=head)


def test_without_a_random_model_the_reason_is_told(exported: Any, monkeypatch: Any) -> None:
    def refuse(model: Any, _seed: int) -> Any:
        raise RandomModelError(model.folder, "the model folder lists no weights")

    monkeypatch.setattr(influence_run, "load_random", refuse)
    found = part(check(exported("bert"), TEXTS))
    assert found.layers[0].rivals["random_model"].reason == "the model folder lists no weights"
    assert found.layers[0].rivals["random_model"].rho is None
    assert found.layers[0].references == {}
    assert "supported" not in {v.verdict for v in found.verdicts}


def test_the_random_model_is_compared_with_its_own_influence(exported: Any) -> None:
    found = part(check(exported("bert"), TEXTS, head=(2, 3)))
    random = load_random(ei.load(exported("bert")), 0)
    chosen = sample(random.encode(TEXTS, 32), 0)
    (mask,) = random.token_ids(["[MASK]"])
    values: list[Any] = []
    rolled: list[Any] = []
    heads: list[Any] = []
    for one in chosen:
        (plain,) = list(random.activations([one.text], [1, 2, 3], [1, 2, 3]))
        changed = []
        for position in one.positions:
            ids = one.text.ids.copy()
            ids[position] = mask
            changed.append(random.run_ids(ids, one.text, [2])[0])
        influence = reference.influence_matrix(plain.hidden_states[1], np.stack(changed)[None])
        rows = np.flatnonzero(~one.text.special).tolist()
        positions = one.positions.tolist()
        maps = np.stack([layer[0] for layer in plain.attentions])
        values.append(reference.rho(maps[1].mean(axis=0), influence, positions, rows))
        rolled.append(reference.rho(reference.rollout(maps)[1], influence, positions, rows))
        heads.append(reference.rho(maps[1, 2], influence, positions, rows))
    layer = found.layers[1]
    # rows that only some texts of a bin have are left out of the run
    assert layer.rivals["random_model"].rho == pytest.approx(np.mean(values), abs=0.005)
    assert layer.rollout_rivals["random_model"].rho == pytest.approx(np.mean(rolled), abs=0.005)
    assert found.head.rivals["random_model"].rho == pytest.approx(np.mean(heads), abs=0.005)


def test_texts_of_several_checks_are_told_by_the_same_hash(exported: Any) -> None:
    result = ei.check(exported("bert"), TEXTS, only=["correspondence", "influence"], n_permutations=19)
    both = [text for text in result.texts if text.scores.keys() == {"correspondence", "influence"}]
    assert both
    assert {text.hash for text in result.texts} <= {blake2b(text.encode(), digest_size=8).hexdigest() for text in TEXTS}
    assert sum("influence" in text.scores for text in result.texts) == 24


def test_progress_is_told_and_any_seed_works(exported: Any) -> None:
    told: list[Any] = []
    check(exported("bert"), TEXTS, random_state=-3, progress=lambda *step: told.append(step))
    assert told == [("replaced tokens", done, 24) for done in range(1, 25)]


@pytest.mark.parametrize("head", ["3.7", (1,), (1.5, 2), (True, 2), ("3", 7), (None, 1)])
def test_a_head_is_two_whole_numbers(head: Any) -> None:
    with pytest.raises(ei.InputError, match="expected two whole numbers"):
        check(head=head)


def test_controls_can_be_left_out(exported: Any) -> None:
    found = part(check(exported("bert"), TEXTS, controls=["foreign_text", "swap"]))
    assert found.layers[0].rivals.keys() == {"foreign_text"}


def test_the_sample_does_not_grow_with_texts(exported: Any) -> None:
    found = part(check(exported("bert"), [f"{text} {word}" for text in TEXTS for word in "abcdef"]))
    assert (found.texts, found.positions) == (24, 192)


def test_few_texts_and_few_tokens_are_undecided(exported: Any) -> None:
    assert {v.verdict for v in check(exported("bert"), TEXTS[:10]).verdicts} == {"undecided"}
    short = check(exported("bert"), ["the cat"], head=(2, 3))
    assert len(short.verdicts) == 7
    assert {v.verdict for v in short.verdicts} == {"undecided"}
    assert "none has 8 tokens" in short.verdicts[6].because


def test_long_texts_are_cut_and_counted(exported: Any) -> None:
    found = part(check(exported("bert"), [f"{text} " * 4 for text in TEXTS]))
    assert found.truncated == 24
    assert found.longest == 32


def test_budget_says_what_it_cut(exported: Any) -> None:
    result = check(exported("bert"), TEXTS, budget=1e-4, n_permutations=1000)
    found = part(result)
    assert (found.texts, found.positions, found.permutations) == (20, 100, 200)
    assert "--budget 0.0001 cut influence to 20 texts with 5 replaced positions and 200 permutations" in result.notes
    assert part(check(exported("bert"), TEXTS, budget=1e6)).texts == 24


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
