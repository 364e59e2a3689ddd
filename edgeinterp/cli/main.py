"""The command line: arguments -> library calls -> exit code; no arithmetic."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from .._version import __version__
from ..errors import InputError
from ..runtime.counting import counted
from ..runtime.interrupts import Interrupts
from .bench import BENCH_END, BENCH_HELP, add_bench
from .check import CHECK_END, CHECK_HELP, add_check, head_option, name_list, refuse_unwritable_out
from .compare import COMPARE_END, COMPARE_HELP, add_compare, run_compare
from .explain import EXPLAIN_END, EXPLAIN_HELP, add_explain
from .export import EXPORT_HELP, add_export
from .judge import JUDGE_END, JUDGE_HELP, add_judge
from .require import REQUIRE_END, REQUIRE_HELP, add_require
from .saying import say

__all__ = ["main", "run_within"]

DONE, AT_FAULT = 0, 2

DESCRIPTION = """\
Tells which readings of a transformer's attention maps and hidden states can be believed, on this device.

  edgeinterp check                              the embedded model on the embedded texts, pairs and norms
  edgeinterp export bert-base-uncased my-model  make a model folder (needs pip install 'edgeinterp[export]')
  edgeinterp check my-model --texts my.txt      your model on your texts, one a line
  edgeinterp explain my-model "a text"          its tokens by what they have to do with the output, and by what holds
  edgeinterp judge my-model shap.jsonl          do SHAP's scores (or any tool's) order tokens by their effect?
  edgeinterp compare my-model my-model-int8     do two builds of it give the same readings?
  edgeinterp require my-model draw-attention    does it meet the needs of a use?
  edgeinterp bench my-model --out pi.json       how fast is this device? bench --compare sets two side by side
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
        By default the process's own.

    Returns
    -------
    int
        0 done; 1 done and ``--fail-on`` matched; 2 the input or the environment is at fault; 130 interrupted.
    """
    with Interrupts() as interrupts:
        return run_within(interrupts, arguments)


def run_within(interrupts: Interrupts, arguments: Sequence[str] | None = None) -> int:
    """Run the command line with Ctrl-C watched, and return the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Interrupts], int] = options.command
    try:
        _refuse_empty(options)
        with _no_empty_out(options):
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
    """Refuse an empty name, such as an unset shell variable gives: it would mean the current folder."""
    for name in ("model", "a", "b", "source", "folder"):
        if getattr(options, name, None) == "":
            raise InputError(f"{name}: the name is empty; name a folder or file, or leave the quotes out")


@contextlib.contextmanager
def _no_empty_out(options: argparse.Namespace) -> Iterator[None]:
    """Remove the empty folder of ``--out`` if the run fails."""
    if not getattr(options, "out", None):
        yield
        return
    from pathlib import Path

    from ..runtime.writing import no_empty_folder_left

    with no_empty_folder_left(Path(options.out)):
        yield


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
        # output that failed must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fault("standard output: no space left; send it elsewhere or use --quiet --out DIR")
    message = " ".join(str(error).split())
    return _fault(f"unexpected {type(error).__name__}: {message}; run again with --debug and report it")


def _fault(message: str) -> int:
    say(message)
    return AT_FAULT


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all errors are, and name the command's own help."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        # argparse leaves what a command does not know to the parser above
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> None:  # type: ignore[override]
        say(f"{message}; see `{self.prog} --help`")
        raise SystemExit(AT_FAULT)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="edgeinterp", description=DESCRIPTION, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"edgeinterp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_check(
        commands.add_parser(
            "check", help="which readings hold?", description=CHECK_HELP, epilog=CHECK_END, formatter_class=raw
        )
    )
    add_explain(
        commands.add_parser(
            "explain", help="a text by what holds", description=EXPLAIN_HELP, epilog=EXPLAIN_END, formatter_class=raw
        )
    )
    add_judge(
        commands.add_parser(
            "judge", help="do a tool's scores hold?", description=JUDGE_HELP, epilog=JUDGE_END, formatter_class=raw
        )
    )
    add_require(
        commands.add_parser(
            "require", help="does it meet a use's needs?", description=REQUIRE_HELP, epilog=REQUIRE_END,
            formatter_class=raw,
        )
    )  # fmt: skip
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
    add_compare(compare, name_list, head_option)
    compare.set_defaults(command=_compare)
    return parser


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", nargs="?", metavar="MODEL", help="a model folder (default: the embedded MiniLM, int8)")
    add("--out", metavar="FILE", help="also write the findings as JSON")
    add("--clear-cache", action="store_true", help="remove exposed ONNX files from the cache; examine nothing")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=_doctor)


def _compare(options: argparse.Namespace, interrupts: Interrupts) -> int:
    refuse_unwritable_out(options.out)
    return run_compare(options, interrupts)


def _clear_cache(options: argparse.Namespace) -> int:
    from ..exporting.opening import cache_folder, clear_cache

    if options.model is not None or options.out is not None:
        raise InputError("doctor: --clear-cache examines nothing; leave MODEL and --out out")
    removed = counted(clear_cache(), "exposed model")
    if not options.quiet and sys.stdout is not None:
        print(f"{cache_folder()}: removed {removed}")
    return DONE


def _doctor(options: argparse.Namespace, _: Interrupts) -> int:
    from ..benchmark.doctor import doctor

    if options.out == "":
        raise InputError("out: is empty; name a file, such as --out doctor.json")
    if options.clear_cache:
        return _clear_cache(options)
    diagnosis = doctor(options.model)
    if options.out is not None:
        diagnosis.save(options.out)
    if not options.quiet and sys.stdout is not None:
        from ..report.doctor import render
        from ..report.terminal import make_console

        render(diagnosis, make_console())
    if diagnosis.failing:
        first = diagnosis.failing[0]
        return _fault(f"{first.name}: {first.found}; {first.advice}")
    return DONE
