"""The figures of intraday studies: a path in minutes, and the volatility of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.reporting import drawing, palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

SIZE = (7.6, 3.9)


def minutes_size(width: float | None = None) -> tuple[float, float]:
    """Return the width and height in inches of a figure, its width asked for in millimetres."""
    inches = drawing.inches(width, SIZE[0])
    return inches, max(2.6, SIZE[1] * inches / SIZE[0])


def plot_minutes(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    start: int | None = None,
    news: float | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
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
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.
    """
    drawing.need_columns(frame, "plot_minutes", ("minute", "caar", "ci_low", "ci_high"))
    ax = drawing.axes(ax, minutes_size(width))
    minute, path, low, high = (
        frame[name].to_numpy(dtype=float) for name in ("minute", "caar", "ci_low", "ci_high")
    )
    if start is not None:
        minute = np.r_[float(start), minute]
        path, low, high = (np.r_[0.0, values] for values in (path, low, high))
    if np.isfinite(low).any():
        ax.fill_between(
            minute, 100 * low, 100 * high, color=drawing.INK, alpha=0.13, linewidth=0,
            label="95 % interval",
        )  # fmt: skip
    many = len(minute) > 60
    ax.plot(
        minute, 100 * path, color=drawing.INK, linewidth=1.7, marker=None if many else "o",
        markersize=3.2,
    )  # fmt: skip
    ax.axhline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    at = 0.0 if news is None else news
    ax.axvline(at, color=palette.WARN.light, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        "bar of the news begins" if news is None else "news", (at, 1.0),
        xycoords=("data", "axes fraction"), xytext=(4, -3), textcoords="offset points",
        fontsize=8.5, color=palette.WARN.light, va="top",
    )  # fmt: skip
    drawing.dress(ax, title=title, grid="y")
    text = "minutes of trading from the begin of the bar of the news; band: 95 % interval"
    if not np.isfinite(low).any():
        text = text.partition(";")[0]
    ax.set_xlabel(drawing.wrapped(text, ax, 9))
    ax.set_ylabel("cumulative abnormal return, %")
    ax.margins(x=0.02)
    return drawing.finish(ax, style)


def plot_pattern(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    timezone: str = "",
    shaded: Sequence[str] = (),
    style: drawing.Style = "default",
    width: float | None = None,
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
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.
    """
    drawing.need_columns(frame, "plot_pattern", ("clock", "minutes", "volatility", "raw"))
    ax = drawing.axes(ax, minutes_size(width))
    x = np.arange(len(frame), dtype=float)
    clocks = [str(clock) for clock in frame["clock"]]
    raw, smooth = (100 * frame[name].to_numpy(dtype=float) for name in ("raw", "volatility"))
    label: str | None = "window of the event"
    for at in np.flatnonzero(np.isin(clocks, list(shaded))):
        ax.axvspan(
            at - 0.5, at + 0.5, color=palette.ORDINARY.light, alpha=1.0, linewidth=0, label=label
        )
        label = None
    ax.scatter(x, raw, s=11, color=drawing.FAINT, linewidths=0, label="that clock time alone")
    ax.plot(x, smooth, color=drawing.INK, linewidth=1.6, label="level of the day × pattern")
    drawing.dress(ax, title=title, grid="y")
    narrow = drawing.is_narrow(drawing.ax_width(ax))
    most = 5 if narrow else 9
    step = max(1, int(np.ceil(len(clocks) / most)))
    ticks = x[::step].astype(int)
    ax.set_xticks(ticks, [clocks[at] for at in ticks])
    ax.set_ylim(bottom=0)
    ax.margins(x=0.01)
    ax.set_xlabel(f"begin of the bar{f', {timezone}' if timezone else ''}")
    ax.set_ylabel("volatility of a bar, %")
    if narrow:  # room for the legend above the data
        ax.set_ylim(top=1.55 * ax.get_ylim()[1])
    ax.legend(
        frameon=False, fontsize=8.5, labelcolor=drawing.INK, loc="upper left" if narrow else "best"
    )
    return drawing.finish(ax, style)
