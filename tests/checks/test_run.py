from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.correspondence import linear_map
from edgeinterp.inputs.texts import default_texts
from edgeinterp.model.model import load

# properties has tests of its own
check = functools.partial(ei.check, only=["correspondence"])


@pytest.fixture(scope="module")
def result() -> Any:
    """The main job: the embedded model on the embedded texts."""
    return check()


def correspondence(result: Any) -> Any:
    return result.checks["correspondence"]


def statistics(result: Any) -> dict[str, tuple[float, float]]:
    """Every number of the layers by its path, with what one retrieved token more or less would change it by."""
    part = correspondence(result)
    # kappa and intervals stretch a token's share a little
    token = 1.5 / part.evaluated_tokens
    found: dict[str, tuple[float, float]] = {}

    def walk(value: Any, path: str, one: float) -> None:
        if isinstance(value, dict):
            if "tokens" in value:
                one = 1.001 / value["tokens"]
            for key, inner in value.items():
                step = {"swap": 0.501 / max(value.get("swap", {}).get("texts", 1), 1), "p": 0.02, "p_adjusted": 0.02}
                walk(inner, f"{path}.{key}", step.get(key, one))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, f"{path}.{index}", one)
        elif value is not None and not isinstance(value, str):
            found[path] = (float(value), one)

    walk(part.to_dict()["layers"], "layers", token)
    return found


def same(one: Any, other: Any) -> None:
    assert [v.verdict for v in one.verdicts] == [v.verdict for v in other.verdicts]
    first, second = statistics(one), statistics(other)
    assert first.keys() == second.keys()
    for path, (value, token) in first.items():
        assert abs(value - second[path][0]) <= 1e-5 * abs(value) + token, path
    # and nearly all agree without the allowance of a token
    close = [abs(value - second[path][0]) <= 1e-5 * abs(value) + 1e-9 for path, (value, _) in first.items()]
    assert np.mean(close) > 0.9


def test_embedded_model_is_judged_at_every_layer(result: Any) -> None:
    assert [v.attention_layer for v in result.verdicts] == [1, 2, 3, 4, 5, 6]
    # one that is undecided says whether more text would decide
    assert all(re.search(r"\btexts?\b", v.because) for v in result.verdicts if v.verdict == "undecided")
    assert all(v.because for v in result.verdicts)


def test_hidden_state_0_is_itself(result: Any) -> None:
    first = correspondence(result).layers[0]
    for scores in first.maps.values():
        assert scores.token.identification == 1.0
    assert first.swap.content_share == 1.0


def test_scores_are_bounded_and_ordered(result: Any) -> None:
    part = correspondence(result)
    assert part.fit_tokens > 2 * part.hidden_size
    for layer in part.layers:
        for scores in layer.maps.values():
            token = scores.token
            assert token.ci[0] <= token.identification <= token.ci[1]
            assert token.kappa_ci[0] <= token.kappa <= token.kappa_ci[1]
            assert token.identification <= token.mrr <= 1.0
            assert sum(part.tokens for part in token.by_length) == part.evaluated_tokens
            inside = sum(part.tokens * part.identification for part in token.by_length)
            assert inside / part.evaluated_tokens == pytest.approx(token.identification)


