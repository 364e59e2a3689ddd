from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import edgeinterp as ei
import edgeinterp.inputs.norm_tables
from edgeinterp import InputError, Norms, default_norms, load, read_norms
from edgeinterp.inputs.norm_layouts import BINDER_ATTRIBUTES
from edgeinterp.inputs.norms import word_of
from edgeinterp.runtime.files import Bound

nan = float("nan")


def read(folder: Path, name: str, content: str | bytes, layout: str | None = None) -> Norms:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_norms(path, layout)


def dense(norms: Norms) -> Any:
    return norms.values.toarray() if norms.sparse else norms.values


def said(norms: Norms) -> str:
    return "; ".join(norms.notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "concept,red,big\ncat,1,2\ndog,0,\n"),
        ("a.csv", b"\xef\xbb\xbfconcept,red,big\r\ncat,1,2\r\n\r\ndog,0,NA\r\n"),
        ("a.tsv", "concept\tred\tbig\ncat\t1\t2.0\ndog\t0\tnan\n"),
        ("a.TSV", "concept\tred\tbig\t\t\ncat\t1\t2\t\t\ndog\t0\t\t\t\n"),
        ("a.dat", "concept\tred\tbig\ncat\t1\t2\ndog\t0\tn/a\n"),
        ("a.csv", '"concept","red","big"\n"cat","1","2"\n"dog","0",""\n'),
        ("a.tsv", '"concept"\t"red"\t"big"\n"cat"\t1\t2\n"dog"\t0\tNA\n'),
        ("a.csv", 'concept, red, big\n"cat", 1, 2\n"dog", 0,\n'),
        ("a.csv", b"concept,red,big\rcat,1,2\rdog,0,\r"),
        ("a.csv", "concept,kind,red,big\ncat,pet,1,2\ndog,pet,0,\n"),
        ("a.csv", ",concept,red,big\n0,cat,1,2\n1,dog,0,\n"),
        ("a.tsv.gz", gzip.compress(b"concept\tred\tbig\ncat\t1\t2\ndog\t0\t\n", mtime=0)),
        ("a.csv", gzip.compress(b"concept,red,big\ncat,1,2\ndog,0,\n", mtime=0)),
    ],
)
def test_wide(tmp_path: Path, name: str, content: str | bytes) -> None:
    norms = read(tmp_path, name, content)
    assert (norms.concepts, norms.features, norms.layout) == (["cat", "dog"], ["red", "big"], "wide")
    np.testing.assert_array_equal(norms.values, [[1, 2], [0, nan]])
    assert norms.values.dtype == np.float64
    assert "1 value is missing" in norms.notes
    assert norms.source == str(tmp_path / name)


PLAIN = "word,red,big\ncat,1,2\ndog,0,\nant,7,3\n"
LAYOUTS = {
    "pandas": "Unnamed: 0,word,red,big\n0,cat,1,2\n1,dog,0,\n2,ant,7,3\n",
    "pandas, twice": "Unnamed: 0.1,Unnamed: 0,word,red,big\n0,0,cat,1,2\n1,1,dog,0,\n2,2,ant,7,3\n",
    "no name": ",Word,red,big\n0,cat,1,2\n1,dog,0,\n2,ant,7,3\n",
    "id, not in order": "ID,Cue ,red,big\n9,cat,1,2\n4,dog,0,\n5,ant,7,3\n",
    "after the words": "noun,index,red,big\ncat,0,1,2\ndog,1,0,\nant,2,7,3\n",
    "words in the middle": "red,TERM,id,big\n1,cat,5,2\n0,dog,3,\n7,ant,8,3\n",
    "words last": 'id,red,big,"lemma"\n5,1,2,cat\n6,0,,dog\n9,7,3,ant\n',
    "item numbers": "item,word,red,big\n4,cat,1,2\n2,dog,0,\n9,ant,7,3\n",
    "an unknown name": "X,word,red,big\n1,cat,1,2\n2,dog,0,\n3,ant,7,3\n",
    "an unknown name for the words": "id,stimword,red,big\n4,cat,1,2\n2,dog,0,\n9,ant,7,3\n",
    "R's row names": '"concept","red","big"\n"1","cat",1,2\n"2","dog",0,NA\n"3","ant",7,3\n',
    "R's row names are the concepts": '"red","big"\n"cat",1,2\n"dog",0,NA\n"ant",7,3\n',
    "pandas' index is the concepts": ",red,big\ncat,1,2\ndog,0,\nant,7,3\n",
}


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("tabs", [False, True])
def test_the_concepts_are_found_by_name_and_an_index_is_passed_over(tmp_path: Path, kind: str, tabs: bool) -> None:
    plain = read(tmp_path, "plain.csv", PLAIN)
    content = LAYOUTS[kind].replace(",", "\t") if tabs else LAYOUTS[kind]
    norms = read(tmp_path, "a.tsv" if tabs else "a.csv", content)
    assert (norms.concepts, norms.words, norms.features) == (plain.concepts, plain.words, plain.features)
    np.testing.assert_array_equal(dense(norms), dense(plain))
    if "are the concepts" not in kind and "is the concepts" not in kind:
        assert "rows were passed over" in said(norms)


