from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.judge.passes import DRAWS
from tests.known_token import make as known
from tests.known_token.make import FOLDER, WORDS, weights, word


@pytest.fixture(scope="module")
def model() -> Any:
    return ei.load(FOLDER)


def texts(count: int = 40, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        " ".join(word(min(int(at), WORDS - 1)) for at in rng.zipf(1.4, size=rng.integers(8, 14)) - 1)
        for _ in range(count)
    ]


def lines(method: str, score: Any, given: list[str] | None = None, **more: Any) -> list[dict[str, Any]]:
    return [
        {"text": text, "method": method, "tokens": text.split(), "scores": list(score(text.split())), **more}
        for text in given or texts()
    ]


def importance(words: list[str]) -> Any:
    return np.exp(known.SHARPNESS * weights()[[len(known.SPECIAL) + int(one[1:]) for one in words]])


# it needs the package onnx
@pytest.mark.slow
def test_the_shipped_model_is_what_its_recipe_makes(tmp_path: Path) -> None:
    made = known.make(tmp_path / "made")
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        assert (made / name).read_bytes() == (FOLDER / name).read_bytes(), name


@pytest.mark.parametrize("target", ["pooled", "logit", "state:1"])
def test_the_method_that_names_the_token_is_supported(model: Any, target: str) -> None:
    often = Counter(one for text in texts() for one in text.split())
    scores = [
        *lines("names", importance),
        *lines("neighbour", lambda words: np.roll(importance(words), 1)),
        *lines("place", lambda words: range(len(words))),
        *lines("rare", lambda words: [-np.log(often[one]) for one in words]),
    ]
    found = {one.method: one for one in ei.judge(model, scores, target, n_permutations=199).verdicts}
    assert found["names"].verdict == found["attention:1"].verdict == found["occlusion"].verdict == "supported"
    for name in ("neighbour", "place", "rare", "random"):
        assert found[name].verdict in ("unsupported", "undecided"), found[name].because


def test_random_scores_and_places_are_seldom_supported(model: Any) -> None:
    """On the model: 40 methods at once, of 3 samples of texts."""
    wrong = 0
    for seed in range(3):
        given = texts(24, seed)
        rng = np.random.default_rng(seed)
        scores = [
            line
            for number in range(20)
            for line in lines(f"random {number}", lambda words, rng=rng: rng.random(len(words)), given)
            + lines(f"place {number}", lambda words, rng=rng: np.arange(len(words)) + rng.random(len(words)), given)
        ]
        found = ei.judge(model, scores, "pooled", own=False, n_permutations=199)
        wrong += any(one.verdict == "supported" for one in found.verdicts)
    assert wrong <= 1


def test_tokens_words_and_characters_get_the_same_verdict() -> None:
    """One explanation in three forms, of the embedded model, whose words have several tokens."""
    from edgeinterp_models import default_model_folder

    model = ei.load(default_model_folder())
    given = ei.default_texts()[:30]
    rng = np.random.default_rng(0)
    scores = []
    for text, spans in zip(given, model.token_spans(given), strict=True):
        own = [(int(first), int(last)) for first, last in spans if first < last]
        values = [(last - first) + rng.random() for first, last in own]
        characters = [(at, at + 1) for first, last in own for at in range(first, last)]
        each = [value / (last - first) for value, (first, last) in zip(values, own, strict=True)
                for _ in range(first, last)]  # fmt: skip
        words, starts, at = [], [], 0
        for one in text.split():
            at = text.index(one, at)
            inside = [v for v, (first, last) in zip(values, own, strict=True) if at <= first and last <= at + len(one)]
            words.append(sum(inside))
            starts.append((at, at + len(one)))
            at += len(one)
        for method, parts, numbers in (("tokens", own, values), ("characters", characters, each),
                                       ("words", starts, words)):  # fmt: skip
            scores.append({"text": text, "method": method, "spans": parts, "scores": numbers})
    found = ei.judge(model, scores, own=False, n_permutations=199)
    by_token, by_character, by_word = found.verdicts
    assert by_token.verdict == by_character.verdict == by_word.verdict
    assert by_token.value == pytest.approx(by_character.value)
    judged = found.judge()
    assert judged is not None
    assert [one.unmatched for one in judged.methods] == [0, 0, 0]


def test_signs_count_where_effects_have_them(model: Any) -> None:
    scores = lines("signed", lambda words: importance(words) * np.tile([1, -1], len(words))[: len(words)])
    found = ei.judge(model, scores, "pooled", n_permutations=99)
    judged = found.judge()
    assert judged is not None
    assert not judged.methods[0].signed
    assert any("scores below 0 count by their size" in note for note in judged.notes)
    plain = ei.judge(model, lines("signed", importance), "pooled", n_permutations=99)
    assert found.verdicts[0] == plain.verdicts[0]
    by_logit = ei.judge(model, scores, "logit:yes", n_permutations=99).judge()
    assert by_logit is not None
    assert by_logit.methods[0].signed
    said = ei.judge(model, [{**one, "signed": False} for one in scores], "logit", n_permutations=99).judge()
    assert said is not None
    assert not said.methods[0].signed


