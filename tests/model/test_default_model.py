"""The embedded model folder is whole, small, and as its card says."""

from __future__ import annotations

import numpy as np

from edgeinterp.exporting.staging import hash_files
from edgeinterp.model.manifest import read_manifest
from edgeinterp.model.onnx_file import read_onnx
from edgeinterp_models import default_model_folder


def test_folder_is_as_its_manifest_says() -> None:
    folder = default_model_folder()
    manifest = read_manifest(folder)
    assert manifest.files == hash_files(folder)
    assert (manifest.layers, manifest.heads, manifest.hidden_size, manifest.causal) == (6, 12, 384, False)
    assert (manifest.quantization, manifest.max_positions, manifest.mask_token_id) == ("int8", 512, 103)
    assert max(path.stat().st_size for path in folder.iterdir()) < 25_000_000
    graph = read_onnx(folder / "model.onnx")
    assert graph.inputs == manifest.inputs
    readings = [f"hidden_states.{i}" for i in range(7)] + [f"attentions.{i}" for i in range(6)]
    blocks = [f"{kind}.{i}" for i in range(6) for kind in ("values", "norms")]
    assert graph.outputs[:13] == readings
    assert sorted(graph.outputs[13:]) == sorted(["pooled", *blocks])
    assert graph.initializers == manifest.initializers


def test_its_weights_can_be_read_in_place() -> None:
    folder = default_model_folder()
    matrices = [entry for entry in read_manifest(folder).initializers if len(entry.shape) == 2]
    # six per layer, and three tables of embeddings
    assert len(matrices) == 6 * 6 + 3
    content = np.memmap(folder / "model.onnx", np.uint8, "r")
    for entry in matrices:
        assert entry.file == "model.onnx"
        values = np.frombuffer(content[entry.offset : entry.offset + entry.length], entry.dtype).reshape(entry.shape)
        assert values.std() > 1


def test_card_states_the_certificate() -> None:
    folder = default_model_folder()
    certificate = read_manifest(folder).certificate
    card = (folder.parent / "CARD.md").read_text(encoding="utf-8")
    assert certificate["passed"]
    for output in certificate["outputs"]:
        name, mean, lowest = f"`{output['name']}`", f"{output['cosine']:.3f}"[1:], f"{output['lowest_cosine']:.3f}"[1:]
        assert f"| {name:<17} | {mean} | {lowest}   |" in card


def test_nothing_of_the_exporting_machine() -> None:
    for path in default_model_folder().iterdir():
        content = path.read_bytes()
        for private in (b"site-packages", b"/tmp/", b"/home/", b"/root/", b"https://"):
            assert private not in content, (path.name, private)
