"""Tidy frame -> matplotlib Axes: average paths before and after the news, alone or in panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy._typing import LEVEL
from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import drawing, palette, wording
from eventstudy.text import split_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy._typing import FloatArray, SignPolicy
    from eventstudy.reporting.palette import Colour

Interval = Literal["band", "lines", "bars", "none"]
INTERVALS = ("band", "lines", "bars", "none")
"""How intervals are drawn: shaded, as thin lines, as bars at each session, or not."""
MOST_PANELS = 12
_WIDTH = 9.2
_NAME = 32  # characters of a name beside a line
_MANY = 2  # lines on the same axes above which their bands would hide one another
_COLUMNS = ("group", "tau", "caar", "ci_low", "ci_high")


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    groups: tuple[str, ...]


def plot_caar(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    groups: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    facet: str | None = None,
    level: float = 1 - LEVEL,
    ci: Interval | None = None,
    direct_labels: bool = True,
    sign: SignPolicy = "none",
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw cumulative average abnormal returns by event time, one line a group.

    Parameters
    ----------
    frame
        group, tau (sessions relative to day 0), caar, ci_low, ci_high (decimal returns, 95 %),
        n_pairs; optionally n_dates and std_error. A missing average leaves a gap.
    ax
        Where to draw; None makes a figure.
    groups
        Which groups, in this order; default all of the frame.
    labels
        Names to show for groups or values; where they are those of the markets in the order of
        the study, each market has the colour it has in every figure.
    facet
        None draws all groups on the same axes. ``"group"`` gives each a panel, on one scale; the
        name of a column, such as ``"category"`` for groups of ``category*direction``, a panel to
        each of its values, with a line for each value of the rest. At most 12 panels, those of
        most pairs; the figure says which were left out.
    level
        Of the intervals, a share; other than 0.95 needs std_error and n_dates:
        ``caar +- t(n_dates - 1) std_error``.
    ci
        ``"band"``, ``"lines"``, ``"bars"`` or ``"none"``; default bands, and none where more than
        two lines share the axes, which the figure says.
    direct_labels
        Name each line at its right end instead of in a legend.
    sign
        ``"expected"`` where each return was multiplied by the expected sign of its event; the axis
        says so.
    title
        Above the axes, to the left.
    style
        ``"default"``, or ``"journal"``: grey, serif, without a title.
    width
        Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

    Returns
    -------
    Axes
        Those of the first panel where there are several; ``ax.figure.axes`` are all of them.

    Raises
    ------
    SpecificationError
        A group or a facet the frame lacks; facets with `ax`, as panels need a figure.
    """
    drawing.need_columns(frame, "plot_caar", _COLUMNS)
    shown = _chosen(frame, groups, labels)
    rows = _at_level(frame, level)
    if facet is not None:
        if ax is not None:
            raise SpecificationError("plot_caar: facet makes a figure of panels: leave ax out")
        return plot_panels(
            rows, None, groups=shown, labels=labels, facet=facet, level=level, ci=ci, sign=sign,
            title=title, style=style, width=width,
        )  # fmt: skip
    inches = drawing.inches(width, 7.6)
    ax = drawing.axes(ax, (inches, 4.2 if inches > 5 else 0.82 * inches))
    kind = _interval(ci, len(shown))
    ends = [end for end in _lines(ax, rows, shown, labels, kind, is_alone=False) if end]
    _dress(ax, title=title, sign=sign)
    note = _interval_note(kind, level, left_out=ci is None and kind == "none")
    ax.set_xlabel("sessions relative to day 0\n" + drawing.wrapped(note, ax, 9))
    if len(ends) > 1 and direct_labels and not drawing.is_narrow(drawing.ax_width(ax)):
        drawing.label_ends(ax, ends)
    elif len(ends) > 1:
        drawing.legend_above(ax)
    elif ends:
        ax.set_title(
            f"{ends[0][2]}", loc="right", fontsize=9, color=drawing.GREY
        )  # what is drawn and how many, where there is no other name
    return drawing.finish(ax, style)


