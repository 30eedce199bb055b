"""Figures of a study: what each takes, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eventstudy import NotApplicableError, SpecificationError, Window

pytestmark = pytest.mark.fast_tests(1)


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


def test_returns_have_no_timeline(results):
    with pytest.raises(NotApplicableError, match="draws closes; hand over prices"):
        replace(results, prices=results.prices.iloc[:0]).plot_timeline()


def test_no_heatmap_without_categories(results):
    with pytest.raises(NotApplicableError, match="no category"):
        replace(results, heatmap=results.heatmap.iloc[:0]).plot_heatmap()
