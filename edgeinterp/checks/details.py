"""Raw scores behind the verdicts: a CSV file for each check, written as soon as the check is done."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..inputs.norms import Norms
from ..inputs.pairs import Pairs
from ..results.shared import TextScores
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.writing import refuse_unwritable, write_stream_whole
from ..statistics.content import text_digest

__all__ = ["Details"]

# predictions of norms in a file: some 100 MB
MOST_PREDICTIONS = 2_000_000
# scores are ranks and differences; rounding beyond these digits says nothing
DIGITS = 9

Row = Sequence[object]


class Details:
    """Raw scores of a run in ``folder``; without one, nothing is kept."""

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else file_name("details", folder)
        if self.folder is not None:
            refuse_unwritable(self.folder, str(folder), "name another folder for details")

    def __bool__(self) -> bool:
        return self.folder is not None

    def has(self, check: str) -> bool:
        """Tell whether the file of a check is there, or none is wanted: ``hybrid`` has none."""
        return self.folder is None or check == "hybrid" or (self.folder / f"{check}.csv").exists()

    def write_contrasts(self, pairs: Pairs, contrasts: Sequence[dict[str, Any]]) -> None:
        """Write the held-out scores of every pair in every contrast (``relations``), a column a predictor."""
        names = list(dict.fromkeys(name for one in contrasts for name in one["scores"]))
        head = ["contrast", "word1", "word2", "relation", "category", "text", "label", "fold", *names]
        self._write("relations", head, (row for one in contrasts for row in _contrast_rows(pairs, one, names)))

    def write_states(self, norms: Norms, states: Sequence[dict[str, Any]]) -> list[str]:
        """Write the held-out predictions of ``properties``, and return a note on what was left out.

        Where all are more than ``MOST_PREDICTIONS``, those of the hidden state of the highest score are written, for as
        many features as fit, those first that most concepts have.
        """
        chosen, notes = list(states), []
        if sum(one["predicted"].size for one in states) > MOST_PREDICTIONS:
            best = max(states, key=lambda one: one["score"])
            concepts, features = best["predicted"].shape
            most = max(1, MOST_PREDICTIONS // concepts)
            often = np.count_nonzero(np.nan_to_num(best["gold"]), axis=0)
            kept = np.sort(np.argsort(-often, kind="stable")[:most])
            columns = {name: best[name][:, kept] for name in ("gold", "predicted")}
            chosen = [{**best, **columns, "feature": [best["feature"][t] for t in kept]}]
            notes = [
                f"details have the predictions of hidden state {best['hidden_state']}, of the highest score, for "
                f"{len(kept):,} of {counted(features, 'feature', spec=',')}: all would be more than "
                f"{MOST_PREDICTIONS:,}"
            ]
        head = ["hidden_state", "concept", "word", "feature", "fold", "gold", "predicted"]
        self._write("properties", head, (row for one in chosen for row in _state_rows(norms, one)))
        return notes

    def write_texts(self, check: str, scores: Sequence[TextScores], texts: Sequence[str], first_layer: int) -> None:
        """Write what a check keeps of every text, and the texts by the hashes that tell them apart."""
        hashed = {text_digest(text): text for text in texts}
        self._write("texts", ["hash", "text"], hashed.items())
        rows = ([one.hash, *row] for one in scores for row in _text_rows(one.scores, first_layer))
        self._write(check, ["hash", "score", "layer", "value"], rows)

    def _write(self, name: str, head: Row, rows: Iterable[Row]) -> None:
        def write(stream: BinaryIO) -> None:
            lines = io.TextIOWrapper(stream, encoding="utf-8", newline="")
            table = csv.writer(lines, lineterminator="\n")
            table.writerow(head)
            table.writerows(rows)
            lines.flush()
            # the stream is closed by whoever opened it
            lines.detach()

        assert self.folder is not None
        write_stream_whole(self.folder / f"{name}.csv", write)


def _contrast_rows(pairs: Pairs, one: dict[str, Any], names: list[str]) -> Iterator[Row]:
    for i, row in enumerate(one["pair"].tolist()):
        text = pairs.texts[row] if pairs.texts else ""
        scores = [_number(one["scores"][name][i]) if name in one["scores"] else "" for name in names]
        own = [pairs.word1[row], pairs.word2[row], pairs.relations[row], pairs.categories[row], text]
        yield [one["contrast"], *own, int(one["label"][i]), int(one["fold"][i]), *scores]


def _state_rows(norms: Norms, one: dict[str, Any]) -> Iterator[Row]:
    for i, concept in enumerate(one["concept"].tolist()):
        own = [one["hidden_state"], norms.concepts[concept], norms.words[concept]]
        for t, feature in enumerate(one["feature"]):
            values = _number(one["gold"][i, t]), _number(one["predicted"][i, t])
            yield [*own, norms.features[feature], int(one["fold"][i]), *values]


def _text_rows(scores: dict[str, Any], first_layer: int, prefix: str = "") -> Iterator[Row]:
    for name, value in scores.items():
        if isinstance(value, dict):
            yield from _text_rows(value, first_layer, f"{prefix}{name}.")
        elif isinstance(value, list):
            for layer, part in enumerate(value, first_layer):
                yield [f"{prefix}{name}", layer, _number(part)]
        else:
            yield [f"{prefix}{name}", "", _number(value)]


def _number(value: Any) -> str:
    """Return a number as it is written: a missing one as an empty cell."""
    return "" if value is None or math.isnan(value) else f"{value:.{DIGITS}g}"
