"""Judge explanation methods: scores of texts and a model in, a result with a verdict for each method out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...exporting.opening import load
from ...inputs.scores import ScoredText, score_records, scored_texts
from ...inputs.texts import default_texts, read_texts
from ...model.model import Model
from ...results.result import InputFile, Result
from ...results.shared import TextScores
from ...runtime.arguments import one_by_one, random_number, whole_number
from ...runtime.checkpoint import digest
from ...runtime.clock import Clock, Progress, silent
from ...runtime.counting import counted
from ...runtime.files import witnessed
from ...runtime.sequences import text_list
from ...runtime.threads import one_blas_thread
from ...statistics.content import content_key
from ...statistics.draws import seed_of
from ..device import circumstances
from ..output.targets import target_of
from .arrays import PERMUTATIONS, settings_of
from .run import JudgeRun

__all__ = ["judge"]

# texts that are compared
MOST_TEXTS = 96
# characters of a text that a message quotes
_QUOTED = 40

Scores = str | Path | Sequence[str | Path] | Sequence[Mapping[str, Any]]


def judge(
    model: Model | str | Path,
    scores: Scores | None = None,
    target: str | None = None,
    *,
    texts: Iterable[str] | str | Path | None = None,
    own: bool = True,
    curves: bool = True,
    n_permutations: int = PERMUTATIONS,
    random_state: Any = 0,
    alpha: float = 0.05,
    equal: float = 1.0,
    max_tokens: int = 256,
    most_texts: int = MOST_TEXTS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Result:
    r"""Judge explanation methods by how well their scores order tokens by the effect of replacing them.

    The effect of token j on a vector p, or on a logit z, is the mean over random tokens of the texts in its place:

    .. math:: e_j = \operatorname{mean}_d \left(1 - \cos(p, p^{(j, d)})\right), \qquad
              e_j = \operatorname{mean}_d \left(z - z^{(j, d)}\right)

    in two sets of draws: occlusion is the first, all methods are judged by the second. ``rho`` is the mean over texts
    of Spearman's correlation of scores and effects, over tokens that are not special (32 a text at most); p compares it
    with scores of other texts of like length. Place in the text, rarity and the length of the embedding are rivals
    (docs/checks/judge.md).

    Parameters
    ----------
    model : Model, str or Path
    scores : str or Path, or sequence of them or of dict, optional
        JSON Lines, or the same objects: ``text``, ``method``, ``scores``, and ``tokens`` (strings) or ``spans``
        (``[start, end]``, characters); optionally ``target``, ``signed``. Words, characters, or the tokens of any
        tokenizer. Every method needs the same texts. Without scores, methods of edgeinterp's alone are judged.
    target : str, optional
        ``pooled``, ``state:L``, ``logit`` (of the predicted class) or ``logit:CLASS``; by default what the scores name,
        else ``logit`` where the model classifies texts, else ``pooled``.
    texts : iterable of str, str or Path, optional
        Without scores: texts, or a file of them; by default the embedded ones.
    own : bool
        Whether to judge occlusion, every reading of attention and random scores as well.
    curves : bool
        Whether to measure insertion and deletion, which describe and decide nothing.
    n_permutations : int
        Exchanges of scores between texts.
    random_state : int, NumPy generator or None
        Key of the exchanges, and of the sample of texts.
    alpha, equal : float
        As in ``check``.
    max_tokens : int
        Longer texts are cut; scores beyond are not compared.
    most_texts : int
        Of more texts, so many are compared, chosen by their content.
    threads : int, optional
    progress : callable, optional
        Called with (phase, done, in all).

    Returns
    -------
    Result
        With a verdict for each method; ``result.judge()`` has the numbers.

    Raises
    ------
    InputError
        Where scores cannot be read or matched, methods have different texts, or the model has no such target.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> texts = ei.default_texts()[:24]
    >>> by_length = [{"text": text, "method": "length", "tokens": text.split(), "scores": [*map(len, text.split())]}
    ...              for text in texts]
    >>> result = ei.judge(edgeinterp_models.default_model_folder(), by_length, own=False)
    >>> result.verdicts[0].method
    'length'
    """
    settings = settings_of(n_permutations, alpha, equal)
    seed, most = random_number("random_state", random_state), whole_number("most-texts", most_texts, 2)
    clock, start, files = Clock(), time.perf_counter(), list[InputFile]()
    with clock.phase("load_s"):
        given, methods, chosen = _given(scores, texts, files)
        opened = model if isinstance(model, Model) else load(model, threads)
        aim = target_of(opened, _wanted_target(given, target))
    run = JudgeRun(opened, aim, clock, progress or silent, own, curves, max_tokens)
    with one_blas_thread():
        result = run.result(_sampled(chosen, seed, most), given, methods, settings, seed_of(seed))
    clock.seconds["total_s"] = time.perf_counter() - start
    if len(chosen) > most:
        of = counted(len(chosen), "text", spec=",")
        result.notes.append(f"of {of}, {most} are compared, chosen by their content; --most-texts compares more")
    return Result(
        **circumstances(opened, clock),
        seed=seed,
        alpha=result.alpha,
        permutations=result.permutations,
        checks={"judge": result},
        verdicts=result.verdicts,
        texts=[TextScores(one.hash, {"judge": one.scores}) for one in result.text_scores],
        settings={"target": aim.name, "equal": result.equal, "own": own, "max_tokens": max_tokens, "only": ["judge"]},
        inputs=files,
    )


def _given(
    scores: Scores | None, texts: Iterable[str] | str | Path | None, files: list[InputFile]
) -> tuple[dict[tuple[str, str], ScoredText], list[str], list[str]]:
    """Return scores by method and text, the methods and the texts, every method's the same."""
    if scores is None:
        chosen = _texts(texts)
        files.append(InputFile("texts", None, digest(chosen), len(chosen)))
        return {}, [], chosen
    if texts is not None:
        raise InputError("texts: scores have texts of their own; leave one of both out")
    found = _scores(scores, files)
    methods = list(dict.fromkeys(one.method for one in found))
    given = {(one.method, one.text): one for one in found}
    chosen = list(dict.fromkeys(one.text for one in found))
    for name in methods:
        lacking = next((text for text in chosen if (name, text) not in given), None)
        if lacking is not None:
            other = next(other for other in methods if (other, lacking) in given)
            quoted = lacking if len(lacking) <= _QUOTED else f"{lacking[:_QUOTED]} ..."
            raise InputError(
                f"method {name!r}: has no scores of the text {quoted!r}, which {other!r} has; give every method the "
                "same texts"
            )
    if len(chosen) < 2:
        raise InputError("scores: are of one text; give 20 texts or more, since scores are held against other texts'")
    return given, methods, chosen


