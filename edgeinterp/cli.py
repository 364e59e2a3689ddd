"""The command line: arguments -> library calls -> exit code; no arithmetic."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ._version import __version__
from .cli_bench import BENCH_END, BENCH_HELP, add_bench
from .cli_compare import COMPARE_END, COMPARE_HELP, add_compare, run_compare
from .cli_export import EXPORT_HELP, add_export
from .errors import InputError
from .interrupts import Interrupts

if TYPE_CHECKING:
    from pathlib import Path

    from .results import Result

__all__ = ["main", "run_within"]

DONE, MATCHED, AT_FAULT = 0, 1, 2
# in --out: what a run has done so far, removed when its result is there
UNFINISHED = ".unfinished"
LONGEST_SAID = 500
FAILING = {"never": (), "unsupported": ("unsupported",), "weakened": ("unsupported", "weakened")}

DESCRIPTION = """\
Tells which readings of a transformer's attention maps and hidden states can be believed, on this device.

  edgeinterp check                              the embedded model on the embedded texts, pairs and norms
  edgeinterp export bert-base-uncased my-model  make a model folder (needs pip install 'edgeinterp[export]')
  edgeinterp check my-model --texts my.txt      your model on your texts, one a line
  edgeinterp compare my-model my-model-int8     do two builds of it give the same readings?
  edgeinterp bench my-model --out pi.json       how fast is this device? bench --compare sets two side by side
"""

CHECK_HELP = """\
Run the checks on MODEL and print a verdict for each claim.

  edgeinterp check                                   the embedded model, texts, pairs and norms
  edgeinterp check my-model --texts logs.txt         your model, your texts
  edgeinterp check my-model --only influence --head 3.7              does attention follow influence? does head 3.7?
  edgeinterp check my-model --only properties --norms mcrae.csv      does it know your feature norms?
  edgeinterp check my-model --only relations --pairs pairs.csv       does attention carry your relations?
  edgeinterp check my-model --out results            also write results/result.json and results/report.html
  edgeinterp check my-model --out results --resume   go on with a run that was stopped or killed
  cat logs.txt | edgeinterp check my-model --texts - --quiet --out results
  edgeinterp check my-model --fail-on unsupported    exit code 1 if a reading fails, for a build script
"""

CHECK_END = """\
verdicts: supported = the reading holds against every control; weakened = something is there, but not all that the
reading claims; unsupported = no evidence for it; untested = too little text, too few
concepts or categories, or a control that could not be run.
exit codes: 0 done; 1 done and --fail-on matched; 2 the input or the environment is at fault; 130 interrupted.
"""

DOCTOR_HELP = """\
Tell what would be slow or would fail on this machine, and what to do about it. Nothing is run or changed.

  edgeinterp doctor                     this machine, and whether the embedded model fits
  edgeinterp doctor my-model            whether my-model fits into its memory
  edgeinterp doctor --out doctor.json   the same as JSON, to send along with a report of a fault

exit codes: 0 nothing would fail; 2 something would.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        0 done; 1 done and ``--fail-on`` matched; 2 the input or the environment is at fault; 130 interrupted.
    """
    with Interrupts() as interrupts:
        return run_within(interrupts, arguments)


def run_within(interrupts: Interrupts, arguments: Sequence[str] | None = None) -> int:
    """Run the command line while somebody watches for Ctrl-C, and return the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Interrupts], int] = options.command
    try:
        _refuse_empty(options)
        code = command(options, interrupts)
        if sys.stdout is not None:
            sys.stdout.flush()
        interrupts.stop_if_seen()
    except BrokenPipeError:
        # the reader has left (`| head`): that is no error, and the rest must not be flushed into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if options.debug:
            import traceback

            traceback.print_exc()
        return _ended(error, interrupts)
    return code


def _refuse_empty(options: argparse.Namespace) -> None:
    """Refuse an empty name, as an unset variable of a shell gives it: it would mean the current folder."""
    for name in ("model", "a", "b", "source", "folder"):
        if getattr(options, name, None) == "":
            raise InputError(f"{name}: the name is empty; name a folder or file, or leave the quotes out")


def _ended(error: Exception | KeyboardInterrupt, interrupts: Interrupts) -> int:
    """Say in one line why the command ended early, and return the exit code."""
    # an interrupted import fails with an error of its own
    if interrupts.seen or isinstance(error, KeyboardInterrupt):
        return interrupts.ended()
    if isinstance(error, InputError):
        return _fault(str(error))
    if isinstance(error, MemoryError):
        return _fault("out of memory; try --low-memory, a smaller --batch or a smaller --max-tokens")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        # what can no longer be printed must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fault("standard output: no space left; send it elsewhere or use --quiet --out DIR")
    message = " ".join(str(error).split())
    return _fault(f"unexpected {type(error).__name__}: {message}; run again with --debug and report it")


