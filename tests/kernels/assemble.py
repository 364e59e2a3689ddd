"""Have numba make the assembly of kernels that comes with the package, for the types that edgeinterp calls them with.

python -m tests.kernels.assemble

To be run after any change of ``edgeinterp_kernels``; a test tells where it was forgotten. Until then kernels are
compiled by numba in the first run on a machine, which takes longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from edgeinterp_kernels import divergence, influence, keyed, ranks, retrieval, ridge, shuffling
from edgeinterp_kernels._jit import Kernel
from edgeinterp_kernels.by_numba import Kinds, parsed
from edgeinterp_kernels.machine_code import ASSEMBLY, SUMS, digest, sources, symbol_of, target

MODULES = (divergence, influence, keyed, ranks, retrieval, ridge, shuffling)


def main() -> None:
    """Write the files, and take away those of kernels that are no more."""
    ASSEMBLY.mkdir(exist_ok=True)
    made = dict(files())
    for path in ASSEMBLY.iterdir():
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (ASSEMBLY / name).write_text(text, "utf-8", newline="\n")
    print(f"{len(made) - 1} kernels, numba {version('numba')}: {ASSEMBLY}")


def files() -> Iterator[tuple[str, str]]:
    """Yield name and text of each file."""
    call_kernels()
    sums = [f"{sources()}  *.py\n"]
    for kernel in kernels():
        for kinds in sorted(kernel.kinds):
            symbol = symbol_of(kernel.name, kinds)
            text = assembly(symbol, kernel, kinds)
            sums.append(f"{digest(text.encode())}  {symbol}.ll\n")
            yield f"{symbol}.ll", text
    yield SUMS, "".join(sums)


def assembly(symbol: str, kernel: Kernel, kinds: Kinds) -> str:
    """Return LLVM's assembly of a kernel without what depends on the processor, on LLVM's version and on this process.

    Raises
    ------
    ValueError
        If the code needs something of numba's when it runs.
    """
    import llvmlite.binding as llvm

    module = parsed(symbol, kernel.function, kinds)
    if module is None:
        raise ValueError(f"kernel {kernel.name} needs something of numba's")
    unused = llvm.create_new_module_pass_manager()
    unused.add_global_dead_code_eliminate_pass()
    unused.run(module, llvm.create_pass_builder(target(), llvm.create_pipeline_tuning_options(speed_level=0)))
    text = re.sub(r'^(source_filename|target|;) .*\n| *; preds = [%\w., $"]*$', "", str(module), flags=re.M)
    # LLVM knows the attributes of its intrinsics, and an older one not all of them
    text = re.sub(r"^(declare .* @llvm\..*\)) #\d+$", r"\1", text, flags=re.M)
    for group in re.findall(r"^attributes (#\d+) = .*$", text, flags=re.M):
        if len(re.findall(rf"{group}\b", text)) == 1:
            text = re.sub(rf"^attributes {group} = .*\n", "", text, flags=re.M)
    # numba's names count what it has compiled before, differ from run to run, and hold places in Python's bytecode
    text = _renamed(text, r'(?P<sign>@)("_ZN[^"]+"|_ZN\w+)', "part")
    local = r'(?P<sign>%|^(?=[\w.]+:|"[^"]+":))([\w.]+|"[^"]+")'
    text = "\n}\n".join(_renamed(function, local, "v") for function in text.split("\n}\n")).strip() + "\n"
    llvm.parse_assembly(text).verify()
    return text


def _renamed(text: str, pattern: str, prefix: str) -> str:
    """Give names numbers, in the order in which they come."""
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        name = found[0].removeprefix(found["sign"])
        return found["sign"] + names.setdefault(name, f"{prefix}{len(names)}")

    return re.sub(pattern, named, text, flags=re.M)


def kernels() -> list[Kernel]:
    """Return every kernel."""
    return [value for module in MODULES for value in vars(module).values() if isinstance(value, Kernel)]


def call_kernels() -> None:
    """Call every kernel with arrays of the types that edgeinterp calls it with."""
    i, three, starts = np.arange(3, dtype=np.int32), np.ones((2, 3, 3), np.float32), np.array([0, 2, 5])
    ends = np.array([0, 3, 6])
    both = np.concatenate([i, i])
    retrieval.reference_groups(np.ones((6, 2), np.float32), ends, both)
    retrieval.score_texts(np.ones(18, np.float32), ends, both, both, 1)
    retrieval.foreign_hits(np.ones(9, np.float32), ends, both, both, 1)
    keyed.permutation_counts(np.zeros(2, np.uint64), np.array([2, 1]), i, i[:, None], 10)
    keyed.poisson_weights(np.zeros(3, np.uint64), 5)
    for size in (1, 2, 4, 8):
        shuffling.shuffle(np.arange(3, dtype=f"u{size}"), np.random.PCG64(0))
    divergence.attention_differences(three, three, np.arange(3))
    influence.cosine_change(three[0], three)
    influence.standardised_ranks(three, np.ones((3, 3), bool))
    for kind in (np.float32, np.float64):
        some = np.ones((5, 4), kind)
        ridge.pearson_moments(some, some, np.ones((3, 4)))
        ridge.fold_moments(some, some, starts, np.ones((2, 6, 4)))
        ridge.gather_rows(some, np.zeros((2, 5), np.int64), np.ones((5, 2, 4), kind))
        ridge.gather_pairs(np.ones((5, 5), kind), np.zeros((2, 5), np.uint32), 0, 3, np.ones((2, 50), kind))
        targets = np.array([0, 1, 2]), np.array([0, 1], np.uint32), np.ones(2, kind)
        places = np.arange(10, dtype=np.uint32).reshape(2, 5) % 5
        table = np.ones((5, 5, 2), kind), np.ones(5, kind)
        ridge.lookup_pearson(table, places, targets, np.ones((2, 2)), np.ones((2, 2)))
        ridge.sparse_fold_moments(np.ones((5, 5), kind), places[0], targets, starts, np.ones((2, 6, 2)))
    ridge.pack_pairs(np.ones((5, 5)), np.ones(15))
    ridge.trace_permutations(np.zeros((2, 5), np.int64), np.ones(5, bool), np.ones((2, 5), np.int64))
    wide = np.ones((5, 4))
    ranks.spearman_rows(wide, wide, np.zeros((2, 5, 4), np.int64), np.ones(5))
    ranks.precision_rows(wide, wide, wide, np.ones(5))
    ranks.nearer_candidates(wide, 0, 1e-9, np.zeros((5, 2), np.int64))


if __name__ == "__main__":
    main()
