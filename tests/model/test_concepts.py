from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp.model.concepts
from edgeinterp import InputError, Model, Norms, load
from edgeinterp.model.concepts import concept_vectors, encode_concepts, read_templates
from edgeinterp_models import default_model_folder
from tests.conftest import Make

WORDS = ["cat", "the cake", "naïve", "dog", "größe", "times", "mat"]
TEMPLATES = ["the {} sat on the mat", "a dog ate the {}", "{} one two", " {}"]


@pytest.fixture(scope="module")
def minilm() -> Model:
    return load(default_model_folder(), threads=1)


def states_alone(model: Model, text: str) -> Any:
    """Hidden states (layers + 1, tokens, d) of one text."""
    (done,) = model.activations(model.encode([text]), range(model.manifest.layers + 1))
    return np.stack(done.hidden_states).astype(np.float64)


def slow_vector(model: Model, folder: Path, word: str, templates: Sequence[str]) -> Any:
    """The mean over templates of the mean over tokens, one text and one token at a time."""
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    total = 0
    for template in templates:
        text = template.replace("{}", word)
        encoding = tokenizer.encode(text)
        start = template.index("{}")
        chosen = []
        for token, ((left, right), special) in enumerate(
            zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
        ):
            if not special and set(range(left, right)) & set(range(start, start + len(word))):
                chosen.append(token)
        states = states_alone(model, text)
        total = total + np.mean([states[:, token] for token in chosen], axis=0)
    return total / len(templates)


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "llama"])
@pytest.mark.parametrize("templates", [None, TEMPLATES])
@pytest.mark.parametrize("batch", [1, 5])
def test_against_one_concept_at_a_time(exported: Make, kind: str, templates: Any, batch: int) -> None:
    folder = exported(kind)
    model = load(folder, threads=1)
    found = concept_vectors(model, WORDS, templates, batch=batch)
    assert found.vectors.dtype == np.float32
    assert found.vectors.shape == (model.manifest.layers + 1, len(WORDS), model.manifest.hidden_size)
    assert found.kept.tolist() == list(range(len(WORDS)))
    assert found.left_out == []
    for row, word in enumerate(WORDS):
        wanted = slow_vector(model, folder, word, templates or ["{}"])
        np.testing.assert_allclose(found.vectors[:, row], wanted, atol=1e-5 * np.abs(wanted).max())


def test_bare_words_of_the_embedded_model(minilm: Model) -> None:
    words = ["cat", "ice cream", "antidisestablishmentarianism", "Zürich"]
    found = concept_vectors(minilm, words)
    assert found.tokens.tolist() == [1, 2, 8, 1]
    for row, word in enumerate(words):
        # special tokens stand first and last: context, not part of the mean
        wanted = states_alone(minilm, word)[:, 1:-1].mean(axis=1)
        np.testing.assert_allclose(found.vectors[:, row], wanted, atol=1e-5 * np.abs(wanted).max())


def test_a_leading_space_gives_another_token_to_byte_level_tokenizers(exported: Make) -> None:
    model = load(exported("gpt2"), threads=1)
    inside, bare = encode_concepts(model, ["cat"], ["the {}"]), encode_concepts(model, ["cat"])
    assert inside.tokens.size == bare.tokens.size == 1
    (text,), (spans,) = model.encode(["the cat"]), model.token_spans(["the cat"])
    word = text.ids[(spans[:, 0] < 7) & (spans[:, 1] > 4)]
    assert all("cat".find(token.strip("Ġ")) >= 0 for token in model.token_strings(word.tolist()))
    one, other = concept_vectors(model, ["cat"], ["{}"]).vectors, concept_vectors(model, ["cat"], [" {}"]).vectors
    assert not np.allclose(one, other)


def test_the_word_is_found_by_place_not_by_spelling(exported: Make) -> None:
    folder = exported("bert")
    model = load(folder, threads=1)
    templates = ["the cat, the {} and the cat"]
    found = concept_vectors(model, ["cat"], templates).vectors[:, 0]
    np.testing.assert_allclose(found, slow_vector(model, folder, "cat", templates), atol=1e-4)


def test_what_a_tokenizer_cannot_represent_is_reported(minilm: Model) -> None:
    words = ["cat", "😀", "漢字", "", "dog", "[MASK]", "😀"]
    found = concept_vectors(minilm, words)
    assert found.kept.tolist() == [0, 4]
    assert found.vectors.shape[1] == 2
    assert found.left_out == [
        ("😀", "the tokenizer does not know it"),
        ("漢字", "the tokenizer does not know '字' in it"),
        ("", "it is empty"),
        ("[MASK]", "the tokenizer gives it no token of its own"),
        ("😀", "the tokenizer does not know it"),
    ]
    np.testing.assert_array_equal(found.vectors, concept_vectors(minilm, ["cat", "dog"]).vectors)


def test_byte_level_tokenizers_represent_everything(exported: Make) -> None:
    model = load(exported("llama"), threads=1)
    found = encode_concepts(model, ["cat", "😀", "漢字"])
    assert found.left_out == []
    assert (found.tokens >= 1).all()


