"""Sources of an export: a hub id, a local folder of transformers, or a GGUF file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..model.manifest import FILE_NAME
from ..runtime.files import LARGEST, refuse_special, resolved, unreadable
from ..runtime.json_values import read_json
from .chatter import first_line

__all__ = ["Loaded", "Source", "locate", "memory_line", "unloadable", "untokenizable", "unusable"]

SAVED = "files written by transformers' save_pretrained"
# transformers looks for the tokens themselves in these; other tokenizer files only configure it
_TOKENS = ("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
# Copies of a GGUF file's weights in float32 at the peak of an export, and GB besides: three exports took 3.2, 6.0 and
# 10.4 GB for 0.5, 1.0 and 1.8 GB of weights.
GGUF_COPIES, GGUF_BESIDES = 5.4, 0.5


@dataclass(frozen=True)
class Source:
    """Source of a model.

    Attributes
    ----------
    name : str
        Name in messages and in the manifest: the hub id, or the name of the folder or file.
    given : str
        The user's own notation.
    location : str
        Argument for transformers: a hub id or a folder.
    gguf_file : str or None
        The file's name in that folder, for GGUF.
    path : Path or None
        The local file or folder; None for a hub id.
    """

    name: str
    given: str
    location: str
    gguf_file: str | None = None
    path: Path | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of every ``from_pretrained``. Code that comes with a model is never run."""
        extra = {} if self.gguf_file is None else {"gguf_file": self.gguf_file}
        return {"trust_remote_code": False, **extra}


