"""Tidy frame -> matplotlib Axes: estimates of two crossed groupings as coloured cells."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from eventstudy.registry import choose
from eventstudy.reporting import drawing, palette, wording
from eventstudy.text import is_missing, listed, plain, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from eventstudy._typing import FloatArray, SignPolicy
    from eventstudy.text import Record

CellScale = Literal["volatility", "return"]
SCALES = ("volatility", "return")
"""What colour means: the mean in daily volatilities of its cell, or as a return."""
MOST_CELLS = (12, 8)
"""Rows and columns shown at most."""
_SMALLEST = 8.3  # points of a letter on a narrow figure: 11 pixels on a telephone
_ACROSS = 42  # of such letters beside each other, over all columns


def plot_heatmap(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    stars: wording.Stars = wording.STARS,
    min_dates: int = wording.MIN_DATES,
    scale: CellScale | None = None,
    limit: float | None = None,
    most: tuple[int, int] | None = MOST_CELLS,
    window: tuple[int, int] | None = None,
    sign: SignPolicy = "none",
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw estimates of two crossed groupings as coloured cells with their numbers.

    A cell holds the mean in percent with its stars, the p-value these stand for, and n. Its colour
    is the mean in daily volatilities, so that a currency and an index compare.

    Parameters
    ----------
    frame
        row, column (names), estimate (decimal returns), pvalue, n_events, and optionally n_units
        (independent dates), size_low, size_high, sizes_off and pvalue_corrected (see
        `wording.star_pvalue`), mde (daily volatilities) and mde_return (decimal returns), whose
        ratio is the daily volatility of a cell. Rows and columns keep the order of the frame,
        markets that of `labels`. A missing cell is blank.
    ax
        Where to draw; None makes a figure.
    labels
        Names to show for rows and columns.
    stars
        ``(level, mark)`` pairs, named below the axes.
    min_dates
        Cells of fewer independent dates (events where there is no `n_units`) are grey and without
        a p-value: a number without weight. At least `wording.MIN_DATES`.
    scale
        ``"volatility"`` or ``"return"``; default the first where the frame has mde and mde_return.
    limit
        Value at which the colour is full, in units of `scale`; default the largest absolute one of
        the cells that have `min_dates`.
    most
        Rows and columns shown at most: those on most dates, in their order; the figure says which
        were left out. None shows all.
    window
        The window of the frame, which the figure then names.
    sign
        ``"expected"`` where each return was multiplied by the expected sign of its event; the
        legend says so.
    title
        Above the axes, to the left.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title; negative means are hatched.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

    Returns
    -------
    Axes
    """
    drawing.need_columns(frame, "plot_heatmap", ("row", "column", "estimate", "pvalue", "n_events"))
    kind = _scale(frame, scale)
    kept, left = _capped(frame.assign(size=cell_sizes(frame, kind)), most)
    rows, columns = (
        drawing.in_study_order(list(dict.fromkeys(kept[name])), labels)
        for name in ("row", "column")
    )
    default = heatmap_size(len(rows), len(columns))
    inches = drawing.ax_width(ax) if ax is not None else drawing.inches(width, default[0])
    ax = drawing.axes(ax, heatmap_size(len(rows), len(columns), inches))
    min_dates = max(min_dates, wording.MIN_DATES)
    full = limit or _largest(kept, min_dates)
    look = _Look(stars, min_dates, full, drawing.is_narrow(inches), style)
    for cell in records(kept):
        _draw_cell(ax, (columns.index(cell.column), rows.index(cell.row)), cell, look)
    drawing.dress(ax, title=title, grid=None)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlim(-0.5, max(len(columns), 1) - 0.5)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    _name_cells(ax, rows, columns, labels, narrow=look.narrow)
    unit = "independent dates" if "n_units" in frame.columns else "events"
    off = [cell for cell in records(kept) if wording.is_size_off(cell, look.stars)]
    corrected = "where the measured size leaves out 5 %"
    if any(not wording.is_size_off(cell, ()) for cell in off):
        corrected = "where the measured size is off at a level of the stars"
    legend = [
        _legend(look, kind, sign, unit, window),
        f"p and stars size-corrected {corrected}" if off else "",
        *(_left_out(*part, labels) for part in left),
    ]
    ax.set_xlabel(
        drawing.literal(drawing.wrapped("; ".join(filter(None, legend)), ax, 8.5, 0.8)),
        loc="left", fontsize=_SMALLEST if look.narrow else 8.5, labelpad=8, linespacing=1.5,
    )  # fmt: skip
    return drawing.finish(ax, style)