def _texts(texts: Iterable[str] | str | Path | None) -> list[str]:
    if texts is None:
        return default_texts()
    found = read_texts(texts) if isinstance(texts, str | Path) else text_list(texts)
    return list(dict.fromkeys(found))


def _scores(scores: Scores, files: list[InputFile]) -> list[ScoredText]:
    given = (
        [scores] if isinstance(scores, str | Path | Mapping) else list(one_by_one("scores", scores, "files or dicts"))
    )
    if not given:
        raise InputError("scores: is empty; give the scores of 20 texts or more")
    records: list[tuple[str, Any]] = []
    for at, one in enumerate(given):
        if not isinstance(one, str | Path):
            records.append((f"scores[{at}]", one))
            continue
        with witnessed() as witness:
            records += score_records(one)
        files.append(InputFile("scores", "-" if str(one) == "-" else Path(one).name, witness.sha256, witness.lines))
    found = scored_texts(records)
    if not files:
        files.append(InputFile("scores", None, digest([one.text for one in found]), len(found)))
    return found


def _wanted_target(given: Mapping[tuple[str, str], ScoredText], target: str | None) -> str | None:
    """Return the target that was asked for, else the one that the scores name."""
    if target is not None:
        return target
    named = dict.fromkeys(one.target for one in given.values() if one.target is not None)
    if len(named) > 1:
        raise InputError(
            f"scores: explain several targets ({', '.join(named)}); judge them one at a time with --target"
        )
    return next(iter(named), None)


def _sampled(texts: Sequence[str], seed: int, most: int) -> list[str]:
    if len(texts) <= most:
        return list(texts)
    return sorted(texts, key=lambda text: content_key([ord(letter) for letter in text], seed))[:most]
