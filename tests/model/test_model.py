from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.model.manifest import read_manifest
from edgeinterp.model.model import BATCH_TOKENS, OUTPUT_BYTES, TOKENS_OF_ONE_BY_ONE, load

TEXTS = ["the cat sat on the mat", "a dog ate", "one two three four five six", "naïve façade größe 12", "the"]


def everything(model: Any, texts: Any, **options: Any) -> Any:
    """All activations by text: hidden states (L + 1, tokens, d), attentions (L, heads, tokens, tokens)."""
    layers = model.manifest.layers
    encoded = model.encode(texts)
    found = {}
    for batch in model.activations(encoded, range(layers + 1), range(1, layers + 1), **options):
        ends = np.cumsum(batch.lengths)
        for row, (index, last, size) in enumerate(zip(batch.texts, ends, batch.lengths, strict=True)):
            states = np.stack([rows[last - size : last] for rows in batch.hidden_states])
            found[index] = (states, np.stack([maps[row] for maps in batch.attentions]))
            np.testing.assert_array_equal(batch.token_ids[last - size : last], encoded[index].ids)
    return found


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "llama"])
@pytest.mark.parametrize("batch", [2, 5])
def test_batches_do_not_change_activations(exported: Any, kind: Any, batch: Any) -> None:
    model = load(exported(kind), threads=1)
    one, many = everything(model, TEXTS, batch=1), everything(model, TEXTS, batch=batch)
    assert one.keys() == many.keys() == set(range(len(TEXTS)))
    for index, (states, attentions) in one.items():
        scale = np.abs(states).max()
        np.testing.assert_allclose(many[index][0], states, atol=1e-5 * scale)
        np.testing.assert_allclose(many[index][1], attentions, atol=1e-5)
        np.testing.assert_allclose(attentions.sum(axis=-1), 1.0, atol=1e-5)


@pytest.mark.parametrize(("kind", "causal"), [("bert", False), ("gpt2", True), ("llama", True)])
def test_causal_attention_looks_back_only(exported: Any, kind: Any, causal: Any) -> None:
    model = load(exported(kind))
    assert model.manifest.causal is causal
    _, attentions = everything(model, TEXTS)[2]
    ahead = attentions[:, :, ~np.tri(attentions.shape[-1], dtype=bool)]
    assert bool(ahead.max() == 0.0) is causal


def test_quantised_models_run_one_text_at_a_time() -> None:
    model = load(default_folder())
    assert model.manifest.quantization == "int8"
    one, many = everything(model, TEXTS[:3], batch=1), everything(model, TEXTS[:3], batch=3)
    for index, (states, attentions) in one.items():
        np.testing.assert_array_equal(states, many[index][0])
        np.testing.assert_array_equal(attentions, many[index][1])


@pytest.mark.parametrize("size", [None, 1, 3, 50])
def test_texts_of_quantised_models_are_handed_on_together_in_small_batches(size: int | None) -> None:
    model = load(default_folder())
    encoded = model.encode(sorted((f"{'the cat ' * (index % 40)}sat" for index in range(400)), key=len))
    sizes = [[encoded[index].ids.size for index in batch] for batch in model._batches(encoded, 4, 0, size)]
    assert [size for batch in sizes for size in batch] == [text.ids.size for text in encoded]
    assert all(len(batch) == 1 or len(batch) * max(batch) <= TOKENS_OF_ONE_BY_ONE for batch in sizes)
    assert max(map(len, sizes)) == min(size or 8, 8)


def test_a_tokenizer_that_rests_comes_back_when_it_is_needed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(default_folder(), folder)
    model = load(folder)
    before = model.encode(TEXTS, max_tokens=5)
    model.rest_tokenizer()
    assert model._own_tokenizer._library is None
    # what was read when the model was opened holds
    (folder / "tokenizer.json").unlink()
    after = model.encode(TEXTS, max_tokens=5)
    assert [text.ids.tolist() for text in after] == [text.ids.tolist() for text in before]
    model.rest_tokenizer()
    assert model.token_strings(before[0].ids.tolist())[0] == "[CLS]"
    assert any(text.truncated for text in before)


