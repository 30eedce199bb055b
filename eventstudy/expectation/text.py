"""An answer for a terminal: what is still to react, how sure, then two lines a market."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from eventstudy.expectation.page_words import (
    benchmark_title,
    city,
    clock_text,
    day_and_time,
    duration,
    lead_text,
    opposite,
    prices_to_text,
    sessions_text,
    volatility_text,
)
from eventstudy.reporting import wording
from eventstudy.reporting.text_table import wrap
from eventstudy.text import counted, display_width, listed, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.expectation.values import Expectation, Level, MarketExpectation, MarketForecast

_NARROWEST = 70
_INDENT = 18
_CALM = 0.01  # half the range of ordinary days below which a decimal more is shown
_HEADER = ("8 in 10, %", "middle", "ordinary, %", "contrast")


def text_of(it: Expectation, width: int = 80) -> str:
    """Return an answer as text, no line wider than `width` columns (at least 70)."""
    width = max(width, _NARROWEST)
    there = "UTC" if it.zone == "UTC" else city(it.zone)
    lines = _wrapped("", plain(it.headline), width)
    when = (
        f"news {day_and_time(it.published_utc, it.zone)}, asked "
        f"{day_and_time(it.now_utc, it.zone)} {there}"
    )
    lines += [*_wrapped("", when, width), *_wrapped("", f"read as {_read_as(it)}", width), ""]
    lines += _answer(it, width)
    lines += ["", *_table(it, width)]
    lines += ["", *_legend(it, width)]
    if it.record is not None and it.record.n_forecasts:
        lines += ["", *_wrapped("Record so far: ", _record(it), width)]
    if it.caveats:
        lines += ["", "Before you pass this on:"]
        for caveat in it.caveats:
            lines += _wrapped("- ", plain(caveat), width)
    priced = prices_to_text(it.markets)
    notes = [*it.assumed, *_notes(it), *([f"Prices to {priced}."] if priced else [])]
    if notes:
        lines += ["", "To know:"]
        for sentence in notes:
            lines += _wrapped("- ", plain(sentence), width)
    return "\n".join(line.rstrip() for line in lines)


def _read_as(it: Expectation) -> str:
    kind = f"{it.category}, {it.direction}"
    if it.confidence is None:
        return f"{kind} (as given)" if it.label_source else kind
    words = plain(it.label_source)
    said = f'by the words "{words}", ' if words and words != "given" else ""
    return f"{kind} ({said}confidence {it.confidence:.2f})"


def _answer(it: Expectation, width: int) -> list[str]:
    """What is still to react, what trades already, how sure."""
    to_open = [market for market in it.markets if market.clock.status == "to_open"]
    trading = [market for market in it.markets if market.clock.status == "trading"]
    closed = [market for market in it.markets if market.clock.status == "closed"]
    unknown = [market for market in it.markets if market.clock.status is None]
    first = "none"
    if to_open:
        following = to_open[0]
        first = (
            f"{_titles(to_open)}; next {plain(following.title)} in "
            f"{duration(it.now_utc, following.clock.opens_utc)}"
        )
    lines = _wrapped(f"{'Still to react':<{_INDENT}}", first, width)
    if trading:
        lines += _wrapped(f"{'Already trading':<{_INDENT}}", _titles(trading), width)
    if closed:
        what = f"{_titles(closed)}: the first session since the news is over"
        lines += _wrapped(f"{'Has reacted':<{_INDENT}}", what, width)
    if unknown:
        lines += _wrapped(f"{'Hours not known':<{_INDENT}}", _titles(unknown), width)
    sure = f"{it.strength} evidence: {plain(it.strength_reason)}"
    lines += _wrapped(f"{'How sure':<{_INDENT}}", sure, width)
    return lines + (_wrapped("! ", plain(it.stale_prices), width) if it.stale_prices else [])


def _titles(markets: Sequence[MarketExpectation], most: int = 12) -> str:
    names = [plain(market.title) for market in markets]
    more = len(names) - most
    return listed(names if more <= 0 else [*names[:most], f"{more} more"])


def _table(it: Expectation, width: int) -> list[str]:
    """Two lines a market: the numbers, then where it stands and what they rest on."""
    rows = [_cells(market) for market in it.markets]
    widths = [
        max([display_width(name), *(display_width(cells[j]) for cells in rows)])
        for j, name in enumerate(_HEADER)
    ]
    title = max(width - sum(widths) - 2 * len(widths), 10)
    longest = max([display_width(market.title) for market in it.markets], default=10)
    title = min(title, longest)

    def line(name: str, cells: Sequence[str]) -> str:
        padded = " " * max(0, title - display_width(name))
        columns = [
            f"{' ' * max(0, size - display_width(cell))}{cell}"
            for size, cell in zip(widths, cells, strict=True)
        ]
        return "  ".join([name + padded, *columns])

    usual = _usual_level(it)
    lines = [line("", _HEADER)]
    for market, cells in zip(it.markets, rows, strict=True):
        lines.append(line(shorten(plain(market.title), title), cells))
        lines += _wrapped("  ", _beside(market, it, usual), width)
    return lines


def _cells(market: MarketExpectation) -> tuple[str, ...]:
    forecast = market.forecast
    if forecast is None:
        return ("no forecast", "", "", "")
    digits = _digits(forecast)
    p = wording.p_equals(forecast.contrast_p).replace(" = ", " ") if _has_p(forecast) else ""
    return (
        _range(forecast.low, forecast.high, digits) or "too few dates",
        _percent(forecast.median, digits),
        _range(forecast.ordinary_low, forecast.ordinary_high, digits),
        f"{_percent(forecast.contrast, digits)} {p}".strip(),
    )


def _has_p(forecast: MarketForecast) -> bool:
    return forecast.contrast_p is not None


def _beside(market: MarketExpectation, it: Expectation, usual: Level | None) -> str:
    """Where the market stands, what its numbers rest on, and what is beyond the benchmark."""
    clock = market.clock
    if clock.status is None:
        said = [plain(clock.note) or "hours not known"]
    else:
        when, more = clock_text(clock, it.now_utc, it.zone)
        said = [f"{when}, {more}" if more else when]
    forecast = market.forecast
    if market.moved is not None:
        digits = 1 if forecast is None else _digits(forecast)
        said.append(f"so far {_percent(market.moved, digits)} by {market.moved_to}")
    if forecast is None:
        return "; ".join([*said, plain(market.why)] if market.why else said)
    said.append(f"rose on {forecast.n_up} of {counted(forecast.n_dates, 'date')}")
    if forecast.level != usual:
        said[-1] += f" of {_step(forecast.level, it)}"
    digits = _digits(forecast)
    beyond = _range(forecast.beyond_low, forecast.beyond_high, digits)
    if it.benchmark and beyond:
        said.append(f"beyond {benchmark_title(it.benchmark)} {beyond}")
    return "; ".join(said)


def _usual_level(it: Expectation) -> Level | None:
    """Return the step of the ladder most markets stand on."""
    levels: list[Level] = [
        market.forecast.level for market in it.markets if market.forecast is not None
    ]
    return Counter(levels).most_common(1)[0][0] if levels else None


def _step(level: Level, it: Expectation) -> str:
    """Return which past news a step of the ladder is, in words."""
    return {
        "category": f"{it.category}, {it.direction}",
        "direction": f"{it.direction} news of any kind",
        "all": "news of any kind and direction",
    }[level]


def _notes(it: Expectation) -> list[str]:
    """Return the notes of the forecasts, each once, with the markets it is about."""
    about: dict[str, list[str]] = {}
    for market in it.markets:
        for note in () if market.forecast is None else market.forecast.notes:
            about.setdefault(note, []).append(market.title)
    return [
        note if len(titles) == len(it.markets) else f"{listed(titles)}: {note}"
        for note, titles in about.items()
    ]


def _legend(it: Expectation, width: int) -> list[str]:
    usual = _usual_level(it)
    behind = "" if usual is None else f" after {_step(usual, it)}"
    text = (
        f"Total return over {sessions_text(it.window)} {it.window} in %{behind}, "
        f"{volatility_text(it.markets)}. 8 in 10: where eight of ten should fall; ordinary: the "
        f"same of ordinary days; contrast: mean after {it.direction} less that after "
        f"{opposite(it.direction)}, past moves brought to that volatility, so that it is not the "
        f"difference in returns that a study reports. {wording.P_IN_WORDS}."
    )
    lead = plain(lead_text(it.markets, benchmark_title(it.benchmark))).replace(
        "\N{MINUS SIGN}", "-"
    )
    return _wrapped("", f"{text} {lead}".rstrip(), width)


def _record(it: Expectation) -> str:
    record = it.record
    if record is None:
        return ""
    interval = (
        f" (95 % interval {record.ratio_low:.2f} to {record.ratio_high:.2f})"
        if math.isfinite(record.ratio_low)
        else ""
    )
    return (
        f"{wording.share(record.coverage, record.n_forecasts)} of "
        f"{counted(record.n_forecasts, 'outcome')} inside the range (80 % meant), "
        f"{wording.percent(record.width, 1, sign=False)} wide against "
        f"{wording.percent(record.ordinary_width, 1, sign=False)} of ordinary days; the middle had "
        f"the sign of the outcome in {100 * record.hit_rate:.0f} %; error (CRPS) "
        f"{record.crps_ratio:.2f} times that of ordinary days{interval}."
    )


def _digits(forecast: MarketForecast) -> int:
    return 2 if max(-forecast.ordinary_low, forecast.ordinary_high) < _CALM else 1


def _percent(value: float | None, digits: int) -> str:
    return wording.percent(value, digits).removesuffix(" %")


def _range(low: float | None, high: float | None, digits: int) -> str:
    first, last = _percent(low, digits), _percent(high, digits)
    return f"{first} to {last}" if first and last else ""


def _wrapped(start: str, text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` columns, those after the first one indented."""
    indent = " " * display_width(start)
    lines = wrap(text, width - len(indent))
    return [(indent if at else start) + line for at, line in enumerate(lines)]
