"""What is asked of a study for watched items: a forecast, and later what the markets did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from eventstudy.events.table import Events
from eventstudy.expectation.pipeline import expect
from eventstudy.expectation.reactions import USUAL_WINDOW, past_reactions
from eventstudy.news.classification import load_classifier
from eventstudy.text import records
from eventstudy.watch.items import MarketRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventstudy.expectation.values import Expectation, MarketExpectation
    from eventstudy.news.classification import HeadlineClassifier, Label
    from eventstudy.prices.panel import PricePanel
    from eventstudy.studyfile.study_file import StudyFile
    from eventstudy.watch.items import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A forecast as it is kept.

    Attributes
    ----------
    rows : a market each
    window, strength : of the forecast
    category, direction : what the headline was read as
    html : its page
    """

    rows: tuple[MarketRow, ...]
    window: str
    strength: str
    category: str
    direction: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What one market did over the window after an item.

    Attributes
    ----------
    session : the first one that could react, ISO
    value : total return over the window, decimal
    over : when the window was over
    """

    session: str
    value: float
    over: dt.datetime


class Desk(Protocol):
    """Who answers."""

    def label(self, headline: str, text: str) -> Label:
        """Return what kind of news an item is."""
        ...

    def answer(self, item: Item, now: dt.datetime, *, is_by_headline: bool) -> Answer:
        """Return the forecast for an item, made at `now`."""
        ...

    def outcomes(self, items: Sequence[Item], now: dt.datetime) -> dict[tuple[str, str], Settled]:
        """Return what is known at `now` by item id and market."""
        ...


@dataclass(slots=True, kw_only=True)
class StudyDesk:
    """Answers with a study: its events, its prices, its markets.

    Events and prices are read once a moment: prices that come later are seen at the next poll.
    """

    study: StudyFile
    rules: tuple[Path, ...] = ()
    zone: str | None = None
    _classifier: HeadlineClassifier | None = field(default=None, repr=False)
    _read_at: dt.datetime | None = None
    _data: tuple[Events, PricePanel] | None = field(default=None, repr=False)

    def label(self, headline: str, text: str) -> Label:
        """Return what the rules say of an item."""
        if self._classifier is None:
            own = () if self.study.rules is None else (self.study.rules,)
            self._classifier = load_classifier(*own, *self.rules)
        return self._classifier.label(headline, text)

    def answer(self, item: Item, now: dt.datetime, *, is_by_headline: bool) -> Answer:
        """Return the forecast for an item, made at `now`.

        Raises
        ------
        SpecificationError
            The study has no such news.
        EventStudyError
            Events or prices cannot be read.
        """
        assert item.published is not None  # noqa: S101 - only such items are answered
        events, prices = self._loaded(now)
        found = expect(
            item.headline,
            item.published,
            now=now,
            zone=self.zone,
            study=self.study,
            events=events,
            prices=prices,
            category=None if is_by_headline else item.category,
            direction=None if is_by_headline else item.direction or None,
            rules=self.rules,
        )
        return answer_of(found, found.to_html())

    def outcomes(self, items: Sequence[Item], now: dt.datetime) -> dict[tuple[str, str], Settled]:
        """Return the total return of every market over the window after every item.

        It is that of `past_reactions`, over the sessions the study itself takes; pairs whose
        window is not over at `now`, or without prices for it, are left out.

        Raises
        ------
        EventStudyError
            Prices cannot be read.
        """
        if not items:
            return {}
        _, prices = self._loaded(now)
        watched = Events.from_frame(
            pd.DataFrame(
                {
                    "event_id": [item.item_id for item in items],
                    "published_at": [item.published for item in items],
                    "headline": [item.headline for item in items],
                    "category": [item.category for item in items],
                    "direction": [item.direction or None for item in items],
                }
            ),
            name="watched items",
        )
        everything = replace(self.study.study, select=())
        past = past_reactions(everything, watched, prices, window=USUAL_WINDOW)
        is_over = past.frame["over_utc"].to_numpy().astype("M8[ns]") <= np.datetime64(
            now.astimezone(dt.UTC).replace(tzinfo=None), "ns"
        )
        return {
            (str(row.event_id), str(row.security)): Settled(
                session=f"{row.session:%Y-%m-%d}",
                value=float(row.raw),
                over=row.over_utc.to_pydatetime().replace(tzinfo=dt.UTC),
            )
            for row in records(past.frame[is_over])
        }

    def _loaded(self, now: dt.datetime) -> tuple[Events, PricePanel]:
        """Return events and prices as they are at `now`."""
        if self._data is None or self._read_at != now:
            self._data = self.study.load(until=now.astimezone(dt.UTC).date())
            self._read_at = now
        return self._data


def answer_of(found: Expectation, html: str) -> Answer:
    """Return an expectation as it is kept."""
    return Answer(
        rows=tuple(_row(market) for market in found.markets),
        window=str(found.window),
        strength=found.strength,
        category=found.category,
        direction=found.direction,
        html=html,
    )


def _row(market: MarketExpectation) -> MarketRow:
    clock = market.clock
    row = MarketRow(
        security=clock.security,
        title=market.title,
        session="" if np.isnat(clock.session) else str(clock.session.astype("M8[D]")),
        opens=_time(clock.opens_utc),
        closes=_time(clock.closes_utc),
        status=clock.status,
        why=market.why or clock.note,
    )
    found = market.forecast
    if found is None:
        return row
    return replace(
        row,
        level=found.level,
        n_dates=found.n_dates,
        low=found.low,
        median=found.median,
        high=found.high,
        ordinary_low=found.ordinary_low,
        ordinary_high=found.ordinary_high,
    )


def _time(instant: np.datetime64) -> dt.datetime | None:
    if np.isnat(instant):
        return None
    seconds = int(instant.astype("M8[s]").astype(np.int64))
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
