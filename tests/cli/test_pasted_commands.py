"""What the command leaves behind and tells to do next: commands to paste, no empty folder, no lost one."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from edgeinterp.cli.main import main
from edgeinterp.runtime.files import shell_word
from edgeinterp.runtime.writing import no_empty_folder_left
from tests.small_models import config, tokenizer

Make = Callable[[str], Path]
TEXTS = "\n".join(f"the cat number {i} sat on the mat and ate a cake" for i in range(12))


def printed(out: str, begin: str) -> str:
    return next(line for line in out.splitlines() if line.startswith(begin)).removeprefix(begin)


def test_the_next_command_works_when_it_is_pasted(
    make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts.txt").write_text(TEXTS)
    # a space, what a shell expands, a quote, two spaces, a name that looks like an option
    for name in ("my model", "a$HOME`ls`*", "it's", "two  spaces", "./-model"):
        assert main(["export", "--", str(make_source("bert")), name]) == 0
        _, *words = shlex.split(printed(capsys.readouterr().out, "Next: "))
        assert words[0] == "check"
        assert main([*words, "--only", "correspondence", "--texts", "texts.txt", "--permutations", "9", "--quiet"]) == 0


def test_commands_in_faults_are_quoted(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "no  model").mkdir()
    for arguments, words in (
        (["check", str(tmp_path / "not there")], ["edgeinterp", "export", "SOURCE", str(tmp_path / "not there")]),
        (["check", str(tmp_path / "no  model")], ["edgeinterp", "export", str(tmp_path / "no  model"), "NEW"]),
        (["compare", str(tmp_path / "a b"), "x"], ["edgeinterp", "export", "SOURCE", str(tmp_path / "a b")]),
        (["doctor", str(tmp_path / "a b")], ["edgeinterp", "export", "SOURCE", str(tmp_path / "a b")]),
        (["bench", str(tmp_path / "a b")], ["edgeinterp", "export", "SOURCE", str(tmp_path / "a b")]),
    ):
        assert main(arguments) == 2
        assert shlex.split(capsys.readouterr().err.split("`")[1]) == words


@pytest.mark.parametrize("name", ["a b", "-x", "--out", "a'b", "plain", "é"])
def test_a_word_is_one_path_again(name: str) -> None:
    (word,) = shlex.split(shell_word(name))
    assert Path(word) == Path(name)
    assert not word.startswith("-")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "no-model", "--out", "new"],
        ["check", "no-model", "--out", "new/deep/er"],
        ["check", "no-model", "--out", "./old/new/"],
        ["check", "--texts", "none.txt", "--out", "new/deep"],
        ["check", "--permutations", "0", "--out", "new"],
        ["compare", "no", "model", "--out", "new/deep"],
        ["bench", "no-model", "--out", "new/deep/bench.json"],
        ["doctor", "no-model", "--out", "new/doctor.json"],
        ["export", "no-source.gguf", "new/deep/model"],
    ],
)
def test_a_run_that_fails_leaves_no_empty_folder(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    assert main(arguments) == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]


def test_folders_that_were_there_or_hold_something_stay(tmp_path: Path) -> None:
    def stopped(folder: Path, keep: bool) -> None:
        with no_empty_folder_left(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if keep:
                (folder / "kept").write_text("")
            raise KeyboardInterrupt

    def fails(folder: Path, *, keep: bool) -> None:
        with pytest.raises(KeyboardInterrupt):
            stopped(folder, keep)

    (tmp_path / "there").mkdir()
    fails(tmp_path / "there", keep=False)
    assert (tmp_path / "there").is_dir()
    fails(tmp_path / "a" / "b", keep=True)
    assert (tmp_path / "a" / "b" / "kept").exists()
    with no_empty_folder_left(tmp_path / "made"):
        (tmp_path / "made").mkdir()
    assert (tmp_path / "made").is_dir()


def test_a_model_folder_is_replaced_when_asked(make_source: Make, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "model"
    assert main(["export", str(make_source("bert")), str(folder), "--quiet"]) == 0
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    capsys.readouterr()
    assert main(["export", str(make_source("gpt2")), str(folder)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "give --overwrite" in captured.err
    assert len(captured.err.splitlines()) == 1
    assert main(["export", str(tmp_path / "none"), str(folder), "--overwrite"]) == 2
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert after == before
    assert main(["export", str(make_source("gpt2")), str(folder), "--overwrite"]) == 0
    assert "GPT2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "architecture", "left_out"),
    [
        ("bert", "BertForSequenceClassification", ["classifier", "pooler", "the classification head of"]),
        ("bert", "BertForMaskedLM", ["cls", "the language-model head of"]),
        ("bert", "BertModel", ["pooler"]),
        # shares its weights with the embeddings
        ("gpt2", "GPT2LMHeadModel", ["the language-model head of"]),
        ("gpt2", "GPT2Model", []),
    ],
)
def test_export_says_its_worst_output_and_what_it_left_out(
    kind: str, architecture: str, left_out: list[str], tmp_path: Path, capsys: Any
) -> None:
    getattr(transformers, architecture)(config(kind)).save_pretrained(tmp_path / "source")
    tokenizer().save_pretrained(tmp_path / "source")
    assert main(["export", str(tmp_path / "source"), str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    worst = printed(out, "Certificate: the worst output is ")
    assert worst.startswith(("attentions.", "hidden_states.", "pooled"))
    assert "of its largest value (limit 0.001)" in worst
    if left_out:
        said = printed(out, "Not exported: ")
        assert all(part in said for part in left_out), said
        assert said.startswith(left_out[0])
    else:
        assert "Not exported" not in out
