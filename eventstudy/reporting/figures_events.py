"""Tidy frame -> matplotlib Axes: every event with its own interval, by date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy._typing import LEVEL
from eventstudy.exceptions import SchemaError
from eventstudy.registry import choose
from eventstudy.reporting import drawing, palette, wording
from eventstudy.text import counted, plain, records, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Scale = Literal["day", "estimation"]
SCALES = ("day", "estimation")
"""What an interval is scaled by: volatility known before day 0, or of the estimation window."""
MOST_EVENTS = 40
MOST_NARROW = 24
_Z = 1.959963984540054
_WIDTH = 9.2
_SAID = {
    "day": "volatility of the day, known before it",
    "estimation": "standard error of the estimation window",
}


def plot_car_by_event(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    security: str | None = None,
    most: int | None = None,
    label_width: int = 58,
    window: tuple[int, int] | None = None,
    scale: Scale | None = None,
    market: str | None = None,
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw each event's cumulative abnormal return with its 95 % interval, by date.

    The interval is ``CAR +- 1.96 s``. On the scale ``"day"``, ``s`` is the standard error times the
    conditional volatility known before the event over that of the estimation window; an interval
    on the scale ``"estimation"`` is too short in rough times and too long in calm ones.

    Parameters
    ----------
    frame
        event_id, label (a headline), security, session, car, std_error (decimal returns) and, for
        the scale ``"day"``, std_error_day. Several markets of one event are averaged; its standard
        error is then the average of theirs, which is the largest it can be (markets moving as one).
    ax
        Where to draw; None makes a figure tall enough for the events.
    security
        One market only; default all of the frame.
    most
        At most this many events, default 40, and 24 on a narrow figure; the largest absolute
        values stay, and a note says what was left out.
    label_width
        Characters of a headline shown.
    window
        The window of the frame, for the axis label.
    scale
        ``"day"`` or ``"estimation"``; default ``"day"`` where the frame has its column. The figure
        says which.
    market
        What to call `security`.
    title
        Above the axes, to the left.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

    Returns
    -------
    Axes

    Raises
    ------
    SchemaError
        The scale ``"day"`` without std_error_day.
    """
    needed = ("event_id", "label", "security", "session", "car", "std_error")
    drawing.need_columns(frame, "plot_car_by_event", needed)
    used = _scale(frame, scale)
    rows = _event_means(frame, security, "std_error_day" if used == "day" else "std_error")
    total = len(rows)
    n_apart = int((rows["car"].abs() > _Z * rows["std_error"]).sum())
    inches = drawing.ax_width(ax) if ax is not None else drawing.inches(width, _WIDTH)
    narrow = drawing.is_narrow(inches)
    limit = most or (MOST_NARROW if narrow else MOST_EVENTS)
    left = rows.iloc[0:0]
    if total > limit:
        order = rows["car"].abs().sort_values(ascending=False, kind="stable").index
        left = rows.loc[order[limit:]]
        rows = rows.loc[order[:limit]].sort_values(["session", "event_id"], kind="stable")
    ax = drawing.axes(ax, car_by_event_size(len(rows), inches))
    _draw(ax, rows)
    drawing.dress(ax, title=title, grid="x")
    _name_events(ax, rows, label_width, narrow=narrow)
    span = f" over {wording.window_label(*window)}" if window else ""
    where = f" of {plain(market or security)}" if security else _markets(frame)
    heading = f"cumulative abnormal return{where}{span}, %"
    notes = [f"95 % interval: ±1.96 times the {_SAID[used]}", *_event_notes(total, n_apart, left)]
    text = "\n".join(drawing.wrapped(note, ax, 9) for note in [heading, *notes])
    ax.set_xlabel(drawing.literal(text), loc="left" if narrow else "right", linespacing=1.45)
    return drawing.finish(ax, style)


def car_by_event_size(events: int, width: float = _WIDTH) -> tuple[float, float]:
    """Return the size in inches that so many events need; `width` in inches."""
    if drawing.is_narrow(width):
        return width, 1.6 + 0.37 * max(3, min(events, MOST_NARROW))
    return width, 1.45 + 0.215 * max(3, min(events, MOST_EVENTS))


