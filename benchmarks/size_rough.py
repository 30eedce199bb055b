"""Size of the joint regression and of the tests of volatility on real series in rough times.

    python benchmarks/size_rough.py PRICES [--replications 300] [--draws 199] [--only joint]

PRICES is the file of `size_real.py`, which explains the series. Null events fall on dates drawn
in proportion to the variance known beforehand (``rough``), or within 22 sessions in a row of one
of the eight roughest months (``month``). Joint regression: constant mean, event window [-1, 1],
two groups of as many dates each, the second anywhere, one market at random; volatility: four
markets, constant mean on 250 sessions ending 20 before, [0, 0]. ``before`` is what stood there
without weights: the classical test, and the rank of the variance ratio to the estimation window.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from series_designs import LEAD, MARKETS, load_returns, weights

import eventstudy as es
from eventstudy.analyses.activity import activity
from eventstudy.analyses.joint_markets import JointData
from eventstudy.analyses.joint_regression import joint_regression
from eventstudy.analyses.requests import Activity
from eventstudy.estimation.groups import Group
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.event_variance import variance_ratio
from eventstudy.inference.measured_size import wilson
from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.study.design import make_design
from eventstudy.study.preparation import estimate, prepare
from eventstudy.windows import Window

if TYPE_CHECKING:
    from eventstudy.inference.design import Design

MONTH = 22
MONTHS = 8


def rough_months(known: np.ndarray) -> list[int]:
    """First sessions of the roughest stretches of `MONTH` sessions, apart from each other."""
    level = np.convolve(known, np.ones(MONTH) / MONTH, "valid")
    starts: list[int] = []
    for _ in range(MONTHS):
        at = int(level.argmax())
        starts.append(at)
        level[max(0, at - 2 * MONTH) : at + 2 * MONTH] = 0.0
    return starts


def event_rows(
    rng: np.random.Generator, where: str, number: int, known: np.ndarray, months: list[int]
) -> np.ndarray:
    """Rows of so many null events."""
    if where == "month":
        start = months[int(rng.integers(len(months)))]
        return np.sort(start + rng.choice(MONTH, number, replace=False))
    return np.sort(rng.choice(len(known), number, replace=False, p=known))


def joint(
    rng: np.random.Generator, returns: pd.DataFrame, rows: np.ndarray, inflate: float, draws: int
) -> dict[str, float]:
    """P-values of the first group's CARs without and with weights, and by rank."""
    market = MARKETS[int(rng.integers(len(MARKETS)))]
    series = returns[market].dropna()
    first = np.searchsorted(series.index, returns.index[rows])
    other = rng.choice(np.arange(60, len(series) - 10), len(rows), replace=False)
    day0 = np.concatenate([first, other])
    values = series.to_numpy(copy=True)
    if inflate != 1.0:
        factor = inflate * np.exp(0.8 * rng.standard_normal(len(day0)) - 0.32)
        values[day0] *= np.sqrt(factor)
    count = len(day0)
    data = JointData(
        names=(market,),
        returns=values[None, :],
        dates=series.index.to_numpy().astype("datetime64[D]")[None, :],
        regressors=np.empty((1, len(values), 0)),
        intercept=True,
        sample=np.ones((1, len(values)), dtype=bool),
        event=np.arange(count),
        security=np.zeros(count, dtype=np.int64),
        day0=day0,
        extension=np.zeros(count, dtype=np.int64),
        event_window=Window(-1, 1),
    )
    half = np.arange(count) < len(rows)
    groups = [
        Group(label=name, by=("kind",), values=(name,), pairs=np.flatnonzero(of))
        for name, of in (("a", half), ("b", ~half))
    ]
    windows = [Window(0, 0), Window(-1, 1)]
    plain = joint_regression(data, groups, windows, weights="equal")
    weighted = joint_regression(data, groups, windows, draws=draws, seed=int(rng.integers(1 << 30)))
    out = {}
    for name, frame, column in (
        ("classical, equal weights (before)", plain, "pvalue"),
        ("classical, weighted", weighted, "pvalue"),
        ("placebo, weighted", weighted, "pvalue_placebo"),
    ):
        cars = frame[(frame["group"] == "a") & (frame["test"] == "car")]
        for start, p in zip(cars["window_start"], cars[column], strict=True):
            out[f"{name}, [{start},{-start}]"] = float(p)
    return out


