"""Coverage-guided fuzzing of one reader: ``python -m tests.fuzz.fuzz NAME SECONDS SEED``; needs ``edgeinterp[fuzz]``.

Ends with 0 where nothing was found; what was found lies in ``crash-*`` in the current folder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["edgeinterp"]):
    from tests.fuzz.readers import filled, tried


def main() -> None:
    """Fuzz one reader for some seconds, from its valid files on."""
    reader, seconds, seed = filled(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder, corpus = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    for number, valid in enumerate(reader.seeds):
        (corpus / str(number)).write_bytes(valid)
    limits = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-timeout=10",
        "-rss_limit_mb=4000",
        "-max_len=20000",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], lambda data: tried(reader, folder, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
