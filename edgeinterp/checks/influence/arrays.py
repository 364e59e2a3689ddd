"""Validate the arrays of a call of ``influence``, and pass them on text by text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...reading.names import READINGS
from ...runtime.arguments import flags, group_names, one_by_one, real_array, whole_array
from ...runtime.counting import counted
from ...statistics.content import content_key
from ..attention_arrays import checked_attention, rows_without_attention
from .kept import Text
from .texts import Passes, influence_matrices

__all__ = ["GivenTexts"]


class GivenTexts:
    """The texts of one call; every fault is an InputError that names the argument and the text."""

    def __init__(self, states: list[NDArray[np.floating]], replaced: Sequence[Any], sizes: NDArray[np.int64]) -> None:
        self.states, self.replaced = states, replaced
        self.ends: list[int] = np.cumsum(sizes).tolist()
        self.starts = [0, *self.ends[:-1]]
        self.positions: list[NDArray[np.int64]] = []
        self.attentions: list[NDArray[np.floating]] = []
        # readings of each text, by name
        self.readings: list[dict[str, NDArray[np.float64]]] = []
        # of each random model its hidden states, those of its copies, attentions, and readings where there are any
        self.random: list[tuple[list[NDArray[np.floating]], Sequence[Any], Sequence[Any], list[Any]]] = []
        # texts with equal positions and length exchange influence, unless the caller groups them
        self.groups: list[int] | None = None
        self.special: NDArray[np.bool_] = np.zeros(self.ends[-1], dtype=bool)
        self.ids: NDArray[np.int64] | None = None

    @property
    def layers(self) -> int:
        """Return L, one less than the number of hidden states."""
        return len(self.states) - 1

    @property
    def heads(self) -> int:
        """Return H, from the first text."""
        return int(self.attentions[0].shape[1]) if self.attentions else 0

    @classmethod
    def of(cls, states: Any, replaced: Any, attentions: Any, positions: Any, lengths: Any) -> GivenTexts:
        """Check every argument except the copies, which are checked one text at a time."""
        sizes = whole_array("lengths", lengths)
        count = len(sizes)
        replaced, attentions, positions = (
            _of_texts(name, part, count)
            for name, part in (
                ("replaced_hidden_states", replaced), ("attentions", attentions), ("positions", positions),
            )
        )  # fmt: skip
        states = _checked_states(states, int(sizes.sum()), "hidden_states")
        found = cls(states, replaced, sizes)
        for text in range(count):
            found._add(attentions[text], positions[text], text)
        return found

    def describe(self, token_ids: ArrayLike | None, special: ArrayLike | None, groups: ArrayLike | None) -> None:
        """Add the optional arguments."""
        if groups is not None:
            self.groups = self._grouped(group_names("groups", groups, len(self.starts), "texts"))
        if token_ids is not None:
            self.ids = whole_array("token_ids", token_ids)
            if self.ids.shape != self.special.shape:
                raise InputError(f"token_ids: shape {self.ids.shape}, expected {self.special.shape}")
        if special is not None:
            marked = flags("special_tokens_mask", special)
            if marked.shape != self.special.shape:
                raise InputError(f"special_tokens_mask: shape {marked.shape}, expected {self.special.shape}")
            self.special = marked

    @property
    def further(self) -> tuple[str, ...]:
        """Name the readings that were given."""
        return tuple(self.readings[0]) if self.readings else ()

    def set_readings(self, readings: Any) -> None:
        """Add readings of each text."""
        if readings is not None:
            self.readings = self._checked_readings("readings", readings)

    def _checked_readings(self, name: str, readings: Any) -> list[dict[str, NDArray[np.float64]]]:
        found: list[dict[str, NDArray[np.float64]]] = []
        known = [one.name for one in READINGS.values() if one.judged and one.name != "attention"]
        for text, given in enumerate(_of_texts(name, readings, len(self.starts))):
            if not isinstance(given, Mapping) or not set(given) <= set(known) or not given:
                raise InputError(
                    f"{name}, text {text}: expected arrays by name, of {', '.join(known)}, per block; they are "
                    "rolled up here, and attention is judged anyway"
                )
            size = self.ends[text] - self.starts[text]
            maps = {one: real_array(f"{name}, text {text}, {one}", given[one]).astype(np.float64) for one in given}
            for one, values in maps.items():
                if values.shape != (self.layers, size, size):
                    expected = f"({self.layers}, {size}, {size})"
                    raise InputError(f"{name}, text {text}, {one}: shape {values.shape}, expected {expected}")
                if not (np.isfinite(values).all() and (values >= 0.0).all()):
                    raise InputError(f"{name}, text {text}, {one}: has values below 0, or that are not finite")
            if found and set(maps) != set(found[0]):
                raise InputError(f"{name}, text {text}: has {', '.join(maps)}, text 0 {', '.join(found[0])}")
            found.append({one: maps[one] for one in known if one in maps})
        return found

    def set_random(self, models: Sequence[Any]) -> None:
        """Add random models: of each hidden states, those of its copies, attentions, and readings if there are any."""
        wanted = 4 if self.readings else 3
        what = "hidden states, those of copies, attentions" + (", readings" if self.readings else "")
        count = len(self.starts)
        for number, model in enumerate(one_by_one("random_models", models, "a tuple of arrays for each random model")):
            name = f"random_models, model {number}"
            parts = list(one_by_one(name, model, what))
            if len(parts) != wanted:
                raise InputError(f"{name}: {len(parts)} parts, expected {what}")
            states = _checked_states(parts[0], self.ends[-1], f"{name}, hidden states")
            if len(states) != len(self.states):
                raise InputError(f"{name}: {len(states)} hidden states, expected {len(self.states)}")
            replaced = _of_texts(f"{name}, replaced hidden states", parts[1], count)
            readings = self._checked_readings(f"{name}, readings", parts[3]) if self.readings else []
            self.random.append((states, replaced, _of_texts(f"{name}, attentions", parts[2], count), readings))

    def _grouped(self, groups: list[Any]) -> list[int]:
        """Return the number of each text's group."""
        positions: dict[Any, list[int]] = {}
        for group, places in zip(groups, self.positions, strict=True):
            if positions.setdefault(group, places.tolist()) != places.tolist():
                raise InputError(f"groups: texts of group {group} have different positions; they must be the same")
        numbers = {group: number for number, group in enumerate(positions)}
        return [numbers[group] for group in groups]

    def text(self, text: int) -> Text:
        """Return what tells one text apart, as ``Study.add`` takes it."""
        rows = slice(self.starts[text], self.ends[text])
        special, columns = self.special[rows], self.positions[text]
        if special[columns].any():
            raise InputError(f"positions: text {text} replaces a special token")
        empty = rows_without_attention(self.attentions[text]) & ~special
        if empty.any():
            raise InputError(
                f"attentions: text {text}, row {np.flatnonzero(empty)[0]} attends to nothing; leave padding out, or "
                "mark it in special_tokens_mask"
            )
        group = (*columns.tolist(), -1, special.size) if self.groups is None else (self.groups[text],)
        return self._key(rows), group, columns, special

    def passes(self, text: int) -> tuple[Passes, int]:
        """Return attentions and influence of one text, and in how many draws it was measured."""
        changes, draws = self._changes(text, self.states, self.replaced, "replaced_hidden_states")
        return Passes(self.attentions[text], changes, self.readings[text] if self.readings else {}), draws

    def random_passes(self, text: int, number: int) -> Passes:
        """Return attentions and influence of one text in a random model."""
        states, replaced, attentions, readings = self.random[number]
        name = f"random_models, model {number}"
        maps = self._maps(attentions[text], text, f"{name}, attentions")
        changes, _ = self._changes(text, states, replaced, f"{name}, replaced hidden states")
        return Passes(maps, changes, readings[text] if readings else {})

    def _changes(
        self, text: int, states: list[NDArray[np.floating]], replaced: Sequence[Any], name: str
    ) -> tuple[NDArray[np.float64], int]:
        """Return the influence in one text of one model, and its number of draws."""
        rows = slice(self.starts[text], self.ends[text])
        copies = self._copies(text, replaced[text], states[0].shape[-1], name)
        draws = copies.shape[1] // self.positions[text].size
        return influence_matrices([layer[rows] for layer in states[1:]], list(copies[1:]), draws), draws

    def _key(self, rows: slice) -> int:
        if self.ids is not None:
            return content_key(self.ids[rows])
        data = np.ascontiguousarray(self.states[0][rows], dtype="<f4").tobytes()
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")

    def _add(self, maps: Any, columns: Any, text: int) -> None:
        places = whole_array(f"positions, text {text}", columns)
        size = self.ends[text] - self.starts[text]
        if not places.size or places.max() >= size or len(set(places.tolist())) != places.size:
            raise InputError(
                f"positions: text {text} has {places.tolist()[:8]}, expected different indices below {size}"
            )
        self.positions.append(places)
        self.attentions.append(self._maps(maps, text, "attentions"))

    def _maps(self, given: Any, text: int, name: str) -> NDArray[np.floating]:
        maps = real_array(f"{name}, text {text}", given)
        size = self.ends[text] - self.starts[text]
        heads = self.heads or (maps.shape[1] if maps.ndim == 4 else 0)
        if maps.shape != (self.layers, heads, size, size) or not heads:
            raise InputError(f"{name}: text {text} has shape {maps.shape}, expected ({self.layers}, H, {size}, {size})")
        return checked_attention(name, maps, f"text {text}, ")

    def _copies(self, text: int, given: Any, width: int, name: str) -> NDArray[np.floating]:
        """Return the copies of one text, shape (L + 1, draws * P, n, d)."""
        copies = real_array(f"{name}, text {text}", given)
        size = self.ends[text] - self.starts[text]
        if copies.ndim == 4:
            copies = copies[:, None]
        expected = (self.layers + 1, self.positions[text].size, size, width)
        if copies.ndim != 5 or (copies.shape[0], *copies.shape[2:]) != expected or not copies.shape[1]:
            raise InputError(
                f"{name}: text {text} has shape {np.shape(given)}, expected "
                f"(L + 1, P, n, d) = {expected}, or with draws before P"
            )
        if not np.isfinite(copies).all():
            raise InputError(f"{name}: text {text} has values that are not finite")
        return copies.reshape(copies.shape[0], -1, *copies.shape[3:])


def _of_texts(name: str, given: Any, count: int) -> list[Any]:
    """Return the given array of each text."""
    found = list(one_by_one(name, given, "one array for each text"))
    if len(found) != count or not count:
        raise InputError(
            f"{name}: {counted(len(found), 'text')}, lengths have {count}; expected the same number, above 0"
        )
    return found


def _checked_states(states: Any, tokens: int, name: str) -> list[NDArray[np.floating]]:
    found = [
        real_array(f"{name}, layer {layer}", rows)
        for layer, rows in enumerate(one_by_one(name, states, "arrays of shape (tokens, d)"))
    ]
    if len(found) < 2 or any(rows.ndim != 2 or rows.shape != (tokens, found[0].shape[-1]) for rows in found):
        shapes = [rows.shape for rows in found[:2]]
        raise InputError(f"{name}: arrays of shape {shapes}, expected (L + 1, {tokens} tokens, d)")
    if not all(np.isfinite(rows).all() for rows in found):
        raise InputError(f"{name}: have values that are not finite")
    return found
