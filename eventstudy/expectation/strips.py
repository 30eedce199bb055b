"""The strip of a market: its past reactions over the band of ordinary days, as SVG.

Every strip of a page has the same scale, in daily volatilities of its own market, so that a
currency and an index compare; the ends of the scale are written in percent below each of them.
Shapes tell what colours tell: a diamond is a date with news of the kind asked for, a ring another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.reporting import palette
from eventstudy.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from eventstudy.expectation.values import MarketForecast

WIDTH, HEIGHT = 260, 50
_SHOWN = 0.96  # of the dots stand inside the scale
_LEAST, _MOST = 2, 8  # daily volatilities that the scale shows to each side
_MARGIN = 12.0
_BAND = (3.0, 36.0)
_RANGE_AT, _DOTS_AT = 11.0, 26.0
_RADIUS = 3.4
_LEVELS = (0.0, -6.2, 6.2)  # where dots that would lie upon each other are moved
_LABELS_AT = 47.5
_INK, _PAPER, _SOFT = palette.INK.light, palette.PAPER.light, palette.SOFT.light
_GRID, _ORDINARY = palette.FAINT.light, palette.ORDINARY.light


@dataclass(frozen=True, slots=True)
class Scale:
    """Daily volatilities to each side of zero that every strip of a page shows.

    Attributes
    ----------
    limit : the largest, a whole even number
    n_beyond : past dates farther out, drawn at the edge
    """

    limit: int
    n_beyond: int

    def place(self, volatilities: float) -> float:
        """Return the x of a move in daily volatilities; beyond the limit, that of the edge."""
        half = WIDTH / 2 - _MARGIN
        inside = min(max(volatilities, -self.limit), self.limit)
        return WIDTH / 2 + half * inside / self.limit


def scale_of(forecasts: Iterable[MarketForecast]) -> Scale:
    """Return the scale that holds all ranges and bands and 96 % of the dots.

    It ends at eight volatilities: a few far dates would press all others together.
    """
    moves: list[float] = []
    dots: list[float] = []
    for forecast in forecasts:
        if not is_drawable(forecast):
            continue
        daily = forecast.daily_volatility
        dots += [abs(past.rescaled) / daily for past in forecast.past]
        ends = (forecast.low, forecast.high, forecast.ordinary_low, forecast.ordinary_high)
        moves += [abs(end) / daily for end in ends if end is not None and math.isfinite(end)]
    far = sorted(dot for dot in dots if math.isfinite(dot))
    reach = max([*moves, *far[: math.ceil(_SHOWN * len(far))][-1:], _LEAST])
    limit = min(2 * math.ceil(reach / 2), _MOST)
    return Scale(limit, sum(dot > limit for dot in dots))


def is_drawable(forecast: MarketForecast) -> bool:
    """Whether the market has a daily volatility to draw by."""
    return math.isfinite(forecast.daily_volatility) and forecast.daily_volatility > 0


def draw(forecast: MarketForecast, scale: Scale, *, direction: str, label: str) -> Markup:
    """Return the strip of a market as inline SVG.

    Parameters
    ----------
    forecast
        Of a market with a daily volatility; decimal returns.
    scale
        Of the page.
    direction
        Whose colour the dots have.
    label
        What the strip shows, in words, for who does not see it.
    """
    from markupsafe import Markup, escape

    daily = forecast.daily_volatility
    look = palette.of_value(direction, palette.NEUTRAL)
    name, colour = look.name, look.light

    def at(value: float) -> float:
        return scale.place(value / daily)

    top, bottom = _BAND
    parts = [
        f'<svg class="strip {name}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">',
        f'<rect class="band" x="{at(forecast.ordinary_low):.1f}" y="{top}" '
        f'width="{max(at(forecast.ordinary_high) - at(forecast.ordinary_low), 0):.1f}" '
        f'height="{bottom - top}" fill="{_ORDINARY}"/>',
    ]
    for tick in (-scale.limit, -scale.limit / 2, 0, scale.limit / 2, scale.limit):
        x = scale.place(tick)
        kind, width = ("zero", 1.2) if tick == 0 else ("tick", 0.6)
        parts.append(
            f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 2}" y2="{bottom + 2}" '
            f'stroke="{_GRID}" stroke-width="{width}"/>'
        )
    if forecast.low is not None and forecast.high is not None:
        parts.append(
            f'<line class="range" x1="{at(forecast.low):.1f}" x2="{at(forecast.high):.1f}" '
            f'y1="{_RANGE_AT}" y2="{_RANGE_AT}" stroke="{colour}" stroke-width="3"/>'
        )
    if forecast.median is not None:
        x = at(forecast.median)
        parts.append(
            f'<line class="range" x1="{x:.1f}" x2="{x:.1f}" y1="{_RANGE_AT - 7}" '
            f'y2="{_RANGE_AT + 7}" stroke="{colour}" stroke-width="4"/>'
        )
    parts += _dots(forecast, scale, colour)
    ends = ((-scale.limit, "start", 0), (0, "middle", WIDTH / 2), (scale.limit, "end", WIDTH))
    for tick, anchor, x in ends:
        text = f"{100 * tick * daily:+.1f}\N{NO-BREAK SPACE}%".replace("-", "\N{MINUS SIGN}")
        parts.append(
            f'<text class="end" x="{x}" y="{_LABELS_AT}" text-anchor="{anchor}" '
            f'fill="{_SOFT}" font-size="11.5">{text if tick else 0}</text>'
        )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every text in it is escaped


def key_mark(kind: str, direction: str) -> Markup:
    """Return the small picture of a mark for the legend.

    Parameters
    ----------
    kind
        ``same``, ``other``, ``range`` or ``band``.
    direction
        Whose colour it has.
    """
    from markupsafe import Markup

    look = palette.of_value(direction, palette.NEUTRAL)
    name, colour = look.name, look.light
    shape = {
        "same": _diamond(9, 7),
        "other": _ring(9, 7, colour),
        "range": f'<line class="range" x1="1" x2="17" y1="7" y2="7" stroke="{colour}" '
        f'stroke-width="3"/><line class="range" x1="10" x2="10" y1="1" y2="13" '
        f'stroke="{colour}" stroke-width="4"/>',
        "band": f'<rect class="band" x="1" y="1" width="16" height="12" fill="{_ORDINARY}"/>',
    }[kind]
    return Markup(  # noqa: S704 - constants of this module
        f'<svg class="key {name}" viewBox="0 0 18 14" width="18" height="14" aria-hidden="true" '
        f'xmlns="http://www.w3.org/2000/svg">{shape}</svg>'
    )


def _dots(forecast: MarketForecast, scale: Scale, colour: str) -> list[str]:
    from markupsafe import escape

    taken: list[tuple[float, float]] = []
    parts: list[str] = []
    # Rings first: a diamond is the rarer mark and stays on top.
    for past in sorted(forecast.past, key=lambda past: (past.is_same_kind, past.session)):
        move = past.rescaled / forecast.daily_volatility
        if not math.isfinite(move):
            continue
        x = scale.place(move)
        near = {level for place, level in taken if abs(place - x) < 2 * _RADIUS}
        level = next((level for level in _LEVELS if level not in near), _LEVELS[0])
        taken.append((x, level))
        y = _DOTS_AT + level
        if abs(move) > scale.limit:
            shape = _arrow(x, y, 1 if move > 0 else -1, "" if past.is_same_kind else colour)
        else:
            shape = _diamond(x, y) if past.is_same_kind else _ring(x, y, colour)
        value = f"{100 * past.rescaled:+.2f}\N{NO-BREAK SPACE}%".replace("-", "\N{MINUS SIGN}")
        said = f"{past.session}: {value}. {shorten(plain('; '.join(past.headlines)), 160)}"
        parts.append(f"<g><title>{escape(said)}</title>{shape}</g>")
    return parts


def _ring(x: float, y: float, colour: str) -> str:
    return (
        f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" fill="{_PAPER}" '
        f'stroke="{colour}" stroke-width="1.8"/>'
    )


def _diamond(x: float, y: float) -> str:
    r = _RADIUS + 1.8
    points = f"{x:.1f},{y - r:.1f} {x + r:.1f},{y:.1f} {x:.1f},{y + r:.1f} {x - r:.1f},{y:.1f}"
    return (
        f'<polygon class="same" points="{points}" fill="{_INK}" stroke="{_PAPER}" '
        'stroke-width="1"/>'
    )


def _arrow(x: float, y: float, side: int, colour: str) -> str:
    """The mark of a date beyond the scale, in ink where it is of the kind asked for."""
    points = f"{x + side * 9:.1f},{y:.1f} {x:.1f},{y - 5:.1f} {x:.1f},{y + 5:.1f}"
    name = "beyond" if colour else "same"
    return f'<polygon class="{name}" points="{points}" fill="{colour or _INK}"/>'
