"""Every reader of files, and valid files to start from: a value or an InputError, whatever the bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import edgeinterp as ei
from edgeinterp.comparing.result import load_comparison
from edgeinterp.comparing.run import compare
from edgeinterp.inputs.templates import template_lines
from edgeinterp.inputs.texts import read_texts
from edgeinterp.model.files import OpenTokenizer, tokenized, vocabulary_size
from edgeinterp.model.manifest import FILE_NAME, read_manifest
from edgeinterp.model.onnx_file import read_onnx
from edgeinterp.results.result import load_result
from edgeinterp_models import default_model_folder

__all__ = ["READERS", "Reader", "tried"]


@dataclass(frozen=True)
class Reader:
    """``read`` is given a file called ``name`` with any content; ``seeds`` are valid ones."""

    name: str
    read: Callable[[Path], object]
    seeds: list[bytes] = field(default_factory=list)


def tried(reader: Reader, folder: Path, data: bytes) -> object:
    """Read these bytes; InputError is an answer like any other, as long as it is one line."""
    path = folder / reader.name
    path.write_bytes(data)
    try:
        return reader.read(path)
    except ei.InputError as error:
        message = str(error)
        assert message.isprintable()
        assert message
        return None


def _text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _manifest() -> bytes:
    data = json.loads((default_model_folder() / FILE_NAME).read_text(encoding="utf-8"))
    data["initializers"] = data["initializers"][:2]
    return json.dumps(data).encode()


def _tokenizer() -> bytes:
    words = {"[UNK]": 0, "the": 1, "cat": 2}
    model = {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"}
    return json.dumps({"version": "1.0", "model": model, "added_tokens": []}).encode()


def _graph() -> bytes:
    # a graph of one initializer, written out: this module needs no onnx
    tensor = b"\x08\x02\x10\x01\x42\x01w\x4a\x08" + bytes(8)
    far = b"\x08\x02\x10\x01\x42\x01v\x6a\x0d\x0a\x08location\x12\x01x\x70\x01"
    node = b"\x0a\x01w\x12\x01y\x22\x08Identity"
    graph = b"".join(tag + bytes([len(part)]) + part for tag, part in ((b"\x0a", node), (b"\x2a", tensor)))
    graph += b"\x5a\x03\x0a\x01x\x62\x03\x0a\x01y" + b"\x2a" + bytes([len(far)]) + far
    return b"\x08\x08\x3a" + bytes([len(graph)]) + graph


def _result() -> bytes:
    texts = ["The cat sat on the mat in the warm hall of the house."] * 2 + ["A dog ate all of the cake on the plate."]
    data = ei.check(texts=texts, only=["correspondence"], n_permutations=9).to_dict()
    data["checks"]["correspondence"]["layers"] = data["checks"]["correspondence"]["layers"][:3]
    data["verdicts"] = data["verdicts"][:2]
    return json.dumps(data).encode()


def _compared(path: Path) -> object:
    good = path.parent / "good.json"
    if not good.exists():
        shutil.copy(path, good)
    load_result(path)
    return compare(path, path)


def _whole_manifest(path: Path) -> object:
    return read_manifest(path.parent)


def _all_of_tokenizer(path: Path) -> Any:
    return tokenized(OpenTokenizer(path.parent).library(), ["the cat sat"], path.parent)[0].ids


NORMS = [
    _text("concept,fur,legs", "cat,1,4", "bat_(animal),0.5,", "cat,2,4"),
    _text("concept\tfeature\tvalue", "cat\tfur\t3", "dog\tlegs\t4"),
    _text("Concept\tFeature\tBR_Label\tProd_Freq", "cat\thas_fur\tx\t9"),
    _text("concept\tfeature\tpf", "cat\tfur\t12"),
    _text("Vectors\tfur\tlegs", "cat\t3\t4"),
    _text("cue,feature,translated,frequency_translated,n,normalized_translated", "cat,furry,fur,3,30,10"),
    _text("concept,feature,root,frequency", "cat,furry,fur,3", "cat,furs,fur,4"),
    _text("Unnamed: 0,word,fur,legs", "0,cat,1,4", "1,dog,2,4"),
    _text('"word"\t"fur"', '"1"\t"cat"\t3', '"2"\t"dog"\t2'),
    _text("Word,Auditory.mean,Visual.mean", "CAT,1.5,4.2"),
]

READERS = {
    "texts": Reader("a.txt", read_texts, [_text("One text.", "Another."), "\ufeffa\r\nb".encode()]),
    "texts, csv": Reader("a.csv", read_texts, [_text("id,text", '1,"a ""b"""', "2,c")]),
    "texts, tsv": Reader("a.tsv", read_texts, [_text("id\ttext", '1\ta "b', "2\tc")]),
    "texts, R": Reader("a.tsv", read_texts, [_text('"id"\t"text"', '"1"\t7\t"a \\"b\\""', '"2"\t8\t"c"')]),
    "texts, own column": Reader("a.csv", lambda path: read_texts(path, text_column="Body"), [_text("id,body", "1,a")]),
    "texts, json": Reader(
        "a.json", read_texts, [b'["a", {"text": "b\\u00e9", "n": 1}]', _text('{"text": "a"}', '{"Text": "b"}')]
    ),
    "texts, jsonl": Reader("a.jsonl", read_texts, [_text('{"text": "a"}', '{"text": "b\\u00e9", "n": 1}')]),
    "templates": Reader("a.txt", template_lines, [_text("The {} is.", "A {1} is a {2}.", "an X")]),
    "pairs": Reader(
        "a.csv", ei.read_pairs, [_text("word1,word2,relation,category", "cat,animal,hyper,", "a,b,coord,x")]
    ),
    "pairs, tsv": Reader(
        "a.tsv", ei.read_pairs, [_text("word1\tword2\trelation", "cat\tanimal\thyper", "a\tb\tcoord")]
    ),
    "pairs, texts": Reader(
        "a.tsv",
        ei.read_pairs,
        [_text("word1\tword2\trelation\ttext\tstart1", "cat\tmat\ton\ta cat\t2", "a\tb\tc\ta b\t")],
    ),
    "pairs, trees": Reader(
        "a.conllu",
        ei.read_pairs,
        [
            _text(
                "# text = Dogs of men bark",
                "1\tDogs\tdog\tNOUN\t_\t_\t4\tnsubj\t_\t_",
                "2\tof\t_\tADP\t_\t_\t3\tcase\t_\t_",
                "3\tmen\tman\tNOUN\t_\t_\t1\tnmod\t_\t_",
                "4\tbark\tbark\tVERB\t_\t_\t0\troot\t_\t_",
            )
        ],
    ),
    "norms": Reader("a.csv", ei.read_norms, [seed for seed in NORMS if b"\t" not in seed]),
    "norms, dat": Reader("a.dat", ei.read_norms, NORMS),
    "manifest": Reader(FILE_NAME, _whole_manifest, [_manifest()]),
    "configuration": Reader("config.json", lambda path: vocabulary_size(path.parent), [b'{"vocab_size": 30522}']),
    "tokenizer": Reader("tokenizer.json", _all_of_tokenizer, [_tokenizer()]),
    "graph": Reader("model.onnx", read_onnx, [_graph()]),
    "result": Reader("result.json", _compared, []),
    "comparison": Reader("comparison.json", load_comparison, []),
}


def filled(name: str) -> Reader:
    """Return a reader with its seeds; those of results take a run, so they are made when they are asked for."""
    reader = READERS[name]
    if name == "result" and not reader.seeds:
        reader.seeds.append(_result())
    if name == "comparison" and not reader.seeds:
        result = ei.Result.from_dict(json.loads(filled("result").seeds[0]))
        reader.seeds.append(json.dumps(compare(result, result).to_dict()).encode())
    return reader
