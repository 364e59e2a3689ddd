"""Activations side by side: against slow references, and where the answer is known."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeinterp.comparing.accumulator import Differences
from edgeinterp.comparing.cka import LinearCKA
from edgeinterp.comparing.onset import first_difference, largest_jump
from edgeinterp.errors import InputError
from tests import reference_compare as reference


def softmax(scores: Any) -> Any:
    values = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (values / values.sum(axis=-1, keepdims=True)).astype(np.float32)


class Texts:
    """Activations of two models on a few texts, the second a noisy copy of the first."""

    def __init__(self, texts: int = 40, noise: float = 0.1, widths: Any = (8, 8), heads: Any = (2, 2)) -> None:
        rng = np.random.default_rng(7)
        self.keys = rng.integers(0, 2**63, texts)
        self.special, self.first, self.second = [], [], []
        turn = rng.normal(size=widths)
        for _ in range(texts):
            size = int(rng.integers(3, 15))
            mask = np.zeros(size, dtype=bool)
            mask[[0, -1]] = True
            self.special.append(mask)
            states = [rng.normal(size=(size, widths[0])).astype(np.float32) for _ in range(3)]
            scores = [rng.normal(size=(heads[0], size, size)) for _ in range(2)]
            self.first.append((states, [softmax(one) for one in scores]))
            other = [rows if widths[0] == widths[1] else rows @ turn for rows in states]
            moved = [(rows + noise * rng.normal(size=rows.shape)).astype(np.float32) for rows in other]
            again = [one if heads[0] == heads[1] else rng.normal(size=(heads[1], size, size)) for one in scores]
            self.second.append((moved, [softmax(one + noise * rng.normal(size=one.shape)) for one in again]))

    def feed(self, order: Any = None, causal: bool = False) -> Any:
        differences = Differences(causal)
        for i in range(len(self.keys)) if order is None else order:
            differences.update(self.first[i], self.second[i], int(self.keys[i]), self.special[i])
        return differences.finish()


def test_sums_are_those_of_the_reference() -> None:
    texts = Texts()
    sums = texts.feed()
    inner = [np.flatnonzero(~mask) for mask in texts.special]
    assert sums.tokens.tolist() == [len(places) for places in inner]
    for layer in range(3):
        for i, places in enumerate(inner):
            a, b = texts.first[i][0][layer], texts.second[i][0][layer]
            cosines = [reference.cosine(a[t], b[t]) for t in places]
            assert sums.cosine[i, layer] == pytest.approx(sum(cosines), rel=1e-6)
            apart = [reference.relative_difference(a[t], b[t]) for t in places]
            assert sums.relative[i, layer] == pytest.approx(sum(apart), rel=1e-6)
        every = np.concatenate([texts.first[i][0][layer][places] for i, places in enumerate(inner)])
        other = np.concatenate([texts.second[i][0][layer][places] for i, places in enumerate(inner)])
        assert sums.cka[layer] == pytest.approx(reference.cka(every, other), abs=1e-6)
    for layer in range(2):
        js = np.zeros(2)
        same = np.zeros(2)
        for i, places in enumerate(inner):
            a, b = (side[i][1][layer].astype(np.float64) for side in (texts.first, texts.second))
            own = np.array([[reference.jensen_shannon(a[h, t], b[h, t]) for t in places] for h in range(2)])
            alike = np.array(
                [
                    [reference.most_attended(a[h, t]) == reference.most_attended(b[h, t]) for t in places]
                    for h in range(2)
                ]
            )
            assert sums.js[i, layer] == pytest.approx(own.mean(axis=0).sum(), rel=1e-6)
            assert sums.agreement[i, layer] == pytest.approx(alike.mean(axis=0).sum(), rel=1e-6)
            js += own.sum(axis=1)
            same += alike.sum(axis=1)
        np.testing.assert_allclose(sums.head_js[layer], js, rtol=1e-6)
        np.testing.assert_array_equal(sums.head_agreement[layer], same)


def test_worst_places_are_found() -> None:
    texts = Texts(noise=0.01)
    # token 2 of text 11 turns round, and head 1 of attention layer 2 looks elsewhere from there
    special = np.flatnonzero(~texts.special[11])[1]
    texts.second[11][0][1][special] *= -1.0
    row = np.zeros(len(texts.special[11]), np.float32)
    row[int(np.argmin(texts.first[11][1][1][1, special]))] = 1.0
    texts.second[11][1][1][1, special] = row
    sums = texts.feed()
    state, attention = sums.worst_states[1], sums.worst_rows[1]
    assert (-state.key, -state.position) == (texts.keys[11], special)
    assert -state.badness < -0.99
    assert (-attention.key, -attention.position, -attention.head) == (texts.keys[11], special, 1)


def test_order_does_not_matter() -> None:
    texts = Texts()
    sums, other = texts.feed(), texts.feed(np.random.default_rng(1).permutation(len(texts.keys)))
    order = [other.keys.tolist().index(key) for key in sums.keys]
    for name in ("tokens", "queries", "cosine", "relative", "js", "agreement"):
        np.testing.assert_array_equal(getattr(sums, name), getattr(other, name)[order])
    np.testing.assert_allclose(sums.cka, other.cka, rtol=1e-5)
    assert (sums.worst_states, sums.worst_rows) == (other.worst_states, other.worst_rows)


def test_the_same_twice_is_no_difference() -> None:
    texts = Texts(noise=0.0)
    sums = texts.feed()
    assert not sums.relative.any()
    assert not sums.js.any()
    np.testing.assert_array_equal(sums.cosine, np.repeat(sums.tokens[:, None], 3, axis=1))
    np.testing.assert_array_equal(sums.agreement, np.repeat(sums.tokens[:, None], 2, axis=1))
    assert sums.cka == pytest.approx([1.0] * 3, abs=1e-6)


def test_special_tokens_take_no_part_but_as_keys() -> None:
    texts = Texts(noise=0.0)
    for i, mask in enumerate(texts.special):
        for rows in texts.second[i][0]:
            rows[mask] = 99.0
        for maps in texts.second[i][1]:
            maps[:, mask] = maps[:, mask][..., ::-1]
    sums = texts.feed()
    assert not sums.relative.any()
    assert not sums.js.any()


def test_a_causal_first_token_is_no_query() -> None:
    texts = Texts(texts=4)
    for mask in texts.special:
        mask[:] = False
    sums = texts.feed(causal=True)
    assert (sums.tokens - sums.queries).tolist() == [1.0] * 4
    for i, mask in enumerate(texts.special):
        a, b = (side[i][1][0].astype(np.float64) for side in (texts.first, texts.second))
        own = [reference.jensen_shannon(a[h, t], b[h, t]) for h in range(2) for t in range(1, len(mask))]
        assert sums.js[i, 0] == pytest.approx(sum(own) / 2, rel=1e-6)


def test_what_has_no_partner_is_left_out() -> None:
    widths = Texts(widths=(8, 5), noise=0.0).feed()
    assert widths.cosine.shape == (40, 0)
    assert widths.worst_states == [None] * 3
    # a linear image in fewer dimensions is alike, not the same
    assert all(0.2 < value < 0.999 for value in widths.cka)
    heads = Texts(heads=(2, 3)).feed()
    assert heads.js.shape == (40, 0)
    assert heads.cosine.shape == (40, 3)


def test_numbers_of_tokens_must_agree() -> None:
    texts = Texts(texts=1)
    with pytest.raises(InputError, match="tokens"):
        Differences().update(texts.first[0], texts.second[0], 1, np.zeros(99, dtype=bool))


def test_zero_vectors() -> None:
    differences = Differences()
    first, second = np.zeros((3, 4), np.float32), np.zeros((3, 4), np.float32)
    first[1], second[1], second[2] = 1.0, 2.0, 3.0
    differences.update(([first], []), ([second], []), 5, np.zeros(3, dtype=bool))
    sums = differences.finish()
    expected = [(first[t], second[t]) for t in range(3)]
    assert sums.cosine[0, 0] == pytest.approx(sum(reference.cosine(a, b) for a, b in expected)) == 2.0
    assert sums.relative[0, 0] == pytest.approx(sum(reference.relative_difference(a, b) for a, b in expected))
    assert np.isfinite(sums.relative).all()


def test_a_text_leaves_no_block_of_its_own_in_memory() -> None:
    # small arrays that stay, one a text, between activations that come and go: 48 kB a text were lost in the holes
    texts = Texts(texts=300)
    differences = Differences()
    blocks, held = [], []
    tracemalloc.start()
    try:
        for i in range(len(texts.keys)):
            differences.update(texts.first[i], texts.second[i], int(texts.keys[i]), texts.special[i])
            if i in (99, 299):
                differences.finish()  # nothing waits
                found = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/comparison.py")])
                blocks.append(len(found.traces))
                held.append(sum(trace.size for trace in found.traces))
    finally:
        tracemalloc.stop()
    assert blocks[1] - blocks[0] < 20
    assert held[1] - held[0] < 200 * 1000


# ---- CKA


def blocks(X: Any, Y: Any, size: int) -> float | None:
    cka = LinearCKA(X.shape[1], Y.shape[1])
    for first in range(0, len(X), size):
        cka.update(X[first : first + size], Y[first : first + size])
    return cka.value()


@pytest.mark.parametrize("size", [1, 7, 400])
@pytest.mark.parametrize("mean", [0.0, 50.0])
def test_single_precision_sums_are_accurate(size: int, mean: float) -> None:
    rng = np.random.default_rng(3)
    X = (rng.normal(size=(400, 12)) * np.geomspace(0.1, 10, 12) + mean).astype(np.float32)
    Y = (X @ rng.normal(size=(12, 9)) + rng.normal(size=(400, 9)) - mean).astype(np.float32)
    # a few huge activations, as decoders have
    X[::40, 3] += 500.0
    assert blocks(X, Y, size) == pytest.approx(reference.cka(X, Y), abs=2e-6)


def test_cka_is_blind_to_rotation_scale_and_shift_only() -> None:
    rng = np.random.default_rng(4)
    X = (rng.normal(size=(600, 10)) * np.geomspace(1, 5, 10)).astype(np.float32)
    turn, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    assert blocks(X, (3.0 * X @ turn + 7.0).astype(np.float32), 100) == pytest.approx(1.0, abs=1e-5)
    stretched = (X * np.geomspace(5, 1, 10) ** 2).astype(np.float32)
    assert blocks(X, stretched, 100) < 0.9  # type: ignore[operator]
    assert blocks(X, rng.normal(size=(600, 10)).astype(np.float32), 100) < 0.1  # type: ignore[operator]


@given(st.floats(-100.0, 100.0), st.integers(1, 60))
def test_states_that_do_not_vary_have_no_cka(level: float, rows: int) -> None:
    X = np.full((rows, 4), level, dtype=np.float32)
    Y = np.random.default_rng(0).normal(size=(rows, 4)).astype(np.float32)
    assert blocks(X, Y, 16) is None
    assert blocks(Y, X, 16) is None


# ---- where it begins


def test_nothing_differs() -> None:
    assert first_difference([0.0, 1e-5, 9e-4], [1e-8, 9e-7]) is None
    assert largest_jump([0.0, 1e-5, 9e-4], [1e-8, 9e-7]) is None
    assert first_difference([], []) is None


@pytest.mark.parametrize(
    ("relative", "js", "block", "part"),
    [
        ([0.1, 0.2, 0.3], [0.01, 0.02], 0, "embeddings"),
        ([0.0, 0.2, 0.3], [0.01, 0.02], 1, "attention"),
        ([0.0, 0.2, 0.3], [0.0, 0.02], 1, "after attention"),
        ([0.0, 0.0, 0.3], [0.0, 0.02], 2, "attention"),
        # attention that moves no hidden state by much still is where it begins
        ([0.0, 0.0, 0.0], [0.0, 0.02], 2, "attention"),
        ([0.0, 0.4, 0.3], [], 1, "block"),
    ],
)
def test_first_difference(relative: Any, js: Any, block: int, part: str) -> None:
    onset = first_difference(relative, js)
    assert onset is not None
    assert (onset.block, onset.part) == (block, part)
    assert onset.after == relative[block]


def test_largest_jump_stands_out_of_a_noisy_build() -> None:
    onset = largest_jump([0.05, 0.09, 0.11, 0.41, 0.45], [0.001, 0.002, 0.002, 0.05])
    assert onset is not None
    assert (onset.block, onset.part, onset.before, onset.after) == (3, "block", 0.11, 0.41)
