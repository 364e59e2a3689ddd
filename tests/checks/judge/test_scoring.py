from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.checks.judge.scoring import habits
from tests import reference_judge as reference

PLACES = ("position.start", "position.end", "position.ends")


def world(seed: int, texts: int = 24, noise: float = 0.5) -> Any:
    """Effects by two sets of draws, what makes them, token ids and embeddings."""
    rng = np.random.default_rng(seed)
    true = [rng.exponential(size=rng.integers(6, 14)) for _ in range(texts)]
    effects = [np.stack([own + noise * rng.exponential(size=own.size) for _ in range(2)]) for own in true]
    ids = [rng.integers(0, 200, own.size) for own in true]
    states = [rng.normal(size=(own.size, 5)) for own in true]
    return true, effects, {"token_ids": ids, "embeddings": states}


@given(st.integers(0, 2**31), st.booleans())
@settings(max_examples=20, deadline=None)
def test_numbers_equal_the_reference(seed: Any, signed: Any) -> None:
    true, effects, further = world(seed, texts=9)
    rng = np.random.default_rng(seed)
    if signed:
        effects = [own * rng.choice([-1.0, 1.0], own.shape[1]) for own in effects]
    scores = [own + rng.normal(size=own.size) for own in true]
    found = ei.judge_from_arrays(
        {"own": scores}, effects, signed=["own"] if signed else [], n_permutations=19, **further
    )
    (method,) = found.methods
    of = (lambda values: values) if signed else np.abs
    judging = [of(own[1]) for own in effects]
    rho = [reference.spearman(of(a), b) for a, b in zip(scores, judging, strict=True)]
    assert method.rho == pytest.approx(np.mean(rho), abs=1e-9)
    sizes = [reference.spearman(np.abs(a), np.abs(b)) for a, b in effects]
    signs = [reference.spearman(a, b) for a, b in effects]
    assert found.reliability == pytest.approx(np.mean(sizes), abs=1e-9)
    assert found.signed_reliability == pytest.approx(np.mean(signs), abs=1e-9)
    repeated = signs if signed else sizes
    assert method.share_of_ceiling.value == pytest.approx(np.mean(rho) / np.sqrt(np.mean(repeated)), abs=1e-9)
    at = [np.arange(own.size) for own in true]
    places = [[-own, own, -np.minimum(own, own.size - 1 - own)] for own in at]
    for number, key in enumerate(PLACES):
        want = [reference.spearman(own[number], b) for own, b in zip(places, judging, strict=True)]
        assert method.rivals[key].rho == pytest.approx(np.mean(want), abs=1e-9)
        margin = method.rivals[key].margin
        assert margin is not None
        assert margin.value == pytest.approx(np.mean(rho) - np.mean(want), abs=1e-9)
    counts = np.bincount(np.concatenate(further["token_ids"]))
    rarity = [-np.log(counts[own]) for own in further["token_ids"]]
    want = [reference.spearman(a, b) for a, b in zip(rarity, judging, strict=True)]
    assert method.rivals["rarity"].rho == pytest.approx(np.mean(want), abs=1e-9)
    mean = np.concatenate(further["embeddings"]).mean(axis=0)
    lengths = [np.sqrt(((own - mean) ** 2).sum(axis=1)) for own in further["embeddings"]]
    want = [reference.spearman(a, b) for a, b in zip(lengths, judging, strict=True)]
    assert method.rivals["embedding"].rho == pytest.approx(np.mean(want), abs=1e-9)


@given(st.integers(0, 2**31))
@settings(max_examples=15, deadline=None)
def test_habits_equal_the_reference(seed: Any) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(4, 9, 7)
    scores = [rng.normal(size=size) for size in sizes]
    rarity = [rng.exponential(3.0, size) for size in sizes]
    found = habits(scores, rarity)
    for at in range(len(sizes)):
        np.testing.assert_allclose(found[at], reference.habit(scores, rarity, at), atol=1e-7)


def test_equal_texts_count_once() -> None:
    true, effects, further = world(9, texts=22)
    five = [number % 5 for number in range(22)]
    more: Any = {key: [values[at] for at in five] for key, values in further.items()}
    found = ei.judge_from_arrays({"own": [true[at] for at in five]}, [effects[at] for at in five], **more)
    assert found.texts == 5
    assert found.verdicts[0].verdict == "undecided"


def test_exact_signed_effects_reach_the_ceiling() -> None:
    """Signs that repeat perfectly, sizes that hardly do: what is exact has no share above 1."""
    rng = np.random.default_rng(0)
    true = [rng.choice([-2.0, 2.0], 12) + rng.normal(0, 0.1, 12) for _ in range(40)]
    effects = [np.stack([own + rng.normal(0, 0.3, 12) for _ in range(2)]) for own in true]
    found = ei.judge_from_arrays({"own": true}, effects, signed=["own"], n_permutations=99)
    share = found.methods[0].share_of_ceiling
    assert share.ci is not None
    assert share.ci[0] < 1.05
    assert "do not repeat" not in found.verdicts[0].because


