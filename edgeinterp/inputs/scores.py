"""Read scores of a text's tokens, words or characters that any explanation method gave (docs/checks/judge.md)."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.json_values import json_fault
from ..runtime.sequences import has_half_character
from .texts import file_lines

__all__ = ["ScoredText", "score_records", "scored_texts"]

KEYS = ("text", "method", "tokens", "spans", "scores", "target", "signed")
EXPECTED = 'an object with "text", "method", "scores", and "tokens" or "spans"'
LONGEST_NAME = 60
# sums of scores must stay finite
LARGEST = 1e100
# names that tokenizers give to tokens that stand for no characters
_SPECIAL = re.compile(r"\[[A-Z]+\d*\]|<[^<>\s]{1,30}>|")
# how tokenizers mark that a token begins, continues or ends a word
_CONTINUES = "##"
_BEFORE, _AFTER = ("##", "▁", "Ġ", "Ċ", " "), ("</w>", "@@", "▁")


@dataclass(frozen=True)
class ScoredText:
    """Scores that one method gave to parts of one text.

    Attributes
    ----------
    text, method : str
    spans : ndarray of int64, shape (parts, 2)
        First character of each part, and one past the last.
    scores : ndarray of float64, shape (parts,)
    signed : bool or None
        Whether a score below 0 speaks against the target; None where it was not said.
    target : str or None
        What the scores explain, where it was said.
    unmatched : tuple of str
        Tokens that are not in the text, and have no span.
    """

    text: str
    method: str
    spans: NDArray[np.int64]
    scores: NDArray[np.float64]
    signed: bool | None = None
    target: str | None = None
    unmatched: tuple[str, ...] = ()


def scored_texts(records: Iterable[tuple[str, Any]]) -> list[ScoredText]:
    """Check objects, each with the place that messages name, and refuse a text that a method scores twice.

    Raises
    ------
    InputError
        One line that names the place, and what was expected.
    """
    found: list[ScoredText] = []
    places: dict[tuple[str, str], str] = {}
    for where, record in records:
        one = _scored(where, record)
        first = places.get((one.method, one.text))
        if first is not None:
            raise InputError(f"{where}: method {one.method!r} has scores of this text already ({first}); keep one")
        places[one.method, one.text] = where
        found.append(one)
    return found


def score_records(path: str | Path) -> Iterator[tuple[str, Any]]:
    """Yield the objects of a file of JSON Lines, or of standard input (``-``), each with its place in words.

    Raises
    ------
    InputError
        One line that names the file, the line, and what was expected.
    """
    if not str(path):
        raise InputError("scores: the name is empty; name a file, or - for standard input")
    name, lines = "standard input" if str(path) == "-" else str(path), 0
    for number, line in enumerate(file_lines(file_name("scores", path), name, "scores"), 1):
        if not line.strip():
            continue
        lines += 1
        try:
            yield f"{name}, line {number}", json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{name}, line {number}: not JSON ({json_fault(error)}); expected {EXPECTED}, one a line"
            ) from None
    if not lines:
        raise InputError(f"{name}: is empty; expected {EXPECTED}, one a line")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _scored(where: str, record: Any) -> ScoredText:
    if not isinstance(record, Mapping):
        raise InputError(f"{where}: expected {EXPECTED}")
    unknown = sorted(str(key) for key in record if key not in KEYS)
    if unknown:
        raise InputError(f"{where}: {unknown[0]!r} is not known; expected {', '.join(KEYS)}")
    text, method = (_string(where, record, key) for key in ("text", "method"))
    if not text.strip():
        raise InputError(f"{where}: text is empty; leave the line out")
    signed, target = record.get("signed"), record.get("target")
    if not (signed is None or isinstance(signed, bool)):
        raise InputError(f"{where}: signed: expected true or false")
    if not (target is None or isinstance(target, str)):
        raise InputError(f"{where}: target: expected a string, such as pooled or logit")
    scores = _numbers(where, record.get("scores"))
    if record.get("spans") is not None:
        spans = _spans(where, text, record["spans"])
        _refuse_lengths(where, "spans", len(spans), len(scores))
        return ScoredText(text, method, spans, scores, signed, target)
    tokens: Any = record.get("tokens")
    if not _is_list(tokens) or not all(isinstance(token, str) for token in tokens):
        raise InputError(f"{where}: expected tokens, a list of strings, or spans, a list of [start, end]")
    _refuse_lengths(where, "tokens", len(tokens), len(scores))
    places = _located(text, tokens)
    missing = tuple(
        token for token, place in zip(tokens, places, strict=True) if place is None and not _SPECIAL.fullmatch(token)
    )
    there = [number for number, place in enumerate(places) if place is not None]
    if not there and not missing:
        raise InputError(f"{where}: no token is part of the text; give those that are, or spans")
    if len(missing) > len(there):
        raise InputError(
            f"{where}: the tokens are not those of the text: {missing[0][:LONGEST_NAME]!r} is not in it, in their "
            "order; give the text that was explained, or spans"
        )
    spans = np.array([places[number] for number in there], dtype=np.int64).reshape(-1, 2)
    return ScoredText(text, method, spans, scores[there], signed, target, missing)


def _string(where: str, record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or has_half_character(value):
        raise InputError(f"{where}: {key}: expected a string; a line is {EXPECTED}")
    if key == "method" and not (value.strip() and len(value) <= LONGEST_NAME and value.isprintable()):
        raise InputError(f"{where}: method: expected a name of 1 to {LONGEST_NAME} characters")
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def _numbers(where: str, given: Any) -> NDArray[np.float64]:
    if not _is_list(given) or not len(given):
        raise InputError(f"{where}: scores: expected a list of numbers")
    for number, value in enumerate(given, 1):
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
            raise InputError(f"{where}: score {number} is {json.dumps(value, default=repr)[:40]}; expected a number")
        if isinstance(value, complex | np.complexfloating):
            raise InputError(f"{where}: score {number} is a complex number; expected a real one")
        try:
            size = abs(float(value))
        except OverflowError:
            size = math.inf
        if math.isnan(size) or size > LARGEST:
            shown = str(value)[:40]
            raise InputError(f"{where}: score {number} is {shown}; expected a finite number, or leave it out")
    return np.array(given, dtype=np.float64)


def _refuse_lengths(where: str, name: str, parts: int, scores: int) -> None:
    if parts != scores:
        raise InputError(f"{where}: {counted(scores, 'score')} for {parts} {name}; give one for each")


def _spans(where: str, text: str, given: Any) -> NDArray[np.int64]:
    found = []
    for number, span in enumerate(given if _is_list(given) else [None], 1):
        whole = _is_list(span) and len(span) == 2 and all(_whole(part) for part in span)
        if not whole:
            raise InputError(f"{where}: span {number}: expected [start, end], two whole numbers")
        if not 0 <= span[0] < span[1] <= len(text):
            raise InputError(
                f"{where}: span {number} is {str(list(span))[:40]}; expected characters 0 to {len(text)} of the text, "
                "the end not counted"
            )
        found.append((int(span[0]), int(span[1])))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _located(text: str, tokens: Sequence[str]) -> list[tuple[int, int] | None]:
    """Find each token in the text, one after the other, whatever its tokenizer does to case, accents and spaces.

    A token begins where the last one ended, or a word begins; of such places, the first at which it ends a word or the
    next token goes on.
    """
    plain, origin = _folded(text)
    forms = [[_folded(form)[0].strip() for form in dict.fromkeys((_bare(one), _from_bytes(one)))] for one in tokens]
    found: list[tuple[int, int] | None] = []
    cursor = 0
    for at, token in enumerate(tokens):
        following = forms[at + 1] if at + 1 < len(tokens) else []
        places = [
            place
            for form in forms[at] if form
            if (place := _place(plain, form, cursor, following, token.startswith(_CONTINUES))) is not None
        ]  # fmt: skip
        if not places:
            found.append(None)
            continue
        # of two spellings at one place, the longer
        first, cursor = min(places, key=lambda place: (place[0], -place[1]))
        found.append((origin[first], origin[cursor - 1] + 1))
    return found


def _place(plain: str, form: str, cursor: int, following: Sequence[str], continues: bool) -> tuple[int, int] | None:
    """Return where a token stands at or behind the cursor; the first place if it ends a word nowhere."""
    found = None
    first = plain.find(form, cursor)
    while first >= 0:
        last = first + len(form)
        if continues or first == cursor or not (plain[first - 1].isalnum() and plain[first].isalnum()):
            whole = last == len(plain) or not (plain[last].isalnum() and plain[last - 1].isalnum())
            if whole or any(one and plain.startswith(one, last) for one in following):
                return first, last
            found = found or (first, last)
        first = plain.find(form, first + 1)
    return found


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text without case and accents, and the place of each character in the text."""
    parts, origin = [], []
    for place, character in enumerate(text):
        for one in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(one):
                parts.append(one)
                origin.append(place)
    return "".join(parts), origin


def _bare(token: str) -> str:
    for mark in _BEFORE:
        token = token.removeprefix(mark)
    for mark in _AFTER:
        token = token.removesuffix(mark)
    return token


def _from_bytes(token: str) -> str:
    """Return what a token of bytes spells (GPT-2 names each byte by a printable character); empty where it is none."""
    names = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in names]
    table = {chr(byte): byte for byte in names} | {chr(256 + at): byte for at, byte in enumerate(rest)}
    if not all(character in table for character in token):
        return ""
    return bytes(table[character] for character in token).decode("utf-8", "ignore")
