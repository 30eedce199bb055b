"""Figures show the numbers of their frame, in percent, and survive what news can hold."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from frames import (
    CATEGORIES,
    MARKETS,
    alignment_frame,
    caar_frame,
    car_frame,
    events_frame,
    heatmap_frame,
    prices_frame,
)
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.reporting import figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


def _bare() -> Axes:
    return Figure(figsize=(8, 5), layout="constrained").subplots()


def _drawn(ax: Axes) -> str:
    """Return the figure as SVG with its texts as text."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        ax.get_figure(root=True).savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _texts(ax: Axes) -> str:
    shown = [text.get_text() for text in ax.texts]
    shown += [tick.get_text() for tick in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return "\n".join([*shown, ax.get_xlabel(), ax.get_ylabel()])


def _car(n: int) -> pd.DataFrame:
    events = events_frame(n, unsafe=True)
    pairs = alignment_frame(events)
    car = car_frame(pairs)
    car = car[(car["window_start"] == 0) & (car["window_end"] == 1)]
    car = car.merge(pairs[["event_id", "security", "session"]], on=["event_id", "security"])
    return car.merge(events[["event_id", "headline"]].rename(columns={"headline": "label"}))


def _events(n: int) -> pd.DataFrame:
    return events_frame(n, unsafe=True).rename(columns={"date": "session"})


def test_without_axes_pyplot_makes_a_figure_and_with_axes_it_does_not() -> None:
    before = len(plt.get_fignums())
    ax = _bare()
    assert figures.plot_caar(caar_frame(), ax) is ax
    assert len(plt.get_fignums()) == before
    assert figures.plot_caar(caar_frame()).get_figure() is not None
    assert len(plt.get_fignums()) == before + 1


def test_caar_lines_are_percent_with_their_bands_and_names() -> None:
    frame = caar_frame(("all", "category=talk_signal"))
    ax = figures.plot_caar(frame, _bare(), title="$5 and $6")
    line = ax.lines[1]
    part = frame[frame["group"] == "category=talk_signal"]
    np.testing.assert_allclose(line.get_ydata(), 100 * part["caar"])
    np.testing.assert_allclose(line.get_xdata(), part["tau"])
    assert len(ax.collections) == 2
    top = max(path.vertices[:, 1].max() for c in ax.collections for path in c.get_paths())
    assert top == pytest.approx(100 * frame["ci_high"].max())
    assert "talk signal" in _texts(ax)
    assert "sessions relative to day 0" in ax.get_xlabel()
    assert "%" in ax.get_ylabel()
    assert "$5 and $6" in _drawn(ax)


def test_caar_keeps_a_gap_where_an_average_is_missing() -> None:
    frame = caar_frame(("all",))
    frame.loc[3, "caar"] = np.nan
    line = figures.plot_caar(frame, _bare()).lines[0]
    assert np.isnan(np.asarray(line.get_ydata(), dtype=float)[3])


def test_caar_of_chosen_groups_in_their_order_and_unknown_ones_refused() -> None:
    ax = figures.plot_caar(caar_frame(), _bare(), groups=["category=talk_signal", "all"])
    assert [line.get_label() for line in ax.lines[:2]] == ["talk signal", "All events"]
    with pytest.raises(SpecificationError, match="category=deal"):
        figures.plot_caar(caar_frame(), groups=["category=deal"])


def test_names_at_line_ends_never_touch() -> None:
    frame = caar_frame(tuple(f"security=M{i}" for i in range(12)))
    frame["caar"] = 0.001 * np.tile(np.arange(11.0), 12)
    ax = figures.plot_caar(frame, _bare())
    places = np.sort([text.get_position()[1] for text in ax.texts])
    assert len(places) == 12
    assert np.diff(places).min() > 0.03
    assert places[0] >= -1e-9
    assert places[-1] <= 1 + 1e-9


def test_one_market_event_by_event() -> None:
    frame = _car(8)
    ax = figures.plot_car_by_event(frame, _bare(), security="N225", window=(0, 1))
    rows = frame[frame["security"] == "N225"].sort_values("session")
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    shown = np.array([float(np.asarray(dot.get_xdata(), dtype=float)[0]) for dot in dots])
    np.testing.assert_allclose(shown, 100 * rows["car"])
    spans = [line for line in ax.lines if line.get_marker() == "None"][:8]
    half = np.array([float(np.ptp(np.asarray(s.get_xdata(), dtype=float))) / 2 for s in spans])
    np.testing.assert_allclose(half, 196 * rows["std_error"], rtol=1e-4)
    assert "of N225 over [0,+1]" in ax.get_xlabel()


def test_markets_of_one_event_are_averaged_with_the_widest_standard_error() -> None:
    frame = _car(1)
    ax = figures.plot_car_by_event(frame, _bare())
    dot = next(line for line in ax.lines if line.get_marker() == "o")
    assert float(np.asarray(dot.get_xdata(), dtype=float)[0]) == pytest.approx(
        100 * frame["car"].mean()
    )
    span = np.asarray(ax.lines[0].get_xdata(), dtype=float)
    assert np.ptp(span) / 2 == pytest.approx(196 * frame["std_error"].mean(), rel=1e-4)


def test_long_lists_keep_the_extremes_and_say_what_was_left_out() -> None:
    frame = _car(125)
    ax = figures.plot_car_by_event(frame, most=40)
    assert len(ax.get_yticks()) == 40
    assert "the 40 largest in absolute value are shown; the other 85 lie within" in ax.get_xlabel()
    means = frame.groupby("event_id")["car"].mean().abs().sort_values(ascending=False)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    shown = sorted(abs(float(np.asarray(d.get_xdata(), dtype=float)[0])) for d in dots)
    np.testing.assert_allclose(shown[::-1], 100 * means.iloc[:40])
    short = figures.plot_car_by_event(_car(5))
    tall, low = (a.get_figure(root=True).get_figheight() for a in (ax, short))
    assert tall > 3 * low


def test_heatmap_prints_every_number_and_marks_thin_cells() -> None:
    frame = heatmap_frame()
    frame.loc[0, ["estimate", "pvalue", "n_events"]] = [0.0123, 0.004, 9]
    frame.loc[1, ["estimate", "pvalue", "n_events"]] = [-0.0042, 0.3, 9]
    ax = figures.plot_heatmap(frame, _bare())
    shown = _texts(ax)
    assert "+1.23***" in shown
    assert "\N{MINUS SIGN}0.42\n" in shown
    assert "n = 9 · mde 0.99" in shown  # a return in percent, as the estimate above it
    assert "smallest such return found with 80 % power, %" in " ".join(ax.get_xlabel().split())
    assert "*** 1 %, ** 5 %, * 10 %" in " ".join(ax.get_xlabel().split())
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    assert len(hatched) == int((frame["n_events"] < 8).sum()) >= len(MARKETS)
    thin = frame[frame["column"] == "tariff_exemption"]["estimate"].iloc[0]
    text = f"{100 * thin:+.2f}".replace("-", "\N{MINUS SIGN}")
    assert text in [t.get_text() for t in ax.texts]  # no star whatever its p-value


def test_heatmap_colours_are_centred_on_zero() -> None:
    frame = heatmap_frame().iloc[:3].assign(estimate=[0.0, 0.01, -0.01], n_events=9)
    ax = figures.plot_heatmap(frame, _bare())
    zero, up, down = (patch.get_facecolor() for patch in ax.patches)
    assert zero == pytest.approx((1, 1, 1, 1))
    assert up[2] > up[0]
    assert down[0] > down[2]


@pytest.mark.slow
def test_heatmap_leaves_a_missing_cell_blank() -> None:
    frame = heatmap_frame()
    frame.loc[0, ["estimate", "pvalue"]] = np.nan
    ax = figures.plot_heatmap(frame, _bare())
    assert len(ax.patches) == len(MARKETS) * len(CATEGORIES) - 1
    assert "nan" not in _drawn(ax)


def test_timeline_rebases_to_100_and_draws_every_event_in_its_lane() -> None:
    prices, events = prices_frame(), _events(40)
    events.loc[3, "direction"] = None
    ax = figures.plot_timeline(prices, events, _bare())
    for line in ax.lines[: len(MARKETS)]:
        assert float(np.asarray(line.get_ydata(), dtype=float)[0]) == pytest.approx(100)
    closes = prices["N225"].dropna()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * closes / closes.iloc[0])
    assert sum(len(lane.get_offsets()) for lane in ax.collections) == 40
    shown = _texts(ax)
    assert "neutral (1)" in shown
    counts = [int(n) for n in re.findall(r"escalation \((\d+)\)", shown)]
    assert sum(counts) == 39


