"""The tokens of a word in a sentence are its own: none of a neighbour's, and no marker's, whatever the tokenizer."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import edgeinterp as ei
from edgeinterp.checks.relations.places import sentences
from edgeinterp.inputs.templates import pair_template
from edgeinterp.model.concepts import encode_concepts, located
from edgeinterp.model.files import OpenTokenizer
from edgeinterp_models import default_model_folder

SCRIPTS = {
    "Latin": "abcdeéñßøﬁ",
    "Greek": "αβγδές",
    "Cyrillic": "абвгйё",
    "Arabic": "كتابسلم",
    "Hebrew": "שלוםבָּ",
    "Devanagari": "हिन्दीकमल",
    "Han": "中文日本語字",
    "Hangul": "한국어말글",
    "emoji": "😀🐈🎉👍🏽❤",
}
# marks cannot begin a word
MARKS = "\N{HEBREW POINT QAMATS}\N{HEBREW POINT DAGESH OR MAPIQ}\N{DEVANAGARI VOWEL SIGN I}"
MARKS += "\N{DEVANAGARI SIGN VIRAMA}\N{DEVANAGARI VOWEL SIGN II}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}"
CORPUS = [" ".join([letters, letters[::-1], letters[:3], letters[1:3]]) for letters in SCRIPTS.values()] * 3
CORPUS += ["the cat sat on the mat, near a dog-house.", "abcde abc dea ab-de"] * 6
SPECIAL = ["<s>", "</s>", "<unk>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
LLAMA = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?!\S)|\s+"


def trained(core: Any, trainer: Any) -> Any:
    core.train_from_iterator(CORPUS, trainer)
    if core.post_processor is None:
        core.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[(name, core.token_to_id(name)) for name in ("<s>", "</s>")]
        )
    return core


def byte_level(prefix: bool, trim: bool | None = None, llama: bool = False, normalizer: Any = None) -> Any:
    """GPT-2's, RoBERTa's (``trim``) and Llama 3's kinds."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    if llama:
        split, pieces = pre_tokenizers.Split(Regex(LLAMA), "isolated"), pre_tokenizers.ByteLevel(prefix, False, False)
        core.pre_tokenizer = pre_tokenizers.Sequence([split, pieces])
    if normalizer is not None:
        core.normalizer = normalizer
    core.decoder = decoders.ByteLevel()
    if trim is not None:
        core.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), trim, prefix)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return trained(
        core,
        trainers.BpeTrainer(vocab_size=330, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False),
    )


def metaspace(scheme: str, split: bool, decoder: bool = True, normalizer: Any = None) -> Any:
    """XLM-R's kind with ``split``, T5's without; the marker is a piece of its own before what was rarely seen first."""
    core = Tokenizer(models.Unigram())
    core.normalizer = normalizer or normalizers.NFKC()
    spaces = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    front = pre_tokenizers.WhitespaceSplit()
    core.pre_tokenizer = pre_tokenizers.Sequence([front, spaces]) if split else spaces
    if decoder:
        core.decoder = decoders.Metaspace(prepend_scheme=scheme)
    return trained(
        core,
        trainers.UnigramTrainer(vocab_size=190, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False),
    )


def byte_fallback(prepend: bool, marker: bool = True) -> Any:
    """Llama 2's kind with ``prepend``, Gemma's without; without a ``marker`` of its own a space is three bytes."""
    core = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    replace = normalizers.Replace(" ", "▁")
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), replace]) if prepend else replace
    if not prepend:
        core.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    core.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    special = [*SPECIAL, *BYTES]
    core = trained(
        core,
        trainers.BpeTrainer(
            vocab_size=320, special_tokens=special, limit_alphabet=24, max_token_length=6, show_progress=False
        ),
    )
    # the trainer has no other way to keep them in the vocabulary, but they are no special tokens
    data = json.loads(core.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] not in BYTES]
    if not marker:
        names = [name for name in data["model"]["vocab"] if "▁" not in name]
        data["model"]["vocab"] = {name: number for number, name in enumerate(names)}
        data["model"]["merges"] = [pair for pair in data["model"]["merges"] if "▁" not in "".join(pair)]
    return Tokenizer.from_str(json.dumps(data))


