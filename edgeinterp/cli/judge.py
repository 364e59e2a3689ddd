"""Arguments of ``edgeinterp judge``, and the library calls behind them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import InputError
from .check import refuse_unwritable_out, show_result
from .saying import chosen_file, file_named, say_exposing

if TYPE_CHECKING:
    from ..runtime.interrupts import Interrupts

__all__ = ["JUDGE_END", "JUDGE_HELP", "add_judge", "run_judge"]

JUDGE_HELP = """\
Judge explanation methods: do their scores order tokens by the effect that replacing each has on the model's output?
Scores come from any tool (SHAP, LIME, Captum, inseq, sparse embeddings ...) as JSON Lines, one text and method a line;
occlusion, readings of attention and random scores are judged beside them.

  edgeinterp judge my-model shap.jsonl                      scores of tokens, words or characters
  edgeinterp judge my-model shap.jsonl lime.jsonl --out judged     several methods, with a page to read
  edgeinterp judge my-model scores.jsonl --target logit     by the logit of the predicted class
  edgeinterp judge embedded                                 without scores: methods of edgeinterp's own
"""

JUDGE_END = """\
a line of scores: {"text": "A cat.", "method": "shap", "tokens": ["A", "cat", "."], "scores": [0.1, 2.0, -0.3]}
in place of tokens: "spans": [[0, 1], [2, 5], [5, 6]], characters of the text; optional: "target", "signed".
exit codes: 0 done; 2 the input or the environment is at fault; 130 interrupted.
"""


def add_judge(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``judge``."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a model folder or .onnx file; embedded is the model that comes along")
    add("scores", nargs="*", metavar="SCORES.jsonl", help="scores of 20 texts or more; - is standard input")
    add(
        "--target", metavar="T",
        help="pooled, state:L, logit or logit:CLASS (default: what the scores name, else logit where the model "
        "classifies texts)",
    )  # fmt: skip
    add("--texts", metavar="FILE|-", help="without scores: texts, one a line (default: the embedded texts)")
    add("--given", action="store_true", help="judge the given methods alone")
    add("--permutations", metavar="N", type=int, default=1000, help="exchanges behind each p-value (default: 1000)")
    add("--seed", metavar="N", type=int, default=0, help="seed of every random choice (default: 0)")
    add("--alpha", metavar="A", type=float, default=0.05, help="level of tests; intervals are at 1 - A (default: 0.05)")
    add("--equal", metavar="F", type=float, default=1.0, help="as in `edgeinterp check` (default: 1)")
    add("--max-tokens", metavar="N", type=int, default=256, help="longer texts are cut (default: 256)")
    add("--most-texts", metavar="N", type=int, default=96, help="texts that are compared, at most (default: 96)")
    add("--file", metavar="NAME", help="which .onnx file of MODEL, a published folder or a hub id")
    add("--threads", metavar="N", type=int, help="threads (default: every core this process may use)")
    add("--out", metavar="DIR", help="write DIR/result.json and DIR/report.html")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=run_judge)


def run_judge(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Judge, show and write the result, and return the exit code."""
    from ..checks.judge.judging import judge
    from ..report.progress import shown_progress
    from ..runtime.arguments import seed_number

    if options.given and not options.scores:
        raise InputError("--given: no scores are given; name a file of them, or leave --given out")
    refuse_unwritable_out(options.out)
    model = chosen_file(options.model, options.file)
    if not options.quiet:
        say_exposing(model)
    with shown_progress(options.quiet, interrupts) as progress:
        result = judge(
            str(model),
            options.scores or None,
            options.target,
            texts=file_named(options.texts),
            own=not options.given,
            n_permutations=options.permutations,
            random_state=seed_number("seed", options.seed),
            alpha=options.alpha,
            equal=options.equal,
            max_tokens=options.max_tokens,
            most_texts=options.most_texts,
            threads=options.threads,
            progress=progress,
        )
    interrupts.stop_if_seen()
    show_result(result, options)
    return 0
