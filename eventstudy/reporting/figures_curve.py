"""The figure of a specification curve: every estimate, its choices, and its placebos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.reporting import drawing, palette, wording
from eventstudy.text import counted, is_missing, plain, records, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy._typing import Alternative, BoolArray, FloatArray

CHOICE_LABELS = {
    "model": "model",
    "benchmark": "benchmark",
    "sync": "pairing in time",
    "estimation": "estimation window",
    "car": "window of the CAR",
    "ambiguous": "uncertain day 0",
    "kind": "returns",
    "mask_events": "other events left out",
}
"""Columns of a curve that are choices -> what the figure calls them."""
_PALE, _PLAIN = palette.ORDINARY.light, palette.FAINT.light  # placebos; not significant
_WIDTH = 12.8
_VALUE = 30  # characters of a value beside its line
_LINE = 0.215  # inches of a line of choices


def curve_size(influence: pd.DataFrame, width: float | None = None) -> tuple[float, float]:
    """Return the width and height in inches that the figure of a curve needs.

    Its own width, or one asked for in millimetres; a narrow one has its panels one below another.
    """
    inches, lines = drawing.inches(width, _WIDTH), len(_lines(influence))
    if drawing.is_narrow(inches):
        return inches, 8.2 + 2 * _LINE * lines
    return inches, 4.6 + _LINE * lines


def plot_specification_curve(
    specifications: pd.DataFrame,
    influence: pd.DataFrame,
    summary: pd.DataFrame,
    draws: pd.DataFrame,
    *,
    ax: Axes | None = None,
    figure: Figure | None = None,
    alternative: Alternative = "two-sided",
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw a curve: estimates in order, the choices below, placebos and influence at the side.

    Parameters
    ----------
    specifications
        One row each: the choices, estimate, ci_low, ci_high (decimal returns), pvalue, own.
    influence
        choice, value, share_of_variance, median_estimate (decimal), share_significant.
    summary
        measure, value, pvalue, n_draws; of it the median estimate and the share significant.
    draws
        share_significant of every placebo draw; may be empty.
    ax
        Where to draw the estimates alone, without choices, placebos and influence.
    figure
        An empty one to draw on; None makes one with pyplot.
    alternative
        The side of the p-values.
    title
        Above the figure.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres; 180 is two columns of a journal.

    Returns
    -------
    Axes
        Those of the estimates. Those of the whole figure, ``ax.figure.axes``, are labelled
        ``curve``, ``placebo``, ``choices`` and ``influence``.
    """
    for frame, columns in (
        (specifications, ("estimate", "ci_low", "ci_high", "pvalue", "own", *CHOICE_LABELS)),
        (influence, ("choice", "value", "share_of_variance", "median_estimate")),
        (summary, ("measure", "value", "pvalue", "n_draws")),
    ):
        drawing.need_columns(frame, "plot_specification_curve", columns)
    if ax is None and figure is None:
        from matplotlib import pyplot as plt

        figure = plt.figure(figsize=curve_size(influence, width), layout="constrained")
    lines = _lines(influence)
    frame = specifications.sort_values("estimate", kind="stable", ignore_index=True)
    is_significant = (frame["pvalue"] <= LEVEL * (1 + TIE)).to_numpy(dtype=bool)
    is_tested = bool(frame["pvalue"].notna().any())
    sided = "" if alternative == "two-sided" else f", one-sided ({alternative})"
    share_label = f"significant at 5 %{sided}"
    # A long title would run into that of the axes beside it.
    separator = "\n" if sided and is_tested else "; "
    shade = "black" if style == "journal" else "colour"
    shown = f"{share_label} (in {shade})" if is_tested else ""
    if ax is not None or figure is None:
        top = drawing.axes(ax, (_WIDTH, 4.0))
        _curve(top, frame, is_significant, summary, shown, separator)
        top.set_xlabel("specifications, in the order of their estimates")
        return drawing.finish(top, style)
    top, placebo, below, side = _axes(figure, len(lines))
    _curve(top, frame, is_significant, summary, shown, separator)
    _placebo(placebo, summary, draws, share_label, len(frame))
    _choices(below, frame, is_significant, lines)
    _influence(side, influence, lines, is_tested=is_tested)
    if title:
        figure.suptitle(
            drawing.literal(drawing.wrapped(plain(title), top, 13, 0.88)), x=0.01, ha="left",
            fontsize=13, fontweight="bold", color=drawing.INK,
        )  # fmt: skip
    fixed = _fixed(influence)
    notes = [_legend(frame, alternative, shade) if is_tested else ""]
    notes.append(f"the same in all: {fixed}" if fixed else "")
    if any(notes):
        figure.supxlabel(
            drawing.literal(
                "\n".join(drawing.wrapped(note, top, 8.5, 0.97) for note in notes if note)
            ),
            x=0.01, ha="left", fontsize=8.5,
            color=drawing.GREY, linespacing=1.4,
        )  # fmt: skip
    return drawing.finish(top, style)


