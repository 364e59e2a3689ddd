"""Reports to look at: every section with plausible numbers, at its emptiest, and with texts that try to run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from edgeinterp.comparing.result import Comparison
from edgeinterp.report import write_html
from edgeinterp.report.comparison.page import write_comparison_html
from edgeinterp.report.requirements import render_page
from edgeinterp.requirements.result import Requirements
from edgeinterp.results.result import CheckResult, Result
from edgeinterp.runtime.writing import write_whole
from tests.report import builders
from tests.report.comparison import comparison_builders
from tests.report.influence import influence_builders
from tests.report.judge import judge_builders
from tests.report.properties import properties_builders
from tests.report.relations import relations_builders
from tests.requirements import requirement_builders

# what a text says that wants to run, or to look like something else
PLOTS = [
    "</script><script>window.ran = 1</script>",
    '"><img src=x onerror="window.ran = 2"><svg onload="window.ran = 3">',
    "javascript:window.ran=4//",
    "' onfocus='window.ran = 5' autofocus tabindex='1",
    "--></style></title></textarea><iframe srcdoc='<script>parent.ran = 6</script>'></iframe>",
    "{{7*7}}{% raw %}${7*7}<%=7*7%>#{7*7}",
    "\u202ereversed\u202c \u2066isolated\u2069 \u200bnothing \x00\x07\x1b[31m\x85\u2028\u2029\udc80",
    "long" * 120,
    "<a href='javascript:window.ran=7' target=new>press</a><form action=x><button>press</button></form>",
    "&lt;b&gt; &amp;amp; &#60;script&#62;window.ran = 8&#60;/script&#62;",
]
# names of ours, which the page looks up
OURS = {
    "a", "b", "check", "direction", "flip", "hash", "mapping", "metric", "verdict",
}  # fmt: skip


def joined(*results: Result) -> Result:
    """One result with the checks of several."""
    checks: dict[str, CheckResult] = {}
    for result in results:
        checks |= result.checks
    verdicts = [verdict for result in results for verdict in result.verdicts]
    notes = [note for result in results for note in result.notes]
    return dataclasses.replace(results[0], checks=checks, verdicts=verdicts, notes=notes)


def whole() -> Result:
    return joined(
        builders.encoder(), influence_builders.encoder(), relations_builders.four(), properties_builders.dense(),
        judge_builders.three(),
    )  # fmt: skip


def deep() -> Result:
    """Thirty layers, long names, 683 features, many tokens."""
    return joined(
        builders.decoder(), influence_builders.decoder(), relations_builders.four(), properties_builders.sparse()
    )


def hostile() -> Result:
    return joined(
        builders.hostile(), influence_builders.hostile(), relations_builders.hostile(), properties_builders.hostile(),
        judge_builders.hostile(),
    )  # fmt: skip


def empty() -> Result:
    return joined(
        builders.bare(), influence_builders.nothing(), properties_builders.nothing(), judge_builders.nothing()
    )


REPORTS: dict[str, Callable[[], Result]] = {"whole": whole, "deep": deep, "hostile": hostile, "empty": empty}
COMPARISONS: dict[str, Callable[[], Comparison]] = {
    "comparison": comparison_builders.full,
    "comparison-apart": comparison_builders.apart,
    "comparison-hostile": comparison_builders.hostile,
}
REQUIREMENTS: dict[str, Callable[[], Requirements]] = {
    "requirements": requirement_builders.three,
    "requirements-hostile": requirement_builders.hostile,
}
NAMES = [*REPORTS, *COMPARISONS, *REQUIREMENTS]


def write(folder: Path) -> dict[str, Path]:
    """Write every report."""
    paths = {name: folder / f"{name}.html" for name in NAMES}
    for name, build in REPORTS.items():
        write_html(build(), paths[name])
    for name, compare in COMPARISONS.items():
        write_comparison_html(compare(), paths[name])
    for name, decide in REQUIREMENTS.items():
        write_whole(paths[name], render_page(decide()))
    return paths


def spoken(value: Any, say: Callable[[int], str]) -> Any:
    """A result of which every text that is not a name of ours is what ``say`` says, with a number of its own."""
    return _spoken(value, say, count())


def _spoken(value: Any, say: Callable[[int], str], numbers: Iterator[int], name: str = "") -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: getattr(value, part.name) for part in dataclasses.fields(value)}
        return dataclasses.replace(
            value, **{own: _spoken(part, say, numbers, own) for own, part in parts.items() if own not in OURS}
        )
    if isinstance(value, dict):
        free = name in ("settings", "timings", "memory")
        return {(say(next(numbers)) if free else key): _spoken(one, say, numbers) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_spoken(one, say, numbers, name) for one in value)
    return say(next(numbers)) if isinstance(value, str) else value
