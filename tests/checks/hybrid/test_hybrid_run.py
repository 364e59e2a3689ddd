"""``hybrid`` over a model: with and without ``relations``, with other norms, and where nothing can be judged."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.inputs.norms import default_pair_norms
from edgeinterp.report.html import render

FEW = ("dealt", "spelling", "elsewhere", "in_sentence")


@pytest.fixture(scope="module")
def few() -> ei.Pairs:
    """Pairs of twelve categories in two relations, most of them with properties."""
    pairs = ei.default_pairs()
    kept = sorted(set(pairs.categories))[:12]
    rows = [i for i, name in enumerate(pairs.categories) if name in kept and pairs.relations[i] in ("hyper", "coord")]
    return pairs.part(rows)


def run(pairs: ei.Pairs, **settings: Any) -> ei.Result:
    return ei.check(pairs=pairs, **{"only": "hybrid", "n_permutations": 19, "controls": FEW, **settings})


def part_of(result: ei.Result) -> ei.HybridResult:
    part = result.hybrid()
    assert part is not None
    return part


def test_alone_and_after_relations_the_numbers_are_the_same(few: ei.Pairs) -> None:
    alone = part_of(run(few))
    after = part_of(run(few, only=["relations", "hybrid"]))
    assert alone.contrasts == after.contrasts
    assert alone.without_norms == after.without_norms > 0
    assert [verdict.verdict for verdict in alone.verdicts] == [verdict.verdict for verdict in after.verdicts]
    (contrast,) = alone.contrasts
    assert {"H", "WSH"} <= set(contrast.auc)
    assert contrast.controls["spelling"].auc is not None


def test_page_has_a_bar_of_own_and_shared_parts(few: ei.Pairs) -> None:
    page = render(run(few))
    assert "attention alone" in page
    assert "both say it" in page
    assert 'id="hybrid-bars-wide-title"' in page


def test_norms_of_other_words_judge_nothing_and_say_so(few: ei.Pairs) -> None:
    norms = dataclasses.replace(
        (own := default_pair_norms()),
        concepts=(other := [f"x{i}" for i in range(len(own.words))]), words=other,
    )  # fmt: skip
    part = part_of(run(few, norms=norms))
    assert not part.verdicts
    assert part.without_norms == len(few)
    assert "give norms of these words with --norms" in part.notes[0]


def test_a_random_model_that_cannot_be_made_leaves_claims_undecided_with_the_reason(
    few: ei.Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgeinterp.checks.relations import run as relations_run
    from edgeinterp.model.random_model import RandomModelError
    from edgeinterp_models import default_model_folder

    def refuse(*_: Any, **__: Any) -> Any:
        raise RandomModelError(default_model_folder(), "seen")

    monkeypatch.setattr(relations_run, "load_random", refuse)
    (contrast,) = part_of(run(few, controls=("random_model",))).contrasts
    assert contrast.controls["random_model"].reason == "seen"


def test_embedded_ratings_cover_most_embedded_pairs() -> None:
    pairs, known = ei.default_pairs(), set(default_pair_norms().words)
    both = sum(one in known and other in known for one, other in zip(pairs.word1, pairs.word2, strict=True))
    assert both == 1157
