"""``relations`` over models: what does not matter does not, and what cannot be measured says so."""

from __future__ import annotations

import gc
import json
import tempfile
import threading
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.relations import run as relations_run
from edgeinterp.checks.relations import stream as relation_stream
from edgeinterp.checks.relations.places import sentences
from edgeinterp.checks.settings import Settings
from edgeinterp.inputs.templates import pair_template
from edgeinterp.runtime import spool
from edgeinterp.runtime.clock import Clock
from edgeinterp_models import default_model_folder
from tests import reference_relations as reference

FEW = ["elsewhere", "words", "similarity", "surface"]


@pytest.fixture(scope="module")
def few() -> ei.Pairs:
    """Three words of each of nine categories, two contrasts."""
    pairs = ei.default_pairs()
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for i, key in enumerate(zip(pairs.categories, pairs.relations, strict=True)):
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= 3 and key[1] in ("hyper", "coord", "random_category"):
            rows.append(i)
    kept = sorted(set(pairs.categories))[:9]
    return pairs.part([i for i in rows if pairs.categories[i] in kept])


def run(pairs: ei.Pairs, **settings: Any) -> Any:
    result = ei.check(only=["relations"], pairs=pairs, **{"n_permutations": 99, "controls": FEW, **settings})
    part = result.relations()
    assert part is not None
    return part


def same(one: Any, other: Any, rel: float = 1e-5) -> None:
    assert [v.verdict for v in one.verdicts] == [v.verdict for v in other.verdicts]
    for a, b in zip(one.contrasts, other.contrasts, strict=True):
        assert (a.name, a.p, a.p_adjusted, a.pairs) == (b.name, b.p, b.p_adjusted, b.pairs)
        assert a.auc == pytest.approx(b.auc, rel=rel)
        assert a.ci == pytest.approx(b.ci, rel=rel)
        assert a.rivals.keys() == b.rivals.keys()
        for name, rival in a.rivals.items():
            assert rival.auc == pytest.approx(b.rivals[name].auc, rel=rel)
        assert [head.auc for head in a.heads] == pytest.approx([head.auc for head in b.heads], rel=rel)


def test_batch_threads_and_order_do_not_matter(few: ei.Pairs) -> None:
    first = run(few, threads=1, batch=1)
    order = np.random.default_rng(0).permutation(len(few)).tolist()
    # the order of contrasts follows the file: keep it
    order.sort(key=lambda i: few.relations[i] != "hyper")
    order.sort(key=lambda i: ["hyper", "coord", "random_category"].index(few.relations[i]))
    same(first, run(few.part(order), threads=2, batch=8))
    assert [c.name for c in first.contrasts] == ["hyper against coord", "hyper against random_category"]
    assert {c.categories for c in first.contrasts} == {9}


def test_features_are_attention_between_the_words_tokens(monkeypatch: Any) -> None:
    """The whole way from a pair to a feature, against attention summed by hand."""
    pairs = ei.Pairs(
        ["xylophone", "robin", "robin", "xylophone"], ["instrument", "bird", "fish", "bird"],
        ["hyper", "hyper", "other", "other"], ["a", "b", "b", "a"],
    )  # fmt: skip
    texts = [
        "We know that every {1} is a kind of {2} and nothing else here.",
        "They had {2} such as a {1} with them then.",
    ]
    given: dict[str, Any] = {}

    def spy(features: Any, *arguments: Any, **named: Any) -> Any:
        given.update(named, features=features)
        return original(features, *arguments, **named)

    original: Any = vars(relations_run)["relations"]
    monkeypatch.setattr(relations_run, "relations", spy)
    run(pairs, templates=texts)
    model = ei.load(default_model_folder())
    two_sided: list[bool] = []
    for number, text in enumerate(texts):
        template = pair_template(text)
        for row in range(4):
            filled, one, other = template.filled(pairs.word1[row], pairs.word2[row])
            (encoded,), (spans,) = model.encode([filled]), model.token_spans([filled])
            found = []
            for start, end in (one, other):
                inside = [i for i, (a, b) in enumerate(spans) if a < end and b > start and b > a]
                found.append((inside[0], inside[-1] + 1))
            (batch,) = model.activations([encoded], [0], range(1, 7))
            attention = np.stack([maps[0] for maps in batch.attentions])
            want = reference.attention_between(attention, found[0], found[1])
            assert np.allclose(np.asarray(given["features"])[number, row], want, atol=1e-6)
            (block,) = sentences(model, pairs, [row], [template], 256)
            assert block[0].spans == tuple(found)
            assert block[0].elsewhere is not None
            earlier, later = block[0].elsewhere
            two_sided.append(earlier < later)
            for name, places in (("earlier", earlier), ("later", later)):
                want = reference.attention_between(attention, *places)
                assert np.allclose(np.asarray(given["elsewhere"][name])[number, row], want, atol=1e-6)
    assert any(two_sided)
    # xylophone has three tokens, the others one
    assert given["surface"][:, :3].tolist() == [[3, 1, 2], [1, 1, 0], [1, 1, 0], [3, 1, 2]]
    assert set(given["word_states"]) == {"xylophone", "robin", "instrument", "bird", "fish"}
    # distance in tokens, mean over templates; ranks of mean token ids; every word between the special tokens alone
    distances, ids = np.zeros(4), {}
    for text in texts:
        for row in range(4):
            (block,) = sentences(model, pairs, [row], [pair_template(text)], 256)
            distances[row] += abs(block[0].spans[0][0] - block[0].spans[1][0]) / len(texts)
            for word, (a, b) in zip((pairs.word1[row], pairs.word2[row]), block[0].spans, strict=True):
                ids[word] = block[0].encoded.ids[a:b].mean()
                (bare,) = model.encode([word])
                assert bare.ids[1:-1].tolist() == block[0].encoded.ids[a:b].tolist()
                (batch,) = model.activations([bare], range(7))
                want = [state[1:-1].mean(axis=0) for state in batch.hidden_states]
                assert np.allclose(given["word_states"][word], want, atol=1e-5)
    assert given["surface"][:, 3].tolist() == distances.tolist()
    order = sorted(ids, key=lambda word: ids[word])
    ranks = [[order.index(pairs.word1[row]), order.index(pairs.word2[row])] for row in range(4)]
    assert given["surface"][:, 4:].tolist() == ranks


