"""A small study with clocks: two Asian markets, New York before them, news of two directions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.events.table import Events
from eventstudy.expectation.reactions import past_reactions
from eventstudy.markets.calendars import exchange_sessions
from eventstudy.models import ConstantMean, MarketModel
from eventstudy.prices.panel import PricePanel

START, END = "2019-01-01", "2021-12-31"
CODES = {"N225": "XTKS", "HSI": "XHKG", "SPX": "XNYS"}
KINDS = ("talks", "tariffs", "rumour")
DIRECTIONS = ("escalation", "de-escalation")
PULL = 0.5  # what an Asian market does of New York's move


def study(**options):
    """The specification; `options` replace its own."""
    return es.EventStudy(
        **{
            "markets": ("N225", "HSI"),
            "model": ConstantMean(),
            "beside": MarketModel("SPX"),
            "date_only": "next",
            "min_obs": 50,
            "estimation_window": (-120, -21),
        }
        | options
    )


@lru_cache
def data(seed: int = 0, effect: float = 0.012, n_events: int = 110) -> tuple[Events, PricePanel]:
    """Events every few days, and closes that react to them on the first session and to SPX."""
    rng = np.random.default_rng(seed)
    calendars = {name: exchange_sessions(code, START, END) for name, code in CODES.items()}
    times = np.datetime64("2019-02-04T14:00") + np.sort(
        rng.choice(1000, n_events, replace=False)
    ) * np.timedelta64(1, "D")
    times = times + rng.integers(0, 600, n_events).astype("m8[m]")
    direction = rng.choice(DIRECTIONS, n_events)
    events = pd.DataFrame(
        {
            "event_id": [f"E{n:03d}" for n in range(n_events)],
            "published_at": [f"{time}Z" for time in times],
            "headline": [f"News number {n}" for n in range(n_events)],
            "category": rng.choice(KINDS, n_events),
            "direction": np.where(rng.random(n_events) < 0.1, "neutral", direction),
        }
    )
    sign = np.where(direction == "escalation", -1.0, 1.0)
    york = calendars["SPX"]
    moves = 0.01 * rng.standard_normal(len(york))
    level = np.cumsum(moves)
    columns = {"SPX": pd.Series(100 * np.exp(level), index=york.sessions)}
    for name in ("N225", "HSI"):
        calendar = calendars[name]
        size = np.exp(0.4 * np.sin(np.arange(len(calendar)) / 60))
        own = 0.01 * size * rng.standard_normal(len(calendar))
        before = np.searchsorted(york.closes, calendar.closes, side="right") - 1
        seen = np.where(before >= 0, level[before], 0.0)
        own[1:] += PULL * np.diff(seen)
        day0 = calendar.first_session(times.astype("M8[ns]"))
        own[day0] += effect * sign
        columns[name] = pd.Series(100 * np.exp(np.cumsum(own)), index=calendar.sessions)
    frame = pd.DataFrame(columns)
    frame.index = pd.DatetimeIndex(frame.index.astype("datetime64[ns]"), name="date")
    return Events.from_frame(events), PricePanel.from_frame(frame.sort_index())


@lru_cache
def reactions(**options):
    """Past reactions of the small study."""
    return past_reactions(study(), *data(), **options)


def one_market(
    z: np.ndarray, rows: np.ndarray, direction: list[str | None], *, volatility: float = 0.01
) -> tuple[es.EventStudy, Events, PricePanel]:
    """A market ``A`` of these returns in daily volatilities, with an event on each of some rows."""
    days = pd.bdate_range("2000-01-03", periods=len(z))
    events = pd.DataFrame(
        {
            "event_id": [f"E{n:04d}" for n in range(len(rows))],
            "date": days[rows].strftime("%Y-%m-%d"),
            "category": "news",
            "direction": direction,
        }
    )
    frame = pd.DataFrame({"A": volatility * z}, index=days)
    prices = PricePanel.from_frame(frame, content="returns", calendar="data")
    specification = es.EventStudy(
        markets=("A",), model=ConstantMean(), date_only="same", min_obs=50
    )
    return specification, Events.from_frame(events), prices