def with_tokenizer(folder: Path, copy: Path, tokenizer: Any) -> Model:
    """A copy of a model folder with another tokenizer."""
    shutil.copytree(folder, copy)
    tokenizer.save(str(copy / "tokenizer.json"))
    manifest = json.loads((copy / "edgeinterp.json").read_text(encoding="utf-8"))
    manifest["files"]["tokenizer.json"] = hashlib.sha256((copy / "tokenizer.json").read_bytes()).hexdigest()
    (copy / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")
    return load(copy, threads=1)


def test_unigram_tokenizers_name_their_unknown_token_by_id(exported: Make, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    pieces = [("<unk>", 0.0), ("c", -1.0), ("a", -1.0), ("t", -1.0), ("cat", -1.0)]
    model = with_tokenizer(exported("bert"), tmp_path / "copy", Tokenizer(models.Unigram(pieces, 0, False)))
    assert model.unknown_id == 0
    found = encode_concepts(model, ["cat", "cab", "b"])
    assert found.kept.tolist() == [0]
    assert found.left_out == [("cab", "the tokenizer does not know 'b' in it"), ("b", "the tokenizer does not know it")]


def test_a_tokenizer_that_passes_over_letters_is_noticed(exported: Make, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    bpe = Tokenizer(models.BPE({"c": 0, "a": 1, "t": 2}, []))
    model = with_tokenizer(exported("bert"), tmp_path / "copy", bpe)
    assert model.unknown_id is None
    found = encode_concepts(model, ["cat", "cab", "b"])
    assert found.kept.tolist() == [0]
    assert found.left_out == [
        ("cab", "the tokenizer passes over 'b' in it"),
        ("b", "the tokenizer gives it no token of its own"),
    ]


def test_a_word_that_is_cut_off_is_reported(minilm: Model) -> None:
    templates = ["one two three four {}", "{}"]
    found = encode_concepts(minilm, ["cat", "antidisestablishmentarianism"], templates, max_tokens=7)
    assert found.kept.tolist() == [0]
    assert found.left_out == [("antidisestablishmentarianism", "cut off after 7 tokens")]


def test_norms_are_tokenized_by_word_and_reported_by_name(minilm: Model) -> None:
    names, words = ["bat_(animal)", "sun", "漢_(sign)", "bat_(baseball)"], ["bat", "sun", "😀", "bat"]
    norms = Norms(names, words, ["f"], np.zeros((4, 1)))
    found = concept_vectors(minilm, norms)
    assert found.kept.tolist() == [0, 1, 3]
    assert found.left_out == [("漢_(sign)", "the tokenizer does not know it")]
    np.testing.assert_array_equal(found.vectors[:, 0], found.vectors[:, 2])
    np.testing.assert_array_equal(found.vectors, concept_vectors(minilm, ["bat", "sun", "bat"]).vectors)


def test_none_is_left(minilm: Model) -> None:
    with pytest.raises(InputError, match=r"none of 2 concepts can be given to the model .'😀': the tokenizer"):
        concept_vectors(minilm, ["😀", ""])
    with pytest.raises(InputError, match="none of 0 concepts"):
        concept_vectors(minilm, [])


def test_blocks_and_order_do_not_matter(exported: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(exported("bert"), threads=1)
    whole = concept_vectors(model, WORDS, TEMPLATES).vectors
    monkeypatch.setattr(edgeinterp.model.concepts, "BLOCK", 3)
    turned = concept_vectors(model, WORDS[::-1], TEMPLATES[::-1]).vectors[:, ::-1]
    np.testing.assert_allclose(whole, turned, atol=1e-5 * np.abs(whole).max())


def test_quantised_vectors_are_the_same_whoever_shares_a_batch(minilm: Model) -> None:
    # of six tokens and more: sums of few are the same in any order
    words = [
        f"{first} and some {last} antidisestablishmentarians" for first in ("red", "a") for last in ("fox", "idea")
    ]
    together = concept_vectors(minilm, words).vectors
    np.testing.assert_array_equal(concept_vectors(minilm, words, batch=1).vectors, together)
    np.testing.assert_array_equal(concept_vectors(minilm, words[::-1]).vectors[:, ::-1], together)
    np.testing.assert_array_equal(concept_vectors(minilm, words[:1]).vectors, together[:, :1])


def test_templates_are_read(tmp_path: Path) -> None:
    path = tmp_path / "templates.txt"
    path.write_text("The {} is here.\n\n An X, or two.\nX\n{} is Xena\nX marks the {}\n", encoding="utf-8")
    assert read_templates(path) == ["The {} is here.", " An X, or two.", "X", "{} is Xena", "X marks the {}"]


def test_both_places_mean_the_same(minilm: Model) -> None:
    one, other = concept_vectors(minilm, ["cat"], ["a X."]), concept_vectors(minilm, ["cat"], ["a {}."])
    np.testing.assert_array_equal(one.vectors, other.vectors)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "has no template"),
        (b"The {} is here.\nno place\n", "line 2: 0 places for the word in 'no place'"),
        (b"{} and {}\n", "line 1: 2 places"),
        (b"X and X\n", "line 1: 2 places"),
        (b"XX and Xs\n", "line 1: 0 places"),
        (b"\xff {}\n", "line 1: not UTF-8"),
    ],
)
def test_unusable_templates(tmp_path: Path, content: bytes, match: str) -> None:
    path = tmp_path / "templates.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=match) as caught:
        read_templates(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("templates", [[], "the cat", ["the cat"], ["{}", "{}{}"]])
def test_unusable_lists_of_templates(minilm: Model, templates: Any) -> None:
    with pytest.raises(InputError, match="template"):
        concept_vectors(minilm, ["cat"], templates)
