"""Map the columns of a file of norms to concepts, features and values, by its header or by the layout's name.

The published layouts, with the column names of their files (letter case does not matter):

========= ============================================================================================================
mcrae     CONCS_FEATS_concstats_brm of McRae et al. 2005: ``Concept, Feature, ..., Prod_Freq`` (long)
cslb      norms.dat of Devereux et al. 2014: ``concept, feature, pf`` among others (long); feature_matrix.dat: first
          column ``Vectors`` (wide)
buchanan  Buchanan et al. 2019: ``cue, feature, translated, frequency_translated, n, normalized_translated`` among
          others (long); also ``concept, feature, root, frequency``
binder    WordSet1_Ratings of Binder et al. 2016: ``Word`` and 65 attributes from ``Vision`` to ``Arousal`` (wide)
lancaster Lynott et al. 2020: ``Word`` and ``Auditory.mean`` to ``Torso.mean`` (wide)
norare    data sets of NoRaRe, Tjuka et al. 2022: ``CONCEPTICON_ID, CONCEPTICON_GLOSS, ENGLISH, ENGLISH_...`` (wide)
mrc       a table of the MRC database, Wilson 1988: ``WORD, NLET, ..., FAM, CONC, IMAG, MEANC, MEANP, AOA`` (wide)
========= ============================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ..errors import InputError
from .norm_columns import Header
from .tables import is_number, listed

__all__ = ["EXPECTED", "Layout", "find_layout"]

# Binder et al. 2016, table 2, with the column names of their file
BINDER_ATTRIBUTES = (
    "vision",
    "bright",
    "dark",
    "color",
    "pattern",
    "large",
    "small",
    "motion",
    "biomotion",
    "fast",
    "slow",
    "shape",
    "complexity",
    "face",
    "body",
    "touch",
    "temperature",
    "texture",
    "weight",
    "pain",
    "audition",
    "loud",
    "low",
    "high",
    "sound",
    "music",
    "speech",
    "taste",
    "smell",
    "head",
    "upperlimb",
    "lowerlimb",
    "practice",
    "landmark",
    "path",
    "scene",
    "near",
    "toward",
    "away",
    "number",
    "time",
    "duration",
    "long",
    "short",
    "caused",
    "consequential",
    "social",
    "human",
    "communication",
    "self",
    "cognition",
    "benefit",
    "harm",
    "pleasant",
    "unpleasant",
    "happy",
    "sad",
    "angry",
    "disgusted",
    "fearful",
    "surprised",
    "drive",
    "needs",
    "attention",
    "arousal",
)
# columns of NoRaRe beside the words and their values: names of rows, classes written as numbers, spread of ratings
NORARE_BESIDE = frozenset({"id", "number", "concepticon_id", "concepticon_gloss", "line_in_source"})
NORARE_ENDINGS = ("_id", "_pos", "_sd", "_min", "_max")
# ratings of the MRC database from 100 to 700, and columns that only its tables have
MRC_RATINGS = ("fam", "conc", "imag", "meanc", "meanp", "aoa")
MRC_ONLY = ("meanc", "meanp", "nlet", "k_f_freq", "k-f-freq")
# a file that lacks a few attributes still has that layout
FEWEST_BINDER_ATTRIBUTES = 50
# participants by concept of McRae et al. 2005 and of Devereux et al. 2014
ASKED = 30

FEATURE_NAMES = ("feature", "property", "attribute")
COUNT_NAMES = ("frequency", "count", "pf", "prod_freq", "production_frequency")
VALUE_NAMES = ("value", *COUNT_NAMES, "rating", "score", "weight", "mean")


@dataclass(frozen=True)
class Layout:
    """Columns of concepts, features and values in a file.

    Attributes
    ----------
    name : str
        One of ``EXPECTED``.
    concept : int
        Column of the concept's name.
    feature, value : int or None
        Columns of a long file; None in a wide one.
    columns : dict of int to str
        Wide: the features' columns and names.
    free : bool
        Wide: columns that hold no feature are skipped; otherwise each must be a feature.
    counts : bool
        Values are counts or shares of participants, so none may be negative.
    repeats : {"refuse", "largest", "sum"}
        Long: treatment of a pair of concept and feature that comes twice with different values.
    lower : bool
        The file spells its words in capitals, whatever their usual spelling.
    zero_missing : bool
        Wide: 0 is written where there is no value; concepts without any value are left out.
    participants : int or None
        How many people were asked about each concept, where that is one number.
    notes : tuple of str
        Notes to the user on the choice of columns.
    """

    name: str
    concept: int
    feature: int | None = None
    value: int | None = None
    columns: dict[int, str] = field(default_factory=dict)
    free: bool = False
    counts: bool = False
    repeats: Literal["refuse", "largest", "sum"] = "refuse"
    lower: bool = False
    zero_missing: bool = False
    participants: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def long(self) -> bool:
        """Tell whether a line holds one pair of concept and feature."""
        return self.feature is not None


Found = Layout | None


def _lancaster(header: Header) -> Found:
    columns = {
        index: name[: -len(".mean")] for index, name in enumerate(header.cells) if name.casefold().endswith(".mean")
    }
    if not header.has("word", "auditory.mean", "visual.mean"):
        return None
    notes = (_beside(header, [*columns, header.at("word")]), "words are read in lower case")
    return Layout("lancaster", header.at("word"), columns=columns, lower=True, notes=tuple(filter(None, notes)))


def _binder(header: Header) -> Found:
    columns = {header.at(name): header.cells[header.at(name)] for name in BINDER_ATTRIBUTES if name in header}
    if "word" not in header or len(columns) < FEWEST_BINDER_ATTRIBUTES:
        return None
    notes = [_beside(header, [*columns, header.at("word")])]
    missing = [name for name in BINDER_ATTRIBUTES if name not in header]
    if missing:
        notes.append(f"attributes of the layout that the file has not: {listed(missing)}")
    return Layout("binder", header.at("word"), columns=columns, notes=tuple(filter(None, notes)))


def _mcrae(header: Header) -> Found:
    if not header.has("concept", "feature", "prod_freq"):
        return None
    concept, feature, value = header.at("concept"), header.at("feature"), header.at("prod_freq")
    return Layout("mcrae", concept, feature, value, counts=True, repeats="largest", participants=ASKED)


def _cslb(header: Header) -> Found:
    if "vectors" in header and header.concept() == header.at("vectors"):
        return replace(_matrix("cslb", header, counts=True), participants=ASKED)
    if not header.has("concept", "feature", "pf"):
        return None
    concept, feature, value = header.at("concept"), header.at("feature"), header.at("pf")
    return Layout("cslb", concept, feature, value, counts=True, repeats="largest", participants=ASKED)


def _buchanan(header: Header) -> Found:
    if header.has("concept", "feature", "root", "frequency"):
        concept, root, frequency = header.at("concept"), header.at("root"), header.at("frequency")
        note = "features are roots (column root); the frequencies of a concept's words with one root are added up"
        return Layout("buchanan", concept, root, frequency, counts=True, repeats="sum", notes=(note,))
    for kind in ("translated", "feature"):
        # cues were shown to different numbers of participants, so shares take precedence
        value = header.first((f"normalized_{kind}", f"frequency_{kind}"))
        if header.has("cue", kind) and value is not None:
            note = f"features from column {kind}, values from column {header.cells[value]}"
            return Layout(
                "buchanan", header.at("cue"), header.at(kind), value, counts=True, repeats="largest", notes=(note,)
            )
    return None


def _norare(header: Header) -> Found:
    if "concepticon_gloss" not in header or header.first(("concepticon_id", "id")) is None:
        return None
    gloss = header.at("concepticon_gloss")
    beside = {at for at, name in enumerate(header.folded) if name in NORARE_BESIDE or name.endswith(NORARE_ENDINGS)}
    # words stand in a column called like their language, and values in SPANISH_AOA_MEAN and the like
    languages = [
        at
        for at, name in enumerate(header.folded)
        if name and at not in beside and any(other.startswith(f"{name}_") for other in header.folded)
    ]
    word = header.first(("english",))
    if word is None:
        word = languages[0] if languages else gloss
    columns = {at: cell for at, cell in enumerate(header.cells) if at != word and at not in beside}
    notes = (f"words from column {header.label(word)}", _beside(header, [*columns, word]))
    return Layout(
        "norare", word, columns=columns, free=True, lower=word == gloss, notes=tuple(filter(None, notes))
    )  # fmt: skip


def _mrc(header: Header) -> Found:
    if not header.has("word", "fam", "conc", "imag") or header.first(MRC_ONLY) is None:
        return None
    word = header.at("word")
    columns = {header.at(name): header.cells[header.at(name)] for name in MRC_RATINGS if name in header}
    notes = (_beside(header, [*columns, word]), "words are read in lower case")
    return Layout(
        "mrc", word, columns=columns, lower=True, zero_missing=True, notes=tuple(filter(None, notes))
    )  # fmt: skip


def _long(header: Header) -> Found:
    concept, feature = header.named_concept, header.first(FEATURE_NAMES)
    if concept is None or feature is None:
        return None
    value = header.first(VALUE_NAMES)
    others = [at for at in range(len(header.cells)) if at not in {concept, feature, *header.index_columns}]
    if value is None and len(others) == 1:
        value = others[0]
    counts = value is not None and header.folded[value] in COUNT_NAMES
    return Layout("long", concept, feature, value, counts=counts)


def _wide(header: Header) -> Found:
    return _matrix("wide", header)


def _matrix(name: str, header: Header, counts: bool = False) -> Layout:
    """Return a wide layout: every column except the concept's and those that number the rows."""
    concept, index = header.concept(), header.index_columns
    columns = {at: cell for at, cell in enumerate(header.cells) if at != concept and at not in index}
    notes = _passed_over(header)
    if concept != 0 or header.named_concept is None:
        notes = (*notes, f"concepts from column {header.label(concept)}")
    return Layout(name, concept, columns=columns, counts=counts, free=True, notes=notes)


