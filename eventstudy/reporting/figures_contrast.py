"""Tidy frame -> matplotlib Axes: the contrast of two groups, market by market."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.exceptions import NotApplicableError
from eventstudy.reporting import drawing, palette, wording
from eventstudy.reporting.contrasts import contrast_label, market_label, split_contrast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

_WIDTH = 8.6
_MOST_LETTERS = 66  # of a legend in one line
_NEEDED = (
    "contrast", "window_start", "window_end", "security", "estimate", "ci_low", "ci_high", "pvalue",
    "mean_a", "mean_b",
)  # fmt: skip


def contrast_rows(frame: pd.DataFrame, window: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return what the figure shows of the first contrast, in its order.

    All markets together, each market, then all markets together in each part of the events; rows
    without a difference are left out.

    Parameters
    ----------
    frame
        Rows of `contrasts`.
    window
        Default, and where the frame lacks it: its first.
    """
    if frame.empty:
        return frame
    ends = pd.Series(list(zip(frame["window_start"], frame["window_end"], strict=True)))
    chosen = window if window in set(ends) else ends.iloc[0]
    names = [split_contrast(str(text)) for text in frame["contrast"]]
    is_first = np.array([name[:3] == names[0][:3] for name in names])
    is_whole = np.array([not name[3] for name in names])
    is_pooled = (frame["security"] == "all").to_numpy()
    is_window = np.array([pair == chosen for pair in ends])
    has_value = frame["estimate"].notna().to_numpy()
    is_shown = is_first & is_window & has_value & (is_whole | is_pooled)
    return frame.iloc[np.flatnonzero(is_shown)].reset_index(drop=True)


def plot_contrast(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    window: tuple[int, int] | None = None,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw the difference between two groups by market, with the mean of each group.

    Parameters
    ----------
    frame
        Rows of `contrasts`, in decimal returns; the first contrast of the frame is drawn.
    ax
        Where to draw; None makes a figure.
    window
        Which window; default the first.
    labels
        Names of the markets.
    title
        Above the axes, to the left.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

    Returns
    -------
    Axes
        Dots with 95 % intervals are differences, filled where zero is outside; triangles are the
        means of the groups.

    Raises
    ------
    NotApplicableError
        No difference in the frame.
    """
    from matplotlib.ticker import MaxNLocator

    drawing.need_columns(frame, "plot_contrast", _NEEDED)
    rows = contrast_rows(frame, window)
    if rows.empty:
        raise NotApplicableError("plot_contrast: the frame holds no difference to draw")
    inches = drawing.ax_width(ax) if ax is not None else drawing.inches(width, _WIDTH)
    ax = drawing.axes(ax, contrast_size(len(rows), inches))
    narrow = drawing.is_narrow(inches)
    _, first, second, _ = split_contrast(str(rows["contrast"].iloc[0]))
    place = -np.arange(len(rows), dtype=float)
    percent = {name: 100 * rows[name].to_numpy(dtype=float) for name in _NEEDED[4:]}
    estimate, low, high = percent["estimate"], percent["ci_low"], percent["ci_high"]
    ax.axvline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    ax.hlines(place, low, high, color=drawing.INK, linewidth=1.6, zorder=2)
    is_solid = (low > 0) | (high < 0)
    for chosen, face in ((is_solid, drawing.INK), (~is_solid, drawing.PAPER)):
        ax.scatter(
            estimate[chosen], place[chosen], s=38, facecolors=face, edgecolors=drawing.INK, zorder=3
        )
    for name, value, colour, marker in (
        ("mean_a", first, palette.of_value(first, palette.MARKETS[0]).light, "^"),
        ("mean_b", second, palette.of_value(second, palette.MARKETS[1]).light, "v"),
    ):
        label = f"mean after {wording.value_label(value)}"
        ax.scatter(
            percent[name], place - 0.28, s=26, color=colour, marker=marker, label=label, zorder=3
        )
    ax.plot(
        [], [], "o-", color=drawing.INK, markersize=6,
        label=f"{contrast_label(str(rows['contrast'].iloc[0]))}, 95 %",
    )  # fmt: skip
    names = []
    for text, security in zip(rows["contrast"], rows["security"], strict=True):
        part = split_contrast(str(text))[3]
        names.append(wording.group_label(part) if part else market_label(str(security), labels))
    if narrow:
        names = ["\n".join(textwrap.wrap(name, 14, max_lines=3, placeholder="…")) for name in names]
    ax.set_yticks(place, [drawing.literal(name) for name in names])
    ax.set_ylim(-len(rows) + 0.3, 0.6)
    drawing.dress(ax, title=title, grid="x")
    start, end = int(rows["window_start"].iloc[0]), int(rows["window_end"].iloc[0])
    sizes = _sizes(rows, first, second)
    ax.set_xlabel(
        drawing.wrapped(
            f"cumulative abnormal return over {wording.window_label(start, end)}, %{sizes}; bars: "
            "95 % interval of the permutation test",
            ax, 9, 0.72 if not narrow else 0.66,
        ),
        linespacing=1.4,
    )  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(5 if narrow else 8))
    words = sum(len(str(handle.get_label())) for handle in ax.get_legend_handles_labels()[0])
    drawing.legend_above(ax, 1 if narrow else 3 if words <= _MOST_LETTERS else 2)
    return drawing.finish(ax, style)


def _sizes(rows: pd.DataFrame, first: str, second: str) -> str:
    """Return on how many dates the first row of the figure rests; nothing if the frame lacks it."""
    if not {"n_dates_a", "n_dates_b"} <= set(rows.columns):
        return ""
    numbers = [int(rows[name].iloc[0]) for name in ("n_dates_a", "n_dates_b")]
    words = [wording.value_label(value) for value in (first, second)]
    where = "all markets together" if rows["security"].iloc[0] == "all" else "the first row"
    return f"; {where}: {numbers[0]} dates of {words[0]}, {numbers[1]} of {words[1]}"


def contrast_size(rows: int, width: float = _WIDTH) -> tuple[float, float]:
    """Return the size of the figure of so many rows, in inches; `width` in inches."""
    return width, (1.9 if drawing.is_narrow(width) else 1.4) + 0.46 * rows
