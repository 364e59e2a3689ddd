"""Human feature norms: concepts x features, read from a file or embedded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.sequences import refuse_repeated, text_list
from .norm_columns import Header
from .norm_layouts import EXPECTED, Layout, find_layout
from .norm_tables import Table, file_rows, read_long, read_wide
from .reliability import of_counts, of_rows
from .tables import listed

__all__ = ["Norms", "default_norms", "default_pair_norms", "read_norms", "set_names", "word_of"]

# norms with at most this share of nonzero values, and none missing, are kept sparse
SPARSE_SHARE = 0.2
_SENSE = re.compile(r"[\s_]*\([^()]*\)\s*$")


@dataclass(frozen=True, eq=False)
class Norms:
    """Feature norms: what people said about concepts.

    Attributes
    ----------
    concepts : list of str
        Names as in the file, each once, such as ``bat_(animal)``.
    words : list of str
        Word to tokenize for each concept, such as ``bat``; a word may occur twice.
    features : list of str
        Names of the features, each once.
    values : ndarray or scipy.sparse.csr_array, shape (concepts, features)
        float64. Dense with NaN where a value is missing; sparse, without NaN, where none is missing and at most a
        fifth of the values is nonzero (production norms: 0 means that nobody named the feature).
    source : str
        The file, or a description of the embedded data.
    layout : str
        The layout that the file was read in.
    notes : list of str
        Parts that were skipped, merged or chosen, one sentence each.
    reliability : ndarray of shape (features,) or None
        Split-half reliability of each feature, where the file lets it be worked out.
    """

    concepts: list[str]
    words: list[str]
    features: list[str]
    values: Any
    source: str = ""
    layout: str = ""
    notes: list[str] = field(default_factory=list)
    reliability: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        for name, item in (("concepts", "concept"), ("words", "word"), ("features", "feature")):
            object.__setattr__(self, name, text_list(getattr(self, name), name, item))
        refuse_repeated(self.concepts, "concepts")
        refuse_repeated(self.features, "features")
        shape = (len(self.concepts), len(self.features))
        if self.values.shape != shape or len(self.words) != shape[0]:
            raise ValueError(f"values {self.values.shape}, {len(self.words)} words; expected {shape}, {shape[0]}")

    @property
    def sparse(self) -> bool:
        """Tell whether ``values`` is a sparse matrix."""
        return not isinstance(self.values, np.ndarray)


def word_of(concept: str) -> str:
    """Return the word behind a concept's name: without the sense in brackets, with spaces for underscores.

    Examples
    --------
    >>> word_of("bat_(animal)"), word_of("ice_cream"), word_of("(so)")
    ('bat', 'ice cream', '(so)')
    """
    word = " ".join(_SENSE.sub("", concept).replace("_", " ").split())
    return word or concept


def read_norms(path: str | Path, layout: str | None = None) -> Norms:
    r"""Read human feature norms from a file.

    Parameters
    ----------
    path : str or Path
        UTF-8 ``.csv`` or ``.tsv`` (``.txt`` and ``.dat`` alike), also ``.gz``, with a header: wide (concepts, and one
        column a feature) or long (``concept, feature, value``). Concepts stand in the column called ``concept``,
        ``word``, ``cue``, ``item`` or the like, wherever that is, else in the only column of words (beside those
        called ``pos``, ``category`` or the like); columns that number the rows are passed over. An empty cell, ``NA``
        or ``nan`` is missing; a 0 is a zero (in ``mrc`` it is missing); in a long file a pair that is not there is 0.
    layout : str, optional
        ``wide``, ``long``, or a published layout: ``mcrae``, ``cslb``, ``buchanan``, ``binder``, ``lancaster``,
        ``norare``, ``mrc`` (docs/norms.md). By default, detected from the header.

    Returns
    -------
    Norms
        Wide: rows of the same concept are averaged. Long: a pair that comes twice with different values is refused;
        in published layouts the largest is kept (or, for ``concept, feature, root, frequency``, the sum). ``notes``
        says so.

    Raises
    ------
    InputError
        One line that names the file, the line and column where there is one, and what was expected.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "norms.csv"
    >>> _ = path.write_text("concept,feature,value\ncat,has fur,9\nbat_(animal),flies,7\n")
    >>> norms = read_norms(path)
    >>> norms.words, norms.values.shape
    (['cat', 'bat'], (2, 2))
    >>> folder.cleanup()
    """
    if layout is not None and layout not in EXPECTED:
        raise InputError(f"layout {layout!r}: not known; expected one of {', '.join(EXPECTED)}")
    name = str(path)
    rows = file_rows(
        file_name("norms", path), names_words=lambda header: Header(name, header).named_concept is not None
    )
    first = next(rows, None)
    if first is None:
        raise InputError(f"{name}: is empty; expected a header and one concept a line")
    header, second = first[1], next(rows, None)
    found = find_layout(header, second[1] if second else (), name, layout)
    body = chain([second] if second else [], rows)
    table = (read_long if found.long else read_wide)(name, header, body, found)
    notes = [*found.notes, *table.notes]
    words = [word_of(concept) for concept in table.concepts]
    if found.lower:
        words = [word.lower() for word in words]
    notes += _notes_on_words(table.concepts, words, found.lower)
    values = _stored(table)
    if isinstance(values, np.ndarray) and np.isnan(values).any():
        notes.append(f"{counted(int(np.isnan(values).sum()), 'value is', 'values are')} missing")
    reliability = _reliability(path, found, header, table)
    return Norms(table.concepts, words, table.features, values, name, found.name, notes, reliability)


def _reliability(path: str | Path, found: Layout, header: list[str], table: Table) -> NDArray[np.float64] | None:
    """Work out the reliability of the norms, where the file says enough of its participants."""
    if found.participants is not None:
        return of_counts(table.values, found.participants)
    # a pipe cannot be read twice
    if found.name != "lancaster" or not Path(path).is_file():
        return None
    rows = file_rows(file_name("norms", path))
    next(rows)
    return of_rows(header, rows, table.features)


def default_norms() -> Norms:
    """Return the embedded norms: perceptual strength of 1,500 English words, six senses, ratings from 0 to 5.

    From the Lancaster Sensorimotor Norms (Lynott et al. 2020, CC BY 4.0, see NOTICE), a subset with rounded values:
    the words that the Glasgow Norms (Scott et al. 2019) have as well and that are single tokens of the embedded
    model's vocabulary, lowest ids first.

    Examples
    --------
    >>> default_norms().values.shape
    (1500, 6)
    """
    norms = read_norms(Path(__file__).parent / "data" / "norms.tsv", layout="wide")
    source = "Lancaster Sensorimotor Norms (Lynott et al. 2020), perceptual strength of 1,500 words"
    return Norms(norms.concepts, norms.words, norms.features, norms.values, source, norms.layout, norms.notes)


def default_pair_norms() -> Norms:
    """Return the embedded norms, and with them those of the words of the embedded pairs: the same ratings.

    Examples
    --------
    >>> default_pair_norms().values.shape
    (2040, 6)
    """
    norms = default_norms()
    others = read_norms(Path(__file__).parent / "data" / "pair_norms.tsv", layout="wide")
    known = set(norms.words)
    rows = [row for row, word in enumerate(others.words) if word not in known]
    concepts = [*norms.concepts, *(others.concepts[row] for row in rows)]
    values = np.concatenate([norms.values, others.values[rows]])
    source = f"Lancaster Sensorimotor Norms (Lynott et al. 2020), perceptual strength of {len(concepts):,} words"
    return Norms(concepts, list(concepts), norms.features, values, source, norms.layout, norms.notes)


def set_names(sources: Sequence[str]) -> list[str]:
    """Return a short name for each of several sets of norms: the end of its path, as long as it takes to differ.

    Examples
    --------
    >>> set_names(["data/zoo/norms.tsv", "data/coda/norms.tsv"]), set_names(["a/zoo.tsv", ""])
    (['zoo/norms.tsv', 'coda/norms.tsv'], ['zoo.tsv', 'norms 2'])
    """
    parts = [PurePath(source).parts or (f"norms {number}",) for number, source in enumerate(sources, 1)]
    for length in range(1, max(map(len, parts)) + 1):
        names = [str(PurePath(*own[-length:])) for own in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{name} ({number})" for number, name in enumerate(names, 1)]


def _notes_on_words(concepts: list[str], words: list[str], lower: bool) -> list[str]:
    """Report cleaned names, and concepts that became the same word."""
    notes = []
    cleaned = [
        f"{concept} as {word!r}"
        for concept, word in zip(concepts, words, strict=True)
        if word != (concept.lower() if lower else concept)
    ]
    if cleaned:
        notes.append(f"names given to the tokenizer in another spelling: {listed(cleaned)}")
    owners: dict[str, list[str]] = {}
    for concept, word in zip(concepts, words, strict=True):
        owners.setdefault(word, []).append(concept)
    shared = list(chain.from_iterable(own for own in owners.values() if len(own) > 1))
    if shared:
        notes.append(f"concepts that share their word with another one: {listed(shared)}")
    return notes


def _stored(table: Table) -> Any:
    """Return values sparse where at most a fifth is not 0 and none is missing, dense otherwise."""
    from scipy.sparse import csr_array, issparse

    values = table.values
    cells = max(1, values.shape[0] * values.shape[1])
    if issparse(values):
        return values if values.nnz <= SPARSE_SHARE * cells else values.toarray()
    if np.isnan(values).any() or np.count_nonzero(values) > SPARSE_SHARE * cells:
        return np.ascontiguousarray(values)
    return csr_array(values)
