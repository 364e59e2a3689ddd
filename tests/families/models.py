"""A small random model of every family: configurations of transformers, with numbers that let mistakes show."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .tokenizer_kinds import KINDS, VOCABULARY

with warnings.catch_warnings():
    # their import warns on some versions; what export() itself lets through is tested in test_export.py
    warnings.simplefilter("ignore")
    import torch
    import transformers

SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "initializer_range": 0.2,
}
# one key and value head for two query heads
GROUPED = {**SIZES, "num_key_value_heads": 2, "max_position_embeddings": 256}
WINDOW = 8


@dataclass(frozen=True)
class Family:
    """One row of the table.

    Attributes
    ----------
    name : str
        As people call it.
    example : str
        A model of it.
    config : callable
        Makes the configuration of a small one.
    tokenizer : str
        One of ``KINDS``.
    differs : str
        What a careless program would get wrong.
    """

    name: str
    example: str
    config: Callable[[], Any]
    tokenizer: str
    differs: str


def _config(kind: str, **values: Any) -> Callable[[], Any]:
    return lambda: transformers.AutoConfig.for_model(kind, **values)


FAMILIES: dict[str, Family] = {
    "bert": Family(
        "BERT", "bert-base-uncased", _config("bert", **SIZES, max_position_embeddings=96), "bert", "token types"
    ),
    "roberta": Family(
        "RoBERTa",
        "roberta-base",
        _config("roberta", **SIZES, max_position_embeddings=90, pad_token_id=1, type_vocab_size=1),
        "roberta",
        "positions begin after the id of padding; bytes",
    ),
    "xlm-roberta": Family(
        "XLM-R",
        "xlm-roberta-base",
        _config("xlm-roberta", **SIZES, max_position_embeddings=90, pad_token_id=1, type_vocab_size=1),
        "xlm-roberta",
        "positions begin after the id of padding; unigram pieces",
    ),
    "distilbert": Family(
        "DistilBERT",
        "distilbert-base-uncased",
        _config(
            "distilbert",
            vocab_size=VOCABULARY,
            dim=32,
            n_layers=3,
            n_heads=4,
            hidden_dim=48,
            max_position_embeddings=96,
            initializer_range=0.2,
        ),
        "bert",
        "no token types",
    ),
    "albert": Family(
        "ALBERT",
        "albert-base-v2",
        _config("albert", **SIZES, embedding_size=16, max_position_embeddings=96, num_hidden_groups=1),
        "deberta",
        "all blocks share weights; narrow embeddings, of which hidden state 0 is the projection",
    ),
    "electra": Family(
        "ELECTRA",
        "google/electra-small-discriminator",
        _config("electra", **SIZES, embedding_size=16, max_position_embeddings=96),
        "bert",
        "narrow embeddings, of which hidden state 0 is the projection",
    ),
    "deberta-v2": Family(
        "DeBERTa-v2",
        "microsoft/deberta-v3-base",
        _config(
            "deberta-v2",
            **SIZES,
            relative_attention=True,
            position_buckets=16,
            norm_rel_ebd="layer_norm",
            share_att_key=True,
            pos_att_type="p2c|c2p",
            position_biased_input=False,
            type_vocab_size=0,
            max_position_embeddings=96,
        ),
        "deberta",
        "positions are relative and inside the attention",
    ),
    "mpnet": Family(
        "MPNet",
        "sentence-transformers/all-mpnet-base-v2",
        _config("mpnet", **SIZES, max_position_embeddings=90, pad_token_id=1),
        "mpnet",
        "positions begin after the id of padding, and are relative too",
    ),
    "modernbert": Family(
        "ModernBERT",
        "answerdotai/ModernBERT-base",
        _config(
            "modernbert",
            **{**SIZES, "num_hidden_layers": 4},
            local_attention=WINDOW,
            global_attn_every_n_layers=3,
            max_position_embeddings=256,
            pad_token_id=0,
            cls_token_id=2,
            sep_token_id=3,
            bos_token_id=2,
            eos_token_id=3,
            reference_compile=False,
        ),
        "modernbert",
        "local and global layers alternate; final norm outside the last hidden state",
    ),
    "gpt2": Family(
        "GPT-2",
        "gpt2",
        _config(
            "gpt2",
            vocab_size=VOCABULARY,
            n_embd=32,
            n_layer=3,
            n_head=4,
            n_positions=96,
            bos_token_id=0,
            eos_token_id=0,
        ),
        "gpt2",
        "no padding token, nothing begins a text",
    ),
    "gpt_neox": Family(
        "GPT-NeoX",
        "EleutherAI/pythia-160m",
        _config("gpt_neox", **SIZES, max_position_embeddings=256, rotary_pct=0.5, bos_token_id=0, eos_token_id=0),
        "gpt2",
        "attention and network side by side",
    ),
    "opt": Family(
        "OPT",
        "facebook/opt-125m",
        _config(
            "opt",
            vocab_size=VOCABULARY,
            hidden_size=32,
            num_hidden_layers=3,
            num_attention_heads=4,
            ffn_dim=48,
            max_position_embeddings=96,
            word_embed_proj_dim=32,
            init_std=0.2,
            pad_token_id=1,
            bos_token_id=2,
            eos_token_id=2,
        ),
        "opt",
        "positions are counted from the mask, with an offset of 2",
    ),
    "bloom": Family(
        "BLOOM",
        "bigscience/bloom-560m",
        _config(
            "bloom",
            vocab_size=VOCABULARY,
            hidden_size=32,
            n_layer=3,
            n_head=4,
            initializer_range=0.2,
            bos_token_id=0,
            eos_token_id=0,
            pad_token_id=0,
        ),
        "qwen",
        "positions are slopes in the attention (ALiBi)",
    ),
    "llama": Family(
        "Llama",
        "HuggingFaceTB/SmolLM2-135M",
        _config("llama", **GROUPED, bos_token_id=0, eos_token_id=0),
        "gpt2",
        "grouped heads; final norm inside the last hidden state",
    ),
    "mistral": Family(
        "Mistral",
        "mistralai/Mistral-7B-v0.1",
        _config("mistral", **GROUPED, head_dim=8, sliding_window=WINDOW),
        "mistral",
        "sliding window; grouped heads; no padding token; bytes as fallback",
    ),
    "qwen2": Family(
        "Qwen2",
        "Qwen/Qwen2.5-0.5B",
        _config(
            "qwen2",
            **GROUPED,
            use_sliding_window=True,
            sliding_window=WINDOW,
            max_window_layers=1,
            bos_token_id=0,
            eos_token_id=0,
        ),
        "qwen",
        "padding is the token that ends a text; sliding window in later layers; grouped heads",
    ),
    "qwen3": Family(
        "Qwen3",
        "Qwen/Qwen3-0.6B",
        _config("qwen3", **GROUPED, head_dim=16, bos_token_id=0, eos_token_id=0),
        "qwen",
        "heads wider than hidden size / heads; norms on queries and keys; grouped heads",
    ),
    "gemma": Family(
        "Gemma",
        "google/gemma-2b",
        _config("gemma", **GROUPED, head_dim=16, pad_token_id=0, bos_token_id=2, eos_token_id=1),
        "gemma",
        "embeddings are scaled up before hidden state 0; grouped heads",
    ),
    "gemma2": Family(
        "Gemma 2",
        "google/gemma-2-2b",
        _config(
            "gemma2",
            **{**GROUPED, "num_hidden_layers": 4},
            head_dim=16,
            sliding_window=WINDOW,
            query_pre_attn_scalar=16,
            pad_token_id=0,
            bos_token_id=2,
            eos_token_id=1,
        ),
        "gemma",
        "local and global layers alternate; scores are capped before the softmax",
    ),
    "gemma3_text": Family(
        "Gemma 3",
        "google/gemma-3-270m",
        _config(
            "gemma3_text",
            **{**GROUPED, "num_hidden_layers": 4},
            head_dim=16,
            sliding_window=WINDOW,
            layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
            query_pre_attn_scalar=16,
            pad_token_id=0,
            bos_token_id=2,
            eos_token_id=1,
        ),
        "gemma",
        "local and global layers alternate, with rotations of their own",
    ),
    "phi": Family(
        "Phi",
        "microsoft/phi-2",
        _config("phi", **SIZES, max_position_embeddings=256, bos_token_id=0, eos_token_id=0),
        "gpt2",
        "attention and network side by side; part of each head is rotated",
    ),
    "t5": Family(
        "T5 (encoder)",
        "google-t5/t5-small",
        _config(
            "t5",
            vocab_size=VOCABULARY,
            d_model=32,
            d_kv=8,
            d_ff=48,
            num_layers=3,
            num_heads=4,
            relative_attention_num_buckets=8,
            relative_attention_max_distance=16,
            pad_token_id=0,
            eos_token_id=1,
        ),
        "t5",
        "only the encoder of an encoder-decoder; relative positions, shared by all blocks",
    ),
}

_ENDS = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
_OLD = {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 96, **_ENDS}


def _other(name: str, example: str, tokenizer: str, differs: str, kind: str, **values: Any) -> None:
    OTHERS[kind] = Family(name, example, _config(kind, **values), tokenizer, differs)


# compared with PyTorch and tabulated too; the checks are run on those above
OTHERS: dict[str, Family] = {}
_other("DeBERTa", "microsoft/deberta-base", "bert", "positions are relative", "deberta", **SIZES,
       relative_attention=True, pos_att_type="p2c|c2p", max_position_embeddings=96)  # fmt: skip
_other("RoFormer", "junnyu/roformer_chinese_base", "bert", "rotated queries and keys", "roformer", **SIZES,
       embedding_size=32, max_position_embeddings=96)  # fmt: skip
_other("RemBERT", "google/rembert", "deberta", "narrow embeddings", "rembert", **SIZES,
       input_embedding_size=16, output_embedding_size=16, max_position_embeddings=96)  # fmt: skip
_other("ConvBERT", "YituTech/conv-bert-base", "bert", "half of the heads are convolutions", "convbert", **SIZES,
       embedding_size=32, max_position_embeddings=96)  # fmt: skip
_other("MobileBERT", "google/mobilebert-uncased", "bert", "attention is narrower than hidden states", "mobilebert",
       **SIZES, embedding_size=16, intra_bottleneck_size=16, max_position_embeddings=96,
       # as published it has no norm; random weights then grow until rounding decides where attention goes
       normalization_type="layer_norm")  # fmt: skip
_other("ESM", "facebook/esm2_t6_8M_UR50D", "bert", "proteins; rotated queries and keys", "esm", **SIZES,
       position_embedding_type="rotary", max_position_embeddings=96, pad_token_id=0, mask_token_id=4)  # fmt: skip
_other("GPT-J", "EleutherAI/gpt-j-6b", "qwen", "attention and network side by side", "gptj", **_OLD, rotary_dim=4)
_other("GPT-Neo", "EleutherAI/gpt-neo-125m", "qwen", "local and global layers alternate", "gpt_neo",
       vocab_size=VOCABULARY, hidden_size=32, num_layers=4, num_heads=4, attention_types=[[["global", "local"], 2]],
       window_size=WINDOW, max_position_embeddings=96, **_ENDS)  # fmt: skip
_other("GPT-BigCode", "bigcode/tiny_starcoder_py", "qwen", "one key and value head for all", "gpt_bigcode", **_OLD)
_other("Falcon", "tiiuae/falcon-rw-1b", "qwen", "one key and value head for all", "falcon", vocab_size=VOCABULARY,
       hidden_size=32, num_hidden_layers=3, num_attention_heads=4, initializer_range=0.2, **_ENDS)  # fmt: skip
_other("MPT", "mosaicml/mpt-7b", "qwen", "positions are slopes in the attention", "mpt", vocab_size=VOCABULARY,
       d_model=32, n_layers=3, n_heads=4, max_seq_len=96, **_ENDS)  # fmt: skip
_other("Phi-3", "microsoft/Phi-3-mini-4k-instruct", "qwen", "sliding window; one matrix for query, key and value",
       "phi3", **GROUPED, sliding_window=WINDOW, **_ENDS)  # fmt: skip
_other("OLMo 2", "allenai/OLMo-2-0425-1B", "qwen", "norms after attention and network", "olmo2", **GROUPED, **_ENDS)
_other("StableLM", "stabilityai/stablelm-2-1_6b", "qwen", "part of each head is rotated", "stablelm", **GROUPED,
       **_ENDS)  # fmt: skip
_other("Granite", "ibm-granite/granite-3.1-2b-base", "qwen", "scaled residuals", "granite", **GROUPED,
       residual_multiplier=0.5, **_ENDS)  # fmt: skip
_other("Cohere", "CohereLabs/c4ai-command-r-v01", "qwen", "attention and network side by side", "cohere", **GROUPED,
       **_ENDS)  # fmt: skip
_other("GLM", "zai-org/glm-4-9b-hf", "qwen", "half of each head is rotated", "glm", **GROUPED, head_dim=8, **_ENDS)
_other("SmolLM3", "HuggingFaceTB/SmolLM3-3B", "qwen", "some layers know no positions", "smollm3", **GROUPED, **_ENDS)
_other("GPT-OSS", "openai/gpt-oss-20b", "qwen", "rows of attention do not sum to 1: a sink takes the rest", "gpt_oss",
       **GROUPED, head_dim=8, num_local_experts=2, num_experts_per_tok=1, sliding_window=WINDOW,
       layer_types=["sliding_attention", "full_attention", "sliding_attention"], rope_scaling=None,
       **_ENDS)  # fmt: skip
_other("BART (encoder)", "facebook/bart-base", "roberta", "only the encoder of an encoder-decoder", "bart",
       vocab_size=VOCABULARY, d_model=32, encoder_layers=3, decoder_layers=1, encoder_attention_heads=4,
       decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, max_position_embeddings=96, init_std=0.2,
       pad_token_id=1, bos_token_id=0, eos_token_id=2)  # fmt: skip

_other("XLNet", "xlnet/xlnet-base-cased", "deberta", "relative positions; Optimum does not export it", "xlnet",
       vocab_size=VOCABULARY, d_model=32, n_layer=3, n_head=4, d_inner=48)  # fmt: skip

# what transformers 4 does not have: test_exporters.py
ONLY_5: dict[str, Family] = {
    "nomic_bert": Family(
        "Nomic BERT",
        "nomic-ai/nomic-embed-text-v1.5",
        _config("nomic_bert", **SIZES, max_position_embeddings=96),
        "bert",
        "token types; rotated queries and keys",
    ),
    "eurobert": Family(
        "EuroBERT",
        "EuroBERT/EuroBERT-210m",
        _config("eurobert", **GROUPED, **_ENDS, mask_token_id=4),
        "qwen",
        "a decoder's blocks, which see both sides",
    ),
}

# what must be refused by name, and the beginning of the reason
REFUSED: dict[str, tuple[Family, str]] = {
    "fnet": (
        Family(
            "FNet",
            "google/fnet-base",
            _config("fnet", vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, intermediate_size=48),
            "deberta",
            "no attention: Fourier transforms",
        ),
        "FNetModel returns no attentions",
    ),
    "mamba": (
        Family(
            "Mamba",
            "state-spaces/mamba-130m-hf",
            _config("mamba", vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, state_size=4),
            "gpt2",
            "no attention: a state space",
        ),
        "MambaModel returns no attentions",
    ),
    "longformer": (
        Family(
            "Longformer",
            "allenai/longformer-base-4096",
            _config("longformer", **SIZES, max_position_embeddings=98, attention_window=8, pad_token_id=1),
            "roberta",
            "attention within windows, and global tokens",
        ),
        "longformer needs global_attention_mask besides a text",
    ),
    "opt-350m": (
        Family(
            "OPT with narrow embeddings",
            "facebook/opt-350m",
            _config(
                "opt",
                vocab_size=VOCABULARY,
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=4,
                ffn_dim=48,
                max_position_embeddings=96,
                word_embed_proj_dim=16,
                pad_token_id=1,
            ),
            "opt",
            "the last hidden state is projected to another width",
        ),
        "OPTModel returns hidden state 2 of another shape",
    ),
}


@cache
def tokenizer(kind: str) -> Any:
    """Return a tokenizer of one of the kinds; training takes a moment, so each is made once."""
    return KINDS[kind]()


def random_model(config: Any) -> Any:
    """Return a model in which no weight is 0 or 1, so that a norm or bias that is left out shows."""
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn(weight.shape))
    return model


def save_family(family: Family, folder: Path) -> None:
    """Write a random model and its tokenizer as ``save_pretrained`` does, in training mode."""
    random_model(family.config()).train().save_pretrained(folder)
    tokenizer(family.tokenizer).save_pretrained(folder)
