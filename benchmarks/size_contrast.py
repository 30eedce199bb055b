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
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.analyses.contrasts import BLOCK_WEEKDAYS
from eventstudy.inference.contrast import MIN_PERMUTATIONS, TwoGroups, differences
from eventstudy.inference.design import MIN_GAP
from eventstudy.inference.permutations import permutations
from eventstudy.inference.pvalues import rank_pvalue

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


def labelled(
    case: Case, dates: np.ndarray, known: np.ndarray, rng: np.random.Generator
) -> dict[object, str]:
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


def groups_of(results: es.EventStudyResults, case: Case, effect: float, seed: int) -> TwoGroups:
    """Return the dates of one replication as units of two groups."""
    z = z_of(results, case.window)
    rng = np.random.default_rng([seed, case.n])
    dates = z.index.to_numpy()
    chosen = labelled(case, dates, known_of(results)[z.index].to_numpy(), rng)
    at = np.sort(np.array(list(chosen)))
    first = np.array([chosen[date] == "a" for date in at])
    values = z.loc[at].to_numpy().T
    values = np.where(first, np.sqrt(case.ratio), 1.0) * values + effect * first
    # Blocks as the study makes them: clusters of units, cut after two weeks.
    day = np.busday_count("1970-01-01", at.astype("datetime64[D]"))
    block = np.zeros(len(at), dtype=np.int64)
    begin = 0
    for unit in range(1, len(at)):
        is_new = day[unit] - day[unit - 1] >= MIN_GAP or day[unit] - day[begin] >= BLOCK_WEEKDAYS
        begin = unit if is_new else begin
        block[unit] = block[unit - 1] + is_new
    return TwoGroups(
        car=values, z=values, per_return=values, first=first, block=block,
        stratum=np.zeros(len(at), dtype=np.int64),
    )  # fmt: skip


def pvalues(groups: TwoGroups, draws: int, seed: int) -> list[float]:
    """Return the p-values of the first market and of all together."""
    drawn = permutations(groups.first, groups.block, groups.stratum, draws=draws, seed=[seed])
    found = []
    for z in (groups.z[None, :1], groups.z[None]):
        own, draw = (
            np.abs(mean[0]) / np.sqrt(covariance[0, 0])
            for mean, covariance in (
                differences(z, groups, labels) for labels in (groups.first[None], drawn.first)
            )
        )
        draw = np.where(np.isnan(draw), np.inf, draw)
        is_asked = drawn.n_ways >= MIN_PERMUTATIONS
        found.append(
            float(rank_pvalue(own, draw[None], holds_value=drawn.is_all)[0]) if is_asked else np.nan
        )
    return found


@cache
def z_of(results: es.EventStudyResults, window: tuple[int, int]) -> pd.DataFrame:
    """Return CAR over the volatility known before, dates x markets."""
    frame = results.abnormal_returns
    inside = frame[frame["tau"].between(*window)]
    day0 = frame[frame["tau"] == 0].set_index(["event_id", "security"])
    car = inside.groupby(["event_id", "security"])["abnormal_return"].sum(min_count=1)
    z = car / day0["volatility"]
    table = pd.DataFrame({"z": z, "session": day0["session"]}).reset_index()
    return table.drop_duplicates(["session", "security"]).pivot_table(
        index="session", columns="security", values="z"
    )[list(MARKETS)]


@cache
def known_of(results: es.EventStudyResults) -> pd.Series:
    """Return the variance known before each date, relative to each market's mean, averaged."""
    day0 = results.abnormal_returns.query("tau == 0").drop_duplicates(["session", "security"])
    variance = day0.pivot_table(index="session", columns="security", values="volatility") ** 2
    return (variance / variance.mean()).mean(axis=1)


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
        found = np.array(
            [
                pvalues(groups_of(results, case, options.effect, seed), options.draws, seed)
                for seed in range(options.replications)
            ]
        )
        rate = 100 * (found <= 0.05).mean(axis=0)
        print(
            f"{case.n:5d}  {case.where:8s} {case.share:5.2f}  {case.ratio:5.1f}  "
            f"{list(case.window)!s:7s} {rate[0]:7.1f} {rate[1]:5.1f} "
            f"{100 * np.isnan(found[:, 1]).mean():10.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
