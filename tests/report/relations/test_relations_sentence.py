"""The pair that is shown token by token, in the section on relations."""

from __future__ import annotations

import dataclasses
import json
import re

from edgeinterp.report import html
from edgeinterp.report.relations.sentence import pair
from edgeinterp.results.result import Result, load_result
from tests.report.builders import HOSTILE
from tests.report.influence import influence_builders
from tests.report.relations import relations_builders as builders
from tests.report.relations.test_relations import part
from tests.report.test_html import Page


def with_pair(**changes: object) -> Result:
    plain = builders.four()
    found = part(plain)
    assert found.sentence is not None
    shown = dataclasses.replace(found.sentence, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(plain, checks={"relations": dataclasses.replace(found, sentence=shown)})


def identifiers(page: Page) -> list[str]:
    return [attributes["id"] or "" for _, attributes in page.tags if "id" in attributes]


def test_the_head_of_the_highest_auc_is_drawn_and_chosen() -> None:
    page = Page(html.render(builders.four()))
    assert "robin, bird (hyper), in “Every {1} is a kind of {2} here.”; the pair was chosen by hash" in page.words
    assert "head 5 of layer 3, from word2 to word1 (AUC 0.910)" in page.words
    assert "Attention layer 3, head 5." in page.words
    chosen = [attributes["value"] for _, attributes in page.tags if attributes.get("id") == "pair-sentence-head"]
    assert chosen == ["5"]
    found = pair(part(builders.four()))
    assert found is not None
    view = part(builders.four()).sentence
    assert view is not None
    assert view.view is not None
    assert found["view"]["maps"]["reading"].values == view.view.attention[2][4]
    # word1 and word2 are outlined, in both directions
    assert set(found["view"]["maps"]["influence"].marked) == {(1, 3), (1, 4), (3, 1), (4, 1)}


def test_both_sections_have_a_sentence_of_their_own() -> None:
    both = dataclasses.replace(
        builders.four(), checks={**influence_builders.encoder().checks, **builders.four().checks}
    )
    page = Page(html.render(both))
    found = identifiers(page)
    assert len(found) == len(set(found))
    for kind in ("", "-shown", "-layer", "-head", "-reading", "-influence", "-data"):
        assert {f"sentence{kind}", f"pair-sentence{kind}"} <= set(found)
    # links are drawn where readings have licences, which are those of influence
    assert "sentence-links" in found
    assert "pair-sentence-links" not in found


def test_without_a_head_the_mean_is_shown() -> None:
    page = Page(html.render(with_pair(head=None, attention_layer=None, direction=None, auc=None)))
    assert "No head could be measured on its own" in page.words
    assert "Attention layer 3, mean over heads." in page.words


def test_a_sentence_that_cannot_be_shown_has_a_reason() -> None:
    page = Page(html.render(with_pair(word1=None, word2=None, template=None, view=None, reason="all are too long")))
    assert "No pair can be shown: all are too long." in page.words
    assert "pair-sentence" not in identifiers(page)
    plain = builders.four()
    without = dataclasses.replace(plain, checks={"relations": dataclasses.replace(part(plain), sentence=None)})
    assert "One pair, token by token" not in Page(html.render(without)).words


def test_data_of_the_pair_cannot_leave_its_script() -> None:
    page = html.render(builders.hostile())
    match = re.search(r'<script type="application/json" id="pair-sentence-data">(.*?)</script>', page, re.DOTALL)
    assert match
    assert not set("<>&\u2028\u2029\x1b") & set(match[1])
    data = json.loads(match[1])
    assert data["tokens"][:2] == HOSTILE[:2]
    assert data["causal"] is True


def test_a_result_with_a_pair_reads_back(tmp_path: object) -> None:
    builders.four().save(f"{tmp_path}/result.json")
    assert load_result(f"{tmp_path}/result.json").to_dict() == builders.four().to_dict()
