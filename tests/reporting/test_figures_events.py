"""Every event with its interval, on the scale of its day."""

from __future__ import annotations

import numpy as np
import pytest
from figure_parts import bare, cars, label
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.reporting import figures, palette


def test_one_market_event_by_event() -> None:
    frame = cars(8)
    ax = figures.plot_car_by_event(frame, bare(), security="N225", window=(0, 1))
    rows = frame[frame["security"] == "N225"].sort_values("session")
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    shown = np.array([float(np.asarray(dot.get_xdata(), dtype=float)[0]) for dot in dots])
    np.testing.assert_allclose(shown, 100 * rows["car"])
    spans = [line for line in ax.lines if line.get_marker() == "None"][:8]
    half = np.array([float(np.ptp(np.asarray(s.get_xdata(), dtype=float))) / 2 for s in spans])
    np.testing.assert_allclose(half, 196 * rows["std_error"], rtol=1e-4)
    assert "of N225 over [0,+1]" in ax.get_xlabel()


def test_markets_of_one_event_are_averaged_with_the_widest_standard_error() -> None:
    frame = cars(1)
    ax = figures.plot_car_by_event(frame, bare())
    dot = next(line for line in ax.lines if line.get_marker() == "o")
    assert float(np.asarray(dot.get_xdata(), dtype=float)[0]) == pytest.approx(
        100 * frame["car"].mean()
    )
    span = np.asarray(ax.lines[0].get_xdata(), dtype=float)
    assert np.ptp(span) / 2 == pytest.approx(196 * frame["std_error"].mean(), rel=1e-4)


def test_long_lists_keep_the_extremes_and_say_what_was_left_out() -> None:
    frame = cars(125)
    ax = figures.plot_car_by_event(frame, most=40)
    assert len(ax.get_yticks()) == 40
    assert "the 40 largest in absolute value are shown; the other 85 lie within" in ax.get_xlabel()
    means = frame.groupby("event_id")["car"].mean().abs().sort_values(ascending=False)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    shown = sorted(abs(float(np.asarray(d.get_xdata(), dtype=float)[0])) for d in dots)
    np.testing.assert_allclose(shown[::-1], 100 * means.iloc[:40])
    short = figures.plot_car_by_event(cars(5))
    tall, low = (a.get_figure(root=True).get_figheight() for a in (ax, short))
    assert tall > 3 * low


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def _spans(ax) -> np.ndarray:
    lines = [line for line in ax.lines if line.get_marker() == "None" and len(line.get_xdata()) > 1]
    return np.array([float(np.ptp(np.asarray(one.get_xdata(), dtype=float))) for one in lines[:-1]])


def test_the_day_scales_the_interval_where_the_frame_has_it_and_the_figure_says_which() -> None:
    frame = cars(6).query("security == 'HSI'")
    frame = frame.assign(std_error_day=frame["std_error"] * np.linspace(0.5, 3, len(frame)))
    ordered = frame.sort_values("session")
    by_day = figures.plot_car_by_event(frame, bare())
    np.testing.assert_allclose(_spans(by_day) / 2, 196 * ordered["std_error_day"], rtol=1e-4)
    assert "±1.96 times the volatility of the day, known before it" in label(by_day)
    calm = figures.plot_car_by_event(frame, bare(), scale="estimation")
    np.testing.assert_allclose(_spans(calm) / 2, 196 * ordered["std_error"], rtol=1e-4)
    assert "standard error of the estimation window" in label(calm)
    apart = int((ordered["car"].abs() > 1.959964 * ordered["std_error_day"]).sum())
    assert figures.intervals_apart(frame) == apart
    assert f"{apart} of 6 intervals exclude" in label(by_day)


def test_without_the_day_its_scale_is_refused() -> None:
    with pytest.raises(SchemaError, match="std_error_day"):
        figures.plot_car_by_event(cars(2), bare(), scale="day")
    with pytest.raises(SpecificationError, match="unknown scale"):
        figures.plot_car_by_event(cars(2), bare(), scale="year")


def test_dots_apart_from_zero_have_the_colour_of_their_sign() -> None:
    frame = cars(3).query("security == 'HSI'").assign(car=[0.05, -0.05, 0.0001], std_error=0.01)
    frame = frame.sort_values("session").assign(car=[0.05, -0.05, 0.0001])
    ax = figures.plot_car_by_event(frame, bare())
    dots = [to_hex(line.get_color()) for line in ax.lines if line.get_marker() == "o"]
    assert dots == [palette.UP.light, palette.DOWN.light, palette.FAINT.light]


def test_a_narrow_figure_names_events_above_their_lines() -> None:
    frame = cars(30)
    ax = figures.plot_car_by_event(frame, width=94)
    assert not ax.get_yticks().size
    assert len(ax.texts) == 24
    assert "the 24 largest in absolute value are shown; the other 6 lie within" in label(ax)
    assert ax.figure.get_figwidth() == pytest.approx(94 / 25.4)
