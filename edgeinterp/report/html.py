"""A result as one HTML file that opens anywhere: no request leaves it, and only the example needs its script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..results import Result
from .formats import MISSING, count, number, setting, visible
from .sections import SECTIONS, Section
from .tables import Cell
from .words import VERDICTS, device_line, level, model_line, model_name, smallest_p

__all__ = ["render"]

Pair = tuple[str, Cell]


def render(result: Result) -> str:
    """Return the report of ``result``: one self-contained HTML page.

    Whatever comes from texts, tokens, files or models is escaped; the content security policy of the page allows its
    own script and style, by their hashes, and nothing else.

    Parameters
    ----------
    result : Result
        The result to show. No number is computed here.

    Returns
    -------
    str
        The page.
    """
    style, script = _asset("report.css"), _asset("report.js")
    checks = [_check(name, section, result) for name, section in SECTIONS.items() if name in result.checks]
    page = _environment().get_template("report.html.j2")
    return page.render(
        result=result,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        checks=checks,
        others=[verdict for verdict in result.verdicts if verdict.check not in SECTIONS],
        model=model_name(result.model),
        facts=_facts(result),
        level=level(result),
        permutations=sorted({check["overview"].permutations for check in checks} - {None}) or [result.permutations],
        words=VERDICTS,
    )


def _check(name: str, section: Section, result: Result) -> dict[str, Any]:
    shown = {"name": name, "template": section.template, "limits": section.limits}
    return {**shown, "overview": section.overview(result), **section.details(result)}


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("edgeinterp.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": count, "number": number, "embedded": _embedded}
    environment.globals |= {"smallest_p": smallest_p}
    return environment


def _visible(value: Any) -> Any:
    """Write out what cannot be seen, in every expression of every template; what is markup already is left alone."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _embedded(value: Any) -> Markup:
    """Return JSON that no text in it can end: every character that means something to HTML is written as a number."""
    text = json.dumps(value, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _asset(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _facts(result: Result) -> list[tuple[str, list[Pair]]]:
    """Return the circumstances of the run as named lists."""
    model, device = result.model, result.device
    return [
        (
            "Model",
            _pairs([("path", model.path), ("shape", model_line(model)), ("sha256", model.sha256)]),
        ),
        ("Settings", _pairs(_settings(result))),
        (
            "Device",
            _pairs([("machine", device_line(device)), ("onnxruntime", device.onnxruntime), ("numba", device.numba)]),
        ),
        ("Time", [(_name(name), Cell(_seconds(value))) for name, value in result.timings.items()]),
        ("Memory", [(_name(name), Cell(_megabytes(value))) for name, value in result.memory.items()]),
    ]


def _settings(result: Result) -> Iterable[tuple[str, str]]:
    yield "seed", str(result.seed)
    yield "alpha", setting(result.alpha)
    yield "permutations", f"{count(result.permutations)} (smallest attainable p {smallest_p(result.permutations)})"
    taken = {"seed", "alpha", "permutations"}
    part = result.correspondence()
    if part is not None and "threshold" not in result.settings:
        yield "threshold (correspondence)", setting(part.threshold)
    for name, value in result.settings.items():
        if name not in taken:
            yield name.replace("_", " "), setting(value)


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Pair]:
    return [(name, Cell(value or MISSING)) for name, value in pairs]


def _name(key: str) -> str:
    return key.removesuffix("_s").removesuffix("_mb").replace("_", " ")


def _seconds(value: float) -> str:
    text = number(value, 2)
    return text if text == MISSING else f"{text} s"


def _megabytes(value: float | None) -> str:
    text = number(value, 0)
    return text if text == MISSING else f"{text} MB"
