"""Results of every kind answer to the same verbs, and each verb says what was found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from small_intraday_study import make_bars

from eventstudy import (
    EventStudy,
    IntradayStudy,
    MarketModel,
    SpecificationError,
    calibrate,
    simulate_panel,
    specification_curve,
)
from eventstudy.reporting.result_views import Results

pytestmark = pytest.mark.fast_tests(5)

TITLE = "Talks & <b>threats</b>"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Results of one kind, and what is known of them."""

    results: Any
    heading: str  # the first of its lines
    columns: set[str]  # some of its tidy frame
    number: str  # one its table must hold
    files: set[str]  # some of its folder


def percent(value: float) -> str:
    """Return the digits of a decimal return in percent, without its sign."""
    return f"{abs(100 * value):.2f}"


@pytest.fixture(scope="module")
def kinds() -> dict[str, Kind]:
    events, prices = simulate_panel(n_events=6, n_sessions=260, first_event=130, effect=0.004)
    study = EventStudy(
        title=TITLE, markets=("M01", "M02"), model=MarketModel("M03"), by=("security",),
        estimation_window=(-100, -11), event_window=(-2, 3), car_windows=[(0, 1)],
        statistics=("placebo", "sign"), min_obs=50, date_only="same", draws=60,
    )  # fmt: skip
    daily = study.fit(events, prices)
    curve = specification_curve(
        study, events, prices, choices={"car": [(0, 0), (0, 1)], "kind": ["simple", "log"]},
        draws=60,
    )  # fmt: skip
    rates = calibrate(study, events, prices, statistics=("placebo", "sign"))
    news = pd.DataFrame({
        "event_id": ["A", "B"],
        "published_at": ["2025-04-03T12:10-04:00", "2025-04-10T10:05-04:00"],
    })  # fmt: skip
    minutes = IntradayStudy(
        title=TITLE, market="SPX", window=(-30, 60), windows=[(0, 30)], draws=19
    ).fit(news, make_bars(start="2025-03-03", end="2025-04-11"))
    row = daily.statistics.query("group == 'all' and measure == 'car' and name == 'placebo'")
    size = rates.frame.query("group == 'all' and name == 'sign' and level == 0.05")["rate"]
    return {
        "daily": Kind(
            results=daily,
            heading=TITLE,
            columns={"group", "window_start", "name", "estimate", "pvalue"},
            number=percent(row["estimate"].iloc[0]),
            files={"statistics.csv", "report.html"},
        ),
        "intraday": Kind(
            results=minutes,
            heading=TITLE,
            columns={"group", "window_start", "name", "estimate", "pvalue"},
            number=percent(minutes.car["car"].iloc[0]),
            files={"statistics.csv", "intraday.html"},
        ),
        "curve": Kind(
            results=curve,
            heading="Specification curve: All events",
            columns={"spec", "estimate", "pvalue"},
            number=percent(curve.value("median_estimate")),
            files={"curve.csv", "curve.html"},
        ),
        "calibration": Kind(
            results=rates,
            heading=f"Calibration: {TITLE}",
            columns={"group", "name", "scenario", "rate"},
            number=f"{100 * size.iloc[0]:.1f}",
            files={"calibration.csv", "calibration.svg"},
        ),
    }


@pytest.fixture(params=["daily", "intraday", "curve", "calibration"])
def kind(request, kinds) -> Kind:
    return kinds[request.param]


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.slow
def test_every_verb_is_there_and_says_what_it_does(kind):
    for verb in (name for name in vars(Results) if not name.startswith("_")):
        assert getattr(type(kind.results), verb).__doc__, verb


def test_lines_begin_with_what_was_studied_and_are_what_is_shown_first(kind):
    lines = kind.results.lines()
    assert lines[0].startswith(kind.heading)
    assert len(lines) > 1
    shown = repr(kind.results)
    if hasattr(kind.results, "answers"):  # a study by sessions has answers, and they come first
        assert shown.startswith(kind.results.answers())
        assert shown.endswith("\n".join(lines[1:]))
    else:
        assert shown == "\n".join(lines)


