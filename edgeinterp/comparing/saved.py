"""Compare two saved results, perhaps from two machines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .._version import __version__
from ..checks.settings import CHECKS
from ..errors import InputError
from ..model.random_weights import SHUFFLED
from ..reading.names import ATTENTION
from ..results.result import KINDS, Result
from ..runtime.counting import counted
from .result import Comparison
from .verdicts import claim_pairs, unpaired_notes

__all__ = ["common_checks", "compare_results", "refuse_different"]

# settings that must be the same, or verdicts differ because of them
_SETTINGS = ("controls", "metric", "mapping", "max_tokens", "head", "random", "reading")
# what results have that are older than a setting
_OLDER = {"random": SHUFFLED, "reading": ATTENTION}


def compare_results(a: Result, b: Result, wanted: Sequence[str]) -> Comparison:
    """Compare the verdicts of two results.

    Raises
    ------
    InputError
        Where they have no check in common, or were made with different settings or from different data.
    """
    if set(wanted) == {"activations"}:
        raise InputError("two saved results hold no activations; give two model folders to compare those")
    common = common_checks(a, b, wanted)
    refuse_different(a, b, common)
    return Comparison(
        edgeinterp=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=a.seed,
        alpha=a.alpha,
        model={"a": a.model, "b": b.model},
        device={"a": a.device, "b": b.device},
        activations=None,
        verdicts=[pair for pair in claim_pairs(a, b, a.alpha) if pair.check in common],
        settings={"only": common, "permutations": a.permutations, **a.settings},
        notes=_notes(a, b, common),
        reason="two saved results: activations are not kept in them; give two model folders to compare those",
    )


def common_checks(a: Result, b: Result, wanted: Sequence[str] = tuple(KINDS)) -> list[str]:
    """Return the wanted checks that both results have.

    Raises
    ------
    InputError
        Where there is none.
    """
    common = [name for name in a.checks if name in b.checks and name in wanted]
    if not common:
        runs = [", ".join(result.checks) or "none" for result in (a, b)]
        asked = [name for name in CHECKS if name in wanted]
        which = "no check" if set(asked) == set(CHECKS) else f"none of {', '.join(asked)}"
        raise InputError(f"the two results have {which} in common ({runs[0]}; {runs[1]}); run the same checks on both")
    return common


def refuse_different(a: Result, b: Result, common: list[str]) -> None:
    """Refuse results whose verdicts would differ because of their settings or data.

    Raises
    ------
    InputError
        Names the setting, or says that they have no text in common.
    """
    for name in ("seed", "alpha"):
        if getattr(a, name) != getattr(b, name):
            raise InputError(_different(name, getattr(a, name), getattr(b, name)))
    for name in _SETTINGS:
        first, second = (one.settings.get(name, _OLDER.get(name)) for one in (a, b))
        if _plain(first) != _plain(second):
            raise InputError(_different(name.replace("_", "-"), first, second))
    for name in common:
        first, second = (getattr(result.checks[name], "permutations", None) for result in (a, b))
        if first != second:
            raise InputError(_different(f"permutations of {name}", first, second))
    hashes = [{text.hash for text in result.texts} for result in (a, b)]
    if hashes[0] and hashes[1] and not hashes[0] & hashes[1]:
        raise InputError("the two results have no text in common; run the check on the same texts on both machines")


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def _different(name: str, first: Any, second: Any) -> str:
    return f"the two results were made with different settings ({name}: {first} and {second}); run one of them again"


def _notes(a: Result, b: Result, common: list[str]) -> list[str]:
    notes = unpaired_notes(a, b)
    only = sorted((a.checks.keys() ^ b.checks.keys()) - set(common))
    if only:
        notes.append(f"only one of the two results has {', '.join(only)}")
    if a.edgeinterp != b.edgeinterp:
        notes.append(f"made by different versions of edgeinterp ({a.edgeinterp} and {b.edgeinterp})")
    hashes = [{text.hash for text in result.texts} for result in (a, b)]
    if hashes[0] != hashes[1]:
        notes.append(
            f"{counted(len(hashes[0] & hashes[1]), 'text is', 'texts are')} in both results, "
            f"{len(hashes[0] ^ hashes[1])} in one of them only"
        )
    return notes
