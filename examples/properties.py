"""Properties in your own runtime: python examples/properties.py [FILE OF NORMS]; replace ``run`` by yours."""

import sys
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import edgeinterp as ei
from edgeinterp_models import default_model_folder

folder, norms = default_model_folder(), ei.read_norms(sys.argv[1]) if len(sys.argv) > 1 else ei.default_norms()
session = onnxruntime.InferenceSession(folder / "model.onnx")
outputs = [item.name for item in session.get_outputs() if item.name.startswith("hidden_states")]
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.no_padding()


def run(ids: list[int]) -> Any:
    """Hidden states 0..L of one text, shape (L + 1, tokens, d)."""
    ones = np.ones((1, len(ids)), dtype=np.int64)
    feed = {"input_ids": ones * ids, "attention_mask": ones, "token_type_ids": 0 * ones}
    return np.concatenate(session.run(outputs, feed))


encoded = tokenizer.encode_batch(norms.words)
own = np.stack([run(text.ids)[:, 1:-1].mean(axis=1) for text in encoded], axis=1)
random = []
for model in (ei.random_model(folder, seed) for seed in range(5)):
    states = [np.stack(model.run_ids(text.ids, text, range(len(outputs)))) for text in model.encode(norms.words)]
    random.append(np.stack([one[:, 1:-1].mean(axis=1) for one in states], axis=1))
given: dict[str, Any] = {"words": norms.words, "features": norms.features}
given["token_counts"] = [len(text.ids) - 2 for text in encoded]
# counts of a corpus, if you have any: ids of most vocabularies follow frequency
given["frequencies"] = [np.prod(1 / (1 + np.array(text.ids[1:-1]))) for text in encoded]
for verdict in ei.properties(own, norms.values, random_model_layers=random, **given).verdicts:
    print(f"{verdict.claim}: {verdict.verdict} ({verdict.because})")
