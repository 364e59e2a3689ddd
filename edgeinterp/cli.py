"""The command line: arguments -> library calls -> exit code; no arithmetic."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ._version import __version__
from .errors import InputError

if TYPE_CHECKING:
    from .results import Result

__all__ = ["main"]

DONE, MATCHED, AT_FAULT, INTERRUPTED = 0, 1, 2, 130
FAILING = {"never": (), "unsupported": ("unsupported",), "weakened": ("unsupported", "weakened")}

DESCRIPTION = """\
Tells which readings of a transformer's attention maps and hidden states can be believed, on this device.

  edgeinterp check                              the embedded model on the embedded texts and norms
  edgeinterp export bert-base-uncased my-model  make a model folder (needs pip install 'edgeinterp[export]')
  edgeinterp check my-model --texts my.txt      your model on your texts, one a line
"""

CHECK_HELP = """\
Run the checks on MODEL and print a verdict for each claim.

  edgeinterp check                                   the embedded model, the embedded texts and norms
  edgeinterp check my-model --texts logs.txt         your model, your texts
  edgeinterp check my-model --only properties --norms mcrae.csv      does it know your feature norms?
  edgeinterp check my-model --out results            also write results/result.json and results/report.html
  cat logs.txt | edgeinterp check my-model --texts - --quiet --out results
  edgeinterp check my-model --fail-on unsupported    exit code 1 if a reading fails, for a build script
