"""Arguments of ``edgeinterp export``, and the library calls behind them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ..errors import InputError
from ..runtime.counting import counted
from .saying import chosen_file

if TYPE_CHECKING:
    from ..runtime.interrupts import Interrupts

__all__ = ["EXPORT_HELP", "add_export", "run_export"]

EXPORT_HELP = """\
Export SOURCE to the model folder FOLDER, with attentions and hidden states exposed. Needs pip install
'edgeinterp[export]' (PyTorch, transformers 4, Optimum) or 'edgeinterp[export5]' (PyTorch, transformers 5), on any
machine; the folder then runs without them.

  edgeinterp export sentence-transformers/all-MiniLM-L6-v2 minilm              from a hub
  edgeinterp export ./my-checkpoint my-model --quantize int8                   from a local folder, quantised
  edgeinterp export SmolLM2-135M-Instruct.Q4_1.gguf smollm2                    from a GGUF file
  edgeinterp export --from-onnx model.onnx my-model --tokenizer tokenizer.json from an ONNX file; needs no PyTorch
"""


def add_export(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``export`` to a parser."""
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
    add("--file", metavar="NAME", help="with --from-onnx: which .onnx file of SOURCE, a published folder or a hub id")
    add("--tokenizer", metavar="FILE", help="with --from-onnx: its tokenizer.json (default: the one beside SOURCE)")
    add(
        "--task",
        metavar="T",
        help="keep a head: text-classification, token-classification, fill-mask or text-generation (its logits); "
        "translation or summarization (an encoder-decoder's decoder, with its cross-attention)",
    )
    add(
        "--overwrite",
        action="store_true",
        help="replace an existing model folder, once the new one is complete",
    )
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(command=run_export)


def run_export(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Export, report the new folder, and return the exit code."""
    from ..exporting.export import export, export_onnx
    from ..exporting.parity import certificate_lines
    from ..runtime.files import shell_word

    def say(line: str) -> None:
        interrupts.stop_if_seen()
        if not options.quiet:
            print(line, file=sys.stderr)

    if options.from_onnx:
        if options.quantize != "none":
            raise InputError("--quantize: an ONNX file is taken as it is; leave it out, or quantise the file before")
        if options.task is not None:
            raise InputError("--task: an ONNX file is taken as it is; leave it out")
        manifest = export_onnx(
            chosen_file(options.source, options.file) or "",
            options.folder,
            tokenizer=options.tokenizer,
            overwrite=options.overwrite,
            progress=say,
        )
    elif options.tokenizer is not None or options.file is not None:
        option = "--tokenizer" if options.file is None else "--file"
        raise InputError(f"{option}: only with --from-onnx; other sources are taken whole, with their own tokenizer")
    else:
        manifest = export(
            options.source,
            options.folder,
            quantize=options.quantize,
            **({} if options.task is None else {"task": options.task}),
            overwrite=options.overwrite,
            progress=say,
        )
    if not options.quiet:
        print(
            f"{options.folder}: {manifest.architecture}, {counted(manifest.layers, 'layer')}, "
            f"{counted(manifest.heads, 'head')}, hidden size {manifest.hidden_size}, quantization "
            f"{manifest.quantization}"
        )
        for line in certificate_lines(manifest.certificate):
            print(line)
        print(f"Next: edgeinterp check {shell_word(options.folder)}")
    return 0