def _legend(frame: pd.DataFrame, alternative: Alternative, shade: str) -> str:
    """Return what interval and colour of an estimate mean, as they are not of the same test."""
    colour = f"{shade}: the placebo test of volatility-scaled returns"
    if alternative != "two-sided":
        return f"{colour}, one-sided, so without intervals"
    if not frame["ci_low"].notna().any():
        return colour
    return (
        f"intervals: of the mean CAR; {colour}, so that the interval of a grey point may exclude "
        "zero"
    )


def _axes(figure: Figure, lines: int) -> tuple[Axes, Axes, Axes, Axes]:
    room = max(0.5, _LINE * lines)
    if drawing.is_narrow(figure.get_figwidth()):
        rows = figure.add_gridspec(4, 1, height_ratios=[2.6, room, 1.7, room])
        top = figure.add_subplot(rows[0], label="curve")
        below = figure.add_subplot(rows[1], label="choices", sharex=top)
        placebo = figure.add_subplot(rows[2], label="placebo")
        return top, placebo, below, figure.add_subplot(rows[3], label="influence")
    grid = figure.add_gridspec(2, 2, width_ratios=[2.65, 1.0], height_ratios=[3.4, room])
    top = figure.add_subplot(grid[0, 0], label="curve")
    placebo = figure.add_subplot(grid[0, 1], label="placebo")
    below = figure.add_subplot(grid[1, 0], label="choices", sharex=top)
    side = figure.add_subplot(grid[1, 1], label="influence", sharey=below)
    return top, placebo, below, side


