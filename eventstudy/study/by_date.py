"""What is said where dates decide: day 0 of news, pairs of returns, dates that one of two lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.prices.checks.base import is_in
from eventstudy.text import counted, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy._typing import BoolArray, DateArray, IntArray
    from eventstudy.events.alignment import Alignment
    from eventstudy.events.table import Events
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.study.setting import Setting
    from eventstudy.study.specification import Specification


def timed_pairs(
    events: Events, aligned: Alignment, selected: BoolArray, n_markets: int
) -> IntArray:
    """Count the pairs of each market, ``(N,)``, whose event is about it and has a time."""
    is_timed = events.frame["published_at"].notna().to_numpy() & selected
    timed = aligned.security[aligned.is_wanted & is_timed[aligned.event]]
    return np.bincount(timed, minlength=n_markets)


def placed_by_date(
    study: Specification,
    setting: Setting,
    n_timed: IntArray,
) -> list[str]:
    """Say where the date of an event decided although its time is known.

    `n_timed` ``(N,)`` are the pairs of each market, as `timed_pairs` counts them.
    """
    markets: dict[int, list[str]] = {}
    for count, series in zip(n_timed.tolist(), setting.securities, strict=True):
        if count and not series.calendar.has_clock:
            markets.setdefault(count, []).append(series.name)
    sentences = []
    for count, names in markets.items():
        have = "has" if len(names) == 1 else "have"
        sentences.append(
            f"{some(names)} {have} no closing times: {counted(count, 'event')} with a time "
            f"{'is' if count == 1 else 'are'} placed by {'its' if count == 1 else 'their'} date "
            f'(date_only = "{study.date_only}")'
        )
    return sentences


def paired_by_date(study: Specification, setting: Setting, returns: ReturnsPanel) -> list[str]:
    """Say which markets could not be paired by closing times, and for want of whose."""
    if study.model.sync is not None or not returns.factor_names:
        return []
    factors = setting.factors if setting.benchmark is None else (setting.benchmark,)
    clockless = [series.name for series in factors if not series.calendar.has_clock]
    if clockless:
        have, are = ("has", "it is") if len(clockless) == 1 else ("have", "they are")
        return [f"{some(clockless)} {have} no closing times, so {are} paired by date (same_date)"]
    if not returns.by_date:
        return []
    have = "has" if len(returns.by_date) == 1 else "have"
    return [
        f"{some(returns.by_date)} {have} no closing times, so returns are paired with those of "
        f"{some(returns.factor_names)} by date (same_date)"
    ]


class LackingDates(NamedTuple):
    """Rows on which one of a market and its factor has no price, where rows are the sessions."""

    of_factor: dict[str, set[object]]
    """Factor -> dates on which a market has a price and it has none."""
    of_market: dict[str, dict[str, set[object]]]
    """Factor -> market -> dates on which the factor has a price and the market none."""


def lacking_dates(study: Specification, setting: Setting, returns: ReturnsPanel) -> LackingDates:
    """Return which rows one of a market and its factor has no value on, where paired by date."""
    lacking = LackingDates({}, {})
    if study.model.sync not in (None, "same_date"):
        return lacking
    is_by_date = returns.sync == "same_date"
    for n, market in enumerate(setting.securities):
        if not (is_by_date or market.name in returns.by_date):
            continue
        for factor in _faced(setting, n):
            if {market.calendar.name, factor.calendar.name} != {"data"}:
                continue
            own, other = market.calendar.sessions, factor.calendar.sessions
            if np.array_equal(own, other) or not (len(own) and len(other)):
                continue
            if days := _only_in(own, other):
                lacking.of_factor.setdefault(factor.name, set()).update(days)
            if days := _only_in(other, own):
                lacking.of_market.setdefault(factor.name, {})[market.name] = set(days)
    return lacking


def lacking_sentences(parts: Iterable[LackingDates]) -> list[str]:
    """Say which dates markets and factors lack, those of all parts of a study together.

    Paired by date a factor without a price on a date has a return of 0 there, and a market without
    one has a next return of several rows beside that of one: a holiday, or a price that was lost.
    """
    of_factor: dict[str, set[object]] = {}
    of_market: dict[str, dict[str, set[object]]] = {}
    for part in parts:
        for name, days in part.of_factor.items():
            of_factor.setdefault(name, set()).update(days)
        for name, by_market in part.of_market.items():
            of_market.setdefault(name, {}).update(by_market)
    sentences = [
        f"{name} has no value on {_dates(days)} on which markets of the study have one: its return "
        "is taken as 0 there (same_date); a holiday of its own, or values that are missing?"
        for name, days in of_factor.items()
    ]
    return sentences + [
        f"{some(list(by_market))} {'has' if len(by_market) == 1 else 'have'} no value on "
        f"{_dates(set().union(*by_market.values()))} on which {name} has one: the next return "
        f"holds those days, too, and is paired with that of {name} on its own date alone "
        "(same_date)"
        for name, by_market in of_market.items()
    ]


def _faced(setting: Setting, n: int) -> Sequence[MarketSeries]:
    """Return the factors that a market of a study is regressed on."""
    own = setting.own_benchmarks[n] if setting.own_benchmarks else None
    first = own if own is not None else setting.benchmark
    return setting.factors if first is None else (first, *setting.factors)


def _only_in(dates: DateArray, others: DateArray) -> list[object]:
    """Return the dates that the others lack between their first and their last."""
    inside = dates[(dates >= others[0]) & (dates <= others[-1])]
    lost: list[object] = inside[~is_in(inside, others)].tolist()
    return lost


def _dates(days: set[object]) -> str:
    return f"{counted(len(days), 'date')} ({some(sorted(map(str, days)))})"