def plot_panels(
    frame: pd.DataFrame,
    figure: Figure | None,
    *,
    groups: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    facet: str = "group",
    level: float = 1 - LEVEL,
    ci: Interval | None = None,
    sign: SignPolicy = "none",
    title: str | None = None,
    style: drawing.Style = "default",
    width: float | None = None,
) -> Axes:
    """Draw `plot_caar` in panels, on `figure` or, where it is None, on a new one.

    Returns
    -------
    Axes
        Of the first panel.
    """
    shown = _chosen(frame, groups, labels)
    inches = float(figure.get_figwidth()) if figure else drawing.inches(width, _WIDTH)
    panels, left = _panels(frame, shown, facet, labels, most_panels(inches))
    if figure is None:
        from matplotlib import pyplot as plt

        figure = plt.figure(figsize=panels_size(len(panels), inches), layout="constrained")
    across = _across(len(panels), inches)
    down = -(-len(panels) // across)
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    small = drawing.is_narrow(inches)
    kind: Interval = "band"
    for number, ax in enumerate(np.ravel(grid)):
        if number >= len(panels):
            ax.set_axis_off()
            continue
        panel = panels[number]
        kind = _interval(ci, len(panel.groups))
        is_alone = len(panel.groups) == 1
        _lines(ax, frame, panel.groups, labels, kind, is_alone=is_alone)
        _dress(ax, title=None, sign=sign)
        ax.set_title(
            _panel_title(panel, frame, facet, across), loc="left", fontsize=8 if small else 8.5,
            fontweight="bold", color=drawing.INK, linespacing=1.3,
        )  # fmt: skip
        is_last = number + across >= len(panels)
        ax.set_xlabel("")
        ax.tick_params(labelbottom=is_last)
        ax.set_ylabel("CAAR, %" if number % across == 0 else "")
        if not is_alone:
            names = [
                ", ".join(filter(None, [_rest(group, facet), _sample(frame, group)]))
                for group in panel.groups
            ]
            handles = [
                line for line in ax.lines if not str(line.get_label()).startswith(("_", "child"))
            ]
            ax.legend(
                handles, names, frameon=False, fontsize=7, labelcolor=drawing.INK,
                loc="best", handlelength=1.4, borderaxespad=0.1,
            )  # fmt: skip
    direction = wording.in_direction(sign)
    lines = [f"sessions relative to day 0; CAAR: cumulative average abnormal return{direction}"]
    lines.append(_interval_note(kind, level, left_out=False))
    if left:
        lines.append(f"the {len(panels)} of {len(panels) + left} panels of most pairs")
    text = drawing.wrapped("; ".join(filter(None, lines)), grid[0, 0], 8.5)
    figure.supxlabel(text, fontsize=8.5, color=drawing.GREY, linespacing=1.4)
    if title:
        figure.suptitle(
            drawing.literal(title), x=0.01, ha="left", fontsize=11, fontweight="bold",
            color=drawing.INK,
        )  # fmt: skip
    first: Axes = grid[0, 0]
    return drawing.finish(first, style)


def most_panels(width: float) -> int:
    """Return how many panels a figure of so many inches holds: half as many where it is narrow."""
    return MOST_PANELS // 2 if drawing.is_narrow(width) else MOST_PANELS


def panels_size(panels: int, width: float = _WIDTH) -> tuple[float, float]:
    """Return the size in inches of a figure of so many panels; `width` in inches."""
    panels = min(panels, most_panels(width))
    down = -(-panels // _across(panels, width))
    each = 1.7 if drawing.is_narrow(width) else 2.15
    return width, 0.6 + each * down


def shown_groups(frame: pd.DataFrame, labels: Mapping[str, str] | None = None) -> list[str]:
    """Return the groups of a frame, all first, each grouping together, markets in study order."""
    return _chosen(frame, None, labels)


def largest_groups(
    frame: pd.DataFrame, groups: Sequence[str], number: int = MOST_PANELS
) -> list[str]:
    """Return the groups of most pairs, as many as are asked for, in their order."""
    most = _sizes(frame, "n_pairs")
    kept = sorted(groups, key=lambda group: -most.get(group, 0))[:number]
    return [group for group in groups if group in kept]


def _across(panels: int, width: float) -> int:
    return max(1, min(panels, 2 if drawing.is_narrow(width) else 3))


def _markets_in_order(groups: Sequence[str], labels: Mapping[str, str] | None) -> list[str]:
    """Return the groups with those of single markets in the order of the study."""
    places = [at for at, group in enumerate(groups) if split_group(group)[0] == ("security",)]
    names = [split_group(groups[at])[1][0] for at in places]
    ordered = list(groups)
    for at, name in zip(places, drawing.in_study_order(names, labels), strict=True):
        ordered[at] = f"security={name}"
    return ordered


def _chosen(
    frame: pd.DataFrame, groups: Sequence[str] | None, labels: Mapping[str, str] | None
) -> list[str]:
    present = wording.group_order([str(group) for group in frame["group"]])
    shown = _markets_in_order(present, labels) if groups is None else [str(g) for g in groups]
    for group in shown:
        if group not in present:
            raise SpecificationError(
                f"plot_caar: no group {group!r} in the frame; it has {present}"
            )
    return shown


def _panels(
    frame: pd.DataFrame,
    groups: Sequence[str],
    facet: str,
    labels: Mapping[str, str] | None,
    limit: int,
) -> tuple[list[_Panel], int]:
    """Return the panels shown, in the order of the groups, and how many were left out."""
    members: dict[str, list[str]] = {}
    for group in groups:
        columns, values = split_group(group)
        if facet != "group" and facet not in columns:
            kinds = sorted({column for name in groups for column in split_group(name)[0]})
            choose(facet, ["group", *kinds], "facet")
            continue  # a group of the frame that has no such column is in no panel
        key = group if facet == "group" else values[columns.index(facet)]
        members.setdefault(key, []).append(group)
    panels = [
        _Panel(
            wording.group_label(key, labels)
            if facet == "group"
            else wording.value_label(key, labels),
            tuple(inside),
        )
        for key, inside in members.items()
    ]
    most = _sizes(frame, "n_pairs")
    weight = {panel.title: max(most.get(one, 0) for one in panel.groups) for panel in panels}
    kept = sorted(panels, key=lambda panel: -weight[panel.title])[:limit]
    return [panel for panel in panels if panel in kept], len(panels) - len(kept)


def _sizes(frame: pd.DataFrame, column: str) -> dict[str, int]:
    if column not in frame or frame.empty:
        return {}
    largest = frame.groupby("group")[column].max().dropna()
    return {str(group): int(number) for group, number in largest.items()}


def _largest(frame: pd.DataFrame, group: str, column: str) -> int:
    """Return the largest number of one group; 0 where the frame does not say."""
    if column not in frame:
        return 0
    numbers = frame.loc[frame["group"] == group, column].dropna()
    return int(numbers.max()) if len(numbers) else 0


def _panel_title(panel: _Panel, frame: pd.DataFrame, facet: str, across: int) -> str:
    name = drawing.short_name(panel.title, 30 if across > 2 else 24)
    if len(panel.groups) > 1:
        return name
    rest = "" if facet == "group" else _rest(panel.groups[0], facet)
    below = ", ".join(filter(None, [rest, _sample(frame, panel.groups[0])]))
    return f"{name}\n{below}" if below else name


def _rest(group: str, facet: str) -> str:
    """Return the values of a group in the columns that are not those of the panels."""
    columns, values = split_group(group)
    pairs = zip(columns, values, strict=True)
    return " × ".join(wording.value_label(value) for column, value in pairs if column != facet)


def _sample(frame: pd.DataFrame, group: str) -> str:
    """Return how many dates and pairs a group has, in as few words as a panel has room for."""
    pairs, dates = (_largest(frame, group, column) for column in ("n_pairs", "n_dates"))
    parts = [f"{dates} dates" if dates else "", f"{pairs} pairs" if pairs else ""]
    return ", ".join(filter(None, parts))


def _at_level(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the frame with its intervals at `level`."""
    if not 0 < level < 1:
        raise SpecificationError(f"plot_caar: level is a share between 0 and 1, not {level:g}")
    if np.isclose(level, 1 - LEVEL):
        return frame
    from scipy.special import stdtrit

    drawing.need_columns(frame, "plot_caar with another level", ("std_error", "n_dates"))
    df = frame["n_dates"].to_numpy(dtype=float) - 1
    reach = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2) * frame["std_error"]
    return frame.assign(ci_low=frame["caar"] - reach, ci_high=frame["caar"] + reach)


def _interval(ci: Interval | None, lines: int) -> Interval:
    if ci is None:
        return "band" if lines <= _MANY else "none"
    choose(ci, INTERVALS, "ci")
    return ci


def _interval_note(kind: Interval, level: float, *, left_out: bool) -> str:
    if left_out:
        return "without intervals, as lines are many: facet= shows them"
    names = {"band": "band", "lines": "thin lines", "bars": "bars"}
    return f"{names[kind]}: {100 * level:g} % interval, by date" if kind != "none" else ""


def _look(group: str, place: int, markets: Sequence[str], *, is_alone: bool) -> tuple[Colour, str]:
    """Return the look of a line; one that is alone and has no colour of its own is ink."""
    columns, _ = split_group(group)
    has_own = {"direction", "security"} & set(columns)
    return (palette.INK, "-") if is_alone and not has_own else palette.group_look(
        group, place, markets
    )  # fmt: skip


def _lines(
    ax: Axes,
    frame: pd.DataFrame,
    groups: Sequence[str],
    labels: Mapping[str, str] | None,
    kind: Interval,
    *,
    is_alone: bool,
) -> list[tuple[float, float, str, str] | None]:
    """Draw the groups; return where each line ends, its name and its colour."""
    ends: list[tuple[float, float, str, str] | None] = []
    markets = list(labels or ())
    for place, group in enumerate(groups):
        part = frame[frame["group"] == group].sort_values("tau")
        tau = part["tau"].to_numpy(dtype=float)
        caar, low, high = (
            100 * part[column].to_numpy(dtype=float) for column in ("caar", "ci_low", "ci_high")
        )
        look, line = _look(group, place, markets, is_alone=is_alone)
        colour = look.light
        _draw_interval(ax, kind, (tau, caar, low, high), colour)
        name = drawing.short_name(wording.group_label(group, labels), _NAME)
        size = _sample(frame, group)
        full = f"{name} ({size})" if size and not is_alone and len(groups) <= 1 else name
        ax.plot(tau, caar, line, color=colour, linewidth=1.8, label=name, solid_capstyle="round")
        finite = np.flatnonzero(np.isfinite(caar))
        end = finite[-1] if finite.size else None
        ends.append(None if end is None else (float(tau[end]), float(caar[end]), full, colour))
    ax.axhline(0, color=drawing.INK, linewidth=0.8, zorder=1)
    ax.axvline(0, color=drawing.FAINT, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    return ends


def _draw_interval(
    ax: Axes,
    kind: Interval,
    path: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    colour: str,
) -> None:
    tau, caar, low, high = path
    if kind == "band":
        ax.fill_between(tau, low, high, color=colour, alpha=0.15, linewidth=0)
    elif kind == "lines":
        for edge in (low, high):
            ax.plot(tau, edge, color=colour, linewidth=0.8, linestyle=(0, (1, 1.5)), label="_")
    elif kind == "bars":
        ax.vlines(tau, low, high, color=colour, linewidth=1.1, alpha=0.75)
        ax.plot(tau, caar, "o", color=colour, markersize=3, label="_")


def _dress(ax: Axes, *, title: str | None, sign: SignPolicy) -> None:
    from matplotlib.ticker import MaxNLocator

    drawing.dress(ax, title=title, grid="y")
    direction = wording.in_direction(sign).replace(" ", "\n", 1)
    ax.set_ylabel(f"cumulative average\nabnormal return{direction}, %")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
