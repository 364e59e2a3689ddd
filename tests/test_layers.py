"""The house: imports go down, never up, and never round; files, folders and functions stay small (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import edgeinterp

ROOT = Path(edgeinterp.__file__).parent
# from the ground up; packages of one floor know nothing of each other
FLOORS: tuple[tuple[str, ...], ...] = (
    ("_version", "errors"),
    ("runtime",),
    ("reading", "statistics"),
    ("inputs", "regression", "results"),
    ("model",),
    ("exporting",),
    ("checks",),
    ("comparing",),
    ("benchmark", "requirements"),
    ("report",),
    ("cli",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
MODULES = sorted(ROOT.rglob("*.py"))


def dotted(path: Path) -> tuple[str, ...]:
    parts = ("edgeinterp", *path.relative_to(ROOT).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


NAMES = {dotted(path) for path in MODULES}


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """Every module of ours that a file imports, wherever in it."""
    own = dotted(path)
    package = own if path.name == "__init__.py" else own[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module or "").split(".")) if node.module else base
            for alias in node.names:
                yield (*module, alias.name) if (*module, alias.name) in NAMES else module
        elif isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    own = dotted(path)
    if own in (("edgeinterp",), ("edgeinterp", "__main__")):
        return
    for module in imported(path):
        if module[:1] != ("edgeinterp",) or module[:2] == own[:2]:
            continue
        below = FLOOR[module[1]] if len(module) > 1 else -1
        assert below >= 0, f"imports the root package, which imports all others: {'.'.join(module)}"
        assert below < FLOOR[own[1]], f"imports {'.'.join(module)}, which stands no lower"


def test_every_package_has_its_floor() -> None:
    found = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert found - {"__init__", "__main__"} == set(FLOOR)
    assert len(FLOORS) <= 12


def test_no_module_imports_in_a_circle() -> None:
    graph = {dotted(path): {module for module in imported(path) if module in NAMES} for path in MODULES}
    del graph["edgeinterp",]
    done: set[tuple[str, ...]] = set()

    def visit(module: tuple[str, ...], above: tuple[tuple[str, ...], ...]) -> None:
        assert module not in above, f"{module} imports itself by way of {above[above.index(module) :]}"
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_kernels_import_nothing_of_ours() -> None:
    kernels = ROOT.parent / "kernels" / "edgeinterp_kernels"
    for path in kernels.glob("*.py"):
        assert not any(module[:1] == ("edgeinterp",) for module in imported_absolute(path)), path


def imported_absolute(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield tuple((node.module or "").split("."))


PACKAGES = (ROOT, ROOT.parent / "kernels" / "edgeinterp_kernels", ROOT.parent / "models" / "edgeinterp_models")
SOURCES = {path: path.read_text(encoding="utf-8") for folder in PACKAGES for path in folder.rglob("*.py")}


def test_files_folders_and_functions_stay_small() -> None:
    """Lines of a file, modules of a folder beside its __init__, and lines of a function that are no docstring."""
    found = [f"{path}: more than 400 lines" for path, text in SOURCES.items() if len(text.splitlines()) > 400]
    inside = [path.parent for path in SOURCES if path.name != "__init__.py"]
    found += [f"{folder}: more than 14 modules" for folder, n in Counter(inside).items() if n > 14]
    for path, text in SOURCES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                described = ast.get_docstring(node) is not None and len(node.body) > 1
                if (node.end_lineno or 0) - node.body[int(described)].lineno >= 60:
                    found.append(f"{path}: {node.name} has more than 60 lines")
    assert not found


def test_every_module_says_what_others_may_use() -> None:
    """Names that are not in ``__all__`` are internal."""
    for path, text in SOURCES.items():
        body = ast.parse(text).body
        names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert all(name.startswith("_") for name in names) or "\n__all__ = [" in text, path


def test_the_root_holds_names_only() -> None:
    files = {path.name for path in ROOT.iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "_version.py", "errors.py", "py.typed"}
