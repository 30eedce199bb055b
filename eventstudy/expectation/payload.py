"""An answer as plain values, such as JSON holds: names, numbers, ISO times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy.expectation.values import (
        Expectation,
        MarketExpectation,
        MarketForecast,
        PastReaction,
        Record,
    )

_NUMBERS = (
    "median", "low", "high", "ordinary_low", "ordinary_high", "contrast", "contrast_p",
    "beyond_median", "beyond_low", "beyond_high", "daily_volatility", "lead",
)  # fmt: skip
_COUNTS = ("n_dates", "n_up", "n_same_kind", "contrast_n_own", "contrast_n", "n_mixed")


def payload_of(it: Expectation) -> dict[str, Any]:
    """Return an answer as what JSON can hold; see `Expectation.to_dict`."""
    return {
        "headline": it.headline,
        "published_utc": _iso(it.published_utc),
        "now_utc": _iso(it.now_utc),
        "zone": it.zone,
        "category": it.category,
        "direction": it.direction,
        "confidence": _number(it.confidence),
        "label_source": it.label_source,
        "window": [it.window.start, it.window.end],
        "benchmark": it.benchmark,
        "strength": it.strength,
        "strength_reason": it.strength_reason,
        "markets": [_market(market) for market in it.markets],
        "record": None if it.record is None else _record(it.record),
        "caveats": [*([it.stale_prices] if it.stale_prices else []), *it.caveats],
        "assumed": list(it.assumed),
    }


def _market(market: MarketExpectation) -> dict[str, Any]:
    clock, forecast = market.clock, market.forecast
    return {
        "security": clock.security,
        "title": market.title,
        "status": clock.status,
        "opens_utc": _instant(clock.opens_utc),
        "closes_utc": _instant(clock.closes_utc),
        "session": _day(clock.session),
        **_forecast(forecast),
        "moved": _number(market.moved),
        "moved_to": None if market.moved_to is None else _day(market.moved_to),
        "why": market.why or clock.note or None,
    }


def _forecast(forecast: MarketForecast | None) -> dict[str, Any]:
    if forecast is None:
        empty: dict[str, Any] = dict.fromkeys(_NUMBERS)
        return empty | dict.fromkeys(_COUNTS, 0) | {
            "level": None, "prices_to": None, "past": [], "notes": [],
        }  # fmt: skip
    numbers = {name: _number(getattr(forecast, name)) for name in _NUMBERS}
    return {
        "n_dates": forecast.n_dates,
        "level": forecast.level,
        **numbers,
        **{name: getattr(forecast, name) for name in _COUNTS[1:]},
        "prices_to": _day(forecast.prices_to),
        "past": [_past(reaction) for reaction in forecast.past],
        "notes": list(forecast.notes),
    }


def _past(reaction: PastReaction) -> dict[str, Any]:
    return {
        "session": _day(reaction.session),
        "event_ids": list(reaction.event_ids),
        "headlines": list(reaction.headlines),
        "raw": _number(reaction.raw),
        "rescaled": _number(reaction.rescaled),
        "beyond": _number(reaction.beyond),
        "is_same_kind": bool(reaction.is_same_kind),
    }


def _record(record: Record) -> dict[str, Any]:
    shares = (
        "coverage", "width", "ordinary_width", "hit_rate", "crps_ratio", "ratio_low", "ratio_high",
        "brier", "ordinary_brier",
    )  # fmt: skip
    return {
        "n_forecasts": record.n_forecasts,
        "n_dates": record.n_dates,
        **{name: _number(getattr(record, name)) for name in shares},
        "beats_ordinary_days": record.beats_ordinary_days,
    }


def _number(value: float | None) -> float | None:
    """Return a number of 12 significant digits; None for NaN, too."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.12g}")


def _iso(time: dt.datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _instant(time: np.datetime64) -> str | None:
    return None if np.isnat(time) else f"{time.astype('M8[s]')}Z"


def _day(day: np.datetime64) -> str | None:
    return None if np.isnat(day) else str(day.astype("M8[D]"))
