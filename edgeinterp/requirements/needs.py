"""Needs of a use: read from TOML, a profile of the package, or plain dicts, and checked."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..runtime.files import read_whole

__all__ = ["CHECKS", "PROFILES", "Need", "Needs", "nearest", "profile_text", "read_needs"]

# what can be needed of each check: kinds of claims, and statistics
CHECKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "correspondence": (("attention",), ("share", "linear kappa", "raw kappa", "centred kappa", "content share")),
    "influence": (("attention", "rollout", "head", "recommended"), ("rho", "gain", "pair")),
    "licence": (("attention", "recommended", "reading"), ()),
    "relations": (("contrast",), ("AUC",)),
    "properties": (("hidden state",), ("score",)),
    "hybrid": (("contrast",), ("AUC", "gain of attention", "gain of properties")),
    "judge": (("method",), ("rho", "share of ceiling", "reliability")),
    "activations": (("hidden state", "attention"), ("cosine", "relative difference", "agreement", "js")),
    "flips": (("verdicts",), ("lost", "real flips")),
    "heads": (("pruned",), ("change", "agreement")),
}
# checks that set two builds side by side
OF_TWO = ("activations", "flips")
VERDICTS = ("unsupported", "undecided", "weakened", "supported")
PROFILES = ("draw-attention", "highlight", "quantise", "prune-heads", "embedding-search")
LAYERS = ("all", "any", "last")
# of a whole file
_TOP = ("use", "random_model", "need")
_LONGEST = 200
_LARGEST = 1e100
# bytes of a file
LONGEST = 1 << 16


@dataclass(frozen=True)
class Need:
    """One need.

    Attributes
    ----------
    use : str
        What it is needed for, in words.
    check : str
        A check; ``licence`` (influence and correspondence together), ``activations`` and ``flips`` (two builds), or
        ``heads`` (heads left out).
    kind : str
        What the claim is about: ``attention``, ``rollout``, ``head 3.7``, ``recommended``, ``hidden state``,
        ``contrast``, ``method``, or the name of a reading.
    layers : list of int, or str
        ``all`` of them, ``any`` one, the ``last``; or numbers.
    contrast, method : str
        Which contrast of ``relations``, or which method of ``judge``.
    verdict : str
        At least this one.
    statistic : str
    at_least, at_most : float
        Bound of the statistic: the whole interval must lie on its side.
    change_at_most : float
        How much the statistic may change between two builds, in either direction.
    share : float
        Of ``heads``: the share of heads that is left out, those first that the readings say give least.
    heads : list of str
        Of ``heads``: which are left out, such as ``3.7``, in place of a share.
    """

    use: str
    check: str
    kind: str = ""
    layers: list[int] | str = "all"
    contrast: str = ""
    method: str = ""
    verdict: str = ""
    statistic: str = ""
    at_least: float | None = None
    at_most: float | None = None
    change_at_most: float | None = None
    share: float | None = None
    heads: tuple[str, ...] = ()

    @property
    def bound(self) -> str:
        """Say what is needed, in words."""
        if self.verdict:
            return f"at least {self.verdict}" if self.verdict != "supported" else "supported"
        parts = [(self.at_least, "at least"), (self.at_most, "at most"), (self.change_at_most, "a change of at most")]
        return f"{self.statistic}: " + " and ".join(f"{word} {value:g}" for value, word in parts if value is not None)

    @property
    def bounds(self) -> list[float]:
        """Return the bounds that a statistic, or its change, may lie across."""
        if self.change_at_most is not None:
            return [-self.change_at_most, self.change_at_most]
        return [bound for bound in (self.at_least, self.at_most) if bound is not None]

    @property
    def of_attention(self) -> bool:
        """Whether a need of ``activations`` is about attention, which its statistic says."""
        return self.statistic in ("agreement", "js")

    @property
    def of_two(self) -> bool:
        """Whether a baseline is needed."""
        return self.change_at_most is not None or self.check in OF_TWO


@dataclass(frozen=True)
class Needs:
    """All needs of a file or profile; ``random_model``: whether a model with random weights must fail them."""

    name: str
    use: str
    needs: list[Need]
    random_model: bool = False


def profile_text(name: str) -> str:
    """Return a profile of the package as TOML.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    if name not in PROFILES:
        raise InputError(f"profile {name!r} is not known{nearest(name, PROFILES)}; choose from {', '.join(PROFILES)}")
    return (resources.files(__package__) / "profiles" / f"{name}.toml").read_text(encoding="utf-8")


