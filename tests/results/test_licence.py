"""Which attention layers may be read token to token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeinterp.errors import InputError
from edgeinterp.results.licence import head_licence, last_recommended, licence, reading_licence
from edgeinterp.results.result import Result
from tests.report import builders
from tests.report.influence import influence_builders
from tests.report.properties import properties_builders


def test_each_attention_layer_has_its_word() -> None:
    result = builders.encoder()
    words = {1: "supported", 2: "supported", 3: "supported", 4: "supported", 5: "supported", 6: "weakened"}
    assert licence(result) == words
    part = result.correspondence()
    assert part is not None
    assert licence(part) == words


def test_verdicts_of_other_checks_license_nothing() -> None:
    result, other = builders.encoder(), influence_builders.encoder()
    both = replace(result, verdicts=[*other.verdicts, *result.verdicts], checks={**other.checks, **result.checks})
    assert licence(both) == licence(result)


@pytest.mark.parametrize("result", [influence_builders.encoder(), properties_builders.dense()])
def test_without_correspondence_it_is_refused(result: object) -> None:
    with pytest.raises(InputError, match="no verdict of correspondence; run check"):
        licence(result)  # type: ignore[arg-type]


@pytest.mark.parametrize("odd", [None, "result.json", {}, 3, [builders.encoder()]])
def test_what_is_no_result_is_refused(odd: object) -> None:
    with pytest.raises(InputError, match="expected a result of check, load_result or correspondence, found"):
        licence(odd)  # type: ignore[arg-type]


def both() -> Result:
    """Both checks: correspondence weakens layer 6; influence supports attention 2 and 3, weakens 1, 4 and 6."""
    result, other = builders.encoder(), influence_builders.encoder()
    return replace(result, verdicts=[*other.verdicts, *result.verdicts], checks={**other.checks, **result.checks})


def denied(result: Result, layer: int, word: str) -> Result:
    """The same result, where reading this layer token to token has another verdict."""
    verdicts = [
        replace(one, verdict=word) if (one.check, one.attention_layer) == ("correspondence", layer) else one
        for one in result.verdicts
    ]
    return replace(result, verdicts=verdicts)


def test_a_reading_is_licensed_by_influence() -> None:
    result = both()
    found = {layer: reading_licence(result, "attention", layer).verdict for layer in range(1, 7)}
    alone = influence_builders.encoder().verdicts
    assert found == {verdict.attention_layer: verdict.verdict for verdict in alone if verdict.kind == "attention"}
    assert {"supported", "weakened", "unsupported"} <= set(found.values())
    shown = reading_licence(result, "alti_rolled_up", 3)
    assert (shown.verdict, shown.texts) == ("supported", 24)
    assert shown.rho == pytest.approx(0.83)


@pytest.mark.parametrize("word", ["weakened", "unsupported", "undecided"])
def test_states_that_are_no_tokens_take_the_licence_of_what_reads_them(word: str) -> None:
    result = denied(both(), 3, word)
    assert reading_licence(both(), "attention", 3).verdict == "supported"
    found = reading_licence(result, "attention", 3)
    assert found.verdict == word
    assert f"may be read token to token is {word}" in found.because
    # what is rolled up reads the tokens of the text, and so does the row that classifiers read
    assert reading_licence(result, "rollout", 3) == reading_licence(both(), "rollout", 3)
    assert reading_licence(result, "attention", 3, "special") == reading_licence(both(), "attention", 3, "special")
    # nor does who checks less get more
    alone = influence_builders.encoder()
    assert reading_licence(alone, "attention", 3).verdict == "not judged"
    assert "--only correspondence,influence" in reading_licence(alone, "attention", 3).because
    assert reading_licence(alone, "rollout", 3) == reading_licence(both(), "rollout", 3)
    # what influence denies already keeps its reason
    assert reading_licence(denied(both(), 4, word), "attention", 4) == reading_licence(both(), "attention", 4)


def test_nothing_is_licensed_without_a_judgement() -> None:
    for result, key, layer in (
        (None, "attention", 1),
        (builders.encoder(), "attention", 1),
        (both(), "norm", 1),
        (both(), "attention", 7),
    ):
        assert reading_licence(result, key, layer).verdict == "not judged"


def test_only_the_head_that_was_asked_about_is_judged() -> None:
    assert head_licence(both(), 4, 9).verdict == "weakened"
    for result, head in ((both(), 8), (None, 9), (builders.encoder(), 9)):
        found = head_licence(result, 4, head)
        assert found.verdict == "not judged"
        assert f"--head 4.{head}" in found.because


def test_the_last_layer_with_a_recommended_reading() -> None:
    assert last_recommended(both()) == ("alti_rolled_up", 6)
    assert last_recommended(influence_builders.bare_sentence()) is None
    assert last_recommended(builders.encoder()) is None
    assert last_recommended(None) is None
