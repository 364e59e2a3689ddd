"""Passes of ``judge`` over a model and its texts, and given scores put on its tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...inputs.scores import ScoredText
from ...model.model import Model
from ...results.judge.result import JudgedText, JudgeResult
from ...runtime.arguments import whole_number
from ...runtime.clock import Clock, Progress
from ...runtime.counting import counted
from ..output.explaining import OCCLUSION
from ..output.targets import Target
from .arrays import rarity_of
from .matching import token_scores
from .passes import DRAWS, RANDOM, Doubles, OneText, Passes, vocabulary
from .scoring import SHORTEST, JudgedTokens, place_scores, scored

__all__ = ["JudgeRun"]

# texts behind insertion and deletion
CURVE_TEXTS = 24
# tokens of a text that is shown
LONGEST_SHOWN = 24


class JudgeRun:
    """Passes of one run over one model."""

    def __init__(
        self, model: Model, aim: Target, clock: Clock, progress: Progress, own: bool, curves: bool, max_tokens: int
    ) -> None:
        self.model, self.aim, self.clock, self.progress = model, aim, clock, progress
        self.own, self.curves, self.max_tokens = own, curves, whole_number("max-tokens", max_tokens, 1)

    def result(
        self,
        texts: Sequence[str],
        given: Mapping[tuple[str, str], ScoredText],
        methods: Sequence[str],
        settings: JudgeResult,
        seed: int,
    ) -> JudgeResult:
        """Measure effects, score every method, and judge."""
        encoded = self.model.encode(texts, self.max_tokens)
        parts = [OneText.of(text) for text in encoded if np.count_nonzero(~text.special) >= SHORTEST]
        if not parts:
            raise InputError(f"texts: none has {SHORTEST} tokens to put in an order; give longer ones")
        passes = Passes(self.model, self.aim, vocabulary([one.text for one in parts]))
        with self.clock.phase("forward_s"):
            lengths = passes.embedding(parts)
        everywhere = [text.ids[~text.special] for text in encoded]
        rarity = rarity_of([one.text.ids[one.places] for one in parts], everywhere)
        signed = {name: self._signed(given, name) for name in methods}
        matching = _Matching(self.model, given, methods, self.max_tokens)
        found = []
        for at, one in enumerate(parts):
            with self.clock.phase("controls_forward_s"):
                effects = passes.effects(one)
            scores = matching.scores(one)
            if self.own:
                with self.clock.phase("forward_s"):
                    scores |= self._ours(passes, one, effects, methods)
            rivals = place_scores(one.places.size) | {"rarity": rarity[at], "embedding": lengths[at]}
            found.append(JudgedTokens(one.key, effects, scores, rivals))
            self.progress("replaced tokens", at + 1, len(parts))
        # occlusion has the signs of effects; readings and random scores have none
        signed |= {name: self.aim.signed and name == OCCLUSION for name in found[0].scores if name not in signed}
        ours = [name for name in signed if name not in methods]
        with self.clock.phase("judge_s"):
            result = scored(found, signed, ours, replace(settings, target=self.aim.name, draws=DRAWS), seed, {})
        curves = self._curves(passes, parts, found, signed) if self.curves else (0, {})
        shown = self._example(parts, found)
        result = matching.told(replace(result, example=shown, notes=self._notes(given, methods, signed)))
        return _with_curves(result, *curves)

    def _signed(self, given: Mapping[tuple[str, str], ScoredText], name: str) -> bool:
        """Return whether a method's signs are compared: it has some, and the effects have."""
        own = [one for (method, _), one in given.items() if method == name]
        said = [one.signed for one in own if one.signed is not None]
        has = any(said) if said else any((one.scores < 0.0).any() for one in own)
        return self.aim.signed and has

    def _ours(self, passes: Passes, one: OneText, effects: Doubles, methods: Sequence[str]) -> dict[str, Doubles]:
        found = passes.own(one, effects)
        taken = next((name for name in found if name in methods), None)
        if taken is not None:
            raise InputError(f"method {taken!r}: is the name of a method of ours; give yours another, or say --given")
        return found

    def _notes(
        self, given: Mapping[tuple[str, str], ScoredText], methods: Sequence[str], signed: Mapping[str, bool]
    ) -> list[str]:
        notes = []
        negative = [
            name for name in methods
            if not signed[name] and any((one.scores < 0.0).any() for (own, _), one in given.items() if own == name)
        ]  # fmt: skip
        if negative:
            why = "effects on it have no sign" if not self.aim.signed else "signed was false"
            notes.append(f"{', '.join(negative)}: scores below 0 count by their size, since {why}")
        other = {one.target for one in given.values() if one.target not in (None, self.aim.name)}
        if other:
            named = ", ".join(sorted(str(name) for name in other))
            notes.append(f"scores explain {named}, and are judged by their effect on {self.aim.name}")
        return notes

    def _curves(
        self, passes: Passes, parts: Sequence[OneText], found: Sequence[JudgedTokens], signed: Mapping[str, bool]
    ) -> tuple[int, dict[str, tuple[float, float] | None]]:
        """Return the number of texts behind insertion and deletion, and both for every method."""
        chosen = sorted((one for one in zip(parts, found, strict=True) if one[1].usable), key=lambda one: one[0].key)
        chosen = chosen[:CURVE_TEXTS]
        whole, sums = 0.0, np.zeros((len(signed), 2))
        for at, (one, tokens) in enumerate(chosen):
            scores = {name: tokens.scores[name] if signed[name] else np.abs(tokens.scores[name]) for name in signed}
            with self.clock.phase("controls_forward_s"):
                all_replaced, changes = passes.curves(one, scores)
            whole, sums = whole + all_replaced, sums + changes
            self.progress("insertion and deletion", at + 1, len(chosen))
        if whole <= 0.0:
            return 0, dict.fromkeys(signed)
        return len(chosen), {
            name: (float(row[0] / whole), float(row[1] / whole)) for name, row in zip(signed, sums, strict=True)
        }

    def _example(self, parts: Sequence[OneText], found: Sequence[JudgedTokens]) -> JudgedText | None:
        """Show the longest text of at most ``LONGEST_SHOWN`` tokens; of several, by its content."""
        fitting = [
            (one, tokens)
            for one, tokens in zip(parts, found, strict=True)
            if one.text.ids.size <= LONGEST_SHOWN and tokens.usable
        ]
        if not fitting:
            return None
        one, tokens = max(fitting, key=lambda pair: (pair[0].text.ids.size, pair[0].key))

        def placed(values: Doubles) -> list[float | None]:
            row: list[float | None] = [None] * one.text.ids.size
            for place, value in zip(one.places, values, strict=True):
                row[place] = float(value)
            return row

        scores = {name: placed(values) for name, values in tokens.scores.items() if name != RANDOM}
        names = self.model.token_strings(one.text.ids.tolist())
        return JudgedText(str(one.text.text), names, placed(tokens.effects[1]), scores)


