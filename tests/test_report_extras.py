"""The report's tables of families, confounding and regressions."""

from dataclasses import replace

import pandas as pd
import pytest
from frames import report_content as content_of

from eventstudy._report_extras import sheets, treated
from eventstudy.report import render_html


def shown(**frames):
    return replace(content_of(), **frames)


def family_of(groups):
    rows = [
        {
            "group": group, "window_start": 0, "window_end": end, "security": security,
            "n_pairs": 5, "n_events": 5, "estimate": 0.01, "pvalue": pvalue,
            "pvalue_stepdown": min(1.0, 2 * pvalue), "group_pvalue": pvalue,
            "group_pvalue_holm": min(1.0, 3 * pvalue), "group_pvalue_bh": pvalue, "n_groups": 2,
            "n_draws": 999, "note": "",
        }
        for group, pvalue in groups.items()
        for end in (0, 1)
        for security in ("N225", "TWII")
    ]  # fmt: skip
    return pd.DataFrame(rows)


CONFOUNDING = pd.DataFrame(
    [
        ("E1", "E2", 3, 5, 3, "deal", "tariff_delay", "same"),
        ("E1", "E3", 2, 1, 0, "deal", "retaliation", "opposite"),
    ],
    columns=[
        "event_a", "event_b", "n_markets", "sessions_shared", "same_day0", "category_a",
        "category_b", "signs",
    ],
)  # fmt: skip


@pytest.mark.slow
def test_a_report_without_them_shows_none():
    content = shown()
    assert sheets(content) == []
    assert treated(content.treated, {}) is None
    assert "Many tests at once" not in render_html(content)


@pytest.mark.slow
def test_the_family_stands_strongest_first_and_counts_the_groups_it_ran_over():
    content = shown(family=family_of({"category=deal": 0.2, "category=rumor": 0.01}))
    groups, tests = sheets(content)
    assert [row[0] for row in groups.rows] == ["rumor", "deal"]
    assert groups.rows[0][1] == "4"
    assert groups.rows[0][3:] == ("0.010", "0.010", "0.030", "0.010")
    assert "over 2 groups" in groups.intro
    assert len(tests.rows) == 8
    assert "+1.00" in tests.rows[0]
    page = render_html(content)
    assert "Many tests at once" in page
    assert 'href="#family"' in page


def test_a_long_family_says_where_the_rest_is():
    content = shown(family=family_of({f"category=c{i}": 0.01 * i for i in range(1, 31)}))
    groups, tests = sheets(content)
    assert "25 of 30 groups, all of them in family.csv" in groups.caption
    assert "25 of 120 tests" in tests.caption
    assert len(groups.rows) == len(tests.rows) == 25


def test_confounding_counts_each_event_from_both_sides():
    (sheet,) = sheets(shown(confounding=CONFOUNDING))
    assert sheet.rows == (
        ("E1", "deal", "2", "1", "1"),
        ("E2", "tariff delay", "1", "1", "0"),
        ("E3", "retaliation", "1", "0", "1"),
    )
    assert "2 pairs of events" in sheet.intro
    assert "in 1 of them the expected signs are opposite" in sheet.intro


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("name", ["joint", "cross_section", "activity"])
def test_regressions_are_shown_in_percent_and_missing_p_as_such(name):
    frame = pd.DataFrame(
        {
            "group": ["category=deal"], "security": ["all"], "term": ["constant"],
            "measure": ["volatility"], "name": ["portfolio_t"], "window_start": [0],
            "window_end": [1], "n_events": [4], "estimate": [0.0123], "std_error": [0.004],
            "statistic": [3.1], "df": [7.0], "pvalue": [float("nan")], "ci_low": [0.001],
            "ci_high": [0.02], "covariance": ["classical"], "note": ["<b>not</b> available"],
        }
    )  # fmt: skip
    content = shown(**{name: frame})
    (sheet,) = sheets(content)
    assert "n/a" in sheet.rows[0]
    assert ("0.012" if name == "activity" else "+1.23") in sheet.rows[0]
    page = render_html(content)
    assert "&lt;b&gt;not&lt;/b&gt; available" in page