def default_folder() -> Any:
    from edgeinterp_models import default_model_folder

    return default_model_folder()


def test_outputs_of_a_batch_are_bounded(exported: Any) -> None:
    model = load(exported("bert"))
    encoded = model.encode(["the cat " * 30] * 400)
    size = encoded[0].ids.size
    batches = list(model._batches(encoded, 4, 3, 400))
    assert sum(len(batch) for batch in batches) == 400
    row = 4 * (4 * size * model.manifest.hidden_size + 3 * model.manifest.heads * size**2)
    assert max(len(batch) for batch in batches) == OUTPUT_BYTES // row


@pytest.mark.parametrize("tokens", [128, 20])
def test_batches_hold_eight_texts_and_128_tokens_unless_a_size_is_asked_for(
    exported: Any, monkeypatch: pytest.MonkeyPatch, tokens: int
) -> None:
    assert BATCH_TOKENS == 128
    monkeypatch.setattr("edgeinterp.model.model.BATCH_TOKENS", tokens)
    model = load(exported("bert"))
    encoded = model.encode(sorted((f"{'the cat ' * (1 + index % 40)}sat" for index in range(120)), key=len))
    sizes = [[encoded[index].ids.size for index in batch] for batch in model._batches(encoded, 4, 3, None)]
    assert [size for batch in sizes for size in batch] == [text.ids.size for text in encoded]
    assert all(len(batch) == 1 or len(batch) * max(batch) <= tokens for batch in sizes)
    assert max(map(len, sizes)) == min(8, tokens // min(map(min, sizes)))
    # none could have taken the next text in
    for batch, following in itertools.pairwise(sizes):
        assert len(batch) == 8 or (len(batch) + 1) * following[0] > tokens
    # a text longer than that is run alone
    assert sizes[-1] == [encoded[-1].ids.size]
    assert {len(batch) for batch in model._batches(encoded, 4, 3, 8)} == {8}


def test_truncation_and_special_tokens(exported: Any) -> None:
    model = load(exported("bert"))
    (encoded,) = model.encode(["the cat sat on the mat " * 40], max_tokens=20)
    assert encoded.truncated
    assert encoded.ids.size == 20
    assert np.flatnonzero(encoded.special).tolist() == [0, 19]
    (encoded,) = model.encode(["the cat sat on the mat " * 40], max_tokens=100_000)
    assert encoded.ids.size == model.manifest.max_positions
    (encoded,) = model.encode(["the [MASK] sat"])
    assert not encoded.truncated
    assert encoded.special.sum() == 3


def test_texts_share_the_places_of_special_tokens_and_only_where_they_are_the_same(
    exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(exported("bert"), threads=1)
    texts = ["the cat sat", "the dog sat", "the [MASK] sat", "the cat"]
    encoded = model.encode(texts)
    assert encoded[0].special is encoded[1].special
    assert not encoded[0].special.flags.writeable
    assert encoded[2].special.tolist() != encoded[0].special.tolist()
    monkeypatch.setattr("edgeinterp.model.model.MOST_MASKS", 0)
    for shared, own in zip(encoded, model.encode(texts), strict=True):
        np.testing.assert_array_equal(shared.special, own.special)


def test_texts_without_tokens_are_passed_over(exported: Any) -> None:
    model = load(exported("gpt2"))
    encoded = model.encode(["", "the cat"])
    # this tokenizer adds special tokens to an empty text; a bare one would add none
    empty = [
        type(encoded[0])(encoded[0].ids[:0], None, encoded[0].special[:0], False, ""),
        encoded[1],
    ]
    (batch,) = model.activations(empty, [0])
    assert batch.texts == [1]


@pytest.mark.parametrize("options", [{"max_tokens": 0}, {"max_tokens": -3}, {"max_tokens": 1}])
def test_unusable_max_tokens(exported: Any, options: Any) -> None:
    with pytest.raises(ei.InputError, match="max-tokens"):
        load(exported("bert")).encode(["the cat"], **options)


@pytest.mark.parametrize("threads", [0, -1])
def test_unusable_threads(exported: Any, threads: Any) -> None:
    with pytest.raises(ei.InputError, match="threads"):
        load(exported("bert"), threads=threads)


@pytest.fixture
def copy(exported: Any, tmp_path: Any) -> Any:
    folder = tmp_path / "model"
    shutil.copytree(exported("bert"), folder)
    return folder


def edit_manifest(folder: Any, **changes: Any) -> None:
    path = folder / "edgeinterp.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, **changes}), encoding="utf-8")


def test_changed_files_are_refused(copy: Any) -> None:
    with (copy / "config.json").open("a") as stream:
        stream.write("\n")
    with pytest.raises(ei.InputError, match=r"config.json: changed since the export"):
        load(copy)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json", "edgeinterp.json"])
def test_missing_files_are_named(copy: Any, name: Any) -> None:
    (copy / name).unlink()
    with pytest.raises(ei.InputError, match=name):
        load(copy)


@pytest.mark.parametrize("name", ["../outside.bin", "/etc/hostname", "sub/file"])
def test_manifest_cannot_name_files_elsewhere(copy: Any, name: Any) -> None:
    files = read_manifest(copy).files
    edit_manifest(copy, files={**files, name: "0" * 64})
    with pytest.raises(ei.InputError, match="not a file of the folder"):
        load(copy)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("", "not JSON"),
        ("[]", "schema"),
        ("{}", "schema"),
        ('{"schema": 99}', "schema 99"),
        ('{"schema": 1}', "not a whole"),
    ],
)
def test_broken_manifests(copy: Any, content: Any, match: Any) -> None:
    (copy / "edgeinterp.json").write_text(content, encoding="utf-8")
    with pytest.raises(ei.InputError, match=match):
        load(copy)


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": "six"},
        {"layers": 0},
        {"layers": -1},
        {"layers": True},
        {"layers": 2.5},
        {"layers": 2},
        {"hidden_size": 33},
        {"hidden_size": "x"},
        {"max_positions": "5"},
        {"max_positions": -5},
        {"causal": "no"},
        {"files": []},
        {"files": {"model.onnx": 5}},
        {"source": 7},
    ],
)
def test_edited_manifests_are_refused(copy: Any, changes: Any) -> None:
    edit_manifest(copy, **changes)
    with pytest.raises(ei.InputError, match="export"):
        load(copy)


def rehash(folder: Any, name: Any) -> None:
    import hashlib

    files = read_manifest(folder).files
    edit_manifest(folder, files={**files, name: hashlib.sha256((folder / name).read_bytes()).hexdigest()})


def test_truncated_graph(copy: Any) -> None:
    data = (copy / "model.onnx").read_bytes()
    (copy / "model.onnx").write_bytes(data[: len(data) // 2])
    rehash(copy, "model.onnx")
    with pytest.raises(ei.InputError, match=r"model\.onnx"):
        load(copy)


def test_wrong_tokenizer(copy: Any) -> None:
    shutil.copy(default_folder() / "tokenizer.json", copy / "tokenizer.json")
    rehash(copy, "tokenizer.json")
    with pytest.raises(ei.InputError, match="not this model's tokenizer"):
        load(copy).encode(["an unusual sentence"])


def test_graph_without_attentions(copy: Any) -> None:
    edit_manifest(copy, layers=7)
    with pytest.raises(ei.InputError, match=r"has no output hidden_states\.4"):
        load(copy)


def test_not_a_folder(tmp_path: Any) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ei.InputError, match="edgeinterp export"):
            load(path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ei.InputError, match="not a folder"):
        load(tmp_path / "file")