def test_the_tidy_frame_is_the_callers_own(kind):
    frame = kind.results.tidy()
    assert kind.columns <= set(frame.columns)
    assert len(frame)
    before = frame.copy()
    frame[frame.columns[0]] = None
    pd.testing.assert_frame_equal(kind.results.tidy(), before)


def test_the_table_is_of_texts_with_notes_and_stands_in_every_format(kind):
    table = kind.results.table()
    assert any(kind.number in str(cell) for cell in table.to_numpy().ravel())
    assert table.attrs["notes"]
    note = words(table.attrs["notes"])[:30]
    markdown = kind.results.to_markdown()
    assert markdown.startswith("| ")
    assert re.sub(r"\\(.)", r"\1", markdown.splitlines()[-1]).startswith(note)
    latex = kind.results.to_latex(caption="5 % of them", label="tab:one")
    for part in (r"\toprule", r"\caption{5 \% of them}", r"\label{tab:one}", r"\begin{tablenotes}"):
        assert part in latex
    shown = kind.results._repr_html_()
    assert escape(kind.heading) in shown
    assert "<b>threats" not in shown
    for text in (markdown, latex, shown):
        assert kind.number in text


def test_text_fits_a_terminal(kind):
    for width in (60, 80):
        text = kind.results.to_text(width=width)
        assert max(map(len, text.splitlines())) <= width
        assert kind.number in text


def test_the_page_is_whole_and_fetches_nothing(kind):
    page = kind.results.to_html()
    assert page.startswith("<!DOCTYPE html>")
    assert "default-src 'none'" in unescape(page)
    assert not re.search(r"<(link|img|iframe)|\ssrc=|@import", page)
    assert escape(TITLE) in page or kind.heading in page
    assert "<b>threats" not in page
    assert kind.number in page


@pytest.mark.slow
def test_the_figure_is_drawn_without_being_told_of_what(kind):
    with mpl.rc_context({"backend": "Agg"}):
        from matplotlib import pyplot as plt

        drawn = kind.results.plot()
        figure = getattr(drawn, "figure", drawn)
        figure.canvas.draw()
        assert figure.axes[0].has_data()
        plt.close("all")


@pytest.mark.slow
def test_the_folder_holds_frames_and_manifest(kind, tmp_path):
    target = kind.results.save(tmp_path / "out")
    names = {path.name for path in target.iterdir()}
    assert kind.files | {"manifest.json"} <= names


def test_the_first_figure_of_a_study_is_of_the_grouping_asked_for(kinds):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert kinds["daily"].results.plot("security", ax) is ax
    assert {line.get_label() for line in ax.lines} >= {"M01", "M02"}


def test_minutes_are_given_by_grouping(kinds):
    results = kinds["intraday"].results
    assert set(results.tidy("all")["group"]) == {"all"}
    with pytest.raises(SpecificationError, match="grouping"):
        results.tidy("security")


def test_a_calibration_is_written_by_group_and_window(kinds):
    results = kinds["calibration"].results
    for text in (results.to_markdown("security=M01"), results.to_latex("security=M01", (0, 1))):
        assert "M01, " in text
        assert "6 pairs" in text


def test_the_document_has_what_is_printed_and_the_numbers(kind):
    made = kind.results.document()
    assert made.title.startswith(kind.heading)
    assert made.sentences
    printed = " ".join(str(cell) for _, frame in made.tables for cell in frame.to_numpy().ravel())
    assert kind.number in printed
    assert any(kind.columns <= set(frame.columns) for frame in made.frames.values())


def test_export_writes_what_the_ending_says(kind, tmp_path):
    text = kind.results.export(tmp_path / "it.md").read_text(encoding="utf-8")
    assert "<b>" not in text
    drawn = re.findall(r"\]\((it_figure\d+\.svg)\)", text)
    assert drawn
    assert all((tmp_path / name).read_text(encoding="utf-8").startswith("<svg") for name in drawn)
