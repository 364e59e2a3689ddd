"""Whole comparisons of model folders and of saved results."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

import edgeinterp as ei
from edgeinterp.checks.settings import CHECKS
from edgeinterp.inputs.norms import default_pair_norms
from edgeinterp.inputs.texts import default_texts
from edgeinterp_models import default_model_folder
from tests import reference_compare as reference
from tests.model_folders import change, copy_folder, zeroed

Make = Callable[[str], Path]

TEXTS = default_texts()[::12]
FAST: dict[str, Any] = {"n_permutations": 39, "controls": ["foreign", "swap", "permuted", "neighbours"]}


def activations(a: Any, b: Any, texts: Any = None, **settings: Any) -> Any:
    found = ei.compare(a, b, TEXTS if texts is None else texts, only=["activations"], **settings)
    assert found.activations is not None
    assert found.verdicts == []
    return found.activations


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model with the gain of block 3's last norm scaled down in all but a few dimensions."""
    folder = copy_folder(default_model_folder(), tmp_path_factory.mktemp("damaged") / "model")

    def keep_few(values: Any) -> Any:
        few = values.copy()
        few[3:] = 0.0
        return few

    change(folder, "encoder.layer.2.output.LayerNorm.weight", keep_few)
    return folder


@pytest.fixture(scope="module")
def results(damaged: Path) -> tuple[Any, Any]:
    return tuple(  # type: ignore[return-value]
        ei.check(folder, default_texts()[::2], only=["correspondence"], n_permutations=99)
        for folder in (default_model_folder(), damaged)
    )


# ---- activations


def test_a_model_is_no_different_from_itself() -> None:
    found = activations(default_model_folder(), default_model_folder())
    assert (found.first_difference, found.largest_jump, found.left_out) == (None, None, 0)
    for state in found.hidden_states:
        assert (state.cosine.mean, state.cosine.ci, state.relative_difference.mean) == (1.0, (1.0, 1.0), 0.0)
        assert state.cosine.worst is not None
        assert state.cosine.worst.value == 1.0
        assert state.cka == pytest.approx(1.0, abs=1e-6)
    for layer in found.attentions:
        assert (layer.js.mean, layer.js.ci, layer.agreement.mean) == (0.0, (0.0, 0.0), 1.0)
        assert {(head.js, head.agreement) for head in layer.heads} == {(0.0, 1.0)}
    assert [state.layer for state in found.hidden_states] == list(range(7))
    assert [layer.attention_layer for layer in found.attentions] == list(range(1, 7))


@pytest.mark.parametrize(
    ("block", "which", "part"),
    [
        (1, "query", "attention"),
        (2, "output", "after attention"),
        (4, "key", "attention"),
        (5, "value", "after attention"),
        (6, "intermediate", "after attention"),
    ],
)
def test_the_block_of_a_zeroed_matrix_is_named(block: int, which: str, part: str, tmp_path: Path) -> None:
    folder = zeroed(default_model_folder(), tmp_path / "model", block, which)
    found = activations(default_model_folder(), folder)
    assert found.first_difference is not None
    assert (found.first_difference.block, found.first_difference.part) == (block, part)
    assert found.first_difference.before == 0.0
    assert f"block {block}" in found.first_difference.because
    assert [state.cosine.mean == 1.0 for state in found.hidden_states] == [layer < block for layer in range(7)]


def test_figures_are_those_of_the_reference(damaged: Path) -> None:
    found = activations(default_model_folder(), damaged)
    states: list[list[Any]] = [[], []]
    maps: list[list[Any]] = [[], []]
    for side, folder in enumerate((default_model_folder(), damaged)):
        model = ei.load(folder)
        encoded = model.encode(sorted(set(TEXTS)))
        for text, batch in zip(encoded, model.activations(encoded, [4], [4], batch=1), strict=True):
            inner = ~text.special
            states[side].append(batch.hidden_states[0][inner])
            maps[side].append(batch.attentions[0][0][:, inner])
    first, second = np.concatenate(states[0]), np.concatenate(states[1])
    assert len(first) == found.tokens
    cosines = [reference.cosine(a, b) for a, b in zip(first, second, strict=True)]
    state, layer = found.hidden_states[4], found.attentions[3]
    assert state.cosine.mean == pytest.approx(np.mean(cosines), rel=1e-5)
    assert state.cosine.worst.value == pytest.approx(min(cosines), rel=1e-5)
    assert state.cka == pytest.approx(reference.cka(first, second), abs=1e-4)
    apart = [reference.relative_difference(a, b) for a, b in zip(first, second, strict=True)]
    assert state.relative_difference.mean == pytest.approx(np.mean(apart), rel=1e-5)
    rows = [
        (reference.jensen_shannon(p.astype(float), q.astype(float)), int(np.argmax(p)) == int(np.argmax(q)), head)
        for a, b in zip(*maps, strict=True)
        for head in range(12)
        for p, q in zip(a[head], b[head], strict=True)
    ]
    assert layer.js.mean == pytest.approx(np.mean([row[0] for row in rows]), rel=1e-4)
    assert layer.js.worst.value == pytest.approx(max(row[0] for row in rows), rel=1e-4)
    assert layer.js.worst.head == max(rows)[2]
    assert layer.agreement.mean == pytest.approx(np.mean([row[1] for row in rows]))
    assert layer.heads[5].agreement == pytest.approx(np.mean([row[1] for row in rows if row[2] == 5]))


