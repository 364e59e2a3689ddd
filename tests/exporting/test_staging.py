"""A model folder is written whole or not at all, and replaces only another model folder."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import pytest

from edgeinterp.errors import InputError
from edgeinterp.exporting import staging


def fill(folder: Path, text: str, overwrite: bool = True) -> None:
    with staging.staged_folder(folder, overwrite) as inner:
        (inner / "edgeinterp.json").write_text(text)


def test_a_model_folder_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "model"
    fill(folder, "one")
    fill(folder, "two")
    assert (folder / "edgeinterp.json").read_text() == "two"
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty", "three")
    (tmp_path / "link").symlink_to(folder)
    fill(tmp_path / "link", "four")
    assert (tmp_path / "link").is_symlink()
    assert (folder / "edgeinterp.json").read_text() == "four"
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt, which no export wrote"):
        fill(folder, "five")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("")
    with pytest.raises(InputError, match="not a model folder"):
        fill(tmp_path / "full", "six")
    with pytest.raises(InputError, match="is a file"):
        fill(tmp_path / "full" / "a", "seven")
    with pytest.raises(InputError, match="cannot be written"):
        fill(tmp_path / "full" / "a" / "b", "eight")


def test_an_older_model_folder_is_touched_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    fill(folder, "one", overwrite=False)
    (folder / "model.onnx").write_text("weights")
    with pytest.raises(InputError, match="is a model folder already; give --overwrite"):
        fill(folder, "two", overwrite=False)

    def stopped() -> None:
        with staging.staged_folder(folder, overwrite=True) as inner:
            (inner / "edgeinterp.json").write_text("half")
            # whole until the new one is
            assert (folder / "edgeinterp.json").read_text() == "one"
            assert (folder / "model.onnx").read_text() == "weights"
            raise KeyError("stopped")

    with pytest.raises(KeyError):
        stopped()
    assert (folder / "edgeinterp.json").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    fill(folder, "three")
    assert [path.name for path in folder.iterdir()] == ["edgeinterp.json"]
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty", "four", overwrite=False)


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "model", "old")
    real = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target.name == "model" and ".old." not in self.name:
            raise PermissionError(13, "denied")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(InputError, match="cannot be replaced"):
        fill(tmp_path / "model", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "edgeinterp.json").read_text() == "old"


def test_files_can_be_read_by_others(tmp_path: Path) -> None:
    fill(tmp_path / "model", "x")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "x").write_text("")
    for ours, other in (("model", "plain"), ("model/edgeinterp.json", "plain/x")):
        assert (tmp_path / ours).stat().st_mode == (tmp_path / other).stat().st_mode


@pytest.mark.parametrize("full", [False, True])
def test_a_library_that_writes_without_looking(tmp_path: Path, full: bool) -> None:
    """What it chokes on later is its own error where there is room, and the lack of room where there is none."""
    folder = tmp_path / "model"

    def no_room(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def write() -> None:
        with staging.staged_folder(folder) as inner, pytest.MonkeyPatch.context() as patch:
            if full:
                patch.setattr(tempfile, "TemporaryFile", no_room)
            with staging.told_of_no_room(inner):
                raise KeyError("wire format")

    with pytest.raises((InputError, KeyError)) as caught:
        write()
    assert ("No space left on device); free space" in str(caught.value)) == full
    assert isinstance(caught.value, InputError) == full
    assert list(tmp_path.iterdir()) == []
