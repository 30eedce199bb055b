"""The colours of figures, pages and reports: one colour for one thing, on light and on dark ground.

Directions of news, signs of returns, markets and what is ordinary each have colours of their own,
so that blue is de-escalation wherever it stands. Red and green, which mean opposite things in Asian
and Western markets, stand for no sign. Colours of one kind can be told apart in any kind of colour
vision; where that is not certain (two directions beside two signs), form or words say it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.text import split_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour as ``#rrggbb`` on light and on dark ground, and its name as a CSS variable."""

    name: str
    light: str
    dark: str

    @property
    def css(self) -> str:
        """The variable with the light colour to fall back on: ``var(--ink, #22262b)``."""
        return f"var(--{self.name}, {self.light})"


INK = Colour("ink", "#22262b", "#e6eaf0")
"""Text, zero lines, and what is estimated of all events together."""
SOFT = Colour("soft", "#5b6573", "#a7b0bd")
"""Labels of axes, notes."""
FAINT = Colour("faint", "#8a93a0", "#7d8794")
"""Spines, what does not differ from nothing."""
RULE = Colour("rule", "#d9dde3", "#39424e")
"""Grids and rules."""
PAPER = Colour("paper", "#ffffff", "#14181e")
"""The ground."""
WASH = Colour("wash", "#f1f2f4", "#1d232b")
"""The ground of a box, of a cell without weight."""
ESCALATION = Colour("escalation", "#c8553d", "#f08a70")
DE_ESCALATION = Colour("de-escalation", "#1f5f99", "#79b3e8")
NEUTRAL = Colour("neutral", "#7a7a7a", "#a9a9a9")
ORDINARY = Colour("ordinary", "#dfe3e8", "#343d49")
"""The band of ordinary days, of placebos, of what happens without news."""
UP = Colour("up", "#1b7f79", "#5cc4bb")
"""A return above zero that zero does not explain."""
DOWN = Colour("down", "#96601c", "#d6a662")
"""A return below zero that zero does not explain."""
WARN = Colour("warn", "#8a6100", "#e0b73e")
STOP = Colour("stop", "#a12a16", "#ff8a75")

MARKETS = (
    Colour("market-1", "#7b4fa3", "#b894dc"),
    Colour("market-2", "#b98a00", "#e0b73e"),
    Colour("market-3", "#c2528b", "#ec8dbd"),
    Colour("market-4", "#66782a", "#a9bd63"),
    Colour("market-5", "#3f9fc4", "#86d0ee"),
    Colour("market-6", "#2f3e4e", "#dfe5ec"),
    Colour("market-7", "#2a25e0", "#8c8cff"),
)
"""Markets in the order of the study; after the last they start again with another line style."""
NARROW_PIXELS = 640
"""Width of a screen up to which figures are shown in their narrow form."""
LINE_STYLES = ("-", "--", ":", "-.")

DIRECTIONS: Mapping[str, tuple[Colour, str]] = {
    "de-escalation": (DE_ESCALATION, "^"),
    "neutral": (NEUTRAL, "o"),
    "escalation": (ESCALATION, "v"),
}
"""Direction of news -> its colour and marker."""

SCALE = (
    Colour("scale-down-4", "#a3691f", "#c98f3f"),
    Colour("scale-down-3", "#c79a5c", "#96703a"),
    Colour("scale-down-2", "#e0c59c", "#66512f"),
    Colour("scale-down-1", "#f2e7d5", "#3a3226"),
    Colour("scale-0", "#f9fafb", "#20262e"),
    Colour("scale-up-1", "#d6ebe8", "#1f3836"),
    Colour("scale-up-2", "#9fd1cb", "#265a55"),
    Colour("scale-up-3", "#58aaa3", "#2f7f78"),
    Colour("scale-up-4", "#1d827b", "#46ada4"),
)
"""Steps of a scale from far below zero to far above, zero in the middle."""

