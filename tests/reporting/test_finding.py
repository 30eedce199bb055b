"""What every finding is made with."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from statsmodels.stats.multitest import multipletests

from eventstudy.reporting.finding import Finding, as_float, context, holm, note_of


def test_holm_equals_statsmodels() -> None:
    values = np.random.default_rng(1).uniform(size=25) ** 3
    expected = multipletests(values, method="holm")[1]
    np.testing.assert_allclose(holm(list(values)), expected, rtol=1e-12)
    assert holm([]) == []


def test_a_verdict_is_that_of_the_strength_unless_another_is_given() -> None:
    given = {"headline": "x", "detail": "", "group": None, "window": None}
    assert Finding(**given, strength="none").verdict == "Not distinguishable from ordinary days"
    assert Finding(**given, strength="none", says="Cannot be told apart").verdict.startswith("Can")
    thin = Finding(**given, strength="strong", is_thin=True, says="Holds")
    assert thin.verdict == "No inference: fewer than 8 dates"
    assert context("x", "").verdict == ""
    assert Finding(**given, strength="further").verdict == ""


def test_cells() -> None:
    row = SimpleNamespace(mde=0.5, note="few dates")
    assert as_float(row, "mde") == 0.5
    assert as_float(row, "size") is None
    assert note_of(row) == ["Note: few dates."]
    assert note_of(SimpleNamespace(note="")) == []
