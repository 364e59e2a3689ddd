"""The two exporters: the same readings, in both releases of transformers; which one is chosen, and what is named."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.exporting import exporters
from edgeinterp.exporting.export import export
from edgeinterp.exporting.tracing import _interleave, gather_weights
from edgeinterp.model.manifest import Manifest, read_manifest
from edgeinterp.model.random_model import load_random
from tests.families.by_exporter import ROOT, environment
from tests.families.examine import TEXTS, activations
from tests.families.models import FAMILIES, ONLY_5, save_family

with warnings.catch_warnings():
    # their import warns on some versions
    warnings.simplefilter("ignore")
    import torch

FIVE = ("bert", "roberta", "gpt2", "llama", "qwen2")

Make = Callable[[str], Path]


@pytest.fixture(scope="module")
def by_optimum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder for each of the families: its source, and its model folder by Optimum."""
    root = tmp_path_factory.mktemp("families")
    for key in FIVE:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save_family(FAMILIES[key], root / key / "source")
        assert export(root / key / "source", root / key / "optimum").exporter == "optimum"
    return root


@pytest.fixture(scope="module")
def under_5(by_optimum: Path) -> Path:
    """The same folder, with model folders that another process wrote with transformers 5."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.exporting.under_transformers5", str(by_optimum), *FIVE],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    return by_optimum


def without_optimum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exporters, "optimum_fault", lambda: "No module named 'optimum'")


def largest_difference(first: Path, second: Path) -> float:
    """Compare every output for texts in one padded batch, relative to the output's largest value."""
    models = [ei.load(folder, threads=1) for folder in (first, second)]
    assert models[0].manifest.layers == models[1].manifest.layers
    worst, seen = 0.0, 0
    parts = [activations(model, model.encode(TEXTS), len(TEXTS)) for model in models]
    for (index, *mine), (other, *theirs) in zip(*parts, strict=True):
        assert index == other
        for found, expected in zip([*mine[0], *mine[1]], [*theirs[0], *theirs[1]], strict=True):
            worst = max(worst, float(np.abs(found - expected).max() / np.abs(expected).max()))
            seen += 1
    assert seen == len(TEXTS) * (2 * models[0].manifest.layers + 1)
    return worst


def properties(manifest: Manifest) -> dict[str, Any]:
    names = ("architecture", "layers", "heads", "hidden_size", "max_positions", "causal", "padding_neutral")
    return {name: getattr(manifest, name) for name in (*names, "pad_token_id", "mask_token_id")}


