"""Tidy frame -> matplotlib Axes: closes of the markets with the news below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from eventstudy.reporting import drawing, palette, wording
from eventstudy.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from eventstudy._typing import FloatArray

MARGIN = 30
"""Sessions shown before the first and after the last event."""
MOST_MARKS = 1000
"""News items of a direction above which those of one session share a mark."""
_NAME = 32
_WIDTH = 9.2
_MOST_CLOSES = 700  # of a series: more than a line of this width can show
_FOOT = 0.24  # of the height, for the news


def plot_timeline(
    prices: pd.DataFrame,
    events: pd.DataFrame,
    ax: Axes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    numbered: int | None = None,
    margin: int | None = MARGIN,
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw closes rebased to 100 with the events as ticks below, by direction.

    Parameters
    ----------
    prices
        Dates x securities, closes. Each series starts at 100 on its first close shown; missing
        closes are bridged by the line and not filled.
    events
        event_id, session; optionally direction, salience (taller ticks), headline.
    ax
        Where to draw; None makes a figure.
    labels
        Names to show for securities; where they are those of the markets in the order of the
        study, each market has the colour it has in every figure.
    numbered
        At most this many events of the highest salience are numbered on the axes, with their
        headlines below; default 6, and 4 on a narrow figure.
    margin
        Sessions of `prices` shown before the first and after the last event; None shows all.
    title
        Above the axes, to the left.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

    Returns
    -------
    Axes
    """
    drawing.need_columns(events, "plot_timeline", ("session",))
    inches = drawing.ax_width(ax) if ax is not None else drawing.inches(width, _WIDTH)
    ax = drawing.axes(ax, timeline_size(inches))
    narrow = drawing.is_narrow(inches)
    dated = events.dropna(subset=["session"])
    shown = shown_prices(prices, dated, margin)
    step = -(-len(shown) // _MOST_CLOSES)
    ends = _draw_prices(ax, shown, labels, max(step, 1))
    drawing.dress(ax, title=title, grid="y")
    ax.set_ylabel("first close shown = 100" + (f"\nevery {step} sessions" if step > 1 else ""))
    ax.xaxis_date()
    if narrow:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        # Years from two on: a few months more fit no step of months into five ticks.
        locator = cast("Any", AutoDateLocator)(minticks=2, maxticks=5)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(cast("Any", ConciseDateFormatter)(locator))
    low, high = ax.get_ylim()
    ax.set_ylim(low - _FOOT / (1 - _FOOT) * (high - low), high)
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= high])
    ax.set_ylim(low - _FOOT / (1 - _FOOT) * (high - low), high)
    _draw_events(ax, dated, narrow=narrow)
    if narrow and ends:
        drawing.legend_above(ax, 2, 1.05)
    elif ends:
        drawing.label_ends(ax, ends, floor=_FOOT)
    most = (4 if narrow else 6) if numbered is None else numbered
    key = _number_events(ax, dated, most, 38 if narrow else 100)
    ax.set_xlabel(
        drawing.literal(key), loc="left", fontsize=8 if narrow else 8.5, linespacing=1.55,
        labelpad=8,
    )  # fmt: skip
    return drawing.finish(ax, style)


def timeline_size(width: float = _WIDTH) -> tuple[float, float]:
    """Return the size in inches of the figure; `width` in inches."""
    return width, 4.9 if drawing.is_narrow(width) else 5.2


def shown_prices(
    prices: pd.DataFrame, events: pd.DataFrame, margin: int | None = MARGIN
) -> pd.DataFrame:
    """Return the rows of `prices` from `margin` before the first event to as many after all."""
    index = pd.DatetimeIndex(prices.index)
    if margin is not None and events["session"].notna().any() and len(index):
        sessions = pd.DatetimeIndex(pd.to_datetime(events["session"])).dropna()
        first = max(0, int(index.searchsorted(sessions.min())) - margin)
        last = int(index.searchsorted(sessions.max(), side="right")) + margin
        prices = prices.iloc[first:last]
    return prices