@dataclass
class Loaded:
    """A model in memory, with the other parts of its model folder.

    Attributes
    ----------
    source : Source
    model : transformers.PreTrainedModel
    exporter : edgeinterp.exporting.exporters.Exporter
    tokenizer : transformers.PreTrainedTokenizerFast
    config : dict
        The source's ``config.json``.
    inputs : list of str
        The inputs of the exported graph.
    left_out : list of str
        Parts of the source that no reading depends on, such as a head: they are not exported.
    head : str
        ``pooled``, one vector a text; ``logits`` of the task's head; empty where the graph gives neither.
    pooling : str
        How ``pooled`` is made: ``mean``, ``first`` or ``last``.
    decoder_start_token_id : int or None
        What a decoder's text begins with, where the graph has a decoder that reads an encoder.
    """

    source: Source
    model: Any
    exporter: Any
    tokenizer: Any
    config: dict[str, Any]
    inputs: list[str]
    left_out: list[str] = field(default_factory=list)
    head: str = ""
    pooling: str = "mean"
    decoder_start_token_id: int | None = None

    def let_go(self) -> None:
        """Free the model's weights."""
        self.model = None

    @property
    def architecture(self) -> str:
        """Return the name of the architecture, as in the manifest."""
        names = self.config.get("architectures")
        return str(names[0]) if names else str(self.config.get("model_type", type(self.model).__name__))

    @property
    def pad_token_id(self) -> int:
        """Return the id that pads a batch; 0 where the tokenizer has none."""
        return 0 if self.tokenizer.pad_token_id is None else int(self.tokenizer.pad_token_id)

    def known(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """Return the ids that have an embedding in the model; a tokenizer may have more."""
        rows = self.model.get_input_embeddings().weight.shape[0]
        return np.array([token for token in ids if token < rows], dtype=np.int64)


def locate(source: str | Path) -> Source:
    """Determine the kind of the given source.

    Raises
    ------
    InputError
        Where the source is none of the three kinds.
    """
    given = str(source)
    path = resolved(source, "a folder of transformers, a .gguf file, or a hub id")
    if path.is_dir():
        return _folder(given, path)
    if path.exists():
        return _gguf(given, path)
    if isinstance(source, str) and _HUB_ID.fullmatch(given) and not given.endswith(".gguf"):
        return Source(given, given, given)
    raise InputError(f"{given}: no such file or folder, nor a hub id such as sentence-transformers/all-MiniLM-L6-v2")


def _folder(given: str, path: Path) -> Source:
    if (path / FILE_NAME).exists():
        raise InputError(f"{given}: is a model folder already; export the folder or hub id that it came from")
    if not (path / "config.json").is_file():
        raise InputError(f"{given}: has no config.json; expected a folder that transformers' save_pretrained wrote")
    for file in path.glob("*.json"):
        # transformers would read the whole file
        refuse_special(file, file, SAVED, pipes=False, most=LARGEST)
    # with one kind of weights present, the other is not read
    for file in (*path.glob("*.txt"), *path.glob("*.model"), *(_weights(path, "safetensors") or _weights(path, "bin"))):
        refuse_special(file, file, SAVED, pipes=False)
    config = read_json(
        path / "config.json", SAVED, "copy it again, or save the model anew with transformers", pipes=False
    )
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        # transformers would guess from the folder's name
        raise InputError(
            f"{given}: its config.json has no model_type; add the one of its architecture, such as "
            '"model_type": "bert", or save the model anew with transformers'
        )
    return Source(path.name, given, str(path), path=path)


def _weights(folder: Path, kind: str) -> list[Path]:
    """Return the folder's files of weights of one kind."""
    return sorted(folder.glob(f"*.{kind}"))


def _gguf(given: str, path: Path) -> Source:
    expected = "a .gguf file, a folder of transformers, or a hub id"
    refuse_special(path, given, expected, pipes=False)
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise unreadable(given, error, expected) from None
    if magic != b"GGUF":
        raise InputError(f"{given}: not a GGUF file; expected {expected}")
    return Source(path.name, given, str(path.parent), path.name, path)


def memory_line(source: Source, available_mb: int | None) -> str | None:
    """Say beforehand how much memory a GGUF file's export takes: its weights become float32, in several copies.

    None for other sources, and for a file that cannot be read, of which loading tells.
    """
    if source.path is None or source.gguf_file is None:
        return None
    try:
        from gguf import GGUFReader

        weights = sum(int(tensor.n_elements) for tensor in GGUFReader(source.path).tensors)
    except Exception:  # any exception from NumPy and struct on missing bytes
        return None
    needed = GGUF_BESIDES + 4 * weights * GGUF_COPIES / (1 << 30)
    line = f"needs about {needed:.1f} GB of memory"
    if available_mb is None:
        return line
    line += f", {available_mb / (1 << 10):.1f} GB are available"
    if needed * (1 << 10) <= available_mb:
        return line
    return f"warning: {line}: the system may end it; export on a machine with more, and copy the model folder"


def unloadable(source: Source, error: Exception) -> InputError:
    """Explain why a library could not load a source."""
    if source.path is None:
        advice = "check the id and the network, or give a local folder"
    elif source.gguf_file is not None:
        advice = "copy it again"
    else:
        advice = "copy it again, or save it anew with transformers"
    reason = first_line(error)
    if source.path is not None and source.gguf_file is not None and _is_damaged(source.path):
        reason = f"the GGUF file is cut off or damaged, it has {source.path.stat().st_size:,} bytes"
    return InputError(f"{source.given}: cannot be loaded ({reason}); {advice}")


def _is_damaged(path: Path) -> bool:
    """Tell whether a GGUF file lacks tensors that it lists."""
    try:
        from gguf import GGUFReader

        GGUFReader(path)
    except ImportError:
        return False
    except Exception:  # any exception from NumPy and struct on missing bytes
        return True
    return False


def untokenizable(source: Source, error: Exception) -> InputError:
    """Explain that a source has no tokenizer that can be loaded."""
    reason = first_line(error)
    if source.path is None or source.gguf_file is not None:
        return InputError(f"{source.given}: its tokenizer cannot be loaded ({reason})")
    seen = [name for name in _TOKENS if (source.path / name).is_file()]
    if not seen:
        reason = f"none of {', '.join(_TOKENS)} is there"
    return InputError(
        f"{source.given}: its tokenizer cannot be loaded ({reason}); copy the files of the model's tokenizer beside "
        "config.json"
    )


def unusable(name: str, error: Exception) -> InputError:
    """Explain why a model does not run in PyTorch."""
    if "output_attentions" in str(error):
        return InputError(f"{name} returns no attentions, so there is nothing to read")
    return InputError(f"{name} does not run in PyTorch ({first_line(error)})")
