"""What users get wrong, case by case: how the input is made, what is run, what the one line must say."""

from __future__ import annotations

import gzip
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHECK", "Case", "every_case"]

Make = Callable[[Path], object]

CHECK = "check model --quiet --out out"


def nothing(_: Path) -> None:
    return


@dataclass(frozen=True)
class Case:
    """One mistake.

    ``make`` is given the folder that the command then runs in, where ``model`` is a small model folder. ``says`` are
    parts of the line on stderr: the file or option, what was expected, what to do.
    """

    name: str
    arguments: str
    says: tuple[str, ...]
    make: Make = nothing

    @property
    def argv(self) -> list[str]:
        return shlex.split(self.arguments)


def written(name: str, content: bytes | str) -> Make:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"

# ---- files of text: whatever their kind, they go wrong alike

WHOLE = {
    "texts": "The cat sat on the mat and looked at the dog.\nOne two three four five six.\n",
    "norms": "concept,fur,legs\ncat,1,4\nbird,0,2\n",
    "pairs": "word1,word2,relation\ncat,animal,hyper\ncat,dog,coord\n",
    "templates": "The {} is here.\nEvery {1} is a {2}.\n",
}
SUFFIXES = {"texts": ".txt", "norms": ".csv", "pairs": ".csv", "templates": ".txt"}
USES = {
    "texts": f"{CHECK} --only correspondence --texts",
    "norms": f"{CHECK} --only properties --norms",
    "pairs": f"{CHECK} --only relations --pairs",
    "templates": f"{CHECK} --only properties,relations --templates",
}


def a_loop(name: str) -> Make:
    return lambda folder: (folder / name).symlink_to(name)


def broken(kind: str) -> Iterator[Case]:
    """Yield what can be wrong with the bytes of any file of text."""
    name, use, whole = f"mine{SUFFIXES[kind]}", USES[kind], WHOLE[kind]
    for fault, content, says in (
        ("empty", b"", ("expected",)),
        ("blank lines", b"\n \n\t\n\n", ("expected",)),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), ("line 1", "not UTF-8")),
        ("zeros", bytes(4096), ("line 1", "zero byte")),
        ("latin-1", whole.replace("cat", "caf\u00e9").encode("latin-1"), ("line 2", "not UTF-8", "save"))
        if kind in ("norms", "pairs")
        else ("latin-1", f"caf\u00e9 {whole}".encode("latin-1"), ("line 1", "not UTF-8", "save")),
        ("UTF-16 with a mark", whole.encode("utf-16"), ("UTF-16", "save", "UTF-8")),
        ("UTF-16, big end first", b"\xfe\xff" + whole.encode("utf-16-be"), ("UTF-16", "save", "UTF-8")),
        ("UTF-16 without a mark", whole.encode("utf-16-le"), ("UTF-16", "save", "UTF-8")),
        ("UTF-16 without a mark, big end first", whole.encode("utf-16-be"), ("UTF-16", "save", "UTF-8")),
        ("UTF-32", whole.encode("utf-32"), ("UTF-32", "save", "UTF-8")),
        ("a workbook", b"PK\x03\x04" + bytes(range(64)), ("archive", "save")),
        ("a pointer of Git LFS", POINTER, ("Git LFS pointer", "git lfs pull")),
        ("a document", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ("PDF", "save", "UTF-8")),
        ("one line of 20 MB", b"a" * 20_000_000, ("line 1", "expected")),
    ):
        yield Case(f"{kind}: {fault}", f"{use} {name}", (name, *says), written(name, content))
    packed = gzip.compress(whole.encode() * 50)
    if kind in ("texts", "templates"):
        yield Case(f"{kind}: compressed", f"{use} {name}", (name, "gzip", "unpack"), written(name, packed))
    else:
        damaged = packed[:-20]
        yield Case(f"{kind}: cut archive", f"{use} {name}", (name, "gzip", "cut off"), written(name, damaged))
        yield Case(f"{kind}: named .gz", f"{use} a.csv.gz", ("a.csv.gz", ".gz", "take"), written("a.csv.gz", whole))
        bomb = gzip.compress(bytes(200 << 20), 1)
        yield Case(f"{kind}: a bomb", f"{use} {name}", (name, "128 MB"), written(name, bomb))
    yield Case(f"{kind}: missing", f"{use} none{SUFFIXES[kind]}", ("none", "no such file", "expected"))
    yield Case(f"{kind}: a folder", f"{use} model", ("model", "is a folder", "expected"))
    yield Case(f"{kind}: below a file", f"{use} model/config.json/x", ("model/config.json/x", "expected"))
    yield Case(f"{kind}: a loop of links", f"{use} {name}", (name, "link", "expected"), a_loop(name))
    yield Case(f"{kind}: too long a name", f"{use} {'x' * 300}.csv", ("xxx", "name", "expected"))
    yield Case(f"{kind}: no name", f"{use} ''", (kind, "name"))
    if os.path.exists("/dev/null"):
        yield Case(f"{kind}: nothing there", f"{use} /dev/null", ("/dev/null", "expected"))


