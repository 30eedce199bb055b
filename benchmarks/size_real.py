"""Size of the placebo test on real series in rough times, against its rivals.

    python benchmarks/size_real.py PRICES [--replications 400] [--processes 2] [--only placebo]

PRICES is a long table (date, security, close) with N225, TWII, HSI and USDCNH; it is not part of
the project. Null events fall on dates drawn in proportion to the square of the volatility known
beforehand (docs/methods.md, section 6); with ``--inflate 2.25`` the event session's variance is
larger besides. Four markets, constant mean, 250 estimation sessions ending 20 before, window
[0, 0].
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.inference.evaluate import wilson
from eventstudy.kernels import ewma_variance

MARKETS = ("N225", "TWII", "HSI", "CNH")
NAMES = ("placebo", "portfolio_t", "kolari_pynnonen", "cross_sectional_t", "bmp")
FIRST, LAST = "2017-01-01", "2025-12-31"
LEAD = 300
# The Hang Seng close of 25 August 2023 is wrong in this file; it touches two returns.
WRONG = [("HSI", "2023-08-25"), ("HSI", "2023-08-28")]


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


def weights(returns: pd.DataFrame) -> np.ndarray:
    """Mean over markets of the variance known before each date, each relative to its own mean."""
    values = returns.to_numpy().T
    known = ewma_variance(values, np.nanvar(values, axis=1))[:, :-1]
    relative = (known / known.mean(axis=1, keepdims=True)).mean(axis=0)
    relative[:LEAD] = 0.0
    relative[~np.isfinite(values).all(axis=0)] = 0.0
    relative[-10:] = 0.0
    return np.asarray(relative / relative.sum())


def replicate(
    seed: int, *, path: str, n_events: int, inflate: float, draws: int, names: tuple[str, ...]
) -> dict[str, float]:
    """Return the p-values of one study of null events."""
    returns = load_returns(path)
    rng = np.random.default_rng([seed, n_events])
    at = np.sort(rng.choice(len(returns), n_events, replace=False, p=weights(returns)))
    shaken = returns.to_numpy(copy=True)
    if inflate != 1.0:
        centre = np.nanmean(shaken, axis=0)
        shaken[at] = centre + np.sqrt(inflate) * (shaken[at] - centre)
    # Every market keeps its own sessions: a file of prices has no row where it was shut.
    levels = (1.0 + pd.DataFrame(shaken, index=returns.index, columns=returns.columns)).cumprod()
    events = es.Events.from_frame(
        pd.DataFrame(
            {
                "event_id": [f"E{i:03d}" for i in range(n_events)],
                "date": returns.index[at].strftime("%Y-%m-%d"),
            }
        )
    )
    study = es.EventStudy(
        markets=MARKETS,
        model=es.ConstantMean(),
        estimation_window=(-270, -21),
        event_window=(0, 0),
        car_windows=[(0, 0)],
        statistics=names,
        date_only="same",
        calendar="data",
        draws=draws,
        seed=seed,
        max_loss=1.0,
    )
    rows = study.fit(events, es.PricePanel.from_frame(levels)).tidy(windows=[(0, 0)])
    return dict(zip(rows["name"], rows["pvalue"], strict=True))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prices")
    parser.add_argument("--replications", type=int, default=400)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=NAMES, help="statistics to run")
    options = parser.parse_args()
    path = str(Path(options.prices).resolve())
    designs = [(6, 1.0), (12, 1.0), (30, 1.0), (12, 2.25)]
    with ProcessPoolExecutor(options.processes) as pool:
        for n_events, inflate in designs:
            run = partial(
                replicate,
                path=path,
                n_events=n_events,
                inflate=inflate,
                draws=options.draws,
                names=tuple(options.only),
            )
            answers = pd.DataFrame(list(pool.map(run, range(options.replications), chunksize=5)))
            rough = f"day variance x {inflate:g}" if inflate != 1 else "rough times"
            print(f"\n{n_events} events, {rough}, {options.replications} replications", flush=True)
            for name in options.only:
                known = answers[name].dropna()
                low, high = wilson(int((known <= 0.05).sum()), len(known))
                share = (known <= 0.05).mean()
                print(f"  {name:18s} {share:6.1%}   [{low:.1%}, {high:.1%}]", flush=True)


if __name__ == "__main__":
    main()