@dataclass(frozen=True, slots=True)
class _Look:
    stars: wording.Stars
    min_dates: int
    full: float
    narrow: bool
    style: drawing.Style


def heatmap_size(rows: int, columns: int, width: float | None = None) -> tuple[float, float]:
    """Return the size in inches that so many cells need; `width` in inches where it is given."""
    inches = max(6.4, 1.4 + 1.02 * columns) if width is None else width
    shown = max(rows, 2)
    if drawing.is_narrow(inches):
        return inches, 3.0 + 0.42 * shown
    return inches, 1.7 + (0.56 if rows <= 10 else 0.53) * shown


def cell_sizes(frame: pd.DataFrame, scale: CellScale | None = None) -> FloatArray:
    """Return what the colour of each cell stands for: its mean in daily volatilities, or a return.

    The daily volatility of a cell is mde_return over mde; where these are missing it is the median
    of the cells of its column, else of its row, else NaN.
    """
    estimate: FloatArray = frame["estimate"].to_numpy(dtype=float)
    if _scale(frame, scale) == "return":
        return estimate
    columns = [pd.to_numeric(frame[name], errors="coerce") for name in ("mde_return", "mde")]
    volatility = columns[0] / columns[1]
    for name in ("column", "row"):
        volatility = volatility.fillna(volatility.groupby(frame[name]).transform("median"))
    sizes: FloatArray = estimate / volatility.to_numpy(dtype=float)
    return sizes


def _scale(frame: pd.DataFrame, scale: CellScale | None) -> CellScale:
    if scale is None:
        return "volatility" if {"mde", "mde_return"} <= set(frame.columns) else "return"
    choose(scale, SCALES, "scale")
    if scale == "volatility":
        drawing.need_columns(frame, "plot_heatmap in volatilities", ("mde", "mde_return"))
    return scale


def _largest(frame: pd.DataFrame, min_dates: int) -> float:
    sizes = [
        abs(float(cell.size))
        for cell in records(frame)
        if not is_missing(cell.size) and not wording.is_thin(cell, min_dates)
    ]
    return max(sizes, default=0.0) or 0.01


def _capped(
    frame: pd.DataFrame, most: tuple[int, int] | None
) -> tuple[pd.DataFrame, list[tuple[str, int, list[str]]]]:
    """Return the cells shown, and for rows and columns what they are, how many, which are not."""
    left = []
    for name, limit in zip(("row", "column"), most or (), strict=False):
        weight: dict[str, int] = {}
        for cell in records(frame):
            key = str(getattr(cell, name))
            weight[key] = max(weight.get(key, 0), wording.independent_dates(cell))
        kept = sorted(weight, key=lambda key: -weight[key])[:limit]  # stable: first come, first
        if gone := [key for key in weight if key not in kept]:
            left.append((name, len(weight), gone))
            frame = frame[frame[name].astype(str).isin(kept)]
    return frame, left


def _left_out(what: str, total: int, gone: Sequence[str], labels: Mapping[str, str] | None) -> str:
    shown = [wording.value_label(name, labels) for name in gone[:4]]
    more = [f"{len(gone) - 4} more"] if len(gone) > 4 else []
    return (
        f"the {total - len(gone)} of {total} {what}s on most dates; left out: "
        f"{listed([*shown, *more])}"
    )


