from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.model.pruned import PrunedModel
from edgeinterp_models import default_model_folder

TEXTS = ["the cat sat on the mat", "a dog ran over the hill", "birds fly", "old stones lie in the grass by the road"]


def states(model: Any, text: Any) -> Any:
    (one,) = model.activations([text], range(model.manifest.layers + 1))
    return one.hidden_states


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_a_head_left_out_is_a_head_whose_value_counts_nothing(exported: Any, kind: str) -> None:
    """What a block gives on without a head is what its other heads make, by the graph's own values."""
    model = ei.load(exported(kind))
    pruned = PrunedModel(model)
    (text,) = model.encode(TEXTS[:1])
    blocks = list(model.attention_blocks(text))
    for layer in (1, model.manifest.layers):
        pruned.leave_out([(layer, 2)])
        without = states(pruned, text)
        for at in range(layer):
            np.testing.assert_array_equal(without[at], states(model, text)[at])
        assert np.abs(without[layer] - states(model, text)[layer]).max() > 0
        # attention of the head is 0, and the other heads have what they had
        (one,) = pruned.activations([text], (), (layer,))
        maps = one.attentions[0][0]
        assert not maps[1].any()
        np.testing.assert_allclose(maps[0], blocks[layer - 1].weights[0], atol=1e-6)
    pruned.leave_out(())
    np.testing.assert_array_equal(states(pruned, text)[-1], states(model, text)[-1])


def test_against_pytorch(exported: Any, make_source: Any) -> None:
    """The mask of heads that transformers has gives the same hidden states."""
    import torch
    from transformers import AutoModel

    model = ei.load(exported("bert"))
    pruned = PrunedModel(model)
    (text,) = model.encode(TEXTS[:1])
    own = AutoModel.from_pretrained(make_source("bert"), attn_implementation="eager").eval()
    mask = torch.ones(model.manifest.layers, model.manifest.heads)
    mask[0, 1] = mask[1, 0] = 0.0
    pruned.leave_out([(1, 2), (2, 1)])
    with torch.no_grad():
        found = own(
            torch.from_numpy(text.ids[None].astype(np.int64)), head_mask=mask, output_hidden_states=True
        ).hidden_states
    for mine, theirs in zip(states(pruned, text), found, strict=True):
        np.testing.assert_allclose(mine, theirs[0].numpy(), atol=1e-4)


def test_heads_are_measured_and_predicted() -> None:
    texts = ei.default_texts()[:16]
    found = ei.leave_out_heads(default_model_folder(), texts, share=0.1)
    assert len(found.heads) == 72
    assert len(found.pruned) == 7
    assert (found.texts, found.chosen_by, found.target) == (8, "norm", "pooled")
    assert set(found.agreement) == {"norm", "confidence"}
    most = sorted(found.heads, key=lambda one: -(one.effect or 0.0))[:7]
    named = [(one.attention_layer, one.head) for one in most]
    worst = ei.leave_out_heads(default_model_folder(), texts, named, each=False)
    assert worst.chosen_by == ""
    assert worst.texts == 16
    assert worst.agreement == {}
    assert (worst.change.value or 0) > (found.change.value or 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"texts": TEXTS}, "texts: 4 differ and have tokens; give at least 8"),
        ({"heads": [(9, 1)]}, "head"),
        ({"heads": [(1, 13)]}, "head"),
        ({"share": 2.0}, "share"),
        ({"target": "logit"}, "has no logits"),
    ],
)
def test_bad_input_gets_one_line(arguments: Any, said: str) -> None:
    with pytest.raises(ei.InputError, match=said):
        ei.leave_out_heads(default_model_folder(), **{"texts": ei.default_texts()[:8], **arguments})
