"""Readings of attention made from the values of your own runtime, and how much each says of influence.

Replace ``run`` by your runtime; here it is the embedded model, run directly with onnxruntime. For verdicts give models
of shuffled weights too (``random_models``, see examples/influence.py): they tell what comes with the architecture.
"""

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

import edgeinterp as ei
from edgeinterp_models import default_model_folder

LAYERS, HEADS = 6, 12
folder = default_model_folder()
session = onnxruntime.InferenceSession(folder / "model.onnx")
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.no_padding()
mask = tokenizer.token_to_id("[MASK]")
# the output projection of each block, with its bias as the last row: (L, heads * width + 1, d)
weights = onnxruntime.InferenceSession(folder / "projections.onnx")
projections = np.stack(weights.run([f"projections.{layer}" for layer in range(LAYERS)], {}))
biases = projections[:, -1]
projections = (projections[:, :-1] - biases[:, None]).reshape(LAYERS, HEADS, -1, projections.shape[-1])


def run(ids: NDArray[np.integer], *kinds: str) -> list[NDArray[np.float32]]:
    """Return outputs of one text: of each kind, all layers."""
    ones = np.ones((1, len(ids)), dtype=np.int64)
    feed = {"input_ids": ones * ids, "attention_mask": ones, "token_type_ids": 0 * ones}
    names = {kind: [f"{kind}.{layer}" for layer in range(LAYERS + (kind == "hidden_states"))] for kind in kinds}
    return [np.concatenate(session.run(names[kind], feed)) for kind in kinds]


encoded = tokenizer.encode_batch(ei.default_texts())
texts: list[NDArray[np.int64]] = [np.array(one.ids) for one in encoded if 16 <= len(one.ids) <= 32]
special = [np.isin(ids, [101, 102]) for ids in texts]
chosen = ei.replaced_copies(
    np.concatenate(texts), [len(ids) for ids in texts], np.concatenate(special), mask_token_id=mask, n_texts=48
)
states, copies, attentions, readings = [], [], [], []
for one in chosen:
    own, maps, values = run(texts[one.text], "hidden_states", "attentions", "values")
    scales, shifts = run(texts[one.text], "norms")[0].reshape(LAYERS, 2, -1).swapaxes(0, 1)
    found = ei.readings_from_arrays(
        maps, values, projections, own[:-1], biases=biases, norm_at="sum", norm="layer", scales=scales, shifts=shifts,
        epsilon=1e-12, names=["norm", "alti", "contribution"],
    )  # fmt: skip
    readings.append({name: found[name] for name in ("norm", "alti", "contribution")})
    changed = np.array([[run(ids, "hidden_states")[0] for ids in draw] for draw in one.token_ids])
    copies.append(np.moveaxis(changed, 2, 0))
    states.append(own)
    attentions.append(maps)
result = ei.influence(
    np.concatenate(states, axis=1), copies, attentions, [one.positions for one in chosen],
    [len(texts[one.text]) for one in chosen], special_tokens_mask=np.concatenate([special[one.text] for one in chosen]),
    groups=[one.group for one in chosen], readings=readings, controls=["profile", "salience", "cheaper"],
)  # fmt: skip
for layer in result.layers:
    gains = ", ".join(f"{one.key} {one.gain.value:.3f}" for one in layer.readings if one.query == "token")
    print(f"layer {layer.attention_layer}, gain over distance: {gains}")
