from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import edgeinterp
import edgeinterp_kernels
from edgeinterp.inputs.texts import default_texts

ROOT = Path(__file__).parents[1]
MODULES = [
    module.name
    for package in (edgeinterp, edgeinterp_kernels)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_some_docstrings_have_examples() -> None:
    finder = doctest.DocTestFinder()
    found = [case for name in MODULES for case in finder.find(importlib.import_module(name)) if case.examples]
    assert len(found) >= 5


def test_own_runtime_gives_what_check_gives(tmp_path: Path) -> None:
    program = ROOT / "examples" / "own_runtime.py"
    assert len(program.read_text(encoding="utf-8").splitlines()) < 40
    texts = default_texts()[::2]
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program, path], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    printed = re.findall(r"^attention layer (\d) .*: (\w+) \((.*)\)$", done.stdout, re.MULTILINE)
    expected = edgeinterp.check(texts=texts, only=["correspondence"], controls=["foreign"])
    assert [(int(layer), verdict) for layer, verdict, _ in printed] == [
        (verdict.attention_layer, verdict.verdict) for verdict in expected.verdicts
    ]


def test_every_public_name_is_documented() -> None:
    missing = [
        name for name in edgeinterp.__all__ if not name.startswith("__") and not getattr(edgeinterp, name).__doc__
    ]
    assert missing == []
