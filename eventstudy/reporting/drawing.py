"""What every figure shares: size, look of axes, names at line ends, styles, letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import fonts, journal, palette
from eventstudy.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from eventstudy._typing import FloatArray

INK, GREY, RULE = palette.INK.light, palette.SOFT.light, palette.RULE.light
FAINT, PAPER, WASH = palette.FAINT.light, palette.PAPER.light, palette.WASH.light

Style = Literal["default", "journal"]
STYLES = ("default", "journal")
"""Looks of a figure: in colour for a screen, or in grey and serif for a journal."""
COLUMN, PAGE, PHONE = 88.0, 180.0, 91.0
"""Widths in millimetres: one and two columns of a journal, a telephone."""
_INCH = 25.4
_NARROW = 5.2  # inches: below it names are wrapped and legends stand below
_GLUE = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r"(?<=\d) (?=%)|(?<=\bp) (?=[<=>])|(?<=[<=>]) (?=\d)")
_LETTERS = "letters"  # marks the note on letters that no font has


def label_ends(ax: Axes, ends: Sequence[tuple[float, float, str, str]], floor: float = 0.0) -> None:
    """Name each line at the right edge, pushed apart so that no two names touch."""
    low, high = ax.get_ylim()
    places = np.array([(value - low) / (high - low) for _, value, _, _ in ends])
    order = np.argsort(places, kind="stable")
    height = float(ax.get_window_extent().height) / float(ax.get_figure(root=True).dpi)  # type: ignore[union-attr]
    step = min(0.17 / max(height, 0.5), (1 - floor) / max(len(ends), 1))
    spots = spread(places[order], step, floor, 1.0)
    for rank, position in enumerate(order):
        _, _, name, colour = ends[int(position)]
        ax.text(
            1.012, float(spots[rank]), name, transform=ax.transAxes, color=colour, fontsize=9,
            va="center", ha="left",
        )  # fmt: skip


def spread(places: FloatArray, step: float, low: float, high: float) -> FloatArray:
    """Return sorted places moved as little as a two-way pass allows to be `step` apart."""
    out = np.clip(places, low, high)
    for k in range(1, len(out)):
        out[k] = max(out[k], out[k - 1] + step)
    if len(out) and out[-1] > high:
        out[-1] = high
        for k in range(len(out) - 2, -1, -1):
            out[k] = min(out[k], out[k + 1] - step)
    return out


def inches(width: float | None, default: float) -> float:
    """Return a width in millimetres as inches, or `default` where there is none."""
    if width is None:
        return default
    if not 40 <= width <= 600:
        raise SpecificationError(
            f"width: {width:g} mm; a figure is between 40 and 600 mm wide (one column "
            f"{COLUMN:g}, two columns {PAGE:g})"
        )
    return width / _INCH


def is_narrow(width: float) -> bool:
    """Whether a figure of so many inches is as narrow as a column or a telephone."""
    return width < _NARROW


def ax_width(ax: Axes) -> float:
    """Return the width of the figure that holds `ax`, in inches."""
    return float(ax.get_figure(root=True).get_figwidth())  # type: ignore[union-attr]


def axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return `ax`, or the axes of a new figure of that size, in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def finish(ax: Axes, style: Style = "default") -> Axes:
    """Return axes in their style, every text in fonts that have its letters.

    Where no font of the machine has a letter, a note above the axes says so.
    """
    choose(style, STYLES, "style")
    figure = cast("Any", ax.get_figure(root=True))
    if style == "journal":
        journal.apply(figure)
    for drawn in figure.axes:
        _spare_layout(drawn)
    lacking = {letter for text in _texts(figure) for letter in fonts.fit(text)}
    if lacking:
        note = ax.set_title(fonts.note_on("".join(sorted(lacking))), loc="right", fontsize=7)
        note.set(color=GREY, gid=_LETTERS)
        fonts.fit(note)
    return ax


def _spare_layout(ax: Any) -> None:  # noqa: ANN401 - any matplotlib axes
    """Take out of the layout what need not be measured: it takes longer than the drawing."""
    for artist in (*ax.lines, *ax.collections, *ax.patches):
        artist.set_in_layout(False)  # inside the axes
    for axis, place in ((ax.xaxis, (0.5, 0.0)), (ax.yaxis, (0.0, 0.5))):
        if not axis.label.get_text():
            axis.set_label_coords(*place)  # else it is moved around all labels of ticks


def _texts(figure: Any) -> Iterator[Text]:  # noqa: ANN401 - any matplotlib figure
    """Yield the texts of a figure except for numbers at ticks, which every font has."""
    from matplotlib.ticker import FixedFormatter

    yield from figure.texts
    for ax in figure.axes:
        yield from _own_texts(ax)
        yield from (ax.xaxis.label, ax.yaxis.label)
        if legend := ax.get_legend():
            yield from legend.get_texts()
        for axis in (ax.xaxis, ax.yaxis):
            if isinstance(axis.get_major_formatter(), FixedFormatter):
                yield from axis.get_ticklabels()


def _own_texts(ax: Any) -> list[Text]:  # noqa: ANN401 - any matplotlib axes
    """Return the texts and titles of axes."""
    from matplotlib.text import Text

    return [artist for artist in ax.get_children() if isinstance(artist, Text)]


def without_notes_on_letters(figure: Any) -> None:  # noqa: ANN401 - any matplotlib figure
    """Take the notes on missing letters away, for a reader whose machine has fonts of its own."""
    for ax in figure.axes:
        for text in _own_texts(ax):
            if text.get_gid() == _LETTERS:
                text.set_text("")


def short_name(text: str, width: int) -> str:
    """Return a name as a figure writes it, at most `width` characters, no mathematics in it."""
    return literal(shorten(plain(text), width))


def need_columns(frame: pd.DataFrame, figure: str, columns: Sequence[str]) -> None:
    """Raise `SchemaError` naming the figure and every column that its frame lacks."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SchemaError(
            [f"{figure}: the frame lacks the column {column!r}" for column in missing]
        )