def _curve(
    ax: Axes,
    frame: pd.DataFrame,
    is_significant: BoolArray,
    summary: pd.DataFrame,
    share_label: str,
    separator: str,
) -> None:
    x = np.arange(len(frame), dtype=float)
    y, low, high = (100 * frame[c].to_numpy(dtype=float) for c in ("estimate", "ci_low", "ci_high"))
    narrow = drawing.is_narrow(drawing.ax_width(ax))
    size = float(np.clip((400 if narrow else 1300) / max(len(frame), 1), 7, 34))
    width = float(np.clip(150 / max(len(frame), 1), 0.5, 1.6))
    colours = _colours(y, is_significant)
    line_colours = np.where(is_significant, colours, _PLAIN)
    ax.vlines(x, low, high, colors=list(line_colours), linewidth=width, alpha=0.7, zorder=2)
    ax.scatter(x, y, s=size, c=colours, linewidths=0, zorder=4)
    of_study = np.flatnonzero(frame["own"].to_numpy(dtype=bool))
    ax.scatter(
        x[of_study], y[of_study], s=3.2 * size + 30, marker="D", facecolors="none",
        edgecolors=drawing.INK, linewidths=1.1, zorder=5,
    )  # fmt: skip
    ax.axhline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    drawing.dress(ax, title=None, grid="y")
    median = 100 * _measure(summary, "median_estimate", "value")
    ax.axhline(median, color=drawing.GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.set_ylabel("mean cumulative\nabnormal return, %")
    ax.set_xlim(-0.9, max(len(frame) - 0.1, 0.9))
    count = int(is_significant.sum())
    title = f"{counted(len(frame), 'specification')}, "
    title += f"{count} {share_label}" if share_label else "significance not tested"
    title += f"{separator}median {drawing.minus(wording.number(median, sign=True))} % (dashed)"
    title += "; diamonds: the study’s own" if of_study.size else ""
    share = 0.62 if len(ax.figure.axes) > 1 else 0.9
    share = 0.7 if narrow else share
    lines = [drawing.wrapped(line, ax, 9.5, share) for line in title.splitlines()]
    ax.set_title("\n".join(lines), loc="left", fontsize=9.5, color=drawing.INK)


def _colours(y: FloatArray, is_significant: BoolArray) -> list[str]:
    return [
        palette.of_sign(value).light if coloured else _PLAIN
        for value, coloured in zip(y, is_significant, strict=True)
    ]


def _placebo(
    ax: Axes, summary: pd.DataFrame, draws: pd.DataFrame, share_label: str, n_specifications: int
) -> None:
    value = _measure(summary, "share_significant", "value")
    share = 100 * value
    pvalue = _measure(summary, "share_significant", "pvalue")
    drawn = 100 * draws["share_significant"].dropna().to_numpy(dtype=float)
    drawing.dress(ax, title=None, grid="y")
    number = f" ({len(drawn):,} draws)" if len(drawn) else ""
    narrow = drawing.is_narrow(drawing.ax_width(ax))
    title = f"the same at placebo dates{number}"
    title = drawing.wrapped(title, ax, 9.5, 0.7 if narrow else 0.32)
    ax.set_title(title, loc="left", fontsize=9.5, color=drawing.INK)
    ax.set_xlim(-2.5, 102.5)
    ax.set_xticks(range(0, 101, 20))
    ax.set_xlabel("specifications " + share_label.replace(", ", ",\n") + ", %")
    if not len(drawn):
        ax.set_yticks([])
        note = str(summary["note"].iloc[0]) if "note" in summary else ""
        ax.text(0.5, 0.5, _wrapped(note or "no placebo draws", 34), transform=ax.transAxes,
                ha="center", va="center", fontsize=9, color=drawing.GREY)  # fmt: skip
        return
    counts, edges = np.histogram(drawn, bins=np.arange(-2.5, 103, 5))
    middle = (edges[:-1] + edges[1:]) / 2
    ax.bar(middle, 100 * counts / len(drawn), width=4.4, color=_PALE, zorder=2)
    ax.set_ylabel("placebo draws, %")
    ax.axvline(share, color=drawing.INK, linewidth=1.8, zorder=3)
    inside = share > 45
    text = f"the real dates: {wording.share(value, n_specifications)}"
    text += f"\n{wording.p_equals(pvalue)}"
    ax.annotate(
        text, (share, 0.93), xycoords=("data", "axes fraction"),
        xytext=(-7 if inside else 7, 0), textcoords="offset points",
        ha="right" if inside else "left", va="top", fontsize=9.5, fontweight="bold",
        color=drawing.INK, linespacing=1.4,
    )  # fmt: skip


def _choices(
    ax: Axes,
    frame: pd.DataFrame,
    is_significant: BoolArray,
    lines: Sequence[tuple[str, str | None]],
) -> None:
    y = frame["estimate"].to_numpy(dtype=float)
    colours = np.array(_colours(y, is_significant), dtype=object)
    narrow = drawing.is_narrow(drawing.ax_width(ax))
    width = float(np.clip((90 if narrow else 330) / max(len(frame), 1), 0.9, 4.0))
    names, used_lines = _names(lines, narrow=narrow)
    for line, (choice, value) in enumerate(lines):
        if value is None:
            continue
        ax.axhline(line, color=drawing.WASH, linewidth=0.8, zorder=1)
        at = np.flatnonzero((frame[choice] == value).to_numpy(dtype=bool))
        ax.vlines(at, line - 0.34, line + 0.34, colors=list(colours[at]), linewidth=width, zorder=2)
    drawing.dress(ax, title=None, grid=None)
    ax.set_yticks(used_lines, names)
    for line, (choice, value) in enumerate(lines):
        if value is None:
            ax.text(
                0.0 if narrow else -0.006, line, CHOICE_LABELS[choice],
                transform=ax.get_yaxis_transform(), ha="left" if narrow else "right",
                va="center", fontsize=9, fontweight="bold", color=drawing.INK,
            )  # fmt: skip
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, labelbottom=False)
    ax.set_ylim(len(lines) - 0.4, -0.7)
    if not lines:
        ax.set_yticks([])


