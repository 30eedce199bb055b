"""What to expect after a headline: the question, its past, the clock and the answer, in order."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.datasets.bundled import CAVEATS
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.answer import Expectation
from eventstudy.expectation.caveats import MOST_CAVEATS, caveats_of, stale_prices
from eventstudy.expectation.forecast import absent, forecast, strength
from eventstudy.expectation.moments import as_utc
from eventstudy.expectation.question import NO_KIND, ask, read_label
from eventstudy.expectation.reactions import USUAL_WINDOW, moved_so_far, past_reactions
from eventstudy.expectation.scoring import walk_forward
from eventstudy.expectation.values import MarketExpectation
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.markets.desk_clock import clock_calendars, desk_clocks
from eventstudy.prices.panel import PricePanel
from eventstudy.study.setting import resolve_markets, study_calendar
from eventstudy.study.specification import Specification
from eventstudy.study.study_markets import study_markets
from eventstudy.studyfile.bundled_study import bundled_study
from eventstudy.studyfile.study_file import StudyFile, read_study
from eventstudy.windows import Window

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Progress
    from eventstudy.expectation.question import Question
    from eventstudy.expectation.reactions import Reactions
    from eventstudy.expectation.values import MarketForecast
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.desk_clock import DeskClock
    from eventstudy.markets.market import Market

_ORDER = {"trading": 0, "to_open": 1, "closed": 2, None: 3}
_STEPS = 4


@shows_progress
def expect(
    headline: str,
    published_at: str | dt.datetime,
    *,
    now: str | dt.datetime | None = None,
    zone: str | None = None,
    study: StudyFile | Specification | str | os.PathLike[str] | None = None,
    events: Events | None = None,
    prices: PricePanel | None = None,
    category: str | None = None,
    direction: str | None = None,
    rules: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    window: Window | tuple[int, int] = USUAL_WINDOW,
    progress: Progress | None = None,
) -> Expectation:
    """Say what each market did after such news before, as of the moment asked.

    Only events whose window was over at `now`, and prices known by then, stand behind a number.

    Parameters
    ----------
    headline
        What broke; markup and control characters are taken out.
    published_at, now
        When it broke, and the moment asked (the clock's by default): ISO 8601 with an offset,
        without one where `zone` is given, aware datetimes, or ``"now"``.
    zone
        IANA name of the reader's zone, in which times are shown; the machine's by default.
    study
        A study file or its path, or a study with `events` and `prices`; the bundled study by
        default.
    events, prices
        In place of the study's own; both or neither.
    category, direction
        What kind of news it is, as the study's events call it. By default what the rules of
        `load_rules` say, if they are sure enough; never a guess.
    rules
        Files of rules on top of the built-in ones and of the study's (``events.rules``).
    window
        Sessions relative to the first one that could react.
    progress
        Called with what is being done, steps done, steps in all.

    Returns
    -------
    Expectation
        Markets that trade already first, then those still to open in the order they open.

    Raises
    ------
    SpecificationError
        A time that cannot be read, has no zone, or lies after `now`; a kind that the rules do not
        tell or the study does not know; a study that is none.
    SourceError, SchemaError
        Data that cannot be read.

    Notes
    -----
    A past reaction is the total return over the window, divided by the daily volatility known
    before it and multiplied by that known after its last close (`past_reactions`); kind of news,
    direction and all news are pooled (`forecast`). ``docs/expect.md`` has the formulas and how such
    forecasts did.

    Examples
    --------
    >>> import eventstudy as es
    >>> answer = es.expect(
    ...     "US exempts phones and chips from tariffs", "2025-04-12 10:30",
    ...     now="2025-04-14 06:45", zone="Asia/Hong_Kong",
    ... )
    >>> answer.category, answer.direction
    ('tariff_exemption', 'de-escalation')
    >>> [(each.clock.security, each.clock.status) for each in answer.markets][:3]
    [('CNH', 'trading'), ('AUDUSD', 'trading'), ('N225', 'to_open')]
    """
    step = progress or no_progress
    window = Window.of(window)
    question = ask(headline, published_at, now=now, zone=zone)
    step("reading events and prices", 0, _STEPS)
    chosen = _study_of(study)
    past, panel = _data_of(chosen, study, events, prices, question, step)
    files = (rules,) if isinstance(rules, str | os.PathLike) else tuple(rules)
    files = files if chosen.rules is None else (chosen.rules, *files)
    reading = read_label(
        question.headline, past, category=category, direction=direction, rules=files
    )
    step("past reactions", 1, _STEPS)
    reactions = past_reactions(chosen, past, panel, window=window)
    step("what such news did", 2, _STEPS)
    forecasts = forecast(
        reactions,
        category=None if reading.category == NO_KIND else reading.category,
        direction=None if reading.direction == NO_KIND else reading.direction,
        now=question.now_utc,
        published=question.published_utc,
    )
    step("how such forecasts did", 3, _STEPS)
    _, record = walk_forward(reactions, until=question.now_utc)
    named = resolve_markets(
        study_markets(chosen.study, past, panel),
        chosen.study.declared,
        panel,
        study_calendar(chosen.study, panel),
    )
    dates = {market.name: panel.dates[column] for market, column, _ in named}
    markets = [market for market, _, _ in named]
    calendars = clock_calendars(markets, question.published_utc, question.now_utc, dates)
    clocks = desk_clocks(
        markets,
        calendars,
        question.published_utc,
        question.now_utc,
        cutoff_minutes=chosen.study.cutoff_minutes,
    )
    rows = _in_order(_rows(markets, clocks, forecasts, reactions, question))
    titles = {market.name: market.label for market in markets}
    word, reason = strength(
        [replace(each, security=titles[each.security]) for each in forecasts], record
    )
    said = caveats_of(
        rows,
        reading,
        record,
        is_bundled=past.caveats == CAVEATS,
    )
    step("what such news did", _STEPS, _STEPS)
    return Expectation(
        headline=question.headline,
        published_utc=question.published_utc,
        now_utc=question.now_utc,
        zone=question.zone,
        category=reading.category,
        direction=reading.direction,
        confidence=reading.confidence,
        label_source=reading.source,
        window=window,
        benchmark=reactions.benchmark,
        markets=rows,
        strength=word,
        strength_reason=reason,
        record=record,
        stale_prices=stale_prices(_ended_early(rows, calendars, question)),
        caveats=said[:MOST_CAVEATS],
        assumed=(
            *said[MOST_CAVEATS:],
            *question.assumed,
            *reading.assumed,
            *past.assumed,
            *reactions.notes,
        ),
    )


def _study_of(study: StudyFile | Specification | str | os.PathLike[str] | None) -> StudyFile:
    if study is None:
        return bundled_study()
    if isinstance(study, StudyFile):
        return study
    if isinstance(study, Specification):
        return replace(bundled_study(), study=study, name="study")  # type: ignore[arg-type]
    if not isinstance(study, str | os.PathLike):
        raise SpecificationError(
            f"study: expected a study file, its path or an EventStudy, got {type(study).__name__}",
            key="study",
        )
    return read_study(study)


def _data_of(
    chosen: StudyFile,
    given: object,
    events: Events | None,
    prices: PricePanel | None,
    question: Question,
    progress: Progress,
) -> tuple[Events, PricePanel]:
    """Return events and prices: those given, else the study's own up to the moment asked."""
    if (events is None) != (prices is None):
        missing = "prices" if prices is None else "events"
        raise SpecificationError(f"give events and prices, or neither; {missing} is missing")
    if events is None or prices is None:
        if isinstance(given, Specification):
            raise SpecificationError(
                "study: an EventStudy needs events= and prices= beside it; give both", key="study"
            )
        return chosen.load(until=question.now_utc.date(), progress=progress)
    if not isinstance(events, Events) or not isinstance(prices, PricePanel):
        raise SpecificationError(
            f"expect takes Events and a PricePanel, got {type(events).__name__} and "
            f"{type(prices).__name__}; read_events, read_prices and their from_frame make them"
        )
    return events, prices


def _rows(
    markets: Sequence[Market],
    clocks: Sequence[DeskClock],
    forecasts: Sequence[MarketForecast],
    reactions: Reactions,
    question: Question,
) -> list[MarketExpectation]:
    """Join clock and forecast of each market, what it did so far, and why there is no forecast."""
    found = {each.security: each for each in forecasts}
    missing = absent(reactions, question.now_utc)
    rows = []
    for n, (market, clock) in enumerate(zip(markets, clocks, strict=True)):
        mine = found.get(market.name)
        moved = moved_so_far(reactions, n, clock.session, as_utc(question.now_utc))
        rows.append(
            MarketExpectation(
                title=market.label,
                clock=clock,
                forecast=mine,
                why="" if mine else missing.get(market.name, "no past date is known"),
                moved=None if moved is None else moved[0],
                moved_to=None if moved is None else moved[1],
            )
        )
    return rows


def _in_order(rows: Sequence[MarketExpectation]) -> tuple[MarketExpectation, ...]:
    """Sort: trading, to open, closed, without a clock; in the order they open."""

    def key(row: MarketExpectation) -> tuple[int, int]:
        opens = row.clock.opens_utc
        return _ORDER[row.clock.status], 0 if np.isnat(opens) else int(opens.astype("i8"))

    return tuple(sorted(rows, key=key))


def _ended_early(
    rows: Sequence[MarketExpectation],
    calendars: Mapping[str, SessionCalendar],
    question: Question,
) -> dict[str, np.datetime64]:
    """Return the last priced session of markets that have had a later one by now, by title.

    A market that has reacted has the forecast of the news' own moment.
    """
    now, news = as_utc(question.now_utc), as_utc(question.published_utc)
    ended = {}
    for row in rows:
        calendar = calendars[row.clock.security]
        if row.forecast is None or not calendar.has_clock:
            continue
        moment = news if row.clock.status == "closed" else now
        over = calendar.sessions[calendar.closes <= moment]
        if len(over) and row.forecast.prices_to < over[-1]:
            ended[row.title] = row.forecast.prices_to
    return ended
