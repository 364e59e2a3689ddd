"""Reliability of norms, from numbers of participants and deviations of raters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from edgeinterp.inputs.norms import default_norms, read_norms
from edgeinterp.inputs.reliability import of_counts, of_rows
from tests import reference_properties


@pytest.mark.parametrize("sparse", [False, True])
def test_counts_repeat_as_well_as_halves_of_the_participants_do(sparse: bool) -> None:
    rng = np.random.default_rng(0)
    counts = rng.binomial(30, rng.beta([0.3, 2.0, 5.0], [3.0, 3.0, 5.0], size=(400, 3)))
    found = of_counts(csr_array(counts) if sparse else counts, 30)
    assert found is not None
    np.testing.assert_allclose(found, reference_properties.split_half(counts, 30, rng, 60), atol=0.02)


def test_ratings_repeat_as_well_as_other_raters_of_the_same_words() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(size=(2000, 1))
    ratings = true[:, :, None] + 2.0 * rng.normal(size=(2000, 2, 18))
    header = ["Word", "Auditory.mean", "Auditory.SD", "N_known.perceptual"]
    rows = [
        (line, ["w", str(one.mean()), str(one.std(ddof=1)), "18"]) for line, one in enumerate(ratings[:, 0], 2)
    ]  # fmt: skip
    found = of_rows(header, rows, ["Auditory"])
    assert found is not None
    again = np.corrcoef(ratings[:, 0].mean(axis=1), ratings[:, 1].mean(axis=1))[0, 1]
    assert found[0] == pytest.approx(again, abs=0.03)


@pytest.mark.parametrize("counts", [[[31.0], [2.0]], [[0.5], [2.0]]])
def test_what_was_counted_in_another_way_has_none(counts: Any) -> None:
    assert of_counts(np.array(counts), 30) is None


def test_columns_or_numbers_that_are_not_there_leave_it_out() -> None:
    row = (2, ["cat", "1.5", "0.5", "18"])
    assert of_rows(["Word", "Head.mean", "Head.SD", "N_known.perceptual"], [row], ["Head"]) is None
    header = ["Word", "Head.mean", "Head.SD", "N_known.action"]
    assert of_rows(header, [row], ["Head"]) is not None
    assert of_rows(header, [row, (3, ["dog", "1.5", "NA", "18"])], ["Head"]) is None
    assert of_rows(header, [row, (3, ["dog", "1.5", "1.0", "0"])], ["Head"]) is None


def test_readers_work_it_out(tmp_path: Path) -> None:
    mcrae = tmp_path / "mcrae.csv"
    mcrae.write_text("Concept,Feature,Prod_Freq\ncat,has_fur,20\ndog,has_fur,9\ncat,purrs,6\nfish,swims,12\n")
    norms = read_norms(mcrae)
    assert norms.layout == "mcrae"
    want = of_counts(norms.values, 30)
    assert want is not None
    np.testing.assert_array_equal(norms.reliability, want)
    lancaster = tmp_path / "lancaster.csv"
    names = "Word,Auditory.mean,Visual.mean,Auditory.SD,Visual.SD,N_known.perceptual\n"
    lancaster.write_text(f"{names}CAT,1.5,4.5,1.0,0.5,18\nDOG,3.5,3.5,1.0,1.5,20\nSEA,2.0,1.0,1.0,1.0,19\n")
    norms = read_norms(lancaster)
    assert norms.layout == "lancaster"
    want = 1 - np.array([1 / 18 + 1 / 20 + 1 / 19, 0.25 / 18 + 2.25 / 20 + 1 / 19]) / 3 / np.var(
        [[1.5, 4.5], [3.5, 3.5], [2.0, 1.0]], axis=0, ddof=1
    )  # fmt: skip
    np.testing.assert_allclose(norms.reliability, want)  # type: ignore[arg-type]
    assert default_norms().reliability is None
