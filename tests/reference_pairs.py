"""Slow, obvious versions of where words stand in a text, and of which words are drawn from a tree."""

from __future__ import annotations

from typing import Any


def places(text: str, word1: str, word2: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """First whole word1 and whole word2 that share no character: the earliest word1 that leaves room for a word2."""
    for one in range(len(text)):
        for other in range(len(text)):
            spans = (one, one + len(word1)), (other, other + len(word2))
            apart = not set(range(*spans[0])) & set(range(*spans[1]))
            if apart and _whole(text, *spans[0], word1) and _whole(text, *spans[1], word2):
                return spans
    return None


def _whole(text: str, first: int, last: int, word: str) -> bool:
    around = text[first - 1 : first] + text[last : last + 1]
    return text[first:last] == word and not any(letter.isalnum() or letter == "_" for letter in around)


def opposites(rows: list[list[str]], relation: str, heads: Any, dependents: Any, within: int) -> list[tuple[int, ...]]:
    """(head, dependent, opposite or 0) of each relation, as numbers from 1: one rule after the other."""
    count = len(rows)
    head = [0] + [int(row[6]) for row in rows]
    kind = [""] + [row[7].split(":")[0] for row in rows]
    pos = [""] + [row[3] for row in rows]
    form = [""] + [row[1] for row in rows]
    taken: list[int] = []
    found: list[tuple[int, ...]] = []
    for word in range(1, count + 1):
        top = head[word]
        if kind[word] != relation or not top or pos[word] not in dependents or pos[top] not in heads:
            continue
        candidates = []
        for other in range(1, count + 1):
            chain_holds = any(kind[one] == relation and head[one] == top for one in _chain(other, head, kind))
            if pos[other] != pos[word] or chain_holds or other in taken or form[other] == form[top]:
                continue
            if (other > top) == (word > top) and other != top and form[word] != form[top]:
                candidates.append(other)
        distance = abs(word - top)
        candidates = [other for other in candidates if abs(abs(other - top) - distance) <= within]
        candidates.sort(key=lambda other: (abs(abs(other - top) - distance), other))
        taken += candidates[:1]
        found.append((top, word, candidates[0] if candidates else 0))
    return found


def _chain(word: int, head: list[int], kind: list[str]) -> list[int]:
    """A word, and what it is a conjunct, an apposition or a part of the name of, step by step backwards."""
    chain = [word]
    while kind[chain[-1]] in ("conj", "appos", "flat") and 0 < head[chain[-1]] < chain[-1]:
        chain.append(head[chain[-1]])
    return chain
