"""One test has one p-value: in the statistics, the table, the family and the heatmap."""

from __future__ import annotations

import dataclasses

import fitted_study
import pandas as pd
import pytest

from eventstudy import ConstantMean
from eventstudy.estimation.groups import make_groups
from eventstudy.inference.design import cumulate_both
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.market_tests import MarketTests
from eventstudy.windows import Window

pytestmark = pytest.mark.fast_tests(1)

BY = ("category", "direction", "security", "category*security", "direction*security")


def fitted(**given):
    study = dataclasses.replace(fitted_study.STUDY, model=ConstantMean(), by=BY, draws=90, **given)
    return fitted_study.fit(study)


@pytest.fixture(scope="module")
def results():
    return fitted()


def placebo_rows(frame):
    rows = frame[(frame["name"] == "placebo") & (frame["measure"] == "car")]
    return rows.set_index(["group", "window_start", "window_end"])


def test_every_member_of_the_family_is_the_test_of_the_statistics(results):
    rows = placebo_rows(results.statistics)
    members = 0
    for row in results.family.itertuples(index=False):
        grouping, _, value = row.group.partition("=")
        name = f"security={row.security}"
        if row.group != "all":
            name = f"{grouping}*security={value}*{row.security}"
        if (name, row.window_start, row.window_end) not in rows.index:
            continue
        own = rows.loc[name, row.window_start, row.window_end]
        assert row.pvalue == own["pvalue"] or (pd.isna(row.pvalue) and pd.isna(own["pvalue"]))
        if row.n_pairs:
            assert row.estimate == own["estimate"]
            assert row.n_draws == own["n_draws"] or not row.n_draws
        assert row.n_pairs == own["n_pairs"]
        if not pd.isna(row.pvalue_stepdown):
            assert row.pvalue_stepdown >= row.pvalue
        members += 1
    assert members == len(results.family) == (1 + 2 + 3) * 3 * 2


def test_every_cell_of_the_heatmap_is_the_test_of_the_statistics(results):
    rows = placebo_rows(results.statistics)
    assert len(results.heatmap) == 4
    for cell in results.heatmap.itertuples(index=False):
        own = rows.loc[f"category*security={cell.row}*{cell.column}", 0, 1]
        for column in ("estimate", "pvalue", "mde", "mde_return", "n_units"):
            assert getattr(cell, column) == own[column]
    table = results.table("category*security")
    for cell in results.heatmap.itertuples(index=False):
        at = table.index[table["group"] == f"{cell.row} × {cell.column}"][0]
        assert table.loc[at + 1, "[0,+1]"].startswith(f"({cell.pvalue:.3f})")


def test_what_else_a_study_asks_changes_no_test(results):
    """Without the crossed grouping the heatmap and the family compute the same numbers."""
    study = dataclasses.replace(
        fitted_study.STUDY, model=ConstantMean(), by=("category",), draws=90
    )
    other = fitted_study.fit(study)
    pd.testing.assert_frame_equal(
        other.heatmap, results.heatmap, check_exact=True, check_dtype=False
    )
    kinds = results.family[results.family["group"].str.startswith("category")]
    again = other.family[other.family["group"].str.startswith("category")]
    columns = ["group", "window_start", "window_end", "security", "pvalue", "n_draws", "note"]
    pd.testing.assert_frame_equal(
        again[columns].reset_index(drop=True), kinds[columns].reset_index(drop=True),
        check_exact=True,
    )  # fmt: skip
    asked = other.test("placebo", (0, 1), "category*security")
    assert asked["pvalue"].tolist() == results.heatmap["pvalue"].tolist()


@pytest.mark.parametrize("side", ["two-sided", "less"])
def test_every_number_is_that_of_evaluate(results, side):
    design = dataclasses.replace(results.fitted.design, alternative=side)
    windows = [Window(0, 0), Window(-1, 1), Window(2, 3)]
    tests = MarketTests(design, {window: cumulate_both(design, window) for window in windows})
    labels = results.fitted.labels
    for grouping in ("category", "analyst"):
        crossed = {
            group.values: group for group in make_groups(labels, [f"{grouping}*security"])[1:]
        }
        measures = [(window, "car") for window in windows]
        rows = evaluate(design, list(crossed.values()), measures, ["placebo"])
        rows = rows.set_index(["group", "window_start", "window_end"])
        for group in make_groups(labels, [grouping])[1:]:
            for test in tests.of(group.pairs):
                values = (*group.values, "AB"[test.security])
                own = rows.loc[crossed[values].label, test.window.start, test.window.end]
                for column in ("estimate", "statistic", "pvalue"):
                    pd.testing.assert_series_equal(
                        pd.Series([getattr(test, column)]), pd.Series([own[column]]),
                        check_exact=True,
                    )  # fmt: skip
                assert len(test.pairs) == own["n_pairs"]
                assert test.n_draws == (max(0, own["n_draws"]))
                assert ("not available" in test.note) == (own["n_pairs"] == 0) or pd.isna(
                    test.pvalue
                )


def test_markets_of_the_same_pairs_are_computed_once(results):
    design = results.fitted.design
    tests = MarketTests(design, {Window(0, 1): cumulate_both(design, Window(0, 1))})
    everything = make_groups(results.fitted.labels, ["security"])
    first = tests.of(everything[0].pairs)
    assert [test.security for test in first] == [0, 1]
    assert tests.of(everything[1].pairs)[0] is first[0]
