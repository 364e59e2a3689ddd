"""Arguments of ``edgeinterp check``, and the library calls behind them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import InputError
from ..results.controls import Control, chosen, needed
from ..results.tables import TABLES
from ..runtime.counting import counted
from .saying import chosen_file, file_named, named, say, say_exposing, say_unjudged

if TYPE_CHECKING:
    from pathlib import Path

    from ..results.result import Result
    from ..runtime.interrupts import Interrupts

__all__ = [
    "CHECK_END",
    "CHECK_HELP",
    "add_check",
    "head_option",
    "model_and_norms",
    "name_list",
    "refuse_unwritable_out",
    "run_check",
    "show_result",
]

DONE, MATCHED = 0, 1
# in --out: the checkpoint of an unfinished run, removed once its result is written
UNFINISHED = ".unfinished"
# verdicts that each choice of --fail-on matches: every choice includes those before it
FAILING = {
    "never": (),
    "unsupported": ("unsupported",),
    "weakened": ("unsupported", "weakened"),
    "undecided": ("unsupported", "weakened", "undecided"),
}

CHECK_HELP = """\
Run the checks on MODEL and print a verdict for each claim.

  edgeinterp check                                   the embedded model, texts, pairs and norms
  edgeinterp check my-model --texts logs.txt         your model, your texts
  edgeinterp check repo/onnx/model_q4.onnx           a file as it is published, with its tokenizer.json
  edgeinterp check my-model --only influence --head 3.7              does attention follow influence? does head 3.7?
  edgeinterp check my-model --only properties --norms mcrae.csv      does it encode your feature norms?
  edgeinterp check my-model --only properties --norms a.csv b.csv    other norms: do they say the same, and if not, why?
  edgeinterp check my-model --only relations --pairs pairs.csv       does attention carry your relations?
  edgeinterp check my-model --out results            also write results/result.json and results/report.html
  edgeinterp check my-model --out results --resume   continue a stopped or killed run
  cat logs.txt | edgeinterp check my-model --texts - --quiet --out results
  edgeinterp check my-model --fail-on unsupported    exit code 1 if a reading fails, for a build script
  edgeinterp check my-model --fail-on undecided      exit code 1 unless every reading is supported
"""

CHECK_END = """\
verdicts: supported = the reading holds against every control; weakened = an effect is there, but not all that the
reading claims; unsupported = no evidence for it; undecided = too little text, too few
concepts or categories, or a control that could not be run.
exit codes: 0 done; 1 done and --fail-on matched, or another than never is given and a requested check judged nothing
(no claim, or every claim undecided); stderr names the claims and the checks; 2 the input or the environment is at
fault; 130 interrupted.
"""


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``check``."""
    for some in (_add_inputs, _add_settings, _add_controls, _add_running):
        some(parser.add_argument)
    parser.set_defaults(command=run_check)


def _add_inputs(add: Callable[..., object]) -> None:
    add(
        "model",
        nargs="?",
        metavar="MODEL",
        help="a model folder or .onnx file (default: the embedded MiniLM, int8)",
    )
    add("--file", metavar="NAME", help="which .onnx file of MODEL, a published folder or a hub id: model_q4.onnx")
    add(
        "--only",
        metavar="NAME[,NAME]",
        type=name_list,
        help=f"checks to run (default: all): {', '.join(TABLES)}",
    )
    add(
        "--texts",
        metavar="FILE|-",
        help="UTF-8, one text a line, or .tsv/.csv/.jsonl/.json with a column `text`; - is stdin",
    )
    add("--text-column", metavar="NAME", help="column of the texts in --texts (default: text, in any case)")
    add(
        "--norms",
        nargs="+",
        metavar="FILE",
        help="words with human feature norms, .csv or .tsv (.gz): one column a feature, or concept, feature, value; of "
        "several files, the first is judged, and the others beside it: how do they differ, and why? "
        "McRae, CSLB, Buchanan, Binder, Lancaster, NoRaRe and MRC files as they are published (default: embedded "
        "ratings)",
    )
    add(
        "--pairs",
        metavar="FILE",
        help="pairs of words, .csv or .tsv with word1, word2, relation and, where there are such, category, text, the "
        "sentence that holds both words, start1 and start2, where they begin in it; or trees in CoNLL-U, .conllu "
        "(default: embedded hypernyms from WordNet)",
    )
    add(
        "--confounds",
        metavar="FILE",
        help="numbers of the words of the norms, .csv or .tsv: the word, then one column a confound; properties also "
        "gives the score without them",
    )
    add(
        "--templates",
        metavar="FILE",
        help="sentences for the words, one a line: with one {} for words of the norms, such as `The {} is here.` "
        "(default: the bare word); with {1} and {2} for pairs, best with four words or more on either side "
        "(default: two embedded ones)",
    )


