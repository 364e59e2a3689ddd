"""Readings of attention of every family that gives values: those of an independent reference in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.reading.names import READINGS
from tests.reference_readings import LAYOUTS, reference_blocks, reference_readings, reference_value_zeroing

from .examine import Examined, torch_model
from .models import FAMILIES, OTHERS, tokenizer

Examine = Callable[[str], Examined]

SHORT = "Dogs bark at birds."
LONG = "It was a truth universally acknowledged that dogs chase birds."
# of the largest value of a reading
MOST = 1e-4
# whose blocks are built in another way: edgeinterp gives no values of them
LEFT_OUT = {"convbert", "mobilebert", "xlnet"}
KEYS = [key for key in [*FAMILIES, *OTHERS] if key not in LEFT_OUT]


def tokens(key: str, text: str) -> list[int]:
    ids: list[int] = tokenizer({**FAMILIES, **OTHERS}[key].tokenizer)(text)["input_ids"]
    return ids


def largest_differences(model: Any, reference: Any, key: str, text: str) -> dict[str, float]:
    found = ei.readings(model, text)
    expected = reference_readings(reference, tokens(key, text), key)
    assert set(found) == set(expected)
    assert {maps.shape for maps in found.values()} == {maps.shape for maps in expected.values()}
    return {name: float(np.abs(found[name] - maps).max() / maps.max()) for name, maps in expected.items()}


def test_families_without_values(examined: Examine) -> None:
    assert {key for key in [*FAMILIES, *OTHERS] if examined(key).model().manifest.block is None} == LEFT_OUT
    assert set(LAYOUTS) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_parts_of_the_reference_are_what_pytorch_gives_on(key: str, examined: Examine) -> None:
    for block in reference_blocks(torch_model(examined(key).source), tokens(key, LONG), key):
        assert float((block.total - block.given_on).abs().max() / block.given_on.abs().max()) < 1e-6


@pytest.mark.parametrize("key", KEYS)
def test_readings_are_the_references(key: str, examined: Examine) -> None:
    model, reference = examined(key).model(), torch_model(examined(key).source)
    assert 10 <= len(tokens(key, SHORT)) <= 30
    for text in (SHORT, LONG):
        apart = largest_differences(model, reference, key, text)
        assert len(apart) == 2 * sum(not kind.passes for kind in READINGS.values())
        assert all(value < MOST for value in apart.values()), (text, apart)
    found = reference_readings(reference, tokens(key, LONG), key)
    assert np.abs(found["effective"] - found["attention"]).max() > 0.01


@pytest.mark.parametrize("key", KEYS)
def test_value_zeroing_is_the_references(key: str, examined: Examine) -> None:
    model, reference = examined(key).model(), torch_model(examined(key).source)
    found = ei.readings(model, SHORT, "value_zeroing")
    expected = reference_value_zeroing(reference, tokens(key, SHORT), key)
    # cosines of neighbours in single precision leave some 1e-7 of what is 1e-3 and more
    np.testing.assert_allclose(found["value_zeroing"], expected, atol=1e-4)
    assert np.abs(found["value_zeroing"] - ei.readings(model, SHORT, "attention")["attention"]).max() > 0.02


def test_the_comparison_sees_what_is_wrong(examined: Examine) -> None:
    model, reference = examined("bert").model(), torch_model(examined("bert").source)
    reference.encoder.layer[1].attention.self.value.weight.data[3] *= 1.05
    found, expected = ei.readings(model, LONG), reference_readings(reference, tokens("bert", LONG), "bert")
    for name in set(READINGS) - {"attention", "value_zeroing"}:
        apart = [float(np.abs(mine - theirs).max()) for mine, theirs in zip(found[name], expected[name], strict=True)]
        assert apart[0] < 1e-5 * found[name].max()
        assert apart[1] > MOST * found[name].max()