def intervals_apart(frame: pd.DataFrame) -> int:
    """Return how many events have an interval that excludes zero, on the scale of the figure."""
    used = _scale(frame, None)
    rows = _event_means(frame, None, "std_error_day" if used == "day" else "std_error")
    return int((rows["car"].abs() > _Z * rows["std_error"]).sum())


def _scale(frame: pd.DataFrame, scale: Scale | None) -> Scale:
    has_day = "std_error_day" in frame.columns and bool(frame["std_error_day"].notna().any())
    if scale is None:
        return "day" if has_day or ("std_error_day" in frame.columns and frame.empty) else (
            "estimation"
        )  # fmt: skip
    choose(scale, SCALES, "scale")
    if scale == "day" and "std_error_day" not in frame.columns:
        raise SchemaError(["plot_car_by_event: the frame lacks the column 'std_error_day'"])
    return scale


def _draw(ax: Axes, rows: pd.DataFrame) -> None:
    car = 100 * rows["car"].to_numpy(dtype=float)
    half = 100 * _Z * rows["std_error"].to_numpy(dtype=float)
    for line in range(len(rows)):
        clear = abs(car[line]) > half[line]
        colour = (palette.of_sign(car[line]) if clear else palette.FAINT).light
        ends = [car[line] - half[line], car[line] + half[line]]
        ax.plot(ends, [line] * 2, color=colour, linewidth=1.4, solid_capstyle="butt")
        ax.plot(
            car[line], line, "o", color=colour, markersize=5,
            markerfacecolor=colour if clear else drawing.PAPER, markeredgewidth=1.2,
        )  # fmt: skip
    ax.axvline(0, color=drawing.INK, linewidth=0.8, zorder=1)


def _name_events(ax: Axes, rows: pd.DataFrame, label_width: int, *, narrow: bool) -> None:
    """Name the events beside their lines or, on a narrow figure, above them."""
    y = np.arange(len(rows), dtype=float)
    ax.set_ylim(len(rows) - 0.4, -0.9 if narrow else -0.6)
    if not narrow:
        names = [
            f"{shorten(plain(row.label), label_width)}   {row.session:%Y-%m-%d}"
            for row in records(rows)
        ]
        ax.set_yticks(y, [drawing.literal(name) for name in names])
        ax.tick_params(axis="y", length=0, labelsize=8.5)
        return
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    across = ax.get_yaxis_transform()
    for line, row in zip(y, records(rows), strict=True):
        text = f"{row.session:%Y-%m-%d}  {shorten(plain(row.label), 40)}"
        ax.text(
            0.0, line - 0.42, drawing.literal(text), transform=across, fontsize=8, va="center",
            color=drawing.INK, bbox={"facecolor": drawing.PAPER, "edgecolor": "none", "pad": 0.8},
            in_layout=False,  # wide letters would squeeze the axes
        )  # fmt: skip


def _markets(frame: pd.DataFrame) -> str:
    number = int(frame["security"].nunique())
    return f", mean of up to {number} markets," if number > 1 else ""


def _event_means(frame: pd.DataFrame, security: str | None, error: str) -> pd.DataFrame:
    """Return one row an event in order of date: label, session, car, std_error."""
    rows = frame if security is None else frame[frame["security"] == security]
    rows = rows.dropna(subset=["car", "session"])
    means = rows.groupby("event_id", sort=False).agg(
        label=("label", "first"), session=("session", "min"),
        car=("car", "mean"), std_error=(error, "mean"),
    )  # fmt: skip
    return means.reset_index().sort_values(
        ["session", "event_id"], kind="stable", ignore_index=True
    )


def _event_notes(total: int, apart: int, left: pd.DataFrame) -> list[str]:
    """Return how many intervals exclude zero, how many would by luck, and what is not shown."""
    verb = "excludes" if apart == 1 else "exclude"
    note = f"{apart} of {counted(total, 'interval')} {verb} zero; "
    note += f"by luck alone about {max(total * LEVEL, 0.1):.{0 if total >= 30 else 1}f} would"
    if not len(left):
        return [note]
    edge = drawing.minus(wording.number(100 * float(left["car"].abs().max())))
    more = f"the {total - len(left)} largest in absolute value are shown; "
    more += f"the other {len(left)} lie within ±{edge} %"
    return [note, more]
