"""Readings in worlds where attention misleads, and where nothing is to be found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.statistics.content import content_key

from .influence_worlds import copying_world, salient_world
from .reading_worlds import block

KINDS = ["norm", "norm_residual", "alti", "contribution"]


def verdicts(result: Any, query: str = "token") -> dict[str, str]:
    return {one.key: one.verdict for one in result.layers[0].readings if one.query == query}


def shuffled(count: int, texts: int) -> list[Any]:
    """Models whose weights carry nothing of what their attention shows."""
    found = []
    for seed in range(count):
        made = block(texts, 100 + seed, "silent", KINDS)
        rng = np.random.default_rng(seed)
        made.readings = [{name: rng.random((1, 12, 12)) for name in KINDS} for _ in made.readings]
        found.append(made.as_random_model())
    return found


@pytest.fixture(scope="module")
def silent() -> Any:
    made = block(72, 0, "silent", KINDS)
    return made.measured(n_permutations=199, random_models=shuffled(3, 72))


def test_attention_that_points_at_values_of_nothing(silent: Any) -> None:
    found = verdicts(silent)
    assert found["attention"] == "unsupported"
    assert (found["norm"], found["alti"]) == ("supported", "supported")
    assert silent.layers[0].reading("norm").rivals["cheaper.attention"].outcome == "beaten"
    # the row of the first token, which is special
    assert verdicts(silent, "special")["norm"] == "supported"


def test_the_recommended_reading_is_one_that_holds(silent: Any) -> None:
    found = silent.layers[0].recommended
    assert found.verdict == "supported"
    assert found.name in KINDS
    assert found.texts == 36


def test_what_holds_is_recommended_before_what_gains_most() -> None:
    made = copying_world(72)
    others = [copying_world(72, seed=seed, shown="false") for seed in (1, 2, 3)]
    rng = np.random.default_rng(3)
    for text, maps in enumerate(made.attentions):
        noisy = maps * np.exp(0.7 * rng.normal(size=maps.shape))
        made.attentions[text] = noisy / noisy.sum(axis=-1, keepdims=True)
    # the better reading is as good in models that learned nothing
    random = [(*one.as_random_model(), [{"norm": weights[None]} for weights in one.weights]) for one in others]
    own = [{"norm": weights[None]} for weights in made.weights]
    layer = made.measured(readings=own, random_models=random, n_permutations=99).layers[0]
    assert layer.reading("norm").gain.value > layer.attention.gain.value
    assert (layer.attention.verdict, layer.reading("norm").verdict) == ("supported", "weakened")
    assert (layer.recommended.name, layer.recommended.verdict) == ("attention", "supported")


def test_heads_that_cancel_each_other() -> None:
    made = block(72, 1, "cancel", ["norm", "alti"])
    rng = np.random.default_rng(5)
    others = []
    for seed in (7, 8, 9):
        other = block(72, seed, "cancel", ["norm", "alti"])
        other.readings = [{name: rng.random((1, 12, 12)) for name in ("norm", "alti")} for _ in other.readings]
        others.append(other.as_random_model())
    # lengths head by head do not know that two heads cancel
    apart = []
    for text, maps in enumerate(made.attentions):
        loud, _, quiet = maps[0]
        apart.append({**made.readings[text], "norm": (2.0 * loud + quiet)[None]})
    together = verdicts(made.measured(n_permutations=199, random_models=others))
    made.readings = apart
    headwise = verdicts(made.measured(n_permutations=199, random_models=others))
    assert headwise["norm"] == "unsupported"
    assert (together["norm"], together["alti"]) == ("supported", "supported")
    assert headwise["alti"] == "supported"


def test_a_reading_that_says_what_attention_says_is_weakened() -> None:
    made = copying_world(48)
    others = [copying_world(48, seed=seed, shown="false") for seed in (1, 2)]
    same = [{"norm": maps[:, 0] * 3.0} for maps in made.attentions]
    random = [(*one.as_random_model(), [{"norm": maps[:, 0]} for maps in one.attentions]) for one in others]
    found = made.measured(readings=same, random_models=random, n_permutations=99).layers[0]
    assert (found.attention.verdict, found.reading("norm").verdict) == ("supported", "weakened")
    assert found.reading("norm").rivals["cheaper.attention"].margin.value == pytest.approx(0.0, abs=1e-9)
    assert "a cheaper reading reaches" in found.reading("norm").because
    # of equal gains the cheapest is recommended
    assert found.recommended is None or found.recommended.name in ("attention", None)


def test_a_reading_without_relation_is_found_no_more_often_than_alpha_says() -> None:
    """Salient tokens in attention and, others, in influence: all readings are one family."""
    found = 0
    repetitions = 200
    for seed in range(repetitions):
        world = salient_world(seed, layers=1, heads=1)
        rng = np.random.default_rng([seed, 1])
        readings = []
        for maps in world.attentions:
            noise = np.exp(rng.normal(size=maps.shape[-1]) + 0.5 * rng.normal(size=(4, *maps[:, 0].shape)))
            readings.append({name: maps[:, 0] * each for name, each in zip(KINDS, noise, strict=True)})
        result = world.measured(readings=readings, n_permutations=99, controls=["profile", "salience"])
        p = [one.gain.p_adjusted for one in result.layers[0].readings if one.query == "token"]
        assert len(p) == 10
        found += min(value for value in p if value is not None) <= 0.05
    # 99 % of binomials with .05 lie below
    assert found <= 19


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{}] * 24, "expected arrays by name"),
        ([{"attention": np.ones((1, 10, 10))}] * 24, "expected arrays by name, of norm, norm_residual"),
        ([{"norm": np.ones((1, 10, 9))}] * 24, r"norm: shape \(1, 10, 9\), expected \(1, 10, 10\)"),
        ([{"norm": -np.ones((1, 10, 10))}] * 24, "below 0"),
        ([{"norm": np.ones((1, 10, 10))}] * 23 + [{"alti": np.ones((1, 10, 10))}], "text 23: has alti, text 0 norm"),
        ([{"norm": np.ones((1, 10, 10))}], "1 text, lengths have 24"),
    ],
)
def test_readings_that_are_none_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ei.errors.InputError, match=message):
        copying_world().measured(readings=given)


def by_offset(lengths: list[int]) -> dict[str, Any]:
    """Attention and influence that both follow from the distance of two tokens alone, in causal texts."""
    found: dict[str, Any] = {name: [] for name in ("states", "copies", "attentions", "positions", "groups")}
    rng = np.random.default_rng(0)
    for number, size in enumerate(lengths):
        away = np.arange(size)[:, None] - np.arange(size)[None, :]
        shape = 1.2 + np.sin(2.2 * np.abs(away)) + 1e-3 * rng.random((size, size))
        weights = np.where(away >= 0, shape, 0.0)
        states = np.zeros((2, size, size + 1))
        states[:, :, -1] = 1.0
        positions = np.arange(8)
        copies = np.repeat(states[:, None], 8, axis=1)
        for j in positions:
            copies[1, j, :, j] = 0.2 * weights[:, j]
        found["states"].append(states)
        found["copies"].append(copies)
        found["attentions"].append((weights / weights.sum(axis=1, keepdims=True))[None, None])
        found["positions"].append(positions)
        found["groups"].append(number // 6)
    width = max(lengths) + 1
    pad = [[(0, 0)] * (one.ndim - 1) + [(0, width - one.shape[-1])] for one in found["states"]]
    found["states"] = [np.pad(one, by) for one, by in zip(found["states"], pad, strict=True)]
    found["copies"] = [np.pad(one, [(0, 0), *by]) for one, by in zip(found["copies"], pad, strict=True)]
    return found


def test_the_special_row_gains_nothing_from_distance_where_lengths_differ() -> None:
    lengths = [13, 14, 13, 14, 13, 14] * 8
    made = by_offset(lengths)
    result = ei.influence(
        np.concatenate(made["states"], axis=1), made["copies"], made["attentions"], made["positions"], lengths,
        groups=made["groups"], causal=True, n_permutations=99, token_ids=np.arange(sum(lengths)),
    )  # fmt: skip
    special = result.layers[0].reading("attention", "special")
    assert special.gain.value == pytest.approx(0.0, abs=0.02)
    assert special.pair.value is None
    assert "not asked" in str(special.pair.reason)


def test_padding_is_no_special_row() -> None:
    made = copying_world(24, size=12)
    mask = np.tile(np.arange(12) >= 10, 24)
    for maps in made.attentions:
        maps[..., 10:] = 0.0
        maps[..., 10:, :] = 0.0
        maps[..., :10, :] /= maps[..., :10, :].sum(axis=-1, keepdims=True)
    made.positions = [np.arange(8)] * 24
    made.copies = [copies[:, :8] for copies in made.copies]
    layer = made.measured(n_permutations=19, special_tokens_mask=mask).layers[0]
    assert {one.query for one in layer.readings} == {"token"}


def test_who_judges_has_no_say_in_the_choice() -> None:
    """Readings that are all alike: which one is best follows from the choosing half alone, and from all of it."""

    def chosen(chooser: int, judge: int) -> str:
        world, readings = copying_world(48, size=10, shown="false"), []
        for number, weights in enumerate(world.weights):
            seed = chooser if number // 6 in sides[True] else judge
            noise = np.random.default_rng([number, seed])
            readings.append({name: (weights * np.exp(2 * noise.normal(size=weights.shape)))[None] for name in KINDS})
        ids, groups = np.repeat(np.arange(48), 10), np.repeat(np.arange(8), 6)
        result = world.measured(
            readings=readings, n_permutations=19, groups=groups, token_ids=ids, controls=["profile"]
        )
        return chosen_by(result)

    order = sorted(
        range(8), key=lambda group: sorted(content_key([text] * 10) for text in range(6 * group, 6 * group + 6))
    )
    sides = {True: set(order[::2]), False: set(order[1::2])}
    assert len({chosen(0, judge) for judge in range(4)}) == 1
    assert len({chosen(chooser, 0) for chooser in range(8)}) > 1


def chosen_by(result: Any) -> str:
    found = result.layers[0].recommended
    return str(found.because.split(" is ")[0]) if found.name is None else f"{found.name} {found.rolled_up}"


def test_copies_of_a_text_stay_in_one_half() -> None:
    made = copying_world(24)
    once = vars(made)
    made = type(made)(**{name: [*values, *values] for name, values in once.items()})
    readings = [{"norm": weights[None]} for weights in made.weights]
    ids = np.tile(np.repeat(np.arange(24), 10), 2)
    groups = np.tile(np.repeat(np.arange(4), 6), 2)
    found = made.measured(readings=readings, n_permutations=19, token_ids=ids, groups=groups).layers[0].recommended
    assert found.texts == 24


def test_too_few_texts_to_choose_and_judge_say_so() -> None:
    made = copying_world(24)
    readings = [{"norm": weights[None]} for weights in made.weights]
    groups = np.repeat(np.arange(4), 6)
    found = made.measured(readings=readings, n_permutations=19, groups=groups).layers[0].recommended
    assert (found.name, found.verdict) == (None, "undecided")
    assert found.because.endswith("20 are needed: give 40 texts or more")


def test_what_rows_sum_to_does_not_matter() -> None:
    made = copying_world(24)
    plain = [{"alti": weights[None]} for weights in made.weights]
    scaled = [{"alti": weights[None] * np.arange(1, 11)[:, None]} for weights in made.weights]
    one, other = (made.measured(readings=given, n_permutations=19).layers[0] for given in (plain, scaled))
    for key in ("alti", "alti_rolled_up"):
        assert one.reading(key).rho == pytest.approx(other.reading(key).rho, abs=1e-9)
