"""One test has one p-value: in the statistics, the table, the family and the heatmap."""

from __future__ import annotations

import dataclasses

import fitted_study
import pandas as pd
import pytest

from eventstudy import ConstantMean
from eventstudy.estimation.groups import make_groups
from eventstudy.inference.evaluate import COLUMNS, evaluate
from eventstudy.inference.market_tests import SharedTests, by_market
from eventstudy.windows import Window

BY = ("category", "direction", "security", "category*security", "direction*security")
ROW = ["estimate", "pvalue", "mde", "mde_return", "n_draws", "n_units"]


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


def test_rows_are_computed_once_and_are_those_of_evaluate(results, monkeypatch):
    design = results.fitted.design
    groups = make_groups(results.fitted.labels, ["category"])
    windows = [Window(0, 0), Window(0, 1)]
    names = ["placebo", "sign"]
    plain = evaluate(design, groups, [(window, "car") for window in windows], names)
    tests = SharedTests(design)
    first = tests.ask(groups, windows, names)
    assert tuple(first.columns) == COLUMNS
    pd.testing.assert_frame_equal(first, plain, check_exact=True)

    def fail(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr("eventstudy.inference.market_tests.evaluate", fail)
    again = tests.ask(groups[::-1], windows[::-1], names[:1])
    assert again["group"].tolist() == [g.label for g in groups[::-1] for _ in windows]
    both = again.merge(plain, on=["group", "window_start", "window_end", "name"])
    assert (both["pvalue_x"] == both["pvalue_y"]).all()
    added = SharedTests(design)
    added.add(groups, plain)
    pd.testing.assert_frame_equal(added.ask(groups, windows, names), plain, check_exact=True)
    with pytest.raises(AssertionError, match="computed again"):
        tests.ask(groups, [Window(-1, 1)], names)


def test_the_markets_of_a_group_are_those_of_the_crossed_grouping(results):
    group = make_groups(results.fitted.labels, ["category"])[1]
    crossed = make_groups(results.fitted.labels, ["category*security"])[1:]
    parts = by_market(results.fitted.design, group)
    assert [part.values[-1] for part in parts] == ["0", "1"]
    for part, own in zip(parts, crossed[:2], strict=True):
        assert own.values[0] == group.values[0]
        assert part.pairs.tolist() == own.pairs.tolist()
