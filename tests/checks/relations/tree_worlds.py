"""Trees and attention made by hand: sentences hold several heads, and words recur, as in a treebank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import edgeinterp as ei

VERBS, NOUNS = 40, 200


def treebank(rng: Any, sentences: int, length: int = 14) -> str:
    """Sentences of nouns and verbs in any order in CoNLL-U: some verbs have a noun before them as subject."""
    blocks = []
    for number in range(sentences):
        verbs = sorted(rng.choice(np.arange(3, length), 3, replace=False).tolist())
        heads = np.zeros(length, dtype=int)
        for verb in verbs:
            free = [i for i in range(verb) if i not in verbs and not heads[i]]
            heads[rng.choice(free)] = verb + 1
        rows = []
        for i in range(length):
            # few verbs are frequent, as words are
            kind, most = ("verb", VERBS) if i in verbs else ("noun", NOUNS)
            word = f"{kind}{min(int(rng.zipf(1.3)), most)}"
            relation = "nsubj" if heads[i] else "dep"
            rows.append(f"{i + 1}\t{word}x{number}x{i}\t{word}\t{kind.upper()}\t_\t_\t{heads[i]}\t{relation}\t_\t_")
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks) + "\n"


def drawn(rng: Any, folder: Path, sentences: int = 60) -> ei.Pairs:
    """Return the pairs of a treebank."""
    path = folder / "trees.conllu"
    path.write_text(treebank(rng, sentences), encoding="utf-8")
    return ei.read_pairs(path)


def token_effects(rng: Any, pairs: ei.Pairs, shape: tuple[int, ...] = (2, 3, 4), noise: float = 0.3) -> Any:
    """Attention that depends on sentences, lemmas and single tokens, and on no relation.

    A token that stands in several pairs, of one category or of two, has the same effect in each.
    """
    size = int(np.prod(shape))

    def effects(keys: list[Any]) -> Iterator[Any]:
        own = {key: rng.standard_normal(size) for key in dict.fromkeys(keys)}
        return (own[key] for key in keys)

    places = list(zip(pairs.texts, pairs.starts, strict=True))
    kinds: list[list[Any]] = [
        pairs.texts, pairs.categories, [word.partition("x")[0] for word in pairs.word2],
        [(text, one) for text, (one, _) in places], [(text, other) for text, (_, other) in places],
    ]  # fmt: skip
    rows = np.sum([list(effects(keys)) for keys in kinds], axis=0) + noise * rng.standard_normal((len(pairs), size))
    return ((rows - rows.min()) / np.ptp(rows)).reshape(len(pairs), *shape)