@pytest.mark.parametrize("beside", ["pos", "POS", "Part of speech", "upos", "category", "gloss"])
@pytest.mark.parametrize("word", ["lexeme", "stimword", "", "concept"])
@pytest.mark.parametrize("last", [False, True])
def test_what_is_said_about_words_is_not_taken_for_the_words(
    tmp_path: Path, beside: str, word: str, last: bool
) -> None:
    header, first, second = f"{beside},{word},red", "NN,cat,3", "VB,run,1"
    if last:
        header, first, second = f"red,{word},{beside}", "3,cat,NN", "1,run,VB"
    norms = read(tmp_path, "a.csv", f"{header}\n{first}\n{second}\n")
    assert (norms.concepts, norms.features) == (["cat", "run"], ["red"])
    assert f"concepts from column {word or 'number 2'}" in norms.notes
    assert f"columns without numbers were passed over: {beside}" in norms.notes


@pytest.mark.parametrize(
    "header",
    ["stimword,answer,red", "pos,stimword,answer,red", "pos,gloss,red", ",stimword,red", "red,stimword,answer"],
)
def test_which_of_two_columns_of_words_names_the_concepts_is_asked(tmp_path: Path, header: str) -> None:
    row = ",".join("3" if name == "red" else "cat" for name in header.split(","))
    with pytest.raises(InputError, match=r"line 1: which of .* names the concepts\? call that column `concept`"):
        read(tmp_path, "a.csv", f"{header}\n{row}\n")


def test_a_long_file_of_other_names_is_not_read_as_a_wide_one(tmp_path: Path) -> None:
    """Its features would be passed over as words, and its values averaged over them."""
    with pytest.raises(InputError, match="which of stimword, feature names the concepts"):
        read(tmp_path, "a.csv", "stimword,feature,value\ncat,fur,3\ncat,claws,1\n")


