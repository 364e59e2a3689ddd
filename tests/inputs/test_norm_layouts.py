"""The layouts of NoRaRe and of the MRC database, in rows as they are published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeinterp import InputError, read_norms
from edgeinterp.inputs.norm_layouts import EXPECTED
from edgeinterp.inputs.norms import Norms

ROOT = Path(__file__).parents[2]


def read(folder: Path, name: str, content: str, layout: str | None = None) -> Norms:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return read_norms(path, layout)


def said(norms: Norms) -> str:
    return "; ".join(norms.notes)


def table(*rows: str) -> str:
    return "".join("\t".join(row.split("|")) + "\n" for row in rows)


RATINGS = table(
    "CONCEPTICON_ID|CONCEPTICON_GLOSS|ENGLISH|ENGLISH_AROUSAL_MEAN|ENGLISH_VALENCE_MEAN|ENGLISH_AOA_MAX|ENGLISH_POS|"
    "SEMANTIC_CATEGORY|LINE_IN_SOURCE",
    "1004|MUSCLE|muscle|5.1880|6.0880|11|1|body part|1",
    "1052|LIGHT (WEIGHT)|light (weight)|3.6770||9|3|property|2",
    "1146|AUBERGINE|eggplant|2.5|-1.5|7|1|plant|3",
)


def test_norare_reads_the_words_and_the_numbers_beside_them(tmp_path: Path) -> None:
    norms = read(tmp_path, "Scott-2019-Ratings.tsv", RATINGS)
    assert norms.layout == "norare"
    assert norms.words == ["muscle", "light", "eggplant"]
    assert norms.features == ["ENGLISH_AROUSAL_MEAN", "ENGLISH_VALENCE_MEAN"]
    np.testing.assert_array_equal(norms.values, [[5.188, 6.088], [3.677, np.nan], [2.5, -1.5]])
    assert "words from column ENGLISH" in norms.notes
    assert "CONCEPTICON_ID, CONCEPTICON_GLOSS, ENGLISH_AOA_MAX, ENGLISH_POS, LINE_IN_SOURCE" in said(norms)
    assert "columns without numbers were passed over: SEMANTIC_CATEGORY" in norms.notes


def test_norare_takes_the_language_that_the_values_are_named_after(tmp_path: Path) -> None:
    content = RATINGS.replace("ENGLISH", "SPANISH").replace("SPANISH_POS", "POS")
    assert read(tmp_path, "a.tsv", content).words == ["muscle", "light", "eggplant"]
    both = RATINGS.replace("SEMANTIC_CATEGORY", "GERMAN").replace("LINE_IN_SOURCE", "GERMAN_AOA_MEAN")
    assert read(tmp_path, "b.tsv", both).words == ["muscle", "light", "eggplant"]


def test_norare_without_a_column_of_words_takes_the_glosses(tmp_path: Path) -> None:
    content = table("ID|CONCEPTICON_GLOSS|RANK", "7|BRIBE (AMOUNT)|3", "9|CAR|8")
    norms = read(tmp_path, "a.tsv", content)
    assert (norms.words, norms.features, norms.values.tolist()) == (["bribe", "car"], ["RANK"], [[3], [8]])
    assert "words from column CONCEPTICON_GLOSS" in norms.notes


def test_norare_without_numbers_is_refused(tmp_path: Path) -> None:
    content = table("CONCEPTICON_ID|CONCEPTICON_GLOSS|ENGLISH|POS", "7|CAR|car|n", "9|CAT|cat|n")
    with pytest.raises(InputError, match="no column of numbers beside the concepts"):
        read(tmp_path, "a.tsv", content)


MRC = (
    "WORD,NLET,NPHON,NSYL,K_F_FREQ,FAM,CONC,IMAG,MEANC,MEANP,AOA,WTYPE\n"
    "DOG,3,3,1,75,598,610,636,553,0,169,N\n"
    "DOG,3,3,1,75,0,0,0,0,0,0,V\n"
    "ZYMURGY,7,0,3,0,0,0,0,0,0,0,N\n"
    "TRUTH,5,4,1,126,550,0,300,0,501,0,N\n"
)


def test_a_zero_of_the_mrc_database_is_no_rating(tmp_path: Path) -> None:
    norms = read(tmp_path, "mrc.csv", MRC)
    assert norms.layout == "mrc"
    assert norms.features == ["FAM", "CONC", "IMAG", "MEANC", "MEANP", "AOA"]
    # a line without a rating takes nothing from the one that has it, and a word without any is left out
    assert norms.words == ["dog", "truth"]
    nan = np.nan
    np.testing.assert_array_equal(norms.values, [[598, 610, 636, 553, nan, 169], [550, nan, 300, nan, 501, nan]])
    assert "0 is no rating in this layout: 16 values taken as missing" in norms.notes
    assert "1 concept without any rating was left out" in norms.notes
    assert "columns that are not features were passed over: NLET, NPHON, NSYL, K_F_FREQ, WTYPE" in norms.notes


def test_an_extract_of_the_mrc_database_has_fewer_columns(tmp_path: Path) -> None:
    norms = read(tmp_path, "mrc.csv", "WORD,FAM,CONC,IMAG,MEANC,MEANP,AOA\ndog,598,610,636,553,0,169\n")
    assert (norms.layout, norms.words) == ("mrc", ["dog"])
    with pytest.raises(InputError, match="no concept has a rating"):
        read(tmp_path, "none.csv", "WORD,FAM,CONC,IMAG,MEANC\ndog,0,0,0,0\n")


def test_ratings_of_those_names_alone_keep_their_zeros(tmp_path: Path) -> None:
    norms = read(tmp_path, "own.csv", "word,fam,conc,imag\ncat,0,2,1\ndog,1,0,3\n")
    assert (norms.layout, norms.values.tolist()) == ("wide", [[0, 2, 1], [1, 0, 3]])


@pytest.mark.parametrize("layout", ["norare", "mrc"])
def test_a_named_layout_must_fit(tmp_path: Path, layout: str) -> None:
    with pytest.raises(InputError, match=f"not the layout {layout}; expected columns .*; found concept, red"):
        read(tmp_path, "a.csv", "concept,red\ncat,1\n", layout)


def test_the_page_of_layouts_names_each() -> None:
    page = (ROOT / "docs" / "norms.md").read_text(encoding="utf-8")
    for name in EXPECTED:
        assert f"| `{name}`" in page, f"docs/norms.md does not name the layout {name}"