def _passed_over(header: Header) -> tuple[str, ...]:
    index = [header.label(at) for at in header.index_columns]
    return (f"columns that number the rows were passed over: {listed(index)}",) if index else ()


EXPECTED = {
    "lancaster": "Word, Auditory.mean, ..., Visual.mean",
    "binder": "Word and the attributes Vision, Bright, ..., Arousal",
    "mcrae": "Concept, Feature, Prod_Freq",
    "buchanan": "cue, translated, normalized_translated or frequency_translated",
    "cslb": "concept, feature, pf, or Vectors first",
    "norare": "CONCEPTICON_ID, CONCEPTICON_GLOSS, ENGLISH or another language, and one column a feature",
    "mrc": "WORD, FAM, CONC, IMAG, and MEANC, MEANP, NLET or K_F_FREQ",
    "long": "concept, feature, value",
    "wide": "a column of concepts, and one column a feature",
}
_FINDERS: dict[str, Callable[[Header], Found]] = {
    "lancaster": _lancaster,
    "binder": _binder,
    "mcrae": _mcrae,
    "buchanan": _buchanan,
    "cslb": _cslb,
    "norare": _norare,
    "mrc": _mrc,
    "long": _long,
    "wide": _wide,
}


def find_layout(header: Sequence[str], row: Sequence[str], name: str, wanted: str | None = None) -> Layout:
    """Find the columns of concepts, features and values from a header.

    Parameters
    ----------
    header, row : sequence of str
        The first two lines: a wide matrix may well have features called ``feature`` or ``value``, but in its first
        row these hold numbers.
    name : str
        The file, for messages.
    wanted : str, optional
        A key of ``EXPECTED``; by default the first layout, in that order, which the header fits.

    Raises
    ------
    InputError
        Where the header does not fit.
    """
    names = Header(name, header, row)
    if len(names.cells) < 2:
        only = listed(names.cells) or "nothing"
        raise InputError(f"{name}, line 1: one column ({only}); expected several, separated by tabs (.tsv) or commas")
    if wanted:
        layout = _wanted(names, name, wanted)
    else:
        fitting = (found for finder in _FINDERS.values() if (found := finder(names)))
        layout = next(found for found in fitting if not (found.long and _is_matrix(found, row)))
    if layout.long and layout.value is None:
        raise InputError(
            f"{name}, line 1: concepts and features but no column `value` (or {listed(VALUE_NAMES[1:], 9)}); "
            f"found {listed(names.cells)}"
        )
    for at in (layout.concept, layout.feature, layout.value):
        if at is not None and names.folded[at] and names.folded.count(names.folded[at]) > 1:
            raise InputError(f"{name}, line 1: several columns are called {names.cells[at]!r}; rename all but one")
    return replace(layout, notes=(*layout.notes, *_passed_over(names))) if layout.long else layout


def _is_matrix(layout: Layout, row: Sequence[str]) -> bool:
    """Tell whether a long file's feature column holds a number, in a file with more columns than it needs."""
    if len(row) <= 4 or layout.feature is None or layout.feature >= len(row):
        return False
    return is_number(row[layout.feature])


def _wanted(header: Header, name: str, wanted: str) -> Layout:
    if wanted not in _FINDERS:
        raise InputError(f"layout {wanted!r}: not known; expected one of {', '.join(EXPECTED)}")
    layout = _FINDERS[wanted](header)
    others = [at for at in range(len(header.cells)) if at not in header.index_columns]
    if layout is None and wanted == "long" and len(others) == 3:
        concept, feature, value = others
        return Layout("long", concept, feature, value)
    if layout is None:
        shown = f"expected columns {EXPECTED[wanted]}; found {listed(header.cells)}"
        raise InputError(f"{name}, line 1: not the layout {wanted}; {shown}")
    return layout


def _beside(header: Header, used: Sequence[int]) -> str:
    left = [cell or f"number {index + 1}" for index, cell in enumerate(header.cells) if index not in set(used)]
    return f"columns that are not features were passed over: {listed(left)}" if left else ""
