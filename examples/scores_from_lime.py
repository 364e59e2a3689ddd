"""Write LIME's scores of a classifier's texts for `edgeinterp judge`: needs lime, transformers and PyTorch.

python scores_from_lime.py CLASSIFIER TEXTS.txt > lime.jsonl      a folder or hub id that transformers loads
edgeinterp export CLASSIFIER my-model --task text-classification
edgeinterp judge my-model lime.jsonl --target logit
"""

import json
import sys
from pathlib import Path

import torch
from lime.lime_text import LimeTextExplainer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

name, texts = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSequenceClassification.from_pretrained(name).eval()


def probabilities(some: list[str]) -> torch.Tensor:
    batch = tokenizer(list(some), return_tensors="pt", padding=True, truncation=True)
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.softmax(-1).numpy()


# each occurrence of a word has its own score; a masked word is one token, where the tokenizer has one for it
explainer = LimeTextExplainer(bow=False, mask_string=tokenizer.mask_token or tokenizer.unk_token, random_state=0)
for text in texts:
    label = int(probabilities([text])[0].argmax())
    found = explainer.explain_instance(text, probabilities, labels=[label], num_features=100, num_samples=500)
    words = found.domain_mapper.indexed_string
    scores = {int(words.string_position(at)[0]): (words.word(at), score) for at, score in found.local_exp[label]}
    spans = [[first, first + len(word)] for first, (word, _) in scores.items()]
    numbers = [float(score) for _, score in scores.values()]
    print(json.dumps({"text": text, "method": "lime", "spans": spans, "scores": numbers, "target": "logit"}))
