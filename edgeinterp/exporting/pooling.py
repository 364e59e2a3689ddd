r"""Pool the last hidden state into one vector a text, as Sentence Transformers do.

.. math:: p = \sum_j w_j h_j, \qquad w = m / \sum m \ \text{(mean)}, \ \text{the first, or the last token of the text}

m is the attention mask.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.json_values import read_json
from .sources import Source

__all__ = ["add_pooled", "pooled", "pooling_of"]

_FILE = "1_Pooling/config.json"
# keys of Sentence Transformers' configuration, and values of its newer one
_KINDS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first", "pooling_mode_lasttoken": "last"}
_NAMES = {"mean": "mean", "cls": "first", "lasttoken": "last"}
_FLOAT, _INT64 = 1, 7


def pooling_of(source: Source) -> tuple[str, list[str]]:
    """Return how a source pools, and what of its pooling is not exported.

    ``mean``, ``first`` or ``last``: the mean where the source does not say; "" where it pools otherwise, or where the
    hub does not answer.
    """
    try:
        path = _configuration(source)
    except OSError:
        return "", [f"pooled vectors ({_FILE} cannot be fetched)"]
    content = read_json(path, "how the model pools", "copy it again", pipes=False) if path is not None else {}
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected an object of settings; copy it again")
    kind = _kind(content)
    if not kind:
        return "", [f"pooled vectors ({_FILE} pools in another way than by the mean, the first or the last token)"]
    further = source.path is not None and any(source.path.glob("[2-9]_Dense"))
    return kind, ["the dense layer after pooling"] if further else []


def _kind(content: dict[str, Any]) -> str:
    modes = [kind for key, kind in _KINDS.items() if content.get(key) is True]
    others = [key for key, value in content.items() if key.startswith("pooling_mode_") and value is True]
    if not content:
        return "mean"
    if "pooling_mode" in content:
        return _NAMES.get(str(content["pooling_mode"]), "")
    return modes[0] if len(modes) == len(others) == 1 else ""


def _configuration(source: Source) -> Path | None:
    """Return the file, None where there is none; an ``OSError`` where the hub does not answer."""
    if source.path is not None:
        path = source.path / _FILE
        return path if path.is_file() else None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(source.location, _FILE))
    except LocalEntryNotFoundError as error:
        raise OSError(str(error)) from error
    except EntryNotFoundError:
        return None
    except Exception as error:  # the network below has its own
        raise OSError(str(error)) from error


def pooled(kind: str, states: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the pooled vectors (texts, d) of last hidden states (texts, tokens, d)."""
    rows = []
    for own, kept in zip(states, mask.astype(bool), strict=True):
        tokens = own[kept]
        rows.append({"mean": tokens.mean(axis=0), "first": tokens[0], "last": tokens[-1]}[kind])
    return np.array(rows, np.float32)


def add_pooled(model: Any, kind: str, states: str) -> str:
    """Add nodes that pool a tensor (texts, tokens, d) of a graph, and return the name of their output."""
    from onnx import helper

    nodes: list[Any] = []

    def add(operator: str, *inputs: str, **attributes: Any) -> str:
        output = f"edgeinterp/pooled/{len(nodes)}"
        nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(value: int) -> str:
        return add("Constant", value=helper.make_tensor("value", _INT64, [1], [value]))

    mask = "attention_mask"
    axis, last = constant(1), constant(-1)
    total = add("ReduceSum", mask, axis)
    weights = mask
    if kind != "mean":
        place = add("Equal", add("CumSum", mask, axis), axis if kind == "first" else total)
        weights, total = add("Mul", mask, add("Cast", place, to=_INT64)), axis
    share = add("Div", add("Cast", weights, to=_FLOAT), add("Cast", total, to=_FLOAT))
    output = add("ReduceSum", add("Mul", states, add("Unsqueeze", share, last)), axis, keepdims=0)
    model.graph.node.extend(nodes)
    return output
