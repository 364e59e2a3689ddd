"""Run the same texts through two models in one pass, and compare hidden states and attentions."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..model.activations import EncodedText
from ..model.model import Model
from ..runtime.clock import Progress
from ..runtime.counting import counted
from ..statistics.content import content_key
from ..statistics.inference import interval
from .accumulator import Differences, Extreme, Sums
from .onset import first_difference, largest_jump
from .result import ActivationDifferences, AttentionDifference, HeadDifference, Mean, StateDifference, Worst

__all__ = ["NothingAlikeError", "compare_activations"]

# characters that identify a text in output
EXCERPT = 160
# with fewer tokens per dimension, CKA of unrelated states is far from 0
TOKENS_PER_DIMENSION = 4

Doubles = NDArray[np.float64]
Sides = tuple[Model, Model]
# hidden states and attentions of one text
Arrays = tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]


@dataclass(frozen=True)
class _Run:
    """Settings of the comparison."""

    seed: int
    alpha: float
    max_tokens: int
    batch: int | None
    progress: Progress


class NothingAlikeError(InputError):
    """The two tokenizers agree on no text; ``reason`` is one line for results, without the folders' paths."""

    def __init__(self, models: Sides, texts: int) -> None:
        self.reason = (
            f"the two tokenizers cut none of the {counted(texts, 'text')} alike, so hidden states and "
            "attentions cannot be "
            "compared token by token"
        )
        super().__init__(
            f"{models[0].folder}, {models[1].folder}: {self.reason}; compare verdicts, or give like models"
        )


def compare_activations(
    models: Sides, texts: Sequence[str], *, seed: int, alpha: float, max_tokens: int, batch: int | None,
    progress: Progress,
) -> ActivationDifferences:  # fmt: skip
    """Run texts through both models and return how their activations differ.

    Texts that the two tokenizers split differently are left out, and counted: tokens are compared one by one. A
    repeated text is left out as well.

    Raises
    ------
    InputError
        Where no text is left: ``NothingAlikeError`` because of the tokenizers.
    """
    run = _Run(seed, alpha, max_tokens, batch, progress)
    alike, left_out = _alike(models, texts, run)
    differences = Differences(causal=all(model.manifest.causal for model in models))
    with contextlib.ExitStack() as stack:
        streams = [
            _stream(models[0], [text for _, text, _ in alike], run),
            _stream(models[1], [text for _, _, text in alike], run),
        ]
        for stream in streams:
            stack.callback(stream.close)
        for done, ((key, text, _), first, second) in enumerate(zip(alike, *streams, strict=True), 1):
            differences.update(first, second, key, text.special)
            progress("side by side", done, len(alike))
    sums = differences.finish()
    if not sums.keys.size:
        raise InputError("texts: no token in any of them but special ones")
    return _Summary(models, sums, {key: text for key, text, _ in alike}, run).result(left_out)


def _alike(models: Sides, texts: Sequence[str], run: _Run) -> tuple[list[tuple[int, EncodedText, EncodedText]], int]:
    """Return (key, encoded for a, encoded for b) of texts that both tokenize alike, in an order set by content."""
    first, second = (model.encode(texts, run.max_tokens) for model in models)
    known: dict[int, bool] = {}
    found: dict[int, tuple[int, EncodedText, EncodedText]] = {}
    differ: set[int] = set()
    for a, b in zip(first, second, strict=True):
        if not a.ids.size and not b.ids.size:
            continue
        key = content_key(a.ids, run.seed)
        if np.array_equal(a.ids, b.ids) and _same_names(models, a.ids, known):
            if key not in found or a.text < found[key][1].text:
                found[key] = (key, a, b)
        else:
            differ.add(key)
    if not found:
        raise NothingAlikeError(models, len(texts))
    return sorted(found.values(), key=lambda row: (row[1].ids.size, row[0])), len(differ)


def _same_names(models: Sides, ids: NDArray[np.int32], known: dict[int, bool]) -> bool:
    """Tell whether these ids are the same tokens in both tokenizers."""
    fresh = [int(token) for token in set(ids.tolist()) if token not in known]
    names = [model.token_strings(fresh) for model in models]
    known.update({token: a == b for token, a, b in zip(fresh, *names, strict=True)})
    return all(known[token] for token in ids.tolist())


def _stream(model: Model, texts: list[EncodedText], run: _Run) -> Generator[Arrays]:
    """Yield (hidden states, attentions) text by text, independent of batches."""
    layers = model.manifest.layers
    for batch in model.activations(texts, range(layers + 1), range(1, layers + 1), run.batch):
        ends = np.cumsum(batch.lengths)
        for place, (last, size) in enumerate(zip(ends, batch.lengths, strict=True)):
            states = [rows[last - size : last] for rows in batch.hidden_states]
            yield states, [maps[place] for maps in batch.attentions]


