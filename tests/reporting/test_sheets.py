"""The report's tables of families, confounding and regressions."""

import pandas as pd
import pytest
from frames import contrasts_frame, manifest_of, record_of, report_content, with_frames

from eventstudy.reporting.record import OPTIONAL
from eventstudy.reporting.report import render_html
from eventstudy.reporting.sheet import Section, Sheet
from eventstudy.reporting.sheets import SECTIONS, sections, treated

pytestmark = pytest.mark.fast_tests(2)


def section_of(**frames):
    """Return the one section of a study that has these frames besides."""
    (section,) = sections(record_of(**frames))
    return section


def page_of(**frames):
    return render_html(with_frames(report_content(), **frames))


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


TREATED = pd.DataFrame(
    [("E1", "CNH", "model", "the variance did not converge")],
    columns=["event_id", "security", "stage", "reason"],
)


@pytest.mark.slow
def test_a_report_without_them_shows_none():
    record = record_of()
    assert sections(record) == []
    assert treated(record) is None
    assert "Many tests at once" not in page_of()


def test_every_section_shows_a_frame_only_some_studies_have():
    assert set(SECTIONS) < set(OPTIONAL)


def test_a_section_listed_is_in_contents_and_page_without_further_ado(monkeypatch):
    def of_pairs(record):
        sheet = Sheet(
            caption="Pairs", heads=(("event", False),), folded=False, notes=("one note",),
            rows=tuple((event,) for event in record.treated["event_id"]),
        )  # fmt: skip
        return Section(anchor="pairs", title="A & B", note="5 % of them", sheets=(sheet, sheet))

    monkeypatch.setitem(SECTIONS, "treated", of_pairs)
    page = page_of(treated=TREATED)
    assert '<a href="#pairs">A &amp; B</a>' in page
    assert page.count('<h2 id="h-pairs">A &amp; B</h2>\n<p>5\N{NO-BREAK SPACE}% of them</p>') == 1
    assert page.count("Of every row: one note.") == 2


@pytest.mark.slow
def test_the_family_stands_strongest_first_and_counts_the_groups_it_ran_over():
    family = family_of({"category=deal": 0.2, "category=rumor": 0.01})
    section = section_of(family=family)
    groups, tests = section.sheets
    assert [row[0] for row in groups.rows] == ["rumor", "deal"]
    assert groups.rows[0][1] == "4"
    assert groups.rows[0][3:] == ("0.010", "0.010", "0.030", "0.010")
    assert "over 2 groups" in section.note
    assert len(tests.rows) == 8
    assert "+1.00" in tests.rows[0]
    page = page_of(family=family)
    assert "Many tests at once" in page
    assert 'href="#family"' in page


def test_a_long_family_says_where_the_rest_is():
    family = family_of({f"category=c{i}": 0.01 * i for i in range(1, 31)})
    groups, tests = section_of(family=family).sheets
    assert "25 of 30 groups, all of them in family.csv" in groups.caption
    assert "25 of 120 tests" in tests.caption
    assert len(groups.rows) == len(tests.rows) == 25


def test_confounding_counts_each_event_from_both_sides():
    section = section_of(confounding=CONFOUNDING)
    (sheet,) = section.sheets
    assert sheet.rows == (
        ("E1", "deal", "2", "1", "1"),
        ("E2", "tariff delay", "1", "1", "0"),
        ("E3", "retaliation", "1", "0", "1"),
    )
    assert "2 pairs of events" in section.note
    assert "in 1 of them the expected signs are opposite" in section.note


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
    (sheet,) = section_of(**{name: frame}).sheets
    assert "n/a" in sheet.rows[0]
    assert ("0.012" if name == "activity" else "+1.23") in sheet.rows[0]
    page = page_of(**{name: frame})
    assert "&lt;b&gt;not&lt;/b&gt; available" in page


@pytest.mark.slow
def test_pairs_treated_otherwise_are_listed_beside_the_dropped():
    manifest = manifest_of() | {"markets": {"CNH": {"label": "Offshore yuan"}}}
    page = page_of(treated=TREATED, manifest=manifest)
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
    (sheet,) = section_of(cross_section=CROSS).sheets
    assert "remark" not in dict(sheet.heads)
    assert sheet.notes == (CROSS["note"].iloc[0],)
    assert "over [0,+1], 186 pairs, R² 0.08" in sheet.caption
    page = page_of(cross_section=CROSS)
    assert page.count("few clusters: standard errors") == 1
    assert '<td class="mid">category[talk_signal]</td>' in page


def test_a_regression_names_its_formula_dates_and_permutation_p():
    frame = CROSS.assign(
        formula="car ~ category", n_dates=24, pvalue_permutation=[float("nan"), 0.012]
    )
    (sheet,) = section_of(cross_section=frame).sheets
    assert "[0,+1] (car ~ category), 186 pairs on 24 independent dates, R² 0.08" in sheet.caption
    column = [head for head, _ in sheet.heads].index("permutation p")
    assert [row[column] for row in sheet.rows] == ["", "0.012"]


