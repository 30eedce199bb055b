"""What every figure shares: colours, look of axes, names at line ends, fonts for every script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError
from eventstudy.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from eventstudy._typing import FloatArray

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#4D4D4D")
BLUE, ORANGE, INK, GREY, RULE = "#0B5394", "#C55A11", "#22262B", "#6B7280", "#D5D9DF"
_CJK = ("Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "Droid Sans Fallback")


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
        text = ax.text(
            1.012, float(spots[rank]), name, transform=ax.transAxes, color=colour, fontsize=9,
            va="center", ha="left",
        )  # fmt: skip
        fall_back(text)


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


def axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return `ax`, or the axes of a new figure of that size, in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


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
        ax.spines[side].set_color("#9AA3AF")
    if grid:
        ax.grid(axis=cast("Any", grid), color="#E8EAEE", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=9, color="#9AA3AF", labelcolor=INK)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(fontsize=9, color=GREY)
    if title:
        text = ax.set_title(
            literal(plain(title)), loc="left", fontsize=11, fontweight="bold", color=INK
        )
        fall_back(text)


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


def fall_back(text: Text) -> None:
    """Let installed CJK fonts draw what the default font lacks."""
    if all(ord(character) < 0x2E80 for character in text.get_text()):
        return
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    families = ["DejaVu Sans", *(name for name in _CJK if name in installed)]
    text.set_fontfamily(families)
