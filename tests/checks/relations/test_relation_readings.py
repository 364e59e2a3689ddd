"""``--reading``: relations and hybrid take a reading of attention in the place of its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.relations.run import RelationsRun
from edgeinterp.checks.settings import Settings
from edgeinterp.report.html import render
from edgeinterp.runtime.clock import Clock
from edgeinterp_models import default_model_folder


@pytest.fixture(scope="module")
def few() -> ei.Pairs:
    """Pairs of nine categories in two relations."""
    pairs = ei.default_pairs()
    kept = sorted(set(pairs.categories))[:9]
    rows = [i for i, name in enumerate(pairs.categories) if name in kept and pairs.relations[i] in ("hyper", "coord")]
    return pairs.part(rows)


@pytest.mark.parametrize("key", ["alti", "norm", "rollout"])
def test_features_are_shares_of_the_reading_between_the_words(key: str) -> None:
    model = ei.load(default_model_folder())
    run = RelationsRun(model, Settings(reading=key, only=["relations"]), Clock(), lambda *_: None)
    two = ei.Pairs(["dog", "cat"], ["animal", "tree"], ["hyper", "coord"], ["animal", "animal"])
    passed = run.passed(two, ["Here in the yard the {1} stands and there on the hill the {2} stands for long now."])
    (text,) = model.encode(["Here in the yard the dog stands and there on the hill the animal stands for long now."])
    maps = ei.readings(model, text, "attention" if key == "rollout" else key)[key]
    maps = maps / maps.sum(axis=-1, keepdims=True)
    tokens = model.token_strings(text.ids.tolist())
    dog, animal = tokens.index("dog"), tokens.index("animal")
    found = passed.own.features().mean(np.array([0]))[0]
    assert found.shape == (2, 6, 1)
    np.testing.assert_allclose(found[0, :, 0], maps[:, dog, animal], rtol=1e-5)
    np.testing.assert_allclose(found[1, :, 0], maps[:, animal, dog], rtol=1e-5)


def test_claims_and_settings_name_the_reading(few: ei.Pairs) -> None:
    given: dict[str, Any] = {"pairs": few, "n_permutations": 19, "controls": ("surface", "elsewhere", "random_model")}
    result = ei.check(only=["relations", "hybrid"], reading="alti", **given)
    assert result.settings["reading"] == "alti"
    relations, hybrid = result.relations(), result.hybrid()
    assert relations is not None
    assert hybrid is not None
    assert relations.heads == 1
    assert relations.contrasts[0].rivals["random_model.0"].auc is not None
    assert all(verdict.claim.startswith("alti ") for verdict in result.verdicts)
    # without the sentence in which one head is shown
    assert relations.sentence is None
    assert "One pair, token by token" not in render(result)
    plain = ei.check(only="relations", **given)
    assert plain.verdicts[0].claim.startswith("attention carries")
    assert plain.relations() != relations


def test_what_cannot_be_read_is_refused_in_one_line(few: ei.Pairs) -> None:
    with pytest.raises(ei.InputError, match="reading 'alty': expected one of attention, effective"):
        ei.check(only="relations", pairs=few, reading="alty")
    notes = ei.check(only="correspondence", n_permutations=9, texts=["A cat sat on the mat."] * 3, reading="alti").notes
    assert "reading was given but not used: it is for relations and hybrid" in notes
