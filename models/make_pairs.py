"""Make the embedded pairs: at most 12 words of each category of the WordNet pairs, with all their pairs.

Each word of a category has five pairs, one of each relation. Of every category the 12 words with the lowest hash are
kept, so that one check of all pairs stays within its time, and a few large categories do not outweigh all others. Rows
are copied unchanged, in their order, without the column of distances. NOTICE has the licence.

Run from the repository's root, with a tab-separated file of word1, word2, relation, category::

    PYTHONPATH=.:kernels:models python models/make_pairs.py PAIRS.tsv edgeinterp/inputs/data/pairs.tsv
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

WORDS = 12


def key(word: str, category: str) -> str:
    """Return the hash that selects words of a category."""
    return hashlib.blake2b(f"{category}\t{word}".encode(), digest_size=8).hexdigest()


def main(source: Path, out: Path) -> None:
    """Write the embedded pairs again, and report their size."""
    rows = [line.split("\t")[:4] for line in source.read_text(encoding="utf-8").splitlines()]
    header, rows = rows[0], rows[1:]
    members: dict[str, set[str]] = {}
    for word1, word2, relation, category in rows:
        members.setdefault(category, set()).add(word2 if relation == "hypo" else word1)
    chosen = {
        category: set(sorted(words, key=lambda word: key(word, category))[:WORDS])
        for category, words in members.items()
    }
    kept = [row for row in rows if (row[1] if row[2] == "hypo" else row[0]) in chosen[row[3]]]
    out.write_text("".join("\t".join(row) + "\n" for row in [header, *kept]), encoding="utf-8")
    print(f"{out}: {len(kept)} of {len(rows)} pairs, {len(members)} categories")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
