"""Run the studies and write docs/calibration.md: ``python -m bench.calibration`` from the repository's root."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

# one process a core; their products and kernels must not compete for it
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

REPETITIONS = 200
CHUNK = 10
PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and where everything was run write the page."""
    from edgeinterp.runtime.threads import usable_cores

    from . import suite, table

    parser = argparse.ArgumentParser("python -m bench.calibration", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="of each study (%(default)s)")
    parser.add_argument("--only", default="", help="studies whose name has this in it; prints, and writes nothing")
    parser.add_argument("--first-seed", type=int, default=0, help="seeds count from here (%(default)s)")
    given = parser.parse_args(arguments)
    studies = [study for study in suite.STUDIES if given.only in study.name]
    if not studies or given.repetitions < 2:
        names = ", ".join(study.name for study in suite.STUDIES)
        print(f"--only {given.only!r}, --repetitions {given.repetitions}: expected part of a name ({names}) and at "
              "least 2 repetitions", file=sys.stderr)  # fmt: skip
        return 2
    began = time.perf_counter()
    found = {}
    with ProcessPoolExecutor(usable_cores(), mp_context=get_context("spawn")) as pool:
        for study in studies:
            seeds = [given.first_seed + seed for seed in range(max(2, round(study.share * given.repetitions)))]
            start = time.perf_counter()
            found[study.name] = list(pool.map(suite.measure, [study.name] * len(seeds), seeds, chunksize=CHUNK))
            print(f"{study.name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    text = table.report(studies, found)
    print(text)
    print(f"{time.perf_counter() - began:.0f} s in {usable_cores()} processes", file=sys.stderr)
    if len(studies) == len(suite.STUDIES):
        command = f"python -m bench.calibration --repetitions {given.repetitions} --first-seed {given.first_seed}"
        last = given.first_seed + given.repetitions - 1
        head = f"Command: `{command}`. Seeds {given.first_seed} to {last}; studies of fewer repetitions take the first."
        PAGE.write_text(table.put_between(PAGE.read_text(encoding="utf-8"), f"{head}\n\n{text}"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
