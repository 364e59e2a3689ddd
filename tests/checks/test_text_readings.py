"""Readings of one text: what is refused, and what holds whatever the model."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp_models import default_model_folder

TEXT = "The river overflowed its banks after three days of heavy rain in the mountains."


@pytest.fixture(scope="module")
def model() -> ei.Model:
    return ei.load(default_model_folder())


@pytest.fixture(scope="module")
def found(model: ei.Model) -> dict[str, Any]:
    return ei.readings(model, TEXT)


def test_every_reading_per_block_and_rolled_up(found: dict[str, Any], model: ei.Model) -> None:
    kinds = ["attention", "effective", "norm", "norm_residual", "alti", "contribution"]
    rolled_up = ["rollout", *(f"{kind}_rolled_up" for kind in kinds[1:])]
    assert sorted(found) == sorted([*kinds, *rolled_up])
    size = model.encode([TEXT])[0].ids.size
    for name, maps in found.items():
        assert maps.shape == (6, size, size)
        assert np.isfinite(maps).all()
        assert (maps >= 0.0).all()
        if name not in ("norm", "effective"):
            np.testing.assert_allclose(maps.sum(axis=-1), 1.0, atol=1e-3)


def test_rolled_up_attention_is_rollout(found: dict[str, Any], model: ei.Model) -> None:
    (plain,) = model.activations(model.encode([TEXT]), (), range(1, 7))
    rollout = ei.rollout(np.stack([maps[0] for maps in plain.attentions]))
    np.testing.assert_allclose(found["rollout"], rollout, atol=1e-5)


def test_a_name_twice_counts_once(found: dict[str, Any], model: ei.Model) -> None:
    twice = ei.readings(model, TEXT, ["alti", "alti"])
    assert list(twice) == ["alti", "alti_rolled_up"]
    np.testing.assert_array_equal(twice["alti"], found["alti"])


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ([TEXT], None, "text: expected one text, found list"),
        (5, None, "text: expected one text, found int"),
        ("word " * 2000, None, "text: has more than 256 tokens"),
        (TEXT, ["alit"], "reading alit: expected one of attention, effective"),
        (TEXT, [], "names: none is given"),
    ],
)
def test_what_is_no_text_and_no_reading(text: Any, names: Any, message: str, model: ei.Model) -> None:
    with pytest.raises(InputError, match=message):
        ei.readings(model, text, names)


def given(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    plain: dict[str, Any] = {
        "attentions": np.full((2, 4, 5, 5), 0.2), "values": rng.normal(size=(2, 2, 5, 3)),
        "projections": rng.normal(size=(2, 4, 3, 6)), "hidden_states": rng.normal(size=(3, 5, 6)),
    }  # fmt: skip
    return {**plain, **changes}


def test_parts_from_arrays_are_what_they_are_by_hand() -> None:
    arrays = given(norm_at="sum", norm="layer", biases=np.ones((2, 6)))
    found = ei.readings_from_arrays(**arrays)
    weights, values = arrays["attentions"][1], np.repeat(arrays["values"][1], 2, axis=0)
    parts = np.einsum("hij,hjw,hwd->ijd", weights, values, arrays["projections"][1])
    np.testing.assert_allclose(found["norm"][1], np.linalg.norm(parts, axis=-1), rtol=1e-5)
    x = arrays["hidden_states"][1]
    whole = x + parts.sum(axis=1) + 1.0
    parts = parts + np.eye(5)[:, :, None] * x[:, None]
    size = np.sqrt(whole.var(axis=-1) + 1e-5)
    parts = (parts - parts.mean(axis=-1, keepdims=True)) / size[:, None, None]
    y = (whole - whole.mean(axis=-1, keepdims=True)) / size[:, None]
    nearer = np.maximum(np.abs(y).sum(axis=-1)[:, None] - np.abs(y[:, None] - parts).sum(axis=-1), 0.0)
    np.testing.assert_allclose(found["alti"][1], nearer / nearer.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"projections": None}, "projections: not given; with values"),
        ({"values": np.ones((2, 3, 5, 3))}, r"values: shape \(2, 3, 5, 3\), expected \(2, 4, 5, w\)"),
        ({"projections": np.ones((2, 4, 3, 0))}, r"projections: shape \(2, 4, 3, 0\)"),
        ({"hidden_states": np.ones((4, 5, 6))}, r"hidden_states: shape \(4, 5, 6\), expected \(2, 5, 6\)"),
        ({"values": np.full((2, 2, 5, 3), np.nan)}, "values: has values that are not finite"),
        ({"norm_at": "sum"}, "norm: None, expected one of layer, rms"),
        ({"norm_at": "after"}, "norm_at: 'after', expected one of none, sum, branch"),
        ({"attentions": np.ones((2, 4, 5, 5))}, "sums to 5, expected 1"),
        ({"biases": np.ones(6)}, r"biases: shape \(6,\), expected \(2, 6\)"),
        ({"values": np.full((2, 2, 5, 3), 1e38)}, "too large for single precision"),
    ],
)
def test_arrays_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(InputError, match=message):
        ei.readings_from_arrays(**given(**changes))


def test_values_alone_are_asked_for_by_name() -> None:
    with pytest.raises(InputError, match="reading alti: needs value vectors, and there are none"):
        ei.readings_from_arrays(np.full((1, 1, 2, 2), 0.5), names=["alti"])
    assert list(ei.readings_from_arrays(np.full((1, 1, 2, 2), 0.5))) == ["attention", "rollout"]


def test_threads_share_what_blocks_have() -> None:
    model, errors = ei.load(default_model_folder()), []

    def read() -> None:
        try:
            ei.readings(model, TEXT, ["norm"])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_folder_without_its_projections_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(default_model_folder(), folder)
    manifest = json.loads((folder / "edgeinterp.json").read_text(encoding="utf-8"))
    del manifest["files"]["projections.onnx"]
    (folder / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match=r"without projections\.onnx; export the model again"):
        ei.load(folder)
