"""What SECURITY.md promises about the sources: nothing that runs what it reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeinterp.exporting.sources import Source

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for name in ("edgeinterp", "kernels", "models") for path in (ROOT / name).rglob("*.py"))
# what runs this interpreter again
ALLOWED = {"edgeinterp/benchmark/starting.py": ["subprocess"]}
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "subprocess", "yaml", "runpy"}
CALLS = {"eval", "exec", "compile", "__import__"}
# whatever they are called on
METHODS = {"system", "popen", "load_module", "unpack_archive", "extractall"}
# modules of these names load objects, which may be code; json's load takes plain values
LOADERS = {"np", "numpy", "torch"}


def found(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").partition(".")[0] in MODULES:
                yield str(node.module)
        elif isinstance(node, ast.Call):
            yield from called(node)
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not _is_false(node.value):
            yield "allow_pickle"


def called(node: ast.Call) -> Iterator[str]:
    function = node.func
    if isinstance(function, ast.Name) and function.id in CALLS:
        yield function.id
    if isinstance(function, ast.Attribute):
        own = function.value.id if isinstance(function.value, ast.Name) else ""
        plain = any(keyword.arg == "allow_pickle" and _is_false(keyword.value) for keyword in node.keywords)
        if (function.attr in METHODS and own != "platform") or (
            function.attr == "load" and own in LOADERS and not plain
        ):
            yield f"{own}.{function.attr}"
    for keyword in node.keywords:
        if keyword.arg == "trust_remote_code" or (keyword.arg == "shell" and ast.literal_eval(keyword.value)):
            yield str(keyword.arg)


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_runs_what_it_reads(path: Path) -> None:
    allowed = ALLOWED.get(str(path.relative_to(ROOT)), [])
    assert sorted(set(found(ast.parse(path.read_text(encoding="utf-8")))) - set(allowed)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from joblib import load", "eval(x)", "exec(x)", "np.load(x)", "torch.load(x)", "os.system(x)",
        "np.lib.format.read_array(f, allow_pickle=True)", "np.load(x, allow_pickle=y)", "f(trust_remote_code=True)",
    ],
)  # fmt: skip
def test_and_the_test_sees_them(line: str) -> None:
    assert list(found(ast.parse(line)))


def test_every_loader_of_export_is_told_to_run_no_code() -> None:
    assert Source("a", "a", "a").arguments["trust_remote_code"] is False
    assert Source("a", "a", "a", "x.gguf").arguments["trust_remote_code"] is False
    for path in (ROOT / "edgeinterp" / "exporting").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "from_pretrained":
                unpacked = [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg is None]
                assert unpacked == ["source.arguments"], ast.unparse(node)
