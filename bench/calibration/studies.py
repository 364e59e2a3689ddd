"""What a study is, and what its repetitions add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

LEVELS = (0.01, 0.05, 0.10)
# a p-value, whether a claim was made, or on which side of an interval the truth lies: -1 below, 0 inside, 1 above
Outcome = float | bool | int
Outcomes = Mapping[str, Outcome]
PERMUTATIONS = 199


@dataclass(frozen=True)
class Study:
    """One invented world, measured once for each seed.

    Attributes
    ----------
    check, name : str
        ``name`` is unique; ``check`` is the section that it stands in.
    kind : str
        ``null``: nothing is there, outcomes are p-values and claims. ``effect``: something is. ``coverage``: outcomes
        say on which side of an interval the truth lies.
    world : str
        What is in it, in words.
    measure : callable
        Seed -> outcomes; a function of a module, so that other processes find it.
    effect : str
        Size of what was planted.
    level : float
        Of intervals.
    share : float
        Of the repetitions; slow studies take fewer.
    """

    check: str
    name: str
    kind: str
    world: str
    measure: Callable[[int], Outcomes]
    effect: str = ""
    level: float = 0.95
    share: float = 1.0


@dataclass(frozen=True)
class Rate:
    """``count`` of ``n``, against what is expected."""

    count: int
    n: int
    expected: float

    @property
    def value(self) -> float:
        """The share."""
        return self.count / self.n

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the Clopper-Pearson interval."""
        from scipy.stats import beta

        tail = (1.0 - level) / 2.0
        low = beta.ppf(tail, self.count, self.n - self.count + 1) if self.count else 0.0
        high = beta.ppf(1.0 - tail, self.count + 1, self.n - self.count) if self.count < self.n else 1.0
        return float(low), float(high)

    def bounds(self, level: float = 0.99) -> tuple[int, int]:
        """Return the counts between which a binomial of the expected rate stays with this probability."""
        from scipy.stats import binom

        tail = (1.0 - level) / 2.0
        return int(binom.ppf(tail, self.n, self.expected)), int(binom.ppf(1.0 - tail, self.n, self.expected))

    def above(self, level: float = 0.99) -> bool:
        """Whether there are more than the bound."""
        return self.count > self.bounds(level)[1]

    def below(self, level: float = 0.99) -> bool:
        """Whether there are fewer than the bound."""
        return self.count < self.bounds(level)[0]


@dataclass(frozen=True)
class Row:
    """One quantity of one study: rates at each level, or of a claim or of coverage."""

    quantity: str
    rates: tuple[Rate, ...]
    # truths below and above intervals
    missed: tuple[int, int] = (0, 0)


def rows_of(study: Study, found: Sequence[Outcomes]) -> list[Row]:
    """Add up the outcomes of all repetitions, one row for each quantity in the order of the first."""
    rows = []
    for name in found[0]:
        values = [outcomes[name] for outcomes in found]
        n = len(values)
        if study.kind == "coverage":
            inside = sum(value == 0 for value in values)
            missed = sum(value == -1 for value in values), sum(value == 1 for value in values)
            rows.append(Row(name, (Rate(inside, n, study.level),), missed))
        elif isinstance(values[0], bool):
            rows.append(Row(name, (Rate(sum(bool(value) for value in values), n, 0.05),)))
        else:
            # rounding of k / 200 must not decide
            rates = (Rate(sum(value <= level + 1e-12 for value in values), n, level) for level in LEVELS)
            rows.append(Row(name, tuple(rates)))
    return rows


def judged(study: Study, row: Row, level: float = 0.99) -> str:
    """Say whether a row keeps its bounds; what is planted has none."""
    if study.kind == "effect":
        return ""
    if study.kind == "coverage":
        (rate,) = row.rates
        return "OUTSIDE" if rate.below(level) else "PASS, wide" if rate.above(level) else "PASS"
    if any(rate.above(level) for rate in row.rates):
        return "OUTSIDE"
    return "PASS, conservative" if any(rate.below(level) for rate in row.rates) else "PASS"


def p_or_one(p: float | None) -> float:
    """A p-value that is not there rejects nothing."""
    return 1.0 if p is None else p


def side(truth: float, bounds: tuple[float, float] | None) -> int:
    """On which side of an interval the truth lies; an interval that is not there misses it."""
    if bounds is None:
        return 1
    return -1 if truth < bounds[0] else int(truth > bounds[1])
