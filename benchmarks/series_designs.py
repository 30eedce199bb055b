"""Series of four markets and the null events drawn on them; `size_real` asks the tests of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.kernels import ewma_variance

if TYPE_CHECKING:
    from collections.abc import Callable

MARKETS = ("N225", "TWII", "HSI", "CNH")
SIMULATED, N_SIMULATED = "simulated", 20
FIRST, LAST = "2017-01-01", "2025-12-31"
LEAD = 300
TESTED = "tested"
OTHERS = ("a", "b", "c")
OF_OTHERS = 8
MONTH = 21
ONSET = 10
ROUGHER = 2.25
# The Hang Seng close of 25 August 2023 is wrong in this file; it touches two returns.
WRONG = [("HSI", "2023-08-25"), ("HSI", "2023-08-28")]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Daily returns and what was known of their volatility.

    Attributes
    ----------
    returns : dates x markets, NaN where a market was shut
    volatility : ``(T, N)`` known before each date
    variance : ``(T,)`` mean over markets of the variance known before, each relative to its mean
    is_open : ``(T,)`` dates that can be drawn: all markets open, inside the estimation windows
    """

    returns: pd.DataFrame
    volatility: np.ndarray
    variance: np.ndarray
    is_open: np.ndarray


@cache
def load_returns(path: str) -> pd.DataFrame:
    """Return simple returns of the four markets on their own sessions, dates x markets."""
    if path.startswith(SIMULATED):
        _, prices = es.simulate_panel(
            seed=int(path.removeprefix(SIMULATED)), n_sessions=2250, garch=(0.08, 0.90)
        )
        frame = prices.frame()
        return frame.set_axis(list(MARKETS), axis=1)
    prices = es.read_prices(path).frame()[["N225", "TWII", "HSI", "USDCNH"]]
    prices = prices.assign(CNH=1.0 / prices["USDCNH"])[list(MARKETS)]
    columns = {name: prices[name].dropna().pct_change() for name in MARKETS}
    returns = pd.DataFrame(columns).loc[FIRST:LAST]
    for market, date in WRONG:
        returns.loc[date, market] = np.nan
    return returns.dropna(how="all")


@cache
def load_series(path: str) -> Series:
    """Return the returns of `load_returns` and what was known of their volatility."""
    returns = load_returns(path)
    values = returns.to_numpy().T
    known = ewma_variance(values, np.nanvar(values, axis=1))[:, :-1]
    is_open = np.isfinite(values).all(axis=0)
    is_open[:LEAD] = False
    is_open[-10:] = False
    return Series(
        returns=returns,
        volatility=np.sqrt(known).T,
        variance=(known / known.mean(axis=1, keepdims=True)).mean(axis=0),
        is_open=is_open,
    )


