"""Read the inputs of a run (texts, pairs, norms, templates) for the checks that need them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InputError
from ..inputs.confounds import Confounds, confounds_of
from ..inputs.norms import Norms, default_norms, default_pair_norms, read_norms
from ..inputs.pairs import Pairs, default_pairs, read_pairs
from ..inputs.templates import PAIR_TEMPLATES, split_templates, template_lines
from ..inputs.texts import ENDINGS, default_texts, read_texts
from ..results.relations.controls import LICENSED
from ..results.result import InputFile
from ..runtime.checkpoint import digest
from ..runtime.files import witnessed
from ..runtime.sequences import text_list
from .settings import Settings

__all__ = ["GivenNorms", "Inputs", "given_texts", "is_template", "names_a_file", "norm_sets"]

T = TypeVar("T")
# one set of norms, or several
GivenNorms = Norms | str | Path | Sequence[Norms | str | Path] | None


@dataclass(frozen=True)
class Inputs:
    """Inputs of the requested checks; None, or no texts or norms, for other checks; ``files`` lists the inputs."""

    texts: list[str]
    norms: list[Norms]
    pairs: Pairs | None
    word_templates: list[str] | None
    pair_templates: list[str] | None
    files: list[InputFile]
    confounds: Confounds | None = None
    # of the words of pairs
    pair_norms: Norms | None = None

    @classmethod
    def read(
        cls,
        settings: Settings,
        texts: Iterable[str] | str | Path | None,
        norms: GivenNorms,
        pairs: Pairs | str | Path | None,
        templates: Iterable[str] | str | Path | None,
        text_column: str | None = None,
        confounds: Norms | str | Path | None = None,
    ) -> Inputs:
        """Read the given inputs, from files where named, and embedded data for needed inputs that are not given.

        Raises
        ------
        InputError
            Where a file cannot be used.
        """
        # without correspondence, relations still needs texts, to find the licensed layers
        needed = {"correspondence", "influence"} & set(settings.only) or (
            "relations" in settings.only and (texts is not None or LICENSED.name in settings.controls)
        )
        for name, given in {
            "texts": texts,
            "norms": norms,
            "pairs": pairs,
            "templates": templates,
            "confounds": confounds,
        }.items():
            if isinstance(given, str) and not given:
                raise InputError(f"{name}: the name is empty; name a file")
        listed = _Listed([])

        def both() -> tuple[list[str] | None, list[str] | None]:
            return _templates(templates, settings)

        for_words, for_pairs = both() if templates is None else listed.read("templates", templates, both, _own_lines)
        sets = []
        if "properties" in settings.only or ("hybrid" in settings.only and norms is not None):
            sets = [listed.read("norms", one, partial(_norms, one), _norm_lines) for one in norm_sets(norms)]
        erased = None
        if "properties" in settings.only and confounds is not None:
            if len(sets) > 1:
                raise InputError(
                    f"confounds: are of one set of norms, {len(sets)} sets were given; run each on its own"
                )
            erased = listed.read("confounds", confounds, lambda: confounds_of(confounds, sets[0]), _confound_lines)
        found = None
        if {"relations", "hybrid"} & set(settings.only):
            found = listed.read("pairs", pairs, lambda: _pairs(pairs), _pair_lines)
            if found.texts and for_pairs:
                raise InputError(
                    "templates: given for pairs that have texts of their own (column text); leave one of both out"
                )
            if not found.texts and not for_pairs:
                listed.made("templates", PAIR_TEMPLATES)
        of_pairs = None
        if "hybrid" in settings.only:
            of_pairs = default_pair_norms() if norms is None else sets[0]
            if norms is None:
                listed.made("norms of pairs", _norm_lines(of_pairs))
        return cls(
            listed.read("texts", texts, lambda: given_texts(texts, text_column), list) if needed else [],
            sets,
            found,
            for_words,
            for_pairs,
            listed.files,
            erased,
            of_pairs,
        )


@dataclass(frozen=True)
class _Listed:
    """Read the inputs of a run, and list them."""

    files: list[InputFile]

    def read(self, kind: str, given: Any, read: Callable[[], T], content: Callable[[T], Sequence[str]]) -> T:
        """Read ``given``, a file or Python data; for the latter ``content`` returns it as lines."""
        with witnessed() as seen:
            found = read()
        if seen.lines:
            name = f"{kind}.tsv" if given is None else Path(given).name
            self.files.append(InputFile(kind, name, seen.sha256, seen.lines))
        elif lines := content(found):
            self.made(kind, lines)
        return found

    def made(self, kind: str, lines: Sequence[str]) -> None:
        """List an input that has no file, by its lines."""
        found = "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
        self.files.append(InputFile(kind, None, hashlib.sha256(found).hexdigest(), len(lines)))


def _confound_lines(confounds: Confounds) -> list[str]:
    return ["\t".join([concept, *map(str, row.tolist())]) for concept, row in confounds.rows.items()]


def _own_lines(templates: tuple[list[str] | None, list[str] | None]) -> list[str]:
    return [line for own in templates for line in own or ()]


def _pair_lines(pairs: Pairs) -> list[str]:
    columns = [pairs.word1, pairs.word2, pairs.relations, pairs.categories]
    columns += [pairs.texts] if pairs.texts else []
    columns += [[f"{one}\t{other}" for one, other in pairs.starts]] if pairs.starts else []
    return list(map("\t".join, zip(*columns, strict=True)))


def _norm_lines(norms: Norms) -> list[str]:
    values = digest(norms.features, norms.values)
    return [f"{concept}\t{word}\t{values}" for concept, word in zip(norms.concepts, norms.words, strict=True)]


def given_texts(texts: Iterable[str] | str | Path | None, text_column: str | None = None) -> list[str]:
    """Return texts as a list, from a file if one is named; by default the embedded texts.

    A string names a file, unless no such file exists and it has spaces and no file extension: then it is one text.

    Raises
    ------
    InputError
        Where the file cannot be used, or the value is no sequence of texts.
    """
    if isinstance(texts, str | os.PathLike) and names_a_file(texts):
        return read_texts(texts, text_column=text_column)
    if text_column is not None:
        raise InputError(f"text-column {text_column!r}: is for a file of texts; name one with --texts (texts=)")
    if texts is None:
        return default_texts()
    found = text_list(texts)
    if not found:
        raise InputError("texts: none given")
    return found


def names_a_file(text: str | os.PathLike[str]) -> bool:
    """Tell whether what was given as texts names a file: a bare string may be a text itself."""
    if isinstance(text, os.PathLike):
        return True
    try:
        exists = os.path.exists(text)
    except ValueError:  # no file can have such a name
        exists = False
    return exists or len(text.split()) < 2 or Path(text).suffix.lower() in ENDINGS


def norm_sets(norms: GivenNorms) -> list[Norms | str | Path | None]:
    """Return the sets of norms that were given, one or several, not read yet; None alone is the embedded one.

    Raises
    ------
    InputError
        Where there is none in a list, or a file is given twice.
    """
    if not isinstance(norms, list | tuple):
        one: Any = norms
        return [one]
    if not norms:
        raise InputError("norms: an empty list; give one file or more, or leave it out for the embedded norms")
    files = [str(given) for given in norms if isinstance(given, str | os.PathLike)]
    for file in files:
        if not file:
            raise InputError("norms: the name is empty; name a file")
        if files.count(file) > 1:
            raise InputError(f"norms: {file} is given twice; give each set once")
    return list(norms)


def _norms(norms: Norms | str | Path | None) -> Norms:
    if norms is None:
        return default_norms()
    if isinstance(norms, str | os.PathLike):
        return read_norms(norms)
    if not isinstance(norms, Norms):
        raise InputError(f"norms: is a {type(norms).__name__}; expected a file or edgeinterp.Norms")
    return norms


def _pairs(pairs: Pairs | str | Path | None) -> Pairs:
    if pairs is None:
        return default_pairs()
    if isinstance(pairs, str | os.PathLike):
        return read_pairs(pairs)
    if not isinstance(pairs, Pairs):
        raise InputError(f"pairs: is a {type(pairs).__name__}; expected a file or edgeinterp.Pairs")
    return pairs


def _templates(
    templates: Iterable[str] | str | Path | None, settings: Settings
) -> tuple[list[str] | None, list[str] | None]:
    """Return templates for words and for pairs; None where the requested checks have none."""
    uses = [
        (name, what)
        for name, what in (("properties", "words"), ("relations", "pairs"), ("hybrid", "pairs"))
        if name in settings.only
    ]
    if templates is None or not uses:
        return None, None
    source = "templates"
    if isinstance(templates, str | os.PathLike) and not is_template(templates):
        source, lines = str(templates), template_lines(templates)
    else:
        lines = text_list(templates, "templates", "template")
    if not lines:
        raise InputError("templates: expected a list of one or more")
    found = split_templates(lines)
    own = {"properties": found[0], "relations": found[1], "hybrid": found[1]}
    if not any(own[name] for name, _ in uses):
        wanted = " or ".join(f"{what} ({name})" for name, what in uses)
        raise InputError(f"{source}: has no template for {wanted}; one {{}} is for words, {{1}} and {{2}} for pairs")
    return found[0] or None, found[1] or None


def is_template(given: Any) -> bool:
    """Tell whether a bare string is a template itself, not the name of a file of them."""
    return isinstance(given, str) and ("{}" in given or "{1}" in given) and not os.path.exists(given)
