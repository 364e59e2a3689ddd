"""What a user imports: the names, one contract for random_state, and the builders for a runtime of one's own."""

from __future__ import annotations

import inspect
import pydoc
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.relations.places import other_places
from edgeinterp.runtime.arguments import random_number
from edgeinterp_models import default_model_folder

ROOT = Path(ei.__file__).parent
FOLDER = default_model_folder()
TEXTS = ei.default_texts()[:60]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(1, 30, 4)), RNG.normal(size=(30, 2))
STATES, IDS, LENGTHS = RNG.normal(size=(2, 240, 3)), np.arange(240) % 17, [12] * 20


def test_every_name_is_there_and_none_is_a_submodule() -> None:
    parts = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert not parts & set(ei.__all__)
    assert dir(ei) == sorted(ei.__all__)
    for name in ei.__all__:
        assert not inspect.ismodule(getattr(ei, name))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(ei, "nothing")  # noqa: B009


def test_names_stay_what_they_are_whatever_is_imported() -> None:
    program = (
        "import importlib, pkgutil, inspect, edgeinterp as ei\n"
        "first = {name: getattr(ei, name) for name in ei.__all__}\n"
        "for found in pkgutil.walk_packages(ei.__path__, 'edgeinterp.'):\n"
        "    '__main__' in found.name or importlib.import_module(found.name)\n"
        "print([name for name in ei.__all__ if getattr(ei, name) is not first[name]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stdout.strip() == "[]"


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_importing_costs_nothing() -> None:
    program = (
        "import sys, edgeinterp as ei\n"
        "print(sorted({'numba', 'sklearn', 'scipy', 'onnxruntime', 'numpy', 'pandas', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stdout.strip() == "[]"


def test_help_begins_with_what_a_user_calls() -> None:
    said = pydoc.plain(pydoc.render_doc(ei))
    described = said[: said.index("PACKAGE CONTENTS")]
    for name in ei.__all__:
        if callable(getattr(ei, name)) and not inspect.isclass(getattr(ei, name)):
            assert f"{name}(" in described, name


@pytest.mark.parametrize("call", [ei.check, ei.compare])
@pytest.mark.parametrize(("old", "new"), [("seed", "random_state"), ("permutations", "n_permutations")])
def test_old_names_are_refused_with_the_new_one(call: Any, old: str, new: str) -> None:
    # before anything is looked at
    with pytest.raises(
        TypeError, match=rf"^{call.__name__}: the argument {old} is called {new}; write {new}="
    ) as caught:
        call("no such folder", "no such folder", **{old: 0})
    assert "\n" not in str(caught.value)
    with pytest.raises(TypeError, match="sead"):
        ei.check(sead=3)  # type: ignore[call-arg]


def test_no_public_function_has_the_old_names() -> None:
    # half, content_key and swap_positions are keyed by the run's seed: a number drawn anew would be wrong
    keyed = {"half", "content_key", "swap_positions"}
    for name in set(ei.__all__) - keyed:
        found = getattr(ei, name)
        if inspect.isfunction(found):
            assert not {"seed", "permutations"} & set(inspect.signature(found).parameters), name


def seeds(random_state: Any) -> dict[str, Any]:
    return {
        "correspondence": ei.correspondence(
            STATES, IDS, LENGTHS, n_permutations=9, random_state=random_state
        ).to_dict(),
        "properties": ei.properties(X, Y, n_permutations=9, controls=["permuted"], random_state=random_state).to_dict(),
        "stream": ei.Correspondence(random_state=random_state).settings.random_state,
    }


def test_one_contract_for_random_state() -> None:
    assert seeds(3) == seeds(3) == seeds(np.int64(3)) == seeds(3.0)
    assert seeds(np.random.default_rng(3)) == seeds(np.random.default_rng(3)) != seeds(np.random.default_rng(4))
    assert seeds(np.random.RandomState(3))["stream"] == seeds(np.random.RandomState(3))["stream"]
    assert seeds(None)["stream"] != seeds(None)["stream"]
    generator = np.random.default_rng(3)
    assert random_number("random_state", generator) != random_number("random_state", generator)


@pytest.mark.parametrize("value", [0, 7, -3, 2**63 - 1, -(2**63)])
def test_a_whole_number_is_taken_as_it_is(value: int) -> None:
    assert random_number("random_state", value) == value


def test_what_was_drawn_is_the_seed_of_the_result_and_gives_it_again() -> None:
    given: dict[str, Any] = {"only": "correspondence", "n_permutations": 9, "controls": ["foreign"]}
    for random_state in (np.random.default_rng(5), None):
        first = ei.check(FOLDER, TEXTS, random_state=random_state, **given)
        again = ei.check(FOLDER, TEXTS, random_state=first.seed, **given)
        assert first.checks == again.checks


@pytest.mark.parametrize("value", ["3", 2.5, True, [3], 2**70, object()])
@pytest.mark.parametrize(
    "call", [seeds, lambda value: ei.check(random_state=value), partial(random_number, "random_state")]
)
def test_no_other_random_state_is_taken(call: Any, value: Any) -> None:
    with pytest.raises(ei.InputError, match=r"^random_state .*expected a whole number"):
        call(value)


# ---- for a runtime of one's own


@pytest.fixture(scope="module")
def model() -> ei.Model:
    return ei.load(FOLDER, 1)


def packed(model: ei.Model, texts: list[str], most: int) -> tuple[list[Any], list[int], list[int], list[bool]]:
    encoded = model.encode(texts, most)
    ids = np.concatenate([text.ids for text in encoded]).tolist()
    return (
        encoded,
        ids,
        [text.ids.size for text in encoded],
        np.concatenate([text.special for text in encoded]).tolist(),
    )


def test_swapped_copies_are_those_of_a_check(model: ei.Model) -> None:
    encoded, ids, lengths, mask = packed(model, TEXTS, 256)
    batch = list(model.activations(encoded, range(7), batch=1))
    order = [one.texts[0] for one in batch]
    states = [[batch[order.index(text)].hidden_states[layer] for text in range(len(encoded))] for layer in range(7)]
    copies = ei.swapped_copies(ids, lengths, mask)
    swapped = [
        ei.SwappedText(
            one.text, one.positions, model.run_ids(one.token_ids.astype(np.int32), encoded[one.text], range(7))
        )
        for one in copies
    ]
    found = ei.correspondence(
        [np.concatenate(layer) for layer in states], ids, lengths, mask, swapped, n_permutations=99
    )
    want = ei.check(model, TEXTS, only="correspondence", n_permutations=99).correspondence()
    assert want is not None
    assert [layer.swap for layer in found.layers] == [layer.swap for layer in want.layers]
    assert [one.verdict for one in found.verdicts] == [one.verdict for one in want.verdicts]


def test_replaced_copies_are_those_of_a_check(model: ei.Model) -> None:
    encoded, ids, lengths, mask = packed(model, TEXTS, 32)
    chosen = ei.replaced_copies(ids, lengths, mask, mask_token_id=model.token_ids(["[MASK]"])[0], n_texts=192)
    states, copies, maps = [], [], []
    for one in chosen:
        text = encoded[one.text]
        (plain,) = model.activations([text], range(7), range(1, 7))
        states.append(np.stack(plain.hidden_states))
        maps.append(np.concatenate(plain.attentions))
        rows = [np.stack(model.run_ids(row, text, range(7))) for row in one.token_ids[0]]
        assert [np.flatnonzero(row != text.ids).tolist() for row in one.token_ids[0]] == [[p] for p in one.positions]
        copies.append(np.stack(rows, axis=1))
    given: dict[str, Any] = {
        "token_ids": np.concatenate([encoded[one.text].ids for one in chosen]),
        "special_tokens_mask": np.concatenate([encoded[one.text].special for one in chosen]),
        "groups": [one.group for one in chosen], "n_permutations": 99, "controls": ["profile", "foreign_text"],
    }  # fmt: skip
    sizes = [lengths[one.text] for one in chosen]
    found = ei.influence(
        np.concatenate(states, axis=1), copies, maps, [one.positions for one in chosen], sizes, **given
    )
    want = ei.check(model, TEXTS, only="influence", n_permutations=99, controls=given["controls"]).influence()
    assert want is not None
    for own, other in zip(found.layers, want.layers, strict=True):
        assert own.attention.rho == pytest.approx(other.attention.rho, abs=1e-6)
        assert own.attention.gain.value == pytest.approx(other.attention.gain.value, abs=1e-6)
        references = own.attention.references["foreign_text"], other.attention.references["foreign_text"]
        assert references[0].rho == pytest.approx(references[1].rho, abs=1e-6)
    assert [one.verdict for one in found.verdicts] == [one.verdict for one in want.verdicts]


def softmax(*shape: int) -> Any:
    found = RNG.random(shape)
    return found / found.sum(axis=-1, keepdims=True)


def test_pair_features_by_hand() -> None:
    maps, spans = [softmax(2, 3, 12, 12) for _ in range(2)], [((4, 6), (7, 8)), ((7, 8), (4, 5))]
    special = [[1] + [0] * 10 + [1]] * 2
    ids = [np.arange(12) * 3, np.arange(12)]
    found = ei.pair_features(iter(maps), spans, ids, special)
    assert found.features.shape == (2, 2, 2, 3)
    for pair, (((a, b), (c, d)), own) in enumerate(zip(spans, maps, strict=True)):
        there = np.mean([own[:, :, i, c:d].sum(axis=-1) for i in range(a, b)], axis=0)
        back = np.mean([own[:, :, i, a:b].sum(axis=-1) for i in range(c, d)], axis=0)
        np.testing.assert_allclose(found.features[pair], [there, back], rtol=1e-6)
    # tokens of both, their difference, distance; ranks of 13.5, 21, 7, 4 among each other
    assert found.surface.tolist() == [[2, 1, 1, 3, 2, 3], [1, 1, 0, 3, 1, 0]]
    assert isinstance(found.elsewhere, dict)
    free = np.ones(12, dtype=bool)
    free[[0, 4, 5, 7, 11]] = False
    for name, (one, other) in zip(("earlier", "later"), other_places(free.tobytes(), *spans[0]) or (), strict=True):
        there = maps[0][:, :, slice(*one), slice(*other)].sum(axis=-1).mean(axis=-1)
        np.testing.assert_allclose(found.elsewhere[name][0, 0], there, rtol=1e-6)


def test_where_there_is_no_room_elsewhere_is_a_reason_that_relations_takes() -> None:
    found = ei.pair_features([softmax(1, 1, 3, 3)] * 32, [((0, 1), (2, 3))] * 32, [range(3)] * 32)
    assert isinstance(found.elsewhere, ei.Missing)
    assert found.elsewhere.reason.startswith(
        "no room for two other places of the same lengths and distance in 32 sentences"
    )
    labels, groups = ["hyper", "coord"] * 16, [f"category {i // 4}" for i in range(32)]
    (contrast,) = ei.relations(**vars(found), labels=labels, groups=groups, n_permutations=9).contrasts
    assert contrast.references["elsewhere"].reason == found.elsewhere.reason


GOOD: dict[str, Any] = {"attentions": [softmax(1, 1, 9, 9)], "spans": [((2, 3), (6, 7))], "token_ids": [range(9)]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attentions": []}, "attentions: 0 given for 1 pair"),
        ({"attentions": GOOD["attentions"] * 2}, "attentions: more than 1 given"),
        ({"attentions": [softmax(1, 9, 9)]}, r"attentions: pair 0 has shape \(1, 9, 9\), expected"),
        ({"attentions": [softmax(1, 1, 8, 8)]}, r"expected \(L, H, 9, 9\)"),
        ({"attentions": [np.ones((1, 1, 9, 9))]}, "pair 0, layer 1, head 1, row 0 sums to 9"),
        ({"spans": [((2, 3), (2, 4))]}, "share none"),
        ({"spans": [((2, 2), (4, 5))]}, "hold a token"),
        ({"spans": [((2, 3), (6, 10))]}, "token indices up to 9"),
        ({"spans": [((2, 3), (6.5, 7))]}, "token indices"),
        ({"spans": []}, "spans: 0 given for 1 pair"),
        ({"spans": [(2, 6)]}, "expected two"),
        ({"spans": None}, "spans: None"),
        ({"token_ids": [[1.5] * 9]}, "token_ids, pair 0"),
        ({"special_tokens_masks": [[0] * 8]}, "special_tokens_masks: expected the shapes of token_ids"),
        ({"special_tokens_masks": []}, "special_tokens_masks: expected the shapes of token_ids"),
    ],
)
def test_pair_features_refuses_what_does_not_fit(changes: dict[str, Any], message: str) -> None:
    assert ei.pair_features(**GOOD).features.shape == (1, 2, 1, 1)
    with pytest.raises(ei.InputError, match=message):
        ei.pair_features(**{**GOOD, **changes})


@pytest.mark.parametrize("call", [ei.swapped_copies, ei.replaced_copies])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([1, 2, 3], [2]), "lengths: add up to 2, expected the 3 tokens"),
        (([1, 2, 3], [3], [True]), r"special_tokens_mask: shape \(1,\), expected \(3,\)"),
        (([1.5], [1]), "token_ids"),
        ((None, [1]), "token_ids: None"),
        (([1], [-1]), "lengths"),
    ],
)
def test_copies_refuse_what_does_not_fit(call: Any, given: Any, message: str) -> None:
    with pytest.raises(ei.InputError, match=message):
        call(*given)


def test_swaps_cannot_be_drawn_anew() -> None:
    for odd in (None, np.random.default_rng(0)):
        with pytest.raises(ei.InputError, match=r"^random_state .*expected a whole number"):
            ei.swapped_copies(IDS, LENGTHS, random_state=odd)  # type: ignore[arg-type]
    assert ei.swapped_copies([], []) == []


def test_random_model_takes_every_random_state() -> None:
    assert ei.random_model(FOLDER, 3, threads=1).seed == 3
    generator = np.random.default_rng(3)
    assert ei.random_model(FOLDER, generator, threads=1).seed == random_number("random_state", np.random.default_rng(3))
