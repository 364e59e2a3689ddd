"""Write Integrated Gradients by Captum for `edgeinterp judge`: needs captum, transformers and PyTorch.

python scores_from_captum.py CLASSIFIER TEXTS.txt > captum.jsonl  a folder or hub id that transformers loads
edgeinterp export CLASSIFIER my-model --task text-classification
edgeinterp judge my-model captum.jsonl --target logit
"""

import json
import sys
from pathlib import Path

import torch
from captum.attr import LayerIntegratedGradients
from transformers import AutoModelForSequenceClassification, AutoTokenizer

name, texts = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSequenceClassification.from_pretrained(name).eval()
empty = tokenizer.mask_token_id or tokenizer.pad_token_id or 0


def logits(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return model(input_ids=ids, attention_mask=mask).logits


explainer = LayerIntegratedGradients(logits, model.get_input_embeddings())
for text in texts:
    batch = tokenizer(text, return_tensors="pt", return_offsets_mapping=True, return_special_tokens_mask=True)
    ids, mask = batch["input_ids"], batch["attention_mask"]
    own = batch["special_tokens_mask"][0] == 0
    baseline = torch.where(own, empty, ids)
    label = int(logits(ids, mask).argmax())
    scores = explainer.attribute(ids, baseline, target=label, additional_forward_args=mask, n_steps=32).sum(-1)[0]
    pieces = zip(batch["offset_mapping"][0].tolist(), scores.tolist(), own.tolist(), strict=True)
    parts = [(span, score) for span, score, keep in pieces if keep and span[0] < span[1]]
    spans, numbers = [span for span, _ in parts], [score for _, score in parts]
    print(json.dumps({"text": text, "method": "integrated gradients", "spans": spans, "scores": numbers,
                      "target": "logit"}))  # fmt: skip
