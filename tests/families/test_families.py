"""Every family: exported, compared with PyTorch through the run time, checked; or refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.run import CHECKS

from .examine import TEXTS, Examined, check_all, differences, torch_model
from .models import FAMILIES, OTHERS, REFUSED, tokenizer
from .table import PAGE, render

Examine = Callable[[str], Examined]


@pytest.mark.parametrize("key", [*FAMILIES, *OTHERS])
def test_readings_are_pytorchs(key: str, examined: Examine) -> None:
    found = examined(key)
    assert found.refused == ""
    assert found.manifest is not None
    layers = found.manifest.layers
    assert set(found.outputs) == {f"hidden_states.{i}" for i in range(layers + 1)} | {
        f"attentions.{i}" for i in range(layers)
    }
    assert max(found.outputs.values()) < 1e-3, found.outputs


@pytest.mark.parametrize("key", [*FAMILIES, *OTHERS])
def test_tokens_are_transformers(key: str, examined: Examine) -> None:
    found = examined(key)
    model, kind = found.model(), tokenizer(found.family.tokenizer)
    for text, encoded in zip(TEXTS, model.encode(TEXTS, 10_000), strict=True):
        expected = kind(text)["input_ids"]
        limit = model.manifest.max_positions or len(expected)
        assert encoded.truncated is (len(expected) > limit)
        if not encoded.truncated:
            assert encoded.ids.tolist() == expected
        else:
            assert encoded.ids.size == limit


@pytest.mark.parametrize("key", FAMILIES)
def test_every_check_runs(key: str, examined: Examine) -> None:
    model = examined(key).model()
    results = check_all(model)
    assert set(results) == set(CHECKS)
    for name, result in results.items():
        assert set(result.checks) == {name}
        assert {verdict.check for verdict in result.verdicts} == {name}
        assert len(result.verdicts) >= model.manifest.layers
        assert all(verdict.because for verdict in result.verdicts)
    layers = results["correspondence"].to_dict()["checks"]["correspondence"]["layers"]
    # hidden state 0 is what identity is measured against
    assert layers[0]["maps"]["linear"]["token"]["identification"] == 1.0
    assert len({layer["maps"]["raw"]["token"]["mrr"] for layer in layers}) > 1


@pytest.mark.parametrize("key", REFUSED)
def test_refused_by_name(key: str, examined: Examine) -> None:
    found = examined(key)
    reason = REFUSED[key][1]
    assert found.refused.startswith(reason)
    assert "\n" not in found.refused
    assert not found.folder.exists()


def test_the_comparison_sees_what_is_wrong(examined: Examine) -> None:
    model, reference = examined("bert").model(), torch_model(examined("bert").source)
    with np.errstate(all="ignore"):
        reference.encoder.layer[1].attention.self.query.weight.data *= 1.02
    found = differences(model, reference)
    assert found["attentions.0"] < 1e-5
    assert found["attentions.1"] > 1e-3
    assert found["hidden_states.1"] < 1e-5 < found["hidden_states.2"]


def test_the_models_differ_between_families(examined: Examine) -> None:
    """No family stands in for another; XLM-R is RoBERTa with another tokenizer."""
    files = {key: ei.load(examined(key).folder).manifest.files for key in FAMILIES}
    assert len({(own["model.onnx"], own["tokenizer.json"]) for own in files.values()}) == len(FAMILIES)
    assert len({own["model.onnx"] for own in files.values()}) >= len(FAMILIES) - 1


def test_the_table_in_the_docs(examined: Examine) -> None:
    found = {key: examined(key) for key in [*FAMILIES, *OTHERS, *REFUSED]}
    assert PAGE.read_text(encoding="utf-8").startswith(render(found)), "run python -m tests.families.table"