"""

CHECK_END = """\
verdicts: supported = the reading holds against every control; weakened = something is there, but not all that the
reading claims; unsupported = no evidence for it; untested = too little text, too few
concepts or a control that could not be run.
exit codes: 0 done; 1 done and --fail-on matched; 2 the input or the environment is at fault; 130 interrupted.
"""

EXPORT_HELP = """\
Export SOURCE to the model folder FOLDER, with attentions and hidden states exposed. Needs pip install
'edgeinterp[export]' (PyTorch, transformers, Optimum), on any machine; the folder then runs without them.

  edgeinterp export sentence-transformers/all-MiniLM-L6-v2 minilm              from a hub
  edgeinterp export ./my-checkpoint my-model --quantize int8                   from a local folder, quantised
  edgeinterp export SmolLM2-135M-Instruct.Q4_1.gguf smollm2                    from a GGUF file
  edgeinterp export --from-onnx model.onnx my-model --tokenizer tokenizer.json from an ONNX file; needs no PyTorch
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
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        code = command(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # the reader has left (`| head`): that is no error, and the rest must not be flushed into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if options.debug:
            import traceback

            traceback.print_exc()
        return _ended(error)
    return code


def _ended(error: BaseException) -> int:
    """Say in one line why the command ended early, and return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        _say("interrupted; nothing half written is left")
        return INTERRUPTED
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
    _say(" ".join(message.split()))
    return AT_FAULT


def _say(message: str) -> None:
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        print(f"edgeinterp: {message}", file=sys.stderr)


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
    _add_export(commands.add_parser("export", help="make a model folder", description=EXPORT_HELP, formatter_class=raw))
    return parser


def _add_check(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", nargs="?", metavar="MODEL", help="a model folder (default: the embedded MiniLM, int8)")
    add("--only", metavar="NAME[,NAME]", type=_names, help="checks to run (default: all): correspondence, properties")
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
        "--templates",
        metavar="FILE",
        help="contexts for the words of the norms, one a line with one {} each, such as `The {} is here.` "
        "(default: the bare word)",
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
        "--controls",
        metavar="NAME[,NAME]",
        type=_names,
        help="controls to run, each in the check that has it (default: all): foreign, swap (correspondence); permuted, "
        "shuffled, random_features, word_form, random_vectors, random_model, neighbours, upper_bound, selectivity "
        "(properties: a claim stays untested without permuted and the four rivals from word_form to neighbours)",
    )
    add("--max-tokens", metavar="N", type=int, default=256, help="longer texts are cut, and counted (default: 256)")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--batch", metavar="N", type=int, help="most texts in a forward pass (default: 8; int8 models always 1)")
    add("--low-memory", action="store_true", help="correspondence: a few layers at a time: less memory, more passes")
    add(
        "--budget",
        metavar="SECONDS",
        type=float,
        help="cut texts, concepts, permutations to fit, and say what was cut",
    )
    add("--out", metavar="DIR", help="write DIR/result.json and DIR/report.html")
    add(
        "--fail-on",
        choices=list(FAILING),
        default="never",
        help="exit code 1 on this verdict or worse (default: never)",
    )
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=_check)


def _add_export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a hub id, a local transformers folder, a .gguf file; with --from-onnx a file")
    add("folder", metavar="FOLDER", help="where to write the model folder")
    add(
        "--quantize",
        choices=["none", "int8", "fp16"],
        default="none",
        help="int8: a quarter of the size, dynamic, per channel; fp16: half of the size, hardly a difference "
        "(default: none)",
    )
    add(
        "--from-onnx",
        action="store_true",
        help="SOURCE is an ONNX file, or a folder with one, from elsewhere: find attentions and hidden states in it",
    )
    add("--tokenizer", metavar="FILE", help="with --from-onnx: its tokenizer.json (default: the one beside SOURCE)")
    add("--task", metavar="T", default="feature-extraction", help="Optimum task (default: feature-extraction)")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=_export)


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _check(options: argparse.Namespace) -> int:
    from .run import CHECKS, CONTROLS, check

    _writable(options.out)
    with _progress(options.quiet) as progress:
        result = check(
            options.model,
            options.texts,
            norms=options.norms,
            templates=options.templates,
            metric=options.metric,
            mapping=options.mapping,
            only=CHECKS if options.only is None else options.only,
            permutations=options.permutations,
            seed=options.seed,
            alpha=options.alpha,
            threshold=options.threshold,
            controls=CONTROLS if options.controls is None else options.controls,
            max_tokens=options.max_tokens,
            threads=options.threads,
            batch=options.batch,
            low_memory=options.low_memory,
            budget=options.budget,
            progress=progress,
        )
    _show(result, options)
    failing = FAILING[options.fail_on]
    return MATCHED if any(verdict.verdict in failing for verdict in result.verdicts) else DONE


def _writable(folder: str | None) -> None:
    """Find out before the run, not after it, that nothing can be written."""
    if folder is None:
        return
    if not folder:
        raise InputError("out: is empty; name a folder, such as --out results")
    import tempfile
    from pathlib import Path

    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); choose another folder with --out") from None


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


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a progress bar on stderr while the block runs, where stderr is a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {"starting": bar.add_task("starting", total=None)}

        def advance(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                for task in tasks.values():
                    bar.update(task, visible=False)
                tasks[phase] = bar.add_task(phase, total=total)
            bar.update(tasks[phase], completed=done, total=total, visible=True)

        yield advance


def _export(options: argparse.Namespace) -> int:
    from .export import export, export_onnx

    say = None if options.quiet else lambda line: print(line, file=sys.stderr)
    if options.from_onnx:
        if options.quantize != "none":
            raise InputError("--quantize: an ONNX file is taken as it is; leave it out, or quantise the file before")
        manifest = export_onnx(options.source, options.folder, tokenizer=options.tokenizer, progress=say)
    elif options.tokenizer is not None:
        raise InputError("--tokenizer: only with --from-onnx; other sources have a tokenizer of their own")
    else:
        manifest = export(options.source, options.folder, quantize=options.quantize, task=options.task, progress=say)
    if not options.quiet:
        print(
            f"{options.folder}: {manifest.architecture}, {manifest.layers} layers, {manifest.heads} heads, "
            f"hidden size {manifest.hidden_size}, quantization {manifest.quantization}"
        )
        print(f"Next: edgeinterp check {options.folder}")
    return DONE
