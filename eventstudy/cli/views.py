"""What the commands print: the summary of a study, an alignment, lists of what exists."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from eventstudy.cli.terminal import WIDTH
from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import wording
from eventstudy.text import grouping_of, is_missing, plain, records, shorten, some

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy.events.alignment import Alignment
    from eventstudy.events.table import Events
    from eventstudy.markets.market import Market
    from eventstudy.study.results import EventStudyResults

_MOST_GROUPS = 12  # more rows than this are for the report, not for a terminal
_BENCHMARK = "SPX"
_MARKS = {
    "ambiguous": "ambiguous",
    "catch_up": "catch-up",
    "benchmark_reacts_later": f"before {_BENCHMARK}",
}
_LEGEND = (
    "opens, closes: of the session, in {zone}; to close: minutes from the news to the close of the "
    "session; days: since the session before; ambiguous: the precision of the time allows another "
    "session; catch-up: first session after a closure; "
    f"before {_BENCHMARK}: the market reacts before {_BENCHMARK} can."
)
_LEGEND_NOW = (
    "opens, closes: of the first session that can react, in {zone}; status: to open = the market "
    "has not opened since the news, lunch counts as trading; closures without notice, such as a "
    "typhoon's, are not known beforehand; catch-up: first session after a closure; "
    f"before {_BENCHMARK}: the market reacts before {_BENCHMARK} can. "
    "The whole alignment: -o F, --json."
)


def summary_of(results: EventStudyResults, *, everything: bool = False) -> str:
    """Return what a terminal should show of a study: its answers first.

    Parameters
    ----------
    results
        Of a finished study.
    everything
        Show every finding with the rows its numbers stand in, and the whole table, however long.
    """
    answers = results.answers(width=WIDTH, is_full=everything)
    return f"{answers}\n{after_answers(results, everything=everything)}"


def after_answers(results: EventStudyResults, *, everything: bool = False) -> str:
    """Return what `summary_of` shows below the answers."""
    groups = results.statistics["group"].nunique()
    lines = []
    if everything:
        for finding in results.findings():
            text = f"{finding.headline} {finding.detail}"
            lines += ["", *_wrapped(text, "- ")]
            lines += [line for row in finding.source for line in _wrapped(f"from {row}", "  ")]
    if everything or groups <= _MOST_GROUPS:
        return "\n".join([*lines, "", *results.summary().splitlines()[1:]])
    every = dict.fromkeys(map(grouping_of, results.statistics["group"]))
    kinds = [by.replace("*", " and ") for by in every if by != "all"]
    text = (
        f"Every group of events that was tested, {groups} in all (by "
        f"{some(kinds)}), is in the report and in statistics.csv."
    )
    return "\n" + "\n".join(textwrap.wrap(text, WIDTH))


def _wrapped(text: str, mark: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))


def markets_named(names: Sequence[str] | None = None) -> list[Market]:
    """Return built-in markets by name or alias, each once; the bundled six by default."""
    from eventstudy.markets.market import BUNDLED

    try:
        named = [named_market(name.strip()) for name in names or BUNDLED]
    except SpecificationError as error:
        raise error.under("--markets") from error
    return list({market.name: market for market in named}.values())


def moment_of(now: str | None, zone: str | None) -> dt.datetime | None:
    """Return the moment of ``--now``, read in the zone of ``--tz`` where it has no offset.

    Raises
    ------
    SpecificationError
        It cannot be read; an unknown zone.
    """
    import datetime as dt

    from eventstudy.io.doors import MOMENT, TimestampError
    from eventstudy.io.timestamps import read_time
    from eventstudy.markets.market import check_zone

    if zone is not None:
        check_zone(zone, "--tz")
    if now is None:
        return None
    if now.strip().casefold() == "now":
        return dt.datetime.now(dt.UTC)
    try:
        return read_time(now, MOMENT, zone=zone, subject="--now").instant
    except TimestampError as error:
        raise SpecificationError(str(error)).at(key="--now") from None


def alignment_of(
    events: Events,
    markets: Sequence[str] | None = None,
    date_only: str | None = None,
    *,
    now: dt.datetime | None = None,
    zone: str | None = None,
) -> Alignment:
    """Return the alignment of events with exchange calendars; no prices are needed.

    Parameters
    ----------
    events
        E events.
    markets
        Names or aliases of built-in markets; the bundled six by default.
    date_only
        ``"same"`` or ``"next"``: what a date without a time means.
    now, zone
        As in `align`: where each session stands at a moment, and whose clock is shown.

    Returns
    -------
    Alignment
        Its frame is as `EventStudyResults.alignment`; of many pairs it lists those alone whose
        event is about the market, and counts the others.
    """
    import numpy as np

    from eventstudy.events.alignment import align
    from eventstudy.markets.calendars import calendar_for
    from eventstudy.markets.market import get_market
    from eventstudy.windows import Window

    chosen = markets_named(markets)
    if date_only is not None:
        choose(date_only, ("same", "next"), "--date-only")
    dates = events.frame["date"].to_numpy().astype("datetime64[D]")
    room = np.timedelta64(60, "D")
    start, end = dates.min() - room, dates.max() + room
    benchmark = get_market(_BENCHMARK)
    try:
        return align(
            events,
            chosen,
            {market.name: calendar_for(market, start, end) for market in chosen},
            date_only=date_only,
            event_window=Window(-5, 5),
            benchmark=(benchmark, calendar_for(benchmark, start, end)),
            now=now,
            zone=zone,
        )
    except SpecificationError as error:
        if error.stage != "date_only":
            raise
        # Here the setting is an option, not a key of a study file.
        remedy = "give --date-only same or --date-only next"
        raise SpecificationError(
            error.reason, file=error.file, row=error.row, remedy=remedy
        ) from error


def named_market(name: str) -> Market:
    """Return the market of a name, alias or symbol; without prices, an ending names an exchange."""
    from eventstudy.markets.market import find_market, get_market, symbol_market

    return find_market(name) or symbol_market(name) or get_market(name)


def taken_for(names: Sequence[str]) -> list[str]:
    """Return a sentence for each name that is neither a market's nor one of its aliases."""
    markets = {name.strip(): named_market(name.strip()) for name in names}
    return [
        f"{name!r} is {market.name} ({market.label}, {market.calendar})"
        for name, market in markets.items()
        if name.casefold() not in map(str.casefold, (market.name, *market.aliases))
    ]


