"""Relations in your own runtime: replace ``run``, and add ``licensed``, the layers that own_runtime.py supports."""

from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import edgeinterp as ei
from edgeinterp_models import default_model_folder

every = ei.default_pairs()
pairs = every.part([row for row, name in enumerate(every.relations) if name in ("hyper", "coord")])
words = list(zip(pairs.word1, pairs.word2, strict=True))
session = onnxruntime.InferenceSession((folder := default_model_folder()) / "model.onnx")


def run(ids: list[int]) -> Any:
    """Hidden states 0 to L (1, tokens, d), then the attention (1, H, tokens, tokens) of every layer: replace it."""
    ones = np.ones((1, len(ids)), dtype=np.int64)
    outputs = [*(f"hidden_states.{state}" for state in range(7)), *(f"attentions.{layer}" for layer in range(6))]
    return session.run(outputs, {"input_ids": ones * ids, "attention_mask": ones, "token_type_ids": 0 * ones})


texts = [["We spoke about the", one, "and then the", two, "until it was late."] for one, two in words]
encoded = Tokenizer.from_file(str(folder / "tokenizer.json")).encode_batch(texts, is_pretokenized=True)
spans = [(text.word_to_tokens(1), text.word_to_tokens(3)) for text in encoded]
given = spans, [text.ids for text in encoded], [text.special_tokens_mask for text in encoded]
found = ei.pair_features([np.concatenate(run(text.ids)[7:]) for text in encoded], *given)
# every word between the special tokens alone
alone = {
    word: [text.ids[0], *text.ids[slice(*at)], text.ids[-1]]
    for text, pair, places in zip(encoded, words, spans, strict=True)
    for word, at in zip(pair, places, strict=True)
}
states = {word: np.concatenate(run(ids)[:7])[:, 1:-1].mean(axis=1) for word, ids in alone.items()}
known: dict[str, Any] = {"words": words, "word_states": states, "random_models": []}
for model in (ei.random_model(folder, seed) for seed in range(3)):
    same = (model.activations([text], (), range(1, 7)) for text in model.encode(map(" ".join, texts)))
    maps = [np.concatenate(next(iter(batches)).attentions) for batches in same]
    known["random_models"].append(ei.pair_features(maps, *given).features)
for verdict in ei.relations(**vars(found), labels=pairs.relations, groups=pairs.categories, **known).verdicts:
    print(f"{verdict.claim}: {verdict.verdict} ({verdict.because})")
