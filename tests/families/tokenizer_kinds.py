"""Small tokenizers of the kinds that families come with, trained on the embedded texts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from edgeinterp.inputs.texts import default_texts

with warnings.catch_warnings():
    # their import warns on some versions; what export() itself lets through is tested in test_export.py
    warnings.simplefilter("ignore")
    import transformers
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

VOCABULARY = 400

BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def wordpiece(special: tuple[str, ...], begin: str, end: str) -> Any:
    """BERT's kind: lower case, pieces of words that begin with ##."""
    unknown = next(token for token in special if "unk" in token.lower())
    core = Tokenizer(models.WordPiece(unk_token=unknown))
    core.normalizer = normalizers.BertNormalizer(lowercase=True)
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=list(special), show_progress=False)
    return _trained(core, trainer, begin, end)


def byte_level(special: tuple[str, ...], begin: str = "", end: str = "") -> Any:
    """GPT-2's kind: pieces of UTF-8 bytes, nothing is unknown."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    return _trained(core, trainer, begin, end)


def unigram(special: tuple[str, ...], begin: str = "", end: str = "") -> Any:
    """XLM-R's and T5's kind, as sentencepiece has it: spaces are part of the pieces."""
    unknown = next(token for token in special if "unk" in token.lower())
    core = Tokenizer(models.Unigram())
    core.normalizer = normalizers.NFKC()
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    core.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY, special_tokens=list(special), unk_token=unknown, show_progress=False
    )
    return _trained(core, trainer, begin, end)


def byte_fallback(special: tuple[str, ...], begin: str = "", end: str = "") -> Any:
    """Mistral's and Gemma's kind, as sentencepiece has it: merges over characters, bytes for what is unknown."""
    core = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    core.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*special, *(f"<0x{byte:02X}>" for byte in range(256))],
        limit_alphabet=60,
        max_token_length=12,
        show_progress=False,
    )
    return _trained(core, trainer, begin, end)


def _trained(core: Any, trainer: Any, begin: str, end: str) -> Any:
    core.train_from_iterator(default_texts()[:400], trainer)
    added = [token for token in (begin, end) if token]
    if added:
        core.post_processor = processors.TemplateProcessing(
            single=" ".join(part for part in (begin, "$A", end) if part),
            special_tokens=[(token, core.token_to_id(token)) for token in added],
        )
    return core


def wrapped(core: Any, *, pad: str | None, mask: str | None = None, side: str = "right") -> Any:
    """Return what transformers makes of it; ``side`` is where it would pad."""
    names = {"pad_token": pad, "mask_token": mask}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, padding_side=side, **{name: token for name, token in names.items() if token}
    )


Kind = Callable[[], Any]
KINDS: dict[str, Kind] = {
    "bert": lambda: wrapped(wordpiece(BERT, "[CLS]", "[SEP]"), pad="[PAD]", mask="[MASK]"),
    "mpnet": lambda: wrapped(wordpiece(ROBERTA, "<s>", "</s>"), pad="<pad>", mask="<mask>"),
    "roberta": lambda: wrapped(byte_level(ROBERTA, "<s>", "</s>"), pad="<pad>", mask="<mask>"),
    "modernbert": lambda: wrapped(byte_level(BERT, "[CLS]", "[SEP]"), pad="[PAD]", mask="[MASK]"),
    "xlm-roberta": lambda: wrapped(unigram(ROBERTA, "<s>", "</s>"), pad="<pad>", mask="<mask>"),
    "deberta": lambda: wrapped(unigram(BERT, "[CLS]", "[SEP]"), pad="[PAD]", mask="[MASK]"),
    "t5": lambda: wrapped(unigram(("<pad>", "</s>", "<unk>"), "", "</s>"), pad="<pad>"),
    # neither a token for padding nor one that begins a text
    "gpt2": lambda: wrapped(byte_level(("<|endoftext|>",)), pad=None, side="left"),
    "opt": lambda: wrapped(byte_level(ROBERTA, "</s>"), pad="<pad>", side="left"),
    "qwen": lambda: wrapped(byte_level(("<|endoftext|>",)), pad="<|endoftext|>", side="left"),
    "mistral": lambda: wrapped(byte_fallback(("<unk>", "<s>", "</s>"), "<s>"), pad=None, side="left"),
    "gemma": lambda: wrapped(byte_fallback(("<pad>", "<eos>", "<bos>", "<unk>"), "<bos>"), pad="<pad>", side="left"),
}