def test_remarks_that_differ_stay_in_their_rows():
    (sheet,) = section_of(cross_section=CROSS.assign(note=["one", ""])).sheets
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
    (sheet,) = section_of(joint=frame).sheets
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
    (sheet,) = section_of(activity=frame).sheets
    heads = [head for head, _ in sheet.heads]
    assert "remark" not in heads
    assert [row[heads.index("window")] for row in sheet.rows] == ["[0,0]", "[0,+1]", "[-1,+1]"] * 2
    units = [row[heads.index("unit")] for row in sheet.rows]
    assert units == ["excess variance ratio"] * 3 + ["log difference"] * 3


def test_the_strongest_are_not_said_to_survive():
    groups, _ = section_of(family=family_of({"category=deal": 0.9})).sheets
    assert groups.caption == "The strongest of each group"


def test_the_placebo_stands_before_the_classical_test_and_its_size():
    joint = pd.DataFrame(
        {
            "group": "category=deal", "security": "HSI", "window_start": 0, "window_end": 1,
            "n_events": 4, "estimate": [0.01, 0.02], "std_error": 0.01, "statistic": 1.0,
            "df": 184.0, "pvalue": 0.2, "covariance": "classical", "note": ["", "no return"],
            "test": "car", "pvalue_placebo": [0.31, float("nan")], "size": [0.083, float("nan")],
            "n_dates": [3, 1], "weights": "volatility",
            "note_placebo": ["", "not available: no shift has this statistic"],
        }
    )  # fmt: skip
    section = section_of(joint=joint)
    (sheet,) = section.sheets
    heads = [head for head, _ in sheet.heads]
    assert heads.index("placebo p") < heads.index("p") < heads.index("its size, %")
    assert sheet.rows[0][heads.index("placebo p")] == "0.310"
    assert sheet.rows[0][heads.index("its size, %")].startswith("8.3")
    assert sheet.rows[1][heads.index("placebo p")] == "n/a"
    assert sheet.rows[1][-1] == "no return; not available: no shift has this statistic"
    assert "divided by the volatility known before it" in section.note
    equal = section_of(joint=joint.assign(weights="equal"))
    assert "All sessions count alike" in equal.note

    names = ["bft_chi2", "portfolio_t", "placebo"]
    activity = pd.DataFrame(
        {
            "group": "all", "measure": "volatility", "window_start": 0, "window_end": 0,
            "name": names, "estimate": 0.5, "std_error": 0.1, "statistic": 5.0, "pvalue": 0.01,
            "n_events": 4, "note": "",
        }
    )  # fmt: skip
    (sheet,) = section_of(activity=activity).sheets
    at = [head for head, _ in sheet.heads].index("test")
    assert [row[at] for row in sheet.rows] == ["placebo", "bft_chi2", "portfolio_t"]


def test_contrasts_have_a_table_each_with_both_means_and_dates():
    section = section_of(contrasts=contrasts_frame())
    assert section.title == "One kind of news against another"
    assert "over blocks of neighbouring dates" in section.note
    captions = [sheet.caption for sheet in section.sheets]
    assert captions == [
        "de-escalation less escalation", "de-escalation less escalation, 2023",
        "de-escalation less escalation, 2024",
    ]  # fmt: skip
    heads = [head for head, _ in section.sheets[0].heads]
    assert heads == [
        "market", "window", "first, %", "second, %", "difference, %", "95 % interval, %", "in h",
        "p", "dates", "of both",
    ]  # fmt: skip
    row = section.sheets[0].rows[0]
    assert row == (
        "all markets together", "[0,0]", "+0.10", "-0.10", "+0.20", "-0.40 to +0.80", "0.40",
        "0.200", "12 and 20", "3",
    )  # fmt: skip
    assert section.sheets[1].rows[4][-1] == "not available: too few"
    within = section_of(contrasts=contrasts_frame().assign(within="month"))
    assert "within calendar months" in within.note


def test_the_test_before_day_0_stands_with_the_share_of_uncertain_day_0s():
    frame = pd.DataFrame(
        {
            "group": ["all", "category=deal", "category=rumor"],
            "window_start": -5,
            "window_end": -1,
            "n_events": [9, 6, 3],
            "n_units": [7.0, 5.0, 3.0],
            "estimate": [0.004, 0.011, -0.02],
            "pvalue": [0.3, 0.02, float("nan")],
            "ambiguous": [0.25, 0.5, 0.0],
            "n_pairs_clear": [12, 4, 6],
            "estimate_clear": [0.003, float("nan"), -0.02],
            "pvalue_clear": [0.4, float("nan"), float("nan")],
            "note": ["", "", "not available: few"],
        }
    )
    section = section_of(anticipation=frame)
    (sheet,) = section.sheets
    assert section.anchor == "anticipation"
    assert sheet.caption == "Mean cumulative abnormal return over [-5,-1]"
    assert [head for head, _ in sheet.heads][5:8] == [
        "day 0 uncertain, % of pairs", "mean CAR without them, %", "p without them",
    ]  # fmt: skip
    assert sheet.rows[0][5:8] == ("25", "+0.30", "0.400")
    assert sheet.rows[1][5:8] == ("50", "", "n/a")
    assert sheet.rows[2][-1] == "not available: few"
    page = page_of(anticipation=frame)
    assert 'href="#anticipation"' in page
    assert "before the news" in page
