"""Vectors of concepts: the hidden states of a word's tokens, alone or in template contexts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..inputs.norms import Norms
from ..inputs.texts import file_lines
from ..runtime.counting import counted
from ..runtime.files import TEMPLATES
from ..runtime.sequences import refuse_repeated, text_list
from .activations import EncodedText
from .model import Model

__all__ = ["ConceptVectors", "EncodedConcepts", "concept_vectors", "encode_concepts", "located", "read_templates"]

# contexts tokenized and sorted by length at a time, so that memory does not grow with words x templates
BLOCK = 2048
_PLACE = re.compile(r"(?<!\w)X(?!\w)")

Booleans = NDArray[np.bool_]
Template = tuple[str, str]


@dataclass(frozen=True)
class EncodedConcepts:
    """Concepts that a tokenizer can represent, and those left out.

    Attributes
    ----------
    kept : ndarray of int, shape (kept,)
        Indices into the given concepts, ascending.
    tokens : ndarray of int, shape (kept,)
        Number of tokens of each kept concept's word (in the first template).
    left_out : list of (str, str)
        Name and reason of every other concept, in the given order.
    """

    kept: NDArray[np.int64]
    tokens: NDArray[np.int64]
    left_out: list[tuple[str, str]]


@dataclass(frozen=True)
class ConceptVectors:
    """Hold one vector per concept and hidden state.

    Attributes
    ----------
    vectors : ndarray of float32, shape (layers + 1, kept, hidden size)
        Layer 0 is the embedding output. Size in bytes: 4 x (layers + 1) x kept x hidden size.
    kept, tokens, left_out
        As in ``EncodedConcepts``; row i of the vectors belongs to concept ``kept[i]``.
    """

    vectors: NDArray[np.float32]
    kept: NDArray[np.int64]
    tokens: NDArray[np.int64]
    left_out: list[tuple[str, str]]

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield everything as named arrays, for ``from_arrays``."""
        yield from (("vectors", self.vectors), ("kept", self.kept), ("tokens", self.tokens))
        yield "left_out", np.array(json.dumps(self.left_out))

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> ConceptVectors:
        """Rebuild vectors from what ``arrays`` gave."""
        held = dict(arrays)
        left_out = [(name, reason) for name, reason in json.loads(str(held["left_out"]))]
        return cls(held["vectors"], held["kept"], held["tokens"], left_out)


@dataclass(frozen=True)
class _Context:
    """Locate a word in one template: the numbers of its tokens, or the reason that there are none."""

    word: int
    encoded: EncodedText
    inside: Booleans
    reason: str


def read_templates(path: str | Path) -> list[str]:
    """Read templates, one a line, each with one place for a word: ``{}`` or a capital ``X`` that stands alone.

    Spaces at the start of a line are kept: byte-level tokenizers give `` cat`` and ``cat`` different tokens, so the
    template `` {}`` gives bare words as they appear inside a sentence. Empty lines are skipped.

    Raises
    ------
    InputError
        Where a line has no place or several (the message names the line), or there is no template.
    """
    name = "standard input" if str(path) == "-" else str(path)
    templates = []
    for number, line in enumerate(file_lines(path, name, "templates", TEMPLATES), 1):
        if line.strip():
            _parts(line, f"{name}, line {number}")
            templates.append(line)
    if not templates:
        raise InputError(f"{name}: has no template; expected lines such as `The {{}} is here.`")
    return templates


def _parts(template: str, where: str) -> Template:
    places = [(i, i + 2) for i in range(len(template)) if template.startswith("{}", i)]
    places = places or [match.span() for match in _PLACE.finditer(template)]
    if len(places) != 1:
        shown = template.strip()[:60]
        raise InputError(f"{where}: {len(places)} places for the word in {shown!r}; expected one {{}} (or one X)")
    ((start, end),) = places
    return template[:start], template[end:]


def encode_concepts(
    model: Model, concepts: Norms | Sequence[str], templates: Sequence[str] | None = None, max_tokens: int = 256
) -> EncodedConcepts:
    """Find the concepts that the model's tokenizer can represent, and say why not the others.

    Parameters
    ----------
    model : Model
    concepts : Norms or sequence of str
        Norms, whose ``words`` are tokenized and whose ``concepts`` are reported; or plain words.
    templates : sequence of str, optional
        As in ``concept_vectors``; a concept must be representable in all of them.
    max_tokens : int
        Longer contexts are cut.

    Returns
    -------
    EncodedConcepts

    Raises
    ------
    InputError
        Where a template does not have exactly one place for the word.
    """
    names, words = _names(concepts)
    distinct = list(dict.fromkeys(words))
    reasons, counts = _judged(model, distinct, _templates(templates), max_tokens)
    index = {word: number for number, word in enumerate(distinct)}
    kept = [i for i, word in enumerate(words) if not reasons[index[word]]]
    tokens = [counts[index[words[i]]] for i in kept]
    left_out = [(name, reasons[index[word]]) for name, word in zip(names, words, strict=True) if reasons[index[word]]]
    return EncodedConcepts(np.array(kept, dtype=np.int64), np.array(tokens, dtype=np.int64), left_out)


