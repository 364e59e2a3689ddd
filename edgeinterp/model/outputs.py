"""What a graph gives besides activations: pooled vectors and logits, steps, values of attention."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..reading.blocks import AttentionBlock, block_of
from ..runtime.counting import counted
from .activations import EncodedText, Floats, Integers, Step
from .files import open_session
from .manifest import PROJECTIONS, Manifest
from .zeroing import kept_name, open_zeroing

__all__ = ["Fixed", "Outputs"]


class Fixed:
    """What blocks of a model have for all texts, by kind; threads wait for the one that fills it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kinds: list[list[Floats]] = []
        self._zeroing: Any = None

    def zeroing(self, opened: Callable[[], Any]) -> Any:
        """Return the second session, in which values can be left out; the first to ask opens it."""
        with self.lock:
            if self._zeroing is None:
                self._zeroing = opened()
            return self._zeroing


class Outputs:
    """An open graph; ``Model`` adds tokenizer and streams."""

    folder: Path
    manifest: Manifest
    threads: int
    _session: Any
    _inputs: set[str]
    _vocabulary: int | None
    _fixed: Fixed

    def _checked(self, token_ids: Sequence[int]) -> Integers:
        """Return ids of tokens, or refuse those that the model does not know."""
        if isinstance(token_ids, str) or not all(isinstance(token, int | np.integer) for token in token_ids):
            raise InputError("token ids: expected whole numbers")
        most = self._vocabulary or 1 << 31
        wrong = next((token for token in token_ids if not 0 <= token < most), None)
        if wrong is not None:
            raise InputError(f"token id {wrong}: expected 0 to {most - 1}, the ids that the model knows")
        return np.array(token_ids, dtype=np.int32)

    def _run(self, texts: list[EncodedText], names: list[str], target: Integers | None = None) -> list[Floats]:
        feed = self._feed(texts, target)
        try:
            outputs: list[Floats] = self._session.run(names, feed)
        except Exception as error:  # onnxruntime raises its own types, all derived from Exception
            reason = str(error).strip().splitlines()[0][:200]
            longest = counted(feed["input_ids"].shape[1], "token")
            raise InputError(f"{self.folder / 'model.onnx'}: does not run on a text of {longest} ({reason})") from None
        return outputs

    def _feed(self, texts: list[EncodedText], target: Integers | None = None) -> dict[str, Any]:
        """Return what the graph is given for texts."""
        longest = max(text.ids.size for text in texts)
        shape = (len(texts), longest)
        ids = np.full(shape, self.manifest.pad_token_id or 0, dtype=np.int64)
        mask, types = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, text in enumerate(texts):
            ids[row, : text.ids.size] = text.ids
            types[row, : text.ids.size] = 0 if text.type_ids is None else text.type_ids
            mask[row, : text.ids.size] = 1
        positions = np.broadcast_to(np.arange(longest, dtype=np.int64), shape)
        # readings of the text do not depend on what a decoder is given
        target = np.array([self.manifest.decoder_start_token_id or 0]) if target is None else target
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types, "position_ids": positions}
        feed["decoder_input_ids"] = np.tile(target.astype(np.int64), (len(texts), 1))
        return {name: feed[name] for name in self._inputs}

    def head(self, texts: Sequence[EncodedText]) -> list[Floats]:
        """Return of each text its pooled vector (d,), or the logits of the head: (labels,) or (tokens, labels).

        Of an encoder-decoder, the logits after the first token of an empty target.

        Raises
        ------
        InputError
            Where the model folder has neither.
        """
        name = self.manifest.head
        if not name:
            raise InputError(
                f"{self.folder}: gives neither pooled vectors nor logits; export it again (logits: --task)"
            )
        found = []
        for text in texts:
            (output,) = self._run([text], [name])
            found.append(output[0])
        return found

    def stream(self, token_ids: Iterable[int]) -> Iterator[Step]:
        """Give a decoder's readings token by token, while a text is being written.

        Each is what the whole text up to there gives. The graph keeps no keys and values, so every step runs the text
        again: n tokens cost about n / 2 times a pass over all of them.

        Parameters
        ----------
        token_ids : iterable of int
            May be a generator that waits for the step before.

        Yields
        ------
        Step

        Raises
        ------
        InputError
            Where the model is not causal: then every token would change what is known of those before it.
        """
        if not self.manifest.causal:
            raise InputError(f"{self.folder}: is not causal; a later token changes the readings of those before it")
        layers, head = self.manifest.layers, self.manifest.head == "logits"
        names = [f"hidden_states.{i}" for i in range(layers + 1)] + [f"attentions.{i}" for i in range(layers)]
        longest = self.manifest.max_positions
        seen: list[int] = []
        for token in token_ids:
            seen += self._checked([token]).tolist()
            if longest is not None and len(seen) > longest:
                raise InputError(
                    f"{self.folder}: reads {counted(longest, 'token')}, and the text has more; end it there"
                )
            text = EncodedText(np.array(seen, np.int32), None, np.zeros(len(seen), bool), False, "")
            outputs = [part[0] for part in self._run([text], names + ["logits"] * head)]
            states, maps = outputs[: layers + 1], outputs[layers + 1 : 2 * layers + 1]
            # a head that classifies says nothing of the next token
            last = outputs[-1][-1].copy() if head and outputs[-1].shape[1:] == (self._vocabulary,) else None
            yield Step(seen[-1], np.stack([state[-1] for state in states]), [one[:, -1].copy() for one in maps], last)

    def attention_blocks(self, text: EncodedText, layers: Sequence[int] | None = None) -> Iterator[AttentionBlock]:
        """Run one text, and give each block's attention with the values, projection and norm that it works on.

        Parameters
        ----------
        text : EncodedText
            One of ``encode``, with at least one token.
        layers : sequence of int, optional
            Attention layers among 1..L; by default all.

        Yields
        ------
        AttentionBlock

        Raises
        ------
        InputError
            Where the model folder gives no values out; the message says why.
        """
        form = self.manifest.block
        if form is None:
            why = (self.manifest.certificate.get("values") or {}).get("reason", "an older version exported it")
            raise InputError(f"{self.folder}: gives no value vectors ({why}); readings of attention alone need none")
        most = self.manifest.layers
        layers = range(1, most + 1) if layers is None else layers
        wrong = next((layer for layer in layers if not 1 <= layer <= most), None)
        if wrong is not None:
            raise InputError(f"attention layer {wrong}: expected 1 to {most}")
        kinds = ("attentions", "values", "hidden_states")
        outputs = self._run([text], [f"{kind}.{layer - 1}" for layer in layers for kind in kinds])
        for place, layer in enumerate(layers):
            own = [part[0] for part in outputs[len(kinds) * place : len(kinds) * (place + 1)]]
            yield block_of(form, own, self._of_block(layer, text))

    def _of_block(self, layer: int, text: EncodedText) -> list[Floats]:
        """Return a block's projection and norm, which are the same for all texts; kept, since others share them."""
        with self._fixed.lock:
            if not self._fixed.kinds:
                layers = range(self.manifest.layers)
                session = open_session(self.folder / PROJECTIONS, self.threads, self._weights_of_projections())
                kinds = [session.run([f"projections.{i}" for i in layers], {})]
                if self.manifest.block and self.manifest.block.norm:
                    kinds.append(self._run([text], [f"norms.{i}" for i in layers]))
                for one in itertools.chain(*kinds):
                    one.setflags(write=False)
                self._fixed.kinds.extend(kinds)
        return [kind[layer - 1] for kind in self._fixed.kinds]

    def value_zeroing(self, text: EncodedText) -> NDArray[np.float64]:
        """Return how far each block's output turns at i when j's value is left out, (L, n, n); rows sum to 1.

        A pass for every token and block.

        Raises
        ------
        InputError
            Where the graph's attention is one node, which weights only leave.
        """
        from edgeinterp_kernels.influence import cosine_change

        layers, size = self.manifest.layers, text.ids.size
        session = self._fixed.zeroing(lambda: open_zeroing(self.folder, layers, self.threads, self._own_weights()))
        every = np.ones(size, dtype=bool)
        feed = self._feed([text]) | {kept_name(layer): every for layer in range(1, layers + 1)}
        found = np.zeros((layers, size, size))
        for layer in range(1, layers + 1):
            name = f"hidden_states.{layer}"
            (plain,) = session.run([name], feed)
            for token in range(size):
                kept = every.copy()
                kept[token] = False
                (changed,) = session.run([name], feed | {kept_name(layer): kept})
                found[layer - 1, :, token] = cosine_change(plain[0], changed)[:, 0]
            if not found[layer - 1].any():
                raise InputError(
                    f"reading value_zeroing: not to be had from this graph; block {layer} has its attention in one node"
                )
        sums = found.sum(axis=-1, keepdims=True)
        shares: NDArray[np.float64] = found / np.where(sums > 0.0, sums, 1.0)
        return shares

    def _own_weights(self) -> dict[str, Any] | None:
        """Return what replaces the file's own weights."""
        return None

    def _weights_of_projections(self) -> dict[str, Any] | None:
        """Return what of that ``PROJECTIONS`` has."""
        return None

    def run_ids(self, ids: Integers, like: EncodedText, hidden_states: Sequence[int]) -> list[Floats]:
        """Return the requested hidden states, each (tokens, d), of one text with changed ids."""
        changed = EncodedText(ids, like.type_ids, like.special, like.truncated, like.text)
        return [rows[0] for rows in self._run([changed], [f"hidden_states.{i}" for i in hidden_states])]