def _draw_cell(ax: Axes, place: tuple[int, int], cell: Record, look: _Look) -> None:
    from matplotlib.patches import Rectangle

    if is_missing(cell.estimate):
        return
    x, y = place
    thin = wording.is_thin(cell, look.min_dates)
    step = palette.scale_step(0.0 if is_missing(cell.size) else float(cell.size), look.full)
    ground = palette.WASH if thin else step
    ax.add_patch(
        Rectangle(
            (x - 0.5, y - 0.5), 1, 1, facecolor=ground.light, edgecolor=drawing.PAPER,
            linewidth=1.5,
        )
    )  # fmt: skip
    is_dark = not thin and step.name.endswith("-4")
    ink = drawing.PAPER if is_dark else drawing.GREY if thin else drawing.INK
    mark = wording.mark_of(cell, look.stars, look.min_dates)
    value = drawing.minus(wording.number(100 * float(cell.estimate), sign=True))
    details = _details(cell, look, thin=thin, marked=bool(mark))
    if look.narrow:
        details[-1] += mark  # beside the mean there is no room
    else:
        value += mark
    top = -0.27 if len(details) > 1 else -0.15
    ax.text(
        x, y + top, value, ha="center", va="center", color=ink, in_layout=False,
        fontsize=_SMALLEST if look.narrow else 9.5, fontweight="bold" if mark else "normal",
    )  # fmt: skip
    for line, detail in enumerate(details):
        ax.text(
            x, y + top + 0.31 + 0.06 * (len(details) == 1) + 0.25 * line, detail, ha="center",
            va="center", fontsize=_SMALLEST if look.narrow else 6.8, color=ink,
            in_layout=False,
        )  # fmt: skip


def _details(cell: Record, look: _Look, *, thin: bool, marked: bool) -> list[str]:
    """Return what stands under the mean of a cell: p and n, and what could have been seen."""
    size = f"n {wording.independent_dates(cell)}"
    if thin or look.narrow:
        return [size]
    p_text = wording.p_value(wording.star_pvalue(cell, stars=look.stars)) or "n/a"
    lines = [f"p {p_text} · {size}".replace("p <", "p<")]
    mde = getattr(cell, "mde_return", None)
    if not marked and not is_missing(mde):
        lines.append(f"mde {wording.number(100 * float(str(mde)))}")
    return lines


def _name_cells(
    ax: Axes,
    rows: Sequence[str],
    columns: Sequence[str],
    labels: Mapping[str, str] | None,
    *,
    narrow: bool,
) -> None:
    room = int(_ACROSS / max(len(columns), 1)) if narrow else 13
    heads = [wording.value_label(plain(name), labels) for name in columns]
    is_turned = narrow and any(len(word) > room for head in heads for word in head.split())
    room = 16 if is_turned else room
    wrapped = [
        "\n".join(
            textwrap.wrap(
                head, room, max_lines=2 if is_turned else 3, placeholder="…", break_long_words=False
            )
        )
        for head in heads
    ]
    ax.set_xticks(range(len(columns)), [drawing.literal(head) for head in wrapped])
    ax.xaxis.tick_top()
    names = [drawing.short_name(wording.value_label(str(row), labels), 32) for row in rows]
    if narrow:
        names = ["\n".join(textwrap.wrap(name, 13, max_lines=2, placeholder="…")) for name in names]
    ax.set_yticks(range(len(rows)), names)
    ax.tick_params(length=0, labelsize=9, labelcolor=drawing.INK)
    if narrow:
        ax.tick_params(labelsize=_SMALLEST)
        ax.tick_params(axis="x", rotation=90 if is_turned else 0)


def _legend(
    look: _Look,
    kind: CellScale,
    sign: SignPolicy,
    unit: str,
    window: tuple[int, int] | None,
) -> str:
    """Return what numbers, colours, stars and grey cells mean."""
    direction = wording.in_direction(sign)
    over = f" over {wording.window_label(*window)}" if window else ""
    number = wording.number(look.full if kind == "volatility" else 100 * look.full, 1)
    full = f"{number} daily volatilities" if kind == "volatility" else f"{number} %"
    kinds = [("colour: blue-green above zero", "brown below"), "grey"]
    if look.style == "journal":
        kinds = [("grey: plain above zero", "hatched below"), "grey numbers"]
    (above, below), few = kinds
    if direction:
        above = above.replace("above zero", "as expected, whether up or down")
        below = below.replace("below", "against it")
    parts = [
        f"mean abnormal return{direction}{over}, %",
        f"n: {unit}",
        f"stars {wording.stars_legend(look.stars)}",
        f"{above}, {below}, full at ±{full}",
        f"{few}: fewer than {look.min_dates} {unit}, no p, no stars",
    ]
    if not look.narrow:
        parts.append("mde: the smallest mean found with 80 % power, %")
    return "; ".join(parts)
