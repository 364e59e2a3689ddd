"""Heads that are kept: pooled vectors, logits, and a decoder's attention to the text; all of them PyTorch's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import transformers

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export

from .. import small_models

TEXTS = ["the cat sat on the mat", "a dog"]
CLASSES = {
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "fill-mask": "AutoModelForMaskedLM",
    "text-generation": "AutoModelForCausalLM",
    "translation": "AutoModelForSeq2SeqLM",
}
TWO_SIDED = {
    "t5": {"d_kv": 8, "d_ff": 48, "num_layers": 3, "num_decoder_layers": 2, "num_heads": 4},
    "bart": {
        "encoder_layers": 3, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 2,
        "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "max_position_embeddings": 96,
    },
}  # fmt: skip


def saved(task: str, config: Any, folder: Path) -> Any:
    """A random model with a head, written as ``save_pretrained`` does, and in evaluation mode."""
    torch.manual_seed(0)
    model = getattr(transformers, CLASSES[task]).from_config(config, attn_implementation="eager")
    model.save_pretrained(folder)
    small_models.tokenizer().save_pretrained(folder)
    return model.eval()


def encoder_decoder(kind: str) -> Any:
    values = {"vocab_size": 320, "d_model": 32, "pad_token_id": 0, "eos_token_id": 3, "decoder_start_token_id": 2}
    return transformers.AutoConfig.for_model(kind, **values, **TWO_SIDED[kind])


def in_torch(model: Any, ids: Any, **others: Any) -> Any:
    with torch.no_grad():
        return model(input_ids=torch.tensor(np.asarray(ids)[None].astype(np.int64)), **others)


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("bert", "text-classification"),
        ("bert", "token-classification"),
        ("roberta", "fill-mask"),
        ("gpt2", "text-generation"),
        ("llama", "text-classification"),
        ("llama", "text-generation"),
    ],
)
def test_logits_are_pytorchs(kind: str, task: str, tmp_path: Path) -> None:
    model = saved(task, small_models.config(kind), tmp_path / "source")
    manifest = export(tmp_path / "source", tmp_path / "out", task=task)
    assert (manifest.head, manifest.exporter) == ("logits", "torch")
    assert manifest.certificate["not_exported"] == []
    assert "logits" in {row["name"] for row in manifest.certificate["outputs"]}
    opened = ei.load(tmp_path / "out")
    texts = opened.encode(TEXTS)
    for text, found in zip(texts, opened.head(texts), strict=True):
        expected = in_torch(model, text.ids).logits[0].numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_a_head_changes_no_reading(tmp_path: Path) -> None:
    model = saved("text-generation", small_models.config("llama"), tmp_path / "source")
    export(tmp_path / "source", tmp_path / "with", task="text-generation")
    export(tmp_path / "source", tmp_path / "without")
    with_head, without = (ei.load(tmp_path / name) for name in ("with", "without"))
    (text,) = with_head.encode(TEXTS[:1])
    (first,), (second,) = (list(one.activations([text], range(4), range(1, 4))) for one in (with_head, without))
    for own, other in zip([*first.hidden_states, *first.attentions], [*second.hidden_states, *second.attentions],
                          strict=True):  # fmt: skip
        np.testing.assert_allclose(np.asarray(own), np.asarray(other), atol=1e-4 * np.abs(np.asarray(own)).max())
    answer = in_torch(model, text.ids, output_hidden_states=True)
    np.testing.assert_allclose(first.hidden_states[3], answer.hidden_states[3][0].numpy(), atol=1e-3)


POOLING: list[tuple[dict[str, Any] | None, Any]] = [
    (None, lambda states: states.mean(axis=0)),
    ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, lambda states: states.mean(axis=0)),
    ({"pooling_mode_cls_token": True}, lambda states: states[0]),
    ({"pooling_mode_lasttoken": True}, lambda states: states[-1]),
    ({"pooling_mode": "cls"}, lambda states: states[0]),
]


@pytest.mark.parametrize(("said", "pooled"), POOLING)
@pytest.mark.parametrize("quantize", ["none", "int8"])
def test_pooled_vectors(said: Any, pooled: Any, quantize: Any, tmp_path: Path) -> None:
    source = tmp_path / "source"
    small_models.save_source("bert", source)
    if said is not None:
        (source / "1_Pooling").mkdir()
        (source / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **said}))
    manifest = export(source, tmp_path / "out", quantize=quantize)
    assert manifest.head == "pooled"
    model = ei.load(tmp_path / "out")
    texts = model.encode(TEXTS)
    for text, found in zip(texts, model.head(texts), strict=True):
        (batch,) = model.activations([text], [3])
        np.testing.assert_allclose(found, pooled(batch.hidden_states[0]), atol=1e-5)


def test_other_ways_to_pool_are_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    small_models.save_source("bert", source)
    (source / "1_Pooling").mkdir()
    (source / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    assert export(source, tmp_path / "out").head == ""
    model = ei.load(tmp_path / "out")
    with pytest.raises(InputError, match="neither pooled vectors nor logits"):
        model.head(model.encode(TEXTS))


@pytest.mark.parametrize("kind", TWO_SIDED)
def test_a_decoder_that_reads_the_text(kind: str, tmp_path: Path) -> None:
    reference = saved("translation", encoder_decoder(kind), tmp_path / "source")
    manifest = export(tmp_path / "source", tmp_path / "out", task="summarization")
    assert manifest.architecture.endswith("(encoder)")
    assert (manifest.layers, manifest.decoder_start_token_id, manifest.certificate["not_exported"]) == (3, 2, [])
    model = ei.load(tmp_path / "out")
    (text,), (target,) = model.encode(TEXTS[:1]), model.encode(TEXTS[1:])
    beside = torch.tensor(np.r_[2, target.ids][None])
    answer = in_torch(reference, text.ids, decoder_input_ids=beside, output_attentions=True, output_hidden_states=True)
    found = model.cross_attentions(text, TEXTS[1])
    assert len(found) == 2
    for own, same in zip(found, model.cross_attentions(text, target.ids.tolist()), strict=True):
        np.testing.assert_array_equal(own, same)
    with pytest.raises(InputError, match="token id 320: expected 0 to 319"):
        model.cross_attentions(text, [320])
    for own, expected in zip(found, answer.cross_attentions, strict=True):
        np.testing.assert_allclose(own, expected[0].numpy(), atol=1e-5)
    (batch,) = model.activations([text], range(4), range(1, 4))
    for state, expected in zip(batch.hidden_states, answer.encoder_hidden_states, strict=True):
        np.testing.assert_allclose(state, expected[0].numpy(), atol=1e-4)
    for (own,), expected in zip(batch.attentions, answer.encoder_attentions, strict=True):
        np.testing.assert_allclose(own, expected[0].numpy(), atol=1e-5)


def test_the_checks_run_on_an_encoder_with_its_decoder(tmp_path: Path) -> None:
    saved("translation", encoder_decoder("t5"), tmp_path / "source")
    export(tmp_path / "source", tmp_path / "out", task="translation")
    result = ei.check(tmp_path / "out", texts=small_models.CORPUS * 4, only=["correspondence"], n_permutations=19)
    assert len(result.verdicts) == 3
    assert "attention is the encoder's; a decoder is not judged" in result.notes[0]


def test_what_has_no_such_head_is_refused(make_source: Any, tmp_path: Path) -> None:
    bert = make_source("bert")
    for task, message in (
        ("text-classification", "so it has no head for text-classification; leave --task out"),
        ("translation", "no encoder-decoder"),
        ("question-answering", "expected feature-extraction, text-classification"),
        ("text-generation-with-past", "use text-generation"),
    ):
        with pytest.raises(InputError, match=message):
            export(bert, tmp_path / "out", task=task)
    saved("translation", encoder_decoder("t5"), tmp_path / "t5")
    with pytest.raises(InputError, match="an encoder-decoder; give one of translation, summarization"):
        export(tmp_path / "t5", tmp_path / "out", task="text-classification")
    export(bert, tmp_path / "plain")
    model = ei.load(tmp_path / "plain")
    with pytest.raises(InputError, match="has no decoder"):
        model.cross_attentions(model.encode(TEXTS)[0], "a dog")


def test_token_by_token_a_decoder_gives_what_the_whole_text_gives(tmp_path: Path) -> None:
    saved("text-generation", small_models.config("llama"), tmp_path / "source")
    export(tmp_path / "source", tmp_path / "out", task="text-generation")
    model = ei.load(tmp_path / "out")
    (text,) = model.encode(TEXTS[:1])
    (whole,), (logits,) = list(model.activations([text], range(4), range(1, 4))), model.head([text])
    steps = list(model.stream(text.ids))
    assert [step.token_id for step in steps] == text.ids.tolist()
    for place, step in enumerate(steps):
        for own, state in zip(step.hidden_states, whole.hidden_states, strict=True):
            np.testing.assert_allclose(own, state[place], atol=1e-4)
        for own, (maps,) in zip(step.attentions, whole.attentions, strict=True):
            assert own.shape == (4, place + 1)
            np.testing.assert_allclose(own, maps[:, place, : place + 1], atol=1e-4)
        assert step.logits is not None
        np.testing.assert_allclose(step.logits, logits[place], atol=1e-4 * np.abs(logits).max())


def test_a_text_that_is_written_while_it_is_read(tmp_path: Path) -> None:
    reference = saved("text-generation", small_models.config("gpt2"), tmp_path / "source")
    export(tmp_path / "source", tmp_path / "out", task="text-generation")
    model = ei.load(tmp_path / "out")
    written = [7, 8]

    def writing() -> Any:
        yield from list(written)
        while len(written) < 8:
            yield written[-1]

    for step in model.stream(writing()):
        if len(step.attentions[0][0]) == len(written):
            assert step.logits is not None
            written.append(int(step.logits.argmax()))
    expected = reference.generate(torch.tensor([[7, 8]]), max_new_tokens=6, min_new_tokens=6, do_sample=False)
    assert written == expected[0].tolist()


def test_an_encoder_cannot_be_streamed(make_source: Any, tmp_path: Path) -> None:
    export(make_source("bert"), tmp_path / "out")
    with pytest.raises(InputError, match="is not causal"):
        next(ei.load(tmp_path / "out").stream([3, 4]))
    saved("text-generation", small_models.config("gpt2"), tmp_path / "source")
    export(tmp_path / "source", tmp_path / "gpt2")
    model = ei.load(tmp_path / "gpt2")
    for wrong in (320, -1, 1 << 40):
        with pytest.raises(InputError, match=f"token id {wrong}: expected 0 to 319"):
            next(model.stream([wrong]))
    with pytest.raises(InputError, match="token ids: expected whole numbers"):
        next(model.stream([3.7]))  # type: ignore[list-item]
    assert next(model.stream([3])).logits is None
    with pytest.raises(InputError, match="reads 80 tokens, and the text has more"):
        list(model.stream([3] * 81))


def test_steps_that_are_kept_hold_no_more_than_they_show(tmp_path: Path) -> None:
    saved("text-generation", small_models.config("gpt2"), tmp_path / "source")
    export(tmp_path / "source", tmp_path / "out", task="text-generation")
    for step in ei.load(tmp_path / "out").stream([3, 4, 5]):
        assert step.logits is not None
        assert all(part.base is None for part in (step.logits, *step.attentions))


def test_a_head_that_the_source_has_no_weights_for(tmp_path: Path) -> None:
    """Also where they lie below the head, as BERT's pooler does: logits would be random."""
    model = saved("text-classification", small_models.config("bert"), tmp_path / "source")
    kept = {name: weight for name, weight in model.state_dict().items() if "pooler" not in name}
    safetensors.torch.save_file(kept, tmp_path / "source" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"has no weights for bert\.pooler"):
        export(tmp_path / "source", tmp_path / "out", task="text-classification")
    assert export(tmp_path / "source", tmp_path / "out").head == "pooled"


@pytest.mark.parametrize(("content", "message"), [("[1]", "expected an object"), ('"cls"', "expected an object")])
def test_a_file_of_pooling_that_is_none(content: str, message: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    small_models.save_source("bert", source)
    (source / "1_Pooling").mkdir()
    (source / "1_Pooling" / "config.json").write_text(content)
    with pytest.raises(InputError, match=message):
        export(source, tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head": "logits"}, "has no output logits, which edgeinterp.json tells of"),
        ({"decoder_start_token_id": 2}, "has no output cross_attentions.0"),
        ({"block": {"norm_at": "sum", "norm": "layer", "epsilon": None}}, "expected a place of a norm that is known"),
        ({"block": {"norm_at": "none", "norm": None, "epsilon": None}}, None),
    ],
)
def test_manifests_that_were_edited(change: Any, message: str | None, exported: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(exported("bert"), folder)
    told = json.loads((folder / "edgeinterp.json").read_text())
    (folder / "edgeinterp.json").write_text(json.dumps({**told, **change}))
    if message is None:
        assert ei.load(folder).manifest.block is not None
        return
    with pytest.raises(InputError, match=message):
        ei.load(folder)
