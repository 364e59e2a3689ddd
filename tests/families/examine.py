"""What one family does: exported, run, compared with PyTorch, checked. The table and the tests both read it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei
from edgeinterp.checks.run import CHECKS
from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export
from edgeinterp.inputs.norms import Norms, default_pair_norms
from edgeinterp.inputs.texts import default_texts
from edgeinterp.model.activations import EncodedText
from edgeinterp.model.manifest import Manifest
from edgeinterp.model.model import Model
from edgeinterp.model.random_model import RandomModelError, load_random
from edgeinterp.results.result import Result

from .models import Family, save_family

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch
    import transformers

# one token and the longest of all in one batch; characters that no tokenizer was trained on
TEXTS = [
    "a",
    "The robin is a small bird.",
    "naïve façade, 日本 \U0001f600 and  two spaces",
    "She had been a friend and companion such as few possessed, intelligent, well-informed, useful, gentle. " * 3,
    "It was a truth universally acknowledged " * 20,
]


@dataclass
class Examined:
    """What was found.

    Attributes
    ----------
    refused : str
        Why it was not exported; empty where it was.
    hidden_states, attentions : float
        Largest difference from PyTorch over texts alone and in one padded batch, relative to the output's largest
        value.
    outputs : dict of output name to float
        The same, one by one.
    random_model : str
        Empty where the control works, else why not.
    """

    family: Family
    source: Path
    folder: Path
    refused: str = ""
    manifest: Manifest | None = None
    outputs: dict[str, float] = field(default_factory=dict)
    random_model: str = ""

    @property
    def hidden_states(self) -> float:
        return max(value for name, value in self.outputs.items() if name.startswith("hidden_states"))

    @property
    def attentions(self) -> float:
        return max(value for name, value in self.outputs.items() if name.startswith("attentions"))

    def model(self) -> Model:
        return ei.load(self.folder, threads=1)


def examine(family: Family, root: Path) -> Examined:
    """Save, export, compare with PyTorch and try the random model."""
    found = Examined(family, root / "source", root / "folder")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save_family(family, found.source)
    try:
        found.manifest = export(found.source, found.folder)
    except InputError as error:
        found.refused = str(error).removeprefix(f"{found.source}: ")
        return found
    model = found.model()
    found.outputs = differences(model, torch_model(found.source))
    try:
        load_random(model, seed=0)
    except RandomModelError as error:
        found.random_model = error.reason
    return found


def torch_model(source: Path) -> Any:
    """Return the saved model in evaluation mode, with the attention that gives maps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside of transformers
        model = transformers.AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    return model.get_encoder() if model.config.is_encoder_decoder else model


def in_torch(model: Any, text: EncodedText) -> tuple[list[Any], list[Any]]:
    """Return what transformers gives for a text on its own, given nothing but its tokens."""
    ids = torch.from_numpy(text.ids.astype(np.int64))[None]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = model(input_ids=ids, output_hidden_states=True, output_attentions=True, return_dict=True)
    return [part[0].numpy() for part in answer.hidden_states], [part[0].numpy() for part in answer.attentions]


def activations(
    model: Model, texts: Sequence[EncodedText], batch: int
) -> Iterator[tuple[int, list[NDArray[np.float32]], list[NDArray[np.float32]]]]:
    """Yield index, hidden states and attentions of each text."""
    layers = model.manifest.layers
    for part in model.activations(texts, range(layers + 1), range(1, layers + 1), batch):
        ends = np.cumsum(part.lengths)
        for place, index in enumerate(part.texts):
            rows = slice(ends[place] - part.lengths[place], ends[place])
            yield index, [states[rows] for states in part.hidden_states], [maps[place] for maps in part.attentions]


def differences(model: Model, reference: Any) -> dict[str, float]:
    """Compare every output of texts alone and in a padded batch with PyTorch's of each text alone."""
    texts = model.encode(TEXTS)
    expected = [in_torch(reference, text) for text in texts]
    worst: dict[str, float] = {}
    for batch in (1, len(texts)):
        for index, hidden, maps in activations(model, texts, batch):
            for kind, found, want in zip(("hidden_states", "attentions"), (hidden, maps), expected[index], strict=True):
                for layer, (mine, theirs) in enumerate(zip(found, want, strict=True)):
                    assert mine.shape == theirs.shape
                    difference = float(np.abs(mine - theirs).max() / np.abs(theirs).max())
                    name = f"{kind}.{layer}"
                    worst[name] = max(worst.get(name, 0.0), difference)
    return worst


def check_all(model: Model) -> dict[str, Result]:
    """Run every check that there is on few texts, few words and few permutations."""
    texts = [text for text in default_texts() if len(text) < 150][:40]
    pairs = ei.default_pairs()
    some = sorted(set(pairs.categories))[::5]
    nth: Counter[tuple[str, str]] = Counter()
    rows = []
    for row, kind in enumerate(zip(pairs.categories, pairs.relations, strict=True)):
        nth[kind] += 1
        if nth[kind] <= 2 and kind[0] in some:
            rows.append(row)
    norms = default_pair_norms()
    # of the first categories of pairs
    words = dict.fromkeys(word for row in rows for word in (pairs.word1[row], pairs.word2[row]))
    known = [norms.words.index(word) for word in words if word in norms.words][:40]
    names = [norms.words[i] for i in known]
    given: dict[str, Any] = {
        "norms": Norms(names, names, norms.features, norms.values[known]),
        "pairs": pairs.part(rows),
        "n_permutations": 9,
        "max_tokens": 40,
        "threads": 1,
    }
    return {name: ei.check(model, texts, only=[name], **given) for name in CHECKS}