def test_effects_by_hand(model: Any) -> None:
    """The effect on the pooled vector and on a logit, from the weights alone."""
    from edgeinterp.checks.judge.passes import OneText, Passes, vocabulary
    from edgeinterp.checks.output.targets import target_of

    encoded = model.encode(texts(3))
    instead = vocabulary(encoded)
    one = OneText.of(encoded[0])
    table = known.table().astype(np.float64)
    (head,) = [np.asarray(part) for part in [np.random.default_rng(9).normal(size=(known.WIDTH, 2)).astype(np.float32)]]

    def pooled(ids: Any) -> Any:
        scores = np.exp(known.SHARPNESS * table[ids, 0])
        return 0.9 * (scores / scores.sum()) @ table[ids] + 0.1 * table[ids].mean(axis=0)

    from edgeinterp.checks.influence.sample import SampledText

    copies = instead.copies(SampledText(one.key, 0, one.text, one.places))
    plain = pooled(one.text.ids)
    label = int(np.argmax(plain @ head))
    turned, fallen = [], []
    for copy in copies:
        changed = pooled(copy.ids)
        turned.append(1 - plain @ changed / np.linalg.norm(plain) / np.linalg.norm(changed))
        fallen.append((plain - changed) @ head[:, label])
    for name, want in (("pooled", turned), ("logit", fallen)):
        found = Passes(model, target_of(model, name), instead).effects(one)
        expected = np.array(want).reshape(2, DRAWS, -1).mean(axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_insertion_and_deletion_order_methods(model: Any) -> None:
    judged = ei.judge(model, lines("names", importance), "pooled", n_permutations=99).judge()
    assert judged is not None
    found = {one.method: one for one in judged.methods}
    names, random = found["names"], found["random"]
    assert names.insertion is not None
    assert names.deletion is not None
    assert random.insertion is not None
    assert random.deletion is not None
    assert names.insertion < random.insertion
    assert names.deletion > random.deletion


def test_the_result_is_saved_and_shown(model: Any, tmp_path: Path) -> None:
    result = ei.judge(model, lines("names", importance), n_permutations=99)
    result.save(tmp_path / "result.json")
    again = ei.load_result(tmp_path)
    assert again.to_dict() == result.to_dict()
    assert again.judge() == result.judge()
    ei.write_html(again, tmp_path / "report.html")
    assert "names orders tokens by their effect on logit" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("scores", "target", "said"),
    [
        ([], None, "scores: is empty"),
        (lines("a", importance)[:1], None, "are of one text; give 20 texts or more"),
        ([*lines("a", importance), *lines("b", importance)[1:]], None, "method 'b': has no scores of the text"),
        (lines("occlusion", importance), None, "'occlusion': is the name of a method of ours"),
        (lines("a", importance), "pool", "target: 'pool', expected pooled, state:L, logit, or logit:CLASS"),
        (lines("a", importance), "state:2", "expected a hidden state from state:0 to state:1"),
        (lines("a", importance), "logit:maybe", "class 'maybe' is not known; expected one of no, yes"),
        ([*lines("a", importance, target="logit"), *lines("b", importance, target="pooled")], None, "several targets"),
        ([{"text": "w01 w02", "method": "a", "tokens": ["w01", "w02"], "scores": [1, 2]},
          {"text": "w01 w03", "method": "a", "tokens": ["w01", "w03"], "scores": [1, 2]}], None, "none has 4 tokens"),
        (3, None, "scores: 3, expected files or dicts"),
    ],
)  # fmt: skip
def test_bad_scores_get_one_line(model: Any, scores: Any, target: Any, said: str) -> None:
    with pytest.raises(ei.InputError, match=said) as error:
        ei.judge(model, scores, target, n_permutations=9)
    assert "\n" not in str(error.value)


def test_a_model_without_a_head_has_no_logit() -> None:
    from edgeinterp_models import default_model_folder

    with pytest.raises(ei.InputError, match="has no logits; export the model with its head"):
        ei.judge(default_model_folder(), lines("a", importance), "logit")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from edgeinterp.cli.main import main

    path = tmp_path / "scores.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines("names", importance)), encoding="utf-8")
    out = tmp_path / "out"
    arguments = ["judge", str(FOLDER), str(path), "--target", "logit", "--permutations", "99"]
    assert main([*arguments, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "Which explanation methods order tokens by their effect on logit?" in shown
    assert "names" in shown
    assert (out / "report.html").exists()
    result = ei.load_result(out)
    assert [one.name for one in result.inputs] == ["scores.jsonl"]
    other = tmp_path / "other.jsonl"
    other.write_text(path.read_text(encoding="utf-8").replace('"names"', '"again"'), encoding="utf-8")
    both = ei.judge(FOLDER, [path, other], "logit", own=False, curves=False, n_permutations=99)
    assert [one.method for one in both.verdicts] == ["names", "again"]
    assert [one.name for one in both.inputs] == ["scores.jsonl", "other.jsonl"]
    few = ei.judge(FOLDER, path, own=False, curves=False, most_texts=25, n_permutations=99).judge()
    assert few is not None
    assert any(note.startswith("of 40 texts, 25 are compared") for note in few.notes)
    assert main([*arguments, "--given", "--quiet"]) == 0
    assert main(["judge", str(FOLDER), "--given"]) == 2
    assert main(["judge", str(FOLDER), str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