def _add_settings(add: Callable[..., object]) -> None:
    add(
        "--metric",
        default="pearson",
        help="the metric that decides in properties: pearson (default), r2, spearman, precision, neighbours_1, "
        "neighbours_5, neighbours_10; the others are shown without a p-value",
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
    add(
        "--equal",
        metavar="F",
        type=float,
        default=1.0,
        help="what the differences that count as none are multiplied by: .05 of an AUC, a correlation or a share, .02 "
        "of a gain (default: 1)",
    )
    add(
        "--head",
        metavar="L.H",
        type=head_option,
        help="influence: also judge this head, such as 3.7 for attention layer 3, head 7 (from 1)",
    )
    add(
        "--value-zeroing",
        action="store_true",
        help="influence: judge value zeroing too, which takes a pass for every token and block (extra onnx)",
    )


def _add_controls(add: Callable[..., object]) -> None:
    add(
        "--controls",
        metavar="NAME[,NAME]",
        type=name_list,
        help="controls to run, each in the check that has it (default: all): "
        f"{'; '.join(f'{_starred(table)} ({check})' for check, table in TABLES.items())}. "
        "* no claim of the check can be supported without it",
    )
    add(
        "--reading",
        metavar="NAME",
        help="what relations and hybrid take for attention between words: the weights of every head (default), or one "
        "number for each layer by a reading, such as alti, norm or rollout",
    )
    add(
        "--random",
        metavar="KIND",
        help="weights of random models: shuffled, each matrix's values among themselves (default), or drawn, from the "
        "normal distribution with each matrix's mean and deviation",
    )


def _add_running(add: Callable[..., object]) -> None:
    add("--max-tokens", metavar="N", type=int, default=256, help="longer texts are cut, and counted (default: 256)")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--batch", metavar="N", type=int, help="texts in a forward pass, at most (default: 8 of 128 tokens; int8: 1)")
    add(
        "--low-memory",
        action="store_true",
        help="correspondence: layers that fit into 64 MB at a time: less memory, more passes",
    )
    add(
        "--budget",
        metavar="SECONDS",
        type=float,
        help="cut texts, concepts, pairs, permutations to fit, and list the cuts",
    )
    add("--out", metavar="DIR", help="write DIR/result.json and DIR/report.html")
    add(
        "--details",
        action="store_true",
        help="also write DIR/details/*.csv: the raw scores of every text, pair and concept, with the words",
    )
    add(
        "--resume",
        action="store_true",
        help="continue a stopped or killed run to the same --out; give the same inputs and settings",
    )
    add(
        "--fail-on",
        choices=list(FAILING),
        default="never",
        help="exit code 1 on this verdict: weakened includes unsupported, undecided both (default: never)",
    )
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")


def _starred(table: Sequence[Control]) -> str:
    """Name a check's controls, with a star on those that its claims need."""
    return ", ".join(f"{one.name}{'*' if one.name in needed(table) else ''}" for one in chosen(table))


def head_option(value: str) -> tuple[int, int]:
    """Parse LAYER.HEAD, both from 1."""
    layer, _, head = value.partition(".")
    if not (layer.isascii() and layer.isdigit() and head.isascii() and head.isdigit()):
        raise argparse.ArgumentTypeError(f"{value!r}: expected LAYER.HEAD, both from 1, such as 3.7")
    return int(layer), int(head)


def name_list(value: str) -> list[str]:
    """Parse names separated by commas."""
    return [name.strip() for name in value.split(",") if name.strip()]


def run_check(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Run the checks, show and write the result, and return the exit code."""
    from ..checks.run import CHECKS, CONTROLS, Settings, check
    from ..report.progress import shown_progress
    from ..runtime.arguments import seed_number

    refuse_unwritable_out(options.out)
    given, norms = model_and_norms(options.model, options.norms)
    model = chosen_file(given, options.file)
    if not options.quiet:
        say_exposing(model)
    unfinished, details = _unfinished(options), _details(options)
    with shown_progress(options.quiet, interrupts) as progress:
        result = check(
            model,
            file_named(options.texts),
            text_column=options.text_column,
            norms=norms,
            pairs=options.pairs,
            confounds=options.confounds,
            templates=options.templates,
            metric=options.metric,
            mapping=options.mapping,
            only=CHECKS if options.only is None else options.only,
            n_permutations=options.permutations,
            random_state=seed_number("seed", options.seed),
            alpha=options.alpha,
            equal=options.equal,
            head=options.head,
            value_zeroing=options.value_zeroing,
            controls=CONTROLS if options.controls is None else options.controls,
            random=Settings.random if options.random is None else options.random,
            reading=Settings.reading if options.reading is None else options.reading,
            max_tokens=options.max_tokens,
            threads=options.threads,
            batch=options.batch,
            low_memory=options.low_memory,
            budget=options.budget,
            checkpoint=unfinished,
            resume=options.resume,
            details=details,
            progress=progress,
        )
    interrupts.stop_if_seen()
    show_result(result, options)
    if unfinished is not None:
        from ..runtime.checkpoint import Checkpoint

        Checkpoint(unfinished).finish()
    return _exit_code(result, options.fail_on, asked=options.only is not None)


def model_and_norms(model: str | None, norms: list[str] | None) -> tuple[str | None, list[str] | None]:
    """Return MODEL and the files of norms: a model that stands right behind ``--norms FILE`` is not one of them."""
    from pathlib import Path

    if model is None and norms is not None and len(norms) > 1:
        *files, last = norms
        if last == "embedded" or Path(last).is_dir() or Path(last).suffix == ".onnx":
            return last, files
    return model, norms


def _exit_code(result: Result, fail_on: str, asked: bool = True) -> int:
    """Name the claims that ``--fail-on`` matched and the checks that judged nothing, and return the exit code."""
    from ..results.enough import unjudged

    # unless it is asked for, hybrid may find no norms of the words of given pairs
    checks = result.checks if asked else [name for name in result.checks if name != "hybrid"]
    nothing = unjudged(checks, [(one.check, one.verdict, one.because) for one in result.verdicts])
    say_unjudged(nothing)
    matched = [f"{one.verdict}: {one.claim}" for one in result.verdicts if one.verdict in FAILING[fail_on]]
    if matched:
        say(f"--fail-on {fail_on} matched {len(matched)} of {counted(len(result.verdicts), 'claim')}: {named(matched)}")
    return MATCHED if matched or (nothing and fail_on != "never") else DONE


def _unfinished(options: argparse.Namespace) -> Path | None:
    """Return the checkpoint folder of a run."""
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


def _details(options: argparse.Namespace) -> Path | None:
    """Return the folder of raw scores; None where none are wanted."""
    if not options.details:
        return None
    if options.out is None:
        raise InputError("details: needs --out, the folder in which they are written")
    from pathlib import Path

    return Path(options.out) / "details"


def refuse_unwritable_out(folder: str | None) -> None:
    """Fail before the run, not after it, if ``--out`` cannot be written.

    Raises
    ------
    InputError
    """
    if folder is None:
        return
    if not folder:
        raise InputError("out: is empty; name a folder, such as --out results")
    from pathlib import Path

    from ..runtime.writing import refuse_unwritable

    refuse_unwritable(Path(folder), folder, "choose another folder with --out")


def show_result(result: Result, options: argparse.Namespace) -> None:
    """Write a result and its page to ``--out``, and print it."""
    if options.out is not None:
        from pathlib import Path

        from ..report import write_html

        folder = Path(options.out)
        result.save(folder / "result.json")
        write_html(result, folder / "report.html")
    if options.quiet or sys.stdout is None:
        return
    from ..report.terminal import make_console, render

    console = make_console()
    render(result, console)
    if options.out is not None:
        console.print(f"Report: {folder / 'report.html'}", soft_wrap=True, highlight=False, markup=False)
