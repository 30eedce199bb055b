"""The figure of a calibration: what each test rejects where nothing happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL
from eventstudy.reporting import drawing, palette
from eventstudy.text import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WIDTH = 7.6


def plot_calibration(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    level: float = LEVEL,
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw the share of true nulls each test rejects, a row a test, with its 95 % interval.

    Parameters
    ----------
    frame
        One group and window: name, scenario (``ordinary`` filled, ``event variance x 2`` hollow,
        ``rough times`` a square), level, rate, rate_low, rate_high (shares). Tests stand in the
        order of their rates, those without one below.
    ax
        Where to draw; None makes a figure.
    level
        The level shown, marked by a line.
    title
        Above the axes, to the left.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title; a cross marks a rate whose
        interval leaves the level out.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.
    """
    columns = ("name", "scenario", "level", "rate", "rate_low", "rate_high")
    drawing.need_columns(frame, "plot_calibration", columns)
    shown = frame[np.isclose(frame["level"], level)]
    ordinary = shown[(shown["scenario"] == "ordinary") & shown["rate"].notna()]
    measured = ordinary.sort_values("rate", kind="stable")["name"]
    names = list(dict.fromkeys([*measured.astype(str), *frame["name"].astype(str)]))
    inches = drawing.ax_width(ax) if ax is not None else drawing.inches(width, _WIDTH)
    ax = drawing.axes(ax, calibration_size(len(names), inches))
    for at in range(measured.nunique(), len(names)):
        ax.text(0.4, at, "no rate", va="center", color=drawing.GREY, fontsize=8.5)
    for scenario, shift, face, marker in (
        ("ordinary", -0.22, None, "o"),
        ("event variance x 2", 0.0, drawing.PAPER, "o"),
        ("rough times", 0.22, drawing.PAPER, "s"),
    ):
        part = shown[(shown["scenario"] == scenario) & shown["rate"].notna()]
        labelled = False
        for row in records(part):
            y = names.index(str(row.name)) + shift
            is_off = not row.rate_low <= level <= row.rate_high
            colour = palette.WARN.light if is_off else drawing.INK
            ends = [100 * row.rate_low, 100 * row.rate_high]
            ax.plot(ends, [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
            ax.plot(
                100 * row.rate, y, marker, color=colour, markersize=5, markeredgewidth=1.2,
                markerfacecolor=face or colour, label=None if labelled else scenario,
            )  # fmt: skip
            labelled = True
            if is_off:
                ax.plot(100 * row.rate_high + 0.6, y, "x", color=colour, markersize=3.5)
    ax.axvline(100 * level, color=drawing.INK, linewidth=0.8, zorder=1)
    drawing.dress(ax, title=title, grid="x")
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0, labelsize=8.5)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(left=0)
    text = (
        f"rejected at {level * 100:g} %, in % of placebo draws, 95 % interval; filled: as they "
        "are; circle: variance of the event session doubled; square: rough times; "
        f"×: {level * 100:g} % lies outside"
    )
    ax.set_xlabel(drawing.wrapped(text, ax, 9), loc="right", linespacing=1.5)
    return drawing.finish(ax, style)


def calibration_size(tests: int, width: float = _WIDTH) -> tuple[float, float]:
    """Width and height of a figure of so many tests, in inches."""
    return width, (1.8 if drawing.is_narrow(width) else 1.4) + 0.3 * max(tests, 1)
