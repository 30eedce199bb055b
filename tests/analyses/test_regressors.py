"""Regressors of columns and formulas; what they give is tested in `test_cross_section`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.analyses.regressors import make_regressors, read_cells
from eventstudy.analyses.requests import CrossSection
from eventstudy.estimation.groups import MIXED
from eventstudy.exceptions import NotApplicableError, SpecificationError

LABELS = pd.DataFrame(
    {
        "kind": ["a", "b", "a", "b", "", "b"],
        "size": ["1", "2", "", MIXED, "5", "7"],
        "actor": ["x", "x", "y", "y", "x", "y"],
        "security": ["A", "B", "A", "B", "A", "B"],
    }
)


def made(columns, labels=LABELS):
    request = CrossSection(columns=columns)
    cells = read_cells(labels, request)
    used = cells.frame[~cells.missing].reset_index(drop=True)
    return cells, make_regressors(used, request)


def test_cells_are_numbers_or_texts_and_what_is_empty_is_counted():
    cells, _ = made(("kind",))
    assert cells.empty == {"kind": 1}
    numbers = read_cells(LABELS, CrossSection(columns=("size", "kind")))
    assert numbers.frame["size"].tolist()[:2] == [1.0, 2.0]
    assert numbers.empty == {"size": 2, "kind": 1}
    assert numbers.missing.tolist() == [False, False, True, True, True, False]
    forced = read_cells(LABELS, CrossSection(columns=("C(size)",)))
    assert forced.frame["size"].tolist()[3] == MIXED


def test_the_same_columns_for_other_rows():
    _, (regressors, is_finite) = made(("kind", "security"), LABELS.assign(kind=list("abbbaa")))
    assert is_finite.all()
    assert regressors.names == ["constant", "kind[b]", "security[B]"]
    other = regressors.at(pd.DataFrame({"kind": ["b", "c"], "security": ["A", "B"]}))
    assert other.tolist() == [[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]


def test_nested_effects_are_taken_out_once():
    labels = pd.DataFrame(
        {
            "u": np.random.default_rng(1).standard_normal(24).astype(str),
            "year": np.repeat(["1", "2", "3"], 8),
            "half": np.repeat(list("abcdef"), 4),
        }
    )
    _, (regressors, _) = made("car ~ u | year + half", labels)
    assert regressors.n_absorbed == 6
    assert regressors.names[6:] == ["u"]
    assert np.linalg.matrix_rank(regressors.values) == 7
    assert regressors.notes == [
        "fixed effects of year (3 levels)",
        "fixed effects of half (6 levels)",
    ]
    assert regressors.at(labels.assign(u=2.0))[:, 6].tolist() == [2.0] * 24


def test_too_few_rows_and_unknown_effects_are_told():
    with pytest.raises(NotApplicableError, match="5 pairs cannot tell 8 coefficients apart"):
        made("car ~ kind*actor*security", LABELS.assign(size="1"))
    with pytest.raises(SpecificationError, match="no column 'firm'"):
        made("car ~ size | firm")


def test_a_column_of_very_many_levels_is_refused_by_name():
    labels = pd.DataFrame(
        {
            "kind": ["a", "b"] * 1000,
            "firm": [f"F{n % 1000}" for n in range(2000)],
            "one": [f"a{n % 20}" for n in range(2000)],
            "two": [f"b{n // 20 % 20}" for n in range(2000)],
        }
    )
    why = "'firm' has 1,000 levels, and a regression has 300 coefficients at the most"
    for columns in (("kind", "firm"), "car ~ kind | firm", "car ~ C(firm)"):
        with pytest.raises(NotApplicableError, match=why) as caught:
            made(columns, labels)
        assert caught.value.key == "cross_section.columns"
    with pytest.raises(NotApplicableError, match="terms give 400 columns"):
        made("car ~ one*two", labels)


@pytest.mark.slow
def test_many_levels_are_told_apart_and_a_column_they_hold_is_named():
    labels = pd.DataFrame({"firm": [f"F{n % 250:03d}" for n in range(600)]})
    labels["half"] = (labels["firm"] < "F125").map({True: "x", False: "y"})
    _, (regressors, _) = made(("firm",), labels)
    assert len(regressors.names) == 250
    with pytest.raises(SpecificationError, match=r"half\[y\] is collinear with .*firm\[F125\]"):
        made(("firm", "half"), labels)
