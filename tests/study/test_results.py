"""Results of a study as tables, figures and documents."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fitted_study import closes, events_table

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    MarketModel,
    PricePanel,
    load_results,
    simulate_panel,
)
from eventstudy.events.table import Caveat

pytestmark = pytest.mark.fast_tests(2)


def test_summary_fits_a_terminal(results):
    text = results.summary()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.startswith("Talks & threats\n")
    assert "market_model on M, same_date" in text
    assert "7 events in 2 markets" in text
    assert "market 1" in text  # E3 is not about B
    shown = repr(results)
    assert shown.startswith(results.answers())
    assert max(len(line) for line in shown.splitlines()) <= 80
    html = results._repr_html_()
    assert "Talks &amp; threats" in html
    assert "Talks & threats" not in html


def test_tables_of_papers(results):
    table = results.table("category")
    flat = " ".join(str(cell) for cell in table.to_numpy().ravel())
    estimate = results.tidy("category", windows=[(0, 1)], names="placebo")["estimate"].iloc[0]
    assert f"{100 * estimate:.2f}".lstrip("-") in flat
    markdown = results.to_markdown("category")
    assert markdown.startswith("| ")
    assert all(line.startswith("|") for line in markdown.split("\n\n")[0].splitlines())
    latex = results.to_latex("category", caption="Reactions 100 %", label="tab:r")
    assert r"\begin{table}" in latex
    assert r"\toprule" in latex
    assert r"Reactions 100 \%" in latex
    assert r"\label{tab:r}" in latex
    assert "portfolio" in results.to_text(name="portfolio_t").lower()
    for width in (60, 120):
        assert max(len(line) for line in results.to_text(width=width).splitlines()) <= width


@pytest.mark.slow
def test_the_report_is_written_beside(results, tmp_path):
    folder = results.save(tmp_path / "whole", full=True)
    assert '<body class="full">' in (folder / "report.html").read_text(encoding="utf-8")
    alone = results.report(tmp_path / "alone.html").read_text(encoding="utf-8")
    assert 'href="car.csv"' not in alone
    load_results(folder).report(folder / "report.html")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<body>" in page
    assert '<a href="car.csv">car.csv</a>' in page
    assert "Talks &amp; threats" in page
    assert "<script src" not in page
    assert "https://" not in page.split("</head>")[0]


@pytest.mark.parametrize(("category", "is_there"), [("threat", True), ("deal", False)])
def test_the_report_repeats_what_is_to_be_known_of_events_studied(tmp_path, category, is_there):
    # The name of a category says nothing; what the events carry does.
    table = events_table().assign(category=["tariff_effective", *["threat"] * 6])
    caveat = Caveat(column="category", value=category, text="Dates set <long> before.")
    events = replace(Events.from_frame(table), caveats=(caveat,))
    study = EventStudy(
        markets=("A",), model=MarketModel(benchmark="M"), estimation_window=(-100, -11),
        calendar="data", date_only="same", min_obs=60, draws=0, statistics=["portfolio_t"],
    )  # fmt: skip
    fitted = study.fit(events, PricePanel.from_frame(closes()))
    back = load_results(fitted.save(tmp_path / "out"))
    for text in (
        (tmp_path / "out" / "report.html").read_text(encoding="utf-8"),
        back.report(tmp_path / "again.html").read_text(encoding="utf-8"),
    ):
        assert ("Dates set &lt;long&gt; before." in text) is is_there
        words = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
        assert "known beforehand" not in words


@pytest.mark.slow
def test_an_event_window_without_day_zero(tmp_path):
    events, prices = simulate_panel(n_events=4, seed=4)
    study = EventStudy(
        markets=prices.names, model=ConstantMean(), estimation_window=(-110, -11),
        event_window=(1, 3), car_windows=[(1, 1)], date_only="same", calendar="data", draws=50,
    )  # fmt: skip
    results = study.fit(events, prices)
    assert "sessions 2018-" in results.summary()
    results.save(tmp_path / "out")
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
