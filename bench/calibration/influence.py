"""Worlds of ``influence``: what matters for attention and influence alike, and for whom."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from edgeinterp.results.influence.result import Agreement, InfluenceResult, RivalAgreement
from tests.checks.influence.influence_worlds import logarithmic_world, salient_world

from .studies import PERMUTATIONS, Outcomes, Study, p_or_one, side

EFFECTS = (0.0, 0.1, 0.25, 0.5, 1.0)
POPULATIONS = 4
# texts that the truth of a population is measured on
MANY = 3000
RANDOM_MODELS = 3
VERDICTS = ("supported", "weakened", "unsupported", "undecided")
# tokens that matter, to attention and influence alike, and no pair of tokens that does
SALIENCE: dict[str, dict[str, Any]] = {
    "alike in all rows": {},
    "rows feel it differently": {"feel": 0.4},
    "rows feel it differently, in both alike": {"feel": 0.3, "alike": True},
    "a fifth of tokens": {"salience": 2.5, "rare": 0.2},
    "a sink": {"sink": 3.0},
    "causal": {"causal": True, "feel": 0.4, "alike": True},
}
OTHERS: dict[str, dict[str, Any]] = {
    "offsets alone": {"salience": 0.0},
    "pairs": {"salience": 0.0, "pairs": 0.4},
    "pairs and salience": {"pairs": 0.4, "feel": 0.4, "alike": True},
    "pairs, causal": {"pairs": 0.4, "causal": True},
}


def measured(seed: int, *, permutations: int = PERMUTATIONS, **world: Any) -> InfluenceResult:
    """Attention, heads and rollout of one world, beside random models that follow their own influence by position."""
    texts = salient_world(seed, **world)
    random = [
        salient_world(seed + 1_000_000 * model, **{**world, "shared": 0.0}).as_random_model()
        for model in range(1, 1 + RANDOM_MODELS)
    ]
    found: InfluenceResult = texts.measured(
        n_permutations=permutations, random_state=seed, head=(1, 2), random_models=random
    )
    return found


def nothing_there(seed: int, **world: Any) -> Outcomes:
    """p-values and claims."""
    result = measured(seed, **world)
    assert result.head is not None
    outcomes: dict[str, Any] = {}
    for name in ("gain", "pair"):
        layers = [getattr(layer.attention, name) for layer in result.layers]
        rolled = [getattr(layer.rollout, name) for layer in result.layers]
        heads = [getattr(head.agreement, name) for layer in result.layers for head in layer.heads]
        outcomes |= {
            f"{name} of mean attention of layer 1, p": p_or_one(layers[0].p),
            f"{name} of mean attention, adjusted, any of 2 layers": min(p_or_one(one.p_adjusted) for one in layers),
            f"{name} of rollout, adjusted, any of 2 layers": min(p_or_one(one.p_adjusted) for one in rolled),
            f"{name} of head 1.2, adjusted": p_or_one(getattr(result.head.agreement, name).p_adjusted),
            f"{name} of heads, adjusted, any of 4": min(p_or_one(one.p_adjusted) for one in heads),
        }
    claims = [verdict.verdict for verdict in result.verdicts]
    return outcomes | {
        "a claim `supported` or `weakened`, any of 5": any(one in ("supported", "weakened") for one in claims),
        "a claim `supported`, any of 5": "supported" in claims,
    }


def found(seed: int, **world: Any) -> Outcomes:
    """What is found of salience that attention shares with influence."""
    result = measured(seed, **world)
    own = result.layers[0].attention
    return {
        "adjusted p of gain, layer 1": p_or_one(own.gain.p_adjusted),
        "adjusted p of pair, layer 1": p_or_one(own.pair.p_adjusted),
        **{f"layer 1 `{name}`": result.verdicts[0].verdict == name for name in VERDICTS},
    }


def judged(seed: int, **world: Any) -> str:
    """The verdict on attention in one world; random models have offsets and noise alone."""
    causal, texts = world.get("causal", False), world["texts"]
    random = [
        logarithmic_world(seed + 1_000_000 * model, texts=texts, salience=0.0, causal=causal).as_random_model()
        for model in range(1, 1 + RANDOM_MODELS)
    ]
    result: InfluenceResult = logarithmic_world(seed, **world).measured(
        n_permutations=PERMUTATIONS, random_state=seed, causal=causal, random_models=random
    )
    return result.verdicts[0].verdict


def shares(seed: int, **world: Any) -> Outcomes:
    """Which of the four verdicts it is."""
    verdict = judged(seed, **world)
    return {f"`{name}`": verdict == name for name in VERDICTS}


def false_claims(seed: int, *, wrong: tuple[str, ...], **world: Any) -> Outcomes:
    """Verdicts that are false."""
    verdict = judged(seed, **world)
    return {f"`{name}`": verdict == name for name in wrong}


@cache
def truth(population: int, shared: float) -> InfluenceResult:
    """A population in very many texts, to which profiles and effects of offsets are as good as known."""
    return measured(10_000 + population, permutations=1, texts=MANY, shared=shared, population=population)


def covered(seed: int, *, texts: int, shared: float) -> Outcomes:
    """Whether intervals contain what very many texts of the population give."""
    population = seed % POPULATIONS
    true = truth(population, shared).layers[0]
    result = measured(seed, permutations=1, texts=texts, shared=shared, population=population)
    own = result.layers[0]
    outcomes: dict[str, Any] = {}
    for name, expected, agreement in (
        ("mean attention", true.attention, own.attention),
        ("rollout", true.rollout, own.rollout),
        ("head 1", true.heads[0].agreement, own.heads[0].agreement),
    ):
        outcomes[f"rho of {name}"] = side(_value(expected.rho), agreement.ci)
        for part in ("gain", "pair"):
            outcomes[f"{part} of {name}"] = _statistic(expected, agreement, part)
    for part in ("gain", "pair"):
        outcomes[f"margin over random models, {part}"] = _margin(
            true.attention.rivals, own.attention.rivals, f"random_model.{part}"
        )
    if result.best_head is not None:
        # heads of one layer are alike in this population, and so are layers
        expected_rho = _value(true.heads[0].agreement.rho)
        outcomes["rho of the head chosen on the other half"] = side(expected_rho, result.best_head.ci)
    return outcomes


def _value(value: float | None) -> float:
    assert value is not None
    return value


def _statistic(true: Agreement, own: Agreement, part: str) -> int:
    return side(_value(getattr(true, part).value), getattr(own, part).ci)


def _margin(true: dict[str, RivalAgreement], own: dict[str, RivalAgreement], name: str) -> int:
    expected, found = true[name].margin, own[name].margin
    assert expected is not None
    return side(_value(expected.value), None if found is None else found.ci)


SALIENT = "salient tokens attract attention, others have influence; positions and offsets matter for both; 24 texts"
WRONG = {"offsets alone": ("supported", "weakened"), **dict.fromkeys(SALIENCE, ("supported", "unsupported"))}


def _studies(texts: int, share: float) -> list[Study]:
    """The logarithmic worlds at one size: false claims against their bound, then the shares of all verdicts."""
    worlds = {**SALIENCE, **OTHERS}
    numbered = {name: number for number, name in enumerate(worlds)}
    return [
        *(
            Study("influence", f"influence-false-{texts}-{numbered[name]}", "null",
                  f"logarithms of attention and influence are sums; what both have: {_words(name)}; {texts} texts, of "
                  "14 tokens, 8 replaced", partial(false_claims, wrong=wrong, texts=texts, **worlds[name]),
                  share=share)
            for name, wrong in WRONG.items()
        ),
        *(
            Study("influence", f"influence-verdicts{texts}-{numbered[name]}", "effect",
                  f"the same worlds, {texts} texts, and pairs of tokens (deviation .4 beside noise of .5); shares of "
                  "verdicts", partial(shares, texts=texts, **world), name, share=share)
            for name, world in worlds.items()
        ),
    ]  # fmt: skip


def _words(name: str) -> str:
    return "offsets and positions" if name == "offsets alone" else f"salient tokens ({name})"


STUDIES = (
    *(
        Study("influence", f"influence-null-{size}", "null", f"{SALIENT}, {size} in a bin",
              partial(nothing_there, in_bin=size))
        for size in (6, 3, 24)
    ),
    *(
        Study("influence", f"influence-effect-{effect:g}", "effect", f"{SALIENT}; attention rises with salience to "
              "the power given, no pair of tokens is special", partial(found, shared=effect), f"{effect:g}")
        for effect in EFFECTS
    ),
    *_studies(24, 0.5),
    *_studies(96, 0.25),
    *(
        Study("influence", f"influence-coverage-{texts}", "coverage",
              f"as above at power 0.5, {texts} texts ({how})", partial(covered, texts=texts, shared=0.5))
        for texts, how in ((24, "jackknife"), (48, "bootstrap"))
    ),
)  # fmt: skip
