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
    NotApplicableError,
    PricePanel,
    SpecificationError,
    Window,
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
    assert len(repr(results).splitlines()) < 12
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


@pytest.fixture
def pyplot():
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.mark.slow
def test_figures_are_axes(results, pyplot):
    from matplotlib.axes import Axes

    for ax in (
        results.plot_caar(),
        results.plot_caar("category"),
        results.plot_caar(groups=["security=A"]),
        results.plot_car_by_event((0, 1)),
        results.plot_car_by_event(Window(0, 0), security="A"),
        results.plot_heatmap(),
        results.plot_timeline(),
    ):
        assert isinstance(ax, Axes)
        ax.figure.canvas.draw()
    given = pyplot.figure().add_subplot()
    assert results.plot_caar(ax=given) is given
    for asked in ({"by": "categry"}, {"facet": "categry"}):
        with pytest.raises(SpecificationError, match=r"^(by|facet): .* mean 'category'") as caught:
            results.plot_caar(**asked)
        assert caught.value.key == next(iter(asked))
    with pytest.raises(SpecificationError, match=r"^by: the events have no column .categry."):
        results.test("bmp", by="categry")


@pytest.mark.slow
def test_figures_of_a_study_take_their_options(results, pyplot):
    panels = results.plot_caar("category", facet="group", level=0.9, style="journal", width=180)
    assert "90 % interval" in " ".join(panels.figure.get_supxlabel().split())
    ax = results.plot_car_by_event((0, 1), scale="estimation", width=94)
    assert "standard error of the estimation window" in " ".join(ax.get_xlabel().split())
    assert "volatility of the day" in " ".join(
        results.plot_car_by_event((0, 1)).get_xlabel().split()
    )
    alone = results.plot_caar(facet="category")
    assert len(alone.figure.axes) == len(panels.figure.axes)
    one = results.plot_caar("category", facet="none")
    assert len([part for part in one.figure.axes if part.lines]) == 1


def test_a_heatmap_of_another_window_and_crossing_is_computed_or_refused(results, pyplot):
    ax = results.plot_heatmap(window=(0, 0), by="security*category", most=None)
    assert "over [0,0], %" in " ".join(ax.get_xlabel().split())
    cars = results.car[(results.car["window_start"] == 0) & (results.car["window_end"] == 0)]
    cars = cars.merge(results.events[["event_id", "category"]], on="event_id")
    means = cars.groupby(["security", "category"])["car"].mean()
    shown = [
        text.get_text().rstrip("*") for text in ax.texts if text.get_text()[0] in "+\N{MINUS SIGN}0"
    ]
    expected = [f"{100 * mean:+.2f}".replace("-", "\N{MINUS SIGN}") for mean in means]
    assert sorted(shown) == sorted(expected)
    loaded = replace(results, fitted=None)
    with pytest.raises(NotApplicableError, match="no means of security\\*category over"):
        loaded.plot_heatmap(window=(0, 0), by="security*category")
    with pytest.raises(SpecificationError, match="crosses two columns"):
        results.plot_heatmap(by="category")


def test_no_heatmap_without_categories(results):
    with pytest.raises(NotApplicableError, match="no category"):
        replace(results, heatmap=results.heatmap.iloc[:0]).plot_heatmap()


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
