"""The terminal report: whole at any width, plain where it must be."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable

import pytest
from rich.console import Console

from edgeinterp.report import terminal
from edgeinterp.report.primitives.formats import visible
from edgeinterp.report.primitives.words import VERDICTS
from edgeinterp.results.result import Result
from tests.report import builders
from tests.report.influence import influence_builders
from tests.report.judge import judge_builders
from tests.report.properties import properties_builders

EVERY = [*builders.EVERY, *influence_builders.EVERY, *judge_builders.EVERY, *properties_builders.EVERY]
every = pytest.mark.parametrize(
    "build", EVERY, ids=lambda build: f"{build.__module__.rsplit('.')[-1]}-{build.__name__}"
)
widths = pytest.mark.parametrize("width", [60, 80, 100, 120])


def shown(result: Result, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    terminal.render(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def unwrapped(text: str) -> str:
    return re.sub(r"\s+", "", text)


@every
@widths
def test_every_reason_is_whole(build: Callable[[], Result], width: int) -> None:
    result = build()
    text = shown(result, width)
    for verdict in result.verdicts:
        assert unwrapped(visible(verdict.because)) in unwrapped(text)
    assert "…" not in text


@every
@widths
def test_no_line_is_wider_than_the_console(build: Callable[[], Result], width: int) -> None:
    assert max(len(line) for line in shown(build(), width).splitlines()) <= width


@every
@widths
def test_every_layer_has_its_verdict(build: Callable[[], Result], width: int) -> None:
    result = build()
    text = shown(result, width)
    for verdict in result.verdicts:
        symbol = re.escape(VERDICTS[verdict.verdict].symbol)
        layer = verdict.attention_layer if verdict.hidden_state is None else verdict.hidden_state
        subject = r"head \d+\.\d+" if verdict.claim.startswith("head") else str(layer)
        if verdict.method is not None:
            # a long name wraps
            name = unwrapped(visible(verdict.method))
            assert f"{name}{VERDICTS[verdict.verdict].symbol}{verdict.verdict}" in unwrapped(text)
            continue
        row = rf"^ *(attention |hidden state )? *(rollout )?{subject}  ?{symbol} {verdict.verdict}\b"
        assert re.search(row, text, re.MULTILINE)


@every
def test_plain_output_has_no_escape_codes_and_no_stray_words(build: Callable[[], Result]) -> None:
    text = shown(build())
    assert not [character for character in text if not character.isprintable() and character != "\n"]
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_numbers_of_the_state_that_is_read() -> None:
    rows = [line.split() for line in shown(builders.encoder(), 80).splitlines()]
    assert ["6", "~", "weakened", "5", "0.570", "[0.550,", "0.590]", "0.530", "0.966", "0.150"] in rows


def test_head_and_legend() -> None:
    text = shown(builders.decoder(), 400)
    assert text.startswith("Model   models/a-rather-long-organisation-name/")
    assert "fitted on 3,124 tokens" in text
    assert "Cortex-A72" in text
    assert "1,000 permutations: the smallest attainable p is 0.001" in text
    assert "no correction across checks" in text
    assert "Note: the sample for swap was cut to 8 texts" in text
    for word in VERDICTS.values():
        assert unwrapped(word.meaning) in unwrapped(text)


def test_answer_counts_and_names_layers() -> None:
    text = re.sub(r"\s+", " ", shown(builders.decoder()))
    assert "Attention layer 1 may be read token to token by definition" in text
    assert "Of 29 further attention layers, none may be read token to token; 19 only with reservations" in text
    assert "5 may not (layers 26 to 30); 5 could not be decided with these texts (layers 21 to 25)." in text


def test_neighbours_share_a_reason_but_keep_their_numbers() -> None:
    text = shown(builders.decoder())
    assert text.count("too little text") == 1
    assert "attention 21 to 25: too little text" in text
    assert all(number in text for number in ("0.789", "0.780", "0.770", "0.761", "0.751"))


def test_missing_numbers_have_a_reason() -> None:
    assert "– a hidden state is not finite in 3 texts" in shown(builders.decoder())


def test_colour_only_where_it_is_wanted() -> None:
    stream = io.StringIO()
    terminal.render(builders.encoder(), Console(file=stream, width=100, force_terminal=True, color_system="standard"))
    assert "\x1b[1;32m" in stream.getvalue()
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=True, color_system="standard", no_color=True)
    terminal.render(builders.encoder(), console)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", stream.getvalue())


@every
def test_a_terminal_without_unicode(build: Callable[[], Result]) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    result = build()
    terminal.render(result, Console(file=stream, width=100))
    stream.flush()
    stream.seek(0)
    subject = r".*\S" if "judge" in result.checks else r"(hidden state|attention)? +6"
    assert re.search(rf"^{subject}  ?[+?~x] (supported|undecided|weakened|unsupported)", stream.read(), re.MULTILINE)


def test_console_for_a_pipe_has_a_fixed_width(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    console = terminal.make_console(io.StringIO())
    assert (console.width, console.is_terminal) == (100, False)
    monkeypatch.setenv("COLUMNS", "72")
    assert terminal.make_console(io.StringIO()).width == 72


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", ["0", "-5", "many", "", "8.5", " ", "\u00b2", "\u0663", "9" * 30, "00"])
def test_columns_that_mean_nothing_count_as_unset(columns: str) -> None:
    # pytest itself asks how wide the terminal is, before a fixture would undo this
    with pytest.MonkeyPatch.context() as patch:
        for name in ("COLUMNS", "LINES"):
            patch.delenv(name, raising=False)
        unset = terminal.make_console(Terminal()).width
        assert unset > 10
        patch.setenv("COLUMNS", columns)
        assert terminal.make_console(io.StringIO()).width == 100
        assert terminal.make_console(Terminal()).width == unset
        patch.setenv("LINES", "0")
        assert terminal.make_console(Terminal()).height > 0


def test_several_checks_begin_with_a_table_of_all_verdicts() -> None:
    """Counted by hand from the verdicts of the result; one check alone has no need of it."""
    result = properties_builders.both()
    counts = Counter((verdict.check, verdict.verdict) for verdict in result.verdicts if not verdict.by_definition)
    for width, empty in ((100, "–"), (48, None)):
        lines = shown(result, width).splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("correspondence") and "May" not in line)
        for line, check in zip(lines[start:], ("correspondence", "properties"), strict=False):
            found = [counts[check, verdict] for verdict in ("supported", "weakened", "unsupported", "undecided")]
            if empty:
                assert line.split() == [check, *(str(number or empty) for number in found)]
            else:
                assert line.startswith(f"{check}: ")
                assert re.findall(r"\d+", line) == [str(number) for number in found if number]
    assert "✓ supported  ~ weakened" not in shown(builders.encoder(), 100)