def dress(ax: Axes, *, title: str | None, grid: str | None) -> None:
    """Give axes the look every figure has: spines, grid, labels and title."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(FAINT)
    if grid:
        ax.grid(axis=cast("Any", grid), color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=9, color=FAINT, labelcolor=INK)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(fontsize=9, color=GREY)
    if title:
        ax.set_title(
            literal(wrapped(plain(title), ax, 11)), loc="left", fontsize=11, fontweight="bold",
            color=INK,
        )  # fmt: skip


def wrapped(text: str, ax: Axes, size: float, share: float = 0.92) -> str:
    """Return a text in lines, in letters of `size` points, that fill a share of the figure.

    No line ends between a number and its per cent sign, or inside ``p < 5 %``.
    """
    import textwrap

    room = 72 * ax_width(ax) * share / (0.54 * size)
    glued = _TOGETHER.sub(_GLUE, text)
    return "\n".join(textwrap.wrap(glued, max(24, int(room)))).replace(_GLUE, " ")


def legend_above(ax: Axes, columns: int | None = None, foot: float = 1.0) -> None:
    """Put the legend above the axes: to one side it would squeeze them, inside it hides data."""
    narrow = is_narrow(ax_width(ax))
    ax.legend(
        frameon=False, fontsize=8 if narrow else 9, labelcolor=INK, loc="lower left",
        bbox_to_anchor=(0.0, foot), ncols=columns or (2 if narrow else 3), borderaxespad=0.2,
        columnspacing=1.2, handlelength=1.8,
    )  # fmt: skip


def in_study_order(names: Sequence[str], labels: Mapping[str, str] | None) -> list[str]:
    """Return markets in the order of the study, which is that of `labels`; other names as given."""
    known = list(labels or ())
    if all(name in known for name in names):
        return sorted(names, key=known.index)
    return list(names)


def literal(text: str) -> str:
    """Return a text with its dollar signs escaped, as two of them would be read as mathematics."""
    return text.replace("$", r"\$")


def minus(text: str) -> str:
    """Return a text with minus signs in place of hyphens."""
    return text.replace("-", "\N{MINUS SIGN}")


def days(dates: object) -> FloatArray:
    """Return dates as matplotlib counts them."""
    from matplotlib.dates import date2num

    stamps = pd.DatetimeIndex(cast("Any", dates)).to_numpy()
    return np.asarray(cast("Any", date2num)(stamps), dtype=np.float64)