def test_timeline_numbers_the_weightiest_events_with_their_headlines() -> None:
    events = _events(40)
    ax = figures.plot_timeline(prices_frame(), events, _bare(), numbered=3)
    key = ax.get_xlabel().splitlines()
    assert [line[0] for line in key] == ["1", "2", "3"]
    heavy = events[events["salience"] == "3"]
    for line in key:
        assert any(f"{row.session:%Y-%m-%d}" in line for row in heavy.itertuples())
    bare = figures.plot_timeline(prices_frame(), events[["event_id", "session"]], _bare())
    assert bare.get_xlabel() == ""


@pytest.mark.slow
def test_unsafe_headlines_stay_text() -> None:
    frame = _car(3)
    for ax in (
        figures.plot_car_by_event(frame, _bare()),
        figures.plot_timeline(prices_frame(), _events(3).assign(salience="3"), _bare()),
    ):
        svg = _drawn(ax)
        assert "<script" not in svg
        assert "&lt;script&gt;" in svg
        assert "\u202e" not in svg
        assert "$5bn to $6bn" in svg  # and not mathematics


def test_a_missing_column_is_named() -> None:
    with pytest.raises(SchemaError, match="plot_caar: the frame lacks the column 'ci_low'"):
        figures.plot_caar(caar_frame().drop(columns="ci_low"))


def test_frames_are_left_alone() -> None:
    car, caar, heat, events, prices = (
        _car(4),
        caar_frame(),
        heatmap_frame(),
        _events(4),
        prices_frame(),
    )
    copies = [frame.copy(deep=True) for frame in (car, caar, heat, events, prices)]
    figures.plot_car_by_event(car, _bare())
    figures.plot_caar(caar, _bare())
    figures.plot_heatmap(heat, _bare())
    figures.plot_timeline(prices, events, _bare())
    for frame, copy in zip((car, caar, heat, events, prices), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("rows", [0, 1])
def test_empty_and_single_frames_are_drawn(rows: int) -> None:
    for ax in (
        figures.plot_caar(caar_frame().iloc[:rows], _bare()),
        figures.plot_car_by_event(_car(2).iloc[:rows], _bare()),
        figures.plot_heatmap(heatmap_frame().iloc[:rows], _bare()),
        figures.plot_timeline(prices_frame().iloc[:rows], _events(2).iloc[:rows], _bare()),
    ):
        assert _drawn(ax)
