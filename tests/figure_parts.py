"""What tests of figures share: bare axes, the texts and the colours of a figure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
from frames import alignment_frame, car_frame, events_frame
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def bare(width: float = 8.0, height: float = 5.0) -> Axes:
    """Return axes of a figure without pyplot."""
    return Figure(figsize=(width, height), layout="constrained").subplots()


def drawn(ax: Axes) -> str:
    """Return the figure as SVG with its texts as text."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        ax.get_figure(root=True).savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def texts(ax: Axes) -> str:
    """Return what is written on the axes, a text a line."""
    shown = [text.get_text() for text in ax.texts]
    shown += [tick.get_text() for tick in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return "\n".join([*shown, ax.get_xlabel(), ax.get_ylabel()])


def label(ax: Axes) -> str:
    """Return what stands below the axes, on one line."""
    return " ".join(ax.get_xlabel().split())


def colours(ax: Axes) -> set[str]:
    """Return the colours of every line, marker, area and text, as ``#rrggbb``."""
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    figure = ax.get_figure(root=True)
    found: set[str] = set()
    for line in figure.findobj(Line2D):
        found |= {to_hex(line.get_color())} if line.get_visible() else set()
    for text in figure.findobj(Text):
        if text.get_text():
            found |= {to_hex(text.get_color())}
    for patch in figure.findobj(Patch):
        if patch.get_visible() and patch.get_facecolor()[3]:
            found |= {to_hex(patch.get_facecolor())}
    for many in figure.findobj(Collection):
        found |= {to_hex(face) for face in many.get_facecolor()}
    return found


def cars(n: int) -> pd.DataFrame:
    """Return the CARs of `n` events over [0,+1], as `car_by_event` gives them."""
    events = events_frame(n, unsafe=True)
    pairs = alignment_frame(events)
    car = car_frame(pairs)
    car = car[(car["window_start"] == 0) & (car["window_end"] == 1)]
    car = car.merge(pairs[["event_id", "security", "session"]], on=["event_id", "security"])
    return car.merge(events[["event_id", "headline"]].rename(columns={"headline": "label"}))


def events(n: int) -> pd.DataFrame:
    """Return `n` events with their session."""
    return events_frame(n, unsafe=True).rename(columns={"date": "session"})