def test_chance_is_the_mean_over_exchanges() -> None:
    true, effects, _ = world(3, texts=5)
    found = ei.judge_from_arrays({"own": true}, effects, n_permutations=4000)
    want = reference.mean_under_all_exchanges(true, [own[1] for own in effects])
    assert found.methods[0].chance == pytest.approx(want, abs=0.02)


def test_p_counts_exchanges_that_reach_as_much() -> None:
    true, effects, _ = world(4, texts=5)
    found = ei.judge_from_arrays({"own": true}, effects, n_permutations=999)
    # 5 texts are dealt in 120 ways, and the data are one of them
    assert found.smallest_p == pytest.approx(1 / 120)
    assert found.methods[0].p is not None
    assert 0.5 / 120 < found.methods[0].p < 4 / 120


def test_order_of_texts_and_methods_does_not_matter() -> None:
    true, effects, further = world(5)
    other = [np.sqrt(own) + np.random.default_rng(1).normal(size=own.size) for own in true]
    first = ei.judge_from_arrays({"a": true, "b": other}, effects, n_permutations=99, **further)
    turned = {key: values[::-1] for key, values in further.items()}
    second = ei.judge_from_arrays({"b": other[::-1], "a": true[::-1]}, effects[::-1], n_permutations=99, **turned)
    assert {one.method: one for one in first.methods} == {one.method: one for one in second.methods}
    assert first.text_scores[0].hash == second.text_scores[0].hash


def test_only_order_counts() -> None:
    true, effects, further = world(6)
    found = ei.judge_from_arrays(
        {"plain": true, "cubed": [own**3 for own in true]}, effects, n_permutations=99, **further
    )
    plain, cubed = found.methods
    assert (plain.rho, plain.ci, plain.p, plain.rivals) == (cubed.rho, cubed.ci, cubed.p, cubed.rivals)


def test_what_is_needed() -> None:
    true, effects, further = world(7)
    without = ei.judge_from_arrays({"own": true}, effects, n_permutations=99)
    assert without.verdicts[0].verdict == "undecided"
    assert "no token_ids were given" in without.verdicts[0].because
    few = ei.judge_from_arrays(
        {"own": true[:19]}, effects[:19], n_permutations=99, **{key: own[:19] for key, own in further.items()}
    )
    assert few.verdicts[0].because.startswith("19 texts have 4 tokens or more")
    rng = np.random.default_rng(0)
    noise = [rng.exponential(size=own.shape) for own in effects]
    unrepeated = ei.judge_from_arrays({"own": true}, noise, n_permutations=99, **further)
    assert unrepeated.verdicts[0].verdict == "undecided"
    assert "do not repeat" in unrepeated.verdicts[0].because
    blunt = ei.judge_from_arrays({"own": true}, effects, n_permutations=9, **further)
    assert "9 permutations cannot give p" in blunt.verdicts[0].because
    alone = ei.judge_from_arrays({"own": true[:1]}, effects[:1])
    assert (alone.texts, alone.methods[0].rho) == (1, None)


def test_json_keeps_everything() -> None:
    true, effects, further = world(8)
    found = ei.judge_from_arrays({"own": true}, effects, n_permutations=99, **further)
    assert ei.JudgeResult.from_dict(found.to_dict()) == found
    assert found.to_rows()[0]["method"] == "own"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scores": {}}, "expected a dict of methods"),
        ({"scores": {"own": [[1.0, 2.0]]}}, "scores\\['own'\\]: 1 text, expected 2"),
        ({"scores": {"own": [[1.0], [1.0, 2.0]]}}, "scores\\['own'\\]\\[0\\]: shape \\(1,\\), expected \\(2,\\)"),
        ({"scores": {"own": [[np.nan, 1.0], [1.0, 2.0]]}}, "scores\\['own'\\]\\[0\\]"),
        ({"effects": [[1.0, 2.0], [1.0, 2.0]]}, "effects\\[0\\]: shape \\(2,\\), expected \\(2, n\\)"),
        ({"token_ids": [[1, 2]]}, "token_ids: 1 text, expected 2"),
        ({"embeddings": [[1.0, 2.0], [1.0, 2.0]]}, "embeddings\\[0\\]: shape \\(2,\\), expected \\(2, d\\)"),
        ({"signed": ["other"]}, "signed: 'other' is no method"),
        ({"n_permutations": 0}, "n_permutations"),
        ({"alpha": 2.0}, "alpha"),
    ],
)
def test_bad_arrays_get_one_line(change: Any, said: Any) -> None:
    arguments: dict[str, Any] = {
        "scores": {"own": [[1.0, 2.0], [2.0, 1.0]]}, "effects": [np.ones((2, 2)), np.ones((2, 2))], **change
    }  # fmt: skip
    with pytest.raises(ei.InputError, match=said) as error:
        ei.judge_from_arrays(**arguments)
    assert "\n" not in str(error.value)
