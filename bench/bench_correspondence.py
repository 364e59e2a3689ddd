"""What checking correspondence costs beyond running the model: time for each further text, and memory.

python bench/bench_correspondence.py [MODEL] [--texts 500 1500] [--rounds 3]

Side by side in one run: the plain forward pass (last hidden state only) and the whole check, each on a smaller and a
larger set of distinct texts. The slope between the two sizes is the cost of a further text; what is left is fixed cost.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import machine

import edgeinterp as ei
from edgeinterp.runtime.allocator import limit_heaps
from edgeinterp_models import default_model_folder

MEMORY = """
import sys, edgeinterp as ei
from edgeinterp.runtime.allocator import limit_heaps
limit_heaps()  # as the command does
texts = sys.stdin.read().splitlines()
print(ei.check(sys.argv[1], texts, only=["correspondence"], n_permutations=100).memory["peak_mb"])
"""


def distinct_texts(count: int) -> list[str]:
    """The embedded texts, and then the same words in another order."""
    rng = random.Random(0)
    texts = ei.default_texts()
    while len(texts) < count:
        words = texts[len(texts) % 600].split()
        rng.shuffle(words)
        texts.append(" ".join(words))
    return texts[:count]


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain(model: ei.Model, texts: list[str]) -> None:
    """The forward pass alone, in the same batches, asked for its last hidden state only."""
    encoded = sorted(model.encode(texts), key=lambda text: text.ids.size)
    for _ in model.activations(encoded, [model.manifest.layers]):
        pass


def checked(model: ei.Model, texts: list[str]) -> None:
    result = ei.check(model, texts, only=["correspondence"]).checks["correspondence"]
    # a check that returned at once would have evaluated nothing
    assert result.evaluated_tokens > 4 * len(texts)
    assert result.layers[-1].maps["linear"].token.identification is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=str(default_model_folder()))
    parser.add_argument("--texts", nargs=2, type=int, default=[500, 1500])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    # as the command does
    limit_heaps()
    small, large = (distinct_texts(count) for count in options.texts)
    model = ei.load(options.model)
    print(machine.line())
    print(f"model {Path(options.model).name}, quantization {model.manifest.quantization}; {options.texts} texts")
    checked(model, small)
    slopes: dict[str, list[float]] = {"plain": [], "checked": []}
    fixed = []
    for _ in range(options.rounds):
        for name, work in (("plain", plain), ("checked", checked)):
            first, second = seconds(lambda w=work: w(model, small)), seconds(lambda w=work: w(model, large))  # type: ignore[misc]
            slopes[name].append((second - first) / (len(large) - len(small)))
            if name == "checked":
                fixed.append(first - slopes[name][-1] * len(small))
    ratios = [b / a for a, b in zip(slopes["plain"], slopes["checked"], strict=True)]
    print(f"plain forward pass, a further text   {1e3 * statistics.median(slopes['plain']):7.2f} ms")
    print(f"check, a further text                {1e3 * statistics.median(slopes['checked']):7.2f} ms")
    spread = f"(rounds {min(ratios):.2f} to {max(ratios):.2f})"
    print(f"ratio                                {statistics.median(ratios):7.2f}    {spread}")
    print(f"check, fixed cost                    {statistics.median(fixed):7.2f} s")
    for texts in (small, large):
        command = [sys.executable, "-c", MEMORY, options.model]
        done = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True, check=True)
        print(f"peak memory, {len(texts):6d} texts           {float(done.stdout):7.0f} MB")


if __name__ == "__main__":
    main()
