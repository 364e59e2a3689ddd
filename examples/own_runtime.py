"""Correspondence of a model that runs in your own runtime: feed hidden states batch by batch.

    python examples/own_runtime.py [FILE OF TEXTS, ONE A LINE]

Replace ``run`` by your runtime; here it is the embedded model, run directly with onnxruntime.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import edgeinterp as ei
from edgeinterp_models import default_model_folder

folder = default_model_folder()
session = onnxruntime.InferenceSession(folder / "model.onnx")
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.no_padding()


def run(ids: list[int]) -> np.ndarray:
    """Hidden states 0..L of one text, shape (L + 1, tokens, d)."""
    ones = np.ones((1, len(ids)), dtype=np.int64)
    feed = {"input_ids": ones * ids, "attention_mask": ones, "token_type_ids": 0 * ones}
    names = [item.name for item in session.get_outputs() if item.name.startswith("hidden_states")]
    return np.concatenate(session.run(names, feed))


lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines() if len(sys.argv) > 1 else ei.default_texts()
texts = sorted(tokenizer.encode_batch(lines), key=lambda text: (len(text.ids), ei.content_key(text.ids)))
stream = ei.Correspondence()
for value, part in enumerate(("fit", "evaluate")):
    for text in (text for text in texts if ei.half(text.ids) == value):
        stream.update(run(text.ids), text.ids, [len(text.ids)], part, text.special_tokens_mask)
for verdict in stream.result().verdicts:
    print(f"{verdict.claim}: {verdict.verdict} ({verdict.because})")
