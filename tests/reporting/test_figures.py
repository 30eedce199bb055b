"""Figures show the numbers of their frame in one palette, and survive what news can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
import pytest
from figure_parts import bare, cars, colours, drawn
from figure_parts import events as events_of
from frames import caar_frame, heatmap_frame, prices_frame
from matplotlib import pyplot as plt
from matplotlib.text import Text

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting import figures, palette

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes

pytestmark = pytest.mark.fast_tests(2)

DRAW: dict[str, Callable[..., Axes]] = {
    "caar": lambda *ax, **how: figures.plot_caar(
        caar_frame(("all", "direction=escalation")), *ax, **how
    ),
    "events": lambda *ax, **how: figures.plot_car_by_event(cars(5), *ax, **how),
    "heatmap": lambda *ax, **how: figures.plot_heatmap(heatmap_frame(), *ax, **how),
    "timeline": lambda *ax, **how: figures.plot_timeline(prices_frame(), events_of(9), *ax, **how),
}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


@pytest.mark.parametrize("name", list(DRAW))
def test_every_colour_is_of_the_palette(name: str) -> None:
    known = {colour.light for colour in palette.COLOURS}
    found = colours(DRAW[name](bare()))
    assert found - known - {"#ffffff", "#000000"} == set()


@pytest.mark.parametrize("name", list(DRAW))
def test_a_journal_gets_greys_serif_letters_of_eight_points_and_no_title(name: str) -> None:
    ax = DRAW[name](title="A title", style="journal", width=88)
    assert ax.figure.get_figwidth() == pytest.approx(88 / 25.4)
    assert all(text[1:3] == text[3:5] == text[5:7] for text in colours(ax))
    assert ax.get_title(loc="left") == ""
    shown = [text for text in ax.figure.findobj(Text) if text.get_text()]
    assert max(text.get_fontsize() for text in shown) <= 8
    assert all("Serif" in text.get_fontfamily()[0] or "STIX" in text.get_fontfamily()[0]
               or "Roman" in text.get_fontfamily()[0] for text in shown)  # fmt: skip


@pytest.mark.parametrize("name", list(DRAW))
def test_a_style_or_width_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(SpecificationError, match="unknown style"):
        DRAW[name](style="jornal")
    with pytest.raises(SpecificationError, match="between 40 and 600 mm"):
        DRAW[name](width=3.5)


def test_without_axes_pyplot_makes_a_figure_and_with_axes_it_does_not() -> None:
    before = len(plt.get_fignums())
    ax = bare()
    assert figures.plot_caar(caar_frame(), ax) is ax
    assert len(plt.get_fignums()) == before
    assert figures.plot_caar(caar_frame()).get_figure() is not None
    assert len(plt.get_fignums()) == before + 1


@pytest.mark.slow
def test_unsafe_headlines_stay_text() -> None:
    frame = cars(3)
    for ax in (
        figures.plot_car_by_event(frame, bare()),
        figures.plot_timeline(prices_frame(), events_of(3).assign(salience="3"), bare()),
    ):
        svg = drawn(ax)
        assert "<script" not in svg
        assert "&lt;script&gt;" in svg
        assert "\u202e" not in svg
        assert "$5bn to $6bn" in svg  # and not mathematics


def test_frames_are_left_alone() -> None:
    car, caar, heat, events, prices = (
        cars(4),
        caar_frame(),
        heatmap_frame(),
        events_of(4),
        prices_frame(),
    )
    copies = [frame.copy(deep=True) for frame in (car, caar, heat, events, prices)]
    figures.plot_car_by_event(car, bare())
    figures.plot_caar(caar, bare())
    figures.plot_heatmap(heat, bare())
    figures.plot_timeline(prices, events, bare())
    for frame, copy in zip((car, caar, heat, events, prices), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("rows", [0, 1])
def test_empty_and_single_frames_aredrawn(rows: int) -> None:
    for ax in (
        figures.plot_caar(caar_frame().iloc[:rows], bare()),
        figures.plot_car_by_event(cars(2).iloc[:rows], bare()),
        figures.plot_heatmap(heatmap_frame().iloc[:rows], bare()),
        figures.plot_timeline(prices_frame().iloc[:rows], events_of(2).iloc[:rows], bare()),
    ):
        assert drawn(ax)