# ---- each kind of file by itself


def texts() -> Iterator[Case]:
    use = USES["texts"]
    for fault, name, content, says in (
        ("no column", "a.tsv", "words\nx\n", ("line 1", "column `text`", "words")),
        ("no column, csv", "a.csv", "words,more\nx,y\n", ("line 1", "column `text`", "words")),
        ("the header alone", "a.csv", "id,text\n", ("no text", "expected")),
        ("a short row", "a.csv", "id,text\n1,x\n2\n", ("line 3", "1 column, expected 2")),
        ("an open quote", "a.csv", 'id,text\n1,"x\n2,y\n', ("line", "csv", "quote", "expected")),
        ("a huge cell", "a.csv", "text\n" + "x" * 2_000_000, ("line 2", "1000000 characters", "expected")),
        ("a long line", "a.txt", "x\n" + "y" * 2_000_000, ("line 2", "2000000 characters", "one text a line")),
        ("a huge line", "a.txt", "x\n" + "y" * 20_000_000, ("line 2", "longer than 16 MB", "one text a line")),
        ("a huge row", "a.csv", 'text\n"' + '\n","' * 4_500_000, ("line", "row is longer than 16 MB", "quote")),
        ("no JSON", "a.jsonl", '{"text": "x"}\n{"text": \n', ("line 2", "not JSON", "expected")),
        ("JSON of another kind", "a.jsonl", '["x"]\n', ("line 1", 'string "text"')),
        ("JSON with a number", "a.jsonl", '{"text": 3}\n', ("line 1", 'string "text"')),
        ("JSON, deep", "a.jsonl", "[" * 200_000, ("line 1", "not JSON", "expected")),
        ("JSON, a huge number", "a.jsonl", '{"text": ' + "9" * 9_000 + "}", ("line 1", "expected")),
        ("logs of JSON", "a.log", '{"level": "info", "message": "the cat"}\n' * 20, ("every line is JSON", ".jsonl")),
        ("HTML", "a.html", "<!doctype html>\n<p>x</p>\n", ("line 1", "HTML", "one text a line")),
        ("Parquet", "a.parquet", "PAR1\x15\x04", ("Parquet", ".csv")),
        ("columns by case alone", "a.csv", "Text,text\nx,y\n", ("line 1", "'Text' and 'text'", "--text-column")),
        ("another separator", "a.csv", "id;text\n1;x\n", ("line 1", "semicolons", "expected commas")),
        ("a comma in a text", "a.csv", "id,text\n1,x, y\n", ("line 2", "3 columns, expected 2", "quotes")),
        ("an open quote between tabs", "a.tsv", 'text\n"x\ny"\n', ("line 2", "quote", "close it")),
        ("JSON, an object", "a.json", '{"texts": ["x"]}', ("a.json", "texts", "--text-column")),
        ("JSON, a nested object", "a.json", '{\n"text": {"0": "x"}}', ("one object", "expected an array")),
        ("JSON, nested", "a.json", '[["x"]]', ("item 1", "expected an array")),
        ("JSON, a missing text", "a.json", '["x", null]', ("item 2", "null", "expected")),
        ("JSON, cut", "a.json", '[{"text": "x"}, {"te', ("not JSON", "expected an array")),
        ("JSON without a name", "a.txt", '{"text": "x"}\n', ("line 1", "JSON", ".jsonl")),
        ("a JSON array without a name", "a.txt", '[\n{"text": "x"}]', ("line 2", "JSON array", ".json")),
        ("a table without a name", "a.txt", "id\ttext\n1\tx\n", ("line 1", "table", ".tsv")),
        ("half a character", "a.jsonl", '{"text": "\\ud800"}', ("line 1", "surrogate", "mend")),
    ):
        yield Case(f"texts: {fault}", f"{use} {name}", (name, *says), written(name, content))
    column = "--text-column body"
    for command, more in (("check", use), ("compare", "compare model model --quiet --out out --texts")):
        table = written("a.csv", "id,lyrics\n1,x\n")
        says = ("a.csv", "line 1", "column `body`", "id, lyrics")
        yield Case(f"{command} --text-column: not there", f"{more} a.csv {column}", says, table)
        plain = written("a.txt", "x\n")
        yield Case(f"{command} --text-column: no table", f"{more} a.txt {column}", ("a.txt", "'body'", ".csv"), plain)
        yield Case(
            f"{command} --text-column: no name", f"{more} a.csv --text-column ''", ("text-column", "name"), table
        )
    yield Case("--text-column: no file", f"{CHECK} --only correspondence {column}", ("text-column", "--texts"))
    yield Case("--text-column: of results", f"compare a.json b.json {column} --out out", ("texts", "model folders"))


