"""Templates: sentences with places for words or pairs of words; and pairs in texts of their own.

One file may hold both kinds. A line with ``{1}`` and ``{2}``, or with two ``{}``, is for pairs; a line with one ``{}``
(or one capital ``X`` that stands alone) is for single words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..runtime.files import TEMPLATES
from ..runtime.sequences import refuse_repeated
from .pairs import Pairs
from .texts import file_lines

__all__ = [
    "PAIR_TEMPLATES",
    "OwnText",
    "PairTemplate",
    "Placed",
    "Template",
    "pair_template",
    "split_templates",
    "template_lines",
]

Span = tuple[int, int]

# The first states a relation (word1 is a kind of word2), the second only names both words. At least four words stand on
# either side, so that attention between two other places of the sentence can be measured as well.
PAIR_TEMPLATES = (
    "We know that every {1} is a kind of {2} and nothing else here.",
    "We spoke about the {1} and then the {2} until it was late.",
)
_PLACES = re.compile(r"\{1\}|\{2\}|\{\}")
_WORD = re.compile(r"(?<!\w)X(?!\w)")


@dataclass(frozen=True)
class Placed:
    """A pair's sentence, and the characters of word1 and word2 in it: first character, and one past the last.

    ``reason``: why they have no places in it; empty where they have.
    """

    text: str
    one: Span = (0, 0)
    other: Span = (0, 0)
    reason: str = ""


@dataclass(frozen=True)
class PairTemplate:
    """A sentence with places for two words.

    Attributes
    ----------
    text : str
        The template as given.
    parts : tuple of str
        The text before, between and after the two places.
    reversed : bool
        Whether word2 comes first.
    """

    text: str
    parts: tuple[str, str, str]
    reversed: bool

    def placed(self, pairs: Pairs, row: int) -> Placed:
        """Return the sentence of a pair."""
        return Placed(*self.filled(pairs.word1[row], pairs.word2[row]))

    def filled(self, word1: str, word2: str) -> tuple[str, Span, Span]:
        """Return the sentence and the characters of word1 and word2 in it: first character, and one past the last."""
        first, second = (word2, word1) if self.reversed else (word1, word2)
        before, between, after = self.parts
        one = (len(before), len(before) + len(first))
        other = (one[1] + len(between), one[1] + len(between) + len(second))
        sentence = f"{before}{first}{between}{second}{after}"
        return (sentence, other, one) if self.reversed else (sentence, one, other)


@dataclass(frozen=True)
class OwnText:
    """In place of a template: each pair stands in a text of its own."""

    text: str = "each pair's own text"

    def placed(self, pairs: Pairs, row: int) -> Placed:
        """Return the text of a pair, with the first places of both words in it that do not overlap.

        A word is found as a whole: no letter, digit or underscore beside it, upper and lower case as given. Where
        ``pairs.starts`` has a place, the word must stand there, whatever is beside it.

        Examples
        --------
        >>> pairs = Pairs(["gull"], ["sea gull"], ["part"], ["gull"], texts=["Gulls: a sea gull is a gull."])
        >>> OwnText().placed(pairs, 0)
        Placed(text='Gulls: a sea gull is a gull.', one=(23, 27), other=(9, 17), reason='')
        """
        text, words = pairs.texts[row], (pairs.word1[row], pairs.word2[row])
        found = []
        for word, start in zip(words, pairs.starts[row] if pairs.starts else (None, None), strict=True):
            spans = _occurrences(text, word, start)
            if not spans:
                where = f"in its text at character {start}" if start is not None else "in its text as a whole word"
                return Placed(text, reason=f"{word!r}: not {where}")
            found.append(spans)
        for one in found[0]:
            for other in found[1]:
                if one[1] <= other[0] or other[1] <= one[0]:
                    return Placed(text, one, other)
        return Placed(text, reason="both words stand in one place of their text")


Template = PairTemplate | OwnText


def _occurrences(text: str, word: str, start: int | None) -> list[Span]:
    if start is not None:
        return [(start, start + len(word))] if text.startswith(word, start) else []
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]


def pair_template(text: str, where: str = "template") -> PairTemplate:
    """Read a template for pairs: ``{1}`` and ``{2}`` once each, or two ``{}``, the first of them for word1.

    Raises
    ------
    InputError
        Where it has other places, or nothing between the words.

    Examples
    --------
    >>> pair_template("{2} such as the {1}").filled("robin", "birds")
    ('birds such as the robin', (18, 23), (0, 5))
    """
    found = list(_PLACES.finditer(text))
    names = [match.group() for match in found]
    if sorted(names) not in (["{1}", "{2}"], ["{}", "{}"]):
        shown = text.strip()[:60]
        raise InputError(
            f"{where}: {shown!r} has {', '.join(names) or 'no place'}; expected {{1}} and {{2}} once each, or two {{}}"
        )
    (start, end), (next_start, next_end) = (match.span() for match in found)
    if not text[end:next_start].strip() and not text[end:next_start]:
        raise InputError(f"{where}: nothing stands between the two words in {text.strip()[:60]!r}")
    return PairTemplate(text, (text[:start], text[end:next_start], text[next_end:]), names[0] == "{2}")


def template_lines(path: str | Path) -> list[str]:
    """Read templates, one per line, unchanged; empty lines are skipped, spaces at the start are kept.

    Raises
    ------
    InputError
        Where the file cannot be read, a line is no template for words or pairs, or there is none.
    """
    name = "standard input" if str(path) == "-" else str(path)
    if Path(path).suffix.lower() in (".json", ".jsonl", ".ndjson"):
        raise InputError(f"{name}: is JSON by its name; expected one template a line, in a .txt")
    lines: dict[str, int] = {}
    for number, line in enumerate(file_lines(path, name, "templates", TEMPLATES), 1):
        if line.strip():
            _check(line, f"{name}, line {number}")
            if lines.setdefault(line, number) != number:
                raise InputError(f"{name}, line {number}: is the template of line {lines[line]} again; give each once")
    if not lines:
        raise InputError(f"{name}: has no template; expected lines such as `The {{}} is here.` or `a {{1}} is a {{2}}`")
    return list(lines)


def split_templates(templates: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return templates for single words, and templates for pairs.

    Raises
    ------
    InputError
        Where one is neither, or comes twice.
    """
    templates = list(templates)
    refuse_repeated(templates, "templates")
    words: list[str] = []
    pairs: list[str] = []
    for number, text in enumerate(templates, 1):
        (pairs if _check(text, f"template {number}") else words).append(text)
    return words, pairs


def _check(text: str, where: str) -> bool:
    """Tell whether a template is for pairs; refuse one that is for neither words nor pairs."""
    names: Sequence[str] = _PLACES.findall(text)
    if len(names) == 1 and names[0] == "{}":
        return False
    if not names:
        if len(_WORD.findall(text)) == 1:
            return False
        shown = text.strip()[:60]
        raise InputError(
            f"{where}: no place for a word in {shown!r}; expected one {{}} (or one X) for words, {{1}} and {{2}} for "
            "pairs"
        )
    pair_template(text, where)
    return True
