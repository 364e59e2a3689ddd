"""Pairs in texts of their own: as templates where these are filled in, and without a relation where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.given import Inputs
from edgeinterp.checks.relations.relations import contrasts_of
from edgeinterp.checks.settings import Settings
from edgeinterp.inputs.templates import pair_template
from edgeinterp.report.terminal import make_console, render
from tests.checks.relations import tree_worlds as worlds

TEMPLATE = "We know that every {1} is a kind of {2} and nothing else here."
FEW = ["elsewhere", "words", "similarity", "cosine_states", "surface"]


@pytest.fixture(scope="module")
def few() -> ei.Pairs:
    """Three words of each of nine categories, one contrast."""
    pairs = ei.default_pairs()
    kept = sorted(set(pairs.categories))[:9]
    rows = [i for i, name in enumerate(pairs.categories) if name in kept]
    return pairs.part([i for i in rows if pairs.relations[i] in ("hyper", "random_category")])


@pytest.fixture(scope="module")
def own(few: ei.Pairs) -> ei.Pairs:
    """The same pairs, each in a text that a template would make."""
    template = pair_template(TEMPLATE)
    return replace(few, texts=[template.filled(*two)[0] for two in zip(few.word1, few.word2, strict=True)])


def checked(pairs: ei.Pairs, **settings: Any) -> ei.Result:
    return ei.check(only=["relations"], pairs=pairs, **{"n_permutations": 99, "controls": FEW, **settings})


def run(pairs: ei.Pairs, **settings: Any) -> Any:
    part = checked(pairs, **settings).relations()
    assert part is not None
    return part


def same(one: Any, other: Any) -> None:
    assert len(one.contrasts) == len(other.contrasts)
    for a, b in zip(one.contrasts, other.contrasts, strict=True):
        assert (a.name, a.p, a.pairs, a.categories) == (b.name, b.p, b.pairs, b.categories)
        assert a.auc == pytest.approx(b.auc, rel=1e-5)
        assert a.rivals.keys() == b.rivals.keys()
        assert a.references.keys() == b.references.keys()
        for name, rival in {**a.rivals, **a.references}.items():
            assert rival.auc == pytest.approx({**b.rivals, **b.references}[name].auc, rel=1e-5)


def test_texts_of_their_own_are_as_the_template_that_makes_them(few: ei.Pairs, own: ei.Pairs) -> None:
    controls = [*FEW, "random_model", "licensed"]
    texts = ei.default_texts()[::6]
    filled = run(few, templates=[TEMPLATE], controls=controls, texts=texts)
    part = run(own, controls=controls, texts=texts)
    same(filled, part)
    assert [v.verdict for v in filled.verdicts] == [v.verdict for v in part.verdicts]
    assert (filled.texts, part.texts) == (0, len(own))
    assert part.sentence.template in own.texts
    assert part.sentence.view is not None


def test_order_and_batches_do_not_matter(own: ei.Pairs) -> None:
    order = np.random.default_rng(0).permutation(len(own)).tolist()
    # the order of contrasts follows the file: keep it
    order.sort(key=lambda i: own.relations[i] != "hyper")
    same(run(own, batch=1, threads=1), run(own.part(order), batch=8, threads=2))


def test_pairs_whose_words_are_not_in_their_text_are_left_out(own: ei.Pairs) -> None:
    texts = list(own.texts)
    texts[0] = "Nothing of the kind stands here."
    part = run(replace(own, texts=texts))
    assert part.pairs == len(own) - 1
    assert [(left.word1, left.word2) for left in part.left_out] == [(own.word1[0], own.word2[0])]
    assert part.left_out[0].reason == f"{own.word1[0]!r}: not in its text as a whole word"
    with pytest.raises(ei.InputError, match=r"can be given to the model.*give other words, or shorter texts"):
        run(replace(own, texts=["Nothing."] * len(own)))


def test_a_start_decides_which_of_two_places_is_read(own: ei.Pairs) -> None:
    twice = [f"{text} {one} and more." for text, one in zip(own.texts, own.word1, strict=True)]
    last = [text.rindex(one) for text, one in zip(twice, own.word1, strict=True)]
    first = run(replace(own, texts=twice))
    other = run(replace(own, texts=twice, starts=[(start, None) for start in last]))
    assert first.contrasts[0].auc != other.contrasts[0].auc
    starts = [(text.index(one), None) for text, one in zip(twice, own.word1, strict=True)]
    same(first, run(replace(own, texts=twice, starts=starts)))


def test_templates_beside_texts_are_refused(own: ei.Pairs) -> None:
    with pytest.raises(ei.InputError, match="templates: given for pairs that have texts of their own"):
        run(own, templates=[TEMPLATE])
    # those for words are for another check
    both = Settings(("properties", "relations"))
    assert Inputs.read(both, None, None, own, ["The {} is here."]).word_templates == ["The {} is here."]


def test_a_text_without_room_elsewhere(own: ei.Pairs) -> None:
    short = [f"{one} {other}" for one, other in zip(own.word1, own.word2, strict=True)]
    reference = run(replace(own, texts=short)).contrasts[0].references["elsewhere"]
    assert "in each pair's own text; put four words or more" in reference.reason


def test_a_budget_keeps_whole_categories(own: ei.Pairs) -> None:
    result = checked(own, budget=0.01)
    part = result.relations()
    assert part is not None
    assert part.categories == 8
    assert part.texts == part.pairs
    assert any("cut 72 pairs of 9 categories to 64 of 8" in note for note in result.notes)


def test_a_run_of_other_texts_is_not_resumed(own: ei.Pairs, tmp_path: Path) -> None:
    first = checked(own, checkpoint=tmp_path / "kept")
    again = checked(own, checkpoint=tmp_path / "kept", resume=True)
    assert again.to_dict()["checks"] == first.to_dict()["checks"]
    others = replace(own, texts=[f"{text} " for text in own.texts])
    with pytest.raises(ei.InputError, match="pairs"):
        checked(others, checkpoint=tmp_path / "kept", resume=True)


def test_report_page_and_file_say_so(own: ei.Pairs, tmp_path: Path) -> None:
    result = checked(own)
    result.save(tmp_path / "result.json")
    read = ei.load_result(tmp_path / "result.json")
    assert read.to_dict() == result.to_dict()
    console = make_console()
    with console.capture() as shown:
        render(read, console)
    assert f"each in its own text ({len(own)} texts)" in " ".join(shown.get().split())
    ei.write_html(read, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Each pair is read in its own text" in page
    assert "<h3>Templates</h3>" not in page
    assert own.texts[0].partition(own.word1[0])[0] in page


def test_a_relation_is_set_against_its_own_negative() -> None:
    assert contrasts_of(["nsubj", "not nsubj", "amod", "not amod"]) == [("nsubj", "not nsubj"), ("amod", "not amod")]
    assert contrasts_of(["not a", "b", "a", "c"]) == [("a", "not a"), ("not a", "b"), ("not a", "c")]
    assert contrasts_of(["not a", "b"]) == [("not a", "b")]


def relate(pairs: ei.Pairs, features: Any, seed: int) -> Any:
    words = list(zip(pairs.word1, pairs.word2, strict=True))
    return ei.relations(
        features, pairs.relations, pairs.categories, words=words, n_permutations=99, controls=[], random_state=seed
    ).contrasts[0]


def test_tokens_and_sentences_that_several_pairs_share_are_no_relation(tmp_path: Path) -> None:
    rejected, heads, repetitions = 0, 0, 200
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        pairs = worlds.drawn(rng, tmp_path, sentences=30)
        contrast = relate(pairs, worlds.token_effects(rng, pairs, (2, 2, 3)), seed)
        rejected += contrast.p <= 0.05
        heads += min(head.p_adjusted or 1.0 for head in contrast.heads) <= 0.05
    # binomial, 99.9 %: 21 of 200 at a rate of .05
    assert rejected <= 21
    assert heads <= 21


def test_a_head_that_looks_from_verbs_to_their_subjects_is_found(tmp_path: Path) -> None:
    found = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        pairs = worlds.drawn(rng, tmp_path)
        features = worlds.token_effects(rng, pairs)
        features[np.array(pairs.relations) == "nsubj", 0, 1, 2] += 0.4
        contrast = relate(pairs, np.clip(features, 0.0, 1.0), seed)
        best = max(contrast.heads, key=lambda head: head.auc)
        found += contrast.p <= 0.05 and (best.attention_layer, best.head, best.direction) == (2, 3, "1->2")
    assert found == 10