def norms() -> Iterator[Case]:
    use = USES["norms"]
    for fault, content, says in (
        ("a header alone", "concept,a,b\n", ("no row", "expected")),
        ("one column", "concept\ncat\n", ("line 1", "one column", "expected")),
        ("no header", "cat,1.5,2\ndog,2,3\n", ("line 1", "numbers", "add a header")),
        ("a short row", "concept,a,b\ncat,1,2\ndog,1\n", ("line 3", "2 columns, expected 3")),
        ("a long row", "concept,a,b\ncat,1,2,3\n", ("line 2", "4 columns, expected 3")),
        ("a word among numbers", "concept,a,b\ncat,1,2\ndog,many,1\n", ("line 3", "column a", "'many'", "number")),
        ("inf", "concept,a,b\ncat,1,2\ndog,inf,1\n", ("line 3", "column a", "finite", "empty")),
        ("a huge value", "concept,a,b\ncat,1,2\ndog,1e200,1\n", ("line 3", "column a", "too large", "expected")),
        ("overflow", "concept,a,b\ncat,1,2\ndog,1e999,1\n", ("line 3", "column a", "finite", "empty")),
        ("a comma as point", 'concept,a,b\ncat,1,2\ndog,"1,5",1\n', ("line 3", "column a", "decimal point")),
        ("decimal commas", 'concept,a,b\ncat,"1,5",2\ndog,"2,5",1\n', ("line 2", "column a", "decimal point")),
        ("semicolons", "concept;a;b\ncat;1,5;2\n", ("line 1", "semicolons", "expected commas", "decimal point")),
        ("numbers for concepts", "word,a\n1,2\n2,4\n", ("line 2", "column word", "expected words")),
        ("mostly numbers for concepts", "word,a\ncat,2\n2,4\n3,1\n", ("column word", "'2'", "expected words")),
        ("numbers alone", "a,b\n1,2\n2,4\n", ("line 2", "every column", "expected words")),
        ("two columns of concepts", "Word,word,a\ncat,c,2\n", ("line 1", "'Word'", "rename")),
        ("an index and no features", "Unnamed: 0,word\n0,cat\n", ("no column beside", "expected")),
        ("words in other quotes", "word,a\n'cat',2\n", ("column word", "quotes", "take them away")),
        ("no concept", "concept,a,b\ncat,1,2\n,1,1\n", ("line 3", "no concept", "expected")),
        ("a feature twice", "concept,a,a\ncat,1,2\n", ("line 1", "'a'", "once")),
        ("an open quote", 'concept,a,b\n"cat,1,2\n', ("line", "comma-separated", "quote")),
        ("long: no value", "concept,feature,other,more\ncat,fur,x,y\n", ("line 1", "no column `value`")),
        ("long: a word", "concept,feature,value\ncat,fur,much\n", ("line 2", "column value", "'much'", "number")),
        ("long: negative count", "concept,feature,frequency\ncat,fur,-1\n", ("line 2", "negative", "expected")),
        ("long: no feature", "concept,feature,value\ncat,,1\n", ("line 2", "no feature", "expected")),
        ("long: two values", "concept,feature,value\ncat,fur,1\ncat,fur,2\n", ("line 3", "again", "once")),
        ("long: inf", "concept,feature,value\ncat,fur,inf\n", ("line 2", "finite", "empty")),
        ("mcrae: negative", "Concept,Feature,Prod_Freq\ncat,fur,-3\n", ("line 2", "negative", "expected")),
    ):
        yield Case(f"norms: {fault}", f"{use} mine.csv", ("mine.csv", *says), written("mine.csv", content))


