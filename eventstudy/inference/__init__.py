"""Tests of abnormal returns: parametric, on ranks and signs, against placebo dates."""

from __future__ import annotations

from eventstudy.inference import nonparametric, parametric, resampling
from eventstudy.inference.base import STATISTICS, Evidence, Statistic, StatisticValues, register

__all__ = [
    "STATISTICS",
    "Evidence",
    "Statistic",
    "StatisticValues",
    "nonparametric",
    "parametric",
    "register",
    "resampling",
]
