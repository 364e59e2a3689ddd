"""What differs between families, one by one, where a careless program would be wrong without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export
from edgeinterp.model.concepts import concept_vectors
from edgeinterp.model.model import Model
from edgeinterp.model.onnx_file import read_onnx
from edgeinterp.model.random_model import load_random

from .examine import TEXTS, Examined, activations, in_torch, torch_model
from .models import FAMILIES, WINDOW, save_family

Examine = Callable[[str], Examined]
LONG = "It was a truth universally acknowledged, that a single man must be in want of a wife. " * 12


def only(model: Model, text: str, tokens: int = 40) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Return hidden states and attentions of one text."""
    ((_, hidden, maps),) = activations(model, model.encode([text], tokens), 1)
    return hidden, maps


def test_inputs_are_the_graphs_own(examined: Examine) -> None:
    inputs = {key: examined(key).model().manifest.inputs for key in FAMILIES}
    plain = ["input_ids", "attention_mask"]
    assert inputs["bert"] == [*plain, "token_type_ids"]
    assert inputs["distilbert"] == inputs["roberta"] == inputs["t5"] == plain
    assert inputs["gpt2"] == [*plain, "position_ids"]


def test_positions_begin_after_padding(examined: Examine) -> None:
    """The table has 90 rows, of which 2 are never a token's."""
    for key in ("roberta", "xlm-roberta", "mpnet"):
        model = examined(key).model()
        assert model.manifest.max_positions == 88
        (text,) = model.encode([LONG], 10_000)
        assert (text.ids.size, text.truncated) == (88, True)
        hidden, _ = only(model, LONG, 10_000)
        expected, _ = in_torch(torch_model(examined(key).source), text)
        np.testing.assert_allclose(hidden[-1], expected[-1], atol=1e-4 * np.abs(expected[-1]).max())


def test_positions_count_from_the_first_token(examined: Examine) -> None:
    found = examined("gpt2")
    model, reference = found.model(), torch_model(found.source)
    texts = model.encode(TEXTS, 30)
    tokens, places = reference.wte.weight.detach().numpy(), reference.wpe.weight.detach().numpy()
    for index, hidden, _ in activations(model, texts, len(texts)):
        ids = texts[index].ids
        np.testing.assert_allclose(hidden[0], tokens[ids] + places[: ids.size], atol=1e-5)


@pytest.mark.parametrize("key", ["opt", "qwen2", "mistral"])
def test_a_tokenizer_that_pads_on_the_left(key: str, examined: Examine) -> None:
    model = examined(key).model()
    texts = model.encode(TEXTS, 30)
    alone = {index: hidden for index, hidden, _ in activations(model, texts, 1)}
    for index, hidden, _ in activations(model, texts, len(texts)):
        for layer, states in enumerate(hidden):
            np.testing.assert_allclose(states, alone[index][layer], atol=1e-4 * np.abs(states).max())


def test_no_padding_token(examined: Examine) -> None:
    for key in ("gpt2", "llama", "mistral"):
        assert examined(key).model().manifest.pad_token_id is None
    # padding that is a token of texts as well does not hide that token
    model = examined("qwen2").model()
    (text,) = model.encode(["one<|endoftext|>two"])
    assert model.manifest.pad_token_id in text.ids.tolist()
    _, maps = only(model, "one<|endoftext|>two")
    place = text.ids.tolist().index(model.manifest.pad_token_id)
    assert maps[0][:, place:, place].min() > 0


@pytest.mark.parametrize("key", ["roberta", "gpt2", "modernbert", "xlm-roberta", "t5", "mistral", "gemma", "bert"])
def test_tokens_of_a_word_are_found(key: str, examined: Examine) -> None:
    """Bytes, pieces with the space before them and pieces with ##: spans are those of the word."""
    model = examined(key).model()
    sentence = "We saw the friend here."
    (spans,), (text,) = model.token_spans([sentence]), model.encode([sentence])
    start, end = sentence.index("friend"), sentence.index("friend") + len("friend")
    inside = [place for place, (left, right) in enumerate(spans) if left < end and right > start and right > left]
    letters = "".join(model.token_strings(text.ids[inside].tolist())).replace("##", "").strip("▁Ġ")
    assert letters.replace("▁", "").replace("Ġ", "") == "friend"
    found = concept_vectors(model, ["friend"], templates=["We saw the {} here."])
    hidden, _ = only(model, sentence)
    assert found.left_out == []
    assert found.tokens.tolist() == [len(inside)]
    np.testing.assert_allclose(found.vectors[-1, 0], hidden[-1][inside].mean(axis=0), rtol=1e-4, atol=1e-5)


def outside_window(maps: NDArray[Any], reach: int) -> float:
    tokens = maps.shape[-1]
    far = np.abs(np.arange(tokens)[:, None] - np.arange(tokens)) > reach
    return float(np.abs(maps[:, far]).max())