def read_needs(given: str | Path | Sequence[Mapping[str, Any]] | Needs) -> Needs:
    """Return needs from a profile's name, a file of TOML, or dicts with the keys of a ``[[need]]``.

    Raises
    ------
    InputError
        One line that names the file, the need, and what was expected.
    """
    if isinstance(given, Needs):
        return given
    if isinstance(given, str | Path):
        if str(given) in PROFILES:
            return _parsed(str(given), profile_text(str(given)))
        path = Path(given)
        if path.suffix != ".toml" and not path.exists():
            near = nearest(str(given), PROFILES)
            raise InputError(
                f"needs: {str(given)!r} is no file and no profile{near}; profiles are {', '.join(PROFILES)}"
            )
        data = read_whole(path, "a file of needs (TOML)", most=LONGEST)
        try:
            return _parsed(str(path), data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise InputError(f"{path}: not UTF-8; save the file as UTF-8") from None
    if isinstance(given, Mapping) or not isinstance(given, Sequence):
        raise InputError("needs: expected a file, a profile's name, or a list of dicts, one a need")
    return _of_table("needs", {"need": list(given)})


def _parsed(name: str, text: str) -> Needs:
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name}: not TOML ({str(error)[:_LONGEST]}); `edgeinterp require PROFILE --explain` prints some"
        ) from None
    return _of_table(name, table)


def _of_table(name: str, table: Mapping[str, Any]) -> Needs:
    _refuse_unknown(name, table, _TOP)
    needs = table.get("need")
    if not isinstance(needs, list) or not needs:
        raise InputError(f"{name}: has no [[need]]; `edgeinterp require PROFILE --explain` prints a file to start from")
    use, random_model = table.get("use", name), table.get("random_model", False)
    if not isinstance(use, str) or not isinstance(random_model, bool):
        raise InputError(f"{name}: expected use as words and random_model as true or false")
    return Needs(name, use, [_need(f"{name}, need {at}", one) for at, one in enumerate(needs, 1)], random_model)


def _need(where: str, given: Any) -> Need:
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: expected a table with use, check, and verdict or statistic")
    _refuse_unknown(where, given, [field.name for field in fields(Need)])
    for key in ("use", "check", "kind", "contrast", "method", "verdict", "statistic"):
        value = given.get(key, "")
        if not isinstance(value, str) or len(value) > _LONGEST or not (value.isprintable() or not value):
            raise InputError(f"{where}: {key}: expected a string of at most {_LONGEST} printable characters")
    for key in ("use", "check"):
        if not given.get(key, "").strip():
            raise InputError(f"{where}: has no {key}; say what is needed for what use, and of which check")
    need = Need(**{
        **given, "layers": _layers(where, given.get("layers", "all")), "heads": _heads(where, given.get("heads", ())),
        **{key: _number(where, key, given.get(key)) for key in ("at_least", "at_most", "change_at_most", "share")},
    })  # fmt: skip
    _refuse_odd(where, need)
    return need


