"""The look of a journal: greys and patterns instead of colours, serif letters, no title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from eventstudy.reporting import fonts, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = 8.0  # points, the largest
_GREY = {
    "ink": "#000000",
    "soft": "#222222",
    "faint": "#777777",
    "rule": "#d0d0d0",
    "paper": "#ffffff",
    "wash": "#f4f4f4",
    "escalation": "#000000",
    "de-escalation": "#000000",
    "neutral": "#8a8a8a",
    "ordinary": "#dddddd",
    "up": "#000000",
    "down": "#000000",
    "warn": "#222222",
    "stop": "#000000",
    "scale-0": "#ffffff",
}
_LINES = {
    "escalation": (0, (4, 2)),
    "neutral": (0, (1, 1.5)),
    "market-1": "-",
    "market-2": (0, (5, 2)),
    "market-3": (0, (1, 1.5)),
    "market-4": (0, (6, 1.5, 1, 1.5)),
    "market-5": "-",
    "market-6": (0, (2.5, 1.5)),
    "market-7": (0, (6, 1.5, 1, 1.5, 1, 1.5)),
}
_MARKETS = ("#000000", "#000000", "#000000", "#555555", "#8c8c8c", "#666666", "#333333")
_STEPS = ("#ffffff", "#ececec", "#d6d6d6", "#bebebe", "#a6a6a6")


def greys() -> dict[str, str]:
    """Return the grey of every colour of the palette, by its light value."""
    found = {}
    for colour in palette.COLOURS:
        kind, _, number = colour.name.rpartition("-")
        if kind == "market":
            grey = _MARKETS[int(number) - 1]
        elif kind in ("scale-up", "scale-down"):
            grey = _STEPS[int(number)]
        else:
            grey = _GREY[colour.name]
        found[colour.light] = grey
    return found


def apply(figure: Figure) -> None:
    """Turn a figure drawn in the colours of the palette into one for a journal.

    Lines of directions and markets get patterns, cells of a negative mean are hatched, texts become
    serif and at most 8 points, and titles go, as captions stand below.
    """
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    greys_of = greys()
    names = {colour.light: colour.name for colour in palette.COLOURS}
    families = fonts.serif()
    for ax in figure.axes:
        if len(figure.axes) == 1:  # those of panels say which panel it is
            ax.set_title("", loc="left")
        for axis in ("x", "y"):
            size = min([tick.get_fontsize() for tick in _tick_labels(ax, axis)], default=_SIZE)
            ax.tick_params(
                axis=cast("Any", axis), color="#000000", labelcolor="#000000",
                labelsize=min(float(size), _SIZE), labelfontfamily=families,
            )  # fmt: skip
    if figure.get_suptitle():
        figure.suptitle("")
    for line in cast("list[Line2D]", figure.findobj(Line2D)):
        name = names.get(_hex(line.get_color()))
        has_line = line.get_linestyle() != "None"
        if name in _LINES and has_line and len(cast("Any", line.get_xdata())) > 2:
            line.set_linestyle(cast("Any", _LINES[name]))
            line.set_linewidth(max(line.get_linewidth(), 1.1))
        line.set_color(_grey(line.get_color(), greys_of))
        line.set_markerfacecolor(_grey(line.get_markerfacecolor(), greys_of))
        line.set_markeredgecolor(_grey(line.get_markeredgecolor(), greys_of))
    for patch in cast("list[Patch]", figure.findobj(Patch)):
        if names.get(_hex(patch.get_facecolor()), "").startswith("scale-down"):
            patch.set_hatch("\\\\\\\\")
            patch.set_edgecolor("#ffffff")
        else:
            patch.set_edgecolor(_grey(patch.get_edgecolor(), greys_of))
        patch.set_facecolor(_grey(patch.get_facecolor(), greys_of))
    for many in cast("list[Collection]", figure.findobj(Collection)):
        alpha = many.get_alpha()
        many.set_facecolor([_grey(one, greys_of) for one in cast("Any", many.get_facecolor())])
        many.set_edgecolor([_grey(one, greys_of) for one in cast("Any", many.get_edgecolor())])
        many.set_alpha(alpha)
    for text in cast("list[Text]", figure.findobj(Text)):
        is_light = _hex(text.get_color()) == palette.PAPER.light
        text.set_color("#000000" if is_light else _grey(text.get_color(), greys_of))
        text.set_fontfamily(families)
        text.set_fontsize(min(cast("float", text.get_fontsize()), _SIZE))


def _tick_labels(ax: Axes, axis: str) -> list[Any]:
    return list(ax.get_xticklabels() if axis == "x" else ax.get_yticklabels())


def _hex(colour: Any) -> str:  # noqa: ANN401 - matplotlib takes colours in many forms
    from matplotlib.colors import to_hex

    return "none" if isinstance(colour, str) and colour == "none" else to_hex(colour)


def _grey(colour: Any, greys_of: dict[str, str]) -> Any:  # noqa: ANN401 - as above
    """Return the grey of a colour with its opacity; one that is none of the palette's stays."""
    from matplotlib.colors import to_rgba

    if isinstance(colour, str) and colour == "none":
        return colour
    rgba = to_rgba(colour)
    grey = greys_of.get(_hex(colour))
    return rgba if grey is None else (*to_rgba(grey)[:3], rgba[3])
