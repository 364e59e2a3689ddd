from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.model.manifest import read_manifest
from edgeinterp.requirements.needs import Need, Needs, read_needs
from edgeinterp_models import default_model_folder
from tests.model_folders import zeroed

TEXTS = ei.default_texts()[:48]
FAST: dict[str, Any] = {"n_permutations": 99}


@pytest.fixture(scope="module")
def result() -> ei.Result:
    found = ei.check(texts=ei.default_texts()[:240], only=["correspondence", "influence"], **FAST)
    # else nothing would be tested here
    assert {one.verdict for one in found.verdicts if one.check == "influence"} > {"supported"}
    return found


def need(**given: Any) -> dict[str, Any]:
    return {"use": "some use", **given}


def only(found: ei.Requirements) -> Any:
    (one,) = found.needs
    return one


def test_verdicts_decide(result: ei.Result) -> None:
    by_layer = {
        one.attention_layer: one.verdict
        for one in result.verdicts
        if (one.check, one.kind) == ("influence", "attention")
    }
    for layer, verdict in by_layer.items():
        asked = need(check="influence", kind="attention", layers=[layer], verdict="supported")
        want = {"supported": "met", "undecided": "undecided"}.get(verdict, "not met")
        assert only(ei.require(result, [asked])).outcome == want
        assert only(ei.require(result, [{**asked, "verdict": "weakened"}])).outcome == (
            "met" if verdict in ("supported", "weakened") else want
        )


def test_all_and_any_layers(result: ei.Result) -> None:
    verdicts = [one.verdict for one in result.verdicts if (one.check, one.kind) == ("influence", "attention")]
    asked = need(check="influence", verdict="supported")
    every, some = only(ei.require(result, [asked])), only(ei.require(result, [{**asked, "layers": "any"}]))
    assert (every.outcome == "met") == all(one == "supported" for one in verdicts)
    assert (some.outcome == "met") == any(one == "supported" for one in verdicts)
    assert f"of {len(verdicts)})" in every.because


@pytest.mark.parametrize(
    ("asked", "want"),
    [
        ({"check": "influence", "layers": [1], "statistic": "rho", "at_least": 0.1}, "met"),
        ({"check": "influence", "layers": [1], "statistic": "rho", "at_least": 0.99}, "not met"),
        ({"check": "influence", "layers": [1], "statistic": "rho", "at_most": 0.99}, "met"),
        ({"check": "influence", "layers": "any", "kind": "rollout", "statistic": "gain", "at_least": -1}, "met"),
        ({"check": "correspondence", "layers": "last", "statistic": "share", "at_least": 0.0}, "met"),
        ({"check": "influence", "kind": "recommended", "layers": "any", "statistic": "rho", "at_least": 0.0}, "met"),
    ],
)
def test_bounds_decide(result: ei.Result, asked: Any, want: str) -> None:
    found = only(ei.require(result, [need(**asked)]))
    assert found.outcome == want, found.because


def test_the_value_stands_as_a_bound_and_is_undecided(result: ei.Result) -> None:
    verdict = next(
        one for one in result.verdicts if (one.check, one.kind, one.attention_layer) == ("influence", "attention", 2)
    )
    part = result.influence()
    assert part is not None
    rho = part.layers[1].attention.rho or 0.0
    found = only(ei.require(result, [need(check="influence", layers=[2], statistic="rho", at_least=rho + 0.005)]))
    assert verdict.attention_layer == 2
    assert found.outcome == "undecided"
    assert found.p_adjusted is None
    assert ("would decide" in found.because) or ("nearly sure to decide" in found.because)


def test_a_result_against_itself_changes_nothing(result: ei.Result) -> None:
    asked = [
        need(check="influence", layers=[1], statistic="rho", change_at_most=0.05),
        need(check="correspondence", layers="last", statistic="share", change_at_most=0.05),
        need(check="flips", statistic="real flips", at_most=0),
    ]
    found = ei.require(result, asked, baseline=result)
    assert found.outcome == "met"
    assert [one.value for one in found.needs] == [0.0, 0.0, 0.0]


def test_needs_share_alpha(result: ei.Result) -> None:
    """A bound that one need alone would meet may be undecided among many."""
    part = result.influence()
    assert part is not None
    asked = need(check="influence", layers=[1], statistic="rho", at_least=0.0)
    alone = only(ei.require(result, [asked])).p_adjusted
    many = ei.require(result, [asked] * 10).needs
    assert alone is not None
    assert all(one.p_adjusted == pytest.approx(min(1.0, 10 * alone)) for one in many)


