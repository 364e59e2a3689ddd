"""One browser for all of these tests, and the reports that they look at."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from edgeinterp.cli.main import main
from tests.browser import pages
from tests.browser.chromium import launched

WORDS = [
    "apple", "river", "stone", "house", "dog", "cat", "tree", "cloud", "bread", "chair", "horse", "car", "boat", "lamp",
    "road", "bridge", "wolf", "sheep", "hammer", "knife", "spoon", "fish", "bird", "glass",
]  # fmt: skip
# the quick ones
CONTROLS = "foreign,swap,profile,salience,elsewhere,words,surface,permuted,word_form,neighbours"


# not of the session: while Playwright runs, no other test could start an event loop
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return pages.write(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the commands write about the embedded model, where every file of the user says what it should not."""
    folder = tmp_path_factory.mktemp("a 'real' {{7*7}} run & <b>more")
    lines, norms, pairs, out = (folder / name for name in ("texts.txt", "norms.csv", "pairs.csv", "out"))
    bad = [plot for plot in pages.PLOTS if plot.isprintable() and len(plot) < 100]
    texts = [f"The {word} was near {bad[at % len(bad)]} by the old {WORDS[at - 5]}." for at, word in enumerate(WORDS)]
    lines.write_text("\n".join(texts) + "\n", encoding="utf-8")
    rows: list[list[object]] = [
        [word, *((13 * at + 7 * k) % 11 / 10 for k in range(len(bad)))] for at, word in enumerate(WORDS)
    ]
    save(norms, [["concept", *bad], *rows])
    found: list[list[object]] = [
        [WORDS[3 * k + i], WORDS[(3 * k + i + 1 + 7 * r) % len(WORDS)], bad[r], f"{k} {bad[k % len(bad)]}"]
        for k in range(8)
        for i in range(3)
        for r in range(2)
    ]
    save(pairs, [["word1", "word2", "relation", "category"], *found])
    files = ["--texts", str(lines), "--norms", str(norms), "--pairs", str(pairs)]
    run = ["--permutations", "99", "--controls", CONTROLS, "--quiet", "--out", str(out)]
    assert main(["check", *files, *run]) == 0
    assert main(["compare", str(out), str(out), "--quiet", "--out", str(out)]) == 0
    return {"report": out / "report.html", "comparison": out / "comparison.html"}


def save(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