def pairs() -> Iterator[Case]:
    use, head = USES["pairs"], "word1,word2,relation\n"
    for fault, content, says in (
        ("a header alone", head, ("no pair", "expected")),
        ("no relation", "word1,word2\ncat,dog\n", ("line 1", "'relation'", "expected")),
        ("a column twice", "word1,word1,word2,relation\na,b,c,d\n", ("line 1", "'word1'", "twice")),
        ("a short row", f"{head}cat,animal\n", ("line 2", "2 columns, expected 3")),
        ("an empty word", f"{head}cat,,hyper\n", ("line 2", "word2 is empty", "take")),
        ("the same word", f"{head}cat,cat,hyper\n", ("line 2", "both 'cat'", "two words")),
        ("one relation", f"{head}cat,animal,hyper\ndog,animal,hyper\n", ("'hyper'", "at least two")),
        ("numbers for words", f"{head}1,2,hyper\n3,4,coord\n", ("column word1", "'1'", "expected words")),
        ("semicolons", "word1;word2;relation\ncat;dog;coord\n", ("line 1", "semicolons", "expected commas")),
        ("a huge word", f"{head}{'c' * 1000},animal,hyper\n", ("line 2", "1000 characters", "expected a word")),
        ("an open quote", f'{head}"cat,animal,hyper\n', ("line", "comma-separated", "quote")),
    ):
        yield Case(f"pairs: {fault}", f"{use} mine.csv", ("mine.csv", *says), written("mine.csv", content))


def templates() -> Iterator[Case]:
    use = USES["templates"]
    for fault, content, says in (
        ("no place", "The {} is here.\nNothing here.\n", ("line 2", "no place", "expected")),
        ("three places", "{} {} {}\n", ("line 1", "{}, {}, {}", "expected")),
        ("one of two", "The {1} is here.\n", ("line 1", "{1}", "expected")),
        ("words side by side", "the {1}{2}\n", ("line 1", "between the two words")),
    ):
        yield Case(f"templates: {fault}", f"{use} mine.txt", ("mine.txt", *says), written("mine.txt", content))
    long = f"{USES['pairs']} mine.csv --templates t.txt"
    yield Case("templates: longer than the model takes", long, ("mine.csv", "cut off", "--templates"), lengthy)
    only = f"{CHECK} --only relations --templates mine.txt"
    yield Case(
        "templates: of another check", only, ("mine.txt", "no template", "{1}"), written("mine.txt", "The {} is.\n")
    )