def unigram_bytes(marker: bool = True) -> Any:
    """Unigram with bytes for what is unknown: each has the offsets of a whole run."""
    pieces = [(name, 0.0) for name in SPECIAL] + [(name, -9.0) for name in BYTES]
    pieces += [("▁", -2.0), ("▁the", -3.0)] * marker + [(letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyz.,-中"]
    core = Tokenizer(models.Unigram(pieces, 2, byte_fallback=True))
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    core.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return core


def wordpiece(lowercase: bool) -> Any:
    core = Tokenizer(models.WordPiece(unk_token="<unk>"))
    core.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.decoder = decoders.WordPiece()
    return trained(core, trainers.WordPieceTrainer(vocab_size=330, special_tokens=SPECIAL, show_progress=False))


def word_level(pre_tokenizer: Any) -> Any:
    core = Tokenizer(models.WordLevel(unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizer
    return trained(core, trainers.WordLevelTrainer(special_tokens=SPECIAL, show_progress=False))


def end_of_word() -> Any:
    """CLIP's and GPT's kind: the last piece of a word is marked."""
    core = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    core.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.decoder = decoders.BPEDecoder("</w>")
    return trained(
        core,
        trainers.BpeTrainer(vocab_size=330, special_tokens=SPECIAL, end_of_word_suffix="</w>", show_progress=False),
    )


KINDS: dict[str, Callable[[], Any]] = {
    "gpt2": lambda: byte_level(False),
    "gpt2, space put before": lambda: byte_level(True),
    "gpt2, lengths change": lambda: byte_level(
        True, None, normalizer=normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("ß", "ss")])
    ),
    "roberta": lambda: byte_level(False, True),
    "roberta, space put before": lambda: byte_level(True, True),
    "roberta, untrimmed": lambda: byte_level(True, False),
    "llama 3": lambda: byte_level(False, llama=True),
    "llama 2": lambda: byte_fallback(True),
    "gemma": lambda: byte_fallback(False),
    "unigram bytes": unigram_bytes,
    "llama 2, no marker": lambda: byte_fallback(True, marker=False),
    "gemma, no marker": lambda: byte_fallback(False, marker=False),
    "unigram bytes, no marker": lambda: unigram_bytes(marker=False),
    **{
        f"metaspace {scheme}{', split' * split}": functools.partial(metaspace, scheme, split)
        for scheme in ("always", "first", "never")
        for split in (True, False)
    },
    "metaspace without decoder": lambda: metaspace("always", True, decoder=False),
    "metaspace, accents stripped": lambda: metaspace(
        "always", True, normalizer=normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()])
    ),
    "wordpiece": lambda: wordpiece(True),
    "wordpiece, cased": lambda: wordpiece(False),
    "word level": lambda: word_level(pre_tokenizers.Whitespace()),
    "word level, metaspace": lambda: word_level(pre_tokenizers.Metaspace()),
    "end of word": end_of_word,
}
# nothing is unknown to them
COMPLETE = [name for name in KINDS if name.startswith(("gpt2", "roberta", "llama", "gemma", "unigram"))]


@functools.cache
def embedded() -> ei.Model:
    return ei.load(default_model_folder(), threads=1)


def with_tokenizer(core: Any, folder: Path) -> ei.Model:
    """The embedded model with another tokenizer: texts can be cut into tokens, not run."""
    core.save(str(folder / "tokenizer.json"))
    core.save(str(folder / "config.json"))
    model = copy.copy(embedded())
    model.folder, model._own_tokenizer = folder, OpenTokenizer(folder)
    model._special_ids = model._own_tokenizer.special_ids
    return model


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Any, ei.Model]]:
    """Return a function from a kind to its tokenizer and a model that has it."""

    @functools.cache
    def make(kind: str) -> tuple[Any, ei.Model]:
        core = KINDS[kind]()
        return core, with_tokenizer(core, tmp_path_factory.mktemp("kind"))

    return make


