"""Size and power of the contrast of two groups on real series.

    python benchmarks/size_contrast.py [PRICES] [--replications 300] [--draws 199] [--effect 1]

PRICES is a file of closes with N225, TWII, HSI and USDCNH; by default the bundled ones. Every date
of the file is an event of one study (constant mean, 250 sessions ending 20 before); each
replication gives some of the dates one of two labels, by a design, and contrasts them. The effect
is a number of daily volatilities added to the event session of the first label; 0 measures size.
Rejection rates at 5 %, in percent: Nikkei alone, and all four markets together.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.analyses.contrasts import contrasts
from eventstudy.windows import Window

MARKETS = ("N225", "TWII", "HSI", "CNH")
ROUGHEST = 63
"""Sessions of the roughest stretch."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Which dates have a label, and which.

    Attributes
    ----------
    n : dates; where : ``even``, ``rough`` (drawn by the variance known before), ``stretch`` (the
    roughest stretch alone) or ``bursts`` (runs of neighbouring rough dates, one label mostly)
    share : of the first label; ratio : of its variance to that of the second; window : tested
    """

    n: int
    where: str
    share: float = 0.5
    ratio: float = 1.0
    window: tuple[int, int] = (0, 0)


CASES = (
    *(Case(n=n, where="even") for n in (6, 8, 10, 16, 24, 30, 60)),
    Case(n=30, where="rough"),
    Case(n=30, where="stretch"),
    Case(n=30, where="bursts"),
    Case(n=60, where="bursts"),
    Case(n=60, where="bursts", window=(0, 1)),
    Case(n=30, where="even", share=1 / 3),
    Case(n=30, where="rough", ratio=4.0),
    Case(n=60, where="rough", share=1 / 3, ratio=4.0),
    Case(n=60, where="rough", share=2 / 3, ratio=4.0),
)


def fit(path: str | None) -> es.EventStudyResults:
    """Return one study of every date of the file."""
    prices = es.load_prices() if path is None else es.read_prices(path)
    dates = prices.frame().index
    events = pd.DataFrame({"event_id": [f"E{date:%Y%m%d}" for date in dates], "date": dates})
    study = es.EventStudy(
        markets=MARKETS, model=es.ConstantMean(), estimation_window=(-270, -21),
        event_window=(0, 1), car_windows=[(0, 0)], statistics=("portfolio_t",), draws=0,
        date_only="same", max_loss=1.0,
    )  # fmt: skip
    return study.fit(es.Events.from_frame(events), prices)


def labelled(case: Case, dates: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> dict:
    """Return the label of each date that has one."""
    weight = np.ones(len(dates)) if case.where == "even" else known
    if case.where == "stretch":
        middle = np.convolve(known, np.ones(ROUGHEST), "valid").argmax()
        weight = np.zeros(len(dates))
        weight[middle : middle + ROUGHEST] = 1.0
    if case.where != "bursts":
        at = rng.choice(len(dates), case.n, replace=False, p=weight / weight.sum())
        labels = np.where(np.arange(case.n) < round(case.share * case.n), "a", "b")
        return dict(zip(dates[at], rng.permutation(labels), strict=True))
    found: dict[object, str] = {}
    while len(found) < case.n:
        begin = rng.choice(len(dates), p=weight / weight.sum())
        mostly = "a" if rng.random() < case.share else "b"
        for place in begin + np.cumsum(rng.integers(1, 4, rng.integers(1, 9))):
            label = mostly if rng.random() < 0.8 else rng.choice(["a", "b"])
            if place < len(dates) and len(found) < case.n:
                found[dates[place]] = str(label)
    return found


def pvalues(
    results: es.EventStudyResults, case: Case, effect: float, draws: int, seed: int
) -> dict[str, float]:
    """Return the p-values of one replication, by market."""
    fitted = results.fitted
    if fitted is None:
        raise ValueError("results of a fit are needed")
    design, labels = fitted.design, fitted.labels
    rng = np.random.default_rng([seed, case.n])
    table = design.table
    size = pd.Series(table.volatility[:, 0] ** 2).groupby(labels["date"]).mean().dropna()
    chosen = labelled(case, size.index.to_numpy(), size.to_numpy(), rng)
    label = labels["date"].map(chosen)
    is_first = (label == "a").to_numpy()[:, None]
    abnormal = np.where(is_first, np.sqrt(case.ratio), 1.0) * table.abnormal
    abnormal = abnormal + effect * is_first * (table.taus == 0) * table.volatility
    changed = replace(design, table=replace(table, abnormal=abnormal), draws=draws, seed=seed)
    frame = contrasts(
        changed, labels.assign(label=label), [("label", "a", "b")], [Window(*case.window)], MARKETS
    )
    return dict(zip(frame["security"], frame["pvalue"], strict=True))


def main() -> None:
    """Print a line a design: rejection rates of one market and of all, and those without a p."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prices", nargs="?")
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--effect", type=float, default=0.0)
    options = parser.parse_args()
    results = fit(options.prices)
    print("dates  where    share  ratio  window   Nikkei   all  without p")
    for case in CASES:
        found = pd.DataFrame(
            pvalues(results, case, options.effect, options.draws, seed)
            for seed in range(options.replications)
        )
        rate = 100 * (found <= 0.05).mean()
        print(
            f"{case.n:5d}  {case.where:8s} {case.share:5.2f}  {case.ratio:5.1f}  "
            f"{list(case.window)!s:7s} {rate['N225']:7.1f} {rate['all']:5.1f} "
            f"{100 * found['all'].isna().mean():10.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
