"""The pair that is shown: which one, which head, and what it says where no sentence fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.relations import sentence as relation_sentence
from edgeinterp.checks.relations.sentence import pair_sentence, shown_contrast, strongest_head
from edgeinterp.checks.sentence import sentence_view
from edgeinterp.checks.settings import Settings
from edgeinterp.inputs.templates import PAIR_TEMPLATES, pair_template
from edgeinterp.results.relations.result import Contrast, HeadScore
from edgeinterp_models import default_model_folder

TEMPLATES = [pair_template(text) for text in PAIR_TEMPLATES]
HEADS = [HeadScore(1, 1, "1->2", 0.2, 0.001), HeadScore(4, 7, "2->1", 0.9, 0.4), HeadScore(2, 2, "1->2", None, None)]


def contrast(positive: str, negative: str, heads: Any = HEADS) -> Contrast:
    return Contrast(positive, negative, 9, 9, 0.8, 0.8, None, 0.01, 0.01, 0.3, heads=heads)


@pytest.fixture(scope="module")
def model() -> Any:
    return ei.load(default_model_folder())


def shown(model: Any, pairs: Any, contrasts: Any = None, rows: Any = None, **settings: Any) -> Any:
    contrasts = contrasts or [contrast("hyper", "random_category")]
    rows = range(len(pairs)) if rows is None else rows
    return pair_sentence(model, pairs, rows, TEMPLATES, contrasts, Settings(**settings))


def test_hypernyms_against_random_categories_come_first() -> None:
    wanted = contrast("hyper", "random_category")
    assert shown_contrast([contrast("hyper", "coord"), wanted]) is wanted
    first = contrast("synonym", "antonym")
    assert shown_contrast([first, contrast("synonym", "other")]) is first


def test_the_highest_auc_is_not_the_most_distant_from_chance() -> None:
    assert strongest_head(contrast("a", "b")) == HEADS[1]
    assert strongest_head(contrast("a", "b", [HEADS[2]])) is None


def test_the_pair_is_chosen_by_content_and_its_words_are_marked(model: Any) -> None:
    pairs = ei.default_pairs()
    found = shown(model, pairs)
    row = [pairs.word1[i] + pairs.word2[i] + pairs.relations[i] for i in range(len(pairs))]
    assert found.word1 + found.word2 + "hyper" in row
    assert (found.relation, found.contrast, found.replacement) == (
        "hyper",
        "hyper against random_category",
        "mask token",
    )
    assert (found.attention_layer, found.head, found.direction, found.auc) == (4, 7, "2->1", 0.9)
    order = np.random.default_rng(0).permutation(len(pairs)).tolist()
    assert shown(model, pairs.part(order)) == found
    assert (shown(model, pairs, seed=1).word1, shown(model, pairs, seed=2).word1) != (found.word1, found.word1)
    # the same view as of the sentence itself, with the words where they stand
    text = TEMPLATES[0].filled(found.word1, found.word2)[0]
    spans = [(span.name, span.first, span.last) for span in found.view.spans]
    assert found.view == sentence_view(model, text, spans)
    for word, span in zip((found.word1, found.word2), found.view.spans, strict=True):
        tokens = found.view.tokens[span.first : span.last + 1]
        assert "".join(token.removeprefix("##") for token in tokens) == word.replace(" ", "").lower()
    assert [span.name for span in found.view.spans] == ["word1", "word2"]


def test_only_measured_pairs_of_the_positive_relation_are_shown(model: Any) -> None:
    pairs = ei.default_pairs()
    rows = [i for i in range(len(pairs)) if pairs.relations[i] != "hyper"] + [pairs.relations.index("hyper")]
    assert shown(model, pairs, rows=rows).word1 == pairs.word1[rows[-1]]
    found = shown(model, pairs, [contrast("coord", "hyper")])
    assert found.relation == "coord"


def test_sentences_that_do_not_fit_are_passed_over_with_a_reason(model: Any, monkeypatch: Any) -> None:
    pairs = ei.default_pairs()
    monkeypatch.setattr(relation_sentence, "longest_shown", lambda *_: 17)
    assert len(shown(model, pairs).view.tokens) == 17
    # the second template is shorter
    monkeypatch.setattr(relation_sentence, "longest_shown", lambda *_: 16)
    assert shown(model, pairs).template == PAIR_TEMPLATES[1]
    monkeypatch.setattr(relation_sentence, "longest_shown", lambda *_: 9)
    found = shown(model, pairs)
    assert found.view is None
    assert found.word1 is None
    assert found.reason == "no sentence of a pair of 'hyper' has at most 9 tokens, which can be shown here"
    none = shown(model, pairs, [replace(contrast("hyper", "coord"), heads=[])])
    assert (none.attention_layer, none.head, none.auc) == (None, None, None)


def test_relations_alone_shows_a_pair_and_reads_back(exported: Any, tmp_path: Any) -> None:
    pairs = ei.Pairs(
        ["cat", "dog", "cat", "dog"], ["mat", "cake", "dog", "mat"], ["hyper", "hyper", "coord", "coord"],
        ["a", "b", "a", "b"],
    )  # fmt: skip
    for kind, causal in (("bert", False), ("llama", True)):
        result = ei.check(
            exported(kind), only=["relations"], pairs=pairs, templates=["the {1} sat on the {2}"], controls=["words"],
            n_permutations=9,
        )  # fmt: skip
        found = result.relations()
        assert found is not None
        assert found.sentence is not None
        assert found.sentence.causal is causal
        view = found.sentence.view
        assert view is not None
        measured = [head.auc for head in found.contrasts[0].heads if head.auc is not None]
        assert found.sentence.auc == max(measured)
        result.save(tmp_path / "result.json")
        assert ei.load_result(tmp_path).to_dict() == result.to_dict()