@pytest.mark.parametrize(
    ("asked", "baseline", "said"),
    [
        ({"check": "relations", "verdict": "supported"}, False, "the result has no relations"),
        ({"check": "judge", "method": "shap", "verdict": "supported"}, False, "the result has no judge"),
        ({"check": "influence", "kind": "head 3.7", "verdict": "supported"}, False, "no head 3.7.*; check with --head"),
        ({"check": "influence", "layers": [1, 99], "verdict": "supported"}, False, "layer 99 is not there"),
        ({"check": "licence", "layers": [99], "verdict": "supported"}, False, "layer 99 is not there"),
        ({"check": "influence", "kind": "recommended", "layers": [9], "verdict": "supported"}, False, "layer 9 is not"),
        (
            {"check": "influence", "layers": [9], "verdict": "supported"},
            False,
            "layer 9 is not there; influence has 1 to 6",
        ),
        (
            {"check": "licence", "kind": "alti rolled", "verdict": "supported"},
            False,
            "kind 'alti rolled' is no reading",
        ),
        ({"check": "influence", "statistic": "rho", "change_at_most": 0.1}, False, "is about two builds; give the one"),
        ({"check": "activations", "statistic": "cosine", "at_least": 0.9}, True, "results do not keep them"),
        (
            {"check": "heads", "statistic": "change", "at_most": 0.9},
            False,
            "cannot be run without heads; give the model",
        ),
    ],
)
def test_bad_needs_of_a_result_get_one_line(result: ei.Result, asked: Any, baseline: bool, said: str) -> None:
    with pytest.raises(ei.InputError, match=said) as error:
        ei.require(result, [need(**asked)], baseline=result if baseline else None)
    assert "\n" not in str(error.value)


def test_what_was_not_held_against_anything_is_not_met(result: ei.Result) -> None:
    """Two results without a claim in common, or without a text in common, show nothing of a change."""
    lost = need(check="flips", statistic="lost", at_most=0)
    judged = ei.judge(default_model_folder(), texts=TEXTS[:20], curves=False, n_permutations=19)
    with pytest.raises(ei.InputError, match="no check in common"):
        ei.require(result, [lost], baseline=judged)
    few = ei.check(texts=TEXTS[:3], only=["influence"], **FAST)
    assert {one.verdict for one in few.verdicts} == {"undecided"}
    found = only(ei.require(few, [lost], baseline=few))
    assert found.outcome == "undecided"
    assert "no supported verdict to lose" in found.because
    other = ei.check(texts=ei.default_texts()[300:348], only="influence", **FAST)
    rho = need(check="influence", layers=[1], statistic="rho", change_at_most=0.9)
    with pytest.raises(ei.InputError, match="no text in common"):
        ei.require(result, [rho], baseline=other)
    with pytest.raises(ei.InputError, match="give two of one kind"):
        ei.require(result, [rho], baseline=default_model_folder())


def test_a_licence_rests_on_both_checks(result: ei.Result) -> None:
    from edgeinterp.requirements.evidence import _of_licence, _of_reading

    part = result.influence()
    assert part is not None
    for layer in range(1, 7):
        one = part.layers[layer - 1].attention
        known = [1.0 if p is None else p for p in (one.gain.p_adjusted, one.pair.p_adjusted)]
        assert _of_reading(result, "attention", layer) == max(known)
        assert _of_licence(result, "attention", layer) >= max(known)
        assert _of_licence(result, "rollout", layer) == _of_reading(result, "rollout", layer)


def test_options_that_would_not_count_are_refused(result: ei.Result) -> None:
    asked = [need(check="influence", layers=[1], verdict="supported")]
    with pytest.raises(ei.InputError, match="texts: is for a model"):
        ei.require(result, asked, texts=TEXTS)
    with pytest.raises(TypeError, match="argument foo is not known"):
        ei.require(result, asked, foo=3)
    found = ei.require(result, asked, baseline=result)
    assert "given but not used" in found.notes[0]


def test_builds_are_held_against_each_other(tmp_path: Path) -> None:
    """The embedded model against itself, and against a build whose third block is damaged."""
    folder = default_model_folder()
    damaged = zeroed(folder, tmp_path / "damaged", 3, "output")
    asked = [one for one in read_needs("quantise").needs if one.check == "activations"]
    given = [{"use": one.use, "check": one.check, "kind": one.kind, "layers": one.layers, "statistic": one.statistic,
              "at_least": one.at_least} for one in asked]  # fmt: skip
    assert ei.require(folder, given, baseline=folder, texts=TEXTS).outcome == "met"
    found = ei.require(damaged, given, baseline=folder, texts=TEXTS)
    assert found.outcome == "not met"
    assert found.baseline is not None


def test_a_random_model_must_fail() -> None:
    """Needs that any network meets are not met: they say nothing about training."""
    asked = Need("tokens of layer 1", "correspondence", layers=[1], verdict="supported")
    found = ei.require(default_model_folder(), Needs("own", "any", [asked], random_model=True), texts=TEXTS, **FAST)
    assert found.needs[0].outcome == "met"
    assert found.random_passes
    assert found.outcome == "not met"
    assert 'type="not met"' in found.to_junit()
    assert "A model with shuffled weights meets every need" in (found.of_random or "")
    drawn = ei.require(
        default_model_folder(), Needs("own", "any", [asked], random_model=True), texts=TEXTS, random="drawn", **FAST
    )
    assert (found.random, drawn.random, drawn.random_passes) == ("shuffled", "drawn", True)
    assert "A model with newly drawn weights meets every need" in (drawn.of_random or "")
    assert "a model with newly drawn weights fails" in drawn.to_junit()