def _influence(
    ax: Axes,
    influence: pd.DataFrame,
    lines: Sequence[tuple[str, str | None]],
    *,
    is_tested: bool,
) -> None:
    values = {(row.choice, row.value): row for row in records(influence)}
    shares = {row.choice: row.share_of_variance for row in records(influence)}
    narrow = drawing.is_narrow(drawing.ax_width(ax))
    for line, (choice, value) in enumerate(lines):
        if value is None:
            part = shares[choice]
            text = "" if is_missing(part) else f"{100 * float(part):.0f} %"
            if narrow:
                text = ": ".join(filter(None, (CHOICE_LABELS[choice], text)))
            elif text:
                text += " of the variance"
            ax.text(0, line, text, ha="left", va="center", fontsize=9, fontweight="bold",
                    color=drawing.INK)  # fmt: skip
            continue
        row: Any = values[choice, value]
        share = row.share_significant
        length = 0.0 if is_missing(share) else 100 * float(share)
        if is_tested:
            ax.barh(line, 100, height=0.56, color=drawing.WASH, zorder=1)
            ax.barh(line, length, height=0.56, color=drawing.FAINT, zorder=2)
        median = drawing.minus(wording.number(100 * float(row.median_estimate), sign=True))
        ax.text(103, line, f"{median} %", ha="left", va="center", fontsize=8.5,
                color=drawing.INK)  # fmt: skip
    drawing.dress(ax, title=None, grid=None)
    for name in ("left", "top", "right", "bottom"):
        ax.spines[name].set_visible(False)
    ax.set_xlim(0, 132)
    ax.set_xticks([0, 50, 100] if is_tested else [])
    if narrow:  # not beside the choices, so with their names
        names, used_lines = _names(lines, narrow=True)
        ax.set_yticks(used_lines, names)
        ax.set_ylim(len(lines) - 0.4, -0.7)
    ax.tick_params(axis="y", length=0, labelleft=narrow)
    bars = "bars: share significant, %\n" if is_tested else ""
    heads = "\nbold: share of the variance" if narrow else ""
    ax.set_xlabel(f"{bars}numbers: median estimate{heads}", loc="left")


def _lines(influence: pd.DataFrame) -> list[tuple[str, str | None]]:
    """Return the choices that differ, each as a heading (no value) and its values."""
    lines: list[tuple[str, str | None]] = []
    for choice in CHOICE_LABELS:
        values = list(influence.loc[influence["choice"] == choice, "value"])
        if len(values) > 1:
            lines += [(choice, None), *((choice, str(value)) for value in values)]
    return lines


def _names(lines: Sequence[tuple[str, str | None]], *, narrow: bool) -> tuple[list[str], list[int]]:
    """Return the values as they stand beside their lines, and the lines."""
    room = _VALUE // 2 if narrow else _VALUE
    found = [
        (drawing.literal(shorten(_value(choice, value), room)), line)
        for line, (choice, value) in enumerate(lines)
        if value is not None
    ]
    return [name for name, _ in found], [line for _, line in found]


def _fixed(influence: pd.DataFrame) -> str:
    """Return the choices that are the same in every specification, with their value."""
    parts = []
    for choice, name in CHOICE_LABELS.items():
        values = list(influence.loc[influence["choice"] == choice, "value"])
        if len(values) == 1:
            parts.append(f"{name}: {_value(choice, str(values[0]))}")
    return "; ".join(parts)


def _value(choice: str, value: str) -> str:
    shown = plain(value)
    return shown if choice in ("benchmark", "estimation", "car") else shown.replace("_", " ")


def _measure(summary: pd.DataFrame, name: str, column: str) -> float:
    values = summary.loc[summary["measure"] == name, column]
    return float(values.iloc[0]) if len(values) else float("nan")


def _wrapped(text: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(drawing.literal(text), width))
