"""The tests of R's estudy2 on the returns of its vignette, or on any others.

R writes the three files; none is shipped, as the package and its data are under the GPL::

    library(estudy2)
    returns <- function(x) data.frame(date = zoo::index(x), zoo::coredata(x))
    write.csv(returns(rates), "rates.csv", row.names = FALSE)
    write.csv(returns(rates_indx), "rates_indx.csv", row.names = FALSE)
    fits <- apply_market_model(
      rates, rates_indx, TRUE, "sim", "ols", as.Date("2001-03-26"), as.Date("2001-09-10"))
    tests <- parametric_tests(fits, as.Date("2001-09-11"), as.Date("2001-09-28"))
    write.csv(tests, "parametric_tests.csv", row.names = FALSE)

The days of the event are those of ``parametric_tests.csv``; the estimation window is that of the
vignette. Compared are the mean abnormal return of each day and the tests of Student, of Patell and
of Boehmer, Musumeci and Poulsen; those of Brown and Warner and of Lamb are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.conventions import CONVENTIONS
from eventstudy.events.table import Events
from eventstudy.exceptions import SchemaError
from eventstudy.models import MarketModel
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, FromData, from_data, is_same
from eventstudy.replication.own_files import read_days
from eventstudy.study.study import EventStudy
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from eventstudy._typing import FloatArray
    from eventstudy.study.results import EventStudyResults

RATES, INDEX, TESTS = FILES = ("rates.csv", "rates_indx.csv", "parametric_tests.csv")
FIRST, LAST = "2001-03-26", "2001-09-10"
_COLUMNS = {
    "mean": "mean", "t_test_stat": "cross_sectional_t", "pt_stat": "patell", "bh_stat": "bmp"
}  # fmt: skip
_LEAST = 10
_INDEX = "moments of the index: of all its estimation sessions, not of those with a return of both"
_ABSENT = "Patell's test: by the variance of all securities, not of those with a return on the day"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    """The conventions of estudy2; False is ours."""

    residual_variance: bool = True
    index: bool = True
    absent: bool = True


_PHRASES = {
    "residual_variance": CONVENTIONS["estudy2"].value.phrase("residual_variance"),
    "index": _INDEX,
    "absent": _ABSENT,
}


def compare(files: Mapping[str, Path]) -> list[Compared]:
    """Compare the mean and three tests of every day.

    Parameters
    ----------
    files
        Where the three files are.
    """
    rates, index = read_days(files[RATES]), read_days(files[INDEX])
    tests = read_days(files[TESTS], *_COLUMNS)
    securities = [f"S{at:03d}" for at in range(1, len(rates.columns) + 1)]
    panel = rates.set_axis(securities, axis=1).join(index.iloc[:, 0].rename("INDEX"), how="outer")
    _check_days(panel.index, tests.index)
    days = _Days(panel, tests.index, _fit(panel, securities, tests.index))
    return [
        one
        for column, name in _COLUMNS.items()
        for day, theirs in tests[column].items()
        if math.isfinite(theirs)
        for one in days.compared(pd.Timestamp(str(day)), column, name, theirs)
    ]


from_data.register(
    "estudy2",
    summary="mean and three tests of every day of September 2001 for eight insurers, its vignette",
    source="Rudnytskyi, R package estudy2 0.10.0 (2021)",
)(
    FromData(
        files=FILES,
        rights="GPL-3; written by R, help(eventstudy.replication.estudy2) has the lines",
        compare=compare,
    )
)


def _check_days(sessions: pd.Index, days: pd.Index) -> None:
    """Refuse days of the event that are no sessions of the returns, or have none before them."""
    absent = days.difference(sessions)
    if len(absent):
        raise SchemaError([f"{absent[0]:%Y-%m-%d} is no day of {RATES} or {INDEX}"], file=TESTS)
    if days[0] <= pd.Timestamp(LAST):
        raise SchemaError(
            [f"{days[0]:%Y-%m-%d} is not after the estimation window, {FIRST} to {LAST}"],
            file=TESTS,
        )
    if not len(sessions[(sessions >= FIRST) & (sessions <= LAST)]):
        raise SchemaError(
            [f"no day from {FIRST} to {LAST}, over which the market model is estimated"],
            file=RATES,
        )


def _fit(panel: pd.DataFrame, securities: list[str], days: pd.Index) -> EventStudyResults:
    """Return the study of the first day of the event, of the sessions either side has."""
    event = panel.index.get_indexer(days)
    first = panel.index.searchsorted(pd.Timestamp(FIRST))
    last = panel.index.searchsorted(pd.Timestamp(LAST), side="right") - 1
    study = EventStudy(
        markets=tuple(securities),
        model=MarketModel("INDEX"),
        estimation_window=Window(int(first - event[0]), int(last - event[0])),
        event_window=Window(0, int(event[-1] - event[0])),
        car_windows=(Window(0, 0),),
        min_obs=_LEAST,
        date_only="same",
        calendar="data",
        kind="log",
        statistics=("cross_sectional_t", "patell", "bmp"),
        draws=0,
    )
    date = pd.DataFrame({"event_id": ["E1"], "date": [days[0]]})
    prices = PricePanel.from_frame(panel, content="returns", kind="log")
    return study.fit(Events.from_frame(date), prices)


class _Days:
    """Abnormal returns ``(N, days)`` of a fit, and what stands under them in their tests."""

    def __init__(self, panel: pd.DataFrame, days: pd.Index, results: EventStudyResults) -> None:
        models = results.models.set_index("security")
        abnormal = results.abnormal_returns["abnormal_return"].to_numpy(dtype=np.float64)
        self.abnormal: FloatArray = abnormal.reshape(len(models), -1)
        self.n_obs: FloatArray = models["n_obs"].to_numpy(dtype=np.float64)
        self.sigma: FloatArray = models["sigma"].to_numpy(dtype=np.float64)
        rows = results.statistics
        rows = rows[(rows["measure"] == "ar") & (rows["group"] == "all")]
        at = list(zip(rows["name"], rows["window_start"], strict=True))
        self.ours = dict(zip(at, rows["statistic"].to_numpy(dtype=np.float64), strict=True))
        of_means = rows[rows["name"] == "cross_sectional_t"].set_index("window_start")["estimate"]
        self.ours |= {("mean", tau): value for tau, value in of_means.items()}
        start = int(panel.index.get_indexer(days[:1])[0])
        self.taus = {day: at - start for at, day in enumerate(panel.index) if at >= start}
        estimation = panel.loc[FIRST:LAST]
        self.index = panel["INDEX"].to_numpy(dtype=np.float64)[start:]
        market = estimation["INDEX"].to_numpy(dtype=np.float64)
        own = estimation[list(models.index)].to_numpy(dtype=np.float64).T
        self.markets = {
            True: np.tile(market, (len(own), 1)),
            False: np.where(np.isfinite(own), market, np.nan),
        }

    def compared(
        self, day: pd.Timestamp, column: str, name: str, theirs: float
    ) -> Iterator[Compared]:
        """Compare one number of theirs."""
        tau = self.taus[day]
        ours = float(self.ours[name, tau])
        plain = Compared(
            quantity=f"{column} {day:%Y-%m-%d}",
            theirs=theirs,
            ours=ours,
            by_convention=ours,
            status="equal" if is_same(ours, theirs) else "unexplained",
        )
        reached = self.by(name, tau, _Choices())
        if plain.status == "equal" or not is_same(reached, theirs):
            yield plain
            return
        needed = [
            phrase
            for choice, phrase in _PHRASES.items()
            if not is_same(self.by(name, tau, replace(_Choices(), **{choice: False})), theirs)
        ]
        yield replace(
            plain,
            by_convention=reached,
            status="explained",
            explanation="; ".join(needed or _PHRASES.values()),
        )

    def by(self, name: str, tau: int, choices: _Choices) -> float:
        """Return a number of a day by conventions of theirs."""
        abnormal = self.abnormal[:, tau]
        if name in {"mean", "cross_sectional_t"}:
            mean, spread, n = _moments(abnormal)
            return mean if name == "mean" else mean / spread * math.sqrt(n)
        market = self.markets[choices.index]
        distance = self.index[tau] - np.nanmean(market, axis=1)
        moment = np.nanvar(market, axis=1) * np.isfinite(market).sum(axis=1)
        divisor = self.n_obs - 1.0 if choices.residual_variance else self.n_obs - 2.0
        sigma = self.sigma * np.sqrt((self.n_obs - 2.0) / divisor)
        z = abnormal / (sigma * np.sqrt(1.0 + 1.0 / self.n_obs + distance**2 / moment))
        mean, spread, n = _moments(z)
        if name == "bmp":
            return mean / spread * math.sqrt(n)
        variance = (self.n_obs - 2.0) / (self.n_obs - 4.0)
        if choices.absent:
            return mean * len(z) / math.sqrt(variance.sum())
        return mean * n / math.sqrt(variance[np.isfinite(z)].sum())


def _moments(values: FloatArray) -> tuple[float, float, int]:
    """Return mean, spread (NaN where there is none) and number of the values that are there."""
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else math.nan
    spread = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return mean, spread or math.nan, len(known)
