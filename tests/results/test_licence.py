"""Which attention layers may be read token to token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeinterp.errors import InputError
from edgeinterp.results.licence import licence
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