@pytest.mark.slow
def test_pairs_treated_otherwise_are_listed_beside_the_dropped():
    frame = pd.DataFrame(
        [("E1", "CNH", "model", "the variance did not converge")],
        columns=["event_id", "security", "stage", "reason"],
    )
    page = render_html(shown(treated=frame, labels={"CNH": "Offshore yuan"}))
    assert "treated otherwise than asked" in page
    assert "Offshore yuan" in page
    assert "did not converge" in page


CROSS = pd.DataFrame(
    {
        "window_start": 0, "window_end": 1, "term": ["constant", "category[talk_signal]"],
        "estimate": [0.01, 0.02], "std_error": 0.01, "statistic": [1.0, 2.0], "df": 5.0,
        "pvalue": [0.3, 0.1], "ci_low": -0.01, "ci_high": 0.04, "covariance": "two_way",
        "n_pairs": 186, "n_events": 31, "r_squared": 0.0835,
        "note": "base level category[deal]; few clusters: standard errors tend to be too small",
    }
)  # fmt: skip


@pytest.mark.slow
def test_what_every_row_says_stands_once_below_the_regression():
    content = shown(cross_section=CROSS)
    (sheet,) = sheets(content)
    assert "remark" not in dict(sheet.heads)
    assert sheet.notes == (CROSS["note"].iloc[0],)
    assert "over [0,+1], 186 pairs, R² 0.08" in sheet.caption
    page = render_html(content)
    assert page.count("few clusters: standard errors") == 1
    assert '<td class="mid">category[talk_signal]</td>' in page


def test_remarks_that_differ_stay_in_their_rows():
    (sheet,) = sheets(shown(cross_section=CROSS.assign(note=["one", ""])))
    assert [row[-1] for row in sheet.rows] == ["one", ""]
    assert sheet.notes == ()


def test_an_f_test_shows_both_its_degrees_of_freedom():
    frame = pd.DataFrame(
        {
            "group": "category=deal", "security": "all", "window_start": 0, "window_end": 1,
            "n_events": 4, "estimate": [0.01, float("nan")], "std_error": [0.01, float("nan")],
            "statistic": [1.0, 2.0], "df": [184.0, 6.0], "pvalue": 0.2, "covariance": "classical",
            "note": ["", "F test: the CAR is 0 in every market"], "test": ["car", "markets"],
            "df_denominator": [float("nan"), 184.0],
        }
    )  # fmt: skip
    (sheet,) = sheets(shown(joint=frame))
    heads = [head for head, _ in sheet.heads]
    assert [row[heads.index("df")] for row in sheet.rows] == ["184", "6 and 184"]
    assert [row[heads.index("test")] for row in sheet.rows] == ["t", "F"]
    assert sheet.rows[1][-1] == "the CAR is 0 in every market"


def test_activity_has_units_and_the_windows_of_the_study_in_their_order():
    windows = [(-1, 1), (0, 0), (0, 1)]
    frame = pd.DataFrame(
        [
            {
                "group": "all", "measure": measure, "window_start": start, "window_end": end,
                "name": "portfolio_t", "estimate": 0.5, "std_error": 0.1, "statistic": 5.0,
                "pvalue": 0.01, "n_events": 4, "note": "",
            }
            for measure in ("volatility", "volume")
            for start, end in windows
        ]
    )  # fmt: skip
    (sheet,) = sheets(shown(activity=frame))
    heads = [head for head, _ in sheet.heads]
    assert "remark" not in heads
    assert [row[heads.index("window")] for row in sheet.rows] == ["[0,0]", "[0,+1]", "[-1,+1]"] * 2
    units = [row[heads.index("unit")] for row in sheet.rows]
    assert units == ["excess variance ratio"] * 3 + ["log difference"] * 3


def test_the_strongest_are_not_said_to_survive():
    groups, _ = sheets(shown(family=family_of({"category=deal": 0.9})))
    assert groups.caption == "The strongest of each group"
