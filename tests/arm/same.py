"""Hold a comparison of two machines' results to what the project promises: the same verdicts, statistics alike.

``python -m tests.arm.same COMPARISON TOLERANCE``, where COMPARISON is what ``edgeinterp compare A B --out`` wrote and
TOLERANCE the most by which a statistic that a verdict rests on may differ. Prints what was found; exit status 1 where
it does not hold.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def main(folder: Path, tolerance: float) -> int:
    """Return the exit status."""
    comparison = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    verdicts = comparison["verdicts"]
    flips = [one for one in verdicts if one["a"] != one["b"]]
    differences = [
        (abs(found["difference"]), one["claim"], found["name"])
        for one in verdicts
        for found in one["statistics"]
        if found["difference"] is not None
    ]
    largest, claim, name = max(differences)
    kinds = Counter(one["a"] for one in verdicts)
    print(f"{len(verdicts)} verdicts: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    for one in flips:
        print(f"flip: {one['claim']}: {one['a']} here, {one['b']} there: {one['because']}")
    print(f"largest of {len(differences)} differences: {largest:.2g} ({name}: {claim}), tolerance {tolerance:g}")
    decided = sum(count for kind, count in kinds.items() if kind != "undecided")
    if not decided:
        print("every verdict is undecided: nothing was compared")
    return int(bool(flips) or largest > tolerance or not decided)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
