"""Mistakes that only a process of its own can make: permissions, pipes, closed streams, full disks."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.cli.main import main
from tests.bad_input.test_legitimate import MANY, TEXT, norms

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions and pipes differ on Windows")

NOBODY = 65534
# everything is imported first: who is nobody may not read where Python lies
AS_NOBODY = f"""
import contextlib, io, json, os, sys
import edgeinterp.cli.main, edgeinterp.comparing.run, edgeinterp.benchmark.doctor, edgeinterp.exporting.export
import edgeinterp.report.doctor
import edgeinterp.report.terminal, edgeinterp.checks.run, edgeinterp_models, onnx, onnxruntime, tokenizers, scipy.sparse
import numba
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
os.chdir(sys.argv[1])
found = []
for arguments in json.loads(sys.argv[2]):
    said, shown = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(shown):
        code = edgeinterp.cli.main.main(arguments)
    found.append([code, shown.getvalue(), said.getvalue()])
print(json.dumps(found))
"""
# what may not be read or written, and the command that tries
FORBIDDEN = {
    "mine.txt": "check model --only correspondence --texts mine.txt --out out",
    "norms.csv": "check model --only properties --norms norms.csv --out out",
    "pairs.csv": "check model --only relations --pairs pairs.csv --out out",
    "templates.txt": "check model --only relations --templates templates.txt --out out",
    "closed": "check closed --out out",
    "graphless/model.onnx": "check graphless --out out",
    "nameless/edgeinterp.json": "check nameless --out out",
    "nameless/edgeinterp.json ": "doctor nameless",
    "result.json": "compare result.json result.json --out out",
    "closed ": "compare closed model --out out",
    "readonly": "check model --out readonly",
    "readonly/new": "check model --out readonly/new",
    "readonly ": "compare model model --out readonly",
    "readonly/x": "export --from-onnx model/model.onnx readonly/x",
    "source.onnx": "export --from-onnx source.onnx new --quiet --tokenizer model/tokenizer.json",
    "closed/x": "export closed/x new",
}


@pytest.fixture
def shared(exported: Callable[[str], Path], saved: Path) -> Iterator[Path]:
    """A folder that everybody may enter and write to, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(exported("bert"), folder / "model")
    shutil.copytree(folder / "model", folder / "graphless")
    shutil.copytree(folder / "model", folder / "nameless")
    shutil.copy(folder / "model" / "model.onnx", folder / "source.onnx")
    shutil.copy(saved, folder / "result.json")
    for name in ("mine.txt", "norms.csv", "pairs.csv", "templates.txt"):
        (folder / name).write_text(TEXT, encoding="utf-8")
    for name in ("closed", "readonly"):
        (folder / name).mkdir()
    folder.chmod(0o777)
    yield folder
    for path in [*folder.glob("*"), *folder.glob("*/*")]:
        path.chmod(0o700)
    shutil.rmtree(folder)


def test_what_may_not_be_read_or_written(shared: Path) -> None:
    for name in FORBIDDEN:
        if not name.startswith("readonly") and (shared / name.strip()).exists():
            (shared / name.strip()).chmod(0)
    (shared / "readonly").chmod(0o555)
    arguments = json.dumps([command.split() for command in FORBIDDEN.values()])
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(shared), arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for (name, command), (code, shown, said) in zip(FORBIDDEN.items(), json.loads(done.stdout), strict=True):
        assert (code, shown) == (2, ""), f"{command}: {said}"
        assert said.startswith("edgeinterp: "), command
        assert said.count("\n") == 1, said
        assert name.strip() in said, f"{command}: {said}"
        assert "ermission denied" in said, f"{command}: {said}"
        assert any(word in said for word in ("expected", "choose", "chmod")), f"{command}: {said}"
    assert not list((shared / "readonly").iterdir())
    assert not list(shared.glob("out/*"))
    assert not (shared / "new").exists()


# ---- streams


def run(command: str, folder: Path, redirected: str = "", encoding: str = "utf-8") -> Any:
    """Run a command through the shell, with redirections of its own."""
    line = f'exec "{sys.executable}" -m edgeinterp {command} {redirected}'
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, timeout=120, check=False, cwd=folder, env=environment
    )


