"""Make the embedded norms: words of the Lancaster and the Glasgow norms that are single tokens of the default model.

A word is kept if it is in both norms and is a single token of the default model's vocabulary; of these, the 1,500 with
the lowest ids. Lower ids of that vocabulary are more frequent pieces, so the words are well known. Values are copied
unchanged (the source rounded them to two decimals). NOTICE has the licences (CC BY 4.0).

Run from the repository's root, with tab-separated files whose first columns are the words::

    PYTHONPATH=.:kernels:models python models/make_norms.py LANCASTER.tsv GLASGOW.tsv edgeinterp/inputs/data/norms.tsv
"""

from __future__ import annotations

import sys
from pathlib import Path

from edgeinterp import load
from edgeinterp_models import default_model_folder

WORDS = 1500


def rows(path: Path) -> dict[str, str]:
    """Return each line after the header by its first cell."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return {line.split("\t", 1)[0]: line for line in lines}


def main(lancaster: Path, glasgow: Path, out: Path) -> None:
    """Write the embedded norms again, and report their size."""
    model = load(default_model_folder())
    ratings, known = rows(lancaster), rows(glasgow)
    both = [word for word in ratings if word in known]
    ids = {}
    for word, encoded in zip(both, model.encode(both), strict=True):
        tokens = encoded.ids[~encoded.special]
        if len(tokens) == 1 and model.token_strings(tokens.tolist()) == [word]:
            ids[word] = int(tokens[0])
    chosen = sorted(ids, key=lambda word: ids[word])[:WORDS]
    header = lancaster.read_text(encoding="utf-8").splitlines()[0]
    out.write_text("\n".join([header, *(ratings[word] for word in chosen)]) + "\n", encoding="utf-8")
    print(f"{out}: {len(chosen)} of {len(ids)} single tokens of {len(both)} words in both norms")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