def letters(core: Any, ids: Any) -> str:
    """What tokens decode to, without spaces and what marks them or the inside of words."""
    text: str = core.decode([token for token in map(int, ids) if core.id_to_token(token) not in SPECIAL[:2]], False)
    return "".join(text.replace("##", "").replace("▁", "").split())


def normal(core: Any, text: str) -> str:
    text = text if core.normalizer is None else core.normalizer.normalize_str(text)
    return "".join(text.replace("▁", "").split())


def marks(names: Any) -> list[bool]:
    """Which tokens stand for a space alone: a marker, or the three bytes of one."""
    found = [not name.strip("▁Ġ") for name in names]
    for place in range(len(names)):
        if list(names[place : place + 3]) == ["<0xE2>", "<0x96>", "<0x81>"]:
            found[place : place + 3] = [True] * 3
    return found


def same(decoded: str, text: str) -> bool:
    """Whether tokens stand for a text, where some of it is unknown."""
    return re.fullmatch(".+".join(re.escape(part) for part in decoded.split("<unk>")), text) is not None


@st.composite
def words(draw: st.DrawFn) -> str:
    """A word of one script, at times of two parts."""

    def part() -> str:
        alphabet = SCRIPTS[draw(st.sampled_from(sorted(SCRIPTS)))]
        first = draw(st.sampled_from([letter for letter in alphabet if letter not in MARKS]))
        return first + draw(st.text(st.sampled_from(alphabet), max_size=4))

    return part() if draw(st.integers(0, 3)) else part() + draw(st.sampled_from([" ", "-", "  "])) + part()


def check(core: Any, model: ei.Model, before: str, word: str, after: str) -> Any:
    """Hold the rule for a word in a context and return it as it was found."""
    text = before + word + after
    (encoded,), (spans,) = model.encode([text]), model.token_spans([text])
    found = located(0, word, len(before), encoded, spans, model.unknown_id)
    assert encode_concepts(model, [word], [before + "{}" + after]).left_out == (
        [(word, found.reason)] if found.reason else []
    )
    if not found.reason:
        places = np.flatnonzero(found.inside)
        names = [core.id_to_token(int(token)) for token in encoded.ids[places]]
        assert not any(marks(names))
        assert not set(names) & {*SPECIAL}
        assert letters(core, encoded.ids[places]) == normal(core, word)
        assert same(letters(core, encoded.ids[: places[0]]), normal(core, before))
        assert same(letters(core, encoded.ids[places[-1] + 1 :]), normal(core, after))
        rest = set(range(places[0], places[-1] + 1)) - set(places.tolist())
        assert all(marks([core.id_to_token(int(encoded.ids[place])) for place in sorted(rest)]))
    return found


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(before=st.lists(words(), max_size=2), word=words(), after=st.lists(words(), max_size=2))
def test_a_word_between_spaces(made: Any, kind: str, before: list[str], word: str, after: list[str]) -> None:
    core, model = made(kind)
    left, right = "".join(f"{part} " for part in before), "".join(f" {part}" for part in after)
    found = check(core, model, left, word, right)
    if kind in COMPLETE:
        # merges that no pre-tokenizer stops may go across spaces
        assert not found.reason or (kind.startswith(("llama 2", "gemma")) and "joins it" in found.reason)
    # a word that is cut into tokens on its own account: all that comes with it, but for markers
    with_it, without = core.encode(left + word).tokens, core.encode(left.strip()).tokens
    own = [name for name in with_it if name not in SPECIAL][sum(name not in SPECIAL for name in without) :]
    if not found.reason:
        assert found.inside.sum() == marks(own).count(False)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(
    before=words(), word=words(), after=words(), marks=st.tuples(*[st.sampled_from(["", ".", "-", "(", "\u0301"])] * 2)
)
def test_a_word_with_neighbours(made: Any, kind: str, before: str, word: str, after: str, marks: Any) -> None:
    """It has tokens of its own, or it is left out for a reason."""
    core, model = made(kind)
    found = check(core, model, before + marks[0], word, marks[1] + after)
    assert found.reason or found.inside.any()


