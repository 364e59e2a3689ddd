"""Worlds of ``influence``: salient tokens, positions and offsets that matter for attention and influence alike."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from edgeinterp.results.influence.result import InfluenceResult, LayerInfluence, RivalAgreement
from tests.checks.influence.influence_worlds import salient_world

from .studies import PERMUTATIONS, Outcomes, Study, p_or_one, side

EFFECTS = (0.0, 0.1, 0.25, 0.5, 1.0)
POPULATIONS = 4
# texts that the truth of a population is measured on
MANY = 3000


def measured(seed: int, *, permutations: int = PERMUTATIONS, **world: Any) -> InfluenceResult:
    """Attention, heads and rollout of one world, beside a random model that follows its own influence by position."""
    texts = salient_world(seed, **world)
    random = salient_world(seed + 1_000_000, **{**world, "shared": 0.0})
    found: InfluenceResult = texts.measured(
        n_permutations=permutations, random_state=seed, head=(1, 2), **random.as_random_model()
    )
    return found


def nothing_there(seed: int, **world: Any) -> Outcomes:
    """p-values and claims."""
    result = measured(seed, **world)
    layers, claims = result.layers, [verdict.verdict for verdict in result.verdicts]
    assert result.head is not None
    return {
        "mean attention of layer 1, p": p_or_one(layers[0].attention.p),
        "mean attention, adjusted, any of 2 layers": min(p_or_one(one.attention.p_adjusted) for one in layers),
        "rollout up to layer 2, p": p_or_one(layers[1].rollout.p),
        "rollout, adjusted, any of 2 layers": min(p_or_one(one.rollout.p_adjusted) for one in layers),
        "head 1.2, adjusted": p_or_one(result.head.agreement.p_adjusted),
        "heads, adjusted, any of 4": min(p_or_one(head.p_adjusted) for one in layers for head in one.heads),
        "a claim `supported` or `weakened`, any of 5": any(one in ("supported", "weakened") for one in claims),
        "a claim `supported`, any of 5": "supported" in claims,
    }


def found(seed: int, **world: Any) -> Outcomes:
    """What is found of a planted effect in mean attention."""
    result = measured(seed, **world)
    return {
        "adjusted p of layer 1": p_or_one(result.layers[0].attention.p_adjusted),
        "layer 1 `supported` or `weakened`": result.verdicts[0].verdict in ("supported", "weakened"),
        "layer 1 `supported`": result.verdicts[0].verdict == "supported",
        "rollout up to layer 2 `supported`": result.verdicts[3].verdict == "supported",
    }


@cache
def truth(population: int, shared: float) -> LayerInfluence:
    """Layer 1 in very many texts of a population: nothing is fitted, so that this is the estimand."""
    return measured(10_000 + population, permutations=1, texts=MANY, shared=shared, population=population).layers[0]


def covered(seed: int, *, texts: int, shared: float) -> Outcomes:
    """Whether intervals contain what very many texts of the population give."""
    population = seed % POPULATIONS
    true = truth(population, shared)
    result = measured(seed, permutations=1, texts=texts, shared=shared, population=population)
    own = result.layers[0]
    outcomes = {
        "rho of mean attention": side(_rho(true.attention.rho), own.attention.ci),
        "rho of rollout": side(_rho(true.rollout.rho), own.rollout.ci),
        "rho of head 1": side(_rho(true.heads[0].rho), own.heads[0].ci),
    }
    for name in ("foreign_text", "distance", "random_model"):
        outcomes[f"margin over {name}"] = _margin(true.rivals, own.rivals, name)
    outcomes["margin of rollout over foreign_text"] = _margin(true.rollout_rivals, own.rollout_rivals, "foreign_text")
    if result.best_head is not None:
        # heads of one layer are alike in this population, and so are layers
        outcomes["rho of the head chosen on the other half"] = side(_rho(true.heads[0].rho), result.best_head.ci)
    return outcomes


def _rho(value: float | None) -> float:
    assert value is not None
    return value


def _margin(true: dict[str, RivalAgreement], own: dict[str, RivalAgreement], name: str) -> int:
    expected, found = true[name].margin, own[name].margin
    assert expected is not None
    assert expected.value is not None
    return side(expected.value, None if found is None else found.ci)


SALIENT = "salient tokens attract attention, others have influence; positions and offsets matter for both; 24 texts"
STUDIES = (
    *(
        Study("influence", f"influence-null-{size}", "null", f"{SALIENT}, {size} in a bin",
              partial(nothing_there, in_bin=size))
        for size in (6, 3, 24)
    ),
    *(
        Study("influence", f"influence-effect-{effect:g}", "effect", f"{SALIENT}; attention rises with influence to "
              "the power given", partial(found, shared=effect), f"{effect:g}")
        for effect in EFFECTS
    ),
    *(
        Study("influence", f"influence-coverage-{texts}", "coverage",
              f"as above at power 0.5, {texts} texts ({how})", partial(covered, texts=texts, shared=0.5))
        for texts, how in ((24, "jackknife"), (48, "bootstrap"))
    ),
)  # fmt: skip
