"""Readings of attention of one text: from a model folder, or from plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..exporting.opening import load
from ..model.model import Model
from ..reading.blocks import NORM_PLACES, NORMS, AttentionBlock, BlockForm
from ..reading.names import READINGS, kind_of
from ..reading.of_text import attention_readings, block_maps, checked_names, with_rolled_up
from ..runtime.arguments import real_array, real_number
from ..runtime.counting import counted
from ..runtime.sequences import name_tuple
from .attention_arrays import checked_attention

if TYPE_CHECKING:
    from ..model.activations import EncodedText

__all__ = ["readings", "readings_from_arrays", "refuse_unreadable", "shares_of"]

Floats = NDArray[np.floating]
Doubles = NDArray[np.float64]


def readings(
    model: Model | str | Path, text: str | EncodedText, names: Sequence[str] | str | None = None
) -> dict[str, Doubles]:
    r"""Return readings of attention of one text: how much each position takes from each other one, in each block.

    With weights :math:`a^h_{ij}`, values :math:`v^h_j`, output projection :math:`W^h`, the block's input x, and
    :math:`T_{ij} = \sum_h a^h_{ij} v^h_j W^h`; :math:`R_{ij}` is :math:`T_{ij}`, plus :math:`x_i` where j = i, after
    the norm is distributed over its summands where the block has one after attention; :math:`y_i` is what the block
    gives on, the sum of :math:`R_{ij}` and biases.

    =============== ======================================================================== =====================
    name            row i, column j                                                          source
    =============== ======================================================================== =====================
    `attention`     mean over heads of :math:`a^h_{ij}`
    `effective`     :math:`a^h` less what no value can carry on, absolute, mean over heads    Brunner et al. 2020
    `norm`          :math:`\lVert T_{ij} \rVert_2`                                           Kobayashi et al. 2020
    `norm_residual` :math:`\lVert R_{ij} \rVert_2`, rows sum to 1                            Kobayashi et al. 2021
    `alti`          :math:`\max(0, \lVert y_i \rVert_1 - \lVert y_i - R_{ij} \rVert_1)`,     Ferrando et al. 2022
                    rows sum to 1
    `contribution`  :math:`\max(0, R_{ij} \cdot y_i / y_i \cdot y_i)`, rows sum to 1         projection
    `value_zeroing` 1 - cos of what the whole block gives on at i, with and without           Mohebbi et al. 2023
                    :math:`v_j`; rows sum to 1
    =============== ======================================================================== =====================

    Each also multiplied up over blocks, ``NAME_rolled_up`` (of attention ``rollout``): row i of layer l is then what
    position i has of each token of the *text* after block l. Whether any of them says something about a model is what
    ``influence`` tests.

    Parameters
    ----------
    model : Model, str or Path
        A model folder, an open one, or an ONNX file.
    text : str or EncodedText
        A text of more than 256 tokens is refused; ``model.encode`` cuts it where you say.
    names : sequence of str, or str, optional
        By default all that the model folder has what they need for: without values, ``attention`` alone.
        ``value_zeroing`` is had by name alone: it takes a pass for every token and block, and the package ``onnx``.

    Returns
    -------
    dict of str to ndarray, shape (L, n, n)
        n tokens, special tokens included.

    Raises
    ------
    InputError
        Where a name is unknown, or needs value vectors that the model folder does not give.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> found = ei.readings(edgeinterp_models.default_model_folder(), "Dogs bark.", ["alti"])
    >>> {name: maps.shape for name, maps in found.items()}
    {'alti': (6, 5, 5), 'alti_rolled_up': (6, 5, 5)}
    """
    opened = model if isinstance(model, Model) else load(model)
    encoded = _encoded(opened, text)
    if not encoded.ids.size:
        raise InputError("text: has no token; give another")
    wanted = _wanted(names, opened.manifest.block is not None)
    return with_rolled_up(maps_of(opened, encoded, wanted))


def _encoded(model: Model, text: Any) -> EncodedText:
    from ..model.activations import EncodedText

    if isinstance(text, EncodedText):
        return text
    if not isinstance(text, str):
        raise InputError(f"text: expected one text, found {type(text).__name__}; call it for each")
    (found,) = model.encode([text])
    if found.truncated:
        longer = "or cut it: model.encode([text], max_tokens)[0]"
        raise InputError(f"text: has more than {counted(found.ids.size, 'token')}; give a shorter one, {longer}")
    return found


def maps_of(model: Model, text: EncodedText, names: Sequence[str]) -> dict[str, Doubles]:
    """Return readings per block of one text, each of shape (L, n, n)."""
    found: dict[str, Doubles] = {}
    plain = [name for name in names if not READINGS[name].passes]
    if any(READINGS[name].values for name in plain):
        found = block_maps(model.attention_blocks(text), plain)
    elif plain:
        (one,) = model.activations([text], (), range(1, model.manifest.layers + 1))
        found = attention_readings([maps[0] for maps in one.attentions])
    return {name: model.value_zeroing(text) if READINGS[name].passes else found[name] for name in names}


def refuse_unreadable(model: Model, key: str) -> None:
    """Refuse a reading that needs value vectors, of a model folder that gives none.

    Raises
    ------
    InputError
    """
    if READINGS[kind_of(key)[0]].values and model.manifest.block is None:
        raise InputError(
            f"reading {key}: needs value vectors, and the model folder gives none; export the model again, or leave "
            "--reading out"
        )


def shares_of(model: Model, text: EncodedText, key: str) -> Doubles:
    """Return one reading of one text, rows scaled to sum to 1 (L, n, n); a row of zeros stays."""
    maps = with_rolled_up(maps_of(model, text, [kind_of(key)[0]]))[key]
    total = maps.sum(axis=-1, keepdims=True)
    return np.asarray(maps / np.where(total > 0.0, total, 1.0))


def further_readings(model: Model, passes: bool = False) -> tuple[str, ...]:
    """Name the readings beside attention that can be judged: those of values, where the model folder has them.

    With ``passes`` also those that need passes of their own.
    """
    values = model.manifest.block is not None
    return tuple(
        name
        for name, kind in READINGS.items()
        if kind.judged and ((kind.values and values) or (kind.passes and passes))
    )


def _wanted(names: Sequence[str] | str | None, values: bool) -> tuple[str, ...]:
    if names is None:
        return tuple(name for name, kind in READINGS.items() if (values or not kind.values) and not kind.passes)
    return checked_names(name_tuple(names, "names"), values=True)


def readings_from_arrays(
    attentions: ArrayLike,
    values: ArrayLike | None = None,
    projections: ArrayLike | None = None,
    hidden_states: ArrayLike | None = None,
    *,
    biases: ArrayLike | None = None,
    norm_at: str = "none",
    norm: str | None = None,
    scales: ArrayLike | None = None,
    shifts: ArrayLike | None = None,
    epsilon: float = 1e-5,
    names: Sequence[str] | str | None = None,
) -> dict[str, Doubles]:
    r"""Return the readings of ``readings`` from arrays of your own run time: one text, L blocks, H heads.

    A block gives on :math:`x + t` (``norm_at="none"``: GPT-2, Llama and most decoders), the norm of it (``"sum"``: BERT
    and its kin), or x plus the norm of t (``"branch"``: Gemma 2).

    Parameters
    ----------
    attentions : array_like, shape (L, H, n, n)
        Weights after softmax; rows are queries and sum to 1.
    values : array_like, shape (L, H, n, w), optional
        Value vectors, with their biases; or (L, G, n, w), where H / G heads each share one.
    projections : array_like, shape (L, H, w, d), optional
        Output projections: :math:`t_i = b + \sum_h \sum_j a^h_{ij} v^h_j W^h`. A weight matrix of ``torch.nn.Linear``
        is ``weight.T.reshape(H, w, d)``.
    hidden_states : array_like, shape (L, n, d) or (L + 1, n, d), optional
        What each block reads: x. A last one that no block reads is left out.
    biases : array_like, shape (L, d), optional
        Of output projections.
    norm_at : str
        ``none``, ``sum`` or ``branch``.
    norm : str, optional
        ``layer`` or ``rms``; needed unless ``norm_at`` is ``none``.
    scales, shifts : array_like, shape (L, d), optional
        Of the norm; by default 1 and 0.
    epsilon : float
        What the norm adds to the mean square.
    names : sequence of str, or str, optional
        By default all; without values, ``attention`` alone.

    Returns
    -------
    dict of str to ndarray, shape (L, n, n)

    Raises
    ------
    InputError
        Where shapes disagree, a value is not finite, or a row of attention is no distribution.

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> weights, values = np.full((1, 1, 2, 2), 0.5), np.array([[[[1.0], [0.0]]]])
    >>> found = ei.readings_from_arrays(weights, values, np.ones((1, 1, 1, 1)), np.ones((1, 2, 1)), names=["norm"])
    >>> found["norm"].tolist()
    [[[0.5, 0.0], [0.5, 0.0]]]
    """
    maps = real_array("attentions", attentions)
    if maps.ndim != 4 or maps.shape[-1] != maps.shape[-2] or 0 in maps.shape:
        raise InputError(f"attentions: shape {maps.shape}, expected (L, H, n, n)")
    maps = checked_attention("attentions", maps)
    parts = {"values": values, "projections": projections, "hidden_states": hidden_states}
    given = [name for name, part in parts.items() if part is not None]
    wanted = _wanted(None, bool(given)) if names is None else checked_names(name_tuple(names, "names"), bool(given))
    passes = next((name for name in wanted if READINGS[name].passes), None)
    if passes is not None:
        raise InputError(f"reading {passes}: needs passes of a model; ask readings for it")
    if not any(READINGS[name].values for name in wanted):
        return with_rolled_up(attention_readings(maps))
    missing = next((name for name in parts if name not in given), None)
    if missing is not None:
        raise InputError(f"{missing}: not given; with {given[0]}, {', '.join(parts)} are needed")
    form = _form(norm_at, norm, epsilon)
    blocks = _Blocks(maps, values, projections, hidden_states)
    return with_rolled_up(block_maps(blocks.all(form, biases, scales, shifts), wanted))


def _form(norm_at: str, norm: str | None, epsilon: float) -> BlockForm:
    if norm_at not in NORM_PLACES:
        raise InputError(f"norm_at: {norm_at!r}, expected one of {', '.join(NORM_PLACES)}")
    if norm_at == "none":
        return BlockForm("none", None, None)
    if norm not in NORMS:
        raise InputError(f"norm: {norm!r}, expected one of {', '.join(NORMS)}")
    return BlockForm(norm_at, norm, real_number("epsilon", epsilon, 0.0, 1.0, 1e-5))


class _Blocks:
    """Checked arrays of blocks."""

    def __init__(self, maps: Floats, values: Any, projections: Any, states: Any) -> None:
        self.maps = maps
        layers, heads, count, _ = maps.shape
        self.values = _finite("values", values)
        shape = self.values.shape
        if len(shape) != 4 or (shape[0], shape[2]) != (layers, count) or 0 in shape or heads % shape[1]:
            raise InputError(f"values: shape {shape}, expected ({layers}, {heads}, {count}, w)")
        self.projections = _finite("projections", projections)
        given = self.projections.shape
        if len(given) != 4 or given[:3] != (layers, heads, shape[3]) or not given[3]:
            expected = f"({layers}, {heads}, {shape[3]}, d)"
            raise InputError(f"projections: shape {self.projections.shape}, expected {expected}")
        self.width = self.projections.shape[3]
        self.states = _finite("hidden_states", states)
        if self.states.shape not in [(layers + more, count, self.width) for more in (0, 1)]:
            expected = f"({layers}, {count}, {self.width})"
            raise InputError(f"hidden_states: shape {self.states.shape}, expected {expected}")

    def all(self, form: BlockForm, biases: Any, scales: Any, shifts: Any) -> list[AttentionBlock]:
        """Return the blocks."""
        bias = self._rows("biases", biases, 0.0)
        scale, shift = self._rows("scales", scales, 1.0), self._rows("shifts", shifts, 0.0)
        shared = self.maps.shape[1] // self.values.shape[1]
        return [
            AttentionBlock(
                form,
                np.asarray(weights, np.float32),
                np.repeat(self.values[layer], shared, axis=0),
                self.projections[layer],
                bias[layer],
                None if form.norm is None else scale[layer],
                None if form.norm is None else shift[layer],
                self.states[layer],
            )
            for layer, weights in enumerate(self.maps)
        ]

    def _rows(self, name: str, given: Any, default: float) -> NDArray[np.float32]:
        """Return one row for each block."""
        shape = (len(self.maps), self.width)
        if given is None:
            return np.full(shape, default, dtype=np.float32)
        found = _finite(name, given)
        if found.shape != shape:
            raise InputError(f"{name}: shape {found.shape}, expected {shape}")
        return found


def _finite(name: str, given: Any) -> NDArray[np.float32]:
    found = real_array(name, given)
    with np.errstate(over="ignore"):
        single = found.astype(np.float32)
    if not np.isfinite(single).all():
        raise InputError(f"{name}: has values that are not finite in single precision")
    return single
