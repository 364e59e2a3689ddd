"""Write what a sparse embedding in the manner of BM42 takes from attention, for `edgeinterp judge`; no PyTorch.

BM42 weighs a word by the attention that the first token pays to it in the last block, mean over heads.

python scores_from_cls.py MODEL TEXTS.txt > cls.jsonl             a model folder; embedded without one
edgeinterp judge MODEL cls.jsonl
"""

import json
import sys
from pathlib import Path

import edgeinterp as ei
from edgeinterp_models import default_model_folder

model = ei.load(sys.argv[1] if len(sys.argv) > 1 else default_model_folder())
texts = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines() if len(sys.argv) > 2 else ei.default_texts()[:60]
layers = model.manifest.layers
for text, encoded, spans in zip(texts, model.encode(texts), model.token_spans(texts), strict=True):
    (one,) = model.activations([encoded], (), (layers,))
    weights = one.attentions[0][0].mean(axis=0)[0]
    own = [at for at, (first, last) in enumerate(spans) if first < last and not encoded.special[at]]
    print(json.dumps({"text": text, "method": "first token's attention", "spans": spans[own].tolist(),
                      "scores": weights[own].tolist()}))  # fmt: skip
