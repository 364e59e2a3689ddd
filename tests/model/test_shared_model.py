"""Threads that use one model at once get the numbers that each gets alone, and leave the process as it was."""

from __future__ import annotations

import functools
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import edgeinterp as ei
from edgeinterp.exporting.chatter import turned_down
from edgeinterp.model.concepts import concept_vectors, encode_concepts
from edgeinterp.model.random_model import load_random
from edgeinterp.runtime.threads import no_warnings, one_blas_thread
from edgeinterp_models import default_model_folder
from tests.conftest import Make

THREADS = 8
ROUNDS = 3
TEXTS = ei.default_texts()[:24]
WORDS = ["cat", "the cake", "naïve", "dog", "größe", "times"]

Call = Callable[[], Any]


def at_once(calls: Sequence[Call]) -> list[Any]:
    """Run calls in as many threads, all from the same moment on, and return what each gave."""
    start, given = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Call) -> None:
        start.wait()
        try:
            given[place] = call()
        except BaseException as error:  # handed on below
            given[place] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return given


def same(one: Any, other: Any) -> bool:
    """Whether two results are the same to the last bit."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def calls_on(model: ei.Model) -> list[Call]:
    """Eight kinds of calls; every one asks for other lengths than its neighbours."""
    layers = range(model.manifest.layers + 1)

    def encoded(most: int) -> Any:
        return [(text.ids, text.special, text.truncated) for text in model.encode(TEXTS, most)]

    def run(most: int) -> Any:
        done = model.activations(model.encode(TEXTS[:6], most), layers, layers[1:])
        return [(part.hidden_states, part.attentions, part.texts) for part in done]

    def begun() -> Any:
        """StoppedError after its first batch, as a run that is interrupted."""
        batches = model.activations(model.encode(TEXTS[:6], 14), layers, batch=1)
        first = next(batches)
        batches.close()  # type: ignore[attr-defined]
        return first.hidden_states

    def vectors() -> Any:
        found = concept_vectors(model, WORDS, ["the {} is here.", "{}"], max_tokens=20)
        return found.vectors, found.tokens

    def let_go() -> Any:
        found = []
        for most in (7, 19):
            model.rest_tokenizer()
            found.append(model.token_spans(TEXTS, most))
        return found, model.unknown_id

    def shuffled() -> Any:
        (text,) = model.encode(TEXTS[:1], 11)
        return load_random(model, 3).run_ids(text.ids, text, layers)

    def represented() -> Any:
        return encode_concepts(model, WORDS, ["one {} two three"], max_tokens=8).left_out

    return [
        lambda: encoded(9), lambda: run(10), lambda: run(31), begun, vectors, let_go, shuffled,
        lambda: (represented(), encoded(64)),
    ]  # fmt: skip


@pytest.fixture(params=["float32", "int8"])
def model(request: pytest.FixtureRequest, exported: Make) -> ei.Model:
    folder = exported("bert") if request.param == "float32" else default_model_folder()
    return ei.load(folder, threads=2)


def test_every_kind_of_call(model: ei.Model) -> None:
    calls = calls_on(model)
    assert len(calls) == THREADS
    alone = [call() for call in calls]
    for _ in range(ROUNDS):
        for one, other in zip(alone, at_once(calls), strict=True):
            assert same(one, other)


@pytest.mark.parametrize("kind", range(4))
def test_eight_of_a_kind(model: ei.Model, kind: int) -> None:
    call = calls_on(model)[kind]
    alone = call()
    for other in at_once([call] * THREADS):
        assert same(alone, other)


def state() -> Any:
    """What of the process a run may change while it lasts."""
    return (
        [(pool["filepath"], pool["num_threads"]) for pool in threadpool_info()],
        list(warnings.filters), logging.root.manager.disable, list(logging.root.handlers), dict(os.environ),
        os.getcwd(),
        signal.getsignal(signal.SIGINT), sys.stdout, sys.stderr, sys.excepthook, sys.unraisablehook, np.geterr(),
    )  # fmt: skip


def comparable(result: ei.Result) -> Any:
    """A result without what belongs to the moment."""
    data = result.to_dict()
    return {name: data[name] for name in data if name not in ("created", "timings", "memory")}


class StoppedError(Exception):
    """What a caller's own progress function raises."""


def test_whole_checks_of_one_model(exported: Make) -> None:
    """Other texts, other checks: each as alone while one is stopped, and the process is as it was."""
    model = ei.load(exported("bert"), threads=2)
    norms = ei.Norms([f"{word}{end}" for end in "xs" for word in WORDS], WORDS * 2, ["f", "g"], scores(12, 2))
    runs: list[dict[str, Any]] = [
        {"texts": TEXTS[:12], "only": ["correspondence"], "max_tokens": 24},
        {"texts": TEXTS[12:], "only": ["influence", "correspondence"], "max_tokens": 40},
        {"only": ["relations"], "pairs": few_pairs()},
        {"only": ["properties"], "norms": norms, "mapping": "pls"},
        {"only": ["properties"], "norms": norms, "mapping": "pls", "metric": "r2"},
    ]

    def run(settings: dict[str, Any]) -> Any:
        return comparable(ei.check(model, n_permutations=19, controls=["foreign", "elsewhere"], **settings))

    def stop(*_told: Any) -> None:
        raise StoppedError

    def stopped() -> str:
        with pytest.raises(StoppedError):
            ei.check(model, TEXTS, only=["correspondence"], n_permutations=19, progress=stop)
        return "stopped"

    alone = [run(settings) for settings in runs]
    before = state()
    calls: list[Call] = [functools.partial(run, settings) for settings in runs]
    assert at_once([*calls, stopped]) == [*alone, "stopped"]
    assert state() == before


def scores(rows: int, columns: int) -> Any:
    return np.random.default_rng(0).normal(size=(rows, columns))


def few_pairs() -> ei.Pairs:
    names = ["cat", "dog", "cake", "mat", "times", "one", "two", "three"]
    others = [*names[1:], names[0]]
    return ei.Pairs(names * 2, others + names[2:] + names[:2], ["a"] * 8 + ["b"] * 8, [f"c{i % 8}" for i in range(16)])


@pytest.mark.parametrize("hold", [one_blas_thread, no_warnings])
def test_what_threads_hold_together_ends_with_the_last(hold: Callable[[], Any]) -> None:
    with one_blas_thread():
        pass  # what is loaded now is there before and after
    before = state()
    first, second, third = hold(), hold(), one_blas_thread()
    first.__enter__()
    within = state()
    # nothing to hold where BLAS has one thread as it is; pools of OpenMP are not held
    assert within[:2] != before[:2] or all(count == 1 for name, count in before[0] if "blas" in name)
    second.__enter__()
    third.__enter__()
    first.__exit__(None, None, None)
    assert state()[1] == within[1]
    third.__exit__(None, None, None)
    assert [count for _, count in state()[0]] == [count for _, count in within[0]] or hold is no_warnings
    second.__exit__(None, None, None)
    assert state() == before


def test_exports_wait_for_each_other() -> None:
    before, inside = state(), []

    def export() -> None:
        with turned_down():
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.01)
            inside.pop()

    at_once([export] * 4)
    assert state() == before
