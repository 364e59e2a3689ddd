"""What ``hybrid`` says where it is known what attention and properties carry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import edgeinterp as ei
from tests.checks.hybrid.hybrid_worlds import World, world

REPETITIONS = 200


def judged(given: World, norms: Any = None) -> ei.Verdict:
    """Judge the only contrast; within .1 counts as equal, which few pairs can show."""
    found = ei.hybrid(
        given.features, given.labels, given.groups, given.words, given.word_states, norms or given.norms,
        random_models=given.random_models, elsewhere=given.elsewhere, n_permutations=99, equal=2.0,
    )  # fmt: skip
    return found.verdicts[0]


@pytest.mark.parametrize(
    ("wanted", "carries"),
    [
        ("supported", {"attention": 2.0, "features": 2.0}),
        ("weakened", {"attention": 2.0}),
        ("weakened", {"features": 2.0}),
        # attention of random models knows as much
        ("unsupported", {"attention": 2.0, "features": 2.0, "random": 1.0}),
    ],
)
def test_planted_worlds(wanted: str, carries: dict[str, Any]) -> None:
    found = [judged(world(seed, categories=40, **carries)).verdict for seed in range(6)]
    assert found.count(wanted) >= 5, found


def test_what_dealt_properties_gain_as_well_is_a_leak() -> None:
    # each first word leans to one relation, which any vector that tells words apart lets a classifier learn
    found = []
    for seed in range(6):
        given = world(seed, categories=40, attention=1.0, identity=3.0, pool=40)
        many = np.random.default_rng(seed).standard_normal((len(given.norms), 150))
        found.append(judged(given, dict(zip(given.norms, many, strict=True))).verdict)
    assert found.count("unsupported") >= 4, found
    assert "supported" not in found, found


@pytest.mark.parametrize(
    ("name", "carries"),
    [
        # nothing carries anything but the words themselves
        ("attention", {"words": 1.5, "identity": 1.0}),
        ("semantics", {"words": 1.5, "identity": 1.0}),
        # the other side carries it
        ("attention", {"features": 1.5, "identity": 1.0}),
        ("semantics", {"attention": 1.5, "identity": 1.0}),
    ],
)
def test_what_adds_nothing_is_found_no_more_often_than_alpha_says(name: str, carries: dict[str, Any]) -> None:
    beaten, small = 0, 0
    for seed in range(REPETITIONS):
        given = world(1000 + seed, categories=16, **carries)
        norms = given.norms
        if name == "semantics":
            order = np.random.default_rng(seed).permutation(len(norms))
            norms = dict(zip(norms, np.array(list(norms.values()))[order], strict=True))
        found = ei.hybrid(
            given.features, given.labels, given.groups, given.words, given.word_states, norms, n_permutations=199,
            controls=(),
        )  # fmt: skip
        gain = found.contrasts[0].gains[name]
        beaten += gain.outcome == "beaten"
        small += gain.p is not None and gain.p <= 0.05
    assert max(beaten, small) <= binom.ppf(0.99, REPETITIONS, 0.05), (beaten, small)
