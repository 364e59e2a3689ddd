"""Parts of every page: templates, style, script, and the content security policy."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..runtime.counting import counted
from .primitives.formats import count, number, visible
from .primitives.words import smallest_p

__all__ = ["asset", "environment", "policy"]


@functools.cache
def environment() -> Environment:
    """Return the template environment: everything is escaped, and an undefined name is an error."""
    made = Environment(
        loader=PackageLoader("edgeinterp.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(count=count, counted=counted, number=number, embedded=_embedded)
    made.globals.update(smallest_p=smallest_p)
    return made


def _visible(value: Any) -> Any:
    """Write out invisible characters in every expression of every template; markup is left alone."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _embedded(value: Any) -> Markup:
    """Return JSON in which no text can end the script element: characters special in HTML are escaped by number."""
    text = json.dumps(value, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def asset(name: str) -> str:
    """Return a style sheet or a script of the templates."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """Return the content security policy that allows only this style and this script, by their hashes."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
