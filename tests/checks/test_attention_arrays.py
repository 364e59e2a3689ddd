"""Attention from arrays is a distribution over tokens, or is refused with layer, head, row and sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from tests.checks.influence.influence_worlds import copying_world


def softmax(scores: Any) -> Any:
    values = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return values / values.sum(axis=-1, keepdims=True)


def logits(size: int = 40, layers: int = 2, heads: int = 3) -> Any:
    return np.random.default_rng(0).normal(0, 3, size=(layers, heads, size, size))


def truncated(values: Any) -> Any:
    """Cut single precision to bfloat16's 8 bits, the worst way of rounding to it."""
    return (values.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def padded(maps: Any, tokens: int) -> Any:
    out = np.zeros((*maps.shape[:-2], tokens, tokens), maps.dtype)
    out[..., : maps.shape[-2], : maps.shape[-1]] = maps
    return out


GOOD: dict[str, Any] = {
    "softmax": lambda maps: maps,
    "half precision": lambda maps: maps.astype(np.float16),
    "bfloat16": truncated,
    "causal": lambda maps: np.tril(maps) / np.tril(maps).sum(axis=-1, keepdims=True),
    "padded": lambda maps: padded(maps, 50),
    "one-hot whole numbers": lambda maps: (maps == maps.max(axis=-1, keepdims=True)).astype(int),
    "mean over heads": lambda maps: maps.mean(axis=1),
}


@pytest.mark.parametrize("kind", GOOD)
def test_distributions_pass(kind: str) -> None:
    assert np.isfinite(ei.rollout(GOOD[kind](softmax(logits())))).all()


def negative(maps: Any) -> Any:
    """Rows that still sum to 1."""
    maps[1, 2, 3, :2] += (-2.0, 2.0)
    return maps


def one_row(value: Any) -> Any:
    def change(maps: Any) -> Any:
        maps[1, 2, 3] *= value
        return maps

    return change


BAD: dict[str, tuple[Any, str]] = {
    "logits": (np.log, "layer 1, head 1, row 0 has -"),
    "8 bits": (lambda maps: np.round(maps * 127).astype(np.int8), "layer 1, head 1, row 0 sums to 12"),
    "weights before softmax": (lambda maps: np.exp(logits()), "layer 1, head 1, row 0 sums to"),
    "percent": (lambda maps: maps * 100, "sums to 100, expected 1"),
    "summed over heads": (lambda maps: maps.sum(axis=1), "layer 1, row 0 sums to 3, expected 1"),
    "columns that sum to 1": (lambda maps: np.swapaxes(maps, -1, -2), "expected 1"),
    "dropout": (one_row(0.9), "layer 2, head 3, row 3 sums to 0.9, expected 1"),
    "one row of zeros": (one_row(0.0), "layer 2, head 3, row 3 sums to 0, expected 1"),
    "one row of NaN": (one_row(np.nan), "layer 2, head 3, row 3 has values that are not finite"),
    "infinite": (one_row(np.inf), "layer 2, head 3, row 3 has values that are not finite"),
    "negative": (negative, "layer 2, head 3, row 3 has -"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_distribution_is_refused(kind: str) -> None:
    change, said = BAD[kind]
    with pytest.raises(ei.InputError, match=r"^attentions: ") as caught:
        ei.rollout(change(softmax(logits())))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_influence_names_the_text_as_well() -> None:
    world = copying_world()
    world.attentions[5] = world.attentions[5] * 127
    with pytest.raises(ei.InputError, match=r"^attentions: text 5, layer 1, head 1, row 0 sums to 127, expected 1"):
        world.measured(n_permutations=9)
    world = copying_world()
    states, copies, _ = world.as_random_model()
    random = states, copies, [maps - 1 for maps in world.attentions]
    wanted = r"^random_models, model 0, attentions: text 0, layer 1, head 1, row 0 has -"
    with pytest.raises(ei.InputError, match=wanted):
        world.measured(n_permutations=9, random_models=[random])


def test_rows_of_padding_are_marked_or_left_out() -> None:
    """A row of zeros ties with nothing: its correlation of 0 would count against attention."""
    world = copying_world(texts=24, size=10)
    want = [layer.attention.rho for layer in world.measured(n_permutations=9).layers]
    for text, (states, copies) in enumerate(zip(world.states, world.copies, strict=True)):
        world.states[text] = np.concatenate([states, states[:, -2:]], axis=1)
        world.copies[text] = np.concatenate([copies, copies[:, :, -2:]], axis=2)
        world.attentions[text] = padded(world.attentions[text], 12)
    world.lengths = [12] * 24
    with pytest.raises(ei.InputError, match="text 0, row 10 attends to nothing; leave padding out"):
        world.measured(n_permutations=9)
    mask = np.tile(np.arange(12) >= 10, 24)
    found = world.measured(n_permutations=9, special_tokens_mask=mask)
    assert [layer.attention.rho for layer in found.layers] == pytest.approx(want)


@pytest.mark.parametrize("argument", ["features", "elsewhere", "random_models"])
@pytest.mark.parametrize(("value", "said"), [(-3.2, "-3.2"), (63.0, "63"), (float("nan"), "nan")])
def test_features_of_relations_are_shares_of_attention(argument: str, value: float, said: str) -> None:
    rng = np.random.default_rng(0)
    given: dict[str, Any] = {name: rng.random((64, 2, 2, 3)) for name in ("features", "elsewhere", "random_models")}
    given[argument][7, 1, 0, 2] = value
    given["random_models"] = [given["random_models"]]
    labels, groups = ["hyper", "coord"] * 32, [f"category {i // 8}" for i in range(64)]
    with pytest.raises(
        ei.InputError, match=f"^{argument}: pair 7, template 1, direction 1, layer 1, head 3 has {said},"
    ):
        ei.relations(labels=labels, groups=groups, n_permutations=9, **given)
