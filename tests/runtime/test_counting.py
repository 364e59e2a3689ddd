from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import edgeinterp
from edgeinterp.runtime.counting import counted

ROOT = Path(edgeinterp.__file__).parent
COUNTED = "permutations|texts|concepts|pairs|categories|claims|verdicts|contrasts|columns|lines|templates|sentences"


def test_one_is_singular_and_all_else_plural() -> None:
    assert [counted(number, "text") for number in (0, 1, 2)] == ["0 texts", "1 text", "2 texts"]
    assert counted(1, "category", "categories") == "1 category"
    assert counted(11, "category", "categories") == "11 categories"
    assert counted(int(np.int64(1)), "text was", "texts were") == counted(np.int64(1), "text was", "texts were")  # type: ignore[arg-type]
    assert counted(1001, "text", spec=",") == "1,001 texts"


def constant(node: ast.expr) -> bool:
    """Whether a value is a constant of ours, which is not 1, or says itself what it counts."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("counted", "share", "rounded_up", "count")
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.strip("_").isupper()


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_count_with_it(path: Path) -> None:
    """No number stands before a bare plural of what may be one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for value, text in zip(getattr(node, "values", []), getattr(node, "values", [])[1:], strict=False):
            if isinstance(node, ast.JoinedStr) and isinstance(value, ast.FormattedValue) and not constant(value.value):
                after = text.value if isinstance(text, ast.Constant) else ""
                assert not re.match(rf" ({COUNTED})\b", str(after)), f"line {value.lineno}: count with counted()"


def test_pages_count_with_it() -> None:
    for path in ROOT.rglob("*.j2"):
        assert not re.search(rf"\| count \}}\}} ({COUNTED})\b", path.read_text(encoding="utf-8")), path
