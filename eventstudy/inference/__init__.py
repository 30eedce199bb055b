"""Tests of abnormal returns: parametric, on ranks and signs, against placebo dates."""

from __future__ import annotations

from eventstudy.inference import (
    buy_and_hold,
    calendar_time,
    clustered,
    multivariate,
    parametric,
    placebo,
    ranks,
    signs,
    single_pair,
    skewness,
)
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
    "multivariate",
    "parametric",
    "placebo",
    "ranks",
    "register",
    "signs",
    "single_pair",
    "skewness",
]
