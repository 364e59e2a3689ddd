"""Write SHAP's scores of a classifier's texts for `edgeinterp judge`: needs shap, transformers and PyTorch.

python scores_from_shap.py CLASSIFIER TEXTS.txt > shap.jsonl      a folder or hub id that transformers loads
edgeinterp export CLASSIFIER my-model --task text-classification
edgeinterp judge my-model shap.jsonl --target logit
"""

import json
import sys
from pathlib import Path

import shap
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

name, texts = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSequenceClassification.from_pretrained(name).eval()


def logits(some: list[str]) -> torch.Tensor:
    batch = tokenizer([str(text) for text in some], return_tensors="pt", padding=True, truncation=True)
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.numpy()


# words and spaces by a pattern, so that it needs nothing of the tokenizer
explainer = shap.Explainer(logits, shap.maskers.Text(r"\W"), seed=0)
for text in texts:
    found = explainer([text], silent=True)[0]
    scores = found.values[:, logits([text])[0].argmax()]
    spans, at = [], 0
    for part in found.data:
        spans.append([at, at + len(part)])
        at += len(part)
    print(json.dumps({"text": text, "method": "shap", "spans": spans, "scores": scores.tolist(), "target": "logit"}))
