"""Who answers watched items in tests: the real rules, forecasts and outcomes of our own."""

from __future__ import annotations

import datetime as dt

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.news.classification import load_rules
from eventstudy.watch.answering import Answer, Settled
from eventstudy.watch.items import MarketRow

OPENS, CLOSES = dt.time(1, 30), dt.time(8, 0)  # of Hong Kong, in UTC


class StubDesk:
    """One market that opens every day; its outcome is known two days later."""

    def __init__(self):
        self.asked = []
        self.settled = []
        self.refused = {}
        self.is_down = False
        self.outcome = 0.005
        self.has_prices = True

    def label(self, headline, text):
        return load_rules().label(headline, text)

    def answer(self, item, now, *, is_by_headline):
        if self.is_down:
            raise SourceError("no such file", file="prices.csv")
        if item.headline in self.refused:
            raise SpecificationError(self.refused[item.headline])
        self.asked.append((item.item_id, now))
        day = item.published.date()
        day += dt.timedelta(days=item.published.time() >= CLOSES)
        opens, closes = (dt.datetime.combine(day, clock, dt.UTC) for clock in (OPENS, CLOSES))
        row = MarketRow(
            security="HSI", title="Hang Seng", session=f"{day}", opens=opens, closes=closes,
            level="category", n_dates=9, low=-0.01, median=0.002, high=0.02,
            ordinary_low=-0.015, ordinary_high=0.015,
        )  # fmt: skip
        thin = MarketRow(
            security="CNH", title="Offshore yuan", session=f"{day}", opens=opens, closes=closes,
            level="all", n_dates=3, why="three dates: no range",
        )  # fmt: skip
        rows = tuple(
            MarketRow(**{**as_dict(one), "status": one.status_at(now)}) for one in (row, thin)
        )
        return Answer(
            rows=rows,
            window="[0,+1]",
            strength="some",
            category=item.category,
            direction=item.direction,
            html=f"<!DOCTYPE html><p>{item.item_id}</p>",
        )

    def outcomes(self, items, now):
        self.settled.append(now)
        if not self.has_prices:
            raise SourceError("no such file", file="prices.csv")
        return {
            (item.item_id, row.security): Settled(
                session=row.session, value=self.outcome, over=row.closes + dt.timedelta(days=1)
            )
            for item in items
            for row in item.rows
            if row.closes + dt.timedelta(days=1) <= now
        }


def as_dict(row):
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
