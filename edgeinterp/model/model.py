"""Run a model folder in onnxruntime as a stream of activations."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.arguments import file_name, whole_number
from ..runtime.counting import counted
from ..runtime.sequences import as_sequence, text_list
from ..runtime.threads import thread_count
from .activations import Activations, EncodedText, Floats, Integers, packed
from .files import OpenTokenizer, check_files, open_session, tokenized, vocabulary_size
from .manifest import Manifest, read_manifest
from .outputs import Fixed, Outputs
from .token_spans import own_spans

__all__ = ["Model", "load"]

OUTPUT_BYTES = 32 << 20
# batches of outputs in the queue: consumers work in bursts, during which the model should not stand still
AHEAD_BYTES = 4 << 20
DEFAULT_BATCH = 8
# tokens of a batch, padding included, or one text: products gain nothing from more rows, and attention over more leaves
# the caches
BATCH_TOKENS = 128
# where texts run one by one, batches are only handed on together: less work of Python's between passes
TOKENS_OF_ONE_BY_ONE = 64
# the tokenizer's own record of a text is some ten times as large as its ids
ENCODED_AT_ONCE = 256
# shared arrays of special tokens' places
MOST_MASKS = 4096
KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "decoder_input_ids")


def load(folder: str | Path, threads: int | None = None) -> Model:
    """Open a model folder; ``edgeinterp.load``, which takes ONNX files too, has the arguments and errors."""
    return Model(file_name("model", folder), threads)


class Model(Outputs):
    """An exported model and its tokenizer, ready to run; ``load`` makes one. Threads may share it.

    Attributes
    ----------
    folder : Path
    manifest : Manifest
    threads : int
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        threads = thread_count(threads)
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self.threads = threads
        check_files(folder, self.manifest)
        self._own_tokenizer = OpenTokenizer(folder)
        self._special_ids = self._own_tokenizer.special_ids
        self._vocabulary = vocabulary_size(folder)
        self._session = open_session(folder / "model.onnx", self.threads // self._workers)
        self._fixed = Fixed()
        self._check_graph()

    def _check_graph(self) -> None:
        path = self.folder / "model.onnx"
        inputs = {item.name for item in self._session.get_inputs()}
        unknown = sorted(inputs - set(KNOWN_INPUTS))
        if unknown or "input_ids" not in inputs:
            raise InputError(f"{path}: inputs {sorted(inputs)}, expected input_ids and at most {KNOWN_INPUTS[1:]}")
        outputs = {item.name: item.shape for item in self._session.get_outputs()}
        layers = self.manifest.layers
        wanted = [f"hidden_states.{i}" for i in range(layers + 1)] + [f"attentions.{i}" for i in range(layers)]
        missing = [name for name in wanted if name not in outputs]
        if missing:
            raise InputError(f"{path}: has no output {missing[0]}; make the folder with `edgeinterp export`")
        if f"attentions.{layers}" in outputs:
            has = f"has more than the {counted(layers, 'layer')} of edgeinterp.json"
            raise InputError(f"{path}: {has}; export the model again")
        width = outputs["hidden_states.0"][-1]
        if isinstance(width, int) and width != self.manifest.hidden_size:
            raise InputError(
                f"{path}: hidden size {width}, edgeinterp.json says {self.manifest.hidden_size}; export again"
            )
        heads = outputs["attentions.0"][1] if len(outputs["attentions.0"]) == 4 else None
        if isinstance(heads, int) and heads != self.manifest.heads:
            raise InputError(
                f"{path}: {counted(heads, 'head')}, edgeinterp.json says {self.manifest.heads}; export the model again"
            )
        for name in self._further_outputs():
            if name not in outputs:
                raise InputError(
                    f"{path}: has no output {name}, which edgeinterp.json tells of; export the model again"
                )
        self._inputs = inputs

    def _further_outputs(self) -> list[str]:
        """Name outputs beside readings that the graph has by the manifest."""
        manifest = self.manifest
        names = [manifest.head] if manifest.head else []
        if manifest.decoder_start_token_id is not None:
            names.append("cross_attentions.0")
        if manifest.block is not None:
            kinds = ("values", *(["norms"] if manifest.block.norm else []))
            names += [f"{kind}.{manifest.layers - 1}" for kind in kinds]
        return names

    @property
    def _alone(self) -> bool:
        """Tell whether texts of a batch run one by one: with dynamic quantisation, each would depend on the others."""
        return self.manifest.quantization in ("int8", "int8 fp16")

    @property
    def _workers(self) -> int:
        """Count the batches that run in parallel: a single text leaves little to share between threads."""
        return self.threads if self._alone else 1

    @property
    def _tokenizer(self) -> Any:
        return self._own_tokenizer.library()

    def rest_tokenizer(self) -> None:
        """Free the tokenizer (16 MB for 30,000 tokens) until it is needed again."""
        self._own_tokenizer.rest()

    @property
    def sha256(self) -> str:
        """Return the hash of ``model.onnx`` and of external weights (``Manifest.model_sha256``)."""
        return self.manifest.model_sha256

    def token_strings(self, ids: Sequence[int]) -> list[str]:
        """Return the tokenizer's names of ids."""
        return [self._tokenizer.id_to_token(int(token)) or str(token) for token in ids]

    def token_ids(self, names: Sequence[str]) -> list[int]:
        """Return the ids of those names that are special tokens of the tokenizer and known to the model."""
        found = [self._tokenizer.token_to_id(name) for name in as_sequence(names)]
        special = set(self._special_ids.tolist())
        most = self._vocabulary or 1 << 31
        return [index for index in found if index is not None and index in special and index < most]

    @property
    def unknown_id(self) -> int | None:
        """Return the id of the unknown token; None where there is none."""
        return self._own_tokenizer.unknown_id

    def token_spans(self, texts: Iterable[str], max_tokens: int = 256) -> list[Integers]:
        """Return each token's characters in its text: (tokens, 2), first character and one past the last.

        Spans exclude spaces at either end. Tokens that the tokenizer adds have an empty span, and so have tokens for
        space alone. Where a character takes several tokens, each has its span.
        """
        texts = text_list(texts)
        self.encode(texts[:1], max_tokens)  # reports where the limit is unusable
        with self._own_tokenizer.cutting(self._limit(max_tokens)) as tokenizer:
            return own_spans(tokenizer, texts, tokenized(tokenizer, texts, self.folder))

    def encode(self, texts: Iterable[str], max_tokens: int = 256) -> list[EncodedText]:
        """Tokenize texts; longer ones are cut to ``max_tokens`` (or the model's own limit), special tokens included.

        Parameters
        ----------
        texts : iterable of str, or str
            A list, Series, array, generator ...; a bare string is one text.
        max_tokens : int
            At least 1.

        Returns
        -------
        list of EncodedText
            One per text, in the same order; a text may have no token.

        Raises
        ------
        InputError
            Where a text is no string (the message gives its number, from 1), or the tokenizer returns an id unknown to
            the model.
        """
        texts = text_list(texts)
        limit = self._limit(max_tokens)
        encoded: list[EncodedText] = []
        # most texts of a length have their special tokens at the same places: one array for all of them
        masks: dict[bytes, NDArray[np.bool_]] = {}
        for first in range(0, len(texts), ENCODED_AT_ONCE):
            some = texts[first : first + ENCODED_AT_ONCE]
            with self._own_tokenizer.cutting(limit) as tokenizer:
                encodings = tokenized(tokenizer, some, self.folder)
            ids = [np.array(encoding.ids, dtype=np.int32) for encoding in encodings]
            named = np.isin(np.concatenate(ids), self._special_ids)
            ends = np.cumsum([own.size for own in ids])
            for text, encoding, own, end in zip(some, encodings, ids, ends, strict=True):
                self._refuse(own, limit)
                special = np.array(encoding.special_tokens_mask, dtype=bool) | named[end - own.size : end]
                if len(masks) < MOST_MASKS:
                    special = masks.setdefault(special.tobytes(), special)
                    special.setflags(write=False)
                types = np.array(encoding.type_ids, dtype=np.int32)
                kept = types if types.any() else None
                encoded.append(EncodedText(own, kept, special, bool(encoding.overflowing), text))
        return encoded

    def _limit(self, max_tokens: int) -> int:
        """Return the number of tokens that texts are cut to."""
        max_tokens = whole_number("max-tokens", max_tokens, 1, example=256)
        return min(max_tokens, self.manifest.max_positions or max_tokens)

    def _refuse(self, ids: Integers, limit: int) -> None:
        """Refuse ids that the model does not accept."""
        if ids.size > limit:
            # the library does not cut a text where special tokens leave no room
            raise InputError(f"max-tokens {limit}: too few beside this tokenizer's special tokens; give more")
        if self._vocabulary and ids.size and int(ids.max()) >= self._vocabulary:
            raise InputError(
                f"{self.folder / 'tokenizer.json'}: gives id {ids.max()}, but the model knows "
                f"{counted(self._vocabulary, 'id')}; it is not this model's tokenizer"
            )

    def activations(
        self,
        texts: Sequence[EncodedText],
        hidden_states: Sequence[int] = (),
        attentions: Sequence[int] = (),
        batch: int | None = None,
    ) -> Iterator[Activations]:
        """Run texts in the order given, batch by batch; only requested outputs are computed to the end.

        Parameters
        ----------
        texts : sequence of EncodedText
            Sort them by length to avoid padding. Texts without tokens are skipped.
        hidden_states : sequence of int
            Hidden states among 0..L.
        attentions : sequence of int
            Attention layers among 1..L.
        batch : int, optional
            Most texts in a batch (by default 8, of 128 tokens in all). Texts of models quantised dynamically always run
            one by one, because a text's numbers would depend on the others. The outputs of a batch stay under 32 MB,
            or one text.

        Yields
        ------
        Activations
        """
        from concurrent.futures import Future, ThreadPoolExecutor

        names = [f"hidden_states.{i}" for i in hidden_states] + [f"attentions.{i - 1}" for i in attentions]

        def run(group: list[int]) -> Activations:
            chosen = [texts[index] for index in group]
            together = [[text] for text in chosen] if self._alone else [chosen]
            outputs = [self._run(some, names) for some in together]
            return packed(chosen, group, outputs, len(hidden_states))

        # while one batch is processed, the next ones run; they come back in order
        under_way: deque[Future[Activations]] = deque()
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                for group in self._batches(texts, len(hidden_states), len(attentions), batch):
                    size = len(group) * self._row_bytes(texts[group[-1]].ids.size, len(hidden_states), len(attentions))
                    under_way.append(pool.submit(run, group))
                    if len(under_way) > max(self._workers, AHEAD_BYTES // max(1, size)):
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                for waiting in under_way:
                    waiting.cancel()

    def _batches(
        self, texts: Sequence[EncodedText], hidden_states: int, attentions: int, batch: int | None
    ) -> Iterator[list[int]]:
        batch = None if batch is None else whole_number("batch", batch, 1)
        most, tokens = batch or DEFAULT_BATCH, BATCH_TOKENS if batch is None else sys.maxsize
        if self._alone:
            most, tokens = min(most, DEFAULT_BATCH), TOKENS_OF_ONE_BY_ONE
        padded = self._alone or (self.manifest.padding_neutral and "attention_mask" in self._inputs)
        group: list[int] = []
        longest = 0
        for index, text in enumerate(texts):
            size = text.ids.size
            if not size:
                continue
            longest = max(longest, size)
            row = self._row_bytes(longest, hidden_states, attentions)
            uneven = group and not padded and texts[group[0]].ids.size != size
            full = len(group) == most or longest * (len(group) + 1) > tokens or row * (len(group) + 1) > OUTPUT_BYTES
            if group and (full or uneven):
                yield group
                group, longest = [], size
            group.append(index)
        if group:
            yield group

    def _row_bytes(self, tokens: int, hidden_states: int, attentions: int) -> int:
        """Return the size of one text's requested outputs."""
        width, heads = self.manifest.hidden_size, self.manifest.heads
        return 4 * (hidden_states * tokens * width + attentions * heads * tokens**2)

    def cross_attentions(self, text: EncodedText, target: str | Sequence[int]) -> list[Floats]:
        """Return the attention that a decoder pays to ``text`` while it reads ``target``, by layer of the decoder.

        Each of shape (heads, tokens of the target + 1, tokens of the text); row 0 is the token that every target begins
        with.

        Parameters
        ----------
        text : EncodedText
        target : str or sequence of int
            As a string it is cut into tokens as any text is. Where the tokenizer marks targets in another way than
            sources (a language's code), give the ids.

        Raises
        ------
        InputError
            Where the model folder has no decoder, or the target is too long.
        """
        start = self.manifest.decoder_start_token_id
        if start is None:
            raise InputError(
                f"{self.folder}: has no decoder; export an encoder-decoder with --task translation or summarization"
            )
        longest = (self.manifest.max_positions or 1 << 20) - 1
        ids = self.encode([target], longest + 1)[0].ids if isinstance(target, str) else self._checked(target)
        if ids.size > longest:
            raise InputError(f"the target has more than {counted(longest, 'token')}; give a shorter one")
        names = [item.name for item in self._session.get_outputs() if item.name.startswith("cross_attentions.")]
        return [found[0] for found in self._run([text], names, np.r_[start, ids])]
