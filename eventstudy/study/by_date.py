"""What is said where dates decide for want of closing times: day 0 of news, pairs of returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.text import counted, some

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.events.alignment import Alignment
    from eventstudy.events.table import Events
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
