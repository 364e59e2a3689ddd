"""Find the characters of each token in its text, without markers of spaces.

Tokenizers write a space as a marker, part of a token (``▁cat``, ``Ġcat``) or a token of its own, and put one before
words that follow no space. Their offsets then cover that space, or the word's first character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["own_spans"]

Integers = NDArray[np.int32]
Span = tuple[int, int]

# what tokenizers with bytes for what they do not know write a space as, and how they name its bytes where it is not in
# the vocabulary
_MARKER = "\N{LOWER ONE EIGHTH BLOCK}"
_MARKER_BYTES = [f"<0x{byte:02X}>" for byte in _MARKER.encode()]
# stands for bytes that are no whole character
_HALF = "\N{REPLACEMENT CHARACTER}"


def own_spans(tokenizer: Any, texts: Sequence[str], encodings: Sequence[Any]) -> list[Integers]:
    """Return the characters of each token in its text: first character, and one past the last.

    The spans are the library's offsets without spaces at either end. A span is empty for a marker of a space, and for
    tokens with only some bytes of a character (the others were cut off or are not in the vocabulary).

    Parameters
    ----------
    tokenizer : Tokenizer
        Of the library ``tokenizers``.
    texts : sequence of str
    encodings : sequence of Encoding
        The tokenizer's encoding of each text.

    Returns
    -------
    list of ndarray, each of shape (tokens, 2)
    """
    inserted = _inserted(tokenizer)
    markers: dict[int, bool] = {}
    found = []
    for text, encoding in zip(texts, encodings, strict=True):
        ids, spans = encoding.ids, [_trimmed(text, *span) for span in encoding.offsets]
        for place, (left, right) in enumerate(spans):
            if left < right:
                token = ids[place]
                if token not in markers:
                    markers[token] = _is_marker(tokenizer, token, inserted)
                if markers[token]:
                    spans[place] = (left, left)
        for place in _spelled_markers(encoding.tokens):
            spans[place] = (spans[place][0],) * 2
        if not text.isascii():
            _empty_halves(tokenizer, text, ids, spans)
        found.append(np.array(spans, dtype=np.int32).reshape(-1, 2))
    return found


def _trimmed(text: str, left: int, right: int) -> Span:
    """Return a span without the spaces at its ends; empty if it covers only spaces."""
    part = text[left:right]
    left += len(part) - len(part.lstrip())
    return left, max(left, right - len(part) + len(part.rstrip()))


def _is_marker(tokenizer: Any, token: int, inserted: str) -> bool:
    """Tell whether a token represents space alone: it decodes to spaces only, or is the marker put before words."""
    name = tokenizer.id_to_token(token)
    return not tokenizer.decode([token], skip_special_tokens=False).strip() or (bool(name) and name in inserted)


def _spelled_markers(names: Sequence[str]) -> Iterator[int]:
    """Yield the places of tokens that are the bytes of a marker of a space."""
    for place, name in enumerate(names):
        if name == _MARKER_BYTES[0] and list(names[place : place + len(_MARKER_BYTES)]) == _MARKER_BYTES:
            yield from range(place, place + len(_MARKER_BYTES))


def _inserted(tokenizer: Any) -> str:
    """Return the marker that the tokenizer puts before a word, tried on a letter (a decoder may be missing)."""
    made = "a"
    if tokenizer.normalizer is not None:
        made = tokenizer.normalizer.normalize_str(made)
    if tokenizer.pre_tokenizer is not None:
        made = "".join(piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(made))
    return made[:-1] if made.endswith("a") else ""


def _empty_halves(tokenizer: Any, text: str, ids: Sequence[int], spans: list[Span]) -> None:
    """Empty the spans of characters that are split over several tokens."""
    for group in _overlapping(spans):
        part = text[spans[group[0]][0] : max(spans[place][1] for place in group)]
        if part.isascii() or _HALF in part:
            continue
        if _HALF in tokenizer.decode([ids[place] for place in group], skip_special_tokens=False):
            for place in group:
                spans[place] = (spans[place][0],) * 2


def _overlapping(spans: Sequence[Span]) -> Iterator[list[int]]:
    """Yield groups of tokens that share characters; a token that shares none is a group of its own."""
    group: list[int] = []
    end = 0
    for place, (left, right) in enumerate(spans):
        if left == right:
            continue
        if group and left >= end:
            yield group
            group = []
        end = max(end, right) if group else right
        group.append(place)
    if group:
        yield group
