"""Arguments of ``edgeinterp require``, and the library calls behind them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .check import refuse_unwritable_out
from .saying import chosen_file, file_named, named, say, say_exposing

if TYPE_CHECKING:
    from ..requirements.result import Requirements
    from ..runtime.interrupts import Interrupts

__all__ = ["REQUIRE_END", "REQUIRE_HELP", "add_require", "run_require"]

REQUIRE_HELP = """\
Decide whether a model meets the needs of a use: each need is met, not met, or undecided, with how much more data would
decide. NEEDS is a file of TOML, or a profile: draw-attention, highlight, quantise, prune-heads, embedding-search.

  edgeinterp require my-model draw-attention                          may attention be drawn as links?
  edgeinterp require my-model-int8 quantise --baseline my-model       does the quantised build read alike?
  edgeinterp require out/result.json needs.toml --junit needs.xml     from a result, for a build system
  edgeinterp require highlight --explain > needs.toml                 a profile as TOML, to start from
"""

REQUIRE_END = """\
exit codes: 0 every need is met; 1 one is not, or is undecided (--undecided pass lets those through), or a model with
random weights meets them all; 2 the input or the environment is at fault; 130 interrupted.
"""
MET, FAILED = 0, 1


def add_require(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``require``."""
    add = parser.add_argument
    add("model", metavar="MODEL|RESULT", help="a model, a result.json or its folder; embedded comes along")
    add("needs", nargs="?", metavar="NEEDS.toml|PROFILE", help="what the use needs")
    add("--baseline", metavar="OTHER", help="the build that a change is measured against: a model, or a result")
    add("--texts", metavar="FILE|-", help="as in `edgeinterp check`")
    add("--scores", metavar="FILE", help="scores of `edgeinterp judge`, for needs of given methods")
    add("--target", metavar="T", help="as in `edgeinterp judge`")
    add("--norms", metavar="FILE", help="as in `edgeinterp check`")
    add("--pairs", metavar="FILE", help="as in `edgeinterp check`")
    add("--random", metavar="KIND", help="as in `edgeinterp check`")
    add("--permutations", metavar="N", type=int, help="permutations behind each p-value of the checks")
    add("--seed", metavar="N", type=int, default=0, help="seed of every random choice (default: 0)")
    add("--alpha", metavar="A", type=float, default=0.05, help="level of tests (default: 0.05)")
    add("--undecided", choices=("fail", "pass"), default="fail", help="what undecided needs do to the exit code")
    add("--junit", metavar="FILE", help="also write the outcomes as JUnit XML")
    add("--explain", action="store_true", help="print the profile as TOML, and run nothing")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--out", metavar="DIR", help="write DIR/requirements.json and DIR/requirements.html")
    add("--quiet", action="store_true", help="print nothing but errors and needs that are not met")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=run_require)


def run_require(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Decide, show and write the outcomes, and return the exit code."""
    from ..report.progress import shown_progress
    from ..requirements.needs import profile_text, read_needs
    from ..requirements.run import require
    from ..runtime.arguments import seed_number

    if options.explain:
        # with a profile alone, it stands in the place of the model
        print(profile_text(options.needs or options.model), end="")
        return MET
    if options.needs is None:
        raise InputError("require: has no needs; give a file of TOML or a profile behind MODEL")
    needs = read_needs(options.needs)
    refuse_unwritable_out(options.out)
    model, baseline = (chosen_file(one, None) for one in (options.model, options.baseline))
    if not options.quiet:
        say_exposing(model, baseline)
    given = {"norms": options.norms, "pairs": options.pairs, "random": options.random}
    given["n_permutations"] = options.permutations
    with shown_progress(options.quiet, interrupts) as progress:
        found = require(
            str(model),
            needs,
            baseline,
            texts=file_named(options.texts),
            scores=options.scores,
            target=options.target,
            random_state=seed_number("seed", options.seed),
            alpha=options.alpha,
            threads=options.threads,
            progress=progress,
            **{name: value for name, value in given.items() if value is not None},
        )
    interrupts.stop_if_seen()
    _write(found, options)
    return _exit_code(found, options.undecided)


def _write(found: Requirements, options: argparse.Namespace) -> None:
    from ..report.requirements import render, render_page
    from ..report.terminal import make_console
    from ..runtime.writing import write_whole

    if options.out is not None:
        found.save(Path(options.out) / "requirements.json")
        write_whole(Path(options.out) / "requirements.html", render_page(found))
    if options.junit is not None:
        write_whole(Path(options.junit), found.to_junit(options.undecided))
    if options.quiet or sys.stdout is None:
        return
    console = make_console()
    render(found, console)
    if options.out is not None:
        page = Path(options.out) / "requirements.html"
        console.print(f"Report: {page}", soft_wrap=True, highlight=False, markup=False)


def _exit_code(found: Requirements, undecided: str) -> int:
    """Name the needs that fail, and return the exit code."""
    from ..model.random_weights import RANDOM_WEIGHTS

    failing = {"not met", "undecided"} if undecided == "fail" else {"not met"}
    needs = [f"{one.outcome}: {one.use}" for one in found.needs if one.outcome in failing]
    if found.random_passes:
        needs.append(f"a model with {RANDOM_WEIGHTS[found.random]} meets every need")
    if needs:
        say(f"{found.name}: {named(needs)}")
    if found.reason is not None:
        say(f"{found.name}: {found.of_random}")
    return FAILED if needs else MET
