"""Slow, obvious versions of share and of the type mean map. Nothing here calls the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests import reference

Array = np.ndarray[Any, Any]
GROUPS = 25
FEWEST = 5


def centred_rows(states: Array, layer: int, texts: list[dict[str, Any]], fit: list[dict[str, Any]]) -> dict[str, Any]:
    """States of one layer less their fit half's means, with what the mean of a position has added to a square."""
    fitted = reference.fit_layer(states, layer, fit)
    positions = [place for text in fit for place in text["positions"]]
    rows = {"x": [], "id": [], "text": [], "key": [], "noise": []}  # type: dict[str, list[Any]]
    for number, text in enumerate(texts):
        x = reference.centred(states[layer][text["rows"]], text["positions"], fitted["centres"])
        for row, token, place in zip(x, text["ids"], text["positions"], strict=True):
            seen = positions.count(place)
            rows["x"].append(row)
            rows["id"].append(token)
            rows["text"].append(number)
            rows["key"].append(text["key"])
            rows["noise"].append(seen / (seen + 5.0) ** 2 if place <= max(positions) else 1.0 / len(positions))
    own = np.concatenate([reference.centred(states[layer][t["rows"]], t["positions"], fitted["centres"]) for t in fit])
    return {**rows, "variance": np.mean(own**2, axis=0), "own": own}


def share(rows: dict[str, Any], standardised: bool, without: int | None = None) -> float:
    """Mean products of pairs of tokens of one id in different groups, over squares; pair by pair.

    The mean's squared length is the mean product of covered tokens of different groups, of whatever ids; ``without`` a
    group, these are the tokens that all texts cover, less that group's.
    """
    groups = [(key >> 2) % GROUPS for key in rows["key"]]
    scale = 1.0 / rows["variance"] if standardised else np.ones_like(rows["variance"])
    x, ids = rows["x"], rows["id"]

    def covered_by(tokens: list[int]) -> list[int]:
        return [i for i in tokens if any(ids[j] == ids[i] and groups[j] != groups[i] for j in tokens)]

    def mean_product(tokens: list[int]) -> float:
        return float(np.mean([x[i] @ (scale * x[j]) for i in tokens for j in tokens if groups[i] != groups[j]]))

    left = [i for i, group in enumerate(groups) if group != without]
    covered = covered_by(left)
    centre = mean_product([i for i in covered_by(list(range(len(x)))) if groups[i] != without])
    above = 0.0
    for token in {ids[i] for i in covered}:
        own = [i for i in covered if ids[i] == token]
        above += len(own) * (mean_product(own) - centre)
    squares = sum(float(x[i] @ (scale * x[i])) - centre for i in covered)
    noise = sum(rows["noise"][i] for i in covered) * float(scale @ rows["variance"])
    return float(above / (squares - noise))


def type_mean_scores(rows: dict[str, Any], fit: list[dict[str, Any]]) -> list[list[float]]:
    """By text: tokens whose id has a mean, how many are nearest to it, and the sum of their chances."""
    ids = [token for text in fit for token in text["ids"]]
    types = sorted({token for token in ids if ids.count(token) >= FEWEST})
    scaled = rows["own"] / np.sqrt(rows["variance"])
    means = {
        token: np.mean([row for row, own in zip(scaled, ids, strict=True) if own == token], axis=0) for token in types
    }
    scores = []
    for number in range(max(rows["text"]) + 1):
        asked = [i for i, text in enumerate(rows["text"]) if text == number and rows["id"][i] in types]
        hits, chance = 0.0, 0.0
        for i in asked:
            query = rows["x"][i] / np.sqrt(rows["variance"])
            found = max(types, key=lambda token: reference.cosine(query, means[token]))
            hits += found == rows["id"][i]
            chance += sum(rows["id"][j] == found for j in asked) / len(asked)
        scores.append([float(len(asked)), hits, chance])
    return scores
