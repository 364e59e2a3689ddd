"""What of a model's output is explained, and by how much it changes when tokens are replaced."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...model.activations import EncodedText
from ...model.model import Model
from ..influence.texts import special_row

__all__ = ["Target", "target_of"]

# of the number of a layer or class
_DIGITS = 9
EXPECTED = "pooled, state:L, logit, or logit:CLASS"

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """One number or vector of a model's output.

    Attributes
    ----------
    name : str
        ``pooled``, the mean of the last hidden state; ``state:L``, the mean of hidden state L; ``logit``, that of the
        class predicted for the whole text; ``logit:CLASS``. Where a head has logits for each token: the mean over
        tokens of the logit of what is predicted there and, in a causal model, that of the next token alone.
    layer : int
        The hidden state; of logits the last.
    label : int or None
        The class that was named.
    by_token : bool
        Whether the head has logits for each token.
    """

    name: str
    layer: int
    label: int | None = None
    by_token: bool = False

    @property
    def signed(self) -> bool:
        """Whether effects have a sign: a logit may fall or rise, a vector only turns."""
        return self.name.startswith("logit")

    def effects(self, model: Model, text: EncodedText, copies: Sequence[EncodedText]) -> Doubles:
        r"""Return by how much the target changes from a text to copies of the same length.

        .. math:: 1 - \cos(p, p'), \qquad z - z'
        """
        if self.signed:
            read = self._reader(model, text)
            # texts run one by one: two at a time keep both cores busy
            with ThreadPoolExecutor(2) as pool:
                logits = np.array(list(pool.map(partial(read, model), [text, *copies])), dtype=np.float64)
            return np.asarray(logits[0] - logits[1:], dtype=np.float64)
        from edgeinterp_kernels.influence import cosine_change

        found: Doubles = cosine_change(self._means(model, [text]), self._means(model, copies)[:, None])[0]
        return found

    def watched(self, model: Model, text: EncodedText) -> Callable[[Model], float]:
        """Return what tells by how much the target of a text differs in another model: 1 - cos, or |z - z'|."""
        if self.signed:
            read = self._reader(model, text)
            logit = read(model, text)
            return lambda other: abs(logit - read(other, text))
        from edgeinterp_kernels.influence import cosine_change

        own = self._means(model, [text])
        return lambda other: float(cosine_change(own, self._means(other, [text])[:, None])[0, 0])

    def predicted(self, model: Model, text: EncodedText) -> int | None:
        """Return the class whose logit is explained; None for other targets, and where tokens have one each."""
        if not self.signed or self.by_token or self.label is not None:
            return self.label
        return int(np.argmax(model.head([text])[0]))

    def read(self, maps: Doubles, model: Model, text: EncodedText) -> Doubles:
        """Return what a reading of a block, (n, n), says of each token: the mean over rows, or the row that is read.

        Raises
        ------
        InputError
            Where no row is that of the classifier.
        """
        if not self.signed:
            return np.asarray(maps.mean(axis=0), dtype=np.float64)
        if model.manifest.causal:
            return np.asarray(maps[-1], dtype=np.float64)
        if self.by_token:
            return np.asarray(maps[~text.special].mean(axis=0), dtype=np.float64)
        row = special_row(text.special, model.manifest.causal)
        if row is None:
            raise InputError(
                "method: no special token begins or ends a text, so no row is the classifier's; use occlusion"
            )
        return np.asarray(maps[row], dtype=np.float64)

    def _means(self, model: Model, texts: Sequence[EncodedText]) -> NDArray[np.float32]:
        size = texts[0].ids.size
        parts = [one.hidden_states[0] for one in model.activations(texts, (self.layer,))]
        states = np.concatenate([part.reshape(-1, size, part.shape[-1]) for part in parts]).astype(np.float64)
        return np.asarray(states.mean(axis=1), dtype=np.float32)

    def _reader(self, model: Model, text: EncodedText) -> Callable[[Model, EncodedText], float]:
        """Return what reads the logit, in any model and copy of a text, of the class that the text has in this one."""
        first = np.atleast_2d(model.head([text])[0])
        rows = np.flatnonzero(~text.special) if self.by_token else np.array([0])
        if self.by_token and model.manifest.causal:
            rows = np.array([len(first) - 1])
        labels = first[rows].argmax(axis=1) if self.label is None else np.full(rows.size, self.label)

        def read(other: Model, one: EncodedText) -> float:
            return float(np.atleast_2d(other.head([one])[0])[rows, labels].mean(dtype=np.float64))

        return read


def target_of(model: Model, name: str | None) -> Target:
    """Return the target of a name; by default the logit where the model classifies texts, else the pooled vector.

    Raises
    ------
    InputError
        Where the name is unknown, or the model has no such output.
    """
    layers = model.manifest.layers
    if name is None:
        name = "logit" if model.manifest.head == "logits" and _shape(model)[:-1] == () else "pooled"
    if not isinstance(name, str):
        raise InputError(f"target: {str(name)[:40]!r}, expected {EXPECTED}")
    kind, colon, rest = name.partition(":")
    if kind == "pooled" and not colon:
        return Target(name, layers)
    if kind == "state":
        if not (rest.isascii() and rest.isdecimal() and len(rest) < _DIGITS and int(rest) <= layers):
            raise InputError(f"target: {name[:40]!r}, expected a hidden state from state:0 to state:{layers}")
        return Target(f"state:{int(rest)}", int(rest))
    if kind != "logit" or (colon and not rest):
        raise InputError(f"target: {name[:40]!r}, expected {EXPECTED}")
    if model.manifest.head != "logits":
        raise InputError(
            f"target: {model.folder} has no logits; export the model with its head, such as --task text-classification"
        )
    shape = _shape(model)
    return Target(name, layers, _label(model, rest, shape[-1]) if colon else None, len(shape) > 1)


def _shape(model: Model) -> tuple[int, ...]:
    """Return the shape of a short text's logits."""
    (text,) = model.encode(["one"])
    return model.head([text])[0].shape if text.ids.size else (0, 0)


def _label(model: Model, name: str, count: int) -> int:
    """Return the number of a class of ``count``, given by number or by the name that config.json has."""
    known = _class_names(model)
    found = [number for number, label in known.items() if label.casefold() == name.casefold()]
    digits = name.isascii() and name.isdecimal() and len(name) < _DIGITS
    number = int(name) if digits else next(iter(found), -1)
    if not 0 <= number < count:
        shown = ", ".join(list(known.values())[:8]) if known else f"0 to {count - 1}"
        raise InputError(f"target: class {name[:40]!r} is not known; expected one of {shown}")
    return number


def _class_names(model: Model) -> dict[int, str]:
    try:
        named = json.loads((model.folder / "config.json").read_text(encoding="utf-8")).get("id2label")
    except (OSError, ValueError, AttributeError):
        return {}
    if not isinstance(named, Mapping):
        return {}
    return {int(key): str(label) for key, label in named.items() if str(key).isdecimal()}
