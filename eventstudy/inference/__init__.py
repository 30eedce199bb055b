"""Tests of abnormal returns: parametric, on ranks and signs, against placebo dates."""

from __future__ import annotations

from eventstudy.inference import (
    calendar_time,
    clustered,
    longhorizon,
    multivariate,
    parametric,
    ranks,
    resampling,
    signs,
    single,
    skewness,
)
from eventstudy.inference.base import STATISTICS, Evidence, Statistic, StatisticValues, register

__all__ = [
    "STATISTICS",
    "Evidence",
    "Statistic",
    "StatisticValues",
    "calendar_time",
    "clustered",
    "longhorizon",
    "multivariate",
    "parametric",
    "ranks",
    "register",
    "resampling",
    "signs",
    "single",
    "skewness",
]
