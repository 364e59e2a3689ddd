"""Odd input that means something: a result without NaN, and verdicts that say what is lacking."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgeinterp.cli.main import main

TEXT = "the cat sat on the mat with a dog and one two three cakes\n"
MANY = "".join(f"the cat sat on mat {i} with {i * 7} cakes and a dog {i * 3}\n" for i in range(120))
WORDS = [f"w{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(60)]


def norms(value: Callable[[int, int], object], concepts: int, features: int) -> bytes:
    names = [f"f{chr(97 + i % 26)}{i}" for i in range(features)]
    rows = [",".join([WORDS[i], *(str(value(i, j)) for j in range(features))]) for i in range(concepts)]
    return "\n".join([",".join(["concept", *names]), *rows, ""]).encode()


def pairs(count: int, word: str = "") -> bytes:
    rows = [
        f"{word or WORDS[i]}{i if word else ''},{WORDS[i + 1]},{'hyper' if i % 2 else 'coord'}" for i in range(count)
    ]
    return "\n".join(["word1,word2,relation", *rows, ""]).encode()


def indexed(table: bytes) -> bytes:
    """Put the column first that pandas writes."""
    header, *rows = table.decode().splitlines()
    return "\n".join([f"Unnamed: 0,{header}", *(f"{i},{row}" for i, row in enumerate(rows)), ""]).encode()


def in_quotes(table: bytes) -> bytes:
    """Return the table as R's write.table has it: quotes, tabs, row names without a name."""
    header, *rows = ('"' + '"\t"'.join(row.split(",")) + '"' for row in table.decode().splitlines())
    return "\n".join([header, *(f'"{i}"\t{row}' for i, row in enumerate(rows, 1)), ""]).encode()


@dataclass(frozen=True)
class Fine:
    """Odd, but no mistake; ``verdict`` is what every claim must get, None where any will do."""

    name: str
    arguments: str
    content: bytes
    file: str = "mine.txt"
    verdict: str | None = "undecided"


RATED = norms(lambda i, j: i % 3 + j, 40, 2)
TEXTS = "--only correspondence --texts"
BOTH = "--only correspondence,influence --texts"
NORMS = "--only properties --controls permuted,neighbours --norms"
PAIRS = "--only relations --controls elsewhere,words,similarity,surface --pairs"
CELLS = MANY.replace("\n", ",1\r\n").encode()
NUMBERED = "".join(f"{i},{text}\n" for i, text in enumerate(MANY.splitlines())).encode()
JSON_LINES = "".join(json.dumps({"text": text}) + "\n" for text in MANY.splitlines()).encode()
QUOTED = "".join(f'"{line}"\n' for line in ["text", *MANY.splitlines()]).encode()
MARK = b"\xef\xbb\xbf"
MIX = "aa\u0301 \u200b\u202e\U0001f600 \u4e00\u4e8c \u0627\u0644 \ufffd \u2028 x\n"

