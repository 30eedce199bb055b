"""Values a pointer shows on the figures of a page: read off what was drawn, as titles in SVG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, unescape

import numpy as np

from eventstudy.reporting import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy._typing import FloatArray

_MARK = "hover:"
_BREAK = "|"
_GROUP = re.compile(rf'<g id="[^"]*?{_MARK}([^"]*)"[^>]*>')
_POINT = re.compile(r"<use\b[^>]*/>")


def mark_values(figure: Figure) -> None:
    """Give every dot of a figure the value it stands for, to be shown by `with_titles`.

    The value is that of the axis in percent; its name is the one beside it on the other axis, or
    the session below.
    """
    for ax in figure.axes:
        is_across = "%" in ax.get_xlabel()
        for artist, points in _dots(ax):
            texts = [
                _text(ax, x, y, is_across=is_across)
                for x, y in points
                if np.isfinite(x) and np.isfinite(y)
            ]
            if texts:
                artist.set_gid(_MARK + _BREAK.join(texts))


def with_titles(svg: str) -> str:
    """Return an SVG whose dots have the values of `mark_values` as titles.

    Examples
    --------
    >>> print(with_titles('<g id="f1-hover:A, +1.00 %"><use x="1"/></g>'))
    <g><use x="1"><title>A, +1.00 %</title></use></g>
    """
    out, start = [], 0
    for found in _GROUP.finditer(svg):
        end = _end(svg, found.end())
        texts = iter(unescape(found.group(1), {"&quot;": '"'}).split(_BREAK))
        out.append(svg[start : found.start()] + "<g>")
        last = found.end()
        for use in _POINT.finditer(svg, last, end):
            out += [svg[last : use.start()], _titled(use.group(), next(texts, ""))]
            last = use.end()
        out.append(svg[last:end])
        start = end
    return "".join(out) + svg[start:]


def _titled(use: str, text: str) -> str:
    return f"{use[:-2]}><title>{escape(text)}</title></use>" if text else use


def _end(svg: str, start: int) -> int:
    """Return where the group that begins before `start` ends."""
    depth = 1
    for tag in re.finditer(r"<g\b[^>]*?(/?)>|</g>", svg[start:]):
        depth += -1 if tag.group() == "</g>" else 0 if tag.group(1) else 1
        if not depth:
            return start + tag.start()
    return len(svg)


def _dots(ax: Axes) -> Iterator[tuple[Artist, FloatArray]]:
    from matplotlib.collections import PathCollection

    for line in ax.lines:
        if line.get_marker() == "o":
            yield line, np.asarray(line.get_xydata(), dtype=float)
    for collection in ax.collections:
        if isinstance(collection, PathCollection):
            yield collection, np.asarray(collection.get_offsets(), dtype=float)


def _text(ax: Axes, x: float, y: float, *, is_across: bool) -> str:
    value, place = (x, y) if is_across else (y, x)
    shown = f"{wording.number(value, sign=True)} %".replace("-", "\N{MINUS SIGN}")
    names = ax.get_yticklabels() if is_across else []
    near = [label.get_text() for label in names if abs(label.get_position()[1] - place) < 0.45]
    if is_across:
        name = " ".join(near[0].replace("\\$", "$").split()) if near else ""
    else:
        name = wording.window_label(round(place), round(place)).strip("[]").split(",")[0]
    name = name.replace(_BREAK, "/")
    return f"{name}, {shown}" if name else shown
