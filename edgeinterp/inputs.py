"""What a run is given: texts, pairs, norms and templates, read for those checks that need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .datasets import default_texts, read_texts
from .errors import InputError
from .norms import Norms, default_norms, read_norms
from .pairs import Pairs, default_pairs, read_pairs
from .settings import Settings
from .templates import split_templates, template_lines

__all__ = ["Inputs"]


@dataclass(frozen=True)
class Inputs:
    """What the checks that are run are given; None, or no texts, for those that are not."""

    texts: list[str]
    norms: Norms | None
    pairs: Pairs | None
    word_templates: list[str] | None
    pair_templates: list[str] | None

    @classmethod
    def read(
        cls,
        settings: Settings,
        texts: Sequence[str] | str | Path | None,
        norms: Norms | str | Path | None,
        pairs: Pairs | str | Path | None,
        templates: Sequence[str] | str | Path | None,
    ) -> Inputs:
        """Take what is given, from files where names are, and the embedded data for what is needed and not given.

        Raises
        ------
        InputError
            Where a file cannot be used.
        """
        # relations alone reads texts where they are given: they tell which layers are licensed
        needed = {"correspondence", "influence"} & set(settings.only) or (
            "relations" in settings.only and texts is not None
        )
        for name, given in {"texts": texts, "norms": norms, "pairs": pairs, "templates": templates}.items():
            if isinstance(given, str) and not given:
                raise InputError(f"{name}: the name is empty; name a file")
        for_words, for_pairs = _templates(templates, settings)
        return cls(
            _texts(texts) if needed else [],
            _norms(norms) if "properties" in settings.only else None,
            _pairs(pairs) if "relations" in settings.only else None,
            for_words,
            for_pairs,
        )


def _norms(norms: Norms | str | Path | None) -> Norms:
    if norms is None:
        return default_norms()
    return norms if isinstance(norms, Norms) else read_norms(norms)


def _pairs(pairs: Pairs | str | Path | None) -> Pairs:
    if pairs is None:
        return default_pairs()
    return pairs if isinstance(pairs, Pairs) else read_pairs(pairs)


def _templates(
    templates: Sequence[str] | str | Path | None, settings: Settings
) -> tuple[list[str] | None, list[str] | None]:
    """Return templates for words and for pairs; None where none are given for what is run."""
    uses = [(name, what) for name, what in (("properties", "words"), ("relations", "pairs")) if name in settings.only]
    if templates is None or not uses:
        return None, None
    source = str(templates) if isinstance(templates, str | Path) else "templates"
    lines = template_lines(templates) if isinstance(templates, str | Path) else list(templates)
    if not lines:
        raise InputError("templates: expected a list of one or more")
    found = split_templates(lines)
    own = {"properties": found[0], "relations": found[1]}
    if not any(own[name] for name, _ in uses):
        wanted = " or ".join(f"{what} ({name})" for name, what in uses)
        raise InputError(f"{source}: has no template for {wanted}; one {{}} is for words, {{1}} and {{2}} for pairs")
    return found[0] or None, found[1] or None


def _texts(texts: Sequence[str] | str | Path | None) -> list[str]:
    if texts is None:
        return default_texts()
    if isinstance(texts, str | Path):
        return read_texts(texts)
    if not texts:
        raise InputError("texts: none given")
    return list(texts)