COLOURS = (
    INK, SOFT, FAINT, RULE, PAPER, WASH, ESCALATION, DE_ESCALATION, NEUTRAL, ORDINARY, UP, DOWN,
    WARN, STOP, *MARKETS, *SCALE,
)  # fmt: skip
"""Every colour; their light values differ, so that a light value tells which it is."""


def market_look(name: str, markets: Sequence[str]) -> tuple[Colour, str]:
    """Return the colour and the line style of a market, which its place among `markets` gives it.

    Examples
    --------
    >>> market_look("HSI", ["N225", "HSI"])[0].name, market_look("HSI", ["N225", "HSI"])[1]
    ('market-2', '-')
    """
    return series_look(list(markets).index(name) if name in markets else len(markets))


def series_look(place: int) -> tuple[Colour, str]:
    """Return the colour and the line style of the series at a place."""
    rounds = place // len(MARKETS)
    return MARKETS[place % len(MARKETS)], LINE_STYLES[rounds % len(LINE_STYLES)]


def group_look(group: str, place: int, markets: Sequence[str] = ()) -> tuple[Colour, str]:
    """Return the colour and the line style of a group: of its direction, its market or its place.

    Parameters
    ----------
    group
        A label such as ``all``, ``direction=escalation``, ``security=N225``.
    place
        Where the group stands among those drawn, for groups that have no colour of their own.
    markets
        The markets of the study, in its order.

    Examples
    --------
    >>> group_look("direction=escalation", 3)[0] is ESCALATION, group_look("all", 0)[0] is INK
    (True, True)
    """
    columns, values = split_group(group)
    if not columns:
        return (INK, "-") if group == "all" else series_look(place)
    for column, value in zip(columns, values, strict=True):
        if column == "direction" and value in DIRECTIONS:
            return DIRECTIONS[value][0], "-"
        if column == "security" and value in markets:
            return market_look(value, markets)
    return series_look(place)


def of_value(value: str, otherwise: Colour) -> Colour:
    """Return the colour of a direction of news, or `otherwise` where it is none."""
    return DIRECTIONS[value][0] if value in DIRECTIONS else otherwise


def of_sign(value: float) -> Colour:
    """Return the colour of a return that differs from zero."""
    return UP if value > 0 else DOWN


def scale_step(value: float, full: float) -> Colour:
    """Return the step of `SCALE` for a value, full colour at plus or minus `full`.

    Steps are equally wide; the middle one holds zero.

    Examples
    --------
    >>> [scale_step(value, 2.0).name for value in (0.1, 5.0, -0.3)]
    ['scale-0', 'scale-up-4', 'scale-down-1']
    """
    middle = len(SCALE) // 2
    reach = min(max(value / full, -1.0), 1.0) * (middle + 0.5)
    return SCALE[middle + max(-middle, min(middle, round(reach)))]


def css_variables() -> str:
    """Return the colours as CSS variables, dark ones where the reader's system is dark.

    For the ``<style>`` of a page. Rules after the variables make the figures in it follow: their
    colours where the screen is dark, their narrow form on a telephone. Printed pages stay light.

    Examples
    --------
    >>> ":root { --ink: #22262b;" in css_variables(), "--ink: #e6eaf0;" in css_variables()
    (True, True)
    """
    light = " ".join(f"--{colour.name}: {colour.light};" for colour in COLOURS)
    dark = " ".join(f"--{colour.name}: {colour.dark};" for colour in COLOURS)
    follow = "\n".join(
        f'svg.figure [style*="{what}: {colour.light}"] {{ {what}: {colour.css} !important; }}'
        for colour in COLOURS
        for what in ("fill", "stroke")
    )
    return (
        f":root {{ {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }}\n{follow} }}\n"
        f"@media screen and (max-width: {NARROW_PIXELS}px) {{ "
        "svg.figure-wide { display: none !important; } "
        "svg.figure-narrow { display: block !important; } }\n"
    )
