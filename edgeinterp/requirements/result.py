"""Result of ``require``: the outcome of every need, as JSON and as JUnit XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..model.random_weights import RANDOM_WEIGHTS, SHUFFLED
from ..results.result import Device, ModelInfo
from ..results.shared import Interval
from ..runtime.json_values import json_text, to_json
from ..runtime.writing import write_whole

__all__ = ["OUTCOMES", "NeedOutcome", "Requirements"]

SCHEMA = 1
OUTCOMES = ("met", "not met", "undecided")


@dataclass(frozen=True)
class NeedOutcome:
    """One need, and whether the model meets it.

    Attributes
    ----------
    use, check : str
    outcome : str
        ``met``, ``not met`` or ``undecided``.
    because : str
        The reason, with the deciding numbers.
    bound : str
        What is needed, in words.
    statistic : str or None
    value, ci : float or None, interval
        Of several layers, those of the layer that decides; the interval's bounds are one-sided, each at alpha.
    p_adjusted : float or None
        Of the outcome, over all needs (Holm 1979); None where it is undecided, or rests on a verdict alone.
    more : int or None
        About how many units would decide an undecided need.
    unit : str or None
        What is counted, such as texts.
    """

    use: str
    check: str
    outcome: str
    because: str
    bound: str
    statistic: str | None = None
    value: float | None = None
    ci: Interval = None
    p_adjusted: float | None = None
    more: int | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Requirements:
    """Whether a model meets the needs of a use.

    ``random_model`` holds the same needs of a model with random weights, where the needs ask for it: it must fail one
    of them, or they say nothing about training. ``random`` is the kind of these weights; ``reason`` says why it was not
    run.
    """

    edgeinterp: str
    created: str
    name: str
    use: str
    seed: int
    alpha: float
    model: ModelInfo
    device: Device
    needs: list[NeedOutcome]
    baseline: ModelInfo | None = None
    random_model: list[NeedOutcome] | None = None
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    random: str = SHUFFLED
    schema: int = SCHEMA

    @property
    def outcome(self) -> str:
        """The outcome of all needs together: ``not met`` where one is not, or where a random model meets them all."""
        found = {one.outcome for one in self.needs}
        if "not met" in found or self.random_passes:
            return "not met"
        return "undecided" if "undecided" in found else "met"

    @property
    def random_passes(self) -> bool:
        """Whether the model with random weights meets every need."""
        return self.random_model is not None and all(one.outcome == "met" for one in self.random_model)

    @property
    def of_random(self) -> str | None:
        """What became of the model with random weights, in a sentence; None where it was not asked for."""
        one_random = f"model with {RANDOM_WEIGHTS[self.random]}"
        if self.random_model is None:
            seen = f"Whether a {one_random} fails was not seen: {self.reason}."
            return None if self.reason is None else seen
        if self.random_passes:
            return f"A {one_random} meets every need: they say nothing about what was trained."
        order = ("not met", "undecided")
        one = min((one for one in self.random_model if one.outcome in order), key=lambda one: order.index(one.outcome))
        if one.outcome == "not met":
            return f"A {one_random} fails, as it must ({one.use}: {one.because})."
        return f"A {one_random} is not shown to meet them, nor to fail ({one.use}: undecided, {one.because})."

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``requirements.json``."""
        data: dict[str, Any] = to_json(self)
        return {"schema": data.pop("schema"), "outcome": self.outcome, **data}

    def save(self, path: str | Path) -> None:
        """Write the outcomes as JSON, whole or not at all."""
        write_whole(Path(path), json_text(self.to_dict()) + "\n")

    def to_junit(self, undecided: str = "fail") -> str:
        """Return the outcomes as JUnit XML, one test case a need.

        Parameters
        ----------
        undecided : str
            ``fail`` counts an undecided need as a failure, ``pass`` as skipped.
        """
        cases = list(self.needs)
        if self.random_model is not None:
            shown = "not met" if self.random_passes else "met"
            if not self.random_passes and not any(one.outcome == "not met" for one in self.random_model):
                shown = "undecided"
            name = f"a model with {RANDOM_WEIGHTS[self.random]} fails"
            cases.append(NeedOutcome(name, "random_model", shown, self.of_random or "", "fails"))
        suite = ElementTree.Element("testsuite", name=f"edgeinterp require {self.name}", tests=str(len(cases)))
        failures = skipped = 0
        for one in cases:
            case = ElementTree.SubElement(suite, "testcase", name=f"{one.use}: {one.bound}", classname=one.check)
            if one.outcome == "met":
                said = ElementTree.SubElement(case, "system-out")
                said.text = _xml(one.because)
            elif one.outcome == "undecided" and undecided == "pass":
                skipped += 1
                ElementTree.SubElement(case, "skipped", message=_xml(one.because))
            else:
                failures += 1
                ElementTree.SubElement(case, "failure", message=_xml(one.because), type=one.outcome)
        suite.set("failures", str(failures))
        suite.set("skipped", str(skipped))
        suite.set("errors", "0")
        ElementTree.indent(suite)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Return text without characters that XML cannot hold."""
    return "".join(one if one >= " " and one not in "\ufffe\uffff" else " " for one in text)
