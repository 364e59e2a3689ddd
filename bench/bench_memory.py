"""Peak memory of `check --only correspondence` beyond onnxruntime's own, against its budget.

python bench/bench_memory.py [MODEL ...] [--texts 1000 20000] [--words N] [--low-memory]

Every figure is the peak resident memory of a process of its own. ``own``: the same texts in the same batches through
the same session, asked for the last hidden state only, of the smaller number of texts; numpy, onnxruntime and the
tokenizer are in it, no kernel. It differs from run to run by what the system's allocator keeps while the model is read
(SmolLM2: 700 to 920 MB), so it is the median of three. Budget: 100 MB + 32 bytes x layers x hidden size squared.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import machine
from bench_correspondence import distinct_texts
from bench_scaling import of_length

from edgeinterp.model.manifest import read_manifest
from edgeinterp_models import default_model_folder

PEAK = """
import sys
import edgeinterp as ei
from edgeinterp.runtime.allocator import limit_heaps
from edgeinterp.runtime.system import peak_memory_mb
limit_heaps()  # as the command does
folder, texts = sys.argv[1], sys.stdin.read().splitlines()


def say():
    print(peak_memory_mb())
"""
OWN = """
model = ei.load(folder)
encoded = sorted(model.encode(texts), key=lambda text: text.ids.size)
model.rest_tokenizer()  # as the check does
for _ in model.activations(encoded, [model.manifest.layers]):
    pass
say()
"""
CHECK = """
result = ei.check(folder, texts, only=["correspondence"], low_memory=sys.argv[2] == "low")
assert result.checks["correspondence"].evaluated_tokens > 2 * len(texts)
say()
"""


def peak_mb(script: str, model: str, texts: list[str], mode: str = "") -> float:
    """Run a script in a process of its own."""
    command = [sys.executable, "-c", PEAK + script, model, mode]
    done = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    """Print one row for each model and number of texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=[str(default_model_folder())])
    parser.add_argument("--texts", nargs="+", type=int, default=[1000, 20000])
    parser.add_argument("--words", type=int, help="words a text (default: the embedded texts, then shuffled ones)")
    parser.add_argument("--low-memory", action="store_true")
    options = parser.parse_args()
    print(machine.line())
    mode = "low" if options.low_memory else ""
    for model in options.models:
        manifest = read_manifest(Path(model))
        budget = 100 + 32 * manifest.layers * manifest.hidden_size**2 / (1 << 20)
        own: list[float] = []
        for count in sorted(options.texts):
            texts = of_length(count, options.words) if options.words else distinct_texts(count)
            own = own or sorted(peak_mb(OWN, model, texts) for _ in range(3))
            check = peak_mb(CHECK, model, texts, mode)
            print(
                f"{Path(model).name}, {manifest.quantization}, {count:,} texts{' --low-memory' if mode else ''}: own "
                f"{own[1]:.0f} MB ({own[0]:.0f} to {own[2]:.0f}), check {check:.0f} MB, "
                f"beyond {check - own[1]:.0f} MB, budget {budget:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