@pytest.mark.parametrize(
    ("key", "reach", "local"),
    [
        # the window holds the token itself where only what came before is seen, and lies on both sides elsewhere
        ("mistral", WINDOW - 1, [True, True, True]),
        ("qwen2", WINDOW - 1, [False, True, True]),
        ("gemma2", WINDOW - 1, [True, False, True, False]),
        ("gemma3_text", WINDOW - 1, [True, True, False, True]),
        ("modernbert", WINDOW // 2, [False, True, True, False]),
        ("llama", WINDOW - 1, [False, False, False]),
    ],
)
def test_windows(key: str, reach: int, local: list[bool], examined: Examine) -> None:
    _, maps = only(examined(key).model(), LONG, 40)
    for layer, (attention, inside) in enumerate(zip(maps, local, strict=True)):
        assert attention.shape == (4, 40, 40)
        assert (outside_window(attention, reach) == 0.0) is inside, layer
        assert outside_window(attention, reach - 1) > 0.0
        np.testing.assert_allclose(attention.sum(axis=-1), 1.0, atol=1e-5)


def test_heads_are_those_of_queries(examined: Examine) -> None:
    for key in ("llama", "mistral", "qwen2", "qwen3", "gemma"):
        model = examined(key).model()
        assert FAMILIES[key].config().num_key_value_heads == 2
        _, maps = only(model, TEXTS[1])
        assert model.manifest.heads == maps[0].shape[0] == 4
        # heads that share keys still look elsewhere
        assert np.abs(maps[0][0] - maps[0][1]).max() > 1e-3


@pytest.mark.parametrize(("key", "inside"), [("llama", True), ("gpt2", True), ("modernbert", False), ("t5", True)])
def test_the_final_norm(key: str, inside: bool, examined: Examine) -> None:
    found = examined(key)
    (text,) = found.model().encode([TEXTS[1]])
    with torch.no_grad():
        last = torch_model(found.source)(input_ids=torch.tensor(text.ids.astype(np.int64))[None]).last_hidden_state
    hidden, _ = only(found.model(), TEXTS[1])
    assert np.allclose(hidden[-1], last[0].numpy(), atol=1e-3) is inside


def test_blocks_that_share_their_weights(examined: Examine) -> None:
    found = examined("albert")
    model = found.model()
    names = [entry.name for entry in read_onnx(found.folder / "model.onnx").initializers if entry.shape == [32, 48]]
    assert len(names) == 1
    assert model.manifest.layers == 3
    # shuffled once, the same in all blocks
    assert load_random(model, seed=1).replaced.count(names[0]) == 1
    # what all layers share cannot stay trained in some of them
    with pytest.raises(ei.InputError, match=r"no weight matrix is layer 2's alone \(layers share theirs\)"):
        load_random(model, seed=1, trained_layers=1)
    # hidden state 0 is as wide as the others although embeddings are narrower
    assert [states.shape[1] for states in only(model, TEXTS[1])[0]] == [32] * 4


def test_only_the_encoder_of_an_encoder_decoder(examined: Examine) -> None:
    found = examined("t5")
    graph = read_onnx(found.folder / "model.onnx")
    reference = torch_model(found.source)
    # a matrix that comes twice in the encoder is stored once; the decoder's are not there at all
    weights = sum(weight.numel() for weight in reference.parameters())
    stored = sum(int(np.prod(entry.shape)) for entry in graph.initializers if entry.dtype == "float32")
    assert stored <= weights + 200
    assert not found.model().manifest.causal
    assert found.model().manifest.architecture == "T5Model (encoder)"


@pytest.mark.parametrize(("more", "message"), [(1, "5 hidden states for 3 attentions"), (-1, "3 hidden states for 3")])
def test_more_or_fewer_hidden_states(
    more: int, message: str, examined: Examine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    forward = transformers.BertModel.forward

    def other(self: Any, *arguments: Any, **named: Any) -> Any:
        answer = forward(self, *arguments, **named)
        if answer.hidden_states:
            last = answer.hidden_states
            answer.hidden_states = last + last[-1:] if more > 0 else last[:-1]
        return answer

    monkeypatch.setattr(transformers.BertModel, "forward", other)
    with pytest.raises(InputError, match=message):
        export(examined("bert").source, tmp_path / "out")


def test_layers_are_counted_not_read_from_the_configuration(
    examined: Examine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attentions and hidden states of 4 blocks where the configuration speaks of 2."""
    import transformers

    source = examined("modernbert").source
    built = transformers.ModernBertModel.__init__

    def other(self: Any, *arguments: Any, **named: Any) -> None:
        built(self, *arguments, **named)
        self.config.num_hidden_layers = 2

    monkeypatch.setattr(transformers.ModernBertModel, "__init__", other)
    assert export(source, tmp_path / "out").layers == 4


@pytest.mark.parametrize("key", ["bert", "gpt2", "opt", "deberta-v2"])
def test_texts_longer_than_the_model_reads(key: str, examined: Examine) -> None:
    model = examined(key).model()
    assert model.manifest.max_positions == 96
    (text,) = model.encode([LONG], 10_000)
    assert (text.ids.size, text.truncated) == (96, True)
    hidden, _ = only(model, LONG, 10_000)
    assert hidden[-1].shape == (96, 32)


def test_readings_that_padding_changes(examined: Examine) -> None:
    """Convolutions over tokens reach into the padding: such models are not run beside longer texts."""
    for key in ("convbert", "mobilebert"):
        model = examined(key).model()
        assert not model.manifest.padding_neutral
        texts = model.encode(["a b c", "a", "b", "c"])
        assert [text.ids.size for text in texts][1:] == [3, 3, 3]
        batches = [part.texts for part in model.activations(texts, [0], [], 4)]
        assert batches == [[0], [1, 2, 3]]
    assert all(examined(key).model().manifest.padding_neutral for key in FAMILIES)


def test_attentions_that_are_not_returned_are_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    save_family(FAMILIES["bert"], tmp_path / "source")
    forward = transformers.BertModel.forward

    def other(self: Any, *arguments: Any, **named: Any) -> Any:
        answer = forward(self, *arguments, **named)
        return type(answer)(**{name: part for name, part in answer.items() if name != "attentions"})

    monkeypatch.setattr(transformers.BertModel, "forward", other)
    with pytest.raises(InputError, match="BertModel returns no attentions, so there is nothing to read"):
        export(tmp_path / "source", tmp_path / "out")
    assert ei.__version__
