"""The tables of a paper out of results: their numbers by other ways, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import NotApplicableError, SpecificationError, Window, load_results
from eventstudy.estimation.abnormal import cumulate
from eventstudy.reporting import wording
from eventstudy.study.paper_tables import PRESETS


def test_the_numbers_are_those_of_the_statistics(results):
    names = [results.headline_name, "bmp"]
    frame = results.etable(tests=names, panels="category").to_frame()
    tidy = results.tidy("category", windows=results.car_windows, names=names)
    for row in frame.itertuples(index=False):
        same = tidy[
            (tidy["group"] == f"category={row.panel}") & (tidy["name"] == row.name)
            & (tidy["window_start"] == row.window_start) & (tidy["window_end"] == row.window_end)
        ].iloc[0]  # fmt: skip
        for column in ("estimate", "statistic", "pvalue", "size", "n_pairs", "pvalue_corrected"):
            np.testing.assert_equal(getattr(row, column), same[column])
        expected = wording.star_pvalue(same)
        np.testing.assert_equal(row.star_pvalue, np.nan if expected is None else expected)


def test_tests_stand_in_the_order_given_and_markets_in_that_of_the_study(results):
    table = results.etable(tests=["bmp", "placebo"], columns="market", show=["estimate", "t"])
    heads = [over for over, _ in table.table().columns][1:]
    assert heads == ["A"] * 3 + ["B"] * 3
    turned = results.etable(columns="market", order=["B", "A"], labels={"B": "Market B"})
    assert list(turned.table().columns) == ["Window", "Market B", "A"]
    one = results.etable(columns="market", order=["B"])
    assert set(one.to_frame()["column"]) == {"B"}


def test_order_and_labels_may_be_the_values_as_the_events_have_them(results):
    class Kind:
        def __init__(self, text):
            self.text = text

        def __str__(self):
            return self.text

    given = [Kind(value) for value in ("B", "A")]
    table = results.etable(columns="market", order=given, labels={given[0]: "Market B"})
    assert list(table.table().columns) == ["Window", "Market B", "A"]
    assert list(dict.fromkeys(table.to_frame()["column"])) == ["B", "A"]
    ax = results.plot_coefficients(columns="market", order=["B", "A"])
    legend = ax.get_legend() or ax.figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["B", "A"]


def test_values_that_would_be_printed_alike_keep_their_signs():
    made, panel = es.simulate_panel(n_markets=2, n_events=8)
    named = made.frame[["event_id", "date"]].assign(kind=["a_b", "a b"] * 4)
    results = es.event_study(
        named, panel, model="constant_mean", estimation_window=(-60, -6), min_obs=30, draws=0,
        statistics=["bmp"],
    )  # fmt: skip
    assert list(results.etable(columns="kind").table().columns) == ["Window", "a b", "a_b"]


def test_median_and_share_by_brute_force(results):
    frame = results.etable(
        panels="category", tests=["bmp", "bhar_t"], show=["t", "median", "positive"]
    ).to_frame()
    fitted = results.fitted
    for row in frame.itertuples(index=False):
        total = cumulate(fitted.design.table, Window(row.window_start, row.window_end))
        values = total.bhar if row.name == "bhar_t" else total.car
        held = values[(fitted.labels["category"] == row.panel).to_numpy()]
        held = held[np.isfinite(held)]
        assert row.median == pytest.approx(np.median(held))
        assert row.positive == pytest.approx((held > 0).mean())


def test_errors_by_date_are_those_of_the_band_of_the_path(results):
    start = results.event_window.start
    windows = [(start, start), (start, 1)]
    frame = results.etable(
        tests="placebo", windows=windows, show=["estimate", "se"], panels="category"
    ).to_frame()
    assert set(frame["error"]) == {"date"}
    path = results.caar.set_index(["group", "tau"])
    for row in frame.itertuples(index=False):
        band = path.loc[(f"category={row.panel}", row.window_end)]
        assert row.std_error == pytest.approx(band["std_error"])
        assert (row.ci_low, row.ci_high) == pytest.approx((band["ci_low"], band["ci_high"]))
        assert row.df_error == band["n_dates"] - 1
    own = results.etable(tests="cross_sectional_t", show=["estimate", "se"]).to_frame()
    assert set(own["error"]) == {"test"}


def test_days_and_their_path(results):
    frame = results.etable(preset="by_day", days=[-1, 0, 2]).to_frame()
    assert frame["window_start"].tolist() == [-1, 0, 2]
    assert set(frame["part"]) == {"day"}
    path = results.caar[results.caar["group"] == "all"].set_index("tau")["caar"]
    assert frame["caar"].tolist() == path.loc[[-1, 0, 2]].tolist()
    alone = results.tidy("all", names=[results.headline_name])
    alone = alone[alone["measure"] == "ar"].set_index("window_start")["estimate"]
    assert frame["estimate"].tolist() == alone.loc[[-1, 0, 2]].tolist()
    both = results.etable(rows="both", days=[0], windows=[(0, 0), (0, 1)]).to_frame()
    assert both["part"].tolist() == ["day", "window", "window"]


def test_presets_show_what_papers_show(results):
    assert set(PRESETS) == {"mackinlay", "by_day", "by_window"}
    table = results.etable(preset="mackinlay")
    assert [over for over, _ in table.table().columns] == ["", *["talk"] * 2, *["threat"] * 2]
    assert [name for _, name in table.table().columns][1:3] == ["AAR, %", "CAAR, %"]
    assert table.table().iloc[0, 1].lstrip("-").rstrip("*†")[::-1].index(".") == 3
    window = results.etable(preset="by_window")
    assert {"Median, %", "Positive, %", "N", "Dates"} <= set(window.table().columns)
    assert set(window.to_frame()["name"]) == set(results.spec["statistics"]["names"])
    few = results.etable(preset="by_window", tests="bmp", show=["estimate", "p"])
    assert list(few.table().columns) == ["Window", "CAAR, %"]


def test_notes_name_the_model_and_what_p_rests_on(results):
    notes = results.etable(tests=["bmp"]).notes
    assert "bmp: null, the mean abnormal return is zero; assumes independent pairs" in notes
    assert "Normal returns: market_model on M, estimated over [-100,-11]." in notes
    assert "one-sided (greater)" in results.etable(alternative="greater").notes


def test_the_table_of_before_follows_the_same_rule_of_stars(results):
    table = results.table(name="bmp")
    assert "bmp assumes independent pairs; robust to event-induced variance" in table.attrs["notes"]
    assert "on which the p-values rest" not in table.attrs["notes"]


def test_results_of_a_folder_give_what_they_hold(results, saved):
    back = load_results(saved)
    same = results.etable(panels="category")
    assert back.etable(panels="category").to_text() == same.to_text()
    with pytest.raises(NotApplicableError, match="median and positive are of single pairs"):
        back.etable(show=["estimate", "median"])
    with pytest.raises(NotApplicableError, match="do not hold this answer"):
        back.etable(tests=["grank_t"])
    with pytest.raises(NotApplicableError, match="no standard errors of"):
        back.plot_coefficients(tests="placebo")
    alone = back.etable(tests="placebo", show=["estimate", "se"])
    assert alone.to_frame()["std_error"].isna().all()
    assert alone.table().iloc[1, 1] == "(n/a)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tests": ["bmpp"]}, "did you mean 'bmp'"),
        ({"tests": []}, "name one or more"),
        ({"preset": "mckinlay"}, "did you mean 'mackinlay'"),
        ({"rows": "days"}, "did you mean 'day'"),
        ({"panels": "market", "columns": "security"}, "name two columns"),
        ({"panels": "a*b"}, "one column each"),
        ({"panels": "categry"}, "^the events have no column .categry.; did you mean .category."),
        ({"panels": "category", "order": ["tlak"]}, "did you mean 'talk'"),
        ({"stars": "honest"}, "unknown stars"),
        ({"alternative": "up"}, "unknown alternative"),
    ],
)
def test_what_is_unknown_is_named(results, options, message):
    with pytest.raises(SpecificationError, match=message):
        results.etable(**options)


def test_a_day_outside_the_event_window_is_refused(results):
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.etable(rows="day", days=[40])


def test_the_figure_has_the_numbers_of_the_table(results):
    ax = results.plot_coefficients(panels="category", windows=[(0, 1)])
    means = sorted(line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1)
    frame = results.etable(panels="category", windows=[(0, 1)]).to_frame()
    assert means == pytest.approx(sorted(100 * frame["estimate"]))
    assert isinstance(frame, pd.DataFrame)
