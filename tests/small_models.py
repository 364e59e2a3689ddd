"""Small random models of several architectures, with a real tokenizer trained on the spot."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    # their import warns on some versions; what export() itself lets through is tested
    warnings.simplefilter("ignore")
    import tokenizers
    import torch
    import transformers

CORPUS = [
    "the cat sat on the mat",
    "a dog ate the cake 12 times",
    "naïve façade größe",
    "one two three four five six",
] * 5


def tokenizer() -> Any:
    """A byte-level tokenizer trained on the spot, with special tokens and settings that a run must not inherit."""
    core = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="[UNK]"))
    core.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    core.train_from_iterator(CORPUS, trainer)
    core.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # settings that a run time must not inherit
    core.enable_padding(length=128)
    core.enable_truncation(16)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core, **names)


SMALL = {
    "vocab_size": 320,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}


def config(kind: str) -> Any:
    """Configuration of a small model; dropout is set so that forgetting evaluation mode shows."""
    if kind == "bert":
        dropout = {"hidden_dropout_prob": 0.5, "attention_probs_dropout_prob": 0.5}
        return transformers.BertConfig(**SMALL, max_position_embeddings=96, initializer_range=0.3, **dropout)
    if kind == "roberta":
        return transformers.RobertaConfig(**SMALL, max_position_embeddings=50, pad_token_id=0, type_vocab_size=1)
    if kind == "gpt2":
        dropout = {"resid_pdrop": 0.5, "embd_pdrop": 0.5, "attn_pdrop": 0.5}
        return transformers.GPT2Config(
            vocab_size=320, n_embd=32, n_layer=2, n_head=4, n_positions=80, initializer_range=0.3, **dropout
        )
    return transformers.LlamaConfig(**SMALL, num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.3)


def save_source(kind: str, folder: Path) -> None:
    """Write a random model of one kind and the tokenizer, as ``save_pretrained`` does, in training mode."""
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(config(kind))
    model.train().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