def test_intervals_and_places_are_those_of_texts(damaged: Path) -> None:
    texts = TEXTS[:20]
    found = activations(default_model_folder(), damaged, texts)
    rows: list[list[list[float]]] = [[], []]
    lowest: list[tuple[float, str, int, str]] = []
    models = [ei.load(folder) for folder in (default_model_folder(), damaged)]
    for text in texts:
        encoded = models[0].encode([text])
        one, other = (next(iter(model.activations(encoded, [5], [5]))) for model in models)
        inner = np.flatnonzero(~encoded[0].special)
        cosines = [reference.cosine(one.hidden_states[0][t], other.hidden_states[0][t]) for t in inner]
        names = models[0].token_strings(encoded[0].ids.tolist())
        lowest += [(value, text, int(t), names[t]) for value, t in zip(cosines, inner, strict=True)]
        rows[0].append([len(inner), sum(cosines)])
        p, q = (batch.attentions[0][0].astype(float) for batch in (one, other))
        own = [reference.jensen_shannon(p[head, t], q[head, t]) for head in range(12) for t in inner]
        rows[1].append([len(own), sum(own)])
    quantile = float(stdtrit(len(texts) - 1, 0.975))
    for part, sums in zip((found.hidden_states[5].cosine, found.attentions[4].js), rows, strict=True):
        # less a statistic that is 0: the jackknife of the mean itself
        nothing = np.array([[count, 0.0] for count, _ in sums])
        expected = reference.jackknife_difference(
            lambda chosen: chosen[:, 1].sum() / chosen[:, 0].sum(), np.array(sums), nothing, quantile
        )
        assert (part.mean, *part.ci) == pytest.approx(expected, rel=1e-4)
        assert part.ci[0] < part.mean < part.ci[1]
    worst = found.hidden_states[5].cosine.worst
    value, text, position, name = min(lowest)
    assert worst.value == pytest.approx(value, rel=1e-5)
    assert (worst.position, worst.token) == (position, name)
    # a long text is cut short
    assert text.startswith(worst.text.removesuffix("…"))
    # as result.json names it
    assert worst.hash == hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def test_batch_threads_and_order_change_nothing(exported: Make, tmp_path: Path) -> None:
    folder = copy_folder(exported("bert"), tmp_path / "model")
    # the second matrix of this shape is that of block 2's output
    table = ei.load(folder).manifest.initializers
    name = [entry.name for entry in table if entry.shape == [48, 32]][1]
    change(folder, name, lambda values: values * np.float32(1.5))
    rng = np.random.default_rng(0)
    texts = ["the cat sat on the mat", "one two three four five six", "naïve façade größe 12 the cake", "a dog ate"]
    words = ["the", "cat", "sat", "on", "a", "mat", "dog", "ate", "cake", "one", "two"]
    texts += [" ".join(rng.choice(words, 9)) for _ in range(40)]
    base = activations(exported("bert"), folder, texts, batch=1, threads=1)
    assert base.first_difference is not None
    assert base.first_difference.block == 2
    repeated = [texts[i] for i in rng.permutation(len(texts))] + texts[:5]
    for other in (
        activations(exported("bert"), folder, texts, batch=7, threads=2),
        activations(exported("bert"), folder, repeated, batch=3, threads=1),
    ):
        _close(dataclasses.asdict(base), dataclasses.asdict(other))


