"""Judge SHAP, LIME, Integrated Gradients and methods of ours on a classifier that is trained here.

python -m bench.explainers COMMANDS.tsv OUT       columns text and intent; writes OUT/model and OUT/report.html

A small BERT learns the intents of spoken commands from scratch, in a minute or two; the programs of examples/ write the
scores, each timed as a whole process; edgeinterp judges them by the logit of the predicted class.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

TEXTS, EPOCHS, BATCH, SEED = 60, 12, 64, 0
TOOLS = ("shap", "lime", "captum")


def train(rows: list[tuple[str, str]], folder: Path) -> float:
    """Train a classifier, save it as transformers does, and return its accuracy on rows that were held out."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(SEED)
    # the same model on every run of one machine
    torch.set_num_threads(1)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    core = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    core.normalizer, core.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    core.train_from_iterator([text for text, _ in rows], trainers.WordPieceTrainer(
        vocab_size=2000, special_tokens=special, show_progress=False
    ))  # fmt: skip
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]", "cls_token": "[CLS]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, sep_token="[SEP]", model_max_length=64, **names)
    labels = sorted({label for _, label in rows})
    config = BertConfig(
        vocab_size=core.get_vocab_size(), hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=256, max_position_embeddings=64, id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)}, attn_implementation="eager",
    )  # fmt: skip
    model: Any = BertForSequenceClassification(config)
    train, held = [row for at, row in enumerate(rows) if at % 5], rows[::5]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    rng = np.random.default_rng(SEED)

    def batch(some: list[tuple[str, str]]) -> Any:
        found = tokenizer([text for text, _ in some], return_tensors="pt", padding=True, truncation=True, max_length=60)
        found = {name: found[name] for name in ("input_ids", "attention_mask")}
        return found, torch.tensor([labels.index(label) for _, label in some])

    for _ in range(EPOCHS):
        model.train()
        order = rng.permutation(len(train))
        for first in range(0, len(order), BATCH):
            inputs, wanted = batch([train[at] for at in order[first : first + BATCH]])
            loss = model(**inputs, labels=wanted).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
    right = 0
    with torch.no_grad():
        for first in range(0, len(held), BATCH):
            inputs, wanted = batch(held[first : first + BATCH])
            right += int((model(**inputs).logits.argmax(-1) == wanted).sum())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return right / len(held)


def main() -> None:
    import edgeinterp as ei

    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    with source.open(encoding="utf-8", newline="") as lines:
        rows = [(row["text"], row["intent"]) for row in csv.DictReader(lines, delimiter="\t")]
    rows = [rows[at] for at in np.random.default_rng(SEED).permutation(len(rows))]
    print(f"{len(rows)} commands, accuracy on a fifth held out: {train(rows, out / 'source'):.3f}")
    # texts to explain were not trained on
    held = list(dict.fromkeys(text for text, _ in rows[::5] if len(text.split()) >= 6))[:TEXTS]
    texts = out / "texts.txt"
    texts.write_text("\n".join(held) + "\n", encoding="utf-8")
    ei.export(out / "source", out / "model", task="text-classification", overwrite=True)
    examples = Path(__file__).parents[1] / "examples"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    files = []
    for tool in TOOLS:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(examples / f"scores_from_{tool}.py"), str(out / "source"), str(texts)],
            capture_output=True, text=True, check=True, encoding="utf-8", env=environment,
        )  # fmt: skip
        files.append(out / f"{tool}.jsonl")
        files[-1].write_text(done.stdout, encoding="utf-8")
        print(f"{tool}: {(time.perf_counter() - start) / len(held):.2f} s a text, its start included")
    result = ei.judge(out / "model", files, "logit")
    result.save(out / "result.json")
    ei.write_html(result, out / "report.html")
    judged = result.judge()
    assert judged is not None
    print(f"reliability {judged.reliability:.3f}; timings {result.timings}")
    for one, verdict in zip(judged.methods, result.verdicts, strict=True):
        print(
            f"| {one.method} | {one.rho:.2f} {one.ci} | {one.share_of_ceiling.value:.2f} | {one.insertion:.2f} | "
            f"{one.deletion:.2f} | {verdict.verdict} | {verdict.because}"
        )


if __name__ == "__main__":
    main()
