"""Model folders and saved results that something is wrong with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from tests.bad_input.cases import CHECK, POINTER, Case, Make, a_loop, nothing, written

__all__ = ["export_cases", "model_cases", "result_cases"]

NO_UNKNOWN = {"type": "WordLevel", "vocab": {"the": 0}, "unk_token": ""}
RUN = f"{CHECK} --only correspondence"


def rehashed(folder: Path) -> None:
    """Set the hashes of the manifest right, as whoever means harm would."""
    manifest = json.loads((folder / "edgeinterp.json").read_text(encoding="utf-8"))
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")


def manifest_with(**changes: Any) -> Make:
    def make(folder: Path) -> None:
        path = folder / "model" / "edgeinterp.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")

    return make


def manifest_text(edit: Callable[[str], str | bytes]) -> Make:
    def make(folder: Path) -> None:
        path = folder / "model" / "edgeinterp.json"
        text = edit(path.read_text(encoding="utf-8"))
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return make


def file_with(name: str, edit: Callable[[bytes], bytes], hashed: bool = True) -> Make:
    """Change a file of the model folder; ``hashed``: and the manifest with it."""

    def make(folder: Path) -> None:
        path = folder / "model" / name
        path.write_bytes(edit(path.read_bytes()))
        if hashed:
            rehashed(folder / "model")

    return make


def graph_with(edit: Callable[[Any], None]) -> Make:
    def change(data: bytes) -> bytes:
        model = onnx.load_from_string(data)
        edit(model)
        return bytes(model.SerializeToString())

    return file_with("model.onnx", change)


def json_with(name: str, edit: Callable[[Any], None]) -> Make:
    def change(data: bytes) -> bytes:
        value = json.loads(data)
        edit(value)
        return json.dumps(value).encode()

    return file_with(name, change)


def without(name: str) -> Make:
    return lambda folder: (folder / "model" / name).unlink()


def replaced_by_a_loop(name: str) -> Make:
    def make(folder: Path) -> None:
        (folder / "model" / name).unlink()
        (folder / "model" / name).symlink_to(name)

    return make


def replaced_by_a_folder(name: str) -> Make:
    def make(folder: Path) -> None:
        (folder / "model" / name).unlink()
        (folder / "model" / name).mkdir()

    return make


def keep_elsewhere(location: str) -> Make:
    """Let an initializer keep its data in another file."""

    def edit(model: Any) -> None:
        tensor = TensorProto(name="far", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=location)
        model.graph.initializer.append(tensor)

    def make(folder: Path) -> None:
        (folder / "outside.bin").write_bytes(bytes(64))
        graph_with(edit)(folder)

    return make


def pointed_to(folder: Path) -> None:
    """Let an initializer keep its data in a file that Git LFS has not fetched."""
    keep_elsewhere("weights.bin")(folder)
    (folder / "model" / "weights.bin").write_bytes(POINTER)


def no_output(prefix: str) -> Callable[[Any], None]:
    def edit(model: Any) -> None:
        kept = [output for output in model.graph.output if not output.name.startswith(prefix)]
        del model.graph.output[:]
        model.graph.output.extend(kept)

    return edit


def a_further_input(model: Any) -> None:
    model.graph.input.append(helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1]))


def newer_opset(model: Any) -> None:
    for entry in model.opset_import:
        entry.version = 900


def newer_format(model: Any) -> None:
    model.ir_version = 900


def unknown_operator(model: Any) -> None:
    model.graph.node[0].op_type = "Inspect"


def other_words(tokenizer: Any) -> None:
    """Move every token's id up, as another model's tokenizer may have it."""
    words = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {word: index + (index > 4) * 100_000 for word, index in words.items()}


def model_cases() -> Iterator[Case]:
    """Yield what can be wrong with a model folder."""
    again, manifest = "export the model again", "model/edgeinterp.json"
    nested = "[" * 200_000
    for fault, make, says in (
        ("manifest empty", manifest_text(lambda _: ""), (manifest, "not JSON", again)),
        ("manifest cut", manifest_text(lambda text: text[: len(text) // 2]), (manifest, "not JSON", again)),
        ("manifest binary", manifest_text(lambda _: bytes(range(256))), (manifest, "not JSON", again)),
        ("manifest UTF-16", manifest_text(lambda text: text.encode("utf-16")), (manifest, "not JSON", again)),
        ("manifest a pointer", manifest_text(lambda _: POINTER), (manifest, "Git LFS", "git lfs pull")),
        ("manifest nested", manifest_text(lambda _: nested), (manifest, "not JSON", again)),
        ("manifest a list", manifest_text(lambda _: "[1]"), (manifest, "schema", again)),
        ("manifest null", manifest_text(lambda _: "null"), (manifest, "schema", again)),
        ("manifest of nothing", manifest_text(lambda _: '{"schema": 1}'), (manifest, "not a whole manifest", again)),
        ("another schema", manifest_with(schema=7), (manifest, "schema 7", again)),
        ("a schema that is true", manifest_with(schema=True), (manifest, "schema true", again)),
        ("a schema of 4,000 digits", manifest_with(schema=10**4000), (manifest, "schema", again)),
        ("layers a word", manifest_with(layers="six"), (manifest, "layers", "whole number", again)),
        ("layers 0", manifest_with(layers=0), (manifest, "layers", "whole number", again)),
        ("layers huge", manifest_with(layers=10**12), (manifest, "layers", again)),
        ("layers of 4,000 digits", manifest_with(layers=10**4000), (manifest, "layers", again)),
        ("one layer too many", manifest_with(layers=4), ("model/model.onnx", "no output", "edgeinterp export")),
        ("one layer too few", manifest_with(layers=2), ("model/model.onnx", "more than the 2 layers", again)),
        ("heads wrong", manifest_with(heads=5), ("model/model.onnx", "heads", again)),
        ("heads huge", manifest_with(heads=10**12), (manifest, "heads", again)),
        ("width wrong", manifest_with(hidden_size=31), ("model/model.onnx", "hidden size", "again")),
        ("width a float", manifest_with(hidden_size=32.5), (manifest, "hidden_size", again)),
        ("longest input wrong", manifest_with(max_positions=10**30), (manifest, "max_positions", again)),
        ("longest input a list", manifest_with(max_positions=[1]), (manifest, "max_positions", again)),
        ("longest input 1", manifest_with(max_positions=1), ("tokens", "special")),
        ("causal a word", manifest_with(causal="no"), (manifest, "causal", again)),
        ("padding a word", manifest_with(pad_token_id="[PAD]"), (manifest, "pad_token_id", again)),
        ("padding outside", manifest_with(pad_token_id=10**30), (manifest, "pad_token_id", again)),
        ("mask outside", manifest_with(mask_token_id=-5), (manifest, "mask_token_id", again)),
        ("quantization a number", manifest_with(quantization=8), (manifest, "quantization", again)),
        ("quantization unknown", manifest_with(quantization="int4"), (manifest, "quantization", again)),
        ("inputs a word", manifest_with(inputs="input_ids"), (manifest, "inputs", again)),
        ("files a list", manifest_with(files=[]), (manifest, "files", again)),
        ("files without the graph", manifest_with(files={}), (manifest, "names no model.onnx", again)),
        ("hashes numbers", manifest_with(files={"model.onnx": 1}), (manifest, "files.model.onnx", again)),
        ("initializers a word", manifest_with(initializers="all"), (manifest, "initializers", again)),
        ("initializers of words", manifest_with(initializers=["all"]), (manifest, "initializers", again)),
        ("initializers null", manifest_with(initializers=None), (manifest, "initializers", again)),
        ("initializers odd", manifest_with(initializers=[{"name": 1}]), (manifest, "initializers", again)),
        ("versions a list", manifest_with(versions=[]), (manifest, "versions", again)),
        ("certificate a list", manifest_with(certificate=[]), (manifest, "certificate", again)),
        ("manifest a loop", replaced_by_a_loop("edgeinterp.json"), (manifest, "link", "expected")),
        ("manifest a folder", replaced_by_a_folder("edgeinterp.json"), (manifest, "is a folder", "expected")),
    ):
        yield Case(f"model: {fault}", RUN, says, make)
    yield from file_cases()
    yield from graph_cases()
    yield Case("model: nothing there", "check none --out out", ("none", "no such folder", "edgeinterp export"))
    yield Case("model: a file", "check model/config.json --out out", ("model/config.json", "not a folder", "expected"))
    yield Case("model: a loop", "check mine --out out", ("mine", "link", "expected"), a_loop("mine"))
    yield Case("model: too long a name", f"check {'x' * 300} --out out", ("xxx", "name", "expected"))
    yield Case("model: no name", "check '' --out out", ("model", "name", "folder"))


def source(edit: Callable[[Path], object]) -> Make:
    """Make ``source`` of what transformers reads; there is nothing but its configuration and tokenizer."""

    def make(folder: Path) -> None:
        (folder / "source").mkdir()
        for name in ("config.json", "tokenizer.json"):
            shutil.copy(folder / "model" / name, folder / "source" / name)
        edit(folder / "source")

    return make


def export_cases() -> Iterator[Case]:
    """Yield what can be wrong with what is exported."""
    onnx_file, given = "export --from-onnx model/model.onnx new --quiet", "export source new --quiet"
    for name, arguments, says, make in (
        ("nothing there", "export ./none new", ("./none", "no such file or folder", "hub id"), nothing),
        ("a model folder", "export model new --quiet", ("model", "is a model folder already", "export"), nothing),
        ("no configuration", given, ("source", "config.json", "expected"), lambda at: (at / "source").mkdir()),
        ("no weights", given, ("source", "cannot be loaded", "copy it again"), source(lambda at: at)),
        ("configuration cut", given, ("source/config.json", "not JSON", "copy it again"),
         source(lambda at: (at / "config.json").write_text("{"))),
        ("configuration without a type", given, ("source", "no model_type", "add", "bert"),
         source(lambda at: (at / "config.json").write_text("{}"))),
        ("configuration a list", given, ("source", "no model_type", "add", "bert"),
         source(lambda at: (at / "config.json").write_text("[]"))),
        ("configuration a pointer", given, ("source/config.json", "Git LFS", "git lfs pull"),
         source(lambda at: (at / "config.json").write_bytes(POINTER))),
        ("tokenizer a pointer", given, ("source/tokenizer.json", "Git LFS", "git lfs pull"),
         source(lambda at: (at / "tokenizer.json").write_bytes(POINTER))),
        ("weights a pointer", given, ("source/model.safetensors", "Git LFS", "git lfs pull"),
         source(lambda at: (at / "model.safetensors").write_bytes(POINTER))),
        ("older weights a pointer", given, ("source/pytorch_model.bin", "Git LFS", "git lfs pull"),
         source(lambda at: (at / "pytorch_model.bin").write_bytes(POINTER))),
        ("GGUF a pointer", "export mine.gguf new --quiet", ("mine.gguf", "Git LFS", "git lfs pull"),
         written("mine.gguf", POINTER)),
        ("ONNX a pointer", onnx_file, ("model/model.onnx", "Git LFS", "git lfs pull"),
         file_with("model.onnx", lambda _: POINTER)),
        ("ONNX, weights beside it a pointer", onnx_file, ("model/model.onnx_data", "Git LFS", "git lfs pull"),
         written("model/model.onnx_data", POINTER)),
        ("weights cut", given, ("source", "cannot be loaded", "copy it again"),
         source(lambda at: (at / "model.safetensors").write_bytes(b"\xff" * 100))),
        ("weights that are code", given, ("source", "cannot be loaded", "copy it again"),
         source(lambda at: (at / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR."))),
        ("code beside it", given, ("source", "cannot be loaded", "custom code"), source(with_code)),
        ("no GGUF", "export mine.gguf new --quiet", ("mine.gguf", "not a GGUF", "expected"), written("mine.gguf", "x")),
        ("GGUF cut", "export mine.gguf new --quiet", ("mine.gguf", "cut off", "8 bytes", "copy it again"),
         written("mine.gguf", b"GGUF\x03\0\0\0")),
        ("a loop", "export mine new --quiet", ("mine", "link", "expected"), a_loop("mine")),
        ("no name", "export '' new --quiet", ("source", "name"), nothing),
        ("no folder", "export model '' --quiet", ("folder", "name"), nothing),
        ("onto a file", f"{onnx_file[:-12]} mine", ("mine", "is a file", "expected"), written("mine", "")),
        ("onto others' files", f"{onnx_file[:-12]} mine", ("mine", "choose a new folder"),
         lambda at: ((at / "mine").mkdir(), written("mine/x", "")(at))),
        ("onto itself", "export --from-onnx model/model.onnx model", ("model", "holds the source", "another"), nothing),
        ("onto a loop", f"{onnx_file[:-12]} mine", ("mine", "link"), a_loop("mine")),
        ("other bits", "export model new --quantize int4", ("--quantize", "'int4'", "int8", "--help"), nothing),
        ("ONNX, quantised", f"{onnx_file} --quantize int8", ("--quantize", "leave it out"), nothing),
        ("tokenizer without ONNX", "export source new --tokenizer x", ("--tokenizer", "only with"), nothing),
        ("ONNX missing", "export --from-onnx none.onnx new", ("none.onnx", "no such file", "expected"), nothing),
        ("ONNX empty", "export --from-onnx mine new --quiet --tokenizer model", ("mine", "expected"),
         written("mine", "")),
        ("ONNX binary", "export --from-onnx mine new --quiet --tokenizer model", ("mine", "not a whole ONNX model"),
         written("mine", bytes(range(256)))),
        ("ONNX cut", onnx_file, ("model/model.onnx", "not a whole ONNX model"),
         file_with("model.onnx", lambda data: data[: len(data) // 2])),
        ("ONNX a loop", onnx_file, ("model/model.onnx", "link"), replaced_by_a_loop("model.onnx")),
        ("ONNX, no tokenizer", onnx_file, ("model.onnx", "tokenizer.json", "--tokenizer"), without("tokenizer.json")),
        ("ONNX, another tokenizer", onnx_file, ("tokenizer.json", "it is not this model's tokenizer"),
         json_with("tokenizer.json", other_words)),
        ("ONNX, broken tokenizer", onnx_file, ("model/tokenizer.json", "not a tokenizer"),
         file_with("tokenizer.json", lambda _: b"{}")),
        ("ONNX, tokenizer missing", f"{onnx_file} --tokenizer none.json", ("none.json", "no such file"), nothing),
        ("ONNX, broken configuration", onnx_file, ("model/config.json", "not JSON", "copy it again"),
         file_with("config.json", lambda _: b"{")),
        ("ONNX, newer opset", onnx_file, ("model/model.onnx", "opset"), graph_with(newer_opset)),
        ("ONNX, data elsewhere", onnx_file, ("model/model.onnx", "outside.bin"), keep_elsewhere("../outside.bin")),
    ):  # fmt: skip
        yield Case(f"export: {name}", arguments, says, make)


def with_code(folder: Path) -> None:
    """Put code beside the configuration, and the wish to run it into it."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "owned", "auto_map": {"AutoConfig": "code.Owned", "AutoModel": "code.Owned"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "code.py").write_text("open('owned', 'w').close()", encoding="utf-8")


