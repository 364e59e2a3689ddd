"""Gain and pair: the fast path equals the slow reference, text by text and exchange by exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeinterp.checks.influence.scores import Scores
from edgeinterp.checks.influence.texts import Passes, Readings, read_text
from tests import reference_gain as reference

ORDER = [2, 0, 1, 4, 5, 3, 6, 8, 7]


def texts(causal: bool, seed: int) -> list[Any]:
    """Nine texts in bins of three, of different lengths: salient tokens, offsets and noise; one row changes nothing."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(9):
        positions = [[1, 2, 4, 5, 6, 8], [1, 3, 4, 5, 7], [2, 3, 4, 6, 7, 9]][number // 3]
        size = 11 + number % 3
        away = np.subtract.outer(np.arange(size), np.arange(size))
        common = 0.2 * np.abs(away) + 0.5 * np.sin(away)
        salience = rng.normal(size=size)
        influence = np.exp(salience - common + 0.6 * rng.normal(size=(size, size)))[:, positions]
        attention = np.exp(0.7 * salience - 0.5 * common + 0.6 * rng.normal(size=(size, size)))
        if number == 4:
            influence[9] = 0.0
            attention[8] = 1.0
        attention *= np.tri(size) if causal else 1.0
        attention /= attention.sum(axis=-1, keepdims=True)
        special = np.zeros(size, dtype=bool)
        special[[0, -1]] = True
        passes = Passes(np.stack([attention, np.roll(attention, 1, axis=1)])[None], influence[None])
        found.append(read_text(number, (number // 3,), np.array(positions), special, passes, Readings((0, 1)), causal))
    return found


def plain(scores: Scores, place: int) -> list[Any]:
    """The same texts as the reference reads them, in the same order."""
    out = []
    for number, part in enumerate(scores.bins):
        values, influence = part.values(1, place), part.influence(1)
        positions = part.texts[0].positions.tolist()
        out += [
            {"bin": number, "rows": part.rows.tolist(), "positions": positions, "causal": scores.causal,
             "reading": values[at], "influence": influence[at]}
            for at in range(len(part.texts))
        ]  # fmt: skip
    return out


@pytest.fixture(scope="module", params=[(False, 0), (True, 1)], ids=["encoder", "causal"])
def both(request: Any) -> Any:
    causal, seed = request.param
    scores = Scores(texts(causal, seed), causal, 0.05)
    layer = scores.at(1)
    orders = [np.stack([np.arange(3), np.array(ORDER[first : first + 3]) - first]) for first in (0, 3, 6)]
    return layer, layer.unit(2, orders), plain(scores, 2)


def test_profile_equals_the_reference(both: Any) -> None:
    layer, _, some = both
    np.testing.assert_allclose(layer.profile_rho, reference.Exchanged(some).profile_rho(), atol=1e-12)


def test_gain_equals_the_reference(both: Any) -> None:
    _, found, some = both
    exchanged = reference.Exchanged(some)
    own, foreign = exchanged.gains(list(range(9))), exchanged.foreign_gains()
    np.testing.assert_allclose(found.gain_exchanged[0], np.mean(own), atol=1e-9)
    np.testing.assert_allclose(found.gain_exchanged[1], np.mean(exchanged.gains(ORDER)), atol=1e-9)
    np.testing.assert_allclose(found.gain.mean(), reference.less_others(own, foreign), atol=1e-9)


def test_pair_equals_the_reference(both: Any) -> None:
    _, found, some = both
    table = reference.pair_table(some)
    own = [table[s, s] for s in range(9)]
    foreign = [{t: value for (one, t), value in table.items() if one == s != t} for s in range(9)]
    np.testing.assert_allclose(found.pair_exchanged[0], np.mean(own), atol=1e-6)
    np.testing.assert_allclose(found.pair_exchanged[1], np.mean([table[s, ORDER[s]] for s in range(9)]), atol=1e-6)
    np.testing.assert_allclose(found.pair.mean(), reference.less_others(own, foreign), atol=1e-6)


def test_profile_is_of_other_texts_alone() -> None:
    scores = Scores(texts(False, 0), False, 0.05)
    before = scores.at(1).profile.maps[0][1].copy()
    scores.bins[0].texts[1].influence[:] = np.random.default_rng(5).random(scores.bins[0].texts[1].influence.shape)
    np.testing.assert_allclose(scores.at(1).profile.maps[0][1], before, atol=1e-12)


def test_a_reading_that_points_the_other_way_gains_nothing() -> None:
    some = texts(False, 0)
    for text in some:
        text.values[:] = -text.influence[:, None]
    found = Scores(some, False, 0.05).at(1).unit(0, [np.arange(3)[None]] * 3)
    assert found.gain_exchanged[0] == 0.0


def test_a_reading_of_the_profile_alone_gains_nothing() -> None:
    some = texts(False, 0)
    for text in some:
        offsets = np.arange(text.influence.shape[1])[:, None] - text.positions
        text.influence[:] = 3.0 + np.sin(offsets)
        text.values[:] = text.influence[:, None]
    found = Scores(some, False, 0.05).at(1).unit(0, [np.arange(3)[None]] * 3)
    assert found.gain_exchanged[0] == pytest.approx(0.0, abs=0.05)
    assert found.pair_exchanged[0] == pytest.approx(0.0, abs=1e-9)
