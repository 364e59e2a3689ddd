"""Write inseq's scores of a language model's texts for `edgeinterp judge`: needs inseq and PyTorch.

python scores_from_inseq.py LANGUAGE-MODEL TEXTS.txt > inseq.jsonl    a decoder that transformers loads
edgeinterp export LANGUAGE-MODEL my-model --task text-generation
edgeinterp judge my-model inseq.jsonl --target logit                  of the token that is predicted next
"""

import json
import math
import sys
from pathlib import Path

import inseq

name, texts = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
method = sys.argv[3] if len(sys.argv) > 3 else "input_x_gradient"
model = inseq.load_model(name, method, device="cpu", model_kwargs={"attn_implementation": "eager"})
for text in texts:
    found = model.attribute(text, generation_args={"max_new_tokens": 1}, show_progress=False)
    # tokens of the text down, the one predicted token across
    one = found.aggregate().sequence_attributions[0]
    column = one.target_attributions[:, 0].tolist()
    parts = [(token.token, score) for token, score in zip(one.target, column, strict=True) if math.isfinite(score)]
    tokens, scores = [token for token, _ in parts], [score for _, score in parts]
    print(json.dumps({"text": text, "method": f"inseq {method}", "tokens": tokens, "scores": scores,
                      "target": "logit"}))  # fmt: skip
