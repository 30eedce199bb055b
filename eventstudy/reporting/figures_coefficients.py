"""Tidy frame -> matplotlib Axes: estimates with their intervals, by window, group or test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from eventstudy._typing import LEVEL
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.reporting import drawing, palette, wording
from eventstudy.text import is_missing, listed, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from eventstudy.text import Record

_COLUMNS = (
    "panel", "column", "part", "window_start", "window_end", "name", "estimate", "std_error",
    "df_error", "error", "pvalue",
)  # fmt: skip
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_MOST = 60
"""Estimates that a figure has room for."""
_ROWS = 5  # bars below which an axis is shorter than its name
_LINE = 0.18  # inches of a line of the note, and of the legend
_LONG = 18  # letters of a name of which three do not stand side by side
_LETTER, _HANDLE = 0.07, 0.45  # inches of a letter of the legend, and of a mark with its room


def plot_coefficients(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    level: float = 1 - LEVEL,
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw estimates with intervals: windows or days down, groups and tests beside one another.

    An interval is ``estimate +- t(df_error) std_error``, of its test or by date. A filled mark has
    a p-value under 5 %, size-corrected where the measured size of the test is off; groups of few
    dates are hollow. The figure says which tests were measured to reject too often, as intervals
    by their standard errors are too short.

    Parameters
    ----------
    frame
        The numbers of a table: panel, column, part, window_start, window_end, name, estimate,
        std_error, df_error, error (``test`` or ``date``: whose standard error), pvalue; optionally
        size, size_low, size_high, pvalue_corrected, n_events, n_units. Rows without a standard
        error are left out.
    ax
        Where to draw; None makes a figure.
    labels
        Names to show for groups, markets and tests.
    level
        Of the intervals, a share.
    title, style, width
        As for `eventstudy.reporting.figures_caar.plot_caar`.

    Raises
    ------
    SpecificationError
        A level that is no share, more estimates than a figure has room for.
    NotApplicableError
        None of the tests has standard errors.
    """
    drawing.need_columns(frame, "plot_coefficients", _COLUMNS)
    if not 0 < level < 1:
        raise SpecificationError(
            f"plot_coefficients: level is a share between 0 and 1, not {level:g}"
        )
    shown = frame[frame["std_error"].notna() & frame["estimate"].notna()]
    if shown.empty:
        names = listed(list(dict.fromkeys(frame["name"])))
        raise NotApplicableError(
            f"plot_coefficients: no standard errors of {names} in these results; fit the study "
            "again, or ask for a test that has its own, such as two_way_t"
        )
    if len(shown) > _MOST:
        raise SpecificationError(
            f"plot_coefficients: {len(shown)} estimates, and a figure has room for {_MOST}; name "
            "fewer windows, days or groups"
        )
    rows = list(dict.fromkeys(_place(row) for row in records(shown)))
    series = list(dict.fromkeys(_series(row) for row in records(shown)))
    inches = drawing.inches(width, 6.4)
    is_own = ax is None
    ax = drawing.axes(ax, (inches, 1.3 + (0.22 + 0.16 * len(series)) * max(len(rows), 2)))
    step = min(0.8 / max(len(series), 1), 0.22)
    markets = list(labels or ())
    for row in records(shown):
        key = _series(row)
        place = series.index(key)
        y = rows.index(_place(row)) + (place - (len(series) - 1) / 2) * step
        colour = _colour(row, place, len(series), markets)
        reach = 100 * float(row.std_error) * _quantile(row.df_error, level)
        mean = 100 * float(row.estimate)
        ax.hlines(y, mean - reach, mean + reach, color=colour, linewidth=1.4)
        ax.plot(
            [mean], [y], _MARKERS[place % len(_MARKERS)], color=colour, markersize=5.5,
            markerfacecolor=colour if _is_clear(row) else drawing.PAPER,
            label="_",
        )  # fmt: skip
    _dress(ax, rows, shown, title)
    share = 0.74 if drawing.is_narrow(drawing.ax_width(ax)) else 0.8
    note = drawing.wrapped(_note(shown, level, labels), ax, 9, share)
    ax.set_xlabel(f"mean abnormal return, %\n{note}")
    said = [_series_name(key, shown, labels) for key in series]
    columns = _legend_columns(said, drawing.ax_width(ax))
    if is_own:  # what stands above and below must not press the bars together
        further = max(note.count("\n") - 1, 0) + max(-(-len(series) // columns) - 1, 0)
        figure = cast("Any", ax.get_figure(root=True))
        figure.set_figheight(figure.get_figheight() + _LINE * further)
    if len(series) > 1:
        first = {_series(row): row for row in reversed(list(records(shown)))}
        for place, key in enumerate(series):
            ax.plot(
                [], [], _MARKERS[place % len(_MARKERS)], markersize=5.5,
                color=_colour(first[key], place, len(series), markets),
                label=_series_name(key, shown, labels),
            )  # fmt: skip
        drawing.legend_above(ax, columns)
    return drawing.finish(ax, style)


def _legend_columns(names: Sequence[str], inches: float) -> int:
    """Return how many names of a legend stand side by side in a figure of so many inches."""
    most = 2 if max(map(len, names)) > _LONG or drawing.is_narrow(inches) else 3
    fitting = int(inches / (_LETTER * max(map(len, names)) + _HANDLE))
    return max(1, min(most, fitting))


def _place(row: Record) -> tuple[str, int, int]:
    return str(row.part), int(row.window_start), int(row.window_end)


def _series(row: Record) -> tuple[str, str, str]:
    return str(row.panel), str(row.column), str(row.name)


def _series_name(
    key: tuple[str, str, str], frame: pd.DataFrame, labels: Mapping[str, str] | None
) -> str:
    """Return what tells a series from the others: its groups, and its test where they differ."""
    panel, column, name = key
    parts = [wording.value_label(value, labels) for value in (panel, column) if value]
    if len(set(frame["name"])) > 1 or not parts:
        parts.append((labels or {}).get(name, name))
    return drawing.short_name(", ".join(parts), 40)


def _colour(row: Record, place: int, n_series: int, markets: Sequence[str]) -> str:
    for value in (row.column, row.panel):
        if value in palette.DIRECTIONS:
            return palette.DIRECTIONS[value][0].light
        if value in markets:
            return palette.market_look(value, markets)[0].light
    return palette.INK.light if n_series == 1 else palette.series_look(place)[0].light


def _quantile(df: object, level: float) -> float:
    from scipy.special import ndtri, stdtrit

    share = (1 + level) / 2
    return float(ndtri(share) if is_missing(df) else stdtrit(float(str(df)), share))


def _is_clear(row: Record) -> bool:
    is_thin = not is_missing(getattr(row, "n_events", None)) and wording.is_thin(row)
    pvalue = wording.star_pvalue(row)
    return not is_thin and not is_missing(pvalue) and float(str(pvalue)) < LEVEL


def _dress(
    ax: Axes, rows: Sequence[tuple[str, int, int]], frame: pd.DataFrame, title: str | None
) -> None:
    drawing.dress(ax, title=title, grid="x")
    are_days = set(frame["part"]) == {"day"}
    names = [
        wording.number(start, 0, sign=True)
        if part == "day" and are_days
        else wording.window_label(start, end)
        for part, start, end in rows
    ]
    ax.set_yticks(np.arange(len(rows)), names)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    is_low = len(rows) * len(dict.fromkeys(_series(row) for row in records(frame))) < _ROWS
    ax.set_ylabel("sessions relative\nto day 0" if is_low else "sessions relative to day 0")
    ax.axvline(0, color=drawing.INK, linewidth=0.8, zorder=1)


def _note(frame: pd.DataFrame, level: float, labels: Mapping[str, str] | None) -> str:
    def named(rows: pd.DataFrame) -> str:
        return listed([(labels or {}).get(name, name) for name in dict.fromkeys(rows["name"])])

    own = frame[frame["error"] == "test"]
    whose = [f"of {named(own)}"] if len(own) else []
    whose += ["by date"] if len(own) < len(frame) else []
    parts = [
        f"bars: {100 * level:g} % interval {' or '.join(whose)}",
        f"filled: p < 5 % by {named(frame)}",
    ]
    off = [row for row in records(frame) if wording.is_size_off(row)]
    if off:
        parts[-1] += ", size-corrected"
    over = [row for row in off if float(row.size_low) > LEVEL and row.error == "test"]
    sizes: dict[str, list[float]] = {}
    for row in over:
        sizes.setdefault(str(row.name), []).append(100 * float(row.size))
    parts += [
        f"{(labels or {}).get(name, name)} rejects {wording.range_text(found)} % of placebos at "
        "5 %, so that its bars are too short"
        for name, found in sizes.items()
    ]
    return "; ".join(parts)