def file_cases() -> Iterator[Case]:
    """Yield what can be wrong with one file of a model folder."""
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        path = f"model/{name}"
        for fault, make, says in (
            ("missing", without(name), ("no such file", "export the model again")),
            ("changed", file_with(name, lambda data: data + b" ", hashed=False), ("sha256", "export the model again")),
            ("cut, as by a full disk", file_with(name, lambda data: data[:-40], hashed=False), ("sha256", "again")),
            ("a loop", replaced_by_a_loop(name), ("link", "again")),
            ("a folder", replaced_by_a_folder(name), ("again",)),
            ("empty", file_with(name, lambda _: b""), ("again",)),
            ("cut", file_with(name, lambda data: data[: len(data) // 2]), ("again",)),
            ("binary", file_with(name, lambda _: bytes(range(256)) * 9), ("again",)),
            ("nested", file_with(name, lambda _: b"[" * 200_000), ("again",)),
            ("a pointer of Git LFS", file_with(name, lambda _: POINTER, hashed=False), ("Git LFS", "git lfs pull")),
        ):
            yield Case(f"model: {name} {fault}", RUN, (path, *says), make)
    lacking = json_with("tokenizer.json", lambda tokenizer: tokenizer.update(model=NO_UNKNOWN))
    yield Case("model: a tokenizer that lacks a token", RUN, ("model/tokenizer.json", "cannot cut", "again"), lacking)
    wrong = json_with("tokenizer.json", other_words)
    yield Case("model: another tokenizer", RUN, ("model/tokenizer.json", "it is not this model's tokenizer"), wrong)
    for fault, content in (("a list", b"[]"), ("of nothing", b"{}"), ("of numbers", b'{"model": 3}')):
        make = file_with("tokenizer.json", lambda _, content=content: content)  # type: ignore[misc]
        yield Case(f"model: tokenizer.json {fault}", RUN, ("model/tokenizer.json", "again"), make)
    elsewhere = manifest_with(files=dict.fromkeys(("model.onnx", "tokenizer.json", "config.json", "../x"), "0"))
    yield Case("model: a file elsewhere", RUN, ("edgeinterp.json", "'../x'", "not a file of the folder"), elsewhere)


def graph_cases() -> Iterator[Case]:
    """Yield what can be wrong with the graph."""
    path = "model/model.onnx"
    for fault, edit, says in (
        ("no attentions", no_output("attentions"), ("no output attentions.0", "edgeinterp export")),
        ("no hidden states", no_output("hidden_states"), ("no output hidden_states.0", "edgeinterp export")),
        ("a further input", a_further_input, ("pixels", "expected input_ids")),
        ("a newer opset", newer_opset, ("onnxruntime", "opset", "cannot open it", "upgrade")),
        ("a newer format", newer_format, ("onnxruntime", "cannot open it", "upgrade")),
        ("an unknown operator", unknown_operator, ("onnxruntime", "cannot open it", "again")),
    ):
        yield Case(f"graph: {fault}", RUN, (path, *says), graph_with(edit))
    for where in (os.path.abspath(os.sep) + "outside.bin", "../outside.bin", "a/../../outside.bin", "C:\\outside.bin"):
        yield Case(f"graph: data in {where}", RUN, (path, "outside.bin", "refused for safety"), keep_elsewhere(where))
    yield Case("graph: data a pointer", RUN, ("model/weights.bin", "Git LFS", "git lfs pull"), pointed_to)
    yield Case("graph: data missing", RUN, (path, "weights.bin is missing", "again"), keep_elsewhere("weights.bin"))


# ---- saved results


def result_text(edit: Callable[[str], str | bytes]) -> Make:
    """Change ``b.json``, a good result like ``a.json``."""

    def make(folder: Path) -> None:
        text = edit((folder / "b.json").read_text(encoding="utf-8"))
        (folder / "b.json").write_bytes(text if isinstance(text, bytes) else text.encode())

    return make


def result_with(place: str, value: Any) -> Make:
    """Set one place, such as ``checks.correspondence.layers``, of ``b.json``."""

    def edit(text: str) -> str:
        data = json.loads(text)
        *way, last = place.split(".")
        at = data
        for step in way:
            at = at[int(step) if step.isdigit() else step]
        at[int(last) if last.isdigit() else last] = value
        return json.dumps(data)

    return result_text(edit)


def result_cases() -> Iterator[Case]:
    """Yield what can be wrong with ``b.json``, compared to the good ``a.json``."""
    use, again = "compare a.json b.json --quiet --out out", "again"
    token = "checks.correspondence.layers.1.maps.linear.token"
    for fault, make, says in (
        ("empty", result_text(lambda _: ""), ("not JSON", "expected")),
        ("cut", result_text(lambda text: text[: len(text) // 2]), ("not JSON", "expected")),
        ("binary", result_text(lambda _: bytes(range(256))), ("not JSON", "expected")),
        ("UTF-16", result_text(lambda text: text.encode("utf-16")), ("not JSON", "expected")),
        ("nested", result_text(lambda _: "[" * 200_000), ("not JSON", "expected")),
        ("a list", result_text(lambda _: "[]"), ("schema", again)),
        ("of nothing", result_text(lambda _: '{"schema": 5}'), ("not a whole result.json", again)),
        ("of an earlier version", result_with("schema", 1), ("schema 1, expected 5", "run the check again")),
        ("another schema", result_with("schema", 7), ("schema 7", again)),
        ("a schema that is true", result_with("schema", True), ("schema true", again)),
        ("NaN", result_text(lambda text: text.replace('"alpha": 0.05', '"alpha": NaN')), ("NaN", again)),
        ("infinity", result_text(lambda text: text.replace('"alpha": 0.05', '"alpha": 1e999')), ("inf", again)),
        ("alpha a word", result_with("alpha", "small"), ("alpha", again)),
        ("seed a word", result_with("seed", "x"), ("seed", again)),
        ("seed a list", result_with("seed", [1]), ("seed", again)),
        ("checks a list", result_with("checks", []), ("checks", again)),
        ("checks null", result_with("checks", None), ("checks", again)),
        ("check a word", result_with("checks.correspondence", "fine"), ("correspondence", again)),
        ("check unknown", result_with("checks.novelty", {}), ("novelty", again)),
        ("layers a number", result_with("checks.correspondence.layers", 3), ("layers", again)),
        ("layers null", result_with("checks.correspondence.layers", None), ("layers", again)),
        ("layers odd", result_with("checks.correspondence.layers", [1]), ("layers", again)),
        ("layers gone", result_with("checks.correspondence.layers", []), ("b.json",)),
        ("a score a word", result_with(f"{token}.kappa", "high"), ("kappa", again)),
        ("an interval of one", result_with(f"{token}.ci", [0.5]), ("ci", again)),
        ("an interval of words", result_with(f"{token}.kappa_ci", ["a", "b"]), ("kappa_ci", again)),
        ("verdicts a word", result_with("verdicts", "good"), ("verdicts", again)),
        ("verdicts odd", result_with("verdicts", [3]), ("verdicts", again)),
        ("a verdict unknown", result_with("verdicts.0.verdict", "true"), ("verdict", again)),
        ("a layer a word", result_with("verdicts.0.attention_layer", "one"), ("attention_layer", again)),
        ("model null", result_with("model", None), ("model", again)),
        ("model a list", result_with("model", []), ("model", again)),
        ("device a word", result_with("device", "pi"), ("device", again)),
        ("texts a word", result_with("texts", "abc"), ("texts", again)),
        ("texts odd", result_with("texts", [{"hash": 3}]), ("texts", again)),
        ("scores odd", result_with("texts.0.scores", 5), ("scores", again)),
        ("scores of words", result_with("texts.0.scores.correspondence", {"linear": "x"}), ("scores", again)),
        ("scores short", result_with("texts.0.scores.correspondence.linear", [1]), ("contents disagree", again)),
        ("settings a list", result_with("settings", []), ("settings", again)),
        ("notes a number", result_with("notes", 3), ("notes", again)),
        ("other settings", result_with("alpha", 0.01), ("different settings", "alpha", "run one of them again")),
        ("a loop", lambda at: ((at / "b.json").unlink(), a_loop("b.json")(at)), ("link", "expected")),
        ("missing", lambda at: (at / "b.json").unlink(), ("b.json",)),
        (
            "a manifest",
            written("b.json", '{"schema": 1, "source": "x"}'),
            ("schema 1, expected 5", "run the check again"),
        ),
    ):
        name = () if fault == "other settings" else ("b.json",)
        yield Case(f"result: {fault}", use, (*name, *says), make)
    yield Case("result: beside a model", "compare a.json model --out out", ("a.json", "model", "two model folders"))
    yield Case("result: with texts", "compare a.json a.json --texts x --out out", ("texts", "model folders"))
    yield Case("result: activations", "compare a.json a.json --only activations", ("activations", "two model folders"))
    yield Case(
        "result: another check", "compare a.json a.json --only influence", ("none of influence in common", "run")
    )
