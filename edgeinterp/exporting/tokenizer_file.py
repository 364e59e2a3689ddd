"""tokenizer.json, written and read back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ..errors import InputError

__all__ = ["write_tokenizer"]

_TEXTS = (
    "The quick brown fox jumps over the lazy dog.",
    "  Two  spaces,\ttabs\nand a new line; 1234567890 + 3.14 = ?!",
    "Größe, façade, naïve, Ελληνικά, русский, 日本語, العربية, हिन्दी",
    "emoji \U0001f600\U0001f3fd, a zero\u200bwidth space, the \ufb01 ligature, e\u0301",
    "",
)


def write_tokenizer(tokenizer: Any, folder: Path, name: str) -> None:
    """Write ``folder/tokenizer.json``, which gives the ids that ``tokenizer`` gives.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    folder : Path
    name : str
        What messages call the source.

    Raises
    ------
    InputError
        Where it cannot be written in that form, or gives other ids when it is read back.
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