FAST = "check model --only correspondence --permutations 19 --texts"


def test_a_reader_that_leaves(here: Path) -> None:
    (here / "mine.txt").write_text(MANY, encoding="utf-8")
    for command in ("doctor model", "--help"):
        line = f'"{sys.executable}" -m edgeinterp {command} | true'
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=120, check=False, cwd=here)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), command
    line = f'("{sys.executable}" -m edgeinterp {FAST} mine.txt; echo "code $?" >&2) | head -1'
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=120, check=False, cwd=here)
    assert done.stderr == b"code 0\n"
    assert done.stdout.count(b"\n") == 1


def test_streams_that_are_closed(here: Path) -> None:
    (here / "mine.txt").write_text(MANY, encoding="utf-8")
    for redirected in (">&-", ">&- 2>&- <&-"):
        done = run(f"{FAST} mine.txt --out out", here, redirected)
        assert (done.returncode, done.stderr) == (0, b""), redirected
        assert sorted(path.name for path in (here / "out").iterdir()) == ["report.html", "result.json"]
        shutil.rmtree(here / "out")
    done = run(f"{FAST} - --out out", here, "<&-")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"edgeinterp: standard input: is closed; expected UTF-8 texts, one a line\n"
    done = run("check none", here, "2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_output_that_cannot_be_taken(here: Path) -> None:
    (here / "mine.txt").write_text(MANY, encoding="utf-8")
    for command in (f"{FAST} mine.txt", "compare a.json b.json"):
        done = run(command, here, "> /dev/full")
        assert done.returncode == 2, command
        assert done.stderr.startswith(b"edgeinterp: standard output: no space left"), command
        assert done.stderr.count(b"\n") == 1
    done = run("check none", here, "2> /dev/full")
    assert (done.returncode, done.stdout) == (2, b"")


def test_standard_input(here: Path, capfd: Any, monkeypatch: Any) -> None:
    for given, says in ((b"", "has no text"), (b"\xff\xfea\0", "is UTF-16"), (b"caf\xe9", "line 1: not UTF-8")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert main([*FAST.split(), "-", "--out", "out"]) == 2
        said = capfd.readouterr().err
        assert said.startswith("edgeinterp: standard input")
        assert says in said
        assert said.count("\n") == 1


def test_a_terminal_of_few_letters(here: Path) -> None:
    done = run("compare a.json b.json", here, encoding="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    done = run("check \u4e00\u4e8c", here, encoding="ascii")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_names_that_are_no_text(here: Path, capfd: Any) -> None:
    odd = os.fsdecode(b"od\xffd")
    assert main(["check", "model", "--texts", odd]) == 2
    assert capfd.readouterr().err.startswith("edgeinterp: od d: no such file")
    (here / odd).write_bytes(norms(lambda i, j: i * 7 % 11 + j, 40, 2))
    shutil.copytree(here / "model", here / f"{odd}2")
    assert main(["check", f"{odd}2"]) == 2
    assert "the name of this folder is not UTF-8; rename it" in capfd.readouterr().err
    arguments = ["--only", "properties", "--permutations", "19", "--controls", "permuted", "--norms", odd]
    assert main(["check", "model", *arguments, "--out", f"{odd}3"]) == 0
    assert capfd.readouterr().err.startswith("edgeinterp: properties judged nothing: score")
    part = ei.load_result(f"{odd}3").properties()
    assert part is not None
    assert part.source == odd
    assert sorted(path.name for path in (here / f"{odd}3").iterdir()) == ["report.html", "result.json"]


# ---- full disks


LIMITED = """
import resource, sys
import edgeinterp.cli.main
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
sys.exit(edgeinterp.cli.main.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (f"{FAST} mine.txt --quiet --out out", "out/result.json"),
        ("compare a.json b.json --quiet --out out", "out/comparison"),
        ("export --from-onnx model out/new --quiet", "out/new"),
    ],
)
def test_no_room_for_what_is_written(here: Path, command: str, says: str) -> None:
    (here / "mine.txt").write_text(MANY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *command.split()], cwd=here, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("edgeinterp: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert says in done.stderr
    assert "cannot be written (File too large); free space or choose another" in done.stderr
    assert not list(here.glob("out/*"))
    assert not list(here.glob("out/.*"))
