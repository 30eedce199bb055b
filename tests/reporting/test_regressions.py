"""A regression as a frame, a text and a table, and several side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting.regressions import Regression, compare


def frame(**changed):
    given = {
        "window_start": 0, "window_end": 1, "term": ["constant", "surprise"],
        "estimate": [0.001, 0.0234], "std_error": [0.002, 0.005], "statistic": [0.5, 4.68],
        "df": [20.0, 11.5], "pvalue": [0.62, 0.0007], "ci_low": [-0.003, 0.01],
        "ci_high": [0.005, 0.03], "covariance": "date", "n_pairs": 88, "n_events": 24,
        "r_squared": 0.31, "note": "3 pairs left out: no value", "n_dates": 22, "n_clusters": 21.0,
        "pvalue_permutation": [float("nan"), 0.004], "weights": "equal",
        "formula": "car ~ surprise",
    }  # fmt: skip
    return pd.DataFrame(given | changed)


def test_it_is_the_frame_and_parts_of_it_are_plain_frames():
    regression = Regression(frame())
    assert isinstance(regression, pd.DataFrame)
    pd.testing.assert_frame_equal(regression.frame, frame())
    assert type(regression.frame) is type(regression[["term"]]) is type(regression.iloc[:1])
    assert type(regression[["term"]]) is pd.DataFrame
    own = regression.frame
    own["estimate"] = 9.0
    assert regression["estimate"].iloc[0] == 0.001


def test_numbers_by_term():
    regression = Regression(frame())
    assert regression.params["surprise"] == 0.0234
    assert regression.bse["surprise"] == 0.005
    assert regression.tvalues["constant"] == 0.5
    assert regression.pvalues["surprise"] == 0.0007
    assert np.isnan(regression.pvalues_permutation["constant"])
    assert (regression.nobs, regression.rsquared) == (88, 0.31)


def test_summary_says_what_the_errors_are_and_what_was_left_out():
    text = Regression(frame(weights="precision")).summary(width=90)
    assert text.startswith("Regression of CARs over [0,+1]: car ~ surprise\n")
    assert "88 pairs, 24 events, 22 independent dates; R² 0.310" in text
    assert "errors clustered by date, corrected for few clusters (21 clusters); weighted" in text
    assert "2.34" in text
    assert "3 pairs left out: no value." in text
    assert max(map(len, text.splitlines()[4:])) <= 90
    assert repr(Regression(frame())) == Regression(frame()).to_text()


def test_a_missing_p_value_is_said_and_texts_are_escaped():
    regression = Regression(frame(pvalue=float("nan"), term=["<b>", "a_b"], n_clusters=np.nan))
    assert list(regression.table()["p"]) == ["n/a", "n/a"]
    assert "&lt;b&gt;" in regression._repr_html_()
    assert r"a\_b" in regression.to_latex(caption="CARs", label="tab:cars")
    assert r"a\_b" in regression.to_markdown()


def test_models_stand_side_by_side():
    other = frame(
        term=["constant", "surprise:after[yes]"], n_dates=[2, 2], covariance="market", note=""
    )
    both = compare(Regression(frame()), other, names=["all", "after"])
    table = both.table()
    assert list(table.columns) == ["term", "all", "after"]
    cells = table.set_index("term")
    assert cells.loc["surprise", "all"] == "2.34***"
    assert cells.loc["surprise", "after"] == ""
    assert cells.loc["surprise:after[yes]", "after"] == "2.34"  # two dates: no star
    assert list(table["all"][:2]) == ["2.34***", "(0.5)"]
    assert list(cells.loc["dates"]) == ["22", "2"]
    assert list(cells.loc["R²"]) == ["0.310", "0.310"]
    assert list(table["term"])[4] == "constant"
    assert "all car ~ surprise: 3 pairs left out: no value." in table.attrs["notes"]
    assert both.lines()[2] == "after: [0,+1]: car ~ surprise"
    assert r"\begin{tabular}" in both.to_latex()
    assert "| surprise | 2.34" in both.to_markdown()
    assert repr(both) == both.to_text()
    assert "<table>" in both._repr_html_()
    tidy = both.tidy()
    assert list(tidy["model"]) == ["all", "all", "after", "after"]
    assert list(compare(frame()).names) == ["(1)"]


def test_frames_that_name_their_model_of_normal_returns_stand_below_each_other():
    tidy = compare(frame(model="market_model"), frame(model="raw")).tidy()
    assert list(tidy["model"]) == ["(1)", "(1)", "(2)", "(2)"]
    assert list(tidy["normal_returns"]) == ["market_model"] * 2 + ["raw"] * 2


@pytest.mark.parametrize(
    ("models", "names", "message"),
    [
        ([], None, "name one regression or more"),
        ([pd.DataFrame()], None, r"\(1\) is no regression of CARs; it has no column 'term'"),
        ([frame().iloc[:0]], None, "it has no rows"),
        ([frame(), frame()], ["a", "a"], "names are one a model and all different, for 2 models"),
        ([[frame()]], None, r"\(1\) is no regression of CARs but a list"),
        ([frame()], ["term"], "all different, for 1 model not term"),
    ],
)
def test_what_cannot_be_compared_is_told(models, names, message):
    with pytest.raises(SpecificationError, match=message):
        compare(*models, names=names)


def test_columns_that_differ_by_what_is_normal_name_their_models():
    one, two = frame(model="constant_mean"), frame(model="market_model")
    said = compare(one, two, names=["total", "beyond"]).table().attrs["notes"]
    assert "Normal returns: total constant_mean and beyond market_model." in said
    assert "Normal returns" not in compare(one, one).table().attrs["notes"]


def test_packages_of_tables_take_a_regression_as_a_model():
    regression = Regression(frame(formula="car ~ surprise | security"))
    table = regression.__maketables_coef_table__
    assert (table.index.name, list(table.index)) == ("Coefficient", ["constant", "surprise"])
    assert table.loc["surprise", ["b", "se", "p"]].tolist() == [0.0234, 0.005, 0.0007]
    assert [regression.__maketables_stat__(key) for key in ("N", "r2", "aic")] == [88, 0.31, None]
    assert regression.__maketables_stat__("se_type").startswith("errors clustered by date")
    assert regression.__maketables_depvar__ == "CAR [0,+1]"
    assert regression.__maketables_fixef_string__ == "security"
    assert Regression(frame()).__maketables_fixef_string__ is None
    assert regression.__maketables_vcov_info__["vcov_type"] == "date"
