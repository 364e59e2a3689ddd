"""Make the embedded norms of the words of the embedded pairs, for ``hybrid``: words that the Lancaster norms rate.

Values are copied unchanged (the source rounded them to two decimals). NOTICE has the licence (CC BY 4.0).

Run from the repository's root, with a tab-separated file whose first column is the words::

    PYTHONPATH=.:kernels:models python models/make_pair_norms.py LANCASTER.tsv edgeinterp/inputs/data/pair_norms.tsv
"""

from __future__ import annotations

import sys
from pathlib import Path

from edgeinterp.inputs.pairs import default_pairs


def main(lancaster: Path, out: Path) -> None:
    """Write the norms again, and report how many words of the pairs they have."""
    pairs = default_pairs()
    words = {*pairs.word1, *pairs.word2}
    header, *lines = lancaster.read_text(encoding="utf-8").splitlines()
    kept = sorted(line for line in lines if line.split("\t", 1)[0] in words)
    out.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    print(f"{out}: {len(kept)} of {len(words)} words of the embedded pairs")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