class _Matching:
    """Given scores, put on the model's tokens; counts what belongs to none."""

    def __init__(
        self, model: Model, given: Mapping[tuple[str, str], ScoredText], methods: Sequence[str], max_tokens: int
    ) -> None:
        self.model, self.given, self.methods, self.max_tokens = model, given, methods, max_tokens
        self.unmatched: dict[str, list[str]] = {name: [] for name in methods}
        self.matched = dict.fromkeys(methods, 0)

    def scores(self, one: OneText) -> dict[str, Doubles]:
        """Return each method's scores of the replaced tokens."""
        if not self.methods:
            return {}
        text = str(one.text.text)
        (spans,) = self.model.token_spans([text], self.max_tokens)
        found = {}
        for name in self.methods:
            given = self.given[name, text]
            values, outside = token_scores(given, spans)
            found[name] = values[one.places]
            self.unmatched[name] += outside
            self.matched[name] += len(given.scores) + len(given.unmatched) - len(outside)
        for name in self.methods:
            if not self.matched[name]:
                raise InputError(
                    f"method {name!r}: no score belongs to a token of this model in the text {text[:40]!r}"
                )
        return found

    def told(self, result: JudgeResult) -> JudgeResult:
        """Return the result with counts of what was matched, and notes that name what was not."""
        notes = list(result.notes)
        for name, parts in self.unmatched.items():
            if parts:
                named = ", ".join(repr(part[:20]) for part in list(dict.fromkeys(parts))[:3])
                notes.append(
                    f"{name}: {counted(len(parts), 'score belongs', 'scores belong')} to no token of this model, such "
                    f"as {named}"
                )
        methods = [
            replace(one, matched=self.matched[one.method], unmatched=len(self.unmatched[one.method]))
            if one.method in self.matched else one
            for one in result.methods
        ]  # fmt: skip
        return replace(result, methods=methods, notes=notes)


def _with_curves(result: JudgeResult, texts: int, curves: Mapping[str, tuple[float, float] | None]) -> JudgeResult:
    methods = []
    for one in result.methods:
        found = curves.get(one.method)
        methods.append(one if found is None else replace(one, insertion=found[0], deletion=found[1]))
    return replace(result, curve_texts=texts, methods=methods)