def test_missing_cells_of_the_first_row_are_no_words(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.csv", "stimword,red,note,big\ncat,NA,,2\ndog,1,old,3\n")
    assert (norms.concepts, norms.features) == (["cat", "dog"], ["red", "big"])
    with pytest.raises(InputError, match="decimal point"):
        read(tmp_path, "b.tsv", "stimword\tred\ncat\t1,5\n")


def test_an_index_in_published_and_long_layouts_is_named(tmp_path: Path) -> None:
    for header, row in (
        ("concept,feature,value", "cat,fur,3"),
        ("noun,feature,strength", "cat,fur,3"),
        ("Concept,Feature,Prod_Freq", "cat,fur,3"),
        ("cue,feature,translated,normalized_translated", "cat,furry,fur,3"),
        ("Vectors,fur", "cat,3"),
        ("Word,Auditory.mean,Visual.mean", "cat,1.5,4.2"),
    ):
        plain = read(tmp_path, "plain.csv", f"{header}\n{row}\n")
        norms = read(tmp_path, "a.csv", f"Unnamed: 0,{header}\n0,{row}\n")
        assert (norms.layout, norms.concepts, norms.features) == (plain.layout, ["cat"], plain.features)
        np.testing.assert_array_equal(dense(norms), dense(plain))
        assert "Unnamed: 0" in said(norms)


def test_a_column_that_counts_the_rows_is_no_feature(tmp_path: Path) -> None:
    rows = "".join(f"w{i},{i + 5},{i * 7 % 5}\n" for i in range(12))
    norms = read(tmp_path, "a.csv", f"word,position,red\n{rows}")
    assert norms.features == ["red"]
    assert "columns that count the rows were passed over: position" in norms.notes
    # a rating may go up by 1 from row to row in a file of few rows
    assert read(tmp_path, "b.csv", "word,red\na,1\nb,2\nc,3\n").features == ["red"]


def test_columns_that_are_no_features_are_named(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.csv", "word,kind,red,none\ncat,pet,1,\ndog,pet,2,\nant,,3,\n")
    assert norms.features == ["red"]
    assert "columns without numbers were passed over: kind" in norms.notes
    assert "columns without any value were passed over: none" in norms.notes


def test_rows_of_one_concept_are_averaged(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.csv", "word,red,big,odd\nused,1,2,\ncat,5,5,5\nused,3,,\n")
    assert norms.concepts == ["used", "cat"]
    np.testing.assert_array_equal(norms.values, [[2, 2, nan], [5, 5, 5]])
    assert "concepts on several lines, averaged: used" in norms.notes


def test_long(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.csv", "concept,feature,value\ncat,fur,2\ndog,fur,3\ncat,purrs,-1\ncat,fur,2\n")
    assert norms.layout == "long"
    np.testing.assert_array_equal(dense(norms), [[2, -1], [3, 0]])
    assert "1 line repeats a pair and was passed over" in norms.notes


def test_long_with_missing_values_is_dense(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.csv", "concept,feature,rating\ncat,fur,\ndog,fur,3\ncat,purrs,0\n")
    np.testing.assert_array_equal(norms.values, [[nan, 0], [3, 0]])


def test_long_by_name_takes_three_columns_in_order(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.csv", "a,b,c\ncat,fur,2\ndog,tail,3\n", layout="long")
    assert (norms.concepts, norms.features) == (["cat", "dog"], ["fur", "tail"])


def test_a_wide_matrix_may_have_features_named_as_the_columns_of_a_long_one(tmp_path: Path) -> None:
    norms = read(tmp_path, "a.tsv", "concept\tfeature\titem\tproperty\tvalue\ncat\t0\t1\t2\t3\n")
    assert (norms.layout, norms.features) == ("wide", ["feature", "item", "property", "value"])


def test_sparse_where_at_most_a_fifth_is_named(tmp_path: Path) -> None:
    eye = [",".join(["c" + str(i), *("1" if i == j else "0" for j in range(5))]) for i in range(5)]
    norms = read(tmp_path, "a.csv", "\n".join(["concept,a,b,c,d,e", *eye]))
    assert norms.sparse
    assert norms.values.format == "csr"
    np.testing.assert_array_equal(norms.values.toarray(), np.eye(5))
    assert not read(tmp_path, "b.csv", "\n".join(["concept,a,b,c,d,e", *eye[:-1], "c4,0,0,0,1,1"])).sparse
    assert not read(tmp_path, "c.csv", "\n".join(["concept,a,b,c,d,e", *eye[:-1], "c4,0,0,0,1,"])).sparse
    long = "\n".join(["concept,feature,value", *(f"c{i},f{i},{i}" for i in range(8))])
    norms = read(tmp_path, "d.csv", long)
    assert norms.sparse
    # a stored zero is no value
    assert norms.values.nnz == 7


@pytest.mark.parametrize(
    ("concept", "word"),
    [
        ("bat_(animal)", "bat"),
        ("bow (weapon)", "bow"),
        ("ice_cream", "ice cream"),
        ("organ_(musical_instrument)", "organ"),
        ("(so)", "(so)"),
        ("_", "_"),
        ("New  York", "New York"),
        ("été", "été"),
    ],
)
def test_word_of(concept: str, word: str) -> None:
    assert word_of(concept) == word


# invented rows in the published layouts

MCRAE = (
    "Concept\tFeature\tWB_Label\tWB_Maj\tWB_Min\tBR_Label\tProd_Freq\tRank_PF\tSum_PF_No_Tax\n"
    "bat_(animal)\tbeh_-_flies\tentity_behavior\te\tb\tvisual-motion\t19\t1\t300\n"
    "bat_(baseball)\tmade_of_wood\tmade_of\te\tm\tvisual-form_and_surface\t12\t1\t200\n"
    "ice_cream\tis_cold\texternal\te\te\ttactile\t21\t1\t100\n"
)


def test_mcrae(tmp_path: Path) -> None:
    norms = read(tmp_path, "CONCS_FEATS_concstats_brm.txt", MCRAE)
    assert norms.layout == "mcrae"
    assert norms.concepts == ["bat_(animal)", "bat_(baseball)", "ice_cream"]
    assert norms.words == ["bat", "bat", "ice cream"]
    assert norms.features == ["beh_-_flies", "made_of_wood", "is_cold"]
    np.testing.assert_array_equal(dense(norms), np.diag([19, 12, 21]))
    assert "concepts that share their word with another one: bat_(animal), bat_(baseball)" in norms.notes
    assert "bat_(animal) as 'bat'" in said(norms)


def test_cslb_long_and_wide(tmp_path: Path) -> None:
    long = "domain\tconcept\tfeature type\tfeature\tpf\nanimal\tseal_(animal)\tvisual\thas_flippers\t20\n"
    norms = read(tmp_path, "norms.dat", long)
    assert (norms.layout, norms.words, dense(norms).tolist()) == ("cslb", ["seal"], [[20]])
    wide = "Vectors\thas_flippers\tis_food\nseal_(animal)\t20\t0\nsausage\t0\t13\n"
    norms = read(tmp_path, "feature_matrix.dat", wide)
    assert (norms.layout, norms.words, dense(norms).tolist()) == ("cslb", ["seal", "sausage"], [[20, 0], [0, 13]])


def test_buchanan(tmp_path: Path) -> None:
    header = "where,cue,feature,translated,frequency_feature,frequency_translated,n,"
    header += "normalized_feature,normalized_translated\n"
    rows = "b,lamp,lights,light,5,9,30,16.7,30\nb,lamp,lit,light,4,9,30,13.3,30\nv,lamp,light,light,2,2,20,10,10\n"
    norms = read(tmp_path, "cue_feature_words.csv", header + rows)
    assert (norms.layout, norms.features, dense(norms).tolist()) == ("buchanan", ["light"], [[30]])
    assert "values from column normalized_translated" in said(norms)
    assert "1 line names a pair again: the largest value was kept" in norms.notes
    roots = "concept\tfeature\troot\tfrequency\nlamp\tlights\tlight\t5\nlamp\tlit\tlight\t4\nlamp\thot\thot\t2\n"
    norms = read(tmp_path, "features_long.tsv", roots)
    assert (norms.layout, norms.features, dense(norms).tolist()) == ("buchanan", ["light", "hot"], [[9, 2]])
    assert "added up" in said(norms)


def test_binder(tmp_path: Path) -> None:
    names = [name.capitalize() for name in BINDER_ATTRIBUTES]
    header = ",".join(["No.", "Word", "Type", "Super Category", "Category", *names, "", "N", "Mean R", "WC"])
    row = ",".join(["2", "lamp", "thing", "a", "b", *["2"] * 63, "3", "na", "", "30", "0.7", "noun"])
    norms = read(tmp_path, "WordSet1_Ratings.csv", "\n".join([header, row, row.replace("lamp", "cat")]))
    assert norms.layout == "binder"
    # a column in which every word is missing says nothing
    assert norms.features == names[:-1]
    assert norms.values.shape == (2, 64)
    assert "columns without any value were passed over: Arousal" in norms.notes
    assert "passed over: No., Type, Super Category, Category, number 71, N and 2 more" in said(norms)


def test_lancaster(tmp_path: Path) -> None:
    content = (
        "Word,Auditory.mean,Gustatory.mean,Haptic.mean,Interoceptive.mean,Olfactory.mean,Visual.mean,Foot_leg.mean,"
        "Auditory.SD,Max_strength.perceptual,Dominant.perceptual\n"
        "LAMP,1,0,2,0,0,5,0,1.1,5,Visual\nA LA CARTE,2,4,1,1,3,3,0,1.2,4,Gustatory\n"
    )
    norms = read(tmp_path, "lancaster.csv", content)
    assert norms.layout == "lancaster"
    assert norms.features == ["Auditory", "Gustatory", "Haptic", "Interoceptive", "Olfactory", "Visual", "Foot_leg"]
    assert (norms.concepts, norms.words) == (["LAMP", "A LA CARTE"], ["lamp", "a la carte"])
    assert "passed over: Auditory.SD, Max_strength.perceptual, Dominant.perceptual" in said(norms)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", b"concept,red\n", "has a header but no row"),
        ("a.csv", b"concept,feature,value\n", "has a header but no row"),
        ("a.csv", b"concept\ncat\n", "line 1: one column .concept."),
        ("a.csv", b"concept;red\ncat;1\n", "line 1: columns are separated by semicolons"),
        ("a.csv", b"concept,red\ncat,1\nd\xe4g,2\n", "line 3: not UTF-8"),
        ("a.csv", "concept,red\ncat,1\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("a.csv", b"concept,red\nca\x00t,1\n", "line 2: has a zero byte"),
        ("a.xlsx", b"PK\x03\x04rest", "workbook"),
        ("a.csv", b"concept,red\ncat,1\nNA,2\n", "line 3: has NA for a concept; expected its name"),
        ("a.csv", b"concept,red\ncat\n", "line 2: 1 column, expected 2"),
        ("a.csv", b"concept,red\ncat,1,2\n", "line 2: 3 columns, expected 2"),
        ("a.csv", b"concept,red\n,1\n", "line 2: has no concept"),
        ("a.csv", b"concept,feature,value\ncat,,1\n", "line 2: has no feature"),
        ("a.csv", b"concept,red\ncat,1\ndog,x\n", "line 3, column red: 'x' is not a number"),
        ("a.csv", b"concept,red\ncat,x\ndog,1\n", "line 3, column red: '1' is a number, but the lines before"),
        ("a.csv", b'concept,red\ncat,1\ndog,"1,5"\n', "line 3, column red: '1,5' is not a number"),
        ("a.csv", b"concept,red\ncat,1\ndog,1_0\n", "line 3, column red: '1_0' is not a number"),
        ("a.csv", b"concept,red\ncat,inf\n", "line 2, column red: 'inf' is not finite"),
        ("a.csv", b"concept,red\ncat,1e999\n", "line 2, column red: '1e999' is not finite"),
        ("a.csv", b"concept,red\ncat,pet\n", "no column of numbers"),
        ("a.csv", b"concept,red,red\ncat,1,2\n", "line 1: two columns 'red'"),
        ("a.csv", b"concept,red,\ncat,1,2\n", "line 1: column number 3 has values but no name"),
        ("a.csv", b"cat,1.5,2\ndog,1,2\n", "line 1: numbers; expected the names"),
        ("a.csv", b"concept,feature,source,year\ncat,fur,a,b\n", "line 1: concepts and features but no column `value`"),
        ("a.csv", b"concept,feature\ncat,fur\n", "no column `value`"),
        ("a.csv", b"word,red\n1,2\n2,3\n", "line 2: column word holds a number; expected words"),
        ("a.csv", b"a,b\n1,2\n2,3\n", "line 2: every column holds a number; expected words"),
        ("a.csv", b"item,stimword,red\n1,cat,2\n", "line 2: column item holds a number; expected words"),
        ("a.csv", b"word,red\ncat,2\n2,3\n5,3\n", "column word has numbers such as '2'"),
        ("a.csv", b"concept,feature,value\nx,fur,2\n2,fur,3\n5,fur,3\n", "column concept has numbers"),
        ("a.csv", b"id,kind,red\nw1,cat,3\n", "line 1: which of id, kind names the concepts"),
        ("a.csv", b"Word,word,red\ncat,c,3\n", "line 1: several columns are called 'Word'"),
        ("a.csv", b"word,red\n'cat',3\n'dog',4\n", "column word has every word in quotes"),
        ("a.csv", b"id,word\n1,cat\n2,dog\n", "no column beside the concepts"),
        (
            "a.tsv",
            b"word\tred\ncat\t3,5\ndog\t4\n",
            "line 2, column red: '3,5' .* comma; write it with a decimal point",
        ),
        ("a.tsv", b"word\tred\tbig\ncat\t3,5\t1\ndog\t1.234,5\t2\n", "line 2, column red: '3,5' .* comma"),
        ("a.csv", b'concept,feature,value\ncat,fur,"3,5"\n', "line 2, column value: '3,5' .* comma"),
        ("a.csv", b"word;red\ncat;3,5\n", "separated by semicolons; .*decimal point"),
        ("a.tsv", b"word\tred\tbig\ncat\t1\t,5\ndog\t2\t,7\n", "column big: ',5' .* decimal point"),
        ("a.csv", b'word,red\ncat,"1,000.5"\n', "'1,000.5' .* comma; .* no other separator"),
        # a header that is a row: one feature of 0 and 1, or several that happen to count
        ("a.csv", b"cat,0\ndog,1\n", "line 1: numbers; expected the names of the features"),
        ("a.csv", b"cat,1,2\ndog,2,1\n", "line 1: numbers; expected the names of the features"),
        ("a.tsv", b'word\tred\n"cat\t1\ndog"\t2\n', "line 2: the cell .* begins with a quote"),
        ("a.json", b'[{"word": "cat", "red": 1}]', "is JSON by its name; expected a file of norms, .csv or .tsv"),
        ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS .*git lfs pull"),
        ("a.csv", b"concept,feature,value\ncat,fur,x\n", "line 2, column value: 'x' is not a number"),
        (
            "a.csv",
            b"concept,feature,value\ncat,fur,1\ncat,fur,2\n",
            "line 3: 'cat' and 'fur' again, with 2 instead of 1",
        ),
        ("a.csv", b"concept,feature,frequency\ncat,fur,-1\n", "line 2, column frequency: '-1' is negative"),
        ("a.tsv", MCRAE.replace("\t19\t", "\t-19\t").encode(), "line 2, column Prod_Freq: '-19' is negative"),
        ("a.tsv", b"Vectors\tfur\ncat\t-2\n", "line 2, column fur: '-2' is negative"),
        ("a.csv", b'concept,red\ncat,"1\n', "not a comma-separated table"),
        ("a.csv.gz", b"concept,red\ncat,1\n", "not compressed by gzip"),
        ("a.csv.gz", gzip.compress(b"concept,red\ncat,1\n" * 99, mtime=0)[:-12], "damaged or cut off"),
        ("a.csv.gz", gzip.compress(b"concept,red\n", mtime=0)[:8] + b"\xff" * 9, "damaged or cut off"),
    ],
)
def test_faults_are_named(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        read(tmp_path, name, content)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_folder_and_unknown_layout(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_norms(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        read_norms(tmp_path)
    with pytest.raises(InputError, match=r"layout 'mcray': not known; expected one of .*mcrae"):
        read_norms(tmp_path / "none.csv", layout="mcray")


@pytest.mark.parametrize("layout", ["mcrae", "cslb", "buchanan", "binder", "lancaster", "long"])
def test_a_named_layout_must_fit(tmp_path: Path, layout: str) -> None:
    with pytest.raises(InputError, match=f"line 1: not the layout {layout}; expected columns .*; found concept, red"):
        read(tmp_path, "a.csv", "concept,red\ncat,1\n", layout)


def test_a_compressed_file_cannot_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edgeinterp.inputs.norm_tables, "TABLE", Bound(1 << 20, 100, 1 << 20))
    with pytest.raises(InputError, match="more than 1 MB of text"):
        read(tmp_path, "a.csv.gz", gzip.compress(b"concept,red\n" + bytes(1 << 26)))


def test_missing_values_among_too_many_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edgeinterp.inputs.norm_tables, "MOST_CELLS", 3)
    with pytest.raises(InputError, match="2 concepts x 2 features with empty values do not fit"):
        read(tmp_path, "a.csv", "concept,feature,value\ncat,fur,\ndog,tail,2\n")


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="expected"):
        Norms(["a"], ["a"], ["f"], np.zeros((2, 1)))


CELLS = st.sampled_from(
    ["concept", "feature", "value", "pf", "cue", "Word", "", "1", "-2", "nan", "inf", "x", '"', "1e9"]
)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.lists(CELLS, min_size=1, max_size=5).map("\t".join), max_size=6).map(
            lambda x: "\n".join(x).encode()
        ),
        st.lists(st.lists(CELLS, min_size=3, max_size=3).map(",".join), max_size=6).map(
            lambda x: "\n".join(x).encode()
        ),
        st.binary(max_size=60).map(lambda x: gzip.compress(x, mtime=0)),
    ),
    st.sampled_from(["a.csv", "a.tsv", "a.dat", "a.csv.gz"]),
    st.sampled_from([None, "long", "wide", "cslb"]),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_norms_or_one_line(tmp_path: Path, content: bytes, name: str, layout: str | None) -> None:
    norms, fault = None, ""
    try:
        norms = read(tmp_path, name, content, layout)
    except InputError as error:
        fault = str(error)
    assert len(fault.splitlines()) == (0 if norms else 1)
    if norms is None:
        return
    assert norms.concepts
    assert norms.features
    assert len(set(norms.concepts)) == len(norms.concepts)
    assert len(set(norms.features)) == len(norms.features)
    assert not np.isinf(dense(norms)).any()


NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.just(0.0), st.just(nan))


@given(st.integers(1, 6).flatmap(lambda k: st.lists(st.lists(NUMBERS, min_size=k, max_size=k), min_size=1, max_size=6)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wide_round_trip(tmp_path: Path, rows: list[list[float]]) -> None:
    lines = [",".join(["concept", *(f"f{i}" for i in range(len(rows[0])))])]
    lines += [",".join([f"c{i}", *("" if np.isnan(x) else repr(x) for x in row)]) for i, row in enumerate(rows)]
    given_values = np.array(rows)
    kept = ~np.isnan(given_values).all(axis=0)
    if not kept.any():
        return
    norms = read(tmp_path, "a.csv", "\n".join(lines))
    np.testing.assert_array_equal(dense(norms), given_values[:, kept])
    assert norms.features == [f"f{i}" for i in np.flatnonzero(kept)]


def test_default_norms() -> None:
    norms = default_norms()
    assert norms.features == ["auditory", "gustatory", "haptic", "interoceptive", "olfactory", "visual"]
    assert norms.words == norms.concepts
    assert norms.values.shape == (1500, 6)
    assert ((norms.values >= 0) & (norms.values <= 5)).all()
    assert "Lynott" in norms.source
    value = dict(zip(norms.words, norms.values, strict=True))
    strongest = {word: norms.features[int(row.argmax())] for word, row in value.items()}
    assert (strongest["city"], strongest["necklace"], strongest["garbage"]) == ("visual", "visual", "visual")
    assert (norms.values.argmax(axis=1) == norms.features.index("auditory")).sum() > 50


def test_default_norms_follow_their_rule() -> None:
    from edgeinterp_models import default_model_folder

    model = load(default_model_folder())
    norms = default_norms()
    tokens = [encoded.ids[~encoded.special].tolist() for encoded in model.encode(norms.words)]
    assert all(len(ids) == 1 for ids in tokens)
    ids = [own[0] for own in tokens]
    assert model.token_strings(ids) == norms.words
    assert ids == sorted(ids)


def test_norms_are_public() -> None:
    assert ei.read_norms is read_norms
    assert {"Norms", "default_norms", "read_norms"} <= set(dir(ei))


def test_features_may_be_numbered_and_r_calls_a_column_of_numbers_x(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for header in (",0,1", "word,1,2", "Unnamed: 0,0,1"):
        path.write_text(f"{header}\ncat,3,5\ndog,4,1\n", encoding="utf-8")
        assert read_norms(path).words == ["cat", "dog"]
    path.write_text("X,word,red\n7,cat,3\n2,dog,4\n", encoding="utf-8")
    norms = read_norms(path)
    assert (norms.words, norms.features) == (["cat", "dog"], ["red"])
    assert "columns that number the rows were passed over: X" in norms.notes
    path.write_text("word,x,y\ncat,7,3\ndog,2,4\n", encoding="utf-8")
    assert read_norms(path).features == ["x", "y"]