def _close(one: Any, other: Any, path: str = "") -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key, value in one.items():
            # where two places are equally bad, rounding chooses
            if not path.endswith("worst") or key == "value":
                _close(value, other[key], f"{path}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            _close(first, second, f"{path}.{index}")
    elif isinstance(one, float):
        # float32 activations of another batch; divergence is of second order in them
        assert one == pytest.approx(other, rel=1e-4, abs=2e-6), path
    elif not path.endswith("because"):
        assert one == other, path


def test_other_numbers_of_layers_are_compared_as_far_as_they_go(exported: Make) -> None:
    found = activations(exported("bert"), exported("gpt2"), ["the cat sat on the mat", "one two three four five six"])
    assert [state.reason is None for state in found.hidden_states] == [True, True, True, False]
    assert found.hidden_states[3].reason == "only a has hidden state 3"
    assert found.hidden_states[3].cosine.mean is None
    assert found.attentions[2].js.reason == "only a has attention layer 3"
    assert any("a has 3 layers, b has 2" in note for note in found.notes)
    assert any("causal" in note for note in found.notes)
    assert any("CKA comes out too high" in note for note in found.notes)
    assert found.first_difference is not None
    assert found.first_difference.block == 0


def test_texts_that_are_cut_differently_are_left_out(exported: Make, tmp_path: Path) -> None:
    folder = copy_folder(exported("bert"), tmp_path / "model")
    path = folder / "tokenizer.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    # the names of two tokens change places, so that one of the texts is cut into other ids
    vocabulary = data["model"]["vocab"]
    vocabulary["d"], vocabulary["t"] = vocabulary["t"], vocabulary["d"]
    path.write_text(json.dumps(data), encoding="utf-8")
    _hash_again(folder, "tokenizer.json")
    texts = ["a dog and a dog", "one on one on one"]
    found = activations(exported("bert"), folder, texts)
    assert (found.texts, found.left_out) == (1, 1)
    assert any("1 text is cut into different tokens" in note for note in found.notes)
    with pytest.raises(ei.InputError, match="cut none of the 1 text alike"):
        activations(exported("bert"), folder, texts[:1])
    # with a check beside it, the activations are missing with a reason
    long = [f"a dog and {word} dogs and one dog more" for word in ("two", "six", "five", "ten", "no", "old")]
    parts = ["activations", "correspondence"]
    both = ei.compare(exported("bert"), folder, long, only=parts, n_permutations=19, controls=["foreign"])
    assert both.activations is None
    assert both.reason is not None
    assert both.reason.startswith("the two tokenizers cut none of the 6 texts alike")
    assert both.verdicts


def _hash_again(folder: Path, name: str) -> None:
    manifest = json.loads((folder / "edgeinterp.json").read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_names_of_tokens_count_as_well_as_ids(exported: Make, tmp_path: Path) -> None:
    folder = copy_folder(exported("bert"), tmp_path / "model")
    path = folder / "tokenizer.json"
    text = path.read_text(encoding="utf-8")
    # the end of a text has the same id under another name
    path.write_text(text.replace("[SEP]", "[EOS]"), encoding="utf-8")
    _hash_again(folder, "tokenizer.json")
    with pytest.raises(ei.InputError, match="cut none of the 1 text alike"):
        activations(exported("bert"), folder, ["the cat sat"])


# ---- verdicts


def test_identical_models_have_identical_verdicts(tmp_path: Path) -> None:
    norms = tmp_path / "norms.csv"
    given, pairs = default_pair_norms(), ei.default_pairs()
    few = pairs.part([i for i in range(len(pairs)) if pairs.categories[i] in sorted(set(pairs.categories))[:8]][::4])
    used = {*few.word1, *few.word2}
    rows = [",".join(["concept", *given.features])]
    rows += [",".join([word, *map(str, given.values[i])]) for i, word in enumerate(given.concepts) if word in used]
    norms.write_text("\n".join(rows), encoding="utf-8")
    found = ei.compare(default_model_folder(), default_model_folder(), TEXTS, norms=norms, pairs=few, **FAST)
    assert found.flips == []
    assert {pair.check for pair in found.verdicts} == set(CHECKS)
    for pair in found.verdicts:
        assert pair.a == pair.b
        for one in pair.statistics:
            assert one.difference in (0.0, None)
    assert found.reason is None
    assert set(found.timings) == {"activations_s", "check_a_s", "check_b_s", "total_s"}
    found.save(tmp_path / "comparison.json")
    assert ei.load_comparison(tmp_path) == found


def test_a_damaged_model_flips_for_real(results: Any, tmp_path: Path) -> None:
    for name, result in zip("ab", results, strict=True):
        result.save(tmp_path / name / "result.json")
    found = ei.compare(tmp_path / "a", tmp_path / "b" / "result.json")
    assert found.activations is None
    assert found.reason is not None
    verdicts = {pair.attention_layer: pair for pair in found.verdicts}
    assert [verdicts[layer].a for layer in (1, 2, 3)] == ["supported"] * 3
    # attention layer 4 is the first that reads what block 3 leaves of a hidden state
    assert [verdicts[layer].flip for layer in (1, 2, 3)] == [None] * 3
    assert verdicts[4].flip == "real"
    assert [pair.claim for pair in found.real_flips] == [pair.claim for pair in found.flips]
    assert verdicts[4].b == "unsupported"
    kappa = next(one for one in verdicts[4].statistics if one.name == "linear kappa")
    assert kappa.paired
    assert kappa.units == len({text.hash for text in results[0].texts})
    assert kappa.difference == pytest.approx(
        results[0].checks["correspondence"].layers[3].maps["linear"].token.kappa
        - results[1].checks["correspondence"].layers[3].maps["linear"].token.kappa,
        abs=1e-6,
    )
    # as they are, and the other way round
    assert ei.compare(*results).verdicts == found.verdicts
    back = ei.compare(results[1], results[0])
    assert [pair.flip for pair in back.verdicts] == [pair.flip for pair in found.verdicts]
    for one, other in zip(back.verdicts[3].statistics, verdicts[4].statistics, strict=True):
        assert one.difference == pytest.approx(-(other.difference or 0.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 5}, "seed: 0 and 5"),
        ({"alpha": 0.01}, "alpha: 0.05 and 0.01"),
        ({"settings": {"controls": ["swap"]}}, "controls"),
        ({"settings": {"max_tokens": 64}}, "max-tokens: 256 and 64"),
        ({"texts": []}, None),
        ({"checks": {}}, "no check in common"),
    ],
)
def test_results_of_other_settings_are_refused(results: Any, changes: Any, message: str | None) -> None:
    if "settings" in changes:
        changes = {"settings": {**results[0].settings, **changes["settings"]}}
    other = dataclasses.replace(results[0], **changes)
    if message is None:
        assert ei.compare(results[0], other).flips == []
        return
    with pytest.raises(ei.InputError, match=message) as raised:
        ei.compare(results[0], other)
    assert "\n" not in str(raised.value)


