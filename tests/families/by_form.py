"""ONNX files of one model in many forms, beside PyTorch: ``python -m tests.families.by_form SOURCE FILE ...``.

SOURCE is the model's folder of transformers, with its tokenizer.json. A row is printed for each file, as the table of
docs/architectures.md has them.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.exporting.from_onnx import export_onnx

TEXTS = 12


def differences(folder: Path, reference: Any) -> tuple[float, float, float]:
    """Largest difference of hidden states and of attentions beside their largest value; the lowest mean cosine."""
    import torch

    model = ei.load(folder)
    layers = model.manifest.layers
    states, maps, lowest = 0.0, 0.0, 1.0
    for text in model.encode(ei.default_texts()[:TEXTS]):
        (batch,) = model.activations([text], range(layers + 1), range(1, layers + 1))
        ids = torch.tensor(text.ids[None].astype(np.int64))
        with torch.inference_mode():
            answer = reference(input_ids=ids, output_hidden_states=True, output_attentions=True)
        for own, tensor in zip(batch.hidden_states, answer.hidden_states, strict=True):
            expected = tensor[0].numpy()
            states = max(states, float(np.abs(own - expected).max() / np.abs(expected).max()))
            norms = np.linalg.norm(own, axis=1) * np.linalg.norm(expected, axis=1)
            lowest = min(lowest, float(((own * expected).sum(axis=1) / norms).mean()))
        for (weights,), tensor in zip(batch.attentions, answer.attentions, strict=True):
            expected = tensor[0].numpy()
            maps = max(maps, float(np.abs(weights - expected).max() / np.abs(expected).max()))
    return states, maps, lowest


def row(file: Path, source: Path, reference: Any) -> str:
    """One row of the table."""
    name = file.stem if file.stem != "model" else file.parent.name
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = export_onnx(file, Path(folder) / "out", tokenizer=source / "tokenizer.json")
        except InputError as error:
            return f"| {name} | refused: {error} | | | | |"
        states, maps, lowest = differences(Path(folder) / "out", reference)
    own, values = (found.certificate[key].get("largest_difference") for key in ("own_outputs", "values"))
    told = ["-" if number is None else f"{number:.0e}" for number in (own, values)]
    return f"| {name} | {found.quantization} | {states:.1g} | {maps:.1g} | {lowest:.4f} | {' | '.join(told)} |"


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import AutoModel

        place = Path(sys.argv[1])
        model = AutoModel.from_pretrained(place, attn_implementation="eager", dtype=torch.float32).eval()
        for given in sys.argv[2:]:
            print(row(Path(given), place, model), flush=True)
