"""edgeinterp tests which readings of a transformer's attention maps and hidden states can be believed.

Check a model folder::

    check(model, texts)            run the checks; returns a Result with a Verdict for each claim
    compare(a, b)                  compare the readings of two builds of one model
    export(source, folder)         make a model folder (needs the extra ``export``)
    load(folder)                   open a model folder, to use it several times
    bench(model), doctor(model)    measure this device; find what would be slow or fail here

Use a result::

    result.verdicts                every claim, its verdict and its numbers
    result.to_rows(), to_frame()   the same, as a table
    explain(model, texts, licence=result)    texts, token by token, by what holds on this model
    require(model, needs)          does it meet the needs of a use? needs.toml, or a profile
    judge(model, scores)           do scores of SHAP, LIME or any tool order tokens by their effect?
    draw_attention(model, text, result)      one text's attention, with what may not be read of it greyed
    licence(result)                the verdict on reading each attention layer token to token
    result.save(path), load_result(path), load_comparison(path), write_html(result, path)

Check plain arrays from your own runtime (examples/ has a program for each check)::

    correspondence(hidden_states, token_ids, lengths), Correspondence(), swapped_copies(...)
    influence(hidden_states, replaced_hidden_states, attentions, positions, lengths), replaced_copies(...), rollout(...)
    relations(features, labels, groups), pair_features(attentions, spans, token_ids)
    hybrid(features, labels, groups, words, word_states, norms)
    properties(X_layers, Y), PermutationRidge()
    readings(model, text), readings_from_arrays(attentions, values, ...)
    judge_from_arrays(scores, effects)
    leave_out_heads(model, texts)  what changes without some heads, and do readings know which matter?
    random_model(model)            a model with random weights, for the control of that name
    half(token_ids, seed), content_key(token_ids, seed), swap_positions(token_ids, mask, seed)

Load data: default_texts(), default_pairs(), default_norms(); read_texts(path), read_pairs(path), read_norms(path),
pairs_from_conllu(path).

``random_state`` is an int, a NumPy generator or None, as in scikit-learn. Unusable input raises InputError, a
ValueError with a one-line message. Names are imported on first use, so ``import edgeinterp`` stays cheap.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from ._version import __version__

# onnxruntime's official builds report their use to Microsoft, and keep an identifier for it in the user's cache;
# edgeinterp turns that off unless the user says otherwise (ORT_DISABLE_TELEMETRY=0)
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from .benchmark.doctor import Diagnosis, doctor
    from .benchmark.result import BenchResult
    from .benchmark.run import bench
    from .checks.correspondence.arrays import correspondence
    from .checks.correspondence.blocks import SwappedText
    from .checks.correspondence.stream import Correspondence
    from .checks.correspondence.swapping import SwappedCopy, swapped_copies
    from .checks.hybrid.hybrid import hybrid
    from .checks.influence.influence import influence, rollout
    from .checks.influence.sample import ReplacedCopies, replaced_copies
    from .checks.judge.arrays import judge_from_arrays
    from .checks.judge.judging import judge
    from .checks.missing import Missing
    from .checks.output.explaining import explain
    from .checks.output.heads import leave_out_heads
    from .checks.properties.properties import properties
    from .checks.relations.pair_features import PairFeatures, pair_features
    from .checks.relations.relations import relations
    from .checks.run import check
    from .checks.text_readings import readings, readings_from_arrays
    from .comparing.result import Comparison, load_comparison
    from .comparing.run import compare
    from .errors import InputError
    from .exporting.export import export
    from .exporting.opening import load
    from .inputs.norms import Norms, default_norms, read_norms
    from .inputs.pairs import Pairs, default_pairs, pairs_from_conllu, read_pairs
    from .inputs.texts import default_texts, read_texts
    from .model.model import Model
    from .model.random_model import RandomModel, random_model
    from .regression.estimator import PermutationRidge
    from .report import write_html
    from .report.attention import AttentionDrawing, draw_attention
    from .requirements.result import Requirements
    from .requirements.run import require
    from .results.correspondence.result import CorrespondenceResult
    from .results.explanation import Explanation
    from .results.heads import HeadsResult
    from .results.hybrid.result import HybridResult
    from .results.influence.result import InfluenceResult
    from .results.judge.result import JudgeResult
    from .results.licence import licence
    from .results.properties.result import PropertiesResult
    from .results.relations.result import RelationsResult
    from .results.result import Result, load_result
    from .results.shared import Verdict
    from .statistics.content import content_key, half, swap_positions

__all__ = [
    "AttentionDrawing",
    "BenchResult",
    "Comparison",
    "Correspondence",
    "CorrespondenceResult",
    "Diagnosis",
    "Explanation",
    "HeadsResult",
    "HybridResult",
    "InfluenceResult",
    "InputError",
    "JudgeResult",
    "Missing",
    "Model",
    "Norms",
    "PairFeatures",
    "Pairs",
    "PermutationRidge",
    "PropertiesResult",
    "RandomModel",
    "RelationsResult",
    "ReplacedCopies",
    "Requirements",
    "Result",
    "SwappedCopy",
    "SwappedText",
    "Verdict",
    "__version__",
    "bench",
    "check",
    "compare",
    "content_key",
    "correspondence",
    "default_norms",
    "default_pairs",
    "default_texts",
    "doctor",
    "draw_attention",
    "explain",
    "export",
    "half",
    "hybrid",
    "influence",
    "judge",
    "judge_from_arrays",
    "leave_out_heads",
    "licence",
    "load",
    "load_comparison",
    "load_result",
    "pair_features",
    "pairs_from_conllu",
    "properties",
    "random_model",
    "read_norms",
    "read_pairs",
    "read_texts",
    "readings",
    "readings_from_arrays",
    "relations",
    "replaced_copies",
    "require",
    "rollout",
    "swap_positions",
    "swapped_copies",
    "write_html",
]

# module that defines each name
_HOMES = {
    "Diagnosis": "benchmark.doctor",
    "doctor": "benchmark.doctor",
    "BenchResult": "benchmark.result",
    "bench": "benchmark.run",
    "readings": "checks.text_readings",
    "readings_from_arrays": "checks.text_readings",
    "correspondence": "checks.correspondence.arrays",
    "SwappedText": "checks.correspondence.blocks",
    "Correspondence": "checks.correspondence.stream",
    "SwappedCopy": "checks.correspondence.swapping",
    "swapped_copies": "checks.correspondence.swapping",
    "ReplacedCopies": "checks.influence.sample",
    "replaced_copies": "checks.influence.sample",
    "influence": "checks.influence.influence",
    "rollout": "checks.influence.influence",
    "judge": "checks.judge.judging",
    "judge_from_arrays": "checks.judge.arrays",
    "properties": "checks.properties.properties",
    "Missing": "checks.missing",
    "PairFeatures": "checks.relations.pair_features",
    "pair_features": "checks.relations.pair_features",
    "hybrid": "checks.hybrid.hybrid",
    "relations": "checks.relations.relations",
    "check": "checks.run",
    "explain": "checks.output.explaining",
    "leave_out_heads": "checks.output.heads",
    "Explanation": "results.explanation",
    "HeadsResult": "results.heads",
    "Comparison": "comparing.result",
    "load_comparison": "comparing.result",
    "compare": "comparing.run",
    "InputError": "errors",
    "export": "exporting.export",
    "Norms": "inputs.norms",
    "default_norms": "inputs.norms",
    "read_norms": "inputs.norms",
    "Pairs": "inputs.pairs",
    "default_pairs": "inputs.pairs",
    "pairs_from_conllu": "inputs.pairs",
    "read_pairs": "inputs.pairs",
    "default_texts": "inputs.texts",
    "read_texts": "inputs.texts",
    "Model": "model.model",
    "load": "exporting.opening",
    "RandomModel": "model.random_model",
    "random_model": "model.random_model",
    "PermutationRidge": "regression.estimator",
    "Requirements": "requirements.result",
    "require": "requirements.run",
    "write_html": "report",
    "AttentionDrawing": "report.attention",
    "draw_attention": "report.attention",
    "CorrespondenceResult": "results.correspondence.result",
    "InfluenceResult": "results.influence.result",
    "JudgeResult": "results.judge.result",
    "licence": "results.licence",
    "PropertiesResult": "results.properties.result",
    "HybridResult": "results.hybrid.result",
    "RelationsResult": "results.relations.result",
    "Result": "results.result",
    "load_result": "results.result",
    "Verdict": "results.shared",
    "content_key": "statistics.content",
    "half": "statistics.content",
    "swap_positions": "statistics.content",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
