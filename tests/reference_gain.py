"""The slow, obvious version of influence's gain and pair: calls nothing of ours.

A text is a dictionary: ``bin``, ``rows`` and ``positions`` (lists of token indices), ``causal``, and two arrays of
shape (rows, positions): ``reading`` and ``influence``. Texts of a bin have the same rows and positions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.reference_influence import ranks

Array = NDArray[Any]
Text = dict[str, Any]


def cells(text: Text) -> list[tuple[int, int]]:
    """Row and column numbers of the cells that are compared."""
    return [
        (r, c)
        for r, i in enumerate(text["rows"])
        for c, j in enumerate(text["positions"])
        if j != i and (not text["causal"] or j < i)
    ]


def unit_ranks(text: Text, name: str) -> Array:
    """Ranks within each row, centred and of length 1; 0 in a row of equal values and where nothing is compared."""
    out = np.zeros(text[name].shape)
    for r in range(len(text["rows"])):
        columns = [c for row, c in cells(text) if row == r]
        own = np.array(ranks([float(text[name][r, c]) for c in columns]))
        own = own - own.mean()
        if np.any(own != 0):
            out[r, columns] = own / math.sqrt(float(own @ own))
    return out


def live_rows(text: Text) -> list[int]:
    """Rows whose influence differs between columns."""
    found = unit_ranks(text, "influence")
    return [r for r in range(len(text["rows"])) if found[r].any()]


def profile(texts: list[Text], without: int) -> dict[int, float]:
    """Mean rank of influence for each signed offset, over all texts but those of one bin."""
    values: dict[int, list[float]] = {}
    for text in texts:
        if text["bin"] == without:
            continue
        found, live = unit_ranks(text, "influence"), live_rows(text)
        for r, c in cells(text):
            if r in live:
                values.setdefault(text["positions"][c] - text["rows"][r], []).append(float(found[r, c]))
    return {offset: float(np.mean(some)) for offset, some in values.items()}


def profile_map(texts: list[Text], number: int) -> Array:
    """The profile as a predictor of one text, each row centred."""
    text, found = texts[number], profile(texts, texts[number]["bin"])
    out = np.zeros(text["influence"].shape)
    for r in range(len(text["rows"])):
        columns = [c for row, c in cells(text) if row == r]
        own = np.array([found.get(text["positions"][c] - text["rows"][r], 0.0) for c in columns])
        out[r, columns] = own - own.mean()
    return out


def correlation(predictor: Array, influence: Array) -> float:
    """Of two centred rows; 0 where either does not vary."""
    lengths = float(predictor @ predictor) * float(influence @ influence)
    return float(predictor @ influence) / math.sqrt(lengths) if lengths > 1e-20 else 0.0


class Exchanged:
    """Texts, each with the influence of a text: the pairs (s, t) of a reading and an influence."""

    def __init__(self, texts: list[Text]) -> None:
        self.texts = texts
        self.influence = [unit_ranks(text, "influence") for text in texts]
        self.reading = [unit_ranks(text, "reading") for text in texts]
        self.profile = [profile_map(texts, number) for number in range(len(texts))]
        self.live = [live_rows(text) for text in texts]

    def coefficients(self, pairs: list[tuple[int, int, float]]) -> tuple[float, float]:
        """Least squares of influence on profile and reading, over pairs with weights."""
        design, target = [], []
        for s, t, weight in pairs:
            for r in self.live[t]:
                design.append(math.sqrt(weight) * np.stack([self.profile[t][r], self.reading[s][r]], axis=1))
                target.append(math.sqrt(weight) * self.influence[t][r])
        a, b = np.linalg.lstsq(np.concatenate(design), np.concatenate(target), rcond=None)[0]
        return float(a), float(b)

    def gain(self, s: int, t: int, coefficients: tuple[float, float]) -> float:
        """What text s's reading adds to the profile, with the influence of text t; a reading may not count against."""
        a, b = coefficients
        if b <= 0:
            return 0.0
        found = []
        for r in self.live[t]:
            both = a * self.profile[t][r] + b * self.reading[s][r]
            found.append(
                correlation(both, self.influence[t][r]) - correlation(self.profile[t][r], self.influence[t][r])
            )
        return float(np.mean(found))

    def gains(self, order: list[int]) -> list[float]:
        """The gain of each text's reading with the influence of text ``order[s]``."""
        pairs = [(s, t, 1.0) for s, t in enumerate(order)]
        return [self.gain(s, t, self.coefficients(self.elsewhere(pairs, s))) for s, t in enumerate(order)]

    def elsewhere(self, pairs: list[Any], s: int) -> list[Any]:
        """The pairs of other bins than text s's."""
        return [pair for pair in pairs if self.texts[pair[0]]["bin"] != self.texts[s]["bin"]]

    def others(self, s: int) -> list[int]:
        return [t for t, text in enumerate(self.texts) if text["bin"] == self.texts[s]["bin"] and t != s]

    def foreign_gains(self) -> list[dict[int, float]]:
        """The gain of each text's reading with the influence of every other text of its bin."""
        pairs = [(s, t, 1.0 / len(self.others(s))) for s in range(len(self.texts)) for t in self.others(s)]
        out = []
        for s in range(len(self.texts)):
            found = self.coefficients(self.elsewhere(pairs, s))
            out.append({t: self.gain(s, t, found) for t in self.others(s)})
        return out

    def profile_rho(self) -> list[float]:
        return [
            float(np.mean([correlation(self.profile[t][r], self.influence[t][r]) for r in live]))
            for t, live in enumerate(self.live)
        ]


