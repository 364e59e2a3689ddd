"""Which texts, positions and tokens: the same whatever else stands in the file, and the same within a bin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.checks.influence.sample import MOST_TEXTS, Replacement, SampledText, sample, stages
from edgeinterp.model.activations import EncodedText


def text(seed: int, size: int, truncated: bool = False) -> EncodedText:
    ids = np.random.default_rng(seed).integers(3, 500, size).astype(np.int32)
    ids[[0, -1]] = 1, 2
    return EncodedText(ids, None, np.isin(ids, (1, 2)), truncated, f"text {seed}")


def described(found: list[SampledText]) -> list[Any]:
    return sorted((part.key, part.positions.tolist()) for part in found)


def bins(found: list[SampledText]) -> list[list[SampledText]]:
    groups: dict[int, list[SampledText]] = {}
    for part in found:
        groups.setdefault(part.bin, []).append(part)
    for group in groups.values():
        assert len({tuple(part.positions.tolist()) for part in group}) == 1
    return list(groups.values())


@given(st.lists(st.integers(10, 32), min_size=1, max_size=80), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_sample_holds_what_it_promises(sizes: Any, seed: Any) -> None:
    texts = [text(i, size) for i, size in enumerate(sizes)]
    found = sample(texts, seed)
    assert len(found) == min(MOST_TEXTS, len(texts))
    parts = stages(found)
    assert [part.key for stage in parts for part in stage] == [part.key for part in found]
    assert len(parts[0]) >= min(24, len(found))
    # a bin is run whole
    assert len([part.bin for stage in parts for part in {one.bin: one for one in stage}.values()]) == len(bins(found))
    assert len({part.key for part in found}) == len(found)
    assert described(found) == described(sample(texts[::-1], seed))
    # a copy is no further text
    assert described(found) == described(sample([*texts, *texts], seed))
    for group in bins(found):
        for part in group:
            assert not part.text.special[part.positions].any()
            assert len(set(part.positions.tolist())) == 8
        assert len(group) >= min(6, len(found))


def test_texts_of_a_bin_are_of_like_length_and_all_lengths_are_there() -> None:
    found = sample([text(i, 10 + i % 20) for i in range(600)], 0, texts=24)
    ranges = sorted((min(p.text.ids.size for p in group), max(p.text.ids.size for p in group)) for group in bins(found))
    assert len(ranges) == 4
    assert all(high == low for low, high in ranges)
    assert ranges[0][0] < 15
    assert ranges[-1][1] > 24


def test_the_first_texts_are_of_all_lengths_and_the_sample_does_not_depend_on_how_many_are_run() -> None:
    texts = [text(i, 10 + i % 20) for i in range(2000)]
    found = sample(texts, 0)
    assert len(found) == MOST_TEXTS
    assert [len(stage) for stage in stages(found)] == [24] * 8
    for stage in stages(found):
        sizes = sorted(part.text.ids.size for part in stage)
        assert sizes[0] < 15
        assert sizes[-1] > 24
    assert described(found) == described(sample(texts[::-1], 0))
    assert [part.key for part in found] == [part.key for part in sample(texts[::-1], 0)]


def test_where_texts_end_at_different_places_the_end_is_not_replaced() -> None:
    found = sample([text(i, 20 + i) for i in range(6)], 0)
    assert len(bins(found)) == 1
    # tokens 1 to 18 of the shortest are not special; its last 4 stay
    assert {int(part.positions.max()) <= 14 for part in found} == {True}
    seen = {int(p) for seed in range(60) for p in sample([text(i, 20) for i in range(6)], seed)[0].positions}
    assert seen == set(range(1, 19))
    # unless too few would be left
    short = sample([text(i, 10 + i) for i in range(6)], 0)
    assert short[0].positions.tolist() == list(range(1, 9))


def test_truncated_texts_are_the_last_resort() -> None:
    whole = [text(i, 12) for i in range(30)]
    cut = [text(100 + i, 32, truncated=True) for i in range(30)]
    assert not any(part.text.truncated for part in sample(whole + cut, 0, texts=24))
    some = sample(whole[:10] + cut, 0, texts=24)
    assert len(some) == 24
    assert sum(not part.text.truncated for part in some) == 10


def test_short_texts_are_passed_over() -> None:
    assert len(sample([text(0, 9), text(1, 10)], 0)) == 1
    with pytest.raises(ei.InputError, match="none has 8 tokens"):
        sample([text(0, 9)], 0)


def test_seeds_and_sizes() -> None:
    texts = [text(i, 10 + i % 5) for i in range(200)]
    assert described(sample(texts, 0)) != described(sample(texts, 1))
    assert len(sample(texts, 0, texts=20, positions=5)) == 20
    assert all(part.positions.size == 5 for part in sample(texts, 0, texts=20, positions=5))


def test_copies_differ_in_the_replaced_token_alone() -> None:
    part = sample([text(i, 14) for i in range(24)], 0)[0]
    mask = Replacement("mask token", 1, np.array([7], dtype=np.int32)).copies(part)
    assert len(mask) == 8
    for position, copy in zip(part.positions, mask, strict=True):
        assert np.flatnonzero(copy.ids != part.text.ids).tolist() == [position]
        assert copy.ids[position] == 7
    vocabulary = np.arange(3, 500, dtype=np.int32)
    drawn = Replacement("random tokens", 2, vocabulary).copies(part)
    assert len(drawn) == 16
    for index, copy in enumerate(drawn):
        assert np.flatnonzero(copy.ids != part.text.ids).tolist() == [part.positions[index % 8]]
    # the two draws are of different tokens
    places = part.positions
    first, second = ([copy.ids[places[k]] for k, copy in enumerate(drawn[8 * d : 8 * d + 8])] for d in (0, 1))
    assert first != second
    again = Replacement("random tokens", 2, vocabulary).copies(part)
    assert all((one.ids == other.ids).all() for one, other in zip(drawn, again, strict=True))


def test_a_token_that_has_no_other_stays() -> None:
    part = SampledText(1, 0, text(0, 10), np.array([3]))
    own = np.array([part.text.ids[3]], dtype=np.int32)
    assert Replacement("random tokens", 1, own).copies(part)[0].ids[3] == own[0]
