"""Arguments of ``edgeinterp explain``, and the library calls behind them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .saying import chosen_file, say, say_exposing

if TYPE_CHECKING:
    from ..model.model import Model
    from ..results.explanation import Explanation
    from ..results.result import Result
    from ..runtime.interrupts import Interrupts

__all__ = ["EXPLAIN_END", "EXPLAIN_HELP", "add_explain", "run_explain"]

EXPLAIN_HELP = """\
Show a text's tokens by what they have to do with the model's output, and beside each method what it is worth on this
model: by occlusion, which is the effect itself, and by the reading that a result of check recommends.

  edgeinterp explain embedded "the river broke its banks"                   of the embedded model, by occlusion
  edgeinterp check my-model --only correspondence,influence --out judged    which readings hold?
  edgeinterp explain my-model "the river broke its banks" --licence judged  by what holds as well
  edgeinterp explain my-model "one text" --licence judged --out out.html    with links between its tokens
  edgeinterp explain my-model "one text" "another" --method alti_rolled_up:4 --out out.html
"""

EXPLAIN_END = """\
Without colours, or where the output is no terminal, a bar of a character stands behind each token.
exit codes: 0 done; 2 the input or the environment is at fault; 130 interrupted.
"""


def add_explain(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``explain``."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a model folder or .onnx file; embedded is the model that comes along")
    add("texts", nargs="*", metavar="TEXT", help="a text, in quotes")
    add("--method", metavar="NAME", help="occlusion, or a reading with its layer if not the last, such as alti:3")
    add("--target", metavar="T", help="pooled or logit (default: logit where the model classifies texts)")
    add("--licence", metavar="RESULT", help="a result.json of `edgeinterp check` on this model, or its folder")
    add("--out", metavar="FILE", help="also write them to FILE.html, or as JSON to FILE.json")
    add("--file", metavar="NAME", help="which .onnx file of MODEL, a published folder or a hub id")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=run_explain)


def run_explain(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Explain, show and write, and return the exit code."""
    from ..checks.output.explaining import explain
    from ..exporting.opening import load
    from ..results.result import load_result

    if not options.texts:
        raise InputError(
            "explain: has no text; give MODEL (embedded is the model that comes along) and behind it a text in quotes"
        )
    _refuse_out(options.out)
    licence = None if options.licence is None else load_result(_result_file(options.licence))
    model = chosen_file(options.model, options.file)
    if not options.quiet:
        say_exposing(model)
    opened = load(str(model), options.threads)
    found = explain(opened, options.texts, options.method, target=options.target, licence=licence)
    interrupts.stop_if_seen()
    if options.out is not None:
        _write(found, Path(options.out), opened, licence)
        if not options.quiet:
            say(f"wrote {options.out}")
    if not options.quiet and sys.stdout is not None:
        from ..report.console import make_console
        from ..report.explanation import show

        show(found, make_console())
    return 0


def _result_file(given: str) -> Path:
    path = Path(given)
    return path / "result.json" if path.is_dir() else path


def _refuse_out(out: str | None) -> None:
    if out is not None and Path(out).suffix not in (".html", ".json"):
        raise InputError(f"out: {out!r}, expected a name that ends in .html or .json")


def _write(found: list[Explanation], out: Path, model: Model, licence: Result | None) -> None:
    from ..runtime.writing import write_whole

    if out.suffix == ".json":
        content = {"explanations": [one.to_dict() for one in found]}
        write_whole(out, json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
        return
    from ..report.attention import draw_attention
    from ..report.explanation import render_page

    texts = dict.fromkeys(one.text for one in found)
    drawings = [
        draw_attention(model, text, licence).shown() if _drawable(found, text) else {"text": text, "view": None}
        for text in texts
    ]
    write_whole(out, render_page(found, model.folder.name, drawings))


def _drawable(found: list[Explanation], text: str) -> bool:
    """Return whether a text has two tokens to draw links between."""
    return any(one.text == text and sum(score is not None for score in one.scores) > 1 for one in found)