def less_others(own: list[float], foreign: list[dict[int, float]]) -> float:
    """The mean over texts, less the mean over the other texts of their bins."""
    return float(np.mean(own) - np.mean([np.mean(list(found.values())) for found in foreign]))


def logarithms(text: Text, name: str) -> Array:
    """Logarithms, none below 1e-12 of the row's largest value; 0 where nothing is compared or all is 0."""
    out = np.zeros(text[name].shape)
    for r in range(len(text["rows"])):
        columns = [c for row, c in cells(text) if row == r]
        own = np.array([float(text[name][r, c]) for c in columns])
        if own.max() > 0:
            out[r, columns] = np.log(np.maximum(own, 1e-12 * own.max()))
    return out


def effects_design(text: Text) -> Array:
    """Indicators of the row and the column of each cell."""
    compared, rows = cells(text), len(text["rows"])
    design = np.zeros((len(compared), rows + len(text["positions"])))
    for line, (r, c) in enumerate(compared):
        design[line, [r, rows + c]] = 1.0
    return design


def rest(design: Array, target: Array) -> Array:
    """What least squares leave of each column of the target."""
    return target - design @ np.linalg.lstsq(design, target, rcond=None)[0]


def offset_effects(texts: list[Text], name: str, without: int) -> dict[int, float]:
    """Effects of the signed offset from all texts but those of one bin, together with each text's rows and columns.

    The smallest ones that fit: a trend of offsets is a matter of rows and columns.
    """
    others = [text for text in texts if text["bin"] != without]
    offsets = sorted({text["positions"][c] - text["rows"][r] for text in others for r, c in cells(text)})
    design, target = [], []
    for text in others:
        own = np.zeros((len(cells(text)), len(offsets)))
        for line, (r, c) in enumerate(cells(text)):
            own[line, offsets.index(text["positions"][c] - text["rows"][r])] = 1.0
        logs = logarithms(text, name)
        design.append(rest(effects_design(text), own))
        target.append(rest(effects_design(text), np.array([logs[r, c] for r, c in cells(text)])))
    found = np.linalg.lstsq(np.concatenate(design), np.concatenate(target), rcond=1e-6)[0]
    return dict(zip(offsets, found.tolist(), strict=True))


