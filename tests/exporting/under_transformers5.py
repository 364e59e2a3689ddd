"""Exports with transformers 5, for test_exporters.py, which runs this where transformers 5 comes first on the path.

``python -m tests.exporting.under_transformers5 ROOT FAMILY...`` writes ``ROOT/FAMILY/by5`` from ``ROOT/FAMILY/source``,
and both for the families that only transformers 5 has.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from edgeinterp.exporting.chatter import turned_down
from edgeinterp.exporting.export import export
from tests.families.models import ONLY_5, save_family


def main(root: Path, families: list[str]) -> None:
    """Export each."""
    from transformers.utils import logging as bars

    bars.disable_progress_bar()
    for key, family in ONLY_5.items():
        with warnings.catch_warnings(), turned_down():
            warnings.simplefilter("ignore")
            save_family(family, root / key / "source")
    bars.enable_progress_bar()
    for key in (*families, *ONLY_5):
        export(root / key / "source", root / key / "by5")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
