"""Tidy frame -> matplotlib Axes: averages, single events, a heatmap, a timeline.

Every function takes a tidy frame in decimal returns and draws percent. ``ax=None`` makes a figure
with pyplot, so a notebook shows it; an `ax` given is drawn on as it is. Colours are Okabe and Ito's
and a blue-orange pair: they can be told apart in any kind of colour vision, and red and green,
which mean opposite things in Asian and Western markets, are not used for signs.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._typing import LEVEL
from eventstudy.exceptions import SpecificationError
from eventstudy.reporting import drawing, wording
from eventstudy.text import counted, is_missing, plain, records, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from eventstudy._typing import SignPolicy


MOST_EVENTS = 40
_Z = 1.959963984540054
_NAME = 32  # characters of a name beside a line or a row
_DIRECTIONS = {
    "de-escalation": (drawing.BLUE, "^"),
    "neutral": (drawing.GREY, "o"),
    "escalation": (drawing.ORANGE, "v"),
}


def plot_caar(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    groups: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    bands: bool = True,
    direct_labels: bool = True,
    sign: SignPolicy = "none",
    title: str | None = None,
) -> Axes:
    """Draw cumulative average abnormal returns by event time, one line a group.

    Parameters
    ----------
    frame
        group, tau (sessions relative to day 0), caar, ci_low, ci_high (decimal returns), n_pairs.
        A missing average leaves a gap.
    ax
        Where to draw; None makes a figure.
    groups
        Which groups, in this order; default all of the frame.
    labels
        Names to show for groups or values.
    bands
        Shade the intervals from ci_low to ci_high.
    direct_labels
        Name each line at its right end instead of in a legend.
    sign
        ``"expected"`` where each return was multiplied by the expected sign of its event; the axis
        says so.
    title
        Above the axes, to the left.

    Returns
    -------
    Axes

    Raises
    ------
    SpecificationError
        A group that the frame lacks.
    """
    from matplotlib.ticker import MaxNLocator

    drawing.need_columns(frame, "plot_caar", ("group", "tau", "caar", "ci_low", "ci_high"))
    present = wording.group_order([str(group) for group in frame["group"]])
    shown = present if groups is None else [str(group) for group in groups]
    for group in shown:
        if group not in present:
            raise SpecificationError(
                f"plot_caar: no group {group!r} in the frame; it has {present}"
            )
    ax = drawing.axes(ax, (7.6, 4.2))
    ends: list[tuple[float, float, str, str]] = []
    for number, group in enumerate(shown):
        part = frame[frame["group"] == group].sort_values("tau")
        tau = part["tau"].to_numpy(dtype=float)
        caar = 100 * part["caar"].to_numpy(dtype=float)
        colour = drawing.COLOURS[number % len(drawing.COLOURS)]
        style = ("-", "--", ":")[number // len(drawing.COLOURS) % 3]
        if bands:
            low, high = (100 * part[c].to_numpy(dtype=float) for c in ("ci_low", "ci_high"))
            ax.fill_between(tau, low, high, color=colour, alpha=0.14, linewidth=0)
        name = _name(wording.group_label(group, labels))
        ax.plot(tau, caar, style, color=colour, linewidth=1.8, label=name, solid_capstyle="round")
        finite = np.flatnonzero(np.isfinite(caar))
        if finite.size:
            ends.append((float(tau[finite[-1]]), float(caar[finite[-1]]), name, colour))
    ax.axhline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    ax.axvline(0, color=drawing.GREY, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    drawing.dress(ax, title=title, grid="y")
    ax.set_xlabel("sessions relative to day 0")
    direction = wording.in_direction(sign).replace(" ", "\n", 1)
    ax.set_ylabel(f"cumulative average\nabnormal return{direction}, %")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(ends) > 1 and direct_labels:
        drawing.label_ends(ax, ends)
    elif len(ends) > 1:
        ax.legend(frameon=False, fontsize=9, labelcolor=drawing.INK)
    return ax


def plot_car_by_event(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    security: str | None = None,
    most: int = MOST_EVENTS,
    label_width: int = 58,
    window: tuple[int, int] | None = None,
    title: str | None = None,
) -> Axes:
    """Draw each event's cumulative abnormal return with its 95 % interval, by date.

    Parameters
    ----------
    frame
        event_id, label (a headline), security, session, car, std_error (decimal returns). Several
        markets of one event are averaged; its standard error is then the average of theirs, which
        is the largest it can be (markets moving as one).
    ax
        Where to draw; None makes a figure tall enough for the events.
    security
        One market only; default all of the frame.
    most
        At most this many events; the largest absolute values stay, and a note says what was left
        out.
    label_width
        Characters of a headline shown.
    window
        The window of the frame, for the axis label.
    title
        Above the axes, to the left.

    Returns
    -------
    Axes
    """
    drawing.need_columns(
        frame, "plot_car_by_event", ("event_id", "label", "security", "session", "car", "std_error")
    )
    rows = _event_means(frame, security)
    total = len(rows)
    n_apart = int((rows["car"].abs() > _Z * rows["std_error"]).sum())
    left = rows.iloc[0:0]
    if total > most:
        order = rows["car"].abs().sort_values(ascending=False, kind="stable").index
        left = rows.loc[order[most:]]
        rows = rows.loc[order[:most]].sort_values(["session", "event_id"], kind="stable")
    ax = drawing.axes(ax, car_by_event_size(min(total, most)))
    car = 100 * rows["car"].to_numpy(dtype=float)
    half = 100 * _Z * rows["std_error"].to_numpy(dtype=float)
    y = np.arange(len(rows), dtype=float)
    for line in range(len(rows)):
        clear = abs(car[line]) > half[line]
        colour = (drawing.BLUE if car[line] > 0 else drawing.ORANGE) if clear else "#9AA3AF"
        ends = [car[line] - half[line], car[line] + half[line]]
        ax.plot(ends, [y[line]] * 2, color=colour, linewidth=1.4, solid_capstyle="butt")
        ax.plot(
            car[line], y[line], "o", color=colour, markersize=5,
            markerfacecolor=colour if clear else "white", markeredgewidth=1.2,
        )  # fmt: skip
    ax.axvline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    drawing.dress(ax, title=title, grid="x")
    names = [
        f"{shorten(plain(row.label), label_width)}   {row.session:%Y-%m-%d}"
        for row in records(rows)
    ]
    ax.set_yticks(y, [drawing.literal(name) for name in names])
    for tick in ax.get_yticklabels():
        drawing.fall_back(tick)
    ax.tick_params(axis="y", length=0, labelsize=8.5)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    span = f" over {wording.window_label(*window)}" if window else ""
    where = f" of {plain(security)}" if security else ""
    ax.set_xlabel(
        drawing.literal(f"cumulative abnormal return{where}{span}, %, 95 % interval (±1.96 s.e.)\n")
        + _event_note(total, n_apart, left),
        loc="right", linespacing=1.5,
    )  # fmt: skip
    return ax


def car_by_event_size(events: int) -> tuple[float, float]:
    """Return the width and height in inches that `plot_car_by_event` needs for so many events."""
    return 9.2, 1.3 + 0.215 * max(3, min(events, MOST_EVENTS))


def plot_heatmap(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    stars: wording.Stars = wording.STARS,
    min_dates: int = wording.MIN_DATES,
    limit: float | None = None,
    sign: SignPolicy = "none",
    title: str | None = None,
) -> Axes:
    """Draw estimates of two crossed groupings as coloured cells with their numbers.

    Parameters
    ----------
    frame
        row, column (names), estimate (decimal returns), pvalue, n_events, and optionally n_units
        (independent dates) and mde_return (decimal returns, as the estimate). Rows and columns
        keep the order of the frame. A missing cell is blank.
    ax
        Where to draw; None makes a figure.
    labels
        Names to show for rows and columns.
    stars
        ``(level, mark)`` pairs, named below the axes.
    min_dates
        Cells of fewer independent dates (events where there is no `n_units`) are hatched and grey:
        a number without weight. At least `wording.MIN_DATES`.
    limit
        Estimate at which the colour is full; default the largest absolute one that has
        `min_dates`.
    sign
        ``"expected"`` where each return was multiplied by the expected sign of its event; the
        legend says so.
    title
        Above the axes, to the left.

    Returns
    -------
    Axes
    """
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.patches import Rectangle

    drawing.need_columns(frame, "plot_heatmap", ("row", "column", "estimate", "pvalue", "n_events"))
    min_dates = max(min_dates, wording.MIN_DATES)
    has_mde = "mde_return" in frame.columns
    rows = list(dict.fromkeys(frame["row"]))
    columns = list(dict.fromkeys(frame["column"]))
    ax = drawing.axes(ax, heatmap_size(len(rows), len(columns)))
    is_thin = [wording.is_thin(cell, min_dates) for cell in records(frame)]
    solid = frame.loc[[not thin for thin in is_thin], "estimate"].abs()
    full = limit or (float(solid.max()) if solid.notna().any() else 0.0) or 0.01
    ramp = [drawing.ORANGE, "#F3B98A", "#FFFFFF", "#9CC3E6", drawing.BLUE]
    colours = LinearSegmentedColormap.from_list("effect", ramp, N=257)  # odd: zero is white
    scale = Normalize(-full, full, clip=True)
    for cell, thin in zip(records(frame), is_thin, strict=True):
        x, y = columns.index(cell.column), rows.index(cell.row)
        if is_missing(cell.estimate):
            continue
        face: Any = "#F1F2F4" if thin else colours(scale(float(cell.estimate)))
        ax.add_patch(
            Rectangle(
                (x - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor="#DADEE4" if thin else "white",
                linewidth=0 if thin else 1.5, hatch="////" if thin else None,
            )
        )  # fmt: skip
        dark = not thin and abs(float(cell.estimate)) / full > 0.72
        ink = "white" if dark else drawing.GREY if thin else drawing.INK
        mark = wording.mark_of(cell, stars, min_dates)
        value = drawing.minus(wording.number(100 * float(cell.estimate), sign=True)) + mark
        box = {"facecolor": "#F1F2F4", "edgecolor": "none", "pad": 1.0} if thin else None
        ax.text(
            x, y - 0.13, value, ha="center", va="center", color=ink, fontsize=9.5, bbox=box,
            fontweight="bold" if mark else "normal",
        )  # fmt: skip
        small = f"n = {wording.independent_dates(cell)}"
        if has_mde and not thin and not mark and not is_missing(cell.mde_return):
            small += f" · mde {wording.number(100 * float(cell.mde_return))}"
        ax.text(
            x, y + 0.24, small, ha="center", va="center", fontsize=7, bbox=box,
            color="#E6EAF0" if dark else drawing.GREY if thin else "#474E58",
        )  # fmt: skip
    drawing.dress(ax, title=title, grid=None)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlim(-0.5, max(len(columns), 1) - 0.5)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    names = [wording.value_label(plain(name), labels) for name in columns]
    wrapped = ["\n".join(textwrap.wrap(name, 13, max_lines=3, placeholder="…")) for name in names]
    ax.set_xticks(range(len(columns)), [drawing.literal(name) for name in wrapped])
    ax.xaxis.tick_top()
    ax.set_yticks(
        range(len(rows)),
        [_name(wording.value_label(str(row), labels)) for row in rows],
    )
    ax.tick_params(length=0, labelsize=9, labelcolor=drawing.INK)
    for tick in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        drawing.fall_back(tick)
    unit = "independent dates" if "n_units" in frame.columns else "events"
    direction = wording.in_direction(sign)
    legend = (
        f"mean abnormal return{direction}, %; {wording.stars_legend(stars)}; n = {unit}; "
        f"hatched: fewer than {min_dates} {unit}, no inference"
    )
    if direction:
        legend += "; blue: as expected, whether up or down, orange: against it"
    if has_mde:
        legend += "; mde: the smallest such return found with 80 % power, %"
    legend = "\n".join(textwrap.wrap(legend, max(44, 13 * len(columns))))
    ax.set_xlabel(legend, loc="left", fontsize=8.5, labelpad=8, linespacing=1.5)
    return ax


def heatmap_size(rows: int, columns: int) -> tuple[float, float]:
    """Return the width and height in inches that `plot_heatmap` needs for so many cells."""
    return max(6.4, 1.4 + 1.02 * columns), 1.5 + (0.55 if rows <= 10 else 0.47) * max(rows, 2)


def plot_timeline(
    prices: pd.DataFrame,
    events: pd.DataFrame,
    ax: Axes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    numbered: int = 6,
    title: str | None = None,
) -> Axes:
    """Draw closes rebased to 100 with the events as ticks below, by direction.

    Parameters
    ----------
    prices
        Dates x securities, closes. Each series starts at 100 on its first close; missing closes are
        bridged by the line and not filled.
    events
        event_id, session; optionally direction, salience (taller ticks), headline.
    ax
        Where to draw; None makes a figure.
    labels
        Names to show for securities.
    numbered
        At most this many events of the highest salience are numbered on the axes, with their
        headlines below.
    title
        Above the axes, to the left.

    Returns
    -------
    Axes
    """
    drawing.need_columns(events, "plot_timeline", ("session",))
    ax = drawing.axes(ax, (9.2, 5.2))
    ends: list[tuple[float, float, str, str]] = []
    for number, name in enumerate(prices.columns):
        series = prices[name].dropna()
        if series.empty:
            continue
        days = drawing.days(series.index)
        level = 100 * (series / series.iloc[0]).to_numpy(dtype=float)
        colour = drawing.COLOURS[number % len(drawing.COLOURS)]
        style = ("-", "--", ":")[number // len(drawing.COLOURS) % 3]
        shown = _name(wording.value_label(str(name), labels))
        ax.plot(days, level, style, color=colour, linewidth=1.2, label=shown)
        ends.append((float(days[-1]), float(level[-1]), shown, colour))
    drawing.dress(ax, title=title, grid="y")
    ax.set_ylabel("first close = 100")
    ax.xaxis_date()
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.24 * (high - low), high)
    dated = events.dropna(subset=["session"])
    directions = (
        dated["direction"] if "direction" in dated.columns else pd.Series("neutral", dated.index)
    )
    directions = directions.where(directions.isin(list(_DIRECTIONS)), "neutral")
    across = ax.get_xaxis_transform()
    present = [(name, *look) for name, look in _DIRECTIONS.items() if (directions == name).any()]
    for lane, (direction, colour, marker) in enumerate(present):
        part = dated[directions == direction]
        foot = 0.035 + 0.062 * (len(present) - 1 - lane)
        salience = (
            pd.to_numeric(part["salience"], errors="coerce") if "salience" in part.columns else None
        )
        size = (
            np.full(len(part), 18.0) if salience is None else 8 + 10 * salience.fillna(1).clip(1, 3)
        )
        ax.scatter(
            drawing.days(part["session"]), np.full(len(part), foot), s=size, marker=marker,
            color=colour, alpha=0.75, linewidth=0, transform=across, clip_on=False, zorder=4,
        )  # fmt: skip
        ax.text(
            1.012, foot, f"{direction} ({len(part)})", transform=ax.transAxes, color=colour,
            fontsize=8.5, va="center",
        )  # fmt: skip
    if ends:
        drawing.label_ends(ax, ends, floor=0.24)
    key = _number_events(ax, dated, numbered)
    ax.set_xlabel(drawing.literal(key), loc="left", fontsize=8.5, linespacing=1.55, labelpad=8)
    drawing.fall_back(ax.xaxis.label)
    return ax


def _name(text: str) -> str:
    return drawing.literal(shorten(plain(text), _NAME))


def _number_events(ax: Axes, events: pd.DataFrame, most: int) -> str:
    """Write numbers of the weightiest events along the top; return their key, two to a line."""
    if not most or not {"salience", "headline"} <= set(events.columns):
        return ""
    weight = pd.to_numeric(events["salience"], errors="coerce")
    days = drawing.days(events["session"])
    gap = 0.025 * float(np.subtract(*ax.get_xlim()[::-1]))
    heaviest = [int(row) for row in np.flatnonzero(weight.to_numpy() == weight.max())]
    chosen = heaviest[:1]
    while heaviest and len(chosen) < most:  # next the one farthest from all the others: no heaps
        distances = [min(abs(days[row] - days[other]) for other in chosen) for row in heaviest]
        best = int(np.argmax(distances))
        if distances[best] <= gap:
            break
        chosen.append(heaviest[best])
    chosen.sort(key=lambda row: days[row])
    key = []
    for mark, row in enumerate(chosen, start=1):
        ax.axvline(days[row], color=drawing.RULE, linewidth=0.9, zorder=0)
        ax.text(
            days[row], 1.0, str(mark), transform=ax.get_xaxis_transform(), ha="center",
            va="bottom", fontsize=8.5, fontweight="bold", color=drawing.INK,
        )  # fmt: skip
        date = f"{pd.Timestamp(events['session'].iloc[row]):%Y-%m-%d}"
        key.append(f"{mark}  {date}  {shorten(plain(events['headline'].iloc[row]), 100)}")
    return "\n".join(key)


def _event_means(frame: pd.DataFrame, security: str | None) -> pd.DataFrame:
    """Return one row an event in order of date: label, session, car, std_error."""
    rows = frame if security is None else frame[frame["security"] == security]
    rows = rows.dropna(subset=["car", "session"])
    means = rows.groupby("event_id", sort=False).agg(
        label=("label", "first"), session=("session", "min"),
        car=("car", "mean"), std_error=("std_error", "mean"),
    )  # fmt: skip
    return means.reset_index().sort_values(
        ["session", "event_id"], kind="stable", ignore_index=True
    )


def _event_note(total: int, apart: int, left: pd.DataFrame) -> str:
    """Return how many intervals exclude zero, how many would by luck, and what is not shown."""
    verb = "excludes" if apart == 1 else "exclude"
    note = f"{apart} of {counted(total, 'interval')} {verb} zero; "
    note += f"by luck alone about {max(total * LEVEL, 0.1):.{0 if total >= 30 else 1}f} would"
    if len(left):
        edge = drawing.minus(wording.number(100 * float(left["car"].abs().max())))
        note += f"\nthe {total - len(left)} largest in absolute value are shown; "
        note += f"the other {len(left)} lie within ±{edge} %"
    return note