def alignment_text(
    frame: pd.DataFrame,
    events: Events,
    *,
    now: dt.datetime | None = None,
    reasons: bool = False,
    width: int = WIDTH,
) -> str:
    """Return an alignment for reading: a line for each event, below it its markets.

    Parameters
    ----------
    frame
        Of the alignment.
    events
        For their headlines.
    now
        The moment the alignment was asked for; then the status stands in place of the details.
    reasons
        Say below each market why it has its session.
    width
        Of headlines, marks, reasons and the legend.
    """
    import datetime as dt

    event_of = {row.event_id: row for row in records(events.frame)}
    name = max(6, *(len(security) for security in frame["security"]))
    zone = frame["opens"].dt.tz if "opens" in frame else dt.UTC
    hours = [
        frame[column].dt.tz_convert(zone).dt.strftime(form).fillna("").tolist()
        for column, form in (("opens_utc", "%m-%d %H:%M"), ("closes_utc", "%H:%M"))
    ]
    details = "status" if now is not None else "state     to close  days  marks"
    lines = [f"  {'market':<{name}}  session     opens        closes  {details}"]
    if now is not None:
        lines.insert(0, f"At {now.astimezone(zone):%Y-%m-%d %H:%M} {zone}:")
    event = None
    for row, opens, closes in zip(records(frame), *hours, strict=True):
        if row.event_id != event:
            event = row.event_id
            timed = not is_missing(row.published_utc)
            there = row.published_utc.astimezone(zone) if timed else None
            when = f"{there:%Y-%m-%d %H:%M} {zone}" if there is not None else ""
            when = when or f"{event_of[event].date:%Y-%m-%d}, no time"
            headline = getattr(event_of[event], "headline", "")
            lines.append(shorten(f"{event}  {when}  {plain(headline)}".rstrip(), width))
        session = "none" if is_missing(row.session) else f"{row.session:%Y-%m-%d}"
        state = "" if is_missing(row.state) else row.state
        minutes, days = wording.number(row.minutes_to_close, 0), wording.number(row.span_days, 0)
        marks = [
            mark
            for column, mark in _MARKS.items()
            if not is_missing(getattr(row, column)) and getattr(row, column)
        ]
        details = f"{state:<8}  {minutes:>8}  {days:>4}  "
        if now is not None:
            details = f"{_status_text(row._asdict(), now)}  "
        line = f"  {row.security:<{name}}  {session:<10}  {opens:<11}  {closes:<6}  {details}"
        if len(line) + len(", ".join(marks)) <= width:
            lines.append(f"{line}{', '.join(marks)}".rstrip())
        else:
            lines += [line.rstrip(), " " * 6 + ", ".join(marks)]
        if reasons:
            lines += textwrap.wrap(
                row.reason, width, initial_indent=" " * 6, subsequent_indent=" " * 6
            )
    legend = (_LEGEND if now is None else _LEGEND_NOW).format(zone=zone)
    return "\n".join([*lines, "", *textwrap.wrap(legend, width)])


def _status_text(pair: dict[str, Any], now: dt.datetime) -> str:
    """Return where the session of a pair stands, with the time to or since its open or close."""
    status, published = pair["status"], pair["published_utc"]
    if is_missing(status):
        is_later = not is_missing(published) and published > now
        return "news is later" if is_later else "not known"
    if status == "to_open":
        return f"to open in {_hours_and_minutes(pair['opens_utc'] - now)}"
    if status == "trading":
        return f"trading since {_hours_and_minutes(now - pair['opens_utc'])}"
    return f"closed {_hours_and_minutes(now - pair['closes_utc'])} ago"


def _hours_and_minutes(span: dt.timedelta) -> str:
    """Return a span to the minute, in days where it is long."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def alignment_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of alignment.csv, and those of a moment where one was asked for."""
    from eventstudy.events.alignment_table import to_table

    return to_table(frame)