class _Summary:
    """Turn sums into means, intervals and worst places."""

    def __init__(self, models: Sides, sums: Sums, texts: dict[int, EncodedText], run: _Run) -> None:
        self.models, self.sums, self.texts, self.run = models, sums, texts, run
        self.manifests = [model.manifest for model in models]

    def result(self, left_out: int) -> ActivationDifferences:
        sums = self.sums
        relative = self._means(sums.relative, sums.tokens)
        js = self._means(sums.js, sums.queries)
        curves = (
            [part.mean for part in relative if part.mean is not None],
            [part.mean for part in js if part.mean is not None],
        )
        return ActivationDifferences(
            texts=len(sums.keys),
            tokens=int(sums.tokens.sum()),
            left_out=left_out,
            hidden_states=self._states(relative),
            attentions=self._attentions(js),
            first_difference=first_difference(*curves),
            largest_jump=largest_jump(*curves),
            notes=self._notes(left_out),
        )

    def _means(self, sums: Doubles, counts: Doubles) -> list[Mean]:
        """Return each column's mean and its interval over texts."""
        total = counts.sum()
        if not sums.shape[1] or not total:
            return []

        def statistic(totals: Doubles) -> Doubles:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(totals[:, 1:] / totals[:, :1], dtype=np.float64)

        both = np.concatenate([counts[:, None], sums], axis=1)
        bounds = interval(self.sums.keys, both, statistic, self.run.alpha)
        means = sums.sum(axis=0) / total
        return [Mean(float(mean), _pair(bounds[:, column])) for column, mean in enumerate(means)]

    def _states(self, relative: list[Mean]) -> list[StateDifference]:
        cosine = self._means(self.sums.cosine, self.sums.tokens)
        widths = [manifest.hidden_size for manifest in self.manifests]
        apart = f"hidden sizes differ ({widths[0]} and {widths[1]}), so states have no angle to each other"
        found = []
        for layer in range(max(manifest.layers for manifest in self.manifests) + 1):
            if layer >= len(self.sums.cka):
                missing = Mean(None, reason=self._only_one(layer, "hidden state"))
                found.append(StateDifference(layer, missing, missing, None, missing.reason))
                continue
            cka = self.sums.cka[layer]
            reason = None if cka is not None else "too few tokens, or states that do not vary"
            if not cosine:
                missing = Mean(None, reason=apart)
                found.append(StateDifference(layer, missing, missing, cka, reason))
                continue
            worst = self.sums.worst_states[layer]
            mean = Mean(cosine[layer].mean, cosine[layer].ci, self._worst(worst, sign=-1.0))
            found.append(StateDifference(layer, mean, relative[layer], cka, reason))
        return found

    def _attentions(self, js: list[Mean]) -> list[AttentionDifference]:
        sums = self.sums
        agreement = self._means(sums.agreement, sums.queries)
        heads = [manifest.heads for manifest in self.manifests]
        queries = max(float(sums.queries.sum()), 1.0)
        found = []
        for layer in range(max(manifest.layers for manifest in self.manifests)):
            reason = None
            if layer >= min(manifest.layers for manifest in self.manifests):
                reason = self._only_one(layer + 1, "attention layer")
            elif heads[0] != heads[1]:
                reason = f"numbers of heads differ ({heads[0]} and {heads[1]})"
            elif not js:
                reason = "no query that has a choice of keys"
            if reason is not None:
                missing = Mean(None, reason=reason)
                found.append(AttentionDifference(layer + 1, missing, missing))
                continue
            mean = Mean(js[layer].mean, js[layer].ci, self._worst(sums.worst_rows[layer], head=True))
            own = [
                HeadDifference(head, float(js_sum) / queries, float(agree) / queries)
                for head, (js_sum, agree) in enumerate(
                    zip(sums.head_js[layer], sums.head_agreement[layer], strict=True)
                )
            ]
            found.append(AttentionDifference(layer + 1, mean, agreement[layer], own))
        return found

    def _only_one(self, layer: int, what: str) -> str:
        has = "a" if self.manifests[0].layers > self.manifests[1].layers else "b"
        return f"only {has} has {what} {layer}"

    def _worst(self, found: Extreme | None, sign: float = 1.0, head: bool = False) -> Worst | None:
        if found is None:
            return None
        text = self.texts[-found.key]
        position = -found.position
        return Worst(
            value=sign * found.badness,
            position=position,
            hash=hashlib.blake2b(text.text.encode(), digest_size=8).hexdigest(),
            text=text.text if len(text.text) <= EXCERPT else text.text[: EXCERPT - 1] + "…",
            token=self.models[0].token_strings([int(text.ids[position])])[0],
            head=-found.head if head else None,
        )

    def _notes(self, left_out: int) -> list[str]:
        notes = []
        if left_out:
            notes.append(
                f"{counted(left_out, 'text is', 'texts are')} cut into different tokens by the two tokenizers; hidden "
                f"states and attentions are compared on the other {len(self.sums.keys)}"
            )
        first, second = self.manifests
        if first.layers != second.layers:
            notes.append(
                f"a has {counted(first.layers, 'layer')}, b has {second.layers}: layers are compared by number, which "
                "need not be the layers that correspond"
            )
        if first.causal != second.causal:
            notes.append("one of the two is causal, the other is not")
        needed = TOKENS_PER_DIMENSION * max(first.hidden_size, second.hidden_size)
        if self.sums.tokens.sum() < needed:
            notes.append(
                f"{counted(int(self.sums.tokens.sum()), 'token')} for {max(first.hidden_size, second.hidden_size)} "
                f"dimensions: linear CKA comes out too high; give texts of {needed} tokens or more"
            )
        return notes


def _pair(bounds: Doubles) -> tuple[float, float] | None:
    return None if np.isnan(bounds).any() else (float(bounds[0]), float(bounds[1]))