def _draw_prices(
    ax: Axes, prices: pd.DataFrame, labels: Mapping[str, str] | None, step: int
) -> list[tuple[float, float, str, str]]:
    """Draw the closes; return where each line ends, its name and its colour."""
    ends: list[tuple[float, float, str, str]] = []
    room = 20 if drawing.is_narrow(drawing.ax_width(ax)) else _NAME
    known = list(labels or ())
    markets = [*known, *(str(name) for name in prices.columns if str(name) not in known)]
    for name in prices.columns:
        series = prices[name].dropna()
        if series.empty:
            continue
        days = drawing.days(series.index)
        level = 100 * (series / series.iloc[0]).to_numpy(dtype=float)
        kept = np.unique(np.r_[np.arange(0, len(days), step), len(days) - 1])
        days, level = days[kept], level[kept]
        look, line = palette.market_look(str(name), markets)
        shown = drawing.short_name(wording.value_label(str(name), labels), room)
        ax.plot(days, level, line, color=look.light, linewidth=1.2, label=shown)
        ends.append((float(days[-1]), float(level[-1]), shown, look.light))
    return ends


def _draw_events(ax: Axes, dated: pd.DataFrame, *, narrow: bool) -> None:
    """Draw the events in a lane for each direction, with how many they are."""
    directions = (
        dated["direction"] if "direction" in dated.columns else pd.Series("neutral", dated.index)
    )
    directions = directions.where(directions.isin(list(palette.DIRECTIONS)), "neutral")
    across = ax.get_xaxis_transform()
    present = [
        (name, *look) for name, look in palette.DIRECTIONS.items() if (directions == name).any()
    ]
    for lane, (direction, colour, marker) in enumerate(present):
        part = dated[directions == direction]
        foot = 0.035 + 0.062 * (len(present) - 1 - lane)
        salience = (
            pd.to_numeric(part["salience"], errors="coerce") if "salience" in part.columns else None
        )
        size = (
            np.full(len(part), 18.0) if salience is None else 8 + 10 * salience.fillna(1).clip(1, 3)
        )
        days, size = _marks(drawing.days(part["session"]), np.asarray(size, dtype=np.float64))
        ax.scatter(
            days, np.full(len(days), foot), s=size * (0.6 if narrow else 1.0), marker=marker,
            color=colour.light, alpha=0.75, linewidth=0, transform=across, clip_on=False, zorder=4,
        )  # fmt: skip
        words = f"{direction} ({len(part)})"
        if narrow:
            ax.plot([], [], marker, color=colour.light, markersize=4, label=words)
            continue
        ax.text(
            1.012, foot, words, transform=ax.transAxes, color=colour.light, fontsize=8.5,
            va="center",
        )  # fmt: skip


def _marks(days: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where marks stand and how large; of many events those of a session share theirs."""
    if len(days) <= MOST_MARKS:
        return days, size
    order = np.lexsort((-size, days))
    kept = order[np.diff(days[order], prepend=np.nan) != 0]
    return days[kept], size[kept]


def _number_events(ax: Axes, events: pd.DataFrame, most: int, width: int) -> str:
    """Write numbers of the weightiest events along the top; return their key, one to a line."""
    if not most or not {"salience", "headline"} <= set(events.columns):
        return ""
    weight = pd.to_numeric(events["salience"], errors="coerce")
    days = drawing.days(events["session"])
    gap = 0.025 * float(np.subtract(*ax.get_xlim()[::-1]))
    heaviest = [int(row) for row in np.flatnonzero(weight.to_numpy() == weight.max())]
    chosen = _apart(days, heaviest, most, gap)
    key = []
    for mark, row in enumerate(chosen, start=1):
        ax.axvline(days[row], color=drawing.RULE, linewidth=0.9, zorder=0)
        ax.text(
            days[row], 1.0, str(mark), transform=ax.get_xaxis_transform(), ha="center",
            va="bottom", fontsize=8.5, fontweight="bold", color=drawing.INK,
        )  # fmt: skip
        date = f"{pd.Timestamp(events['session'].iloc[row]):%Y-%m-%d}"
        key.append(f"{mark}  {date}  {shorten(plain(events['headline'].iloc[row]), width)}")
    return "\n".join(key)


def _apart(days: FloatArray, rows: list[int], most: int, gap: float) -> list[int]:
    """Return at most so many of `rows`, each the one farthest from those before: no heaps."""
    chosen = rows[:1]
    while rows and len(chosen) < most:
        distances = [min(abs(days[row] - days[other]) for other in chosen) for row in rows]
        best = int(np.argmax(distances))
        if distances[best] <= gap:
            break
        chosen.append(rows[best])
    return sorted(chosen, key=lambda row: days[row])
