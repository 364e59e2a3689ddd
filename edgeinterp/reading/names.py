"""Names of the readings of attention: what each is, where it comes from, what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError

__all__ = ["ATTENTION", "READINGS", "ReadingKind", "key_of", "kind_of", "known_reading", "named"]

# weights as they are, of every head
ATTENTION = "attention"


@dataclass(frozen=True)
class ReadingKind:
    """A way to say how much position i takes from each position j in a block.

    Attributes
    ----------
    name : str
    meaning : str
        Row i, column j.
    source : str
    values : bool
        Whether it is made of value vectors.
    residual : bool
        Whether the token's own vector is counted within, so that blocks can be multiplied up as they are.
    judged : bool
        Whether ``influence`` judges it.
    passes : bool
        Whether it needs passes of its own, a pass for every token and block: then it is had on request alone.
    """

    name: str
    meaning: str
    source: str
    values: bool
    residual: bool
    judged: bool = True
    passes: bool = False


READINGS = {
    kind.name: kind
    for kind in (
        ReadingKind("attention", "mean over heads of the weights", "", values=False, residual=False),
        ReadingKind(
            "effective",
            "weights less what of them no value can carry on, absolute, mean over heads",
            "Brunner et al. 2020, arXiv 1908.04211",
            values=True, residual=False, judged=False,
        ),
        ReadingKind(
            "norm",
            "length of the vector that j adds to i",
            "Kobayashi et al. 2020, arXiv 2004.10102",
            values=True, residual=False,
        ),
        ReadingKind(
            "norm_residual",
            "the same, with i's own vector in the diagonal and after the norm; rows sum to 1",
            "Kobayashi et al. 2021, arXiv 2109.07152",
            values=True, residual=True,
        ),
        ReadingKind(
            "alti",
            "by how much the block's sum is nearer to what j adds than to 0, by L1 lengths; rows sum to 1",
            "Ferrando et al. 2022, arXiv 2203.04212",
            values=True, residual=True,
        ),
        ReadingKind(
            "contribution",
            "share of what j adds in the direction of the block's sum, none below 0; rows sum to 1",
            "projection on the result",
            values=True, residual=True,
        ),
        ReadingKind(
            "value_zeroing",
            "how far the block's output at i turns (1 - cos) when j's value is left out; rows sum to 1",
            "Mohebbi et al. 2023, arXiv 2301.12971",
            values=False, residual=False, passes=True,
        ),
    )
}  # fmt: skip


def key_of(name: str, rolled_up: bool) -> str:
    """Return the key of a reading, per block or multiplied up over blocks; attention multiplied up is rollout."""
    if not rolled_up:
        return name
    return "rollout" if name == "attention" else f"{name}_rolled_up"


def kind_of(key: str) -> tuple[str, bool]:
    """Return the name of a reading by its key, and whether it is rolled up."""
    return ("attention", True) if key == "rollout" else (key.removesuffix("_rolled_up"), key.endswith("_rolled_up"))


def known_reading(given: str) -> str:
    """Return the key of a reading, or refuse an unknown one.

    Raises
    ------
    InputError
    """
    name, rolled_up = kind_of(given) if isinstance(given, str) else ("", False)
    if name not in READINGS or key_of(name, rolled_up) != given:
        raise InputError(
            f"reading {given!r}: expected one of {', '.join(READINGS)}, also with _rolled_up behind it, or rollout"
        )
    return given


def named(name: str, rolled_up: bool) -> str:
    """Return how a reading is called in a sentence."""
    if name == "attention" and rolled_up:
        return "rollout"
    plain = name.replace("_", " ")
    return f"{plain}, rolled up" if rolled_up else plain