def concept_vectors(
    model: Model,
    concepts: Norms | Sequence[str],
    templates: Sequence[str] | None = None,
    max_tokens: int = 256,
    batch: int | None = None,
) -> ConceptVectors:
    """Return one vector per concept and hidden state: the mean over the tokens of the concept's word.

    Parameters
    ----------
    model : Model
    concepts : Norms or sequence of str
        Norms, whose ``words`` are run; or plain words. Words of several tokens or of several parts are fine.
    templates : sequence of str, optional
        Contexts with one ``{}`` (or one ``X``) each, over which the vectors are averaged. By default the bare word:
        the special tokens that the tokenizer adds are context and not part of the mean. In a decoder without such
        tokens a bare word stands at the first position, whose hidden states differ from all others: give templates.
    max_tokens : int
        Longer contexts are cut; a concept whose word is cut off is left out.
    batch : int, optional
        Most contexts in a batch (see ``Model.activations``).

    Returns
    -------
    ConceptVectors
        Equal words have equal vectors.

    Raises
    ------
    InputError
        Where a template is unusable, or no concept can be represented.

    Notes
    -----
    The word's tokens are those with characters of the word. A token that represents only the space before the word is
    not one of them. A concept is left out where a token spans its word and adjacent characters (a plural ending in the
    template). Beyond the result, memory holds one block of 2,048 contexts.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> model = ei.load(edgeinterp_models.default_model_folder())
    >>> found = concept_vectors(model, ["cat", "ice cream", "\N{GRINNING FACE}"])
    >>> found.vectors.shape, found.tokens.tolist(), found.left_out[0][1]
    ((7, 2, 384), [1, 2], 'the tokenizer does not know it')
    """
    encoded = encode_concepts(model, concepts, templates, max_tokens)
    names, words = _names(concepts)
    if not encoded.kept.size:
        reason = f" ({encoded.left_out[0][0]!r}: {encoded.left_out[0][1]})" if names else ""
        raise InputError(
            f"none of {counted(len(names), 'concept')} can be given to the model{reason}; check their spelling"
        )
    parts = _templates(templates)
    vectors = _mean_states(model, [words[i] for i in encoded.kept], parts, max_tokens, batch)
    return ConceptVectors(vectors, encoded.kept, encoded.tokens, encoded.left_out)


def _mean_states(
    model: Model, words: list[str], templates: list[Template], max_tokens: int, batch: int | None
) -> NDArray[np.float32]:
    """Run each distinct word in every template and return (layers + 1, words, d)."""
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        first.setdefault(word, row)
    shape = (model.manifest.layers + 1, len(words), model.manifest.hidden_size)
    vectors = np.zeros(shape, dtype=np.float32)
    for block in _blocks(model, list(first), templates, max_tokens):
        _add(vectors, list(first.values()), model, block, len(templates), batch)
    for row, word in enumerate(words):
        if first[word] != row:
            vectors[:, row] = vectors[:, first[word]]
    return vectors


