"""How time and memory grow: with texts, their length, layers, hidden size, permutations, concepts, targets, threads.

python bench/bench_scaling.py [MODEL] [--only "texts;layers"] [--rounds 3]

Every row runs in a process of its own (peak resident memory counts from its start), after a small run that loads and
compiles. ``per unit`` is the time beyond the row before for each unit beyond it; the next column is that slope over the
slope of the row before: 1 means linear.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import machine
from bench_correspondence import distinct_texts

from edgeinterp_models import default_model_folder

PEAK = """
import json, sys, time
import numpy as np
from edgeinterp.runtime.system import peak_memory_mb


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say(seconds):
    print(json.dumps({"seconds": seconds, "peak_mb": peak_memory_mb()}))


given = json.loads(sys.argv[1])
"""

CHECK = """
import edgeinterp as ei
from edgeinterp.runtime.allocator import limit_heaps
limit_heaps()  # as the command does
texts = sys.stdin.read().splitlines()
model = ei.load(given["model"], given.get("threads"))
options = dict(only=[given["check"]], n_permutations=given.get("permutations", 200), low_memory=given.get("low", False))
ei.check(model, texts[:60], **options)
say(timed(lambda: ei.check(model, texts, **options)))
"""

ARRAYS = """
import edgeinterp as ei
layers, d, texts, size = given["layers"], given["d"], 400, 24
rng = np.random.default_rng(0)


def run(count):
    stream = ei.Correspondence(n_permutations=200)
    for part in ("fit", "evaluate"):
        for text in range(count):
            ids = rng.integers(0, 30000, size).astype(np.int32)
            states = rng.standard_normal((layers + 1, size, d), dtype=np.float32)
            stream.update(states, ids, [size], part)
    stream.result()


run(4)
say(timed(lambda: run(texts)))
"""

RIDGE = """
from edgeinterp.regression.ridge import permutation_ridge
from edgeinterp.statistics.draws import Draws
n, T, B = given["n"], given["T"], given["B"]
rng = np.random.default_rng(0)
X = rng.standard_normal((n, 384), dtype=np.float32)
Y = rng.standard_normal((n, T), dtype=np.float32)


def run(count):
    draws = Draws.build(1, n, "rows", None)
    permutation_ridge(
        X, Y, np.sort(np.arange(n) % 10), draws, alphas=given["alphas"], n_permutations=count,
        n_jobs=given.get("threads", 2),
    )


run(2)
say(timed(lambda: run(B)))
"""


@dataclass(frozen=True)
class Table:
    """One variable: its name, its values, and what is run for each."""

    name: str
    what: str
    script: str
    rows: list[tuple[int, dict[str, object], list[str]]]


def of_length(count: int, words: int) -> list[str]:
    """Texts of about ``words`` words each, from the embedded ones."""
    stock = " ".join(distinct_texts(6000)).split()
    return [" ".join(stock[i * words : (i + 1) * words]) for i in range(count)]


def tables(model: str) -> list[Table]:
    """Every table; the sizes are those that a user meets."""
    grid = None
    ridge = [100.0]
    return [
        Table("texts", "check --only correspondence", CHECK, [
            (n, {"model": model, "check": "correspondence"}, distinct_texts(n)) for n in (100, 1000, 4000, 20000)
        ]),
        Table("texts, --low-memory", "check --only correspondence --low-memory", CHECK, [
            (n, {"model": model, "check": "correspondence", "low": True}, distinct_texts(n)) for n in (100, 1000, 4000)
        ]),
        Table("words a text", "check --only correspondence, 19,200 words in all", CHECK, [
            (n, {"model": model, "check": "correspondence"}, of_length(19200 // n, n)) for n in (12, 48, 96, 192)
        ]),
        Table("layers", "Correspondence on arrays, d 128", ARRAYS, [
            (n, {"layers": n, "d": 128}, []) for n in (2, 6, 12, 24)
        ]),
        Table("hidden size", "Correspondence on arrays, 6 layers", ARRAYS, [
            (n, {"layers": 6, "d": n}, []) for n in (64, 128, 256, 512, 1024)
        ]),
        Table("permutations", "ridge, 541 x 384, 50 targets, one penalty", RIDGE, [
            (n, {"n": 541, "T": 50, "B": n, "alphas": ridge}, []) for n in (100, 1000, 10000, 100000)
        ]),
        Table("concepts", "ridge, 384 columns, 6 targets, ten penalties, 200 permutations", RIDGE, [
            (n, {"n": n, "T": 6, "B": 200, "alphas": grid}, []) for n in (500, 2000, 8000, 20000)
        ]),
        Table("targets", "ridge, 541 x 384, ten penalties, 200 permutations", RIDGE, [
            (n, {"n": 541, "T": n, "B": 200, "alphas": grid}, []) for n in (10, 50, 250, 1000, 2500)
        ]),
        Table("threads", "ridge, 1,500 x 384, 6 targets, ten penalties, 1,000 permutations", RIDGE, [
            (n, {"n": 1500, "T": 6, "B": 1000, "alphas": grid, "threads": n}, []) for n in (1, 2)
        ]),
        Table("threads, check", "check --only correspondence, 1,000 texts", CHECK, [
            (n, {"model": model, "check": "correspondence", "threads": n}, distinct_texts(1000)) for n in (1, 2)
        ]),
    ]  # fmt: skip


def measured(script: str, given: dict[str, object], texts: list[str], rounds: int) -> tuple[float, float]:
    """Return the median seconds and the largest peak in MB of some runs."""
    found = []
    for _ in range(rounds):
        command = [sys.executable, "-c", PEAK + script, json.dumps(given)]
        done = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return statistics.median(one["seconds"] for one in found), max(one["peak_mb"] for one in found)


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=str(default_model_folder()))
    parser.add_argument("--only", default="", help="names of tables, separated by semicolons (default: all)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine.line())
    wanted = [name.strip() for name in options.only.split(";") if name.strip()]
    for table in tables(options.model):
        if wanted and table.name not in wanted:
            continue
        print(f"\n{table.name}: {table.what}")
        print(f"{'':>10} {'seconds':>9} {'per unit':>12} {'slope against the row before':>29} {'peak MB':>9}")
        before: tuple[int, float] | None = None
        slope_before: float | None = None
        for size, given, texts in table.rows:
            seconds, peak = measured(table.script, given, texts, options.rounds)
            slope = None if before is None else (seconds - before[1]) / (size - before[0])
            ratio = None if slope is None or not slope_before else slope / slope_before
            print(
                f"{size:>10,} {seconds:>9.3f} {'–' if slope is None else f'{1e3 * slope:.4f} ms':>12} "
                f"{'–' if ratio is None else f'{ratio:.2f}':>29} {peak:>9.0f}",
                flush=True,
            )
            before, slope_before = (size, seconds), slope


if __name__ == "__main__":
    main()
