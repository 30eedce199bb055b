"""Table 1 of Goldsmith-Pinkham and Lyu (2025), by simulation from factors of the user's own copy.

Five hundred firms with two factors, a tenth of them treated: an effect of 3 % on one day. Their
question is which normal returns miss it, and where: firms may be treated by their exposure
(``assignment``) and on the day on which the omitted factor is largest (``timing``). The design is
that of their section 4.1 and of the program they published with it; factors are days of Kenneth
French's daily file, drawn without replacement, July 1926 to November 2022. What they call RMSE is
the root of the summed squares of eleven days, and what they call coverage is the share of
simulations in which a day's effect of zero is rejected at 5 %.

The draws are not theirs, so that a number is ``equal`` if it agrees within four standard errors of
the difference of two simulations. Their estimators are models here: simple means are
`MarketAdjusted` with the controls' mean as benchmark, CAPM is `MarketModel`, the correct factors
`FactorModel`, and their gsynth is answered by `FactorAdjusted`, components of a hundred controls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.events.table import Events
from eventstudy.exceptions import SchemaError
from eventstudy.models import FactorAdjusted, FactorModel, MarketAdjusted, MarketModel
from eventstudy.prices.files.french import read_factors
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, FromData, from_data
from eventstudy.study.study import EventStudy
from eventstudy.text import counted, listed
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from eventstudy._typing import FloatArray
    from eventstudy.models import NormalReturnModel

FILE = "F-F_Research_Data_Factors_daily.csv"
FIRST, LAST = "1926-07-01", "2022-11-30"
SIMULATIONS = 50
EFFECT = 0.03
_FIRMS, _SHARE, _SPREAD = 500, 0.1, 0.3
_BEFORE, _CANDIDATES, _AFTER = 239, 250, 10
_DAYS = _BEFORE + _CANDIDATES + 1 + _AFTER
_NEEDED = ("MKT", "SMB", "RF")
_DONORS = 100
_SEED = 1234
_LEVEL = 0.05
_ERRORS = 4.0
_ROUNDING = 0.005

PUBLISHED = """
none simple_means 0.00 0.04 0.58 0.01 0.17 1 0.00 0.04 0.03
none capm -0.06 0.16 2.11 -0.07 0.43 1 -0.06 0.17 0.44
none correct_factors -0.01 0.04 0.54 0.00 0.16 1 -0.01 0.04 0.04
none gsynth 0.00 0.04 0.56 0.02 0.17 1 0.00 0.04 0.03
assignment simple_means 0.02 0.05 0.71 0.04 0.18 1 0.02 0.05 0.11
assignment capm -0.05 0.13 1.78 -0.04 0.35 0.98 -0.05 0.14 0.40
assignment correct_factors -0.01 0.03 0.54 0.02 0.14 1 -0.01 0.04 0.04
assignment gsynth 0.00 0.04 0.57 0.03 0.15 1 0.00 0.04 0.05
timing simple_means -0.01 0.05 0.63 0.00 0.21 1 -0.01 0.05 0.05
timing capm 0.25 0.27 3.49 2.71 2.71 1 0.00 0.16 0.46
timing correct_factors -0.02 0.04 0.54 0.00 0.12 1 -0.02 0.04 0.04
timing gsynth -0.01 0.04 0.57 0.01 0.13 1 -0.01 0.04 0.04
both simple_means -0.05 0.07 0.88 -0.52 0.52 1 -0.01 0.05 0.08
both capm 0.21 0.23 2.92 2.26 2.26 1 0.00 0.13 0.40
both correct_factors -0.02 0.04 0.52 0.01 0.12 1 -0.02 0.04 0.05
both gsynth -0.01 0.04 0.56 -0.01 0.14 1 -0.01 0.04 0.04
"""
"""Selection, estimator; bias, mean absolute deviation (percentage points) and RMSE of all days;
bias, deviation and rejections of the day of the event; the same of the ten days after it."""
CELLS = (
    "all days, bias", "all days, mean absolute deviation", "all days, root of summed squares",
    "event day, bias", "event day, mean absolute deviation", "event day, rejections of zero",
    "days after, bias", "days after, mean absolute deviation", "days after, rejections of zero",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factors:
    """Daily factors ``(D,)``, decimal."""

    mkt: FloatArray
    smb: FloatArray
    rf: FloatArray

    @property
    def residual_sd(self) -> float:
        """Spread of a firm's own return: as large as that of both factors together."""
        return float((self.mkt + self.smb).std(ddof=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """Returns of one simulation, the day of the event at position 239 of 250.

    Attributes
    ----------
    returns : ``(firms, 250)``, the effect included
    mkt, smb, rf : ``(250,)``
    is_treated : ``(firms,)``
    """

    returns: FloatArray
    mkt: FloatArray
    smb: FloatArray
    rf: FloatArray
    is_treated: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """What an estimator says of the days 0 to 10: ``(simulations, 11)``."""

    bias: FloatArray
    is_rejected: FloatArray


def compare(files: Mapping[str, Path], simulations: int = SIMULATIONS) -> list[Compared]:
    """Compare Table 1 with simulations by the same design.

    Parameters
    ----------
    files
        Where French's daily file is.
    simulations
        Theirs are 50.
    """
    factors = read(files[FILE])
    found: list[Compared] = []
    published = [line.split() for line in PUBLISHED.strip().split("\n")]
    for selection in dict.fromkeys(line[0] for line in published):
        drawn = estimate(factors, selection, simulations)
        for _, estimator, *told in (line for line in published if line[0] == selection):
            found += _row(f"{selection} {estimator}", told, drawn[estimator])
    return found


from_data.register(
    "goldsmith_pinkham_lyu",
    summary="bias and rejections of four estimators under four kinds of selection, Table 1; "
    "within Monte Carlo error",
    source="Goldsmith-Pinkham and Lyu, Causal Inference in Financial Event Studies (2025)",
)(
    FromData(
        files=(FILE,),
        rights="of Kenneth R. French, free to download from his data library, not to pass on",
        compare=compare,
    )
)


def read(path: Path) -> Factors:
    """Return the factors of French's daily file on the days of the paper."""
    frame = read_factors(path, content="returns").frame()
    if missing := [name for name in _NEEDED if name not in frame]:
        raise SchemaError([f"has no column {listed(missing)}"], file=path.name)
    frame = frame.loc[FIRST:LAST, list(_NEEDED)].dropna()
    if len(frame) < _DAYS:
        raise SchemaError(
            [f"has {counted(len(frame), 'day')} from {FIRST} to {LAST}, and {_DAYS} are drawn"],
            file=path.name,
        )
    mkt, smb, rf = (frame[name].to_numpy(dtype=np.float64) for name in _NEEDED)
    return Factors(mkt=mkt, smb=smb, rf=rf)


def simulate(factors: Factors, selection: str, number: int) -> Simulated:
    """Return one simulation.

    Parameters
    ----------
    factors
        Days to draw from.
    selection
        ``none``, ``assignment``, ``timing`` or ``both``.
    number
        Which one; the same for the same number.
    """
    rng = np.random.default_rng(_SEED + number)
    drawn = rng.choice(len(factors.mkt), size=_DAYS, replace=False)
    mkt, smb, rf = factors.mkt[drawn], factors.smb[drawn], factors.rf[drawn]
    beta = rng.normal(1.0, _SPREAD, size=(2, _FIRMS, 1))
    returns = beta[0] * mkt + beta[1] * smb + rf
    returns = returns + rng.normal(0.0, factors.residual_sd, size=(_FIRMS, _DAYS))
    event = _BEFORE
    if selection in {"timing", "both"}:
        event += int(smb[_BEFORE : _BEFORE + _CANDIDATES].argmax())
    share = np.full(_FIRMS, _SHARE)
    if selection in {"assignment", "both"}:
        exposure = beta[1].ravel()
        share = 1.0 / (1.0 + np.exp(-math.log(_SHARE) * exposure / exposure.mean()))
    is_treated = rng.random(_FIRMS) < share
    returns[is_treated, event] += EFFECT
    days = slice(event - _BEFORE, event + _AFTER + 1)
    return Simulated(
        returns=returns[:, days], mkt=mkt[days], smb=smb[days], rf=rf[days], is_treated=is_treated
    )


def estimate(factors: Factors, selection: str, simulations: int) -> dict[str, Drawn]:
    """Return what the four estimators say in every simulation, by name."""
    made: dict[str, list[tuple[FloatArray, FloatArray]]] = {}
    for number in range(simulations):
        for name, bias, rejected in _estimated(simulate(factors, selection, number)):
            made.setdefault(name, []).append((bias, rejected))
    return {
        name: Drawn(
            bias=np.array([bias for bias, _ in rows]),
            is_rejected=np.array([rejected for _, rejected in rows]),
        )
        for name, rows in made.items()
    }


def _estimated(drawn: Simulated) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    treated, controls = drawn.returns[drawn.is_treated], drawn.returns[~drawn.is_treated]
    names = tuple(f"T{at:03d}" for at in range(len(treated)))
    donors = tuple(f"C{at:03d}" for at in range(min(_DONORS, len(controls))))
    days = pd.bdate_range("2001-01-01", periods=drawn.mkt.size)
    plain = pd.DataFrame(treated.T, index=days, columns=list(names))
    others = pd.DataFrame(controls[: len(donors)].T, index=days, columns=list(donors))
    excess = plain.sub(drawn.rf, axis=0).assign(MKT=drawn.mkt, SMB=drawn.smb)
    asked: dict[str, tuple[NormalReturnModel, pd.DataFrame]] = {
        "simple_means": (
            MarketAdjusted("CONTROLS"), plain.assign(CONTROLS=controls.mean(axis=0)),
        ),
        "capm": (MarketModel("MKT"), excess),
        "correct_factors": (FactorModel(("MKT", "SMB")), excess),
        "gsynth": (FactorAdjusted(donors, n_factors=2), plain.join(others)),
    }  # fmt: skip
    truth = np.r_[EFFECT, np.zeros(_AFTER)]
    for name, (model, panel) in asked.items():
        rows = _by_day(model, names, panel)
        rejected = rows["pvalue"].to_numpy() < _LEVEL
        yield name, rows["estimate"].to_numpy() - truth, rejected.astype(np.float64)


def _by_day(model: NormalReturnModel, names: tuple[str, ...], panel: pd.DataFrame) -> pd.DataFrame:
    """Return the cross-sectional test of every day of the window."""
    study = EventStudy(
        markets=names,
        model=model,
        estimation_window=Window(-_BEFORE, -1),
        event_window=Window(0, _AFTER),
        car_windows=(Window(0, _AFTER),),
        min_obs=_BEFORE,
        date_only="same",
        calendar="data",
        statistics=("cross_sectional_t",),
        draws=0,
    )
    event = pd.DataFrame({"event_id": ["E1"], "date": [panel.index[_BEFORE]]})
    prices = PricePanel.from_frame(panel, content="returns")
    rows = study.fit(Events.from_frame(event), prices).statistics
    return rows[(rows["measure"] == "ar") & (rows["group"] == "all")].sort_values("window_start")


def _row(name: str, told: list[str], drawn: Drawn) -> Iterator[Compared]:
    """Compare the nine cells of a row of the table."""
    parts = [slice(None), slice(0, 1), slice(1, None)]
    values: list[tuple[float, float]] = []
    for part in parts:
        mean = 100.0 * drawn.bias[:, part].mean(axis=1)
        values += [_mean(mean), _mean(np.abs(mean))]
        if part == parts[0]:
            values.append(_root(1e4 * (drawn.bias**2).sum(axis=1)))
        else:
            values.append(_mean(drawn.is_rejected[:, part].mean(axis=1)))
    for cell, text, (ours, error) in zip(CELLS, told, values, strict=True):
        theirs, number = float(text), len(drawn.bias)
        spread = error
        if cell.endswith("zero"):
            share = (SIMULATIONS * theirs + number * ours) / (SIMULATIONS + number)
            spread = max(error, math.sqrt(share * (1.0 - share) / number))
        allowed = _ROUNDING + _ERRORS * spread * math.sqrt(1.0 + number / SIMULATIONS)
        yield Compared(
            quantity=f"{name}, {cell}",
            theirs=theirs,
            ours=ours,
            by_convention=math.nan,
            status="equal" if abs(ours - theirs) <= allowed else "unexplained",
        )


def _mean(values: FloatArray) -> tuple[float, float]:
    """Return a mean and its standard error over the simulations."""
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def _root(values: FloatArray) -> tuple[float, float]:
    """Return the root of a mean and its standard error."""
    mean, error = _mean(values)
    return math.sqrt(mean), error / (2.0 * math.sqrt(mean))
