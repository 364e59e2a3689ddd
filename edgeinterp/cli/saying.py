"""Messages of one line on standard error, and short lists of claims."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import InputError

__all__ = ["chosen_file", "file_named", "named", "say", "say_exposing", "say_unjudged"]

LONGEST_SAID = 500
# claims listed one by one, each cut to so many characters
MOST_NAMED, LONGEST_NAMED = 5, 72
# characters of all reasons together
MOST_REASONS = 340


def file_named(option: str | None) -> str | Path | None:
    """Return the value of ``--texts`` as a path, so that it is not taken for a text; standard input stays ``-``."""
    return Path(option) if option and option != "-" else option


def say(message: str) -> None:
    """Print one line on stderr, without control characters, whatever the message quotes."""
    if sys.stderr is None:
        return
    # spaces stay unchanged: a name, or a command to paste, may have several
    line = str(InputError(message)).strip()
    if len(line) > LONGEST_SAID:
        # the advice is at the end
        line = f"{line[: LONGEST_SAID // 2]} ... {line[-LONGEST_SAID // 2 :]}"
    with contextlib.suppress(OSError):
        print(f"edgeinterp: {line}", file=sys.stderr)


def say_exposing(*models: str | None) -> None:
    """Say of each ONNX file that is not in the cache yet that it will be, and where."""
    from ..exporting.foreign.published import onnx_files
    from ..exporting.opening import cache_folder, to_expose

    for model in models:
        if model is not None and to_expose(model):
            several = onnx_files(Path(model)) if Path(model).is_dir() else []
            if len(several) > 1:
                say(f"{model}: has {', '.join(several)}; takes model.onnx; name another with --file")
            say(
                f"{model}: exposing its attentions and hidden states, once; kept in {cache_folder()} "
                "(edgeinterp doctor --clear-cache removes it)"
            )


def chosen_file(model: str | None, file: str | None) -> str | None:
    """Return the model, or the path of one file of it that ``--file`` names; ``embedded`` comes along."""
    from ..exporting.foreign.published import published_file

    if model == "embedded" and not Path(model).exists():
        from edgeinterp_models import default_model_folder

        model = str(default_model_folder())
    return model if file is None else str(published_file(model, file))


def say_unjudged(nothing: Mapping[str, str]) -> None:
    """Name the checks that judged nothing, and the reasons; empty if there are none."""
    room = MOST_REASONS // max(1, len(nothing))
    reasons = [f"{check} judged nothing: {_short(because, room)}" for check, because in nothing.items()]
    if reasons:
        say("; ".join(reasons))


def named(claims: Sequence[str]) -> str:
    """Name the first claims, and count the others."""
    shown = "; ".join(_short(claim, LONGEST_NAMED) for claim in claims[:MOST_NAMED])
    more = len(claims) - MOST_NAMED
    return f"{shown}; and {more} more" if more > 0 else shown


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 4]} ..."
