"""Arguments of ``edgeinterp bench``, and the library calls behind them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ..errors import InputError
from .saying import chosen_file, say_exposing

if TYPE_CHECKING:
    from ..runtime.interrupts import Interrupts

__all__ = ["BENCH_END", "BENCH_HELP", "add_bench", "run_bench"]

BENCH_HELP = """\
Measure this device on a fixed workload: forward passes by sequence length, what each check costs beyond them,
permutations of a ridge, kernels compiled and loaded, memory; matrix products and copies for reference. It takes about
a minute on two desktop cores with the embedded model, and longer with a larger one.

  edgeinterp bench                                   the embedded model
  edgeinterp bench my-model --out pi.json            your model; the figures as JSON as well
  edgeinterp bench --threads 1                       with one thread
  edgeinterp bench --compare laptop.json pi.json     two devices, figure by figure
  edgeinterp bench --compare before.json after.json --out difference.json --quiet
"""

BENCH_END = """\
Every figure is the median of several repetitions, with the least and the greatest. Only files of one workload and one
model can be compared; a difference is marked where it exceeds the spread of both.
exit codes: 0 done; 2 the input or the environment is at fault; 130 interrupted.
"""


def add_bench(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``bench``."""
    add = parser.add_argument
    add(
        "model",
        nargs="?",
        metavar="MODEL",
        help="a model folder or .onnx file (default: the embedded MiniLM, int8)",
    )
    add("--file", metavar="NAME", help="which .onnx file of MODEL, a published folder or a hub id")
    add("--compare", nargs=2, metavar=("A.json", "B.json"), help="compare two files written by --out; measure nothing")
    add("--out", metavar="FILE", help="write the figures, or the comparison, as JSON")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=run_bench)


def run_bench(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Measure or compare, show and write the result, and return the exit code."""
    if options.out is not None:
        _writable(options.out)
    if options.compare is not None:
        return _compare(options)
    from ..benchmark.run import bench
    from ..report.progress import shown_progress

    model = chosen_file(options.model, options.file)
    if not options.quiet:
        say_exposing(model)
    with shown_progress(options.quiet, interrupts) as progress:
        result = bench(model, threads=options.threads, progress=progress)
    interrupts.stop_if_seen()
    if options.out is not None:
        result.save(options.out)
    if not options.quiet and sys.stdout is not None:
        from ..report.bench import render
        from ..report.terminal import make_console

        render(result, make_console())
    return 0


def _compare(options: argparse.Namespace) -> int:
    for name in ("model", "threads"):
        if getattr(options, name) is not None:
            shown = "MODEL" if name == "model" else f"--{name}"
            raise InputError(f"bench: --compare measures nothing, so {shown} means nothing beside it; leave it out")
    if options.out is not None and any(_same(options.out, path) for path in options.compare):
        raise InputError(f"{options.out}: is one of the files to be compared; choose another name with --out")
    from ..benchmark.comparing import compare_benches

    found = compare_benches(*options.compare)
    if options.out is not None:
        found.save(options.out)
    if not options.quiet and sys.stdout is not None:
        from ..report.bench import render_comparison
        from ..report.terminal import make_console

        render_comparison(found, make_console())
    return 0


def _same(one: str, other: str) -> bool:
    from pathlib import Path

    return Path(one).resolve() == Path(other).resolve()


def _writable(name: str) -> None:
    from pathlib import Path

    from ..runtime.writing import refuse_no_file, refuse_unwritable

    path = Path(name)
    if not name or path.is_dir():
        raise InputError(f"{name or 'out'}: names no file; give one with --out, such as --out bench.json")
    refuse_no_file(path)
    refuse_unwritable(path.parent, name, "choose another file with --out")