# ---- options


def lengthy(folder: Path) -> None:
    written("mine.csv", WHOLE["pairs"])(folder)
    written("t.txt", "{1} " + "the cat sat on the mat " * 60 + "{2}\n")(folder)


def options() -> Iterator[Case]:
    fast = f"{CHECK} --only correspondence"
    for given, says in (
        ("--permutations -5", ("permutations -5", "expected")),
        ("--permutations 0", ("permutations 0", "expected")),
        ("--permutations many", ("--permutations", "'many'", "--help")),
        ("--permutations 1.5", ("--permutations", "'1.5'", "--help")),
        ("--permutations 100000000", ("permutations 100000000", "expected")),
        (f"--permutations {'9' * 40}", ("permutations 99", "expected")),
        (f"--permutations {'9' * 9000}", ("--permutations", "--help")),
        ("--alpha 0", ("alpha 0", "expected a number")),
        ("--alpha 1", ("alpha 1", "expected a number")),
        ("--alpha -0.1", ("alpha -0.1", "expected a number")),
        ("--alpha nan", ("alpha nan", "expected a number")),
        ("--alpha inf", ("alpha inf", "expected a number")),
        ("--alpha x", ("--alpha", "'x'", "--help")),
        ("--alpha 1e-300", ("alpha 1e-300", "expected")),
        ("--threshold 7", ("threshold 7", "expected")),
        ("--threshold -1", ("threshold -1", "expected")),
        ("--threshold nan", ("threshold nan", "expected")),
        ("--threshold x", ("--threshold", "'x'", "--help")),
        ("--max-tokens 0", ("max-tokens 0", "at least 1")),
        ("--max-tokens -3", ("max-tokens -3", "at least 1")),
        ("--max-tokens 1", ("max-tokens 1", "give more")),
        ("--max-tokens x", ("--max-tokens", "'x'", "--help")),
        ("--batch 0", ("batch 0", "at least 1")),
        ("--batch -1", ("batch -1", "at least 1")),
        ("--batch x", ("--batch", "'x'", "--help")),
        ("--threads 0", ("threads 0", "at least 1")),
        ("--threads -2", ("threads -2", "at least 1")),
        ("--threads x", ("--threads", "'x'", "--help")),
        ("--threads 99999999999999999999", ("threads 999", "expected")),
        ("--seed x", ("--seed", "'x'", "--help")),
        ("--seed 99999999999999999999", ("seed 999", "63 bits")),
        ("--budget 0", ("budget 0", "above 0")),
        ("--budget nan", ("budget nan", "above 0")),
        ("--budget x", ("--budget", "'x'", "--help")),
        ("--only nothing", ("'nothing'", "choose from", "correspondence")),
        ("--only ''", ("only", "choose from")),
        ("--only ,", ("only", "choose from")),
        ("--controls nothing", ("'nothing'", "choose from", "foreign")),
        ("--metric nothing", ("metric 'nothing'", "pearson")),
        ("--metric ''", ("metric ''", "pearson")),
        ("--mapping nothing", ("mapping 'nothing'", "ridge")),
        ("--fail-on sometimes", ("--fail-on", "'sometimes'", "never", "--help")),
        ("--head 3", ("--head", "'3'", "such as 3.7")),
        ("--head a.b", ("--head", "'a.b'", "such as 3.7")),
        ("--head 1.2.3", ("--head", "'1.2.3'", "such as 3.7")),
        ("--no-such-option", ("--no-such-option", "--help")),
        ("'--lines\nof \x1b[31mtheir own'", ("--lines", "of", "their own", "--help")),
        (f"--no-such-{'x' * 5000}", ("--no-such-x", "--help")),
        ("more", ("more", "--help")),
    ):
        yield Case(f"check {given}"[:50] + f" ({len(given)})", f"{fast} {given}", says)
    for given in ("0.1", "1.0", "9.1", "1.99", f"{'9' * 30}.1"):
        yield Case(
            f"check --head {given}",
            f"{CHECK} --only influence --head {given}",
            (f"head {given}", "layers 1 to 3", "such as 1.1"),
        )
    yield Case("check --out a file", "check model --quiet --out mine", ("mine", "--out"), written("mine", ""))
    yield Case("check --out nothing", "check model --out ''", ("out", "--out results"))
    yield Case("check --out below a file", "check model --out mine/x", ("mine/x", "--out"), written("mine", ""))
    yield Case("check --out a loop", "check model --out mine", ("mine", "--out"), a_loop("mine"))
    yield Case("check --out too long", f"check model --out {'x' * 300}", ("xxx", "--out"))
    yield Case("doctor --out a folder", "doctor model --quiet --out model", ("model", "cannot be written"))
    yield Case(
        "doctor --out below a file",
        "doctor model --quiet --out mine/x",
        ("mine/x", "cannot be written", "--out"),
        written("mine", ""),
    )
    yield Case("doctor --out nothing", "doctor model --quiet --out ''", ("out", "name a file"))
    yield Case("doctor, a file", "doctor model/config.json", ("model/config.json", "not a folder"))
    yield Case("doctor, nothing there", "doctor none", ("none", "edgeinterp export"))
    yield Case("no command", "", ("COMMAND", "--help"))
    yield Case("another command", "inspect", ("inspect", "--help"))