def test_a_result_cannot_be_run_with_shuffled_weights(result: ei.Result) -> None:
    found = ei.require(result, "draw-attention")
    assert found.random_model is None
    assert found.reason is not None
    assert "give the model" in found.reason


def test_heads(tmp_path: Path) -> None:
    """A tenth may be left out of the embedded model; not where its readings are of other heads than its output."""
    whole = ei.require(default_model_folder(), "prune-heads", texts=TEXTS)
    assert whole.outcome == "met"
    damaged = _with_wrong_readings(tmp_path / "damaged")
    found = ei.require(damaged, "prune-heads", texts=TEXTS)
    assert [one.outcome for one in found.needs] == ["not met", "not met"], [one.because for one in found.needs]


def _with_wrong_readings(target: Path) -> Path:
    """A build whose values and projections say the less of a head the more it matters."""
    import hashlib

    import onnx
    from onnx import helper, numpy_helper

    shutil.copytree(default_model_folder(), target)
    measured = ei.leave_out_heads(target, TEXTS)
    order = sorted(measured.heads, key=lambda one: one.effect or 0.0)
    less = {(one.attention_layer, one.head): np.exp(-20 * at / len(order)) for at, one in enumerate(order)}
    path = target / "projections.onnx"
    model = onnx.load(str(path), load_external_data=False)
    width = read_manifest(target).hidden_size // read_manifest(target).heads
    for output in model.graph.output:
        layer = int(output.name.rpartition(".")[2]) + 1
        mask = np.ones((12 * width + 1, 1), np.float32)
        for head in range(1, 13):
            mask[(head - 1) * width : head * width] = less[layer, head]
        node = next(node for node in model.graph.node if output.name in node.output)
        whole, bias = f"{output.name}/whole", f"{output.name}/bias"
        node.output[list(node.output).index(output.name)] = whole
        model.graph.initializer.append(numpy_helper.from_array(mask, f"{output.name}/mask"))
        model.graph.initializer.append(numpy_helper.from_array(np.array([12 * width]), f"{output.name}/last"))
        # each row is a weight's and the bias; the last is the bias alone
        model.graph.node.extend([
            helper.make_node("Gather", [whole, f"{output.name}/last"], [bias], axis=0),
            helper.make_node("Sub", [whole, bias], [f"{output.name}/weights"]),
            helper.make_node("Mul", [f"{output.name}/weights", f"{output.name}/mask"], [f"{output.name}/some"]),
            helper.make_node("Add", [f"{output.name}/some", bias], [output.name]),
        ])  # fmt: skip
    onnx.save(model, str(path))
    manifest = json.loads((target / "edgeinterp.json").read_text(encoding="utf-8"))
    manifest["files"]["projections.onnx"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (target / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")
    return target


def test_the_command(result: ei.Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result.save(tmp_path / "result.json")
    needs = tmp_path / "needs.toml"
    needs.write_text(
        '[[need]]\nuse = "links"\ncheck = "influence"\nlayers = [1]\nstatistic = "rho"\nat_least = 0.1\n'
        '[[need]]\nuse = "good links"\ncheck = "influence"\nlayers = [1]\nstatistic = "rho"\nat_least = 0.99\n',
        encoding="utf-8",
    )
    out, junit = tmp_path / "out", tmp_path / "needs.xml"
    assert main(["require", str(tmp_path), str(needs), "--out", str(out), "--junit", str(junit)]) == 1
    captured = capsys.readouterr()
    assert "met  links" in captured.out
    assert "needs.toml: not met: good links" in captured.err
    data = json.loads((out / "requirements.json").read_text(encoding="utf-8"))
    assert data["outcome"] == "not met"
    assert [one["outcome"] for one in data["needs"]] == ["met", "not met"]
    assert "good links" in (out / "requirements.html").read_text(encoding="utf-8")
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "0")
    needs.write_text(needs.read_text(encoding="utf-8").replace("0.99", "0.2"), encoding="utf-8")
    assert main(["require", str(tmp_path), str(needs), "--quiet"]) == 0


def test_undecided_passes_where_it_is_told_to(result: ei.Result, tmp_path: Path) -> None:
    part = result.influence()
    assert part is not None
    rho = part.layers[1].attention.rho
    result.save(tmp_path / "result.json")
    needs = tmp_path / "needs.toml"
    needs.write_text(
        f'[[need]]\nuse = "x"\ncheck = "influence"\nlayers = [2]\nstatistic = "rho"\nat_least = {rho}\n',
        encoding="utf-8",
    )
    arguments = ["require", str(tmp_path), str(needs), "--quiet"]
    assert main(arguments) == 1
    junit = tmp_path / "needs.xml"
    assert main([*arguments, "--undecided", "pass", "--junit", str(junit)]) == 0
    assert ElementTree.parse(junit).getroot().get("skipped") == "1"


def test_explain_prints_a_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["require", "quantise", "--explain"]) == 0
    path = tmp_path / "own.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert read_needs(path).needs == read_needs("quantise").needs
    assert main(["require", "quantize", "--explain"]) == 2
    assert "did you mean 'quantise'" in capsys.readouterr().err
    assert main(["require", "embedded"]) == 2
    assert "has no needs" in capsys.readouterr().err
