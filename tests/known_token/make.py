"""Write the model folder beside this file: ``python -m tests.known_token.make``.

Every word has a weight u, dealt by chance. The one head attends to words by softmax(9 u), whatever asks; what a text
gives is .9 of what the head takes and .1 of each token's own embedding. So the word with the largest u of a text moves
the output most when it is replaced. Neither place, nor frequency, nor the length of an embedding says anything about u.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from edgeinterp.model.manifest import Manifest
from edgeinterp.model.onnx_file import read_onnx

FOLDER = Path(__file__).parent / "folder"
WORDS, WIDTH, SHARPNESS, OWN = 80, 16, 9.0, 0.1
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def word(number: int) -> str:
    return f"w{number:02d}"


def weights() -> Any:
    """u of each id, special tokens first."""
    return np.concatenate([np.full(len(SPECIAL), -1.0), np.random.default_rng(7).normal(size=WORDS) / 4])


def table() -> Any:
    """Embeddings of length 1, whose first number is u."""
    u = np.clip(weights(), -0.99, 0.99)
    rest = np.random.default_rng(8).normal(size=(u.size, WIDTH - 1))
    rest *= np.sqrt(1.0 - u**2)[:, None] / np.linalg.norm(rest, axis=1, keepdims=True)
    return np.concatenate([u[:, None], rest], axis=1).astype(np.float32)


def graph() -> Any:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> Any:
        return helper.make_node(kind, inputs, [output], **attributes)

    query = np.zeros((WIDTH, 1), np.float32)
    query[0] = SHARPNESS
    head = np.random.default_rng(9).normal(size=(WIDTH, 2)).astype(np.float32)
    constants = {
        "table": table(), "query": query, "head": head, "one": np.float32(1.0), "far": np.float32(-1e4),
        "kept": np.float32(1.0 - OWN), "own": np.float32(OWN), "axes": np.array([1, 2]), "row": np.array([1, 3]),
        "column": np.array([2]), "first": np.array([1]),
    }  # fmt: skip
    nodes = [
        node("Gather", ["table", "input_ids"], "hidden_states.0"),
        node("Cast", ["attention_mask"], "there", to=TensorProto.FLOAT),
        node("MatMul", ["hidden_states.0", "query"], "keys"),
        node("Transpose", ["keys"], "by_key", perm=[0, 2, 1]),
        node("Sub", ["one", "there"], "absent"),
        node("Mul", ["absent", "far"], "hidden"),
        node("Unsqueeze", ["hidden", "first"], "mask"),
        node("Add", ["by_key", "mask"], "scores"),
        # every row asks alike: (b, 1, n) becomes (b, 1, n, n)
        node("Unsqueeze", ["scores", "first"], "wide"),
        node("Shape", ["input_ids"], "shape"),
        node("Gather", ["shape", "first"], "length"),
        node("Concat", ["first", "first", "length", "first"], "times", axis=0),
        node("Tile", ["wide", "times"], "all_rows"),
        node("Softmax", ["all_rows"], "attentions.0", axis=-1),
        node("Squeeze", ["attentions.0", "first"], "weights"),
        node("MatMul", ["weights", "hidden_states.0"], "taken"),
        node("Mul", ["taken", "kept"], "from_head"),
        node("Mul", ["hidden_states.0", "own"], "from_self"),
        node("Add", ["from_head", "from_self"], "hidden_states.1"),
        node("ReduceMean", ["hidden_states.1"], "mean", axes=[1], keepdims=0),
        node("MatMul", ["mean", "head"], "logits"),
    ]
    shapes: dict[str, list[Any]] = {
        "hidden_states.0": ["b", "n", WIDTH], "hidden_states.1": ["b", "n", WIDTH], "attentions.0": ["b", 1, "n", "n"],
        "logits": ["b", 2],
    }  # fmt: skip
    made = helper.make_graph(
        nodes,
        "known_token",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "n"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [
            numpy_helper.from_array(np.asarray(value), name)
            for name, value in constants.items()
            if any(name in one.input for one in nodes)
        ],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="")
    onnx.checker.check_model(model)
    return model


def tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    names = [*SPECIAL, *(word(number) for number in range(WORDS))]
    made = Tokenizer(models.WordLevel({name: number for number, name in enumerate(names)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.add_special_tokens(SPECIAL)
    return made


def make(folder: Path) -> Path:
    import onnx

    from edgeinterp.exporting.staging import hash_files

    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(graph(), str(folder / "model.onnx"))
    tokenizer().save(str(folder / "tokenizer.json"))
    config = {"architectures": ["KnownToken"], "vocab_size": WORDS + len(SPECIAL), "id2label": {"0": "no", "1": "yes"}}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    found = read_onnx(folder / "model.onnx")
    Manifest(
        source="tests/known_token", architecture="KnownToken", layers=1, heads=1, hidden_size=WIDTH, max_positions=None,
        causal=False, pad_token_id=0, mask_token_id=None, quantization="none", inputs=found.inputs,
        files=hash_files(folder), versions={}, certificate={"made": "by hand"}, initializers=found.initializers,
        head="logits",
    ).save(folder)  # fmt: skip
    return folder


if __name__ == "__main__":
    print(make(FOLDER))