@pytest.mark.parametrize("key", FIVE)
def test_both_exporters_give_the_same(
    key: str, by_optimum: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_optimum(monkeypatch)
    manifest = export(by_optimum / key / "source", tmp_path / "torch")
    assert manifest.exporter == "torch"
    assert manifest.certificate["worst"]["relative_difference"] < 1e-4
    other = read_manifest(by_optimum / key / "optimum")
    assert properties(manifest) == properties(other)
    assert largest_difference(tmp_path / "torch", by_optimum / key / "optimum") < 1e-4
    # the weights have the same names, and can be shuffled
    named = [{item.name for item in found.initializers if item.name.endswith("weight")} for found in (manifest, other)]
    assert named[0] == named[1] != set()
    assert load_random(ei.load(tmp_path / "torch", threads=1), seed=0).replaced


@pytest.mark.parametrize("key", FIVE)
def test_transformers_5_gives_the_same(key: str, under_5: Path) -> None:
    manifest = read_manifest(under_5 / key / "by5")
    assert manifest.exporter == "torch"
    assert manifest.versions["transformers"].startswith("5.")
    assert manifest.certificate["worst"]["relative_difference"] < 1e-4
    assert properties(manifest) == properties(read_manifest(under_5 / key / "optimum"))
    assert largest_difference(under_5 / key / "by5", under_5 / key / "optimum") < 1e-4


@pytest.mark.parametrize("key", ONLY_5)
def test_families_that_only_transformers_5_has(key: str, under_5: Path) -> None:
    with pytest.raises(InputError, match=f"cannot be loaded .*{key}"):
        export(under_5 / key / "source", under_5 / key / "by4")
    manifest = read_manifest(under_5 / key / "by5")
    assert manifest.exporter == "torch"
    assert (manifest.layers, manifest.heads, manifest.hidden_size) == (3, 4, 32)
    assert not manifest.causal
    assert manifest.padding_neutral
    assert manifest.certificate["worst"]["relative_difference"] < 1e-4
    assert {shape["padding"] for shape in manifest.certificate["shapes"]} == {"none", "right", "left"}


@pytest.mark.parametrize("quantize", ["int8", "fp16"])
def test_quantized(quantize: Any, make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_optimum(monkeypatch)
    manifest = export(make_source("llama"), tmp_path / "out", quantize=quantize)
    assert (manifest.exporter, manifest.quantization) == ("torch", quantize)
    assert {"int8": "int8", "fp16": "float16"}[quantize] in {item.dtype for item in manifest.initializers}
    assert all(output["cosine"] > 0.9 for output in manifest.certificate["outputs"])


def test_without_optimum_the_other_is_chosen(
    make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.import_module

    def unfit(name: str, package: str | None = None) -> Any:
        if name.startswith("optimum"):
            raise AttributeError("what a release raises that does not fit")
        return real(name, package)

    source = make_source("bert")
    monkeypatch.setattr(importlib, "import_module", unfit)
    assert export(source, tmp_path / "out").exporter == "torch"
    with pytest.raises(InputError, match="use feature-extraction"):
        export(source, tmp_path / "other", task="feature-extraction-with-past")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_versions_are_of_packages_that_are_installed(
    make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name.startswith("optimum"):
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    without_optimum(monkeypatch)
    manifest = export(make_source("bert"), tmp_path / "out")
    assert set(manifest.versions) == {"edgeinterp", "torch", "transformers", "onnx", "onnxruntime"}


def test_the_manifest_names_the_exporter(exported: Make, tmp_path: Path) -> None:
    manifest = read_manifest(exported("bert"))
    assert manifest.exporter == "optimum"
    dataclasses.replace(manifest, exporter="by hand").save(tmp_path)
    with pytest.raises(InputError, match="exporter is 'by hand', expected optimum, torch; export the model again"):
        read_manifest(tmp_path)
    # written before there were two
    path = tmp_path / "edgeinterp.json"
    path.write_text(path.read_text().replace(' "exporter": "by hand",\n', ""))
    assert read_manifest(tmp_path).exporter == ""


def test_weights_in_a_file_each_are_put_into_one(exported: Make, tmp_path: Path) -> None:
    import onnx
    import onnxruntime

    model = onnx.load(str(exported("bert") / "model.onnx"))
    whole, path = tmp_path / "whole", tmp_path / "apart" / "model.onnx"
    for folder in (whole, path.parent):
        folder.mkdir()
    onnx.save(model, str(whole / "model.onnx"))
    onnx.save(model, str(path), save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=100)
    assert len(list(path.parent.iterdir())) > 20
    gather_weights(path)
    assert sorted(file.name for file in path.parent.iterdir()) == ["model.onnx", "model.onnx_data"]
    feed = {item.name: np.arange(4)[None] % 2 for item in model.graph.input}
    found, expected = (
        onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"]).run(["hidden_states.3"], feed)
        for file in (path, exported("bert") / "model.onnx")
    )
    np.testing.assert_array_equal(found[0], expected[0])
    # what fits stays where it is
    gather_weights(whole / "model.onnx")
    assert [file.name for file in whole.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_interleaved_is_repeat_interleave(dim: int) -> None:
    values = torch.arange(24).reshape(2, 3, 4)
    given = torch.repeat_interleave
    assert torch.equal(_interleave(given, values, 3, dim), given(values, 3, dim))
    assert torch.equal(_interleave(given, values, 2), given(values, 2))
    counts = torch.arange(1, values.shape[dim] + 1)
    assert torch.equal(_interleave(given, values, counts, dim), given(values, counts, dim))