def comparing() -> Iterator[Case]:
    use = "compare model model --quiet --out out"
    for given, says in (
        ("--only nothing", ("'nothing'", "choose from", "activations")),
        ("--only ''", ("only", "choose from")),
        ("--alpha 2", ("alpha 2", "expected a number")),
        ("--alpha nan", ("alpha nan", "expected a number")),
        ("--batch 0", ("batch 0", "at least 1")),
        ("--threads 0", ("threads 0", "at least 1")),
        ("--max-tokens 0", ("max-tokens 0", "at least 1")),
        ("--max-tokens 1", ("max-tokens 1", "give more")),
        ("--seed x", ("--seed", "'x'", "--help")),
        ("--seed 99999999999999999999", ("seed 999", "63 bits")),
        ("--texts none.txt", ("none.txt", "no such file", "expected")),
        ("--only properties --norms none.csv", ("none.csv", "no such file", "expected")),
        ("--only relations --pairs none.csv", ("none.csv", "no such file", "expected")),
        ("--only correspondence --permutations 0", ("permutations 0", "expected")),
        ("--only correspondence --controls nothing", ("'nothing'", "choose from")),
        ("--only correspondence --threshold 7", ("threshold 7", "expected")),
        ("--only properties --metric nothing", ("metric 'nothing'", "pearson")),
        ("--only properties --mapping nothing", ("mapping 'nothing'", "ridge")),
        ("--only influence --head 9.1", ("head 9.1", "layers 1 to 3")),
    ):
        yield Case(f"compare {given}", f"{use} {given}", says)
    yield Case("compare one", "compare model --out out", ("B", "--help"))
    yield Case("compare, nothing there", "compare model none --out out", ("none", "edgeinterp export"))
    yield Case("compare, a text file", "compare mine model --out out", ("mine", "not JSON"), written("mine", "x"))
    yield Case("compare, an empty folder", "compare mine model --out out", ("mine",), lambda at: (at / "mine").mkdir())


def every_case() -> list[Case]:
    """Return the whole table but that of models and results."""
    kinds = [case for kind in WHOLE for case in broken(kind)]
    return [*kinds, *texts(), *norms(), *pairs(), *templates(), *options(), *comparing()]