def test_an_error_ends_the_random_models_pass(few: ei.Pairs, monkeypatch: Any) -> None:
    from edgeinterp.checks.relations import study as relation_study

    yielded: list[int] = []
    original: Any = vars(relations_run)["between"]

    def counted(*arguments: Any) -> Any:
        yielded.append(1)
        return original(*arguments)

    def broken(*_arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(relations_run, "between", counted)
    monkeypatch.setattr(relation_study, "surface_rows", broken)
    with pytest.raises(KeyboardInterrupt):
        run(few, controls=[*FEW, "random_model"])
    # own and elsewhere, twice, of the real model, and less than one pass of three random models
    assert len(yielded) < (6 + 2) * len(few)


def test_random_models_and_licensed_layers(few: ei.Pairs) -> None:
    texts = ei.default_texts()[::6]
    result = ei.check(
        only=["correspondence", "relations"], pairs=few, texts=texts, n_permutations=99,
        controls=["random_model", "licensed", "foreign"],
    )  # fmt: skip
    part, found = result.relations(), result.correspondence()
    assert part is not None
    assert found is not None
    contrast = part.contrasts[1]
    assert set(contrast.rivals) == {"random_model.0", "random_model.1", "random_model.2"}
    aucs = {rival.auc for rival in contrast.rivals.values()}
    assert len(aucs) == 3
    assert contrast.auc not in aucs
    supported = [v.attention_layer for v in found.verdicts if v.verdict == "supported"]
    licensed = contrast.references["licensed"]
    # without the control `swap` nothing beyond layer 1 is supported
    assert licensed.layers == supported == [1]
    assert licensed.auc != contrast.auc
    assert licensed.against.keys() == contrast.rivals.keys()
    assert result.timings.keys() >= {"relations_s", "forward_s", "controls_forward_s", "total_s"}
    json.dumps(result.to_dict(), allow_nan=False)


def test_without_correspondence_the_licence_is_found_out_on_texts_that_are_given(few: ei.Pairs) -> None:
    part = run(few, controls=["licensed"], texts=ei.default_texts()[::6])
    assert part.contrasts[0].references["licensed"].layers[0] == 1
    part = run(few, controls=["licensed"], texts=["short"])
    licensed = part.contrasts[0].references["licensed"]
    assert licensed.layers == [1] or licensed.reason


def test_templates_without_room_elsewhere(few: ei.Pairs) -> None:
    part = run(few, templates=["{1} is a {2}"])
    rival = part.contrasts[0].references["elsewhere"]
    assert rival.auc is None
    assert "no room for two other places" in rival.reason
    assert "four words or more" in rival.reason
    assert {v.verdict for v in part.verdicts} <= {"undecided", "unsupported"}
    assert part.templates == ["{1} is a {2}"]
    assert part.left_out == []


def test_room_on_one_side_of_the_words_is_one_rival(few: ei.Pairs) -> None:
    part = run(few, templates=["{1} is a kind of {2} as people everywhere will tell you if you ask"])
    references = part.contrasts[0].references
    assert list(references) == ["elsewhere"]
    assert references["elsewhere"].auc is not None
    assert any("elsewhere is measured once, not twice" in note for note in part.notes)
    both = run(few)
    assert list(both.contrasts[0].references) == ["elsewhere.earlier", "elsewhere.later"]
    assert both.notes == []


def test_pairs_that_the_tokenizer_cannot_represent_are_left_out(few: ei.Pairs) -> None:
    strange = few.part(list(range(len(few))))
    strange.word1[0] = "\N{GRINNING FACE}"
    part = run(strange)
    assert part.pairs == len(few) - 1
    assert [(left.word1, left.word2) for left in part.left_out] == [("\N{GRINNING FACE}", few.word2[0])]
    assert "tokenizer does not know it" in part.left_out[0].reason


def test_no_pair_that_can_be_given_is_one_line(few: ei.Pairs) -> None:
    strange = ei.Pairs(["\N{GRINNING FACE}"] * 2, ["bird", "fish"], ["hyper", "coord"], ["a", "a"])
    with pytest.raises(ei.InputError, match="0 of 2 pairs") as caught:
        run(strange)
    assert len(str(caught.value).splitlines()) == 1


def test_a_budget_keeps_whole_categories_and_says_so(few: ei.Pairs) -> None:
    result = ei.check(only=["relations"], pairs=few, n_permutations=99, controls=FEW, budget=0.01)
    part = result.relations()
    assert part is not None
    assert part.categories == 8
    assert part.pairs == 72
    assert any("--budget 0.01 cut 81 pairs of 9 categories to 72 of 8" in note for note in result.notes)


def test_templates_go_to_the_check_that_they_are_for(few: ei.Pairs) -> None:
    lines = ["The {} is here.", "Now we all know that a {1} is not a {2} at all, or is it."]
    part = run(few, templates=lines)
    assert part.templates == lines[1:]
    with pytest.raises(ei.InputError, match=r"has no template for pairs \(relations\)"):
        run(few, templates=lines[:1])
    with pytest.raises(ei.InputError, match=r"has no template for words \(properties\)"):
        ei.check(only=["properties"], templates=lines[1:])


def test_one_direction_of_a_causal_model_is_dropped(exported: Any) -> None:
    members = ["cat", "dog", "mat", "cake", "one", "two", "three", "four", "five", "six"]
    rows = [(word, "the", "hyper", word) for word in members] + [(word, "ate", "coord", word) for word in members]
    columns = [list(column) for column in zip(*rows, strict=True)]
    pairs = ei.Pairs(columns[0], columns[1], columns[2], columns[3])
    template = "we know that all {1} sat with the {2} on a large mat."
    result = ei.check(exported("llama"), only=["relations"], pairs=pairs, templates=[template], controls=FEW,
                      n_permutations=99)  # fmt: skip
    part = result.relations()
    assert part is not None
    contrast = part.contrasts[0]
    # word1 comes first and cannot see word2
    assert {head.direction for head in contrast.heads} == {"2->1"}
    assert contrast.dropped >= part.layers * part.heads
    assert len(contrast.heads) + contrast.dropped == 2 * part.layers * part.heads


def test_spools_in_files_change_nothing(few: ei.Pairs, monkeypatch: Any) -> None:
    want = run(few)
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    monkeypatch.setattr(relation_stream, "WHOLE_BYTES", 0)
    same(want, run(few), rel=1e-9)


def test_a_temporary_folder_that_cannot_be_written_is_one_line(few: ei.Pairs, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ei.InputError, match="set TMPDIR to another folder") as caught:
        run(few)
    assert len(str(caught.value).splitlines()) == 1


def test_what_a_pair_leaves_behind_after_the_passes(exported: Any, monkeypatch: Any) -> None:
    """Attention of three kinds in two templates, 24 numbers each, and a state of every word would be more."""
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    model = ei.load(exported("bert"))
    names = ["cat", "dog", "mat", "cake"]
    held, most = [], []
    # what runs the tests has threads of its own
    others = [tracemalloc.Filter(False, f"*{name}*") for name in ("execnet", "xdist", "pytest", "pluggy")]
    # many, since what onnxruntime happens to hold differs by some 30 kB from run to run, however many pairs there are
    for n in (60, 540):
        words = [" ".join(names[i // 4**place % 4] for place in range(5)) for i in range(n)]
        pairs = ei.Pairs(words, ["large"] * n, ["hyper", "coord"] * (n // 2), [f"category {i // 10}" for i in range(n)])
        passes = relations_run.RelationsRun(model, Settings(), Clock(), lambda *_: None)
        plan = passes._plan(pairs, None)
        tracemalloc.start()
        try:
            threads = threading.active_count()
            found = passes._own(plan)
            # a thread that ran beside lets go of its last batch as it ends
            for _ in range(1000):
                if threading.active_count() <= threads:
                    break
                time.sleep(0.02)
            gc.collect()
            kept = tracemalloc.take_snapshot().filter_traces(others).statistics("filename")
        finally:
            tracemalloc.stop()
        held.append(sum(one.size for one in kept))
        most.append([str(one) for one in kept[:5]])
        assert len(found.own) == 2 * n
    assert (held[1] - held[0]) / 480 < 300, most