def without_effects(texts: list[Text], name: str, number: int) -> Array:
    """Residuals of one text: offsets' effects from other bins, rows' and columns' from its own."""
    text, effects = texts[number], offset_effects(texts, name, texts[number]["bin"])
    logs = logarithms(text, name)
    target = [logs[r, c] - effects.get(text["positions"][c] - text["rows"][r], 0.0) for r, c in cells(text)]
    out = np.zeros(logs.shape)
    for value, (r, c) in zip(rest(effects_design(text), np.array(target)), cells(text), strict=True):
        if text[name][r].any():
            out[r, c] = value
    return out


def without_component(values: Array, allowed: Array, offsets: Array | None = None, rounds: int = 20) -> Array:
    """Take out effects of rows and columns, their factors of offsets, and a product of two numbers, by turns."""
    offsets = np.zeros(values.shape) if offsets is None else offsets
    columns = np.zeros(values.shape)
    there = np.where(allowed, values, 0.0)
    right = there[np.argmax((there**2).sum(axis=1))]
    for _ in range(rounds):
        rows, left = _lines(values - columns, right, offsets, allowed)
        transposed, right = _lines((values - rows).T, left, offsets.T, allowed.T)
        columns = transposed.T
    return np.where(allowed, values - rows - columns - np.outer(left, right), 0.0)


def _lines(values: Array, x: Array, offsets: Array, allowed: Array) -> tuple[Array, Array]:
    """Regress each row on x and, with 7 cells or more, on offsets: what is fitted without x, and slopes of x."""
    fitted, slopes = np.zeros(values.shape), np.zeros(len(values))
    for line, there in enumerate(allowed):
        if not there.any():
            continue
        design = [np.ones(int(there.sum()))]
        names = ["level"]
        for name, predictor in (("x", x[there]), ("offsets", offsets[line, there])):
            left = rest(np.stack(design, axis=1), predictor)
            spread = 1e-9 * len(predictor) * float(np.var(predictor)) if name == "offsets" else 0.0
            varies = float(left @ left) > 1e-20 + spread
            if varies and (name == "x" or there.sum() >= 7):
                design.append(predictor)
                names.append(name)
        found = np.linalg.lstsq(np.stack(design, axis=1), values[line, there], rcond=None)[0]
        weights = {"x": 0.0, "offsets": 0.0, **dict(zip(names, found.tolist(), strict=True))}
        slopes[line] = weights["x"]
        fitted[line] = weights["level"] + weights["offsets"] * offsets[line]
    return fitted, slopes


def factors_of_offsets(texts: list[Text]) -> bool:
    """Whether factors take at most 3 of 8 cells that effects and a product leave free, in one text of each bin."""
    free, factors = 0, 0
    for text in {text["bin"]: text for text in texts}.values():
        rows, columns = zip(*cells(text), strict=True)
        counts = [line.count(one) for line in (rows, columns) for one in set(line)]
        free += len(rows) - 2 * len(counts)
        factors += sum(count >= 7 for count in counts)
    return 8 * factors <= 3 * free


def pair_table(texts: list[Text]) -> dict[tuple[int, int], float]:
    """Correlation of each text's reading with the influence in each text of its bin, effects taken out of both."""
    residuals: dict[str, list[Array]] = {"reading": [], "influence": []}
    for name, found in residuals.items():
        for number, text in enumerate(texts):
            allowed = np.zeros(text[name].shape, dtype=bool)
            for r, c in cells(text):
                allowed[r, c] = True
            effects = offset_effects(texts, name, text["bin"])
            by_offset = np.array([[effects.get(c - r, 0.0) for c in text["positions"]] for r in text["rows"]])
            if not factors_of_offsets(texts):
                by_offset = np.zeros(allowed.shape)
            left = without_component(without_effects(texts, name, number), allowed, by_offset)
            for r in range(len(text["rows"])):
                if not text[name][r].any():
                    left[r] = 0.0
            found.append(left)
    return {
        (s, t): correlation(residuals["reading"][s].ravel(), residuals["influence"][t].ravel())
        for s, one in enumerate(texts)
        for t, other in enumerate(texts)
        if one["bin"] == other["bin"]
    }