def every_date(returns: pd.DataFrame, draws: int) -> tuple[Design, object]:
    """Return the design of a study with an event on every date, and its data."""
    levels = (1.0 + returns).cumprod()
    dates = returns.index[LEAD:-10]
    events = pd.DataFrame(
        {
            "event_id": [f"E{i:05d}" for i in range(len(dates))],
            "date": dates.strftime("%Y-%m-%d"),
        }
    )
    study = es.EventStudy(
        markets=MARKETS, model=es.ConstantMean(), estimation_window=(-270, -21),
        event_window=(0, 0), car_windows=[(0, 0)], statistics="placebo", date_only="same",
        calendar="data", draws=draws, max_loss=1.0,
    )  # fmt: skip
    data = prepare(study, es.Events.from_frame(events), es.PricePanel.from_frame(levels))
    return make_design(data, *estimate(data)), data


def volatility(design: Design, data: object, rows: list[np.ndarray], returns: pd.DataFrame) -> dict:
    """P-values by test, one for each set of dates."""
    groups, window = [], Window(0, 0)
    for number, at in enumerate(rows):
        dates = returns.index[at].to_numpy().astype("datetime64[D]")
        pairs = np.flatnonzero(np.isin(design.date, dates))
        label = f"g={number}"
        groups.append(Group(label=label, by=("g",), values=(str(number),), pairs=pairs))
    request = Activity(measures=("volatility", "beaver"))
    frame = activity(design, groups, [window], request, data=data.activity_data())
    out: dict[str, list[float]] = {"volatility, ratio to s (before)": []}
    session = cumulate_both(design, window)
    for group in groups:
        gathered = gather_evidence(design, group.pairs, group.pairs[:0], session, GroupCache())
        own, drawn = (variance_ratio(of).abnormal for of in (gathered.real, gathered.drawn))
        tails = [float(rank_pvalue(sign * own[0], sign * drawn, tie=1e-9)) for sign in (1, -1)]
        out["volatility, ratio to s (before)"].append(min(1.0, 2 * min(tails)))
    for measure in ("volatility", "beaver"):
        for name in ("bft_chi2", "patell_u", "placebo"):
            part = frame[(frame["measure"] == measure) & (frame["name"] == name)]
            if len(part):
                out[f"{measure}, {name}"] = list(part["pvalue"])
    return out


def show(title: str, pvalues: dict[str, list[float]]) -> None:
    """Print one block."""
    print(f"\n{title}", flush=True)
    for name, values in pvalues.items():
        known = np.array(values)[np.isfinite(values)]
        low, high = wilson(int((known <= 0.05).sum()), len(known))
        print(f"  {name:42s} {(known <= 0.05).mean():6.1%}   [{low:.1%}, {high:.1%}]", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prices")
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--only", choices=("joint", "volatility"))
    options = parser.parse_args()
    returns = load_returns(options.prices)
    known = weights(returns)
    months = rough_months(known)
    design = data = None
    if options.only != "joint":
        design, data = every_date(returns, options.draws)
    for where in ("rough", "month"):
        for number in (3, 6, 12):
            rng = np.random.default_rng(number)
            rows = [
                event_rows(rng, where, number, known, months) for _ in range(options.replications)
            ]
            title = f"{where}, {number} dates, {options.replications} replications"
            if options.only != "volatility":
                answers = [joint(rng, returns, at, 1.0, options.draws) for at in rows]
                show(f"joint regression: {title}", {k: [a[k] for a in answers] for k in answers[0]})
            if design is not None:
                show(f"volatility: {title}", volatility(design, data, rows, returns))


if __name__ == "__main__":
    main()