def pieces(names: str, pre_tokenizer: Any, normalizer: Any = None) -> Any:
    """A Unigram tokenizer of a few pieces and single letters."""
    scored = [(name, 0.0) for name in SPECIAL] + [(name, -3.0) for name in names.split()]
    scored += [(letter, -9.0) for letter in "abcdefghijklmnopqrstuvwxyz.,-"]
    core = Tokenizer(models.Unigram(scored, 2))
    core.pre_tokenizer, core.decoder = pre_tokenizer, decoders.Metaspace()
    if normalizer is not None:
        core.normalizer = normalizer
    return core


SPLIT = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
PLAIN = "▁ ▁the ▁is ▁cat cats sufficient 中文 é ▁ice cream"


@pytest.mark.parametrize(
    ("word", "template", "tokens"),
    [
        ("sufficient", "the {} is", 1),
        ("sufficient", "{}", 1),
        ("中文", "the {} is", 1),
        ("cat", "the {} is", 1),
        ("cats", "cats {} cats", 1),
        ("ice cream", "the {} is", 2),
        ("cat", "the {}s is", "the token of 'cats' joins it with adjacent characters"),
        ("e", "the {}\u0301 is", "a combining character joins it with adjacent characters"),
        ("\u0301", "the e{} is", "the tokenizer gives it no token of its own"),
        ("😀", "the {} is", "the tokenizer does not know it"),
    ],
)
def test_examples(word: str, template: str, tokens: int | str, tmp_path: Path) -> None:
    model = with_tokenizer(pieces(PLAIN, SPLIT, normalizers.NFC()), tmp_path)
    found = encode_concepts(model, [word], [template])
    assert found.tokens.tolist() == ([tokens] if isinstance(tokens, int) else [])
    assert found.left_out == ([] if isinstance(tokens, int) else [(word, tokens)])


def test_a_word_whose_last_character_is_cut_in_two_is_left_out(tmp_path: Path) -> None:
    core, word = byte_level(False), "cat🦉"
    model = with_tokenizer(core, tmp_path)
    before, whole = (len(core.encode(text).ids) for text in ("x cat", f"x {word}"))
    assert whole - before == 3  # of 4 bytes
    for most in range(before, whole + 3):
        found = encode_concepts(model, [word], ["x {} x"], most)
        assert found.left_out == ([] if most >= whole else [(word, f"cut off after {most} tokens")])


def test_bytes_that_are_not_in_the_vocabulary(tmp_path: Path) -> None:
    core = Tokenizer(models.BPE({name: number for number, name in enumerate("catĠðŁ")}, []))
    core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(False), decoders.ByteLevel()
    found = encode_concepts(with_tokenizer(core, tmp_path), ["cat", "cat😀", "😀"], ["cat {} cat"])
    assert found.tokens.tolist() == [3]
    assert found.left_out == [
        ("cat😀", "the tokenizer passes over '😀' in it"),
        ("😀", "the tokenizer gives it no token of its own"),
    ]


def test_a_marker_without_a_decoder(tmp_path: Path) -> None:
    core = pieces(PLAIN, SPLIT)
    core.decoder = decoders.Sequence([])
    assert encode_concepts(with_tokenizer(core, tmp_path), ["sufficient"], ["the {}"]).tokens.tolist() == [1]


def test_pairs_follow_the_same_rule(tmp_path: Path) -> None:
    """Attention is summed from a word's first token to its last: no marker may lie before, behind or between them."""
    model = with_tokenizer(pieces(PLAIN, SPLIT), tmp_path)
    words = ["sufficient", "ice cream", "cat", "cats"]
    pairs = ei.Pairs(words, ["the"] * 4, ["a", "b", "a", "b"], ["c"] * 4)
    (block,) = sentences(model, pairs, range(4), [pair_template("the {1}s is {2} cat")], 256)
    apart = "'ice cream': a token that stands for a space alone lies between its tokens"
    joined = "'cat': the token of 'cats' joins it with adjacent characters"
    assert [one.reason for one in block] == ["", apart, joined, ""]
    for one in (block[0], block[3]):
        shown = [model.token_strings(one.encoded.ids[first:last].tolist()) for first, last in one.spans]
        assert shown == [[words[one.pair]], ["▁the"]]