def test_result_is_plain_json_and_reads_back(result: Any, tmp_path: Any) -> None:
    result.save(tmp_path / "result.json")
    text = (tmp_path / "result.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    back = ei.load_result(tmp_path)
    assert back == ei.load_result(tmp_path / "result.json")
    assert back.to_dict() == result.to_dict() == json.loads(text)


def test_result_has_the_fields_of_the_contract(result: Any) -> None:
    data = result.to_dict()
    assert list(data)[:7] == ["schema", "edgeinterp", "created", "seed", "alpha", "permutations", "model"]
    assert data["model"].keys() == {
        "path", "sha256", "architecture", "layers", "heads", "hidden_size", "causal", "quantization",
    }  # fmt: skip
    assert data["device"].keys() >= {"machine", "cpu", "cores", "memory_mb", "onnxruntime", "numba"}
    part = data["checks"]["correspondence"]
    assert part.keys() >= {"texts", "fit_tokens", "evaluated_tokens", "truncated", "layers"}
    layer = part["layers"][3]
    assert layer.keys() == {
        *("layer", "anisotropy", "rise", "foreign", "swap", "maps", "fit_tokens"),
        *("share", "recoverable", "random_model"),
    }
    assert layer["rise"].keys() == {"value", "ci"}
    assert layer["foreign"].keys() == {"raw", "linear", "ci"}
    assert layer["swap"].keys() >= {"content_share", "ci"}
    assert layer["maps"].keys() == {"raw", "centred", "linear"}
    token = {"identification", "kappa", "ci", "kappa_ci", "chance", "ceiling", "mrr", "p", "p_adjusted", "by_length"}
    assert layer["maps"]["raw"]["token"].keys() == token
    assert layer["maps"]["raw"]["position"].keys() == {"identification", "ceiling"}
    numbers = {
        "borderline",
        "by_definition",
        "kind",
        "statistic",
        "value",
        "ci",
        "p_adjusted",
        "closest_rival",
        "margin",
        "reason",
    }
    assert data["verdicts"][0].keys() == {"claim", "check", "attention_layer", "verdict", "because", *numbers}
    assert [one.keys() for one in data["inputs"]] == [{"kind", "name", "sha256", "lines"}]
    assert 0 < len(data["texts"]) <= 500
    assert data["texts"][0].keys() == {"hash", "scores"}
    assert data["timings"].keys() >= {"load_s", "forward_s", "controls_forward_s", "total_s"}
    assert data["memory"]["peak_mb"] > 0


def test_per_text_scores_add_up(result: Any) -> None:
    part = correspondence(result)
    assert part.texts <= 500
    for layer in part.layers:
        for name, scores in layer.maps.items():
            hits = sum(text.scores["correspondence"][name][layer.layer] for text in result.texts)
            assert hits / part.evaluated_tokens == pytest.approx(scores.token.identification)


@pytest.fixture(scope="module")
def short() -> Any:
    return default_texts()[::8]


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_batch_threads_and_order_do_not_matter(exported: Any, kind: Any) -> None:
    texts = [f"the cat sat on the mat {i} dog {i % 7} ate cake" for i in range(60)]
    first = check(exported(kind), texts, n_permutations=99, batch=1, threads=1)
    same(first, check(exported(kind), texts, n_permutations=99, batch=16, threads=2))
    same(first, check(exported(kind), texts[::-1], n_permutations=99, batch=3, threads=1))


def test_threads_and_order_do_not_matter_for_the_embedded_model(short: Any) -> None:
    first = check(texts=short, n_permutations=99, batch=1, threads=1)
    same(first, check(texts=short[::-1], n_permutations=99, batch=8, threads=2))


@pytest.mark.parametrize(("megabytes", "passes"), [(64, 1), (20, 2), (1, 6)])
def test_low_memory_gives_the_same(short: Any, monkeypatch: Any, megabytes: int, passes: int) -> None:
    ends: list[str] = []
    whole = check(texts=short, n_permutations=99)
    monkeypatch.setattr(linear_map, "LOW_MEMORY_BYTES", megabytes << 20)

    def progress(phase: str, done: int, total: int) -> None:
        if done == total:
            ends.append(phase)

    grouped = check(texts=short, n_permutations=99, low_memory=True, progress=progress)
    assert ends.count("evaluation half") == passes
    same(whole, grouped)


def test_arrays_give_what_the_command_gives(short: Any) -> None:
    run = check(texts=short, n_permutations=99)
    model = load(run.model.path)
    encoded = model.encode(short)
    batches = list(model.activations(encoded, range(model.manifest.layers + 1)))
    states = [np.concatenate(rows) for rows in zip(*(batch.hidden_states for batch in batches), strict=True)]
    ids = np.concatenate([batch.token_ids for batch in batches])
    mask = np.concatenate([batch.special_tokens_mask for batch in batches])
    lengths = np.concatenate([batch.lengths for batch in batches])
    copies: list[ei.SwappedText] = []
    order = sorted(range(len(encoded)), key=lambda i: ei.content_key(encoded[i].ids))
    for index in order:
        text = encoded[index]
        places = ei.swap_positions(text.ids, text.special)
        if len(copies) < 32 and ei.half(text.ids) and np.count_nonzero(~text.special) >= 8 and places:
            swapped = text.ids.copy()
            swapped[list(places)] = swapped[list(places)[::-1]]
            copies.append(ei.SwappedText(index, places, model.run_ids(swapped, text, range(7))))
    arrays = ei.correspondence(states, ids, lengths, mask, copies, n_permutations=99)
    want, got = run.to_dict()["checks"]["correspondence"], arrays.to_dict()
    for layer in (*want["layers"], *got["layers"]):
        # arrays bring no random model
        layer.pop("random_model", None)
    assert got["layers"] == want["layers"]
    assert [v.verdict for v in arrays.verdicts] == [v.verdict for v in run.verdicts]


def test_budget_says_what_it_cut(short: Any) -> None:
    result = check(texts=short, budget=0.05)
    assert any("--budget 0.05 cut" in note for note in result.notes)
    assert correspondence(result).texts < 38
    assert result.permutations < 1000


def test_controls_can_be_left_out(short: Any) -> None:
    result = check(texts=short, controls=["foreign"], n_permutations=19)
    layer = correspondence(result).layers[2]
    assert layer.swap.content_share is None
    assert layer.swap.reason
    assert layer.foreign.raw is not None
    assert {v.verdict for v in result.verdicts[1:]} <= {"weakened", "undecided"}


def test_truncated_texts_are_counted(short: Any) -> None:
    result = check(texts=short, max_tokens=12, n_permutations=19)
    assert correspondence(result).truncated > 10
    assert any("cut to 12 tokens" in note for note in result.notes)


@pytest.mark.parametrize(
    "setting",
    [
        {"only": ["nothing"]},
        {"only": []},
        {"controls": ["nothing"]},
        {"alpha": 0.0},
        {"n_permutations": 0},
        {"budget": 0.0},
        {"budget": math.nan},
        {"batch": 0},
        {"max_tokens": 0},
        {"threads": 0},
        {"texts": []},
        {"random_state": 2**70},
        {"model": "no/such/folder"},
    ],
)
def test_unusable_settings_are_one_line(setting: Any) -> None:
    with pytest.raises(ei.InputError) as caught:
        check(**{"texts": ["the cat sat on the mat and looked at the dog"], **setting})
    assert len(str(caught.value).splitlines()) == 1


def test_one_text_gives_a_result_without_a_verdict_beyond_the_first() -> None:
    result = check(texts=["The cat sat on the mat and looked at the dog in the hall."], n_permutations=19)
    assert {v.verdict for v in result.verdicts[1:]} <= {"undecided", "unsupported", "weakened"}
    json.dumps(result.to_dict(), allow_nan=False)


def test_all_checks_of_one_run_read_back(tmp_path: Any) -> None:
    norms = ei.default_norms()
    few = dataclasses.replace(norms, concepts=norms.concepts[:50], words=norms.words[:50], values=norms.values[:50])
    controls = ["foreign", "permuted", "neighbours"]
    both = ["correspondence", "influence", "properties"]
    result = ei.check(texts=default_texts()[::20], norms=few, n_permutations=39, controls=controls, only=both)
    assert list(result.checks) == both
    part = result.properties()
    assert part is not None
    assert (part.concepts, part.permutations, part.source) == (50, 39, norms.source)
    assert part.layers[0].rivals.keys() == {"neighbours"}
    assert result.timings.keys() >= {"correspondence_s", "properties_s", "forward_s", "total_s"}
    result.save(tmp_path / "result.json")
    assert ei.load_result(tmp_path).to_dict() == result.to_dict()


def test_norms_in_another_order_give_the_same() -> None:
    norms = ei.default_norms()
    rows = np.random.default_rng(0).permutation(60)
    results: list[Any] = []
    for order in (np.arange(60), rows):
        own = dataclasses.replace(
            norms, concepts=[norms.concepts[i] for i in order], words=[norms.words[i] for i in order],
            values=norms.values[order],
        )  # fmt: skip
        results.append(ei.check(only=["properties"], norms=own, n_permutations=39, threads=len(results) + 1))
    one, other = (result.properties() for result in results)
    assert one is not None
    assert other is not None
    assert [v.verdict for v in one.verdicts] == [v.verdict for v in other.verdicts]
    for a, b in zip(one.layers, other.layers, strict=True):
        assert a.score == pytest.approx(b.score, rel=1e-5)
        assert a.p_adjusted == b.p_adjusted
        assert a.rivals.keys() == b.rivals.keys()


def test_budget_of_properties_says_what_it_cut() -> None:
    result = ei.check(only=["properties"], budget=0.5, controls=["permuted", "random_model"])
    part = result.properties()
    assert part is not None
    assert part.concepts < 1500
    assert any("cut 1500 concepts to" in note for note in result.notes)
