"""README and the pages of docs: links lead somewhere, samples run, commands and targets exist."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import edgeinterp as ei
from edgeinterp.cli.main import _parser
from edgeinterp_models import default_model_folder

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
ROOT_PAGES = sorted(ROOT.glob("*.md"))
WITH_SAMPLES = [README, *sorted((ROOT / "docs" / "howto").glob("*.md"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """A page without its blocks of code."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^    .*$", "", text, flags=re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as MkDocs and GitHub both make them of plain words."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


@pytest.mark.parametrize("path", [*ROOT_PAGES, *PAGES], ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        aim = (path.parent / file).resolve() if file else path
        assert aim.exists(), f"{target}: no such file"
        assert aim.is_relative_to(ROOT), f"{target}: outside of the repository"
        assert not anchor or anchor in anchors(aim), f"{target}: no such heading"


@pytest.mark.parametrize("path", [*ROOT_PAGES, *PAGES], ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    """Paths in code quotes that begin with a folder of the repository; a change log names those of its time."""
    if path.name == "CHANGELOG.md":
        return
    named = re.findall(r"`((?:docs|tests|edgeinterp|kernels|models|bench|examples|\.ci)/[\w./-]*)`", prose(path))
    missing = [place for place in named if not (ROOT / place).exists()]
    assert missing == []


def test_the_anchors_are_those_of_headings() -> None:
    assert {"method", "what-a-budget-may-cut"} <= anchors(ROOT / "docs" / "method.md")
    assert "no-such-heading" not in anchors(ROOT / "docs" / "method.md")


@pytest.mark.parametrize("path", WITH_SAMPLES, ids=name_of)
def test_samples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All samples of a page, one after the other, beside a model and texts of the names that they use."""
    samples = re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "my-model").symlink_to(default_model_folder(), target_is_directory=True)
    (tmp_path / "my.txt").write_text("\n".join(ei.default_texts()[:40]), encoding="utf-8")
    program = tmp_path / "sample.py"
    program.write_text("\n".join(samples), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", ":".join(str(ROOT / part) for part in (".", "kernels", "models")))
    command = [sys.executable, "-W", "error", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr


def test_samples_are_found() -> None:
    with_python = [path for path in WITH_SAMPLES if "```python" in path.read_text(encoding="utf-8")]
    assert README in with_python
    assert len(with_python) > 2


def commands(path: Path) -> list[list[str]]:
    """The arguments of every `edgeinterp ...` in a page's blocks of code."""
    lines = re.findall(r"^    (edgeinterp .*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.mark.parametrize("path", [*ROOT_PAGES, *PAGES], ids=name_of)
def test_commands_are_understood(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in commands(path):
        try:
            _parser().parse_args(arguments)
        except (SystemExit, argparse.ArgumentError):
            pytest.fail(f"{arguments}: {capsys.readouterr().err}")


def test_targets_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in [*ROOT_PAGES, *PAGES]:
        if path.name != "CHANGELOG.md":
            named = set(re.findall(r"(?:`|^    )make ([a-z][\w-]*)", path.read_text(encoding="utf-8"), re.MULTILINE))
            assert named <= targets, name_of(path)


def test_the_citation_has_the_version() -> None:
    assert f"\nversion: {ei.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_api_page_has_every_public_name() -> None:
    listed = set(
        re.findall(r"^::: edgeinterp\.(\w+)$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert listed == set(ei.__all__) - {"__version__"}


def test_pictures_are_small() -> None:
    pictures = [path for path in (ROOT / "docs").rglob("*") if path.suffix in (".svg", ".png")]
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 100_000] == []


@pytest.fixture(scope="module")
def offline() -> ModuleType:
    spec = importlib.util.spec_from_file_location("offline", ROOT / "docs" / "offline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "content",
    [
        '<script src="https://a.example/b.js"></script>',
        '<script src="//a.example/b.js"></script>',
        '<link rel="stylesheet" href="https://a.example/b.css">',
        '<img srcset="https://a.example/b.png 2x">',
        '<div style="background: url(https://a.example/b.png)"></div>',
        "<style>@import 'https://a.example/b.css';</style>",
    ],
)
def test_a_page_that_fetches_is_seen(content: str, offline: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(content)
    assert offline.fetched_by(tmp_path / "page.html")


def test_links_to_follow_are_no_fetches(offline: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<a href="https://a.example">a</a><script src="js/b.js"></script>')
    assert offline.fetched_by(tmp_path / "page.html") == []
