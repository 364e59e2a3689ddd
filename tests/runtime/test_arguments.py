"""Numbers, arrays and names that a caller gives: taken, or refused in one line that names the argument."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.settings import Settings
from edgeinterp.errors import InputError
from edgeinterp.runtime import arguments

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 30, 4)), RNG.normal(size=(30, 2))
FEATURES, LABELS = RNG.random((32, 2, 1, 2)), ["hyper", "coord"] * 16
GROUPS = [f"category {i // 4}" for i in range(32)]
STATES, IDS, LENGTHS = RNG.normal(size=(2, 60, 3)), np.arange(60) % 11, [12] * 5
FEW: dict[str, Any] = {"n_permutations": 1}


class NAType:
    """What pandas.NA does: it has no truth."""

    def __eq__(self, other: object) -> Any:
        return self

    def __ne__(self, other: object) -> Any:
        return self

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    def __repr__(self) -> str:
        return "<NA>"


NA = NAType()


def texts_of_influence() -> dict[str, Any]:
    weights = np.full((3, 1, 1, 6, 6), 1 / 6)
    return {
        "hidden_states": RNG.normal(size=(2, 18, 4)),
        "replaced_hidden_states": [RNG.normal(size=(2, 6, 6, 4)) for _ in range(3)],
        "attentions": list(weights),
        "positions": [range(6)] * 3,
        "lengths": [6] * 3,
    }


def influence(**changes: Any) -> Any:
    return ei.influence(**{**texts_of_influence(), **FEW, **changes})


def relate(**changes: Any) -> Any:
    given: dict[str, Any] = {"features": FEATURES, "labels": LABELS, "groups": GROUPS, "controls": (), **FEW}
    return ei.relations(**{**given, **changes})


def norms(**changes: Any) -> Any:
    given: dict[str, Any] = {"X_layers": X, "Y": Y, "controls": ["permuted"], **FEW}
    return ei.properties(**{**given, **changes})


def identify(**changes: Any) -> Any:
    return ei.correspondence(**{"hidden_states": STATES, "token_ids": IDS, "lengths": LENGTHS, **FEW, **changes})


def ridge(X: Any = X[0], y: Any = Y, groups: Any = None, **options: Any) -> Any:
    return ei.PermutationRidge(**{"cv": 5, **FEW, **options}).fit(X, y, groups)


# every integer of the library, by what it is called in its message
WHOLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "correspondence": ("n_permutations", lambda value: identify(n_permutations=value)),
    "Correspondence": ("n_permutations", lambda value: ei.Correspondence(n_permutations=value)),
    "Correspondence, seed": ("random_state", lambda value: ei.Correspondence(random_state=value)),
    "Correspondence, threads": ("threads", lambda value: ei.Correspondence(threads=value)),
    "influence": ("n_permutations", lambda value: influence(n_permutations=value)),
    "relations": ("n_permutations", lambda value: relate(n_permutations=value)),
    "relations, threads": ("threads", lambda value: relate(threads=value)),
    "relations, licensed": ("licensed: layer", lambda value: relate(licensed=[value])),
    "properties": ("n_permutations", lambda value: norms(n_permutations=value)),
    "properties, seed": ("random_state", lambda value: norms(random_state=value)),
    "PermutationRidge": ("n_permutations", lambda value: ridge(n_permutations=value)),
    "PermutationRidge, cv": ("cv", lambda value: ridge(cv=value)),
    "PermutationRidge, n_jobs": ("n_jobs", lambda value: ridge(n_jobs=value)),
    "PermutationRidge, seed": ("random_state", lambda value: ridge(random_state=value)),
    "check, permutations": ("n_permutations", lambda value: ei.check(n_permutations=value)),
    "check, seed": ("random_state", lambda value: ei.check(random_state=value)),
    "check, max_tokens": ("max-tokens", lambda value: ei.check(max_tokens=value)),
    "check, batch": ("batch", lambda value: ei.check(batch=value)),
    "check, head": ("head", lambda value: ei.check(head=(value, 1))),
    "compare, max_tokens": ("max-tokens", lambda value: ei.compare(".", ".", max_tokens=value)),
    "half, seed": ("seed", lambda value: ei.half([1, 2], value)),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [2.5, True, np.True_, "2", float("nan"), float("inf"), 1 + 0j, NA, [2], b"2"])
def test_what_is_no_whole_number_is_refused(name: str, value: Any) -> None:
    argument, call = WHOLE[name]
    if name.endswith("cv") and isinstance(value, list):
        value = 1.5  # a list would be one of splits
    with pytest.raises(InputError, match=rf"^{argument}.* expected ") as caught:
        call(value)
    assert "whole number" in str(caught.value)


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith(("check", "compare", "relations, l"))])
@pytest.mark.parametrize("kind", [float, np.float32, np.int16, np.array, Fraction])
def test_a_number_that_is_whole_is_taken_whatever_its_type(name: str, kind: Any) -> None:
    value = Fraction(2) if kind is Fraction else kind(2)
    if kind is Fraction:
        with pytest.raises(InputError):
            WHOLE[name][1](value)
    else:
        WHOLE[name][1](value)


# every way to give a random_state, and what makes its results differ
RANDOM: dict[str, Callable[[Any], Any]] = {
    "correspondence": lambda value: identify(random_state=value),
    "Correspondence": lambda value: ei.Correspondence(random_state=value),
    "influence": lambda value: influence(random_state=value),
    "relations": lambda value: relate(random_state=value),
    "properties": lambda value: norms(random_state=value),
    "PermutationRidge": lambda value: ridge(random_state=value),
    "settings of check and compare": lambda value: Settings(seed=value),
}


@pytest.mark.parametrize("name", RANDOM)
def test_a_random_state_is_a_whole_number_a_generator_or_none(name: str) -> None:
    for value in (None, np.random.default_rng(0), np.random.RandomState(0), -(2**63), -1, np.int8(-1), 2**63 - 1):
        RANDOM[name](value)
    for value in (2**63, -(2**63) - 1, 2**80):
        with pytest.raises(InputError, match=r"(random_state|seed) .*expected a whole number of at most 63 bits"):
            RANDOM[name](value)
    for odd in ("0", b"0", 0.5, True, [0], np.random.SeedSequence(0), np.random.default_rng):
        with pytest.raises(InputError, match=r"^(random_state|seed) .*expected a whole number"):
            RANDOM[name](odd)


def test_a_generator_is_advanced_and_a_seed_is_not_drawn() -> None:
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    found = [arguments.random_number("seed", one) for _ in range(3)]
    assert found == [arguments.random_number("seed", other) for _ in range(3)]
    assert len(set(found)) == 3
    assert arguments.random_number("seed", 7) == 7
    assert arguments.random_number("seed", None) != arguments.random_number("seed", None)


# alpha and permutations have one range wherever they are given
LEVELS: dict[str, Callable[[Any], Any]] = {
    "correspondence": lambda value: identify(alpha=value),
    "Correspondence": lambda value: ei.Correspondence(alpha=value),
    "influence": lambda value: influence(alpha=value),
    "relations": lambda value: relate(alpha=value),
    "properties": lambda value: norms(alpha=value),
    "settings of check and compare": lambda value: Settings(alpha=value),
}


@pytest.mark.parametrize("name", LEVELS)
def test_levels_have_one_range(name: str) -> None:
    for value in (1e-6, 0.05, np.float32(0.999)):
        LEVELS[name](value)
    for odd in (0, 1, 1e-7, 1.5, -0.05, float("nan"), "0.05", None, True):
        with pytest.raises(InputError, match=r"^alpha .*expected a number"):
            LEVELS[name](odd)


@pytest.mark.parametrize("name", [name for name in WHOLE if "permutations" in WHOLE[name][0]])
def test_permutations_have_one_range(name: str) -> None:
    # a ridge may be scored without a test
    for value in (-1, 1_000_001, *(() if name == "PermutationRidge" else (0,))):
        with pytest.raises(InputError, match=f"permutations {value}: expected a whole number from [01] to 1000000"):
            WHOLE[name][1](value)


def test_19_permutations_are_19_in_every_type() -> None:
    for value in (19.0, np.float64(19), np.int8(19)):
        assert identify(n_permutations=value).permutations == 19
        assert ridge(n_permutations=value).null_distribution_.shape == (19,)
        assert relate(n_permutations=value).permutations == 19
    assert type(identify(n_permutations=19.0).permutations) is int


@pytest.mark.parametrize("value", [None, "0.05", True, float("nan"), 0.5 + 0j, NA, Decimal("NaN")])
@pytest.mark.parametrize("call", [identify, influence, relate, norms])
def test_a_level_is_a_number(call: Any, value: Any) -> None:
    with pytest.raises(InputError, match=r"^alpha .*expected a number"):
        call(alpha=value)


# every array of numbers: how it is given, and one that is whole
ARRAYS: dict[str, tuple[str, Callable[[Any], Any], Any]] = {
    "correspondence": ("hidden_states", lambda value: identify(hidden_states=value), STATES),
    "correspondence, ids": ("token_ids", lambda value: identify(token_ids=value), IDS),
    "correspondence, lengths": ("lengths", lambda value: identify(lengths=value), np.array(LENGTHS)),
    "correspondence, mask": ("special_tokens_mask", lambda value: identify(special_tokens_mask=value), IDS == 0),
    "influence": ("hidden_states", lambda value: influence(hidden_states=value), RNG.normal(size=(2, 18, 4))),
    "influence, copies": (
        "replaced_hidden_states",
        lambda value: influence(replaced_hidden_states=[value] * 3),
        RNG.normal(size=(2, 6, 6, 4)),
    ),
    "influence, attentions": (
        "attentions",
        lambda value: influence(attentions=[value] * 3),
        np.full((1, 1, 6, 6), 1 / 6),
    ),
    "influence, positions": ("positions", lambda value: influence(positions=[value] * 3), np.arange(6)),
    "rollout": ("attentions", ei.rollout, np.full((1, 1, 2, 2), 0.5)),
    "relations": ("features", lambda value: relate(features=value), FEATURES),
    "relations, elsewhere": ("elsewhere", lambda value: relate(elsewhere=value), FEATURES),
    "relations, surface": ("surface", lambda value: relate(surface=value), RNG.random((32, 2))),
    "properties": ("X_layers", lambda value: norms(X_layers=value), X),
    "properties, norms": ("Y", lambda value: norms(Y=value), Y),
    "properties, counts": ("token_counts", lambda value: norms(token_counts=value), np.ones(30)),
    "properties, random": (
        "random_model_layers",
        lambda value: norms(random_model_layers=[value], controls=["random_model"]),
        X,
    ),
    "PermutationRidge, alphas": ("alphas", lambda value: ridge(alphas=value), np.ones(2)),
}


def with_first(array: Any, value: Any) -> Any:
    found = array.astype(object)
    found[(0,) * found.ndim] = value
    return found


FAULTS: dict[str, Callable[[Any], Any]] = {
    "complex": lambda array: array.astype(complex),
    "text": lambda array: array.astype(str),
    "objects": lambda array: array.astype(object),
    "None inside": lambda array: with_first(array, None),
    "pandas.NA inside": lambda array: with_first(array, NA),
    "text inside": lambda array: with_first(array, "x"),
    "rows of two lengths": lambda array: [array.tolist(), array.tolist()[:-1]],
    "a mask": lambda array: np.ma.masked_array(array, mask=np.arange(array.size).reshape(array.shape) == 0),
    "dates": lambda array: np.zeros(array.shape, "M8[s]"),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_arrays_of_anything_but_real_numbers_are_refused(name: str, fault: str) -> None:
    argument, call, whole = ARRAYS[name]
    with pytest.raises(InputError, match=f"^{argument}") as caught:
        call(FAULTS[fault](whole))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", [name for name in ARRAYS if name.split(", ")[-1] not in ("elsewhere", "surface", "mask", "random")]
)
def test_none_is_no_array(name: str) -> None:
    argument, call, _ = ARRAYS[name]
    if argument in ("alphas", "token_counts"):
        call(None)
        return
    with pytest.raises(InputError, match=f"^{argument}.*None"):
        call(None)


@pytest.mark.parametrize(
    "name", ["correspondence", "correspondence, ids", "influence", "rollout", "relations", "properties"]
)
def test_booleans_are_no_numbers(name: str) -> None:
    argument, call, whole = ARRAYS[name]
    with pytest.raises(InputError, match=f"^{argument}.*booleans"):
        call(np.ones(whole.shape, bool))


def test_a_mask_is_true_or_false() -> None:
    want = identify(special_tokens_mask=IDS == 0).to_dict()
    assert identify(special_tokens_mask=(IDS == 0).astype(float)).to_dict() == want
    for odd in (["False"] * 60, IDS, np.where(IDS == 0, np.nan, 0.0)):
        with pytest.raises(InputError, match=r"^special_tokens_mask"):
            identify(special_tokens_mask=odd)


def test_one_hidden_state_alone_judges_nothing() -> None:
    with pytest.raises(InputError, match="hidden_states: 1 array, expected L"):
        identify(hidden_states=STATES[:1])
    stream = ei.Correspondence()
    with pytest.raises(InputError, match="hidden_states: 1 array, expected L"):
        stream.update(STATES[:1], IDS, LENGTHS, "fit")
    # two are a model of one attention layer
    (verdict,) = identify().verdicts
    assert verdict.because


# every flag of the library
FLAGS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "check": ("low_memory", lambda value: ei.check(low_memory=value)),
    "check, resume": ("resume", lambda value: ei.check(resume=value, checkpoint="none")),
    "influence": ("causal", lambda value: influence(causal=value)),
    "export": ("per_channel", lambda value: ei.export("none", "none", per_channel=value)),
    "export, range": ("reduce_range", lambda value: ei.export("none", "none", reduce_range=value)),
    "export, overwrite": ("overwrite", lambda value: ei.export("none", "none", overwrite=value)),
}


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["no", "False", "", 0, 1, None, 1.0, NA, [True], np.array([False, True])])
def test_a_flag_is_true_or_false(name: str, value: Any) -> None:
    argument, call = FLAGS[name]
    with pytest.raises(InputError, match=f"^{argument} .*: expected True or False$"):
        call(value)


def test_ways_to_quantise_are_for_int8() -> None:
    with pytest.raises(InputError, match="are for quantize='int8'"):
        ei.export("none", "none", per_channel=False)


def test_flags_of_numpy_are_flags() -> None:
    assert influence(causal=np.False_).causal is False
    assert influence(causal=np.True_).causal is True
    assert Settings(low_memory=np.True_).low_memory is True  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [["a", "a"], ("b", "b"), np.array(["c", "c"]), [1, 1]])
def test_a_feature_is_named_once(given: Any) -> None:
    with pytest.raises(InputError, match=r"^features: .* stands at positions 0 and 1; expected each once"):
        norms(features=given)
    with pytest.raises(InputError, match=r"^templates: .* positions 0 and 1"):
        relate(features=np.stack([FEATURES, FEATURES]), templates=given)


def test_norms_name_concepts_and_features_once() -> None:
    values = np.ones((2, 2))
    with pytest.raises(InputError, match=r"^concepts: 'a' stands at positions 0 and 1"):
        ei.Norms(["a", "a"], ["a", "a"], ["x", "y"], values)
    with pytest.raises(InputError, match=r"^features: 'x' stands at positions 0 and 1"):
        ei.Norms(["a", "b"], ["a", "a"], ["x", "x"], values)
    # two senses of one word are two concepts
    assert ei.Norms(["a", "b"], ["a", "a"], ["x", "y"], values).words == ["a", "a"]


@pytest.mark.parametrize("odd", [-1, -0.5, float("nan"), float("inf")])
def test_counts_of_tokens_are_counts(odd: float) -> None:
    with pytest.raises(InputError, match=f"^token_counts: has {odd:g}; expected the number of tokens"):
        norms(token_counts=[odd, *[1.0] * 29])
    with pytest.raises(InputError, match=r"^token_counts: shape \(29,\); expected \(30,\)"):
        norms(token_counts=[1.0] * 29)


def test_whether_a_concept_has_a_feature_is_1_or_0() -> None:
    assert norms(Y=Y > 0).layers[1].score == norms(Y=(Y > 0).astype(float)).layers[1].score


@pytest.mark.parametrize(
    "fault", ["complex", "text", "pandas.NA inside", "text inside", "rows of two lengths", "a mask"]
)
@pytest.mark.parametrize("argument", ["X", "y"])
def test_the_estimator_names_what_is_wrong(argument: str, fault: str) -> None:
    given = {"X": X[0], "y": Y}
    with pytest.raises(ValueError, match=r"^X|^y|Complex data not supported"):
        ridge(**{**given, argument: FAULTS[fault](given[argument])})


# ---- names

HALVES = (np.arange(15), np.arange(15, 30))
NAMED: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "influence, groups": (3, lambda names: influence(groups=names)),
    "relations, groups": (32, lambda names: relate(groups=names)),
    "relations, labels": (32, lambda names: relate(labels=names)),
    "properties, groups": (30, lambda names: norms(groups=names)),
    "properties, words": (30, lambda names: norms(words=names)),
    "ridge, groups": (30, lambda names: ridge(groups=names)),
    "ridge, groups, a splitter": (30, lambda names: ridge(groups=names, cv=_splitter("KFold"))),
    "ridge, groups, a splitter of groups": (30, lambda names: ridge(groups=names, cv=_splitter("GroupKFold"))),
    "ridge, groups, folds": (30, lambda names: ridge(groups=names, cv=[HALVES, HALVES[::-1]])),
    "ridge, groups, leave one out": (30, lambda names: ridge(groups=names, cv=_splitter("LeaveOneOut"))),
}  # fmt: skip


def _splitter(name: str) -> Any:
    import sklearn.model_selection

    kind = getattr(sklearn.model_selection, name)
    return kind() if name == "LeaveOneOut" else kind(3)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), NA, np.datetime64("NaT", "s")])
def test_a_missing_name_is_refused_with_its_position(name: str, missing: Any) -> None:
    count, call = NAMED[name]
    for names in ([f"n{i // 2}" for i in range(count)], list(range(count))):
        names[2] = missing
        with pytest.raises(InputError, match=rf"^{name.split(', ')[1]}.*position 2"):
            call(names)
        with pytest.raises(InputError, match=rf"^{name.split(', ')[1]}.*position 2"):
            call(np.array(names, dtype=object))


@pytest.mark.parametrize("name", NAMED)
def test_names_of_another_kind_are_refused(name: str) -> None:
    count, call = NAMED[name]
    mixed: list[Any] = [1, *("1" for _ in range(count - 1))]
    for names in (None if "groups" not in name else 5, "x" * count, set(range(count)), mixed, [["a"]] * count):
        with pytest.raises(InputError, match=rf"^{name.split(', ')[1]}"):
            call({} if names is None else names)


def test_words_of_pairs_are_two_and_whole() -> None:
    words: list[Any] = [("cat", "animal")] * 32
    for odd, said in (
        (("cat", None), "position 1"),
        ((NA, "cat"), "position 0"),
        (("cat",), r"\('cat',\); expected two words"),
        ("at", "'at'"),
    ):
        with pytest.raises(InputError, match=f"^words[:,] pair 4.*{said}"):
            relate(words=[*words[:3], odd, *words[4:]])
    with pytest.raises(InputError, match=r"^words: 31 given for 32 pairs"):
        relate(words=words[1:])


def test_states_of_words_are_checked() -> None:
    words = [(f"w{i % 5}", f"v{i % 3}") for i in range(32)]
    whole = {word: RNG.normal(size=4) for pair in words for word in pair}
    for odd in (None, np.ones(5), np.ones((2, 4)), np.full(4, np.nan), np.ones(4) + 1j, ["a"] * 4):
        with pytest.raises(InputError, match=r"^word_states"):
            relate(words=words, word_states={**whole, "w0": odd}, controls=["words"])


def test_columns_of_pandas_are_read_by_their_order() -> None:
    """A Series is indexed by its labels, which need not be 0, 1, 2."""

    class Series:
        ndim = 1

        def __init__(self, values: list[Any]) -> None:
            self.values = values

        def __len__(self) -> int:
            return len(self.values)

        def __iter__(self) -> Any:
            return iter(self.values)

        def __getitem__(self, label: int) -> Any:
            return self.values[len(self.values) - 1 - label]

    words = [f"word{i}" for i in range(30)]
    assert norms(words=Series(words)).to_dict() == norms(words=words).to_dict()


def test_messages_are_one_line() -> None:
    with pytest.raises(InputError, match=r"^n: .*at \(1, 0\)") as caught:
        arguments.real_array("n", np.array([[1.0], ["a\nb"]], dtype=object))
    assert "\n" not in str(caught.value)


def test_what_names_no_file_is_refused() -> None:
    calls: list[Callable[[Any], Any]] = [
        ei.load, ei.load_result, ei.load_comparison, ei.read_norms, ei.read_pairs, ei.read_texts,
        lambda odd: ei.compare(odd, odd), lambda odd: ei.export(odd, "none"), lambda odd: ei.export("none", odd),
    ]  # fmt: skip
    for call in calls:
        for odd in (None, 5, b"a", ["a"], ""):
            with pytest.raises(InputError, match=r"expected the name of a file|the name is empty"):
                call(odd)


@pytest.mark.parametrize("odd", [5, [5], "ab", {"a": 1}])
def test_swapped_copies_that_are_none_are_refused(odd: Any) -> None:
    with pytest.raises(InputError, match=r"swapped: .*expected a list of edgeinterp.SwappedText"):
        ei.correspondence(STATES, IDS, LENGTHS, swapped=odd, n_permutations=1)


def test_random_models_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match=r"^random_models: 5, expected an array of features"):
        relate(random_models=5, controls="random_model")
    with pytest.raises(InputError, match=r"^random_model_layers: 5, expected an array like X_layers"):
        ei.properties(X, Y, random_model_layers=5, controls="random_model", n_permutations=1)  # type: ignore[arg-type]


def test_complex_columns_are_refused_in_one_line() -> None:
    for data in ((X[0] + 0j, Y), (X[0], Y + 0j)):
        with pytest.raises(InputError, match=r"^[Xy]: Complex data not supported") as caught:
            ei.PermutationRidge(n_permutations=1).fit(*data)
        assert len(str(caught.value)) < 100
