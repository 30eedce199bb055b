"""Size and power on real series, in ordinary times and in rough ones.

    python benchmarks/size_real.py PRICES [--replications 500] [--draws 199] [--processes 2]
        [--designs rough month] [--dates 3 12] [--effects 0 1] [--only placebo ...]

PRICES is a long table (date, security, close) with N225, TWII, HSI and USDCNH; it is not part of
the project. Nothing happened on the dates that are drawn, so that a 5 % test rejects in 5 % of the
studies; with ``--effects 1`` the dates of the group that is tested are moved by so many conditional
standard deviations in every market, and what is counted is power. Beside the group there are three
others of eight dates each, drawn alike unless the design says otherwise. Four markets, constant
mean, 250 estimation sessions ending 20 before, window [0, 0]. Seeds are 0, 1, 2, ... in every cell.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.estimation.groups import make_groups
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import evaluate, wilson
from eventstudy.kernels import ewma_variance
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.preparation import estimate, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

MARKETS = ("N225", "TWII", "HSI", "CNH")
NAMES = (
    "placebo", "moderated_placebo", "mean_square", "portfolio_t", "kolari_pynnonen",
    "cross_sectional_t", "bmp",
)  # fmt: skip
DATES = (1, 2, 3, 5, 12, 30)
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
}


def study_of(
    series: Series, drawn: Drawn, effect: float, *, one_market_each: bool = False
) -> tuple[es.Events, es.PricePanel]:
    """Return the events of a study, and prices on whose event days variance and effect are put."""
    rows = np.concatenate([drawn.tested, drawn.others])
    scale = np.concatenate([drawn.scale, drawn.scale_others])
    shaken = series.returns.to_numpy(copy=True)
    centre = np.nanmean(shaken, axis=0)
    shaken[rows] = centre + scale[:, None] * (shaken[rows] - centre)
    shaken[drawn.tested] += effect * series.volatility[drawn.tested]
    index, columns = series.returns.index, series.returns.columns
    # Every market keeps its own sessions: a file of prices has no row where it was shut.
    levels = 100.0 * (1.0 + pd.DataFrame(shaken, index=index, columns=columns)).cumprod()
    group = [TESTED] * len(drawn.tested) + [name for name in OTHERS for _ in range(OF_OTHERS)]
    table = pd.DataFrame(
        {
            "event_id": [f"E{i:03d}" for i in range(len(rows))],
            "date": index[rows].strftime("%Y-%m-%d"),
            "kind": group,
        }
    )
    if one_market_each:
        table["markets"] = [MARKETS[i % len(MARKETS)] for i in range(len(rows))]
    return es.Events.from_frame(table), es.PricePanel.from_frame(levels)


def replicate(
    seed: int,
    *,
    path: str,
    design: str,
    n_dates: int,
    effect: float,
    draws: int,
    names: tuple[str, ...],
) -> dict[str, float]:
    """Return the p-values of the tested group in one study."""
    series = load_series(path)
    rng = np.random.default_rng([seed, n_dates, list(DESIGNS).index(design)])
    drawn = DESIGNS[design](series, rng, n_dates)
    events, prices = study_of(series, drawn, effect)
    study = es.EventStudy(
        markets=MARKETS,
        model=es.ConstantMean(),
        estimation_window=(-270, -21),
        event_window=(0, 0),
        car_windows=[(0, 0)],
        statistics=names,
        by=("kind",),
        date_only="same",
        calendar="data",
        draws=draws,
        seed=seed,
        max_loss=1.0,
    )
    data = prepare(study, events, prices)
    sample, table = estimate(data)
    built = make_design(data, sample, table)
    groups = make_groups(sample_labels(data, sample), study.by)
    windows = [(study.car_windows[0], "car")]
    # The others have their size from these studies, not from the placebos inside each of them.
    drawn_names = [name for name in names if STATISTICS[name].value.randomised]
    plain = [name for name in names if name not in drawn_names]
    answers: dict[str, float] = {}
    for part, chosen in ((built, drawn_names), (replace(built, draws=0), plain)):
        if chosen:
            frame = evaluate(part, groups, windows, chosen)
            rows = frame[frame["group"] == f"kind={TESTED}"]
            answers |= dict(zip(rows["name"], rows["pvalue"], strict=True))
    return answers


def main() -> None:
    """Print one line a cell and statistic."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prices")
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--designs", nargs="+", default=list(DESIGNS), choices=list(DESIGNS))
    parser.add_argument("--dates", nargs="+", type=int, default=DATES)
    parser.add_argument("--effects", nargs="+", type=float, default=(0.0,))
    parser.add_argument("--only", nargs="+", default=NAMES, help="statistics to run")
    options = parser.parse_args()
    path = str(Path(options.prices).resolve())
    begin = time.monotonic()
    cells = [
        (design, n_dates, effect)
        for design in options.designs
        for n_dates in options.dates
        for effect in options.effects
    ]
    print("design,dates,effect,statistic,rejected,low,high,known,replications", flush=True)
    with ProcessPoolExecutor(options.processes) as pool:
        for design, n_dates, effect in cells:
            run = partial(
                replicate,
                path=path,
                design=design,
                n_dates=n_dates,
                effect=effect,
                draws=options.draws,
                names=tuple(options.only),
            )
            answers = pd.DataFrame(list(pool.map(run, range(options.replications), chunksize=5)))
            for name in options.only:
                known = answers[name].dropna()
                rejected = int((known <= 0.05).sum())
                low, high = wilson(rejected, len(known)) if len(known) else (np.nan, np.nan)
                share = rejected / len(known) if len(known) else np.nan
                print(
                    f"{design},{n_dates},{effect:g},{name},{share:.3f},{low:.3f},{high:.3f},"
                    f"{len(known)},{options.replications}",
                    flush=True,
                )
    print(f"# {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