def _names(concepts: Norms | Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    if isinstance(concepts, Norms):
        return concepts.concepts, concepts.words
    words = text_list(concepts, "concepts", "concept")
    return words, words


def _templates(templates: Sequence[str] | None) -> list[Template]:
    if templates is None:
        return [("", "")]
    given = text_list(templates, "templates", "template")
    if not given:
        raise InputError("templates: expected a list of one or more")
    refuse_repeated(given, "templates")
    return [_parts(template, f"template {number}") for number, template in enumerate(given, 1)]


def _judged(
    model: Model, words: Sequence[str], templates: list[Template], max_tokens: int
) -> tuple[list[str], list[int]]:
    """Return each word's number of tokens in the first template, and the reason that it is left out ("" if kept)."""
    reasons, counts = [""] * len(words), [-1] * len(words)
    for block in _blocks(model, words, templates, max_tokens):
        for context in block:
            reasons[context.word] = reasons[context.word] or context.reason
            if counts[context.word] < 0:
                counts[context.word] = int(context.inside.sum())
    return reasons, counts


def _blocks(model: Model, words: Sequence[str], templates: list[Template], max_tokens: int) -> Iterator[list[_Context]]:
    """Yield words in their templates, word by word, in blocks."""
    jobs = [(word, template) for word in range(len(words)) for template in range(len(templates))]
    unknown = model.unknown_id
    for start in range(0, len(jobs), BLOCK):
        some = jobs[start : start + BLOCK]
        texts = [templates[number][0] + words[word] + templates[number][1] for word, number in some]
        encoded, spans = model.encode(texts, max_tokens), model.token_spans(texts, max_tokens)
        yield [
            located(word, words[word], len(templates[number][0]), text, own, unknown)
            for (word, number), text, own in zip(some, encoded, spans, strict=True)
        ]


def located(
    index: int, word: str, start: int, encoded: EncodedText, spans: NDArray[np.int32], unknown: int | None
) -> _Context:
    """Find a word's tokens in its context by their character spans.

    ``spans`` come from ``Model.token_spans``. A reason is returned for a word that shares a token with its neighbours,
    and for a word with a letter, digit or symbol that the tokenizer does not know or skips.
    """
    end = start + len(word)
    overlap = (spans[:, 0] < end) & (spans[:, 1] > start) & (spans[:, 1] > spans[:, 0])
    strange = overlap & (encoded.ids == (-1 if unknown is None else unknown))
    inside = overlap & ~encoded.special & ~strange
    shared = inside & ((spans[:, 0] < start) | (spans[:, 1] > end))
    lost = _lost(word, start, spans[inside])
    reason = ""
    if not word.strip():
        reason = "it is empty"
    elif encoded.truncated and lost and spans[:, 1].max(initial=0) <= end:
        reason = f"cut off after {counted(encoded.ids.size, 'token')}"
    elif strange.any():
        shown = _text_of(encoded.text, spans[strange])
        reason = (
            "the tokenizer does not know it" if not inside.any() else f"the tokenizer does not know {shown!r} in it"
        )
    elif not inside.any():
        reason = "the tokenizer gives it no token of its own"
    elif shared.any():
        reason = f"the token of {_text_of(encoded.text, spans[shared])!r} joins it with adjacent characters"
    elif _composed(encoded.text, start, end):
        reason = "a combining character joins it with adjacent characters"
    elif missed := [letter for letter in lost if letter.isalnum() or category(letter)[0] == "S"]:
        reason = f"the tokenizer passes over {missed[0]!r} in it"
    return _Context(index, encoded, inside, reason)


def _lost(word: str, start: int, spans: NDArray[np.int32]) -> str:
    """Return the characters of a word, spaces aside, that no token covers."""
    covered = np.zeros(len(word), dtype=bool)
    for left, right in (spans - start).clip(0):
        covered[left:right] = True
    return "".join(letter for letter, known in zip(word, covered, strict=True) if not known and not letter.isspace())


def _text_of(text: str, spans: NDArray[np.int32]) -> str:
    """Return the text of the first of several tokens."""
    return text[spans[0, 0] : spans[0, 1]]


def _composed(text: str, start: int, end: int) -> bool:
    """Tell whether normalization may compose a word's first or last character with its neighbour."""
    parts = text[:start], text[start:end], text[end:]
    return not text.isascii() and normalize("NFKC", text) != "".join(normalize("NFKC", part) for part in parts)


def _add(
    vectors: NDArray[np.float32],
    rows: list[int],
    model: Model,
    block: list[_Context],
    templates: int,
    batch: int | None,
) -> None:
    """Run a block of contexts, shortest first, and add each mean over tokens, divided by the number of templates."""
    # length alone is not enough: the members of a batch should not depend on the file's order either
    block = sorted(block, key=lambda context: (context.encoded.ids.size, context.encoded.ids.tobytes()))
    layers = range(len(vectors))
    for done in model.activations([context.encoded for context in block], layers, batch=batch):
        contexts = [block[index] for index in done.texts]
        inside = np.concatenate([context.inside for context in contexts])
        counts = np.array([np.count_nonzero(context.inside) for context in contexts])
        first = np.cumsum(counts) - counts
        for layer, states in enumerate(done.hidden_states):
            # summed one by one: the last digits of a matrix product would depend on the batch
            sums = np.add.reduceat(states[inside], first, axis=0)
            for context, count, total in zip(contexts, counts, sums, strict=True):
                vectors[layer, rows[context.word]] += total / np.float32(templates * count)
