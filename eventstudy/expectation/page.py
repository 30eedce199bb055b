"""The page of an expectation: one HTML document for screen, phone and one sheet of paper.

The page fetches nothing and runs nothing. It answers in this order: which markets are still to
react and when the first opens, how sure the numbers are, a row a market, then how such forecasts
did, what to say before it is forwarded, and the dates behind it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.expectation import strips
from eventstudy.expectation.page_words import (
    benchmark_title,
    city,
    clock_text,
    day_and_time,
    duration,
    lead_text,
    level_text,
    move,
    move_range,
    opposite,
    prices_to_text,
    sessions_text,
    volatility_text,
)
from eventstudy.reporting import wording
from eventstudy.reporting.report import render_template
from eventstudy.text import counted, listed, plain, shorten

if TYPE_CHECKING:
    from eventstudy.expectation.values import (
        Expectation,
        MarketExpectation,
        MarketForecast,
        PastReaction,
        Record,
    )

_LONGEST = 240  # characters of a headline in the title
_PRINTED_DATES = 8
_PRINTED_LETTERS = 900  # of what was assumed
_CROWDED = 20  # markets above which paper has no room for that, and for past dates
_SHEET = 287.0  # millimetres from the top of an A4 page to its lower margin
_NEW_YORK = "America/New_York"
_SURE = {"little": "Little evidence", "some": "Some evidence", "firm": "Firm evidence"}
_CURRENCIES = "FX"


def render(expectation: Expectation) -> str:
    """Return the page as one self-contained HTML document.

    Parameters
    ----------
    expectation
        The answer; decimal returns, times in UTC. Times are shown in its `zone`.

    Returns
    -------
    str
        A complete document without script, whose texts are all escaped. Printed on A4 it is one
        page for up to 24 markets: the list of past dates is then shortened, and says so. Equal
        expectations give equal texts.
    """
    it = expectation
    forecasts = [market.forecast for market in it.markets if market.forecast is not None]
    scale = strips.scale_of(forecasts)
    benchmark = benchmark_title(it.benchmark)
    headline = plain(it.headline)
    dates, columns = _dates(it)
    shared, own = _notes(it)
    assumed = [*(plain(text) for text in it.assumed), *shared, *own]
    return render_template(
        "expect.html.jinja",
        headline=shorten(headline, _LONGEST),
        whole_headline=headline if len(headline) > _LONGEST else "",
        when=_when(it),
        read_as=_read_as(it),
        warnings=_warnings(it),
        volatility=volatility_text(it.markets),
        answer=_answer(it),
        cards=_cards(it),
        rows=[_row(market, it, scale, benchmark) for market in it.markets],
        sessions=sessions_text(it.window),
        window=str(it.window),
        benchmark=benchmark,
        opposite=opposite(it.direction),
        scale=scale,
        marks={
            kind: strips.key_mark(kind, it.direction) for kind in ("same", "other", "range", "band")
        },
        kind=plain(wording.value_label(it.category)),
        track_record=_track_record(it.record),
        caveats=[plain(text) for text in it.caveats],
        assumed=assumed,
        printed=_printed(it, assumed),
        prices_to=prices_to_text(it.markets),
        dates=dates,
        columns=columns,
        printed_dates=_printed_dates(dates if len(it.markets) <= _CROWDED else []),
        density=_density(it, assumed),
    )


def _printed(it: Expectation, sentences: list[str]) -> int:
    """How many of the sentences a sheet of paper has room for."""
    room = _PRINTED_LETTERS if len(it.markets) <= _CROWDED else 0
    return int((np.cumsum([len(sentence) for sentence in sentences]) <= room).sum())


def _density(it: Expectation, assumed: list[str]) -> str:
    """How closely paper is set so that all stands on one sheet: ``easy``, ``close``, ``dense``."""
    sentences = [*it.caveats, *assumed[: _printed(it, assumed)]]
    lines = sum(1 + len(text) // 115 for text in sentences)
    lines += 2 * (len(plain(it.headline)[:_LONGEST]) // 70) + len(_names(list(it.markets))) // 60
    lines += 3 * len(_warnings(it))
    lines += 1 + len(lead_text(it.markets, benchmark_title(it.benchmark))) // 115
    lines += max(0, len(it.strength_reason) // 40 - 3)  # beyond the lines of the names beside it
    # Millimetres in DejaVu Sans, the widest of the fonts that pages name.
    for name, fixed, row, line in (("easy", 143.0, 16.6, 4.4), ("close", 123.0, 11.6, 3.6)):
        if fixed + row * len(it.markets) + line * lines < _SHEET:
            return name
    return "dense"


def _when(it: Expectation) -> str:
    now = day_and_time(it.now_utc, it.zone)
    news = day_and_time(it.published_utc, it.zone, year=False)
    there = "" if it.zone == _NEW_YORK else day_and_time(it.published_utc, _NEW_YORK, year=False)
    return f"{now} {city(it.zone)} · news {news}" + (f" ({there} New York)" if there else "")


def _read_as(it: Expectation) -> str:
    label = plain(f"{wording.value_label(it.category)}, {wording.value_label(it.direction)}")
    if it.confidence is None:
        return f"{label} (as given)"
    words = "" if it.label_source in ("", "given") else f": {plain(it.label_source)}"
    return f"{label} (by its words{words}; confidence {it.confidence:.2f})"


def _warnings(it: Expectation) -> list[str]:
    """What has to be said first: that prices are old, or past news did not beat ordinary days."""
    said = [plain(it.stale_prices)] if it.stale_prices else []
    record = it.record
    if record is None or record.beats_ordinary_days:
        return said
    return [
        *said,
        f"So far past news has said no more than ordinary days: over {record.n_forecasts:,} scored "
        f"forecasts its error (CRPS) was {record.crps_ratio:.2f} times that of ordinary days. "
        "Trust the grey bands before the coloured ranges.",
    ]


def _answer(it: Expectation) -> str:
    """The sentence for who reads one only: the range in the market that opens next."""
    waiting = [market for market in it.markets if market.clock.status == "to_open"]
    pool = waiting or [market for market in it.markets if market.clock.status == "trading"]
    if not pool:
        return ""
    ranged = [m for m in pool if m.forecast is not None and m.forecast.low is not None]
    where = "the markets still to open" if waiting else "the markets that trade already"
    if not ranged:
        return f"Too few past dates for a range in {where}: read the dots, not a forecast."
    first, forecast = ranged[0], ranged[0].forecast
    if forecast is None:
        return ""
    digits = _digits(forecast)
    ordinary = move_range(forecast.ordinary_low, forecast.ordinary_high, digits)
    return (
        f"{plain(first.title)}: after such news 8 in 10 moves over {sessions_text(it.window)} "
        f"should fall in {move_range(forecast.low, forecast.high, digits)}, the middle "
        f"{move(forecast.median, digits)}; it rose on {forecast.n_up} of "
        f"{counted(forecast.n_dates, 'past date')}; on ordinary days 8 in 10 fall in {ordinary}. "
        f"{lead_text(it.markets, benchmark_title(it.benchmark))}"
    ).rstrip()


def _cards(it: Expectation) -> list[dict[str, str]]:
    by_status: dict[str | None, list[MarketExpectation]] = {}
    for market in it.markets:
        by_status.setdefault(market.clock.status, []).append(market)
    waiting, trading = by_status.get("to_open", []), by_status.get("trading", [])
    below = "" if by_status.get(None) else "every market's first session has begun"
    if waiting:
        first = min(waiting, key=lambda market: market.clock.opens_utc)
        left = duration(it.now_utc, first.clock.opens_utc)
        below = f"next: {plain(first.title)} in {left}"
    others = []
    for status, words in (("closed", "already closed"), (None, "hours not known")):
        if by_status.get(status):
            others.append(f"{words}: {_names(by_status[status])}")
    look = ["look there first"] if trading else []
    return [
        {"title": "Still to react", "what": _names(waiting) or "None", "more": below},
        {
            "title": "Already trading",
            "what": _names(trading) or "None",
            "more": "; ".join([*look, *others]),
        },
        {"title": "How sure", "what": _SURE[it.strength], "more": plain(it.strength_reason)},
    ]


def _names(markets: list[MarketExpectation]) -> str:
    return ", ".join(plain(market.title) for market in markets)


def _row(
    market: MarketExpectation, it: Expectation, scale: strips.Scale, benchmark: str
) -> dict[str, Any]:
    clock, title = market.clock, plain(market.title)
    state, detail = clock_text(clock, it.now_utc, it.zone)
    row: dict[str, Any] = {
        "title": title,
        "up": _meaning_of_up(clock.security),
        "state": state,
        "detail": detail,
        "status": clock.status or "unknown",
        "why": plain(market.why) or "no usable past date",
        "has_forecast": market.forecast is not None,
    }
    forecast = market.forecast
    if market.moved is not None:
        digits = 1 if forecast is None else _digits(forecast)
        row["detail"] = f"so far {move(market.moved, digits)} by {market.moved_to}"
    if forecast is None:
        return row
    digits = _digits(forecast)
    text = _numbers(forecast, digits)
    said = _strip_words(title, forecast, text, it)
    row |= text
    row["strip"] = (
        strips.draw(forecast, scale, direction=it.direction, label=said)
        if strips.is_drawable(forecast)
        else ""
    )
    row["step"] = level_text(forecast, it.category, it.direction)
    row["beyond_title"] = f"beyond {benchmark}" if benchmark else ""
    return row


def _numbers(forecast: MarketForecast, digits: int) -> dict[str, str]:
    has_range = forecast.low is not None and forecast.high is not None
    dates = counted(forecast.n_dates, "past date")
    p = "" if forecast.contrast_p is None else f"p {wording.p_value(forecast.contrast_p)}"
    missing = "no date of it" if forecast.contrast_n == 0 else "not available"
    beyond = forecast.beyond_low is not None and forecast.beyond_high is not None
    return {
        "range": move_range(forecast.low, forecast.high, digits) if has_range else "",
        "middle": move(forecast.median, digits),
        "no_range": "" if has_range else f"only {dates}: no range" if forecast.n_dates else dates,
        "ordinary": move_range(forecast.ordinary_low, forecast.ordinary_high, digits),
        "daily": move(forecast.daily_volatility, max(digits, 2), sign=False),
        "up_of": f"{forecast.n_up} of {forecast.n_dates}" if forecast.n_dates else "",
        "beyond_range": move_range(forecast.beyond_low, forecast.beyond_high, digits)
        if beyond
        else "",
        "beyond_middle": move(forecast.beyond_median, digits),
        "contrast": missing
        if forecast.contrast is None
        else move(forecast.contrast, digits).replace("%", "pp"),
        "contrast_p": p,
        "contrast_n": f"{counted(forecast.contrast_n, 'date')}" if forecast.contrast_n else "",
    }


def _strip_words(
    title: str, forecast: MarketForecast, text: dict[str, str], it: Expectation
) -> str:
    ends = [past.rescaled for past in forecast.past if math.isfinite(past.rescaled)]
    digits = _digits(forecast)
    dots = (
        f"{counted(len(ends), 'past reaction')} from {move(min(ends), digits)} to "
        f"{move(max(ends), digits)}, {forecast.n_same_kind} of the same kind"
        if ends
        else "no past reaction"
    )
    middle = f"8 in 10 in {text['range']}, middle {text['middle']}" if text["range"] else ""
    ordinary = f"ordinary {sessions_text(it.window)} {text['ordinary']}"
    return f"{title}: " + "; ".join(filter(None, (dots, middle or text["no_range"], ordinary)))


def _digits(forecast: MarketForecast) -> int:
    """Decimals of a percent: two where a day moves the market by less than half a percent."""
    return 2 if forecast.daily_volatility < 0.005 else 1


def _meaning_of_up(security: str) -> str:
    """What a rise means where that needs saying: of currencies."""
    from eventstudy.markets.market import find_market

    market = find_market(security)
    return market.up if market is not None and market.group == _CURRENCIES else ""


def _track_record(record: Record | None) -> list[str]:
    if record is None:
        return [
            "These forecasts were not scored on this study's past events: how well they do is not "
            "known."
        ]
    verdict = "less" if record.beats_ordinary_days else "not less"
    interval = ""
    if math.isfinite(record.ratio_low):
        chance = "" if record.is_settled else ", so that chance alone may have brought it"
        interval = f" (95 % interval {record.ratio_low:.2f} to {record.ratio_high:.2f}{chance})"
    return [
        f"Made the same way at each past event with what was known then, {record.n_forecasts:,} "
        f"forecasts: the 80 % range held {100 * record.coverage:.0f} % of the outcomes; it was "
        f"{move(record.width, 1, sign=False)} wide on average, that of ordinary days "
        f"{move(record.ordinary_width, 1, sign=False)}; the middle had the sign of the outcome in "
        f"{100 * record.hit_rate:.0f} %; the error (CRPS) was {record.crps_ratio:.2f} times that "
        f"of ordinary days, {verdict} than theirs{interval}."
    ]


def _notes(it: Expectation) -> tuple[list[str], list[str]]:
    """The notes that all forecasts share, and the others with the name of their market."""
    noted = [(m, [plain(n) for n in m.forecast.notes]) for m in it.markets if m.forecast]
    everyone = set.intersection(*(set(notes) for _, notes in noted)) if len(noted) > 1 else set()
    shared = [note for note in noted[0][1] if note in everyone] if noted else []
    by_note: dict[str, list[str]] = {}
    for market, notes in noted:
        for note in notes:
            if note not in everyone:
                by_note.setdefault(note, []).append(plain(market.title))
    return shared, [f"{listed(titles)}: {note}" for note, titles in by_note.items()]


def _dates(it: Expectation) -> tuple[list[dict[str, Any]], list[str]]:
    """The past dates, newest first: headlines, and the move of each market at today's volatility.

    Markets that could react to the same items on different sessions share a row.
    """
    shown = [market for market in it.markets if market.forecast is not None]
    found: dict[tuple[str, ...], dict[int, PastReaction]] = {}
    for place, market in enumerate(shown):
        for past in market.forecast.past if market.forecast else ():
            found.setdefault(past.event_ids, {})[place] = past
    table: list[dict[str, Any]] = []
    for by_place in found.values():
        items = list(by_place.values())
        sessions = sorted({str(past.session.astype("datetime64[D]")) for past in items})
        table.append(
            {
                "when": sessions[0] if len(sessions) == 1 else f"{sessions[0]} to {sessions[-1]}",
                "first": sessions[0],
                "headlines": [plain(text) for text in items[0].headlines],
                "is_same_kind": any(past.is_same_kind for past in items),
                "moves": [
                    _cell(by_place.get(place), market.forecast)
                    for place, market in enumerate(shown)
                ],
            }
        )
    table.sort(key=lambda row: row["first"], reverse=True)
    return table, [plain(market.title) for market in shown]


def _cell(past: PastReaction | None, forecast: MarketForecast | None) -> tuple[str, str]:
    """A move at today's volatility and as it was then; empty where the market has none."""
    if past is None or forecast is None:
        return "", ""
    digits = _digits(forecast)
    return move(past.rescaled, digits), move(past.raw, digits)


def _printed_dates(dates: list[dict[str, Any]]) -> str:
    """The dates behind the numbers for paper, which has no room for all of them."""
    if not dates:
        return ""
    shown = [
        f"{row['when']} {shorten(row['headlines'][0], 46) if row['headlines'] else ''}".strip()
        for row in dates[:_PRINTED_DATES]
    ]
    more = len(dates) - len(shown)
    return "; ".join(shown) + (f"; and {more} earlier, listed on the screen page" if more else "")
