"""Tests of abnormal returns: parametric, on ranks and signs, against placebo dates."""

from __future__ import annotations

# Statistics are listed in the order in which these are imported.
# isort: off
from eventstudy.inference import (
    calendar_time,
    clustered,
    buy_and_hold,
    multivariate,
    parametric,
    forecast_error,
    long_horizon,
    ranks,
    placebo,
    moderated,
    mean_square,
    signs,
    single_pair,
    skewness,
)

# isort: on
from eventstudy.inference.evidence import Evidence
from eventstudy.inference.statistic import STATISTICS, Statistic, StatisticValues, register

__all__ = [
    "STATISTICS",
    "Evidence",
    "Statistic",
    "StatisticValues",
    "buy_and_hold",
    "calendar_time",
    "clustered",
    "forecast_error",
    "long_horizon",
    "mean_square",
    "moderated",
    "multivariate",
    "parametric",
    "placebo",
    "ranks",
    "register",
    "signs",
    "single_pair",
    "skewness",
]