def _fault(message: str) -> int:
    _say(message)
    return AT_FAULT


def _say(message: str) -> None:
    """Print one line on stderr, and nothing that a terminal would obey, whatever the message quotes."""
    if sys.stderr is None:
        return
    line = " ".join(str(InputError(message)).split())
    if len(line) > LONGEST_SAID:
        # the advice stands at the end
        line = f"{line[: LONGEST_SAID // 2]} ... {line[-LONGEST_SAID // 2 :]}"
    with contextlib.suppress(OSError):
        print(f"edgeinterp: {line}", file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all errors are."""

    def error(self, message: str) -> None:  # type: ignore[override]
        _say(f"{message}; see `{self.prog} --help`")
        raise SystemExit(AT_FAULT)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="edgeinterp", description=DESCRIPTION, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"edgeinterp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_check(
        commands.add_parser(
            "check", help="which readings hold?", description=CHECK_HELP, epilog=CHECK_END, formatter_class=raw
        )
    )
    add_export(commands.add_parser("export", help="make a model folder", description=EXPORT_HELP, formatter_class=raw))
    _add_doctor(
        commands.add_parser(
            "doctor", help="what would be slow or fail here?", description=DOCTOR_HELP, formatter_class=raw
        )
    )
    add_bench(
        commands.add_parser(
            "bench", help="figures of this device", description=BENCH_HELP, epilog=BENCH_END, formatter_class=raw
        )
    )
    compare = commands.add_parser(
        "compare",
        help="two builds side by side",
        description=COMPARE_HELP,
        epilog=COMPARE_END,
        formatter_class=raw,
        argument_default=argparse.SUPPRESS,
    )
    add_compare(compare, _names, _head)
    compare.set_defaults(command=_compare)
    return parser


def _add_check(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", nargs="?", metavar="MODEL", help="a model folder (default: the embedded MiniLM, int8)")
    add(
        "--only",
        metavar="NAME[,NAME]",
        type=_names,
        help="checks to run (default: all): correspondence, influence, relations, properties",
    )
    add(
        "--texts", metavar="FILE|-", help="UTF-8, one text a line, or .tsv/.csv/.jsonl with a column `text`; - is stdin"
    )
    add(
        "--norms",
        metavar="FILE",
        help="words with human feature norms, .csv or .tsv (.gz): one column a feature, or concept, feature, value; "
        "McRae, CSLB, Buchanan, Binder and Lancaster files as they are published (default: embedded ratings)",
    )
    add(
        "--pairs",
        metavar="FILE",
        help="pairs of words, .csv or .tsv with word1, word2, relation and, where there is one, category "
        "(default: embedded hypernyms from WordNet)",
    )
    add(
        "--templates",
        metavar="FILE",
        help="sentences for the words, one a line: with one {} for words of the norms, such as `The {} is here.` "
        "(default: the bare word); with {1} and {2} for pairs, best with four words or more on either side "
        "(default: two embedded ones)",
    )
    add(
        "--metric",
        default="pearson",
        help="what decides in properties: pearson (default), r2, spearman, precision, neighbours_1, neighbours_5, "
        "neighbours_10; the others are shown without a p-value",
    )
    add(
        "--mapping",
        default="ridge",
        help="from hidden states to norms: ridge (default, fast), pls or mlp (refitted: 20 permutations, slow)",
    )
    add(
        "--permutations",
        metavar="N",
        type=int,
        help="permutations behind each p-value (default: 1000; in properties 100 for rank metrics, 20 for pls and mlp)",
    )
    add("--seed", metavar="N", type=int, default=0, help="seed of every random choice (default: 0)")
    add("--alpha", metavar="A", type=float, default=0.05, help="level of tests; intervals are at 1 - A (default: 0.05)")
    add("--threshold", metavar="K", type=float, default=0.9, help="linear kappa that `supported` needs (default: 0.9)")
    add(
        "--head",
        metavar="L.H",
        type=_head,
        help="influence: also judge this head, such as 3.7 for attention layer 3, head 7 (from 1)",
    )
    add(
        "--controls",
        metavar="NAME[,NAME]",
        type=_names,
        help="controls to run, each in the check that has it (default: all): foreign, swap (correspondence); "
        "foreign_text, distance, random_model (influence); elsewhere, words, similarity, surface, random_model, "
        "licensed (relations); permuted, shuffled, random_features, word_form, random_vectors, random_model, "
        "neighbours, upper_bound, selectivity (properties). Without the rivals of its check a claim stays untested: "
        "all of influence and relations; permuted and the four from word_form to neighbours",
    )
    add("--max-tokens", metavar="N", type=int, default=256, help="longer texts are cut, and counted (default: 256)")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--batch", metavar="N", type=int, help="most texts in a forward pass (default: 8; int8 models always 1)")
    add("--low-memory", action="store_true", help="correspondence: a few layers at a time: less memory, more passes")
    add(
        "--budget",
        metavar="SECONDS",
        type=float,
        help="cut texts, concepts, pairs, permutations to fit, and say what was cut",
    )
    add("--out", metavar="DIR", help="write DIR/result.json and DIR/report.html")
    add(
        "--resume",
        action="store_true",
        help="go on with a run to the same --out that was stopped or killed: give the same inputs and settings again",
    )
    add(
        "--fail-on",
        choices=list(FAILING),
        default="never",
        help="exit code 1 on this verdict or worse (default: never)",
    )
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=_check)


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", nargs="?", metavar="MODEL", help="a model folder (default: the embedded MiniLM, int8)")
    add("--out", metavar="FILE", help="also write the findings as JSON")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=_doctor)


def _head(value: str) -> tuple[int, int]:
    layer, _, head = value.partition(".")
    if not (layer.isascii() and layer.isdigit() and head.isascii() and head.isdigit()):
        raise argparse.ArgumentTypeError(f"{value!r}: expected LAYER.HEAD, both from 1, such as 3.7")
    return int(layer), int(head)


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _check(options: argparse.Namespace, interrupts: Interrupts) -> int:
    from .report.progress import shown_progress
    from .run import CHECKS, CONTROLS, check

    _writable(options.out)
    unfinished = _unfinished(options)
    with shown_progress(options.quiet, interrupts) as progress:
        result = check(
            options.model,
            options.texts,
            norms=options.norms,
            pairs=options.pairs,
            templates=options.templates,
            metric=options.metric,
            mapping=options.mapping,
            only=CHECKS if options.only is None else options.only,
            permutations=options.permutations,
            seed=options.seed,
            alpha=options.alpha,
            threshold=options.threshold,
            head=options.head,
            controls=CONTROLS if options.controls is None else options.controls,
            max_tokens=options.max_tokens,
            threads=options.threads,
            batch=options.batch,
            low_memory=options.low_memory,
            budget=options.budget,
            checkpoint=unfinished,
            resume=options.resume,
            progress=progress,
        )
    interrupts.stop_if_seen()
    _show(result, options)
    if unfinished is not None:
        from .checkpoint import Checkpoint

        Checkpoint(unfinished).finish()
    failing = FAILING[options.fail_on]
    return MATCHED if any(verdict.verdict in failing for verdict in result.verdicts) else DONE


def _compare(options: argparse.Namespace, interrupts: Interrupts) -> int:
    _writable(options.out)
    return run_compare(options, interrupts)


def _unfinished(options: argparse.Namespace) -> Path | None:
    """Return where a run keeps what it has done so far."""
    if options.resume and options.out is None:
        raise InputError("resume: needs --out, the folder of the run that was stopped")
    if options.resume and options.budget is not None:
        raise InputError(
            "resume: a run that --budget cuts by the clock cannot go on to the same numbers; leave one out"
        )
    if options.out is None or options.budget is not None:
        return None
    from pathlib import Path

    return Path(options.out) / UNFINISHED


def _writable(folder: str | None) -> None:
    """Find out before the run, not after it, that nothing can be written."""
    if folder is None:
        return
    if not folder:
        raise InputError("out: is empty; name a folder, such as --out results")
    from pathlib import Path

    from .files import refuse_unwritable

    refuse_unwritable(Path(folder), folder, "choose another folder with --out")


def _show(result: Result, options: argparse.Namespace) -> None:
    if options.out is not None:
        from pathlib import Path

        from .report import write_html

        folder = Path(options.out)
        result.save(folder / "result.json")
        write_html(result, folder / "report.html")
    if options.quiet or sys.stdout is None:
        return
    from .report.terminal import make_console, render

    console = make_console()
    render(result, console)
    if options.out is not None:
        console.print(f"Report: {folder / 'report.html'}", soft_wrap=True, highlight=False, markup=False)


def _doctor(options: argparse.Namespace, _: Interrupts) -> int:
    from .doctor import doctor

    if options.out == "":
        raise InputError("out: is empty; name a file, such as --out doctor.json")
    diagnosis = doctor(options.model)
    if options.out is not None:
        diagnosis.save(options.out)
    if not options.quiet and sys.stdout is not None:
        from .report.doctor import render
        from .report.terminal import make_console

        render(diagnosis, make_console())
    if diagnosis.failing:
        first = diagnosis.failing[0]
        return _fault(f"{first.name}: {first.found}; {first.advice}")
    return DONE