def weights(returns: pd.DataFrame) -> np.ndarray:
    """Mean over markets of the variance known before each date, each relative to its own mean."""
    values = returns.to_numpy().T
    known = ewma_variance(values, np.nanvar(values, axis=1))[:, :-1]
    relative = (known / known.mean(axis=1, keepdims=True)).mean(axis=0)
    relative[:LEAD] = 0.0
    relative[~np.isfinite(values).all(axis=0)] = 0.0
    relative[-10:] = 0.0
    return np.asarray(relative / relative.sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """Null events of one study.

    Attributes
    ----------
    tested, others : rows of the dates of the group and of the three others
    scale : ``(n,)`` factor of the returns of each tested date about their mean; 1 leaves them
    scale_others : the same of the others
    """

    tested: np.ndarray
    others: np.ndarray
    scale: np.ndarray
    scale_others: np.ndarray


def _drawn(
    series: Series,
    rng: np.random.Generator,
    number: int,
    *,
    weight: np.ndarray,
    weight_others: np.ndarray | None = None,
) -> Drawn:
    """Draw dates without repeats in proportion to weights; the others among those left."""
    chosen = np.where(series.is_open, weight, 0.0)
    tested = rng.choice(len(chosen), number, replace=False, p=chosen / chosen.sum())
    left = np.where(series.is_open, weight if weight_others is None else weight_others, 0.0)
    left[tested] = 0.0
    n_others = OF_OTHERS * len(OTHERS)
    others = rng.choice(len(left), n_others, replace=False, p=left / left.sum())
    return Drawn(
        tested=tested, others=others, scale=np.ones(number), scale_others=np.ones(n_others)
    )


def ordinary(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Any dates."""
    return _drawn(series, rng, number, weight=np.ones(len(series.variance)))


def rough(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Dates in proportion to the variance known beforehand."""
    return _drawn(series, rng, number, weight=series.variance)


def rougher_days(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Rough times, and the variance of every event day x 2.25."""
    drawn = rough(series, rng, number)
    more = np.sqrt(ROUGHER)
    return replace(drawn, scale=more * drawn.scale, scale_others=more * drawn.scale_others)


def uneven_days(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Rough times; variance x 2.25 on the average, lognormal between days (sd of log sd 0.8)."""
    drawn = rough(series, rng, number)
    shape = np.sqrt(ROUGHER) * np.exp(0.8 * rng.standard_normal(number + len(drawn.others)) - 0.64)
    return replace(drawn, scale=shape[:number], scale_others=shape[number:])


def rougher_group(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Any dates; variance x 2.25 on the days of the tested group alone."""
    drawn = ordinary(series, rng, number)
    return replace(drawn, scale=np.sqrt(ROUGHER) * drawn.scale)


def unequal(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Any dates; variance x 4 on every second one of the tested group."""
    drawn = ordinary(series, rng, number)
    return replace(drawn, scale=np.where(np.arange(number) % 2 == 0, 2.0, 1.0))


def _block(
    series: Series, rng: np.random.Generator, number: int, score: np.ndarray, length: int
) -> Drawn:
    """Tested dates in one of the three stretches of highest score, the others in rough times."""
    score = np.where(series.is_open, score, -np.inf)
    starts: list[int] = []
    for at in np.argsort(-score, kind="stable"):
        if all(abs(at - start) >= length for start in starts):
            starts.append(int(at))
        if len(starts) == 3:
            break
    begin = int(rng.choice(starts))
    weight = np.zeros(len(score))
    inside = np.flatnonzero(series.is_open)
    weight[inside[(inside >= begin)][: max(length, number)]] = 1.0
    return _drawn(series, rng, number, weight=weight, weight_others=series.variance)


def month(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """All tested dates in one of the three roughest months."""
    mean = pd.Series(series.variance).rolling(MONTH).mean().shift(1 - MONTH).to_numpy()
    return _block(series, rng, number, np.nan_to_num(mean, nan=-np.inf), MONTH)


def onset(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """All tested dates in the first two weeks of one of the three sharpest rises of volatility."""
    known = pd.Series(np.log(series.variance))
    rise = (known.shift(-ONSET) - known).to_numpy()
    return _block(series, rng, number, np.nan_to_num(rise, nan=-np.inf), ONSET)


def mondays(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Mondays, the tested ones and the others."""
    is_monday = np.asarray(pd.DatetimeIndex(series.returns.index).day_of_week == 0)
    return _drawn(series, rng, number, weight=is_monday.astype(np.float64))


def one_year(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """All dates in one calendar year."""
    years = np.asarray(pd.DatetimeIndex(series.returns.index).year)
    full = [year for year in np.unique(years) if (series.is_open & (years == year)).sum() > 150]
    weight = (years == rng.choice(full)).astype(np.float64)
    return _drawn(series, rng, number, weight=weight)


def one_market(series: Series, rng: np.random.Generator, number: int) -> Drawn:
    """Any dates, each in one market alone; elsewhere all four share them."""
    return ordinary(series, rng, number)


DESIGNS: dict[str, Callable[[Series, np.random.Generator, int], Drawn]] = {
    "ordinary": ordinary,
    "rough": rough,
    "rougher_days": rougher_days,
    "uneven_days": uneven_days,
    "rougher_group": rougher_group,
    "unequal": unequal,
    "month": month,
    "onset": onset,
    "mondays": mondays,
    "one_year": one_year,
    "one_market": one_market,
}
