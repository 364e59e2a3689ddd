"""Input that never ends, or is absurdly large: one line, soon, and without filling the memory."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgeinterp.cli.main import main
from edgeinterp.errors import InputError
from edgeinterp.inputs.pairs import read_pairs
from edgeinterp.inputs.texts import read_texts
from edgeinterp.runtime.files import LARGEST, MB, TABLE, TEMPLATES, TEXT, Bound, bounded_lines
from edgeinterp.runtime.json_values import MOST_VALUES, read_json
from tests.bad_input.cases import USES
from tests.bad_input.test_legitimate import MANY
from tests.bad_input.test_processes import FAST

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pipes and devices with names on Windows")

# what a command may take beyond what it takes to say that there is no such file: the largest bound, and what is kept
MEMORY_MB = 1200
# Runs a command and writes down its seconds of the processor (a test may be stopped while others measure) and its
# memory: Linux counts what the process that started one had held, and that of the tests may have held more.
MEASURED = """
import os, sys
child = os.fork()
if not child:
    os.execv(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
with open(sys.argv[1], "w") as file:
    file.write(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss / unit}")
sys.exit(os.waitstatus_to_exitcode(status))
"""
SECONDS = 90.0
SPARSE = 3 << 30
BENCH, RESULT = "bench --compare {} {}", "compare {} a.json"
ONNX, TOKENIZER = "export --from-onnx {} new --quiet --tokenizer model", "export --from-onnx model new --tokenizer {}"


@dataclass(frozen=True)
class Endless:
    """``command`` has ``{}`` for what is read; ``says`` are parts of the line."""

    command: str
    given: str
    says: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.command.replace('{}', '').strip()} < {self.given}"


def every() -> Iterator[Endless]:
    for kind, use in USES.items():
        item = {"texts": "text", "templates": "template"}.get(kind, "row")
        for device in ("/dev/zero", "/dev/urandom", "/dev/tty", "device"):
            yield Endless(f"{use} {{}}", device, (device, "is a device, not a file", "expected", kind))
        yield Endless(f"{use} {{}}", "sparse", ("sparse, line 1: longer than", f"expected one {item} a line"))
        yield Endless(f"{use} {{}}", "yes | tr -d '\\n'", ("line 1: longer than", f"expected one {item} a line"))
    texts = USES["texts"]
    for given in ("yes ''", f"yes {'x' * 200}"):
        yield Endless(f"{texts} {{}}", given, ("more than", "leave some of"))
    yield Endless(f"{texts} -", "cat /dev/zero", ("standard input, line 1: longer than 16 MB", "one text a line"))
    yield Endless(f"{texts} -", "yes the cat", ("standard input: more than 10000000 lines",))
    yield Endless(f"{texts} /dev/stdin", "cat /dev/zero", ("/dev/stdin, line 1: longer than 16 MB",))
    yield Endless(f"{USES['templates']} {{}}", "seq -f 'The {} is %.0f' inf", ("more than 100000 lines",))
    pairs, norms = "echo word1,word2,relation", "echo concept,feature,value"
    yield Endless(f"{USES['pairs']} {{}}", f"{pairs}; seq 1 99999999 | sed 's/.*/&,a,b/'", ("more than 4000000 lines",))
    yield Endless(
        f"{USES['norms']} {{}}", f"{norms}; seq 1 99999999 | sed 's/.*/w&,a,1/'", ("more than 4000000 lines",)
    )
    yield Endless(f"{USES['norms']} {{}}", "cat commas", ("several columns are called",))
    for command, expected in ((RESULT, "a result.json"), (BENCH, "bench --out")):
        for given, what in (
            ("/dev/zero", "is a device"),
            ("/dev/tty", "is a device"),
            ("sparse", "larger than 128 MB"),
        ):
            yield Endless(command, given, (given, what, expected))
        yield Endless(command, "printf '['; yes '{},'", ("larger than 128 MB", expected))
    yield Endless(RESULT, "cat brackets", ("more than 10000000 values", "write it again"))
    for command in (ONNX, TOKENIZER, "export {} new"):
        yield Endless(command, "/dev/zero", ("/dev/zero", "is a device", "expected"))
        yield Endless(command, "pipe", ("pipe", "is a pipe", "expected"))
    yield Endless(ONNX, "sparse", ("sparse", "larger than 2048 MB"))
    yield Endless(TOKENIZER, "sparse", ("sparse", "larger than 128 MB"))
    for place in ("edgeinterp.json", "tokenizer.json", "config.json", "model.onnx"):
        for given, what in (("/dev/zero", "a device"), ("pipe", "a pipe"), ("sparse", "larger than")):
            yield Endless(f"check {place}", given, (f"{place}/{place}: is {what}", "export"))
    yield Endless("export source new", "sparse", ("source/config.json: is larger than 128 MB", "save_pretrained"))


@pytest.fixture
def odd(here: Path) -> Path:
    """``here`` with a sparse file, a pipe that nobody writes to, and model folders with such files in them."""
    with (here / "sparse").open("wb") as stream:
        stream.truncate(SPARSE)
    os.mkfifo(here / "pipe")
    (here / "device").symlink_to("/dev/zero")
    (here / "commas").write_bytes(b"," * (TABLE.line - 1) + b"\n" + b"1," * (TABLE.line // 2 - 1) + b"\n")
    (here / "brackets").write_bytes(b"[" + b"{}," * (LARGEST // 3 - 2) + b"{}]")
    (here / "source").mkdir()
    (here / "source" / "config.json").symlink_to(here / "sparse")
    return here


def ran(case: Endless, folder: Path) -> tuple[int, str, str, float, float]:
    """Run a command as a shell does; its exit code, what it said, its seconds and its memory in MB."""
    command, given = case.command, case.given
    if command.startswith("check ") and command.split()[1] != "model":
        place = command.split()[1]
        shutil.copytree(folder / "model", folder / place)
        (folder / place / place).unlink()
        (folder / place / place).symlink_to(given if given.startswith("/") else folder / given)
    file = given if given.startswith("/") or (folder / given).exists() else None
    ours, theirs = os.pipe()
    feeding = None
    if file is None:
        feeding = subprocess.Popen(
            ["/bin/sh", "-c", given], stdout=theirs, stderr=subprocess.DEVNULL, cwd=folder, start_new_session=True
        )
    os.close(theirs)
    name = file or f"/dev/fd/{ours}"
    words = [name if word == "{}" else word for word in command.split()]
    report = folder.with_name(folder.name + ".used")
    running = subprocess.Popen(
        [sys.executable, "-c", MEASURED, str(report), sys.executable, "-m", "edgeinterp", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=ours if "{}" not in command else subprocess.PIPE, pass_fds=(ours,), text=True,
    )  # fmt: skip
    os.close(ours)
    assert running.stdout is not None
    assert running.stderr is not None
    shown, said = running.stdout.read(), running.stderr.read()
    running.wait()
    seconds, memory = map(float, report.read_text("utf-8").split())
    for stream in (running.stdin, running.stdout, running.stderr):
        if stream is not None:
            stream.close()
    if feeding is not None:
        # the writer ends by itself once nobody reads
        feeding.wait(timeout=10)
    return running.returncode, shown, said, seconds, memory


@pytest.mark.parametrize("case", list(every()), ids=str)
def test_it_ends_with_one_line(case: Endless, odd: Path) -> None:
    code, shown, said, seconds, memory = ran(case, odd)
    assert (code, shown) == (2, ""), said
    assert said.startswith("edgeinterp: ")
    assert said.count("\n") == 1, said
    assert not [part for part in case.says if part not in said], said
    assert "report it" not in said
    assert seconds < SECONDS
    # Python alone takes 8
    assert 8 < memory < MEMORY_MB, f"{memory:.0f} MB"


# ---- what is large and honest, and what comes through pipes


def test_hundreds_of_megabytes_of_texts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    line = b"The cat sat on the mat in the warm hall of the house, and the dog was elsewhere.\n"
    with path.open("wb") as stream:
        for _ in range(40):
            stream.write(line * (5 * MB // len(line)))
    assert path.stat().st_size > 200_000_000
    texts = read_texts(path)
    assert len(texts) == path.stat().st_size // len(line)
    assert set(texts) == {line.decode().strip()}


@pytest.mark.parametrize("given", ["- < mine.txt", "/dev/stdin < mine.txt", "pipe"])
def test_texts_through_pipes(given: str, here: Path) -> None:
    (here / "mine.txt").write_text(MANY, encoding="utf-8")
    writer = None
    if given == "pipe":
        os.mkfifo(here / "pipe")
        writer = subprocess.Popen(["/bin/sh", "-c", "cat mine.txt > pipe"], cwd=here)
    line = f'exec "{sys.executable}" -m edgeinterp {FAST}'
    for out, source in (("a", "mine.txt"), ("b", given)):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{line} {source} --quiet --out {out}" if "<" not in source else
             f"{line} {source.partition(' ')[0]} --quiet --out {out} {source.partition(' ')[2]}"],
            capture_output=True, timeout=120, check=False, cwd=here,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    if writer is not None:
        assert writer.wait(timeout=10) == 0
    first, second = (json.loads((here / out / "result.json").read_text(encoding="utf-8")) for out in ("a", "b"))
    assert first["checks"] == second["checks"]


@contextlib.contextmanager
def through(folder: Path, content: bytes) -> Iterator[str]:
    """A pipe that this content is written to."""
    os.mkfifo(folder / "pipe")
    (folder / "content").write_bytes(content)
    with subprocess.Popen(["/bin/sh", "-c", "cat content > pipe"], cwd=folder):
        yield str(folder / "pipe")
    (folder / "pipe").unlink()


def test_tables_and_results_through_pipes(here: Path, capfd: Any) -> None:
    rows = b"word1,word2,relation\ncat,animal,hyper\ncat,dog,coord\n"
    for content in (rows, gzip.compress(rows)):
        with through(here, content) as pipe:
            assert read_pairs(pipe).word2 == ["animal", "dog"]
    with through(here, (here / "a.json").read_bytes()) as pipe:
        assert main(["compare", pipe, "a.json", "--quiet", "--out", "out"]) == 0, capfd.readouterr().err


@pytest.mark.parametrize("silent", [False, True], ids=["nobody", "somebody who writes nothing"])
def test_a_pipe_that_nothing_comes_out_of_is_left_by_ctrl_c(silent: bool, odd: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "edgeinterp", *FAST.split(), "pipe"], cwd=odd, stderr=subprocess.PIPE, text=True
    )
    writer = None
    if silent:
        deadline = time.monotonic() + 60
        while writer is None and time.monotonic() < deadline:
            # as long as nobody has it open to read, opening it to write fails
            with contextlib.suppress(OSError):
                writer = os.open(odd / "pipe", os.O_WRONLY | os.O_NONBLOCK)
            time.sleep(0.1)
        assert writer is not None
    else:
        time.sleep(3)
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "edgeinterp: interrupted; nothing half written is left\n")
    assert not list(odd.glob("out/*"))
    if writer is not None:
        os.close(writer)


# ---- the bounds themselves


def lines(folder: Path, content: bytes, bound: Bound) -> list[bytes]:
    (folder / "x").write_bytes(content)
    return list(bounded_lines(folder / "x", "x", "lines", "word", bound))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"aaaa\n" * 5, None),
        (b"aaaa\n" * 4 + b"aaaaa", None),
        (b"aaaaa\n", "x, line 1: longer than"),
        (b"a\n" * 5 + b"a", "x: more than 5 lines"),
        (b"aaaa\n" * 5 + b"a", "x: more than 0 MB"),
    ],
)
def test_bounds_are_exact(tmp_path: Path, content: bytes, says: str | None) -> None:
    bound = Bound(size=25, lines=5, line=5)
    if says is None:
        assert b"".join(lines(tmp_path, content, bound)) == content
    else:
        with pytest.raises(InputError, match=says):
            lines(tmp_path, content, bound)


def test_documents_state_the_bounds() -> None:
    text = (Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8")
    for bound in (TEXT, TABLE, TEMPLATES):
        row = f"{bound.size // MB} MB in all, {bound.lines:,} lines, {bound.line // MB} MB a line"
        assert row in text, row
    assert f"{LARGEST // MB} MB and {MOST_VALUES:,} values" in text


def test_json_of_too_many_values(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("edgeinterp.runtime.json_values.MOST_VALUES", 10)
    path = tmp_path / "x.json"
    path.write_text("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", encoding="utf-8")
    assert read_json(path, "x", "y") == list(range(1, 11))
    path.write_text("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", encoding="utf-8")
    with pytest.raises(InputError, match="more than 10 values; write less"):
        read_json(path, "x", "write less")


Make = Callable[[Path], None]


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [a_pipe, lambda path: path.symlink_to("/dev/null")], ids=["a pipe", "a device"])
def test_nothing_is_put_where_a_device_is(make: Make, here: Path, bench_file: Path, capfd: Any) -> None:
    """A run as root that is told to write to /dev/null must not replace it."""
    make(here / "there")
    kind = (here / "there").stat().st_mode
    for command in ("doctor model --quiet --out there", f"bench --compare {bench_file} {bench_file} --out there"):
        assert main(command.split()) == 2
        assert "there: is a device or a pipe, not a file; choose another name" in capfd.readouterr().err
    assert (here / "there").stat().st_mode == kind


def test_a_link_that_is_written_to_stays_a_link(here: Path) -> None:
    (here / "real.json").write_text("{}", encoding="utf-8")
    (here / "link.json").symlink_to("real.json")
    assert main(["doctor", "model", "--quiet", "--out", "link.json"]) == 0
    assert (here / "link.json").is_symlink()
    assert json.loads((here / "real.json").read_text(encoding="utf-8"))["schema"] == 1
    assert not list(here.glob(".*"))