def _refuse_odd(where: str, need: Need) -> None:
    _choose(where, "check", need.check, CHECKS)
    kinds, statistics = CHECKS[need.check]
    kind = need.kind.partition(" ")[0] if need.kind.startswith("head ") else need.kind
    if kind and "reading" not in kinds:
        _choose(where, "kind", kind, kinds)
    bounds = [need.at_least, need.at_most, need.change_at_most]
    if bool(need.verdict) == any(bound is not None for bound in bounds):
        raise InputError(f"{where}: expected either a verdict, or a statistic with at_least, at_most or change_at_most")
    _refuse_idle(where, need)
    if need.verdict:
        _choose(where, "verdict", need.verdict, VERDICTS[2:])
        if need.check in (*OF_TWO, "heads"):
            raise InputError(f"{where}: {need.check} has no verdicts; give a statistic: {', '.join(statistics)}")
        return
    if not statistics:
        raise InputError(f"{where}: {need.check} has verdicts alone; give a verdict, such as supported")
    if not need.statistic:
        raise InputError(f"{where}: has a bound and no statistic; choose from {', '.join(statistics)}")
    _choose(where, "statistic", need.statistic, statistics)
    if need.check == "judge" and need.change_at_most is not None and need.statistic != "rho":
        raise InputError(f"{where}: of judge, the change of rho alone can be paired; ask for that")
    if need.check == "activations" and need.kind not in ("", "attention" if need.of_attention else "hidden state"):
        raise InputError(f"{where}: {need.kind} has no {need.statistic}; leave kind out")
    if need.change_at_most is not None and (need.at_least, need.at_most) != (None, None):
        raise InputError(f"{where}: give a bound of the statistic or of its change, one a need")
    if need.change_at_most is not None and (need.check in (*OF_TWO, "heads") or need.change_at_most <= 0.0):
        raise InputError(f"{where}: change_at_most: expected above 0, of a check that both builds go through")


def _refuse_idle(where: str, need: Need) -> None:
    """Refuse what would be ignored."""
    layered = need.check in ("correspondence", "influence", "licence", "properties", "activations")
    contrasted = need.check in ("relations", "hybrid")
    reads_method = need.check == "judge" and need.statistic != "reliability"
    idle = {
        "statistic beside a verdict": bool(need.verdict and need.statistic),
        "share and heads": need.check != "heads" and bool(need.share or need.heads),
        "heads beside a share": bool(need.share and need.heads),
        "method": bool(need.method) and not reads_method,
        "contrast": bool(need.contrast) and not contrasted,
        "layers": need.layers != "all" and not layered and not (contrasted and need.layers == "any"),
    }
    for name, odd in idle.items():
        if odd:
            raise InputError(f"{where}: {name}: would not count for {need.check}; leave it out")
    if reads_method and not need.method:
        raise InputError(f"{where}: judge: has no method, such as occlusion or shap; random scores are a method too")


def _choose(where: str, key: str, value: str, known: Any) -> None:
    if value not in known:
        near = nearest(value, known)
        raise InputError(f"{where}: {key} {value!r} is not known{near}; choose from {', '.join(known)}")


def _refuse_unknown(where: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            raise InputError(f"{where}: {key!r} is not known{nearest(str(key), known)}; expected {', '.join(known)}")


def nearest(name: str, known: Any) -> str:
    """Ask whether the nearest known name is meant; empty where none is near."""
    found = difflib.get_close_matches(name, list(known), 1, 0.5)
    return f" (did you mean {found[0]!r}?)" if found else ""


def _layers(where: str, given: Any) -> list[int] | str:
    if isinstance(given, int) and not isinstance(given, bool):
        given = [given]
    if isinstance(given, str) and given in LAYERS:
        return given
    whole = isinstance(given, list) and given and all(type(one) is int and one >= 0 for one in given)
    if not whole:
        raise InputError(f"{where}: layers: expected {', '.join(LAYERS)}, or a list of numbers")
    return list(given)


def _heads(where: str, given: Any) -> tuple[str, ...]:
    good = isinstance(given, list | tuple) and all(
        isinstance(one, str) and re.fullmatch(r"[1-9][0-9]{0,4}\.[1-9][0-9]{0,4}", one) for one in given
    )
    if not good:
        raise InputError(f'{where}: heads: expected a list such as ["3.7", "2.1"], layer and head from 1')
    return tuple(given)


def _number(where: str, key: str, given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= _LARGEST:
        raise InputError(f"{where}: {key}: expected a number")
    if key == "share" and not 0.0 < given < 1.0:
        raise InputError(f"{where}: share: expected a share of heads between 0 and 1")
    return float(given)
