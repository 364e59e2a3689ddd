"""Write tokenizer.json, and verify it by reading it back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..model.files import OpenTokenizer, tokenized
from ..results.wording import share
from .parity import SENTENCES

__all__ = ["warn_of_unknown", "write_tokenizer"]

# share of unknown tokens in a sample sentence from which export warns. Half, since SentencePiece gives an unknown word
# two tokens, its mark of a space and the unknown one
_WARNED = 0.5

_TEXTS = (
    "The quick brown fox jumps over the lazy dog.",
    "  Two  spaces,\ttabs\nand a new line; 1234567890 + 3.14 = ?!",
    "Größe, façade, naïve, Ελληνικά, русский, 日本語, العربية, हिन्दी",
    "emoji \U0001f600\U0001f3fd, a zero\u200bwidth space, the \ufb01 ligature, e\u0301",
    "",
)


def write_tokenizer(tokenizer: Any, folder: Path, name: str) -> None:
    """Write ``folder/tokenizer.json``, which gives the same ids as ``tokenizer``.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    folder : Path
    name : str
        Name of the source in messages.

    Raises
    ------
    InputError
        Where the tokenizer cannot be written in that form, or gives other ids when read back.
    """
    from tokenizers import Tokenizer

    kind = type(tokenizer).__name__
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        tokenizer.save_pretrained(inner)
        saved = Path(inner) / "tokenizer.json"
        if not saved.is_file():
            raise InputError(f"{name}: {kind} writes no tokenizer.json; expected a tokenizer with a fast version")
        saved.replace(folder / "tokenizer.json")
    written = Tokenizer.from_file(str(folder / "tokenizer.json"))
    written.no_padding()
    written.no_truncation()
    for text in _TEXTS:
        if written.encode(text).ids != tokenizer(text, truncation=False, padding=False)["input_ids"]:
            raise InputError(f"{name}: its tokenizer.json gives other tokens than {kind}; nothing was exported")


def warn_of_unknown(folder: Path, say: Callable[[str], None]) -> None:
    """Name the sample sentence that the tokenizer knows least of, where it knows half of it or less."""
    tokenizer = OpenTokenizer(folder)
    tokenizer.library().no_padding()
    worst, sentence = 0.0, ""
    for text, encoding in zip(SENTENCES, tokenized(tokenizer.library(), SENTENCES, folder), strict=True):
        unknown = encoding.ids.count(tokenizer.unknown_id)
        known = sum(token not in tokenizer.special_ids for token in encoding.ids)
        found = unknown / max(1, unknown + known)
        if found > worst:
            worst, sentence = found, text
    if worst >= _WARNED:
        say(
            f"warning: {share(worst)} of the tokens of {sentence!r} are unknown to this tokenizer; "
            "check the model with texts that it was made for"
        )
