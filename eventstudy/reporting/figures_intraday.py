"""The figures of intraday studies: a path in minutes, and the volatility of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.reporting import drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

SIZE = (7.6, 3.9)


def plot_minutes(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    start: int | None = None,
    news: float | None = None,
) -> Axes:
    """Draw a cumulative abnormal return by minutes, with its interval.

    Parameters
    ----------
    frame
        minute (end of each bar, from the begin of bar 0), caar, ci_low, ci_high (decimal).
    ax
        Where to draw; None makes a figure.
    title
        Above the axes.
    start
        Minute at which the path begins at zero.
    news
        Minute of the news itself, where it is one moment for the whole frame.
    """
    drawing.need_columns(frame, "plot_minutes", ("minute", "caar", "ci_low", "ci_high"))
    ax = drawing.axes(ax, SIZE)
    minute, path, low, high = (
        frame[name].to_numpy(dtype=float) for name in ("minute", "caar", "ci_low", "ci_high")
    )
    if start is not None:
        minute = np.r_[float(start), minute]
        path, low, high = (np.r_[0.0, values] for values in (path, low, high))
    if np.isfinite(low).any():
        ax.fill_between(
            minute, 100 * low, 100 * high, color=drawing.BLUE, alpha=0.13, linewidth=0,
            label="95 % interval",
        )  # fmt: skip
    many = len(minute) > 60
    ax.plot(
        minute, 100 * path, color=drawing.BLUE, linewidth=1.7, marker=None if many else "o",
        markersize=3.2,
    )  # fmt: skip
    ax.axhline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    at = 0.0 if news is None else news
    ax.axvline(at, color=drawing.ORANGE, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        "bar of the news begins" if news is None else "news", (at, 1.0),
        xycoords=("data", "axes fraction"), xytext=(4, -3), textcoords="offset points",
        fontsize=8.5, color=drawing.ORANGE, va="top",
    )  # fmt: skip
    drawing.dress(ax, title=title, grid="y")
    ax.set_xlabel("minutes of trading from the begin of the bar of the news")
    ax.set_ylabel("cumulative abnormal return, %")
    ax.margins(x=0.02)
    return ax


def plot_pattern(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    timezone: str = "",
    shaded: Sequence[str] = (),
) -> Axes:
    """Draw the volatility of a bar by clock time.

    Parameters
    ----------
    frame
        clock (``HH:MM``), minutes, volatility, raw (decimal), in order.
    ax
        Where to draw; None makes a figure.
    title
        Above the axes.
    timezone
        Of the clock.
    shaded
        Clock times of the event window.
    """
    drawing.need_columns(frame, "plot_pattern", ("clock", "minutes", "volatility", "raw"))
    ax = drawing.axes(ax, SIZE)
    x = np.arange(len(frame), dtype=float)
    clocks = [str(clock) for clock in frame["clock"]]
    raw, smooth = (100 * frame[name].to_numpy(dtype=float) for name in ("raw", "volatility"))
    label: str | None = "window of the event"
    for at in np.flatnonzero(np.isin(clocks, list(shaded))):
        ax.axvspan(at - 0.5, at + 0.5, color=drawing.ORANGE, alpha=0.12, linewidth=0, label=label)
        label = None
    ax.scatter(x, raw, s=11, color="#AEB6C1", linewidths=0, label="that clock time alone")
    ax.plot(x, smooth, color=drawing.BLUE, linewidth=1.6, label="level of the day × pattern")
    drawing.dress(ax, title=title, grid="y")
    step = max(1, int(np.ceil(len(clocks) / 9)))
    ticks = x[::step].astype(int)
    ax.set_xticks(ticks, [clocks[at] for at in ticks])
    ax.set_ylim(bottom=0)
    ax.margins(x=0.01)
    ax.set_xlabel(f"begin of the bar{f', {timezone}' if timezone else ''}")
    ax.set_ylabel("volatility of a bar, %")
    ax.legend(frameon=False, fontsize=8.5, loc="upper center")
    return ax