FINE = [
    Fine("one text", BOTH, TEXT.encode()),
    Fine("two texts", BOTH, 2 * TEXT.encode()),
    Fine("texts all alike", BOTH, 300 * TEXT.encode()),
    Fine("texts of one token", BOTH, b"the\n" * 50),
    Fine("one letter", BOTH, b"a\n"),
    Fine("special tokens alone", BOTH, b"[SEP] [SEP]\n" * 20),
    Fine("special tokens in one text", BOTH, b"[CLS]\n"),
    Fine("unknown letters alone", BOTH, MIX.encode() * 3),
    Fine("controls and bells", BOTH, b"\x07\x1b[31m red \x7f\x01 words\n" * 9),
    Fine("one text beyond the limit", BOTH, b"the cat sat " * 4000),
    Fine("longer than the model takes", TEXTS, b"the cat sat on the mat " * 40 + b"\n" + MANY.encode(), verdict=None),
    Fine("a mark in front", TEXTS, MARK + MANY.encode(), verdict=None),
    Fine("ends of Windows", TEXTS, MANY.replace("\n", "\r\n").encode(), verdict=None),
    Fine("no end of line", TEXTS, MANY.rstrip("\n").encode(), verdict=None),
    Fine("two tokens at most", f"--max-tokens 2 {BOTH}", MANY.encode()),
    Fine("three tokens at most", f"--max-tokens 3 {BOTH}", MANY.encode()),
    Fine("a table with a mark", TEXTS, MARK + b"text,x\r\n" + CELLS, "a.csv", None),
    Fine("ends of old Macs", TEXTS, MANY.replace("\n", "\r").encode(), verdict=None),
    Fine("a table in capitals", TEXTS, b"ID,TEXT\n" + NUMBERED, "a.csv", None),
    Fine("a column of one's own", f"--text-column Body {TEXTS}", b"text,body\n" + NUMBERED, "a.csv", None),
    Fine("R's quotes", TEXTS, QUOTED, "a.tsv", None),
    Fine("lone quotes between tabs", TEXTS, b"text\n" + MANY.replace("mat", 'mat"').encode(), "a.tsv", None),
    Fine("a JSON array", TEXTS, json.dumps(MANY.splitlines()).encode(), "a.JSON", None),
    Fine("JSON lines called .json", TEXTS, JSON_LINES, "a.json", None),
    Fine("one permutation", f"--permutations 1 {TEXTS}", MANY.encode(), verdict=None),
    Fine("an alpha of nearly 1", f"--alpha 0.999 {TEXTS}", MANY.encode(), verdict=None),
    Fine("a threshold of 1", f"--threshold 1 {TEXTS}", MANY.encode(), verdict=None),
    Fine("a large batch", f"--batch 100000 {TEXTS}", MANY.encode(), verdict=None),
    Fine("long tokens", f"--max-tokens {10**30} {TEXTS}", MANY.encode(), verdict=None),
    Fine("hardly any time", f"--budget 1e-9 {TEXTS}", MANY.encode(), verdict=None),
    Fine("endless time", f"--budget inf {TEXTS}", MANY.encode(), verdict=None),
    Fine("a negative seed", f"--seed -7 {TEXTS}", MANY.encode(), verdict=None),
    Fine("controls of none", f"--controls '' {TEXTS}", MANY.encode(), verdict=None),
    Fine("one concept", NORMS, norms(lambda i, j: i + j, 1, 3), "a.csv"),
    Fine("two concepts", NORMS, norms(lambda i, j: i + j, 2, 3), "a.csv"),
    Fine("concepts all alike", NORMS, b"concept,a,b\n" + b"cat,1,2\n" * 40, "a.csv"),
    Fine("features without change", NORMS, norms(lambda _, j: j + 1, 40, 3), "a.csv"),
    Fine("one feature changes", NORMS, norms(lambda i, j: i * j % 7, 40, 2), "a.csv", None),
    Fine("more features than concepts", NORMS, norms(lambda i, j: (i * 31 + j * 17) % 11, 40, 200), "a.csv", None),
    Fine("all missing but a few", NORMS, norms(lambda i, j: i if i < 3 else "", 40, 2), "a.csv", None),
    Fine("some missing", NORMS, norms(lambda i, j: i * j % 5 if (i + j) % 3 else "nan", 40, 4), "a.csv", None),
    Fine("tiny values", NORMS, norms(lambda i, j: f"{i * 37 % 11 + j}e-310", 40, 3), "a.csv", None),
    Fine("mixed magnitudes", NORMS, norms(lambda i, j: f"{i * 37 % 11 + 1}e{10 * j - 10}", 40, 3), "a.csv", None),
    Fine("all zeros, long", NORMS, b"concept,feature,value\ncat,fur,0\ndog,fur,0\n", "a.csv"),
    Fine("norms with Windows' ends", NORMS, MARK + RATED.replace(b"\n", b"\r\n"), "a.csv", None),
    Fine("norms with an index", NORMS, indexed(RATED), "a.csv", None),
    Fine("norms in R's quotes", NORMS, in_quotes(RATED), "a.tsv", None),
    Fine("norms with old Macs' ends", NORMS, RATED.replace(b"\n", b"\r"), "a.csv", None),
    Fine("pairs with an index", PAIRS, indexed(pairs(40)), "a.csv", None),
    Fine("pairs in R's quotes", PAIRS, in_quotes(pairs(40)), "a.tsv", None),
    Fine("two pairs", PAIRS, pairs(2), "a.csv"),
    Fine("pairs of one category", PAIRS, b"word1,word2,relation,category\na,b,hyper,x\nc,d,coord,x\n" * 9, "a.csv"),
    Fine("pairs of unknown letters", PAIRS, pairs(40, "\u4e00"), "a.csv", None),
    Fine("pairs with Windows' ends", PAIRS, MARK + pairs(40).replace(b"\n", b"\r\n"), "a.csv", None),
]  # fmt: skip


def no_constant(name: str) -> float:
    raise AssertionError(f"{name} in result.json")


@pytest.mark.parametrize("case", FINE, ids=lambda case: case.name)
def test_odd_input_gets_a_result(case: Fine, here: Path, capfd: Any) -> None:
    (here / case.file).write_bytes(case.content)
    options = [] if "--permutations" in case.arguments else ["--permutations", "19"]
    code = main(["check", "model", "--out", "out", "--quiet", *options, *shlex.split(case.arguments), case.file])
    shown = capfd.readouterr()
    assert (code, shown.out) == (0, ""), shown.err
    assert sorted(path.name for path in (here / "out").iterdir()) == ["report.html", "result.json"]
    text = (here / "out" / "result.json").read_text(encoding="utf-8")
    result = json.loads(text, parse_constant=no_constant)
    assert result["verdicts"]
    nothing = {
        name
        for name in result["checks"]
        if {one["verdict"] for one in result["verdicts"] if one["check"] == name} == {"undecided"}
    }
    # the one thing that is said however quiet a run is
    assert len(shown.err.splitlines()) == bool(nothing), shown.err
    assert all(f"{name} judged nothing" in shown.err for name in nothing)
    assert all(len(verdict["because"]) > 10 for verdict in result["verdicts"])
    if case.verdict is not None:
        others = [verdict for verdict in result["verdicts"] if verdict["verdict"] != case.verdict]
        # what attention layer 1 reads is the tokens themselves
        assert [verdict["claim"] for verdict in others if verdict.get("attention_layer") != 1] == []
