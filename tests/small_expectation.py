"""Expectations made by hand: six markets on the morning after a headline."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np

from eventstudy.expectation.values import (
    Expectation,
    MarketExpectation,
    MarketForecast,
    PastReaction,
    Record,
)
from eventstudy.markets.desk_clock import DeskClock
from eventstudy.windows import Window

NOW = dt.datetime(2025, 4, 13, 22, 45, tzinfo=dt.UTC)
NEWS = dt.datetime(2025, 4, 12, 1, 30, tzinfo=dt.UTC)
RECORD = Record(
    n_forecasts=312, coverage=0.794, width=0.0521, ordinary_width=0.0563, hit_rate=0.561,
    crps_ratio=0.962,
)  # fmt: skip
HEADLINE = "White House says it will exempt semiconductors from new tariffs"
_NEWS = (
    "Beijing and Washington agree to talks in Geneva",
    "美国宣布对半导体产品豁免关税，亚洲芯片股大涨",
    "White House pauses tariffs for 90 days",
    "Auto parts from USMCA partners stay exempt",
)


def clock(security="N225", status="to_open", opens="2025-04-14T00:00", closes="2025-04-14T06:30"):
    return DeskClock(
        security=security, session=np.datetime64("2025-04-14"),
        opens_utc=np.datetime64(opens, "ns"), closes_utc=np.datetime64(closes, "ns"),
        status=status,
    )  # fmt: skip


def past_dates(n, daily, *, seed=1, same=3, headlines=_NEWS):
    draws = np.random.default_rng(seed)
    moves = draws.normal(0.8, 1.6, n) * daily
    return tuple(
        PastReaction(
            session=np.datetime64("2024-01-15") + 30 * i,
            event_ids=(f"E{i:03d}",),
            headlines=(headlines[i % len(headlines)],),
            raw=float(moves[i] * 0.7),
            rescaled=float(moves[i]),
            beyond=float(moves[i] * 0.5),
            is_same_kind=i < same,
        )
        for i in range(n)
    )


def forecast(security="N225", n=14, daily=0.019, **changes) -> MarketForecast:
    past = changes.pop("past", None) or past_dates(n, daily, seed=len(security) + n)
    moves = np.array([one.rescaled for one in past])
    has_range = n >= 8
    low, median, high = np.quantile(moves, [0.1, 0.5, 0.9]) if len(moves) else (np.nan,) * 3
    value = MarketForecast(
        security=security,
        level="direction",
        n_dates=n,
        median=float(median) if has_range else None,
        low=float(low) if has_range else None,
        high=float(high) if has_range else None,
        beyond_median=float(median) / 2 if has_range else None,
        beyond_low=float(low) / 2 if has_range else None,
        beyond_high=float(high) / 2 if has_range else None,
        ordinary_low=-1.7 * daily,
        ordinary_high=1.8 * daily,
        n_up=int((moves > 0).sum()),
        n_same_kind=sum(one.is_same_kind for one in past),
        contrast=0.6 * daily,
        contrast_p=0.214,
        contrast_n=11,
        n_mixed=2,
        daily_volatility=daily,
        prices_to=np.datetime64("2025-04-11"),
        past=past,
        notes=("Volatility: exponentially weighted, half-life 20 sessions.",),
    )
    return dataclasses.replace(value, **changes)


def market(title, security, status, opens, closes, **settings) -> MarketExpectation:
    return MarketExpectation(
        title=title,
        clock=clock(security, status, opens, closes),
        forecast=forecast(security, **settings),
    )


def markets() -> tuple[MarketExpectation, ...]:
    fx = ("trading", "2025-04-13T21:00", "2025-04-14T21:00")
    hk = ("to_open", "2025-04-14T01:30", "2025-04-14T08:00")
    return (
        market("Offshore yuan", "CNH", *fx, daily=0.0031),
        market("Australian dollar", "AUDUSD", *fx, daily=0.0083),
        market("Nikkei 225", "N225", "to_open", "2025-04-14T00:00", "2025-04-14T06:30"),
        market("TAIEX", "TWII", "to_open", "2025-04-14T01:00", "2025-04-14T05:30", n=4),
        market("Hang Seng", "HSI", *hk, daily=0.021),
        market("HS China Ent.", "HSCE", *hk, daily=0.024, level="category"),
    )


def expectation(**changes) -> Expectation:
    value = Expectation(
        headline=HEADLINE,
        published_utc=NEWS,
        now_utc=NOW,
        zone="Asia/Hong_Kong",
        category="exemption",
        direction="de-escalation",
        confidence=0.85,
        label_source="“exempt”, “tariffs”",
        window=Window(0, 1),
        benchmark="SPX",
        markets=markets(),
        strength="little",
        strength_reason="14 past dates; the clearest difference between directions, Offshore yuan, "
        "has p 0.006, times 6 markets 0.04",
        record=RECORD,
        caveats=(
            "The list of past news was made by people who knew what happened: moves are too large "
            "on average.",
            "3 past items of exactly this kind are too few, so the range is that of all "
            "de-escalation news.",
            "Moves in Asia contain what New York did overnight.",
        ),
        assumed=("The time of the headline is taken as Hong Kong time.",),
    )
    return dataclasses.replace(value, **changes)
