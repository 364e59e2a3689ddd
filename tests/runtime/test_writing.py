"""Files are written whole or not at all, and what a killed run left of one does not stay."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from edgeinterp.runtime import writing
from edgeinterp.runtime.writing import UNFINISHED, write_stream_whole, write_whole

KILLED = """
import os, signal, sys
from pathlib import Path
from edgeinterp.runtime.writing import write_stream_whole

def write(stream):
    stream.write(b"half")
    stream.flush()
    os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

write_stream_whole(Path(sys.argv[1]), write)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "report (1).html"
    write_whole(path, "older")
    for _ in range(2):
        assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode != 0
        left, kept = names(tmp_path)
        assert left.startswith(".report (1).html.")
        assert left.endswith(UNFINISHED)
        assert (kept, path.read_text("utf-8")) == (path.name, "older")
    write_whole(tmp_path / "another", "text")
    assert left in names(tmp_path)
    write_whole(path, "newer")
    assert names(tmp_path) == ["another", path.name]
    assert path.read_text("utf-8") == "newer"


def test_what_another_run_is_writing_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "result.json"

    def write(stream: BinaryIO) -> None:
        stream.write(b"the other's")
        write_whole(path, "ours")
        assert path.read_text("utf-8") == "ours"
        assert len(names(tmp_path)) == 2

    write_stream_whole(path, write)
    assert names(tmp_path) == [path.name]
    assert path.read_text("utf-8") == "the other's"


def test_files_by_other_names_are_left_alone(tmp_path: Path) -> None:
    others = [
        ".a.txt.backup01", ".a.txt.edgeinterp", ".a.txt.n90ayc9.edgeinterp", ".a_txt.n90ayc95.edgeinterp",
        ".b.txt.n90ayc95.edgeinterp", "a.txt.n90ayc95.edgeinterp", "x.a.txt.n90ayc95.edgeinterp",
    ]  # fmt: skip
    for name in others:
        (tmp_path / name).touch()
    # nor is a folder or a link one of ours
    (tmp_path / ".a.txt.n90ayc95.edgeinterp").mkdir()
    (tmp_path / ".a.txt.n90ayc96.edgeinterp").symlink_to(tmp_path / others[0])
    write_whole(tmp_path / "a.txt", "text")
    kept = [*others, ".a.txt.n90ayc95.edgeinterp", ".a.txt.n90ayc96.edgeinterp", "a.txt"]
    assert names(tmp_path) == sorted(kept)


def test_a_folder_that_cannot_be_read_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refused)
    write_whole(tmp_path / "a.txt", "text")
    monkeypatch.undo()
    assert names(tmp_path) == ["a.txt"]


def test_systems_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "fcntl", None)
    (tmp_path / ".a.txt.n90ayc95.edgeinterp").touch()
    write_whole(tmp_path / "a.txt", "text")
    assert names(tmp_path) == ["a.txt"]
