"""Arguments of ``edgeinterp compare``, and the library calls behind them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..runtime.counting import counted
from .saying import chosen_file, file_named, named, say, say_exposing, say_unjudged

if TYPE_CHECKING:
    from ..comparing.result import Comparison
    from ..runtime.interrupts import Interrupts

__all__ = ["COMPARE_END", "COMPARE_HELP", "add_compare", "run_compare"]

COMPARE_HELP = """\
Compare A and B, two builds of one model: do they give the same readings and the same verdicts? The same texts go
through both; hidden states and attentions are compared token by token, and every check is run on both.

  edgeinterp compare my-model my-model-int8                        what does quantising change?
  edgeinterp compare my-model my-pruned --texts logs.txt --out results     on your texts, with a page to read
  edgeinterp compare my-model my-model-int8 --only activations     layer by layer, without the checks: fast
  edgeinterp compare my-model my-model-int8 --only activations,correspondence --permutations 200
  edgeinterp compare REPOSITORY --files model.onnx model_int8.onnx  two files of a published folder, or of a hub id
  edgeinterp compare laptop/result.json pi/result.json             two machines: `edgeinterp check --out` on each
  edgeinterp compare my-model my-model-int8 --fail-on-flip --quiet --out results     in a build script
"""

COMPARE_END = """\
cosine, relative difference, CKA: of the hidden states, special tokens left out; 1, 0 and 1 where they are the same.
JS: Jensen-Shannon divergence of attention, in bits: 0 the same, 1 nothing in common. agreement: how many tokens attend
most to the same token. flips: a verdict that differs is real when the paired interval of a deciding statistic
excludes 0, else borderline: the two may lie on either side of a threshold by chance.
exit codes: 0 done; 1 done, --fail-on-flip, and a real flip, or a requested check judged nothing in either (no
claim, or every claim undecided); stderr names the flips and the checks; 2 the input or the environment is at fault; 130
interrupted.
"""

# options of `check` that are passed on unchanged
_PASSED_ON = (
    "text_column", "norms", "pairs", "confounds", "head", "templates", "metric", "mapping", "permutations",
    "controls", "low_memory", "random", "reading",
)  # fmt: skip
# library names of options that have another name on the command line
_IN_PYTHON = {"permutations": "n_permutations", "seed": "random_state"}
_SHOWN = ("seed", "alpha", "max_tokens", "threads", "batch")
FAILED_BY_FLIP = 1


def add_compare(
    parser: argparse.ArgumentParser, names: Callable[[str], list[str]], head: Callable[[str], tuple[int, int]]
) -> None:
    """Add the arguments of ``compare`` to a parser with ``argument_default=argparse.SUPPRESS``.

    Settings that are not given are then left out. Defaults stand in one place, and a comparison of two results can
    refuse settings that do not apply to it.
    """
    add = parser.add_argument
    add("a", metavar="A", help="a model folder, an .onnx file, or a result.json (or its folder)")
    other = add("b", metavar="B", help="another of the same kind")

    class Files(argparse.Action):
        """Two files of A, in place of B."""

        def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
            namespace.files, other.required = values, False

    add(
        "--files", nargs=2, action=Files, default=None, metavar=("A.onnx", "B.onnx"),
        help="two files of A, a published folder or a hub id; without B",
    )  # fmt: skip
    add("--texts", metavar="FILE|-", help="as in `edgeinterp check` (default: the embedded texts)")
    add("--text-column", metavar="NAME", help="as in `edgeinterp check`")
    add(
        "--only", metavar="NAME[,NAME]", type=names,
        help="parts to compare (default: all): activations, and names of checks",
    )  # fmt: skip
    add("--permutations", metavar="N", type=int, help="permutations behind each p-value of the checks")
    add("--seed", metavar="N", type=int, help="seed of every random choice (default: 0)")
    add("--alpha", metavar="A", type=float, help="level of tests; intervals are at 1 - A (default: 0.05)")
    add("--controls", metavar="NAME[,NAME]", type=names, help="as in `edgeinterp check`")
    add("--random", metavar="KIND", help="as in `edgeinterp check`")
    add("--reading", metavar="NAME", help="as in `edgeinterp check`")
    add("--norms", metavar="FILE", help="as in `edgeinterp check`")
    add("--pairs", metavar="FILE", help="as in `edgeinterp check`")
    add("--confounds", metavar="FILE", help="as in `edgeinterp check`")
    add("--templates", metavar="FILE", help="as in `edgeinterp check`")
    add("--head", metavar="L.H", type=head, help="as in `edgeinterp check`")
    add("--metric", help="as in `edgeinterp check`")
    add("--mapping", help="as in `edgeinterp check`")
    add("--max-tokens", metavar="N", type=int, help="longer texts are cut (default: 256)")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--batch", metavar="N", type=int, help="texts in a forward pass, at most (default: 8 of 128 tokens; int8: 1)")
    add("--low-memory", action="store_true", help="checks with less memory, in more passes")
    add("--out", metavar="DIR", help="write DIR/comparison.json and DIR/comparison.html")
    add("--fail-on-flip", action="store_true", help="exit code 1 where a verdict really flips")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(b=None, texts=None, only=None, out=None, fail_on_flip=False, quiet=False, debug=False)


def run_compare(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Compare, show and write the result, and return the exit code."""
    from ..comparing.run import compare
    from ..report.progress import shown_progress
    from ..runtime.arguments import seed_number

    settings: dict[str, Any] = {
        _IN_PYTHON.get(name, name): getattr(options, name) for name in _PASSED_ON + _SHOWN if hasattr(options, name)
    }
    if "random_state" in settings:
        settings["random_state"] = seed_number("seed", settings["random_state"])
    if options.files is not None and options.b is not None:
        raise InputError(f"--files: takes the place of {options.b}; leave one of them out")
    first, second = options.a, options.b
    if options.files is not None:
        first, second = (chosen_file(options.a, file) for file in options.files)
    if not options.quiet:
        say_exposing(first, second)
    with shown_progress(options.quiet, interrupts) as progress:
        found = compare(first, second, file_named(options.texts), only=options.only, progress=progress, **settings)
    interrupts.stop_if_seen()
    _show(found, options)
    return _exit_code(found, options)


def _exit_code(found: Comparison, options: argparse.Namespace) -> int:
    """Name the checks that judged nothing and, with ``--fail-on-flip``, the flipped verdicts; return the exit code."""
    from ..checks.settings import CHECKS
    from ..results.enough import unjudged

    asked = [name for name in options.only or found.settings["only"] if name in CHECKS]
    nothing = unjudged(asked, [side for one in found.verdicts for side in one.sides])
    say_unjudged(nothing)
    flips = [f"{one.a} to {one.b}: {one.claim}" for one in found.real_flips]
    if flips and options.fail_on_flip:
        total = counted(len(found.verdicts), "verdict really flips", "verdicts really flip")
        say(f"--fail-on-flip: {len(flips)} of {total}: {named(flips)}")
    return FAILED_BY_FLIP if options.fail_on_flip and (flips or nothing) else 0


def _show(found: Comparison, options: argparse.Namespace) -> None:
    folder = None
    if options.out is not None:
        from pathlib import Path

        from ..report.comparison.page import write_comparison_html

        folder = Path(options.out)
        found.save(folder / "comparison.json")
        write_comparison_html(found, folder / "comparison.html")
    if options.quiet or sys.stdout is None:
        return
    from ..report.comparison.terminal import render
    from ..report.terminal import make_console

    console = make_console()
    render(found, console)
    if folder is not None:
        console.print(f"Report: {folder / 'comparison.html'}", soft_wrap=True, highlight=False, markup=False)
