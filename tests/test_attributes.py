"""An object's attributes are set by itself alone: whoever makes it says at once all that it is to know."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import edgeinterp

ROOT = Path(edgeinterp.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
OWNERS = ("self", "cls")
# objects of other libraries, which offer no other way, whose attributes have names that some class of ours has too
FOREIGN = {
    ("report/primitives/drawing.py", "child.text"),
    ("requirements/result.py", "said.text"),  # an XML element
    ("exporting/foreign/expose.py", "tensor.name"),  # a message of onnx
    ("cli/compare.py", "namespace.files"),  # what argparse's actions write to
}


def targets(node: ast.AST) -> Iterator[ast.AST]:
    """Everything that a statement binds, also within tuples and lists, and the names that ``setattr`` is given."""
    if isinstance(node, ast.Assign | ast.Delete):
        found: list[ast.expr] = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.NamedExpr | ast.comprehension):
        found = [node.target]
    elif isinstance(node, ast.withitem):
        found = [node.optional_vars] if node.optional_vars else []
    else:
        found = []
    for one in found:
        yield from (part for part in ast.walk(one) if isinstance(getattr(part, "ctx", None), ast.Store | ast.Del))


def outside(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Attributes that are set on anything but an object's own self or class."""
    for node in ast.walk(tree):
        for target in targets(node):
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) not in OWNERS:
                yield target


def names_of_ours() -> set[str]:
    """Names of attributes that classes of ours have."""
    found = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found |= {part.target.id for part in node.body if _is_field(part)}  # type: ignore[attr-defined]
            for target in targets(node):
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) in OWNERS:
                    found.add(target.attr)
    return found


def _is_field(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


OURS = names_of_ours()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_attribute_is_set_from_outside(path: Path) -> None:
    where = path.relative_to(ROOT).as_posix()
    for target in outside(TREES[path]):
        text = ast.unparse(target)
        assert target.attr not in OURS or (where, text) in FOREIGN, f"line {target.lineno}: {text} is set from outside"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_setattr_is_given_self(path: Path) -> None:
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("setattr", "__setattr__"):
            assert ast.unparse(node.args[0]) in OWNERS, f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    "line",
    [
        "a.threads = 1",
        "a.b, c.threads = 1, 2",
        "[a.threads, *c] = d",
        "a.threads += 1",
        "a.threads: int = 1",
        "for a.threads in b: pass",
        "with a() as b.threads: pass",
        "self.a.threads = 1",
        "a().threads = 1",
        "a[0].threads = 1",
        "del a.threads",
    ],
)
def test_every_way_to_set_an_attribute_is_seen(line: str) -> None:
    assert "threads" in OURS
    assert [target.attr for target in outside(ast.parse(line))][-1] == "threads"


@pytest.mark.parametrize("line", ["self.threads = 1", "cls.threads = 1", "a.threads[0] = 1", "a = b.threads"])
def test_what_sets_nothing_from_outside_is_passed_over(line: str) -> None:
    assert not list(outside(ast.parse(line)))