def test_other_permutations_and_other_texts_are_refused(results: Any) -> None:
    part = dataclasses.replace(results[0].checks["correspondence"], permutations=9)
    with pytest.raises(ei.InputError, match="permutations of correspondence: 99 and 9"):
        ei.compare(results[0], dataclasses.replace(results[0], checks={"correspondence": part}))
    texts = [dataclasses.replace(text, hash=f"{i:016x}") for i, text in enumerate(results[0].texts)]
    with pytest.raises(ei.InputError, match="no text in common"):
        ei.compare(results[0], dataclasses.replace(results[0], texts=texts))
    fewer = ei.compare(results[0], dataclasses.replace(results[0], verdicts=results[0].verdicts[:4]))
    assert len(fewer.verdicts) == 4
    assert any(note.startswith("correspondence: 2 claims are judged in a only") for note in fewer.notes)
    assert not any("claims are judged" in note for note in ei.compare(*results).notes)
    some = ei.compare(results[0], dataclasses.replace(results[0], texts=results[0].texts[3:]))
    assert any("3 in one of them only" in note for note in some.notes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"only": ["nothing"]}, "'nothing' is not known"),
        ({"only": []}, "names nothing"),
        ({"texts": []}, "none given"),
        ({"texts": TEXTS[:2], "only": ["activations"], "alpha": 2.0}, "alpha 2"),
        ({"texts": TEXTS[:2], "only": ["activations"], "random_state": 2**70}, "at most 63 bits"),
    ],
)
def test_settings_that_mean_nothing(arguments: Any, message: str) -> None:
    with pytest.raises(ei.InputError, match=message):
        ei.compare(default_model_folder(), default_model_folder(), **arguments)


def test_kinds_must_agree(results: Any) -> None:
    with pytest.raises(ei.InputError, match="a result and a model"):
        ei.compare(results[0], default_model_folder())
    with pytest.raises(ei.InputError, match="two results have theirs already"):
        ei.compare(results[0], results[1], texts=TEXTS)
    with pytest.raises(ei.InputError, match="two results have theirs already"):
        ei.compare(*results, random_state=3)
    with pytest.raises(ei.InputError, match="hold no activations"):
        ei.compare(*results, only=["activations"])


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": 1}', '{"schema": 1, "flips": {}, "model": 3}'])
def test_what_is_no_comparison_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "comparison.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ei.InputError, match=r"comparison\.json"):
        ei.load_comparison(path)
    with pytest.raises(ei.InputError, match="no such file"):
        ei.load_comparison(tmp_path / "none.json")
