"""Influence in a model that runs in your own runtime: replace ``run``, ``weights`` and ``texts`` of this NumPy toy."""

from typing import Any

import numpy as np

import edgeinterp as ei

rng = np.random.default_rng(0)
texts = rng.integers(200, size=(120, 16))
weights = {"tokens": rng.normal(size=(200, 32)), "positions": rng.normal(size=(16, 32))}
weights |= {name: rng.normal(size=(2, 4, 32, 8)) / 3 for name in ("query", "key", "value")}
shuffled = [{name: rng.permuted(one.ravel()).reshape(one.shape) for name, one in weights.items()} for _ in range(5)]
chosen = ei.replaced_copies(texts.ravel(), [16] * 120, n_texts=96)


def run(ids: np.ndarray, weights: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Hidden states (L + 1, tokens, d) and attentions (L, H, tokens, tokens) of one text."""
    states, attentions = [weights["tokens"][ids] + weights["positions"]], []
    for query, key, value in zip(weights["query"], weights["key"], weights["value"], strict=True):
        scores = np.exp((states[-1] @ query) @ (states[-1] @ key).swapaxes(1, 2) / 8**0.5)
        attentions.append(scores / scores.sum(axis=-1, keepdims=True))
        states.append(states[-1] + np.concatenate(attentions[-1] @ (states[-1] @ value), axis=1))
    return np.stack(states), np.stack(attentions)


def passes(model: dict[str, np.ndarray]) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Hidden states of the chosen texts, those of their copies, and attentions."""
    plain = [run(texts[one.text], model) for one in chosen]
    copies = [np.array([[run(ids, model)[0] for ids in draw] for draw in one.token_ids]) for one in chosen]
    copies = [np.moveaxis(states, 2, 0) for states in copies]
    return np.concatenate([states for states, _ in plain], axis=1), copies, [maps for _, maps in plain]


given: dict[str, Any] = {"groups": [one.group for one in chosen], "random_models": [passes(one) for one in shuffled]}
positions, lengths = [one.positions for one in chosen], [16] * len(chosen)
for verdict in ei.influence(*passes(weights), positions, lengths, **given).verdicts:
    print(f"{verdict.claim}: {verdict.verdict} ({verdict.because})")
